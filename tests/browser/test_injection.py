"""Nothing that anybody wrote runs, in any view: authors, learners and trainers of this site wrote payloads only."""

import base64
import csv
import io
import json
import re
import zipfile
from pathlib import Path

import openpyxl
import pypdf
import pytest
from lxml import etree
from playwright.sync_api import expect

from migrempower_xblock import richtext
from tests import payloads
from tests.test_docs import examples
from tools.server import Server

from . import hostile_site as hostile
from .conftest import DESKTOP
from .studio import Form
from .test_accessibility import reply
from .test_passport import ROOMS, room
from .test_report import PARTS, go_to, wide
from .test_training import begin, main_button

pytestmark = pytest.mark.long

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = ((hostile.FRAMEWORK_OLX, hostile.FRAMEWORK_PART), (hostile.MODULE_OLX, hostile.MODULE_PART))
PICTURE = "https://evil.invalid/x.png?a="  # which an author may show
TRIPWIRE = """(() => {
    const trip = what => { window.tripped(`${what} at ${window.location.href}`); };
    window.hit = () => trip('hit');
    for (const name of ['alert', 'confirm', 'prompt', 'print', 'open']) { window[name] = () => trip(name); }
})();"""
# What a payload would leave in a page where it is more than a text.
LEFT = """() => [...document.body.querySelectorAll('*')].filter(node => node.id === 'pwned'
    || /^(script|style|object|embed|applet|base|math|marquee|frameset|keygen|isindex|link|meta)$/.test(node.localName)
        && !node.matches('script[type="application/json"], script[type="json/xblock-args"], script[src^="/"]')
    || [...node.attributes].some(({ name, value }) => /^on/i.test(name) || name === 'style' && /evil|hit/.test(value)
        || /^(href|src|action|formaction|data|xlink:href)$/i.test(name)
            && /^[\\s\\0]*(javascript|vbscript|data:text)/i.test(value)))
    .map(node => node.outerHTML.slice(0, 300))"""


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The workbench, filled by ``hostile_site``."""
    running = Server(tmp_path_factory.mktemp("hostile"), PYTHONPATH=str(ROOT),
                     DJANGO_SETTINGS_MODULE="tests.browser.hostile_settings")
    running.manage("migrate", "--run-syncdb", "--verbosity", "0")
    running.start()
    running.manage("shell", "-c", "from tests.browser.hostile_site import fill; fill()")
    yield running
    running.stop()


class Watch:
    """A browser on the site; ``holds()`` that nothing has run and that no payload is more than a text."""

    def __init__(self, chromium, site):
        self.site, self.hits, self.seen = site, [], 0
        self.context = chromium.new_context(**DESKTOP)
        self.context.add_init_script(TRIPWIRE)
        self.context.expose_binding("tripped", lambda source, what: self.hits.append(what))
        self.context.route(re.compile(rf"^(?!{re.escape(site.url)}/|data:)"), self._foreign)
        self.context.on("page", lambda page: page.on("dialog", lambda dialog: self.hits.append(dialog.message)))

    def _foreign(self, route):
        if (route.request.url, route.request.resource_type) != (PICTURE, "image"):
            self.hits.append(f"{route.request.resource_type} {route.request.url}")
        route.abort()

    def open(self, address):
        self.page = self.context.new_page()
        self.page.goto(self.site.url + address)
        self.holds()
        return self.page

    def holds(self, frame=None):
        shown = frame or self.page
        shown.evaluate("document.querySelectorAll('details').forEach(node => { node.open = true; })")
        self.page.mouse.move(5, 5)
        self.page.mouse.move(400, 300)
        assert shown.evaluate(LEFT) == [] and self.hits == []
        self.seen += shown.evaluate("document.body.textContent.split('hit()').length")


@pytest.fixture
def watch(chromium, site):
    watching = Watch(chromium, site)
    yield watching
    watching.context.close()
    assert watching.seen > 100, "hardly a payload was shown"


def test_the_tripwire_trips(chromium, site):
    watching = Watch(chromium, site)
    page = watching.open("/unit/start/?student=visitor")
    page.evaluate("""() => document.querySelector('main').insertAdjacentHTML('beforeend',
        '<img src=x onerror=hit()><img src="https://evil.invalid/y.png">' +
        '<a href="javascript:alert(1)" id=pwned>x</a>')""")
    page.locator("#pwned").click()
    page.wait_for_timeout(100)
    assert {each.split(" at ")[0] for each in watching.hits} == {"hit", "alert", "image https://evil.invalid/y.png"}
    assert len(page.evaluate(LEFT)) == 2
    watching.context.close()


def test_there_are_enough_payloads_and_all_of_them_are_in_the_documents():
    assert len(payloads.ALL) == len(set(payloads.ALL)) >= 60
    for document_format, part in DOCUMENTS:
        told = json.dumps(hostile.document(document_format, part))
        assert not [each for each in payloads.ALL if json.dumps(payloads.shown(each).strip())[1:-1] not in told]


# -- learners ----------------------------------------------------------------------------------------------------------

def test_a_learner_answers_an_evaluation(watch):
    page = watch.open("/unit/start/?student=grace")
    page.locator("[data-part=beside]").select_option(index=1)
    page.wait_for_load_state("networkidle")
    watch.holds()
    begin(page)
    for _ in range(20):
        if not page.locator(".mige-statement:visible").count():
            break
        page.locator(".mige-card:visible").first.click()
        watch.holds()
        page.locator("textarea:visible").first.fill(payloads.shown(payloads.ALL[20]))
        page.locator(".mige-primary:visible").click()
    watch.holds()
    page.get_by_role("button", name="Hand in").click()
    expect(page.locator("[data-screen=result]")).to_be_visible()
    watch.holds()
    for address in ("/unit/end/?student=new", "/unit/start/?student=visitor", "/unit/with-mistakes/?student=new",
                    "/unit/with-mistakes/?student=trainer", "/unit/looking-back/?student=new"):
        watch.open(address)


def test_a_learner_goes_through_a_module(watch):
    page = watch.open("/unit/my-skills/?student=grace")
    begin(page)
    steps = page.locator("[data-form]").evaluate_all(
        "all => all.map(each => [each.dataset.screen, each.dataset.form, each.dataset.check])")
    assert len(steps) > 10
    for number, (name, form, check) in enumerate(steps):
        page.get_by_role("button", name="All steps").click()
        watch.holds()
        page.locator(".mige-steps button").nth(number).click()
        section = page.locator(f'section[data-screen="{name}"]')
        expect(section).to_be_visible()
        reply(section, form)
        for field in section.locator("input[type=text], textarea").all():
            field.fill(payloads.shown(payloads.ALL[20]))
        if check:
            main_button(page).click()
            expect(section.locator(".mige-outcome, .mige-said").first).to_be_visible()
        watch.holds()
    for address in ("/unit/my-skills/?student=new", "/unit/my-skills/?student=visitor",
                    "/unit/module-with-mistakes/?student=new"):
        watch.open(address)


def test_a_learner_looks_through_the_passport(watch):
    page = watch.open("/unit/passport/?student=new")
    for name in ROOMS:
        room(page, name)
        watch.holds()
    page.locator("[data-act=preview]").evaluate("node => node.click()")
    expect(page.locator(".mige-document")).to_have_count(1)
    watch.holds()


# -- trainers and authors ----------------------------------------------------------------------------------------------

def test_a_trainer_reads_the_report(watch):
    page = watch.open("/unit/cohort-report/?student=trainer")
    expect(page.locator(".mige-report-body h3").first).to_be_visible(timeout=30_000)  # long texts, the first time
    for part in PARTS:
        go_to(page, part)
        watch.holds()
        assert wide(page) <= 0, "a long title makes the page wider than the window"
    go_to(page, "what")
    page.locator("td[tabindex]").first.click()
    watch.holds()
    go_to(page, "files")
    page.get_by_role("button", name="Make the file").first.click()
    expect(page.get_by_role("link", name="Download").first).to_be_visible()
    watch.holds()
    go_to(page, "who")
    page.locator(".mige-report-list tbody th button").first.click()
    expect(page.locator(".mige-report-one [data-competence]").first).to_be_visible()
    watch.holds()
    for address in ("/dashboard/?student=trainer", "/unit/end/?student=trainer", "/unit/my-skills/?student=trainer"):
        page = watch.open(address)
        page.wait_for_load_state("networkidle")
        watch.holds()


@pytest.mark.parametrize("unit", ["end", "my-skills", "with-mistakes", "module-with-mistakes"])
def test_an_author_opens_the_form(watch, unit):
    watch.open(f"/unit/{unit}/author_view/?student=author")
    page = watch.open(f"/unit/{unit}/studio_view/?student=author")
    form = Form(page)
    rows = form.outline.locator(".mige-pick")
    for number in range(min(rows.count(), 14)):
        rows.nth(number).click()
        watch.holds()
    for name in ("settings", "review", "files"):
        form.open(name)
        page.wait_for_load_state("networkidle")
        watch.holds()
    if "mistakes" not in unit:
        form.open("preview")
        expect(form.frame.locator(".mige")).to_be_visible()
        frame = page.frames[-1]
        watch.holds(frame)
        form.frame.locator("[data-act=begin]").click()
        watch.holds(frame)
    data = json.dumps(hostile.document(*DOCUMENTS["module" in unit or unit == "my-skills"]))
    for name, content in (("a.json", data.encode()), ("a.xml", b"<x>" + payloads.ALL[0].encode() + b"</x>"),
                          ("a.csv", ("key,en\n" + "\n".join(
                              f'"{each}","{each}"' for each in map(payloads.shown, payloads.ALL) if '"' not in each)
                              ).encode())):
        form.upload(name, content)
        expect(form.root.locator(".mige-files [role=status]")).not_to_be_empty()
        watch.holds()


# -- files -------------------------------------------------------------------------------------------------------------

FORMULA = re.compile(r"[\s\u00a0]*[=+\-@\uff1d\uff0b\uff0d\uff20]")


@pytest.fixture
def fetched(chromium, site):
    """fetched(address) gives the bytes of a file; fetched(address, body) of a handler's JSON reply."""
    context = chromium.new_context()
    page = context.new_page()

    def fetch(unit, person, handler, body=None):
        page.goto(f"{site.url}/unit/{unit}/?student={person}")
        usage = page.locator("[data-usage]").first.get_attribute("data-usage")
        address = f"{site.url}/handler/{usage}/{handler}?student={person}"
        token = next(each["value"] for each in context.cookies() if each["name"] == "csrftoken")
        reply = context.request.get(address) if body is None else context.request.post(
            address, data=body, headers={"X-CSRFToken": token})
        assert reply.ok, reply.text()
        return reply.body() if body is None else reply.json()

    yield fetch
    context.close()


