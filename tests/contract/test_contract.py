"""The contract with Open edX: each view and handler of each block, in each runtime, for everybody, and with each
service it wants missing in turn. ``runtimes`` says what the runtimes do; the tables here say what our blocks answer.

A new handler or view fails the first test until it has its line in ``HANDLERS`` or ``VIEWS``.
"""

import ast
import json
import re
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import NamedTuple

import pytest
from django.core.exceptions import PermissionDenied
from submissions.models import StudentItem, Submission
from webob import Request

import migrempower_xblock
from migrempower_xblock import platform
from migrempower_xblock.cohort_report import CohortReportBlock
from migrempower_xblock.passport import PassportBlock
from migrempower_xblock.self_evaluation import SelfEvaluationBlock
from migrempower_xblock.training_module import TrainingModuleBlock

pytestmark = pytest.mark.django_db

EVALUATION, MODULE, REPORT, PASSPORT = (f"migrempower_{each}" for each in (
    "self_evaluation", "training_module", "cohort_report", "passport"))
ROOT = Path(__file__).resolve().parents[2]
BLOCKS = {EVALUATION: SelfEvaluationBlock, MODULE: TrainingModuleBlock, REPORT: CohortReportBlock,
          PASSPORT: PassportBlock}

# -- who may what ------------------------------------------------------------------------------------------------------

KNOWN = "is known"  # by an id of the course or library
TAKES_PART = "takes part"
TRAINS = "sees reports"
WRITES = "writes the block"
LEARNS = {KNOWN, TAKES_PART}

MAY = {
    "course": {"visitor": set(), "stranger": {KNOWN}, "learner": LEARNS, "beta tester": LEARNS,
               "staff": LEARNS | {TRAINS}, "instructor": LEARNS | {TRAINS}, "nobody": set()},
    "Studio": {"author": {WRITES}, "reader": set()},
    "Studio after a preview": {"author": {WRITES}, "reader": set()},
    "preview": {"author": LEARNS | {WRITES}, "reader": LEARNS},
    "library": {"visitor": set(), "learner": LEARNS, "author": LEARNS, "site's staff": LEARNS, "nobody": set()},
    "library in Studio": {"visitor": set(), "reader": LEARNS, "author": LEARNS | {WRITES}, "nobody": set()},
    "workbench": {"learner": LEARNS, "nobody": set()},
}
WHO_WHERE = [(place, person) for place, people in MAY.items() for person in people]
# In the workbench all that closes is closed: it gives every block a due date, now.
COURSE, CLOSED, ELSEWHERE = "course", "closed", "elsewhere"


def kind_of(place):
    return {"course": COURSE, "workbench": CLOSED}.get(place, ELSEWHERE)


def rights(place, person, taken=""):
    """Return what somebody may, where the service ``taken`` is missing."""
    may = set(MAY[place][person])
    if taken == "user":  # known is who the block is bound to; no enrolment and no role can be found
        is_bound = person != "nobody" and not place.startswith("Studio") and (place, person) != ("course", "visitor")
        may = (may & {WRITES}) | ({KNOWN} if is_bound else set())
        may |= {TAKES_PART} if is_bound and place != "course" else set()
    if taken == "studio_user_permissions":
        may -= {WRITES}
    return may


# -- what views show ---------------------------------------------------------------------------------------------------

# Of each view: the first of these rights that somebody has, or none of them, and what is shown then.
ALIKE = {"public_view": {None: "invitation"}, "author_view": {None: "preview"},
         "studio_view": {WRITES: "form", None: "for authors"}}
