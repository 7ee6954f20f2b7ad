"""The training module block: what is kept and marked, what stays secret, what it is worth, what is refused."""

import csv
import io
import json
import re
from collections import namedtuple
from datetime import UTC, datetime, timedelta
from unittest import mock

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree
from submissions.models import Submission
from webob import Request
from xblock.scorable import Score

from host.models import Grade
from host.people import BY_KEY
from host.runtime import HostRuntime
from migrempower_xblock import platform
from migrempower_xblock.olx import MODULE_OLX, module_names, preset_module
from migrempower_xblock.training.module import Module
from migrempower_xblock.training_module import TrainingModuleBlock

from .generate import modules
from .test_handlers import NOW, answer, arguments
from .test_handlers import everything as evaluation_answers
from .test_handlers import hand_in as hand_in_evaluation
from .test_hostile import anything
from .test_self_evaluation import export, queries

pytestmark = pytest.mark.django_db
HANDLERS = ["page", "save_answers", "hand_in", "start_again", "choose_languages", "share", "delete_data", "tick",
            "choose_country"]


def text(words):
    return {"en": words}


# Everything a learner may not see before it is earned says SECRET.
KEYED = {
    "id": "m", "version": "1", "languages": ["en"], "minutes": 5, "title": text("A module"), "framework": "migrempower",
    "competences": [{"id": "strengths", "title": text("Strengths")}],
    "steps": [
        {"kind": "read", "id": "r", "title": text("Read"), "text": text("<p>Read this.</p>")},
        {"kind": "choice", "id": "q", "points": 2, "competence": "strengths", "question": text("Which?"),
         "hint": text("A hint."), "feedback": text("SECRET always"), "right": text("SECRET praise"),
         "wrong": text("SECRET comfort"), "options": [
             {"id": "secret-right", "right": True, "text": text("One"), "feedback": text("SECRET why one")},
             {"id": "secret-wrong", "text": text("Two"), "feedback": text("SECRET why two")},
             {"id": "secret-other", "text": text("Three"), "feedback": text("SECRET why three")}]},
        {"kind": "gaps", "id": "g", "points": 1, "question": text("Fill"), "text": text("A {secret-gap} here."),
         "gaps": [{"id": "secret-gap", "accept": text("SECRET variant | SECRETOTHER")}]},
        {"kind": "matching", "id": "p", "points": 2, "question": text("Match"), "pairs": [
            {"id": f"secret-pair-{n}", "left": text(f"left {n}"), "right": text(f"other {n}")} for n in (1, 2, 3)]},
        {"kind": "ordering", "id": "o", "points": 2, "question": text("Order"), "items": [
            {"id": f"secret-item-{n}", "text": text(f"item {n}")} for n in (1, 2, 3)]},
        {"kind": "dialogue", "id": "d", "points": 3, "competence": "strengths", "question": text("Talk"), "scenes": [
            {"id": "secret-start", "line": text("Hello."), "replies": [
                {"id": "secret-good", "points": 2, "to": "secret-end", "text": text("Hi."),
                 "feedback": text("SECRET good reply")},
                {"id": "secret-bad", "to": "secret-out", "text": text("No."), "feedback": text("SECRET bad reply")}]},
            {"id": "secret-end", "line": text("SECRET good end")},
            {"id": "secret-out", "line": text("SECRET bad end")}]},
        {"kind": "reflection", "id": "w", "points": 1, "question": text("Write"), "feedback": text("SECRET thanks")},
        {"kind": "checklist", "id": "l", "question": text("Do"), "items": [
            {"id": "secret-todo", "text": text("This")}]},
    ],
}


def olx(data=KEYED, **attributes):
    settings = " ".join(f'{name}="{value}"' for name, value in attributes.items())
    return f"<migrempower_training_module marking='on-check' {settings}>" \
           f"{MODULE_OLX.to_text(Module.from_data(data))}</migrempower_training_module>".replace(
               "marking='on-check' marking=", "marking=")


@pytest.fixture
def block(make_block):
    return make_block(olx())


def fresh_of(block):
    return block.runtime.get_block(block.scope_ids.usage_id)


def names(block, step):
    """Return {author's id: the name this learner knows} of a step's options."""
    activity = block.load_document().activities[step]
    offer = activity.offer(block.veil)
    if step == "g":
        return {gap: name for gap, (name, _) in offer.items()}
    if step == "p":
        return {side: {each.id: each.name for each in part}
                for side, part in zip(("left", "right"), offer, strict=True)}
    return {each.id: each.name for each in offer}


def right(block, step):
    """Return the full reply to a step as a page would send it."""
    activity = block.load_document().by_id[step]
    key = getattr(activity, "key", lambda: None)()
    return activity.show_reply(key, block.veil) if key is not None else {"w": "My words.", "l": []}.get(step, True)


def wrong(block):
    return [names(block, "q")["secret-wrong"]]


def save(call, block, step, reply, check=0, stamp=None, run=1):
    change = {"stamp": NOW - 60_000 if stamp is None else stamp, "reply": reply, **({"check": check} if check else {})}
    return call(block, "save_answers", {"run": run, "answers": {step: change}})


