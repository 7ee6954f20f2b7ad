"""Make the pictures of docs/activities.rst: each kind of step as a phone shows it, some after an answer was checked."""

import tempfile
from pathlib import Path

from playwright.sync_api import expect, sync_playwright

from tests.browser.conftest import PHONE, QUIET, Server
from tools.browser import installed

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "pictures"
ADDRESS = "/unit/every-kind/?student=new"
LARGEST = 45_000  # bytes
# High enough for any step, so that nothing is scrolled and the buttons stand below what they belong to.
HIGH_PHONE = {**PHONE, "viewport": {"width": 360, "height": 1800}, "locale": "en", "reduced_motion": "reduce"}


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


def with_few_colours(path):
    """Make a picture smaller where Pillow is at hand; it looks the same."""
    try:
        from PIL import Image
    except ImportError:
        return
    drawn = Image.open(path).convert("RGB")
    for colours in (48, 32, 16):
        drawn.quantize(colours).save(path, optimize=True)
        if path.stat().st_size <= LARGEST:
            return


def main():
    """Start the workbench, go through the module, save the pictures."""
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        server = Server(folder)
        server.manage("migrate", "--run-syncdb", "--verbosity", "0")
        server.start()
        try:
            browser = playwright.chromium.launch(executable_path=installed(), args=[*QUIET, "--disable-lcd-text"])
            page = browser.new_page(**HIGH_PHONE)
            page.goto(server.url + ADDRESS)

            def save(name, highest=1800):
                path = FOLDER / f"{name}.png"
                page.mouse.move(0, 0)
                page.evaluate("document.activeElement.blur()")
                box = page.locator(".mige").bounding_box()
                page.screenshot(path=path, clip={**box, "height": min(box["height"], highest)}, animations="disabled")
                with_few_colours(path)
                print(f"{path.stat().st_size:>7} {path.name}")

            draw(page, save)
            browser.close()
        finally:
            server.stop()


if __name__ == "__main__":
    main()
