"""What the passport's page holds, and the document it makes: all from the learner's own records and what they added."""

import json
from dataclasses import dataclass
from datetime import date

from . import learner_page, platform, records
from .competences.portfolio import CHOICES, EXPERIENCE, FIELDS, SECTIONS, STEP
from .competences.profile import Profile
from .competences.views import LONGEST_REPLY
from .documents.collecting import read_framework, strengths
from .documents.model import SELF, TRAINER, TRAINING, Document, Experience, Series, Step
from .documents.outline import outline
from .documents.wording import said
from .learner_page import day, in_languages, written
from .locales import language_name
from .platform.directory import directory
from .reporting.outline import framework_outline
from .templating import json_block, render
from .texts import N_, Text, closest, direction
from .trainers.profile import view_context
from .words import interface_languages, moment_words

FEW = 3  # competences that have grown most, shown first


@dataclass(frozen=True)
class Material:
    """What a course holds for its learners' documents: its evaluations and modules, and their documents by id."""

    blocks: tuple  # (block, address, kind of records)
    frameworks: dict
    modules: dict

    @classmethod
    def of(cls, block):
        """Return the material of a block's course."""
        found = [(each, address, records.ROUNDS)
                 for each, address in platform.blocks_of_type(block, "migrempower_self_evaluation")]
        found += [(each, address, records.RUNS)
                  for each, address in platform.blocks_of_type(block, "migrempower_training_module")]
        documents = [(kind, each.document_or_none()) for each, _, kind in found]
        return cls(tuple(found), {each.id: each for kind, each in documents if each and kind == records.ROUNDS},
                   {each.id: each for kind, each in documents if each and kind == records.RUNS})

    @property
    def ids(self):
        """The usage ids of the blocks."""
        return [str(each.scope_ids.usage_id) for each, _, _ in self.blocks]

    @property
    def silent(self):
        """The usage ids of the modules whose marks may not be told now."""
        return {str(each.scope_ids.usage_id) for each, _, kind in self.blocks
                if kind == records.RUNS and not platform.shows_correctness(each)}

    @property
    def may_share(self):
        """``{block: kind of records}``, None as the kind where an author wants nothing to be shared."""
        return {str(each.scope_ids.usage_id): kind if each.sharing == "ask" else None for each, _, kind in self.blocks}

    @property
    def offered(self):
        """The languages the documents offer, and those of the interface where there are none."""
        found = {tag: None for each in (*self.frameworks.values(), *self.modules.values()) for tag in each.offered}
        return list(found) or list(interface_languages())


def visitor(words):
    """Return the HTML for someone who has not logged in."""
    return learner_page.visitor(words, words.gettext("My path and my document"), words.gettext(
        "Here you see what you have learned, and make a document of it."))


def page(block):
    """Return the HTML of the learner's page; what the script needs stands in it as JSON."""
    words, material, history, portfolio = block.words, block.material, block.history, block.portfolio
    own = block.own_language(material.offered)
    arguments = learner_page.arguments(
        block, "answering", number=portfolio.number,
        answers={name: entry.to_json() for name, entry in portfolio.entries.items()})
    arguments["words"] = _script_words(words)
    names = directory(block.place.course).names({view.trainer for view in history.views}) if history.views else {}
    return render(
        "passport.html", words, uid=learner_page.uid(block), arguments=json_block(arguments), title=block.display_name,
        languages=_languages(material.offered), **in_languages(own, ""),
        path=[_path(framework, history, material, own, words) for framework in _used(material, history)],
        plan=_plan(block, own, words), views=_views(material, history, names, own, words),
        experiences=_experiences(material, history, portfolio, own, words),
        choices=_choices(block, own, words), sharing=_sharing(block, words), longest=FIELDS,
        longest_reply=LONGEST_REPLY, longest_will=FIELDS[STEP]["will"],
        has_data=bool(history.records or history.views or portfolio.entries),
        downloads={kind: block.runtime.handler_url(block, "download", kind) for kind in (
            "pdf", "docx", "json", "elm", "all")})


