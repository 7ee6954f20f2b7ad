"""The learner's requests: what is kept, what is refused, and that refusing changes nothing."""

import csv
import io
import json
import re
from datetime import UTC, datetime, timedelta

import pytest
from submissions.models import StudentItem, Submission

from host.models import Grade
from host.runtime import HostRuntime
from migrempower_xblock import platform
from migrempower_xblock.competences.answers import LONGEST_EVIDENCE
from migrempower_xblock.olx import preset_framework

pytestmark = pytest.mark.django_db
STATEMENTS = list(preset_framework("migrempower").statements)
HANDLERS = ["page", "save_answers", "hand_in", "start_again", "choose_languages", "share", "delete_data"]
NOW = int(datetime.now(UTC).timestamp() * 1000)


def answer(level=1, stamp=NOW - 60_000, **parts):
    return {"stamp": stamp, "level": level, **parts}


def everything(level=2):
    return {statement: answer(level) for statement in STATEMENTS}


def save(call, block, answers, number=1):
    return call(block, "save_answers", {"round": number, "answers": answers})


def hand_in(call, block, answers=None, number=1):
    return call(block, "hand_in", {"round": number, "answers": everything() if answers is None else answers})


def arguments(reply):
    return json.loads(re.search(r'<script type="application/json">(.*?)</script>', reply["html"], re.DOTALL)[1])


def state_of(block):
    block = block.runtime.get_block(block.scope_ids.usage_id)
    return block.progress, block.migrempower_languages, list(Submission.objects.values_list("answer"))


def grade_of(block):
    return Grade.objects.filter(block=block.scope_ids.usage_id, learner="new").first()


def test_an_answer_is_kept_as_it_is_given(open_block, call, fresh):
    block = open_block()
    status, reply = save(call, block, {STATEMENTS[0]: answer(2, evidence="In my job.")})
    assert status == 200
    assert reply["answers"][STATEMENTS[0]]["level"] == 2
    assert reply["completion"] == pytest.approx(1 / len(STATEMENTS))
    assert fresh(block).progress["answers"] == {STATEMENTS[0]: answer(2, evidence="In my job.")}
    assert grade_of(block).completion == pytest.approx(1 / len(STATEMENTS))
    assert grade_of(block).earned is None


def test_a_later_answer_wins_whatever_arrives_last(open_block, call):
    block = open_block()
    save(call, block, {STATEMENTS[0]: answer(3, stamp=NOW - 10)})
    status, reply = save(call, block, {STATEMENTS[0]: answer(0, stamp=NOW - 20)})
    assert status == 200
    assert reply["answers"][STATEMENTS[0]]["level"] == 3


def test_a_repeated_request_changes_nothing_more(open_block, call):
    block = open_block()
    save(call, block, {STATEMENTS[0]: answer()})
    before = state_of(block)
    save(call, block, {STATEMENTS[0]: answer()})
    assert state_of(block) == before


def test_handing_in_makes_a_dated_record_and_a_grade_on_completion_only(open_block, call, fresh):
    block = open_block()
    answers = {s: answer(0) for s in STATEMENTS[:15]} | {STATEMENTS[15]: answer(None, skip="unclear")}
    status, reply = hand_in(call, block, answers)
    assert status == 200
    assert 'data-screen="result"' in reply["html"]
    (record,) = Submission.objects.all()
    assert record.student_item.student_id == block.place.learner
    assert record.answer["moment"] == "start"
    assert len(record.answer["unanswered"]) == len(STATEMENTS) - 16
    assert abs(record.submitted_at - datetime.now(UTC)) < timedelta(minutes=1)
    assert grade_of(block).earned == pytest.approx(16 / len(STATEMENTS))
    assert fresh(block).progress == {"format": 1, "round": 1, "answers": {}, "score": 16 / len(STATEMENTS),
                                     "complete": 16 / len(STATEMENTS)}


def test_the_lowest_and_the_highest_ratings_give_the_same_grade(open_block, call):
    low, high = open_block(key="new"), open_block(key="daniel")
    hand_in(call, low, everything(0))
    hand_in(call, high, everything(3))
    assert [grade.earned for grade in Grade.objects.all()] == [1.0, 1.0]


def test_a_repeated_hand_in_finds_the_round_made(open_block, call):
    block = open_block()
    assert hand_in(call, block)[0] == 200
    status, reply = hand_in(call, block, everything(0))
    assert status == 200
    assert 'data-screen="result"' in reply["html"]
    (record,) = Submission.objects.all()
    assert {a["level"] for a in record.answer["answers"].values()} == {2}


