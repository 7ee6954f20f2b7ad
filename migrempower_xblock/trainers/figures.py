"""The figures of the report: what a cohort can do, what has changed, how modules are worked through."""

from .. import jobs
from ..learner_page import day
from ..reporting.outline import EVALUATION
from ..reporting.summary import COMPARED, FEWEST_FOR_ALPHA, MOMENTS, TRAINER, TRAINING
from ..words import moment_words
from .data import summarise
from .files import FIGURES, figures_of, figures_task
from .words import number, score, shade, stack

MOST_UNCLEAR = 10  # statements listed as often not understood


def _summary(block, wish):
    """Return (summary or None, context about it): counted now, or by a job where a course is large."""
    outline, directory = block.course.outline, block.directory
    if not jobs.is_installed() or directory.count(wish.group) <= jobs.setting("in_request"):
        only = directory.members(wish.group) if wish.group else None
        return summarise(outline, only, directory.staff()), {"large": False}
    task = figures_task(block.plain_outline, wish.group)
    job = jobs.latest(FIGURES, outline.course, task)
    under_way = jobs.under_way(FIGURES, outline.course)
    summary = job and figures_of(job)
    return summary, {"large": True, "made": day(job.changed, block.account_words) if summary else "",
                     "job": str(under_way.id) if under_way else ""}


def _about(summary, framework):
    """Return what has to be said about the counts of a framework."""
    mine = summary.frameworks[framework.id]
    return {"learners": mine.learners, "damaged": summary.damaged, "older": mine.older(framework.version)}


# -- what --------------------------------------------------------------------------------------------------------------

def what(block, wish, framework, moment):
    """Return the context of what a cohort can do at a moment."""
    summary, context = _summary(block, wish)
    if summary is None:
        return context | {"learners": 0, "figures": False}
    words, mine = block.account_words, summary.frameworks[framework.id]
    levels = [(label, shade(framework.place(value))) for value, label in framework.levels]
    areas = [{"title": area.title, "mean": score(mine.area_mean(moment, area.id).value, words),
              "alpha": _alpha(mine.alpha(moment, area.id), words),
              "competences": [_competence(framework, mine, moment, each, words) for each in area.competences]}
             for area in framework.areas]
    statements = framework.statements
    return context | _about(summary, framework) | {
        "figures": True, "levels": levels, "areas": areas, "fewest_for_alpha": FEWEST_FOR_ALPHA,
        "unclear": [(statements[statement][2], number(100 * figure.value, words, 0), figure.n)
                    for statement, figure in mine.not_understood(moment)[:MOST_UNCLEAR]
                    if figure.value * figure.n > 1.5]}  # of one person nothing stands out


def _competence(framework, summary, moment, competence, words):
    spread, counts = summary.distribution(moment, competence.id), [0] * len(framework.levels)
    for rating, learners in (spread.value or {}).items():
        counts[framework.nearest(rating)[0]] += learners
    three = [summary.mean(series, competence.id) for series in (moment, TRAINER, TRAINING)]
    own, trainers = three[0].value, three[1].value
    return {
        "title": competence.title, "counts": counts if spread.value else None, "n": spread.n,
        "left_out": spread.left_out, "pieces": stack(counts) if spread.value else (),
        "three": [(score(figure.value, words), figure.n) for figure in three],
        "difference": score(trainers - own, words, signed=True) if None not in (own, trainers) else ""}


def _alpha(figure, words):
    return {"value": number(figure.value, words, 2), "n": figure.n}


# -- change ------------------------------------------------------------------------------------------------------------

def change(block, wish, framework):
    """Return the context of what has changed between two moments."""
    outline, words = block.course.outline, block.account_words
    summary, context = _summary(block, wish)
    context |= {"framework": framework}
    if summary is None:
        return context | {"figures": False}
    mine = summary.frameworks[framework.id]
    asked = {each.moment for each in outline.blocks if each.kind == EVALUATION and each.document == framework.id}

    def rows(moments):
        for area in framework.areas:
            yield {"title": area.title, "is_area": True, **_change(mine.area_change(moments, area.id), words)}
            for each in area.competences:
                yield {"title": each.title, "is_area": False, **_change(mine.change(moments, each.id), words)}

    return context | _about(summary, framework) | {
        "figures": True,
        "comparisons": [{"from": moment_words(words, moments[0]), "to": moment_words(words, moments[1]),
                         "rows": list(rows(moments))} for moments in COMPARED if asked >= set(moments)],
        "moments": [(moment_words(words, each)) for each in MOMENTS],
        "alphas": [(area.title, [_alpha(mine.alpha(each, area.id), words) for each in MOMENTS])
                   for area in framework.areas]}


def _change(found, words):
    def place(value):
        return round(50 + 50 * max(-1.0, min(1.0, value)), 2)

    whisker = None
    if found.low is not None:
        low, high = place(found.low), place(found.high)
        whisker = {"low": low, "width": round(high - low, 2), "mean": round(place(found.mean) - 1, 2)}
    return {"n": found.n, "missing": found.missing, "left_out": found.left_out, "whisker": whisker,
            "mean": score(found.mean, words, signed=True),
            "low": score(found.low, words, signed=True) if found.low is not None else "",
            "high": score(found.high, words, signed=True) if found.low is not None else "",
            "effect": number(found.effect, words, 2)}


# -- training ----------------------------------------------------------------------------------------------------------

def training(block, wish):
    """Return the context of how modules are worked through."""
    outline, words = block.course.outline, block.account_words
    summary, context = _summary(block, wish)
    if summary is None:
        return context | {"figures": False}
    modules = []
    for module in outline.shown_modules.values():
        mine = summary.modules[module.id]
        pass_mark = outline.pass_mark_of(module.id)
        questions = {each.id: each for each in module.activities}
        passed = mine.passed(pass_mark)
        modules.append({
            "title": module.title, "learners": mine.learners, "runs": mine.runs, "pass_mark": pass_mark,
            "passed": passed.value, "of": passed.n,
            "activities": [{"question": questions[item.activity].question, "n": item.facility.n,
                            "facility": number(
                                None if item.facility.value is None else 100 * item.facility.value, words, 0),
                            "width": round(100 * (item.facility.value or 0), 1),
                            "rated": item.facility.value is not None,
                            "discrimination": number(item.discrimination.value, words, 2)}
                           for item in mine.items()]})
    return context | {"figures": True, "modules": modules, "damaged": summary.damaged}
