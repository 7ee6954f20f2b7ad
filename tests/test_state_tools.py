"""The instructor's tools for learners' states, as the LMS runs them (``tests/lms/instructor.py``)."""

import re
from datetime import UTC, datetime
from importlib import import_module

import pytest
from submissions.models import StudentItem, Submission
from xblock.core import XBlock
from xblock.fields import Scope

from migrempower_xblock import records
from migrempower_xblock.olx import MODULE_OLX
from migrempower_xblock.training.module import Module

from .test_handlers import NOW, STATEMENTS, answer, hand_in, save
from .test_platform import double, lms  # noqa: F401 - fixtures
from .test_retirement import BLOCKS, COURSE, view
from .test_training_module import KEYED, wrong
from .test_training_module import hand_in as hand_in_module
from .test_training_module import save as save_step

GRADED = ["start", "module"]


@pytest.fixture
def keys(lms, double):  # noqa: F811
    """The course's blocks, by their names."""
    found = {name: double.usage(name, f"migrempower_{kind}") for name, kind in BLOCKS.items()}
    lms.content.update({(None, key): {} for key in found.values()})
    lms.content[None, found["module"]] = {"document": MODULE_OLX.to_text(Module.from_data(KEYED)), "attempts": 2}
    return found


@pytest.fixture
def tools(lms, keys, double):  # noqa: F811
    """tools(name) gives what staff do at a block."""
    return lambda name: import_module("tests.lms.instructor").StateTools(lms, keys[name])


@pytest.fixture
def amira(lms):  # noqa: F811
    return lms.add_user("amira")


@pytest.fixture
def bilal(lms):  # noqa: F811
    return lms.add_user("bilal")


@pytest.fixture
def trainer(lms):  # noqa: F811
    return lms.add_role(lms.add_user("trainer"), "staff")


@pytest.fixture
def handed_in(tools, call):
    """Hand in at a block: half of the evaluation, or a module with one wrong answer; gives the share earned."""

    def do(name, student):
        block = tools(name).block_of(student)
        reply = (hand_in(call, block, {each: answer() for each in STATEMENTS[:15]}) if name == "start"
                 else hand_in_module(call, block, q=wrong(block)))
        assert reply[0] == 200
        return 0.5 if name == "start" else 9 / 11

    return do


def worse(lms, key):  # noqa: F811
    """Let the module's author find that another answer was right; a run with everything right loses two points."""
    data = Module.from_data(KEYED).to_data()
    options = data["steps"][1]["options"]
    options[0].pop("right")
    options[2]["right"] = True
    lms.content[None, key] = {"document": MODULE_OLX.to_text(Module.from_data(data))}


def share_of(row):
    return row.grade / row.max_grade


def page_of(block):
    """Return the HTML of a learner's page without the server's time."""
    return re.sub(r'"now":\d+|"now": \d+|data-now="\d+"', "", block.render("student_view").content)


# -- deleting a state --------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("name", GRADED)
def test_deleting_a_state_reaches_all_of_one_learner_at_one_block(lms, keys, tools, amira, bilal, trainer,  # noqa: F811
                                                                  handed_in, call, name):
    other = next(each for each in GRADED if each != name)
    for student in (amira, bilal):
        for each in GRADED:
            handed_in(each, student)
            call(lms.open_block(keys[each], student), "share", {"shared": True, "stamp": NOW})
        place = records.Place(lms.id_of(student), COURSE, str(keys["start"]))
        records.add_view(place, view(keys["start"], lms.id_of(trainer)), datetime.now(UTC))
        call(lms.open_block(keys["start"], student), "answer_view",
             {"session": "a-session", "text": "Thank you!", "stamp": NOW})
    before = set(StudentItem.objects.values_list("student_id", "item_type", "item_id"))
    tool = tools(name)
    tool.delete_state(amira, trainer)
    gone = before - set(StudentItem.objects.values_list("student_id", "item_type", "item_id"))
    assert {learner for learner, _, _ in gone} == {lms.id_of(amira)}
    assert {kind for _, kind, _ in gone} == ({records.ROUNDS, records.SHARING, records.VIEWS, records.REPLIES}
                                             if name == "start" else {records.RUNS, records.SHARING})
    history = records.history(lms.id_of(amira), COURSE)
    assert [each.block for each in history.records] == [str(keys[other])]
    assert history.shared_blocks == {str(keys[other])}
    assert not tool.rows(amira).exists() and tool.rows(bilal).exists() and tools(other).rows(amira).exists()
    assert tool.takings_back == [(lms.id_of(amira), COURSE, str(keys[name]))]


