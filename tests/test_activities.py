"""Activities: what each kind offers, reads, tells and earns. Facts by small examples."""

import pytest

from migrempower_xblock.merging import BadAnswer
from migrempower_xblock.problems import InvalidDocument
from migrempower_xblock.texts import Text
from migrempower_xblock.training.gaps import Gap
from migrempower_xblock.training.module import Module
from migrempower_xblock.training.veil import Veil

VEIL = Veil(b"one learner")


def text(words):
    return {"en": words}


def activity(kind, **data):
    """Return an activity of a kind, in a module that has points whatever it gives."""
    module = Module.from_data({
        "id": "m", "version": "1", "languages": ["en"], "minutes": 1, "title": text("M"),
        "competences": [{"id": "c", "title": text("C")}],
        "steps": [{"kind": kind, "id": "q", "question": text("Question"), **data},
                  {"kind": "true-false", "id": "other", "question": text("Other"), "answer": True}]})
    return module.activities["q"]


def options(*right, ids="abc"):
    return [{"id": each, "text": text(each.upper()), "alt": text(f"picture {each}"), "picture": "house",
             "audio": text(f"/static/{each}.mp3"), "feedback": text(f"about {each}"), "right": each in right}
            for each in ids]


def words(offered):
    return [each.text["en"] for each in offered]


def veiled(found, *ids):
    return [found.show_reply([each], VEIL)[0] for each in ids]


ONE = activity("choice", options=options("b"))
SEVERAL = activity("choice", several=True, options=options("a", "c", ids="abcd"))
TRUE = activity("true-false", answer=True)
PAIRS = activity("matching", pairs=[{"id": each, "picture": "house", "left": text(f"left {each}"),
                                     "right": text(f"right {each}")} for each in "abc"])
ORDER = activity("ordering", items=[{"id": each, "text": text(each.upper()), "picture": "house",
                                     "audio": text(f"/static/{each}.mp3")} for each in "abcd"])
TICK = activity("checklist", items=[{"id": each, "text": text(each.upper()), "picture": "house",
                                     "audio": text(f"/static/{each}.mp3")} for each in "ab"])
WRITE = activity("reflection")


# -- choosing ----------------------------------------------------------------------------------------------------------

def test_options_are_shuffled_for_each_learner_and_stay_so_unless_the_author_keeps_their_order():
    first = [each.id for each in ONE.offer(VEIL)]
    assert first == [each.id for each in ONE.offer(VEIL)] and sorted(first) == ["a", "b", "c"]
    assert [each.name for each in ONE.offer(VEIL)] == sorted(each.name for each in ONE.offer(VEIL))
    assert len({tuple(each.id for each in ONE.offer(Veil(bytes([secret])))) for secret in range(40)}) == 6
    kept = activity("choice", keep_order=True, options=options("b"))
    assert all(words(kept.offer(Veil(bytes([secret])))) == ["A", "B", "C"] for secret in range(9))


def test_an_option_is_offered_with_all_a_learner_needs_and_no_key():
    offered = {each.id: each for each in ONE.offer(VEIL)}["b"]
    assert (offered.text, offered.alt, offered.picture, offered.audio) == (
        text("B"), text("picture b"), "house", text("/static/b.mp3"))
    assert offered.name == veiled(ONE, "b")[0] and len(offered.name) == 8
    assert not hasattr(offered, "right") and not hasattr(offered, "feedback")


@pytest.mark.parametrize("reply, share", [(["b"], 1), (["a"], 0), (["a", "b"], 0), ([], 0), (["gone"], 0), ("b", 0)])
def test_of_one_the_right_option_alone_earns_all(reply, share):
    assert ONE.mark(reply) == share


@pytest.mark.parametrize("reply, share", [
    (["a", "c"], 1), (["a"], 0.5), (["a", "b"], 0), (["a", "c", "b"], 0.5), (["b", "d"], 0), (["a", "a", "gone"], 0.5)])
def test_of_several_wrong_ones_take_away_what_right_ones_earn(reply, share):
    assert SEVERAL.mark(reply) == share