def test_a_hand_in_repairs_what_two_tabs_lost(open_block, call):
    block = open_block()
    save(call, block, {STATEMENTS[0]: answer(1)})
    hand_in(call, block, {STATEMENTS[0]: answer(1), STATEMENTS[1]: answer(2)})
    assert set(Submission.objects.get().answer["answers"]) == set(STATEMENTS[:2])


def test_an_answer_after_the_hand_in_is_refused(open_block, call):
    block = open_block()
    hand_in(call, block)
    before = state_of(block)
    status, reply = save(call, block, {STATEMENTS[0]: answer(0)})
    assert status == 409
    assert "already handed in" in reply["error"]
    assert state_of(block) == before


def test_a_second_round_needs_the_authors_leave(open_block, call):
    block = open_block("start")
    hand_in(call, block)
    before = state_of(block)
    assert call(block, "start_again", {})[0] == 403
    assert save(call, block, {STATEMENTS[0]: answer()}, 2)[0] == 403
    assert hand_in(call, block, number=2)[0] == 403
    assert state_of(block) == before


def test_rounds_go_on_until_the_last_one_and_the_best_completion_counts(open_block, call):
    block = open_block("end")  # three rounds
    hand_in(call, block)
    for number in (2, 3):
        status, reply = call(block, "start_again", {})
        assert status == 200 and arguments(reply)["round"] == number
        assert arguments(call(block, "start_again", {})[1])["round"] == number
        hand_in(call, block, {STATEMENTS[0]: answer()}, number)
    assert call(block, "start_again", {})[0] == 403
    assert Submission.objects.count() == 3
    assert grade_of(block).earned == 1.0


def test_looking_back_opens_after_a_round_at_the_end(open_block, call):
    back, end = open_block("looking-back"), open_block("end")
    assert save(call, back, {STATEMENTS[0]: answer()})[0] == 403
    assert hand_in(call, back)[0] == 403
    hand_in(call, open_block("start"))
    assert save(call, back, {STATEMENTS[0]: answer()})[0] == 403
    hand_in(call, end)
    assert save(call, back, {STATEMENTS[0]: answer()})[0] == 200
    assert hand_in(call, back)[0] == 200


def test_after_the_due_date_answers_are_refused_and_kept_as_they_were(open_block, call, monkeypatch):
    block = open_block()
    save(call, block, {STATEMENTS[0]: answer()})
    due = {block.scope_ids.usage_id: datetime.now(UTC) - timedelta(hours=1)}
    monkeypatch.setattr(HostRuntime, "due_dates", due)
    before = state_of(block)
    for status, reply in (save(call, block, {STATEMENTS[1]: answer()}), hand_in(call, block)):
        assert status == 403
        assert "time" in reply["error"]
    assert state_of(block) == before


def test_the_grace_period_is_given(open_block, monkeypatch):
    block = open_block()
    block.due, block.graceperiod = datetime.now(UTC) - timedelta(hours=1), timedelta(hours=2)
    assert not block.is_closed()
    block.graceperiod = timedelta(minutes=1)
    assert block.is_closed()


WRONG = [
    ("save_answers", {"round": 1, "answers": {"nobody-1": answer()}}, 400),
    ("save_answers", {"round": 1, "answers": {STATEMENTS[0]: answer(9)}}, 400),
    ("save_answers", {"round": 1, "answers": {STATEMENTS[0]: answer(), STATEMENTS[1]: answer(9)}}, 400),
    ("save_answers", {"round": 1, "answers": {STATEMENTS[0]: answer(evidence="x" * (LONGEST_EVIDENCE + 1))}}, 400),
    ("save_answers", {"round": 1, "answers": []}, 400),
    ("save_answers", {"round": 1}, 400),
    ("save_answers", {"round": "1", "answers": {}}, 400),
    ("save_answers", {"round": True, "answers": {}}, 400),
    ("save_answers", {"round": 2, "answers": {}}, 409),
    ("save_answers", {"round": -1, "answers": {}}, 409),
    ("save_answers", {}, 400),
    ("hand_in", {}, 400),
    ("hand_in", {"round": [1]}, 400),
    ("hand_in", {"round": 1, "answers": None}, 400),
    ("hand_in", {"round": 7}, 409),
    ("choose_languages", {}, 400),
    ("choose_languages", {"own": "xx"}, 400),
    ("choose_languages", {"own": "en", "beside": "xx"}, 400),
    ("choose_languages", {"own": ["en"]}, 400),
    ("choose_languages", {"own": "en", "beside": None}, 400),
    ("share", {}, 400),
    ("share", {"shared": "yes", "stamp": 1}, 400),
    ("share", {"shared": True}, 400),
    ("share", {"shared": True, "stamp": "1"}, 400),
    ("hand_in", {"round": True}, 400),
    ("hand_in", {"round": 1.0}, 400),
]


