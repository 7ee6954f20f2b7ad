"""What the blocks publish: each event as its schema says, all there are, and nothing that a person wrote or chose."""

import base64
import json
import re
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import pytest
from django.db import transaction
from django.test.utils import override_settings
from jsonschema import Draft202012Validator
from webob import Request
from workbench.runtime import ID_MANAGER
from xblock.core import XBlock

from host import course
from host.people import EVERYBODY
from host.runtime import HostRuntime
from migrempower_xblock.competences.portfolio import FIELDS
from migrempower_xblock.schema import IDENTIFIER
from migrempower_xblock.trainers import files

from .test_docs import handlers
from .test_handlers import NOW, STATEMENTS, answer, everything
from .test_studio import sent, small
from .test_training_module import KEYED, olx, right
from .test_training_module import everything as everything_done

pytestmark = pytest.mark.django_db
DOCS = Path(__file__).resolve().parents[1] / "docs"
FILE = json.loads((DOCS / "schemas" / "events.json").read_text("utf-8"))
SCHEMAS = FILE["$defs"]
MARK = "zx-a-person-wrote-this"  # in each text and name
TYPES = ("self_evaluation", "training_module", "cohort_report", "passport")


class Journey:
    """A learner, a trainer and an author send every request there is.

    ``events`` are {"name", "data", "block": where the request went, "user": whose it was}, as they were published;
    ``sent`` is {type of block: its handlers that answered 200}.
    """

    def __init__(self, published):
        self.published, self.events, self.sent = published, [], defaultdict(set)
        self.learner = replace(EVERYBODY["new"], name=f"{MARK} learner")
        self.trainer = replace(EVERYBODY["trainer"], name=f"{MARK} trainer")
        self.author = replace(EVERYBODY["author"], name=f"{MARK} author")

    def block(self, person, usage_id):
        return HostRuntime(person).get_block(usage_id)

    def send(self, person, usage_id, handler, body=None, suffix="", method="POST"):
        """Send a request that must succeed; return what came back."""
        block, request = self.block(person, usage_id), Request.blank("/", method=method)
        if method == "POST":
            request.body, request.content_type = json.dumps(body or {}).encode(), "application/json"
        response = block.runtime.handle(block, handler, request, suffix)
        assert response.status_int == 200, (usage_id, handler, response.body)
        self.sent[block.scope_ids.block_type.removeprefix("migrempower_")].add(handler)
        self.note(person, usage_id)
        return response.json if response.content_type == "application/json" else response.body

    def note(self, person, usage_id):
        """Take in what was published since."""
        self.events += [{"name": name, "data": data, "block": str(usage_id), "user": person.key}
                        for name, data in self.published]
        self.published.clear()

    def evaluate(self, usage_id):
        def send(handler, body=None, **more):
            return self.send(self.learner, usage_id, handler, body, **more)

        send("page")
        send("student_view_user_state", method="GET")
        send("choose_languages", {"own": "es", "beside": "en"})
        send("save_answers", {"round": 1, "answers": {
            STATEMENTS[0]: answer(3, evidence=MARK), STATEMENTS[1]: answer(None, skip="private")}})
        send("share", {"shared": True, "stamp": NOW})
        send("hand_in", {"round": 1, "answers": everything() | {STATEMENTS[2]: answer(1, evidence=MARK)}})
        send("download", suffix="csv", method="GET")
        self.rescore(usage_id)

    def train(self, usage_id):
        def send(handler, body=None, **more):
            return self.send(self.learner, usage_id, handler, body, **more)

        block = self.block(self.learner, usage_id)
        replies = everything_done(block, w=MARK)
        send("page")
        send("student_view_user_state", method="GET")
        send("choose_languages", {"own": "en"})
        send("choose_country", {"country": ""})
        send("save_answers", {"run": 1, "answers": {step: replies[step] for step in ("r", "q", "d", "w")}})
        send("share", {"shared": True, "stamp": NOW - 9})
        send("share", {"shared": False, "stamp": NOW})
        send("hand_in", {"run": 1, "answers": replies})
        send("tick", {"answers": {"l": {"stamp": NOW, "reply": right(block, "l")}}})
        send("download", suffix="json", method="GET")
        self.rescore(usage_id)
        send("start_again")

    def rescore(self, usage_id):
        block = self.block(self.learner, usage_id)
        block.rescore(only_if_higher=True)
        block.rescore()
        self.note(self.learner, usage_id)

    def counsel(self, usage_id, evaluation, kind):
        def send(handler, body=None, **more):
            return self.send(self.trainer, usage_id, handler, body, **more)

        session = f"{MARK} {usage_id}"[:64]
        send("report", {"part": "who"})
        send("profile", {"learner": self.learner.anonymous_id})
        send("save_view", {"learner": self.learner.anonymous_id, "block": str(evaluation), "session": session,
                           "levels": {"contract": 2}, "notes": {"contract": {"action": MARK}},
                           "steps": [{"text": MARK, "by": "2026-12-24"}], "comment": MARK})
        for asked in ({"kind": kind}, {"kind": files.FIGURES, "named": True}, {"kind": kind, "named": True}):
            job = send("start_report", asked)["job"]["id"]
        send("report_progress", {"job": job})
        send("report_file", suffix=job, method="GET")
        send("cancel_report", {"job": job})
        return session

    def write(self, usage_id, document):
        def send(handler, body=None, **more):
            return self.send(self.author, usage_id, handler, body, **more)

        block = self.block(self.author, usage_id)
        send("studio_start", {"name": "nothing", "language": "en"})
        for handler in ("studio_check", "studio_save"):
            send(handler, sent(block, document))
        send("studio_preview", sent(block, document, state={}, handler="page", body={}))
        file = send("studio_write_file", sent(block, document, kind="json"))
        assert json.loads(base64.b64decode(file["content"])) == document
        send("studio_read_file", sent(block, document, **file))

    def gather(self, usage_id, evaluation, session):
        def send(handler, body=None, **more):
            return self.send(self.learner, usage_id, handler, body, **more)

        send("page")
        send("choose_languages", {"own": "en"})
        send("save_answers", {"number": 1, "answers": {
            "step:a": {"stamp": NOW, **{name: MARK for name, most in FIELDS["step"].items() if type(most) is int}},
            "experience:own/b": {"stamp": NOW, "did": MARK}, "choices": {"stamp": NOW, "name": MARK}}})
        send("preview")
        for block in (evaluation, usage_id):
            send("share_block", {"block": str(block), "shared": True, "stamp": NOW + 1})
            send("share_block", {"block": str(block), "shared": False, "stamp": NOW})  # late: another choice stays
        send("answer_view", {"session": session, "text": MARK, "stamp": NOW})
        send("download", suffix="all", method="GET")
        send("delete_data")

    def rename(self, usage_id):
        title = self.block(self.author, usage_id).display_name
        self.send(self.author, usage_id, "submit_studio_edits", {"values": {"display_name": title}, "defaults": []})

    def go(self):
        ids = {slug: course.BY_SLUG[slug].usage_id for slug in ("end", "cohort-report", "passport")}
        ID_MANAGER.set_scenario("events")
        module, own = (HostRuntime().parse_xml_string(text) for text in (olx(), "<migrempower_self_evaluation/>"))
        for usage_id, document in ((own, small()), (module, KEYED)):
            self.write(usage_id, document)
        self.evaluate(ids["end"])
        self.train(module)
        for usage_id, kind in ((ids["cohort-report"], "learners"), (module, "activities"), (ids["end"], "answers")):
            session = self.counsel(usage_id, ids["end"], kind)
        self.send(self.learner, ids["end"], "answer_view", {"session": session, "text": MARK, "stamp": NOW - 9})
        self.send(self.learner, ids["end"], "start_again")
        self.gather(ids["passport"], ids["end"], session)
        for usage_id in (ids["end"], module):
            self.send(self.learner, usage_id, "delete_data")
        for usage_id in (ids["cohort-report"], ids["passport"]):
            self.rename(usage_id)
        return self


