"""What the pages and files of a self-evaluation hold: one context per page, made before any template runs."""

from . import charts, learner_page, platform
from .competences.answers import LONGEST_EVIDENCE
from .competences.profile import Profile
from .competences.views import LONGEST_REPLY
from .learner_page import day, json_file, written
from .locales import language_name
from .platform.directory import directory
from .reporting.outline import framework_outline
from .tables import to_csv
from .templating import json_block, render
from .texts import direction
from .trainers.profile import view_context
from .words import moment_words

SECONDS_PER_STATEMENT = 15


def visitor(words):
    """Return the HTML for someone who has not logged in."""
    return learner_page.visitor(words, words.gettext("What can you do?"), words.gettext(
        "Here you find out what you are good at and what you can learn next."))


def author(block, framework, problems, warnings):
    """Return the HTML of the compact preview in Studio."""
    if framework is None:
        return render("author.html", block.words, problems=problems, warnings=warnings)
    own = block.own_language(framework.offered)

    def statements(area):
        return [{"text": each.text, "example": each.example, "picture": block.picture(each.picture)}
                for competence in area.competences for each in competence.statements]

    return render(
        "author.html", block.words, framework=framework, warnings=warnings, moment=block.moment, rounds=block.rounds,
        names=[language_name(tag) for tag in framework.languages], minutes=_minutes(framework),
        levels=[{"label": level.label, "picture": block.picture(level.picture)} for level in framework.scale.levels],
        areas=[{"title": area.title.words(own), "picture": block.picture(area.picture), "statements": statements(area)}
               for area in framework.areas], **learner_page.in_languages(own, ""))


def page(block, framework, sheet, history):
    """Return the HTML of the learner's page; what the script needs stands in it as JSON."""
    own = block.own_language(framework.offered)
    standing = block.standing(framework, sheet, history.numbers(block.place.block), history)
    number, stage = standing.open, standing.stage
    beside = learner_page.beside_of(block, framework, own) if stage == "answering" else ""
    answers = sheet.for_framework(framework) if sheet.number == number else {}
    words = block.words
    if stage == "answering":
        arguments = learner_page.arguments(
            block, stage, round=number, moment=block.moment,
            languages=[{"tag": tag, "dir": direction(tag)} for tag in (own, beside) if tag],
            answers={statement: answer.to_json() for statement, answer in answers.items()},
            longest=LONGEST_EVIDENCE, **_document(block, framework, own, beside))
        arguments["words"] = _script_words(words)
    else:
        handed_in = history.of_block(block.place.block)
        arguments = learner_page.arguments(
            block, stage, round=max((each.number for each in handed_in), default=0),
            stamps={statement: answer.stamp for each in handed_in[-1:] for statement, answer in each.answers.items()})
        arguments["words"] |= {"answered": words.gettext("Your trainer sees your answer.")}
    return render(
        "self_evaluation.html", words,
        stage=stage, moment=block.moment, practice=framework.practice is not None,
        count=len(framework.statements), minutes=_minutes(framework), begun=bool(answers),
        arguments=json_block(arguments), **learner_page.shared_context(block, framework, own, beside, history),
        result=_result(block, framework, own, words, history, standing) if stage == "result" else None,
        source=framework.source.shown(own), longest_reply=LONGEST_REPLY,
    )


def _minutes(framework):
    return max(1, round(len(framework.statements) * SECONDS_PER_STATEMENT / 60))


def _document(block, framework, own, beside):
    """Return the framework as the script needs it: only the shown languages, pictures as addresses."""
    def texts(text):
        # Where a translation is missing another language stands in, and says which it is.
        shown = text.shown(own)
        if shown is None:
            return []
        first = shown.text if shown.language == own else {
            "text": shown.text, "tag": shown.language, "dir": shown.direction}
        return [first, text[beside]] if beside in text and beside != shown.language else [first]

    def audio(text):
        return [block.authored_address(text[own])] if own in text else []

    def statement(each):
        return {"id": each.id, "picture": block.picture(each.picture), "alt": each.alt.words(own),
                "text": texts(each.text), "example": texts(each.example), "audio": audio(each.audio)}

    return {
        "levels": [{"value": level.value, "picture": block.picture(level.picture), "text": texts(level.label),
                    "audio": audio(level.audio)} for level in framework.scale.levels],
        "areas": [{"text": texts(area.title), "picture": block.picture(area.picture)} for area in framework.areas],
        "statements": [{**statement(each), "area": area} for area, _, each in framework.placed_statements()],
        "practice": statement(framework.practice) if framework.practice else None,
    }


