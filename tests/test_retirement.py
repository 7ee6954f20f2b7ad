"""A person leaves for good: nothing of theirs is left anywhere, or what is left is nobody's and has no words."""

import io
import json
import re
from argparse import ArgumentParser
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.core.files.storage import storages
from django.core.management import CommandError, call_command, get_commands
from django.db import OperationalError, connection
from django.dispatch import Signal
from submissions.models import StudentItem, Submission
from xblock.core import XBlock
from xblock.fields import Scope

from host import sample
from host.people import EVERYBODY
from migrempower_xblock import jobs, platform, records, retirement
from migrempower_xblock.competences.views import AgreedStep, TrainersView
from migrempower_xblock.management.commands.migrempower_retire import Command
from migrempower_xblock.models import ReportJob
from migrempower_xblock.olx import MODULE_OLX
from migrempower_xblock.platform.accounts import OURS
from migrempower_xblock.reporting.outline import (
    EVALUATION,
    MODULE,
    BlockOutline,
    Outline,
    framework_outline,
    module_outline,
)
from migrempower_xblock.trainers.data import summarise
from migrempower_xblock.training.module import Module

from .test_handlers import STATEMENTS, answer, everything, hand_in, save
from .test_platform import double, lms  # noqa: F401 - fixtures
from .test_training_module import KEYED
from .test_training_module import hand_in as hand_in_module
from .test_training_module import save as save_step

MARK = "XYZZY"  # in whatever anybody writes
STAMP = 1_777_777_777_777  # when they gave an answer
COURSE = "course-v1:MigrEmpower+Lms+2026"
ELSEWHERE = "course-v1:MigrEmpower+Other+2026"
THEN = datetime(2026, 3, 4, 5, 6, 7, 89, UTC)
LISTING = "listing"
BLOCKS = {"start": "self_evaluation", "end": "self_evaluation", "module": "training_module", "passport": "passport",
          "report": "cohort_report"}


class Listing(jobs.Kind):
    """A report of three bytes."""

    def cut(self, task):
        return [("", None)]

    def part(self, task, after, upto, out):
        out.write(b"abc")