def everything(block, **replies):
    return {step: {"stamp": NOW - 50_000, "reply": replies.get(step, right(block, step))}
            for step in block.load_document().by_id}


def hand_in(call, block, run=1, **replies):
    return call(block, "hand_in", {"run": run, "answers": everything(block, **replies)})


def state_of(block):
    again = fresh_of(block)
    return (again.progress, again.migrempower_languages, again.migrempower_country,
            list(Submission.objects.values_list("answer")))


def grade_of(block):
    return Grade.objects.filter(block=block.scope_ids.usage_id, learner="new").first()


def secrets_in(reply):
    reply = reply if isinstance(reply, str) else json.dumps(reply)
    return set(re.findall(r"SECRET[ \w]*|secret-[\w-]+", reply))


# -- secrecy -----------------------------------------------------------------------------------------------------------

def test_nothing_that_is_not_earned_leaves_the_server(block, call):
    for view in ("student_view", "public_view"):
        fragment = block.render(view)
        assert not secrets_in(fragment.content)
        assert not secrets_in(json.dumps([resource._asdict() for resource in fragment.resources]))
    assert not secrets_in(block.student_view_data())
    assert not secrets_in(call(block, "page")[1])
    drafts = {"r": True, "q": wrong(block), "g": {names(block, "g")["secret-gap"]: "words"},
              "p": right(block, "p"), "o": right(block, "o"), "l": [names(block, "l")["secret-todo"]]}
    for step, reply in drafts.items():
        status, answer = save(call, block, step, reply)
        assert status == 200 and not secrets_in(answer), step
    assert not secrets_in(call(block, "page")[1])
    assert not secrets_in(block.index_dictionary())


def test_a_check_gives_what_it_has_earned_and_no_more(block, call):
    _, reply = save(call, block, "q", wrong(block), check=1)
    assert secrets_in(reply) == {"SECRET always", "SECRET comfort", "SECRET why two"}
    assert "One" in reply["steps"]["q"] and "The right answer" not in reply["steps"]["q"]
    _, reply = save(call, block, "q", right(block, "q"), check=2, stamp=NOW - 100)
    assert secrets_in(reply) == {"SECRET always", "SECRET praise", "SECRET why one"}
    _, reply = save(call, block, "d", [block.veil.name("d", "secret-start", "secret-bad")])
    assert secrets_in(reply) == {"SECRET bad end", "SECRET bad reply"}
    _, reply = save(call, block, "w", "My words.", check=1)
    assert secrets_in(reply) == {"SECRET thanks"}


def test_learners_see_options_in_orders_of_their_own_and_always_the_same(make_block):
    block = make_block(olx())
    orders, names_seen = set(), set()
    for key in BY_KEY:
        if BY_KEY[key].role == "learner":
            theirs = HostRuntime(BY_KEY[key]).get_block(block.scope_ids.usage_id)
            html = theirs.render("student_view").content
            order = re.findall(r'mige-own"[^>]*>(One|Two|Three)<', html)
            again = HostRuntime(BY_KEY[key]).get_block(block.scope_ids.usage_id).render("student_view").content
            assert order == re.findall(r'mige-own"[^>]*>(One|Two|Three)<', again)
            orders.add(tuple(order))
            names_seen.add(re.search(r'type="radio"[^>]*value="(\w+)"', html)[1])
    assert len(orders) > 3 and len(names_seen) > 8


@pytest.mark.parametrize("show", ["after-attempt", "after-last-attempt", "after-due", "never"])
def test_the_answer_shows_when_the_author_says(make_block, call, monkeypatch, show):
    block = make_block(olx(show_answers=show, attempts=2))
    first = save(call, block, "q", wrong(block), check=1)[1]["steps"]["q"]
    other = [names(block, "q")["secret-other"]]
    second = save(call, block, "q", other, check=2, stamp=NOW - 10)[1]["steps"]["q"]
    assert ("The right answer" in first) is (show == "after-attempt")
    assert ("data-closed" in first) is (show == "after-attempt")
    assert ("The right answer" in second) is (show in ("after-attempt", "after-last-attempt"))
    _, result = hand_in(call, block, q=wrong(block))
    assert ("The right answer" in result["html"]) is (show in ("after-attempt", "after-last-attempt"))
    monkeypatch.setattr(HostRuntime, "due_dates", {block.scope_ids.usage_id: datetime.now(UTC) - timedelta(hours=1)})
    assert ("The right answer" in call(block, "page")[1]["html"]) is (show != "never")


