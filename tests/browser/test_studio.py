"""An author writes in Studio's form."""

import json

import pytest
from playwright.sync_api import expect

from migrempower_xblock.olx import FRAMEWORK_OLX, MODULE_OLX
from migrempower_xblock.training.module import KINDS

from .studio import FRAMEWORK, MODULE, NOTHING, a_framework, open_form, reopened, take_over
from .test_training import go_to

WORDS = {"en": "I can do thing", "ar": "أستطيع أن أفعل الشيء"}
HOSTILE = ['<img src=x onerror=window.hacked=1>', '"><script>window.hacked=1</script>']


def test_a_framework_from_nothing_in_english_and_arabic(visit):
    form = open_form(visit, FRAMEWORK, NOTHING)
    form.add_language("ar")
    form.show("en", "ar")
    form.write("My own framework", "title", "en")
    form.write("إطاري", "title", "ar")
    expect(form.field("title", "ar")).to_have_attribute("dir", "rtl")
    form.row("scale").click()
    for place, (english, arabic) in enumerate([("Not me", "لست أنا"), ("A little", "قليلاً"), ("Well", "جيداً"),
                                               ("Very well", "جيداً جداً")]):
        form.write(english, "scale", "levels", place, "label", "en")
        form.write(arabic, "scale", "levels", place, "label", "ar")
    for area in range(2):
        form.button("Add: Area", form.outline).click()
        expect(form.field("areas", area, "title", "en")).to_be_focused()
        form.write(f"Area {area}", "areas", area, "title", "en")
        form.write(f"مجال {area}", "areas", area, "title", "ar")
        for place in range(3):
            form.button("Add: Competence", form.pane).click()
            path = ("areas", area, "competences", place)
            expect(form.field(*path, "title", "en")).to_be_focused()
            for tag, words in (("en", "Competence"), ("ar", "كفاءة")):
                form.write(f"{words} {area}{place}", *path, "title", tag)
                form.write(f"{WORDS[tag]} {area}{place}", *path, "statements", 0, "text", tag)
    first = ("areas", 0, "competences", 0, "statements", 0)
    form.pick(*first[:4])
    statement = form.field("leaf", *first)
    form.button("Choose", statement).click()
    statement.locator(".mige-shelf button").nth(3).click()
    chosen = form.field(*first, "picture").input_value()
    assert chosen and not chosen.startswith("/")
    form.write("A cup", *first, "alt", "en")
    form.write("كوب", *first, "alt", "ar")
    second = ("areas", 0, "competences", 1, "statements", 0)
    form.pick(*second[:4])
    form.write("/static/tea.png", *second, "picture")
    form.write("Tea", *second, "alt", "en")
    form.write("شاي", *second, "alt", "ar")
    form.save()

    as_json = FRAMEWORK_OLX.from_data(json.loads(form.download("Download as JSON").read_text("utf-8")))
    as_xml = FRAMEWORK_OLX.from_text(form.download("Download as OLX (XML)").read_text("utf-8"))
    stored = FRAMEWORK_OLX.from_data(reopened(form).stored()["document"])
    assert as_json == as_xml == stored
    assert [len(area.competences) for area in stored.areas] == [3, 3]
    assert [level.label["ar"] for level in stored.scale.levels] == ["لست أنا", "قليلاً", "جيداً", "جيداً جداً"]

    learner = visit("/unit/own-framework/?student=new")
    learner.locator("[data-act=begin]").click()
    expect(learner.locator(".mige-statement")).to_contain_text("I can do thing 00")
    expect(learner.locator(".mige-card").first).to_contain_text("Not me")
    expect(learner.locator("section:visible img[alt='A cup']")).to_have_count(1)
    learner.locator(".mige-card").first.click()
    learner.locator(".mige-primary:visible").click()
    expect(learner.locator("section:visible img[alt='Tea']")).to_have_attribute("src", "/static/tea.png")
    learner = visit("/unit/own-framework/?student=amira")
    expect(learner.locator(".mige")).to_have_attribute("dir", "rtl")
    learner.locator("[data-act=begin]").click()
    expect(learner.locator(".mige-statement")).to_contain_text("أستطيع أن أفعل الشيء 00")
    expect(learner.locator(".mige-card").first).to_contain_text("لست أنا")
    expect(learner.locator("section:visible img[alt='كوب']")).to_have_count(1)


