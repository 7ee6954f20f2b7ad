"""Events as xAPI statements, made by event-routing-backends in a site put together as the LMS is; and without it."""

import copy
import json
import re
import subprocess
import sys
import uuid
from pathlib import Path
from types import SimpleNamespace

import pytest
from event_routing_backends.settings.common import plugin_settings as librarys_settings
from tincan import Statement

from migrempower_xblock import xapi

from .test_events import COUNTS, MARK, SCHEMAS, STATEMENTS, journey, rows, spelt_out  # noqa: F401 - a fixture

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[1]
ADL = "http://adlnet.gov/expapi"
VERBS = {**{word: f"{ADL}/verbs/{word}" for word in ("answered", "interacted", "completed", "initialized", "shared")},
         "unshared": "http://activitystrea.ms/schema/1.0/unshare",
         "deleted": "https://w3id.org/xapi/dod-isd/verbs/deleted"}
TYPES = {"self_evaluation": f"{ADL}/activities/assessment", "training_module": f"{ADL}/activities/module"}
RESOURCE = "http://id.tincanapi.com/activitytype/resource"
ATTEMPT = "http://id.tincanapi.com/extension/attempt-id"


@pytest.fixture(scope="module")
def site(journey):  # noqa: F811
    """What came of the journey's events on a site with the library, each beside its event."""
    nowhere = [{**event, "block": None} for event in journey.events if "block" not in event["data"]]
    events = journey.events + nowhere
    done = subprocess.run([sys.executable, "-m", "tests.xapi_site"], input=json.dumps(events), cwd=ROOT, text=True,
                          capture_output=True)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    pairs = list(zip(events, found.pop("statements"), strict=True))
    return SimpleNamespace(**found, pairs=pairs[:len(journey.events)], nowhere=pairs[len(journey.events):],
                           statements=[each for _, made in pairs for each in made])


def told(event, lms):
    """Return (verb, type, object's id, rest of the statement) that the document says of an event; None of most."""
    name, data = event["name"], event["data"]
    _, block, what = f"{name}..".split(".")[:3]
    mine = f"{lms}/xblock/{data.get('block', event['block'])}/my-data"
    if what == "sharing_changed":
        return "shared" if data["shared"] else "unshared", RESOURCE, mine, {}
    if what == "data_deleted":
        return "deleted", RESOURCE, mine, {}
    if block not in TYPES:
        return None
    verb = {"answered": "answered" if block == "self_evaluation" else "interacted", "handed_in": "completed",
            "started_again": "initialized"}[what]
    return (verb, TYPES[block], f"{lms}/xblock/{event['block']}",
            {"result": {"completion": True}} if verb == "completed" else {})


def test_each_event_of_learning_becomes_one_statement_and_no_other_does(site):
    assert site.errors == []
    for event, statements in site.pairs:
        expected = told(event, site.lms)
        assert len(statements) == (expected is not None), event
        for statement in statements:
            word, kind, iri, rest = expected
            assert statement["verb"] == {"id": VERBS[word], "display": {"en": word}}
            assert statement["object"] == {"objectType": "Activity", "id": iri, "definition": {"type": kind}}
            others = {"id", "version", "actor", "verb", "object", "timestamp", "context"}
            assert {name: part for name, part in statement.items() if name not in others} == rest
            number = event["data"].get("round") or event["data"].get("run")
            assert statement["context"]["extensions"].get(ATTEMPT) == number
    words = {statement["verb"]["display"]["en"] for statement in site.statements}
    assert words == set(VERBS) and xapi.VERBS == VERBS


def test_actor_course_and_session_are_the_librarys(site):
    for statement in site.statements:
        account = statement["actor"].pop("account")
        assert statement["actor"] == {"objectType": "Agent"} and account["homePage"] == site.lms
        assert uuid.UUID(account["name"])
        (parent,) = statement["context"]["contextActivities"]["parent"]
        assert parent["id"] == f"{site.lms}/course/{site.course}"
        assert site.session in statement["context"]["extensions"].values()
        statement["actor"]["account"] = account