def test_a_choice_tells_its_key_and_what_was_chosen():
    assert (ONE.key(), SEVERAL.key()) == (["b"], ["a", "c"])
    assert SEVERAL.solution() == [(text("A"),), (text("C"),)]
    assert SEVERAL.verdicts(["d", "a"]) == {"d": False, "a": True}
    assert SEVERAL.remarks(["d", "a"]) == {"d": text("about d"), "a": text("about a")}
    silent = activity("choice", options=[{"id": "a", "text": text("A"), "right": True}, {"id": "b", "text": text("B")}])
    assert silent.remarks(["a"]) == {}
    assert SEVERAL.in_words(["d", "gone", "a"], "en") == "D / A"


def test_a_choice_reads_what_was_offered_in_the_authors_order():
    assert SEVERAL.read_reply(veiled(SEVERAL, "c", "a"), VEIL) == ["a", "c"]
    assert SEVERAL.read_reply([], VEIL) == ONE.read_reply([], VEIL) == []
    for wrong in (veiled(ONE, "a", "b"), veiled(ONE, "a") * 2, ["a"], "a", [1], None):
        with pytest.raises(BadAnswer):
            ONE.read_reply(wrong, VEIL)
    with pytest.raises(BadAnswer):
        SEVERAL.read_reply(veiled(SEVERAL, "a") * 2, VEIL)


def test_true_and_false():
    false = activity("true-false", answer=False)
    assert (TRUE.key(), false.key()) == (["true"], ["false"])
    assert [TRUE.mark(["true"]), TRUE.mark(["false"]), TRUE.mark(["true", "false"])] == [1, 0, 0]
    assert [false.mark(["false"]), false.mark(["true"])] == [1, 0]
    assert [each.id for each in TRUE.offer(VEIL)] == ["true", "false"]
    assert veiled(TRUE, "true", "false") == [each.name for each in TRUE.offer(VEIL)]
    assert TRUE.verdicts(["false", "true"]) == {"false": False, "true": True}
    assert TRUE.in_words(["false"], "en") == "false"
    assert TRUE.read_reply(veiled(TRUE, "false"), VEIL) == ["false"]


# -- arranging ---------------------------------------------------------------------------------------------------------

def test_left_sides_stand_in_the_authors_order_and_right_sides_are_shuffled():
    lefts, rights = PAIRS.offer(VEIL)
    assert words(lefts) == ["left a", "left b", "left c"] and {each.picture for each in lefts} == {"house"}
    assert sorted(words(rights)) == ["right a", "right b", "right c"] and {each.picture for each in rights} == {""}
    assert len({tuple(words(PAIRS.offer(Veil(bytes([secret])))[1])) for secret in range(40)}) == 6
    assert not {each.name for each in lefts} & {each.name for each in rights}


def test_pairs_put_together_rightly_count_over_all_pairs():
    reply = {"a": "a", "b": "c", "gone": "a", "c": "gone"}
    assert PAIRS.mark(reply) == pytest.approx(1 / 3)
    assert PAIRS.verdicts(reply) == {"a": True, "b": False}
    assert PAIRS.in_words(reply, "en") == "left a = right a / left b = right c"
    assert PAIRS.solution()[0] == (text("left a"), text("right a")) and len(PAIRS.solution()) == 3
    assert PAIRS.mark(PAIRS.key()) == 1


def test_pairs_are_read_by_names_of_their_own_side():
    lefts, rights = PAIRS.offer(VEIL)
    left, right = ({each.id: each.name for each in side} for side in (lefts, rights))
    assert PAIRS.read_reply({left["a"]: right["b"], left["b"]: right["b"]}, VEIL) == {"a": "b", "b": "b"}
    assert PAIRS.show_reply({"a": "b", "gone": "a"}, VEIL) == {left["a"]: right["b"]}
    for wrong in ({right["a"]: right["b"]}, {left["a"]: left["b"]}, {left["a"]: [right["a"]]}, [left["a"]], None):
        with pytest.raises(BadAnswer):
            PAIRS.read_reply(wrong, VEIL)


@pytest.mark.parametrize("order, share", [
    ("abcd", 1), ("dcba", 0), ("abdc", 5 / 6), ("bacd", 5 / 6), ("dabc", 0.5), ("ab", 1 / 6), ("bdxa", 1 / 6), ("", 0)])
def test_an_order_earns_the_pairs_of_items_that_stand_rightly(order, share):
    assert ORDER.mark(list(order)) == pytest.approx(share)


