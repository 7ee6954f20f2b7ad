"""The summary of a course's records: counts, so that summaries of parts merge into one of the whole."""

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import accumulate, chain
from operator import attrgetter, itemgetter
from typing import Any, NamedTuple, Self

from ..competences.answers import MOMENTS, SKIP_REASONS
from ..competences.framework import Framework
from ..shapes import Json
from ..training.runs import percent
from .items import ModuleSummary
from .outline import FrameworkOutline
from .statistics import UNIT, Change, Figure, Kinds, Pairs, Pool, Rows, Spread, Sums, units

FEWEST_FOR_ALPHA = 20
COMPARED = (("start", "end"), ("looking-back", "end"))
TRAINER, TRAINING = "trainer", "training"
SUMMARY_FORMAT = 1

# The kinds of records that are summed up, as ``records`` names them.
ROUNDS, RUNS, SHARING, VIEWS = KINDS = (
    "migrempower_rounds", "migrempower_runs", "migrempower_sharing", "migrempower_views")

_UNCLEAR = SKIP_REASONS[0]
_TALLIES: Kinds = {"ratings": Spread, "series": Sums, "area": Sums, "rows": Rows, "change": Pairs, "area-change": Pairs,
            "statement": Sums}
_NAMES = {"competence": ("ratings", "change"), "area": ("area", "area-change")}  # of tallies: alone, compared
_AT_ONCE = 2_000  # learners who wait to be counted together
_MOST_COUNTED = 20_000  # different values that have been counted and wait to be worked out

Words = tuple[str, ...]
Row = tuple[int | None, ...]  # ratings in units, of all competences in order
Seen = tuple[int, bool] | None  # a rating in units and whether the learner shares it
Places = tuple[tuple[str, bool], ...]  # each (series, whether the learner shares it)
Counted = tuple[str, Row, Words, Collection[str], str]  # series, ratings, statements answered, not understood, block
Records = Iterable[tuple[str, str, str]]  # each (kind, item, JSON)

# What reading a damaged record raises.
_UNREADABLE = (ArithmeticError, AttributeError, KeyError, RecursionError, TypeError, ValueError)


# -- reading -----------------------------------------------------------------------------------------------------------

class _Units(dict[str, int | None]):
    """Units by how a rating is written, as they are asked for; None for what is no rating."""

    def __missing__(self, written: str) -> int | None:
        rating = float(written)
        found = units(rating) if 0 <= rating <= 1 else None
        if len(written) <= len("0.3333"):  # as they are kept; there are not too many to remember
            self[written] = found
        return found


# Numbers become units while a record is parsed, which is quicker than making floats of them first. Whole numbers other
# than 0 and 1, such as stamps, become None: no rating is one.
_decode_ratings = json.JSONDecoder(parse_float=_Units().__getitem__, parse_int={"0": 0, "1": UNIT}.get).raw_decode
_decode = json.JSONDecoder().raw_decode
_WHOLE = {int}


def _parsed(decode: Callable[[str], tuple[Any, int]], text: str) -> Any:
    """Return a record, of text that holds nothing else. Raises what ``_UNREADABLE`` has."""
    record, end = decode(text)
    if end != len(text):
        raise ValueError(end)
    return record


def _word(data: object) -> str:
    if type(data) is not str:
        raise ValueError(data)
    return data


def _share(data: Any) -> int:
    if type(data) not in (int, float) or not 0 <= data <= 1:
        raise ValueError(data)
    return units(data)


class _Run(NamedTuple):
    shares: dict[str, int]  # in units, as ratings are
    ratings: dict[str, int]
    percent: int
    block: str

    @classmethod
    def of(cls, record: Json, block: str) -> Self:
        shares, ratings = ({name: _share(each) for name, each in record[part].items()}
                           for part in ("shares", "ratings"))
        earned, possible = record["earned"], record["possible"]
        if bool in (type(earned), type(possible)) or not 0 <= earned <= possible:
            raise ValueError(earned)
        return cls(shares, ratings, percent(earned / possible) if possible else 0, block)


def _mean(values: Iterable[int | None]) -> int | None:
    """Return the mean of values in units, in whole units; None where there are none."""
    rated = [value for value in values if value is not None]
    return round(sum(rated) / len(rated)) if rated else None


class _Part:
    """An area's part of a row, with its mean; compared by being the same, which is quick."""

    __slots__ = ("row", "mean")

    def __init__(self, row: Row) -> None:
        self.row, self.mean = row, _mean(row)


