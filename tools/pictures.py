"""Make the pictures of the guides: each kind of step as a phone shows it, some after an answer was checked, for
docs/activities.rst; the form in Studio for docs/authors.rst; two themes for docs/operators.rst.
"""

import re
import tempfile
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import expect, sync_playwright

from tests.browser.conftest import PHONE
from tools.browser import QUICK, installed
from tools.server import Server

DOCS = Path(__file__).resolve().parents[1] / "docs"
FOLDER = DOCS / "pictures"
ADDRESS = "/unit/every-kind/?student=new"
FORM = "/unit/{}/studio_view/?student=author"
LARGEST = 45_000  # bytes
# High enough for any step, so that nothing is scrolled and the buttons stand below what they belong to.
HIGH_PHONE = {**PHONE, "viewport": {"width": 360, "height": 1800}, "locale": "en", "reduced_motion": "reduce"}
DESK = {"viewport": {"width": 1000, "height": 900}, "locale": "en", "reduced_motion": "reduce"}


def go_to(page, name):
    """Open a step from the list of all steps and return its section."""
    page.get_by_role("button", name="All steps").click()
    names = page.locator("[data-form]").evaluate_all("all => all.map(each => each.dataset.screen)")
    page.locator(".mige-steps button").nth(names.index(name)).click()
    section = page.locator(f'[data-screen="{name}"]')
    expect(section).to_be_visible()
    return section


def card(section, text):
    """Return the field of the answer that says ``text``."""
    return section.locator(".mige-card", has_text=text).locator("input")


def gaps(section):
    """Fill one gap rightly, one not."""
    section.locator("input").fill("Tea")
    section.locator("select").select_option(label="salt")


def matching(section):
    """Let two of three right sides change places."""
    for number, right in enumerate(("drink", "wash", "cut")):
        section.locator("select").nth(number).select_option(label=right)


def ordering(section):
    """Move an item up."""
    section.locator("[data-act=move]:enabled").nth(2).click()


ANSWERS = {
    "choice": lambda section: card(section, "I do not like that.").check(),
    "several": lambda section: card(section, "Slowly, please.").check(),
    "true-false": lambda section: card(section, "False").check(),
    "pictures": lambda section: section.locator("input").first.check(),
    "matching": matching,
    "ordering": ordering,
    "gaps": gaps,
    "dialogue": lambda section: card(section, "Yes, please.").check(),
    "reflection": lambda section: section.locator("textarea").fill(
        "Everybody gets a glass of tea. You say no two times, then you take it."),
    "checklist": lambda section: section.locator("input").first.check(),
}
PRESSED = {"choice": "Check", "several": "Check", "true-false": "Check", "matching": "Check", "gaps": "Check",
           "dialogue": "Say this", "reflection": "I have done this"}
STEPS = {"read": "read", "watch": "watch", "country": "country-note", "choice": "choice", "several": "choice-several",
         "true-false": "true-false", "pictures": "picture-choice", "matching": "matching", "ordering": "ordering",
         "gaps": "gaps", "dialogue": "dialogue", "reflection": "reflection", "checklist": "checklist"}


def draw(page, save):
    """Go through the module; ``save(name)`` keeps a picture of what is seen."""
    with page.expect_response(lambda response: "choose_country" in response.url):
        page.locator("[data-part=country]").select_option("ES")
    expect(page.locator("[data-part=country] option:checked")).to_have_attribute("selected", "")
    save("start")
    page.locator("[data-act=begin]").click()
    for name, picture in STEPS.items():
        section = go_to(page, name)
        if name in ANSWERS:
            ANSWERS[name](section)
        if name in PRESSED:
            page.get_by_role("button", name=PRESSED[name], exact=True).click()
            expect(section.locator("[data-part=outcome], .mige-said").first).to_be_visible()
        expect(page.locator(".mige-saved-saving:visible")).to_have_count(0)
        save(picture)
    page.get_by_role("button", name="All steps").click()
    page.get_by_role("button", name="Finish and see my result").click()
    page.get_by_role("button", name="Finish anyway").click()
    expect(page.locator("[data-screen=result]")).to_be_visible()
    save("result", 800)


# -- the form in Studio ------------------------------------------------------------------------------------------------

