"""Runs: what is marked when, how often, what shows, and what a run is worth. Facts by small examples."""

import json

import pytest

from migrempower_xblock.merging import LARGEST_SHEET, BadAnswer
from migrempower_xblock.training.module import Module
from migrempower_xblock.training.runs import Change, Entry, Marks, Rules, RunSheet, Tries, mark, percent, read_changes
from migrempower_xblock.training.veil import Veil

VEIL = Veil(b"one learner")
ALL, HALF, NOTHING = ["a", "b"], ["a"], ["c"]  # replies to a ``choice``


def text(words):
    return {"en": words}


def choice(name="q", **more):
    """Return the data of a choice of several: "a" and "b" are right, "c" is wrong."""
    return {"kind": "choice", "id": name, "question": text(name), "several": True, "options": [
        {"id": each, "text": text(each.upper()), "right": each != "c"} for each in "abc"], **more}


def module_of(*steps):
    return Module.from_data({
        "id": "m", "version": "1", "languages": ["en"], "minutes": 1, "title": text("M"), "steps": list(steps),
        "competences": [{"id": each, "title": text(each)} for each in ("tea", "soup")]})


READ = {"kind": "read", "id": "r", "title": text("Read"), "text": text("<p>Read.</p>")}
WRITE = {"kind": "reflection", "id": "w", "question": text("Write")}
TICK = {"kind": "checklist", "id": "t", "question": text("Tick"), "items": [
    {"id": each, "text": text(each)} for each in ("one", "two")]}
MODULE = module_of(choice(), READ, WRITE, TICK)
QUESTION = MODULE.activities["q"]


def tries(*replies):
    return Tries(len(replies), replies)


def sheet_of(*changes, rules=None, module=MODULE):
    """Return a run into which changes have come: (step, ``Change``) each, in this order."""
    sheet = RunSheet(1)
    for step, change in changes:
        sheet = sheet.merged({step: change}, module, rules or Rules())
    return sheet


# -- rules -------------------------------------------------------------------------------------------------------------

def test_an_activitys_own_number_of_tries_goes_before_the_blocks():
    own = module_of(choice(attempts=2)).activities["q"]
    assert (Rules(attempts=3).limit(own), Rules(attempts=3).limit(QUESTION), Rules().limit(QUESTION)) == (2, 3, 0)


@pytest.mark.parametrize("rules, replies, closed", [
    (Rules(), [], False),
    (Rules(), [HALF, NOTHING], False),
    (Rules(), [ALL, HALF], True),  # all earned
    (Rules(attempts=2), [HALF], False),
    (Rules(attempts=2), [HALF, NOTHING], True),
    (Rules(attempts=1, at_end=True), [NOTHING], True),
    (Rules(answers="after-attempt"), [], False),
    (Rules(answers="after-attempt"), [NOTHING], True),  # the answer has been shown
    (Rules(correctness=False), [ALL], False),  # to close would tell that it is right
    (Rules(correctness=False, answers="after-attempt"), [NOTHING], False),
    (Rules(at_end=True), [ALL], False),
])
def test_an_activity_closes_when_all_is_earned_used_or_shown(rules, replies, closed):
    assert rules.closes(QUESTION, tries(*replies)) is closed


def test_what_is_marked_on_taking_part_never_closes():
    assert not Rules(attempts=1, answers="after-attempt").closes(MODULE.activities["w"], tries("words"))


@pytest.mark.parametrize("rules, replies, finished, overdue, shown", [
    (Rules(answers="after-attempt"), [], False, True, False),
    (Rules(answers="after-attempt"), [NOTHING], False, False, True),
    (Rules(answers="after-attempt"), [], True, False, True),
    (Rules(answers="after-attempt", at_end=True), [NOTHING], False, False, False),
    (Rules(answers="after-attempt", correctness=False), [NOTHING], True, True, False),
    (Rules(attempts=2), [HALF], False, True, False),
    (Rules(attempts=2), [HALF, NOTHING], False, False, True),
    (Rules(), [ALL], False, False, True),
    (Rules(), [HALF], True, False, True),
    (Rules(attempts=1, at_end=True), [NOTHING], False, False, False),
    (Rules(answers="after-due"), [ALL], True, False, False),
    (Rules(answers="after-due"), [], False, True, True),
    (Rules(answers="never"), [ALL], True, True, False),
])
def test_the_key_shows_when_the_author_says(rules, replies, finished, overdue, shown):
    assert rules.shows_answer(QUESTION, tries(*replies), finished, overdue) is shown


