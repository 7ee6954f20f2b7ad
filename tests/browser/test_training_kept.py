"""A training module keeps what it is given, an answer as well as a secret, whatever becomes of network and tab."""

import re
from urllib.parse import urljoin

from playwright.sync_api import expect

from .conftest import DESKTOP, PHONE
from .test_training import KINDS, begin, card, finish, go_to, main_button, order_shown, other_button, outcome, step
from .test_whole_way import wait_saved

SECRETS = "/unit/secrets/?student=new"
MARKERS = ("SECRET", "secret-", "decoy-")
ADDRESSES = re.compile(r"""(?:src|href|data-file|data-captions)=["']([^"'#]+)["']""")


def answer(page, name, *texts):
    section = go_to(page, name)
    for text in texts:
        card(section, text).click()
    return section


def check(page):
    page.get_by_role("button", name=re.compile("^Check")).click()


def take_and_lose(route):
    route.fetch()
    route.abort()


def chosen(section):
    return [text.strip() for text in section.locator(".mige-card:has(:checked)").all_text_contents()]


# -- secrets -----------------------------------------------------------------------------------------------------------

def test_no_byte_that_reaches_the_browser_tells_an_answer_before_it_is_earned(visit, chromium, clean_server):
    received = []

    def listen(route):
        reply = route.fetch(max_redirects=0)
        received.append((route.request.url, reply.body().decode("utf-8", "replace")))
        route.fulfill(response=reply)

    def told():
        return [(url, marker) for url, body in received for marker in MARKERS if marker in body]

    context = chromium.new_context(**DESKTOP)
    context.route("**/*", listen)
    try:
        page = visit(SECRETS, context=context)
        html = received[0][1]
        for address in set(ADDRESSES.findall(html)):
            if not address.startswith("https:"):
                reply = page.request.get(urljoin(page.url, address))
                received.append((address, reply.body().decode("utf-8", "replace")))
        begin(page)
        names = page.locator("[data-form]").evaluate_all("nodes => nodes.map(node => node.dataset.screen)")
        for name in names:
            step(page, name)
            (main_button if name == "film" else other_button)(page).click()
        expect(page.locator("[data-screen=finish] h2")).to_be_focused()
        page.get_by_role("button", name="Languages, sharing, my data").click()
        expect(page.locator("[data-screen=start] h2")).to_be_focused()
        begin(page)
        # what is chosen, typed and put in order is kept, not judged, until the learner asks
        answer(page, "choice", "a ball")
        answer(page, "several", "a tomato", "snow")
        section = go_to(page, "matching")
        section.locator("select").first.select_option("night")
        lefts, rights = (section.locator(query).evaluate_all(read) for query, read in (
            ("select", "all => all.map(each => each.dataset.name)"),
            ("option[value]:not([value=''])", "all => all.map(each => each.value)")))
        assert not set(lefts) & set(rights)
        go_to(page, "ordering").locator('[value="-1"]').nth(1).click()
        go_to(page, "gaps").locator("select").select_option("green")
        wait_saved(page)
        page.reload()
        page.get_by_role("button", name="Languages, sharing, my data").click()
        expect(page.locator("[data-screen=start] h2")).to_be_focused()
        for link in page.locator("a[download]").all():
            reply = page.request.get(urljoin(page.url, link.get_attribute("href")))
            assert "a ball" in reply.text()
            received.append((reply.url, reply.text()))
        for kind in ("save_answers", "handler/", ".js", ".css", ".svg"):
            assert [url for url, body in received if kind in url and body], f"no {kind} came"
        assert told() == []

        begin(page)
        section = answer(page, "choice", "a ball")
        check(page)
        expect(outcome(section)).to_contain_text("SECRET: that is round.")
        assert {marker for _, marker in told()} == {"SECRET"}
        earned = " ".join(body for url, body in received)
        assert "SECRET: balls are round." in earned
        assert "boxes have corners" not in earned and "tomatoes and blood" not in earned
    finally:
        context.close()


