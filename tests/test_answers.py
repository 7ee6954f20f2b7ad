"""Answer sheets: the same changes give the same sheet, whatever the order they arrive in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrempower_xblock.competences.answers import LONGEST_EVIDENCE, Answer, AnswerSheet, BadAnswer, read_changes
from migrempower_xblock.competences.framework import Framework
from migrempower_xblock.competences.profile import Profile, ratings
from migrempower_xblock.olx import preset_framework
from migrempower_xblock.standing import Standing

from .generate import answers_to, frameworks

FRAMEWORK = preset_framework("migrempower")
FIRST, SECOND, *_ = FRAMEWORK.statements
NOW = 1_000_000


def changes(**parts):
    return {FIRST: {"stamp": NOW, **parts}}


@given(st.data())
def test_late_repeated_and_reordered_changes_end_in_the_same_sheet(data):
    batches = data.draw(st.lists(answers_to(FRAMEWORK), max_size=5))
    straight, shuffled = AnswerSheet(1), AnswerSheet(1)
    for batch in batches:
        straight = straight.merged(batch)
    for batch in data.draw(st.permutations(batches + batches)):
        shuffled = shuffled.merged(batch)
    assert straight == shuffled


@given(st.data())
def test_the_latest_answer_of_each_statement_stays(data):
    batches = data.draw(st.lists(answers_to(FRAMEWORK), max_size=5))
    sheet = AnswerSheet(1)
    for batch in batches:
        sheet = sheet.merged(batch)
    for statement, answer in sheet.answers.items():
        assert answer.stamp == max(batch[statement].stamp for batch in batches if statement in batch)


@given(frameworks.flatmap(lambda framework: st.tuples(st.just(framework), answers_to(framework))))
def test_a_sheet_survives_being_kept(pair):
    framework, answers = pair
    sheet = AnswerSheet(3, answers)
    assert AnswerSheet.from_json(sheet.to_json()) == sheet
    assert 0 <= sheet.completion(framework) <= 1


def test_a_skip_counts_as_answered_and_evidence_alone_does_not():
    sheet = AnswerSheet(1, {FIRST: Answer(1, skip="unclear"), SECOND: Answer(1, evidence="last week")})
    assert sheet.answered(FRAMEWORK) == [FIRST]


def test_a_clock_that_runs_ahead_is_taken_back_to_now():
    assert read_changes(changes(level=1, stamp=NOW * 9), FRAMEWORK, NOW)[FIRST].stamp == NOW


@pytest.mark.parametrize("data", [
    None, [], "x", 3, {"nobody": {"stamp": 1}}, {FIRST: None}, {FIRST: []}, {FIRST: {}},
    changes(stamp="1"), changes(stamp=True), changes(stamp=-1), changes(stamp=1.5),
    changes(level="1"), changes(level=99), changes(level=True), changes(level=1, skip="private"),
    changes(skip="because"), changes(skip=3), changes(evidence=3), changes(evidence="x" * (LONGEST_EVIDENCE + 1)),
    changes(score=1), {**changes(level=1), SECOND: {"stamp": 1, "level": 77}},
])
def test_a_wrong_change_is_refused_with_a_sentence(data):
    with pytest.raises(BadAnswer) as caught:
        read_changes(data, FRAMEWORK, NOW)
    assert str(caught.value).endswith(".")


def test_notes_that_together_cannot_be_kept_are_refused():
    sheet = AnswerSheet(1)
    with pytest.raises(BadAnswer):
        sheet.merged({f"s{number}": Answer(1, evidence="ق" * LONGEST_EVIDENCE) for number in range(60)})


def test_every_statement_of_the_shipped_framework_may_have_a_full_arabic_note():
    full = {statement: Answer(10**13, level=1, evidence="ق" * LONGEST_EVIDENCE) for statement in FRAMEWORK.statements}
    assert AnswerSheet(1).merged(full).completion(FRAMEWORK) == 1


def test_ratings_are_means_and_skips_have_none():
    answers = {FIRST: Answer(1, level=2), SECOND: Answer(1, skip="private")}
    assert ratings(FRAMEWORK, answers) == {FRAMEWORK.competences[0].id: pytest.approx(2 / 3)}


def test_a_rating_is_the_mean_place_of_all_levels_of_a_competence():
    framework = Framework.from_data({
        "id": "small", "version": "1", "languages": ["en"], "title": {"en": "Small"},
        "scale": {"id": "scale", "levels": [{"value": value, "label": {"en": str(value)}} for value in (1, 2, 5)]},
        "areas": [{"id": "home", "title": {"en": "Home"}, "competences": [
            {"id": "tea", "title": {"en": "Tea"}, "statements": [
                {"id": name, "text": {"en": f"I can {name}."}} for name in ("boil", "pour", "drink")]}]}]})
    answers = {"boil": Answer(1, level=2), "pour": Answer(1, level=5)}
    assert ratings(framework, answers) == {"tea": 0.625}
    assert ratings(framework, {**answers, "pour": Answer(1, evidence="not yet")}) == {"tea": 0.25}
    assert ratings(framework, {"pour": Answer(1, skip="unclear")}) == {}


def profile_of(*values):
    """Return a profile in which the first competences have these ratings; None is none."""
    named = zip(FRAMEWORK.competences, values, strict=False)
    return Profile(FRAMEWORK, {competence.id: value for competence, value in named if value is not None})


def places(competences):
    return [FRAMEWORK.competences.index(competence) for competence in competences]


def test_strengths_are_the_three_highest_above_the_middle_of_the_scale():
    assert places(profile_of(0.5, 1, 0.75, None, 0.9, 0.6).strengths()) == [1, 4, 2]
    assert places(profile_of(0.6, 0.9, 0.6).strengths()) == [1, 0, 2], "of two alike the framework's first"
    assert profile_of(0.5, 0.4, None).strengths() == []


def test_next_steps_are_the_three_lowest_that_can_grow_and_are_no_strength():
    assert places(profile_of(0.3, 1, 0.4, None, 0.1, 0.2).next_steps()) == [4, 5, 0]
    assert places(profile_of(0.9, 0.8, 0.7, 0.6).next_steps()) == [3]
    assert profile_of(1, 1, 1, 1, None).next_steps() == []


def test_what_has_grown_most_comes_first_and_five_are_told():
    then = profile_of(0, 0.25, 0.5, None, 0.5, 0, 0, 0, 0, 0.5)
    now = profile_of(0.125, 1, 0.75, 1, None, 0.25, 0.625, 0.5, 0.0625, 0.25)
    grown = now.grown_since(then)
    assert places(competence for competence, _, _ in grown) == [1, 6, 7, 2, 5]
    assert [(before, after) for _, before, after in grown[:2]] == [(0.25, 1), (0, 0.625)]


def test_an_area_is_the_mean_of_what_is_rated_in_it():
    first, second = FRAMEWORK.areas[:2]
    profile = profile_of(0.25, None, 0.75, *[None] * (len(first.competences) - 3))
    assert (profile.area_rating(first), profile.area_rating(second)) == (0.5, None)


@given(answers_to(FRAMEWORK))
def test_strengths_and_next_steps_are_few_and_never_the_same(answers):
    profile = Profile(FRAMEWORK, ratings(FRAMEWORK, answers))
    strengths, steps = profile.strengths(), profile.next_steps()
    assert len(strengths) <= 3 and len(steps) <= 3
    assert not set(strengths) & set(steps)
    assert all(profile.rating(one) >= profile.rating(other) for one in strengths for other in steps)
    assert all(profile.rating(step) < 1 for step in steps)


@given(answers_to(FRAMEWORK), answers_to(FRAMEWORK))
def test_what_has_grown_is_told_grown_most_first(before, after):
    then, now = Profile(FRAMEWORK, ratings(FRAMEWORK, before)), Profile(FRAMEWORK, ratings(FRAMEWORK, after))
    growth = [higher - lower for _, lower, higher in now.grown_since(then)]
    assert all(step > 0 for step in growth)
    assert growth == sorted(growth, reverse=True)
    assert now.grown_since(now) == []


@given(st.integers(0, 9), st.sets(st.integers(1, 9)), st.integers(0, 5), st.booleans(), st.booleans())
def test_where_a_learner_stands_never_contradicts_itself(begun, handed_in, limit, closed, waiting):
    standing = Standing.of(begun, handed_in, limit, closed, waiting)
    assert standing.open not in handed_in
    assert standing.following not in handed_in and standing.following > begun
    assert (standing.stage == "answering") <= (standing.open is not None and not closed and not waiting)
    assert not (handed_in and standing.stage in ("closed", "waiting")), "a result is never hidden"
    assert not (standing.may_go_again and standing.stage == "answering")
    if limit and len(handed_in) >= limit:
        assert standing.open is None and not standing.may_go_again
