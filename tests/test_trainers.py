"""The trainers' report: who may see it, what it shows of whom, counselling from both sides, files."""

import csv
import io
import json
import re
from datetime import UTC, datetime, timedelta

import openpyxl
import pytest
from django.core.files.storage import default_storage
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st
from submissions.models import StudentItem, Submission

from host import sample
from host.people import EVERYBODY
from migrempower_xblock import jobs, records
from migrempower_xblock.cohort_report import CohortReportBlock
from migrempower_xblock.competences.views import AgreedStep
from migrempower_xblock.merging import stamp_of
from migrempower_xblock.models import ReportJob
from migrempower_xblock.reporting.participation import (
    FAILED,
    HANDED_IN,
    STUCK,
    UNCLEAR,
    UNDER_WAY,
    Situation,
    Stand,
)
from migrempower_xblock.self_evaluation import SelfEvaluationBlock
from migrempower_xblock.studio import StudioBlock
from migrempower_xblock.trainers import page
from migrempower_xblock.trainers.data import ratings_of
from migrempower_xblock.training_module import TrainingModuleBlock

from .test_handlers import STATEMENTS, everything, hand_in

BLOCKS = {"cohort-report": CohortReportBlock, "start": SelfEvaluationBlock, "my-skills": TrainingModuleBlock}
LEARNERS_OWN = {"page", "save_answers", "hand_in", "start_again", "choose_languages", "share", "delete_data",
                "download", "student_view_user_state", "answer_view", "tick", "choose_country"}
AUTHORS = {name for name in dir(StudioBlock) if name.startswith("studio_")} | {"submit_studio_edits"}
AMIRA = EVERYBODY["amira"].anonymous_id
MATEO = EVERYBODY["mateo"].anonymous_id
ALL_PARTS = ("who", "what", "change", "training", "files")


@pytest.fixture
def named(db):
    """The twelve named learners and what they have done."""
    sample.seed()


@pytest.fixture
def cohort(db):
    """All 200 learners."""
    sample.seed(cohort=True)


@pytest.fixture
def kept_in(settings, tmp_path):
    """Files of jobs in a folder of their own."""
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def handlers(cls):
    return {name for name in dir(cls) if getattr(getattr(cls, name, None), "_is_xblock_handler", False)}


def share(call, block, shared=True):
    call(block, "share", {"shared": shared, "stamp": stamp_of(datetime.now(UTC))})


def report(call, block, part="who", **wish):
    return call(block, "report", {"part": part, **wish})


def text(html):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


VIEW = {"session": "0123456789abcdef", "levels": {"contract": 2}, "notes": {"contract": {"action": "Read it twice."}},
        "steps": [{"text": "Ask for the contract", "by": "2026-12-24"}, {"text": " ", "by": ""}],
        "comment": "Well done."}


def view_of(block, learner=AMIRA, **changes):
    return {**VIEW, "learner": learner, "block": str(block.scope_ids.usage_id), **changes}


# -- access ------------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("person", ["amira", "new", "visitor", "elsewhere"])
@pytest.mark.parametrize("slug", list(BLOCKS))
def test_nobody_but_the_courses_team_gets_anything_from_a_trainers_handler(named, open_block, call, slug, person):
    trainers = handlers(BLOCKS[slug]) - LEARNERS_OWN - AUTHORS
    assert {"report", "profile", "save_view", "start_report", "report_progress", "cancel_report",
            "report_file"} <= trainers  # and any handler that somebody adds
    body = view_of(open_block("start")) | {"part": "who", "kind": "learners", "format": "csv", "job": "x"}
    before = list(Submission.objects.values_list("id"))
    for handler in trainers:
        for method in ("POST", "GET"):
            status, reply = call(open_block(slug, person), handler, body, method=method, suffix="x")
            assert status == 403 and reply.keys() == {"error"}, handler
            assert "Amira" not in reply["error"] and "Noor" not in reply["error"]
    assert list(Submission.objects.values_list("id")) == before and not ReportJob.objects.exists()


@pytest.mark.parametrize("person", ["amira", "new", "visitor", "elsewhere"])
@pytest.mark.parametrize("view", ["student_view", "public_view", "author_view", "studio_view"])
@pytest.mark.parametrize("slug", list(BLOCKS))
def test_no_view_shows_the_report_to_others(named, open_block, slug, view, person):
    fragment = open_block(slug, person).render(view, {})
    assert "mige-report" not in fragment.content
    if slug != "cohort-report":
        assert not [each for each in fragment.resources if "report" in each.data]