@pytest.mark.parametrize(("handler", "body", "expected"), WRONG)
def test_a_wrong_request_is_refused_in_words_and_changes_nothing(open_block, call, handler, body, expected):
    block = open_block()
    save(call, block, {STATEMENTS[2]: answer()})
    before = state_of(block)
    status, reply = call(block, handler, body)
    assert status == expected
    assert reply["error"].endswith(".") and len(reply["error"]) > 20
    assert state_of(block) == before


@pytest.mark.parametrize("handler", HANDLERS)
@pytest.mark.parametrize("raw", [
    b"", b"null", b"[]", b'"x"', b"3", b"{", b'{"round": 1, "answers"', b"\xff\xfe", b"[" * 100_000, b'{"a":' * 50_000,
    b'{"round": 1e999, "answers": {}}'[:6], b'{"round": ' + b"9" * 5000 + b"}",
])
def test_a_body_that_is_no_object_is_refused(open_block, call, handler, raw):
    block = open_block()
    before = state_of(block)
    status, reply = call(block, handler, raw=raw)
    assert status == 400
    assert reply["error"]
    assert state_of(block) == before


@pytest.mark.parametrize("handler", HANDLERS)
def test_a_huge_body_is_refused(open_block, call, handler):
    assert call(open_block(), handler, raw=b'{"a": "' + b"x" * 300_000 + b'"}')[0] == 413


@pytest.mark.parametrize("handler", HANDLERS)
def test_reading_a_handler_that_writes_is_refused(open_block, call, handler):
    assert call(open_block(), handler, method="GET")[0] == 405


@pytest.mark.parametrize("handler", [*HANDLERS, "download"])
def test_a_visitor_can_do_nothing(open_block, call, handler):
    block = open_block(key="visitor")
    method = "GET" if handler == "download" else "POST"
    status, reply = call(block, handler, {"round": 1, "answers": {}}, method=method, suffix="json")
    assert status == 403
    assert "log in" in reply["error"]
    assert not StudentItem.objects.exists()


@pytest.mark.parametrize("handler", [*HANDLERS, "download"])
def test_a_person_who_is_not_enrolled_can_do_nothing(open_block, call, handler, monkeypatch):
    monkeypatch.setattr(platform, "is_enrolled", lambda block, person: False)
    method = "GET" if handler == "download" else "POST"
    status, reply = call(open_block(), handler, {"round": 1, "answers": {}}, method=method, suffix="json")
    assert status == 403
    assert "join this course" in reply["error"]
    assert not StudentItem.objects.exists()


def test_staff_need_not_be_enrolled(open_block, call, monkeypatch):
    monkeypatch.setattr(platform, "is_enrolled", lambda block, person: False)
    assert save(call, open_block(key="author"), {STATEMENTS[0]: answer()})[0] == 200


def test_errors_speak_the_learners_language(open_block, call):
    block = open_block()
    call(block, "choose_languages", {"own": "es"})
    assert call(block, "share", {})[1]["error"] != call(open_block(key="daniel"), "share", {})[1]["error"]


def test_languages_are_kept_and_shared_by_all_blocks(open_block, call):
    status, reply = call(open_block("start"), "choose_languages", {"own": "ar", "beside": "es"})
    assert status == 200
    assert 'dir="rtl"' in reply["html"]
    assert [language["tag"] for language in arguments(reply)["languages"]] == ["ar", "es"]
    assert 'lang="ar" dir="rtl"' in open_block("end").render("student_view").content


def test_sharing_is_off_until_the_learner_switches_it_on(open_block, call):
    block = open_block()
    switched_on = 'aria-describedby="{}-who" checked'
    assert switched_on.split('"')[-1] not in block.render("student_view").content.split("data-part=\"share\"")[1][:80]
    assert call(block, "share", {"shared": True, "stamp": NOW - 9}) == (200, {"shared": True})
    assert block.place.block in block.history().shared_blocks
    call(block, "share", {"shared": False, "stamp": NOW - 8})
    assert block.place.block not in block.history().shared_blocks
    assert grade_of(block) is None


