"""The training report of one module: how hard its activities are and how well each tells learners apart."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Self

from ..shapes import Json
from .statistics import Figure, Kinds, Pairs, Pool, Spread, Sums

_KINDS: Kinds = {"facility": Sums, "rest": Pairs, "percent": Spread}


@dataclass(frozen=True, slots=True)
class Item:
    """An activity of a module, by learners' first runs.

    ``facility`` is the mean share earned, 0.0 to 1.0. ``discrimination`` is the corrected item-total correlation, -1.0
    to 1.0: of the activity's share with the points of all the others (R. L. Ebel and D. A. Frisbie, "Essentials of
    Educational Measurement", 5th edition 1991; why its own points are left out: S. Henrysson, Psychometrika 28, 1963,
    211-218). It has no value where everybody did the same.
    """

    activity: str
    facility: Figure[float]
    discrimination: Figure[float]


@dataclass(slots=True)
class ModuleSummary:
    """Counts over the runs of one module; ``points`` are what its activities are worth, ``{activity id: points}``.

    A learner's first run counts for the activities: in later ones answers have been seen. A run of a version that
    lacked an activity tells nothing of that one, nor of how one goes with all the others.
    """

    points: dict[str, int]
    runs: int = 0
    pool: Pool = field(default_factory=lambda: Pool(_KINDS))

    def add_first(self, shares: Mapping[str, int], is_shared: bool) -> None:
        """Count a learner's first run, ``{activity id: share}`` in ``UNIT``s; whether they share it."""
        mine = {activity: shares[activity] for activity in self.points if activity in shares}
        for activity, share in mine.items():
            self.pool.tally(is_shared, "facility", activity).add(share)
        if len(mine) == len(self.points):
            earned = sum(points * mine[activity] for activity, points in self.points.items())
            for activity, share in mine.items():
                self.pool.tally(is_shared, "rest", activity).add(share, earned - self.points[activity] * share)

    def add_best(self, percent: int, runs: int, is_shared: bool) -> None:
        """Count a learner's best result, in whole percent, of so many runs; whether they share all of them."""
        self.runs += runs
        self.pool.tally(is_shared, "percent").add(percent)

    @property
    def learners(self) -> int:
        """How many learners have handed in a run."""
        return self.pool.number("percent")

    def passed(self, pass_mark: int) -> Figure[int]:
        """Return the ``Figure`` of how many learners' best run reaches the pass mark, in percent."""
        return self.pool.figure(lambda best: sum(
            times for percent, times in best.times.items() if percent >= pass_mark), "percent")

    def items(self) -> list[Item]:
        """Return an ``Item`` for each activity, in the module's order."""
        return [Item(activity, self.pool.figure(attrgetter("mean"), "facility", activity),
                     self.pool.figure(attrgetter("correlation"), "rest", activity)) for activity in self.points]

    @property
    def shape(self) -> dict[str, int]:
        """What two summaries that merge have in common."""
        return self.points

    def merge(self, other: Self) -> None:
        """Count what another summary of the same ``shape`` has counted."""
        self.runs += other.runs
        self.pool.merge(other.pool)

    def to_json(self) -> Json:
        """Return plain data."""
        return {"points": self.points, "runs": self.runs, "pool": self.pool.to_json()}

    @classmethod
    def from_json(cls, data: Json) -> Self:
        """Read what ``to_json`` returned."""
        return cls(data["points"], data["runs"], Pool.from_json(_KINDS, data["pool"]))