@pytest.mark.parametrize("slug", list(BLOCKS))
def test_trainers_have_the_report_below_each_block(named, open_block, slug):
    fragment = open_block(slug, "trainer").render("student_view")
    assert 'class="mige-report"' in fragment.content
    assert [each for each in fragment.resources if each.data.endswith("js/report.js")]


def test_who_may_author_is_asked_before_the_reports_settings_are_kept(open_block, call, fresh):
    body = {"values": {"display_name": "Our people"}, "defaults": []}
    for person in ("new", "trainer", "visitor"):
        block = open_block("cohort-report", person)
        assert call(block, "submit_studio_edits", body)[0] == 403
    author = open_block("cohort-report", "author")
    for raw in (b"null", b"[]", b"7", b"{", b"{}", b'{"values": 3, "defaults": []}',
                b'{"values": {"x": 1}, "defaults": []}', b'{"values": {"display_name": 7}, "defaults": []}',
                b'{"values": {}, "defaults": 1}'):
        assert call(author, "submit_studio_edits", raw=raw)[0] == 400
    title = author.display_name
    assert call(author, "submit_studio_edits", body)[0] == 200
    assert fresh(author).display_name == "Our people"
    call(author, "submit_studio_edits", {"values": {}, "defaults": ["display_name"]})
    assert fresh(author).display_name != "Our people"
    call(author, "submit_studio_edits", {"values": {"display_name": title}, "defaults": []})


def test_staff_who_look_as_one_of_the_learners_see_no_report(open_block, call, monkeypatch):
    monkeypatch.setattr("migrempower_xblock.platform.is_acting_as_another", lambda block: True)
    assert report(call, open_block("start", "trainer"))[0] == 403


# -- who ---------------------------------------------------------------------------------------------------------------

def test_who_has_not_started_is_under_way_or_has_handed_in(named, open_block, call):
    status, reply = report(call, open_block("start", "trainer"))
    assert status == 200
    words = text(reply["html"])
    assert re.search(r"What I can do 10 2 188", words)
    for person, state in (("Amira", "handed in"), ("Omar", "under way"), ("New learner", "not started")):
        assert re.search(rf"{person} (\(does not share\) )?. {state}", words), person


@pytest.mark.parametrize(("show", "seen", "hidden"), [
    ("not-started", ["New learner"], ["Amira", "Omar"]), ("under-way", ["Omar", "Noor"], ["Amira", "New learner"]),
    ("handed-in", ["Amira", "Mateo"], ["Omar", "New learner"]), ("all", ["Amira", "Omar", "New learner"], [])])
def test_the_list_shows_who_is_asked_for(named, open_block, call, show, seen, hidden):
    html = report(call, open_block("start", "trainer"), show=show)[1]["html"]
    assert all(f">{name}" in html for name in seen)
    assert not any(f">{name}" in html for name in hidden)


NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)


@pytest.mark.parametrize(("stand", "reasons"), [
    (Stand(UNDER_WAY, NOW - timedelta(days=20)), (STUCK,)), (Stand(UNDER_WAY, NOW - timedelta(days=3)), ()),
    (Stand(HANDED_IN, NOW - timedelta(days=90), 1), ()), (Stand(HANDED_IN, NOW, 1, unclear=3), (UNCLEAR,)),
    (Stand(HANDED_IN, NOW, 1, unclear=2), ()), (Stand(HANDED_IN, NOW, 2, failed=2), (FAILED,)),
    (Stand(HANDED_IN, NOW, 1, failed=1), ()), (Stand(), ())])
def test_who_needs_help(stand, reasons):
    situation = Situation.of({"one": stand}, NOW)
    assert situation.reasons == reasons
    assert page.is_shown(situation, "help", 14) == bool(reasons)


@given(days=st.integers(0, 100), limit=st.integers(1, 60), state=st.sampled_from([UNDER_WAY, HANDED_IN]))
def test_quiet_is_who_has_not_finished_and_did_nothing_for_so_long(days, limit, state):
    situation = Situation.of({"one": Stand(state, NOW - timedelta(days=days)), "two": Stand(HANDED_IN, NOW - timedelta(
        days=200), 1)}, NOW, limit)
    assert situation.is_quiet(limit) == (state == UNDER_WAY and days >= limit)
    assert Situation.of({"one": Stand()}, NOW).is_quiet(limit)


