"""A learner walks through the passport: path, plan, experience, document, sharing, and deletes everything."""

import json
import sqlite3
from pathlib import Path

import pytest
from playwright.sync_api import expect

from .conftest import DESKTOP, PHONE

ROOMS = {"path": "My path", "plan": "My plan", "experience": "My experience", "document": "My document",
         "sharing": "Who can see this?"}


def room(page, name):
    page.locator(f".mige-rooms [data-name={name}]").click()
    expect(page.locator(f"[data-screen={name}]")).to_be_visible()


def saved(page):
    expect(page.locator("[data-part=saved]")).to_have_text("Saved")


def query(server, text, *values):
    with sqlite3.connect(Path(server.environment["MIGREMPOWER_VAR"]) / "workbench.sqlite3") as database:
        return database.execute(text, values).fetchall()


@pytest.mark.parametrize("device", [PHONE, DESKTOP], ids=["phone", "desktop"])
@pytest.mark.parametrize("person", ["grace", "amira", "new"])
def test_every_room_is_accessible_and_fits(visit, look, device, person):
    page = visit(f"/unit/passport/?student={person}", device)
    kind = "phone" if device is PHONE else "desktop"
    for name in ROOMS:
        room(page, name)
        look(page, f"{kind}-passport-{name}-{person}")
    page.locator("[data-act=preview]").evaluate("node => node.click()")
    expect(page.locator(".mige-document")).to_have_count(1)
    room(page, "document")
    look(page, f"{kind}-passport-paper-{person}")


def test_a_visitor_is_invited(visit, look):
    page = visit("/unit/passport/?student=visitor", PHONE)
    expect(page.locator(".mige-rooms")).to_have_count(0)
    look(page, "phone-passport-visitor")


def test_a_plan_begins_with_a_suggestion_and_is_kept_as_it_is_written(visit):
    page = visit("/unit/passport/?student=grace", PHONE)
    room(page, "plan")
    page.get_by_role("button", name="Add to my plan").first.tap()
    step = page.locator("[data-list=step] > li").first
    assert step.get_by_label("I will").input_value()
    step.get_by_label("I will").fill("Write three applications")
    step.get_by_label("with", exact=True).fill("Samuel")
    step.locator("[data-field=on]").fill("2026-12-24")
    saved(page)
    page.get_by_role("button", name="Add a step").tap()
    page.locator("[data-list=step] > li").last.get_by_label("I will").fill("Call the library")
    saved(page)
    page.reload()
    room(page, "plan")
    expect(page.locator("[data-list=step] > li")).to_have_count(2)
    expect(page.locator("[data-list=step] > li").first.get_by_label("I will")).to_have_value("Write three applications")
    page.locator("[data-list=step] > li").first.get_by_label("Done").check()
    saved(page)
    page.locator("[data-list=step] > li").last.get_by_role("button", name="Take this away").tap()
    expect(page.locator("[data-list=step] > li:visible")).to_have_count(1)
    page.get_by_role("button", name="Undo").tap()
    expect(page.locator("[data-list=step] > li:visible")).to_have_count(2)
    saved(page)
    page.locator("[data-list=step] > li").last.get_by_role("button", name="Take this away").tap()
    saved(page)
    page.reload()
    room(page, "plan")
    expect(page.locator("[data-list=step] > li:visible")).to_have_count(1)
    expect(page.locator("[data-list=step] > li").first.get_by_label("Done")).to_be_checked()


def test_nothing_is_lost_without_a_connection(visit):
    page = visit("/unit/passport/?student=grace")
    room(page, "plan")
    page.context.set_offline(True)
    page.get_by_role("button", name="Add a step").click()
    page.locator("[data-list=step] > li").last.get_by_label("I will").fill("Learn to swim")
    expect(page.locator("[data-part=saved]")).to_contain_text("Waiting for connection")
    page.context.set_offline(False)
    page.evaluate("window.dispatchEvent(new Event('online'))")
    saved(page)
    other = visit("/unit/passport/?student=grace", PHONE)
    room(other, "plan")
    expect(other.locator("[data-list=step] > li").last.get_by_label("I will")).to_have_value("Learn to swim")