@pytest.fixture(autouse=True)
def reports(settings, tmp_path, monkeypatch):
    """Where the files of reports are, and a kind of them."""
    settings.MIGREMPOWER_REPORTS = {"storage": "reports"}
    settings.STORAGES = settings.STORAGES | {"reports": {
        "BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(tmp_path / "reports")}}}
    monkeypatch.setitem(jobs._kinds, LISTING, Listing())
    monkeypatch.setitem(jobs._kinds, "another", Listing())
    return tmp_path / "reports"


@pytest.fixture
def keys(lms, double):  # noqa: F811
    """The course's blocks, by their names."""
    found = {name: double.usage(name, OURS + kind) for name, kind in BLOCKS.items()}
    lms.content.update({(None, key): {} for key in found.values()})
    lms.content[None, found["end"]] = {"moment": "end"}
    lms.content[None, found["module"]] = {"document": MODULE_OLX.to_text(Module.from_data(KEYED)), "runs": 2}
    return found


@pytest.fixture
def people(lms, double):  # noqa: F811
    """Amira and Bilal learn, Tarik and Uma teach; all have been in another course too."""
    found = {name: lms.add_user(name, name.title()) for name in ("amira", "bilal", "tarik", "uma")}
    for name in ("tarik", "uma"):
        lms.add_role(found[name], "staff")
    for user in found.values():
        double.anonymous_id_for_user(user, double.CourseKey.from_string(ELSEWHERE))
    return found


def view(block, trainer, session="a-session", **changes):
    made = TrainersView(session, trainer, str(block), "migrempower", "1", {"contract": 2}, {"contract": 0.6667},
                        {"contract": {"situation": MARK}}, (AgreedStep(MARK, "2026-05-01"),), MARK)
    return replace(made, **changes)


def answered(evidence=MARK):
    return {**everything(), STATEMENTS[0]: answer(3, stamp=STAMP, evidence=evidence),
            STATEMENTS[1]: {"stamp": STAMP, "skip": "private"}, STATEMENTS[2]: {"stamp": STAMP, "evidence": evidence}}


@pytest.fixture
def lived(lms, keys, people, call):  # noqa: F811
    """live(name, share=True) lets somebody work through the course, and Tarik sit down with them."""

    def live(name, share=True):
        user = people[name]

        def block(slug):
            return lms.open_block(keys[slug], user)

        assert hand_in(call, block("start"), answered())[0] == 200
        assert save(call, block("end"), {STATEMENTS[0]: answer(1, evidence=MARK)})[0] == 200
        module = block("module")
        gap, _ = module.load_document().by_id["g"].offer(module.veil)["secret-gap"]
        assert hand_in_module(call, module, w=MARK, g={gap: MARK})[0] == 200
        call(block("module"), "start_again")
        assert save_step(call, block("module"), "w", MARK, run=2)[0] == 200
        assert call(block("passport"), "save_answers", {"number": 1, "answers": {
            "step:one": {"stamp": STAMP, "will": MARK}, "choices": {"stamp": STAMP, "name": MARK}}})[0] == 200
        if share:
            for slug in ("start", "module"):
                call(block(slug), "share", {"shared": True, "stamp": STAMP})
            call(block("passport"), "share_block", {"block": str(keys["passport"]), "shared": True, "stamp": STAMP})
        place = records.Place(lms.id_of(user), COURSE, str(keys["start"]))
        records.add_view(place, view(keys["start"], lms.id_of(people["tarik"])), THEN)
        assert call(block("start"), "answer_view", {"session": "a-session", "text": MARK, "stamp": STAMP})[0] == 200
        for field, value in (("migrempower_languages", f'{{"own": "{MARK}"}}'), ("migrempower_country", f'"{MARK}"')):
            lms.models.XModuleStudentInfoField.objects.create(student=user, field_name=field, value=value)

    return live


def retired(*arguments, **options):
    """Run the command as an operator does; return what it prints."""
    out = io.StringIO()
    call_command("migrempower_retire", *arguments, stdout=out, **options)
    return out.getvalue()


def tables():
    """Return ``{table: rows}`` of the whole database, each row as text."""
    with connection.cursor() as cursor:
        found = {}
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            found[table] = [" ".join(map(str, row)) for row in cursor.fetchall()]
        return found


def holding(*needles):
    """Return the tables in which any of some texts stands, in any column."""
    return {table for table, rows in tables().items() if any(needle in row for row in rows for needle in needles)}


IDS = {"lms_double_anonymoususerid"}  # the platform's own list of whose id is whose


# -- removing ----------------------------------------------------------------------------------------------------------

def test_after_removal_no_table_holds_the_person_or_what_they_wrote(lms, people, lived):  # noqa: F811
    lived("amira")
    ids = set(lms.models.AnonymousUserId.objects.filter(user=people["amira"]).values_list(
        "anonymous_user_id", flat=True))
    assert holding(MARK) == {"submissions_submission", "lms_double_studentmodule", "lms_double_xmodulestudentinfofield"}
    assert holding(*ids) == {"submissions_studentitem", *IDS}
    printed = retired("amira")
    assert holding(MARK) == set() and holding(*ids) == IDS
    assert printed.splitlines() == [
        f"{COURSE}: migrempower_replies 1, migrempower_rounds 3, migrempower_runs 1, migrempower_sharing 3, "
        "migrempower_views 1, states 4", "all courses: choices 2", "15 row(s) removed."]
    assert retired("amira") == "Nothing is kept of this person.\n"


def test_the_platforms_grade_stays_beside_the_emptied_state(lms, keys, people, lived):  # noqa: F811
    lived("amira")
    states = lms.models.StudentModule.objects
    states.filter(module_state_key=keys["module"]).update(grade=7, max_grade=11)
    other = states.create(student=people["amira"], course_id=keys["start"].course_key, state='{"seed": 1}',
                          module_state_key=keys["start"].course_key.make_usage_key("problem", "p"))
    retired("amira")
    row = states.get(module_state_key=keys["module"])
    assert (row.state, row.grade, row.max_grade) == ("{}", 7, 11)
    other.refresh_from_db()
    assert other.state == '{"seed": 1}'


def test_others_keep_everything(lms, people, lived):  # noqa: F811
    lived("bilal")
    before = tables()
    lived("amira")
    retired("amira")
    after = tables()
    for table in ("submissions_submission", "lms_double_studentmodule", "lms_double_xmodulestudentinfofield"):
        assert set(before[table]) <= set(after[table])


def test_ids_from_before_the_sites_secret_changed_are_theirs_too(lms, double, people, lived):  # noqa: F811
    lived("amira")
    old = lms.id_of(people["amira"])
    assert double.anonymous_id_for_user(people["amira"], double.COURSE, secret="rotated") != old
    lms.models.AnonymousUserId.objects.create(user=people["amira"], anonymous_user_id="f" * 32)
    assert f"{COURSE}: " in retired("amira")
    assert holding(MARK) == set() and holding(old) == IDS


def test_one_course_can_be_left_alone(lms, keys, people, lived):  # noqa: F811
    lived("amira")
    learner = lms.models.AnonymousUserId.objects.get(
        user=people["amira"], course_id=keys["start"].course_key.from_string(ELSEWHERE)).anonymous_user_id
    place = records.Place(learner, ELSEWHERE, "a block")
    records.add_view(place, view("a block", "somebody"), THEN)
    printed = retired("amira", course=ELSEWHERE)
    assert printed == f"{ELSEWHERE}: migrempower_rounds 1, migrempower_views 1\n2 row(s) removed.\n"
    assert records.history(lms.id_of(people["amira"]), COURSE).views and not records.history(learner, ELSEWHERE).views
    assert lms.models.XModuleStudentInfoField.objects.count() == 2  # of no course
    assert retired("amira", course=ELSEWHERE) == "Nothing is kept of this person in this course.\n"


@pytest.mark.parametrize("pseudonymise", [False, True])
def test_a_dry_run_prints_the_same_and_changes_nothing(lived, pseudonymise):
    lived("amira")
    before = tables()
    told = retired("amira", dry_run=True, pseudonymise=pseudonymise)
    assert tables() == before
    *counts, end = told.splitlines()
    assert end.startswith("15 row(s) would be ") and end.endswith("Nothing was changed.")
    assert retired("amira", pseudonymise=pseudonymise).splitlines()[:-1] == counts


def test_what_fails_leaves_the_course_as_it_was(lms, people, lived, monkeypatch):  # noqa: F811
    lived("amira")
    before = tables()

    def fail(*_):
        raise OperationalError("disk full")

    with monkeypatch.context() as patched, pytest.raises(OperationalError):
        patched.setattr(records, "sign_anew", fail)
        retired("amira")
    assert tables() == before
    retired("amira")
    assert holding(MARK) == set()


def test_who_has_handed_in_nothing_is_found_by_their_state(lms, keys, people, call):  # noqa: F811
    lms.models.StudentModule.objects.create(student=people["amira"], course_id=keys["start"].course_key,
                                            module_state_key=keys["start"], state=f"not JSON {MARK}")
    assert retired("amira") == f"{COURSE}: states 1\n1 row(s) removed.\n"
    assert holding(MARK) == set()


# -- who has taught ----------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("pseudonymise", [False, True])
def test_what_a_trainer_recorded_stays_the_learners_and_loses_its_author(lms, keys, people, lived,  # noqa: F811
                                                                        pseudonymise):
    lived("amira")
    lived("bilal")
    tarik, uma = lms.id_of(people["tarik"]), lms.id_of(people["uma"])
    learners = [lms.id_of(people[name]) for name in ("amira", "bilal")]
    place = records.Place(learners[0], COURSE, str(keys["start"]))
    for trainer, session in ((tarik, "b-session"), (uma, "c-session")):
        records.add_view(place, view(keys["start"], trainer, session), THEN)
    before = records.histories(learners, COURSE)
    signed = StudentItem.objects.filter(item_id__endswith=records._hash(tarik))
    assert signed.count() == 2
    printed = retired("tarik", pseudonymise=pseudonymise)
    assert printed.splitlines()[0] == f"{COURSE}: signed 3"
    assert not signed.exists() and holding(tarik, records._hash(tarik)) == IDS
    after = records.histories(learners, COURSE)
    authors = {each.trainer for learner in learners for each in after[learner].views} - {uma}
    assert len(authors) == 1 and len(authors.pop()) == 32
    for learner in learners:
        assert after[learner].records == before[learner].records and after[learner].replies == before[learner].replies
        assert [replace(each, trainer="") for each in after[learner].views] == [
            replace(each, trainer="") for each in before[learner].views]
    assert [each.session for each in after[learners[0]].views if each.trainer == uma] == ["c-session"]


def test_a_learner_may_look_at_and_answer_what_somebody_gone_has_recorded(lms, keys, people, lived, call):  # noqa: F811
    lived("amira")
    retired("tarik")
    block = lms.open_block(keys["start"], people["amira"])
    html = block.render("student_view").content
    assert "A trainer" in html and MARK in html
    assert call(block, "answer_view", {"session": "a-session", "text": "later", "stamp": STAMP + 1})[1] == {
        "text": "later"}


# -- reports -----------------------------------------------------------------------------------------------------------

def finished(course, by, kind=LISTING, task=None):
    job, _ = jobs.start(kind, course, by, task or {}, name="list.csv", media_type="text/csv")
    jobs.run_here(job)
    assert storages["reports"].exists(job.file)
    return job


def test_reports_somebody_asked_for_go_with_their_files_and_others_are_told(lms, people, lived, reports):  # noqa: F811
    lived("amira")
    amira, tarik, uma = (lms.id_of(people[name]) for name in ("amira", "tarik", "uma"))
    mine, theirs = finished(COURSE, tarik), finished(COURSE, uma)
    named = finished(COURSE, uma, task={"only": [amira]})
    elsewhere = finished(ELSEWHERE, uma)
    assert "reports 1, signed 1\n" in retired("tarik")
    assert set(ReportJob.objects.all()) == {theirs, named, elsewhere} and not storages["reports"].exists(mine.file)
    printed = retired("amira")
    assert f"{COURSE}: 1 finished report(s) may tell of this person." in printed
    assert set(ReportJob.objects.all()) == {theirs, elsewhere}
    assert retired("amira") == "Nothing is kept of this person.\n"
    assert retired("amira", course=COURSE, files=True) == f"{COURSE}: reports 1\n1 row(s) removed.\n"
    assert set(ReportJob.objects.all()) == {elsewhere} and storages["reports"].exists(elsewhere.file)
    assert {path.parent.name for path in reports.rglob("*") if path.is_file()} == {elsewhere.folder}


def test_a_report_under_way_is_ended_where_somebody_went_and_nowhere_else(lms, people, lived, reports):  # noqa: F811
    lived("amira")
    amira, uma = lms.id_of(people["amira"]), lms.id_of(people["uma"])
    here, there = (jobs.start(LISTING, course, uma, {}, name="list.csv", media_type="text/csv")[0]
                   for course in (COURSE, ELSEWHERE))
    jobs._step(here.id)
    jobs._parts().filter(job=here).update(upto=amira)
    assert holding(amira) == {"submissions_studentitem", "migrempower_xblock_reportpart", *IDS}
    assert retired("amira", dry_run=True).count("reports 1") == 1 and ReportJob.objects.count() == 2
    retired("amira")
    assert ReportJob.objects.get() == there and holding(amira) == IDS
    jobs.go_on(here.id)  # a worker that comes late
    assert not [path for path in reports.rglob("*") if path.is_file()]


# -- staying as nobody -------------------------------------------------------------------------------------------------

def outline_of(lms, keys, user):  # noqa: F811
    evaluation, module = (lms.open_block(keys[name], user).load_document() for name in ("start", "module"))
    blocks = [BlockOutline(str(keys[name]), MODULE if name == "module" else EVALUATION, name,
                           (module if name == "module" else evaluation).id) for name in ("start", "end", "module")]
    return Outline(COURSE, "en", tuple(blocks), {evaluation.id: framework_outline(evaluation, "en")},
                   {module.id: module_outline(module, "en")})


def test_the_figures_of_the_course_are_the_same_after_pseudonymising(lms, keys, people, lived):  # noqa: F811
    lived("amira", share=False)
    lived("bilal")
    outline = outline_of(lms, keys, people["uma"])
    before = summarise(outline).to_json()
    assert json.dumps(before) != json.dumps(summarise(outline, only={lms.id_of(people["bilal"])}).to_json())
    retired("amira", pseudonymise=True)
    assert summarise(outline).to_json() == before


def test_who_has_become_nobody_shares_nothing_and_has_no_words(lms, keys, people, lived):  # noqa: F811
    lived("amira")
    amira = lms.id_of(people["amira"])
    assert holding(str(STAMP)) == {"submissions_submission", "lms_double_studentmodule"}
    printed = retired("amira", pseudonymise=True)
    assert printed.endswith("15 row(s) pseudonymised or removed.\n")
    assert holding(MARK, str(STAMP)) == set() and holding(amira) == IDS
    [nobody] = set(StudentItem.objects.values_list("student_id", flat=True))
    assert re.fullmatch("[0-9a-f]{32}", nobody) and nobody != amira
    history = records.history(nobody, COURSE)
    [handed_in], [run], [talked] = history.rounds, history.runs, history.views
    assert not history.shared_blocks and not history.replies and not history.damaged
    assert handed_in.answers[STATEMENTS[0]].level == 3 and handed_in.answers[STATEMENTS[1]].skip == "private"
    assert STATEMENTS[2] not in handed_in.answers and handed_in.completion == pytest.approx(29 / 30)
    assert run.shares["w"] == 1 and "w" not in run.replies and "g" not in run.replies and run.replies["q"]
    assert talked.levels == {"contract": 2} and talked.ratings == {"contract": 0.6667}
    assert (talked.notes, talked.steps, talked.comment) == ({}, (), "")
    for row in Submission.objects.all():
        for moment in (row.submitted_at, row.created_at):
            assert moment.time() == datetime.min.time()
    assert talked.when.date() == THEN.date()
    assert retired("amira", pseudonymise=True) == retired("amira") == "Nothing is kept of this person.\n"


def test_a_person_is_another_nobody_in_each_course(lms, double, people, keys, lived):  # noqa: F811
    lived("amira")
    other = lms.models.AnonymousUserId.objects.get(
        user=people["amira"], course_id=double.CourseKey.from_string(ELSEWHERE)).anonymous_user_id
    records.add_view(records.Place(other, ELSEWHERE, "a block"), view("a block", "somebody"), THEN)
    retired("amira", pseudonymise=True)
    nobodies = set(StudentItem.objects.values_list("course_id", "student_id"))
    assert len(nobodies) == 2 and len({nobody for _, nobody in nobodies}) == 2


def test_a_row_that_cannot_be_read_or_was_hidden_does_not_stay(lms, people, lived):  # noqa: F811
    lived("amira")
    rounds = Submission.objects.filter(student_item__item_type=records.ROUNDS)
    rounds.update(answer={"answers": MARK}, status="D")
    assert not rounds.exists() and MARK in "".join(tables()["submissions_submission"])
    retired("amira", pseudonymise=True)
    assert holding(MARK) == set()
    assert set(StudentItem.objects.values_list("item_type", flat=True)) == {records.RUNS, records.VIEWS}


# -- whom --------------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize(("arguments", "options", "words"), [
    ((), {}, "Say whom"), (("amira",), {"learner": ["a"]}, "not both"), ((), {"learner": [" "]}, "is empty"),
    (("nobody",), {}, "no account with this username"), (("AMIRA",), {}, "no account with this username")])