def test_where_correctness_is_hidden_nothing_of_it_is_told(make_block, call, monkeypatch):
    block = make_block(olx())
    for number, wish in enumerate(("never", "never_but_include_grade", "past_due")):
        monkeypatch.setattr(TrainingModuleBlock, "show_correctness", wish, raising=False)
        monkeypatch.setattr(HostRuntime, "due_dates",
                            {block.scope_ids.usage_id: datetime.now(UTC) + timedelta(hours=1)})
        replies = [right(block, "q"), wrong(block)]
        answers = [save(call, block, "q", reply, check=2 * number + place, stamp=NOW - 100 + 2 * number + place)[1]
                   for place, reply in enumerate(replies, 1)]
        for reply in answers:
            assert not secrets_in(reply) and "kept" in reply["steps"]["q"] and "points" not in reply["steps"]["q"]
            assert "data-closed" not in reply["steps"]["q"] and "disabled" not in reply["steps"]["q"]
    _, result = hand_in(call, block)
    for suffix in ("json", "csv"):
        _, file = call(block, "download", method="GET", suffix=suffix)
        told = json.dumps(file) if suffix == "json" else file.body.decode()
        assert secrets_in(told) <= {"SECRET variant"} and "earned" not in told and "ratings" not in told
    assert not secrets_in(result["html"]) and "mige-score" not in result["html"] and "percent" not in result["html"]
    monkeypatch.setattr(HostRuntime, "due_dates", {block.scope_ids.usage_id: datetime.now(UTC) - timedelta(hours=1)})
    assert "mige-score" in call(block, "page")[1]["html"]


# -- a run -------------------------------------------------------------------------------------------------------------

def test_answers_are_kept_as_they_are_given_and_completion_follows(block, call):
    status, reply = save(call, block, "r", True)
    assert (status, reply["done"], reply["completion"]) == (200, ["r"], 1 / 8)
    _, reply = save(call, block, "q", wrong(block))
    assert reply["done"] == ["r"] and reply["answers"]["q"]["reply"] == wrong(block)
    _, reply = save(call, block, "q", wrong(block), check=1)
    assert reply["done"] == ["r", "q"]
    assert fresh_of(block).progress["entries"]["q"]["reply"] == ["secret-wrong"]
    assert grade_of(block).completion == pytest.approx(2 / 8) and grade_of(block).earned is None
    page = arguments(call(block, "page")[1])
    assert page["answers"]["q"]["reply"] == wrong(block) and page["done"] == ["r", "q"]


def test_a_check_is_marked_once_however_often_it_arrives(make_block, call):
    block = make_block(olx(attempts=2))
    for _ in range(3):
        _, reply = save(call, block, "q", wrong(block), check=1)
        assert 'data-tries="1"' in reply["steps"]["q"] and "1 more time" in reply["steps"]["q"]
    save(call, block, "q", right(block, "q"), check=2, stamp=NOW - 10)
    status, reply = save(call, block, "q", wrong(block), check=3, stamp=NOW)
    assert status == 200 and reply["answers"]["q"]["reply"] == right(block, "q")
    assert fresh_of(block).progress["tries"]["q"] == {"count": 2, "replies": [["secret-wrong"], ["secret-right"]]}


def test_at_the_end_nothing_is_marked_before(make_block, call):
    block = make_block(olx(marking="at-end"))
    _, reply = save(call, block, "q", wrong(block), check=1)
    assert not secrets_in(reply) and fresh_of(block).progress["tries"] == {} and reply["done"] == ["q"]
    said = block.veil.name("d", "secret-start", "secret-bad")
    _, reply = save(call, block, "d", [said])
    assert secrets_in(reply) == {"SECRET bad end"}  # what comes of it, and no word about points
    save(call, block, "q", right(block, "q"), stamp=NOW - 10)
    call(block, "hand_in", {"run": 1})
    (run,) = fresh_of(block).history().records
    assert run.shares == {"q": 1, "g": 0, "p": 0, "o": 0, "d": 0, "w": 0, "l": 0}


def test_handing_in_makes_a_dated_record_with_marks_and_the_grade(block, call):
    status, reply = hand_in(call, block, q=wrong(block), p={})
    assert status == 200 and 'data-screen="result"' in reply["html"]
    record = Submission.objects.get(student_item__item_type="migrempower_runs")
    assert record.student_item.student_id == block.place.learner
    assert record.answer["earned"] == 7 and record.answer["possible"] == 11
    assert record.answer["ratings"] == {"strengths": 0.6}
    assert record.answer["replies"]["q"] == [["secret-wrong"]]
    assert (grade_of(block).earned, grade_of(block).possible) == (pytest.approx(7), 11)
    assert "7 of 11 points" in reply["html"] and "63 %" in reply["html"] and "You have passed" in reply["html"]
    assert hand_in(call, block)[0] == 200 and Submission.objects.count() == 1
    assert save(call, block, "r", True)[0] == 409


def test_what_is_ticked_off_later_is_kept_and_moves_no_points(block, call):
    hand_in(call, block)
    ticked = [names(block, "l")["secret-todo"]]
    body = {"answers": {"l": {"stamp": NOW, "reply": ticked}}}
    assert call(block, "tick", body)[0] == 200
    assert re.search(rf'value="{ticked[0]}"[^>]*checked', call(block, "page")[1]["html"])
    late = {"answers": {"l": {"stamp": NOW - 5000, "reply": []}}}
    assert call(block, "tick", late)[1]["answers"]["l"]["reply"] == ticked
    assert grade_of(block).earned == 11
    assert call(block, "tick", {"answers": {"q": {"stamp": NOW, "reply": []}}})[0] == 400
    call(block, "start_again")
    assert call(block, "tick", body)[0] == 409
    assert re.search(rf'value="{ticked[0]}"[^>]*checked', call(block, "page")[1]["html"])


