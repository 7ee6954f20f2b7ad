"""The summary of a cohort's rounds of one framework: counts, so that summaries of parts merge into one of the whole."""

import json
from collections import Counter
from dataclasses import dataclass, field, fields
from functools import lru_cache
from itertools import accumulate, chain

from ..competences.answers import MOMENTS, SKIP_REASONS
from .statistics import Sums, alpha, change, units

FEWEST = 5  # a group of fewer is not broken down
FEWEST_FOR_ALPHA = 20
COMPARED = (("start", "end"), ("looking-back", "end"))


def _by_moment():
    return {moment: Counter() for moment in MOMENTS}


def _by_comparison():
    return {moments: Counter() for moments in COMPARED}


@dataclass(slots=True)
class CohortSummary:
    """Counts over learners. ``areas`` has ids of competences by area, ``{area id: (competence id, …)}``.

    Each learner's latest round of a moment counts. ``add`` takes what the store holds, so that a summary of many rounds
    costs little more than reading them; what cannot be read is counted in ``damaged`` and left out.
    """

    areas: dict[str, tuple[str, ...]]
    learners: int = 0
    damaged: int = 0
    rounds: Counter = field(default_factory=Counter)  # moment: rounds
    versions: Counter = field(default_factory=Counter)  # version: rounds
    unanswered: Counter = field(default_factory=Counter)  # statement: rounds without an answer to it
    skips: Counter = field(default_factory=Counter)  # (statement, reason): rounds
    ratings: dict[str, Counter] = field(default_factory=_by_moment)  # (competence, rating or None): learners
    rows: dict[str, Counter] = field(default_factory=_by_moment)  # (area, (rating or None, …)): learners
    moves: dict[tuple, Counter] = field(default_factory=_by_comparison)  # (competence, earlier, later): learners
    steps: dict[tuple, Counter] = field(default_factory=_by_comparison)  # (area, earlier mean, later mean): learners
    _ids: tuple = field(init=False, compare=False)  # of all competences, in order
    _cuts: list = field(init=False, compare=False)  # where each area's begin and end

    def __post_init__(self):
        self._ids = tuple(chain.from_iterable(self.areas.values()))
        ends = list(accumulate(map(len, self.areas.values())))
        self._cuts = [slice(start, end) for start, end in zip([0, *ends], ends, strict=False)]

    @classmethod
    def of(cls, framework):
        """Return an empty summary for a framework."""
        return cls({area.id: tuple(competence.id for competence in area.competences) for area in framework.areas})

    def add(self, records):
        """Count one learner's rounds: JSON as the store holds it, oldest first."""
        latest = {}
        for text in records:
            try:
                record = json.loads(text)
                moment, ratings, unanswered = record["moment"], record["ratings"], record["unanswered"]
                row = tuple(map(ratings.get, self._ids))
                sum(filter(None, row), start=len(self.ratings[moment]))  # numbers, all of them, of a moment there is
                skips = Counter((statement, answer["skip"]) for statement, answer in record["answers"].items()
                                if "skip" in answer) if '"skip"' in text else ()
                unanswered = unanswered and Counter(unanswered)
            except (AttributeError, KeyError, TypeError, ValueError):
                self.damaged += 1
                continue
            self.rounds[moment] += 1
            self.versions[record.get("version")] += 1
            self.skips.update(skips)
            self.unanswered.update(unanswered)
            latest[moment] = row
        if latest:
            self.learners += 1
            self._count(latest)

    def _count(self, latest):
        for moment, row in latest.items():
            self.ratings[moment].update(zip(self._ids, row, strict=True))
            self.rows[moment].update(zip(self.areas, [row[cut] for cut in self._cuts], strict=True))
        for moments in COMPARED:
            if moments[0] in latest and moments[1] in latest:
                earlier, later = latest[moments[0]], latest[moments[1]]
                self.moves[moments].update(zip(self._ids, earlier, later, strict=True))
                self.steps[moments].update(zip(self.areas, [_mean(earlier[cut]) for cut in self._cuts],
                                               [_mean(later[cut]) for cut in self._cuts], strict=True))

    def merge(self, other):
        """Count what another summary of the same framework has counted."""
        for each in fields(self)[1:-2]:
            mine, theirs = getattr(self, each.name), getattr(other, each.name)
            if isinstance(mine, int):
                setattr(self, each.name, mine + theirs)
            elif isinstance(mine, Counter):
                mine.update(theirs)
            else:
                for key, counter in mine.items():
                    counter.update(theirs[key])

    # -- what is read off --------------------------------------------------------------------------------------------

    def distribution(self, moment, competence):
        """Return ``{rating: learners}``, or None for a group too small to be broken down."""
        found = self._ratings_of(moment, competence)
        return found if sum(found.values()) >= FEWEST else None

    def _ratings_of(self, moment, competence):
        return {rating: times for (each, rating), times in self.ratings[moment].items()
                if each == competence and rating is not None}

    def mean(self, moment, competence):
        """Return (mean rating, learners); the mean is None for a group too small."""
        sums = Sums()
        for rating, times in self._ratings_of(moment, competence).items():
            sums.add(units(rating), times)
        return (sums.mean if sums.n >= FEWEST else None), sums.n

    def change(self, moments, competence):
        """Return the ``Change`` of a competence between two moments; None for a group too small."""
        return self._changed(self.moves[moments], competence, [
            sum(self._ratings_of(moment, competence).values()) for moment in moments])

    def area_change(self, moments, area):
        """Return the ``Change`` of an area, by the mean of its rated competences; None for a group too small."""
        return self._changed(self.steps[moments], area, [
            sum(times for (each, row), times in self.rows[moment].items() if each == area and any(
                rating is not None for rating in row)) for moment in moments])

    @staticmethod
    def _changed(moves, what, rated):
        pairs = {(earlier, later): times for (each, earlier, later), times in moves.items()
                 if each == what and earlier is not None and later is not None}
        n = sum(pairs.values())
        return change(pairs, missing=sum(rated) - 2 * n) if n >= FEWEST else None

    def alpha(self, moment, area):
        """Return (Cronbach's alpha over an area's competences, learners who rated all); None for a group too small."""
        rows = {row: times for (each, row), times in self.rows[moment].items() if each == area and None not in row}
        n = sum(rows.values())
        return (alpha(rows) if n >= FEWEST_FOR_ALPHA else None), n

    def not_understood(self):
        """Return [(statement, rounds that did not understand it, rounds with an answer), …], most often first."""
        asked = sum(self.rounds.values())
        found = [(statement, times, asked - self.unanswered[statement])
                 for (statement, reason), times in self.skips.items() if reason == SKIP_REASONS[0]]
        return sorted((each for each in found if each[2] >= FEWEST), key=lambda each: (-each[1] / each[2], each[0]))


@lru_cache(maxsize=4096)  # few rows differ
def _mean(row):
    """Return the mean of an area's ratings, with four decimals as they are kept; None where there are none."""
    rated = [rating for rating in row if rating is not None]
    return round(sum(rated) / len(rated), 4) if rated else None
