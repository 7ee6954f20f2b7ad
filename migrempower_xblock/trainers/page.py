"""What the trainers' report shows: one context a part, made before any template runs."""

from dataclasses import dataclass
from functools import cache

from .. import cohorts, jobs
from ..block import NOT_UNDERSTOOD, Refusal
from ..competences.answers import MOMENTS
from ..learner_page import day
from ..reporting.outline import EVALUATION
from ..reporting.participation import HANDED_IN, NOT_STARTED, QUIET_DAYS, STATES, UNDER_WAY
from ..templating import json_block, render
from ..texts import N_
from ..words import moment_words
from . import figures, files
from .data import PAGE, people, ratings_of
from .words import CHANGE, FILES, TRAINING, WHAT, WHO, heat_cell, part_names, source_words, stack, state_words

QUIET, HELP = "quiet", "help"
SHOWS = ("all", *STATES, QUIET, HELP)
SOURCES = ("self", "trainer", "training")
MOST_DAYS = 365
MOST_PAGES = 10  # looked through for one answer; the page then asks for more
NO_MORE = N_("There are no more learners in this list.")


@dataclass(frozen=True)
class Wish:
    """What a request asks the report for."""

    part: str = WHO
    framework: str = ""
    moment: str = ""
    group: str = ""
    show: str = "all"
    source: str = "self"
    days: int = QUIET_DAYS
    after: str = ""

    @classmethod
    def read(cls, data, block):
        """Read a request. Raises ``Refusal`` where it asks for what is not there."""
        wish = cls(**{name: data[name] for name in cls.__dataclass_fields__ if name in data})
        texts = (wish.part, wish.framework, wish.moment, wish.group, wish.show, wish.source, wish.after)
        if not all(isinstance(text, str) and len(text) <= 255 for text in texts) or type(wish.days) is not int:
            raise Refusal(400, NOT_UNDERSTOOD)
        groups = {group for group, _ in block.directory.groups()} if wish.group else ()
        if (wish.part not in parts_of(block.course.outline) or wish.show not in SHOWS or wish.source not in SOURCES
                or wish.moment not in ("", *MOMENTS) or not 1 <= wish.days <= MOST_DAYS):
            raise Refusal(400, NOT_UNDERSTOOD)
        if (wish.group and wish.group not in groups) or (
                wish.framework and wish.framework not in block.course.outline.shown_frameworks):
            raise Refusal(404, N_("This is not part of the course any more. Please open the report again."))
        return wish


def parts_of(outline):
    """Return the parts a report has: what its blocks can tell of."""
    return [WHO, *([WHAT, CHANGE] if outline.shown_frameworks else []), *([TRAINING] if outline.shown_modules else []),
            FILES]


def frame(block):
    """Return the HTML around the report; its script fills it."""
    words, outline = block.account_words, block.course.outline
    _ = words.gettext
    names = part_names(words)
    guides = [(_("Guide for trainers"), "trainers"), (_("Handbook for counselling"), "handbook")]
    return render(
        "report.html", words, guides=[(name, block.asset(f"guides/{guide}.html")) for name, guide in guides],
        folded=block.report_of_itself, title=block.display_name,
        parts=[(each, names[each]) for each in parts_of(outline)], groups=block.directory.groups(),
        frameworks=[(each, framework.title) for each, framework in outline.shown_frameworks.items()],
        arguments=json_block({"draft": f"migrempower-view:{block.person.id}", "words": {
            "failed": _("This did not work. Check your connection and try again."), "loading": _("One moment …"),
            "signIn": _("Please open the page again, and log in if you are asked to."),
            "saved": _("Saved. The learner sees it in their result."), "kept": _("Not saved yet. Kept on this device."),
            "restored": _("What you wrote before and did not save is here again."),
            "making": _("{done} of {total} parts are ready."), "cell": _("{name} · {competence}: {words}"),
            "ready": _("The file is ready."), "notMade": _("The file could not be made. Please try again."),
            "cancelled": _("Stopped. There is no file."), "stop": _("Stop"), "download": _("Download {name}"),
        }}))


def part(block, wish):
    """Return the HTML of one part, or of more rows of its list."""
    context = {WHO: _who, WHAT: _what, CHANGE: _change, TRAINING: figures.training, FILES: _files}[wish.part](
        block, wish)
    name = f"{wish.part}_rows" if context.get("more") else wish.part
    return render(f"report/{name}.html", block.account_words, wish=wish, **context)


def _rows(block, wish, row_of):
    """Return (rows, the username to go on after, or "" at the end): ``row_of(person)``, where it is not None.

    Raises ``Refusal`` where somebody asks for more than there is.
    """
    rows, after = [], wish.after
    for _ in range(MOST_PAGES):
        page = people(block.course.outline, block.directory, block.now(), after, wish.group, wish.days, PAGE + 1)
        more, page = len(page) > PAGE, page[:PAGE]
        for person in page:
            after = person.learner.username
            row = row_of(person)
            if row is not None:
                rows.append(row)
                if len(rows) == PAGE:
                    return rows, after if more or person is not page[-1] else ""
        if not more:
            if wish.after and not rows:
                raise Refusal(404, NO_MORE)
            return rows, ""
    return rows, after


# -- who ---------------------------------------------------------------------------------------------------------------