@pytest.mark.parametrize(("counts", "expected"), [("best", 11), ("latest", 9)])
def test_the_best_or_the_latest_run_counts(make_block, call, counts, expected):
    block = make_block(olx(counts=counts))
    hand_in(call, block)
    call(block, "start_again")
    _, reply = hand_in(call, block, 2, q=wrong(block))
    assert grade_of(block).earned == pytest.approx(expected)
    assert fresh_of(block).calculate_score().raw_earned == pytest.approx(expected)
    assert "Your earlier runs" in reply["html"]


def test_nothing_tried_shows_no_answer_while_another_run_may_follow(make_block, call):
    block = make_block(olx())
    assert "The right answer" not in call(block, "hand_in", {"run": 1})[1]["html"]
    block = make_block(olx(runs=1))
    assert "The right answer" in call(block, "hand_in", {"run": 1})[1]["html"]


def test_deleting_gives_no_turn_and_no_try_back(make_block, call):
    block = make_block(olx(runs=1, attempts=1))
    save(call, block, "q", wrong(block), check=1)
    call(block, "delete_data")
    assert save(call, block, "q", right(block, "q"), check=1, run=2)[0] == 403
    assert "all your turns are used" in call(block, "page")[1]["html"]
    block = make_block(olx(runs=2, attempts=1))
    hand_in(call, block, q=wrong(block))
    call(block, "delete_data")
    assert hand_in(call, block, 2)[0] == 200
    assert call(block, "start_again")[0] == 403


def test_what_was_checked_in_time_can_be_handed_in_late(block, call, monkeypatch):
    save(call, block, "q", right(block, "q"), check=1)
    monkeypatch.setattr(HostRuntime, "due_dates", {block.scope_ids.usage_id: datetime.now(UTC) - timedelta(minutes=1)})
    assert "What you checked in time still counts" in call(block, "page")[1]["html"]
    assert hand_in(call, block)[0] == 200
    assert grade_of(block).earned == 2


def test_handing_in_completes_what_is_marked_and_waits_for_no_real_life(block, call):
    hand_in(call, block, l=[])
    assert grade_of(block).completion == 1


def test_a_request_that_read_the_state_too_early_works_on_what_is_stored_now(make_block, call):
    block = make_block(olx(attempts=1))
    early = [fresh_of(block) for _ in range(3)]
    for each in early:
        assert each.progress == {}  # read before the lock, as the LMS does
    for each, name in zip(early, names(block, "q").values(), strict=True):
        body = {"run": 1, "answers": {"q": {"stamp": NOW, "reply": [name], "check": 1}}}
        each.runtime.handle(each, "save_answers", request_of(body), "")
    assert fresh_of(block).progress["tries"]["q"]["count"] == 1
    late = fresh_of(block)
    assert late.progress["entries"]
    call(block, "delete_data")
    reply = late.runtime.handle(late, "save_answers", request_of({"run": 1, "answers": {
        "w": {"stamp": NOW, "reply": "Words"}}}), "")
    assert reply.status_int in (403, 409) and fresh_of(block).progress["entries"] == {}


def request_of(body):
    request = Request.blank("/", method="POST", body=json.dumps(body).encode())
    request.content_type = "application/json"
    return request


@pytest.mark.parametrize("progress", [
    {"run": 1}, {"run": "x"}, {"run": 1, "entries": [], "tries": {}}, {"run": 1, "entries": {"q": True}, "tries": {}},
    {"score": None}, {"run": 1, "entries": {"q": {"stamp": 1, "reply": {"a": 1}}, "d": {"stamp": 1, "reply": True},
                                            "o": {"stamp": 1, "reply": [1]}, "g": {"stamp": 1, "reply": "x"},
                                            "p": {"stamp": 1, "reply": ["x"]}, "w": {"stamp": 1, "reply": {}}},
                      "tries": {"q": {"count": 1, "replies": []}, "d": {"count": 1, "replies": [3]}}}])
def test_a_state_that_cannot_be_read_breaks_nothing(block, call, progress):
    block.progress = progress
    block.save()
    assert 'data-screen="start"' in call(block, "page")[1]["html"]
    assert save(call, block, "q", right(block, "q"))[0] == 200
    assert list(block.generate_report_data(iter([State("new", {"progress": progress})])))
    assert hand_in(call, block)[0] == 200


def test_an_edited_conversation_can_be_gone_on_with(block, call):
    save(call, block, "d", [block.veil.name("d", "secret-start", "secret-bad")])

    def rename(data):
        data["steps"][5]["scenes"][0]["replies"][1]["id"] = "secret-new"

    again = edited(block, rename)
    status, reply = save(call, again, "d", [again.veil.name("d", "secret-start", "secret-good")], stamp=NOW - 5)
    assert status == 200 and "SECRET good end" in reply["steps"]["d"]