def test_an_order_is_told_item_by_item():
    assert ORDER.verdicts(["a", "c", "b", "d"]) == {"a": True, "c": False, "b": False, "d": True}
    assert ORDER.in_words(["c", "gone", "a"], "en") == "C / A"
    assert ORDER.solution() == [(text("A"),), (text("B"),), (text("C"),), (text("D"),)]


def test_items_to_order_are_offered_whole_and_read_when_all_are_there():
    offered = {each.id: each for each in ORDER.offer(VEIL)}
    assert (offered["a"].text, offered["a"].picture, offered["a"].audio) == (
        text("A"), "house", text("/static/a.mp3"))
    names = [offered[each].name for each in "badc"]
    assert ORDER.read_reply(names, VEIL) == list("badc")
    for wrong in (names[:3], names + names[:1], list("abcd"), None):
        with pytest.raises(BadAnswer):
            ORDER.read_reply(wrong, VEIL)


def test_items_added_since_a_reply_follow_it_as_they_are_offered():
    shown = ORDER.show_reply(["c", "a"], VEIL)
    offered = [each.name for each in ORDER.offer(VEIL)]
    assert shown[:2] == [each.name for id in "ca" for each in ORDER.offer(VEIL) if each.id == id]
    assert shown[2:] == [name for name in offered if name not in shown[:2]]


def test_an_order_that_would_be_right_from_the_beginning_is_turned_around():
    starts = {tuple(each.id for each in ORDER.offer(Veil(number.to_bytes(2, "big")))) for number in range(600)}
    assert tuple("abcd") not in starts and tuple("dcba") in starts and len(starts) == 23


# -- gaps --------------------------------------------------------------------------------------------------------------

GAPS = activity("gaps", text=text("I {x} and {y}."), gaps=[
    {"id": "x", "accept": text("read| learn ")},
    {"id": "y", "accept": text("write|type"), "decoy": text("sleep | eat")}])


def test_a_gap_is_typed_or_picked_from_right_and_wrong_words():
    assert GAPS.offer(VEIL)["x"][1] is None
    name, choices = GAPS.offer(VEIL)["y"]
    assert sorted(words(choices)) == ["eat", "sleep", "write"] and name != GAPS.offer(VEIL)["x"][0]
    assert len({tuple(words(GAPS.offer(Veil(bytes([secret])))["y"][1])) for secret in range(40)}) == 6
    assert GAPS.pieces("en") == ["I ", "x", " and ", "y", "."]


def test_gaps_filled_rightly_count_over_all_gaps():
    assert GAPS.mark({"x": "learn", "y": "right"}) == 1
    assert GAPS.mark({"x": "learn", "y": "decoy-0", "gone": "learn"}) == 0.5
    assert GAPS.mark({"y": "write"}) == GAPS.mark({"x": "right"}) == GAPS.mark({"x": 1}) == 0
    assert GAPS.verdicts({"x": "read", "y": "decoy-1"}) == {"x": True, "y": False}
    unknown = {"x": None, "y": "write"}
    assert GAPS.verdicts(unknown) == GAPS.show_reply(unknown, VEIL) == {} and GAPS.in_words(unknown, "en") == ""
    assert GAPS.key() == {"x": "read", "y": "right"}
    assert GAPS.solution() == [(text("read"),), (text("write"),)]
    assert GAPS.in_words({"x": "teach", "y": "decoy-1"}, "en") == "teach / eat"


def test_gaps_are_ready_when_one_has_a_word():
    assert GAPS.is_ready({"x": "a"}) and GAPS.is_ready({"x": " ", "y": "decoy-0"})
    assert not GAPS.is_ready({"x": " "}) and not GAPS.is_ready({}) and not GAPS.is_ready(None)


def test_gaps_are_read_as_typed_or_by_names():
    (typed, _), (picked, choices) = GAPS.offer(VEIL)["x"], GAPS.offer(VEIL)["y"]
    name = {each.id: each.name for each in choices}
    reply = {"x": "learn", "y": "decoy-0"}
    assert GAPS.read_reply({typed: "l\0earn", picked: name["decoy-0"]}, VEIL) == reply
    assert GAPS.show_reply({**reply, "gone": "a"}, VEIL) == {typed: "learn", picked: name["decoy-0"]}
    assert GAPS.read_reply({typed: "x" * 100}, VEIL) == {"x": "x" * 100}
    for wrong in ({typed: "x" * 101}, {typed: 1}, {picked: "write"}, {"x": "learn"}, [], None):
        with pytest.raises(BadAnswer):
            GAPS.read_reply(wrong, VEIL)