def cells(content):
    if content.startswith(b"PK"):
        return [cell for sheet in openpyxl.load_workbook(io.BytesIO(content)) for row in sheet for cell in row]
    return [cell for row in csv.reader(io.StringIO(content.decode("utf-8-sig"))) for cell in row]


@pytest.mark.parametrize(("unit", "person"), [("start", "new"), ("my-skills", "new")])
def test_no_cell_of_a_learners_file_is_computed(fetched, unit, person):
    found = cells(fetched(unit, person, "download/csv"))
    assert any("hit()" in cell for cell in found) and not [cell for cell in found if FORMULA.match(cell)]


@pytest.mark.parametrize("form", ["csv", "xlsx"])
@pytest.mark.parametrize("kind", ["learners", "answers", "activities"])
def test_no_cell_of_a_trainers_file_is_computed(fetched, kind, form):
    job = fetched("cohort-report", "trainer", "start_report", {"kind": kind, "format": form, "named": True})["job"]
    found = cells(fetched("cohort-report", "trainer", f"report_file/{job['id']}"))
    texts = [cell if isinstance(cell, str) else cell.value for cell in found]
    assert any("hit()" in str(text) for text in texts)
    assert not [text for text in texts if isinstance(text, str) and FORMULA.match(text)]
    assert not [cell for cell in found if getattr(cell, "data_type", "") == "f"]