def test_a_statement_is_as_xapi_wants_it_and_has_an_id_of_its_own(site):
    ids = [statement["id"] for statement in site.statements]
    assert len(ids) == len(set(ids)) > 20
    for statement in site.statements:  # tincan takes nothing it does not know
        assert json.loads(Statement.from_json(json.dumps(statement)).to_json()) == statement
        assert uuid.UUID(statement["id"]) and re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+\+00:00", statement["timestamp"])
        for iri in (statement["verb"]["id"], statement["object"]["id"], *statement["context"]["extensions"]):
            assert re.fullmatch(r"https?://[^\s/]+/\S+", iri)


def test_no_statement_holds_a_score_or_what_a_person_wrote_chose_or_is_called(site):
    words = json.dumps(site.statements)
    for secret in (MARK, "SECRET", "secret", "score", "response", "level", "ids", '"new"', *STATEMENTS):
        assert secret not in words, secret
    assert all(statement.get("result") in (None, {"completion": True}) for statement in site.statements)


def test_where_the_block_is_not_known_nothing_is_told_and_nothing_fails(site):
    assert {event["name"] for event, _ in site.nowhere} > {name for name in xapi.STATEMENTS if "answered" in name}
    assert all(statements == [] for _, statements in site.nowhere) and site.errors == []


def test_the_words_are_those_of_the_library_where_it_has_them(site):
    verbs = {name.removeprefix("XAPI_VERB_").lower(): iri for name, iri in site.known.items() if "_VERB_" in name}
    assert verbs.items() & VERBS.items() == {(word, iri) for word, iri in VERBS.items() if "share" not in word}
    assert (site.known["XAPI_ACTIVITY_MODULE"], site.known["XAPI_ACTIVITY_RESOURCE"], site.known[
        "XAPI_ACTIVITY_ATTEMPT"]) == (TYPES["training_module"], RESOURCE, ATTEMPT)


# -- what a site lets through ------------------------------------------------------------------------------------------

def test_the_sites_lists_let_our_statements_through_to_xapi_only(site):
    ours = set(xapi.STATEMENTS)
    assert [{name for name in names if "migrempower" in name} for names in site.lists] == [ours, ours, set()]
    assert ours <= set(site.bus)


def settings_of_a_site(**more):
    return SimpleNamespace(LMS_ROOT_URL="https://lms.example", INSTALLED_APPS=[
        "django.contrib.auth", "event_routing_backends.apps.EventRoutingBackendsConfig"], **more)


def ours_in(options):
    (names,) = [each["OPTIONS"]["whitelist"] for each in options["processors"] if "whitelist" in each["OPTIONS"]]
    return sorted(name for name in names if name.startswith("migrempower."))


@pytest.mark.parametrize("calls", [(xapi.allow, librarys_settings), (librarys_settings, xapi.allow),
                                   (xapi.allow, librarys_settings, xapi.allow),
                                   (librarys_settings, xapi.allow, xapi.allow)])
def test_in_whatever_order_settings_are_made_each_name_stands_once(calls):
    settings, ours = settings_of_a_site(), sorted(xapi.STATEMENTS)
    for call in calls:
        call(settings)
    whole = settings.EVENT_TRACKING_BACKENDS["event_transformer"]["OPTIONS"]
    assert ours_in(whole) == ours_in(whole["backends"]["xapi"]["OPTIONS"]) == ours
    assert ours_in(whole["backends"]["caliper"]["OPTIONS"]) == []
    allowed = settings.EVENT_TRACKING_BACKENDS_ALLOWED_XAPI_EVENTS
    assert [name for name in allowed if name in ours] == list(xapi.STATEMENTS)
    assert whole["backends"]["xapi"]["OPTIONS"]["processors"][0]["OPTIONS"]["whitelist"] is allowed
    assert set(ours) <= settings.EVENT_BUS_TRACKING_LOGS