def write_rich(form, *path):
    """Write a paragraph, bold, a list and a link, with the editor's own buttons."""
    page, box = form.page, form.field(*path)
    tools = box.locator("xpath=..").get_by_role("group")
    box.click()
    page.keyboard.type("Tea is ")
    tools.get_by_role("button", name="Bold").click()
    page.keyboard.type("hot")
    tools.get_by_role("button", name="Bold").click()
    page.keyboard.type(" here")
    page.keyboard.press("Enter")
    page.keyboard.type("water")
    tools.get_by_role("button", name="List", exact=True).click()
    page.keyboard.press("Enter")
    page.keyboard.type("leaves")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    page.keyboard.type("more")
    page.keyboard.press("Shift+Home")
    tools.get_by_role("button", name="Link").click()
    box.locator("xpath=..").get_by_label("Address").fill("https://example.org/tea")
    box.locator("xpath=..").get_by_role("button", name="Insert").click()


def test_a_module_with_every_kind_of_step_from_nothing(visit):
    form = open_form(visit, MODULE, NOTHING)
    form.write("Tea", "title", "en")
    known = form.root.get_by_label("Choose one of a framework")
    known.select_option(index=1)
    trained = form.field("competences", 0, "id").input_value()
    assert trained
    expect(form.field("competences", 0, "title", "en")).not_to_have_value("")

    steps = iter(range(len(KINDS)))

    def add(name):
        form.button("Add a step", form.outline).click()
        form.outline.locator(".mige-kinds button", has=form.page.get_by_text(name, exact=True)).click()
        expect(form.outline.locator(".mige-kinds")).to_have_count(0)
        place = next(steps)
        return lambda text, *path: form.write(text, "steps", place, *path), ("steps", place)

    def option(path, number, text):
        form.write(text, *path, number, "text", "en")

    write, path = add("Read")
    write("About tea", "title", "en")
    write_rich(form, *path, "text", "en")
    write, path = add("Watch or listen")
    write("A film", "title", "en")
    write("/static/tea.mp4", "file", "en")
    form.field(*path, "transcript", "en").click()
    form.page.keyboard.type("Somebody makes tea.")
    write, path = add("About the country")
    write("Tea here", "title", "en")
    form.field(*path, "notes", 0, "country").select_option("ES")
    form.field(*path, "notes", 0, "text", "en").click()
    form.page.keyboard.type("In Spain")
    form.field(*path, "fallback", "text", "en").click()
    form.page.keyboard.type("Elsewhere")

    write, path = add("Choice")
    write("What do you say?", "question", "en")
    option((*path, "options"), 0, "Please")
    option((*path, "options"), 1, "Now!")
    form.field(*path, "options", 0, "right").check()
    form.field(*path, "competence").select_option(trained)
    write, path = add("True or false")
    write("Tea is cold.", "question", "en")
    form.field(*path, "answer").uncheck()
    write, path = add("Choice of pictures")
    write("Which is right?", "question", "en")
    for number in range(2):
        leaf = form.field("leaf", *path, "options", number)
        form.button("Choose", leaf).click()
        leaf.locator(".mige-shelf button").nth(number).click()
        option((*path, "options"), number, f"Picture {number}")
    form.field(*path, "options", 0, "right").check()
    write, path = add("Match")
    write("What belongs together?", "question", "en")
    for number, (left, right) in enumerate([("tea", "drink"), ("bread", "eat")]):
        write(left, "pairs", number, "left", "en")
        write(right, "pairs", number, "right", "en")
    write, path = add("Put in order")
    write("In which order?", "question", "en")
    for number, text in enumerate(("Boil", "Pour", "Drink")):
        write(text, "items", number, "text", "en")

    write, path = add("Fill the gaps")
    write("Write the words.", "question", "en")
    text = form.field(*path, "text", "en")
    text.fill("I drink  with .")
    text.evaluate("node => node.setSelectionRange(8, 8)")
    form.button("Gap 1 goes here", form.pane).click()
    form.button("Add: Gap", form.pane).click()
    text.press("End")
    text.press("ArrowLeft")
    form.button("Gap 2 goes here", form.pane).click()
    expect(text).to_be_focused()
    assert text.evaluate("node => node.value.replace(/\\{.*?\\}/g, '*')") == "I drink * with *."
    write("tea", "gaps", 0, "accept", "en")
    write("milk", "gaps", 1, "accept", "en")
    write("sand | mud", "gaps", 1, "decoy", "en")

    _, path = add("Conversation")
    form.write("Talk.", *path, "question", "en")
    form.pick(*path, "scenes", 0)
    form.write("Tea?", *path, "scenes", 0, "line", "en")
    form.write("Yes, please.", *path, "scenes", 0, "replies", 0, "text", "en")
    form.button("Add: Reply", form.pane).click()
    form.write("No.", *path, "scenes", 0, "replies", 1, "text", "en")
    form.field(*path, "scenes", 0, "replies", 1, "to").select_option("A new scene")
    form.pick(*path, "scenes", 1)
    form.write("Here you are.", *path, "scenes", 1, "line", "en")
    form.pick(*path, "scenes", 2)
    form.write("Goodbye.", *path, "scenes", 2, "line", "en")
    write, path = add("Reflection")
    write("When did you last drink tea?", "question", "en")
    write, path = add("Checklist for real life")
    write("Do this.", "question", "en")
    form.button("Add: Item", form.pane).click()
    write("Buy tea", "items", 0, "text", "en")
    write("Offer tea", "items", 1, "text", "en")
    form.save()

    module = MODULE_OLX.from_data(reopened(form).stored()["document"])
    assert [type(step) for step in module.steps] == list(KINDS.values())
    text = module.steps[0].text["en"]
    assert "<p>Tea is <strong>hot</strong> here</p>" in text
    assert '<a href="https://example.org/tea"' in text and ">more</a>" in text
    assert text.count("<li>") == 2 and "<ul>" in text
    talk = next(step for step in module.steps if type(step).__name__ == "Dialogue")
    assert [reply.to for reply in talk.scenes[0].replies] == [talk.scenes[1].id, talk.scenes[2].id]

    learner = visit("/unit/own-module/?student=new")
    learner.locator("[data-act=begin]").click()
    expect(learner.locator("section[data-form]")).to_have_count(len(KINDS))
    expect(learner.locator("section:visible strong", has_text="hot")).to_have_count(1)
    for step in module.steps[1:]:
        go_to(learner, step.id)