def test_with_the_last_attempt_an_activity_closes_and_shows_the_right_answer(visit, look):
    page = visit(SECRETS)
    begin(page)
    section = answer(page, "choice", "a box")
    check(page)
    expect(outcome(section)).to_contain_text("Not right yet")
    expect(section.locator(".mige-solution")).to_have_text("a ball")
    expect(section.locator("input:enabled")).to_have_count(0)
    expect(page.get_by_role("button", name="Check")).to_have_count(0)
    look(page, "training-closed-choice")

    section = go_to(page, "ordering")
    order_right = ["one", "two", "three"]
    if order_shown(section)[:2] == order_right[:2]:
        section.locator('[value="1"]').first.click()
    order = order_shown(section)
    check(page)
    expect(section.locator(".mige-solution li")).to_have_text(order_right)
    expect(section.locator(".mige-moves button:enabled")).to_have_count(0)
    grip, goal = section.locator(".mige-grip").last.bounding_box(), section.locator("li").first.bounding_box()
    page.mouse.move(grip["x"] + 5, grip["y"] + 5)
    page.mouse.down()
    page.mouse.move(goal["x"] + 5, goal["y"] + 5, steps=4)
    page.mouse.up()
    assert order_shown(section) == order
    look(page, "training-closed-ordering")

    section = go_to(page, "gaps")
    section.locator("input").fill("nothing")
    section.locator("select").select_option("blue")
    check(page)
    expect(section.locator(".mige-solution li")).to_have_text(["SECRET", "blue"])
    expect(section.locator(".mige-verdict")).to_have_text(["not right", "right"])
    expect(section.locator("input:enabled, select:enabled")).to_have_count(0)
    look(page, "training-closed-gaps")

    section = answer(page, "dialogue", "Go away.")
    page.get_by_role("button", name="Say this").click()
    expect(outcome(section)).to_be_focused()
    expect(page.get_by_role("button", name="Talk again from the beginning")).to_have_count(0)
    expect(section.locator(".mige-solution li")).to_have_text(["Come in.", "SECRET: sit down."])
    look(page, "training-closed-dialogue")
    page.reload()
    expect(go_to(page, "choice").locator("input:enabled")).to_have_count(0)

    finish(page)  # the only run, so that all may be told
    expect(page.get_by_role("button", name="Do this module again")).to_have_count(0)
    again = page.locator(".mige-again li", has_text="Which ones are red?")
    again.locator("summary").click()
    expect(again.locator(".mige-solution li")).to_have_text(["a tomato", "blood"])
    look(page, "training-result-with-answers")


# -- nothing lost ------------------------------------------------------------------------------------------------------

def test_a_tab_that_dies_with_answers_and_a_check_waiting(visit):
    page = visit(KINDS, PHONE)
    context = page.context
    begin(page)
    context.set_offline(True)
    answer(page, "choice", "I do not like that.")
    check(page)
    expect(page.locator(".mige-notice")).to_contain_text("will be checked later")
    answer(page, "several", "Slowly, please.")
    go_to(page, "reflection").locator("textarea").fill("With both hands.")
    page.close()
    context.set_offline(False)

    page = visit(KINDS, context=context)
    section = page.locator("[data-screen=choice]")
    expect(section.locator(".mige-outcome.mige-wrong")).to_have_count(1)
    expect(section).to_have_attribute("data-tries", "1")
    assert chosen(go_to(page, "several")) == ["Slowly, please."]
    expect(go_to(page, "reflection").locator("textarea")).to_have_value("With both hands.")
    wait_saved(page)
    laptop = visit(KINDS)
    assert chosen(go_to(laptop, "choice")) == ["I do not like that."]
    assert chosen(go_to(laptop, "several")) == ["Slowly, please."]
    expect(go_to(laptop, "reflection").locator("textarea")).to_have_value("With both hands.")


