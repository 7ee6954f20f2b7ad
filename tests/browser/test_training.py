"""A training module: on a phone in Arabic by touch, on a desktop in English by keyboard, and its screens."""

import pytest
from playwright.sync_api import expect

from .conftest import DESKTOP, PHONE
from .test_screens import VOICE
from .test_whole_way import FOCUS_IS_SEEN, wait_saved

KINDS = "/unit/every-kind/?student=new"
RIGHT = {
    "en": {"choice": ["No, thank you."], "several": ["Can you say it again?", "Slowly, please."],
           "true-false": ["False"], "pictures": ["this"], "matching": ["drink", "cut", "wash"],
           "ordering": ["Boil water.", "Pour it over the tea.", "Wait four minutes."], "gaps": ["tea", "milk"],
           "dialogue": ["Yes, please.", "No milk, thank you."]},
    "ar": {"choice": ["لا، شكراً."], "several": ["هل يمكن إعادة الجملة؟", "ببطء من فضلك."],
           "true-false": ["خطأ"], "pictures": ["هذا"], "matching": ["شرب", "قطع", "غسل"],
           "ordering": ["غلي الماء.", "صبه على الشاي.", "الانتظار أربع دقائق."], "gaps": ["الشاي", "الحليب"],
           "dialogue": ["نعم، من فضلك.", "بلا حليب، شكراً."]},
}


def step(page, name):
    """Return the section of a step that is the one shown."""
    section = page.locator(f'section[data-screen="{name}"]')
    expect(section).to_be_visible()
    return section


def card(section, text):
    return section.locator(".mige-card", has_text=text)


def main_button(page):
    return page.locator("[data-part=actions] .mige-primary")


def other_button(page):
    return page.locator("[data-part=actions] .mige-second")


def outcome(section):
    return section.locator(".mige-outcome")


def order_shown(section):
    return section.locator(".mige-items .mige-own").all_text_contents()


def go_to(page, name):
    """Open a step from the list of all steps."""
    page.get_by_role("button", name="All steps").click()
    names = page.locator("[data-form]").evaluate_all("nodes => nodes.map(node => node.dataset.screen)")
    page.locator(".mige-steps button").nth(names.index(name)).click()
    return step(page, name)


def begin(page):
    page.locator("[data-act=begin]").click()


def finish(page, name="Finish and see my result"):
    page.get_by_role("button", name="All steps").click()
    page.get_by_role("button", name=name).click()
    if page.get_by_role("button", name="Finish anyway").count():
        page.get_by_role("button", name="Finish anyway").click()
    expect(page.locator("[data-screen=result] h2").first).to_be_focused()


