"""Requests nobody thought of, over every handler of every block, and what must hold of each answer.

``SHAPES`` says what a right request of each handler looks like; what is sent is that, changed. A handler that is not
there fails ``tests/test_requests_hostile.py``.
"""

import copy
import hashlib
import json
import os
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

from django.conf import settings
from django.db import connection, transaction
from hypothesis import strategies as st
from webob import Request
from workbench.models import shorten_scope_name
from workbench.runtime import WorkbenchDjangoKeyValueStore

from host import course
from host.people import EVERYBODY
from host.runtime import HostRuntime
from migrempower_xblock.block import LARGEST_REQUEST
from migrempower_xblock.olx import FRAMEWORK_OLX
from migrempower_xblock.trainers.page import SHOWS, SOURCES
from migrempower_xblock.training.taking_part import Checklist

from .contract.test_contract import HANDLERS, TAKES_PART, TRAINS, WRITES
from .hostile_values import ODD_TEXTS, altered, odd, written

# Units of the sample course with a block of each type, and who may do there what the handlers' rules ask for.
UNITS = {"migrempower_self_evaluation": ("start", "end", "own-framework"),
         "migrempower_training_module": ("every-kind", "secrets", "working-life"),
         "migrempower_passport": ("passport",), "migrempower_cohort_report": ("cohort-report",)}
OTHERS = ("visitor", "elsewhere")
PEOPLE = {TAKES_PART: ("new", "amira", "new", "amira", "lucia", "trainer", *OTHERS),
          TRAINS: ("trainer",) * 6 + ("colleague", "author", "amira", *OTHERS),
          WRITES: ("author",) * 8 + ("trainer", "amira", *OTHERS)}
METHODS = ("GET", "PUT", "DELETE", "HEAD", "PATCH", "OPTIONS", "POST")
TYPES = ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "", "application/JSON",
         "application/json; charset=utf-16", "text/json", "application/xml")
REFUSALS = {400, 403, 404, 405, 409, 413, 415, 422}


@dataclass(frozen=True)
class Sent:
    """A request: to which handler of the block at which unit, whose, and all that goes over the wire."""

    unit: str
    block_type: str
    handler: str
    person: str
    body: bytes = b""
    method: str = "POST"
    content_type: str = "application/json"
    suffix: str = ""

    @property
    def reads(self):
        """Whether the handler changes nothing, whatever it answers."""
        return HANDLERS[self.block_type][self.handler].reads

    def __repr__(self):
        body = self.body if len(self.body) < 1_500 else self.body[:1_500] + b" and more: %d bytes" % len(self.body)
        return (f"Sent({self.person} at {self.unit}, {self.method} {self.handler}/{self.suffix!r} "
                f"{self.content_type!r} {body!r})")

    def answer(self):
        """Return the reply, as one process of the host gives it."""
        block = opened(self.unit, self.person)
        request = Request.blank("/", method=self.method)
        if self.method not in ("GET", "HEAD"):
            request.body, request.content_type = self.body, self.content_type
        return block.runtime.handle(block, self.handler, request, self.suffix)


def opened(unit, person):
    """Return the block of a unit as the next request of a person has it."""
    return HostRuntime(EVERYBODY[person]).get_block(course.BY_SLUG[unit].usage_id)


def asked(unit, person, handler, body=None):
    """Return the JSON reply to a right request: a GET where it has no ``body``."""
    block_type = opened(unit, person).scope_ids.block_type
    data = json.dumps(body).encode()
    reply = Sent(unit, block_type, handler, person, data, "GET" if body is None else "POST").answer()
    assert reply.status_int == 200, reply.body[:300]
    return reply.json


# -- what is right -----------------------------------------------------------------------------------------------------

def some(values, most=3):
    """Return a strategy for lists of a few of ``values``, or of nothing where there are none."""
    return st.lists(st.sampled_from(values), max_size=most, unique=True) if values else st.just([])


def pairs(names, values):
    return st.lists(st.tuples(names, values), max_size=3).map(dict)


def reply_to(step):
    """Return a strategy for replies to a step, as a client is told of it."""
    names = {"options": [each["name"] for each in step.get("options", ())],
             "ordering": [each["name"] for each in step.get("items_shown", ())]}
    gaps = [piece["gap"] for piece in step.get("pieces", ()) if "gap" in piece]
    lefts = step.get("lefts", ())
    return {
        "options": lambda: some(names["options"], 3 if step["several"] or step["ticked"] else 1),
        "dialogue": lambda: some(names["options"], 2),
        "ordering": lambda: st.permutations(names["ordering"]),
        "matching": lambda: pairs(st.sampled_from([each["name"] for each in lefts]),
                                  st.sampled_from([each["name"] for each in lefts[0]["rights"]])),
        "gaps": lambda: pairs(st.sampled_from([each["name"] for each in gaps]), st.text(max_size=5) | st.sampled_from(
            [choice["name"] for each in gaps for choice in each["choices"] or ()] or [""])),
        "writing": lambda: st.text(max_size=30),
    }.get(step["form"], lambda: st.just(True))()