def _languages(tags):
    return [{"tag": tag, "name": language_name(tag), "direction": direction(tag)} for tag in tags]


def _script_words(words):
    _ = words.gettext
    return {
        **learner_page.saving_words(words), "answered": _("Your trainer sees your answer."),
        "making": _("Making your document … This can take some seconds."), "made": _("Your document is ready."),
        "send": _("Send"), "download": _("Save the file"), "notMade": _(
            "The document could not be made. Check your connection and try again."),
        "removed": _("Taken away."), "undo": _("Undo"), "added": _("Added to your plan."),
    }


def _used(material, history):
    """Return the course's frameworks the learner has something of."""
    used = {each.framework for each in history.rounds} | {view.framework for view in history.views}
    return [framework for framework in material.frameworks.values() if framework.id in used]


# -- path --------------------------------------------------------------------------------------------------------------

def _rated(framework, history, material):
    """Return [(``Series``, version, ratings), …] of one framework, as ``read_framework`` takes them."""
    rated = [(Series(SELF, each.handed_in, each.moment), each.version, each.ratings)
             for each in history.of_framework(framework.id)]
    rated += [(Series(TRAINER, view.when), view.version, view.ratings) for view in history.views_by(framework.id)
              if view.ratings]
    for run in history.runs:
        module = material.modules.get(run.module)
        if module and module.framework in ("", framework.id) and run.block not in material.silent:
            rated.append((Series(TRAINING, run.handed_in, "", module.title), "", run.ratings))
    return rated


def _path(framework, history, material, own, words):
    """Return each competence with its dated series, what grew most first."""
    shown, _ = read_framework(framework, _rated(framework, history, material), (own,))
    rows = [{"title": each.title.shown(own), "grown": _grown(each), "ratings": [
        {"who": _who(rating.series, own, words), "when": day(rating.series.when, words), "source": rating.series.source,
         "words": rating.words.words(own) or f"{round(100 * rating.place)} %", "width": round(100 * rating.place, 1)}
        for rating in each.ratings]} for area in shown.areas for each in area.competences]
    rows.sort(key=lambda row: -row["grown"])
    return {"title": framework.title.shown(own), "first": [row for row in rows if row["grown"] > 0][:FEW], "rows": rows}


def _grown(competence):
    """Return how far a competence has grown by the learner's own account: from the start or, where there is none, from
    looking back to the latest end.
    """
    by_moment = {}
    for rating in competence.ratings:
        if rating.series.source == SELF:
            by_moment[rating.series.moment] = rating.place
    before = by_moment.get("start", by_moment.get("looking-back"))
    return by_moment["end"] - before if before is not None and "end" in by_moment else 0.0


def _who(series, own, words):
    if series.source == SELF:
        return moment_words(words, series.moment)
    if series.source == TRAINER:
        return words.gettext("Your trainer")
    return series.title.words(own) or words.gettext("Training")


# -- plan --------------------------------------------------------------------------------------------------------------

def _plan(block, own, words):
    """Return the learner's steps, suggestions for more, and what was agreed with trainers."""
    history, portfolio, material = block.history, block.portfolio, block.material
    steps = [{"id": name, **values} for name, values in portfolio.of_kind(STEP).items()]
    taken = {step.get("competence") for step in steps}
    suggested = []
    for framework in _used(material, history):
        rounds = [each for each in history.of_framework(framework.id) if each.moment != "looking-back"]
        for each in Profile(framework, rounds[-1].ratings).next_steps() if rounds else ():
            if each.id not in taken:
                suggested.append({"competence": each.id, "title": each.title.shown(own),
                                  "advice": each.advice.shown(own)})
    return {"steps": steps, "suggested": suggested, "agreed": [
        {"id": name, "text": step.text, "by": learner_page.date_words(step.by, words), "when": day(view.when, words),
         "done": portfolio.values(name).get("done", False)} for name, view, step in agreed(history)]}


