"""Speed of Studio's form in headless Chromium, with a framework of 100 competences in ten languages.

Printed: milliseconds from the navigation until a first field can be typed into, from a key to the next frame, and
letters lost. Needs what the browser tests need; run as ``python benchmarks/studio.py``.
"""

import argparse
import statistics
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from playwright.sync_api import sync_playwright  # noqa: E402

from tests.browser.conftest import DESKTOP, Server  # noqa: E402
from tests.browser.studio import FRAMEWORK, Form, a_framework, address, take_over  # noqa: E402
from tools.browser import QUICK, installed  # noqa: E402

LANGUAGES = ("en", "ar", "es", "fr", "de", "it", "el", "uk", "tr", "fa")
SENTENCE = "I can say in a few words who I am and what I want to do now."
FIRST_FIELD = """
const look = () => {
    const field = document.querySelector('.mige-pane textarea:enabled');
    if (field) { window.usable = performance.now(); } else { requestAnimationFrame(look); }
};
requestAnimationFrame(look);
"""
TYPE = """async ([id, text]) => {
    const field = document.getElementById(id), took = [];
    const set = Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, 'value').set;
    const drawn = () => new Promise(done => requestAnimationFrame(() => setTimeout(done)));
    for (let end = 1; end <= text.length; end += 1) {
        await drawn();
        const began = performance.now();
        set.call(field, text.slice(0, end));
        field.dispatchEvent(new InputEvent('input', {bubbles: true}));
        await drawn();
        took.push(performance.now() - began);
    }
    return took;
}"""


def measure(server, browser, turns):
    """Return ({what: [milliseconds]}, letters lost)."""
    found, lost = {}, 0
    with browser.new_context(**DESKTOP) as context:
        page = context.new_page()
        page.goto(server.url + address(FRAMEWORK))
        form = Form(page)
        take_over(form, a_framework(areas=5, competences=20, languages=LANGUAGES))
        form.save()
        page.add_init_script(FIRST_FIELD)
        for _ in range(turns):
            page.goto(server.url + address(FRAMEWORK))
            page.wait_for_function("window.usable")
            found.setdefault("first field, from the navigation", []).append(page.evaluate("usable"))
            found.setdefault("  of that, the server and the way", []).append(
                page.evaluate("performance.getEntriesByType('navigation')[0].responseEnd"))
            form = Form(page)
            places = {"key to frame, about the whole": ("title", "en")}
            form.pick("areas", 4, "competences", 19)
            places["key to frame, a statement"] = ("areas", 4, "competences", 19, "statements", 0, "text", "en")
            for what, path in reversed(places.items()):
                if path[0] == "title":
                    form.row().click()
                field = form.field(*path)
                found.setdefault(what, []).extend(page.evaluate(TYPE, [field.get_attribute("id"), SENTENCE]))
                field.fill("")
                page.keyboard.type(SENTENCE, delay=15)
                lost += len(SENTENCE) - len(field.input_value())
    return found, lost


def main():
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--turns", type=int, default=5)
    turns = parser.parse_args().turns
    server = Server(tempfile.mkdtemp())
    server.manage("migrate", "--run-syncdb", "--verbosity", "0")
    server.start()
    try:
        with sync_playwright() as playwright:
            found, lost = measure(server, playwright.chromium.launch(executable_path=installed(), args=QUICK), turns)
    finally:
        server.stop()
    print(f"{'100 competences × 10 languages':36}{'median ms':>10}{'p95 ms':>9}{'most':>9}")
    for what, times in found.items():
        times.sort()
        print(f"{what:36}{statistics.median(times):10.1f}{times[int(len(times) * 0.95)]:9.1f}{times[-1]:9.1f}")
    print(f"letters lost: {lost}")


if __name__ == "__main__":
    main()