def test_deleting_removes_every_row_and_leaves_the_grade(open_block, call, fresh):
    block = open_block("end")
    hand_in(call, block, {STATEMENTS[0]: answer(2, evidence="In my job.")})
    call(block, "share", {"shared": True, "stamp": NOW})
    call(block, "start_again", {})
    save(call, block, {STATEMENTS[1]: answer(2, evidence="At home.")}, 2)
    earned = grade_of(block).earned
    hand_in(call, open_block("start"))
    status, reply = call(block, "delete_data", {})
    assert status == 200
    assert arguments(reply)["stage"] == "answering" and arguments(reply)["answers"] == {}
    assert {item.item_id for item in StudentItem.objects.all()} == {open_block("start").place.block}
    assert Submission.objects.count() == 1
    assert fresh(block).progress["answers"] == {}
    assert grade_of(block).earned == earned


def test_nobody_elses_data_is_deleted(open_block, call):
    hand_in(call, open_block(key="daniel"))
    hand_in(call, open_block(key="new"))
    call(open_block(key="new"), "delete_data", {})
    assert Submission.objects.get().student_item.student_id == open_block(key="daniel").place.learner


def test_all_that_is_kept_can_be_downloaded(open_block, call):
    block = open_block("end")
    hand_in(call, block, {STATEMENTS[0]: answer(2, evidence="=1+1")})
    call(block, "start_again", {})
    save(call, block, {STATEMENTS[1]: answer(1)}, 2)
    status, data = call(block, "download", method="GET", suffix="json")
    assert status == 200
    assert data["rounds"][0]["answers"][STATEMENTS[0]]["evidence"] == "=1+1"
    assert data["in_progress"]["answers"][STATEMENTS[1]]["level"] == 1
    status, response = call(block, "download", method="GET", suffix="csv")
    assert response.content_type == "text/csv"
    assert response.headers["Content-Disposition"] == 'attachment; filename="self-evaluation.csv"'
    assert response.body.startswith("\ufeff".encode())
    rows = list(csv.DictReader(io.StringIO(response.body.decode("utf-8-sig"))))
    assert [row["statement_id"] for row in rows] == STATEMENTS[:2]
    assert rows[0]["evidence"] == "'=1+1"
    assert rows[0]["level_words"] == "I can do this alone"


def test_other_downloads_are_not_there(open_block, call):
    assert call(open_block(), "download", method="GET", suffix="xml")[0] == 404
    assert call(open_block(), "download", method="POST", suffix="json")[0] == 404


def test_what_a_learner_wrote_is_never_markup(open_block, call):
    block = open_block()
    evil = '</script><img src=x onerror="alert(1)">'
    save(call, block, {STATEMENTS[0]: answer(1, evidence=evil)})
    page = block.runtime.get_block(block.scope_ids.usage_id).render("student_view")
    assert "<img src=x" not in page.content + page.foot_html()
    assert arguments({"html": page.content})["answers"][STATEMENTS[0]]["evidence"] == evil
    assert hand_in(call, block)[0] == 200


def test_events_carry_ids_and_nothing_a_person_chose(open_block, call, monkeypatch):
    published = []
    monkeypatch.setattr(HostRuntime, "publish", lambda self, block, kind, data: published.append((kind, data)))
    block = open_block("end")
    save(call, block, {STATEMENTS[0]: answer(2, evidence="In my job.")})
    hand_in(call, block)
    call(block, "start_again", {})
    call(block, "share", {"shared": True, "stamp": NOW})
    call(block, "delete_data", {})
    ours = [(kind, data) for kind, data in published if kind.startswith("migrempower.")]
    assert [kind.rsplit(".", 1)[1] for kind, _ in ours] == [
        "answered", "handed_in", "started_again", "sharing_changed", "data_deleted"]
    assert all(kind.startswith("migrempower.self_evaluation.") for kind, _ in ours)
    assert "In my job" not in json.dumps(ours)
    assert all(set(data) <= {"round", "ids", "shared", "block"} for _, data in ours)


def test_a_framework_with_mistakes_refuses_politely(open_block, call):
    status, reply = save(call, open_block("with-mistakes"), {})
    assert status == 409
    assert "not ready" in reply["error"]


def test_a_choice_to_share_that_arrives_late_does_not_undo_a_later_one(open_block, call):
    block = open_block()
    for shared, stamp in ((True, 100), (False, 300), (True, 200), (False, 300)):
        _, reply = call(block, "share", {"shared": shared, "stamp": stamp})
    assert reply == {"shared": False}
    assert StudentItem.objects.count() == 2 and Submission.objects.count() == 1