def test_the_same_reply_again_counts_as_a_try_and_is_kept_once():
    found = Tries()
    for reply in (ALL, NOTHING, ALL):
        found = found.with_one(reply, QUESTION)
    assert found == Tries(3, (NOTHING, ALL))


def test_of_many_tries_the_latest_are_kept_and_the_best_of_all():
    assert tries(ALL, HALF, NOTHING).at_most(2, QUESTION) == Tries(3, (ALL, NOTHING))
    assert tries(HALF, NOTHING, ALL).at_most(2, QUESTION) == Tries(3, (NOTHING, ALL))
    assert tries(ALL, HALF, NOTHING).at_most(3, QUESTION) == tries(ALL, HALF, NOTHING)


# -- what comes in -----------------------------------------------------------------------------------------------------

def test_a_reply_is_read_with_the_number_of_its_try():
    sent = QUESTION.show_reply(HALF, VEIL)
    found = read_changes({"q": {"stamp": 5, "reply": sent, "check": 2}, "r": {"stamp": 99, "reply": True}}, MODULE,
                         VEIL, 50)
    assert found == {"q": Change(5, HALF, 2), "r": Change(50, True, 0)}
    assert read_changes({"q": {"stamp": 5, "reply": sent}}, MODULE, VEIL, 50) == {"q": Change(5, HALF, 0)}


@pytest.mark.parametrize("data", [
    None, [], {"nobody": {"stamp": 1, "reply": True}}, {"r": {"stamp": 1}}, {"r": {"stamp": 1, "reply": 1}},
    {"r": {"stamp": 1, "reply": True, "more": 1}}, {"r": {"stamp": 1, "reply": True, "check": -1}},
    {"r": {"stamp": 1, "reply": True, "check": True}}, {"q": {"stamp": 1}}, {"q": {"stamp": 1, "reply": True}},
    {"q": {"stamp": 1, "reply": ["a"]}}, {"r": {"reply": True}}, {"r": {"stamp": "1", "reply": True}},
])
def test_a_change_of_another_form_is_refused_with_a_sentence(data):
    with pytest.raises(BadAnswer, match=r"\.$"):
        read_changes(data, MODULE, VEIL, 50)


def test_a_check_is_marked_as_the_next_try_only():
    early = sheet_of(("q", Change(1, HALF, 2)))
    assert (early.entries["q"], early.tries) == (Entry(1, HALF), {})
    draft = sheet_of(("q", Change(1, HALF)))
    assert (draft.entries["q"], draft.tries) == (Entry(1, HALF), {})
    once = sheet_of(("q", Change(1, HALF, 1)), ("q", Change(2, NOTHING, 1)))
    assert (once.entries["q"], once.tries) == (Entry(2, NOTHING), {"q": Tries(1, (HALF,))})
    twice = sheet_of(("q", Change(1, HALF, 1)), ("q", Change(2, NOTHING, 2)))
    assert twice.tries == {"q": Tries(2, (HALF, NOTHING))}


def test_an_empty_reply_is_kept_and_not_marked():
    assert sheet_of(("q", Change(1, [], 1))) == RunSheet(1, {"q": Entry(1, [])})


def test_with_marking_at_the_end_a_check_is_kept_and_not_marked():
    assert sheet_of(("q", Change(1, ALL, 1)), rules=Rules(at_end=True)) == RunSheet(1, {"q": Entry(1, ALL)})


def test_what_is_marked_on_taking_part_is_kept_and_has_no_tries():
    assert sheet_of(("w", Change(1, "words", 1)), ("w", Change(2, "more", 1))) == RunSheet(1, {"w": Entry(2, "more")})


