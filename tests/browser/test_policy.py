"""A site may forbid whatever stands in a page itself: under a strict content security policy every page of ours works
as before, and nothing of it is blocked.
"""

import re

import pytest
from playwright.sync_api import expect

from .conftest import DESKTOP
from .studio import Form, a_framework, take_over
from .test_nothing_lost import choose, hand_in_with_gaps
from .test_passport import ROOMS, room
from .test_passport import saved as plan_saved
from .test_report import PARTS, go_to, open_learner
from .test_training import begin, card, finish, outcome
from .test_training import go_to as go_to_step
from .test_whole_way import wait_saved

pytestmark = pytest.mark.long

POLICY = ("default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
          "connect-src 'self'; media-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'self'; "
          "object-src 'none'; frame-ancestors 'self'")
PAGES = re.compile(r"^http://[^/]+/(unit/|dashboard/|gradebook/|$|\?)")
TELLING = """document.addEventListener('securitypolicyviolation', event => {
    window.violated(`${event.violatedDirective}: ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`);
});"""
# What a policy would block, in a page as the server sends it.
INLINE = re.compile(r"""<style|\sstyle=|\son[a-z]+=|href=["']javascript:"""
                    r"""|<script(?![^>]*(\ssrc=|type="(application/json|json/xblock-args)"))""")


class Strict:
    """A browser for which each page of the workbench comes with ``POLICY``; ``violations`` is what was blocked."""

    def __init__(self, chromium, server):
        self.server, self.violations, self.errors = server, [], []
        self.context = chromium.new_context(**DESKTOP)
        self.context.expose_binding("violated", lambda source, what: self.violations.append(what))
        self.context.add_init_script(TELLING)
        self.context.on("console", lambda message: self.violations.append(message.text)
                        if "Content Security Policy" in message.text else None)
        self.context.route(PAGES, self._with_policy)

    def _with_policy(self, route):
        reply = route.fetch()
        route.fulfill(response=reply, headers={**reply.headers, "content-security-policy": POLICY})

    def open(self, address):
        page = self.context.new_page()
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.goto(self.server.url + address)
        return page


@pytest.fixture
def strict(chromium, sample_server):
    browser = Strict(chromium, sample_server)
    yield browser
    browser.context.close()
    assert browser.violations == [] and browser.errors == []


def test_a_violation_would_be_noticed(chromium, sample_server):
    browser = Strict(chromium, sample_server)
    page = browser.open("/unit/start/?student=visitor")
    page.evaluate("""() => document.querySelector('main').insertAdjacentHTML('beforeend',
        '<p style="color: red" onclick="this.remove()">x</p><img src="https://example.org/x.png">')""")
    page.locator("p", has_text=re.compile("^x$")).click()
    page.wait_for_timeout(100)
    assert {each.split(":")[0] for each in browser.violations if ": " in each} >= {
        "style-src-attr", "script-src-attr", "img-src"}
    browser.context.close()


# -- learners ----------------------------------------------------------------------------------------------------------

def test_a_learner_evaluates_themselves(strict):
    page = strict.open("/unit/start/?student=new")
    page.locator("[data-part=own]").select_option("ar")
    expect(page.locator(".mige")).to_have_attribute("dir", "rtl")
    page.locator("[data-part=own]").select_option("en")
    expect(page.locator(".mige")).to_have_attribute("dir", "ltr")
    begin(page)
    for number in range(3):
        choose(page, number)
        page.locator(".mige-evidence summary").click()
        page.locator("textarea").fill("My note.")
        page.locator(".mige-primary:visible").click()
    wait_saved(page)
    hand_in_with_gaps(page)
    page.locator("[data-part=share]").check()
    page.locator(".mige-area summary").first.click()
    page.locator(".mige-data summary").click()
    page.locator("[data-act=ask-delete]").click()
    expect(page.locator("[data-part=confirm]")).to_be_visible()
    for address in ("start/?student=visitor", "end/?student=amira", "closed/?student=new", "with-mistakes/?student=new",
                    "with-mistakes/?student=trainer", "looking-back/?student=new"):
        expect(strict.open(f"/unit/{address}").locator(".mige").first).to_be_visible()


def test_a_learner_goes_through_a_module(strict):
    page = strict.open("/unit/every-kind/?student=new")
    begin(page)
    go_to_step(page, "watch").locator("[data-act=play]").click()
    expect(page.locator("audio")).to_be_visible()
    for name in ("country", "pictures", "matching", "reflection", "checklist"):
        go_to_step(page, name)
    section = go_to_step(page, "choice")
    card(section, "No, thank you.").click()
    page.get_by_role("button", name=re.compile("^Check")).click()
    expect(outcome(section)).to_contain_text("Right")
    section = go_to_step(page, "ordering")
    grip, goal = section.locator(".mige-grip").last.bounding_box(), section.locator("li").first.bounding_box()
    page.mouse.move(grip["x"] + 5, grip["y"] + 5)
    page.mouse.down()
    page.mouse.move(goal["x"] + 5, goal["y"] + 5, steps=4)
    page.mouse.up()
    section = go_to_step(page, "gaps")
    section.locator("input").first.fill("tea")
    section = go_to_step(page, "dialogue")
    card(section, "Yes, please.").click()
    page.get_by_role("button", name="Say this").click()
    expect(section.locator(".mige-said")).to_contain_text("Yes, please.")
    finish(page)
    page.locator("[data-screen=result] summary").first.click()
    for address in ("module-with-mistakes/?student=new", "my-skills/?student=visitor"):
        expect(strict.open(f"/unit/{address}").locator(".mige").first).to_be_visible()