@contextmanager
def checked(page):
    """Wait for what the form is told about a draft that was changed inside."""
    with page.expect_response(lambda response: "studio_check" in response.url):
        yield


def open_form(page, address):
    """Open the form of a unit, on the whole page."""
    with checked(page):
        page.goto(address)
    page.locator("header button[aria-pressed=false]").click()
    expect(page.locator(".mige-wide-form")).to_be_visible()


def open_part(page, name):
    """Open one of the parts of the form: content, settings, review, preview or files."""
    page.locator(f"[role=tab][id$=-tab-{name}]").click()
    expect(page.locator(f"[role=tab][id$=-tab-{name}][aria-selected=true]")).to_be_visible()


def choose(page, text):
    """Choose an item of the outline by its words."""
    page.locator(".mige-outline .mige-pick", has_text=text).first.click()
    expect(page.locator(".mige-pane [id$=-pane]", has_text=text)).to_be_visible()


def translated(table):
    """Return a translators' table (CSV) with a better word in English and a column of French begun."""
    lines = table.decode("utf-8-sig").splitlines()
    french = {"title,": "Vie quotidienne et travail", "areas/town/title,": "En ville"}
    written = [lines[0] + ",fr"]
    for line in lines[1:]:
        words = next((words for key, words in french.items() if line.startswith(key)), "")
        written.append(line.replace("Everyday life and work", "Daily life and work") + f",{words}")
    return "\r\n".join(written).encode()


def draw_framework(page, address, save):
    """Start a framework from one that ships; have it translated, checked and tried."""
    open_form(page, address)
    open_part(page, "files")
    save("start", 720)
    with checked(page):
        page.get_by_role("button", name="Start from this: Everyday life and work").click()
    choose(page, "In town")
    choose(page, "Public offices")
    save("outline", 960)
    page.locator(".mige-shown select").nth(1).select_option("ar")
    expect(page.locator(".mige-pane [lang=ar]").first).to_be_visible()
    save("languages", 960)
    open_part(page, "files")
    with page.expect_download() as download:
        page.get_by_role("button", name="(CSV)").click()
    table = translated(Path(download.value.path()).read_bytes())
    page.locator("input[type=file]").set_input_files(
        {"name": "everyday.csv", "mimeType": "text/csv", "buffer": table})
    expect(page.locator(".mige-files table")).to_be_visible()
    save("upload", 560, page.locator("[id$=-upload-name]"))
    with checked(page):
        page.locator(".mige-files .mige-main").click()
    open_part(page, "preview")
    frame = page.frame_locator(".mige-frame")
    frame.locator("[data-act=begin]").click()
    expect(frame.locator("[data-screen]:visible input").first).to_be_visible()
    save("preview", 960)
    open_part(page, "content")
    choose(page, "In town")
    choose(page, "Public offices")
    with checked(page):
        page.locator(".mige-leaf textarea[lang=en]").first.fill(
            "I can ask for help at an office and understand the letters they send me about my papers and my children.")
    page.locator(".mige-crumbs button").click()
    with checked(page):
        page.locator(".mige-pane textarea[lang=en]").first.fill("")
    open_part(page, "review")
    page.locator(".mige-review summary", has_text="texts").first.click()
    save("check", 900)


def draw_module(page, address, save):
    """Open a step with options."""
    open_form(page, address)
    page.locator(".mige-outline .mige-pick", has=page.locator(".mige-kind", has_text="Choice")).first.click()
    expect(page.locator(".mige-leaf").first).to_be_visible()
    save("step", 1080)


def draw_question(page, address, save):
    """Change what learners have answered, and ask to save it; nothing is saved."""
    open_form(page, address)
    choose(page, "Rights and equal treatment")
    page.locator(".mige-on .mige-node .mige-pick").first.click()
    statement = page.locator(".mige-leaf textarea[lang=en]").first
    expect(statement).to_be_visible()
    with checked(page):
        statement.fill(statement.input_value().replace("I can", "I know how I can"))
    page.locator("[data-act=save]").click()
    expect(page.locator(".mige-question")).to_be_visible()
    save("question", 700)


# -- themes ------------------------------------------------------------------------------------------------------------

THEMES = ("light", "dark")  # as the operators' guide gives them, in this order
MANY_COLOURS = (64,), 2  # small things keep theirs: Quantize.FASTOCTREE