def test_not_understanding_is_told_only_of_those_who_share(named, open_block, call):
    block = open_block("end", "new")
    unclear = {each: {"stamp": 1, "skip": "unclear"} for each in STATEMENTS[:4]}
    hand_in(call, block, everything() | unclear)
    html = report(call, open_block("end", "trainer"), show="help")[1]["html"]
    assert "New learner" not in html
    share(call, block)
    html = report(call, open_block("end", "trainer"), show="help")[1]["html"]
    assert "New learner" in html and "did not understand 4 questions" in html


def test_a_module_failed_twice_is_told_and_passing_ends_it(named, open_block, call):
    for number in (1, 2):
        call(open_block("my-skills", "new"), "start_again", {})
        assert call(open_block("my-skills", "new"), "hand_in", {"run": number, "answers": {}})[0] == 200
    html = report(call, open_block("my-skills", "trainer"), show="help")[1]["html"]
    assert "New learner" in html and "did not pass a module in 2 runs" in html


def test_groups_are_the_platforms(cohort, open_block, call):
    block = open_block("cohort-report", "trainer")
    groups = block.directory.groups()
    found = [text(report(call, block, group=group)[1]["html"]) for group, _ in groups]
    numbers = [int(re.search(r"(\d+) learners take part", each)[1]) for each in found]
    assert len(groups) == 3 and all(0 < number < 200 for number in numbers) and sum(numbers) < 200


# -- pages and queries -------------------------------------------------------------------------------------------------

def test_a_page_of_200_learners_asks_as_many_queries_as_one_of_twelve(named, open_block, call):
    def queries():
        counted = {}
        for part in ("who", "what", "change", "training"):
            report(call, open_block("cohort-report", "trainer"), part)
            with CaptureQueriesContext(connection, ) as found:
                assert report(call, open_block("cohort-report", "trainer"), part)[0] == 200
            counted[part] = len(found)
        return counted

    few = queries()
    sample.reset(cohort=True)
    assert queries() == few


def test_more_learners_than_a_page_come_in_pages_without_a_gap(cohort, open_block, call, monkeypatch):
    monkeypatch.setattr(page, "PAGE", 7)
    block, names, after = open_block("cohort-report", "trainer"), [], ""
    while True:
        html = report(call, block, after=after)[1]["html"]
        names += re.findall(r'<th scope="row" dir="auto">(?:<button[^>]*>)?([^<]+?)\s*(?:<|$)', html)
        found = re.search(r'data-after="([^"]+)"', html)
        if not found:
            break
        after = found[1]
    listed = [each.name for each in block.directory.page("", 500)]
    assert [name for name in names if name in set(listed)] == listed


# -- what, change, training --------------------------------------------------------------------------------------------

@pytest.mark.parametrize("part", ALL_PARTS)
def test_every_part_of_the_report_shows_in_each_language(cohort, open_block, call, part):
    from host.runtime import HostRuntime

    for language in ("en", "es", "ar"):
        block = open_block("cohort-report", "trainer")
        other = HostRuntime(EVERYBODY["trainer"], language).get_block(block.scope_ids.usage_id)
        status, reply = report(call, other, part)
        assert status == 200 and "<h3" in reply["html"]


def test_the_heat_map_shows_those_who_share_and_nobody_else(named, open_block, call):
    html = report(call, open_block("start", "trainer"), "what", moment="start")[1]["html"]
    grid = re.search(r"<tbody role.*?</tbody>", html, re.DOTALL)[0]
    assert "Amira" in grid and "Mateo" not in grid
    share(call, open_block("start", "amira"), False)
    html = report(call, open_block("start", "trainer"), "what", moment="start")[1]["html"]
    assert "Amira" not in html


def test_three_series_stand_side_by_side_and_small_groups_are_not_told(cohort, open_block, call):
    words = text(report(call, open_block("cohort-report", "trainer"), "what", moment="start")[1]["html"])
    assert "What learners say" in words and "What trainers say" in words and "Results of training" in words
    assert re.search(r"– \(n [1-4]\)", words)  # few trainers' views


def test_change_has_n_missing_interval_effect_and_no_single_number_for_all(cohort, open_block, call):
    html = report(call, open_block("cohort-report", "trainer"), "change")[1]["html"]
    words = text(html)
    assert "At the start → At the end" in words and "Looking back → At the end" in words
    assert re.search(r"\+\d+\.\d +\+?-?\d+\.\d to \+\d+\.\d +\d\.\d\d", words)
    assert "Cronbach" in words


def test_the_training_report_tells_of_each_activity(cohort, open_block, call):
    words = text(report(call, open_block("my-skills", "trainer"), "training")[1]["html"])
    assert re.search(r"passed \(60 %\): \d+ of \d+", words)
    block = open_block("my-skills", "trainer")
    question = next(each for each in block.load_document().activities.values() if each.points).question["en"]
    assert question.replace("&", "&amp;") in words


