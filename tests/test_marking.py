"""Marking: full marks for the key, none for its complement, a better reply never less, any order of delivery."""

import contextlib
import json
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from migrempower_xblock.merging import BadAnswer
from migrempower_xblock.problems import InvalidDocument
from migrempower_xblock.training.module import Module
from migrempower_xblock.training.runs import Change, Rules, RunSheet, mark, read_changes
from migrempower_xblock.training.veil import Veil

from .generate import module_data, modules

VEIL = Veil(b"one learner")
KEYED = ["choice", "true-false", "picture-choice", "matching", "ordering", "gaps", "dialogue"]


def activity_of(kind):
    return module_data(only=[kind, "reflection"]).map(Module.from_data).map(lambda module: module.steps[0])


keyed = st.sampled_from(KEYED).flatmap(activity_of)


def complement(activity):
    """The reply that is wrong in every part, or None where there is none."""
    match type(activity).__name__:
        case "Choice" | "PictureChoice":
            wrong = [option.id for option in activity.options if not option.right]
            return wrong if activity.several else wrong[:1]
        case "TrueFalse":
            return ["false" if activity.answer else "true"]
        case "Matching":
            ids = [pair.id for pair in activity.pairs]
            return dict(zip(ids, [*ids[1:], ids[0]], strict=True))
        case "Ordering":
            return activity.key()[::-1]
        case "Gaps":
            return {gap.id: "decoy-0" if gap.is_picked else "0" for gap in activity.gaps}


@given(keyed)
def test_the_key_earns_everything_and_its_complement_nothing(activity):
    assert activity.mark(activity.key()) == 1
    wrong = complement(activity)
    if wrong is not None:
        assert activity.mark(wrong) == 0
    assert activity.mark(type(activity.key())()) == 0


@given(keyed, st.data())
def test_a_reply_with_one_more_part_right_never_earns_less(activity, data):
    key = activity.key()
    match type(activity).__name__:
        case "Matching" | "Gaps":
            held = {part: data.draw(st.sampled_from([key[part], complement(activity)[part]])) for part in key}
            part = data.draw(st.sampled_from(sorted(key)))
            assert activity.mark({**held, part: key[part]}) >= activity.mark(held)
        case "Ordering":
            order = data.draw(st.permutations(key))
            wrong = [(one, two) for one, two in combinations(range(len(order)), 2)
                     if two == one + 1 and key.index(order[one]) > key.index(order[two])]
            if wrong:
                one, two = data.draw(st.sampled_from(wrong))
                better = [*order]
                better[one], better[two] = better[two], better[one]
                assert activity.mark(better) > activity.mark(order)
        case "Dialogue":
            path = key[:data.draw(st.integers(0, len(key)))]
            assert activity.mark(path) <= activity.mark(key)
        case _:
            ids = [option.id for option in activity.options] if hasattr(activity, "options") else ["true", "false"]
            if getattr(activity, "several", False):
                held = [each for each in ids if data.draw(st.booleans())]
                for each in ids:
                    better = [*held, each] if each in key else [other for other in held if other != each]
                    assert activity.mark(list(dict.fromkeys(better))) >= activity.mark(held)


@given(keyed, st.data())
def test_partial_credit_is_what_the_documents_say(activity, data):
    key, wrong = activity.key(), complement(activity)
    match type(activity).__name__:
        case "Matching" | "Gaps":
            right = data.draw(st.sets(st.sampled_from(sorted(key))))
            reply = {part: key[part] if part in right else wrong[part] for part in key}
            assert activity.mark(reply) == pytest.approx(len(right) / len(key))
        case "Ordering":
            order = data.draw(st.permutations(key))
            pairs = list(combinations(range(len(key)), 2))
            good = sum(key.index(order[one]) < key.index(order[two]) for one, two in pairs)
            assert activity.mark(order) == pytest.approx(good / len(pairs))
        case "Choice" if activity.several:
            ids = [option.id for option in activity.options]
            chosen = [each for each in ids if data.draw(st.booleans())]
            right = sum(each in key for each in chosen)
            assert activity.mark(chosen) == pytest.approx(max(0, 2 * right - len(chosen)) / len(key))


anything = st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=5), lambda inner: (
    st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)), max_leaves=6)


