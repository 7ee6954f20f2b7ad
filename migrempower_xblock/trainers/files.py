"""What trainers take away: tables of learners, answers and activities, and the figures of a large course, as jobs.

A job's ``task`` is plain data: the outline of the course, the group, the format, whether names are wanted. Its parts
are lines of JSON, a row of the table each.
"""

import json

from django.utils.crypto import salted_hmac

from .. import cohorts, jobs, records
from ..learner_page import written
from ..platform.directory import directory
from ..reporting.outline import Outline
from ..reporting.statistics import UNIT
from ..reporting.summary import CourseSummary
from ..tables import write_csv, write_xlsx
from .data import Person, ratings_of, summarise

LEARNERS, ANSWERS, ACTIVITIES = FILES = ("learners", "answers", "activities")
FIGURES = "figures"
FORMATS = {"csv": "text/csv", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
# The sources of a rating, as columns name them: (column, source, moment).
SERIES = (("self_start", "self", "start"), ("self_end", "self", "end"), ("self_looking_back", "self", "looking-back"),
          ("trainer", "trainer", ""), ("training", "training", ""))
AT_ONCE = 200  # learners read together


def kinds_of(outline, words):
    """Return [(kind, name, what is in it), …] of the files there can be."""
    _ = words.gettext
    found = []
    if outline.shown:
        found.append((LEARNERS, _("Learners"), _("A row for each learner, a column for each competence and source.")))
    if outline.shown_frameworks:
        found.append((ANSWERS, _("Answers"), _("A row for each answer, for statistics programs.")))
    if outline.shown_modules:
        found.append((ACTIVITIES, _("Activities of modules"),
                      _("A row for each activity: how easy it is and how well it tells apart.")))
    return found


def figures_task(outline, group):
    """Return the task of counting a course's figures; the same for the same content."""
    return {"outline": outline.to_json(), "group": group}


def figures_of(job):
    """Return the ``CourseSummary`` a finished job has made, or None where its file is gone."""
    file = jobs.open_result(job)
    if file is None:
        return None
    with file:
        return CourseSummary.from_json(json.load(file))


def pseudonym(course, learner):
    """Return what a learner is called in files without names: the same in all files of a course, and no id of the
    platform's.
    """
    return "L-" + salted_hmac("migrempower-export", f"{course}\n{learner}", algorithm="sha256").hexdigest()[:12]


# -- kinds of jobs -----------------------------------------------------------------------------------------------------

class _CourseJob(jobs.Kind):
    """A report on a course, cut by ranges of learners' ids."""

    read = ()  # the kinds of records whose learners are reported on

    def cut(self, task):
        """Return the ranges of learners' ids."""
        return cohorts.cuts(task["outline"]["course"], self.read, jobs.setting("chunk"))

    @staticmethod
    def scope(task):
        """Return (outline, directory, the ids that count or None, the ids that do not)."""
        outline = Outline.from_json(task["outline"])
        who = directory(outline.course)
        return outline, who, who.members(task["group"]) if task["group"] else None, who.staff()


class _Summary(_CourseJob):
    """The summary of a course; parts are summaries of parts."""

    read = (records.ROUNDS, records.RUNS, records.VIEWS)

    def part(self, task, after, upto, out):
        """Write the summary of a range of learners."""
        outline, _, only, without = self.scope(task)
        out.write(json.dumps(summarise(outline, only, without, after, upto).to_json()).encode())

    @staticmethod
    def merged(task, parts):
        """Return the summary of all parts."""
        whole = None
        for part in parts:
            summary = CourseSummary.from_json(json.load(part))
            whole = summary if whole is None else whole.merge(summary) or whole
        return whole or summarise(Outline.from_json(task["outline"]), only=set())

    def finish(self, task, parts, out):
        """Write the summary of all learners."""
        out.write(json.dumps(self.merged(task, parts).to_json()).encode())


class _Table(_CourseJob):
    """A table; parts are its rows as lines of JSON. Only learners who share anything at all are in it."""

    read = (records.SHARING,)

    def header(self, task, outline):
        """Return the names of the columns."""
        raise NotImplementedError

    def rows(self, task, outline, person):
        """Return the rows about one ``Person``, without the columns that say who it is."""
        raise NotImplementedError

    def part(self, task, after, upto, out):
        """Write the rows of a range of learners."""
        outline, who, only, without = self.scope(task)
        for ids in cohorts.learners_between(outline.course, self.read, after, upto, AT_ONCE):
            ids = [each for each in ids if each not in without and (only is None or each in only)]
            names = who.names(ids) if task["named"] else {}
            found = records.histories(ids, outline.course)
            for learner in ids:
                seen = outline.lets_see(found[learner]) if learner in found else ()
                if not seen:
                    continue
                called = [pseudonym(outline.course, learner)]
                if task["named"]:
                    username, name = names.get(learner, ("", ""))
                    called += [name, username]
                for row in self.rows(task, outline, Person(None, found[learner], None, frozenset(seen))):
                    out.write(json.dumps([*called, *row]).encode() + b"\n")

    def finish(self, task, parts, out):
        """Write the table."""
        outline = Outline.from_json(task["outline"])
        header = ["learner", *(("name", "username") if task["named"] else ()), *self.header(task, outline)]
        _write(task, header, (json.loads(line) for part in parts for line in part), out)


def _write(task, header, rows, out):
    if task["format"] == "xlsx":
        write_xlsx(out, header, rows, task["kind"])
    else:
        write_csv(out, header, rows)
    if not task.get("named"):  # the platform shows its own list of files to the whole team
        out.seek(0)
        course = task["outline"]["course"]
        directory(course).publish(_published_name(course, task["name"]), out)


def _published_name(course, name):
    """Return a name that nobody finds by trying: some sites serve the platform's list of files to whoever knows the
    address.
    """
    start, dot, end = name.rpartition(".")
    secret = salted_hmac("migrempower-published", f"{course}\n{name}", algorithm="sha256").hexdigest()[:32]
    return f"{start}-{secret}{dot}{end}"


class Learners(_Table):
    """One row a learner, a column for each competence and source."""

    def header(self, task, outline):
        """Return the names of the columns."""
        return ["rounds", "runs", "latest", *(
            f"{framework.id}.{competence.id}.{column}" for framework in outline.frameworks.values()
            for competence in framework.competences for column, _, _ in SERIES), *(
            f"{module.id}.percent" for module in outline.modules.values())]

    def rows(self, task, outline, person):
        """Return the one row of a person."""
        kept = [each for each in person.history.records if each.block in person.seen]
        runs = [each for each in kept if isinstance(each, records.Run)]
        row = [len(kept) - len(runs), len(runs), written(kept[-1].handed_in) if kept else ""]
        for framework in outline.frameworks.values():
            series = [ratings_of(person, framework.id, source, moment) for _, source, moment in SERIES]
            row += [ratings.get(competence.id) for competence in framework.competences for ratings in series]
        best = {}
        for run in runs:
            best[run.module] = max(best.get(run.module, 0), run.share)
        return [[*row, *(round(100 * best[each], 2) if each in best else None for each in outline.modules)]]


class Answers(_Table):
    """One row an answer, of learners and of trainers."""

    def header(self, task, outline):
        """Return the names of the columns."""
        return ["source", "block", "framework", "version", "moment", "round", "when", "area", "competence", "statement",
                "words", "level", "level_words", "rating", "skipped", *(("note",) if task["named"] else ())]

    def rows(self, task, outline, person):
        """Return the rows of a person: each answer of each round, each level of each trainer's view."""
        named = task["named"]
        for each in person.history.rounds:
            framework = outline.frameworks.get(each.framework)
            if each.block not in person.seen or framework is None:
                continue
            labels, same = dict(framework.levels), each.version == framework.version
            for statement, answer in each.answers.items():
                area, competence, words = framework.statements.get(statement, (None, None, ""))
                has_level = answer.level is not None
                known = has_level and answer.level in labels
                yield ["self", each.block, each.framework, each.version, each.moment, each.number,
                       written(each.handed_in), area.id if area else "", competence.id if competence else "", statement,
                       words, answer.level if has_level else None, labels[answer.level] if known and same else "",
                       round(framework.place(answer.level), 4) if known and same else None, answer.skip,
                       *((answer.evidence,) if named else ())]
        for view in person.history.views:
            framework = outline.frameworks.get(view.framework)
            if view.block not in person.seen or framework is None:
                continue
            places = {each.id: (area.id, each.title) for area in framework.areas for each in area.competences}
            labels = dict(framework.levels)
            for competence, level in view.levels.items():
                area, title = places.get(competence, ("", ""))
                yield ["trainer", view.block, view.framework, view.version, "", "", written(view.when), area,
                       competence, "", title, level, labels.get(level, ""), view.ratings.get(competence), "",
                       *((" ".join(view.notes.get(competence, {}).values()),) if named else ())]


class Activities(_Summary):
    """One row an activity of a module: figures of groups only."""

    read = (records.RUNS,)
    columns = ("module", "version", "learners", "runs", "passed", "activity", "question", "kind", "competence",
               "points", "n", "facility", "discrimination")

    def finish(self, task, parts, out):
        """Write the table."""
        outline = Outline.from_json(task["outline"])
        _write(task, self.columns, self.rows(outline, self.merged(task, parts)), out)

    @staticmethod
    def rows(outline, summary):
        """Return the rows of a ``CourseSummary``."""
        for module in outline.shown_modules.values():
            mine = summary.modules[module.id]
            pass_mark = outline.pass_mark_of(module.id)
            activities = {each.id: each for each in module.activities}
            for item in mine.items():
                each = activities[item.activity]
                yield [module.id, module.version, mine.learners, mine.runs, mine.passed(pass_mark).value, each.id,
                       each.question, each.kind, each.competence, each.points, item.facility.n,
                       _rounded(item.facility.value), _rounded(item.discrimination.value)]


def _rounded(value):
    return None if value is None else round(value, len(str(UNIT)) - 1)


KINDS = {LEARNERS: Learners(), ANSWERS: Answers(), ACTIVITIES: Activities(), FIGURES: _Summary()}