@pytest.fixture(scope="module")
def journey(django_db_setup, django_db_blocker, tmp_path_factory):
    """The journey, made once; nothing of it stays in the database."""
    published, publish = [], HostRuntime.publish

    def record(runtime, block, name, data):
        published.append((name, data))
        publish(runtime, block, name, data)

    with pytest.MonkeyPatch.context() as patch, django_db_blocker.unblock(), transaction.atomic(), override_settings(
            MEDIA_ROOT=tmp_path_factory.mktemp("media")):
        patch.setattr(HostRuntime, "publish", record)
        made = Journey(published).go()
        transaction.set_rollback(True)
    return made


def test_every_request_that_a_block_answers_was_sent(journey):
    assert journey.sent == {name: handlers(XBlock.load_class(f"migrempower_{name}")) for name in TYPES}


def test_every_event_is_as_its_schema_says_and_every_schema_has_its_event(journey):
    for event in journey.events:
        assert json.loads(json.dumps(event["data"])) == event["data"]
        assert list(Draft202012Validator(SCHEMAS[event["name"]]).iter_errors(event["data"])) == [], event
    assert {event["name"] for event in journey.events} == set(SCHEMAS)


def test_no_event_holds_what_a_person_wrote_or_chose_or_is_called(journey):
    ours = [event for event in journey.events if event["name"].startswith("migrempower.")]
    words = json.dumps([[event["name"], event["data"]] for event in ours])
    assert MARK not in words and "SECRET" not in words.upper()
    asked = {*STATEMENTS, *(step["id"] for step in KEYED["steps"])}
    assert all(set(event["data"].get("ids", ())) <= asked for event in ours)