def _who(block, wish):
    outline, words = block.course.outline, block.account_words
    rows, after = _rows(block, wish, lambda person: _row(outline, person, words) if is_shown(
        person.situation, wish.show, wish.days) else None)
    context = {"rows": rows, "after": after, "more": bool(wish.after), "blocks": outline.shown,
               "states": state_words(words), "columns": len(outline.shown) + 4}
    if wish.after:
        return context
    total = block.directory.count(wish.group)
    return context | {"total": total, "counts": _counts(block, wish.group, total), "shows": _shows(words)}


def _shows(words):
    _ = words.gettext
    states = state_words(words)
    return [("all", _("Everybody")), *((state, states[state]) for state in STATES),
            (QUIET, _("Quiet for some days")), (HELP, _("Needs help"))]


def _counts(block, group, total):
    """Return how many learners are how far at each block, from what the database counts."""
    outline = block.course.outline
    ids = [each.id for each in outline.shown]
    members = block.directory.members(group) if group else None
    handed_in = cohorts.learners_by_block(outline.course, ids, members, block.directory.staff())
    begun = block.directory.begun(ids, group)
    counts = []
    for each in outline.shown:
        done = min(handed_in.get(each.id, 0), total)
        under_way = max(0, min(begun.get(each.id, 0), total) - done)
        numbers = {HANDED_IN: done, UNDER_WAY: under_way, NOT_STARTED: total - done - under_way}
        counts.append({"title": each.title, "broken": not each.document, "numbers": numbers, "bar": stack(
            [numbers[state] for state in (HANDED_IN, UNDER_WAY, NOT_STARTED)])})
    return counts


def is_shown(situation, show, days):
    """Whether a list shows somebody in a situation."""
    if show == HELP:
        return bool(situation.reasons)
    if show == QUIET:
        return situation.is_quiet(days)
    return show in ("all", situation.state())


def _row(outline, person, words):
    situation = person.situation
    states, symbols = state_words(words), {NOT_STARTED: "–", UNDER_WAY: "…", HANDED_IN: "✓"}
    return {
        "name": person.name, "username": person.learner.username, "id": person.learner.id, "opens": bool(person.seen),
        "stands": [(symbols[stand.state], states[stand.state], stand.times)
                   for stand in (situation.stands[block.id] for block in outline.shown)],
        "last": day(situation.last, words) if situation.last else "", "quiet": situation.quiet_days,
        "reasons": [_reason(words, reason, situation) for reason in situation.reasons]}


def _reason(words, reason, situation):
    if reason == "stuck":
        return words.ngettext("stopped in the middle, {n} day ago", "stopped in the middle, {n} days ago",
                              situation.quiet_days).format(n=situation.quiet_days)
    if reason == "unclear":
        most = max(stand.unclear for stand in situation.stands.values())
        return words.ngettext("did not understand {n} question", "did not understand {n} questions",
                              most).format(n=most)
    most = max(stand.failed for stand in situation.stands.values())
    return words.ngettext("did not pass a module in {n} run", "did not pass a module in {n} runs", most).format(n=most)


# -- what --------------------------------------------------------------------------------------------------------------

def _what(block, wish):
    outline, words = block.course.outline, block.account_words
    framework = chosen_framework(outline, wish)
    moment = wish.moment or _usual_moment(outline, framework)
    rows, after = _rows(block, wish, _heat_row(block, wish, framework, moment))
    context = {"framework": framework, "rows": rows, "after": after, "more": bool(wish.after), "moment": moment,
               "cells": len(framework.competences)}
    if wish.after:
        return context
    return context | {
        "moments": [(each, moment_words(words, each)) for each in MOMENTS], "sources": source_words(words),
        "source": wish.source, "scale": list(enumerate((label for _, label in framework.levels), 1)),
        **figures.what(block, wish, framework, moment)}


def chosen_framework(outline, wish):
    """Return the framework a request names, or the first."""
    return outline.shown_frameworks[wish.framework or next(iter(outline.shown_frameworks))]


def _usual_moment(outline, framework):
    focus = outline.by_id.get(outline.focus)
    if focus is not None and focus.moment:
        return focus.moment
    return next((block.moment for block in outline.shown
                 if block.kind == EVALUATION and block.document == framework.id), MOMENTS[0])


def _heat_row(block, wish, framework, moment):
    """Return what makes the heat map's row of a person who shares: one source's rating of each competence."""
    cell = cache(lambda rating: heat_cell(rating, framework, wish.source, block.account_words))  # few ratings differ

    def row(person):
        found = ratings_of(person, framework.id, wish.source, moment) if person.seen else {}
        return {"name": person.name, "id": person.learner.id, "cells": [
            cell(found.get(each.id)) for each in framework.competences]} if found else None

    return row


# -- change and files --------------------------------------------------------------------------------------------------

def _change(block, wish):
    return figures.change(block, wish, chosen_framework(block.course.outline, wish))


def _files(block, _wish):
    kinds = files.kinds_of(block.course.outline, block.account_words)
    course, asked = block.course.outline.course, kinds if jobs.is_installed() else ()
    under_way = [jobs.under_way(kind, course) for kind, _, _ in asked]
    mine = next((job for job in under_way if job and job.by == block.person.id), None)
    ready = [block.told(job)["job"] for job in jobs.finished(course, block.person.id, files.FILES)] if asked else []
    return {"kinds": kinds, "job": str(mine.id) if mine else "", "ready": ready}
