"""What the pages and files of a training module hold: one context per page, made before any template runs.

Secrecy is kept here: a page is built from what an activity *offers* and from what a reply has *earned*; the key appears
only where the rules say so.
"""

from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

from babel.numbers import format_decimal
from markupsafe import Markup

from . import learner_page, platform
from .block import language_name
from .learner_page import country_name, date_words, day, json_file, written
from .tables import to_csv
from .templating import json_block, render
from .texts import Text
from .training.activity import Activity
from .training.choosing import TrueFalse
from .training.module import KIND_OF, CountryNote, Read, Watch
from .training.runs import Tries, percent
from .training.taking_part import LONGEST_REFLECTION, Checklist
from .words import words_for

_EARNED_ALL = 1 - 1e-9


def visitor(words):
    """Return the HTML for someone who has not logged in."""
    return learner_page.visitor(words, words.gettext("Learn and practise"), words.gettext(
        "Here you read, practise and see what you have learned."))


def author(block, module, problems, warnings):
    """Return the HTML of the compact preview in Studio."""
    language = module and module.languages[0]
    steps = [{"kind": KIND_OF[type(step)], "title": step.title[language],
              "points": getattr(step, "points", None), "competence": getattr(step, "competence", "")}
             for step in module.steps] if module else []
    return render("module_author.html", block.words, module=module, problems=problems, warnings=warnings, steps=steps,
                  language=language, names=[language_name(tag) for tag in module.languages] if module else [],
                  runs=block.runs, pass_mark=block.pass_mark)


@dataclass(frozen=True)
class View:
    """One look at a run: whose, in which languages, and how much of the marks may be seen."""

    block: object
    module: object
    sheet: object
    own: str
    beside: str
    words: object
    rules: object
    veil: object
    overdue: bool
    finished: bool

    @cached_property
    def uid(self):
        """The name of this learner at this block."""
        return learner_page.uid(self.block)

    @property
    def correctness(self):
        """Whether it may be told what is right."""
        return self.rules.correctness


def look(block, module, sheet, finished=None):
    """Return the ``View`` of this request; ``finished`` tells of a result whether no run may follow."""
    own = block.own_language(module.languages)
    # Limits and answers concern what was tried; a run without tries need not read these settings.
    rules = block.rules if sheet.tries or finished is not None else block.rules_before_any_try
    return View(block, module, sheet, own, learner_page.beside_of(block, module, own), block.words, rules, block.veil,
                block.is_closed(), bool(finished))


def page(block, module, sheet, history):
    """Return the HTML of the learner's page; what the script needs stands in it as JSON."""
    here = history.of_block(block.place.block)
    standing = block.standing(module, sheet, [each.number for each in here], history)
    stage = standing.stage
    shown = sheet if stage == "result" or sheet.number == standing.open else block.sheet_class()
    # "After the last attempt" is over when no run may follow, else answers shown would be given in the next one.
    view = look(block, module, shown, not standing.may_go_again if stage == "result" else None)
    words = view.words
    arguments = learner_page.arguments(block, stage)
    if stage == "answering":
        arguments |= {"run": standing.open, "answers": shown_answers(view), "done": done(view),
                      "atEnd": view.rules.at_end, "words": _script_words(words, module.countries)}
    else:
        arguments["stamps"] = {}
    due = platform.deadline(block)
    return render(
        "training_module.html", words,
        stage=stage, arguments=json_block(arguments), minutes=module.minutes,
        goals=_goals(view, history) if stage == "answering" else [],
        late=stage == "closed" and block.is_closed() and block.counts_late(sheet.number) and sheet.number,
        used_up=stage == "closed" and not block.is_closed(),
        count=len(module.steps), picture=block.picture(module.picture), begun=bool(view.sheet.entries),
        pass_mark=block.pass_mark if view.correctness else 0, due=day(due, words) if due else "",
        country=block.country_shown if module.countries else "",
        countries=[(code, country_name(words, code)) for code in module.countries],
        steps=[step_html(view, step) for step in module.steps] if stage == "answering" else [],
        result=_result(view, here, standing) if stage == "result" else None,
        **learner_page.shared_context(block, module, view.own, view.beside, history))


def shown_answers(view, steps=None):
    """Return ``{step id: {"stamp", "reply"}}`` as the browser knows them, of all or some ``steps``."""
    found = {}
    for step, entry in view.sheet.entries.items():
        if step in view.module.by_id and (steps is None or step in steps):
            activity = view.module.activities.get(step)
            reply = activity.show_reply(entry.reply, view.veil) if activity else True
            found[step] = {"stamp": entry.stamp, "reply": reply}
    return found