@pytest.mark.parametrize("name", GRADED)
def test_a_learner_whose_state_was_deleted_begins_anew(lms, keys, tools, amira, trainer, handed_in, name):  # noqa: F811
    handed_in(name, amira)
    tools(name).delete_state(amira, trainer)
    block = tools(name).block_of(amira)
    assert block.progress == {} and not block.has_submitted_answer() and not block.has_begun
    assert 'data-screen="start"' in block.render("student_view").content
    share = handed_in(name, amira)
    assert share_of(tools(name).rows().get()) == pytest.approx(share)
    assert [each.number for each in records.history(lms.id_of(amira), COURSE).records] == [1]


def test_turns_that_were_used_and_deleted_come_back_too(lms, keys, tools, amira, trainer, handed_in, call):  # noqa: F811
    lms.content[None, keys["module"]]["runs"] = 1
    handed_in("module", amira)
    assert call(tools("module").block_of(amira), "delete_data")[0] == 200
    assert hand_in_module(call, tools("module").block_of(amira), 2)[0] == 403
    tools("module").delete_state(amira, trainer)
    assert hand_in_module(call, tools("module").block_of(amira))[0] == 200


@pytest.mark.parametrize("name", GRADED)
def test_a_score_that_staff_have_set_is_taken_back_with_the_state(tools, amira, trainer, lms, keys, name):  # noqa: F811
    tool = tools(name)
    tool.override(amira, 1)
    tool.delete_state(amira, trainer)
    assert tool.takings_back == [(lms.id_of(amira), COURSE, str(keys[name]))]
    assert tool.block_of(amira).get_score().raw_earned == 0


def test_at_the_passport_the_plan_and_its_sharing_go_and_nothing_else(lms, keys, tools, amira, trainer,  # noqa: F811
                                                                     handed_in, call):
    handed_in("start", amira)
    place = records.Place(lms.id_of(amira), COURSE, str(keys["start"]))
    records.add_view(place, view(keys["start"], lms.id_of(trainer)), datetime.now(UTC))
    passport = lms.open_block(keys["passport"], amira)
    call(passport, "save_answers", {"number": 1, "answers": {"step:one": {"stamp": NOW, "will": "Ask."}}})
    call(passport, "share_block", {"block": str(keys["passport"]), "shared": True, "stamp": NOW})
    before = records.history(lms.id_of(amira), COURSE)
    assert before.shared_blocks == {str(keys["passport"])}
    tool = tools("passport")
    tool.delete_state(amira, trainer)
    after = records.history(lms.id_of(amira), COURSE)
    assert not after.shared_blocks and (after.records, after.views) == (before.records, before.views)
    assert not StudentItem.objects.filter(item_id__contains=str(keys["passport"])).exists()
    assert tool.block_of(amira).progress == {} and tools("start").rows(amira).exists()
    assert tool.takings_back == []  # it has no score


def test_at_the_report_there_is_nothing_to_delete(tools, lms, keys, trainer, amira, handed_in):  # noqa: F811
    handed_in("start", amira)
    before = Submission.objects.count()
    with pytest.raises(lms.models.StudentModule.DoesNotExist):
        tools("report").delete_state(trainer, trainer)
    assert Submission.objects.count() == before


