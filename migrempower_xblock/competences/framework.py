"""The framework: areas, competences, statements and one scale, as one validated value."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from .. import schema
from ..problems import Told
from ..schema import IDENTIFIER, Document, Value
from ..texts import Text

MOST_STATEMENTS = 300
MOST_LEVELS = 12
CONCEPT = r"""https?://[^\s"'<>\\]{1,300}"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Level(Value):
    """One answer of a scale. ``value`` is its position on the scale, a whole number of no other meaning."""

    value: int = schema.whole_number(0, 1000)
    picture: str = schema.picture()
    label: Text = schema.text()
    audio: Text = schema.addresses("An audio")


@dataclass(frozen=True, kw_only=True)
class Scale(Value):
    """Ordered answers, lowest first."""

    id: str = schema.identifier()
    levels: tuple[Level, ...] = schema.many("level", Level)

    def check(self, told: Told) -> None:
        for number, (lower, level) in enumerate(pairwise(self.levels), 1):
            if level.value <= lower.value:
                told(("levels", number, "value"), f"The level {level.value} is out of order: it comes after "
                                                  f"{lower.value}. Write the levels from lowest to highest.")
        if not 2 <= len(self.levels) <= MOST_LEVELS:
            told(("levels",), f"A scale has 2 to {MOST_LEVELS} levels; this one has {len(self.levels)}.")

    @cached_property
    def values(self) -> frozenset[int]:
        """Return the set of level values a learner may choose."""
        return frozenset(level.value for level in self.levels)

    def rating(self, value: int) -> float:
        """Return the place of a level value on the scale, 0.0 (lowest) to 1.0 (highest)."""
        lowest, highest = self.levels[0].value, self.levels[-1].value
        return (value - lowest) / (highest - lowest)

    def nearest(self, rating: float) -> Level:
        """Return the level whose place is nearest to ``rating``; of two equally near, the lower."""
        return min(self.levels, key=lambda level: (abs(self.rating(level.value) - rating), level.value))


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement(Value):
    """An "I can …" sentence a learner answers."""

    id: str = schema.identifier("statement", everywhere=True)
    picture: str = schema.picture()
    text: Text = schema.text()
    example: Text = schema.text(required=False)
    alt: Text = schema.text(required=False)
    audio: Text = schema.addresses("An audio")


@dataclass(frozen=True, slots=True, kw_only=True)
class Competence(Value):
    """What a learner can be good at; the same id means the same competence in every block and report."""

    id: str = schema.identifier("competence", everywhere=True)
    same_as: str = schema.matching(CONCEPT, "Give the web address of the same concept, for example an ESCO address.")
    title: Text = schema.text()
    advice: Text = schema.text(required=False)
    statements: tuple[Statement, ...] = schema.many("statement", Statement)


@dataclass(frozen=True, slots=True, kw_only=True)
class Area(Value):
    """A group of competences."""

    id: str = schema.identifier("area")
    picture: str = schema.picture()
    title: Text = schema.text()
    competences: tuple[Competence, ...] = schema.many("competence", Competence)


@dataclass(frozen=True, slots=True, kw_only=True)
class Retired(Value):
    """A statement that is no longer asked. Learners have answered it, so its id stays taken and its words stay known,
    those of its competence (``title``) too.
    """

    id: str = schema.identifier("statement", everywhere=True)
    competence: str = schema.matching(IDENTIFIER.pattern, "Name the competence by its id.", required=True)
    title: Text = schema.kept_text()
    text: Text = schema.kept_text()


@dataclass(frozen=True, kw_only=True)
class Framework(Document):
    """Areas → competences → statements, plus one scale. ``source`` says where the names come from and who owns them."""

    id: str = schema.identifier()
    version: str = schema.version()
    languages: tuple[str, ...] = schema.languages()
    title: Text = schema.text()
    about: Text = schema.text(required=False)
    source: Text = schema.text(required=False)
    scale: Scale = schema.one(Scale)
    practice: Statement | None = schema.one(Statement, required=False)
    areas: tuple[Area, ...] = schema.many("area", Area)
    retired: tuple[Retired, ...] = schema.many("retired", Retired, at_least=0)

    def check(self, told: Told) -> None:
        if len(self.statements) > MOST_STATEMENTS:
            told(("areas",), f"The framework has {len(self.statements)} statements; {MOST_STATEMENTS} is the most a "
                             "block can hold. Split it in two.")

    @cached_property
    def competences(self) -> tuple[Competence, ...]:
        """All competences in order."""
        return tuple(competence for area in self.areas for competence in area.competences)

    @cached_property
    def statements(self) -> dict[str, Statement]:
        """All statements in order, by id."""
        return {s.id: s for competence in self.competences for s in competence.statements}

    def wording(self, statement: str) -> Text:
        """Return the ``Text`` of a statement by its id, also of a retired one; an empty one where it is not known."""
        known = self.statements.get(statement) or next((each for each in self.retired if each.id == statement), None)
        return known.text if known else Text()

    def placed_statements(self) -> Iterator[tuple[int, Competence, Statement]]:
        """Yield each statement with its competence and the number of its area, from 0."""
        for number, area in enumerate(self.areas):
            for competence in area.competences:
                for statement in competence.statements:
                    yield number, competence, statement
