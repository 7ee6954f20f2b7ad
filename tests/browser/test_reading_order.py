"""What a screen reader is told: in which order, under which names, what is announced; and where the focus is then.

All by key: nothing here is clicked. Each test has learners of its own, so that the workbench is made once.
"""

import re

import pytest
from playwright.sync_api import expect

from migrempower_xblock.words import interface_languages, words_for

from .conftest import visiting
from .studio import FRAMEWORK, MODULE, Form, a_framework, address, take_over
from .test_accessibility import DESKTOP, press
from .test_training import main_button, step

pytestmark = pytest.mark.long

# What is announced: what comes into a region that stood in the page before.
EARS = """
window.heard = [];
const regions = '[role="status"], [role="alert"]';
let known = new Set();
(function look() {
    known = new Set([...document.querySelectorAll(regions)].filter(node => node.checkVisibility()));
    requestAnimationFrame(look);
})();
new MutationObserver(changes => {
    const changed = changes.map(({target}) => (target.closest ? target : target.parentElement)?.closest(regions));
    for (const node of new Set(changed)) {
        if (known.has(node) && node.textContent.trim()) { window.heard.push(node.textContent.trim()); }
    }
}).observe(document, {childList: true, subtree: true, characterData: true});
"""


@pytest.fixture
def visit(chromium, sample_server):
    """visit(address, before=script) opens a page on a desktop, in English."""
    with visiting(chromium, sample_server) as open_page:
        yield lambda address, **options: open_page(address, {"viewport": DESKTOP}, **options)


def reads(place, told):
    """Hold that a place, read from its beginning, tells these things in this order: each is part of a line of what the
    browser tells a screen reader.
    """
    lines = iter(place.aria_snapshot().splitlines())
    for each in filter(None, map(str.strip, told.splitlines())):
        assert any(each in line for line in lines), f"{each} is not told, or not here:\n{place.aria_snapshot()}"


def heard(page, text):
    page.wait_for_function("text => heard.some(each => each.includes(text))", arg=text)


def begun(visit):
    """Return Studio's form with a module that ships."""
    form = Form(visit(address(MODULE)))
    press(form.tab("files"))
    press(form.root.locator(".mige-gallery button").nth(1))
    expect(form.tab("content")).to_have_attribute("aria-selected", "true")
    return form


