"""Studio's form: translators' tables, preview, checks, screens, and what a page around it may do."""

import csv
import io

import pytest
from openpyxl import Workbook, load_workbook
from playwright.sync_api import expect

from .conftest import DESKTOP, PHONE
from .studio import FRAMEWORK, MODULE, Form, a_framework, address, open_form, reopened, take_over
from .test_nothing_lost import hand_in_with_gaps

TABS = ("content", "settings", "review", "preview", "files")
DEVICES = {"phone": PHONE, "tablet": {"viewport": {"width": 700, "height": 900}}, "desktop": DESKTOP}


# -- translators' tables -----------------------------------------------------------------------------------------------

def read_csv(path):
    return list(csv.reader(io.StringIO(path.read_text("utf-8-sig"))))


def write_csv(rows):
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue().encode()


def read_xlsx(path):
    sheet = load_workbook(io.BytesIO(path.read_bytes())).active
    return [[cell or "" for cell in row] for row in sheet.iter_rows(values_only=True)]


def write_xlsx(rows):
    workbook, out = Workbook(), io.BytesIO()
    for row in rows:
        workbook.active.append(row)
    workbook.save(out)
    return out.getvalue()


@pytest.mark.parametrize(("button", "name", "read", "write"), [
    ("Download as a table (CSV)", "texts.csv", read_csv, write_csv),
    ("Download as a spreadsheet (XLSX)", "texts.xlsx", read_xlsx, write_xlsx)], ids=["csv", "xlsx"])
def test_a_translators_table_comes_back(visit, look, button, name, read, write):
    form = open_form(visit, FRAMEWORK)
    take_over(form, a_framework(areas=2, competences=2))
    header, *rows = read(form.download(button))
    assert header == ["key", "place", "en"]
    texts = [row[2] for row in rows]
    form.upload(name, write([[*header, "fr"], *([*row, f"{row[2]} en français"] for row in rows)]))
    expect(form.root).to_contain_text(f"Texts that change: {len(texts)}")
    expect(form.root.locator(".mige-files tbody tr")).to_have_count(len(texts))
    expect(form.root.locator(".mige-files tbody tr").first).to_contain_text("Small en français")
    look(form.page, f"studio-upload-{name.split('.')[1]}")
    form.button("Take this over").click()
    expect(form.said).to_contain_text("Taken over.")
    form.show("en", "fr")
    expect(form.field("title", "fr")).to_have_value("Small en français")
    form.save()
    document = reopened(form).stored()["document"]
    assert document["languages"] == ["en", "fr"]
    assert document["areas"][1]["competences"][1]["statements"][0]["text"] == {
        "en": "I can 1 1", "fr": "I can 1 1 en français"}
    form.upload(name, write([[*header, "fr"], *([*row, f"{row[2]} en français"] for row in rows)]))
    expect(form.root).to_contain_text("The file holds nothing new.")


def test_a_table_with_mistakes_changes_nothing(visit):
    form = open_form(visit, FRAMEWORK)
    take_over(form, a_framework())
    header, *rows = read_csv(form.download("Download as a table (CSV)"))
    rows[0][2] = "Another title"
    rows[2][0] = "no/such/key"
    status = form.root.locator(".mige-files [role=status]")
    form.upload("texts.csv", write_csv([header, *rows]))
    expect(status).to_contain_text("Nothing is taken over.")
    expect(status.locator("li")).to_have_count(1)
    expect(status.locator("li")).to_contain_text("Row 4")
    expect(form.button("Take this over")).to_have_count(0)

    form.upload("texts.csv", b"key,place,en\n" + b"x" * (4 * 2**20))
    expect(status).to_have_text("The file is too large. The most is 4 MB.")
    rows[0][2] = '="a formula"'
    form.upload("texts.xlsx", write_xlsx([header, *rows]))
    expect(status).to_contain_text("formula")
    expect(form.button("Take this over")).to_have_count(0)
    form.upload("notes.csv", "\udcff".encode("utf-8", "surrogatepass"))
    expect(status).to_contain_text("CSV UTF-8")
    form.open("content")
    expect(form.field("title", "en")).to_have_value("Small")


# -- preview -----------------------------------------------------------------------------------------------------------