def test_a_tab_that_dies_before_it_could_send_brings_its_words_back(visit):
    page = visit("/unit/passport/?student=grace")
    room(page, "experience")
    page.route("**/save_answers*", lambda route: route.abort())
    page.get_by_role("button", name="Add a situation").click()
    page.locator("[data-list=experience] > li").last.get_by_label("What did I do?").fill("Repaired a bicycle")
    page.wait_for_timeout(900)
    again = visit("/unit/passport/?student=grace", context=page.context)
    page.close()
    room(again, "experience")
    expect(again.locator("[data-list=experience] > li").last.get_by_label("What did I do?")).to_have_value(
        "Repaired a bicycle")
    again.wait_for_load_state("networkidle")
    other = visit("/unit/passport/?student=grace", PHONE)
    room(other, "experience")
    expect(other.locator("[data-list=experience] > li").last.get_by_label("What did I do?")).to_have_value(
        "Repaired a bicycle")


def test_the_whole_document_by_keyboard_alone(visit):
    page = visit("/unit/passport/?student=grace")
    page.locator(".mige-rooms [data-name=document]").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="My document", exact=True)).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.type("Grace O.")
    saved(page)
    page.get_by_role("button", name="Look at it").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".mige-document")).to_contain_text("Grace O.")
    page.get_by_role("button", name="Make a PDF").focus()
    page.keyboard.press("Space")
    link = page.get_by_role("link", name="Save the file")
    expect(link).to_be_focused()
    with page.expect_download() as download:
        page.keyboard.press("Enter")
    assert download.value.suggested_filename == "competence-passport.pdf"
    assert Path(download.value.path()).read_bytes().startswith(b"%PDF")


@pytest.mark.parametrize(("kind", "file", "starts"), [
    ("docx", "competence-passport.docx", b"PK"), ("json", "competence-passport.json", b"{"),
    ("elm", "competence-passport.jsonld", b"{")])
def test_each_kind_of_file_is_made_on_demand(visit, kind, file, starts):
    page = visit("/unit/passport/?student=amira", PHONE)
    room(page, "document")
    page.locator("[data-screen=document] summary").tap()
    page.locator(f"[data-act=make][data-kind={kind}]").tap()
    link = page.locator("[data-part=ready] a")
    expect(link).to_be_visible()
    with page.expect_download() as download:
        link.click()
    assert download.value.suggested_filename == file
    assert Path(download.value.path()).read_bytes()


def test_a_document_that_could_not_be_made_says_so_and_can_be_tried_again(visit):
    page = visit("/unit/passport/?student=grace")
    room(page, "document")
    page.route("**/download/pdf*", lambda route: route.abort())
    page.get_by_role("button", name="Make a PDF").click()
    expect(page.locator("[data-part=ready]")).to_contain_text("could not be made")
    page.unroute("**/download/pdf*")
    page.get_by_role("button", name="Make a PDF").click()
    expect(page.get_by_role("link", name="Save the file")).to_be_visible()


def test_a_phone_with_a_share_sheet_can_send_the_file(visit):
    page = visit("/unit/passport/?student=grace", PHONE, before="""
        navigator.canShare = data => !!data.files;
        navigator.share = data => { window.sent = data.files[0].name; return Promise.resolve(); };""")
    room(page, "document")
    page.get_by_role("button", name="Make a PDF").tap()
    page.get_by_role("button", name="Send").tap()
    assert page.evaluate("window.sent") == "competence-passport.pdf"


def test_the_document_prints_alone(visit):
    page = visit("/unit/passport/?student=grace")
    room(page, "document")
    page.get_by_role("button", name="Look at it").click()
    expect(page.locator(".mige-document")).to_be_visible()
    page.emulate_media(media="print")
    expect(page.locator(".mige-rooms")).to_be_hidden()
    expect(page.locator("button:visible")).to_have_count(0)
    expect(page.locator(".mige-document")).to_be_visible()


def test_sharing_is_one_clear_place(visit):
    page = visit("/unit/passport/?student=mateo", PHONE)
    room(page, "sharing")
    switch = page.get_by_role("switch", name="What I can do", exact=True)
    with page.expect_response("**/share_block/**"):
        switch.check()
    start = visit("/unit/start/?student=mateo", PHONE)
    expect(start.locator("[data-part=share]")).to_be_checked()
    page.context.set_offline(True)
    page.get_by_role("switch", name="What I can do", exact=True).click()
    expect(page.locator(".mige-notice")).to_be_visible()
    expect(switch).to_be_checked()