def test_a_mistake_is_told_in_a_sentence(people, arguments, options, words):
    with pytest.raises(CommandError, match=words):
        retired(*arguments, **options)


@pytest.mark.django_db
def test_usernames_are_known_in_the_lms_only():
    with pytest.raises(CommandError, match="known in the LMS only"):
        retired("amira")


def test_an_account_the_platform_has_renamed_is_found_by_its_new_name(people, lived):
    lived("amira")
    people["amira"].username = "retired__user_1"
    people["amira"].save()
    assert "15 row(s) removed." in retired("retired__user_1")


def test_who_has_no_account_any_more_is_found_by_their_ids(lms, people, lived):  # noqa: F811
    lived("amira")
    lived("bilal")
    amira, tarik, uma = (lms.id_of(people[name]) for name in ("amira", "tarik", "uma"))
    finished(COURSE, uma)
    for name in ("amira", "tarik", "uma"):
        people[name].delete()
    printed = retired("--learner", amira, "--learner", tarik, "--learner", uma)
    assert "migrempower_rounds 3" in printed and "signed 1" in printed and "reports 1" in printed
    assert holding(amira, tarik, uma) == set() and not ReportJob.objects.exists()
    assert retired("--learner", amira) == "Nothing is kept of this person.\n"


@pytest.mark.django_db
def test_a_learner_of_the_workbench_goes_and_a_trainer_too():
    sample.seed()
    learner, trainer = EVERYBODY["amira"].anonymous_id, EVERYBODY["trainer"].anonymous_id
    others = StudentItem.objects.exclude(student_id=learner).count()
    state = {"workbench_xblockstate"}  # the host's own store of what is in progress
    assert holding(learner) == {"submissions_studentitem", *state}
    assert "submissions_submission" in holding(trainer)
    assert "migrempower_rounds" in retired("--learner", learner)
    assert "signed" in retired("--learner", trainer)
    assert holding(learner, trainer, records._hash(trainer)) <= state
    assert StudentItem.objects.count() == others