def test_the_preview_of_a_framework_keeps_nothing(visit):
    form = open_form(visit, FRAMEWORK)
    take_over(form, a_framework(competences=2, languages=("en", "ar")))
    form.save()
    gradebook = visit("/gradebook/?student=author").locator("main").inner_html()
    written = []
    form.page.on("request", lambda request: request.method == "POST" and written.append(request.url))

    form.open("preview")
    expect(form.page.locator(".mige-frame")).to_have_css("width", "360px")
    form.page.locator(".mige-preview").get_by_label("Language").select_option("ar")
    frame = form.frame
    expect(frame.locator(".mige")).to_have_attribute("dir", "rtl")
    frame.locator("[data-act=begin]").click()
    expect(frame.locator(".mige-statement")).to_contain_text("I can 0 0 ar")
    frame.locator(".mige-card").nth(1).click()
    expect(frame.locator(".mige-saved-saved:visible")).to_have_count(1)
    frame.locator(".mige-primary:visible").click()
    expect(frame.locator(".mige-statement:visible")).to_contain_text("I can 0 1 ar")
    frame.locator(".mige-card:visible").nth(0).click()
    frame.locator(".mige-primary:visible").click()
    expect(frame.locator("[data-screen=review]")).to_be_visible()
    frame.locator(".mige-primary:visible").click()
    expect(frame.locator("[data-screen=result]")).to_be_visible()
    expect(frame.locator("[data-screen=result]")).to_contain_text("Competence 0 0 ar")
    assert written
    assert all("/studio_" in url for url in written)

    form.page.locator(".mige-preview").get_by_label("Width").select_option("wide")
    expect(form.page.locator(".mige-frame")).not_to_have_css("width", "360px")
    expect(frame.locator("[data-screen=result]")).to_be_visible()
    form.button("Begin again").click()
    expect(frame.locator("[data-act=begin]")).to_be_visible()
    assert visit("/gradebook/?student=author").locator("main").inner_html() == gradebook
    own = visit("/unit/own-framework/?student=author")
    expect(own.locator("[data-act=begin]")).to_be_visible()
    expect(own.locator("[data-screen=result]")).to_have_count(0)
    own.locator("[data-act=begin]").click()
    expect(own.locator("input:checked")).to_have_count(0)


def small_module():
    """Return plain data of a module with something to read and a choice, in English and Arabic."""
    def said(text):
        return {"en": text, "ar": f"{text} ar"}

    return {
        "id": "small", "version": "1", "languages": ["en", "ar"], "minutes": 5, "title": said("Small"),
        "competences": [{"id": "talking", "title": said("Talking")}], "steps": [
            {"kind": "read", "id": "read", "title": said("To read"), "text": said("<p>Words</p>")},
            {"kind": "choice", "id": "ask", "question": said("What?"), "options": [
                {"id": "yes", "right": True, "text": said("This one")}, {"id": "no", "text": said("The other")}]},
        ]}


def test_the_preview_of_a_module_marks(visit):
    form = open_form(visit, MODULE)
    take_over(form, small_module())
    form.open("preview")
    frame = form.frame
    onward = frame.locator("[data-part=actions] .mige-primary")
    frame.locator("[data-act=begin]").click()
    onward.click()
    frame.locator(".mige-card:visible", has_text="The other").click()
    onward.click()
    expect(frame.locator(".mige-outcome.mige-wrong")).to_be_visible()
    frame.locator(".mige-card:visible", has_text="This one").click()
    onward.click()
    expect(frame.locator(".mige-outcome.mige-right")).to_be_visible()
    form.page.keyboard.press("Escape")
    expect(form.page.locator(".mige-preview select").first).to_be_focused()
    own = visit("/unit/own-module/?student=author")
    expect(own.locator("[data-act=begin]")).to_be_visible()


def test_the_preview_of_a_draft_with_mistakes_says_so(visit):
    form = open_form(visit, FRAMEWORK)
    take_over(form, a_framework())
    form.write("", "title", "en")
    form.open("preview")
    expect(form.root.locator(".mige-preview [role=status]")).to_have_text("Mend what is marked, then you can see it.")
    expect(form.page.locator(".mige-frame")).to_have_count(0)
    form.button("To mend: 1. Show the first.").click()
    expect(form.field("title", "en")).to_be_focused()


# -- checks ------------------------------------------------------------------------------------------------------------