RECORDED = {**ALIKE, "student_view": {TRAINS: "page, report", KNOWN: "page", None: "invitation"}}
VIEWS = {
    EVALUATION: RECORDED,
    MODULE: RECORDED,
    REPORT: {**ALIKE, "public_view": {None: "for trainers"},
             "student_view": {TRAINS: "report", None: "for trainers"}},
    PASSPORT: {**ALIKE, "student_view": {KNOWN: "page", None: "invitation"}},
}
SIGNS = {"page": 'data-stage="', "report": '<section class="mige-report"', "form": "editor-with-buttons",
         "invitation": "Please log in and join this course to take part.",
         "for trainers": "Only trainers of this course can see this.",
         "for authors": "Only authors of this course can do this, in Studio.",
         "preview": re.compile('class="mige-facts"|Learners see (here their path|that it is not for them)')}


def shown(fragment):
    return ", ".join(name for name, sign in SIGNS.items() if re.search(
        sign if isinstance(sign, re.Pattern) else re.escape(sign), fragment.content))


def expected_view(block_type, view, place, person, may):
    if place.startswith("library") and person in ("visitor", "nobody") and view != "public_view":
        return "no access"  # the runtime refuses
    return next(outcome for right, outcome in VIEWS[block_type][view].items() if right is None or right in may)


# -- what handlers answer ----------------------------------------------------------------------------------------------

class Handler(NamedTuple):
    """Who may call it; a right request; its status in a course, closed and elsewhere; whether it only reads."""

    right: str
    body: object = {}  # or a function of a block that makes it
    statuses: dict = {}
    reads: bool = False
    suffix: str | None = None  # of a handler that is a GET

    def status(self, may, kind):
        """Return the status of a right request: who may not is refused, whatever they send."""
        return self.statuses.get(kind, self.statuses.get(COURSE, 200)) if self.right in may else 403

    def status_of_wrong(self, may, kind, wrong):
        if self.right not in may:
            return 403
        if self.suffix is not None:
            return self.statuses.get("POST", 405)
        return {"GET": 405, "a form": 415}.get(wrong, 400)


def document(block):
    return {"document": block.load_document().to_data(), "settings": {}, "state": {}}


def renamed(block):
    """Return what an author saves who calls the document something else."""
    found = document(block)
    found["document"]["title"] = {"en": "Coffee", "es": "Café"}
    return {**found, "revision": block._revision()}


def recorded(number, answers):
    return {
        "page": Handler(TAKES_PART, reads=True),
        "student_view_user_state": Handler(TAKES_PART, suffix="", reads=True),
        "choose_languages": Handler(TAKES_PART, {"own": "es", "beside": "en"}),
        "save_answers": Handler(TAKES_PART, {number: 1, "answers": answers}, {CLOSED: 403}),
        "hand_in": Handler(TAKES_PART, {number: 1}, {ELSEWHERE: 403, CLOSED: 403}),
        "start_again": Handler(TAKES_PART, {}, {CLOSED: 403}),
        "share": Handler(TAKES_PART, {"shared": True, "stamp": 1}, {ELSEWHERE: 403}),
        "download": Handler(TAKES_PART, suffix="json", statuses={"POST": 404}, reads=True),
        "delete_data": Handler(TAKES_PART),
    }