def test_lists_that_a_site_has_made_itself_are_found_and_others_left_alone():
    def listing(names):
        return {"ENGINE": "eventtracking.processors.whitelist.NameWhitelistProcessor", "OPTIONS": {"whitelist": names}}

    maker = {"ENGINE": "event_routing_backends.processors.xapi.transformer_processor.XApiProcessor"}
    router = {"ENGINE": "a.Router", "OPTIONS": {"processors": [maker]}}
    settings = settings_of_a_site(EVENT_TRACKING_BACKENDS={
        "xapi": {"ENGINE": "a.Backend", "OPTIONS": {"processors": [listing(("theirs",))], "backends": {"x": router}}},
        "segmentio": {"ENGINE": "b.Backend", "OPTIONS": {"processors": [listing(["theirs"])]}},
        "tracking_logs": {"ENGINE": "c.Backend"}})
    xapi.allow(settings)
    backends = settings.EVENT_TRACKING_BACKENDS
    assert backends["xapi"]["OPTIONS"]["processors"] == [listing(["theirs", *xapi.STATEMENTS])]
    assert backends["segmentio"]["OPTIONS"]["processors"] == [listing(["theirs"])]
    assert not hasattr(settings, "EVENT_BUS_TRACKING_LOGS")


# -- without the library -----------------------------------------------------------------------------------------------

ALONE = """
import json, os, sys
sys.modules.update(dict.fromkeys(("event_routing_backends", "eventtracking", "tincan")))  # not to be imported
sys.path.insert(0, "workbench")
os.environ["DJANGO_SETTINGS_MODULE"] = "host.settings"
import django
django.setup()
from django.core.management import call_command
from webob import Request
call_command("migrate", run_syncdb=True, verbosity=0)
from host import course
from host.people import BY_KEY
from host.runtime import HostRuntime
from migrempower_xblock import xapi
xapi.register()
course.load()
events = []
HostRuntime.publish = lambda self, block, name, data: events.append(name)
block = HostRuntime(BY_KEY["new"]).get_block(course.BY_SLUG["start"].usage_id)
first = next(iter(block.load_document().statements))
request = Request.blank("/", method="POST", content_type="application/json", body=json.dumps(
    {"round": 1, "answers": {first: {"stamp": 1, "level": 1}}}).encode())
print(json.dumps([block.runtime.handle(block, "save_answers", request).status_int, events,
                  "migrempower_xblock.xapi.transformers" in sys.modules]))
"""


def test_without_the_library_the_app_starts_and_events_go_on(tmp_path, monkeypatch):
    monkeypatch.setenv("MIGREMPOWER_VAR", str(tmp_path))
    done = subprocess.run([sys.executable, "-c", ALONE], cwd=ROOT, text=True, capture_output=True)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == [
        200, ["completion", "migrempower.self_evaluation.answered"], False]


def test_without_the_library_no_setting_is_touched():
    settings = SimpleNamespace(INSTALLED_APPS=["migrempower_xblock.apps.MigrEmpowerConfig", "eventtracking.django"],
                               EVENT_TRACKING_BACKENDS={"logs": {"ENGINE": "a.Logger", "OPTIONS": {}}})
    before = copy.deepcopy(vars(settings))
    xapi.allow(settings)
    assert vars(settings) == before


# -- the document ------------------------------------------------------------------------------------------------------

def test_the_document_tells_each_event_that_becomes_a_statement_and_its_verbs():
    found = {}
    for names, verbs, thing in rows("As xAPI statements"):
        for name in re.findall("``(migrempower.+?)``", names):
            for event, _ in spelt_out(name):
                found[event] = {word for word in re.findall("``(.+?)``", verbs) if word in VERBS}, "data" in thing
    assert found == {event: ({verb, *(["unshared"] if verb == "shared" else [])}, kind == xapi.MY_DATA)
                     for event, (verb, kind) in xapi.STATEMENTS.items()}
    assert set(xapi.STATEMENTS) <= set(SCHEMAS) and set(COUNTS) == set(TYPES)
