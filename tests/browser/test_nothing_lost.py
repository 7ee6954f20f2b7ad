"""What happens when the network, the tab or a second device gets in the way: nothing a person gave is lost."""

import json
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import pytest
from playwright.sync_api import expect

from .conftest import PHONE
from .test_whole_way import stored_rounds, wait_saved

START = "/unit/start/?student=new"
NO_STORAGE = """
Object.defineProperty(window, 'localStorage', {get() { throw new DOMException('no', 'SecurityError'); }});
"""


def begin(page):
    page.locator("[data-act=begin]").click()


def choose(page, number):
    page.locator(".mige-card").nth(number).click()


def following(page):
    page.locator(".mige-primary:visible").click()


def first_answer_after_reload(page):
    """Open the page again, where the learner goes on with question 2, and step back to 1."""
    page.reload()
    page.get_by_role("button", name="Back").click()
    return chosen(page)


def hand_in_with_gaps(page):
    page.get_by_role("button", name="See all answers").click()
    following(page)
    page.get_by_role("button", name="Hand in anyway").click()
    expect(page.locator("[data-screen=result]")).to_be_visible()


def at_question(page, number):
    expect(page.locator(".mige-count")).to_have_text(f"Question {number} of 30")


def go_to_question(page, number):
    page.get_by_role("button", name="See all answers").click()
    page.locator(".mige-review button").nth(number - 1).click()
    at_question(page, number)


def chosen(page):
    return page.locator("input[type=radio]:checked").get_attribute("value")


def set_clock(page, hours):
    """Set a device's clock ahead."""
    page.evaluate("hours => { const right = Date.now; Date.now = () => right() + hours * 3600000; }", hours)


def test_a_reply_lost_after_the_server_took_the_answer(visit):
    page = visit(START)
    lost = []

    def take_and_lose(route):
        route.fetch()
        lost.append(route.request.post_data_json)
        route.abort()

    begin(page)
    page.route("**/save_answers/**", take_and_lose, times=1)
    choose(page, 2)
    expect(page.locator(".mige-saved-waiting")).to_be_visible()
    wait_saved(page)
    assert len(lost) == 1
    page.reload()
    at_question(page, 2)
    page.get_by_role("button", name="Back").click()
    assert chosen(page) == "level:2"


def test_a_server_that_fails_is_asked_again(visit):
    page = visit(START)
    page.route("**/save_answers/**", lambda route: route.fulfill(status=500, body="oh no"), times=2)
    begin(page)
    choose(page, 1)
    expect(page.locator(".mige-saved-waiting")).to_be_visible()
    expect(page.locator(".mige-saved-saved")).to_be_visible(timeout=10_000)


def test_a_login_page_instead_of_a_reply_counts_as_no_connection(visit):
    page = visit(START)
    page.route("**/save_answers/**", lambda route: route.fulfill(status=200, body="<html>Log in</html>"), times=1)
    begin(page)
    choose(page, 1)
    expect(page.locator(".mige-saved-waiting")).to_be_visible()
    expect(page.locator(".mige-saved-saved")).to_be_visible(timeout=10_000)


def test_a_restarted_server_gets_what_was_given_meanwhile(visit, clean_server):
    page = visit(START)
    begin(page)
    choose(page, 0)
    wait_saved(page)
    clean_server.stop()
    try:
        following(page)
        choose(page, 3)
        expect(page.locator(".mige-saved-waiting")).to_be_visible()
    finally:
        clean_server.start()
    expect(page.locator(".mige-saved-saved")).to_be_visible(timeout=30_000)
    page.reload()
    at_question(page, 3)


def test_two_tabs_end_with_the_later_answer(visit):
    first = visit(START)
    second = visit(START, context=first.context)
    for page in (first, second):
        begin(page)
    choose(first, 0)
    wait_saved(first)
    choose(second, 3)
    wait_saved(second)
    following(first)
    choose(first, 1)
    wait_saved(first)
    first.reload()
    at_question(first, 3)
    first.get_by_role("button", name="Back").click()
    assert chosen(first) == "level:1"
    first.get_by_role("button", name="Back").click()
    assert chosen(first) == "level:3"