@settings(max_examples=40)
@given(modules, anything)
def test_whatever_was_stored_is_marked_between_nothing_and_everything(module, stored):
    for activity in module.activities.values():
        assert 0 <= activity.mark(stored) <= 1
        activity.verdicts(stored), activity.remarks(stored), activity.in_words(stored, module.languages[0])
        json.dumps(activity.show_reply(stored, VEIL))


@settings(max_examples=40)
@given(modules, anything)
def test_a_reply_that_was_not_offered_is_refused(module, sent):
    for activity in module.activities.values():
        try:
            reply = activity.read_reply(sent, VEIL)
        except BadAnswer:
            continue
        assert reply == activity.read_reply(activity.show_reply(reply, VEIL), VEIL)


@settings(max_examples=40)
@given(modules)
def test_the_authors_own_ids_are_not_accepted_and_veiled_ones_come_back(module):
    for activity in module.activities.values():
        key = activity.key()
        if key is not None:
            assert activity.read_reply(activity.show_reply(key, VEIL), VEIL) == key
            assert activity.show_reply(key, VEIL) != activity.show_reply(key, Veil(b"another"))
            if type(activity).__name__ != "Gaps":
                with pytest.raises(BadAnswer):
                    activity.read_reply(key, VEIL)


@given(activity_of("ordering"), st.binary(min_size=1, max_size=8))
def test_things_to_order_are_shuffled_steadily_and_never_right_from_the_beginning(activity, secret):
    first = [each.id for each in activity.offer(Veil(secret))]
    assert first == [each.id for each in activity.offer(Veil(secret))]
    assert sorted(first) == sorted(activity.key()) and first != activity.key()


@given(activity_of("gaps"), st.sampled_from([" {} ", "{}\t", "\n{}"]))
def test_spaces_around_a_typed_word_never_count(activity, around):
    key = {gap.id: around.format(activity.key()[gap.id]) if not gap.is_picked else "right" for gap in activity.gaps}
    assert activity.mark(key) == 1


def typed(accept, **flags):
    module = Module.from_data({
        "id": "m", "version": "1", "languages": ["en"], "minutes": 1, "title": {"en": "M"},
        "competences": [{"id": "c", "title": {"en": "C"}}],
        "steps": [{"kind": "gaps", "id": "g", "question": {"en": "Q"}, "text": {"en": "A {x}."},
                   "gaps": [{"id": "x", "accept": {"en": accept}}], **flags}]})
    return lambda reply: module.activities["g"].mark({"x": reply})


def test_a_typed_word_is_compared_as_the_author_says():
    assert typed("Número | cifra")("Número") == typed("Número | cifra")("cifra") == 1
    assert typed("Número")("número") == typed("Número")("Numero") == typed("a b")("ab") == 0
    assert typed("Número", ignore_case=True)("NÚMERO") == 1
    assert typed("Número", ignore_accents=True)("Numero") == 1
    assert typed("a b", ignore_spaces=True)("ab") == 1
    assert typed("مدرسة", ignore_accents=True)("مَدرَسَة") == 1
    assert typed("Straße", ignore_case=True)("STRASSE") == 1
    assert typed("don't worry")("don’t  worry") == typed("don't worry")("don't\u00a0worry") == 1


# -- runs --------------------------------------------------------------------------------------------------------------

@st.composite
def sessions(draw):
    """A module, and what one learner's browser sends: drafts at will, a check only after the one before."""
    module = draw(modules)
    stamps, changes = iter(range(1, 1000)), []
    for activity in module.activities.values():
        if type(activity).__name__ == "Dialogue":
            key = activity.key()
            changes += [(activity.id, Change(next(stamps), key[:place])) for place in range(1, len(key) + 1)]
            continue
        replies = [activity.key(), complement(activity)] if activity.key() is not None else [
            [] if type(activity).__name__ == "Checklist" else "words"]
        drafts = draw(st.lists(st.sampled_from([reply for reply in replies if reply is not None]), max_size=2))
        changes += [(activity.id, Change(next(stamps), reply)) for reply in drafts]
        if activity.key() is not None and draw(st.booleans()):
            changes.append((activity.id, Change(next(stamps), draw(st.sampled_from(replies[:1] + drafts)), 1)))
        if draw(st.booleans()) and drafts:
            changes.append((activity.id, Change(next(stamps), drafts[-1])))
    return module, changes