def done(view):
    """Return the ids of the steps seen and done."""
    return [step.id for step in view.module.steps if view.sheet.is_done(step, view.rules)]


def _script_words(words, countries):
    """Return the words the script shows while the learner works; ``countries`` where a country can be chosen."""
    _ = words.gettext
    return {
        **learner_page.saving_words(words),
        "count": _("Step {number} of {total}"),
        "back": _("Back"),
        "next": _("Next"),
        "skip": _("Skip"),
        "toStart": _("Languages, country, sharing, my data") if countries else _("Languages, sharing, my data"),
        "check": _("Check"),
        "checkAgain": _("Check again"),
        "done": _("I have done this"),
        "say": _("Say this"),
        "checking": _("Checking …"),
        "checkLater": _("No connection. Your answer is kept and will be checked later. You can go on."),
        "answerFirst": _("Give an answer first."),
        "toFinish": _("To the end"),
        "overview": _("All steps"),
        "moved": _("{text}: place {number} of {total}"),
        "tryAgain": _("Try again"),
        "stepDone": _("done"),
        "stepOpen": _("not done yet"),
        "stepGiven": _("answered, not checked yet"),
        "stepWrong": _("not right yet"),
        "finishOpen": _("Steps that are not done: {n}. You can still go back."),
        "finishAll": _("You have done every step. Well done!"),
        "finishWrong": _("You have done every step. Some answers are not right yet: try them again, or finish."),
        "finish": _("Finish and see my result"),
        "finishAnyway": _("Finish anyway"),
        "finishSure": _(
            "Steps that are not done: {n}. Without an answer they give no points. After you finish, you cannot change "
            "this run."),
        "keepOn": _("Go back to the steps"),
    }


# -- steps -------------------------------------------------------------------------------------------------------------

def step_html(view, step, alone=False):
    """Return the HTML of one step; ``alone``: for a page that may speak another language by now."""
    context = step_context(view, step)
    if isinstance(step, Read | CountryNote):
        return _reading(tuple(context.items()), view.words.language, view.own, view.beside)
    return Markup(render("step.html", view.words, step=context, uid=view.uid, alone=alone,
                         **learner_page.in_languages(view.own, view.beside)))


@lru_cache(maxsize=1024)  # what is only read looks the same for everybody
def _reading(context, language, own, beside):
    return Markup(render("step.html", words_for(language), step=dict(context),
                         **learner_page.in_languages(own, beside)))


def step_context(view, step):
    """Return what the template of a step needs."""
    if isinstance(step, Activity):
        return _activity_context(view, step)
    context = {"id": step.id, **_form(KIND_OF[type(step)].replace("-", "_")), "title": step.title,
               "picture": view.block.picture(getattr(step, "picture", ""))}
    if isinstance(step, Read):
        return context | {"alt": step.alt.get(view.own, ""), "audio": _audio(view, step.audio),
                          **_rich(view, step.text), "checked": date_words(step.checked, view.words)}
    if isinstance(step, CountryNote):
        note = step.note(view.block.country_shown)
        country = getattr(note, "country", "")
        return context | {**_rich(view, note.text), "checked": date_words(note.checked, view.words),
                          "country": country and country_name(view.words, country),
                          "asks": not view.block.country_shown}
    assert isinstance(step, Watch)
    return context | {
        "media": step.media or "video", "youtube": step.youtube, "file": _address(view, step.file),
        "spoken": _other_language(view, step.file),
        "captions": [{"language": language, "name": language_name(language), "own": language == view.own,
                      "address": view.block.authored_address(address)} for language, address in step.captions.items()],
        **_rich(view, step.transcript)}


def _form(name):
    return {"form": name, "template": f"steps/{name}.html"}


def _rich(view, text):
    def html(language):
        return Markup(platform.authored_html(view.block, text[language]))  # sanitised as it was read

    return {"text": html(view.own), "text_beside": html(view.beside) if view.beside else ""}


def _address(view, text):
    shown = text.shown(view.own)
    return view.block.authored_address(shown.text) if shown else ""


def _other_language(view, text):
    """Return the name of the language a recording is in, where it is not the learner's own."""
    shown = text.shown(view.own)
    return language_name(shown.language) if shown and shown.language != view.own else ""


def _audio(view, text):
    return view.block.authored_address(text[view.own]) if view.own in text else ""


