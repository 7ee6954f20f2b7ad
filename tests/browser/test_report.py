"""The trainers' report: who needs help, the heat map by keyboard, counselling from both sides, files to take away.

The tests of all 200 learners come first: those after them begin with the named learners only.
"""

import csv
import io
import json
import os
import re
import sqlite3
from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import expect

from host.people import ENROLLED

from .conftest import DESKTOP, PHONE

REPORT = "/unit/cohort-report/?student=trainer"
PARTS = ("who", "what", "change", "training", "files")
KEPT = "Not saved yet. Kept on this device."
FAILED = "This did not work. Check your connection and try again."
TABLET = {"viewport": {"width": 768, "height": 1024}}
LANGUAGES = pytest.mark.parametrize("language", ["en", "ar"])

# What can be pressed is 24 pixels wide and high, or stands in a label or cell that is.
SMALL = """() => [...document.querySelectorAll(
    '.mige-report :is(button, a, input, select, textarea, summary, td[tabindex])')]
    .filter(node => node.checkVisibility()).map(node => node.closest('label') || node)
    .filter(node => { const box = node.getBoundingClientRect(); return box.width < 24 || box.height < 24; })
    .map(node => node.outerHTML)"""
# Axe leaves single characters out.
PALE = """() => [...document.querySelectorAll('.mige-heat td[class], .mige-heat-key b')].filter(node => {
    const light = colour => colour.match(/[\\d.]+/g).slice(0, 3).map(each => each / 255)
        .map(each => each <= 0.04045 ? each / 12.92 : ((each + 0.055) / 1.055) ** 2.4)
        .reduce((sum, each, place) => sum + each * [0.2126, 0.7152, 0.0722][place], 0.05);
    const style = getComputedStyle(node), two = [light(style.color), light(style.backgroundColor)];
    return style.backgroundColor !== 'rgba(0, 0, 0, 0)' && Math.max(...two) / Math.min(...two) < 4.5;
}).map(node => node.className)"""
# The cell in focus, or what covers it.
IN_SIGHT = """async () => {
    await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
    const box = document.activeElement.getBoundingClientRect();
    return [[4, 4], [4, box.height - 4], [box.width - 4, 4], [box.width - 4, box.height - 4]].every(([x, y]) =>
        document.elementFromPoint(box.left + x, box.top + y) === document.activeElement);
}"""
CUT = """() => [...document.querySelectorAll('.mige-report :is(.mige-report-turned span, button, th, td, label)')
].filter(
    node => node.checkVisibility() && getComputedStyle(node).display !== 'inline'
        && (node.scrollWidth > node.clientWidth + 3 || node.scrollHeight > node.clientHeight + 3)
).map(node => node.outerHTML)"""


def opened(page):
    expect(page.locator(".mige-report-body h3").first).to_be_visible()
    return page


def speaking(page, language):
    page.context.add_cookies([{"name": "language", "value": language, "url": page.url.split("/unit")[0]}])
    page.reload()
    expect(page.locator(".mige-report")).to_have_attribute("dir", "rtl" if language == "ar" else "ltr")
    return opened(page)


def go_to(page, part):
    page.locator(f"[data-act=part][data-name={part}]").click()
    expect(page.locator(".mige-report-body h3")).to_be_focused()
    expect(page.locator(f"[data-act=part][data-name={part}]")).to_have_attribute("aria-current", "page")


def open_learner(page, name="Amira"):
    page.get_by_role("button", name=name, exact=True).click()
    expect(page.get_by_role("heading", name=name, level=3)).to_be_focused()


def listed(page):
    """Return the names in the list of learners."""
    return page.locator(".mige-report-list tbody th").evaluate_all(
        "nodes => nodes.map(node => (node.querySelector('button') || node.firstChild).textContent.trim())")


def show(page, what, days=None):
    page.locator(".mige-report").get_by_role("combobox", name="Show").select_option(label=what)
    if days:
        page.get_by_label("Quiet means").fill(str(days))
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.get_by_role("heading", name=f"Learners: {what}")).to_be_focused()


def notice(page):
    return page.locator(".mige-report-notice")