@settings(max_examples=40)
@given(sessions(), st.sampled_from([Rules(), Rules(attempts=1), Rules(at_end=True), Rules(answers="after-attempt")]),
       st.randoms(use_true_random=False))
def test_the_same_result_in_any_order_of_delivery(session, rules, random):
    module, changes = session

    def delivered(order):
        sheet = RunSheet(1)
        for step, change in order:
            sheet = sheet.merged({step: change}, module, rules)
        return sheet

    in_order = delivered(changes)
    # A conversation goes on only after the reply before it has come back; the rest may arrive twice and as it likes.
    talks = {step for step, activity in module.activities.items() if type(activity).__name__ == "Dialogue"}
    others = [each for each in changes if each[0] not in talks] * 2
    random.shuffle(others)
    again = delivered([*others, *(each for each in changes if each[0] in talks), *others])
    assert again.entries == in_order.entries and again.tries == in_order.tries
    assert RunSheet.from_json(json.loads(json.dumps(again.to_json()))) == again


@settings(max_examples=40)
@given(sessions())
def test_a_rescore_gives_what_a_fresh_marking_gives(session):
    module, changes = session
    sheet = RunSheet(1)
    for step, change in changes:
        sheet = sheet.merged({step: change}, module, Rules())
    replies = sheet.finished(module, Rules())
    marks = mark(module, replies)
    assert marks == mark(module, json.loads(json.dumps(replies)))
    edited = Module.from_data(turned(module.to_data()))
    for activity in edited.activities.values():
        given = replies.get(activity.id, [])
        assert mark(edited, replies).shares[activity.id] == max((activity.mark(reply) for reply in given), default=0)
    assert 0 <= marks.earned <= marks.possible
    assert all(0 <= rating <= 1 for rating in marks.ratings.values())


def turned(data):
    """The module with other keys: what was right is wrong."""
    for step in data["steps"]:
        if step["kind"] == "true-false":
            step["answer"] = not step["answer"]
        if step["kind"] == "ordering":
            step["items"] = step["items"][::-1]
    return data


def test_a_try_is_marked_once_and_the_best_counts():
    module = Module.from_data({
        "id": "m", "version": "1", "languages": ["en"], "minutes": 1, "title": {"en": "M"},
        "competences": [{"id": "c", "title": {"en": "C"}}],
        "steps": [{"kind": "matching", "id": "q", "question": {"en": "Q"}, "points": 3, "competence": "c", "pairs": [
            {"id": str(n), "left": {"en": f"l{n}"}, "right": {"en": f"r{n}"}} for n in range(3)]}]})
    activity, rules = module.activities["q"], Rules(attempts=2)
    good, bad = {"0": "0", "1": "1", "2": "0"}, {"0": "1"}
    sheet = RunSheet(1).merged({"q": Change(5, good, 1)}, module, rules)
    assert sheet.merged({"q": Change(5, good, 1)}, module, rules) == sheet
    assert not rules.closes(activity, sheet.tries_of(activity))
    sheet = sheet.merged({"q": Change(6, bad, 2)}, module, rules)
    assert rules.closes(activity, sheet.tries_of(activity))
    assert sheet.merged({"q": Change(9, activity.key(), 3)}, module, rules) == sheet
    assert mark(module, sheet.finished(module, rules)).earned == pytest.approx(2)
    assert mark(module, sheet.finished(module, rules)).ratings == {"c": pytest.approx(2 / 3)}


def test_more_tries_than_are_kept_keep_the_best():
    module = Module.from_data({
        "id": "m", "version": "1", "languages": ["en"], "minutes": 1, "title": {"en": "M"},
        "competences": [{"id": "c", "title": {"en": "C"}}],
        "steps": [{"kind": "gaps", "id": "q", "question": {"en": "Q"}, "text": {"en": "{a} {b}"}, "gaps": [
            {"id": "a", "accept": {"en": "one"}}, {"id": "b", "accept": {"en": "two"}}]}]})
    sheet = RunSheet(1)
    for number in range(60):
        reply = {"a": "one" if number == 10 else f"wrong {number}", "b": "x"}
        sheet = sheet.merged({"q": Change(number + 1, reply, number + 1)}, module, Rules())
    tries = sheet.tries_of(module.activities["q"])
    assert (tries.count, len(tries.replies)) == (60, 20)
    assert tries.share(module.activities["q"]) == 0.5 and tries.replies[-1]["a"] == "wrong 59"