def test_saying_that_an_empty_text_is_done_takes_no_text_of_another_tab_away(visit):
    old = visit(KINDS)
    page = visit(KINDS, context=old.context)
    begin(old)
    begin(page)
    go_to(page, "reflection").locator("textarea").fill("They ask three times.")
    wait_saved(page)
    field = go_to(old, "reflection").locator("textarea")
    for blank in ("", " "):
        field.evaluate("(node, text) => { node.value = text; }", blank)
        main_button(old).click()
        expect(old.locator(".mige-notice")).to_have_text("Give an answer first.")
    page.reload()
    expect(go_to(page, "reflection").locator("textarea")).to_have_value("They ask three times.")


def test_a_check_whose_reply_is_lost_is_not_counted_twice(visit):
    page = visit(KINDS)
    begin(page)
    section = answer(page, "choice", "(say nothing)")
    wait_saved(page)
    page.route("**/save_answers/**", take_and_lose, times=1)
    check(page)
    expect(page.locator(".mige-notice")).to_contain_text("will be checked later")
    expect(outcome(section)).to_be_focused(timeout=10_000)
    expect(section).to_have_attribute("data-tries", "1")
    page.reload()
    expect(go_to(page, "choice")).to_have_attribute("data-tries", "1")


def test_two_tabs_that_check_the_same_activity(visit):
    first = visit(KINDS)
    second = visit(KINDS, context=first.context)
    for page in (first, second):
        begin(page)
    section = answer(first, "choice", "I do not like that.")
    check(first)
    expect(outcome(section)).to_contain_text("Not right yet")
    section = answer(second, "choice", "No, thank you.")
    wait_saved(second)
    check(second)
    # The first try was taken by the other tab; what was said of it is not said of this answer.
    expect(section).to_have_attribute("data-tries", "1")
    assert chosen(section) == ["No, thank you."]
    expect(outcome(section)).to_have_count(0)
    expect(section.locator("h2")).to_be_focused()
    check(second)
    expect(outcome(section)).to_contain_text("Right")
    first.reload()
    section = go_to(first, "choice")
    expect(section).to_have_attribute("data-tries", "2")
    assert chosen(section) == ["No, thank you."]


def test_two_tabs_in_one_conversation_end_with_what_was_said_first(visit):
    first = visit(KINDS)
    second = visit(KINDS, context=first.context)
    for page in (first, second):
        begin(page)
    section = answer(first, "dialogue", "Yes, please.")
    first.get_by_role("button", name="Say this").click()
    expect(section.locator(".mige-said")).to_contain_text("Yes, please.")
    section = answer(second, "dialogue", "(look away)")
    second.get_by_role("button", name="Say this").click()
    expect(section.locator(".mige-said")).to_contain_text("Yes, please.")
    expect(section.locator(".mige-said").last).to_be_focused()
    card(section, "No milk, thank you.").click()
    second.get_by_role("button", name="Say this").click()
    expect(outcome(section)).to_contain_text("3 of 3 points")


def test_an_answer_changed_after_its_check_comes_back_without_what_was_said_of_the_one_before(visit):
    page = visit(KINDS)
    begin(page)
    section = answer(page, "choice", "I do not like that.")
    check(page)
    expect(outcome(section)).to_be_focused()
    card(section, "No, thank you.").click()
    wait_saved(page)
    page.reload()
    section = go_to(page, "choice")
    assert chosen(section) == ["No, thank you."]
    expect(section.locator(".mige-outcome, .mige-verdict, .mige-remark")).to_have_count(0)
    expect(main_button(page)).to_have_text("Check again")


def test_a_page_the_browser_kept_shows_what_was_done_since(visit):
    page = visit(KINDS)
    begin(page)
    section = answer(page, "choice", "I do not like that.")
    check(page)
    expect(outcome(section)).to_be_focused()
    page.goto(page.url.split("/unit")[0] + "/")
    laptop = visit(KINDS)
    section = answer(laptop, "choice", "No, thank you.")
    check(laptop)
    expect(outcome(section)).to_be_focused()
    page.go_back()
    expect(page.locator("[data-screen=choice] .mige-outcome.mige-right")).to_have_count(1)
    assert chosen(go_to(page, "choice")) == ["No, thank you."]


