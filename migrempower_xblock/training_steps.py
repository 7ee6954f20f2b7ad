"""One step of a module as a learner may see it: a context, and the HTML drawn of it.

Secrecy is kept here: a step is drawn from what an activity *offers* and from what a reply has *earned*; the key appears
only where the rules say so.
"""

from dataclasses import dataclass
from functools import cached_property, lru_cache

from babel.numbers import format_decimal
from markupsafe import Markup

from . import learner_page, platform
from .learner_page import date_words
from .locales import country_name, language_name
from .templating import in_language, render
from .texts import Text
from .training.activity import Activity
from .training.choosing import TrueFalse
from .training.module import KIND_OF, CountryNote, Read, Watch
from .training.taking_part import LONGEST_REFLECTION
from .words import true_or_false, words_for

EARNED_ALL = 1 - 1e-9


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
    own = block.own_language(module.offered)
    # Limits and answers concern what was tried; a run without tries need not read these settings.
    rules = block.rules if sheet.tries or finished is not None else block.rules_before_any_try
    return View(block, module, sheet, own, learner_page.beside_of(block, module, own), block.words, rules, block.veil,
                block.is_overdue(), bool(finished))


def shown_answers(view, steps=None):
    """Return ``{step id: {"stamp", "reply"}}`` as the browser knows them, of all or some ``steps``."""
    found = {}
    for step, entry in view.sheet.entries.items():
        if step in view.module.by_id and (steps is None or step in steps):
            activity = view.module.activities.get(step)
            reply = activity.show_reply(entry.reply, view.veil) if activity else True
            found[step] = {"stamp": entry.stamp, "reply": reply}
    return found


def step_html(view, step, alone=False, is_open=False):
    """Return the HTML of one step; ``alone``: for a page that may speak another language by now. Steps come hidden, for
    the script to show, unless ``is_open``.
    """
    context = step_context(view, step)
    if isinstance(step, Read | CountryNote):
        return _reading(tuple(context.items()), view.words.language, view.own, view.beside, is_open)
    return Markup(render("step.html", view.words, step=context, uid=view.uid, alone=alone, open=is_open,
                         **learner_page.in_languages(view.own, view.beside)))


def step_data(view, step):
    """Return one step as ``step_html`` draws it, ready for JSON; texts are ``{language: text}``, as they are shown."""
    return _plain(view, step_context(view, step))


def _plain(view, value):
    if isinstance(value, Text):
        shown = value.shown(view.own)
        return {language: value[language] for language in (shown.language, view.beside) if language in value
                } if shown else {}
    if isinstance(value, dict):
        return {name: _plain(view, each) for name, each in value.items() if name not in ("template", "in_text")}
    if isinstance(value, list | tuple):
        return [_plain(view, each) for each in value]
    return value


@lru_cache(maxsize=1024)  # what is only read looks the same for everybody
def _reading(context, language, own, beside, is_open):
    return Markup(render("step.html", words_for(language), step=dict(context), open=is_open,
                         **learner_page.in_languages(own, beside)))


def step_context(view, step):
    """Return what the template of a step needs."""
    if isinstance(step, Activity):
        return activity_context(view, step)
    context = {"id": step.id, **_form(KIND_OF[type(step)].replace("-", "_")), "title": step.title,
               "picture": view.block.picture(getattr(step, "picture", ""))}
    if isinstance(step, Read):
        return context | {"alt": step.alt.words(view.own), "audio": _audio(view, step.audio),
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
        return Markup(platform.authored_html(view.block, text.words(language)))  # sanitised as it was read

    shown = text.shown(view.own)
    return {"text": html(view.own), "in_text": in_language(shown.language),
            "text_beside": html(view.beside) if view.beside in text and view.beside != shown.language else ""}


def _address(view, text):
    shown = text.shown(view.own)
    return view.block.authored_address(shown.text) if shown else ""


def _other_language(view, text):
    """Return the name of the language a recording is in, where it is not the learner's own."""
    shown = text.shown(view.own)
    return language_name(shown.language) if shown and shown.language != view.own else ""


def _audio(view, text):
    return view.block.authored_address(text[view.own]) if view.own in text else ""


def activity_context(view, activity):
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
        "picture": view.block.picture(activity.picture), "alt": activity.alt.words(view.own),
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
    kind = "right" if share > EARNED_ALL else "partly" if share > 0 else "wrong"
    texts = [activity.right if kind == "right" else activity.wrong, activity.feedback]
    limit = view.rules.limit(activity)
    answer = view.rules.shows_answer(activity, tries, view.finished, view.overdue)
    return {
        "kind": kind, "texts": [text for text in texts if text], "points": activity.points,
        "earned": points(activity.points * tries.share(activity), view.words), "again": not closed,
        "left": limit - tries.count if limit and not closed else None,
        "solution": solution(view, activity) if answer and kind != "right" else [],
    }


def points(number, words):
    """Return points as the interface's language writes them: one digit after the point, none for a whole number."""
    return format_decimal(round(number, 1), format="#,##0.#", locale=words.language.replace("-", "_"))


def solution(view, activity):
    """Return the key for people."""
    if isinstance(activity, TrueFalse):
        return [(Text({view.own: true_or_false(view.words, activity.key()[0])}),)]
    return activity.solution()


# -- the forms of activities -------------------------------------------------------------------------------------------

def _options(view, activity, reply, verdicts, remarks):
    offered = activity.offer(view.veil)
    chosen = reply if isinstance(reply, list) else []
    return {"several": activity.several, "look": activity.look, "ticked": activity.takes_part, "options": [
        {"name": each.name, "text": each.text or None, "says": "" if each.text else true_or_false(view.words, each.id),
         "picture": view.block.picture(each.picture), "alt": each.alt.words(view.own),
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
            "in_text": in_language(activity.text.shown(view.own).language),
            "pieces_beside": pieces(view.beside, lambda each: {
                "number": numbers[each], "choices": [{"text": choice.text} for choice in offered[each][1] or []]})
            if view.beside in activity.text and view.beside != activity.text.shown(view.own).language else []}


def _dialogue(view, activity, reply, _verdicts, _remarks):
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
