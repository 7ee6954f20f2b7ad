"""Studio's form under an author's hands: what is typed is what is there, and nothing typed is lost."""

import json

from playwright.sync_api import expect

from .studio import FRAMEWORK, MODULE, Form, a_framework, open_form, take_over

DRAFTS = "Object.keys(localStorage).filter(key => key.startsWith('migrempower-studio:')).length"


def test_decimals_and_ids_are_typed_letter_by_letter(visit):
    form = open_form(visit, FRAMEWORK)
    take_over(form, a_framework())
    form.open("settings")
    weight = form.field("setting", "weight")
    weight.fill("")
    weight.press_sequentially("0.25")
    expect(weight).to_have_value("0.25")
    form.open("content")
    form.pane.locator("summary").last.click()
    identifier = form.field("id")
    identifier.fill("")
    identifier.press_sequentially("my-own-id")
    expect(identifier).to_be_focused()
    identifier.press("Tab")
    expect(form.field("id")).to_have_value("my-own-id")
    form.save()
    form.page.reload()
    state = Form(form.page).stored()
    assert (state["document"]["id"], state["settings"]["weight"]) == ("my-own-id", 0.25)


def test_more_stays_open_while_one_writes_in_it(visit):
    form = open_form(visit, FRAMEWORK)
    take_over(form, a_framework())
    form.pick("areas", 0, "competences", 0)
    form.pane.locator(".mige-leaf summary").click()
    audio = form.field("areas", 0, "competences", 0, "statements", 0, "audio", "en")
    audio.press_sequentially("a")
    audio.press("Backspace")
    expect(audio).to_be_focused()
    expect(audio).to_be_visible()


def two_questions():
    def option(number, right=False):
        return {"id": f"o{number}", "text": {"en": f"Option {number}"}, **({"right": True} if right else {})}

    return {"id": "m", "version": "1", "languages": ["en"], "minutes": 5, "title": {"en": "M"},
            "competences": [{"id": "c", "title": {"en": "C"}}],
            "steps": [{"kind": "choice", "id": f"q{q}", "question": {"en": f"Question {q}"},
                       "options": [option(2 * q, True), option(2 * q + 1)]} for q in (1, 2)]}


def test_an_option_stays_in_its_question(visit):
    form = open_form(visit, MODULE)
    take_over(form, two_questions())
    form.pick("steps", 0)
    last = form.pane.locator(".mige-leaf").last
    expect(last.locator("[data-act=down]")).to_be_disabled()
    last.locator("[data-act=up]").click()
    expect(form.field("steps", 0, "options", 0, "text", "en")).to_have_value("Option 3")
    expect(form.titles("steps")).to_have_count(2)
    form.pick("steps", 0, "options", 1)
    form.row("steps", 0, "options", 1).press("Alt+ArrowDown")
    expect(form.titles("steps", 0, "options")).to_have_count(2)


def test_forms_side_by_side_keep_their_own_drafts(visit):
    first = open_form(visit, FRAMEWORK)
    take_over(first, a_framework())
    first.save()
    first.write("From the first", "title", "en")
    first.page.wait_for_function(f"{DRAFTS} === 1")
    second = Form(visit(first.page.url.removeprefix(first.page.evaluate("location.origin")),
                        context=first.page.context))
    expect(second.root.get_by_role("alert")).to_contain_text("not saved")
    second.write("From the second", "title", "en")  # the question stays, and so does what it asks about
    second.page.wait_for_function(f"{DRAFTS} === 2")
    second.button("Undo").click()
    second.page.wait_for_function(f"{DRAFTS} === 1")
    second.page.reload()
    again = Form(second.page)
    again.button("Go on with them").click()
    expect(again.field("title", "en")).to_have_value("From the first")


def test_whoever_is_logged_out_meanwhile_is_told_and_keeps_the_text(visit):
    form = open_form(visit, FRAMEWORK)
    take_over(form, a_framework())
    form.page.route("**/studio_save/**", lambda route: route.fulfill(
        status=200, content_type="text/html", body="<html>Log in</html>"))
    form.footer.locator("[data-act=save]").click()
    expect(form.said).to_contain_text("You are logged out")
    expect(form.field("title", "en")).to_have_value("Small")
    form.page.unroute("**/studio_save/**")
    form.save()


def test_what_is_typed_while_saving_is_not_closed_away(visit):
    form = open_form(visit, FRAMEWORK)
    take_over(form, a_framework())

    def slowly(route):
        form.write("Typed meanwhile", "title", "en")
        route.continue_()

    form.page.route("**/studio_save/**", slowly)
    form.footer.locator("[data-act=save]").click()
    expect(form.said).to_have_text("Saved.")
    expect(form.field("title", "en")).to_have_value("Typed meanwhile")
    form.page.unroute("**/studio_save/**")
    form.page.reload()
    kept = Form(form.page)
    assert kept.stored()["document"]["title"] == {"en": "Small"}
    kept.button("Go on with them").click()
    expect(kept.field("title", "en")).to_have_value("Typed meanwhile")


def test_a_draft_of_a_strange_shape_is_not_offered(visit):
    form = open_form(visit, FRAMEWORK)
    key = "migrempower-studio:" + form.page.evaluate(
        "JSON.parse(document.querySelector('.mige-studio script').textContent).draft")
    for draft in (3, {"document": 4}, {"document": {"languages": 3}, "settings": {}}, {"document": {}}):
        form.page.evaluate("([key, draft]) => localStorage.setItem(key + ':x', draft)", [key, json.dumps(draft)])
        form.page.reload()
        form = Form(form.page)
        expect(form.root.get_by_role("alert")).to_have_count(0)
    form.page.evaluate("key => localStorage.setItem(key + ':x', '{')", key)
    form.page.reload()
    expect(Form(form.page).field("title", "en")).to_be_visible()


def test_a_gap_moves_to_where_the_cursor_is_and_goes_with_its_key(visit):
    form = open_form(visit, MODULE)
    document = two_questions()
    document["steps"].append({"kind": "gaps", "id": "g", "question": {"en": "Fill"}, "text": {"en": "A {one} b c"},
                              "gaps": [{"id": "one", "accept": {"en": "x"}}]})
    take_over(form, document)
    form.pick("steps", 2)
    text = form.field("steps", 2, "text", "en")
    text.evaluate("node => { node.focus(); node.selectionStart = node.selectionEnd = node.value.length; }")
    form.button("Gap 1 goes here").click()
    expect(text).to_have_value("A  b c{one}")
    form.pane.locator(".mige-leaf").get_by_role("button", name="Delete: Gap 1").click()
    expect(text).to_have_value("A  b c")


def test_what_is_thrown_away_is_not_offered_again(visit):
    form = open_form(visit, FRAMEWORK)
    take_over(form, a_framework())
    form.save()
    form.write("Not to be kept", "title", "en")
    form.page.wait_for_function(f"{DRAFTS} === 1")
    form.button("Close").click()
    form.button("Throw them away").click()
    form.page.reload()
    expect(Form(form.page).root.get_by_role("alert")).to_have_count(0)
    assert form.page.evaluate(DRAFTS) == 0