def answered_later(visit, phone):
    """Answer the first statement on a laptop, bring a phone back that has no network, and return the laptop's page."""
    laptop = visit(START)
    begin(laptop)
    choose(laptop, 2)
    wait_saved(laptop)
    phone.context.set_offline(False)
    return laptop


def test_an_old_device_that_comes_back_does_not_undo_a_later_answer(visit):
    phone = visit(START, PHONE)
    begin(phone)
    phone.context.set_offline(True)
    choose(phone, 0)
    laptop = answered_later(visit, phone)
    expect(phone.locator(".mige-notice")).to_contain_text("somewhere else")
    assert chosen(phone) == "level:2"
    assert first_answer_after_reload(laptop) == "level:2"


def test_another_device_goes_on_where_the_learner_stopped(visit):
    phone = visit(START, PHONE)
    begin(phone)
    for number in range(3):
        choose(phone, number)
        following(phone)
    wait_saved(phone)
    laptop = visit(START)
    at_question(laptop, 4)
    expect(laptop.locator(".mige-notice")).to_contain_text("Welcome back")


def test_a_note_is_kept_letter_by_letter(visit):
    page = visit(START)
    begin(page)
    page.context.set_offline(True)
    page.locator(".mige-evidence summary").click()
    page.locator("textarea").type("At home")
    page.close(run_before_unload=False)
    context = page.context
    context.set_offline(False)
    page = visit(START, context=context)
    at_question(page, 1)
    expect(page.locator("textarea")).to_have_value("At home")
    expect(page.locator("input[type=radio]:checked")).to_have_count(0)


def test_without_local_storage_the_learner_is_asked_to_keep_the_page_open(visit):
    page = visit(START, before=NO_STORAGE)
    begin(page)
    page.context.set_offline(True)
    choose(page, 1)
    expect(page.locator(".mige-saved-waiting")).to_contain_text("keep this page open")
    page.context.set_offline(False)
    wait_saved(page)


def test_answers_waiting_when_another_device_hands_in_are_told(visit, clean_server):
    phone = visit(START, PHONE)
    begin(phone)
    phone.context.set_offline(True)
    choose(phone, 0)
    laptop = visit(START)
    begin(laptop)
    following(laptop)
    choose(laptop, 2)
    hand_in_with_gaps(laptop)
    phone.context.set_offline(False)
    expect(phone.locator(".mige-notice")).to_contain_text("already handed in")
    phone.get_by_role("button", name="Open the page again").click()
    expect(phone.locator("[data-screen=result]")).to_be_visible()
    expect(phone.locator(".mige-notice")).to_contain_text("came too late")
    phone.reload()
    expect(phone.locator(".mige-notice")).to_be_hidden()
    (record,) = stored_rounds(clean_server)
    assert len(record["answers"]) == 1


def test_a_hand_in_whose_reply_is_lost_can_be_repeated(visit, clean_server):
    page = visit(START)

    def take_and_lose(route):
        route.fetch()
        route.abort()

    page.route("**/hand_in/**", take_and_lose, times=1)
    begin(page)
    choose(page, 2)
    page.get_by_role("button", name="See all answers").click()
    following(page)
    page.get_by_role("button", name="Hand in anyway").click()
    expect(page.locator(".mige-notice")).to_contain_text("Try again")
    page.get_by_role("button", name="Hand in anyway").click()
    expect(page.locator("[data-screen=result]")).to_be_visible()
    assert len(stored_rounds(clean_server)) == 1


def test_many_hand_ins_at_once_make_one_round(visit, clean_server):
    page = visit(START)
    begin(page)
    choose(page, 2)
    wait_saved(page)
    token = next(cookie["value"] for cookie in page.context.cookies() if cookie["name"] == "csrftoken")

    def hand_in(_):
        request = urllib.request.Request(
            f"{clean_server.url}/handler/start.migrempower_self_evaluation.d0.u0/hand_in/?student=new",
            json.dumps({"round": 1}).encode(),
            {"Content-Type": "application/json", "X-CSRFToken": token, "Cookie": f"csrftoken={token}"})
        with urllib.request.urlopen(request, timeout=60) as reply:
            return reply.status

    with ThreadPoolExecutor(8) as tabs:
        assert list(tabs.map(hand_in, range(8))) == [200] * 8
    assert len(stored_rounds(clean_server)) == 1


