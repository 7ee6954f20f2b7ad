"""What a native client gets: the document of a block, and where one learner stands in it."""

import json

import pytest

from .test_handlers import STATEMENTS, answer, everything, hand_in, save

pytestmark = pytest.mark.django_db
MARKERS = ("SECRET", "secret-", "decoy-")


def state(call, block):
    status, reply = call(block, "student_view_user_state", method="GET")
    assert status == 200, reply
    return reply


def test_a_self_evaluation_under_way(open_block, call):
    block = open_block()
    save(call, block, {STATEMENTS[0]: answer(2)})
    found = state(call, block)
    assert (found["stage"], found["round"], found["own"], found["handed_in"]) == ("answering", 1, "en", [])
    assert found["answers"] == {STATEMENTS[0]: answer(2)}
    assert (found["may_share"], found["shared"]) == (True, False)


def test_a_self_evaluation_handed_in(open_block, call):
    block = open_block()
    hand_in(call, block, everything(3))
    found = state(call, block)
    assert (found["stage"], found["round"], found["may_go_again"]) == ("result", None, False)
    (handed_in,) = found["handed_in"]
    assert (handed_in["round"], handed_in["moment"]) == (1, "start") and set(handed_in["ratings"].values()) == {1.0}
    assert found["answers"] == {} and found["completion"] == 1


def test_the_texts_of_a_client_are_the_blocks_document(open_block, call):
    shown = open_block().student_view_data()["framework"]
    statements = [each for area in shown["areas"] for competence in area["competences"]
                  for each in competence["statements"]]
    assert [each["id"] for each in statements] == STATEMENTS
    assert len(shown["scale"]["levels"]) == 4 and "ar" in statements[0]["text"]


def test_a_module_is_answered_with_what_a_client_was_told(open_block, call):
    """No page is needed: the names of options come with the steps, and checking gives what was earned."""
    block = open_block("every-kind")
    found = state(call, block)
    steps = {step["id"]: step for step in found["steps"]}
    (refusal,) = [each for each in steps["choice"]["options"] if each["text"]["en"] == "No, thank you."]
    status, _ = call(block, "save_answers", {"run": found["run"], "answers": {
        "choice": {"stamp": found["now"], "reply": [refusal["name"]], "check": 1}}})
    after = state(call, block)
    step = next(each for each in after["steps"] if each["id"] == "choice")
    assert status == 200 and step["outcome"]["kind"] == "right" and after["done"] == ["choice"]
    assert [each["chosen"] for each in step["options"] if each["name"] == refusal["name"]] == [True]


def test_every_kind_of_step_can_be_told(open_block, call):
    steps = state(call, open_block("every-kind"))["steps"]
    forms = {step["form"] for step in steps}
    assert {"read", "watch", "options", "matching", "ordering", "gaps", "dialogue", "writing"} <= forms
    assert all(step["title"] and "template" not in step for step in steps)


def test_texts_come_in_the_languages_the_learner_reads(open_block, call):
    block = open_block("my-skills")
    call(block, "choose_languages", {"own": "ar", "beside": "es"})
    found = state(call, block)
    assert (found["own"], found["beside"]) == ("ar", "es")
    assert {frozenset(step["title"]) for step in found["steps"]} == {frozenset({"ar", "es"})}


def test_gaps_to_choose_for_come_in_both_languages(open_block, call):
    block = open_block("equal-treatment")
    call(block, "choose_languages", {"own": "es", "beside": "en"})
    (gaps,) = [step for step in state(call, block)["steps"] if step["form"] == "gaps"]
    here, beside = ([piece["gap"]["choices"] for piece in gaps[name] if "gap" in piece]
                    for name in ("pieces", "pieces_beside"))
    assert here[0] and [[each["text"] for each in gap] for gap in here] == [[each["text"] for each in gap]
                                                                            for gap in beside]
    assert all(set(each) == {"text"} and set(each["text"]) == {"es", "en"} for gap in beside for each in gap)


def test_nothing_unearned_reaches_a_client(open_block, call):
    block = open_block("secrets")
    told = json.dumps([block.student_view_data(), state(call, block)])
    assert not [marker for marker in MARKERS if marker in told]


def test_a_run_handed_in_tells_its_points_where_they_may_be_told(open_block, call):
    block = open_block("every-kind")
    call(block, "hand_in", {"run": 1})
    found = state(call, block)
    assert found["stage"] == "result" and found["steps"] == [] and found["handed_in"][0]["earned"] == 0
    block = open_block("every-kind")
    block.show_correctness = "never"
    assert set(block.record_for_clients(block.history().records[0])) == set()


def test_asking_changes_nothing_and_needs_a_get(open_block, call):
    block = open_block()
    before = (block.progress, block.migrempower_languages)
    state(call, block)
    assert call(block, "student_view_user_state", {})[0] == 405
    again = open_block()
    assert (again.progress, again.migrempower_languages) == before


def test_a_visitor_is_refused(open_block, call):
    assert call(open_block(key="visitor"), "student_view_user_state", method="GET")[0] == 403


def test_a_document_with_mistakes_is_told(open_block, call):
    block = open_block("with-mistakes")
    assert block.student_view_data() == {"ready": False}
    assert call(block, "student_view_user_state", method="GET")[0] == 409


def test_what_has_no_form_for_a_client_says_so(open_block):
    assert open_block("passport").student_view_data() == {"ready": False}
    assert open_block("cohort-report").student_view_data() == {"ready": False}


@pytest.mark.parametrize("slug", ["start", "my-skills", "passport", "cohort-report"])
def test_every_block_is_for_many_devices(open_block, slug):
    block = open_block(slug)
    assert block.has_support(block.student_view, "multi_device")