def _activity_context(view, activity):
    """Return an activity as it stands: offered, answered, and what that has earned."""
    rules, tries = view.rules, view.sheet.tries_of(activity)
    entry = view.sheet.entries.get(activity.id)
    reply = entry.reply if entry else None
    closed = rules.closes(activity, tries)
    marked = _last_marked(view, activity, tries, reply)
    shown = view.correctness and not rules.at_end
    # What is right or wrong is said of the reply that was marked, not of one that has been changed since.
    fresh = marked is not None and marked == reply
    judged = marked if shown and fresh else None
    context = {
        "id": activity.id, **_form(activity.form), "title": activity.question,
        "picture": view.block.picture(activity.picture), "alt": activity.alt.get(view.own, ""),
        "audio": _audio(view, activity.audio), "hint": activity.hint, "closed": closed, "tries": tries.count,
        "check": _check(activity, rules), "fresh": fresh,
        "outcome": _outcome(view, activity, tries, marked, closed, shown) if fresh or closed else None,
    }
    verdicts = activity.verdicts(judged) if judged is not None else {}
    remarks = activity.remarks(judged) if judged is not None else {}
    return context | _FORMS[activity.form](view, activity, reply, verdicts, remarks)


def _last_marked(view, activity, tries, reply):
    """Return the reply the outcome speaks of, or None."""
    if activity.takes_part:
        return reply if reply and activity.is_ready(reply) else None
    return tries.replies[-1] if tries.count else None


def _check(activity, rules):
    """Return what the button for an answer does: "check", "done", "say", or "" where there is none."""
    if activity.form == "dialogue":
        return "say"
    if activity.takes_part:
        return "done" if activity.feedback else ""
    return "" if rules.at_end else "check"


def _outcome(view, activity, tries, marked, closed, shown):
    """Return what a marked reply has earned; None before it may be seen."""
    if view.rules.at_end and not activity.takes_part:
        return None
    if activity.takes_part:
        return {"kind": "thanks", "texts": [activity.feedback]} if activity.feedback else None
    if not shown:
        return {"kind": "kept", "texts": [], "again": not closed}
    share = activity.mark(marked)
    kind = "right" if share > _EARNED_ALL else "partly" if share > 0 else "wrong"
    texts = [activity.right if kind == "right" else activity.wrong, activity.feedback]
    limit = view.rules.limit(activity)
    answer = view.rules.shows_answer(activity, tries, view.finished, view.overdue)
    return {
        "kind": kind, "texts": [text for text in texts if text], "points": activity.points,
        "earned": points(activity.points * tries.share(activity), view.words), "again": not closed,
        "left": limit - tries.count if limit and not closed else None,
        "solution": _solution(view, activity) if answer and kind != "right" else [],
    }


def points(number, words):
    """Return points as the interface's language writes them: one digit after the point, none for a whole number."""
    return format_decimal(round(number, 1), format="#,##0.#", locale=words.language.replace("-", "_"))


def _solution(view, activity):
    if isinstance(activity, TrueFalse):
        return [(Text({view.own: _true_false(view, activity.key()[0])}),)]
    return activity.solution()


def _true_false(view, which):
    _ = view.words.gettext
    return _("True") if which == "true" else _("False")


# -- the forms of activities -------------------------------------------------------------------------------------------

def _options(view, activity, reply, verdicts, remarks):
    offered = activity.offer(view.veil)
    chosen = reply if isinstance(reply, list) else []
    return {"several": activity.several, "look": activity.look, "ticked": activity.takes_part, "options": [
        {"name": each.name, "text": each.text or None, "says": "" if each.text else _true_false(view, each.id),
         "picture": view.block.picture(each.picture), "alt": each.alt.get(view.own, ""),
         "audio": _audio(view, each.audio), "chosen": each.id in chosen, "verdict": verdicts.get(each.id),
         "remark": remarks.get(each.id)} for each in offered]}


def _matching(view, activity, reply, verdicts, _remarks):
    lefts, rights = activity.offer(view.veil)
    held = activity.show_reply(reply, view.veil)
    return {"lefts": [{"name": each.name, "text": each.text, "picture": view.block.picture(each.picture),
                       "verdict": verdicts.get(each.id),
                       "rights": [{"name": right.name, "text": right.text, "chosen": held.get(each.name) == right.name}
                                  for right in rights]} for each in lefts]}


