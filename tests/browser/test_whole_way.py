"""A learner's whole way: on a phone in Arabic by touch, and on a desktop in English by keyboard."""

import json
import sqlite3

from playwright.sync_api import expect

from .conftest import PHONE


def stored_rounds(server, person="new"):
    """Return the answers of all rounds of a person, from the database file."""
    import hashlib

    learner = hashlib.md5(person.encode(), usedforsecurity=False).hexdigest()
    with sqlite3.connect(server.environment["MIGREMPOWER_VAR"] + "/workbench.sqlite3") as database:
        rows = database.execute(
            "SELECT raw_answer FROM submissions_submission "
            "JOIN submissions_studentitem item ON item.id = student_item_id "
            "WHERE item.student_id = ? AND item.item_type = 'migrempower_rounds' ORDER BY submitted_at", [learner])
        return [json.loads(answer) for (answer,) in rows]


FOCUS_IS_SEEN = """async () => {
    do {  // scrolling takes a frame, and a new screen takes no taps at first
        await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
    } while (document.querySelector('.mige-fresh'));
    const node = document.activeElement, box = node.getBoundingClientRect();
    const above = Math.max(box.top, 0), below = Math.min(box.bottom, innerHeight);
    const top = document.elementFromPoint(box.left + box.width / 2, (above + below) / 2);
    return node === document.body || node.contains(top) || (node.labels && [...node.labels].some(l => l.contains(top)));
}"""


def shown_screen(page):
    return page.locator("section[data-screen]:visible").get_attribute("data-screen")


def wait_saved(page):
    expect(page.locator(".mige-saved-saved:visible")).to_have_count(1)


def test_on_a_phone_in_arabic_by_touch(visit, look, clean_server):
    start = "/unit/start/?student=new"
    page = visit(start, PHONE)
    context = page.context
    look(page, "phone-1-start-english")
    page.locator("[data-part=own]").select_option("ar")
    expect(page.locator(".mige")).to_have_attribute("dir", "rtl")
    page.locator("[data-part=beside]").select_option("es")
    expect(page.locator("[data-part=beside]")).to_have_value("es")
    look(page, "phone-2-start-arabic")

    page.locator("[data-act=practice]").tap()
    page.locator(".mige-card").nth(2).tap()
    expect(page.locator(".mige-well")).not_to_be_empty()
    look(page, "phone-3-practice")
    page.locator(".mige-primary:visible").tap()

    total = 30
    expect(page.locator("progress")).to_have_attribute("max", str(total))
    for number in range(10):
        page.locator(".mige-card").nth(number % 4).tap()
        if number == 0:
            wait_saved(page)
            look(page, "phone-4-statement")
        page.locator(".mige-primary:visible").tap()

    context.set_offline(True)
    for number in range(10, 15):
        page.locator(".mige-card").nth(number % 4).tap()
        expect(page.locator(".mige-saved-waiting")).to_be_visible()
        if number == 10:
            page.locator(".mige-evidence summary").tap()
            page.locator("textarea").fill("قبل شهر في المدرسة")
            look(page, "phone-5-waiting")
        page.locator(".mige-primary:visible").tap()
    page.close()  # the tab dies with five answers waiting
    context.set_offline(False)

    page = visit(start, context=context)
    expect(page.locator(".mige-count")).to_contain_text("16")
    wait_saved(page)
    for number in range(15, total - 1):
        page.locator(".mige-card").nth(number % 6).tap()
        page.locator(".mige-primary:visible").tap()
    page.locator(".mige-primary:visible").tap()  # the last one is left out
    assert shown_screen(page) == "review"
    expect(page.locator(".mige-open")).to_have_count(1)
    wait_saved(page)
    look(page, "phone-6-review")

    page.locator(".mige-review button").nth(2).tap()
    page.locator(".mige-card").nth(3).tap()
    page.locator(".mige-primary:visible").tap()
    context.set_offline(True)
    page.locator(".mige-primary:visible").tap()
    anyway = page.locator("[data-screen=review] .mige-confirm .mige-second")
    look(page, "phone-7-confirm")
    anyway.tap()
    expect(page.locator(".mige-notice")).to_be_visible()
    look(page, "phone-7-hand-in-offline")
    context.set_offline(False)
    anyway.tap()
    expect(page.locator("[data-screen=result]")).to_be_visible()
    look(page, "phone-8-result-bars")
    page.locator(".mige-area summary").first.tap()
    page.locator("[data-view=radar]").tap()
    look(page, "phone-9-result-radar")
    page.locator("[data-view=table]").tap()
    look(page, "phone-10-result-table")

    (record,) = stored_rounds(clean_server)
    answers = record["answers"]
    assert len(answers) == total - 1
    levels = [answers[statement].get("level", answers[statement].get("skip")) for statement in list(answers)[:15]]
    assert levels == [0, 1, 3, 3] + [number % 4 for number in range(4, 15)]
    assert list(answers.values())[10]["evidence"] == "قبل شهر في المدرسة"
    assert len(record["unanswered"]) == 1

    grades = visit("/gradebook/?student=trainer")
    expect(grades.locator("tr", has_text="New learner")).to_contain_text("97 %")
    look(grades, "gradebook")


