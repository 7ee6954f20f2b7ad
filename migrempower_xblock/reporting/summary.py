"""The summary of a cohort's rounds of one framework: counts, so that summaries of parts merge into one of the whole."""

from collections import Counter
from dataclasses import dataclass, field, fields
from functools import lru_cache

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
    given: Counter = field(default_factory=Counter)  # statement: rounds that say something to it
    skips: Counter = field(default_factory=Counter)  # (statement, reason): rounds
    ratings: dict[str, Counter] = field(default_factory=_by_moment)  # (competence, rating): learners
    rows: dict[str, Counter] = field(default_factory=_by_moment)  # (area, (rating or None, …)): learners
    moves: dict[tuple, Counter] = field(default_factory=_by_comparison)  # (competence, earlier, later): learners
    steps: dict[tuple, Counter] = field(default_factory=_by_comparison)  # (area, earlier mean, later mean): learners

    @classmethod
    def of(cls, framework):
        """Return an empty summary for a framework."""
        return cls({area.id: tuple(competence.id for competence in area.competences) for area in framework.areas})

    def add(self, records):
        """Count one learner's rounds, as the store holds them, oldest first."""
        latest = {}
        for record in records:
            try:
                moment, ratings, answers = record["moment"], record["ratings"], record["answers"]
                skips = [(statement, answer["skip"]) for statement, answer in answers.items() if "skip" in answer]
                sum(ratings.values(), start=len(self.ratings[moment]))  # numbers, all of them, of a moment there is
            except (AttributeError, KeyError, TypeError):
                self.damaged += 1
                continue
            self.rounds[moment] += 1
            self.versions[record.get("version")] += 1
            self.given.update(answers.keys())
            self.skips.update(skips)
            latest[moment] = ratings
        if latest:
            self.learners += 1
            self._count(latest)

    def _count(self, latest):
        rows = {}
        for moment, ratings in latest.items():
            self.ratings[moment].update(ratings.items())
            rows[moment] = [(area, tuple(map(ratings.get, each))) for area, each in self.areas.items()]
            self.rows[moment].update(rows[moment])
        for moments in COMPARED:
            if moments[0] in latest and moments[1] in latest:
                for (area, earlier), (_, later) in zip(rows[moments[0]], rows[moments[1]], strict=True):
                    self.moves[moments].update(zip(self.areas[area], earlier, later, strict=True))
                    self.steps[moments][area, _mean(earlier), _mean(later)] += 1

    def merge(self, other):
        """Count what another summary of the same framework has counted."""
        for each in fields(self)[1:]:
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
        found = {rating: times for (each, rating), times in self.ratings[moment].items() if each == competence}
        return found if sum(found.values()) >= FEWEST else None

    def mean(self, moment, competence):
        """Return (mean rating, learners); the mean is None for a group too small."""
        sums = Sums()
        for (each, rating), times in self.ratings[moment].items():
            if each == competence:
                sums.add(units(rating), times)
        return (sums.mean if sums.n >= FEWEST else None), sums.n

    def change(self, moments, competence):
        """Return the ``Change`` of a competence between two moments; None for a group too small."""
        return self._changed(self.moves[moments], competence, [
            sum(times for (each, _), times in self.ratings[moment].items() if each == competence)
            for moment in moments])

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
        """Return [(statement, rounds that skipped it as not understood, rounds), …], most often first."""
        found = [(statement, times, self.given[statement]) for (statement, reason), times in self.skips.items()
                 if reason == SKIP_REASONS[0] and self.given[statement] >= FEWEST]
        return sorted(found, key=lambda each: (-each[1] / each[2], each[0]))


@lru_cache(maxsize=4096)  # few rows differ
def _mean(row):
    """Return the mean of an area's ratings, with four decimals as they are kept; None where there are none."""
    rated = [rating for rating in row if rating is not None]
    return round(sum(rated) / len(rated), 4) if rated else None