def tab_to(page, target, most=60):
    """Go to a target by Tab."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if target.evaluate("node => node === document.activeElement"):
            return target
    raise AssertionError(f"no way to {target} by Tab")


def has_focus(page, target):
    expect(target).to_be_focused()
    expect(page.locator("h2:visible")).to_have_count(1)


# -- what is read ------------------------------------------------------------------------------------------------------

def test_a_self_evaluation_is_read_in_order(visit):
    page = visit("/unit/two-on-one-page/?student=new")
    block = page.locator(".mige").first
    reads(block, """
        status
        heading "In the kitchen" [level=2]
        combobox "My language"
        combobox "Show a second language too"
        list
          listitem: 2 questions · about 1 minute
        heading "Who can see this?" [level=3]
        switch "Share my answers with my trainer"
        button "Start"
        status
    """)
    block.locator("[data-part=beside]").select_option("es")
    expect(block.locator("[data-part=beside]")).to_be_focused()
    press(block.locator("[data-act=begin]"))
    expect(block.locator("h2:visible")).to_be_focused()
    reads(block, """
        status
        paragraph: Question 1 of 2
        progressbar "Questions answered"
        paragraph: Kitchen work
        heading "I check the date on food before I use it. Miro la fecha
        paragraph: Choose one answer
        radiogroup "I check the date on food
          radio "I have never done this Nunca lo he hecho"
          radio "I have done this once
          radio "I do this sometimes
          radio "I do this often
          radio "I do not understand the question"
          radio "I prefer not to say"
        group: When did you do this? (only if you want)
        button "Next"
        button "Back"
        button "See all answers"
        button "Languages, sharing, my data"
        status
    """)
    assert block.locator(".mige-beside").evaluate_all("all => all.map(each => each.lang)") == ["es"] * 5
    press(block.get_by_role("radio").first, "Space")
    evidence = block.locator(".mige-evidence summary")
    press(evidence)
    expect(block.get_by_role("textbox", name="When did you do this?")).to_have_accessible_description(
        "Write a few words. Do not write names of other people.")
    press(block.get_by_role("button", name="See all answers"))
    expect(block.locator("h2:visible")).to_be_focused()
    reads(block, """
        heading "Your answers" [level=2]
        paragraph: "Questions without an answer: 1"
        button "Go to the next question without an answer"
        heading "Kitchen work" [level=3]
        list
          listitem
            text: I check the date on food before I use it. I have never done this
            button "Change: I check the date on food before I use it."
          listitem
            No answer yet
            button "Answer: I tell my colleagues when I need help."
        button "Hand in"
    """)
    press(block.get_by_role("button", name="Hand in"))
    question = block.locator("[data-screen=review] .mige-confirm p").first
    expect(question).to_be_focused()
    expect(question).to_contain_text("Questions without an answer: 1.")
    press(block.get_by_role("button", name="Hand in anyway"))
    expect(block.locator("h2:visible")).to_be_focused()
    reads(block, """
        heading "Your result" [level=2]
        heading "Your strengths" [level=3]
        heading "Your next steps" [level=3]
        heading "All areas" [level=3]
        group "How to show the areas"
          button "Bars" [pressed]
          button "Table"
        group
          strong: Kitchen work
          text: I have never done this
        button "Evaluate again"
        heading "Who can see this?" [level=3]
        switch "Share my answers with my trainer"
        group: My data
    """)


def test_a_module_is_read_in_order(visit):
    page = visit("/unit/every-kind/?student=new")
    block, onward = page.locator(".mige"), page.locator("[data-part=actions]").get_by_role("button")
    press(page.locator("[data-act=begin]"))

    def at(name, told):
        section = step(page, name)
        has_focus(page, section.locator("h2"))
        reads(block, told)
        return section

    def check(section, kind):
        press(main_button(page))
        has_focus(page, section.locator(f".mige-outcome.mige-{kind}"))

    at("read", """
        paragraph: Step 1 of 13
        progressbar "Steps done"
        heading "Tea at work" [level=2]
        paragraph: "Facts checked: Nov. 23, 2026. Rules change."
        button "Next"
        button "Back"
        button "All steps"
        button "Languages, country, sharing, my data"
    """)
    press(main_button(page))
    section = at("watch", """
        heading "Listen: the first day" [level=2]
        button "Listen now"
        paragraph: It uses mobile data. Nothing is loaded before you press the button.
        group: Read it instead
    """)
    press(section.locator("[data-act=play]"))
    expect(section.locator("audio")).to_be_focused()
    expect(section.locator("audio")).to_have_accessible_name("Listen: the first day")
    press(main_button(page))
    press(main_button(page))
    section = at("choice", """
        paragraph: Step 4 of 13
        heading "A colleague offers you tea
        group: Hint
        paragraph: Choose one answer
        group "A colleague offers you tea
          radio
          radio
          radio
        button "Check"
        button "Skip"
        button "Back"
        button "All steps"
    """)
    wrong = section.get_by_role("radio", name="I do not like that.")
    press(wrong, "Space")
    check(section, "wrong")
    expect(wrong).to_have_accessible_description("✗ not right This can hurt.")
    reads(block, """
        group "A colleague offers you tea
        paragraph
          Not right yet
          text: · 0 of 2 points
        paragraph: Think of a polite way.
        paragraph: You can change your answer and check again.
        button "Next"
        button "Try again"
    """)
    press(page.get_by_role("button", name="Try again"))
    expect(section.get_by_role("radio").first).to_be_focused()
    for name, told in (("several", """
        paragraph: Choose all that fit
        group "Which two help when you did not understand?"
          checkbox
          checkbox
          checkbox
    """), ("true-false", """
        group "You must drink the tea that is offered to you."
          radio "True"
          radio "False"
    """), ("pictures", """
        group "Which one is tea?"
          radio
          radio
    """), ("matching", """
        paragraph: Choose what belongs to each
        group "What belongs together?"
          combobox "cup"
            option "Choose …" [selected]
          combobox "knife"
          combobox "sponge"
    """), ("ordering", """
        paragraph: Use the arrows, or drag, until the order is right
        list "How do you make tea? Put the steps in order."
          listitem
            button "Up
            button "Down
          listitem
          listitem
    """), ("gaps", """
        group "Fill the gaps."
          paragraph
            text: I would like a cup of
            textbox "Gap 1"
            text: with
            combobox "Gap 2"
            text: ", please."
    """), ("dialogue", """
        strong: Grace
        paragraph: Hello! Would you like some tea?
        group "What do you say?"
          radio
          radio
        button "Say this"
    """)):
        press(onward.filter(has_text=re.compile("Next|Skip")))
        section = at(name, told)
    press(section.get_by_role("radio", name="Yes, please."), "Space")
    press(main_button(page))
    expect(section.locator(".mige-said")).to_be_focused()
    reads(block, """
        strong: Grace
        paragraph: Hello! Would you like some tea?
        paragraph: "You said: Yes, please."
        paragraph: Friendly.
        strong: Grace
        paragraph: With milk?
    """)
    press(page.locator("[data-part=actions] .mige-second"))
    section = at("reflection", """
        paragraph: "For example: They ask three times."
        textbox "How do people offer something to drink where you live?"
        button "I have done this"
    """)
    expect(section.get_by_role("textbox")).to_have_accessible_description(
        re.compile("^Write a few words. Do not write names"))
    press(page.locator("[data-part=actions] .mige-second"))
    at("checklist", """
        group "Do this at work."
          checkbox "Ask where the cups are."
          checkbox "Offer somebody tea."
        button "To the end"
    """)
    press(main_button(page))
    has_focus(page, page.locator("[data-screen=finish] h2"))
    reads(block, """
        heading "The end of the module" [level=2]
        Steps that are not done
        button "Go back to the steps"
        button "Finish and see my result"
        heading "All steps" [level=3]
        list
          listitem
            button "Tea at work"
            done
    """)


def test_a_passport_is_read_in_order(visit):
    page = visit("/unit/passport/?student=grace")
    block = page.locator(".mige")
    for name, label, told in (("plan", "My plan", """
        heading "My plan" [level=2]
        paragraph: Write what you will do
        list
        button "Add a step"
        heading "You could begin here" [level=3]
        list
          listitem
            strong: My work goal
            button "Add to my plan"
    """), ("experience", "My experience", """
        heading "My experience" [level=2]
        list
          listitem
            strong: Forms on the internet
            textbox "Where?"
            textbox "When?"
            textbox "What did I do?": I did this when I rented my flat.
            textbox "What came of it?"
            checkbox "Private: not in my document"
            button "Take this away"
    """), ("document", "My document", """
        heading "My document" [level=2]
        textbox "My name, as it shall stand there
        combobox "Language of the document"
        combobox "A second language beside it"
        group "What goes in"
          checkbox "My strengths" [checked]
        button "Look at it"
        button "Make a PDF"
        status
        group: Other kinds of file
    """), ("sharing", "Who can see this", """
        heading "Who can see this?" [level=2]
        switch "What I can do" [checked]
        heading "My data in this course" [level=3]
        list
          listitem
            link "Download everything (JSON)"
          listitem
            button "Delete everything"
    """), ("path", "My path", """
        heading "My path" [level=2]
        combobox "My language"
        heading "What grew most" [level=3]
        list
          listitem
            group
        heading "All competences" [level=3]
    """)):
        room = page.locator(".mige-rooms").get_by_role("button", name=label, exact=True)
        press(room)
        has_focus(page, page.locator(f"[data-screen={name}] h2"))
        expect(room).to_have_attribute("aria-current", "true")
        expect(page.locator(".mige-rooms [aria-current]")).to_have_count(1)
        reads(block, """
        status
        navigation "My path and my document"
          list
            listitem
              button "My path"
            listitem
              button "My plan"
        """)
        reads(block, told)
    press(page.locator(".mige-rooms [data-name=document]"))
    expect(page.get_by_label("My name")).to_have_attribute("autocomplete", "name")
    press(page.get_by_role("button", name="Look at it"))
    expect(page.get_by_role("heading", name="Competence passport")).to_be_focused()
    reads(page.get_by_role("article"), """
        - heading "Competence passport" [level=3]
        - heading "My strengths" [level=4]
        - heading "My rights" [level=5]
    """)


def test_the_report_is_read_in_order_with_its_guide_below(visit):
    page = visit("/unit/cohort-report/?student=trainer")
    report = page.locator(".mige-report")

    def at(title, told, level=3):
        expect(page.get_by_role("heading", name=title, level=level, exact=True)).to_be_focused()
        reads(report, told)
        assert report.locator("a").evaluate_all("all => all.slice(-2).map(each => each.textContent)") == [
            "Guide for trainers", "Handbook for counselling"]

    page.locator("[data-wish=group]").select_option("online")
    expect(page.locator("[data-wish=group]")).to_be_focused()
    for title, told in (("What they can do", """
        heading "Who needs help?" [level=2]
        status
        navigation "Parts of the report: Who needs help?"
          list
            listitem
              button "Who takes part"
        combobox "Group"
        heading "What they can do" [level=3]
        combobox "Moment"
        combobox "Whose ratings"
        heading "Learner by learner: What learners say" [level=4]
        status
        grid "Learner by learner: What learners say"
          rowgroup
            row
              columnheader "Rights and equal treatment"
            row
              columnheader "Learner"
              columnheader "My rights"
          rowgroup
            row
              rowheader "Grace"
              gridcell
    """), ("What has changed", """
        heading "What has changed" [level=3]
        heading "At the start → At the end" [level=4]
        group "At the start → At the end"
          table
            rowgroup
              row
                columnheader "Area or competence"
                columnheader "Answered both times (n)"
    """), ("Training", """
        heading "Training" [level=3]
        heading "My skills and how to show them" [level=4]
        group "My skills and how to show them"
          table
    """), ("Take away", """
        heading "Take away" [level=3]
        group "What"
          radio "Learners" [checked]
        group "Format"
          radio "Spreadsheet (XLSX)" [checked]
        checkbox "With names and what learners wrote"
        button "Make the file"
        status
    """), ("Who takes part", """
        heading "Who takes part" [level=3]
        group "How far they are at each activity"
          table "How far they are at each activity"
            rowgroup
              row
                columnheader "Activity"
                handed in"
        combobox "Show"
        spinbutton "Quiet means: nothing for so many days"
        button "Show"
        heading "Learners: Everybody" [level=4]
        group "Learners"
          table
            rowgroup
              row
                columnheader "Learner"
                columnheader "Needs help"
            rowgroup
              row
                rowheader "Grace"
                  button "Grace"
    """)):
        press(page.get_by_role("navigation").get_by_role("button", name=title, exact=True))
        at(title, told)
    press(page.get_by_role("button", name="Grace", exact=True))
    at("Grace", """
        heading "Who needs help?" [level=2]
        status
        button "Back to the report"
        button "Print"
        heading "Grace" [level=3]
        heading "Path: My competences" [level=4]
        group "Path: My competences"
          table
        heading "Counselling: look at it together" [level=4]
        group "Rights and equal treatment"
          group
        group "Agreed next steps"
          textbox "What the learner will do"
          textbox "Until"
          button "One more step"
        textbox "Comment for the learner"
        button "Save and show to the learner"
        status
    """)


def test_pages_and_windows_of_our_own_have_titles_and_a_language(visit):
    page = visit("/dashboard/?student=trainer")
    expect(page).to_have_title(re.compile(" – "))
    assert page.evaluate("[document.documentElement.lang, document.documentElement.dir]") == ["en", "ltr"]
    form = begun(visit)
    press(form.tab("preview"))
    expect(form.root.locator("iframe")).to_have_attribute("title", "Preview")
    expect(form.frame.locator("html")).to_have_attribute("lang", "en")
    assert form.frame.locator("title").text_content() == "Preview"
    expect(form.page.get_by_role("link", name="Guide for authors")).to_be_visible()


@pytest.mark.parametrize("language", interface_languages())
def test_a_name_holds_what_stands_on_the_button_in_every_language(language):
    said = words_for(language).gettext
    for button, name in (("Change", "Change: {text}"), ("Answer", "Answer: {text}"), ("Delete", "Delete: {name}"),
                         ("Make it the first", "Make it the first: {language}")):
        assert said(button) in said(name), language


# -- what is announced -------------------------------------------------------------------------------------------------

def test_a_learner_hears_what_happens(visit):
    page = visit("/unit/two-on-one-page/?student=daniel", before=EARS)
    block = page.locator(".mige").first
    press(block.locator("[data-act=begin]"))
    press(block.get_by_role("radio").first, "Space")
    heard(page, "Saved")
    page.context.set_offline(True)
    press(block.get_by_role("radio").nth(1), "Space")
    heard(page, "Waiting for connection")
    press(block.get_by_role("button", name="See all answers"))
    press(block.get_by_role("button", name="Hand in"))
    press(block.get_by_role("button", name="Hand in anyway"))
    heard(page, "There is no connection.")
    page.context.set_offline(False)

    page = visit("/unit/every-kind/?student=daniel", before=EARS)
    press(page.locator("[data-act=begin]"))
    for _ in range(3):
        press(main_button(page))
    press(main_button(page))
    heard(page, "Give an answer first.")
    for name in ("several", "true-false", "pictures", "matching", "ordering"):
        press(page.locator("[data-part=actions] .mige-second"))
        section = step(page, name)
    moved = section.locator("li").last
    text = moved.locator(".mige-own").text_content()
    press(moved.get_by_role("button", name="Up"))
    heard(page, f"{text}: place 2 of 3")
    press(page.locator("[data-part=actions] .mige-second"))
    step(page, "gaps")
    assert "place 2 of 3" not in page.locator(".mige").aria_snapshot()  # it was said, and is over
    press(page.locator("[data-part=ways] .mige-second"))
    step(page, "ordering")
    page.context.set_offline(True)
    press(main_button(page))
    heard(page, "Your answer is kept and will be checked later.")
    page.context.set_offline(False)

    page = visit("/unit/passport/?student=daniel", before=EARS)
    press(page.locator("[data-name=plan]").first)
    press(page.get_by_role("button", name="Add to my plan").first)
    heard(page, "Added to your plan.")
    press(page.get_by_role("button", name="Take this away").first)
    heard(page, "Taken away.")
    press(page.locator("[data-name=document]").first)
    press(page.get_by_role("button", name="Make a PDF"))
    expect(page.get_by_role("link", name="Save the file")).to_be_focused()
    heard(page, "Your document is ready.")


def test_a_trainer_and_an_author_hear_what_happens(visit):
    page = visit("/unit/cohort-report/?student=trainer", before=EARS)
    expect(page.locator(".mige-report-body h3")).to_be_visible()
    page.context.set_offline(True)
    press(page.locator("[data-act=part][data-name=what]"))
    heard(page, "This did not work.")
    page.context.set_offline(False)
    press(page.locator("[data-act=part][data-name=what]"))
    page.locator("[role=gridcell][tabindex='0']").focus()
    heard(page, "Amira · My rights")
    page.keyboard.press("Enter")
    expect(page.locator(".mige-report-one h3")).to_be_focused()
    page.get_by_label("Comment for the learner").fill("Well done")
    heard(page, "Not saved yet. Kept on this device.")
    press(page.get_by_role("button", name="Save and show to the learner"))
    heard(page, "Saved. The learner sees it in their result.")

    form = Form(visit(address(FRAMEWORK), before=EARS))
    take_over(form, a_framework(areas=2))
    row = form.row("areas", 0)
    press(row, "Alt+ArrowDown")
    heard(form.page, "Area 0: now number 2.")
    press(form.row("areas", 1), "Delete")
    heard(form.page, "Deleted: Area 0.")
    press(form.footer.locator("[data-act=save]"))
    heard(form.page, "Saved.")


# -- where the focus is ------------------------------------------------------------------------------------------------

def test_the_focus_stays_where_a_connection_failed(visit):
    page = visit("/unit/every-kind/?student=noor")
    page.locator("[data-part=own]").select_option("en")
    expect(page.locator(".mige")).to_have_attribute("dir", "ltr")
    page.context.set_offline(True)
    page.locator("[data-part=beside]").focus()
    page.locator("[data-part=beside]").select_option("ar")
    expect(page.locator(".mige-notice")).to_contain_text("This did not work.")
    expect(page.locator("[data-part=beside]")).to_be_focused()
    page.context.set_offline(False)
    press(page.locator("[data-act=begin]"))
    for _ in range(3):
        press(main_button(page))
    press(page.get_by_role("radio").first, "Space")
    expect(page.locator(".mige-saved-saved:visible")).to_have_count(1)
    page.context.set_offline(True)
    press(page.get_by_role("button", name="Check"))
    expect(page.locator(".mige-notice")).to_contain_text("will be checked later")
    expect(page.get_by_role("button", name="Check")).to_be_focused()
    press(page.get_by_role("button", name="All steps"))
    press(page.get_by_role("button", name="Finish and see my result"))
    press(page.get_by_role("button", name="Finish anyway"))
    expect(page.locator(".mige-notice")).to_contain_text("There is no connection.")
    expect(page.get_by_role("button", name="Finish anyway")).to_be_focused()

    page = visit("/unit/passport/?student=samuel")
    press(page.locator("[data-name=document]").first)
    page.context.set_offline(True)
    press(page.get_by_role("button", name="Make a PDF"))
    expect(page.locator("[data-part=ready]")).to_contain_text("could not be made")
    expect(page.get_by_role("button", name="Make a PDF")).to_be_focused()


def test_an_authors_focus_stays_beside_what_went(visit):
    form = Form(visit(address(FRAMEWORK)))
    take_over(form, a_framework(languages=("en", "ar")))
    press(form.pane.get_by_role("button", name="Make it the first: Arabic"))
    expect(form.pane.get_by_role("button", name="Delete: Arabic")).to_be_focused()
    press(form.row("areas", 0))
    press(form.row("areas", 0, "competences", 0))
    statement = form.field("leaf", "areas", 0, "competences", 0, "statements", 0)
    press(form.button("Choose", statement))
    press(statement.locator(".mige-shelf button").nth(3))
    expect(form.field("areas", 0, "competences", 0, "statements", 0, "picture")).to_be_focused()
    form.page.wait_for_function("() => Object.values(localStorage).some(each => each.includes('Area 0'))")
    form.page.reload()
    form = Form(form.page)
    press(form.page.get_by_role("alert").get_by_role("button").last)
    expect(form.page.get_by_role("alert")).to_have_count(0)
    expect(form.root.locator("[role=tab][aria-selected=true]")).to_be_focused()


def test_an_authors_mistake_is_told_at_its_field(visit):
    form = Form(visit(address(FRAMEWORK)))
    take_over(form, a_framework())
    press(form.row("areas", 0))
    press(form.row("areas", 0, "competences", 0))
    field = form.field("areas", 0, "competences", 0, "statements", 0, "text", "en")
    help_text = "Begin with: I can … One thing only, in plain words."
    expect(field).to_have_accessible_name("Statement (English)")
    expect(field).to_have_accessible_description(help_text)
    field.fill("")
    press(form.footer.locator("[data-act=save]"))
    expect(form.page.locator("[data-act=first-problem]")).to_be_focused()
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_have_accessible_description(re.compile(f"^{help_text} .+"))
    press(form.page.locator("[data-act=first-problem]"))
    expect(field).to_be_focused()


# -- by keyboard alone -------------------------------------------------------------------------------------------------

VISITED = """() => {
    window.visited = [];
    addEventListener('focusin', ({target}) => { visited.push([...document.querySelectorAll('*')].indexOf(target)); });
}"""


def test_tab_goes_through_every_screen_and_out(visit):
    def goes_through(page, fewest):
        page.evaluate(VISITED)
        page.locator("a").first.focus()
        address, visited = page.url, []
        while visited.count(visited[0] if visited else None) < 2:  # until it has come round
            assert len(visited) < 200, "no way out"
            for _ in range(10):
                page.keyboard.press("Tab")
            visited = page.evaluate("visited")
        once = visited[:visited.index(visited[0], 1)]
        assert once == sorted(set(once)) and len(once) >= fewest
        assert page.url == address

    page = visit("/unit/start/?student=new")
    press(page.locator("[data-act=begin]"))
    goes_through(page, 6)
    goes_through(visit("/unit/passport/?student=lucia"), 20)
    page = visit("/unit/cohort-report/?student=trainer")
    page.locator("[data-wish=group]").select_option("online")
    press(page.locator("[data-act=part][data-name=what]"))
    expect(page.locator(".mige-report-body h3")).to_be_focused()
    goes_through(page, 10)
    form = begun(visit)
    press(form.row("steps", 0))
    expect(form.pane.get_by_role("textbox").first).to_be_visible()
    goes_through(form.page, 20)


def test_a_passport_by_keyboard_alone(visit):
    page = visit("/unit/passport/?student=ines")
    page.locator("[data-part=own-language]").select_option("en")
    expect(page.locator(".mige")).to_have_attribute("lang", "en")
    page.locator("a").first.focus()
    keyboard = page.keyboard
    tab_to(page, page.locator(".mige-rooms [data-name=plan]"))
    keyboard.press("Enter")
    expect(page.locator("[data-screen=plan] h2")).to_be_focused()
    steps = page.locator("[data-list=step] > li:visible")
    before = steps.count()
    tab_to(page, page.get_by_role("button", name="Add a step"))
    keyboard.press("Enter")
    expect(steps.last.get_by_label("I will")).to_be_focused()
    keyboard.type("Call the library")
    tab_to(page, steps.last.locator("[data-field=on]"))
    keyboard.type("12242026")
    tab_to(page, steps.last.get_by_label("with", exact=True))
    keyboard.type("Samuel")
    tab_to(page, steps.last.get_by_role("button", name="Take this away"))
    keyboard.press("Enter")
    expect(page.get_by_role("button", name="Undo")).to_be_focused()
    expect(steps).to_have_count(before)
    keyboard.press("Enter")
    expect(steps).to_have_count(before + 1)
    expect(steps.last.locator("[data-field=done]")).to_be_focused()
    keyboard.press("Space")
    expect(page.locator("[data-part=saved]")).to_have_text("Saved")
    assert [steps.last.locator(f"[data-field={name}]").input_value() for name in ("will", "on", "with")] == [
        "Call the library", "2026-12-24", "Samuel"]
    page.locator("a").first.focus()
    tab_to(page, page.locator(".mige-rooms [data-name=sharing]"))
    keyboard.press("Enter")
    switch = tab_to(page, page.get_by_role("switch", name="What I can do", exact=True))
    was = switch.is_checked()
    with page.expect_response("**/share_block/**"):
        keyboard.press("Space")
    assert switch.is_checked() != was
    tab_to(page, page.get_by_role("button", name="Delete everything", exact=True))
    keyboard.press("Enter")
    expect(page.locator("[data-part=confirm] p").first).to_be_focused()
    tab_to(page, page.get_by_role("button", name="Keep them"))
    keyboard.press("Enter")
    expect(page.get_by_role("button", name="Delete everything", exact=True)).to_be_focused()


def test_counselling_by_keyboard_alone(visit):
    page = visit("/unit/cohort-report/?student=colleague")
    keyboard = page.keyboard
    expect(page.locator(".mige-report-body h3")).to_be_visible()
    page.locator("a").first.focus()
    tab_to(page, page.get_by_role("button", name="Amira", exact=True))
    keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Amira", level=3)).to_be_focused()
    about = page.locator("[data-competence]").first
    tab_to(page, about.locator("summary"))
    keyboard.press("Enter")
    tab_to(page, about.get_by_label("Your view"))
    keyboard.press("ArrowDown")
    tab_to(page, about.get_by_label("Situation"))
    keyboard.type("A job in a kitchen.")
    tab_to(page, page.get_by_label("What the learner will do").first)
    keyboard.type("Ask for the payslip")
    tab_to(page, page.get_by_role("button", name="One more step"))
    keyboard.press("Enter")
    expect(page.get_by_label("What the learner will do").nth(1)).to_be_focused()
    tab_to(page, page.get_by_label("Comment for the learner"))
    keyboard.type("Well done")
    tab_to(page, page.get_by_role("button", name="Save and show to the learner"))
    keyboard.press("Enter")
    record = page.get_by_role("article").first
    expect(record.get_by_role("heading")).to_be_focused()
    for text in ("A job in a kitchen.", "Ask for the payslip", "Well done"):
        expect(record).to_contain_text(text)


def test_rich_text_and_pictures_by_keyboard_alone(visit):
    form = Form(visit(address(MODULE)))
    page, keyboard = form.page, form.page.keyboard
    tab_to(page, form.tab("content"))
    for _ in range(4):
        keyboard.press("ArrowRight")
    expect(form.tab("files")).to_be_focused()
    tab_to(page, form.button("Start from this: Nothing"))
    keyboard.press("Enter")
    expect(form.tab("content")).to_have_attribute("aria-selected", "true")
    add = form.button("Add a step", form.outline)
    for _ in range(40):
        if add.evaluate("node => node === document.activeElement"):
            break
        keyboard.press("Shift+Tab")
    keyboard.press("Enter")
    tab_to(page, form.outline.locator(".mige-kinds button").first)
    keyboard.press("Enter")
    expect(form.field("steps", 0, "title", "en")).to_be_focused()
    keyboard.type("About tea")
    tab_to(page, form.field("steps", 0, "text", "en"))
    keyboard.type("Read more")
    keyboard.press("Shift+Home")
    for _ in range(20):
        keyboard.press("Shift+Tab")
        if page.evaluate("document.activeElement.getAttribute('aria-label')") == "Link":
            break
    keyboard.press("Enter")
    expect(form.pane.get_by_label("Address")).to_be_focused()
    keyboard.type("https://example.org/tea")
    tab_to(page, form.pane.get_by_role("button", name="Insert"))
    keyboard.press("Enter")
    link = form.field("steps", 0, "text", "en").locator("a")
    expect(link).to_have_attribute("href", "https://example.org/tea")
    expect(link).to_have_text("Read more")
    tab_to(page, form.button("Choose", form.pane))
    keyboard.press("Enter")
    tab_to(page, form.pane.locator(".mige-shelf button").first)
    keyboard.press("Enter")
    expect(form.field("steps", 0, "picture")).to_be_focused()
    expect(form.field("steps", 0, "picture")).not_to_have_value("")