@pytest.mark.parametrize("accept, decoy, told", [
    ("|", "", "accept/en: The gap has no right word."),
    ("read|" + "x" * 101, "", "accept/en: A right word has more than 100 characters."),
    ("read", "|", "decoy/en: Write at least one wrong word"),
    ("read|learn", "sleep| learn", "decoy/en: A wrong word is also a right one."),
    ("read", "sleep|eat|sleep", "decoy/en: A wrong word stands here twice."),
])
def test_a_gap_without_a_right_word_or_with_wrong_ones_that_cannot_be_is_refused(accept, decoy, told):
    with pytest.raises(InvalidDocument) as caught:
        activity("gaps", text=text("{x}"), gaps=[{"id": "x", "accept": text(accept), "decoy": text(decoy)}])
    assert f"steps/0/gaps/0/{told}" in str(caught.value)


def test_wrong_words_are_as_many_in_each_language_and_may_come_before_the_right_one():
    mistakes = []
    for decoy in ({"en": "sleep|eat", "es": "dormir"}, {"en": "sleep", "es": "X"}):
        Gap(id="x", accept=Text(text("read")), decoy=Text(decoy)).check(lambda path, _: mistakes.append(path))
    assert mistakes == [("decoy",)]


def test_a_word_may_have_a_hundred_characters():
    assert activity("gaps", text=text("{x}"), gaps=[{"id": "x", "accept": text("x" * 100)}]).key() == {"x": "x" * 100}


# -- talking -----------------------------------------------------------------------------------------------------------

def scene(name, **replies):
    """Return a scene; each reply is (where it leads, its points)."""
    return {"id": name, "line": text(name), "replies": [
        {"id": reply, "to": to, "points": points, "text": text(reply.upper()), "audio": text(f"/static/{reply}.mp3"),
         **({"feedback": text(f"about {reply}")} if points else {})} for reply, (to, points) in replies.items()]}


TALK = activity("dialogue", scenes=[
    scene("hello", short=("end", 3), long=("more", 1), rude=("end", 0)), scene("more", yes=("end", 4), no=("end", 0)),
    scene("end")])


def test_a_conversation_is_worth_its_points_over_those_of_the_best_way_through():
    assert TALK.key() == ["long", "yes"]
    assert [TALK.mark(path) for path in (["long", "yes"], ["short"], ["long"], ["rude"], [], ["yes"], None)] == [
        1, 0.6, 0.2, 0, 0, 0, 0]
    assert TALK.solution() == [(text("LONG"),), (text("YES"),)]
    worthless = activity("dialogue", points=0, scenes=[scene("hello", a=("end", 0)), scene("end")])
    assert worthless.mark(["a"]) == 0


def test_a_conversation_is_ready_at_its_end():
    assert TALK.is_ready(["short"]) and TALK.is_ready(["long", "no"])
    assert not TALK.is_ready([]) and not TALK.is_ready(["long"]) and not TALK.is_ready(["long", "gone"])


def test_a_conversation_is_told_as_far_as_it_is_known():
    assert TALK.in_words(["long", "yes", "more"], "en") == "LONG / YES"
    assert TALK.in_words(["gone", "short"], "en") == ""
    assert TALK.remarks(["long", "no"]) == {"hello/long": text("about long")}
    said, reached = TALK.walk(["long"])
    assert [(scene.id, reply.id) for scene, reply in said] == [("hello", "long")] and reached.id == "more"


def test_a_conversation_of_very_many_ways_is_worth_what_its_best_way_gives():
    scenes = [scene(f"s{number}", left=(f"s{number + 1}", 1), right=(f"s{number + 1}", 2)) for number in range(60)]
    talk = activity("dialogue", scenes=[*scenes, scene("s60")])
    assert talk.key() == ["right"] * 60 and talk.mark(["left"] * 60) == 0.5


