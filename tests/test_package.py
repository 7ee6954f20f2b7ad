"""The training package: ten modules that together train the whole framework, each a short way from need to action."""

from pathlib import Path
from xml.etree import ElementTree

import pytest

from migrempower_xblock.authoring.hints import hints, missing, reading_minutes
from migrempower_xblock.olx import module_names, preset_framework, preset_module
from migrempower_xblock.training.activity import Activity
from migrempower_xblock.training.dialogue import Dialogue
from migrempower_xblock.training.module import KIND_OF, CountryNote, Module
from migrempower_xblock.training.taking_part import Checklist

PRESETS = Path(__file__).resolve().parents[1] / "migrempower_xblock" / "presets" / "modules"
PICTURES = Path(__file__).resolve().parents[1] / "static" / "pictures" / "openmoji"
NAMES = module_names()
COUNTRIES = ["AT", "CY", "DE", "ES", "FR", "IT"]
WITH_NOTES = {"my-skills", "equal-treatment", "working-life", "finding-work", "language-and-recognition",
              "own-business", "health-and-help"}

every_module = pytest.mark.parametrize("name", NAMES)


def framework():
    return preset_framework("migrempower")


def titles():
    return {competence.id: competence.title for competence in framework().competences}


def earning(module):
    """Return the activities of a module that give points."""
    return [activity for activity in module.activities.values() if activity.points]


def test_ten_modules_ship():
    assert set(NAMES) == {"my-skills", "equal-treatment", "living-together", "finding-work", "applying", "working-life",
                          "language-and-recognition", "digital-basics", "own-business", "health-and-help"}


def test_together_they_train_every_competence_of_the_framework():
    modules = [preset_module(name) for name in NAMES]
    assert {each.id for module in modules for each in module.competences} == set(titles())
    assert {activity.competence for module in modules for activity in earning(module)} == set(titles())


@every_module
def test_a_module_belongs_to_the_framework_and_calls_its_competences_by_their_names(name):
    module, known = preset_module(name), titles()
    assert (module.id, module.framework) == (name, framework().id)
    for competence in module.competences:
        for language in module.languages:
            assert competence.title[language] == known[competence.id][language]


@every_module
def test_points_are_earned_for_just_the_competences_a_module_names(name):
    module = preset_module(name)
    assert {activity.competence for activity in earning(module)} == {each.id for each in module.competences}


@every_module
def test_a_module_has_four_kinds_of_activity_and_leads_into_life(name):
    steps = preset_module(name).steps
    assert len({KIND_OF[type(step)] for step in steps if isinstance(step, Activity)}) >= 4
    assert any(isinstance(step, Dialogue | Checklist) for step in steps)


@every_module
def test_a_module_begins_with_reading_and_ends_with_something_to_do(name):
    first, *_, last = preset_module(name).steps
    assert KIND_OF[type(first)] == "read"
    assert isinstance(last, Checklist) and not last.points and len(last.items) >= 4


@every_module
def test_not_more_than_two_texts_follow_each_other_after_the_beginning(name):
    kinds = [isinstance(step, Activity) for step in preset_module(name).steps]
    runs = "".join("a" if each else "t" for each in kinds[2:]).split("a")
    assert max(map(len, runs)) <= 2


@every_module
def test_a_module_says_that_it_takes_15_to_25_minutes(name):
    assert 15 <= preset_module(name).minutes <= 25


@every_module
def test_the_minutes_are_those_of_a_slow_reader(name):
    module = preset_module(name)
    estimate = reading_minutes(Module, module.to_data(), "en")
    assert 15 <= estimate <= 25
    assert abs(module.minutes - estimate) <= 1


@every_module
def test_the_key_of_each_activity_earns_all_its_points(name):
    for activity in preset_module(name).activities.values():
        key = activity.key()
        assert activity.takes_part or activity.mark(key) == 1, activity.id


@every_module
def test_there_is_one_best_way_through_a_conversation(name):
    for dialogue in preset_module(name).activities.values():
        if isinstance(dialogue, Dialogue):
            scenes = {scene.id: scene for scene in dialogue.scenes}
            ways, shares = [([], dialogue.scenes[0])], []
            while ways:
                said, scene = ways.pop()
                ways += [([*said, reply.id], scenes[reply.to]) for reply in scene.replies]
                if not scene.replies:
                    shares.append(dialogue.mark(said))
            assert shares.count(1) == 1 and max(shares) == 1, dialogue.id


@every_module
def test_neither_the_longest_nor_the_shortest_words_are_mostly_right(name):
    """Counted are choices of one and the turns of conversations."""
    sets = []
    for activity in preset_module(name).activities.values():
        options = getattr(activity, "options", ())
        if options and not activity.several:
            sets.append([(len(option.text["en"]), option.right) for option in options])
        for scene in getattr(activity, "scenes", ()):
            most = max((reply.points for reply in scene.replies), default=0)
            if most:
                sets.append([(len(reply.text["en"]), reply.points == most) for reply in scene.replies])
    assert sum(max(each)[1] for each in sets) <= len(sets) / 2
    assert sum(min(each)[1] for each in sets) <= len(sets) / 2


@every_module
def test_each_activity_says_something_after_a_check(name):
    for activity in preset_module(name).activities.values():
        told = (activity.right and activity.wrong) or activity.feedback or isinstance(activity, Checklist | Dialogue)
        each = getattr(activity, "options", ())
        assert told or (each and all(option.feedback for option in each)), activity.id


@every_module
def test_each_reply_of_a_conversation_has_feedback_and_each_option_too_unless_pictured(name):
    for activity in preset_module(name).activities.values():
        if KIND_OF[type(activity)] == "choice":
            assert all(option.feedback for option in activity.options), activity.id
        for scene in getattr(activity, "scenes", ()):
            assert all(reply.feedback for reply in scene.replies), (activity.id, scene.id)


@every_module
def test_a_module_with_notes_has_one_for_each_country_with_its_day_and_a_word_that_rules_change(name):
    notes = [step for step in preset_module(name).steps if isinstance(step, CountryNote)]
    assert bool(notes) is (name in WITH_NOTES)
    for step in notes:
        assert sorted(note.country for note in step.notes) == COUNTRIES
        for note in step.notes:
            assert note.checked >= "2026-11-01"
        for text in (*(note.text for note in step.notes), step.fallback.text):
            assert "Rules change" in text["en"]


@every_module
def test_every_picture_is_one_of_the_set(name):
    tree = ElementTree.parse(PRESETS / f"{name}.xml")
    named = {element.get("picture") for element in tree.iter() if element.get("picture")}
    assert {picture for picture in named if not (PICTURES / f"{picture}.svg").is_file()} == set()


@every_module
def test_nothing_is_missing_but_recordings(name):
    assert {each.what for each in missing(Module, preset_module(name).to_data())} <= {"audio"}


@every_module
def test_nothing_reads_hard(name):
    data = preset_module(name).to_data()
    assert [(hint.path, hint.message.format(**hint.values)) for hint in hints(Module, data)
            if "en" in hint.path or hint.values.get("language") == "en"] == []


@pytest.mark.django_db
@every_module
def test_the_page_of_a_module_keeps_its_budget_with_ten_languages_to_choose_from(make_block, name):
    from .test_house import zipped

    assert len(preset_module(name).steps) <= 20
    block = make_block(f'<migrempower_training_module module="{name}"/>')
    assert zipped(block.render("student_view").content.encode()) <= 8_500