class Course:
    """The sample course with its named learners, and what right requests to its blocks name."""

    def __init__(self):
        self.learners = [EVERYBODY[key].anonymous_id for key in ("amira", "amira", "amira", "mateo", "new", "trainer")]
        self.blocks = [each.usage_id for each in map(course.BY_SLUG.get, ("start", "end", "working-life", "passport",
                                                                          "secrets", "cohort-report"))]
        self.stamp = asked("start", "new", "student_view_user_state")["now"]
        self.statements = list(opened("start", "new").load_document().statements)
        self._steps = {(unit, person): asked(unit, person, "student_view_user_state")["steps"]
                       for unit in UNITS["migrempower_training_module"] for person in ("new", "amira")}
        self.checklists = {where: self._checklists(*where) for where in self._steps}
        self.session = opened("start", "amira").history().views[0].session
        self.job = asked("start", "trainer", "start_report", {"kind": "learners"})["job"]["id"]
        self.documents = {"migrempower_self_evaluation": FRAMEWORK_OLX.from_text((
            Path(__file__).parent / "contract" / "self_evaluation.xml").read_text("utf-8").split(">", 1)[1].rsplit(
                "<", 1)[0]).to_data(),
            "migrempower_training_module": opened("every-kind", "author").load_document().to_data()}
        self.revisions = {unit: opened(unit, "author")._revision() for units in UNITS.values() for unit in units
                          if hasattr(opened(unit, "author"), "_revision")}
        self.tried = {block_type: self._tried(UNITS[block_type][0], document)
                      for block_type, document in self.documents.items()}

    def _tried(self, unit, document):
        """Return a state of Studio's preview in which something was handed in."""
        body = {"document": document, "settings": {}, "state": {}, "handler": "hand_in",
                "body": {"round": 1, "run": 1, "answers": {}}}
        return asked(unit, "author", "studio_preview", body)["state"]

    @staticmethod
    def _checklists(unit, person):
        block = opened(unit, person)
        return {step.id: [each.name for each in step.offer(block.veil)] for step in block.load_document().steps
                if isinstance(step, Checklist)}

    # -- strategies of bodies, by handler ------------------------------------------------------------------------------

    @property
    def stamps(self):
        return st.integers(0, 3).map(lambda back: self.stamp - back)

    def answers(self, unit, person, block_type):
        if block_type == "migrempower_self_evaluation":
            return pairs(st.sampled_from(self.statements), st.fixed_dictionaries({"stamp": self.stamps}, optional={
                "level": st.integers(0, 3), "evidence": st.text(max_size=20)}) | st.fixed_dictionaries(
                {"stamp": self.stamps, "skip": st.sampled_from(("unclear", "private"))}))
        if block_type == "migrempower_passport":
            entry = {"stamp": self.stamps}
            return st.one_of(
                pairs(st.sampled_from(("step:a", "step:b")), st.fixed_dictionaries(entry, optional={
                    "will": st.text(max_size=20), "on": st.just("2026-12-24"), "with": st.text(max_size=9),
                    "done": st.booleans(), "gone": st.booleans()})),
                pairs(st.sampled_from(("experience:own/a", f"experience:migrempower/{self.statements[0]}")),
                      st.fixed_dictionaries(entry, optional={name: st.text(max_size=20) for name in (
                          "where", "when", "did", "outcome")})),
                pairs(st.just("choices"), st.fixed_dictionaries(entry, optional={
                    "name": st.text(max_size=9), "host": st.just("es"), "without_plan": st.booleans()})))
        steps = self._steps.get((unit, person)) or self._steps[unit, "new"]
        return st.lists(st.sampled_from(range(len(steps))).flatmap(lambda number: st.tuples(
            st.just(steps[number]["id"]), st.fixed_dictionaries(
                {"stamp": self.stamps, "reply": reply_to(steps[number])},
                optional={"check": st.integers(0, 2)}))), max_size=3).map(dict) if steps else st.just({})

    def draft(self, unit, block_type, **more):
        """Return a strategy for an author's requests, the document in them right or changed."""
        document = self.documents[block_type]
        settings_of = st.fixed_dictionaries({}, optional={
            "display_name": st.text(max_size=9), "weight": st.sampled_from((1, 0.5, None)),
            "sharing": st.just("never"), "second_language": st.just("es"), "rounds": st.integers(0, 3),
            "attempts": st.integers(0, 3), "pass_mark": st.just(50)})
        return st.fixed_dictionaries({"document": st.just(document) | altered(document), "settings": settings_of,
                                      **more})

    def shape(self, sent):
        """Return a strategy for right bodies of a request, or for right suffixes where it is a GET."""
        return SHAPES[sent.handler](self, sent.unit, sent.person, sent.block_type)