def test_saves_at_once_from_many_tabs_lose_no_answer(visit, clean_server):
    page = visit(START)
    token = next(cookie["value"] for cookie in page.context.cookies() if cookie["name"] == "csrftoken")
    arguments = json.loads(page.locator('script[type="application/json"]').text_content())
    ids = [statement["id"] for statement in arguments["statements"]]

    def save(statement):
        request = urllib.request.Request(
            f"{clean_server.url}/handler/start.migrempower_self_evaluation.d0.u0/save_answers/?student=new",
            json.dumps({"round": 1, "answers": {statement: {"stamp": arguments["now"], "level": 1}}}).encode(),
            {"Content-Type": "application/json", "X-CSRFToken": token, "Cookie": f"csrftoken={token}"})
        urllib.request.urlopen(request, timeout=60).close()

    with ThreadPoolExecutor(8) as tabs:
        list(tabs.map(save, ids))
    page.reload()
    assert page.locator("[data-screen=review]").is_visible()
    expect(page.locator(".mige-given")).to_have_count(len(ids))


def test_what_is_answered_while_a_hand_in_is_on_its_way_cannot_be_lost(visit):
    page = visit(START)
    begin(page)
    choose(page, 1)
    page.route("**/hand_in/**", lambda route: (page.wait_for_timeout(300), route.continue_()))
    page.get_by_role("button", name="See all answers").click()
    following(page)
    page.get_by_role("button", name="Hand in anyway").click()
    assert page.locator("[data-screen=review] button:enabled").count() == 0
    expect(page.locator("[data-screen=result]")).to_be_visible()


def test_a_page_from_the_browsers_cache_shows_what_was_answered_since(visit):
    page = visit(START)
    begin(page)
    choose(page, 2)
    wait_saved(page)
    page.goto(page.url.split("/unit")[0] + "/")
    page.go_back()
    at_question(page, 2)
    assert page.locator("input[type=radio]:checked").count() == 0
    choose(page, 0)
    wait_saved(page)
    page.get_by_role("button", name="Back").click()
    at_question(page, 1)
    assert chosen(page) == "level:2"


def test_a_clock_that_stood_still_while_the_phone_slept(visit):
    page = visit(START)
    begin(page)
    choose(page, 0)
    wait_saved(page)
    page.evaluate("const old = performance.now.bind(performance), then = old(); performance.now = () => then;")
    laptop = visit(START)
    laptop.get_by_role("button", name="Back").click()
    choose(laptop, 1)
    wait_saved(laptop)
    page.wait_for_timeout(50)
    choose(page, 3)
    wait_saved(page)
    assert first_answer_after_reload(laptop) == "level:3"


def test_what_a_wrong_clock_left_on_the_device_puts_no_other_answer_ahead(visit):
    wrong, late = visit(START), []

    def lose(route):
        late.append(route.request)
        route.abort()

    wrong.context.route("**/save_answers/**", lose)
    begin(wrong)
    set_clock(wrong, hours=1)
    choose(wrong, 0)
    expect(wrong.locator(".mige-saved-waiting")).to_be_visible()
    page = visit(START, context=wrong.context)
    wrong.close()
    go_to_question(page, 2)
    choose(page, 0)
    expect(page.locator(".mige-saved-waiting:visible")).to_be_visible()
    request = late[-1]
    assert len(request.post_data_json["answers"]) == 2
    page.context.unroute_all()
    page.reload()
    go_to_question(page, 2)
    wait_saved(page)
    choose(page, 3)
    wait_saved(page)
    assert page.request.post(request.url, headers=request.headers, data=request.post_data).ok
    page.reload()
    go_to_question(page, 2)
    assert chosen(page) == "level:3"


def test_a_stamp_put_right_on_a_full_device_stays_right(visit):
    phone, slow = visit(START, PHONE), []

    def hold(route):
        if route.request.post_data_json["answers"]:
            slow.append(route)
        else:
            route.continue_()

    begin(phone)
    phone.context.set_offline(True)
    set_clock(phone, hours=24)
    choose(phone, 0)
    phone.evaluate("() => { Storage.prototype.setItem = () => { throw new DOMException('', 'QuotaExceededError'); }; }")
    phone.route("**/save_answers/**", hold)
    with phone.expect_request(lambda request: "save_answers" in request.url and request.post_data_json["answers"]):
        phone.context.set_offline(False)
    laptop = answered_later(visit, phone)
    slow[0].continue_()
    expect(phone.locator(".mige-notice")).to_contain_text("somewhere else")
    assert first_answer_after_reload(laptop) == "level:2"


