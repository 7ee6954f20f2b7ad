"""Studio's form as the tests drive it."""

import json
from pathlib import Path

from playwright.sync_api import expect

FRAMEWORK, MODULE = "own-framework", "own-module"
NOTHING = "Nothing"


def address(unit):
    return f"/unit/{unit}/studio_view/?student=author"


class Form:
    """The form on a page; a field is named by its path through the document."""

    def __init__(self, page):
        self.page = page
        self.root = page.locator(".mige-studio")
        expect(self.root.get_by_role("tab")).to_have_count(5)
        self._prefix = self.root.get_by_role("tab").first.get_attribute("id").removesuffix("-tab-content")
        self.outline, self.pane = page.locator(".mige-outline"), page.locator(".mige-pane")
        self.said, self.footer = page.locator(".mige-said"), page.locator(".mige-studio footer")
        self.frame = page.frame_locator(".mige-frame")

    def field(self, *path):
        return self.page.locator(f'[id="{"-".join(map(str, (self._prefix, *path)))}"]')

    def write(self, text, *path):
        self.field(*path).fill(text)

    def tab(self, name):
        return self.field("tab", name)

    def open(self, name):
        self.tab(name).click()
        expect(self.tab(name)).to_have_attribute("aria-selected", "true")

    def start(self, title):
        """Begin from what the gallery calls ``title``."""
        self.open("files")
        self.root.get_by_role("button", name=f"Start from this: {title}").click()
        expect(self.tab("content")).to_have_attribute("aria-selected", "true")

    def button(self, name, within=None):
        return (within or self.root).get_by_role("button", name=name, exact=True)

    def row(self, *path):
        """The row of the outline for a path."""
        return self.page.locator(f".mige-pick[data-path='{json.dumps(path, separators=(',', ':'))}']")

    def pick(self, *path):
        """Choose a row of the outline, and the rows above it that hide it."""
        for end in range(2, len(path) + 1, 2):
            self.row(*path[:end]).click()

    def titles(self, *path):
        """What the rows of the outline for a list say."""
        written = json.dumps(path, separators=(",", ":"))
        return self.page.locator(f"ul[data-path='{written}'] > li > .mige-line > .mige-pick")

    def save(self):
        self.footer.locator("[data-act=save]").click()
        expect(self.said).to_have_text("Saved.")

    def add_language(self, tag):
        self.field("languages").select_option(tag)

    def show(self, own, beside=""):
        self.page.get_by_label("Write in").select_option(own)
        self.page.get_by_label("Beside it").select_option(beside)

    def download(self, name):
        """Return the path of the file behind a button of the files' tab."""
        self.open("files")
        with self.page.expect_download() as found:
            self.button(name).click()
        return Path(found.value.path())

    def upload(self, name, content):
        self.open("files")
        self.root.locator("input[type=file]").set_input_files(
            {"name": name, "mimeType": "application/octet-stream", "buffer": content})

    def stored(self):
        """What the server holds, as the page was told when it was opened."""
        return json.loads(self.root.locator("script[type='application/json']").text_content())["state"]


def open_form(visit, unit, start=None, **options):
    form = Form(visit(address(unit), **options))
    if start:
        form.start(start)
    return form


def reopened(form):
    form.page.reload()
    return Form(form.page)


def a_framework(areas=1, competences=1, languages=("en",), learners="I can {} {}"):
    """Return plain data of a small framework."""
    def said(text):
        return {tag: f"{text} {tag}" if tag != "en" else text for tag in languages}

    return {
        "id": "small", "version": "1", "languages": list(languages), "title": said("Small"),
        "scale": {"id": "two", "levels": [{"value": value, "label": said(label)}
                                          for value, label in enumerate(("Not yet", "Yes"))]},
        "areas": [{"id": f"area-{a}", "title": said(f"Area {a}"), "competences": [
            {"id": f"comp-{a}-{c}", "title": said(f"Competence {a} {c}"), "statements": [
                {"id": f"stat-{a}-{c}", "text": said(learners.format(a, c))}]}
            for c in range(competences)]} for a in range(areas)],
    }


def take_over(form, document):
    """Bring a document into the form as an author's file."""
    form.upload("document.json", json.dumps(document).encode())
    form.root.locator(".mige-files [role=status] .mige-main").click()
    expect(form.tab("content")).to_have_attribute("aria-selected", "true")
