"""What is kept for good: rounds a learner handed in and their choice to share, in edx-submissions.

A *place* is one learner at one block of one course. Rounds are appended and never changed; deleting removes the rows.

.. pii: answers and a learner's own notes, tied to the course's anonymous id
.. pii_types: other
.. pii_retirement: local_api
"""

import hashlib
import json
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from submissions.models import StudentItem, Submission

from .competences.answers import Answer

ROUNDS = "migrempower_rounds"
SHARING = "migrempower_sharing"
_KINDS = (ROUNDS, SHARING)
ROUND_FORMAT = 1


class RecordTooLarge(ValueError):
    """A round is larger than the store can hold (100 kB of JSON)."""


@dataclass(frozen=True, slots=True)
class Place:
    """One learner (anonymous id) at one block (usage id) of one course."""

    learner: str
    course: str
    block: str

    def _item(self, kind):
        # (course, student, item) is unique in the store, so each kind of record has an item of its own. Usage ids may
        # be as long as the column; a hash always fits.
        item = self.block if kind == ROUNDS else f"{kind}:{hashlib.sha256(self.block.encode()).hexdigest()}"
        return {"student_id": self.learner, "course_id": self.course, "item_id": item, "item_type": kind}


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
    ratings: dict[str, float]
    handed_in: datetime
    block: str = ""

    def to_json(self):
        """Return what is stored; the date and the block stand in the store's own columns."""
        return {
            "format": ROUND_FORMAT,
            "framework": self.framework,
            "version": self.version,
            "moment": self.moment,
            "answers": {statement: answer.to_json() for statement, answer in self.answers.items()},
            "unanswered": list(self.unanswered),
            "completion": self.completion,
            "ratings": {competence: round(rating, 4) for competence, rating in self.ratings.items()},
        }


def _round(submission):
    data = submission.answer
    return Round(
        framework=data["framework"], version=data["version"], moment=data["moment"],
        number=submission.attempt_number,
        answers={statement: Answer.from_json(answer) for statement, answer in data["answers"].items()},
        unanswered=tuple(data["unanswered"]), completion=data["completion"], ratings=data["ratings"],
        handed_in=submission.submitted_at, block=submission.student_item.item_id)


@dataclass(frozen=True, slots=True)
class History:
    """All that is kept about one learner in one course, oldest first."""

    rounds: tuple[Round, ...]
    shared_blocks: frozenset[str]

    def with_round(self, handed_in_round):
        """Return the history with a round just handed in."""
        return History((*self.rounds, handed_in_round), self.shared_blocks)

    def of_block(self, block):
        """Return the rounds handed in at one block."""
        return [each for each in self.rounds if each.block == block]

    def numbers(self, block):
        """Return the numbers of the rounds handed in at one block."""
        return [each.number for each in self.of_block(block)]

    def of_framework(self, framework):
        """Return the rounds of one framework (id), at any block of the course."""
        return [each for each in self.rounds if each.framework == framework]


def history(learner, course):
    """Return the ``History`` of a learner (anonymous id) in a course; one query."""
    rows = (Submission.objects.filter(student_item__student_id=learner, student_item__course_id=course,
                                      student_item__item_type__in=_KINDS)
            .select_related("student_item").order_by("submitted_at", "id"))
    rounds, sharing = [], {}
    for row in rows:
        if row.student_item.item_type == ROUNDS:
            rounds.append(_round(row))
        else:
            sharing[row.answer["block"]] = row.answer["shared"]
    return History(tuple(rounds), frozenset(block for block, shared in sharing.items() if shared))


@contextmanager
def locked(place):
    """Let one request at a time work on a place; what happens inside is kept as a whole or not at all.

    Read the block's state inside, so that it is not older than the lock.
    """
    item = place._item(ROUNDS)
    rows = StudentItem.objects.filter(**item)
    with transaction.atomic():
        # Writing the row locks it in every database, SQLite's included, where SELECT … FOR UPDATE does nothing.
        if not rows.update(item_type=ROUNDS):
            try:
                with transaction.atomic():
                    StudentItem.objects.create(**item)
            except IntegrityError:  # another request was faster; wait for it
                rows.update(item_type=ROUNDS)
        yield


def round_numbers(place):
    """Return the numbers of the rounds handed in at a place; one query that reads no answers."""
    return list(_rows(place, ROUNDS).values_list("attempt_number", flat=True))


def add_round(place, handed_in_round):
    """Append a ``Round``. Raises ``RecordTooLarge``; nothing is kept then."""
    _append(place, ROUNDS, handed_in_round.to_json(), handed_in_round.number, handed_in_round.handed_in)


def set_sharing(place, shared, stamp, when):
    """Keep the learner's choice whether trainers may see their answers at a block; return the choice that counts.

    ``stamp`` is when it was made, in milliseconds; a choice made later stays. One row, written under the place's lock.
    """
    held = _rows(place, SHARING).first()
    if held is not None and held.answer["stamp"] >= stamp:
        return held.answer["shared"]
    _rows(place, SHARING).delete()
    _append(place, SHARING, {"block": place.block, "shared": shared, "stamp": stamp}, 1, when)
    return shared


def _rows(place, kind):
    return _rows_of(place.course, place.block, kind, [place.learner])


def _rows_of(course, block, kind, learners):
    item = Place("", course, block)._item(kind)
    return Submission.objects.filter(student_item__course_id=course, student_item__item_id=item["item_id"],
                                     student_item__item_type=kind, student_item__student_id__in=list(learners))


def _append(place, kind, answer, number, when):
    # The store's own api.create_submission would write the whole answer to the log when the database fails.
    if len(json.dumps(answer)) > Submission.MAXSIZE:
        raise RecordTooLarge
    item, _ = StudentItem.objects.get_or_create(**place._item(kind))
    Submission.objects.create(student_item=item, answer=answer, attempt_number=number, submitted_at=when)


def delete(place):
    """Delete every row about a learner at a block, for good."""
    StudentItem.objects.filter(student_id=place.learner, course_id=place.course,
                               item_id__in=[place._item(kind)["item_id"] for kind in _KINDS]).delete()


def rounds_of_block(course, block, learners):
    """Return ``{learner: [Round, …]}`` and the set of learners who share, for ids in ``learners``; two queries."""
    rounds = {}
    rows = _rows_of(course, block, ROUNDS, learners).select_related("student_item").order_by("id")
    for row in rows.iterator(chunk_size=500):
        rounds.setdefault(row.student_item.student_id, []).append(_round(row))
    choices = _rows_of(course, block, SHARING, learners).select_related("student_item")
    return rounds, {row.student_item.student_id for row in choices if row.answer["shared"]}
