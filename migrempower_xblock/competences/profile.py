"""A profile: what one round of answers says about each competence."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from ..shapes import Ratings
from .answers import Answers
from .framework import Area, Competence, Framework

STRENGTH = 0.5
MOST_STRENGTHS = 3
MOST_NEXT_STEPS = 3
MOST_GROWN = 5


def _mean(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


def ratings(framework: Framework, answers: Answers) -> Ratings:
    """Return ``{competence id: rating}`` for ``{statement id: Answer}``.

    A rating is the mean place on the scale, 0.0 to 1.0, of the levels given to the competence's statements. A
    competence whose statements were all skipped or not answered has none and is left out.
    """
    found = {}
    for competence in framework.competences:
        levels = [answers[s.id].level for s in competence.statements if s.id in answers]
        rating = _mean(framework.scale.rating(level) for level in levels if level is not None)
        if rating is not None:
            found[competence.id] = rating
    return found


@dataclass(frozen=True)
class Profile:
    """All ratings of one round, ``{competence id: 0.0..1.0}``, seen through a framework."""

    framework: Framework
    ratings: Ratings

    def rating(self, competence: Competence) -> float | None:
        """Return the rating of a competence or None."""
        return self.ratings.get(competence.id)

    def area_rating(self, area: Area) -> float | None:
        """Return the mean rating of an area's rated competences or None."""
        return _mean(self.rating(competence) for competence in area.competences)

    def strengths(self) -> list[Competence]:
        """Return up to three competences rated highest, of those in the upper half of the scale."""
        high = [c for c in self.framework.competences if self.ratings.get(c.id, 0) > STRENGTH]
        return sorted(high, key=self._rated, reverse=True)[:MOST_STRENGTHS]

    def next_steps(self) -> list[Competence]:
        """Return up to three competences rated lowest that can still grow and are no strength, lowest first."""
        best = {competence.id for competence in self.strengths()}
        low = [c for c in self.framework.competences if self.ratings.get(c.id, 1) < 1 and c.id not in best]
        return sorted(low, key=self._rated)[:MOST_NEXT_STEPS]

    def _rated(self, competence: Competence) -> float:
        return self.ratings[competence.id]

    def grown_since(self, earlier: Self) -> list[tuple[Competence, float, float]]:
        """Return up to five (competence, rating then, rating now), grown most first; only what has grown."""
        pairs = [(c, earlier.rating(c), self.rating(c)) for c in self.framework.competences]
        grown = [(c, then, now) for c, then, now in pairs if then is not None and now is not None and now > then]
        return sorted(grown, key=lambda change: change[1] - change[2])[:MOST_GROWN]