@pytest.mark.parametrize("scenes, told", [
    ([scene("a", on=("b", 1)), scene("b", on=("a", 1))], "scenes: The scenes lead in a circle"),
    ([scene("a", on=("b", 1)), scene("b", on=("c", 1)), scene("c", back=("b", 1))], "scenes: The scenes lead in a"),
    ([scene("a", on=("b", 1), off=("c", 1)), scene("b")], "scenes/0/replies/1/to: There is no scene 'c'."),
    ([scene("a", on=("b", 1)), scene("b"), scene("c")], "scenes/2: Nobody reaches the scene 'c'."),
    ([scene("a")], "scenes/0: The first scene has no replies"),
    ([scene("a", on=("b", 0)), scene("b")], "scenes: No reply gives points"),
])
def test_a_conversation_that_has_no_end_or_no_way_is_refused(scenes, told):
    with pytest.raises(InvalidDocument) as caught:
        activity("dialogue", scenes=scenes)
    assert str(caught.value).startswith(f"steps/0/{told}") and len(caught.value.problems) == 1


def test_replies_are_offered_scene_by_scene_and_read_in_their_order():
    first, second = TALK.scenes[:2]
    offered = {each.id: each for each in TALK.offer(VEIL, first)}
    assert (offered["short"].text, offered["short"].audio) == (text("SHORT"), text("/static/short.mp3"))
    assert len({tuple(words(TALK.offer(Veil(bytes([secret])), first))) for secret in range(40)}) == 6
    name = offered["long"].name
    yes = {each.id: each.name for each in TALK.offer(VEIL, second)}["yes"]
    assert TALK.read_reply([name, yes], VEIL) == ["long", "yes"] and TALK.read_reply([], VEIL) == []
    assert TALK.show_reply(["long", "yes"], VEIL) == [name, yes]
    for wrong in ([yes], [name, name], [name, yes, yes], ["long"], name, None):
        with pytest.raises(BadAnswer):
            TALK.read_reply(wrong, VEIL)


# -- taking part -------------------------------------------------------------------------------------------------------

def test_ones_own_words_are_kept_as_they_are_and_earn_everything():
    assert WRITE.read_reply(" my\0 words ", VEIL) == " my words "
    assert WRITE.show_reply("words", VEIL) == WRITE.in_words("words", "en") == "words"
    assert WRITE.show_reply(["words"], VEIL) == WRITE.in_words(None, "en") == ""
    assert [WRITE.mark(reply) for reply in ("words", "  ", "", ["words"])] == [1, 0, 0, 0]
    assert WRITE.read_reply("x" * 1000, VEIL) == "x" * 1000
    for wrong in ("x" * 1001, 1, None):
        with pytest.raises(BadAnswer):
            WRITE.read_reply(wrong, VEIL)
    assert WRITE.key() is None and WRITE.solution() == [] and WRITE.verdicts("words") == WRITE.remarks("words") == {}


def test_things_ticked_count_over_all_things():
    assert words(TICK.offer(VEIL)) == ["A", "B"]
    assert (TICK.offer(VEIL)[0].picture, TICK.offer(VEIL)[0].audio) == ("house", text("/static/a.mp3"))
    assert [TICK.mark(reply) for reply in (["a", "b"], ["b"], ["gone"], [], None)] == [1, 0.5, 0, 0, 0]
    assert TICK.read_reply(veiled(TICK, "b", "a"), VEIL) == ["a", "b"]
    assert TICK.in_words(["b"], "en") == "B" and TICK.is_ready(["b"]) and not TICK.is_ready([])
    assert (TICK.points, WRITE.points) == (0, 1)


# -- all ---------------------------------------------------------------------------------------------------------------

def test_the_best_of_several_replies_counts():
    assert ONE.title == text("Question")
    assert SEVERAL.best_share([["a"], ["a", "c"], ["b"]]) == 1 and SEVERAL.best_share([]) == 0


def test_names_are_steady_for_a_learner_and_others_for_everybody_else():
    other = Veil(b"another learner")
    assert VEIL.name("q", "a") == Veil(b"one learner").name("q", "a") != other.name("q", "a")
    assert VEIL.name("q", "a") != VEIL.name("q", "b") and VEIL.name("qa", "") != VEIL.name("q", "a")
    assert VEIL.names("ab", "q") == {each: VEIL.name("q", each) for each in "ab"}
