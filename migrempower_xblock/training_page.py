"""What the pages of a training module hold: one context per page, made before any template runs."""

from dataclasses import replace

from . import learner_page, platform
from .authoring.labels import ITEMS
from .learner_page import day
from .locales import country_name, language_name
from .templating import json_block, render
from .texts import Text
from .training.module import CountryNote, Read
from .training.runs import Tries, percent
from .training.taking_part import Checklist
from .training_steps import EARNED_ALL, activity_context, look, points, shown_answers, solution, step_context, step_html
from .words import reply_words


def visitor(words):
    """Return the HTML for someone who has not logged in."""
    return learner_page.visitor(words, words.gettext("Learn and practise"), words.gettext(
        "Here you read, practise and see what you have learned."))


def author(block, module, problems, warnings):
    """Return the HTML of the compact preview in Studio."""
    if module is None:
        return render("module_author.html", block.words, problems=problems, warnings=warnings)
    view = look(block, module, block.sheet_class())
    steps = [{"kind": block.words.gettext(ITEMS[type(step).__name__]), "title": step.title.shown(view.own),
              "points": getattr(step, "points", None), "html": step_html(view, step, is_open=True)}
             for step in module.steps]
    return render("module_author.html", block.words, module=module, warnings=warnings, steps=steps,
                  title=module.title.shown(view.own), runs=block.runs, pass_mark=block.pass_mark,
                  competences=[each.title.words(view.own) for each in module.competences],
                  names=[language_name(tag) for tag in module.languages])


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
        arguments |= {"run": standing.open, "answers": shown_answers(view), "done": view.sheet.done(module, view.rules),
                      "words": _script_words(words, module.countries)}
    else:
        arguments |= {"run": max((each.number for each in here), default=0), "stamps": {}}
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
        "checklists": [activity_context(view, each) for each in module.activities.values()
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
    earned_all = share > EARNED_ALL
    texts = []
    if replies:
        said = activity.right if earned_all else activity.wrong
        texts = [said, activity.feedback, *activity.remarks(max(replies, key=activity.mark)).values()]
    rules = replace(view.rules, at_end=False)  # in a run that is handed in everything has been marked
    shows = not earned_all and not activity.takes_part and rules.shows_answer(
        activity, Tries(len(replies), tuple(replies)), view.finished, view.overdue)
    return {"title": activity.question, "possible": activity.points,
            "earned": points(activity.points * share, view.words),
            "given": [Text({view.own: reply_words(view.words, activity, reply, view.own)}) for reply in replies[-1:]],
            "all": earned_all, "texts": [text for text in texts if text],
            "solution": solution(view, activity) if shows else []}