def test_a_slow_reply_about_the_time_makes_no_answer_older(visit):
    phone, laptop, slow = visit(START, PHONE), visit(START), []

    def hold(route):
        slow.append((route, route.fetch()))

    begin(phone)
    begin(laptop)
    choose(laptop, 2)
    wait_saved(laptop)
    phone.route("**/save_answers/**", hold, times=1)
    set_clock(phone, hours=1)
    choose(phone, 0)
    phone.wait_for_timeout(3000)
    route, reply = slow.pop()
    assert not route.request.post_data_json["answers"]
    route.fulfill(response=reply)
    wait_saved(phone)
    assert first_answer_after_reload(laptop) == "level:0"


def test_an_answer_keeps_its_time_when_the_clock_is_set_once_more(visit):
    phone, laptop = visit(START, PHONE), visit(START)
    begin(phone)
    begin(laptop)
    choose(laptop, 2)
    wait_saved(laptop)
    phone.context.set_offline(True)
    set_clock(phone, hours=1)
    choose(phone, 0)
    set_clock(phone, hours=24)
    phone.context.set_offline(False)
    wait_saved(phone)
    assert first_answer_after_reload(laptop) == "level:0"


@pytest.mark.parametrize("before, after", [(24, -24), (3 / 3600, 0)], ids=["set back", "by seconds"])
def test_an_answer_given_on_a_wrong_clock_is_no_later_for_it(visit, before, after):
    phone = visit(START, PHONE)
    begin(phone)
    phone.context.set_offline(True)
    set_clock(phone, hours=before)
    choose(phone, 0)
    set_clock(phone, hours=after)
    laptop = visit(START)
    begin(laptop)
    choose(laptop, 2)
    wait_saved(laptop)
    phone.wait_for_timeout(3000)
    phone.context.set_offline(False)
    expect(phone.locator(".mige-notice")).to_contain_text("somewhere else")
    assert first_answer_after_reload(laptop) == "level:2"


def test_a_clock_set_while_a_reply_is_on_its_way_is_noticed(visit):
    phone, slow = visit(START, PHONE), []
    begin(phone)
    phone.route("**/save_answers/**", lambda route: slow.append(route), times=1)
    with phone.expect_request("**/save_answers/**"):
        choose(phone, 0)
    set_clock(phone, hours=1)
    slow.pop().continue_()
    wait_saved(phone)
    phone.context.set_offline(True)
    following(phone)
    choose(phone, 0)
    laptop = visit(START)
    at_question(laptop, 2)
    choose(laptop, 2)
    wait_saved(laptop)
    phone.context.set_offline(False)
    expect(phone.locator(".mige-notice")).to_contain_text("somewhere else")
    assert chosen(phone) == "level:2"


def test_a_later_answer_elsewhere_does_not_interrupt_writing(visit):
    phone = visit(START, PHONE)
    begin(phone)
    phone.context.set_offline(True)
    choose(phone, 0)
    following(phone)
    phone.locator(".mige-evidence summary").click()
    phone.locator("textarea").press_sequentially("I am wri")
    answered_later(visit, phone)
    wait_saved(phone)
    phone.locator("textarea").press_sequentially("ting here")
    expect(phone.locator("textarea")).to_have_value("I am writing here")
    phone.get_by_role("button", name="Back").click()
    assert chosen(phone) == "level:2"


@pytest.mark.parametrize("screen", ["statement", "review"])
def test_a_later_answer_elsewhere_leaves_nobody_without_a_place(visit, screen):
    phone = visit(START, PHONE)
    begin(phone)
    phone.context.set_offline(True)
    choose(phone, 0)
    if screen == "review":
        phone.get_by_role("button", name="See all answers").click()
        phone.locator(".mige-review button").first.focus()
    answered_later(visit, phone)
    expect(phone.locator(".mige-notice")).to_contain_text("The later answer is shown")
    expect(phone.locator(f"[data-screen={screen}] h2")).to_be_focused()


