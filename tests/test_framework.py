"""The framework as a value: what is accepted, what is refused and how that is told."""

import copy

import pytest
from hypothesis import given

from migrempower_xblock.competences.framework import MOST_STATEMENTS, Framework
from migrempower_xblock.problems import InvalidDocument

from .generate import framework_data

GOOD = {
    "id": "home", "version": "1", "languages": ["en", "ar"], "title": {"en": "Home", "ar": "البيت"},
    "scale": {"id": "help", "levels": [
        {"value": 0, "label": {"en": "not yet", "ar": "ليس بعد"}},
        {"value": 1, "label": {"en": "alone", "ar": "وحدي"}}]},
    "areas": [{"id": "kitchen", "title": {"en": "Kitchen", "ar": "المطبخ"}, "competences": [
        {"id": "cooking", "title": {"en": "Cooking", "ar": "الطبخ"}, "statements": [
            {"id": "cooking-1", "text": {"en": "I can cook.", "ar": "أستطيع الطبخ."}}]}]}],
}


def broken(*path_and_value):
    """Return GOOD with the value at a path replaced."""
    *path, value = path_and_value
    data = copy.deepcopy(GOOD)
    place = data
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return data


def problems_of(data):
    with pytest.raises(InvalidDocument) as caught:
        Framework.from_data(data)
    return caught.value.problems


@given(framework_data())
def test_plain_data_comes_back_as_it_went_in(data):
    assert Framework.from_data(data).to_data() == data


COMPETENCE = ("areas", 0, "competences", 0)
STATEMENT = (*COMPETENCE, "statements", 0)


@pytest.mark.parametrize(("data", "path", "hint"), [
    (broken("id", "My Home"), ("id",), "small letters"),
    (broken("id", None), ("id",), "missing"),
    (broken("version", ""), ("version",), "version"),
    (broken("languages", []), ("languages",), "at least one language"),
    (broken("languages", ["en", "en"]), ("languages",), "twice"),
    (broken("languages", ["English"]), ("languages",), "not a language tag"),
    (broken("title", {"ar": "بيت"}), ("title", "en"), "no text in 'en', the document's first language"),
    (broken("title", {"en": " ", "ar": "بيت"}), ("title", "en"), "no text in 'en', the document's first language"),
    (broken("title", {"en": "Home", "ar": "البيت", "fr": "Chez"}), ("title", "fr"), "not one of"),
    (broken("title", {"en": "Home", "ar": 3}), ("title", "ar"), "must be a text"),
    (broken("title", "Home"), ("title",), "map from language"),
    (broken("title", {"en": "x" * 2001, "ar": "y"}), ("title", "en"), "Shorten"),
    (broken("title", {"en": "a\x00b", "ar": "y"}), ("title", "en"), "control character"),
    (broken("scale", "levels", 1, "value", 0), ("scale", "levels", 1, "value"), "out of order"),
    (broken("scale", "levels", 1, "value", "one"), ("scale", "levels", 1, "value"), "whole number"),
    (broken("scale", "levels", 1, "value", True), ("scale", "levels", 1, "value"), "whole number"),
    (broken("scale", "levels", GOOD["scale"]["levels"][:1]), ("scale", "levels"), "2 to"),
    (broken("scale", None), ("scale",), "must be an object"),
    (broken("areas", []), ("areas",), "at least one area"),
    (broken("areas", "many"), ("areas",), "at least one area"),
    (broken("areas", [7]), ("areas", 0), "must be an object"),
    (broken("areas", GOOD["areas"] * 2), ("areas", 1, "id"), "Another area"),
    (broken(*COMPETENCE, "statements", []), (*COMPETENCE, "statements"), "at least one statement"),
    (broken(*COMPETENCE, "same_as", "javascript:x"), (*COMPETENCE, "same_as"), "web address"),
    (broken(*STATEMENT, "picture", "javascript:alert(1)"), (*STATEMENT, "picture"), "picture is the name"),
    (broken(*STATEMENT, "audio", {"en": "javascript:alert(1)"}), (*STATEMENT, "audio", "en"), "audio address"),
    (broken(*STATEMENT, "colour", "red"), (*STATEMENT, "colour"), "not known"),
    (broken("practice", []), ("practice",), "must be an object"),
])
def test_a_mistake_is_told_with_its_place_and_what_to_do(data, path, hint):
    told = {problem.path: problem.message for problem in problems_of(data)}
    assert hint in told[path]


def test_all_mistakes_are_told_at_once():
    data = broken("title", {"ar": "بيت"})
    data["areas"][0]["id"] = "A B"
    assert len(problems_of(data)) == 2


@pytest.mark.parametrize("data", [None, [], "x", 3, {}, {"languages": 4}, {"languages": [[]]}])
def test_what_is_no_framework_at_all_is_refused(data):
    assert problems_of(data)


def test_more_statements_than_a_record_can_hold_are_refused():
    statement = GOOD["areas"][0]["competences"][0]["statements"][0]
    data = broken(*COMPETENCE, "statements", [{**statement, "id": f"s{n}"} for n in range(MOST_STATEMENTS + 1)])
    assert "Split it" in problems_of(data)[-1].message


def test_a_rating_is_the_place_between_lowest_and_highest_level():
    scale = Framework.from_data(broken("scale", "levels", [
        {"value": value, "label": {"en": "x", "ar": "y"}} for value in (2, 3, 6)])).scale
    assert [scale.rating(value) for value in (2, 3, 6)] == [0, 0.25, 1]
    assert scale.nearest(0.5).value == 3
    assert scale.nearest(0.9).value == 6
