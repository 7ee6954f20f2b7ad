"""One learner, as trainers see them: only what they share. Path, evidence, runs, and what was said in counselling."""

from .. import records
from ..competences.portfolio import EXPERIENCE, STEP, Portfolio
from ..competences.views import LONGEST_COMMENT, LONGEST_NOTE, LONGEST_STEP, MOST_STEPS, STAR
from ..learner_page import date_words, day
from ..reporting.outline import PASSPORT
from ..templating import render
from ..training.runs import percent
from ..words import moment_words, reply_words
from .words import heat_cell, number, star_words


def page(block, person):
    """Return the HTML of one learner's page."""
    words, course = block.account_words, block.course
    outline, history, seen = course.whole, person.history, person.seen
    rounds = [each for each in history.rounds if each.block in seen]
    views = [each for each in history.views if each.block in seen]
    names = block.directory.names({view.trainer for view in views})
    runs = [each for each in history.runs if each.block in seen]
    frameworks = dict.fromkeys(each.framework for each in (*rounds, *views) if each.framework in outline.frameworks)
    return render(
        "report/profile.html", words, called=person.name, learner=person.learner.id,
        shared=[outline.by_id[each].title for each in outline.by_id if each in seen],
        all_shared=len(seen) == len(outline.blocks),
        frameworks=[_framework(outline.frameworks[each], rounds, views, runs, names, words) for each in frameworks],
        runs=[_run(course, each, words) for each in runs], damaged=history.damaged,
        views=[view_context(view, outline.frameworks.get(view.framework), rounds, names, history.replies, words)
               for view in reversed(views)], trainer=words.gettext("Trainer:"), learners=words.gettext("Learner:"),
        plan=_plan(block, outline, person, words), form=_form(outline, rounds, words))


def trainer_name(names, trainer, words):
    """Return what a trainer (anonymous id) is called."""
    return names[trainer][1] if trainer in names else words.gettext("A trainer")


def _framework(framework, rounds, views, runs, names, words):
    """Return the path by one framework: a column for each dated series, a row for each competence."""
    columns = [(each.handed_in, "self", moment_words(words, each.moment), each.ratings, each) for each in rounds
               if each.framework == framework.id]
    columns += [(view.when, "trainer", trainer_name(names, view.trainer, words), view.ratings, view) for view in views
                if view.framework == framework.id and view.ratings]
    known = {each.id for each in framework.competences}
    columns += [(run.handed_in, "training", words.gettext("Training"), run.ratings, run) for run in runs
                if known & run.ratings.keys()]
    columns.sort(key=lambda column: column[0])

    def cells(competence):
        for _, source, _, ratings, _ in columns:
            rating = ratings.get(competence.id)
            cell = heat_cell(rating, framework, source, words)
            yield cell and {"words": cell[2], "width": round(100 * rating, 1), "source": source}

    areas = [{"title": area.title, "competences": [
        {"id": each.id, "title": each.title, "cells": list(cells(each))} for each in area.competences]}
        for area in framework.areas]
    statements = framework.statements
    mine = [each for each in rounds if each.framework == framework.id]
    return {
        "title": framework.title, "areas": areas, "span": len(columns) + 1,
        "columns": [{"when": day(when, words), "source": source, "title": title}
                    for when, source, title, _, _ in columns],
        "older": sorted({each.version for each in mine} - {framework.version}),
        "evidence": [{"statement": statements[statement][2], "text": answer.evidence,
                      "when": day(each.handed_in, words)}
                     for each in mine for statement, answer in each.answers.items()
                     if answer.evidence and statement in statements],
        "unclear": [statements[statement][2] for statement, answer in (mine[-1].answers.items() if mine else ())
                    if answer.skip == "unclear" and statement in statements]}


def _run(course, run, words):
    """Return a run: marks of the day, and replies in words."""
    module, outline = course.modules.get(run.module), course.outline.modules.get(run.module)
    language = module and (words.language if words.language in module.offered else module.offered[0])
    activities = []
    for activity, replies in run.replies.items():
        known = module.activities.get(activity) if module else None
        activities.append({
            "question": module.wording(activity).words(language) if module else "",
            "replies": [_in_words(words, known, reply, language) for reply in replies],
            "percent": number(100 * run.shares[activity], words, 0) if activity in run.shares else ""})
    return {"title": outline.title if outline else run.module, "when": day(run.handed_in, words),
            "percent": percent(run.share), "number": run.number, "activities": activities,
            "older": bool(module) and module.version != run.version}


def _in_words(words, activity, reply, language):
    try:
        return reply_words(words, activity, reply, language) if activity else ""
    except records.UNREADABLE:  # the author has changed the activity since
        return ""


def view_context(view, framework, rounds, names, replies, words):
    """Return what a trainer's view shows, beside what the learner said last before it; ``framework`` is an outline."""
    titles = {each.id: each.title for each in framework.competences} if framework else {}
    own = next((each.ratings for each in reversed(rounds) if each.framework == view.framework
                and each.handed_in <= view.when), {})

    def label(rating):
        return framework.nearest(rating)[1] if rating is not None else ""

    talked = [each for each in titles if each in view.ratings or each in view.notes]
    return {
        "who": trainer_name(names, view.trainer, words), "when": day(view.when, words), "comment": view.comment,
        "talked": [{"title": titles[each], "trainer": label(view.ratings.get(each)), "self": label(own.get(each)),
                    "notes": [(star_words(words)[name][0], view.notes[each][name]) for name in STAR
                              if view.notes.get(each, {}).get(name)]} for each in talked],
        "steps": [(step.text, date_words(step.by, words)) for step in view.steps],
        "reply": replies.get(view.session, ""), "session": view.session}


def _plan(block, outline, person, words):
    """Return the steps and situations of the learner's passport, where they share it; private ones are left out."""
    shared = [each.id for each in outline.blocks if each.kind == PASSPORT and each.id in person.seen]
    states = block.directory.states([person.learner], shared) if shared else {}
    steps, situations = [], []
    for fields in states.values():
        try:
            portfolio = Portfolio.from_json(fields.get("progress"))
        except records.UNREADABLE:
            continue
        steps += [{**values, "on": date_words(values.get("on", ""), words)}
                  for values in portfolio.of_kind(STEP).values() if values.get("will")]
        situations += [values for values in portfolio.of_kind(EXPERIENCE).values()
                       if values.get("did") and not values.get("private")]
    return {"steps": steps, "situations": situations}


def _form(outline, rounds, words):
    """Return what the counselling form needs: the latest shared round and its framework; None where there is none."""
    latest = next((each for each in reversed(rounds) if each.framework in outline.frameworks), None)
    if latest is None:
        return None
    framework = outline.frameworks[latest.framework]

    def own(competence):
        rating = latest.ratings.get(competence.id)
        return framework.nearest(rating)[1] if rating is not None else words.gettext("No answer")

    return {
        "block": latest.block, "levels": framework.levels, "star": [(name, *star_words(words)[name]) for name in STAR],
        "areas": [{"title": area.title, "competences": [
            {"id": each.id, "title": each.title, "own": own(each)} for each in area.competences]}
            for area in framework.areas],
        "steps": range(MOST_STEPS), "longest": {"note": LONGEST_NOTE, "step": LONGEST_STEP, "comment": LONGEST_COMMENT}}