def test_an_activity_that_became_an_ordering_shows_no_order_of_the_authors(block, call):
    save(call, block, "q", right(block, "q"))

    def change(data):
        data["steps"][1] = {**data["steps"][4], "id": "q"}

    again = edited(block, change)
    activity = again.load_document().activities["q"]
    shown = activity.show_reply(["secret-right"], again.veil)
    assert shown == [each.name for each in activity.offer(again.veil)]


def test_at_the_end_feedback_comes_with_the_result(make_block, call):
    block = make_block(olx(marking="at-end"))
    _, reply = hand_in(call, block, q=wrong(block))
    assert {"SECRET always", "SECRET comfort", "SECRET why two", "SECRET good reply"} <= secrets_in(reply)
    assert "SECRET why one" not in secrets_in(reply)


def test_the_counted_score_decides_whether_it_is_passed(make_block, call):
    block = make_block(olx(pass_mark=80))
    hand_in(call, block)
    call(block, "start_again")
    _, reply = call(block, "hand_in", {"run": 2})
    assert "You have passed" in reply["html"] and "In the grade counts: 100 percent" in reply["html"]


def test_runs_end_where_the_author_says(make_block, call):
    block = make_block(olx(runs=1))
    _, reply = hand_in(call, block)
    assert 'data-act="again"' not in reply["html"]
    assert call(block, "start_again")[0] == 403


def test_after_the_due_date_nothing_is_taken_and_nothing_lost(block, call, monkeypatch):
    save(call, block, "q", wrong(block))
    before = state_of(block)
    monkeypatch.setattr(HostRuntime, "due_dates", {block.scope_ids.usage_id: datetime.now(UTC) - timedelta(minutes=1)})
    assert save(call, block, "q", right(block, "q"), check=1)[0] == 403
    assert hand_in(call, block)[0] == 403
    assert state_of(block) == before
    assert "The time for this module is over" in call(block, "page")[1]["html"]
    assert not secrets_in(call(block, "page")[1])


# -- score -------------------------------------------------------------------------------------------------------------

def edited(block, change):
    data = json.loads(json.dumps(KEYED))
    change(data)
    block.document = MODULE_OLX.to_text(Module.from_data(data))
    block.save()
    return fresh_of(block)


def test_a_rescore_marks_what_was_stored_by_the_module_as_it_is_now(block, call):
    hand_in(call, block, q=wrong(block))
    assert fresh_of(block).get_score() == Score(raw_earned=9, raw_possible=11)

    def turn(data):
        data["steps"][1]["options"][0].pop("right")
        data["steps"][1]["options"][1]["right"] = True
        data["steps"][1]["points"] = 4

    again = edited(block, turn)
    again.rescore(only_if_higher=False)
    assert again.get_score() == Score(raw_earned=13, raw_possible=13)
    assert (grade_of(block).earned, grade_of(block).possible) == (13, 13)
    again.save()
    assert fresh_of(block).get_score() == again.calculate_score()


def test_a_rescore_that_would_lower_keeps_what_was_kept(block, call):
    hand_in(call, block)

    def turn(data):
        data["steps"][1]["options"][0].pop("right")
        data["steps"][1]["options"][1]["right"] = True

    again = edited(block, turn)
    again.rescore(only_if_higher=True)
    assert again.get_score().raw_earned == 11 and grade_of(block).earned == 11
    again.rescore(only_if_higher=False)
    assert again.get_score().raw_earned == 9 and grade_of(block).earned == 9


def test_a_rescore_survives_activities_that_have_gone_or_changed_their_kind(block, call):
    hand_in(call, block)

    def change(data):
        del data["steps"][4]
        data["steps"][1] = {"kind": "true-false", "id": "q", "question": text("Now this?"), "answer": True}

    again = edited(block, change)
    again.rescore()
    assert again.get_score() == Score(raw_earned=7, raw_possible=8)
    assert 'data-screen="result"' in again.render("student_view").content


def test_an_instructors_score_stays_until_a_better_run(block, call):
    hand_in(call, block, q=wrong(block))
    mine = fresh_of(block)
    mine.set_score(Score(raw_earned=5, raw_possible=10))
    mine.save()
    assert fresh_of(block).get_score() == Score(raw_earned=5.5, raw_possible=11)
    hand_in(call, block, q=wrong(block))
    assert fresh_of(block).get_score().raw_earned == 5.5
    call(block, "start_again")
    hand_in(call, block, 2)
    assert fresh_of(block).get_score().raw_earned == 11


def test_the_score_is_known_without_a_learner_and_only_what_was_handed_in_can_be_rescored(make_block, open_block):
    assert make_block(olx()).max_score() == 11
    assert open_block("module-with-mistakes").max_score() == 1
    block = make_block(olx(weight=3))
    assert block.weight == 3 and block.has_score and not block.has_submitted_answer()
    with pytest.raises(ValueError, match="Nothing has been handed in"):
        block.rescore()