def themes():
    """Return {name: its CSS}."""
    found = re.findall(r"<style>(.*?)</style>", (DOCS / "operators.rst").read_text("utf-8"), re.DOTALL)
    return dict(zip(THEMES, found, strict=True))


def wear(page, css):
    """Let a page have a theme, in place of the one it has."""
    page.evaluate("""css => {
        const style = document.getElementById('theme') || document.head.appendChild(document.createElement('style'));
        style.id = 'theme';
        style.textContent = css;
    }""", css)


def draw_statement(page):
    """Answer a statement of a self-evaluation."""
    page.locator("[data-act=begin]").click()
    page.locator(".mige-card").nth(1).click()
    expect(page.locator("[data-part=saved]:visible")).to_have_text("Saved")


def draw_step(page):
    """Check an answer of a module that is not right."""
    page.locator("[data-act=begin]").click()
    section = go_to(page, "choice")
    ANSWERS["choice"](section)
    page.get_by_role("button", name="Check", exact=True).click()
    expect(section.locator("[data-part=outcome]")).to_be_visible()


# -- pictures ----------------------------------------------------------------------------------------------------------

def with_few_colours(path, numbers=(48, 32, 16), method=None):
    """Make a picture smaller where Pillow is at hand; it looks the same. ``method`` is one of Pillow's ``Quantize``."""
    try:
        from PIL import Image
    except ImportError:
        return
    drawn = Image.open(path).convert("RGB")
    for number in numbers:
        drawn.quantize(number, method).save(path, optimize=True)
        if path.stat().st_size <= LARGEST:
            return


def settled(page):
    """Take away what moves: the mouse, the cursor in a field, pictures on their way."""
    page.mouse.move(0, 0)
    page.evaluate("document.activeElement.blur()")
    page.wait_for_function("Array.from(document.images).every(each => each.complete)")


def keep(page, name, colours=(), **area):
    """Keep a picture of what is seen; ``colours`` are arguments of ``with_few_colours``."""
    path = FOLDER / f"{name}.png"
    page.screenshot(path=path, animations="disabled", **area)
    with_few_colours(path, *colours)
    print(f"{path.stat().st_size:>7} {path.name}")


def draw_steps(browser, url):
    """Make the pictures of the steps."""
    page = browser.new_page(**HIGH_PHONE)
    page.goto(url + ADDRESS)

    def save(name, highest=1800):
        settled(page)
        box = page.locator(".mige").bounding_box()
        keep(page, name, clip={**box, "height": min(box["height"], highest)})

    draw(page, save)
    page.close()


def draw_themes(browser, url):
    """Make the pictures of the themes, with learners who have not begun there."""
    for name, address, draw_unit in (("statement", "start/?student=new", draw_statement),
                                     ("step", "every-kind/?student=daniel", draw_step)):
        page = browser.new_page(**HIGH_PHONE)
        page.goto(f"{url}/unit/{address}")
        draw_unit(page)
        for theme, css in themes().items():
            wear(page, css)
            settled(page)
            keep(page, f"theme-{theme}-{name}", MANY_COLOURS, clip=page.locator(".mige").bounding_box())
        page.close()


def draw_form(browser, url):
    """Make the pictures of the form in Studio; each unit is opened as by somebody who never was there."""
    for unit, draw_unit in (("own-framework", draw_framework), ("own-module", draw_module), ("start", draw_question)):
        page = browser.new_page(**DESK)

        def save(name, height, top=None, page=page):
            page.set_viewport_size({"width": DESK["viewport"]["width"], "height": height})
            settled(page)
            if top:
                top.evaluate("node => node.scrollIntoView()")
            keep(page, f"authors-{name}")

        draw_unit(page, url + FORM.format(unit), save)
        page.close()


def main():
    """Start the workbench with its sample learners, go through module and form, save the pictures."""
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        server = Server(folder)
        server.manage("migrate", "--run-syncdb", "--verbosity", "0")
        server.manage("seed")
        server.start()
        try:
            browser = playwright.chromium.launch(executable_path=installed(), args=[*QUICK, "--disable-lcd-text"])
            draw_steps(browser, server.url)
            draw_themes(browser, server.url)
            draw_form(browser, server.url)
            browser.close()
        finally:
            server.stop()


if __name__ == "__main__":
    main()
