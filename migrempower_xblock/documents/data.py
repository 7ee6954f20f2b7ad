"""The document as JSON, for programs: ids, versions, addresses, each series with its date."""

import json

from .model import SELF
from .wording import STATEMENT, lines, said, tame

FORMAT = 1


def to_json(document):
    """Return a ``Document`` as JSON in UTF-8."""
    return json.dumps(plain(document), ensure_ascii=False, indent=2).encode()


def plain(document):
    """Return a ``Document`` as plain data, texts in its languages. Each rating says whether it is the learner's own."""
    def texts(text):
        return {line.language: line.text for line in lines(text, document.languages)}

    def competence(each):
        found = {"id": each.id, "title": texts(each.title), "ratings": [rating(one) for one in each.ratings]}
        return found | {"same_as": each.same_as} if each.same_as else found

    def rating(one):
        series = one.series
        return {"source": series.source, "self_declared": series.source == SELF, "moment": series.moment,
                "date": series.when.isoformat(), "training": texts(series.title), "place": round(one.place, 4),
                "words": texts(one.words)}

    return {
        "format": FORMAT,
        "kind": "competence passport",
        "self_declared": True,
        "statement": texts(said(document.languages, STATEMENT)),
        "made": document.made.isoformat(),
        "languages": list(document.languages),
        "name": tame(document.name),
        "course": tame(document.course),
        "frameworks": [{
            "id": framework.id, "version": framework.version, "title": texts(framework.title),
            "source": texts(framework.source), "levels": [texts(level) for level in framework.levels],
            "areas": [{"title": texts(area.title), "competences": [competence(each) for each in area.competences]}
                      for area in framework.areas],
        } for framework in document.frameworks],
        "strengths": [competence(each) for each in document.strengths],
        "experiences": [{
            "self_declared": True, "where": tame(each.where), "when": tame(each.when), "did": tame(each.did),
            "outcome": tame(each.outcome), "competences": [texts(title) for title in each.competences],
        } for each in document.experiences],
        "plan": [{
            "self_declared": True, "will": tame(each.will), "on": tame(each.on), "with": tame(each.with_whom),
            "done": each.done, "agreed": each.agreed, "competence": texts(each.competence),
        } for each in document.plan],
        "notes": [texts(note) for note in document.notes],
    }