def test_resetting_removes_the_records(block, call):
    hand_in(call, block)
    block.clear_student_state(block.place.learner, block.place.course, block.place.block)
    assert not Submission.objects.exists()


# -- what belongs to the learner ---------------------------------------------------------------------------------------

def test_all_that_is_kept_can_be_downloaded_and_deleted(block, call):
    hand_in(call, block, w="=HYPERLINK(1)")
    call(block, "start_again")
    save(call, block, "q", wrong(block), run=2)
    _, data = call(block, "download", method="GET", suffix="json")
    assert data["module"] == {"id": "m", "version": "1"} and data["runs"][0]["answers"]["w"] == ["=HYPERLINK(1)"]
    assert data["runs"][0]["earned"] == 11 and data["in_progress"] == {"run": 2, "answers": {"q": "Two", "l": ""}}
    assert secrets_in(data) == {"SECRET variant"}  # the learner's own words
    _, file = call(block, "download", method="GET", suffix="csv")
    rows = list(csv.DictReader(io.StringIO(file.body.decode("utf-8-sig"))))
    assert {row["reply"] for row in rows if row["activity_id"] == "q"} == {"One", "Two"}
    assert next(row["reply"] for row in rows if row["activity_id"] == "w") == "'=HYPERLINK(1)"
    assert next(row["reply"] for row in rows if row["activity_id"] == "p").startswith("left 1 = other 1 / ")
    status, reply = call(block, "delete_data")
    assert status == 200 and not Submission.objects.exists() and 'data-screen="start"' in reply["html"]
    assert fresh_of(block).progress["entries"] == {} and grade_of(block).earned == 11
    assert save(call, block, "q", wrong(block), run=2)[0] == 409


State = namedtuple("State", "username state")


def test_the_report_tells_marks_and_never_what_was_written(block, call):
    hand_in(call, block, w="My private words.", q=wrong(block))
    call(block, "share", {"shared": True, "stamp": NOW})
    states = [State("new", {"progress": fresh_of(block).progress}), State("amira", {})]
    rows = list(block.generate_report_data(iter(states)))
    assert [name for name, _ in rows] == ["new", "amira"]
    assert list(rows[0][1]) == list(rows[1][1])
    assert rows[0][1]["Points"] == 9 and rows[0][1]["Share: q"] == 0 and rows[0][1]["Shared with trainers"] == "yes"
    assert rows[1][1]["Runs handed in"] == 0 and "private words" not in str(rows)


# -- the page ----------------------------------------------------------------------------------------------------------

def test_goals_tell_how_the_learner_rated_them(open_block, call):
    assert "mige-rated" not in open_block("my-skills").render("student_view").content
    hand_in_evaluation(call, open_block("start"), evaluation_answers(1))
    hand_in_evaluation(call, open_block("end"), evaluation_answers(3))
    html = open_block("my-skills").render("student_view").content
    assert html.count("mige-rated") == 4 and html.count("I can show others how to do it") == 4


def test_a_next_step_links_to_the_module_that_trains_it(open_block, call):
    block = open_block("start")
    framework = block.load_document()
    low = {statement.id for statement in framework.competences[0].statements}
    assert framework.competences[0].id in [each.id for each in preset_module("equal-treatment").competences]
    _, reply = hand_in_evaluation(call, block, {each: answer(0 if each in low else 3) for each in framework.statements})
    assert 'href="/unit/equal-treatment/"' in reply["html"] and "Equal treatment and my rights" in reply["html"]


def test_the_summary_leads_to_the_next_module_of_the_course(open_block, call):
    def answers(block):
        return {step: {"stamp": NOW - 50_000, "reply": right_of(block, step)} for step in block.load_document().by_id}

    def right_of(block, step):
        activity = block.load_document().activities.get(step)
        if activity is None:
            return True
        key = activity.key()
        if key is None:
            return "words" if activity.form == "writing" else []
        return activity.show_reply(key, block.veil)

    after = {"my-skills": "equal-treatment", "equal-treatment": "living-together", "health-and-help": None}
    for slug, following in after.items():
        block = open_block(slug)
        _, reply = call(block, "hand_in", {"run": 1, "answers": answers(block)})
        assert "100 %" in reply["html"], slug
        assert (f'href="/unit/{following}/"' in reply["html"]) is bool(following)
        assert ("Next module" in reply["html"]) is bool(following)


def test_the_country_is_the_learners_choice_before_the_authors(make_block, open_block, call, fresh):
    block = make_block('<migrempower_training_module module="working-life" country="ES"/>')
    assert "Inspección de Trabajo" in block.render("student_view").content  # the author's country
    status, reply = call(block, "choose_country", {"country": "AT"})
    assert status == 200 and "Arbeiterkammer" in reply["html"] and "Inspección de Trabajo" not in reply["html"]
    other = open_block("equal-treatment")
    assert "Gleichbehandlungsanwaltschaft" in other.render("student_view").content
    assert call(block, "choose_country", {"country": "XX"})[0] == 400
    assert call(block, "choose_country", {"country": ""})[0] == 200
    assert "Inspección de Trabajo" not in fresh(block).render("student_view").content