def agreed(history):
    """Yield (id, trainer's view, step) of all steps agreed with trainers."""
    for view in history.views:
        for number, step in enumerate(view.steps):
            yield f"agreed:{view.session}/{number}", view, step


def _views(material, history, names, own, words):
    """Return what trainers said, latest first."""
    outlines = {each: framework_outline(framework, own) for each, framework in material.frameworks.items()}
    return [view_context(view, outlines.get(view.framework), history.rounds, names, history.replies, words)
            for view in reversed(history.views)]


# -- experience --------------------------------------------------------------------------------------------------------

def evidence(material, history):
    """Return ``{entry id: (competence titles, statement, what was written, when)}`` of the latest evidence of each
    statement.
    """
    found = {}
    for each in history.rounds:
        framework = material.frameworks.get(each.framework)
        for statement, answer in each.answers.items():
            if not answer.evidence:
                continue
            name = f"{EXPERIENCE}:{each.framework}/{statement}"
            titles = [competence.title for competence in framework.competences if any(
                one.id == statement for one in competence.statements)] if framework else []
            if framework and not titles:
                titles = [old.title for old in framework.retired if old.id == statement]
            found.pop(name, None)
            found[name] = titles, framework.wording(statement) if framework else Text(), answer.evidence, each.handed_in
    return found


def _experiences(material, history, portfolio, own, words):
    found = [{"id": name, "did": text, "titles": [title.shown(own) for title in titles], "when_said": day(when, words),
              **portfolio.values(name)} for name, (titles, _, text, when) in evidence(material, history).items()]
    known = {each["id"] for each in found}
    found += [{"id": name, **values} for name, values in portfolio.of_kind(EXPERIENCE).items() if name not in known]
    return [each for each in found if not each.get("gone")]


# -- document ----------------------------------------------------------------------------------------------------------

def _choices(block, own, words):
    _ = words.gettext
    values, offered = block.portfolio.values(CHOICES), block.material.offered
    names = {"strengths": _("My strengths"), "competences": _("All my competences, as I see them"),
             "trainer": _("What my trainer says"), "training": _("My training"), "experiences": _("My experience"),
             "plan": _("My plan")}
    host, beside = document_languages(values, offered, own)
    return {"name": values.get("name", ""), "languages": _languages(_choosable(offered)), "host": host,
            "beside": beside,
            "sections": [(each, names[each], not values.get(f"without_{each}")) for each in SECTIONS],
            "earlier": values.get("with_earlier", False)}


def _choosable(offered):
    return list(dict.fromkeys((*offered, *interface_languages())))


def document_languages(values, offered, own):
    """Return (language, the one beside or ""): as chosen, else the course's first language and the learner's own."""
    languages = _choosable(offered)
    host = values.get("host") if values.get("host") in languages else offered[0]
    if "own" in values:
        return host, values["own"] if values["own"] in languages and values["own"] != host else ""
    mine = closest(own, languages) or ""
    return host, mine if mine != host and "host" not in values else ""


def document(block):
    """Return the ``Document`` of the learner, with what they chose."""
    history, portfolio, material = block.history, block.portfolio, block.material
    values, own = portfolio.values(CHOICES), block.own_language(material.offered)
    languages = tuple(filter(None, document_languages(values, material.offered, own)))
    sources = {SELF: not values.get("without_competences"), TRAINER: not values.get("without_trainer"),
               TRAINING: not values.get("without_training")}
    frameworks, strong, notes = [], (), []
    for framework in _used(material, history):
        rated = _rated(framework, history, material)
        whole, _ = read_framework(framework, rated, languages)
        strong += strengths(whole)
        kept = rated if values.get("with_earlier") else _latest(rated)
        shown, told = read_framework(framework, [each for each in kept if sources[each[0].source]], languages)
        notes += told
        if shown.areas:
            frameworks.append(shown)
    lost = len({each.framework for each in history.rounds} - material.frameworks.keys())
    if lost or history.damaged:
        notes.append(said(languages, N_("Some of the answers belong to questions that are not part of the course any "
                                        "more, or cannot be read. They are left out.")))
    return Document(
        block.now(), languages, values.get("name", "").strip(), "", tuple(frameworks),
        () if values.get("without_strengths") else tuple(strong),
        () if values.get("without_experiences") else tuple(_told(material, history, portfolio)),
        () if values.get("without_plan") else tuple(_promised(material, history, portfolio)), tuple(notes))