def test_a_closed_activity_takes_nothing_more():
    closed = sheet_of(("q", Change(1, ALL, 1)))
    assert closed.merged({"q": Change(2, HALF)}, MODULE, Rules()) == closed
    assert closed.merged({"q": Change(2, HALF, 2)}, MODULE, Rules()) == closed


def test_the_last_try_stays_although_something_later_had_come_before_it():
    late = sheet_of(("q", Change(9, NOTHING)), ("q", Change(5, ALL, 1)))
    assert late == RunSheet(1, {"q": Entry(5, ALL)}, {"q": Tries(1, (ALL,))})
    goes_on = sheet_of(("q", Change(9, NOTHING)), ("q", Change(5, HALF, 1)))
    assert goes_on == RunSheet(1, {"q": Entry(9, NOTHING)}, {"q": Tries(1, (HALF,))})


def test_of_two_replies_of_one_moment_the_same_stays_in_any_order():
    one, other = ("q", Change(1, HALF)), ("q", Change(1, NOTHING))
    assert sheet_of(one, other) == sheet_of(other, one)
    assert Entry(1, {"a": "b", "c": "d"}).order == Entry(1, {"c": "d", "a": "b"}).order


def scene(name, **replies):
    return {"id": name, "line": text(name), "replies": [
        {"id": reply, "to": to, "points": int(reply == "best"), "text": text(reply)} for reply, to in replies.items()]}


def test_a_conversation_goes_on_or_begins_again_after_its_end():
    module = module_of({"kind": "dialogue", "id": "d", "question": text("D"), "scenes": [
        scene("hello", first="then", other="then", best="end"), scene("then", one="end", two="end"), scene("end")]})

    def said(stamp, *path):
        return ("d", Change(stamp, list(path)))

    talk = sheet_of(said(5, "first"), module=module)
    assert (talk.entries["d"], talk.tries) == (Entry(5, ["first"]), {})
    for late in (said(9), said(9, "first"), said(9, "other"), said(9, "other", "one"), said(5, "first", "one")):
        assert talk.merged(dict([late]), module, Rules()) == talk
    ended = talk.merged(dict([said(6, "first", "one")]), module, Rules())
    assert ended.tries == {"d": Tries(1, (["first", "one"],))}
    for late in (said(9, "other"), said(9, "first", "two"), said(9, "first", "one", "more"), said(6)):
        assert ended.merged(dict([late]), module, Rules()) == ended
    again = ended.merged(dict([said(9)]), module, Rules())
    assert (again.entries["d"], again.tries) == (Entry(9, []), ended.tries)


def test_earlier_tries_go_before_anybodys_words_do():
    long = [{"x": f"{number} {'x' * (LARGEST_SHEET // 20)}"} for number in range(20)]
    module = module_of({"kind": "gaps", "id": "g", "question": text("G"), "text": text("{x}"), "gaps": [
        {"id": "x", "accept": text("right")}]}, WRITE)
    full = RunSheet(1, {}, {"g": Tries(20, ({"x": "right"}, *long)), "gone": Tries(1, (["x"],))})
    sheet = full.merged({"w": Change(1, "words")}, module, Rules())
    assert sheet == RunSheet(1, {"w": Entry(1, "words")}, {"g": Tries(20, ({"x": "right"}, long[-1]))})
    assert full.merged({}, module, Rules()) == full
    small = RunSheet(1, {}, {"g": Tries(9, ({"x": "right"}, {"x": "1"}, {"x": "2"}))})
    assert small.merged({"w": Change(1, "words")}, module, Rules()).tries == small.tries
    with pytest.raises(BadAnswer):
        full.merged({"w": Change(1, "x" * LARGEST_SHEET)}, module, Rules())


# -- what is done ------------------------------------------------------------------------------------------------------