EMPTY = st.just({})
NUMBER = st.sampled_from((1, 1, 1, 2))
LANGUAGES = st.sampled_from(("en", "es", "ar", ""))
JOBS = st.deferred(lambda: st.sampled_from(("x", "00000000-0000-0000-0000-000000000000")))


def answered(at, unit, person, block_type):
    return st.fixed_dictionaries({"round": NUMBER, "run": NUMBER, "number": NUMBER,
                                  "answers": at.answers(unit, person, block_type)})


def ticked(at, unit, person, _block_type):
    offered = at.checklists[unit, person if (unit, person) in at.checklists else "new"]
    answers = st.sampled_from(sorted(offered)).flatmap(lambda step: st.fixed_dictionaries(
        {step: st.fixed_dictionaries({"stamp": at.stamps, "reply": some(offered[step])})}))
    return st.fixed_dictionaries({"answers": answers}) if offered else EMPTY


def learners(at):
    return st.sampled_from(at.learners)


def job(at, *_):
    return st.fixed_dictionaries({"job": st.just(at.job) | JOBS})


def previewed(at, unit, person, block_type):
    what = st.sampled_from(("page", "save_answers", "hand_in", "start_again", "choose_languages", "share",
                            "delete_data", "tick", "choose_country"))
    state = st.sampled_from(({}, at.tried[block_type])) | altered(at.tried[block_type])
    return st.one_of(at.draft(unit, block_type, state=state), at.draft(
        unit, block_type, state=state, handler=what, body=answered(at, unit, person, block_type) | odd))


def a_file(at, unit, _person, block_type):
    names = st.sampled_from(("a.csv", "a.xlsx", "a.json", "a.xml", "a", "a.xlsm"))
    contents = st.sampled_from(("e30=", "a2V5LGVuCnRpdGxlLFRlYQo=", "UEsDBA==", "PGZyYW1ld29yay8+", "====", ""))
    return at.draft(unit, block_type, name=names, content=contents)


SHAPES = {
    "page": lambda *_: EMPTY, "preview": lambda *_: EMPTY, "start_again": lambda *_: EMPTY,
    "delete_data": lambda *_: EMPTY, "save_answers": answered, "hand_in": answered, "tick": ticked,
    "choose_languages": lambda *_: st.fixed_dictionaries({"own": LANGUAGES}, optional={"beside": LANGUAGES}),
    "choose_country": lambda *_: st.fixed_dictionaries({"country": st.sampled_from(("ES", "DE", "IT", "", "XX"))}),
    "share": lambda at, *_: st.fixed_dictionaries({"shared": st.booleans(), "stamp": at.stamps}),
    "share_block": lambda at, *_: st.fixed_dictionaries({
        "block": st.sampled_from(at.blocks), "shared": st.booleans(), "stamp": at.stamps}),
    "answer_view": lambda at, *_: st.fixed_dictionaries({
        "session": st.sampled_from((at.session, at.session, "12345678")), "text": st.text(max_size=20),
        "stamp": at.stamps}),
    "download": lambda *_: st.sampled_from(("json", "csv", "all", "elm", "docx", "xml", "")),
    "student_view_user_state": lambda *_: st.just(""),
    "report": lambda *_: st.fixed_dictionaries({"part": st.sampled_from(("who", "what", "change", "training",
                                                                         "files"))}, optional={
        "framework": st.sampled_from(("migrempower", "", "cefr")), "moment": st.sampled_from(("", "start", "end")),
        "group": st.sampled_from(("", "evening", "x")), "show": st.sampled_from(SHOWS), "days": st.integers(1, 365),
        "source": st.sampled_from(SOURCES), "after": st.sampled_from(("", "amira", "zz"))}),
    "profile": lambda at, *_: st.fixed_dictionaries({"learner": learners(at)}),
    "save_view": lambda at, *_: st.fixed_dictionaries({
        "learner": learners(at), "block": st.sampled_from(at.blocks[:2]), "session": st.just("0123456789abcdef")},
        optional={
            "levels": st.just({"contract": 2}), "notes": st.just({"contract": {"action": "Read it."}}),
            "steps": st.just([{"text": "Ask", "by": "2026-12-24"}]), "comment": st.text(max_size=20)}),
    "start_report": lambda *_: st.fixed_dictionaries({
        "kind": st.sampled_from(("learners", "answers", "activities", "figures"))}, optional={
        "format": st.sampled_from(("csv", "xlsx")), "named": st.booleans(),
        "group": st.sampled_from(("", "evening"))}),
    "report_progress": job, "cancel_report": job,
    "report_file": lambda at, *_: st.just(at.job) | JOBS,
    "submit_studio_edits": lambda *_: st.fixed_dictionaries({
        "values": st.fixed_dictionaries({}, optional={"display_name": st.text(max_size=9)}),
        "defaults": st.sampled_from(([], ["display_name"]))}),
    "studio_start": lambda at, *_: st.fixed_dictionaries({
        "name": st.sampled_from(("nothing", "shipped:cefr", "shipped:my-skills", "shipped:x",
                                 f"block:{at.blocks[0]}")), "language": LANGUAGES}),
    "studio_check": lambda at, unit, _, block_type: at.draft(unit, block_type),
    "studio_save": lambda at, unit, _, block_type: at.draft(
        unit, block_type, revision=st.just(at.revisions[unit]), corrections=st.booleans()),
    "studio_preview": previewed,
    "studio_write_file": lambda at, unit, _, block_type: at.draft(
        unit, block_type, kind=st.sampled_from(("csv", "xlsx", "json", "xml"))),
    "studio_read_file": a_file,
}
# Heavy ones come less often: a large reply, or a document of an author's.
TIMES = {"report": 1, "start_report": 1, "save_view": 1, "profile": 1, "preview": 1, "save_answers": 6, "hand_in": 4,
         "tick": 3, "share_block": 2, "answer_view": 2}