def test_a_shipped_framework_changed_and_changed_back(visit):
    form = open_form(visit, FRAMEWORK, "Life and learning (LifeComp)")
    document = form.stored()
    form.pick("areas", 0, "competences", 0)
    field = form.field("areas", 0, "competences", 0, "statements", 0, "text", "en")
    before = field.input_value()
    field.fill("I can say what I feel.")
    form.save()
    form = reopened(form)
    assert form.stored() != document and form.stored()["shipped"] == ""
    form.pick("areas", 0, "competences", 0)
    title = form.field("areas", 0, "competences", 0, "title", "en")
    old = title.input_value()
    expect(field).to_have_value("I can say what I feel.")
    field.fill(before)
    title.fill("One")
    field.fill("Two")
    undo, redo = form.button("Undo"), form.button("Redo")
    undo.click()
    expect(field).to_have_value(before)
    undo.click()
    expect(title).to_have_value(old)
    undo.click()
    expect(field).to_have_value("I can say what I feel.")
    expect(undo).to_be_disabled()
    for _ in range(3):
        redo.click()
    expect(field).to_have_value("Two")
    expect(title).to_have_value("One")
    expect(redo).to_be_disabled()

    count = form.titles("areas").count()
    form.row("areas", 1).click()
    gone = form.row("areas", 1).text_content()
    form.pane.get_by_role("button", name="Delete: ").first.click()
    expect(form.titles("areas")).to_have_count(count - 1)
    expect(form.said).to_contain_text("Deleted")
    back = form.button("Undo", form.said)
    expect(back).to_be_focused()
    back.click()
    expect(form.row("areas", 1)).to_have_text(gone)


def test_a_refused_save_says_what_to_mend_where_it_stands(visit):
    form = open_form(visit, FRAMEWORK)
    take_over(form, a_framework(areas=2, competences=2))
    path = ("areas", 1, "competences", 1, "statements", 0, "text", "en")
    form.pick("areas", 1, "competences", 1)
    form.write("", *path)
    form.write("Typed and kept", "areas", 1, "competences", 1, "title", "en")
    form.footer.locator("[data-act=save]").click()
    first = form.button("To mend: 1. Show the first.")
    expect(first).to_be_focused()
    form.row().click()
    form.row("areas", 0).click()
    first.click()
    field = form.field(*path)
    expect(field).to_be_focused()
    expect(field).to_have_attribute("aria-invalid", "true")
    message = form.page.locator(f"[id='{field.get_attribute('aria-describedby').split()[-1]}']")
    expect(message).to_be_visible()
    expect(message).not_to_be_empty()
    expect(form.field("areas", 1, "competences", 1, "title", "en")).to_have_value("Typed and kept")
    expect(form.row("areas", 1)).to_contain_text("to mend: 1")
    field.fill("I can mend it")
    form.save()
    expect(field).to_have_attribute("aria-invalid", "false")
    expect(first).to_have_count(0)
    document = reopened(form).stored()["document"]
    competence = document["areas"][1]["competences"][1]
    assert (competence["title"], competence["statements"][0]["text"]) == (
        {"en": "Typed and kept"}, {"en": "I can mend it"})