def _latest(rated):
    """Return the series without the learner's earlier self-evaluations."""
    own = [each for each in rated if each[0].source == SELF and each[0].moment != "looking-back"]
    return [*own[-1:], *(each for each in rated if each[0].source != SELF)]


def _told(material, history, portfolio):
    """Yield the situations that are not private."""
    known = evidence(material, history)
    entries = {name: {"did": text, **portfolio.values(name)} for name, (_, _, text, _) in known.items()}
    entries |= {name: values for name, values in portfolio.of_kind(EXPERIENCE).items() if name not in known}
    for name, values in entries.items():
        if values.get("private") or values.get("gone") or not values.get("did", "").strip():
            continue
        yield Experience(values["did"].strip(), values.get("where", ""), values.get("when", ""),
                         values.get("outcome", ""), tuple(known[name][0]) if name in known else ())


def _promised(material, history, portfolio):
    """Yield the steps of the plan: the learner's own, and those agreed with trainers."""
    titles = {each.id: each.title for framework in material.frameworks.values() for each in framework.competences}
    for values in portfolio.of_kind(STEP).values():
        if values.get("will", "").strip():
            yield Step(values["will"].strip(), _day_words(values.get("on", "")), values.get("with", ""),
                       values.get("done", False), False, titles.get(values.get("competence"), Text()))
    for name, _, step in agreed(history):
        yield Step(step.text, _day_words(step.by), "", portfolio.values(name).get("done", False), True)


def _day_words(written_day):
    """Return a day as the document writes it in any language: year, month and day in figures."""
    return date.fromisoformat(written_day).isoformat() if written_day else ""


def preview(block):
    """Return the HTML of the document, as the page shows and prints it."""
    return render("passport_document.html", block.words, outline=outline(document(block)))


# -- sharing and data --------------------------------------------------------------------------------------------------

def _sharing(block, words):
    """Return each activity with its switch; the plan here last."""
    shared = block.history.shared_blocks
    rows = [{"block": str(each.scope_ids.usage_id), "title": each.display_name, "may": each.sharing == "ask",
             "shared": each.sharing == "ask" and str(each.scope_ids.usage_id) in shared}
            for each, _, _ in block.material.blocks]
    return [*rows, {"block": block.place.block, "title": words.gettext("My plan and my experience"), "may": True,
                    "shared": block.place.block in shared}]


def everything(block):
    """Return all that is kept about the learner in this course, as plain data: what each activity's own file has, what
    is left of activities that are gone, and what stands here.
    """
    history, material = block.history, block.material
    activities = []
    for name in material.ids:
        other = platform.same_learners(block, name)
        if other is not None:
            body, _ = other.file_of("json", other.document_or_none(), other.sheet, history)
            activities.append({"activity": name, "title": other.display_name, **json.loads(body)})
    return {
        "course": block.place.course, "made": written(block.now()),
        "plan_shared_with_trainers": block.place.block in history.shared_blocks, "my_own": block.portfolio.to_json(),
        "activities": activities,
        "activities_that_are_gone": [
            {"activity": each.block, "number": each.number, "handed_in": written(each.handed_in), **each.to_json()}
            for each in history.records if each.block not in material.ids]}