def picture(page, name):
    """Keep a picture where SCREENSHOTS names a folder, as ``look`` does."""
    folder = os.environ.get("SCREENSHOTS")
    if folder:
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


def wide(page):
    return page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")


# -- all 200 learners --------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("language", [pytest.param("en", marks=pytest.mark.long), "ar"])
def test_each_part_is_accessible_and_fits(visit_cohort, look, language):
    page = speaking(visit_cohort(REPORT), language)

    def fits(name):
        for size in (TABLET, DESKTOP):
            page.set_viewport_size(size["viewport"])
            assert wide(page) <= 0, name
            assert page.evaluate(SMALL) == page.evaluate(CUT) == page.evaluate(PALE) == [], name
            picture(page, f"report-{size['viewport']['width']}-{language}-{name}")

    for part in ("who", "what"):
        go_to(page, part)
        fits(part)
    page.locator("[data-wish=group]").select_option("morning")  # axe takes seconds for a map of everybody
    for part in PARTS:
        go_to(page, part)
        if language == "en":  # test_accessibility.py shows axe the Arabic ones
            look(page, f"report-1280-en-{part}")
        fits(f"{part}-of-a-group")
    go_to(page, "who")
    open_learner(page)
    page.locator("[data-competence] summary").first.click()
    if language == "en":
        look(page, "report-1280-en-learner")
    fits("learner")


def test_the_list_is_narrowed_by_group_need_and_quiet_days(visit_cohort):
    page = opened(visit_cohort(REPORT))
    assert len(listed(page)) == len(ENROLLED) == 200
    page.get_by_label("Group").select_option(label="Evening group")
    evening = [person.name for person in ENROLLED if person.group == "evening"]
    expect(page.get_by_text(f"{len(evening)} learners take part.")).to_be_visible()
    expect(page.get_by_label("Group")).to_be_focused()
    assert sorted(listed(page)) == sorted(evening)

    show(page, "Needs help")
    helped = listed(page)
    assert helped and set(helped) < set(evening)
    expect(page.locator(".mige-report-list tbody tr:has(.mige-report-reason)")).to_have_count(len(helped))
    numbers = []
    for days in (1, 20, 365):
        show(page, "Quiet for some days", days)
        numbers.append(len(listed(page)))
    assert numbers[0] > numbers[1] > numbers[2] > 0  # who never began is quiet for ever
    page.get_by_label("Quiet means").fill("0")
    page.get_by_role("button", name="Show", exact=True).click()
    assert page.get_by_label("Quiet means").evaluate("node => node.matches(':invalid')")
    go_to(page, "what")
    expect(page.get_by_label("Group")).to_have_value("evening")
    assert set(page.locator(".mige-heat tbody th").all_inner_texts()) < set(evening)


def test_what_went_wrong_is_told_and_the_page_shows_what_it_says(visit_cohort):
    page = opened(visit_cohort(REPORT))
    before = listed(page)

    def still_the_same():
        expect(page.locator("[data-name=who]")).to_have_attribute("aria-current", "page")
        expect(page.get_by_label("Group")).to_have_value("")
        assert listed(page) == before

    page.route("**/report/**", lambda route: route.fulfill(status=500, body="oh no"), times=1)
    page.locator("[data-name=what]").click()
    expect(notice(page)).to_have_text(FAILED)
    still_the_same()
    page.route("**/report/**", lambda route: route.fulfill(
        status=404, json={"error": "This is not part of the course any more."}), times=1)
    page.get_by_label("Group").select_option(label="Evening group")
    expect(notice(page)).to_have_text("This is not part of the course any more.")
    still_the_same()
    page.route("**/profile/**", lambda route: route.fulfill(status=200, body="<html>Log in</html>"), times=1)
    page.get_by_role("button", name="Amira", exact=True).click()
    expect(notice(page)).to_have_text(FAILED)
    still_the_same()
    page.context.set_offline(True)
    page.locator("[data-name=change]").click()
    expect(notice(page)).to_have_text(FAILED)
    still_the_same()
    page.context.set_offline(False)
    go_to(page, "change")
    expect(notice(page)).to_be_hidden()
    expect(page.get_by_role("table").first).to_be_visible()


