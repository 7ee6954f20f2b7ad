"""What a report reads: learners in pages with all that is kept about them, and summaries of everybody."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from .. import cohorts, platform, records
from ..competences.answers import SKIP_REASONS
from ..platform.directory import Learner
from ..records import History, Run
from ..reporting.outline import EVALUATION, MODULE, PASSPORT, BlockOutline, Outline, framework_outline, module_outline
from ..reporting.participation import HANDED_IN, NOT_STARTED, UNDER_WAY, Situation, Stand
from ..reporting.summary import KINDS, CourseSummary
from ..training.runs import percent

PAGE = 200  # learners
UNCLEAR = SKIP_REASONS[0]
LATEST = 10**14  # a stamp that is no date


@dataclass(frozen=True)
class Person:
    """One learner of a page: who, all that is kept, how far they are, and at which blocks they let trainers look."""

    learner: Learner
    history: History
    situation: Situation
    seen: frozenset[str]

    @property
    def name(self):
        """The name trainers know."""
        return self.learner.name


def people(outline: Outline, directory, now, after="", group="", quiet_after=14, size=PAGE):
    """Return up to ``size`` ``Person``s in the order of their usernames; a constant number of queries."""
    return persons(outline, directory, directory.page(after, size, group), now, quiet_after)


def persons(outline, directory, learners, now, quiet_after=14):
    """Return the ``Person``s of a page of learners, in its order."""
    histories = records.histories([each.id for each in learners if each.id], outline.course)
    states = directory.states(learners, [block.id for block in outline.shown])
    found = []
    for learner in learners:
        history = histories.get(learner.id, History())
        seen = frozenset(outline.lets_see(history))
        stands = {block.id: stand(block, history, states.get((learner.key, block.id), {}), block.id in seen)
                  for block in outline.shown}
        found.append(Person(learner, history, Situation.of(stands, now, quiet_after), seen))
    return found


def stand(block, history, fields, may_look):
    """Return how far a learner is at a block, from what is kept and the fields of their state there."""
    kept = history.of_block(block.id)
    number, left = _left(fields.get("progress"), block)
    under_way = bool(left) and number not in {each.number for each in kept}
    times = [each.handed_in for each in kept]
    if under_way:
        times += [datetime.fromtimestamp(stamp / 1000, UTC) for stamp, _ in left]
    shares = [percent(each.share) for each in kept if isinstance(each, Run)] if block.pass_mark else []
    return Stand(
        HANDED_IN if kept else UNDER_WAY if under_way else NOT_STARTED, max(times, default=None), len(kept),
        _unclear(kept, left) if may_look and block.kind != MODULE else 0,
        len(shares) if shares and max(shares) < block.pass_mark else 0)


def _left(progress, block):
    """Return (number, [(stamp, reason to skip), …]) of what is in progress, as far as it can be read."""
    if not isinstance(progress, dict):
        return 0, []
    number, entries = ((progress.get("run"), progress.get("entries")) if block.kind == MODULE
                       else (progress.get("round"), progress.get("answers")))
    if type(number) is not int or not isinstance(entries, dict):
        return 0, []
    return number, [(entry["stamp"], entry.get("skip", "")) for entry in entries.values()
                    if isinstance(entry, dict) and type(entry.get("stamp")) is int and 0 <= entry["stamp"] < LATEST]


def _unclear(kept, left):
    """Return how many statements were not understood, in the latest round or, before there is one, in progress."""
    if kept:
        return sum(answer.skip == UNCLEAR for answer in kept[-1].answers.values())
    return sum(skip == UNCLEAR for _, skip in left)


@dataclass(frozen=True)
class Course:
    """What a report knows of a course: its ``outline``, and the documents the outline was made of."""

    outline: Outline
    frameworks: dict
    modules: dict

    @classmethod
    def of(cls, block, language, focus=None):
        """Return the course of a block in the words of a language, with ``focus`` as the one block to tell about."""
        found = [(each, EVALUATION) for each, _ in platform.blocks_of_type(block, "migrempower_self_evaluation")]
        found += [(each, MODULE) for each, _ in platform.blocks_of_type(block, "migrempower_training_module")]
        if focus is not None and focus.scope_ids.usage_id not in {each.scope_ids.usage_id for each, _ in found}:
            found.append((focus, MODULE if focus.record_kind == records.RUNS else EVALUATION))
        blocks, frameworks, modules = [], {}, {}
        for each, kind in found:
            document = each.document_or_none()
            blocks.append(BlockOutline(
                str(each.scope_ids.usage_id), kind, each.display_name, document.id if document else "",
                getattr(each, "moment", ""), each.sharing == "ask", getattr(each, "pass_mark", 0)))
            if document:
                (modules if kind == MODULE else frameworks).setdefault(document.id, document)
        blocks += [BlockOutline(str(each.scope_ids.usage_id), PASSPORT, each.display_name, "")
                   for each, _ in platform.blocks_of_type(block, "migrempower_passport")]
        return cls(Outline(
            platform.course_id(block), language, tuple(blocks),
            {each: framework_outline(document, language) for each, document in frameworks.items()},
            {each: module_outline(document, language) for each, document in modules.items()},
            str(focus.scope_ids.usage_id) if focus is not None else ""), frameworks, modules)

    @property
    def whole(self):
        """The outline of the whole course, whatever the report tells about."""
        return replace(self.outline, focus="")


def ratings_of(person, framework, source, moment):
    """Return ``{competence: rating}`` of one source, of what a person lets trainers see."""
    if source == "self":
        rounds = [each for each in person.history.of_framework(framework)
                  if each.block in person.seen and each.moment == moment]
        return rounds[-1].ratings if rounds else {}
    if source == "trainer":
        by_trainer = {}  # of each trainer the latest level of a competence
        for view in person.history.views_by(framework):
            if view.block in person.seen:
                by_trainer.setdefault(view.trainer, {}).update(view.ratings)
        return mean_ratings(by_trainer.values())
    return mean_ratings({run.module: run.ratings for run in person.history.runs if run.block in person.seen}.values())


def mean_ratings(several):
    """Return the mean of each competence over several ``{competence: rating}``, with four decimals as they are kept."""
    found = {}
    for ratings in several:
        for competence, rating in ratings.items():
            found.setdefault(competence, []).append(rating)
    return {competence: round(sum(each) / len(each), 4) for competence, each in found.items()}


def summarise(outline, only=None, without=(), after="", upto=None):
    """Return the ``CourseSummary`` of the learners whose ids are above ``after`` and not above ``upto``.

    ``only`` are the ids that count (None for all), ``without`` those that do not.
    """
    summary = CourseSummary.of(outline.frameworks.values(), {module.id: {
        activity.id: activity.points for activity in module.activities if activity.points}
        for module in outline.modules.values()})
    summary.add(cohorts.by_learner(outline.course, KINDS, after, upto), only, frozenset(without),
                {block.id for block in outline.blocks if block.may_share})
    return summary