def test_a_step_is_done_when_seen_an_activity_when_checked_and_taking_part_when_there_is_something():
    drafts = (("q", Change(1, HALF)), ("w", Change(1, "  ")), ("t", Change(1, [])))
    done = (("q", Change(2, HALF, 1)), ("r", Change(1, True)), ("w", Change(2, "words")), ("t", Change(2, ["one"])))
    assert RunSheet(1).done(MODULE, Rules()) == sheet_of(*drafts).done(MODULE, Rules()) == []
    assert sheet_of(*done).done(MODULE, Rules()) == ["q", "r", "w", "t"]
    assert sheet_of(*done[:3]).completion(MODULE, Rules()) == 0.75
    at_end = Rules(at_end=True)
    assert sheet_of(("q", Change(1, HALF)), rules=at_end).done(MODULE, at_end) == ["q"]
    assert sheet_of(("q", Change(1, [])), rules=at_end).done(MODULE, at_end) == []


def test_what_is_handed_in_are_the_tries_and_what_was_not_checked_yet():
    assert RunSheet(1).finished(MODULE, Rules()) == {}
    assert sheet_of(("q", Change(1, HALF, 1)), ("w", Change(1, "words")), ("r", Change(1, True))).finished(
        MODULE, Rules()) == {"q": [HALF], "w": ["words"]}
    assert sheet_of(("q", Change(1, HALF, 1)), ("q", Change(2, NOTHING))).finished(
        MODULE, Rules()) == {"q": [HALF, NOTHING]}
    assert sheet_of(("q", Change(1, HALF, 1)), ("q", Change(2, []))).finished(MODULE, Rules()) == {"q": [HALF]}
    closed = RunSheet(1, {"q": Entry(1, ALL)}, {"q": tries(HALF)})
    assert closed.finished(MODULE, Rules(attempts=1)) == {"q": [HALF]}
    assert closed.finished(MODULE, Rules(attempts=2)) == {"q": [HALF, ALL]}


def test_once_handed_in_all_that_is_marked_is_done_and_what_is_for_real_life():
    assert RunSheet(1).done_when_finished(MODULE, Rules()) == ("t",)
    assert sheet_of(("q", Change(1, HALF)), ("r", Change(1, True))).done_when_finished(
        MODULE, Rules()) == ("q", "r", "t")


def test_a_run_survives_being_kept():
    sheet = sheet_of(("q", Change(1, HALF, 1)), ("q", Change(2, NOTHING)), ("r", Change(3, True)))
    assert json.loads(json.dumps(sheet.to_json())) == {
        "format": 1, "run": 1, "entries": {"q": {"stamp": 2, "reply": NOTHING}, "r": {"stamp": 3, "reply": True}},
        "tries": {"q": {"count": 1, "replies": [HALF]}}}
    assert RunSheet.from_json(json.loads(json.dumps(sheet.to_json()))) == sheet
    no_reply = {"run": 1, "entries": {}, "tries": {"q": {"count": 1, "replies": []}}}
    assert RunSheet.from_json(no_reply) == RunSheet(1), "without a reply there was no try"
    assert RunSheet.from_json(None) == RunSheet.from_json({}) == RunSheet.from_json({"entries": {}}) == RunSheet(0)


# -- what it is worth --------------------------------------------------------------------------------------------------

def test_marks_are_the_best_replies_weighed_by_points_in_all_and_by_competence():
    module = module_of(choice("q", points=3, competence="tea"), choice("p", points=1, competence="tea"),
                       choice("o", points=4), choice("n", points=0, competence="soup"))
    marks = mark(module, {"q": [NOTHING, HALF, NOTHING], "p": [ALL], "n": [ALL]})
    assert marks.shares == {"q": 0.5, "p": 1, "o": 0, "n": 1}
    assert (marks.earned, marks.possible, marks.share) == (2.5, 8, 0.3125)
    assert marks.ratings == {"tea": 0.625}, "what gives no points rates nothing"
    assert mark(module, {}).share == Marks({}, 0, 0, {}).share == 0


@pytest.mark.parametrize("share, whole", [(0, 0), (0.58, 58), (0.7999, 79), (2 / 3, 66), (1, 100)])
def test_nobody_passes_by_rounding(share, whole):
    assert percent(share) == whole