def test_the_report_of_a_block_tells_of_that_block(named, open_block, call):
    words = text(report(call, open_block("my-skills", "trainer"))[1]["html"])
    assert "My skills" in words and "Working life" not in words
    assert report(call, open_block("my-skills", "trainer"), "what")[0] == 400  # a module has no levels
    assert report(call, open_block("start", "trainer"), "training")[0] == 400


def test_damaged_and_older_records_are_counted_and_told_and_break_nothing(named, open_block, call):
    block = open_block("start", "trainer")
    row = Submission.objects.filter(student_item__item_type=records.ROUNDS, student_item__student_id=AMIRA).first()
    Submission.objects.filter(pk=row.pk).update(answer={"moment": "start", "framework": "migrempower"})
    old = Submission.objects.filter(student_item__item_type=records.ROUNDS,
                                    student_item__student_id=EVERYBODY["ines"].anonymous_id).first()
    Submission.objects.filter(pk=old.pk).update(answer={**old.answer, "version": "0.9"})
    for part in ("who", "what", "change"):
        status, reply = report(call, block, part)
        assert status == 200
    words = text(report(call, block, "what")[1]["html"])
    assert "1 record cannot be read" in words and "1 evaluation belongs to another version" in words
    status, reply = call(block, "profile", {"learner": AMIRA})
    assert status == 200 and "1 record cannot be read" in text(reply["html"])
    assert open_block("end", "amira").render("student_view").content  # and the learner's own page
    assert records.history(AMIRA, block.place.course).damaged == 1


# -- one learner and counselling ---------------------------------------------------------------------------------------

def test_a_profile_shows_only_what_the_learner_shares(named, open_block, call):
    block = open_block("cohort-report", "trainer")
    assert call(block, "profile", {"learner": MATEO})[0] == 403
    for slug, words in (("start", "SECRET"), ("end", "OPEN")):
        hand_in(call, open_block(slug, "new"), everything() | {
            STATEMENTS[0]: {"stamp": 1, "level": 3, "evidence": words}})
    new = EVERYBODY["new"].anonymous_id
    assert call(block, "profile", {"learner": new})[0] == 403
    share(call, open_block("end", "new"))
    status, reply = call(block, "profile", {"learner": new})
    assert status == 200 and "OPEN" in reply["html"] and "SECRET" not in reply["html"]
    share(call, open_block("end", "new"), False)
    assert call(block, "profile", {"learner": new})[0] == 403


def test_each_opened_profile_leaves_an_event_of_ids(named, open_block, call, monkeypatch):
    events = []
    monkeypatch.setattr("host.runtime.HostRuntime.publish", lambda self, block, kind, data: events.append((kind, data)))
    call(open_block("start", "trainer"), "profile", {"learner": AMIRA})
    call(open_block("start", "trainer"), "profile", {"learner": MATEO})
    assert events == [("migrempower.report.profile_opened",
                       {"trainer": EVERYBODY["trainer"].anonymous_id, "learner": AMIRA})]


def test_counselling_is_seen_from_both_sides(named, open_block, call):
    end = open_block("end", "trainer")
    status, reply = call(end, "save_view", view_of(end))
    assert status == 200 and "Well done." in reply["html"]
    mine = open_block("end", "amira")
    call(mine, "choose_languages", {"own": "en"})
    words = text(open_block("end", "amira").render("student_view").content)
    assert "What your trainer says" in words and "Well done." in words and "Read it twice." in words
    assert "Ask for the contract" in words
    assert call(mine, "answer_view", {"session": VIEW["session"], "text": "Thank you!", "stamp": 5})[1] == {
        "text": "Thank you!"}
    late = call(mine, "answer_view", {"session": VIEW["session"], "text": "older", "stamp": 4})[1]
    assert late["text"] == "Thank you!"
    assert "Thank you!" in call(end, "profile", {"learner": AMIRA})[1]["html"]
    assert "Thank you!" in open_block("end", "amira").render("student_view").content


def test_a_view_is_dated_signed_and_kept_once(named, open_block, call):
    end, before = open_block("end", "trainer"), records.history(AMIRA, open_block("end").place.course).views
    for _ in range(3):
        assert call(end, "save_view", view_of(end))[0] == 200
    after = records.history(AMIRA, end.place.course).views
    assert len(after) == len(before) + 1
    view = after[-1]
    assert (view.trainer, view.ratings, view.steps) == (
        EVERYBODY["trainer"].anonymous_id, {"contract": 0.6667}, (AgreedStep("Ask for the contract", "2026-12-24"),))
    assert abs(datetime.now(UTC) - view.when) < timedelta(minutes=1)