class _Parts(dict[Row, _Part]):
    """Parts by their rows: few rows differ."""

    def __missing__(self, row: Row) -> _Part:
        if len(self) >= _MOST_COUNTED:
            self.clear()
        part = self[row] = _Part(row)
        return part


_part, _mean_of, _alpha_of = _Parts().__getitem__, attrgetter("mean"), attrgetter("alpha")


@lru_cache(maxsize=256)
def _views(places: Places) -> list[tuple[tuple[str, ...], bool, Callable[[Any], Any]]]:
    """Return what there is to see at some places: (series, whether it is shared, how to pick its values from those of
    all places), of each alone and of two that are compared.
    """
    numbers = {series: number for number, (series, _) in enumerate(places)}
    pairs = [(moments, [numbers[moment] for moment in moments]) for moments in COMPARED
             if numbers.keys() >= set(moments)]
    return [*(((series,), is_shared, itemgetter(slice(number, number + 1)))
              for number, (series, is_shared) in enumerate(places)),
            *((moments, all(places[number][1] for number in pair), itemgetter(*pair)) for moments, pair in pairs)]


# -- one framework -----------------------------------------------------------------------------------------------------

@dataclass(slots=True, eq=False)
class CohortSummary:
    """Counts over learners, of one framework: ``areas`` has ids of competences, ``{area id: (competence id, …)}``,
    ``statements`` ids of statements. What else stands in a record is left out.

    Each learner's latest round of a moment counts. Ratings stand in *series*: one for each moment, the trainers' and
    the training's. A *place* is (series, whether the learner shares it).
    """

    areas: dict[str, tuple[str, ...]]
    statements: tuple[str, ...] = ()
    learners: int = 0
    rounds: Counter[tuple[str, str]] = field(default_factory=Counter)  # (moment, version): rounds
    _pool: Pool = field(default_factory=lambda: Pool(_TALLIES))
    # One by one takes long. So some learners wait, until whole columns are counted as they are (``_count``); what the
    # counts mean is worked out when somebody asks, or when they get many (``_settle``).
    _waiting: dict[Places, list[tuple[list[int | None], list[Words], list[str]]]] = field(
        default_factory=dict)  # for each place (ratings row by row, [given], [unclear])
    _number: int = 0  # how many wait
    _given: dict[Words, Words] = field(default_factory=dict)  # statements answered, each tuple as one object
    _counted: dict[tuple[str, Any, str], Counter[Any]] = field(
        default_factory=lambda: defaultdict(Counter))  # (kind, place or places, what): values
    _ids: Words = field(init=False)  # of all competences, in order
    _cuts: list[slice] = field(init=False)  # where each area's begin and end

    def __post_init__(self) -> None:
        self._ids = tuple(chain.from_iterable(self.areas.values()))
        ends = list(accumulate(map(len, self.areas.values())))
        self._cuts = [slice(start, end) for start, end in zip([0, *ends], ends, strict=False)]

    @classmethod
    def of(cls, framework: Framework | FrameworkOutline) -> Self:
        """Return an empty summary for a framework, or for its outline."""
        return cls({area.id: tuple(competence.id for competence in area.competences) for area in framework.areas},
                   tuple(framework.statements))

    # -- counting ----------------------------------------------------------------------------------------------------

    def read(self, record: Json, block: str) -> Counted:
        """Count a round, and return what ``add`` needs of it: moment, row, statements answered, not understood, block.

        Raises what ``_UNREADABLE`` has; nothing is counted then.
        """
        moment, version, answers, unanswered = (
            record["moment"], record["version"], record["answers"], record["unanswered"])
        if moment not in MOMENTS or type(version) is not str or type(unanswered) is not list:
            raise ValueError(moment)
        row = self.row(record["ratings"])
        unclear = [statement for statement, answer in answers.items()
                   if "skip" in answer and answer["skip"] == _UNCLEAR]
        if unanswered:
            left = set(unanswered)
            answers = [statement for statement in answers if statement not in left]
            unclear = [statement for statement in unclear if statement not in left]
        self.rounds[moment, version] += 1
        given = tuple(answers)
        return moment, row, self._given.setdefault(given, given), unclear, block

    def row(self, ratings: dict[str, int]) -> Row:
        """Return ``{competence id: rating in units}`` as a row. Raises what ``_UNREADABLE`` has."""
        if not _WHOLE.issuperset(map(type, ratings.values())):
            raise ValueError(ratings)
        return tuple(ratings.values()) if tuple(ratings) == self._ids else tuple(map(ratings.get, self._ids))

    def add(self, latest: Collection[Counted], shared: Container[str]) -> None:
        """Count a learner's latest rounds, as ``read`` gave them; ``shared`` are the blocks where they share."""
        self.learners += 1
        self._wait(tuple([(moment, block in shared) for moment, _, _, _, block in latest]), latest)

    def add_series(self, series: str, rows: Collection[Sequence[Seen]]) -> None:
        """Count a learner's ratings by trainers or from training: the mean of rows of (rating, whether they share it),
        or None, for each competence.
        """
        columns = [[each for each in column if each] for column in zip(*rows, strict=True)]
        for is_shared in (True, False):
            row = tuple([_mean([rating for rating, _ in column])
                         if all(shared for _, shared in column) == is_shared else None for column in columns])
            self._wait(((series, is_shared),), [(series, row, (), (), "")])

    def _wait(self, places: Places, rounds: Iterable[Counted]) -> None:
        if places not in self._waiting:
            self._waiting[places] = [([], [], []) for _ in places]
        for (rows, given, unclear), found in zip(self._waiting[places], rounds, strict=True):
            rows.extend(found[1])
            given.append(found[2])
            unclear.extend(found[3])
        self._number += 1
        if self._number >= _AT_ONCE:
            self._count()

    def _count(self) -> None:
        """Count who waits: at each place the columns, each competence and area with itself at the other places."""
        counted = self._counted
        for places, learners in self._waiting.items():
            sides = []
            for place, (rows, given, unclear) in zip(places, learners, strict=True):
                sides.append([rows[number::len(self._ids)] for number in range(len(self._ids))])
                counted["given", place, ""].update(given)
                counted["unclear", place, ""].update(unclear)
            for competence, *columns in zip(self._ids, *sides, strict=True):
                counted["competence", places, competence].update(zip(*columns, strict=True))
            for area, cut in zip(self.areas, self._cuts, strict=True) if places[0][0] in MOMENTS else ():
                parts = [list(map(_part, zip(*side[cut], strict=True))) for side in sides]
                for place, part in zip(places, parts, strict=True):
                    counted["rows", place, area].update(part)
                counted["area", places, area].update(zip(*(map(_mean_of, part) for part in parts), strict=True))
        self._waiting.clear()
        self._given.clear()
        self._number = 0
        if sum(map(len, counted.values())) > _MOST_COUNTED:
            self._settle()

    @property
    def pool(self) -> Pool:
        """The tallies, with everything counted."""
        if self._number:
            self._count()
        if self._counted:
            self._settle()
        return self._pool

    def _settle(self) -> None:
        """Work out what was counted."""
        found: dict[tuple[Words, bool], Counter[Any]] = defaultdict(Counter)  # (key, is shared): {values: times}
        for (kind, place, what), counts in self._counted.items():
            if kind in _NAMES:
                for series, is_shared, picked in _views(place):
                    name = _NAMES[kind][len(series) - 1] if series[0] in MOMENTS else "series"
                    mine = found[(name, *series, what), is_shared]
                    for values, times in zip(map(picked, counts), counts.values(), strict=True):
                        mine[values] += times
            elif kind == "rows":
                mine = found[("rows", place[0], what), place[1]]
                for part, times in counts.items():
                    mine[part.row] += times
            elif kind == "given":
                self._settle_statements(place[0], place[1], counts, self._counted["unclear", place, ""])
        self._counted.clear()
        for (key, is_shared), counts in found.items():
            known = [each for each in counts.items() if None not in each[0]]
            if known:
                self._pool.tally(is_shared, *key).add_all(*zip(*known, strict=True))

    def _settle_statements(self, moment: str, is_shared: bool, given: Counter[Words], unclear: Counter[str]) -> None:
        answered: Counter[str] = Counter()
        for statements, times in given.items():
            for statement in statements:
                answered[statement] += times
        for statement in self.statements:
            if statement in answered:
                self._pool.tally(is_shared, "statement", moment, statement).add_all(
                    [(UNIT,), (0,)], [unclear[statement], answered[statement] - unclear[statement]])

    @property
    def shape(self) -> object:
        """What two summaries that merge have in common."""
        return list(self.areas.items()), self.statements

    def merge(self, other: Self) -> None:
        """Count what another summary of the same ``shape`` has counted."""
        self.learners += other.learners
        self.rounds.update(other.rounds)
        self._pool.merge(other.pool)

    def to_json(self) -> Json:
        """Return plain data, the same for the same counts."""
        return {"areas": {area: list(ids) for area, ids in self.areas.items()}, "statements": list(self.statements),
                "learners": self.learners, "rounds": [[*key, times] for key, times in sorted(self.rounds.items())],
                "pool": self.pool.to_json()}

    @classmethod
    def from_json(cls, data: Json) -> Self:
        """Read what ``to_json`` returned."""
        return cls({area: tuple(ids) for area, ids in data["areas"].items()}, tuple(data["statements"]),
                   data["learners"], Counter({tuple(key): times for *key, times in data["rounds"]}),
                   Pool.from_json(_TALLIES, data["pool"]))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, CohortSummary) and self.to_json() == other.to_json()

    # -- what is read off --------------------------------------------------------------------------------------------

    def older(self, version: str) -> int:
        """Return how many rounds are of another version than today's."""
        return sum(times for (_, each), times in self.rounds.items() if each != version)

    def distribution(self, moment: str, competence: str) -> Figure[dict[float, int]]:
        """Return the ``Figure`` of ``{rating: learners}``."""
        return self.pool.figure(attrgetter("distribution"), "ratings", moment, competence)

    def mean(self, series: str, competence: str) -> Figure[float]:
        """Return the ``Figure`` of the mean rating in a series: a moment, ``TRAINER`` or ``TRAINING``."""
        kind = "ratings" if series in MOMENTS else "series"
        return self.pool.figure(_mean_of, kind, series, competence)

    def area_mean(self, moment: str, area: str) -> Figure[float]:
        """Return the ``Figure`` of the mean of an area, of learners' means of their rated competences."""
        return self.pool.figure(_mean_of, "area", moment, area)

    def change(self, moments: tuple[str, str], competence: str) -> Change:
        """Return the ``Change`` of a competence between two moments of ``COMPARED``."""
        return self._change(("change", *moments, competence), [("ratings", each, competence) for each in moments])

    def area_change(self, moments: tuple[str, str], area: str) -> Change:
        """Return the ``Change`` of an area, by learners' means of their rated competences."""
        return self._change(("area-change", *moments, area), [("area", each, area) for each in moments])

    def _change(self, key: tuple[str, ...], each: Iterable[tuple[str, ...]]) -> Change:
        figure = self.pool.figure(Change.of, *key)
        missing = sum(self.pool.number(*one) for one in each) - 2 * self.pool.number(*key)
        return replace(figure.value or Change(figure.n), missing=missing, left_out=figure.left_out)

    def alpha(self, moment: str, area: str) -> Figure[float]:
        """Return the ``Figure`` of Cronbach's alpha over an area's competences, of learners who rated all."""
        return self.pool.figure(_alpha_of, "rows", moment, area, least=FEWEST_FOR_ALPHA)

    def not_understood(self, moment: str) -> list[tuple[str, Figure[float]]]:
        """Return [(statement, ``Figure``), …] of statements that were not understood, most often first: the share of
        those who answered it at a moment, 0.0 to 1.0.
        """
        figures = [(statement, self.pool.figure(_mean_of, "statement", moment, statement))
                   for statement in self.statements]
        found = [(figure.value, statement, figure) for statement, figure in figures if figure.value]
        return [(statement, figure) for _, statement, figure in sorted(found, key=itemgetter(0), reverse=True)]