def test_on_a_desktop_in_english_by_keyboard(visit, look, clean_server):
    page = visit("/unit/start/?student=new", {"viewport": {"width": 1280, "height": 640}})
    keyboard = page.keyboard

    def tab_to(selector):
        target = page.locator(selector).first
        for _ in range(40):
            keyboard.press("Tab")
            assert page.evaluate(FOCUS_IS_SEEN), f"{target} is covered while it has the focus"
            if target.evaluate("node => node === document.activeElement"):
                return
        raise AssertionError(f"no way to {selector} by Tab")

    tab_to("[data-part=share]")
    keyboard.press("Space")
    look(page, "desktop-1-start")
    tab_to("[data-act=begin]")
    keyboard.press("Enter")
    for number in range(30):
        expect(page.locator(".mige-count")).to_have_text(f"Question {number + 1} of 30")
        assert page.evaluate("document.activeElement.tagName") == "H2"
        tab_to("input[type=radio]")
        keyboard.press("Space")
        for _ in range(number % 4):
            keyboard.press("ArrowDown")
        if number == 3:
            tab_to(".mige-evidence summary")
            keyboard.press("Enter")
            tab_to("textarea")
            keyboard.type("Last week, with my neighbour.")
            look(page, "desktop-2-statement")
        tab_to(".mige-primary:visible")
        keyboard.press("Enter")
    assert shown_screen(page) == "review"
    assert page.evaluate("document.activeElement.tagName") == "H2"
    look(page, "desktop-3-review")
    tab_to("[data-screen=review] .mige-primary")
    keyboard.press("Enter")
    expect(page.locator("[data-screen=result] h2")).to_be_focused()
    look(page, "desktop-4-result")
    tab_to("[data-view=radar]")
    keyboard.press("Enter")
    look(page, "desktop-5-radar")
    tab_to("[data-view=table]")
    keyboard.press("Enter")
    look(page, "desktop-6-table")
    expect(page.locator("[data-part=share]")).to_be_checked()

    (record,) = stored_rounds(clean_server)
    assert [answer["level"] for answer in record["answers"].values()] == [number % 4 for number in range(30)]
    assert list(record["answers"].values())[3]["evidence"] == "Last week, with my neighbour."

    tab_to(".mige-data summary")
    keyboard.press("Enter")
    tab_to("[data-act=ask-delete]")
    keyboard.press("Enter")
    look(page, "desktop-7-delete")
    tab_to("[data-act=keep]")
    keyboard.press("Enter")
    expect(page.locator("[data-part=confirm]")).to_be_hidden()
    expect(page.locator("[data-act=ask-delete]")).to_be_focused()
    keyboard.press("Enter")
    tab_to("[data-act=delete]")
    keyboard.press("Enter")
    expect(page.locator("[data-act=begin]")).to_be_visible()
    assert stored_rounds(clean_server) == []
