"""What a learner adds to their records for a document: a plan, situations in their own words, what goes in.

Each entry is kept as it is typed and merges as answers do (``merging``). Pure Python.
"""

import json
import re
import sys
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Self

from ..merging import BAD_FORM, BadAnswer, later_wins, read_stamped, require_room
from ..shapes import Json, readable, shaped
from ..texts import LANGUAGE_TAG, N_, without_unstorable

PORTFOLIO_FORMAT = 1
MOST_ENTRIES = 200
SECTIONS = ("strengths", "competences", "trainer", "training", "experiences", "plan")
STEP, EXPERIENCE, AGREED, CHOICES = "step", "experience", "agreed", "choices"
DAY, YES, LANGUAGE = "day", "yes", "language"
# What an entry may hold: how long a text may be, or another kind of value.
FIELDS: dict[str, dict[str, int | str]] = {
    STEP: {"will": 300, "on": DAY, "with": 100, "done": YES, "gone": YES, "competence": 100},
    EXPERIENCE: {"where": 100, "when": 100, "did": 600, "outcome": 600, "private": YES, "gone": YES},
    AGREED: {"done": YES},
    CHOICES: {"name": 100, "host": LANGUAGE, "own": LANGUAGE, "with_earlier": YES,
              **{f"without_{each}": YES for each in SECTIONS}},
}
_KINDS = {name: kind for fields in FIELDS.values() for name, kind in fields.items()}
_IDS = {STEP: r"step:[a-z0-9-]{1,100}", EXPERIENCE: r"experience:[A-Za-z0-9_./-]{1,140}",
        AGREED: r"agreed:[!-~]{1,64}/[0-9]", CHOICES: "choices"}

Values = dict[str, str | bool]


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing the learner wrote or chose: ``values`` by the names in ``FIELDS``; what is empty is left out."""

    stamp: int
    values: Values = field(default_factory=dict)

    @property
    def order(self) -> tuple[int, str]:
        """A total order that agrees with the stamps and breaks ties the same way everywhere."""
        return self.stamp, json.dumps(self.values, sort_keys=True)

    def to_json(self) -> Json:
        """Return a small dict."""
        return {"stamp": self.stamp, **self.values}


def kind_of(name: str) -> str | None:
    """Return the kind of entry an id names, or None."""
    return next((kind for kind, pattern in _IDS.items() if re.fullmatch(pattern, name)), None)


def read_changes(data: object, now: int) -> dict[str, Entry]:
    """Return ``{id: Entry}`` from what a browser sent: ``{id: {"stamp", field: value, …}}``; ``now`` in milliseconds.

    Raises ``BadAnswer``; nothing is accepted then.
    """
    if not isinstance(data, dict):
        raise BadAnswer(BAD_FORM)
    return {name: _read(name, entry, now) for name, entry in data.items()}


def _read(name: str, data: object, now: int) -> Entry:
    (stamp, values), kind = read_stamped(data, now), kind_of(name)
    if kind is None or not set(values) <= set(FIELDS[kind]):
        raise BadAnswer(BAD_FORM)
    found = {field: _value(value, FIELDS[kind][field]) for field, value in values.items()}
    return Entry(stamp, {field: value for field, value in found.items() if value not in ("", False)})


def _stored(data: Json) -> Entry:
    """Return an entry of the learner's state, without values that are damaged; however long they are. Raises
    ``AttributeError``, ``KeyError`` or ``TypeError``.
    """
    values: Values = {}
    for name, value in data.items():
        kind = _KINDS.get(name)
        if name != "stamp":
            with suppress(BadAnswer):
                values[name] = _value(value, kind if isinstance(kind, str) else sys.maxsize)
    return Entry(shaped(data["stamp"], int), values)


def _value(value: object, kind: int | str) -> str | bool:
    if kind == YES:
        if not isinstance(value, bool):
            raise BadAnswer(BAD_FORM)
        return value
    if not isinstance(value, str):
        raise BadAnswer(BAD_FORM)
    if kind == DAY:
        try:
            return value and date.fromisoformat(value).isoformat()
        except ValueError:
            raise BadAnswer(N_("This is not a date. Please choose one, or leave it empty.")) from None
    if kind == LANGUAGE:
        if value and not LANGUAGE_TAG.fullmatch(value):
            raise BadAnswer(BAD_FORM)
        return value
    if isinstance(kind, int) and len(value) > kind:
        raise BadAnswer(N_("This text is too long. Please make it shorter."))
    return without_unstorable(value)


@dataclass(frozen=True)
class Portfolio:
    """All entries. ``number`` tells apart what comes before and after everything was deleted."""

    number: int = 1
    entries: dict[str, Entry] = field(default_factory=dict)

    def merged(self, changes: dict[str, Entry]) -> Self:
        """Return the portfolio with ``{id: Entry}`` taken in; of one id the later stays. Raises ``BadAnswer``."""
        portfolio = replace(self, entries=later_wins(self.entries, changes))
        if len(portfolio.entries) > MOST_ENTRIES:
            raise BadAnswer(N_("There are too many entries. Please remove some."))
        if changes:
            require_room(portfolio)
        return portfolio

    def of_kind(self, kind: str) -> dict[str, Values]:
        """Return ``{id: values}`` of the entries of a kind that are not taken away, in the order they were begun."""
        return {name: entry.values for name, entry in self.entries.items()
                if kind_of(name) == kind and not entry.values.get("gone")}

    def values(self, name: str) -> Values:
        """Return the values of an entry, empty where there is none."""
        return self.entries[name].values if name in self.entries else {}

    def to_json(self) -> Json:
        """Return what the block keeps in the learner's state."""
        return {"format": PORTFOLIO_FORMAT, "number": self.number,
                "entries": {name: entry.to_json() for name, entry in self.entries.items()}}

    @classmethod
    def from_json(cls, data: Json | None) -> Self:
        """Read what ``to_json`` wrote; where there is none, an empty one. What is damaged is left out. Raises
        ``AttributeError``, ``KeyError`` or ``TypeError`` where all is.
        """
        if not data or "number" not in data:
            return cls()
        return cls(shaped(data["number"], int), readable(data["entries"], _stored))