def test_of_two_wishes_the_later_is_shown_whatever_comes_first(visit_cohort):
    page = opened(visit_cohort(REPORT))
    held = []
    page.route("**/report/**", lambda route: held.append(route), times=1)
    page.locator("[data-name=what]").click()
    expect(notice(page)).to_have_text("One moment …")
    go_to(page, "files")
    with page.expect_response("**/report/**"):
        held[0].continue_()
    page.wait_for_timeout(200)
    expect(page.locator(".mige-report-body h3")).to_have_text("Take away")
    expect(notice(page)).to_be_hidden()


@pytest.mark.parametrize("language", ["en", pytest.param("ar", marks=pytest.mark.long)])
def test_the_heat_map_by_keyboard(visit_cohort, language):
    page = speaking(visit_cohort(REPORT), language)
    onward, backward = ("ArrowLeft", "ArrowRight") if language == "ar" else ("ArrowRight", "ArrowLeft")
    go_to(page, "what")
    page.locator("[data-wish=source]").focus()
    page.keyboard.press("Tab")
    rows = page.locator(".mige-heat tbody tr")
    names = page.locator(".mige-heat tbody th").all_inner_texts()
    titles = page.locator(".mige-heat thead [data-name]").evaluate_all("all => all.map(each => each.dataset.name)")

    def at(row, column):
        cell = rows.nth(row).locator("td").nth(column)
        expect(cell).to_be_focused()
        words = cell.get_attribute("data-words")
        for text in (names[row], titles[column], words):
            expect(page.locator("[data-part=cell][role=status]")).to_contain_text(text)
        assert page.evaluate(IN_SIGHT), (row, column)

    at(0, 0)
    page.keyboard.press("Tab")  # one stop: it leaves the map
    assert page.evaluate("!document.activeElement.closest('.mige-heat')")
    page.keyboard.press("Shift+Tab")
    at(0, 0)
    last = len(titles) - 1
    for key, place in (
            (onward, (0, 1)), ("ArrowDown", (1, 1)), (backward, (1, 0)), (backward, (1, 0)), ("End", (1, last)),
            (onward, (1, last)), ("PageDown", (11, last)), ("Home", (11, 0)), ("PageUp", (1, 0)), ("ArrowUp", (0, 0)),
            ("ArrowUp", (0, 0)), ("Control+End", (len(names) - 1, last)), ("Control+Home", (0, 0))):
        page.keyboard.press(key)
        at(*place)
    for key in ["ArrowDown"] * 15 + [onward] * 12 + ["ArrowUp"] * 9 + [backward] * 9:
        page.keyboard.press(key)
        assert page.evaluate(IN_SIGHT), key
    at(6, 3)
    page.keyboard.press("Enter")
    heading = page.locator(".mige-report-one h3")
    expect(heading).to_be_focused()
    expect(heading).to_have_text(names[6])
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    at(6, 3)
    page.keyboard.press("Tab")
    page.keyboard.press("Shift+Tab")
    at(6, 3)
    rows.nth(7).locator("td").nth(9).hover()
    expect(page.locator("[data-part=cell]")).to_contain_text(names[7])


@LANGUAGES
def test_names_and_titles_of_the_heat_map_stay_in_sight(visit_cohort, language):
    page = speaking(visit_cohort(REPORT), language)
    page.set_viewport_size(TABLET["viewport"])
    go_to(page, "what")
    places = page.locator(".mige-report-tall").evaluate("""(box, along) => {
        box.scrollTo(along * 600, 900);
        const edges = node => { const { left, right, top } = node.getBoundingClientRect(); return [left, right, top]; };
        return [box.scrollLeft, box.scrollTop, edges(box), edges(box.querySelector('tbody tr:nth-child(40) th')),
                edges(box.querySelector('thead tr:last-child th')), edges(box.querySelector('thead [data-name]'))];
    }""", -1 if language == "ar" else 1)
    across, down, box, name, corner, title = places
    start = 1 if language == "ar" else 0  # names stand at the side where reading begins
    assert abs(across) > 100 and down == 900
    assert name[start] == corner[start] == box[start] and title[2] == corner[2] == box[2]