TARGETS = [(block_type, handler) for block_type, handlers in HANDLERS.items() for handler in handlers
           for _ in range(TIMES.get(handler, 2 if handlers[handler].right == TAKES_PART else 1))]


# -- what is sent ------------------------------------------------------------------------------------------------------

@st.composite
def requests(draw, at, targets=TARGETS, ways=("right",) * 2 + ("altered",) * 5 + ("wire",)):
    """Draw a request to any handler of the course ``at``: mostly a right one that was changed."""
    block_type, handler = draw(st.sampled_from(targets))
    about = HANDLERS[block_type][handler]
    sent = Sent(draw(st.sampled_from(UNITS[block_type])), block_type, handler,
                draw(st.sampled_from(PEOPLE[about.right])))
    how = draw(st.sampled_from(ways))
    right = draw(at.shape(sent))
    if about.suffix is not None:
        return changed(sent, method="GET" if how != "wire" else draw(st.sampled_from(METHODS)),
                       suffix=right if how == "right" else draw(st.sampled_from(ODD_TEXTS) | st.just(right)))
    if how == "altered":
        right = draw(altered(right))
    body = written(right).encode()
    if how != "wire":
        return changed(sent, body=body)
    return draw(on_the_wire(sent, body))


@st.composite
def on_the_wire(draw, sent, body):
    """Draw a request whose body never becomes what it was: another method, type, encoding, or size; cut or spoilt."""
    how = draw(st.sampled_from(("method", "type", "cut", "spoilt", "encoding", "large")))
    if how == "method":
        return changed(sent, body=body, method=draw(st.sampled_from(METHODS)))
    if how == "type":
        return changed(sent, body=body, content_type=draw(st.sampled_from(TYPES)))
    place = draw(st.integers(0, len(body)))
    if how == "cut":
        return changed(sent, body=body[:place])
    if how == "spoilt":
        return changed(sent, body=body[:place] + draw(st.binary(max_size=8)) + body[place:])
    if how == "encoding":
        return changed(sent, body=body.decode().encode(draw(st.sampled_from(
            ("utf-8-sig", "utf-16", "utf-16-le", "utf-32", "utf-7", "cp037")))))
    room = LARGEST_REQUEST - len(body) + draw(st.sampled_from((-1, 0, 1)))
    return changed(sent, body=body[:-1] + b" " * max(0, room) + body[-1:])


def changed(sent, **more):
    return Sent(**{name: getattr(sent, name) for name in Sent.__dataclass_fields__} | more)


# -- what must hold ----------------------------------------------------------------------------------------------------

class ServerError(AssertionError):
    """A request was answered with a 5xx. An exception, which the host would answer with one, goes on as it is."""


class Changed(AssertionError):
    """A request that was refused, or only reads, has changed something."""