# -- a course ----------------------------------------------------------------------------------------------------------

@dataclass(slots=True)
class CourseSummary:
    """Counts over the learners of a course: of each framework and module by its id.

    It takes what the store holds, so that a summary of many records costs little more than reading them. What cannot
    be read is left out and counted in ``damaged``. A round of another framework is neither counted nor damaged.
    """

    frameworks: dict[str, CohortSummary]
    modules: dict[str, ModuleSummary] = field(default_factory=dict)
    damaged: int = 0

    @classmethod
    def of(cls, frameworks: Iterable[Framework | FrameworkOutline], modules: Mapping[str, dict[str, int]]) -> Self:
        """Return an empty summary for frameworks, or outlines of them, and ``{module id: {activity id: points}}``."""
        return cls({framework.id: CohortSummary.of(framework) for framework in frameworks},
                   {module: ModuleSummary(points) for module, points in modules.items()})

    def add(self, stream: Iterable[tuple[str, Records]], only: Container[str] | None = None,
            without: Container[str] = frozenset(), may_share: Container[str] | None = None) -> None:
        """Count learners, as ``cohorts.by_learner`` yields them: (learner, [(kind, item, JSON), …], oldest first).

        ``only`` are the learners to count, None for all, ``without`` those not to count; ``may_share`` are the blocks
        where sharing is possible, None for all.
        """
        for learner, rows in stream:
            if learner not in without and (only is None or learner in only):
                self._add(rows, may_share)

    def _add(self, rows: Records, may_share: Container[str] | None) -> None:
        rounds: dict[str, dict[str, Counted]] = {}
        views: dict[str, list[tuple[str, Row, str]]] = {}
        runs: dict[str, list[_Run]] = {}
        shared: set[str] = set()
        for kind, item, text in rows:
            try:
                if kind == ROUNDS:
                    record = _parsed(_decode_ratings, text)
                    name = _word(record["framework"])
                    if name in self.frameworks:
                        found = self.frameworks[name].read(record, item)
                        rounds.setdefault(name, {})[found[0]] = found
                elif kind == SHARING:
                    record = _parsed(_decode, text)
                    is_shared = record["shared"] is True and (may_share is None or record["block"] in may_share)
                    (shared.add if is_shared else shared.discard)(record["block"])
                elif kind == RUNS:
                    record = _parsed(_decode, text)
                    run = _Run.of(record, item)
                    runs.setdefault(_word(record["module"]), []).append(run)
                elif kind == VIEWS:
                    record = _parsed(_decode_ratings, text)
                    name = _word(record["framework"])
                    if name in self.frameworks:
                        row = self.frameworks[name].row(record["ratings"])
                        views.setdefault(name, []).append((_word(record["trainer"]), row, _word(record["block"])))
            except _UNREADABLE:
                self.damaged += 1
        for name, latest in rounds.items():
            self.frameworks[name].add(latest.values(), shared)
        for name, theirs in views.items():
            self.frameworks[name].add_series(TRAINER, _by_trainer(theirs, shared))
        if runs:
            self._add_runs(runs, shared)

    def _add_runs(self, runs: Mapping[str, list[_Run]], shared: Container[str]) -> None:
        for name, theirs in runs.items():
            if name in self.modules:
                self.modules[name].add_first(theirs[0].shares, theirs[0].block in shared)
                self.modules[name].add_best(max(run.percent for run in theirs), len(theirs),
                                            all(run.block in shared for run in theirs))
        for framework in self.frameworks.values():
            framework.add_series(TRAINING, [_with(framework.row(run.ratings), run.block in shared)
                                            for *_, run in runs.values()])

    @property
    def shape(self) -> object:
        """What two summaries that merge have in common."""
        return tuple({name: each.shape for name, each in parts.items()} for parts in (self.frameworks, self.modules))

    def merge(self, other: Self) -> None:
        """Count what another summary has counted. Raises ``ValueError`` where its ``shape`` is another."""
        if other.shape != self.shape:
            raise ValueError("These summaries are not of the same frameworks and modules.")
        for name, framework in self.frameworks.items():
            framework.merge(other.frameworks[name])
        for name, module in self.modules.items():
            module.merge(other.modules[name])
        self.damaged += other.damaged

    def to_json(self) -> Json:
        """Return plain data, the same for the same counts."""
        return {"format": SUMMARY_FORMAT, "damaged": self.damaged,
                "frameworks": {name: each.to_json() for name, each in self.frameworks.items()},
                "modules": {name: each.to_json() for name, each in self.modules.items()}}

    @classmethod
    def from_json(cls, data: Json) -> Self:
        """Read what ``to_json`` returned."""
        return cls({name: CohortSummary.from_json(each) for name, each in data["frameworks"].items()},
                   {name: ModuleSummary.from_json(each) for name, each in data["modules"].items()}, data["damaged"])


def _with(row: Iterable[int | None], is_shared: bool) -> list[Seen]:
    return [None if rating is None else (rating, is_shared) for rating in row]


def _by_trainer(views: Iterable[tuple[str, Row, str]], shared: Container[str]) -> Collection[list[Seen]]:
    """Return a row for each trainer, of views (trainer, row, block), oldest first: their latest ratings."""
    found: dict[str, list[Seen]] = {}
    for trainer, row, block in views:
        latest = _with(row, block in shared)
        found[trainer] = [new or old for new, old in zip(latest, found.get(trainer, latest), strict=True)]
    return found.values()