def test_what_a_learner_wrote_is_never_markup(block, call):
    bad = '</textarea><img src=x onerror=alert(1)>"'
    save(call, block, "w", bad)
    save(call, block, "g", {names(block, "g")["secret-gap"]: bad})
    html = call(block, "page")[1]["html"]
    assert "<img src=x" not in html and "onerror=alert(1)&gt;" in html


def test_two_languages_stand_side_by_side(open_block, call):
    _, reply = call(open_block("every-kind"), "choose_languages", {"own": "ar", "beside": "en"})
    assert 'class="mige-beside" lang="en" dir="ltr"' in reply["html"]
    assert "What belongs together?" in reply["html"] and "ما الذي يناسب ما؟" in reply["html"]


def test_nothing_is_loaded_from_elsewhere_before_a_tap(open_block):
    html = open_block("every-kind").render("student_view").content
    inert = re.search(r"<template>(.*?)</template>", html)[1]
    assert '<audio src="/static/host/good-morning.mp3"' in inert and '<track kind="captions"' in inert
    assert "<audio" not in html.replace(inert, "") and "<iframe" not in html and "<video" not in html


def test_mistakes_are_told_to_staff_and_kept_from_learners(open_block, call):
    told = open_block("module-with-mistakes", "author").render("author_view").content
    for hint in ("No option is right", "points is a whole number", "a gap without a key", "lead in a circle"):
        assert hint in told
    block = open_block("module-with-mistakes")
    assert "No option is right" not in block.render("student_view").content
    statuses = [call(block, name, {"run": 1, "answers": {}})[0] for name in ("save_answers", "hand_in", "tick")]
    assert statuses == [409] * 3


def test_the_author_sees_each_step_as_learners_do(open_block):
    told = open_block("my-skills", "author").render("author_view").content
    steps = len(preset_module("my-skills").steps)
    assert "Conversation: <span" in told and f"{steps} steps" in told
    assert told.count('<section class="mige-screen" data-screen=') == steps
    assert told.count("<div inert>") == steps and " hidden><div" not in told


@pytest.mark.parametrize("view", ["student_view", "author_view"])
@pytest.mark.parametrize("name", ["my-skills", "equal-treatment", "working-life"])
def test_shipped_modules_show_in_every_language(open_block, call, name, view):
    for language in ("en", "es", "ar"):
        call(open_block(name), "choose_languages", {"own": language})
        html = open_block(name).render(view).content
        steps = len(preset_module(name).steps)
        assert html.count("<section") == {"student_view": steps + 2, "author_view": steps}[view]


# -- OLX and settings --------------------------------------------------------------------------------------------------

def test_a_block_survives_the_way_through_olx(make_block):
    given_settings = {"marking": "at-end", "attempts": 3, "show_answers": "never", "pass_mark": 75, "runs": 2,
                      "counts": "latest", "country": "DE", "weight": 2.5, "display_name": "Mine"}
    block = make_block(olx(**given_settings))
    copy = make_block(export(block))
    assert copy.load_document() == block.load_document() == Module.from_data(KEYED)
    assert {name: getattr(copy, name) for name in given_settings} == given_settings
    for name in module_names():
        preset = make_block(f'<migrempower_training_module module="{name}"/>')
        assert make_block(export(preset)).load_document() == preset_module(name)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(modules)
def test_any_module_survives_import_and_export_of_its_block_and_shows(make_block, drawn):
    block = make_block(f"<migrempower_training_module>{MODULE_OLX.to_text(drawn)}</migrempower_training_module>")
    assert make_block(export(block)).load_document() == drawn
    assert 'data-screen="start"' in block.render("student_view").content


@pytest.mark.parametrize(("name", "value", "hint"), [
    ("country", "Spain", "two letters"),
    ("marking", "sometimes", "on-check, at-end"), ("counts", "worst", "best, latest"), ("attempts", "-1", "0 to 20"),
    ("show_answers", "always", "after-due"), ("pass_mark", "101", "0 to 100"), ("runs", "many", "runs"),
    ("weight", "-1", "0 to 1000"), ("module", "other", "no shipped module"),
])
def test_a_setting_that_cannot_be_used_is_told(make_block, name, value, hint):
    block = make_block(f'<migrempower_training_module {name}="{value}"/>')
    assert any(hint in str(message.text) for message in block.validate().messages)


def test_an_answer_shown_after_the_first_try_is_told_to_the_author(make_block):
    block = make_block(olx(show_answers="after-attempt"))
    assert any("only one" in str(message.text) for message in block.validate().messages)


# -- refusals ----------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("reply", [
    None, [], {}, "x", 3, True, ["nobody"], ["secret-right"], {"q": "q"}, [["x"]], [None], "x" * 2000])