def test_what_was_said_is_not_taken_back():
    def scene(name, **replies):
        return {"id": name, "line": {"en": name}, "replies": [
            {"id": reply, "to": to, "points": 1, "text": {"en": reply}} for reply, to in replies.items()]}

    module = Module.from_data({
        "id": "m", "version": "1", "languages": ["en"], "minutes": 1, "title": {"en": "M"},
        "competences": [{"id": "c", "title": {"en": "C"}}],
        "steps": [{"kind": "dialogue", "id": "d", "question": {"en": "Q"}, "scenes": [
            scene("one", a="two", b="three"), scene("two", c="three"), scene("three")]}]})
    talk = RunSheet(1).merged({"d": Change(1, ["a"])}, module, Rules())
    assert talk.merged({"d": Change(9, ["b"])}, module, Rules()) == talk
    assert talk.merged({"d": Change(9, [])}, module, Rules()) == talk
    ended = talk.merged({"d": Change(2, ["a", "c"])}, module, Rules())
    assert ended.tries["d"].replies == (["a", "c"],)
    assert ended.merged({"d": Change(1, ["a"])}, module, Rules()) == ended
    assert ended.merged({"d": Change(3, [])}, module, Rules()) == ended  # all earned, so it is closed
    ended = RunSheet(1).merged({"d": Change(1, ["b"])}, module, Rules(attempts=2))
    again = ended.merged({"d": Change(3, [])}, module, Rules(attempts=2))
    assert again.entries["d"].reply == [] and again.tries == ended.tries
    assert again.merged({"d": Change(1, ["b"])}, module, Rules(attempts=2)) == again
    assert RunSheet(1).merged({"d": Change(1, ["b"])}, module, Rules(attempts=1)).merged(
        {"d": Change(3, [])}, module, Rules(attempts=1)).entries["d"].reply == ["b"]


def test_feedback_to_replies_of_one_name_in_two_scenes_is_kept_apart():
    def scene(name, to):
        return {"id": name, "line": {"en": name}, "replies": [
            {"id": "yes", "to": to, "points": 1, "text": {"en": "yes"}, "feedback": {"en": f"after {name}"}}]}

    module = Module.from_data({
        "id": "m", "version": "1", "languages": ["en"], "minutes": 1, "title": {"en": "M"},
        "competences": [{"id": "c", "title": {"en": "C"}}],
        "steps": [{"kind": "dialogue", "id": "d", "question": {"en": "Q"}, "scenes": [
            scene("one", "two"), scene("two", "end"), {"id": "end", "line": {"en": "end"}}]}]})
    remarks = module.activities["d"].remarks(["yes", "yes"])
    assert [text["en"] for text in remarks.values()] == ["after one", "after two"]


@given(anything)
def test_changes_of_any_form_are_read_or_refused(data):
    module = Module.from_data({
        "id": "m", "version": "1", "languages": ["en"], "minutes": 1, "title": {"en": "M"},
        "competences": [{"id": "c", "title": {"en": "C"}}],
        "steps": [{"kind": "true-false", "id": "q", "question": {"en": "Q"}, "answer": True}]})
    for sent in (data, {"q": data}, {"q": {"stamp": 1, "reply": data}},
                 {"q": {"stamp": 1, "reply": [], "check": data}}):
        with contextlib.suppress(BadAnswer):
            assert set(read_changes(sent, module, VEIL, 100)) <= {"q"}


def test_a_module_without_points_is_refused():
    with pytest.raises(InvalidDocument) as caught:
        Module.from_data({
            "id": "m", "version": "1", "languages": ["en"], "minutes": 1, "title": {"en": "M"},
            "competences": [{"id": "c", "title": {"en": "C"}}],
            "steps": [{"kind": "read", "id": "r", "title": {"en": "R"}, "text": {"en": "<p>r</p>"}}]})
    assert "Nothing here gives points" in str(caught.value)
