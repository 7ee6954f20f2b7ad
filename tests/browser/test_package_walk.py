"""Each module that ships, walked to the end on a phone: once from left to right, once from right to left; in
``make test`` four of these.
"""

import os

import pytest
from playwright.sync_api import expect

from migrempower_xblock.olx import module_names, preset_module
from migrempower_xblock.texts import direction
from migrempower_xblock.training.activity import Activity
from migrempower_xblock.training.choosing import TrueFalse
from migrempower_xblock.training.module import Read
from migrempower_xblock.words import words_for

from .conftest import PHONE, visiting
from .test_training import main_button, order_shown, step
from .test_whole_way import wait_saved

WAYS = {
    "my-skills": ("en", "ar"), "equal-treatment": ("es", "fa"), "living-together": ("it", "ar"),
    "finding-work": ("el", "fa"), "applying": ("de", "ar"), "working-life": ("fr", "fa"),
    "language-and-recognition": ("uk", "ar"), "digital-basics": ("tr", "fa"), "own-business": ("en", "fa"),
    "health-and-help": ("es", "ar"),
}
# Neither has begun a module.
WALKERS = {"ltr": "layla", "rtl": "new"}
OTHER_LANGUAGES = """language => [...document.querySelectorAll('.mige [lang]:not(option)')]
    .filter(node => node.lang !== language).map(node => node.textContent)"""
TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


def press(control, key="Enter"):
    """Press by key: a new screen takes no taps in its first moments, and there are hundreds of screens."""
    control.press(key)


def saying(section, selector, text):
    """Return what says exactly this text, of those a selector finds."""
    return section.locator(selector).filter(has=section.page.get_by_text(text, exact=True))


def choose(section, texts):
    for text in texts:
        press(saying(section, ".mige-card", text).locator("input"), "Space")


def choose_options(section, activity, language):
    if isinstance(activity, TrueFalse):
        choose(section, [words_for(language).gettext(activity.key()[0].capitalize())])
    else:  # in a checklist all is ticked
        choose(section, [activity.choices[each][language] for each in activity.key() or activity.choices])


def match(section, activity, language):
    for pair in activity.pairs:
        saying(section, ".mige-pair", pair.left[language]).locator("select").select_option(label=pair.right[language])


def put_in_order(section, activity, language):
    for place, item in enumerate(activity.items):
        while order_shown(section).index(item.text[language]) > place:
            press(saying(section, "li", item.text[language]).locator('[value="-1"]'))


def fill_gaps(section, activity, language):
    gaps = {gap.id: gap for gap in activity.gaps}
    for field, each in zip(section.locator("[data-name]").all(), activity.pieces(language)[1::2], strict=True):
        if gaps[each].is_picked:
            field.select_option(label=gaps[each].answer[language])
        else:
            field.fill(gaps[each].answer[language])


def talk(section, activity, language):
    said = activity.walk(activity.key())[0]
    for number, (_scene, reply) in enumerate(said, 1):
        choose(section, [reply.text[language]])
        if number < len(said):
            press(main_button(section.page))
            section.locator(".mige-said").nth(number - 1).wait_for()


def write(section, activity, language):
    section.locator("textarea").fill(activity.question[language])


ANSWERS = {"options": choose_options, "matching": match, "ordering": put_in_order, "gaps": fill_gaps, "dialogue": talk,
           "writing": write}


def answer(section, activity, language):
    """Give the reply that earns everything and have it checked; one without a button for that is only saved."""
    ANSWERS[activity.form](section, activity, language)
    if section.get_attribute("data-check"):
        press(main_button(section.page))
        section.locator(f".mige-outcome.mige-{'thanks' if activity.takes_part else 'right'}").wait_for()
    else:
        wait_saved(section.page)


def glance(page, name):
    """Nothing is wider than the screen; where SCREENSHOTS names a folder, a picture is kept."""
    if os.environ.get("SCREENSHOTS"):
        page.screenshot(path=f"{os.environ['SCREENSHOTS']}/{name}.png", full_page=True)
    wide = page.evaluate(TOO_WIDE)
    assert wide <= 0, f"{name} is {wide} pixels too wide"


def test_every_module_that_ships_is_walked():
    assert set(WAYS) == set(module_names())
    for name, languages in WAYS.items():
        assert [direction(language) for language in languages] == ["ltr", "rtl"], name
    assert {language for languages in WAYS.values() for language in languages} == set(preset_module(name).languages)


@pytest.mark.parametrize(("name", "language"), [
    pytest.param(name, language, marks=[pytest.mark.long] * (place % 3 > 0 or place % 2 != at))
    for place, (name, languages) in enumerate(WAYS.items()) for at, language in enumerate(languages)])
def test_a_module_that_ships_is_walked_to_the_end(chromium, sample_server, look, name, language):
    module = preset_module(name)
    activities = list(module.activities)
    looked_at = {
        next(step.id for step in module.steps if isinstance(step, Read)),
        activities[list(WAYS).index(name) % len(activities)],  # of another kind in each module
    }
    way = f"walk-{name}-{language}"
    with visiting(chromium, sample_server) as visit:
        page = visit(f"/unit/{name}/?student={WALKERS[direction(language)]}", PHONE)
        page.locator("[data-part=own]").select_option(language)
        page.locator(f".mige[lang={language}][dir={direction(language)}] [data-act=begin]:enabled").wait_for()
        look(page, f"{way}-00-start")
        press(page.locator("[data-act=begin]"))
        assert not page.evaluate(OTHER_LANGUAGES, language)
        for number, each in enumerate(module.steps, 1):
            section = step(page, each.id)
            if isinstance(each, Activity):
                answer(section, each, language)
            (look if each.id in looked_at else glance)(page, f"{way}-{number:02}-{each.id}")
            press(main_button(page))
        glance(page, f"{way}-{number + 1:02}-all-steps")
        expect(page.locator(".mige-steps .mige-open")).to_have_count(0)
        press(page.locator("[data-part=finish] .mige-primary"))
        expect(page.locator(".mige-score")).to_contain_text("100 %")
        assert not page.evaluate(OTHER_LANGUAGES, language)
        look(page, f"{way}-{number + 2:02}-result")