@pytest.mark.parametrize("name", GRADED)
def test_where_only_the_platforms_rows_are_deleted_the_records_stay_and_the_learner_goes_on(  # as of an entrance exam
        lms, keys, tools, amira, handed_in, call, name):  # noqa: F811
    lms.content[None, keys["start"]]["rounds"] = 2
    share = handed_in(name, amira)
    tools(name).delete_states_of_all()
    block = tools(name).block_of(amira)
    assert block.has_submitted_answer() and 'data-screen="result"' in block.render("student_view").content
    assert call(block, "start_again")[0] == 200
    assert (save(call, block, {STATEMENTS[0]: answer()}, 2) if name == "start"
            else save_step(call, block, "w", "Mine.", run=2))[0] == 200
    assert tools(name).rescore() == {"amira": "succeeded"}
    assert share_of(tools(name).rows().get()) == pytest.approx(share)


# -- rescoring ---------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("name", GRADED)
def test_a_rescore_scores_who_has_handed_in_and_skips_who_has_not(lms, keys, tools, amira, bilal, handed_in,  # noqa: F811
                                                                  call, name):
    share, tool = handed_in(name, amira), tools(name)
    block = tool.block_of(bilal)
    assert (save(call, block, {STATEMENTS[0]: answer()}) if name == "start"
            else save_step(call, block, "w", "Mine."))[0] == 200
    tool.rows(amira).update(grade=0, max_grade=1)
    before = tool.rows(bilal).get().state
    assert tool.rescore() == {"amira": "succeeded", "bilal": "skipped"}
    assert share_of(tool.rows(amira).get()) == pytest.approx(share)
    assert tool.block_of(amira).get_score() == tool.block_of(amira).calculate_score()
    assert tool.rows(bilal).get().state == before and tool.rows(bilal).get().grade is None


def test_a_rescore_after_the_key_has_changed_lowers_unless_it_may_only_raise(lms, keys, tools, amira, call):  # noqa: F811
    tool = tools("module")
    hand_in_module(call, tool.block_of(amira))
    assert share_of(tool.rows().get()) == 1
    worse(lms, keys["module"])
    assert tool.rescore(only_if_higher=True) == {"amira": "succeeded"}
    assert share_of(tool.rows().get()) == 1 and tool.block_of(amira).get_score().raw_earned == 11
    assert tool.rescore(amira) == {"amira": "succeeded"}
    assert share_of(tool.rows().get()) == pytest.approx(9 / 11)
    assert tool.block_of(amira).get_score().raw_earned == pytest.approx(9)


@pytest.mark.parametrize("name", GRADED)
def test_a_row_without_a_state_is_rescored_from_the_records(tools, amira, handed_in, name):
    share, tool = handed_in(name, amira), tools(name)
    for state in (None, "{}"):
        tool.rows().update(state=state, grade=None, max_grade=None)
        assert tool.rescore() == {"amira": "succeeded"}
        assert share_of(tool.rows().get()) == pytest.approx(share)


@pytest.mark.parametrize("act", ["rescore", "override"])
def test_what_a_learner_saves_while_staff_score_is_kept(lms, keys, tools, amira, handed_in, call, act):  # noqa: F811
    lms.content[None, keys["start"]]["rounds"] = 2
    handed_in("start", amira)
    tool = tools("start")
    call(lms.open_block(keys["start"], amira), "start_again")
    if act == "rescore":
        tool.override(amira, 0.1)  # or there would be nothing to write

    def meanwhile():
        assert save(call, lms.open_block(keys["start"], amira), {STATEMENTS[3]: answer(3)}, 2)[0] == 200

    if act == "rescore":
        tool.rescore(amira, meanwhile=meanwhile)
    else:
        tool.override(amira, 0.9, meanwhile)
    block = tool.block_of(amira)
    assert block.sheet.answers[STATEMENTS[3]].level == 3
    assert block.get_score().raw_earned == (0.5 if act == "rescore" else 0.9)