UNKNOWN = {COURSE: 404}
ANSWER_VIEW = {"answer_view": Handler(TAKES_PART, {"session": "unknown", "text": "", "stamp": 1}, UNKNOWN)}
TRAINERS = {
    "report": Handler(TRAINS, {"part": "who"}, reads=True),
    "profile": Handler(TRAINS, {"learner": "unknown"}, UNKNOWN, reads=True),
    "save_view": Handler(TRAINS, {"learner": "unknown"}, UNKNOWN),
    "report_progress": Handler(TRAINS, {"job": "unknown"}, UNKNOWN, reads=True),
    "cancel_report": Handler(TRAINS, {"job": "unknown"}, UNKNOWN),
    "report_file": Handler(TRAINS, suffix="unknown", statuses=UNKNOWN, reads=True),
    "start_report": Handler(TRAINS, {"kind": "learners"}),
}
AUTHORS = {
    "studio_start": Handler(WRITES, {"name": "nothing"}, reads=True),
    "studio_check": Handler(WRITES, document, reads=True),
    "studio_preview": Handler(WRITES, document, reads=True),
    "studio_write_file": Handler(WRITES, lambda block: {**document(block), "kind": "xml"}, reads=True),
    "studio_read_file": Handler(WRITES, lambda block: {**document(block), "name": "x.json", "content": "e30="},
                                reads=True),
    "studio_save": Handler(WRITES, renamed),
}
SETTINGS = {"submit_studio_edits": Handler(WRITES, {"values": {"display_name": "Coffee"}, "defaults": []})}
HANDLERS = {
    EVALUATION: {**recorded("round", {"tea-1": {"stamp": 1, "level": 1}}), **ANSWER_VIEW, **TRAINERS, **AUTHORS},
    MODULE: {
        "tick": Handler(TAKES_PART, {"answers": {"do-it": {"stamp": 1, "reply": []}}}, {COURSE: 409}),
        "choose_country": Handler(TAKES_PART, {"country": "ES"}),
        **recorded("run", {"read": {"stamp": 1, "reply": True}}), **TRAINERS, **AUTHORS},
    REPORT: {**TRAINERS, **SETTINGS},
    PASSPORT: {
        "page": Handler(TAKES_PART, reads=True),
        "preview": Handler(TAKES_PART, reads=True),
        "choose_languages": Handler(TAKES_PART, {"own": "es"}),
        "save_answers": Handler(TAKES_PART, {"number": 1, "answers": {"step:k3x": {"stamp": 1, "will": "Go"}}}),
        "share_block": Handler(TAKES_PART, {"block": "unknown", "shared": True, "stamp": 1}, UNKNOWN),
        "download": Handler(TAKES_PART, suffix="all", statuses={"POST": 404}, reads=True),
        "delete_data": Handler(TAKES_PART),
        **ANSWER_VIEW, **SETTINGS},
}
WRONG = {"nothing": b"", "null": b"null", "a list": b"[]", "a word": b'"x"', "a number": b"1", "no JSON": b"<x>",
         "half": b'{"answers": {"tea-1"', "GET": None, "a form": b"answers=1"}


def handlers(cls):
    return {name for name in dir(cls) if getattr(getattr(cls, name, None), "_is_xblock_handler", False)}


def sent(block, name, body=b"", method="POST", suffix=""):
    """Send a request to a handler; return its reply. What the handler raises would be a 500."""
    request = Request.blank("/", method=method)
    if method == "POST":
        request.body = body
        request.content_type = "application/x-www-form-urlencoded" if body == WRONG["a form"] else "application/json"
    return block.runtime.handle(block, name, request, suffix)


def send_right(block, name, handler):
    if handler.suffix is not None:
        return sent(block, name, method="GET", suffix=handler.suffix)
    body = handler.body(block) if callable(handler.body) else handler.body
    return sent(block, name, json.dumps(body).encode())


def send_wrong(block, name, handler, wrong):
    if wrong == "GET" and handler.suffix is not None:
        return None
    return sent(block, name, WRONG[wrong], "GET" if wrong == "GET" else "POST", handler.suffix or "")


# -- the tables are whole ----------------------------------------------------------------------------------------------

@pytest.mark.parametrize("block_type", BLOCKS)
def test_every_handler_and_every_view_of_the_code_stands_in_the_tables(block_type):
    cls = BLOCKS[block_type]
    views = {name for name in dir(cls) if name.endswith("_view") and callable(getattr(cls, name))} - handlers(cls)
    assert handlers(cls) == set(HANDLERS[block_type]) and views == set(VIEWS[block_type])


@cache
def asked_for():
    """Return the names of the services the package asks for."""
    return {ast.literal_eval(node.args[1]) for path in Path(migrempower_xblock.__file__).parent.rglob("*.py")
            for node in ast.walk(ast.parse(path.read_text("utf-8")))
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "service"}