@pytest.mark.parametrize("step", ["r", "q", "g", "p", "o", "d", "w", "l", "gone"])
def test_replies_that_were_not_offered_are_refused_and_nothing_is_kept(block, call, step, reply):
    allowed = {("r", True), ("w", "x")}
    before = state_of(block)
    status, answer = save(call, block, step, reply)
    empty = reply in ([], {}) and {"q": [], "l": [], "d": [], "g": {}, "p": {}}.get(step) == reply
    if empty or (isinstance(reply, bool | str) and (step, reply) in allowed):
        assert status == 200
    else:
        assert status == 400 and answer["error"] and state_of(block) == before


def test_one_bad_reply_keeps_the_good_ones_out_too(block, call):
    before = state_of(block)
    status, _ = call(block, "save_answers", {"run": 1, "answers": {
        "q": {"stamp": NOW, "reply": right(block, "q")}, "p": {"stamp": NOW, "reply": {"nobody": "here"}}}})
    assert status == 400 and state_of(block) == before


def test_another_learners_names_are_refused(block, call):
    other = HostRuntime(BY_KEY["amira"]).get_block(block.scope_ids.usage_id)
    assert save(call, block, "q", right(other, "q"))[0] == 400


@pytest.mark.parametrize("handler", HANDLERS)
@pytest.mark.parametrize("raw", [b"", b"null", b"[]", b'"x"', b"3", b'{"run": 1', b"\xff\xfe", b"[" * 5000])
def test_a_body_that_is_no_object_is_refused(block, call, handler, raw):
    before = state_of(block)
    status, reply = call(block, handler, raw=raw)
    assert status == 400 and reply["error"] and state_of(block) == before


@pytest.mark.parametrize("handler", HANDLERS)
def test_visitors_strangers_and_masks_can_do_nothing(block, call, handler, monkeypatch):
    visitor = HostRuntime(BY_KEY["visitor"]).get_block(block.scope_ids.usage_id)
    before = state_of(block)
    assert call(visitor, handler, {"run": 1, "answers": {}})[0] == 403
    with mock.patch.object(platform, "is_enrolled", return_value=False):
        assert call(block, handler, {"run": 1, "answers": {}})[0] == 403
    with mock.patch.object(platform, "is_acting_as_another", return_value=True):
        assert call(block, handler, {"run": 1, "answers": {}})[0] == 403
    assert state_of(block) == before


nearly_a_change = st.fixed_dictionaries({}, optional={"stamp": anything, "reply": anything, "check": anything})
nearly_right = st.fixed_dictionaries({}, optional={
    "run": st.sampled_from([1, 2, 0, -1, None, "1"]), "country": anything, "own": anything, "shared": anything,
    "answers": st.dictionaries(st.sampled_from(["r", "q", "g", "p", "o", "d", "w", "l", "x"]),
                               nearly_a_change | anything, max_size=3) | anything})


@settings(max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(handler=st.sampled_from([name for name in HANDLERS if name != "delete_data"]), body=nearly_right | anything)
def test_a_generated_request_is_answered_and_a_refused_one_changes_nothing(make_block, call, handler, body):
    block = make_block(olx())
    save(call, block, "q", wrong(block))
    before = state_of(block)
    status, reply = call(block, handler, raw=json.dumps(body).encode())
    assert status in (200, 400, 403, 409)
    if status != 200:
        assert reply["error"] and state_of(block) == before


# -- the database's work -----------------------------------------------------------------------------------------------

def long_module(count):
    steps = [{**step, "id": f"{step['id']}{number}"} for number in range(count) for step in KEYED["steps"][:6]]
    return {**KEYED, "steps": steps}


def test_each_request_asks_the_database_no_more_for_many_steps(make_block, call, monkeypatch):
    monkeypatch.setattr(HostRuntime, "publish", lambda *args: None)  # the host's own gradebook is not ours to count
    monkeypatch.setattr(HostRuntime, "blocks_of_type", lambda *args: [])  # nor is its way to find other units
    counts = []
    for size in (2, 16):
        block = make_block(olx(long_module(size)))
        fresh_of(block).student_view()
        module = block.load_document()
        key = module.activities["q0"]
        reply = key.show_reply(key.key(), block.veil)
        requests = {
            "view": lambda block: fresh_of(block).student_view(),
            "save": lambda block, reply=reply: save(call, block, "q0", reply),
            "check": lambda block, reply=reply: save(call, block, "q0", reply, check=1),
            "view again": lambda block: fresh_of(block).student_view(),
            "hand in": lambda block: call(block, "hand_in", {"run": 1}),
            "result": lambda block: fresh_of(block).student_view(),
        }
        counts.append({name: queries(request, block) for name, request in requests.items()})
    assert counts[0] == counts[1]
    # Handing in reads every setting once more for its page, and the workbench asks for each field by itself.
    assert all(count <= (26 if name == "hand in" else 17) for name, count in counts[0].items()), counts[0]


def test_an_export_holds_no_learner(make_block, call):
    block = make_block(olx())
    save(call, block, "w", "My private words.")
    exported = export(fresh_of(block))
    assert "private words" not in exported and "progress" not in exported
    assert etree.fromstring(exported).get("marking") == "on-check"