def _ordering(view, activity, reply, verdicts, _remarks):
    offered = {each.name: each for each in activity.offer(view.veil)}
    order = activity.show_reply(reply, view.veil) if reply else list(offered)
    return {"items_shown": [
        {"name": name, "text": offered[name].text, "verdict": verdicts.get(offered[name].id),
         "audio": _audio(view, offered[name].audio), "picture": view.block.picture(offered[name].picture)}
        for name in order]}


def _gaps(view, activity, reply, verdicts, _remarks):
    held = activity.show_reply(reply, view.veil)
    offered = activity.offer(view.veil)
    numbers = {gap: number for number, gap in enumerate(activity.pieces(view.own)[1::2], 1)}

    def gap(each):
        name, choices = offered[each]
        return {"name": name, "number": numbers[each], "typed": held.get(name, "") if choices is None else "",
                "choices": choices and [{"name": choice.name, "text": choice.text,
                                         "chosen": held.get(name) == choice.name} for choice in choices],
                "verdict": verdicts.get(each)}

    def pieces(language, fill):
        return [{"gap": fill(piece)} if place % 2 else {"words": piece}
                for place, piece in enumerate(activity.pieces(language))]

    return {"pieces": pieces(view.own, gap),
            "pieces_beside": pieces(view.beside, lambda each: {
                "number": numbers[each], "choices": offered[each][1] or []}) if view.beside else []}


def _dialogue(view, activity, reply, _verdicts, remarks):
    said, scene = activity.walk(reply)

    def spoken(each):
        return {"speaker": each.speaker, "line": each.line, "picture": view.block.picture(each.picture),
                "audio": _audio(view, each.audio)}

    feedback = view.correctness and not view.rules.at_end
    names = activity.show_reply(reply, view.veil)
    return {"said": [{**spoken(each), "name": name, "reply": chosen.text, "remark": feedback and chosen.feedback}
                     for name, (each, chosen) in zip(names, said, strict=True)],
            "scene": spoken(scene), "ended": not scene.replies,
            "options": [{"name": each.name, "text": each.text, "audio": _audio(view, each.audio)}
                        for each in activity.offer(view.veil, scene)]}


def _writing(view, activity, reply, _verdicts, _remarks):
    return {"written": activity.show_reply(reply, view.veil), "example": activity.example,
            "longest": LONGEST_REFLECTION}


_FORMS = {"options": _options, "matching": _matching, "ordering": _ordering, "gaps": _gaps, "dialogue": _dialogue,
          "writing": _writing}


# -- goals and result --------------------------------------------------------------------------------------------------

def _goals(view, history):
    """Return each competence the module trains, and how the learner rated it last in a self-evaluation."""
    rounds = [each for each in history.rounds if not view.module.framework or each.framework == view.module.framework]
    frameworks = {}
    if rounds:
        found = (block.document_or_none() for block, _ in platform.blocks_of_type(
            view.block, "migrempower_self_evaluation"))
        frameworks = {framework.id: framework for framework in found if framework}
    goals = []
    for competence in view.module.competences:
        rated = next((each for each in reversed(rounds) if competence.id in each.ratings), None)
        framework = rated and frameworks.get(rated.framework)
        level = framework and framework.scale.nearest(rated.ratings[competence.id]).label.shown(view.own)
        goals.append({"title": competence.title, "level": level,
                      "bar": rated and _bar(rated.ratings[competence.id])})
    return goals


def _bar(share):
    return {"rated": True, "width": round(100 * share, 1)}


def _result(view, runs, standing):
    """Return the context of the summary of the latest run."""
    block, module, words = view.block, view.module, view.words
    latest = runs[-1]
    following = block.module_after()
    context = {
        "correctness": view.correctness, "when": day(latest.handed_in, words), "may_repeat": standing.may_go_again,
        "next": following and {"title": following[0].shown(view.own), "address": following[1]},
        "checklists": [_activity_context(view, each) for each in module.activities.values()
                       if isinstance(each, Checklist)],
        "reading": [step_context(view, step) for step in module.steps if isinstance(step, Read | CountryNote)],
        "earlier": [{"when": day(each.handed_in, words), "percent": percent(each.share)} for each in runs[:-1]],
    }
    if not view.correctness:
        return context
    titles = {competence.id: competence.title for competence in module.competences}
    counted = percent(block.get_score().raw_earned / block.max_score())
    marked = [_marked(view, activity, latest) for activity in module.activities.values() if activity.points]
    return context | {
        "earned": points(latest.earned, words), "possible": round(latest.possible), "percent": percent(latest.share),
        "bar": _bar(latest.share), "counted": counted if counted != percent(latest.share) else None,
        "passed": counted >= block.pass_mark, "pass_mark": block.pass_mark,
        "ratings": [{"title": titles[each], "percent": percent(share), "bar": _bar(share)}
                    for each, share in latest.ratings.items() if each in titles],
        "again": [each for each in marked if not each["all"]], "well": [each for each in marked if each["all"]],
    }