def test_trainers_views_stand_side_by_side_and_none_overwrites_another(named, open_block, call):
    end = open_block("end", "trainer")
    before = len(records.history(AMIRA, end.place.course).views)
    call(end, "save_view", view_of(end))
    call(end, "save_view", view_of(end, session="another-session", levels={"contract": 3}))
    call(open_block("end", "colleague"), "save_view", view_of(end, levels={"contract": 0}))
    views = records.history(AMIRA, end.place.course).views
    assert len(views) == before + 3
    assert [view.levels for view in views if view.session in (VIEW["session"], "another-session")] == [
        {"contract": 2}, {"contract": 3}, {"contract": 0}]


def test_a_step_without_a_day_is_kept_whatever_says_so(named, open_block, call):
    """A client may send null, and version 1.0.0 kept it as it was."""
    end = open_block("end", "trainer")
    assert call(end, "save_view", view_of(end, steps=[{"text": "Ask", "by": None}, {"text": "Go"}]))[0] == 200
    mine = Submission.objects.filter(answer__contains=VIEW["session"])
    assert [each["by"] for each in mine.get().answer["steps"]] == ["", ""]
    kept = mine.get().answer
    mine.update(answer={**kept, "steps": [{"text": "Ask", "by": None}]})
    (view,) = [each for each in records.history(AMIRA, end.place.course).views if each.session == VIEW["session"]]
    assert view.steps == (AgreedStep("Ask"),)


@pytest.mark.parametrize("change", [
    {"levels": {"contract": 99}}, {"levels": {"contract": "2"}}, {"levels": {"contract": None}}, {"levels": []},
    {"levels": {"no-such": 1}}, {"notes": {"contract": {"magic": "x"}}}, {"notes": {"contract": 3}}, {"notes": None},
    {"steps": "x"}, {"steps": [3]}, {"steps": [{"text": "x", "by": "tomorrow"}]}, {"steps": [{"text": "x"}] * 6},
    {"comment": 3}, {"comment": "x" * 2001}, {"session": ""}, {"session": 3}, {"session": "ü" * 20},
    {"levels": {}, "notes": {}, "steps": [], "comment": " "}])
def test_a_view_that_cannot_be_kept_is_refused_whole(named, open_block, call, change):
    end = open_block("end", "trainer")
    before = Submission.objects.count()
    status, reply = call(end, "save_view", view_of(end, **change))
    assert status == 400 and reply["error"] and Submission.objects.count() == before


def test_unknown_learners_and_foreign_blocks_are_not_found(named, open_block, call):
    end = open_block("end", "trainer")
    for learner in ("nobody", "x" * 300, "'; --"):
        assert call(end, "profile", {"learner": learner})[0] == 404
        assert call(end, "save_view", view_of(end, learner))[0] == 404
    for learner in (None, 3, [], {}, ""):
        assert call(end, "profile", {"learner": learner})[0] == 400
    for block in ("nowhere", "", None, 3, str(open_block("my-skills").scope_ids.usage_id),
                  str(open_block("two-on-one-page").scope_ids.usage_id)):
        assert call(end, "save_view", {**view_of(end), "block": block})[0] == 404
    assert call(end, "save_view", view_of(end, MATEO))[0] == 403


@pytest.mark.parametrize("wish", [
    {"part": "everything"}, {"part": None}, {"part": []}, {"moment": "noon"}, {"show": "x"}, {"source": "x"},
    {"days": 0}, {"days": "14"}, {"days": 10**9}, {"days": True}, {"after": 3}, {"after": "x" * 300}, {"group": 3}])
def test_a_report_that_makes_no_sense_is_refused(named, open_block, call, wish):
    assert report(call, open_block("start", "trainer"), **wish)[0] == 400


@pytest.mark.parametrize("wish", [{"framework": "nothing"}, {"group": "nobody"}, {"after": "zzzzzz"},
                                  {"part": "what", "after": "zzzzzz"}])
def test_a_report_on_what_is_not_there_is_not_found(named, open_block, call, wish):
    assert report(call, open_block("start", "trainer"), **wish)[0] == 404