def test_every_kind_of_step_on_a_phone_in_arabic_by_touch(visit, look):
    page = visit(KINDS, PHONE)
    page.locator("[data-part=own]").select_option("ar")
    expect(page.locator(".mige")).to_have_attribute("dir", "rtl")
    page.locator("[data-part=country]").select_option("ES")
    expect(page.locator("[data-part=country]")).to_have_value("ES")
    expect(page.locator("[data-part=country]")).to_be_focused()
    look(page, "training-phone-start")
    page.locator("[data-act=begin]").tap()

    def reach(name):
        section = step(page, name)
        look(page, f"training-phone-{name}")
        return section

    def check(section, kind):
        main_button(page).tap()
        expect(section.locator(f".mige-outcome.mige-{kind}")).to_be_focused()
        look(page, f"training-phone-{section.get_attribute('data-screen')}-{kind}")

    def onward():
        main_button(page).tap()

    right = RIGHT["ar"]
    reach("read")
    onward()
    section = reach("watch")
    section.locator("summary").tap()
    section.locator("[data-act=play]").tap()
    expect(section.locator("audio")).to_be_visible()
    look(page, "training-phone-watch-playing")
    onward()
    expect(reach("country").locator(".mige-country")).to_have_text("إسبانيا")
    onward()
    section = reach("choice")
    section.locator("summary").tap()
    card(section, "هذا لا يعجبني.").tap()
    check(section, "wrong")
    expect(section.locator(".mige-remark")).to_contain_text("هذا قد يجرح.")
    card(section, right["choice"][0]).tap()
    expect(outcome(section)).to_have_count(0)
    check(section, "right")
    onward()
    section = reach("several")
    card(section, right["several"][0]).tap()
    check(section, "partly")
    card(section, right["several"][1]).tap()
    check(section, "right")
    onward()
    section = reach("true-false")
    card(section, right["true-false"][0]).tap()
    wait_saved(page)

    page.context.set_offline(True)
    main_button(page).tap()
    expect(page.locator(".mige-notice")).to_be_visible()
    expect(page.locator(".mige-saved-waiting:visible")).to_have_count(1)
    look(page, "training-phone-true-false-waiting")
    other_button(page).tap()
    card(reach("pictures"), right["pictures"][0]).tap()
    main_button(page).tap()
    other_button(page).tap()
    section = reach("matching")
    for number, text in enumerate(right["matching"]):
        section.locator("select").nth(number).select_option(text)
    look(page, "training-phone-matching-waiting")
    page.context.set_offline(False)
    expect(page.locator("[data-screen=true-false] .mige-outcome.mige-right")).to_have_count(1)
    expect(page.locator("[data-screen=pictures] .mige-outcome.mige-right")).to_have_count(1)
    wait_saved(page)
    check(section, "right")
    other_button(page).tap()
    expect(outcome(step(page, "pictures"))).to_be_visible()
    look(page, "training-phone-pictures-right")
    other_button(page).tap()
    expect(outcome(step(page, "true-false"))).to_be_visible()
    look(page, "training-phone-true-false-right")
    for _ in range(3):
        onward()

    section = reach("ordering")
    for place, text in enumerate(right["ordering"]):
        while order_shown(section).index(text) > place:
            section.locator("li", has_text=text).locator('[value="-1"]').tap()
    check(section, "right")
    onward()
    section = reach("gaps")
    section.locator("input").fill("قهوة")
    section.locator("select").select_option(right["gaps"][1])
    check(section, "partly")
    onward()
    section = reach("dialogue")
    card(section, right["dialogue"][0]).tap()
    onward()
    expect(section.locator(".mige-said").last).to_be_focused()
    look(page, "training-phone-dialogue-2")
    card(section, right["dialogue"][1]).tap()
    check(section, "right")
    expect(section.locator(".mige-said")).to_have_count(2)
    onward()
    section = reach("reflection")
    section.locator("textarea").fill("يسألون ثلاث مرات.")
    check(section, "thanks")
    onward()
    card(reach("checklist"), "تقديم الشاي").tap()
    look(page, "training-phone-checklist-ticked")
    onward()
    look(page, "training-phone-all-steps")
    expect(page.locator(".mige-steps .mige-open")).to_have_count(1)  # a gap is not right yet
    page.locator("[data-part=finish] .mige-primary").tap()
    expect(page.locator(".mige-score")).to_contain_text("94 %")
    expect(page.locator("[data-list] input:checked")).to_have_count(1)
    expect(page.locator(".mige-again").first).to_contain_text("الرجاء ملء الفراغات.")
    page.locator("details:has(.mige-again) summary").tap()  # what was done well
    look(page, "training-phone-result")