def test_a_level_the_author_removed_does_not_block_the_others(visit):
    page = visit(START)
    uid = page.locator(".mige").get_attribute("id")
    page.evaluate(f"localStorage.setItem('migrempower:{uid}:1:my-rights-1', JSON.stringify({{stamp: 1e13, level: 9}}))")
    page.reload()
    begin(page)
    choose(page, 1)
    wait_saved(page)


def test_a_reply_that_never_ends_counts_as_no_connection(visit):
    page = visit(START, before="""
const real = window.fetch; let first = true;
window.fetch = (url, options) => {
    if (!first || !String(url).includes('save_answers')) return real(url, options);
    first = false;
    return Promise.resolve({ok: true, status: 200, json: () => new Promise((_, fail) =>
        options.signal.addEventListener('abort', () => fail(new Error('aborted'))))});
};
const later = window.setTimeout; window.setTimeout = (f, ms) => later(f, ms === 20000 ? 500 : ms);
""")
    begin(page)
    choose(page, 1)
    expect(page.locator(".mige-saved-waiting")).to_be_visible()
    wait_saved(page)


def test_a_full_device_is_not_said_to_keep_answers(visit):
    page = visit(START, before="Storage.prototype.setItem = () => { throw new DOMException('full', 'x'); };")
    begin(page)
    page.context.set_offline(True)
    choose(page, 1)
    expect(page.locator(".mige-saved-waiting")).to_contain_text("keep this page open")


def test_quick_taps_on_the_switch_end_as_the_last_one_says(visit):
    page = visit(START)
    held = []
    page.route("**/share/**", lambda route: held.append(route))
    switch = page.locator("[data-part=share]")
    switch.check()
    switch.uncheck()
    while len(held) < 2:
        page.wait_for_timeout(50)
    for route in reversed(held):
        route.continue_()
        page.wait_for_timeout(200)
    page.unroute("**/share/**")
    expect(switch).not_to_be_checked()
    page.reload()
    expect(switch).not_to_be_checked()


def test_a_double_tap_chooses_nothing_on_the_next_screen(visit):
    page = visit(START, PHONE)
    page.locator("[data-act=begin]").scroll_into_view_if_needed()
    box = page.locator("[data-act=begin]").bounding_box()
    for _ in range(2):
        page.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    at_question(page, 1)
    page.wait_for_timeout(500)
    at_question(page, 1)
    expect(page.locator("input[type=radio]:checked")).to_have_count(0)


def test_answers_on_the_device_outlast_a_deadline_and_a_framework_with_mistakes(visit):
    for unit, told in (("closed", True), ("with-mistakes", False)):
        page = visit(f"/unit/{unit}/?student=new")
        uid = page.locator(".mige").get_attribute("id")
        entry = f"migrempower:{uid}:1:my-rights-1"
        page.evaluate(f"localStorage.setItem('{entry}', JSON.stringify({{stamp: 5, level: 1}}))")
        page.reload()
        assert page.locator(".mige-notice").is_visible() is told
        assert page.evaluate(f"localStorage.getItem('{entry}')") is not None


def test_what_is_answered_on_a_page_that_came_back_outlives_its_renewal(visit, clean_server):
    page, held = visit(START, before=NO_STORAGE), []
    begin(page)
    choose(page, 1)
    wait_saved(page)
    page.goto(clean_server.url)
    page.route("**/handler/*/page/**", lambda route: held.append(route) if not held else route.continue_())
    page.go_back()
    at_question(page, 2)
    laptop = visit(START)
    at_question(laptop, 2)
    following(laptop)
    choose(laptop, 0)
    wait_saved(laptop)
    page.route("**/save_answers/**", lambda route: route.abort(), times=1)
    with page.expect_response("**/save_answers/**"):  # what was aborted has none; a page drawn anew says nothing of it
        choose(page, 2)
        expect(page.locator(".mige-saved-waiting")).to_be_visible()
        held[0].continue_()
    page.reload()
    page.get_by_role("button", name="See all answers").click()
    page.locator(".mige-review button").nth(1).click()
    assert chosen(page) == "level:2"