def test_a_check_waits_for_a_server_that_is_started_again(visit, clean_server):
    page = visit(KINDS)
    begin(page)
    section = answer(page, "true-false", "False")
    wait_saved(page)
    clean_server.stop()
    try:
        check(page)
        expect(page.locator(".mige-notice")).to_contain_text("will be checked later")
        expect(main_button(page)).to_have_text("Check")
    finally:
        clean_server.start()
    expect(section.locator(".mige-outcome.mige-right")).to_be_visible(timeout=30_000)
    expect(section).to_have_attribute("data-tries", "1")


def test_words_written_while_nothing_can_be_sent_survive_a_reload(visit):
    page = visit(KINDS)
    begin(page)
    page.route("**/save_answers/**", lambda route: route.abort())
    go_to(page, "reflection").locator("textarea").press_sequentially("They ask three ti")
    expect(page.locator(".mige-saved-waiting:visible")).to_have_count(1)
    page.locator("[data-screen=reflection] textarea").press_sequentially("mes")
    page.reload()
    expect(go_to(page, "reflection").locator("textarea")).to_have_value("They ask three times")
    page.unroute("**/save_answers/**")
    wait_saved(page)
    expect(go_to(visit(KINDS), "reflection").locator("textarea")).to_have_value("They ask three times")


def test_a_conversation_goes_on_where_the_network_left_it(visit):
    page = visit(KINDS)
    begin(page)
    section = answer(page, "dialogue", "Yes, please.")
    page.context.set_offline(True)
    page.get_by_role("button", name="Say this").click()
    expect(page.locator(".mige-notice")).to_contain_text("No connection")
    page.context.set_offline(False)
    expect(section.locator(".mige-said")).to_have_count(1)
    card(section, "No.").click()
    page.route("**/save_answers/**", take_and_lose, times=1)
    page.get_by_role("button", name="Say this").click()
    expect(outcome(section)).to_be_focused(timeout=10_000)
    expect(section).to_have_attribute("data-tries", "1")
    page.get_by_role("button", name="Talk again from the beginning").click()
    expect(section.locator(".mige-said")).to_have_count(0)
    expect(section.locator("h2")).to_be_focused()
    answer(page, "dialogue", "(look away)")
    page.get_by_role("button", name="Say this").click()
    expect(section).to_have_attribute("data-tries", "2")
    expect(outcome(section)).to_contain_text("2 of 3 points")


# -- the summary -------------------------------------------------------------------------------------------------------

def test_a_late_reply_does_not_take_back_what_was_asked_before_finishing(visit):
    page = visit(KINDS)
    begin(page)
    held = []
    page.route("**/save_answers/**", lambda route: held.append(route), times=1)
    with page.expect_request("**/save_answers/**"):
        answer(page, "checklist", "Ask where the cups are.")
    page.get_by_role("button", name="All steps").click()
    expect(page.locator("[data-screen=finish] h2")).to_be_focused()
    open_before = page.locator("[data-screen=finish] .mige-open").count()
    page.get_by_role("button", name="Finish and see my result").click()
    question = page.locator(".mige-confirm p").first
    asked = question.inner_text()
    expect(question).to_be_focused()
    held[0].continue_()
    expect(page.locator("[data-screen=finish] .mige-open")).to_have_count(open_before - 1)
    expect(question).not_to_have_text(asked)  # one step fewer is open
    expect(question).to_be_focused()
    page.get_by_role("button", name="Finish anyway").click()
    expect(page.locator("[data-screen=result] h2")).to_be_focused()