def test_every_kind_of_step_on_a_desktop_in_english_by_keyboard_alone(visit, look):
    page = visit(KINDS, {"viewport": {"width": 1280, "height": 640}})
    keyboard, right = page.keyboard, RIGHT["en"]

    def tab_to(selector):
        target = page.locator(f"{selector}:visible").first
        for _ in range(50):
            keyboard.press("Tab")
            assert page.evaluate(FOCUS_IS_SEEN), f"what has the focus is covered, on the way to {selector}"
            if target.evaluate("node => node === document.activeElement"):
                return target
        raise AssertionError(f"no way to {selector} by Tab")

    def reach(name):
        expect(step(page, name).locator("h2")).to_be_focused()
        assert page.evaluate(FOCUS_IS_SEEN), f"the title of {name} is covered"
        look(page, f"training-desktop-{name}")
        return step(page, name)

    def press():
        tab_to("[data-part=actions] .mige-primary")
        keyboard.press("Enter")

    def check(section, kind="right"):
        press()
        expect(section.locator(f".mige-outcome.mige-{kind}")).to_be_focused()
        assert page.evaluate(FOCUS_IS_SEEN), "the outcome is covered"
        look(page, f"training-desktop-{section.get_attribute('data-screen')}-{kind}")

    def choose_one(text):
        tab_to("section input[type=radio]")
        for _ in range(4):
            keyboard.press("Space")
            if page.evaluate("document.activeElement.closest('label').textContent.trim()") == text:
                return
            keyboard.press("ArrowDown")
        raise AssertionError(f"no way to {text} by arrows")

    def pick(selector, text):
        field = tab_to(selector)
        for _ in range(5):
            if field.locator("option:checked").text_content() == text:
                return
            keyboard.press("ArrowDown")
        raise AssertionError(f"no way to {text} by arrows")

    tab_to("[data-act=begin]")
    keyboard.press("Enter")
    reach("read")
    press()
    section = reach("watch")
    tab_to("[data-act=play]")
    keyboard.press("Enter")
    expect(section.locator("audio")).to_be_focused()
    tab_to("section summary")
    keyboard.press("Enter")
    expect(section.locator("details .mige-rich")).to_be_visible()
    press()
    reach("country")
    press()
    section = reach("choice")
    choose_one(right["choice"][0])
    check(section)
    press()
    section = reach("several")
    for text in right["several"]:
        tab_to(f'section .mige-card:has-text("{text}") input')
        keyboard.press("Space")
        keyboard.press("Shift+Tab")
    check(section)
    press()
    section = reach("true-false")
    choose_one(right["true-false"][0])
    check(section)
    press()
    section = reach("pictures")
    choose_one(right["pictures"][0])
    check(section)
    press()
    section = reach("matching")
    for number, text in enumerate(right["matching"], 1):
        pick(f"section .mige-pair:nth-child({number}) select", text)
    check(section)
    press()

    section = reach("ordering")
    for place, text in enumerate(right["ordering"]):
        if order_shown(section).index(text) > place:
            arrow = tab_to(f'section li:has-text("{text}") [value="-1"]')
            while order_shown(section).index(text) > place:
                keyboard.press("Enter")
                expect(arrow).to_be_focused()
                assert page.evaluate(FOCUS_IS_SEEN), "the arrow that was pressed is covered"
                number = order_shown(section).index(text) + 1
                expect(page.locator("[data-part=said]")).to_have_text(f"{text}: place {number} of 3")
    assert order_shown(section) == right["ordering"]
    check(section)
    press()
    section = reach("gaps")
    tab_to("section input")
    keyboard.type(right["gaps"][0])
    pick("section .mige-gaps select", right["gaps"][1])
    check(section)
    press()
    section = reach("dialogue")
    choose_one(right["dialogue"][0])
    press()
    expect(section.locator(".mige-said").last).to_be_focused()
    assert page.evaluate(FOCUS_IS_SEEN), "the next scene is covered"
    choose_one(right["dialogue"][1])
    check(section)
    press()
    section = reach("reflection")
    tab_to("section textarea")
    keyboard.type("They ask three times.")
    check(section, "thanks")
    press()
    reach("checklist")
    tab_to("section input[type=checkbox]")
    keyboard.press("Space")
    press()
    expect(page.locator("[data-screen=finish] h2")).to_be_focused()
    tab_to("[data-part=finish] .mige-primary")
    keyboard.press("Enter")
    expect(page.locator("[data-screen=result] h2")).to_be_focused()
    expect(page.locator(".mige-score")).to_contain_text("17 of 17 points")
    look(page, "training-desktop-result")


def test_one_right_answer_of_a_module_of_the_course_stands_in_the_gradebook(visit, look):
    page = visit("/unit/my-skills/?student=new")
    begin(page)
    section = go_to(page, "unpaid")
    card(section, "True").click()
    main_button(page).click()
    expect(section.locator(".mige-outcome.mige-right")).to_be_focused()
    finish(page)
    percent = page.locator(".mige-score").text_content().split("·")[1].strip()
    assert percent != "0 %"
    grades = visit("/gradebook/?student=trainer")
    expect(grades.locator("tr", has_text="New learner").locator("td").nth(1)).to_contain_text(percent)
    look(grades, "training-gradebook")


def dragged(page, section, move):
    """Take the last item by its grip above the first; return the order expected."""
    before = order_shown(section)
    grip, goal = section.locator(".mige-grip").last.bounding_box(), section.locator("li").first.bounding_box()
    x, y = grip["x"] + grip["width"] / 2, grip["y"] + grip["height"] / 2
    move(x, [y, y - 20, (y + goal["y"]) / 2, goal["y"] + goal["height"] / 2, goal["y"] + 3])
    return [before[-1], *before[:-1]]


@pytest.mark.parametrize("device", [PHONE, DESKTOP], ids=["finger", "mouse"])
def test_items_are_put_in_order_by_their_grips_and_the_order_is_kept(visit, device):
    page = visit(KINDS, device)

    def by_mouse(x, places):
        page.mouse.move(x, places[0])
        page.mouse.down()
        for place in places[1:]:
            page.mouse.move(x, place)
        page.mouse.up()

    def by_finger(x, places):
        finger = page.context.new_cdp_session(page)
        for number, place in enumerate(places):
            finger.send("Input.dispatchTouchEvent", {
                "type": "touchMove" if number else "touchStart", "touchPoints": [{"x": x, "y": place}]})
        finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})

    begin(page)
    section = go_to(page, "ordering")
    page.wait_for_function("!document.querySelector('.mige-fresh')")
    section.locator("li").last.scroll_into_view_if_needed()
    expected = dragged(page, section, by_finger if device is PHONE else by_mouse)
    assert order_shown(section) == expected
    expect(page.locator("[data-part=said]")).to_contain_text("place 1 of 3")
    wait_saved(page)
    page.reload()
    assert order_shown(go_to(page, "ordering")) == expected


