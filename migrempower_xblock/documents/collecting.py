"""From a framework and dated ratings to what the document shows of them. Pure Python."""

from dataclasses import replace

from ..competences.profile import MOST_STRENGTHS, STRENGTH
from ..texts import N_, Text
from .model import SELF, TRAINING, Area, Competence, Framework, Rating
from .wording import said


def read_framework(framework, rated, languages, only=None):
    """Return a document's ``Framework`` and the notes on what of it could not be shown as it was.

    ``rated`` holds (``Series``, version of the framework that was answered, {competence id: 0.0..1.0}); ``only``, if
    given, the ids of the competences that shall be in. Competences without a rating are left out. Those the framework
    has removed stay under its old names; what training says of other frameworks' competences is passed over.
    """
    rated = sorted(rated, key=lambda each: each[0].when)
    kept = {each.competence: each.title for each in framework.retired if each.title}
    known = {each.id for each in framework.competences}
    found, versions, lost, damaged = {}, {}, {}, False
    for series, version, places in rated:
        if version != framework.version and series.source != TRAINING:
            versions[version] = True
        for competence, place in places.items():
            if only is not None and competence not in only:
                continue
            if type(place) not in (int, float) or not 0 <= place <= 1:
                damaged = True
            elif competence in known or competence in kept:
                words = Text() if series.source == TRAINING else framework.scale.nearest(place).label
                found.setdefault(competence, []).append(Rating(series, place, words))
            elif series.source != TRAINING:
                lost[competence] = True

    def shown(competence, title, same_as=""):
        return Competence(competence, title, tuple(found[competence]), same_as)

    def note(message, **values):
        return said(languages, message, title=framework.title, **values)

    areas = [Area(area.title, tuple(shown(each.id, each.title, each.same_as) for each in area.competences
                                    if each.id in found)) for area in framework.areas]
    areas.append(Area(said(languages, N_("Not asked any more")),
                      tuple(shown(each, title) for each, title in kept.items() if each in found and each not in known)))
    notes = [note(N_("“{title}”: answers to version {old} are shown in the words of version {version}."),
                  old=version, version=framework.version) for version in versions]
    if lost:
        notes.append(note(N_("“{title}”: some competences have gone since, and their names with them: {ids}."),
                          ids=", ".join(lost)))
    if damaged:
        notes.append(note(N_("“{title}”: some ratings could not be read.")))
    shown_framework = Framework(
        framework.id, framework.version, framework.title, tuple(area for area in areas if area.competences),
        tuple(level.label for level in framework.scale.levels), framework.source)
    return shown_framework, tuple(notes)


def strengths(framework):
    """Return up to three competences that the learner rated highest last, of those in the upper half of the scale, each
    with that one rating. ``framework`` is the document's.
    """
    own = [rating for area in framework.areas for each in area.competences for rating in each.ratings
           if rating.series.source == SELF and rating.series.moment != "looking-back"]
    if not own:
        return ()
    latest = max(own, key=lambda rating: rating.series.when).series
    rated = [replace(each, ratings=(rating,)) for area in framework.areas for each in area.competences
             for rating in each.ratings if rating.series == latest and rating.place > STRENGTH]
    return tuple(sorted(rated, key=lambda each: -each.ratings[0].place)[:MOST_STRENGTHS])