def strict(text):
    """Return what JSON text says, as a browser reads it: NaN is none."""
    def refuse(constant):
        raise ValueError(f"{constant} is no JSON.")
    return json.loads(text, parse_constant=refuse)


class QuickStore:
    """How fields are read from xblock-sdk's store here. The SDK asks its database anew for each, and makes an empty row
    of what is not there; this remembers rows until something is written.
    """

    rows = {}
    _KEEPING = ("SELECT", "SAVEPOINT", "RELEASE", "BEGIN")

    @classmethod
    @contextmanager
    def used(cls):
        cls.rows.clear()
        with connection.execute_wrapper(cls._watch), mock.patch.multiple(
                WorkbenchDjangoKeyValueStore, has=lambda _, key: key.field_name in cls._row(key),
                get=lambda _, key: copy.deepcopy(cls._row(key)[key.field_name])):
            yield

    @classmethod
    def _watch(cls, execute, sql, parameters, many, context):
        if not sql.startswith(cls._KEEPING):
            cls.rows.clear()
        return execute(sql, parameters, many, context)

    @classmethod
    def _row(cls, key):
        scope = getattr(key.scope, "block", key.scope)  # those of parent and children have none
        place = shorten_scope_name(scope.attr_name), key.block_scope_id, key.user_id
        if place not in cls.rows:
            with connection.cursor() as cursor:  # in SQLite "IS" compares with NULL too
                cursor.execute("SELECT state FROM workbench_xblockstate WHERE scope = %s AND scope_id = %s AND user_id "
                               "IS %s", place)
                cls.rows[place] = json.loads((cursor.fetchone() or ("{}",))[0])
        return cls.rows[place]


class Kept:
    """All that is kept in the database and among the files, as one value; quick to ask while nothing was written."""

    def __init__(self):
        self._tables = [name for name in connection.introspection.table_names() if not name.startswith("django_")]
        self._rows, self._writes = self._read(), self._written()

    @staticmethod
    def _written():
        return connection.connection.total_changes  # SQLite's own count of rows written, taken back or not

    @staticmethod
    def _files():
        return {Path(folder, name) for folder, _, names in os.walk(settings.MEDIA_ROOT) for name in names}

    def now(self):
        """Return what is kept; two that are the same are equal."""
        if self._written() != self._writes:
            self._rows, self._writes = self._read(), self._written()
        return self._rows, self._files()

    def _read(self):
        found = hashlib.sha256()
        with connection.cursor() as cursor:
            for table in self._tables:
                # xblock-sdk makes an empty row of a state it reads.
                where = " WHERE state <> '{}'" if table == "workbench_xblockstate" else ""
                cursor.execute(f"SELECT * FROM {table}{where} ORDER BY 1")
                found.update(repr(cursor.fetchall()).encode("utf-8", "surrogatepass"))
        return found.hexdigest()

    @contextmanager
    def forgetting(self):
        """Undo afterwards whatever is written inside, files too."""
        rows, files = self.now()
        try:
            with transaction.atomic():
                yield
                transaction.set_rollback(True)
        finally:
            QuickStore.rows.clear()
            for file in self._files() - files:
                file.unlink()
            self._rows, self._writes = rows, self._written()


def storable(execute, sql, parameters, many, context):
    """Refuse to ask a database what PostgreSQL or MySQL cannot be asked: texts with NUL or halves of characters."""
    for row in parameters if many else [parameters]:
        for each in row or ():
            if isinstance(each, str):
                assert "\0" not in each, (sql, each)
                each.encode()
    return execute(sql, parameters, many, context)


def answered_by(sent):
    """Return (status, body, media type) of a reply."""
    with connection.execute_wrapper(storable):
        reply = sent.answer()
        status, body = reply.status_int, reply.body
    if status >= 500:
        raise ServerError(status, body[:500])
    return status, body, reply.content_type


def hold(sent, kept):
    """Send a request and hold what must be true of any; return (status, CPU seconds, bytes of the reply).

    No exception, no server error, a reply that can be read; where it is refused, or only reads, all stays as it was.
    """
    before, began = kept.now(), time.process_time()
    status, body, kind = answered_by(sent)
    took = time.process_time() - began
    assert status == 200 or status in REFUSALS, (status, body[:500])
    if kind == "application/json":
        told = strict(body.decode())
        assert status == 200 or told["error"], told
    else:
        assert status == 200 and sent.handler in ("download", "report_file"), (sent.handler, status)
    if (status != 200 or sent.reads) and kept.now() != before:
        raise Changed(f"{status}: something has changed")
    return status, took, len(body)
