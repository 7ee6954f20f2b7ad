"""A profile: what one round of answers says about each competence."""

from dataclasses import dataclass

from .framework import Competence, Framework

STRENGTH = 0.5
MOST_STRENGTHS = 3
MOST_NEXT_STEPS = 3
MOST_GROWN = 5


def _mean(values):
    values = [value for value in values if value is not None]
    return sum(values) / len(values) if values else None


def ratings(framework, answers):
    """Return ``{competence id: rating}`` for ``{statement id: Answer}``.

    A rating is the mean place on the scale, 0.0 to 1.0, of the levels given to the competence's statements. A
    competence whose statements were all skipped or not answered has none and is left out.
    """
    found = {}
    for competence in framework.competences:
        rating = _mean(framework.scale.rating(answers[s.id].level) for s in competence.statements
                       if s.id in answers and answers[s.id].level is not None)
        if rating is not None:
            found[competence.id] = rating
    return found


@dataclass(frozen=True)
class Profile:
    """All ratings of one round, ``{competence id: 0.0..1.0}``, seen through a framework."""

    framework: Framework
    ratings: dict[str, float]

    def rating(self, competence: Competence):
        """Return the rating of a competence or None."""
        return self.ratings.get(competence.id)

    def area_rating(self, area):
        """Return the mean rating of an area's rated competences or None."""
        return _mean(self.rating(competence) for competence in area.competences)

    def strengths(self):
        """Return up to three competences rated highest, of those in the upper half of the scale."""
        rated = [c for c in self.framework.competences if (self.rating(c) or 0) > STRENGTH]
        return sorted(rated, key=self.rating, reverse=True)[:MOST_STRENGTHS]

    def next_steps(self):
        """Return up to three competences rated lowest that can still grow and are no strength, lowest first."""
        best = {competence.id for competence in self.strengths()}
        rated = [c for c in self.framework.competences
                 if self.rating(c) is not None and self.rating(c) < 1 and c.id not in best]
        return sorted(rated, key=self.rating)[:MOST_NEXT_STEPS]

    def grown_since(self, earlier):
        """Return up to five (competence, rating then, rating now), grown most first; only what has grown."""
        pairs = [(c, earlier.rating(c), self.rating(c)) for c in self.framework.competences]
        grown = [(c, then, now) for c, then, now in pairs if then is not None and now is not None and now > then]
        return sorted(grown, key=lambda change: change[1] - change[2])[:MOST_GROWN]