def names(thing):
    """Yield the names in an object of a PDF."""
    if isinstance(thing, dict):
        yield from thing
        thing = list(dict.values(thing))
    if isinstance(thing, list):
        for each in thing:
            yield from names(each)
    elif isinstance(thing, str) and thing.startswith("/"):
        yield thing


@pytest.mark.parametrize("unit", ["end", "my-skills"])
def test_an_authors_files_hold_texts_only(fetched, unit):
    document_format, part = DOCUMENTS[unit == "my-skills"]
    draft = hostile.document(document_format, part)

    def written(kind):
        reply = fetched(unit, "author", "studio_write_file", {"document": draft, "kind": kind})
        return base64.b64decode(reply["content"])

    for kind in ("csv", "xlsx"):
        found = cells(written(kind))
        assert any("hit()" in cell if kind == "csv" else cell.data_type == "s" for cell in found)
        assert not [cell for cell in found if (FORMULA.match(cell) if kind == "csv" else cell.data_type == "f")]
    known = {node.tag for node in etree.fromstring(examples(part)[1]).iter(etree.Element)}
    assert {node.tag for node in etree.fromstring(written("xml")).iter(etree.Element)} <= known | richtext.TAGS


def test_the_passports_files_hold_words_and_nothing_that_acts(fetched):
    document = fetched("passport", "new", "download/docx")
    with zipfile.ZipFile(io.BytesIO(document)) as archive:
        xml = {name: archive.read(name) for name in archive.namelist()}
    text = "".join(etree.fromstring(xml["word/document.xml"]).itertext())
    assert "hit()" in text and "evil.invalid" in text
    assert b"evil.invalid" not in b"".join(content for name, content in xml.items() if name.endswith(".rels"))
    fields = re.findall(rb"<w:instrText[^>]*>([^<]*)|w:instr=\"([^\"]*)", b"".join(xml.values()))
    assert {(one or other).split()[0] for one, other in fields} <= {b"PAGE", b"NUMPAGES"}

    pdf = fetched("passport", "new", "download/pdf")
    reader = pypdf.PdfReader(io.BytesIO(pdf))
    assert "hit()" in "".join(page.extract_text() for page in reader.pages)
    assert not {"/JavaScript", "/JS", "/Launch", "/OpenAction", "/AA", "/EmbeddedFiles"} & {
        name for number in range(1, reader.trailer["/Size"]) for name in names(reader.get_object(number))}
    links = [note.get_object()["/A"].get("/URI", "") for page in reader.pages for note in page.get("/Annots") or ()
             if "/A" in note.get_object()]
    assert not [each for each in links if "evil" in each or not each.startswith("http")]
    for kind in ("json", "elm", "all"):
        assert "hit()" in json.dumps(json.loads(fetched("passport", "new", f"download/{kind}")))
