"""A trainer's view of a learner: what the two said to each other when they sat down together. Pure Python."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Self

from ..merging import BAD_FORM, BadAnswer
from ..shapes import SHARE, Json, Ratings, parts, shaped
from ..texts import N_, without_unstorable
from .framework import Framework

VIEW_FORMAT = 1
# The questions of an interview about behaviour: situation, task, action, result.
STAR = ("situation", "task", "action", "result")
LONGEST_NOTE = 1_000
LONGEST_STEP = 300
LONGEST_COMMENT = 2_000
LONGEST_REPLY = 1_000
MOST_STEPS = 5
TOO_LONG = N_("This text is too long. Please make it shorter.")


@dataclass(frozen=True, slots=True)
class AgreedStep:
    """What the learner will do next; ``by`` is a date ("2026-11-27") or ""."""

    text: str
    by: str = ""

    def to_json(self) -> Json:
        """Return a small dict."""
        return {"text": self.text, "by": self.by}


@dataclass(frozen=True)
class TrainersView:
    """What one trainer (anonymous id) recorded about a learner in a session, by a framework, at an evaluation's block.

    ``levels`` maps competence ids to a level's value on the framework's scale, ``ratings`` to its place, 0.0 to 1.0;
    ``notes`` maps them to answers to the questions of ``STAR``. ``session`` names the session, so that what arrives
    twice is kept once.
    """

    session: str
    trainer: str
    block: str
    framework: str
    version: str
    levels: dict[str, int] = field(default_factory=dict)
    ratings: Ratings = field(default_factory=dict)
    notes: dict[str, dict[str, str]] = field(default_factory=dict)
    steps: tuple[AgreedStep, ...] = ()
    comment: str = ""
    when: datetime | None = None

    def to_json(self) -> Json:
        """Return what is stored; the date stands in the store's own column."""
        return {"format": VIEW_FORMAT, "session": self.session, "trainer": self.trainer, "block": self.block,
                "framework": self.framework, "version": self.version, "levels": self.levels, "ratings": self.ratings,
                "notes": self.notes, "steps": [step.to_json() for step in self.steps], "comment": self.comment}

    @classmethod
    def from_json(cls, data: Json, when: datetime | None = None) -> Self:
        """Read what ``to_json`` wrote. Raises ``KeyError``, ``TypeError`` or ``ValueError`` where that is damaged."""
        found = parts(data, session=str, trainer=str, block=str, framework=str, version=str, levels={str: int},
                      ratings={str: SHARE}, notes={str: {str: str}}, steps=[{str: object}], comment=str)
        steps = tuple(AgreedStep(shaped(step["text"], str), _day(step["by"])) for step in found["steps"])
        return cls(**found | {"steps": steps}, when=when)


def read_view(data: Json, framework: Framework, trainer: str, block: str) -> TrainersView:
    """Return the ``TrainersView`` a trainer's page sent as ``{"session", "levels", "notes", "steps", "comment"}``.

    Raises ``BadAnswer``; nothing is kept then.
    """
    competences = {competence.id for competence in framework.competences}
    session = data.get("session")
    if not isinstance(session, str) or not 8 <= len(session) <= 64 or not session.isascii():
        raise BadAnswer(BAD_FORM)
    levels, notes = (_by_competence(data.get(name, {}), competences) for name in ("levels", "notes"))
    for level in levels.values():
        if type(level) is not int or level not in framework.scale.values:
            raise BadAnswer(N_("This level is not on the scale. Please choose again."))
    notes = {competence: found for competence, each in notes.items() if (found := _read_notes(each))}
    steps = data.get("steps", [])
    if not isinstance(steps, list) or len(steps) > MOST_STEPS:
        raise BadAnswer(BAD_FORM)
    steps = tuple(step for step in map(_read_step, steps) if step.text)
    comment = _text(data.get("comment", ""), LONGEST_COMMENT)
    if not (levels or notes or steps or comment):
        raise BadAnswer(N_("There is nothing to save yet. Choose a level or write something first."))
    return TrainersView(session, trainer, block, framework.id, framework.version, levels, {
        competence: round(framework.scale.rating(level), 4) for competence, level in levels.items()},
        notes, steps, comment)


def _by_competence(data: object, competences: set[str]) -> dict[str, Any]:
    if not isinstance(data, dict):
        raise BadAnswer(BAD_FORM)
    if not set(data) <= competences:
        raise BadAnswer(N_("A competence is not part of the framework any more. Please open the page again."))
    return data


def _read_notes(data: object) -> dict[str, str]:
    if not isinstance(data, dict) or not set(data) <= set(STAR):
        raise BadAnswer(BAD_FORM)
    notes = {name: _text(data[name], LONGEST_NOTE) for name in STAR if name in data}
    return {name: text for name, text in notes.items() if text}


def _read_step(data: object) -> AgreedStep:
    if not isinstance(data, dict) or not set(data) <= {"text", "by"}:
        raise BadAnswer(BAD_FORM)
    try:
        by = _day(data.get("by"))
    except (TypeError, ValueError):
        raise BadAnswer(N_("This is not a date. Please choose one, or leave it empty.")) from None
    return AgreedStep(_text(data.get("text", ""), LONGEST_STEP), by)


def _day(by: object) -> str:
    """Return a day as text, "" for none, which stood as None too. Raises ``TypeError`` or ``ValueError``."""
    return date.fromisoformat(shaped(by, str)).isoformat() if by else ""


def _text(value: object, longest: int) -> str:
    if not isinstance(value, str):
        raise BadAnswer(BAD_FORM)
    if len(value) > longest:
        raise BadAnswer(TOO_LONG)
    return without_unstorable(value).strip()


def read_reply(data: object) -> str:
    """Return the learner's answer to a trainer's view, "" to take it back. Raises ``BadAnswer``."""
    return _text(data, LONGEST_REPLY)