@pytest.mark.parametrize("raw", [b"null", b"[]", b"3", b'"x"', b"{", b"", b"\xff", b'{"a":' * 5000])
def test_bodies_that_are_no_object_are_refused(named, open_block, call, raw):
    for handler in ("report", "profile", "save_view", "start_report", "report_progress", "cancel_report"):
        assert call(open_block("start", "trainer"), handler, raw=raw)[0] == 400
    assert call(open_block("start", "amira"), "answer_view", raw=raw)[0] == 400


def test_an_answer_needs_a_view_of_ones_own(named, open_block, call):
    end = open_block("end", "trainer")
    call(end, "save_view", view_of(end))
    body = {"session": VIEW["session"], "text": "x", "stamp": 1}
    assert call(open_block("end", "lucia"), "answer_view", body)[0] == 404
    mine = open_block("end", "amira")
    for change in ({"session": None}, {"session": []}, {"session": "unknown"}):
        assert call(mine, "answer_view", {**body, **change})[0] == 404
    for change in ({"text": 3}, {"text": "x" * 1001}, {"stamp": "1"}, {"stamp": True}):
        assert call(mine, "answer_view", {**body, **change})[0] == 400


def test_deleting_ones_data_takes_trainers_views_and_answers_along(named, open_block, call):
    end = open_block("end", "trainer")
    call(end, "save_view", view_of(end))
    call(open_block("end", "amira"), "answer_view", {"session": VIEW["session"], "text": "x", "stamp": 1})
    everywhere = StudentItem.objects.filter(student_id=AMIRA)
    assert call(open_block("end", "amira"), "delete_data")[0] == 200
    left = [each.item_type for each in everywhere if str(end.scope_ids.usage_id) in each.item_id
            or each.item_type in (records.REPLIES,)]
    assert left == [] and not [view for view in records.history(AMIRA, end.place.course).views
                               if view.block == str(end.scope_ids.usage_id)]


def test_what_is_kept_about_a_learner_comes_with_their_file(named, open_block, call):
    end = open_block("end", "trainer")
    call(end, "save_view", view_of(end))
    _, response = call(open_block("end", "amira"), "download", method="GET", suffix="json")
    data = response if isinstance(response, dict) else json.loads(response.body)
    assert data["trainers_views"][-1]["comment"] == "Well done."


def test_what_people_write_is_never_markup(named, open_block, call):
    bad = "<script>alert(1)</script><img src=x onerror=alert(2)>"
    end = open_block("end", "trainer")
    call(end, "save_view", view_of(end, comment=bad, notes={"contract": {"task": bad}}, steps=[{"text": bad}]))
    call(open_block("end", "amira"), "answer_view", {"session": VIEW["session"], "text": bad, "stamp": 1})
    for html in (open_block("end", "amira").render("student_view").content,
                 call(end, "profile", {"learner": AMIRA})[1]["html"]):
        assert "<script>alert" not in html and "<img src=x" not in html and "&lt;script&gt;alert" in html


# -- files -------------------------------------------------------------------------------------------------------------

def make(call, block, kind="learners", form="csv", named=False, **more):
    status, reply = call(block, "start_report", {"kind": kind, "format": form, "named": named, **more})
    assert status == 200 and reply["job"]["state"] == "done", reply
    status, response = call(block, "report_file", method="GET", suffix=reply["job"]["id"])
    assert status == 200 and response.headers["Cache-Control"] == "no-store"
    assert response.headers["Content-Disposition"] == f'attachment; filename="{reply["job"]["name"]}"'
    return response.body


def rows_of(body):
    assert body.startswith("\ufeff".encode())
    return list(csv.DictReader(io.StringIO(body.decode("utf-8-sig"), newline="")))


def test_a_file_of_learners_has_a_column_for_each_competence_and_source(named, open_block, call, kept_in):
    block = open_block("cohort-report", "trainer")
    rows = rows_of(make(call, block))
    sharing = {each.learner.id for each in _persons(block) if each.seen}
    assert len(rows) == len(sharing) > 3
    assert all(re.fullmatch("L-[0-9a-f]{12}", row["learner"]) for row in rows) and "name" not in rows[0]
    history = records.history(AMIRA, block.course.outline.course)
    mine = next(row for row in rows_of(make(call, block, named=True)) if row["username"] == "amira")
    first = history.of_framework("migrempower")[0]
    assert float(mine["migrempower.contract.self_start"] or -1) == first.ratings.get("contract", -1)
    assert mine["name"] == "Amira"
    columns = [name for name in rows[0] if name.startswith("migrempower.contract.")]
    assert columns == [f"migrempower.contract.{source}" for source in (
        "self_start", "self_end", "self_looking_back", "trainer", "training")]