def test_a_refused_start_changes_nothing_and_hides_no_result(open_block, call, monkeypatch):
    block = open_block("end")
    hand_in(call, block)
    monkeypatch.setattr(HostRuntime, "due_dates",
                        {block.scope_ids.usage_id: datetime.now(UTC) - timedelta(hours=1)})
    before = state_of(block)
    assert call(block, "start_again", {})[0] == 403
    assert state_of(block) == before
    assert 'data-screen="result"' in call(block, "page", {})[1]["html"]


def test_the_result_stays_in_reach_when_the_next_round_was_begun_too_late(open_block, call, monkeypatch):
    block = open_block("end")
    hand_in(call, block)
    call(block, "start_again", {})
    monkeypatch.setattr(HostRuntime, "due_dates",
                        {block.scope_ids.usage_id: datetime.now(UTC) - timedelta(hours=1)})
    assert 'data-screen="result"' in call(block, "page", {})[1]["html"]


def test_deleted_answers_do_not_come_back_with_a_late_request(open_block, call, fresh):
    block = open_block()
    late = {STATEMENTS[0]: answer(2, evidence="In my job.")}
    save(call, block, late)
    call(block, "delete_data", {})
    assert save(call, block, late)[0] == 409
    assert hand_in(call, block, late)[0] == 409
    assert fresh(block).progress["answers"] == {} and not Submission.objects.exists()
    assert save(call, block, late, 2)[0] == 200


def test_points_earned_stay_after_deleting_and_handing_in_less(open_block, call):
    block = open_block()
    hand_in(call, block)
    call(block, "delete_data", {})
    hand_in(call, block, {STATEMENTS[0]: answer()}, 2)
    assert grade_of(block).earned == grade_of(block).completion == 1.0


def test_completion_does_not_fall_while_another_round_is_under_way(open_block, call):
    block = open_block("end")
    hand_in(call, block)
    call(block, "start_again", {})
    save(call, block, {STATEMENTS[0]: answer()}, 2)
    assert grade_of(block).completion == 1.0


def test_a_repeated_hand_in_does_not_undo_an_instructors_score(open_block, call, fresh):
    from xblock.scorable import Score

    block = open_block()
    hand_in(call, block, {STATEMENTS[0]: answer()})
    staff_sees = fresh(block)
    staff_sees.set_score(Score(0.9, 1))
    staff_sees.publish_grade()
    staff_sees.save()
    assert grade_of(block).earned == 0.9
    hand_in(call, block, {STATEMENTS[0]: answer()})
    assert grade_of(block).earned == 0.9


def test_fewer_rounds_than_before_are_enforced(open_block, call, fresh):
    block = open_block("end")
    hand_in(call, block)
    call(block, "start_again", {})
    edited = fresh(block)
    edited.rounds = 1
    edited.save()
    try:
        assert save(call, block, {STATEMENTS[0]: answer()}, 2)[0] == 403
        assert hand_in(call, block, number=2)[0] == 403
    finally:
        edited.rounds = 3
        edited.save()


def test_a_form_or_a_file_is_refused(client, open_block):
    url = "/handler/start.migrempower_self_evaluation.d0.u0/save_answers/?student=new"
    assert client.post(url, {"round": 1}).status_code == 415
    assert client.post(url, "round=1", content_type="application/x-www-form-urlencoded").status_code == 415
    assert client.post(url.replace("save_answers", "no_such_handler")).status_code == 404


def test_a_block_names_itself_without_its_learners_answers(open_block, call, fresh):
    block = open_block()
    save(call, block, {STATEMENTS[0]: answer(evidence="In my job.")})
    block = fresh(block)
    assert block.progress
    assert "In my job" not in repr(block) + str(block)


def test_staff_who_look_as_a_learner_change_nothing(open_block, call, monkeypatch):
    monkeypatch.setattr(platform, "is_acting_as_another", lambda block: True)
    for handler in HANDLERS:
        assert call(open_block(), handler, {"round": 1, "answers": {}})[0] == 403
    assert not StudentItem.objects.exists()


def test_learners_reach_their_data_while_the_framework_has_mistakes(make_block, call):
    block = make_block("<migrempower_self_evaluation/>")
    hand_in(call, block, {STATEMENTS[0]: answer(2, evidence="In my job.")})
    block.document = "<framework>"
    block.save()
    html = block.runtime.get_block(block.scope_ids.usage_id).render("student_view").content
    assert "not ready yet" in html and 'data-act="delete"' in html
    assert call(block, "download", method="GET", suffix="json")[1]["rounds"][0]["answers"][STATEMENTS[0]]["level"] == 2
    assert call(block, "download", method="GET", suffix="csv")[0] == 200
    assert call(block, "delete_data", {})[0] == 200
    assert not Submission.objects.exists()