def test_a_learner_looks_through_the_passport(strict):
    page = strict.open("/unit/passport/?student=amira")
    page.locator("[data-part=own-language]").select_option("en")
    expect(page.locator(".mige")).to_have_attribute("dir", "ltr")
    for name in ROOMS:
        room(page, name)
    room(page, "plan")
    page.get_by_role("button", name="Add a step").click()
    page.locator("[data-list=step] > li").last.get_by_label("I will").fill("Call the library")
    plan_saved(page)
    page.locator("[data-act=preview]").evaluate("node => node.click()")
    expect(page.locator(".mige-document")).to_have_count(1)
    strict.open("/unit/passport/?student=visitor")


# -- trainers and authors ----------------------------------------------------------------------------------------------

def test_a_trainer_reads_the_report(strict):
    page = strict.open("/unit/cohort-report/?student=trainer")
    expect(page.locator(".mige-report-body h3").first).to_be_visible()
    for part in PARTS:
        go_to(page, part)
    go_to(page, "what")
    page.locator("td[tabindex]").first.click()
    page.keyboard.press("ArrowRight")
    go_to(page, "files")
    page.get_by_role("button", name="Make the file").first.click()
    expect(page.get_by_role("link", name="Download").first).to_be_visible()
    go_to(page, "who")
    open_learner(page)
    page.locator("[data-competence] summary").first.click()
    for address in ("/dashboard/?student=trainer", "/dashboard/?student=new", "/unit/end/?student=trainer",
                    "/unit/cohort-report/?student=new", "/gradebook/?student=trainer", "/"):
        strict.open(address).wait_for_load_state("networkidle")


@pytest.mark.parametrize("unit", ["own-framework", "own-module"])
def test_an_author_writes_looks_and_saves(strict, unit):
    form = Form(strict.open(f"/unit/{unit}/studio_view/?student=author"))
    for name in ("settings", "review", "files", "content"):
        form.open(name)
    if unit == "own-module":
        form.outline.get_by_text("Read", exact=False).first.click()
        box = form.pane.locator(".mige-box").first
        box.click()
        form.page.keyboard.type("More ")
        form.pane.get_by_role("button", name="Bold").first.click()
        form.pane.get_by_role("button", name="Link").first.click()
    else:
        take_over(form, a_framework())
        form.write("Another title", "title", "en")
        form.pick("areas", 0, "competences", 0)
    form.pane.get_by_role("button", name="Choose").first.click()
    form.open("preview")
    expect(form.frame.locator(".mige")).to_be_visible()
    form.frame.locator("[data-act=begin]").click()
    expect(form.frame.locator(".mige-card, .mige-primary").first).to_be_visible()
    form.save()
    broken = {"own-framework": "with-mistakes", "own-module": "module-with-mistakes"}[unit]
    for view in ("author_view", "studio_view"):
        strict.open(f"/unit/{broken}/{view}/?student=author").wait_for_load_state("networkidle")


@pytest.mark.parametrize(("unit", "usual"), [("cohort-report", "Report for trainers"),
                                             ("passport", "My path and my document")])
def test_an_author_gives_a_title(strict, look, unit, usual):
    page = strict.open(f"/unit/{unit}/studio_view/?student=author")
    field = page.get_by_label("Title")
    field.fill("Who needs help?")
    look(page, f"desktop-title-{unit}")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_have_text("Saved.")
    page.reload()
    expect(field).to_have_value("Who needs help?")
    field.fill("")
    field.press("Enter")
    expect(page.get_by_role("status")).to_have_text("Saved.")
    page.reload()
    expect(field).to_have_value(usual)
    page.context.set_offline(True)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_have_text("This did not work. Please try again.")
    page.context.set_offline(False)
    strict.open(f"/unit/{unit}/author_view/?student=author")


LOOKED_AT = [
    ("unit/start/", "new"), ("unit/end/", "amira"), ("unit/every-kind/", "new"), ("unit/passport/", "amira"),
    ("unit/cohort-report/", "trainer"), ("unit/own-module/studio_view/", "author"),
    ("unit/passport/studio_view/", "author"), ("unit/own-framework/author_view/", "author"), ("dashboard/", "trainer"),
    ("gradebook/", "trainer"), ("", "author")]


def test_nothing_a_policy_would_block_stands_in_a_page(chromium, sample_server):
    context = chromium.new_context()
    for address, person in LOOKED_AT:
        html = context.request.get(f"{sample_server.url}/{address}?student={person}").text()
        assert "<html" in html and not INLINE.search(html), (address, INLINE.search(html))
    context.close()