def test_of_a_self_evaluation_the_grade_tells_no_level(journey):
    grades = [event["data"]["value"] for event in journey.events
              if event["name"] == "grade" and event["block"] == course.BY_SLUG["end"].usage_id]
    assert set(grades) == {1.0}  # all was answered, with levels of all kinds


def test_every_move_of_the_switch_that_counts_leaves_an_event_wherever_it_was_made(journey):
    moves = [(event["name"], event["data"]["shared"]) for event in journey.events if "shared" in event["data"]]
    assert moves == [("migrempower.self_evaluation.sharing_changed", True),
                     ("migrempower.training_module.sharing_changed", True),
                     ("migrempower.training_module.sharing_changed", False),
                     *[("migrempower.passport.sharing_changed", True)] * 2]


def test_what_the_passport_deletes_is_told_of_each_activity_by_its_own_name(journey):
    passport = course.BY_SLUG["passport"].usage_id
    told = [event["data"]["block"] for event in journey.events if event["block"] == passport
            and event["name"].endswith(("self_evaluation.data_deleted", "training_module.data_deleted"))]
    assert {course.BY_SLUG[slug].usage_id for slug in ("start", "end", "my-skills")} <= set(told)
    assert len(told) == len(set(told)) and passport not in told


def test_where_nothing_was_kept_no_answers_are_told(open_block, call, monkeypatch):
    events = []
    monkeypatch.setattr(HostRuntime, "publish", lambda self, block, name, data: events.append(name))
    assert call(open_block(), "save_answers", {"round": 1, "answers": {}})[0] == 200
    assert events == ["completion"]


# -- the schemas ---------------------------------------------------------------------------------------------------

def test_the_schemas_are_schemas_that_leave_nothing_open():
    assert FILE["$schema"] == Draft202012Validator.META_SCHEMA["$id"]
    for schema in SCHEMAS.values():
        Draft202012Validator.check_schema(schema)
        assert schema["type"] == "object" and schema["additionalProperties"] is False and schema["description"]
        assert schema["required"] == list(schema["properties"])
        for part in schema["properties"].values():  # free text fits nowhere
            leaf = part.get("items", part)
            assert leaf.get("type") != "string" or leaf["pattern"].startswith("^") and leaf["pattern"].endswith("$")


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_refuses_words_and_what_is_too_much_or_missing(journey, name):
    schema = Draft202012Validator(SCHEMAS[name])
    data = next(event["data"] for event in journey.events if event["name"] == name)
    assert schema.is_valid(data) and not schema.is_valid({**data, "level": 2})
    for key in data:
        assert not schema.is_valid({**data, key: "My own words."})
        assert not schema.is_valid({other: data[other] for other in data if other != key})


def test_the_schemas_know_what_the_code_knows():
    for block in ("self_evaluation", "training_module"):
        ids = SCHEMAS[f"migrempower.{block}.answered"]["properties"]["ids"]["items"]["pattern"]
        assert ids == f"^{IDENTIFIER.pattern}$"
    assert SCHEMAS["migrempower.report.named_file_asked"]["properties"]["kind"]["enum"] == list(files.FILES)


# -- the document --------------------------------------------------------------------------------------------------

TEXT = (DOCS / "events.rst").read_text("utf-8")
COUNTS = {"self_evaluation": "round", "training_module": "run"}


def rows(title):
    """Return the rows of the table under a heading: a list of the cells' words."""
    section = re.search(rf"(?:^|\n){title}\n#+\n(.*?)(?=\n[^\n]+\n#+\n|\Z)", TEXT, re.DOTALL)[1]
    return [[" ".join(cell.split()) for cell in re.split(r"\n     - ", row)]
            for row in re.findall(r"   \* - ((?:.+\n)+?)(?=   \* - |\n)", section)][1:]


def spelt_out(name):
    """Return the events that one name in the document stands for, with what counts them."""
    return [(name.replace("<block>", block), count) for block, count in COUNTS.items()] if "<block>" in name else [
        (name, "")]


def test_the_document_and_the_schemas_tell_of_the_same_events_and_data():
    told = {}
    for cell, _, data in rows("Events"):
        (name,) = re.findall("``(.+?)``", cell)
        for event, count in spelt_out(name):
            told[event] = set(re.findall("``(.+?)``", data.replace("<number>", count)))
            assert (data == "none") == (not told[event])
    assert told == {name: set().union(schema["properties"], *(
        part.get("enum", ()) for part in schema["properties"].values())) for name, schema in SCHEMAS.items()}
    assert "`schemas/events.json <schemas/events.json>`_" in TEXT
