"""What is kept for good, in edx-submissions: what learners handed in, whether they share it, what trainers recorded.

A *place* is one learner at one block of one course. Records are appended and never changed; deleting removes the rows.

.. pii: answers and a learner's own notes, tied to the course's anonymous id
.. pii_types: other
.. pii_retirement: local_api
"""

import hashlib
import json
import logging
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Self, cast

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from submissions.models import StudentItem, Submission, score_reset

from .competences.answers import MOMENTS, Answer
from .competences.views import TrainersView
from .shapes import SHARE, Json, Ratings, parts, shaped

ROUNDS = "migrempower_rounds"
RUNS = "migrempower_runs"
SHARING = "migrempower_sharing"
VIEWS = "migrempower_views"
REPLIES = "migrempower_replies"
KINDS = (ROUNDS, RUNS, SHARING, VIEWS, REPLIES)
ROUND_FORMAT = RUN_FORMAT = 1

# What reading a damaged row raises.
UNREADABLE = (AttributeError, KeyError, TypeError, ValueError)
log = logging.getLogger(__name__)


class RecordTooLarge(ValueError):
    """A record is larger than the store can hold (100 kB of JSON)."""


def _hash(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Place:
    """One learner (anonymous id) at one block (usage id) of one course. ``kind`` is ``ROUNDS`` or ``RUNS``."""

    learner: str
    course: str
    block: str
    kind: str = ROUNDS

    def _item(self, kind: str, of: str = "") -> dict[str, str]:
        # (course, student, item) is unique in the store, so each kind of record has an item of its own, and so has each
        # trainer and each answer to one (``of``). Usage ids may be as long as the column; a hash always fits.
        item = self.block if kind in RECORDS else f"{kind}:{_hash(self.block)}"
        return {"student_id": self.learner, "course_id": self.course, "item_type": kind,
                "item_id": f"{item}:{_hash(of)}" if of else item}


@dataclass(frozen=True, slots=True)
class Round:
    """One handed-in set of answers.

    ``completion`` is answered ÷ asked, ``ratings`` maps competence ids to 0.0..1.0, ``unanswered`` lists statements
    left without an answer: all as they were on that day, whatever becomes of the framework.
    """

    framework: str
    version: str
    moment: str
    number: int
    answers: dict[str, Answer]
    unanswered: tuple[str, ...]
    completion: float
    ratings: Ratings
    handed_in: datetime
    block: str = ""

    def to_json(self) -> Json:
        """Return what is stored; the date and the block stand in the store's own columns."""
        return {
            "format": ROUND_FORMAT,
            "framework": self.framework,
            "version": self.version,
            "moment": self.moment,
            "answers": {statement: answer.to_json() for statement, answer in self.answers.items()},
            "unanswered": list(self.unanswered),
            "completion": self.completion,
            "ratings": _rounded(self.ratings),
        }

    @classmethod
    def from_json(cls, data: Json, **kept: Any) -> Self:
        """Read what ``to_json`` wrote; ``kept`` is what the store's columns hold. Raises what ``UNREADABLE`` has."""
        answers = {statement: Answer.from_json(answer) for statement, answer in data["answers"].items()}
        if "completion" not in data:  # as the first rounds of version 0.1.0
            given = sum(answer.is_given for answer in answers.values())
            data = {**data, "completion": given / (len({*answers, *data["unanswered"]}) or 1)}
        found = parts(data, framework=str, version=str, moment=str, unanswered=[str], completion=SHARE,
                      ratings={str: SHARE})
        if found["moment"] not in MOMENTS:
            raise ValueError(found["moment"])
        return cls(answers=answers, **found | {"unanswered": tuple(found["unanswered"])}, **kept)


@dataclass(frozen=True, slots=True)
class Run:
    """One handed-in pass through a module.

    ``replies`` maps activity ids to every reply that was marked, in the author's ids, so that they can be marked anew;
    ``shares`` (0.0..1.0), ``earned`` of ``possible`` points and ``ratings`` by competence are the marks of that day.
    ``done`` lists the steps seen and done.
    """

    module: str
    version: str
    number: int
    replies: dict[str, list[Any]]
    done: tuple[str, ...]
    shares: dict[str, float]
    earned: float
    possible: float
    ratings: Ratings
    handed_in: datetime
    block: str = ""

    @property
    def share(self) -> float:
        """Return earned ÷ possible."""
        return self.earned / self.possible if self.possible else 0.0

    def to_json(self) -> Json:
        """Return what is stored; the date and the block stand in the store's own columns."""
        return {
            "format": RUN_FORMAT,
            "module": self.module,
            "version": self.version,
            "replies": self.replies,
            "done": list(self.done),
            "shares": _rounded(self.shares),
            "earned": round(self.earned, 4),
            "possible": self.possible,
            "ratings": _rounded(self.ratings),
        }

    @classmethod
    def from_json(cls, data: Json, **kept: Any) -> Self:
        """Read what ``to_json`` wrote; ``kept`` is what the store's columns hold. Raises what ``UNREADABLE`` has."""
        found = parts(data, module=str, version=str, replies={str: [object]}, done=[str], shares={str: SHARE},
                      earned=float, possible=float, ratings={str: SHARE})
        return cls(**found | {"done": tuple(found["done"])}, **kept)


RECORDS: dict[str, type[Round] | type[Run]] = {ROUNDS: Round, RUNS: Run}


def _rounded(shares: Mapping[str, float]) -> dict[str, float]:
    return {name: round(share, 4) for name, share in shares.items()}


def _record(row: Submission) -> Round | Run:
    return RECORDS[row.student_item.item_type].from_json(
        row.answer, number=row.attempt_number, handed_in=row.submitted_at, block=row.student_item.item_id)


@dataclass(frozen=True, slots=True)
class History:
    """All that is kept about one learner in one course, oldest first.

    ``views`` are trainers', ``replies`` the learner's answers to them by session; ``damaged`` counts rows that cannot
    be read.
    """

    records: tuple[Round | Run, ...] = ()
    shared_blocks: frozenset[str] = frozenset()
    views: tuple[TrainersView, ...] = ()
    replies: dict[str, str] = field(default_factory=dict)
    damaged: int = 0

    def with_record(self, record: Round | Run) -> Self:
        """Return the history with what was just handed in."""
        return replace(self, records=(*self.records, record))

    def of_block(self, block: str) -> list[Round | Run]:
        """Return what was handed in at one block."""
        return [each for each in self.records if each.block == block]

    def numbers(self, block: str) -> list[int]:
        """Return the numbers of what was handed in at one block."""
        return [each.number for each in self.of_block(block)]

    @property
    def rounds(self) -> list[Round]:
        """The rounds of self-evaluations, at any block of the course."""
        return [each for each in self.records if isinstance(each, Round)]

    @property
    def runs(self) -> list[Run]:
        """The runs of modules, at any block of the course."""
        return [each for each in self.records if isinstance(each, Run)]

    def of_framework(self, framework: str) -> list[Round]:
        """Return the rounds of one framework (id), at any block of the course."""
        return [each for each in self.rounds if each.framework == framework]

    def views_by(self, framework: str) -> list[TrainersView]:
        """Return the trainers' views by one framework (id)."""
        return [each for each in self.views if each.framework == framework]


def history(learner: str, course: str) -> History:
    """Return the ``History`` of a learner (anonymous id) in a course; one query."""
    return histories([learner], course).get(learner, History())


def histories(learners: Iterable[str], course: str) -> dict[str, History]:
    """Return ``{learner: History}`` of those of a page of learners of whom something is kept; one query."""
    rows = (Submission.objects.filter(student_item__student_id__in=list(learners), student_item__course_id=course,
                                      student_item__item_type__in=KINDS)
            .select_related("student_item").order_by("submitted_at", "id"))
    found: dict[str, list[Submission]] = {}
    for row in rows.iterator(chunk_size=200):
        found.setdefault(row.student_item.student_id, []).append(row)
    return {learner: _history(theirs) for learner, theirs in found.items()}


def _history(rows: Iterable[Submission]) -> History:
    records, sharing, views, replies, damaged = [], {}, [], {}, 0
    for row in rows:
        kind, answer = row.student_item.item_type, row.answer
        try:
            if kind == SHARING:
                sharing[answer["block"]] = answer["shared"]
            elif kind == VIEWS:
                views.append(TrainersView.from_json(answer, row.submitted_at))
            elif kind == REPLIES:
                replies[answer["session"]] = shaped(answer["text"], str)
            else:
                records.append(_record(row))
        except UNREADABLE:
            log.warning("Submission %s cannot be read.", row.pk)
            damaged += 1
    return History(tuple(records), frozenset(block for block, shared in sharing.items() if shared is True),
                   tuple(views), replies, damaged)


@contextmanager
def locked(place: Place) -> Iterator[None]:
    """Let one request at a time work on a place; what happens inside is kept as a whole or not at all.

    Read the block's state inside, so that it is not older than the lock.
    """
    item = place._item(place.kind)
    rows = StudentItem.objects.filter(**item)
    with transaction.atomic():
        # Writing the row locks it in every database, SQLite's included, where SELECT … FOR UPDATE does nothing.
        if not rows.update(item_type=place.kind):
            try:
                with transaction.atomic():
                    StudentItem.objects.create(**item)
            except IntegrityError:  # another request was faster; wait for it
                rows.update(item_type=place.kind)
        yield


def numbers(place: Place) -> list[int]:
    """Return the numbers of what was handed in at a place, each once; one query that reads no answers."""
    return sorted(set(_rows(place, place.kind).values_list("attempt_number", flat=True)))


def add(place: Place, record: Round | Run) -> None:
    """Append a ``Round`` or ``Run``. Raises ``RecordTooLarge``; nothing is kept then."""
    _append(place, place.kind, record.to_json(), record.number, record.handed_in)


def set_sharing(place: Place, shared: bool, stamp: int, when: datetime) -> bool:
    """Keep the learner's choice whether trainers may see their answers at a block; return the choice that counts.

    ``stamp`` is when it was made, in milliseconds; a choice made later stays. Write it under the place's lock.
    """
    kept: bool = _latest(place, SHARING, {"block": place.block, "shared": shared, "stamp": stamp}, when)["shared"]
    return kept


def add_view(place: Place, view: TrainersView, when: datetime) -> None:
    """Append a ``TrainersView`` at an evaluation's place; one of the same trainer and session is there already when a
    request is repeated. Raises ``RecordTooLarge``.
    """
    with locked(place):
        held = _rows(place, VIEWS, view.trainer).values_list("answer", flat=True)
        sessions = [answer.get("session") if isinstance(answer, dict) else None for answer in held]
        if view.session not in sessions:
            _append(place, VIEWS, view.to_json(), len(sessions) + 1, when, view.trainer)


def set_reply(place: Place, session: str, text: str, stamp: int, when: datetime) -> str:
    """Keep the learner's answer to a trainer's view; return the one that counts: the later by stamp."""
    with locked(place):
        kept: str = _latest(place, REPLIES, {"block": place.block, "session": session, "text": text, "stamp": stamp},
                              when, session)["text"]
        return kept


def _latest(place: Place, kind: str, answer: Json, when: datetime, of: str = "") -> Json:
    """Keep the one row of something that is said anew; return the answer that counts: the later by stamp. A damaged
    row does not count.
    """
    held = _rows(place, kind, of)
    last: Any = held.values_list("answer", flat=True).first()
    with suppress(*UNREADABLE):
        if all(type(last[name]) is type(value) for name, value in answer.items()) and last["stamp"] >= answer["stamp"]:
            return cast(Json, last)
    held.delete()
    _append(place, kind, answer, 1, when, of)
    return answer


def _rows(place: Place, kind: str, of: str = "") -> QuerySet[Submission]:
    return Submission.objects.filter(
        **{f"student_item__{column}": value for column, value in place._item(kind, of).items()})


def _rows_of(course: str, block: str, kind: str, learners: Iterable[str]) -> QuerySet[Submission]:
    item = Place("", course, block)._item(kind)
    return Submission.objects.filter(student_item__course_id=course, student_item__item_id=item["item_id"],
                                     student_item__item_type=kind, student_item__student_id__in=list(learners))


def _append(place: Place, kind: str, answer: Json, number: int, when: datetime, of: str = "") -> None:
    # The store's own api.create_submission would write the whole answer to the log when the database fails.
    if len(json.dumps(answer)) > Submission.MAXSIZE:
        raise RecordTooLarge
    item, _ = StudentItem.objects.get_or_create(**place._item(kind, of))
    Submission.objects.create(student_item=item, answer=answer, attempt_number=number, submitted_at=when)


def delete(place: Place) -> None:
    """Delete every row about a learner at a block, for good; what trainers recorded there too."""
    theirs = StudentItem.objects.filter(student_id=place.learner, course_id=place.course)
    theirs.filter(item_id__in=[*(place._item(kind)["item_id"] for kind in (place.kind, SHARING)),
                               f"{place.block}#{SHARING}"]).delete()  # as version 0.1.0 named it at first
    for kind in (VIEWS, REPLIES):
        theirs.filter(item_id__startswith=place._item(kind)["item_id"] + ":").delete()


def tell_reset(place: Place, when: datetime) -> None:
    """Tell the platform that the score at a place was taken back; it counts the learner's grade anew."""
    score_reset.send(sender=None, anonymous_user_id=place.learner, course_id=place.course, item_id=place.block,
                     created_at=when)


# -- a person is retired -----------------------------------------------------------------------------------------------

def courses_of(people: Iterable[str]) -> set[str]:
    """Return the ids of the courses in which something is kept about ``people`` (anonymous ids)."""
    found = StudentItem.objects.filter(student_id__in=list(people), item_type__in=KINDS)
    return set(found.values_list("course_id", flat=True))


def courses_trained_by(people: Iterable[str]) -> set[str]:
    """Return the ids of the courses in which ``people`` (anonymous ids) recorded something about learners. Reads
    through the items of the whole store.
    """
    return {course for trainer in people for course in _signed(trainer).values_list("course_id", flat=True)}


def counts(learner: str, course: str) -> Counter[str]:
    """Return a ``Counter`` of the rows about a learner in a course, by kind; a place without any counts as one."""
    return Counter(kind for kind, _ in _about(learner, course).values_list("item_type", "submission"))


def delete_all(learner: str, course: str) -> None:
    """Delete every row about a learner in a course, for good."""
    _about(learner, course).delete()


def pseudonymise(learner: str, course: str, pseudonym: str) -> None:
    """Leave of a learner in a course what statistics need: rounds, runs and trainers' levels, by the day, as those of
    ``pseudonym``. What anybody wrote, the choice to share, answers to trainers and rows that cannot be read go.
    """
    _about(learner, course).filter(item_type__in=(SHARING, REPLIES)).delete()
    # Whatever state a row has: the store's own manager hides some.
    for row in Submission._base_manager.filter(student_item__in=_about(learner, course)).select_related("student_item"):
        try:
            row.answer = _without_words(row)
        except UNREADABLE:
            row.delete()
            continue
        row.submitted_at, row.created_at = map(_day, (row.submitted_at, row.created_at))
        row.save(update_fields=["answer", "submitted_at", "created_at"])
    _about(learner, course).filter(submission=None).delete()
    _about(learner, course).update(student_id=pseudonym)


def sign_anew(trainer: str, course: str, pseudonym: str) -> int:
    """Replace who signed what a trainer (anonymous id) recorded in a course; return how many rows it were. Rows that
    are no object go.
    """
    items = list(_signed(trainer).filter(course_id=course))
    rows = list(Submission._base_manager.filter(student_item__in=items))
    for row in rows:
        if not isinstance(row.answer, dict):  # there is no place for another name
            row.delete()
            continue
        row.answer = {**row.answer, "trainer": pseudonym}
        row.save(update_fields=["answer"])
    for item in items:
        item.item_id = item.item_id.removesuffix(_hash(trainer)) + _hash(pseudonym)
        item.save(update_fields=["item_id"])
    return len(rows)


def _about(learner: str, course: str) -> QuerySet[StudentItem]:
    return StudentItem.objects.filter(student_id=learner, course_id=course, item_type__in=KINDS)


def _signed(trainer: str) -> QuerySet[StudentItem]:
    return StudentItem.objects.filter(item_type=VIEWS, item_id__endswith=f":{_hash(trainer)}")


def _day(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


def _without_words(row: Submission) -> Json:
    """Return what is stored in a row without what anybody wrote, and without the moments of single answers."""
    if row.student_item.item_type == VIEWS:
        view = TrainersView.from_json(row.answer)
        return replace(view, notes={}, steps=(), comment="").to_json()
    record = _record(row)
    if isinstance(record, Round):
        return replace(record, answers={statement: Answer(0, answer.level, answer.skip)
                                        for statement, answer in record.answers.items() if answer.is_given}).to_json()
    # A list holds ids of the author's only; anything else may hold words.
    replies = {activity: [reply for reply in replies if isinstance(reply, list)]
               for activity, replies in record.replies.items()}
    return replace(record, replies={activity: kept for activity, kept in replies.items() if kept}).to_json()


def of_block(course: str, block: str, kind: str,
             learners: Iterable[str]) -> tuple[dict[str, list[Round | Run]], set[str]]:
    """Return ``{learner: [record, …]}`` and the set of learners who share, for ids in ``learners``; two queries."""
    found: dict[str, list[Round | Run]] = {}
    rows = _rows_of(course, block, kind, learners).select_related("student_item").order_by("id")
    for row in rows.iterator(chunk_size=200):
        with suppress(*UNREADABLE):
            found.setdefault(row.student_item.student_id, []).append(_record(row))
    choices = _rows_of(course, block, SHARING, learners).select_related("student_item")
    return found, {row.student_item.student_id for row in choices
                   if isinstance(row.answer, dict) and row.answer.get("shared") is True}