def test_the_check_lists_what_is_missing_and_leads_there(visit):
    document = a_framework(areas=2, languages=("en", "ar"))
    statement = document["areas"][1]["competences"][0]["statements"][0]
    del statement["text"]["ar"]
    document["areas"][1]["competences"][0]["advice"] = {"ar": "خطوة", "en": "A step"}
    document["areas"][0]["competences"][0]["statements"][0] |= {"picture": "/static/tea.png", "alt": {"en": "Tea"}}
    form = open_form(visit, FRAMEWORK)
    take_over(form, document)
    form.open("review")
    texts = form.page.locator("summary", has_text="Arabic").filter(has_text="texts (1)")
    alts = form.page.locator("summary", has_text="Arabic").filter(has_text="pictures in words (1)")
    expect(texts).to_be_visible()
    expect(form.tab("review")).to_contain_text("(1)")
    texts.click()
    texts.locator("xpath=..").get_by_role("button").click()
    expect(form.field("areas", 1, "competences", 0, "statements", 0, "text", "ar")).to_be_focused()
    form.open("review")
    alts.click()
    alts.locator("xpath=..").get_by_role("button").click()
    expect(form.field("areas", 0, "competences", 0, "statements", 0, "alt", "ar")).to_be_focused()


# -- screens -----------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize(("language", "device"), [
    ("en", "phone"), ("ar", "tablet"), pytest.param("en", "desktop", marks=pytest.mark.long)])
@pytest.mark.parametrize("unit", [FRAMEWORK, MODULE])
def test_a_part_of_the_form_is_accessible_and_fits(visit, look, chromium, clean_server, unit, language, device):
    context = chromium.new_context(**DEVICES[device])
    context.add_cookies([{"name": "language", "value": language, "url": clean_server.url}])
    form = Form(visit(address(unit), context=context))
    expect(form.root).to_have_attribute("dir", "rtl" if language == "ar" else "ltr")
    form.open("files")
    if unit == FRAMEWORK:
        take_over(form, a_framework(areas=2, competences=2, languages=("en", "ar")))
        form.pick("areas", 0, "competences", 0)
    else:
        form.root.locator(".mige-gallery button").nth(1).click()
        form.pick("steps", 2)
    form.page.locator(".mige-shown select").nth(1).select_option("ar")
    form.page.locator(".mige-pane summary").first.click()
    for tab in TABS:
        form.open(tab)
        if tab == "preview":
            expect(form.frame.locator("[data-act=begin]")).to_be_visible()
        if tab == "review":
            expect(form.root.locator(".mige-review li:visible").first).to_be_visible()
        look(form.page, f"studio-{device}-{unit}-{language}-{tab}")
    context.close()


def test_the_focus_is_never_under_the_footer(visit):
    form = open_form(visit, FRAMEWORK, device=DEVICES["tablet"])
    take_over(form, a_framework(competences=3))
    form.pick("areas", 0, "competences", 0)
    form.pane.locator("summary").last.click()
    seen = set()
    for _ in range(60):
        form.page.keyboard.press("Tab")
        covered, name = form.page.evaluate("""() => {
            const node = document.activeElement, box = node.getBoundingClientRect();
            const footer = document.querySelector('.mige-studio footer');
            return [!footer.contains(node) && node.closest('.mige-studio') !== null
                    && box.bottom > footer.getBoundingClientRect().top + 1, node.id || node.textContent];
        }""")
        assert not covered, name
        seen.add(name)
    assert len(seen) > 20


def test_tab_leaves_a_rich_text_that_begins_with_a_list(visit):
    document = small_module()
    document["steps"][0]["text"] = {"en": "<ul><li>One</li><li>Two</li></ul>"}
    form = open_form(visit, MODULE)
    take_over(form, document)
    form.pick("steps", 0)
    box = form.field("steps", 0, "text", "en")
    box.focus()
    form.page.keyboard.press("ArrowDown")
    form.page.keyboard.press("Home")
    form.page.keyboard.press("Tab")
    expect(box).not_to_be_focused()
    assert box.locator("ul ul").count() == 0
    box.focus()
    form.page.keyboard.press("Shift+Tab")
    expect(form.button("HTML")).to_be_focused()


def test_a_wrong_setting_is_told_at_its_field(visit):
    form = open_form(visit, FRAMEWORK)
    take_over(form, a_framework())
    form.open("settings")
    rounds = form.field("setting", "rounds")
    rounds.fill("-1")
    form.open("content")
    form.footer.locator("[data-act=save]").click()
    expect(form.said).to_contain_text("cannot be saved")
    form.footer.locator("[data-act=first-problem]").click()
    expect(rounds).to_be_focused()
    expect(rounds).to_have_attribute("aria-invalid", "true")
    told = form.page.locator(f"[id='{rounds.get_attribute('aria-describedby').split()[-1]}']")
    expect(told).to_be_visible()
    expect(told).not_to_be_empty()
    rounds.fill("2")
    form.save()
    form = reopened(form)
    assert form.stored()["settings"]["rounds"] == 2
    form.open("settings")
    rounds.fill("0")
    form.save()