def test_nothing_of_a_film_or_a_recording_is_loaded_before_the_tap(visit):
    asked = []
    page = visit(KINDS)
    page.on("request", lambda request: asked.append(request.url))
    page.route("https://**", lambda route: route.fulfill(body="a film", content_type="text/html"))
    page.reload()
    begin(page)
    main_button(page).click()
    section = step(page, "watch")
    page.wait_for_load_state("networkidle")
    assert not [url for url in asked if ".mp3" in url or ".vtt" in url]
    section.locator("[data-act=play]").click()
    expect(section.locator("audio[controls] track[kind=captions][srclang=en]")).to_have_count(1)
    page.wait_for_function("document.querySelector('audio').readyState > 0")
    assert [url for url in asked if url.endswith("good-morning.mp3")]
    expect(page.locator(".mige-notice")).to_be_hidden()

    page.goto(page.url.replace("every-kind", "secrets"))
    begin(page)
    page.wait_for_load_state("networkidle")
    assert not [url for url in asked if "youtube" in url]
    page.locator("[data-act=play]").click()
    expect(page.locator("iframe")).to_have_attribute("title", "A film")
    page.wait_for_load_state("networkidle")
    assert [url for url in asked if url.startswith("https://www.youtube-nocookie.com/embed/abcdefghijk")]


@pytest.mark.parametrize("address", [
    "every-kind/?student=new", "every-kind/?student=visitor", "my-skills/?student=amira", "secrets/?student=new",
    "module-with-mistakes/?student=new", "module-with-mistakes/?student=author",
    "module-with-mistakes/author_view/?student=author", "my-skills/author_view/?student=author",
])
def test_a_training_screen_is_accessible_and_fits(visit, look, address):
    page = visit(f"/unit/{address}", PHONE)
    name = address.replace("/?student=", "-").replace("/", "-")
    look(page, f"training-phone-{name}")
    if "amira" in address:
        expect(page.locator(".mige-goals .mige-rated").first).to_be_visible()
        expect(page.locator(".mige-goals .mige-bar").first).to_be_visible()


@pytest.mark.parametrize("device", [PHONE, pytest.param(DESKTOP, marks=pytest.mark.long)], ids=["phone", "desktop"])
def test_steps_and_summary_fit_with_large_text_and_in_forced_colours(visit, look, device):
    name = "phone" if device is PHONE else "desktop"
    page = visit(KINDS, {**device, "forced_colors": "active"} if device is DESKTOP else device)
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    look(page, f"training-{name}-large-start")
    begin(page)
    for kind in ("watch", "matching", "ordering", "gaps", "dialogue"):
        go_to(page, kind)
        look(page, f"training-{name}-large-{kind}")
    section = go_to(page, "choice")
    card(section, "I do not like that.").click()
    main_button(page).click()
    expect(outcome(section)).to_be_focused()
    look(page, f"training-{name}-large-choice-wrong")
    page.get_by_role("button", name="All steps").click()
    look(page, f"training-{name}-large-all-steps")
    page.get_by_role("button", name="Finish and see my result").click()
    look(page, f"training-{name}-large-confirm")
    page.get_by_role("button", name="Finish anyway").click()
    expect(page.locator("[data-screen=result]")).to_be_visible()
    look(page, f"training-{name}-large-result")


def test_questions_and_options_can_be_listened_to(visit):
    page = visit(KINDS, before=VOICE.replace("es-ES", "ar-EG"))
    begin(page)
    expect(page.locator(".mige-listen:visible")).to_have_count(0)  # there is no voice for English
    page.get_by_role("button", name="Languages, country, sharing, my data").click()
    page.locator("[data-part=own]").select_option("ar")
    expect(page.locator(".mige")).to_have_attribute("lang", "ar")
    begin(page)
    page.locator("section:visible .mige-rich ~ .mige-listen").click()
    for _ in range(3):
        main_button(page).click()
    section = step(page, "choice")
    expect(section.locator(".mige-listen:visible")).to_have_count(4)
    expect(page.locator(":is(label, h2, button) .mige-listen")).to_have_count(0)
    section.locator(".mige-statement .mige-listen").click()
    section.locator(".mige-level", has_text="لا، شكراً.").locator(".mige-listen").click()
    expect(section.locator("input:checked")).to_have_count(0)
    text, question, answer = page.evaluate("spoken")
    assert text[0] == "ar" and text[1].startswith("في كثير من أماكن العمل مطبخ.")
    assert question == ["ar", "زميلة تقدم لك الشاي. لا رغبة لك فيه. ماذا تقول لها؟"]
    assert answer == ["ar", "لا، شكراً."]
    card(section, "لا، شكراً.").click()
    main_button(page).click()
    expect(outcome(section)).to_be_focused()
    expect(section.locator(".mige-listen:visible")).to_have_count(4)  # also in what came from the server