# -- setting a score ---------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("weight", [1, 3, 0.5, None])
@pytest.mark.parametrize("has_state", [True, False])
@pytest.mark.parametrize("name", GRADED)
def test_staff_set_a_score_with_or_without_a_state(lms, keys, tools, amira, handed_in, name, has_state,  # noqa: F811
                                                   weight):
    lms.content[None, keys[name]]["weight"] = weight
    if has_state:
        handed_in(name, amira)
    tool = tools(name)
    most, before = tool.definition.max_score(), tool.block_of(amira).sheet
    assert most == (1 if name == "start" else 11)
    tool.override(amira, 0.25 * most)
    assert share_of(tool.rows().get()) == 0.25
    block = tool.block_of(amira)
    assert block.get_score() == (0.25 * most, most)
    assert block.has_submitted_answer() is has_state and block.sheet == before
    assert ('data-screen="result"' if has_state else 'data-screen="start"') in block.render("student_view").content


@pytest.mark.parametrize("name", GRADED)
def test_a_score_set_by_staff_moves_no_completion(tools, amira, call, name):
    tool = tools(name)
    block = tool.block_of(amira)
    assert (save(call, block, {STATEMENTS[0]: answer()}) if name == "start"
            else save_step(call, block, "r", True))[0] == 200
    assert len(tool.completions) == 1 and 0 < tool.completions[0] < 1
    tool.override(amira, 1)
    assert len(tool.completions) == 1
    assert tool.block_of(amira).has_begun


@pytest.mark.parametrize("name", GRADED)
def test_after_a_rescore_a_score_set_by_staff_is_gone_unless_it_is_higher(tools, amira, handed_in, name):
    share, tool = handed_in(name, amira), tools(name)
    most = tool.definition.max_score()
    tool.override(amira, 0.95 * most)
    tool.rescore(only_if_higher=True)
    assert share_of(tool.rows().get()) == pytest.approx(0.95)
    tool.rescore()
    assert share_of(tool.rows().get()) == pytest.approx(share)


def test_scores_out_of_range_are_refused_by_what_the_block_says_of_itself(tools, amira):
    for name, most in (("start", 1), ("module", 11)):
        for score in (-0.1, most + 0.1):
            with pytest.raises(ValueError, match=str(score)):
                tools(name).override(amira, score)
    assert not tools("start").rows().exists()


# -- resetting attempts ------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("name", [*GRADED, "passport"])
def test_resetting_attempts_changes_nothing_of_the_learners(lms, keys, tools, amira, handed_in, call, name):  # noqa: F811
    if name == "passport":
        call(lms.open_block(keys[name], amira), "save_answers",
             {"number": 1, "answers": {"step:one": {"stamp": NOW, "will": "Ask."}}})
    else:
        handed_in(name, amira)
    tool = tools(name)
    page, progress = page_of(tool.block_of(amira)), tool.block_of(amira).progress
    kept = list(Submission.objects.values_list("answer"))
    assert tool.reset_attempts_of_all() == {"amira": "skipped"}
    tool.reset_attempts(amira)
    assert tool.reset_attempts_of_all() == {"amira": "skipped"}
    assert '"attempts": 0' in tool.rows().get().state
    block = tool.block_of(amira)
    assert block.progress == progress and list(Submission.objects.values_list("answer")) == kept
    assert page_of(block) == page


def test_after_a_reset_tries_still_count_by_the_authors_setting(tools, amira, call):
    tool = tools("module")
    for number in (1, 2):
        block = tool.block_of(amira)
        assert save_step(call, block, "q", wrong(block), check=number, stamp=NOW - 1000 + number)[0] == 200
    tool.reset_attempts(amira)
    block = tool.block_of(amira)
    assert block.attempts == 2 and block.sheet.tries["q"].count == 2
    save_step(call, block, "q", wrong(block), check=3, stamp=NOW)
    assert tool.block_of(amira).sheet.tries["q"].count == 2


def test_no_state_of_ours_is_called_as_what_the_platform_writes_into_it():
    written = {"attempts", "score_history", "correct_map_history", "student_answers_history"}
    for kind in set(BLOCKS.values()):
        fields = XBlock.load_class(f"migrempower_{kind}").fields.values()
        assert not written & {field.name for field in fields if field.scope == Scope.user_state}