def _script_words(words):
    """Return the words the script shows while the learner answers."""
    _ = words.gettext
    return {
        **learner_page.saving_words(words),
        "count": _("Question {number} of {total}"),
        "practice": _("Try it: a practice question. It does not count."),
        "practiceDone": _("Good. That is how it works. You can change every answer later."),
        "lookBack": _("Think back: how was it before the course began?"),
        "forExample": _("For example:"),
        "choose": _("Choose one answer"),
        "unclear": _("I do not understand the question"),
        "private": _("I prefer not to say"),
        "evidence": _("When did you do this? (only if you want)"),
        "evidenceHelp": _("Write a few words. Do not write names of other people."),
        "left": _("{n} characters left"),
        "answered": _("Questions answered"),
        "toStart": _("Languages, sharing, my data"),
        "back": _("Back"),
        "next": _("Next"),
        "toReview": _("See all answers"),
        "begin": _("Start now"),
        "review": _("Your answers"),
        "reviewHelp": _("Look at your answers. You can still change each one."),
        "noAnswer": _("No answer yet"),
        "change": _("Change"),
        "answerIt": _("Answer"),
        "changeLabel": _("Change: {text}"),
        "answerLabel": _("Answer: {text}"),
        "missing": _("Questions without an answer: {n}"),
        "missingGo": _("Go to the next question without an answer"),
        "handIn": _("Hand in"),
        "handInMissing": _("Questions without an answer: {n}. After you hand in, you cannot change this round."),
        "handInAnyway": _("Hand in anyway"),
        "handInHelp": _("After you hand in, you see your strengths and your next steps."),
    }


# -- the result --------------------------------------------------------------------------------------------------------

def _result(block, framework, own, words, history, standing):
    """Return the context of the result: the block's latest round, and beside it the framework's other rounds."""
    rounds = history.of_framework(framework.id)
    latest = next(each for each in reversed(history.of_block(block.place.block)))
    others = [each for each in rounds if each is not latest]
    profile = Profile(framework, latest.ratings)
    earlier = [(f"{moment_words(words, each.moment)} · {day(each.handed_in, words)}", Profile(framework, each.ratings))
               for each in others]

    def bar(rating):
        return {"words": _level_words(framework, own, words, rating), "width": round(100 * (rating or 0), 1),
                "rated": rating is not None}

    def competence(each):
        then = [{"when": when, "bar": bar(other.rating(each))} for when, other in earlier]
        return {"title": each.title.words(own), "bar": bar(profile.rating(each)), "then": then,
                "earlier": [other for other in then if other["bar"]["rated"]]}

    areas = [{"title": area.title.words(own), "picture": block.picture(area.picture),
              "bar": bar(profile.area_rating(area)), "competences": [competence(each) for each in area.competences]}
             for area in framework.areas]
    grown = None
    if latest.moment == "looking-back":
        now = next((Profile(framework, each.ratings) for each in reversed(others) if each.moment == "end"), profile)
        grown = [{"title": each.title.words(own), "then": bar(before)["words"], "now": bar(after)["words"]}
                 for each, before, after in now.grown_since(profile)]
    unclear = [framework.wording(statement).words(own) for statement, answer in latest.answers.items()
               if answer.skip == "unclear" and framework.wording(statement)]
    return {
        "when": day(latest.handed_in, words),
        "moment": moment_words(words, latest.moment),
        "strengths": [{"title": each.title.words(own), "picture": block.picture(each.statements[0].picture),
                       "words": _level_words(framework, own, words, profile.rating(each))}
                      for each in profile.strengths()],
        "steps": _next_steps(block, framework, own, profile),
        "grown": grown,
        "unclear": unclear,
        "views": _trainers_views(block, framework, own, words, history),
        "areas": areas,
        "earlier": [when for when, _ in earlier],
        "columns": 2 + len(earlier),
        "radar": _radar(profile, areas) if len(areas) > 2 else None,
        "rated": any(profile.rating(each) is not None for each in framework.competences),
        "again": standing.may_go_again,
    }