# -- the platform's own way --------------------------------------------------------------------------------------------

@pytest.fixture
def signals(lms):  # noqa: F811
    """The platform's module of signals."""
    found = SimpleNamespace(USER_RETIRE_LMS_MISC=Signal(), USER_RETIRE_LMS_CRITICAL=Signal())
    lms._modules[retirement.SIGNALS] = found
    retirement.connect()
    return found


@pytest.mark.parametrize("step", ["USER_RETIRE_LMS_MISC", "USER_RETIRE_LMS_CRITICAL"])
def test_whom_the_platform_retires_is_retired_here(lms, people, lived, signals, step):  # noqa: F811
    lived("amira")
    lived("bilal")
    bilal = records.history(lms.id_of(people["bilal"]), COURSE)
    getattr(signals, step).send(sender=object, user=people["amira"], retired_username="retired__user_1")
    assert retired("amira") == "Nothing is kept of this person.\n"
    assert records.history(lms.id_of(people["bilal"]), COURSE) == bilal
    signals.USER_RETIRE_LMS_CRITICAL.send(sender=object, user=people["amira"])


def test_who_was_pseudonymised_before_stays_nobody(people, lived, signals):
    lived("amira")
    retired("amira", pseudonymise=True)
    before = tables()
    signals.USER_RETIRE_LMS_MISC.send(sender=object, user=people["amira"])
    assert tables() == before