def _persons(block):
    from migrempower_xblock.trainers.data import people

    return people(block.course.outline, block.directory, datetime.now(UTC))


def test_who_withdraws_sharing_is_gone_from_new_files(named, open_block, call, kept_in):
    block = open_block("cohort-report", "trainer")
    assert "amira" in [row["username"] for row in rows_of(make(call, block, named=True))]
    for slug in ("start", "end", "looking-back", "my-skills", "equal-treatment", "working-life"):
        share(call, open_block(slug, "amira"), False)
    assert "amira" not in [row["username"] for row in rows_of(make(call, block, named=True))]


def test_a_long_file_has_a_row_for_each_answer_and_notes_only_with_names(named, open_block, call, kept_in):
    block = open_block("cohort-report", "trainer")
    end = open_block("end", "trainer")
    call(end, "save_view", view_of(end))
    rows = rows_of(make(call, block, "answers", named=True))
    mine = [row for row in rows if row["username"] == "amira" and row["source"] == "self"]
    rounds = records.history(AMIRA, block.course.outline.course).rounds
    assert len(mine) == sum(len(each.answers) for each in rounds)
    noted = next((row for row in mine if row["note"]), None)
    assert noted and any(answer.evidence == noted["note"] for each in rounds for answer in each.answers.values())
    theirs = [row for row in rows if row["source"] == "trainer" and row["competence"] == "contract"
              and row["username"] == "amira" and row["level"] == "2"]
    assert theirs and theirs[-1]["rating"] == "0.6667"
    assert "note" not in rows_of(make(call, block, "answers"))[0]


def test_a_file_of_activities_has_facility_and_discrimination(cohort, open_block, call, kept_in):
    rows = rows_of(make(call, open_block("my-skills", "trainer"), "activities"))
    assert {row["module"] for row in rows} == {"my-skills"}
    told = [row for row in rows if row["facility"]]
    assert told and all(0 <= float(row["facility"]) <= 1 for row in told)
    assert any(row["discrimination"] and -1 <= float(row["discrimination"]) <= 1 for row in told)


@pytest.mark.parametrize("kind", ["learners", "answers"])
def test_a_spreadsheet_has_what_the_text_has_with_numbers_as_numbers(named, open_block, call, kept_in, kind):
    block = open_block("cohort-report", "trainer")
    text_rows = list(csv.reader(io.StringIO(make(call, block, kind).decode("utf-8-sig"), newline="")))
    sheet = openpyxl.load_workbook(io.BytesIO(make(call, block, kind, "xlsx"))).active
    found = [["" if cell.value is None else str(cell.value) for cell in row] for row in sheet.iter_rows()]
    assert len(found) == len(text_rows)
    same = [(a, b) for ours, theirs in zip(found, text_rows, strict=True) for a, b in zip(ours, theirs, strict=True)]
    assert all(a == b or float(a) == float(b) for a, b in same)
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n", "inlineStr"}


def test_no_cell_is_a_formula(named, open_block, call, kept_in):
    bad = "=HYPERLINK(\"http://evil\")"
    block = open_block("end", "new")
    starts = zip(STATEMENTS, ("", "+", "-", "@", "\t", " "), strict=False)
    hand_in(call, block, everything() | {
        each: {"stamp": 1, "level": 1, "evidence": start + bad} for each, start in starts})
    share(call, block)
    report_block = open_block("cohort-report", "trainer")
    rows = rows_of(make(call, report_block, "answers", named=True))
    notes = [row["note"] for row in rows if "evil" in row["note"]]
    assert len(notes) == 6 and all(note.startswith("'") for note in notes)
    sheet = openpyxl.load_workbook(io.BytesIO(make(call, report_block, "answers", "xlsx", named=True))).active
    assert not [cell for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]


def test_files_are_the_askers_and_of_their_course(named, open_block, call, kept_in):
    block = open_block("cohort-report", "trainer")
    job = call(block, "start_report", {"kind": "learners", "format": "csv"})[1]["job"]
    for handler in ("report_progress", "cancel_report"):
        for job_id in (job["id"], "x", "", None, 3, [], "0" * 32):
            assert call(open_block("cohort-report", "colleague"), handler, {"job": job_id})[0] == 404
        assert call(block, handler, {"job": "nothing"})[0] == 404
    assert call(open_block("cohort-report", "colleague"), "report_file", method="GET", suffix=job["id"])[0] == 404
    ReportJob.objects.update(course="course-v1:Else+Where+1")
    assert call(block, "report_file", method="GET", suffix=job["id"])[0] == 404
    assert call(block, "report_file", {}, suffix=job["id"])[0] == 405