@pytest.mark.parametrize("block_type", BLOCKS)
def test_a_block_wants_the_services_that_the_code_asks_for_and_needs_none(block_type):
    declared = {name: each for name, each in BLOCKS[block_type]._combined_services.items() if name != "field-data"}
    assert declared == dict.fromkeys(asked_for(), "want")


# -- the contract ------------------------------------------------------------------------------------------------------

def hold(site, place, person, block_type, wrong, taken=""):
    """Ask everything once of a block; ``wrong`` are names of wrong requests to send beside the right ones."""
    may, kind, site.taken = rights(place, person, taken), kind_of(place), (taken,)

    def opened():
        return site.open(place, person, block_type)

    opened()
    before = site.state()
    for view in VIEWS[block_type]:
        block = opened()
        try:
            found = shown(block.runtime.render(block, view, {}))
        except PermissionDenied:
            found = "no access"
        assert found == expected_view(block_type, view, place, person, may), view
    hold_data(opened())
    for name, handler in HANDLERS[block_type].items():
        block = opened()
        for each in wrong:
            reply = send_wrong(block, name, handler, each)
            if reply is not None:
                assert reply.status_int == handler.status_of_wrong(may, kind, each), (name, each)
                assert reply.json.keys() == {"error"} and reply.json["error"], (name, each)
    writing = {name: each for name, each in HANDLERS[block_type].items() if each.right in may and not each.reads}
    for name, handler in HANDLERS[block_type].items():
        if name not in writing:
            reply = send_right(opened(), name, handler)
            assert reply.status_int == handler.status(may, kind), name
            assert reply.status_int < 400 or reply.json.keys() == {"error"}, name
    assert site.state() == before, "a refused request or one that reads has changed something"
    for name, handler in writing.items():
        reply = send_right(opened(), name, handler)
        assert reply.status_int == handler.status(may, kind), name
        assert reply.status_int < 400 or reply.json.keys() == {"error"}, name
    return may


def hold_data(block):
    """What the platform asks a block outside of views: for the course's structure, native clients, search, reports."""
    assert block.has_support(block.student_view, "multi_device")
    data = json.loads(json.dumps(block.student_view_data()))
    assert data["ready"] is (block.scope_ids.block_type in (EVALUATION, MODULE))
    assert block.index_dictionary()["content"]["display_name"] == block.display_name
    if data["ready"]:
        rows = list(block.generate_report_data(iter([SimpleNamespace(username="learner", state={})]), 10))
        assert [name for name, _ in rows] == ["learner"] and rows[0][1]
        assert block.max_score() == {EVALUATION: 1.0, MODULE: 2.0}[block.scope_ids.block_type]


@pytest.mark.parametrize("block_type", BLOCKS)
@pytest.mark.parametrize(("place", "person"), WHO_WHERE)
def test_each_view_and_handler_answers_as_the_tables_say(site, place, person, block_type):
    may = hold(site, place, person, block_type, WRONG)
    if kind_of(place) == ELSEWHERE:
        assert site.published == [] and not StudentItem.objects.exists() and not Submission.objects.exists()
    elif block_type in (EVALUATION, MODULE) and place == "course":
        told = {name for name, _ in site.published}
        assert ({"grade", "completion"} <= told) is (TAKES_PART in may)
    if WRITES in may:
        block = site.open(place, person, block_type)
        assert (block.load_document().title["en"] if hasattr(block, "document") else block.display_name) == "Coffee"


# Where a service is offered, and to whom it makes a difference.
OFFERED = {
    "user": ["course", "Studio", "preview", "library", "library in Studio", "workbench"],
    "replace_urls": ["course", "preview", "library in Studio"],
    "studio_user_permissions": ["Studio", "preview"],
}


@pytest.mark.parametrize("block_type", BLOCKS)
@pytest.mark.parametrize(("taken", "place", "person"), [
    (service, place, person) for service, places in OFFERED.items() for place in places for person in MAY[place]
    if person not in ("beta tester", "instructor", "site's staff")])
