"""Single screens and what can be done on them."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import expect

from .conftest import DESKTOP, PHONE
from .test_nothing_lost import at_question, begin, choose, hand_in_with_gaps
from .test_whole_way import stored_rounds, wait_saved

VOICE = """
const spoken = window.spoken = [];
Object.defineProperty(window, 'speechSynthesis', {value: {
    getVoices: () => [{lang: 'es-ES', name: 'x'}], cancel() {}, speak(u) { spoken.push([u.lang, u.text]); },
    addEventListener() {}}});
window.SpeechSynthesisUtterance = function (text) { this.text = text; };
window.Audio = function (address) {
    this.play = () => { spoken.push(address); return Promise.resolve(); };
    this.pause = () => {};
};
"""
NO_VOICE = "Object.defineProperty(window, 'speechSynthesis', {value: undefined});"


@pytest.mark.parametrize(("person", "unit"), [
    ("visitor", "start"), ("new", "closed"), ("new", "looking-back"), ("new", "with-mistakes"),
    ("author", "with-mistakes"), ("amira", "start"), ("amira", "end"),
    ("lucia", "end"), ("omar", "start"), ("new", "two-on-one-page"),
])
def test_a_screen_is_accessible_and_fits(visit, look, person, unit):
    look(visit(f"/unit/{unit}/?student={person}", PHONE), f"phone-{unit}-{person}")


@pytest.mark.parametrize("address", ["/?student=author", "/gradebook/?student=trainer",
                                     "/unit/start/author_view/?student=author",
                                     "/unit/with-mistakes/author_view/?student=author"])
def test_a_page_of_the_workbench_is_accessible_and_fits(visit, look, address):
    look(visit(address, PHONE), f"phone-{address.split('?')[0].strip('/').replace('/', '-')}")


def test_two_evaluations_on_one_page_keep_apart(visit):
    page = visit("/unit/two-on-one-page/?student=new")
    one, two = page.locator(".mige").nth(0), page.locator(".mige").nth(1)
    one.locator("[data-act=begin]").click()
    two.locator("[data-act=begin]").click()
    one.locator(".mige-card").nth(1).click()
    two.locator(".mige-card").nth(2).click()
    expect(one.locator("[data-part=saved]")).to_have_text("Saved")
    expect(two.locator("[data-part=saved]")).to_have_text("Saved")
    assert one.locator("input:checked").get_attribute("value") == "level:1"
    assert two.locator("input:checked").get_attribute("value") == "level:2"
    page.reload()
    expect(one.locator(".mige-count")).to_have_text("Question 2 of 2")
    expect(two.locator("[data-screen=review]")).to_be_visible()


def test_only_languages_with_a_voice_have_a_listen_button(visit):
    page = visit("/unit/start/?student=new", before=VOICE)
    begin(page)
    expect(page.locator(".mige-listen:visible")).to_have_count(0)
    page.get_by_role("button", name="Back").click()
    page.locator("[data-part=beside]").select_option("es")
    expect(page.locator("[data-part=beside] option:checked")).to_have_attribute("selected", "")
    begin(page)
    expect(page.locator(".mige-listen:visible")).to_have_count(1)
    page.locator(".mige-listen:visible").click()
    assert page.evaluate("spoken") == [["es", "Puedo nombrar tres derechos que todas las personas tienen aquí."]]


def test_levels_can_be_listened_to_too(visit):
    page = visit("/unit/start/?student=new", before=VOICE)
    page.locator("[data-part=own]").select_option("es")
    begin(page)
    expect(page.locator(".mige-listen:visible")).to_have_count(5)
    page.locator(".mige-level .mige-listen").first.click()
    assert page.evaluate("spoken") == [["es", "Todavía no puedo hacerlo"]]


def test_the_authors_recording_is_played_before_any_voice(visit, clean_server):
    page = visit("/unit/two-on-one-page/?student=new", before=VOICE)
    two = page.locator(".mige").nth(1)
    two.locator("[data-act=begin]").click()
    two.locator(".mige-statement .mige-listen").click()
    assert page.evaluate("spoken") == ["/static/call.mp3"]


def test_without_voices_there_is_no_listen_button(visit):
    page = visit("/unit/start/?student=new", before=NO_VOICE)
    begin(page)
    expect(page.locator(".mige-listen:visible")).to_have_count(0)


def test_a_second_round_and_looking_back(visit, look, clean_server):
    page = visit("/unit/end/?student=new")
    begin(page)
    choose(page, 3)
    page.get_by_role("button", name="See all answers").click()
    expect(page.locator(".mige-missing")).to_contain_text("29")
    page.get_by_role("button", name="Go to the next question without an answer").click()
    at_question(page, 2)
    hand_in_with_gaps(page)
    page.locator("[data-act=again]").click()
    begin(page)
    at_question(page, 1)
    expect(page.locator("input:checked")).to_have_count(0)

    back = visit("/unit/looking-back/?student=new", PHONE)
    expect(back.locator(".mige-lead")).to_contain_text("before this course")
    look(back, "phone-looking-back-start")
    back.locator("[data-act=begin]").tap()
    expect(back.locator(".mige-look-back")).to_contain_text("before the course")
    look(back, "phone-looking-back-statement")
    back.locator(".mige-card").nth(1).tap()
    wait_saved(back)
    hand_in_with_gaps(back)
    expect(back.locator(".mige-when")).to_contain_text("Looking back")
    back.locator(".mige-area summary").first.tap()
    expect(back.locator(".mige-earlier").first).to_contain_text("At the end")
    look(back, "phone-looking-back-result")
    assert [record["moment"] for record in stored_rounds(clean_server)] == ["end", "looking-back"]


def test_sharing_and_files(visit):
    page = visit("/unit/start/?student=amira")
    page.locator("[data-part=share]").check()
    page.wait_for_load_state("networkidle")
    page.reload()
    expect(page.locator("[data-part=share]")).to_be_checked()
    page.locator(".mige-data summary").click()
    with page.expect_download() as csv:
        page.locator("a[href*='download/csv']").click()
    assert csv.value.suggested_filename == "self-evaluation.csv"
    with page.expect_download() as everything:
        page.locator("a[href*='download/json']").click()
    data = json.loads(Path(everything.value.path()).read_text("utf-8"))
    assert data["shared_with_trainers"] is True and len(data["rounds"]) == 1


def test_a_switch_that_could_not_be_kept_goes_back(visit):
    page = visit("/unit/start/?student=new")
    page.context.set_offline(True)
    page.locator("[data-part=share]").click()
    expect(page.locator(".mige-notice")).to_contain_text("did not work")
    expect(page.locator("[data-part=share]")).not_to_be_checked()


def test_the_result_prints_with_its_table_and_without_buttons(visit):
    page = visit("/unit/end/?student=amira")
    page.emulate_media(media="print")
    expect(page.locator("table")).to_be_visible()
    expect(page.locator("button:visible")).to_have_count(0)


def test_languages_sharing_and_my_data_stay_in_reach(visit):
    page = visit("/unit/start/?student=new")
    begin(page)
    for number in range(3):
        choose(page, number)
        page.locator(".mige-primary:visible").click()
    page.get_by_role("button", name="Languages, sharing, my data").click()
    expect(page.locator("[data-act=begin]")).to_have_text("Go on")
    expect(page.locator(".mige-data")).to_be_visible()
    page.locator("[data-part=own]").select_option("es")
    expect(page.locator("[data-part=own]")).to_be_focused()
    expect(page.locator(".mige")).to_have_attribute("lang", "es")
    begin(page)
    expect(page.locator(".mige-count")).to_have_text("Pregunta 4 de 30")


def test_a_change_from_the_review_leads_back_to_it(visit):
    page = visit("/unit/start/?student=new")
    begin(page)
    choose(page, 1)
    page.get_by_role("button", name="See all answers").click()
    page.locator(".mige-review button").nth(2).click()
    at_question(page, 3)
    choose(page, 0)
    page.locator(".mige-primary:visible").click()
    expect(page.locator("[data-screen=review]")).to_be_visible()
    expect(page.locator(".mige-given")).to_have_count(2)


def test_nothing_at_all_cannot_be_handed_in(visit):
    page = visit("/unit/start/?student=new")
    begin(page)
    page.get_by_role("button", name="See all answers").click()
    expect(page.get_by_role("button", name="Hand in")).to_have_count(0)


def test_large_text_and_forced_colours(visit, look):
    for device, unit in ((PHONE, "start"), (DESKTOP, "end")):
        page = visit("/unit/start/?student=lucia", device, before="addEventListener('DOMContentLoaded', () => "
                     "{ document.documentElement.style.fontSize = '200%'; });")
        look(page, f"{'phone' if device is PHONE else 'desktop'}-large-result")
        page = visit(f"/unit/{unit}/?student=new", device, context=page.context)
        begin(page)
        page.evaluate("document.documentElement.style.fontSize = '200%'")
        look(page, f"{'phone' if device is PHONE else 'desktop'}-large-statement")
        choose(page, 1)
        page.get_by_role("button", name="See all answers").click()
        look(page, f"{'phone' if device is PHONE else 'desktop'}-large-review")
    page = visit("/unit/end/?student=amira", {**DESKTOP, "forced_colors": "active"})
    look(page, "desktop-forced-colours")