def test_by_keyboard_alone(visit):
    form = open_form(visit, FRAMEWORK)
    take_over(form, a_framework(areas=2, competences=2))
    keyboard = form.page.keyboard

    def reach(locator, key="Tab"):
        for _ in range(60):
            if locator.evaluate("node => node === document.activeElement"):
                return
            keyboard.press(key)
        raise AssertionError(f"no way to {locator}")

    # the heading of the pane has the focus; the outline stands before it
    reach(form.row("areas", 1), "Shift+Tab")
    keyboard.press("ArrowUp")
    expect(form.row("areas", 0)).to_be_focused()
    keyboard.press("Alt+ArrowDown")
    expect(form.titles("areas")).to_have_text(["Area 1", "Area 0"])
    expect(form.row("areas", 1)).to_be_focused()
    expect(form.said).to_have_text("Area 0: now number 2.")
    keyboard.press("Alt+ArrowUp")
    expect(form.titles("areas")).to_have_text(["Area 0", "Area 1"])
    keyboard.press("Enter")
    reach(form.row("areas", 0, "competences", 1), "Shift+Tab")
    keyboard.press("Enter")
    reach(form.row("areas", 0, "competences", 1), "Shift+Tab")
    keyboard.press("Alt+ArrowDown")
    moved = form.row("areas", 1, "competences", 0)
    expect(moved).to_have_text("Competence 0 1")
    expect(moved).to_be_focused()
    expect(form.titles("areas", 1, "competences")).to_have_text(["Competence 0 1", "Competence 1 0", "Competence 1 1"])
    keyboard.press("Delete")
    expect(form.titles("areas", 1, "competences")).to_have_text(["Competence 1 0", "Competence 1 1"])
    expect(form.button("Undo", form.said)).to_be_focused()
    keyboard.press("Enter")
    expect(form.titles("areas", 1, "competences")).to_have_count(3)

    reach(form.tab("content"), "Shift+Tab")
    for name in ("settings", "review", "preview", "files", "content", "settings"):
        keyboard.press("ArrowRight")
        expect(form.tab(name)).to_be_focused()
        expect(form.tab(name)).to_have_attribute("aria-selected", "true")
    keyboard.press("ArrowLeft")
    expect(form.tab("content")).to_be_focused()
    reach(form.footer.locator("[data-act=save]"))
    keyboard.press("Enter")
    expect(form.said).to_have_text("Saved.")
    areas = reopened(form).stored()["document"]["areas"]
    assert [[each["id"] for each in area["competences"]] for area in areas] == [
        ["comp-0-0"], ["comp-0-1", "comp-1-0", "comp-1-1"]]


def drag(page, rows, grip, onto, expected):
    """Drag a row with the mouse, as a hand does, until the rows stand as expected."""
    page.locator(".mige-grip").nth(grip).hover()
    end = rows.nth(onto).bounding_box()
    page.mouse.down()
    for turn in range(200):
        page.mouse.move(end["x"] + 30 + turn % 5, end["y"] + end["height"] / 2)
        if rows.all_text_contents() == expected:
            break
    page.mouse.up()
    expect(rows).to_have_text(expected)


def test_areas_are_dragged_with_the_mouse(visit):
    form = open_form(visit, FRAMEWORK)
    take_over(form, a_framework(areas=3))
    rows = form.titles("areas")
    drag(form.page, rows, 0, 2, ["Area 1", "Area 2", "Area 0"])
    drag(form.page, rows, 1, 0, ["Area 2", "Area 1", "Area 0"])
    form.save()
    assert [area["id"] for area in reopened(form).stored()["document"]["areas"]] == ["area-2", "area-1", "area-0"]


