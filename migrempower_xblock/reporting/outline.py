"""What a report has to know of a course: blocks, competences, statements and activities, in the words of one language.

A small plain value, so that a page and a job on another machine work on the same. Pure Python.
"""

from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Any, Protocol, Self, TypeVar

from ..competences.framework import Competence, Framework
from ..shapes import Json
from ..training.module import Module

D = TypeVar("D")
EVALUATION, MODULE, PASSPORT = "evaluation", "module", "passport"


class _Sharing(Protocol):
    """What is kept of a learner, ``records.History``."""

    @property
    def shared_blocks(self) -> Collection[str]: ...


@dataclass(frozen=True)
class BlockOutline:
    """One block of the course. ``document`` is the id of its framework or module, "" where that has mistakes."""

    id: str
    kind: str
    title: str
    document: str
    moment: str = ""
    may_share: bool = True
    pass_mark: int = 0


@dataclass(frozen=True)
class CompetenceOutline:
    """A competence with its (statement id, words); ``retired`` are statements that are no longer asked."""

    id: str
    title: str
    statements: tuple[tuple[str, str], ...] = ()
    retired: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class AreaOutline:
    """An area with its competences."""

    id: str
    title: str
    competences: tuple[CompetenceOutline, ...]


@dataclass(frozen=True)
class FrameworkOutline:
    """A framework; ``levels`` are (value, words), lowest first."""

    id: str
    version: str
    title: str
    levels: tuple[tuple[int, str], ...]
    areas: tuple[AreaOutline, ...]

    @cached_property
    def competences(self) -> tuple[CompetenceOutline, ...]:
        """All competences in order."""
        return tuple(competence for area in self.areas for competence in area.competences)

    @cached_property
    def ids(self) -> dict[str, tuple[str, ...]]:
        """``{area id: (competence id, …)}``."""
        return {area.id: tuple(each.id for each in area.competences) for area in self.areas}

    @cached_property
    def statements(self) -> dict[str, tuple[AreaOutline, CompetenceOutline, str]]:
        """``{statement id: (area, competence, words)}``, retired ones too."""
        return {statement: (area, competence, words) for area in self.areas for competence in area.competences
                for statement, words in (*competence.statements, *competence.retired)}

    def place(self, value: int) -> float:
        """Return the place of a level's value on the scale, 0.0 to 1.0."""
        lowest, highest = self.levels[0][0], self.levels[-1][0]
        return (value - lowest) / (highest - lowest)

    def nearest(self, rating: float) -> tuple[int, str]:
        """Return the number (from 0) and words of the level nearest to a rating; of two equally near, the lower."""
        number = min(range(len(self.levels)), key=lambda each: (abs(self.place(self.levels[each][0]) - rating), each))
        return number, self.levels[number][1]


@dataclass(frozen=True)
class ActivityOutline:
    """An activity of a module."""

    id: str
    kind: str
    question: str
    competence: str
    points: int


@dataclass(frozen=True)
class ModuleOutline:
    """A module with its activities; ``competences`` are (id, title)."""

    id: str
    version: str
    title: str
    framework: str
    competences: tuple[tuple[str, str], ...]
    activities: tuple[ActivityOutline, ...]


@dataclass(frozen=True)
class Outline:
    """A course, or with a ``focus`` one block of it: the report below that block tells of it alone."""

    course: str
    language: str
    blocks: tuple[BlockOutline, ...] = ()
    frameworks: dict[str, FrameworkOutline] = field(default_factory=dict)
    modules: dict[str, ModuleOutline] = field(default_factory=dict)
    focus: str = ""

    @cached_property
    def by_id(self) -> dict[str, BlockOutline]:
        """The blocks by their ids."""
        return {block.id: block for block in self.blocks}

    @cached_property
    def shown(self) -> tuple[BlockOutline, ...]:
        """The blocks the report tells about: what is handed in."""
        return tuple(block for block in self.blocks if self.focus in ("", block.id) and block.kind != PASSPORT)

    @cached_property
    def shown_frameworks(self) -> dict[str, FrameworkOutline]:
        """The frameworks the report tells about, those of its evaluations."""
        return self._documents(EVALUATION, self.frameworks)

    @cached_property
    def shown_modules(self) -> dict[str, ModuleOutline]:
        """The modules the report tells about."""
        return self._documents(MODULE, self.modules)

    def _documents(self, kind: str, documents: dict[str, D]) -> dict[str, D]:
        used = [block.document for block in self.shown if block.kind == kind]
        return {each: documents[each] for each in dict.fromkeys(used) if each in documents}

    def pass_mark_of(self, module: str) -> int:
        """Return the pass mark (per cent) of a module the report tells about, by its id; 0 where nothing is passed."""
        return next((block.pass_mark for block in self.shown if block.document == module), 0)

    def lets_see(self, history: _Sharing) -> set[str]:
        """Return the ids of the blocks at which a learner lets trainers see their answers now."""
        return {block.id for block in self.blocks if block.may_share and block.id in history.shared_blocks}

    def to_json(self) -> Json:
        """Return plain data."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Json) -> Self:
        """Read what ``to_json`` returned, from JSON too."""
        return cls(
            data["course"], data["language"], tuple(BlockOutline(**block) for block in data["blocks"]),
            {each: _framework(part) for each, part in data["frameworks"].items()},
            {each: ModuleOutline(**{
                **part, "competences": _pairs(part["competences"]),
                "activities": tuple(ActivityOutline(**activity) for activity in part["activities"])})
             for each, part in data["modules"].items()}, data["focus"])


def _pairs(data: Iterable[Any]) -> tuple[Any, ...]:
    return tuple((first, second) for first, second in data)


def _framework(data: Json) -> FrameworkOutline:
    areas = tuple(AreaOutline(area["id"], area["title"], tuple(
        CompetenceOutline(each["id"], each["title"], _pairs(each["statements"]), _pairs(each["retired"]))
        for each in area["competences"])) for area in data["areas"])
    return FrameworkOutline(data["id"], data["version"], data["title"], _pairs(data["levels"]), areas)


def framework_outline(framework: Framework, language: str) -> FrameworkOutline:
    """Return the outline of a framework in the words of a language."""
    def competence(each: Competence) -> CompetenceOutline:
        retired = tuple((old.id, old.text.words(language)) for old in framework.retired if old.competence == each.id)
        return CompetenceOutline(each.id, each.title.words(language), tuple(
            (statement.id, statement.text.words(language)) for statement in each.statements), retired)

    return FrameworkOutline(
        framework.id, framework.version, framework.title.words(language),
        tuple((level.value, level.label.words(language)) for level in framework.scale.levels),
        tuple(AreaOutline(area.id, area.title.words(language), tuple(map(competence, area.competences)))
              for area in framework.areas))


def module_outline(module: Module, language: str) -> ModuleOutline:
    """Return the outline of a module in the words of a language."""
    return ModuleOutline(
        module.id, module.version, module.title.words(language), module.framework,
        tuple((each.id, each.title.words(language)) for each in module.competences),
        tuple(ActivityOutline(each.id, type(each).__name__, each.question.words(language), each.competence, each.points)
              for each in module.activities.values()))