def test_a_large_course_is_counted_in_the_background(cohort, open_block, call, kept_in, settings):
    settings.MIGREMPOWER_REPORTS = {"in_request": 50, "chunk": 30}
    block = open_block("cohort-report", "trainer")
    html = report(call, block, "change")[1]["html"]
    assert 'data-act="figures"' in html and "At the start" not in html
    settings.MIGREMPOWER_REPORTS = {"in_request": 1000}
    now = report(call, block, "change")[1]["html"]
    settings.MIGREMPOWER_REPORTS = {"in_request": 50, "chunk": 30}
    status, reply = call(block, "start_report", {"kind": "figures"})
    assert status == 200
    job = jobs.find(reply["job"]["id"], block.course.outline.course)
    jobs.run_here(job)  # what the worker does; the message waits for the end of the test's transaction
    later = report(call, block, "change")[1]["html"]
    assert "were counted on" in later
    assert text(later).endswith(text(now).split("learners have handed in", 1)[1])
    assert report(call, open_block("cohort-report", "colleague"), "what")[1]["html"].count("were counted on") == 1


def test_one_file_of_a_kind_at_a_time(named, open_block, call, kept_in, settings):
    settings.MIGREMPOWER_REPORTS = {"in_request": 0}
    block = open_block("cohort-report", "trainer")
    first = call(block, "start_report", {"kind": "learners"})[1]["job"]
    assert first["state"] == "waiting"
    assert call(block, "start_report", {"kind": "learners"})[1]["job"]["id"] == first["id"]
    assert call(open_block("cohort-report", "colleague"), "start_report", {"kind": "learners"})[0] == 409
    assert f'data-job="{first["id"]}"' in report(call, block, "files")[1]["html"]
    assert call(block, "cancel_report", {"job": first["id"]})[1]["job"]["state"] == "cancelled"
    assert call(open_block("cohort-report", "colleague"), "start_report", {"kind": "learners"})[0] == 200


def test_the_counts_behind_figures_cannot_be_taken_away(named, open_block, call, kept_in):
    block = open_block("cohort-report", "trainer")
    job = call(block, "start_report", {"kind": "figures"})[1]["job"]
    assert job["state"] == "done"
    assert call(block, "report_file", method="GET", suffix=job["id"])[0] == 404


def test_files_made_before_are_listed_for_who_asked(named, open_block, call, kept_in):
    make(call, open_block("cohort-report", "trainer"))
    assert "learners-" in report(call, open_block("cohort-report", "trainer"), "files")[1]["html"]
    assert "learners-" not in report(call, open_block("cohort-report", "colleague"), "files")[1]["html"]


def test_of_a_trainer_the_latest_level_of_each_competence_counts(named, open_block, call, kept_in):
    end = open_block("end", "trainer")
    call(end, "save_view", view_of(end))
    call(end, "save_view", view_of(end, session="a-later-session", levels={"payslip": 1}))
    person = next(each for each in _persons(open_block("cohort-report", "trainer")) if each.learner.id == AMIRA)
    mine = [view for view in person.history.views if view.trainer == EVERYBODY["trainer"].anonymous_id]
    found = ratings_of(person, "migrempower", "trainer", "")
    others = [view for view in person.history.views if view not in mine and "contract" in view.ratings]
    assert found["payslip"] and (others or found["contract"] == 0.6667)


@pytest.mark.parametrize("body", [
    {}, {"kind": "everything"}, {"kind": []}, {"kind": "learners", "format": "pdf"}, {"kind": "learners", "format": []},
    {"kind": "learners", "named": "yes"}, {"kind": "learners", "group": 3}])
def test_a_file_that_makes_no_sense_is_refused(named, open_block, call, kept_in, body):
    assert call(open_block("cohort-report", "trainer"), "start_report", body)[0] == 400
    assert not ReportJob.objects.exists() and default_storage


def test_a_file_with_names_leaves_an_event_and_one_without_does_not(named, open_block, call, kept_in, monkeypatch):
    events = []
    monkeypatch.setattr("host.runtime.HostRuntime.publish", lambda self, block, kind, data: events.append((kind, data)))
    make(call, open_block("cohort-report", "trainer"))
    assert events == []
    make(call, open_block("cohort-report", "trainer"), named=True)
    assert events == [("migrempower.report.named_file_asked",
                       {"trainer": EVERYBODY["trainer"].anonymous_id, "kind": "learners"})]