def test_where_a_wanted_service_is_missing_the_rest_is_answered(site, taken, place, person, block_type):
    hold(site, place, person, block_type, ("half", "GET"), taken)
    if kind_of(place) == ELSEWHERE:
        assert site.published == [] and not StudentItem.objects.exists()


@pytest.mark.parametrize("place", ["course", "library"])
@pytest.mark.parametrize("block_type", BLOCKS)
def test_a_block_of_nobody_says_what_it_is_worth(site, place, block_type):
    block = site.open(place, "nobody", block_type)
    assert block.has_score is (block_type in (EVALUATION, MODULE))
    if block.has_score:
        assert block.weight == 1.0 and block.max_score() > 0


# -- what is secret ----------------------------------------------------------------------------------------------------

@pytest.mark.parametrize(("place", "person"), [("course", "nobody"), ("course", "learner"), ("course", "staff"),
                                               ("library", "nobody"), ("library", "learner")])
def test_structure_and_search_hold_no_answer_no_score_of_an_option_and_no_feedback(site, place, person):
    secrets = (ROOT / "workbench" / "scenarios" / "secrets.xml").read_text("utf-8")
    site.put(secrets)
    block = site.open(place, person, MODULE)
    told = json.dumps([block.student_view_data(), block.index_dictionary()])
    assert "Which one is round?" in told
    assert "SECRET" in secrets and not re.search("secret-|SECRET|\\b7\\b", told)
    if person != "nobody":
        state = sent(block, "student_view_user_state", method="GET").text
        assert "Which one is round?" in state and not re.search("secret-|SECRET", state)


# -- Studio ------------------------------------------------------------------------------------------------------------

class Older:
    """``StudioPermissionsService`` at Teak: it knows courses only."""

    def can_write(self, key):
        return key.is_course


class Newer:
    """Later: libraries too."""

    def can_write(self, key):
        return True


class Newest:
    """And now: what each permission is for has a name, and the old one is right for courses only."""

    def can_write(self, key):
        return key.is_course

    def can_edit_content(self, key):
        return True


@pytest.mark.parametrize("service", [Older, Newer, Newest])
@pytest.mark.parametrize("place", ["Studio", "library in Studio"])
def test_each_generation_of_the_service_for_permissions_is_asked_what_it_knows(site, place, service):
    block = site.open(place, "author", EVALUATION)
    block.runtime._services["studio_user_permissions"] = service()
    assert platform.may_author(block) is (place == "Studio" or service is not Older)


@pytest.mark.parametrize("version", ["published", 3])
@pytest.mark.parametrize("block_type", BLOCKS)
def test_only_the_draft_of_a_librarys_block_is_written(site, block_type, version):
    block = site.open("library in Studio", "author", block_type)
    assert platform.may_author(block)
    block._runtime_requested_version = version
    before = site.state()
    for name in {"studio_save", "submit_studio_edits"} & set(HANDLERS[block_type]):
        assert send_right(block, name, HANDLERS[block_type][name]).status_int == 403
    assert shown(block.runtime.render(block, "studio_view")) == "for authors" and site.state() == before


@pytest.mark.parametrize(("place", "address"), [
    ("Studio", "/asset-v1:course-v1:MigrEmpower+Lms+2026+type@asset+block@tea.png"),
    ("preview", "/asset-v1:course-v1:MigrEmpower+Lms+2026+type@asset+block@tea.png"),
    ("library in Studio", "https://library.example.org/tea.png")])
@pytest.mark.parametrize("block_type", [EVALUATION, MODULE])
def test_an_authors_picture_has_an_address_that_opens(site, place, address, block_type):
    block = site.open(place, "author", block_type)
    reply = send_right(block, "studio_check", HANDLERS[block_type]["studio_check"])
    assert reply.json["addresses"] == {"/static/tea.png": address}