def _marked(view, activity, run):
    """Return what a handed-in run tells about one activity."""
    share, replies = run.shares.get(activity.id, 0), run.replies.get(activity.id, [])
    earned_all = share > _EARNED_ALL
    texts = []
    if replies:
        said = activity.right if earned_all else activity.wrong
        texts = [said, activity.feedback, *activity.remarks(max(replies, key=activity.mark)).values()]
    rules = replace(view.rules, at_end=False)  # in a run that is handed in everything has been marked
    shows = not earned_all and not activity.takes_part and rules.shows_answer(
        activity, Tries(len(replies), tuple(replies)), view.finished, view.overdue)
    return {"title": activity.question, "possible": activity.points,
            "earned": points(activity.points * share, view.words),
            "given": [Text({view.own: activity.in_words(reply, view.own)}) for reply in replies[-1:]],
            "all": earned_all, "texts": [text for text in texts if text],
            "solution": _solution(view, activity) if shows else []}


# -- files and reports -------------------------------------------------------------------------------------------------

def download(block, kind, module, sheet, history):
    """Return (body, media type) of all that is kept about the learner at this block, as ``json`` or ``csv``.

    Replies stand in words, as the learner saw them: the author's ids could tell what is right. Marks stand there where
    they may be told.
    """
    runs = history.of_block(block.place.block)
    correctness = platform.shows_correctness(block)
    language = module and block.own_language(module.languages)

    def worded(activity, reply):
        known = module.activities.get(activity) if module else None
        return known.in_words(reply, language) if known else str(reply)

    def share(activity, reply):
        known = module.activities.get(activity) if module and correctness else None
        return round(known.mark(reply), 4) if known else ""

    open_replies = {step: entry.reply for step, entry in sheet.entries.items() if entry.reply is not True}
    if kind == "json":
        def marks(run):
            return {"earned": run.earned, "possible": run.possible, "ratings": run.ratings} if correctness else {}

        return json_file({
            "module": {"id": module.id, "version": module.version} if module else None,
            "shared_with_trainers": block.place.block in history.shared_blocks,
            "languages": block.migrempower_languages,
            "country": block.migrempower_country,
            "in_progress": {"run": sheet.number,
                            "answers": {step: worded(step, reply) for step, reply in open_replies.items()}},
            "runs": [{
                "number": each.number, "handed_in": written(each.handed_in), "module": each.module,
                "version": each.version, "done": list(each.done), **marks(each),
                "answers": {activity: [worded(activity, reply) for reply in replies]
                            for activity, replies in each.replies.items()}} for each in runs],
        })
    header = ("run", "handed_in", "module", "version", "activity_id", "question", "reply", "share")
    rows = [(each.number, written(each.handed_in), each.module, each.version, activity,
             _question(module, activity, language), worded(activity, reply), share(activity, reply))
            for each in runs for activity, replies in each.replies.items() for reply in replies]
    rows += [(sheet.number, "", module.id if module else "", module.version if module else "", activity,
              _question(module, activity, language), worded(activity, reply), "")
             for activity, reply in open_replies.items()]
    return to_csv(header, rows), "text/csv"


def _question(module, activity, language):
    return module.activities[activity].question[language] if module and activity in module.activities else ""


def report_row(module, rules, sheet, runs, shared):
    """Return the (column, value) pairs of one learner in the platform's report.

    Columns: how many runs, when the latest, its points, whether shared; then the share of each activity, 0 to 1. What
    was written stands in no column.
    """
    latest = runs[-1] if runs else None
    row = [
        ("Runs handed in", len(runs)),
        ("Latest run", written(latest.handed_in) if latest else ""),
        ("Points", latest.earned if latest else ""),
        ("Points possible", latest.possible if latest else module.points if module else ""),
        ("Steps done now", sum(sheet.is_done(step, rules) for step in module.steps) if module else ""),
        ("Steps", len(module.steps) if module else ""),
        ("Shared with trainers", "yes" if shared else "no"),
    ]
    return row + [(f"Share: {activity}", latest.shares.get(activity, "") if latest else "")
                  for activity in (module.activities if module else ())]