def test_an_error_reaches_the_platform_which_stops_there(people, lived, signals, monkeypatch):
    lived("amira")

    def fail(*_):
        raise OperationalError("gone away")

    monkeypatch.setattr(records, "delete_all", fail)
    with pytest.raises(OperationalError):
        signals.USER_RETIRE_LMS_MISC.send(sender=object, user=people["amira"])


def test_connecting_twice_is_connecting_once_and_without_the_platform_nothing(signals, monkeypatch):
    retirement.connect()
    assert [len(each.receivers) for each in vars(signals).values()] == [1, 1]
    monkeypatch.setattr(platform, "imported", lambda _name: None)
    retirement.connect()


# -- what is counted on ------------------------------------------------------------------------------------------------

def test_whatever_a_block_keeps_of_a_learner_is_found():
    for name in ("self_evaluation", "training_module", "cohort_report", "passport"):
        block = XBlock.load_class(OURS + name)
        for field in block.fields.values():
            assert field.scope not in (Scope.preferences, Scope.user_state_summary)
            assert field.scope != Scope.user_info or field.name.startswith(OURS)
    assert set(records.KINDS) == {value for name, value in vars(records).items() if isinstance(value, str)
                                  and name.isupper() and value.startswith(OURS)}


def test_django_finds_the_command_and_every_option_is_documented():
    assert get_commands()["migrempower_retire"] == "migrempower_xblock"
    parser = ArgumentParser()
    Command().add_arguments(parser)
    text = (Path(__file__).resolve().parents[1] / "docs" / "privacy.rst").read_text("utf-8")
    section = text.split("\nA person is retired\n")[1]
    for action in parser._actions:
        for option in action.option_strings:
            assert option in ("-h", "--help") or option in section, option
