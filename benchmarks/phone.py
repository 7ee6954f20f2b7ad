"""A weak phone: how soon the first statement can be read and answered, and what a first visit loads.

Run: python benchmarks/phone.py [--turns 5]

Chromium at 360 × 740 with the processor slowed six times and the network of WebPageTest's profile "Slow 3G" (400 kbit/s
both ways, 400 ms a round trip), nothing of ours cached; the host's own scripts are, as in any unit after the first. The
workbench sends what can be zipped zipped, as sites do. Times are from the beginning of the navigation, and of a tap;
they hold the workbench's own time to answer.
"""

import argparse
import statistics
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tools.browser import installed  # noqa: E402
from tools.server import Server  # noqa: E402

KBIT = 1000 / 8
SLOW_3G = {"offline": False, "latency": 400, "downloadThroughput": 400 * KBIT, "uploadThroughput": 400 * KBIT}
FASTER_THAN_PHONE = 6
PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True, "device_scale_factor": 2}
BEGIN = "[data-act=begin]"
PAGES = {"self-evaluation, 30 statements in Arabic and English": "/unit/start/?student=new",
         "module of 20 steps in English": "/unit/working-life/?student=new"}
# When an element is there that can be read, by the page's own clock.
SHOWN = """selector => new Promise(done => {
  (function look() {
    var node = document.querySelector(selector);
    if (node && node.getClientRects().length && node.textContent.trim()) { done(performance.now()); }
    else { requestAnimationFrame(look); }
  })();
})"""


def visit(browser, address):
    """Return {what: milliseconds or bytes} of one first visit."""
    context = browser.new_context(**PHONE)
    page = context.new_page()
    tool = context.new_cdp_session(page)
    tool.send("Network.enable")
    tool.send("Network.emulateNetworkConditions", SLOW_3G)
    tool.send("Emulation.setCPUThrottlingRate", {"rate": FASTER_THAN_PHONE})
    kinds, addresses, loaded = {}, {}, {"text": 0, "picture": 0}

    def received(event):
        kinds[event["requestId"]] = event["type"]
        addresses[event["requestId"]] = event["response"]["url"]

    tool.on("Network.responseReceived", received)

    def finished(event):
        if "/static/" in addresses.get(event["requestId"], ""):
            return
        kind = "picture" if kinds.get(event["requestId"]) in ("Image", "Media") else "text"
        loaded[kind] += event["encodedDataLength"]

    tool.on("Network.loadingFinished", finished)
    page.route("**/static/**", lambda route: route.fulfill(response=route.fetch()))  # comes from beside the network
    page.goto(address, wait_until="commit")
    ready = page.evaluate(SHOWN, BEGIN)
    page.wait_for_function("selector => document.querySelector(selector) && !!window.MigrEmpower", arg=BEGIN)
    page.wait_for_load_state("domcontentloaded")
    page.evaluate("selector => { document.querySelector(selector).click(); }", BEGIN)
    readable = page.evaluate(SHOWN, "[data-screen]:not([hidden]) h2")
    page.wait_for_load_state("load")
    tool.send("Network.emulateNetworkConditions", {**SLOW_3G, "offline": True})
    answered = page.evaluate(ANSWER)
    context.close()
    return {"start page can be read": ready, "first statement can be read": readable,
            "answered, without a network": answered, "text": loaded["text"], "pictures": loaded["picture"]}


ANSWER = """() => new Promise(done => {
  var cards = [...document.querySelectorAll('.mige input, .mige .mige-primary')];
  var card = cards.find(each => each.getClientRects().length);
  var began = performance.now();
  card.click();
  requestAnimationFrame(() => { requestAnimationFrame(() => { done(performance.now() - began); }); });
})"""


def main():
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--turns", type=int, default=5)
    turns = parser.parse_args().turns
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        server = Server(folder)
        server.manage("migrate", "--run-syncdb", "--verbosity", "0")
        server.start()
        browser = playwright.chromium.launch(executable_path=installed(), args=["--no-sandbox"])
        try:
            for name, address in PAGES.items():
                visit(browser, server.url + address)  # the server's templates and catalogues are warm on a real site
                found = [visit(browser, server.url + address) for _ in range(turns)]
                print(f"{name}, median of {turns} first visits")
                for what in found[0]:
                    values = [each[what] for each in found]
                    unit = "bytes" if what in ("text", "pictures") else "ms"
                    print(f"  {what:32} {statistics.median(values):8.0f} {unit}   most {max(values):8.0f}")
        finally:
            browser.close()
            server.stop()


if __name__ == "__main__":
    main()