def test_two_authors_at_once(visit):
    form = open_form(visit, FRAMEWORK)
    take_over(form, a_framework())
    form.save()
    one, other = open_form(visit, FRAMEWORK), open_form(visit, FRAMEWORK)
    one.write("One's title", "title", "en")
    one.save()
    other.write("Other's title", "title", "en")

    def refused():
        other.footer.locator("[data-act=save]").click()
        question = other.page.get_by_role("dialog", name="Somebody else has saved in the meantime")
        expect(question).to_be_visible()
        return question

    question = refused()
    expect(question.locator("tbody td")).to_have_text([r"title (en)", "One's title", "Other's title"])
    question.get_by_role("button", name="Go on writing").click()
    expect(other.field("title", "en")).to_have_value("Other's title")
    refused().get_by_role("button", name="Open theirs").click()
    expect(other.field("title", "en")).to_have_value("One's title")
    other.button("Undo", other.said).click()
    expect(other.field("title", "en")).to_have_value("Other's title")
    one.write("One's second title", "title", "en")
    one.save()
    refused().get_by_role("button", name="Save yours over theirs").click()
    expect(other.said).to_have_text("Saved.")
    assert reopened(one).stored()["document"]["title"] == {"en": "Other's title"}


def test_a_lost_connection_loses_nothing(visit):
    form = open_form(visit, FRAMEWORK)
    take_over(form, a_framework())
    form.save()
    context = form.page.context
    context.set_offline(True)
    form.write("Written under way", "title", "en")
    form.footer.locator("[data-act=save]").click()
    expect(form.said).to_have_text("There is no connection. What you wrote is kept on this device. Try again later.")
    expect(form.field("title", "en")).to_have_value("Written under way")
    form.page.wait_for_function("() => Object.keys(localStorage).some(key => localStorage[key].includes('under way'))")
    form.page.close()
    context.set_offline(False)
    form = open_form(visit, FRAMEWORK, context=context)
    expect(form.field("title", "en")).to_have_value("Small")
    banner = form.page.get_by_role("alert")
    expect(banner).to_contain_text("changes of yours that were not saved")
    banner.get_by_role("button", name="Go on with them").click()
    expect(form.field("title", "en")).to_have_value("Written under way")
    form.save()
    assert reopened(form).stored()["document"]["title"] == {"en": "Written under way"}
    expect(form.page.get_by_role("alert")).to_have_count(0)


def write_html(form, text, *path):
    """Write rich text as HTML and go back to the editor."""
    editor = form.field(*path).locator("xpath=..")
    editor.get_by_role("button", name="HTML").click()
    editor.locator("textarea").fill(text)
    editor.get_by_role("button", name="HTML").click()
    expect(editor.locator(".mige-box")).to_be_visible()


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_text_stays_text(visit, hostile):
    def unharmed(page):
        for frame in page.frames:
            # A picture asked for now fails after all that were asked for before.
            assert frame.evaluate("""() => new Promise(done => {
                const picture = new Image();
                picture.onerror = () => setTimeout(() => done(window.hacked === undefined));
                picture.src = '/nowhere.png';
            })""")

    form = open_form(visit, FRAMEWORK)
    take_over(form, a_framework())
    form.write(hostile, "title", "en")
    form.row("areas", 0).click()
    form.write(hostile, "areas", 0, "title", "en")
    expect(form.row("areas", 0)).to_have_text(hostile)
    form.row("areas", 0, "competences", 0).click()
    form.write(hostile, "areas", 0, "competences", 0, "title", "en")
    form.write(hostile, "areas", 0, "competences", 0, "statements", 0, "text", "en")
    form.open("review")
    unharmed(form.page)
    form.open("preview")
    expect(form.frame.locator("[data-act=begin]")).to_be_visible()
    form.frame.locator("[data-act=begin]").click()
    expect(form.frame.locator(".mige-statement")).to_contain_text(hostile)
    unharmed(form.page)
    form.save()
    form = open_form(visit, FRAMEWORK)
    form.open("files")
    unharmed(form.page)

    form = open_form(visit, MODULE, NOTHING)
    form.button("Add a step", form.outline).click()
    form.outline.locator(".mige-kinds button").first.click()
    path = ("steps", 0, "text", "en")
    write_html(form, f"<p>before {hostile} after</p>", *path)
    expect(form.field(*path)).to_contain_text("before")
    form.field(*path).evaluate("""(box, text) => {
        const data = new DataTransfer();
        data.setData('text/html', text);
        box.focus();
        box.dispatchEvent(new ClipboardEvent('paste', {clipboardData: data, bubbles: true, cancelable: true}));
    }""", f"<p>pasted {hostile} here</p>")
    expect(form.field(*path)).to_contain_text("pasted")
    unharmed(form.page)