# -- what is around the form -------------------------------------------------------------------------------------------

AMD = """
// Only our own scripts meet it; the workbench's would fall into the trap too.
Object.defineProperty(window, 'define', {get: () => /(libraries|studio)\\.js/.test((document.currentScript || {}).src)
    ? Object.assign(() => { throw new Error('anonymous define'); }, {amd: {}}) : undefined});
"""


def test_with_a_module_loader_on_the_page(visit):
    form = open_form(visit, MODULE, before=AMD)
    take_over(form, small_module())
    form.pick("steps", 0)
    expect(form.field("steps", 0, "text", "en")).to_have_text("Words")
    form.save()


NOTIFYING = """
window.told = [];
document.addEventListener('DOMContentLoaded', () => {
    const start = window.MigrEmpowerStudio;
    window.MigrEmpowerStudio = function (runtime, element) { return start(
        Object.assign(Object.create(runtime), {notify: (name, data) => told.push([name, data])}),
        {0: element[0] || element, length: 1}); };
});
"""


def test_studio_is_told_of_saving_and_closing(visit):
    form = open_form(visit, FRAMEWORK, before=NOTIFYING)
    take_over(form, a_framework())
    form.save()
    assert form.page.evaluate("told") == []  # the window stays open
    form.write("", "title", "en")
    form.footer.locator("[data-act=save-close]").click()
    expect(form.said).to_contain_text("cannot be saved")
    (start, (name, said)) = form.page.evaluate("told")
    assert start == ["save", {"state": "start"}] and name == "error" and "cannot be saved" in said["message"]
    form.write("Again", "title", "en")
    form.footer.locator("[data-act=save-close]").click()
    expect(form.said).to_have_text("Saved.")
    assert form.page.evaluate("told.slice(2)") == [["save", {"state": "start"}], ["save", {"state": "end"}]]
    form.write("And again", "title", "en")
    form.button("Close").click()
    question = form.page.get_by_role("dialog", name="You have changes that are not saved")
    question.get_by_role("button", name="Go on writing").click()
    expect(form.button("Close")).to_be_focused()
    expect(form.field("title", "en")).to_have_value("And again")


LANGUAGES = ("en", "ar", "es", "fr", "de", "it", "el", "uk", "tr", "fa")
SENTENCE = "I can say in a few words who I am and what I want to do now."


def test_no_letter_is_lost_in_a_large_document(visit):
    form = open_form(visit, FRAMEWORK)
    take_over(form, a_framework(areas=5, competences=20, languages=LANGUAGES))
    form.pick("areas", 4, "competences", 19)
    field = form.field("areas", 4, "competences", 19, "statements", 0, "text", "en")
    field.fill("")
    form.page.keyboard.type(SENTENCE, delay=15)
    expect(field).to_have_value(SENTENCE)
    form.save()
    form = reopened(form)
    document = form.stored()["document"]
    assert document["areas"][4]["competences"][19]["statements"][0]["text"]["en"] == SENTENCE
    field = form.field("title", "en")
    field.fill("")
    form.page.keyboard.type(SENTENCE, delay=15)
    expect(field).to_have_value(SENTENCE)


def test_learners_answers_are_told_before_a_change_is_saved(visit):
    form = open_form(visit, FRAMEWORK)
    take_over(form, a_framework(competences=2))
    form.save()
    learner = visit("/unit/own-framework/?student=new")
    learner.locator("[data-act=begin]").click()
    learner.locator(".mige-card").first.click()
    expect(learner.locator(".mige-saved-saved:visible")).to_have_count(1)
    hand_in_with_gaps(learner)
    form = reopened(form)
    form.pick("areas", 0, "competences", 0)
    form.write("I can do something else", "areas", 0, "competences", 0, "statements", 0, "text", "en")
    form.footer.locator("[data-act=save]").click()
    question = form.page.get_by_role("dialog")
    expect(question.get_by_role("heading")).to_contain_text("Learners who have answered this: 1.")
    expect(question.get_by_role("button")).to_have_text(
        ["Save as version 2", "Only corrections: stay at version 1", "Go on writing"])
    question.get_by_role("button", name="Save as version 2").click()
    expect(form.said).to_have_text("Saved.")
    assert reopened(form).stored()["document"]["version"] == "2"