def test_everything_is_downloaded_and_then_deleted(visit, clean_server):
    page = visit("/unit/passport/?student=amira", PHONE)
    page.locator("[data-part=own-language]").select_option("en")
    room(page, "plan")
    page.get_by_role("button", name="Add a step").tap()
    page.locator("[data-list=step] > li").last.get_by_label("I will").fill("WORDS")
    saved(page)
    room(page, "sharing")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download everything (JSON)").click()
    data = json.loads(Path(download.value.path()).read_text("utf-8"))
    assert "WORDS" in json.dumps(data["my_own"]) and any(each.get("rounds") for each in data["activities"])
    page.get_by_role("button", name="Delete everything", exact=True).tap()
    page.get_by_role("button", name="Keep them").tap()
    expect(page.get_by_role("button", name="Delete everything", exact=True)).to_be_focused()
    page.get_by_role("button", name="Delete everything", exact=True).tap()
    page.get_by_role("button", name="Yes, delete everything").tap()
    expect(page.locator("[data-screen=path]")).to_contain_text("Do a self-evaluation first")
    from host.people import BY_KEY

    amira = BY_KEY["amira"].anonymous_id
    assert query(clean_server, "SELECT count(*) FROM submissions_studentitem WHERE student_id = ?", amira) == [(0,)]
    assert query(clean_server, "SELECT count(*) FROM submissions_submission AS s JOIN submissions_studentitem AS i "
                               "ON i.id = s.student_item_id WHERE i.student_id = ?", amira) == [(0,)]
    states = query(clean_server, "SELECT state FROM workbench_xblockstate WHERE user_id = ?", amira)
    assert not [state for state, in states if "WORDS" in state or '"answers": {"' in state]


def test_agreed_steps_of_the_trainer_can_be_ticked_and_answered(visit):
    page = visit("/unit/passport/?student=lucia", PHONE)
    page.locator("[data-part=own-language]").select_option("en")
    expect(page.locator(".mige-rooms")).to_contain_text("My path")
    room(page, "plan")
    agreed = page.locator("[data-entry^='agreed:']").first
    agreed.get_by_role("checkbox").check()
    saved(page)
    page.get_by_role("button", name="Read what my trainer says, and answer").tap()
    article = page.locator("article").last
    article.locator("summary").tap()
    article.locator("textarea").fill("I did it on Monday.")
    article.get_by_role("button", name="Send my answer").tap()
    expect(page.locator(".mige-notice")).to_contain_text("Your trainer sees your answer.")
    page.reload()
    page.locator("article").last.locator("summary").tap()
    expect(page.locator("article").last.locator("textarea")).to_have_value("I did it on Monday.")
    room(page, "plan")
    expect(page.locator("[data-entry^='agreed:']").first.get_by_role("checkbox")).to_be_checked()


def test_while_an_answer_to_the_trainer_is_on_its_way_no_other_is_said_to_be_saved(visit):
    page = visit("/unit/passport/?student=lucia", PHONE)
    page.locator("[data-part=own-language]").select_option("en")
    expect(page.locator(".mige-rooms")).to_contain_text("My path")
    room(page, "path")
    article, held = page.locator("article.mige-counsel").last, []
    article.locator("summary").tap()
    text, send = article.locator("textarea"), article.get_by_role("button", name="Send my answer")
    text.fill("I did it on Monday.")
    page.route("**/answer_view/**", lambda route: held.append(route))
    send.tap()
    expect(page.locator(".mige-notice")).to_be_visible()
    page.mouse.click(*middle(text))
    page.keyboard.type("No, on Tuesday.")
    page.mouse.click(*middle(send))
    page.wait_for_timeout(100)
    assert len(held) == 1
    held[0].continue_()
    expect(page.locator(".mige-notice")).to_contain_text("Your trainer sees your answer.")
    expect(text).to_have_value("I did it on Monday.")
    expect(send).to_be_focused()


def middle(node):
    box = node.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