def test_the_summary_and_another_run(visit, look):
    page = visit(KINDS)
    begin(page)
    section = answer(page, "choice", "I do not like that.")
    check(page)
    expect(outcome(section)).to_be_focused()
    answer(page, "checklist", "Ask where the cups are.")
    page.route("**/hand_in/**", take_and_lose, times=1)
    page.get_by_role("button", name="All steps").click()
    page.get_by_role("button", name="Finish and see my result").click()
    expect(page.locator(".mige-confirm p").first).to_be_focused()
    page.get_by_role("button", name="Finish anyway").click()
    expect(page.locator(".mige-notice")).to_contain_text("Try again")
    page.get_by_role("button", name="Finish anyway").click()
    expect(page.locator("[data-screen=result] h2")).to_be_focused()
    expect(page.locator(".mige-score")).to_contain_text("0 %")
    again = page.locator(".mige-again li", has_text="You do not want any").first
    for said in ("Your answer: I do not like that.", "Think of a polite way.", "This can hurt."):
        expect(again).to_contain_text(said)
    expect(again.locator(".mige-solution")).to_have_count(0)  # it may be done again

    listed = page.locator("[data-list=checklist]")
    assert chosen(listed) == ["Ask where the cups are."]
    with page.expect_response("**/tick/**"):
        card(listed, "Offer somebody tea.").click()
    page.reload()
    assert len(chosen(listed)) == 2
    page.context.set_offline(True)
    card(listed, "Offer somebody tea.").click()
    expect(page.locator(".mige-notice")).to_contain_text("did not work")
    assert len(chosen(listed)) == 2
    look(page, "training-result-offline")
    page.context.set_offline(False)
    with page.expect_response("**/tick/**"):
        card(listed, "Ask where the cups are.").click()
    expect(page.locator(".mige-notice")).to_be_hidden()
    page.reload()
    assert chosen(listed) == ["Offer somebody tea."]

    page.get_by_role("button", name="Do this module again").click()
    expect(page.locator("[data-screen=start] h2")).to_be_focused()
    begin(page)
    section = go_to(page, "choice")
    assert chosen(section) == [] and section.get_attribute("data-tries") is None
    assert chosen(go_to(page, "checklist")) == ["Offer somebody tea."]
    answer(page, "choice", "No, thank you.")
    finish(page)
    expect(page.locator(".mige-score")).to_contain_text("2 of 17 points")  # not checked before, so checked now
    expect(page.get_by_text("Your earlier runs")).to_be_visible()
    expect(page.locator(".mige-rounds li")).to_contain_text("0 %")


def test_ticks_that_cannot_be_kept_all_go_back(visit):
    page = visit(KINDS)
    begin(page)
    answer(page, "checklist", "Ask where the cups are.")
    finish(page)
    held, listed = [], page.locator("[data-list=checklist]")
    page.route("**/tick/**", lambda route: held.append(route))
    card(listed, "Offer somebody tea.").click()
    card(listed, "Ask where the cups are.").click()
    while len(held) < 2:
        page.wait_for_timeout(50)
    held[1].abort()
    held[0].abort()
    expect(page.locator(".mige-notice")).to_contain_text("did not work")
    assert chosen(listed) == ["Ask where the cups are."]
    page.unroute("**/tick/**")
    with page.expect_response("**/tick/**"):
        card(listed, "Offer somebody tea.").click()
    expect(page.locator(".mige-notice")).to_be_hidden()
    page.reload()
    assert len(chosen(listed)) == 2


def test_the_summary_leads_to_the_next_module(visit):
    page = visit("/unit/my-skills/?student=new")
    begin(page)
    finish(page)
    link = page.get_by_role("link", name="Next module: Equal treatment and my rights")
    link.click()
    expect(page).to_have_url(re.compile("/unit/equal-treatment/"))
    expect(page.locator(".mige h2").first).to_be_visible()


def test_an_answer_waiting_when_another_device_finishes_the_run_is_told(visit):
    phone = visit(KINDS, PHONE)
    begin(phone)
    phone.context.set_offline(True)
    answer(phone, "choice", "No, thank you.")
    check(phone)
    laptop = visit(KINDS)
    begin(laptop)
    answer(laptop, "several", "Slowly, please.")
    finish(laptop)
    phone.context.set_offline(False)
    expect(phone.locator(".mige-notice")).to_contain_text("already handed in")
    phone.get_by_role("button", name="Open the page again").click()
    expect(phone.locator("[data-screen=result]")).to_be_visible()
    expect(phone.locator(".mige-notice")).to_contain_text("came too late")
