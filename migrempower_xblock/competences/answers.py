"""A learner's answers in progress: a sheet that merges, whatever the order its changes arrive in (``merging``)."""

from dataclasses import dataclass, field, replace
from typing import Self

from ..merging import BAD_FORM, BadAnswer, later_wins, read_stamped, require_room
from ..shapes import Json, readable, shaped
from ..texts import N_, without_unstorable
from .framework import Framework, Scale

# Which view of time a self-evaluation takes; looking back asks, at the end, how it was at the start.
MOMENTS = ("start", "end", "looking-back")
SKIP_REASONS = ("unclear", "private")
LONGEST_EVIDENCE = 200
SHEET_FORMAT = 1
_SHAPES = {"stamp": int, "level": int, "skip": str, "evidence": str}


@dataclass(frozen=True, slots=True)
class Answer:
    """What a learner said to one statement: a level, a reason to skip it, or so far only evidence.

    ``level`` is a level's value; ``skip`` is one of ``SKIP_REASONS`` or empty; ``evidence`` is the learner's own words.
    """

    stamp: int
    level: int | None = None
    skip: str = ""
    evidence: str = ""

    @property
    def is_given(self) -> bool:
        """Whether the statement counts as answered: a level or a deliberate skip."""
        return self.level is not None or bool(self.skip)

    @property
    def order(self) -> tuple[int, bool, int, str, str]:
        """A total order that agrees with the stamps and breaks ties the same way everywhere."""
        return (self.stamp, self.level is not None, self.level or 0, self.skip, self.evidence)

    def on(self, scale: Scale) -> Self:
        """Return the answer without its level where the scale, changed since, no longer has it."""
        return self if self.level is None or self.level in scale.values else replace(self, level=None)

    def to_json(self) -> Json:
        """Return a small dict; ``from_json`` reads it back."""
        data: Json = {"stamp": self.stamp}
        if self.level is not None:
            data["level"] = self.level
        if self.skip:
            data["skip"] = self.skip
        if self.evidence:
            data["evidence"] = self.evidence
        return data

    @classmethod
    def from_json(cls, data: Json) -> Self:
        """Read what ``to_json`` wrote. Raises ``AttributeError``, ``KeyError`` or ``TypeError`` where it is damaged."""
        for name, value in data.items():
            shaped(value, _SHAPES.get(name, object))
        return cls(data["stamp"], data.get("level"), data.get("skip", ""), data.get("evidence", ""))


Answers = dict[str, Answer]  # by statement id


def read_changes(data: object, framework: Framework, now: int) -> Answers:
    """Return ``{statement id: Answer}`` from what a browser sent.

    ``data`` is ``{statement id: {"stamp", "level" | "skip", "evidence"}}``; ``now`` is the server's time in
    milliseconds. A stamp ahead of it is taken back to it, so that a wrong clock cannot outrank later answers.

    Raises ``BadAnswer``; nothing is accepted then.
    """
    if not isinstance(data, dict):
        raise BadAnswer(BAD_FORM)
    return {statement: _read_answer(statement, answer, framework, now) for statement, answer in data.items()}


def _read_answer(statement: str, data: object, framework: Framework, now: int) -> Answer:
    if statement not in framework.statements:
        raise BadAnswer(N_("This question is not part of the evaluation any more. Please open the page again."))
    stamp, said = read_stamped(data, now)
    if not set(said) <= {"level", "skip", "evidence"}:
        raise BadAnswer(BAD_FORM)
    level, skip, evidence = said.get("level"), said.get("skip", ""), said.get("evidence", "")
    if level is not None and (type(level) is not int or level not in framework.scale.values):
        raise BadAnswer(N_("This answer is not one of the choices. Please choose again."))
    if not isinstance(skip, str) or (skip and (skip not in SKIP_REASONS or level is not None)):
        raise BadAnswer(N_("This answer is not one of the choices. Please choose again."))
    if not isinstance(evidence, str):
        raise BadAnswer(BAD_FORM)
    if len(evidence) > LONGEST_EVIDENCE:
        raise BadAnswer(N_("Your note is too long. Please make it shorter."))
    return Answer(stamp, level, skip, without_unstorable(evidence))


@dataclass(frozen=True)
class AnswerSheet:
    """The answers of one round, as far as they have been given. ``number`` counts from 1; 0 means none has begun."""

    number: int = 0
    answers: dict[str, Answer] = field(default_factory=dict)

    def merged(self, changes: Answers) -> Self:
        """Return the sheet with ``{statement id: Answer}`` taken in; of two answers to a statement the later stays.

        Raises ``BadAnswer`` when the learner's notes together have become too long to keep.
        """
        sheet = replace(self, answers=later_wins(self.answers, changes))
        if changes:
            require_room(sheet)
        return sheet

    def answered(self, framework: Framework) -> list[str]:
        """Return the ids of the framework's statements that are answered or deliberately skipped, in order."""
        return [statement for statement, answer in self.for_framework(framework).items() if answer.is_given]

    def completion(self, framework: Framework) -> float:
        """Return answered ÷ asked, 0.0 to 1.0."""
        return len(self.answered(framework)) / len(framework.statements)

    def for_framework(self, framework: Framework) -> Answers:
        """Return the answers to statements the framework still has, in its order, without levels its scale has not."""
        return {statement: self.answers[statement].on(framework.scale) for statement in framework.statements
                if statement in self.answers}

    def to_json(self) -> Json:
        """Return what the block keeps in the learner's state."""
        return {"format": SHEET_FORMAT, "round": self.number,
                "answers": {statement: answer.to_json() for statement, answer in self.answers.items()}}

    @classmethod
    def from_json(cls, data: Json | None) -> Self:
        """Read what ``to_json`` wrote, in this or an earlier format; where there is none, an empty sheet. Answers that
        are damaged are left out. Raises ``AttributeError``, ``KeyError`` or ``TypeError`` where all is.
        """
        if not data or "round" not in data:
            return cls()
        return cls(shaped(data["round"], int), readable(data["answers"], Answer.from_json))
