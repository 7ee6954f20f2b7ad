"""A learner's pages in the two themes of the operators' guide: everything can be read."""

import pytest
from playwright.sync_api import expect

from tools import pictures

from .conftest import PHONE

STILL = {**PHONE, "reduced_motion": "reduce"}
COLOURS = """() => {
    const of = selector => getComputedStyle(document.querySelector(selector));
    return [of('.mige').backgroundColor, of('.mige').color, of('.mige-primary').backgroundColor,
            of('.mige-primary').color];
}"""


@pytest.fixture
def look_in_both(look):
    """look_in_both(page, name) looks at a page in one theme, then in the other."""

    def check(page, name):
        for theme, css in pictures.themes().items():
            pictures.wear(page, css)
            look(page, f"theme-{theme}-{name}")

    return check


def test_a_self_evaluation_takes_the_colours_and_can_be_read(visit, look_in_both):
    page = visit("/unit/start/?student=new", STILL)
    look_in_both(page, "start")
    assert page.evaluate(COLOURS) == ["rgb(20, 32, 43)", "rgb(238, 242, 245)", "rgb(143, 208, 245)", "rgb(13, 27, 38)"]
    pictures.draw_statement(page)
    look_in_both(page, "statement")
    page.get_by_role("button", name="See all answers").tap()
    look_in_both(page, "review")
    page = visit("/unit/end/?student=lucia", STILL)
    page.locator(".mige-area summary").first.tap()
    look_in_both(page, "result")


def test_a_module_and_the_passport_can_be_read(visit, look_in_both):
    page = visit("/unit/every-kind/?student=new", STILL)
    pictures.draw_step(page)
    look_in_both(page, "step")
    section = pictures.go_to(page, "gaps")
    pictures.ANSWERS["gaps"](section)
    page.get_by_role("button", name="Check", exact=True).tap()
    expect(section.locator(".mige-verdict").first).to_be_visible()
    look_in_both(page, "gaps")
    look_in_both(visit("/unit/passport/?student=lucia", STILL), "passport")