def test_a_learner_is_opened_and_closed_by_keyboard(visit_cohort):
    page = opened(visit_cohort(REPORT))
    page.get_by_role("button", name="Amira", exact=True).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Amira", level=3)).to_be_focused()
    expect(page.get_by_role("navigation", name="Parts of the report")).to_be_hidden()
    for _ in range(2):
        page.keyboard.press("Shift+Tab")
    expect(page.get_by_role("button", name="Back to the report")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Amira", exact=True)).to_be_focused()
    expect(page.locator(".mige-report-one")).to_be_hidden()


def test_more_learners_come_below_the_others(visit_cohort, cohort_server):
    page = visit_cohort("/")

    def with_more(route):
        reply = route.fetch()
        rows, end = reply.json()["html"].rsplit("</tbody>", 1)
        more = '<tr data-part="more"><td><button data-act="more" data-after="omar">More</button></td></tr>'
        route.fulfill(response=reply, json={"html": f"{rows}{more}</tbody>{end}"})

    page.route("**/report/**", with_more, times=1)
    page.goto(cohort_server.url + REPORT)
    opened(page)
    page.get_by_role("button", name="More", exact=True).click()
    expect(page.locator("[data-part=more]")).to_have_count(0)
    names = listed(page)
    assert names[200:] == names[200 - len(names[200:]):200] and 0 < len(names[200:]) < 20
    assert page.evaluate("document.activeElement.closest('tr').rowIndex") == 201


def test_files_are_made_and_open_in_spreadsheet_programs(visit_cohort):
    page = opened(visit_cohort(REPORT))
    go_to(page, "files")

    def made(kind, form, named):
        page.get_by_label(kind, exact=True).check()
        page.get_by_label(form).check()
        page.get_by_label("With names and what learners wrote").set_checked(named)
        page.get_by_role("button", name="Make the file").click()
        link = page.get_by_role("link", name=re.compile(r"Download .*\.(xlsx|csv)"))
        with page.expect_download() as download:
            link.click()
        page.reload()
        opened(page)
        go_to(page, "files")
        return download.value.suggested_filename, Path(download.value.path()).read_bytes()

    name, body = made("Learners", "Spreadsheet (XLSX)", True)
    assert re.fullmatch(r"learners-\d{4}-\d\d-\d\d\.xlsx", name)
    rows = list(openpyxl.load_workbook(io.BytesIO(body)).active.iter_rows(values_only=True))
    people = [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]
    assert {"amira", "lucia"} <= {row["username"] for row in people} and len(people) > 100
    assert "mateo" not in {row["username"] for row in people}
    assert all(isinstance(row["rounds"], int) for row in people)

    name, body = made("Answers", "Table as text (CSV, UTF-8)", False)
    assert re.fullmatch(r"answers-\d{4}-\d\d-\d\d\.csv", name)
    found = list(csv.DictReader(io.StringIO(body.decode("utf-8-sig"), newline="")))
    assert len(found) > 1000 and "name" not in found[0] and "note" not in found[0]
    assert all(re.fullmatch("L-[0-9a-f]{12}", row["learner"]) for row in found)


def job(state, done=0, total=0):
    return {"json": {"job": {"id": "one", "kind": "learners", "name": "learners.csv", "state": state, "done": done,
                             "total": total, "error": "", "address": "/handler/learners.csv"}}}


def test_progress_of_a_file_in_the_background_and_stopping_it(visit_cohort, cohort_server):
    page = visit_cohort("/")
    page.clock.install()
    page.goto(cohort_server.url + REPORT)
    go_to(opened(page), "files")
    replies, started = [job("running", done, 4) for done in (1, 2, 3)], []
    page.route("**/start_report/**", lambda route: (started.append(route), route.fulfill(**job("waiting"))))
    page.route("**/report_progress/**", lambda route: route.fulfill(**replies.pop(0)))
    page.route("**/cancel_report/**", lambda route: route.fulfill(**job("cancelled", 0, 4)))
    told = page.locator("[data-part=job]")
    page.get_by_role("button", name="Make the file").dblclick()
    expect(told).to_contain_text("One moment …")
    stop = page.get_by_role("button", name="Stop")
    stop.focus()
    for done in (1, 2, 3):
        page.clock.run_for(1000)
        expect(told).to_contain_text(f"{done} of 4 parts are ready.")
        expect(page.get_by_role("progressbar")).to_have_attribute("value", str(done))
    expect(stop).to_be_focused()  # it stays the same button
    page.keyboard.press("Enter")
    expect(told).to_have_text("Stopped. There is no file.")
    expect(page.get_by_role("button", name="Make the file")).to_be_focused()
    assert len(started) == 1

    replies[:] = [job("done", 4, 4)]
    page.get_by_role("button", name="Make the file").click()
    stop.focus()
    page.clock.run_for(1000)
    link = page.get_by_role("link", name="Download learners.csv")
    expect(link).to_be_focused()
    expect(link).to_have_attribute("href", "/handler/learners.csv")
    replies[:] = [job("failed", 0, 4)]
    page.get_by_role("button", name="Make the file").click()
    expect(stop).to_be_visible()
    page.clock.run_for(1000)
    expect(told).to_have_text("The file could not be made. Please try again.")
    page.unroute("**/start_report/**")
    page.route("**/start_report/**", lambda route: route.fulfill(status=409, json={"error": "A colleague is at it."}))
    page.get_by_role("button", name="Make the file").click()
    expect(told).to_have_text("A colleague is at it.")
    page.context.set_offline(True)
    page.unroute("**/start_report/**")
    page.get_by_role("button", name="Make the file").click()
    expect(told).to_have_text(FAILED)


def test_a_file_under_way_is_found_again(visit_cohort):
    page = opened(visit_cohort(REPORT))

    def under_way(route):
        reply = route.fetch()
        html = reply.json()["html"].replace('data-part="job"', 'data-part="job" data-job="one"')
        route.fulfill(response=reply, json={"html": html})

    page.route("**/report/**", under_way, times=1)
    page.route("**/report_progress/**", lambda route: route.abort(), times=1)  # a short break of the connection
    page.clock.install()
    go_to(page, "files")
    page.route("**/report_progress/**", lambda route: route.fulfill(**job("done", 4, 4)))
    page.clock.run_for(6000)
    expect(page.get_by_role("link", name="Download learners.csv")).to_be_visible()


def test_the_report_on_paper(visit_cohort):
    page = opened(visit_cohort(REPORT))
    for part in ("who", "what", "change", "training"):
        go_to(page, part)
        page.emulate_media(media="print")
        expect(page.locator(".mige-report :is(button:not(.mige-report-link), form):visible")).to_have_count(0)
        expect(page.get_by_role("table").or_(page.get_by_role("grid")).first).to_be_visible()
        boxes = page.locator(".mige-report-scroll:visible")
        assert all(boxes.evaluate_all("boxes => boxes.map(box => box.scrollHeight <= box.clientHeight + 1)"))
        picture(page, f"report-print-{part}")
        page.emulate_media(media="screen")
    go_to(page, "who")
    open_learner(page)
    page.emulate_media(media="print")
    expect(page.locator(".mige-report :is(button, form):visible")).to_have_count(0)
    expect(page.get_by_role("table").first).to_be_visible()
    expect(page.get_by_text("The pharmacist wrote it down for her.")).to_be_visible()
    picture(page, "report-print-learner")


@pytest.mark.long
def test_forced_colours_and_large_text(visit_cohort, look):
    page = opened(visit_cohort(REPORT, {**DESKTOP, "forced_colors": "active"}))
    page.get_by_label("Group").select_option("online")
    go_to(page, "what")
    look(page, "report-forced-colours")
    page = visit_cohort(REPORT, before="addEventListener('DOMContentLoaded', () => "
                        "{ document.documentElement.style.fontSize = '200%'; });")
    opened(page)
    for part in PARTS:
        go_to(page, part)
        assert wide(page) <= 0, part
        assert page.evaluate(CUT) == [], part
        picture(page, f"report-large-{part}")


# -- the named learners ------------------------------------------------------------------------------------------------

def stored_views(server):
    """Return what trainers have recorded since the sample learners were made, from the database file."""
    with sqlite3.connect(server.environment["MIGREMPOWER_VAR"] + "/workbench.sqlite3") as database:
        rows = database.execute(
            "SELECT raw_answer FROM submissions_submission "
            "JOIN submissions_studentitem item ON item.id = student_item_id "
            "WHERE item.item_type = 'migrempower_views' ORDER BY submitted_at").fetchall()
    found = [json.loads(answer) for (answer,) in rows]
    return [view for view in found if not view["session"].startswith("session-")]


def drafts(page):
    return page.evaluate("Object.keys(localStorage).filter(key => key.startsWith('migrempower-view:')).length")


def comment(page):
    return page.get_by_label("Comment for the learner")


def save(page):
    page.get_by_role("button", name="Save and show to the learner").click()


def counsel(page):
    """Open Amira's page, choose a level and write a note, a step and a comment."""
    open_learner(page)
    page.locator("summary", has_text="Work contract").click()
    about = page.locator("[data-competence=contract]")
    about.get_by_label("Your view").select_option(label="I can do this alone")
    about.get_by_label("Situation").fill("A job in a kitchen.\nTwo pages.")
    about.get_by_label("Result").fill("She signed with a better wage.")
    page.get_by_label("What the learner will do").first.fill("Ask for the payslip")
    page.get_by_label("Until").first.fill("2030-12-24")
    page.get_by_role("button", name="One more step").click()
    expect(page.get_by_label("What the learner will do").nth(1)).to_be_focused()
    page.keyboard.type("Read it together")
    page.keyboard.press("Enter")  # saves nothing yet
    expect(page.get_by_text(KEPT)).to_be_visible()
    expect(about.locator("summary")).to_contain_text("✓ I can do this alone")


def test_counselling_from_both_sides(visit, look, clean_server):
    page = opened(visit(REPORT, TABLET))
    counsel(page)
    context = page.context
    context.set_offline(True)
    comment(page).press_sequentially("Well done")
    save(page)
    expect(page.get_by_text(FAILED)).to_be_visible()
    expect(page.get_by_role("button", name="Save and show to the learner")).to_be_focused()
    comment(page).press_sequentially(", Amira.")
    page.close(run_before_unload=False)
    context.set_offline(False)

    page = opened(visit(REPORT, context=context))
    open_learner(page)
    expect(notice(page)).to_have_text("What you wrote before and did not save is here again.")
    about = page.locator("[data-competence=contract]")
    expect(about.get_by_label("Your view").locator("option:checked")).to_have_text("I can do this alone")
    expect(about.get_by_label("Situation")).to_have_value("A job in a kitchen.\nTwo pages.")
    expect(page.get_by_label("What the learner will do").nth(1)).to_have_value("Read it together")
    expect(page.get_by_label("Until").first).to_have_value("2030-12-24")
    expect(comment(page)).to_have_value("Well done, Amira.")
    look(page, "counselling-restored")
    save(page)
    expect(notice(page)).to_have_text("Saved. The learner sees it in their result.")
    record = page.get_by_role("article").first
    expect(record.get_by_role("heading")).to_be_focused()
    for text in ("Work contract", "I can do this alone", "Two pages.", "She signed with a better wage.",
                 "Ask for the payslip · until Dec. 24, 2030", "Read it together", "Well done, Amira."):
        expect(record).to_contain_text(text)
    expect(comment(page)).to_have_value("")
    assert drafts(page) == 0
    picture(page, "counselling-saved")
    (view,) = stored_views(clean_server)
    assert view["steps"] == [
        {"text": "Ask for the payslip", "by": "2030-12-24"}, {"text": "Read it together", "by": ""}]

    phone = visit("/unit/end/?student=amira", PHONE)
    theirs = phone.locator("article").first
    expect(theirs).to_contain_text("Well done, Amira.")
    look(phone, "phone-result-with-trainers-view")
    answer, send = theirs.get_by_role("textbox"), theirs.get_by_role("button")
    assert all(box["height"] >= 48 for box in (answer.bounding_box(), send.bounding_box()))
    phone.context.set_offline(True)
    answer.fill("شكراً لكِ. أريد أن أتدرب أكثر.")
    send.tap()
    expect(phone.locator(".mige-notice")).to_be_visible()
    phone.context.set_offline(False)
    phone.reload()
    expect(answer).to_have_value("شكراً لكِ. أريد أن أتدرب أكثر.")
    with phone.expect_response("**/answer_view/**"):
        send.tap()
    expect(phone.locator(".mige-notice")).to_be_visible()
    phone.reload()
    expect(answer).to_have_value("شكراً لكِ. أريد أن أتدرب أكثر.")

    page.get_by_role("button", name="Back to the report").click()
    open_learner(page)
    expect(record).to_contain_text("The learner answers: شكراً لكِ. أريد أن أتدرب أكثر.")


def test_what_is_saved_twice_is_one_record_and_what_was_changed_is_another(visit, clean_server):
    page = opened(visit(REPORT))
    open_learner(page)
    comment(page).fill("In one tab")
    other = opened(visit(REPORT, context=page.context))
    open_learner(other)
    expect(comment(other)).to_have_value("In one tab")
    page.get_by_role("button", name="Save and show to the learner").dblclick()
    expect(notice(page)).to_contain_text("Saved.")
    save(other)
    expect(notice(other)).to_contain_text("Saved.")
    assert [view["comment"] for view in stored_views(clean_server)] == ["In one tab"]

    def take_and_lose(route):
        route.fetch()
        route.abort()

    page.route("**/save_view/**", take_and_lose, times=1)
    comment(page).fill("The reply is lost")
    save(page)
    expect(page.get_by_text(FAILED)).to_be_visible()
    comment(page).fill("The reply is lost, and this comes after")
    save(page)
    expect(notice(page)).to_contain_text("Saved.")
    assert [view["comment"] for view in stored_views(clean_server)] == [
        "In one tab", "The reply is lost", "The reply is lost, and this comes after"]


def test_a_draft_of_another_tab_stays_when_this_one_saves(visit, clean_server):
    page = opened(visit(REPORT))
    open_learner(page)
    other = opened(visit(REPORT, context=page.context))
    open_learner(other)
    comment(page).fill("Mine")
    comment(other).fill("Yours")
    save(page)
    expect(notice(page)).to_have_text("Saved. The learner sees it in their result.")
    expect(comment(page)).to_have_value("Yours")
    page.route("**/save_view/**", lambda route: route.abort())
    save(page)
    expect(page.locator("[data-part=said]")).to_contain_text("try again")
    expect(notice(page)).to_be_empty()  # "Saved" was about the other one
    other.reload()
    opened(other)
    open_learner(other)
    expect(comment(other)).to_have_value("Yours")
    save(other)
    expect(notice(other)).to_contain_text("Saved.")
    assert [view["comment"] for view in stored_views(clean_server)] == ["Mine", "Yours"]


def test_nothing_to_save_and_what_is_thrown_away(visit, clean_server):
    page = opened(visit(REPORT))
    open_learner(page)
    throw = page.get_by_role("button", name="Throw away what is not saved")
    expect(throw).to_be_hidden()
    save(page)
    expect(page.get_by_text("There is nothing to save yet.")).to_be_visible()
    comment(page).fill("Hello")
    page.get_by_role("button", name="Back to the report").click()
    expect(notice(page)).to_have_text(KEPT)
    open_learner(page)
    expect(comment(page)).to_have_value("Hello")
    assert drafts(page) == 1
    throw.click()
    expect(comment(page)).to_have_value("")
    expect(throw).to_be_hidden()
    assert drafts(page) == 0 and stored_views(clean_server) == []


def test_where_the_device_keeps_nothing_the_page_asks_before_it_goes(visit):
    page = opened(visit(REPORT, before="Storage.prototype.setItem = () => { throw new DOMException('full', 'x'); };"))
    open_learner(page)
    comment(page).fill("Not kept")
    expect(page.get_by_text(KEPT)).to_be_hidden()
    page.get_by_role("button", name="Back to the report").click()
    open_learner(page)
    expect(comment(page)).to_have_value("Not kept")
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    page.reload()
    assert asked == ["beforeunload"]


def test_a_second_trainers_record_stands_beside_the_first(visit, clean_server):
    for person, name in (("trainer", "Trainer"), ("colleague", "Second trainer")):
        page = opened(visit(REPORT.replace("trainer", person)))
        open_learner(page)
        comment(page).fill(f"By {person}")
        save(page)
        expect(page.get_by_role("article").first.get_by_role("heading")).to_contain_text(f"{name} ·")
    expect(page.get_by_role("article").nth(0)).to_contain_text("By colleague")
    expect(page.get_by_role("article").nth(1)).to_contain_text("By trainer")
    assert [view["comment"] for view in stored_views(clean_server)] == ["By trainer", "By colleague"]


def test_who_withdraws_sharing_is_gone_at_the_next_look(visit):
    page = opened(visit(REPORT))
    go_to(page, "what")
    expect(page.locator(".mige-heat").get_by_role("button", name="Amira")).to_be_visible()
    go_to(page, "who")
    for unit in ("start", "end", "looking-back", "working-life"):
        learner = visit(f"/unit/{unit}/?student=amira")
        with learner.expect_response("**/share/**"):
            learner.locator("[data-part=share]").uncheck()
    page.get_by_role("button", name="Amira", exact=True).click()
    expect(notice(page)).to_contain_text("This learner does not share with trainers now.")
    expect(page.locator(".mige-report-one")).to_be_hidden()
    go_to(page, "what")
    assert page.locator(".mige-heat tbody th").all_inner_texts() == ["Grace", "Inés", "Lucía", "Samuel", "Yusuf"]
    go_to(page, "who")
    expect(page.get_by_role("row", name="Amira (does not share)")).to_be_visible()
    expect(page.get_by_role("button", name="Amira", exact=True)).to_have_count(0)


def test_a_list_without_anybody_says_so(visit):
    page = visit("/unit/start/?student=trainer")
    page.locator(".mige-report-fold > summary").click()
    page.get_by_label("Group").select_option(label="Online group")
    online = [person.name for person in ENROLLED if person.group == "online"]
    expect(page.get_by_text(f"{len(online)} learners take part.")).to_be_visible()
    show(page, "under way")
    expect(page.get_by_text("No learner is like this at the moment.")).to_be_visible()
    expect(page.locator(".mige-report-list")).to_have_count(0)
    show(page, "handed in")
    assert listed(page) == ["Grace", "Samuel"]


def test_others_have_no_report(visit, clean_server):
    page = visit("/")
    for person in ("grace", "elsewhere", "visitor"):
        for unit in ("end", "my-skills", "cohort-report"):
            page.goto(f"{clean_server.url}/unit/{unit}/?student={person}")
            expect(page.locator(".mige-report, .mige-report-fold")).to_have_count(0)
        expect(page.get_by_text("Only trainers of this course can see this.")).to_be_visible()


@pytest.mark.parametrize(("unit", "parts"), [
    ("end", ["Who takes part", "What they can do", "What has changed", "Take away"]),
    ("my-skills", ["Who takes part", "Training", "Take away"])])
def test_trainers_have_a_report_below_an_activity(visit, look, unit, parts):
    page = visit(f"/unit/{unit}/?student=trainer")
    fold = page.locator(".mige-report-fold > summary")
    expect(page.get_by_role("navigation", name="Parts of the report")).to_be_hidden()
    fold.focus()
    page.keyboard.press("Enter")
    opened(page)
    expect(fold).to_be_focused()
    assert page.get_by_role("navigation", name="Parts of the report").get_by_role("button").all_inner_texts() == parts
    look(page, f"report-below-{unit}")
    open_learner(page)
    look(page, f"report-below-{unit}-learner")


def test_two_activities_on_one_page_have_a_report_each(visit, look):
    page = visit("/unit/two-on-one-page/?student=trainer")
    reports = page.locator(".mige-report")
    for number, title in enumerate(("In the kitchen", "On the phone")):
        page.locator(".mige-report-fold > summary").nth(number).click()
        expect(reports.nth(number).get_by_role("rowheader", name=title)).to_be_visible()
    for number in range(2):
        reports.nth(number).locator("[data-name=what]").click()
        expect(reports.nth(number).locator(".mige-report-body h3")).to_have_text("What they can do")
    look(page, "report-two")
    reports.nth(0).locator("[data-name=files]").click()
    expect(reports.nth(0).locator(".mige-report-body h3")).to_have_text("Take away")
    expect(reports.nth(1).locator(".mige-report-body h3")).to_have_text("What they can do")