def _trainers_views(block, framework, own, words, history):
    """Return what trainers said about the learner by this framework, latest first."""
    views = history.views_by(framework.id)
    if not views:
        return []
    names = directory(block.place.course).names({view.trainer for view in views})
    outline = framework_outline(framework, own)
    return [view_context(view, outline, history.rounds, names, history.replies, words) for view in reversed(views)]


def _next_steps(block, framework, own, profile):
    """Return each next step with the module of this course that trains the competence, if there is one."""
    steps = profile.next_steps()
    trains = {}
    for other, address in platform.blocks_of_type(block, "migrempower_training_module") if steps else ():
        module = other.document_or_none()
        if module and module.framework in ("", framework.id):
            for competence in module.competences:
                trains.setdefault(competence.id, {"title": module.title.shown(own), "address": address})
    return [{"title": each.title.words(own), "advice": each.advice.words(own), "module": trains.get(each.id)}
            for each in steps]


def _level_words(framework, own, words, rating):
    if rating is None:
        return words.gettext("No answer")
    return framework.scale.nearest(rating).label.words(own)


def _radar(profile, areas):
    """Return the drawing of the areas: rings, spokes and the shape, around the origin."""
    count = len(areas)
    return {
        "rings": [charts.radar_points([share] * count) for share in (0.25, 0.5, 0.75, 1)],
        "spokes": charts.radar_spokes(count),
        "shape": charts.radar_points([profile.area_rating(area) for area in profile.framework.areas]),
    }


# -- files and reports -------------------------------------------------------------------------------------------------

def download(block, kind, framework, sheet, history):
    """Return (body, media type) of all that is kept about the learner at this block, as ``json`` or ``csv``."""
    rounds = history.of_block(block.place.block)
    if kind == "json":
        return json_file({
            "framework": {"id": framework.id, "version": framework.version} if framework else None,
            "shared_with_trainers": learner_page.is_shared(block, history),
            "languages": block.migrempower_languages,
            "in_progress": sheet.to_json(),
            "rounds": [{"number": each.number, "handed_in": written(each.handed_in),
                        **each.to_json()} for each in rounds],
            "trainers_views": [{"written": written(view.when), **view.to_json(),
                                "answer": history.replies.get(view.session, "")}
                               for view in history.views if view.block == block.place.block],
        })
    language = framework and block.own_language(framework.offered)
    header = ("round", "handed_in", "moment", "framework", "version", "statement_id", "statement", "level",
              "level_words", "skipped", "evidence")
    batches = [(each.number, written(each.handed_in), each.moment, each.framework, each.version,
                each.answers) for each in rounds]
    if sheet.answers:
        batches.append((sheet.number, "", block.moment, framework.id if framework else "",
                        framework.version if framework else "", sheet.answers))

    def in_words(framework_id, statement, answer):
        """Return statement and level as they are worded today."""
        if framework is None or framework_id != framework.id:
            return "", ""
        text = framework.wording(statement).words(language)
        labels = {level.value: level.label.words(language) for level in framework.scale.levels}
        return text, labels.get(answer.level, "")

    rows = []
    for number, when, moment, framework_id, version, answers in batches:
        for statement, answer in answers.items():
            text, level_words = in_words(framework_id, statement, answer)
            rows.append((number, when, moment, framework_id, version, statement, text,
                         "" if answer.level is None else answer.level, level_words, answer.skip, answer.evidence))
    return to_csv(header, rows), "text/csv"


def report_row(framework, sheet, rounds, shared):
    """Return the (column, value) pairs of one learner in the platform's report.

    Columns: how many rounds, when the latest, how far the present one, whether shared; then a level per statement, if
    there is a framework to say which.
    """
    latest = rounds[-1] if rounds else None
    row = [
        ("Rounds handed in", len(rounds)),
        ("Latest round", written(latest.handed_in) if latest else ""),
        ("Answered now", len(sheet.answered(framework)) if framework else len(sheet.answers)),
        ("Asked", len(framework.statements) if framework else ""),
        ("Shared with trainers", "yes" if shared else "no"),
    ]
    for statement in framework.statements if framework else ():
        answer = latest.answers.get(statement) if latest and shared else None
        value = "" if answer is None else answer.skip or ("" if answer.level is None else answer.level)
        row.append((f"Level: {statement}", value))
    return row
