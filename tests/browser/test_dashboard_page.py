"""The report on a page of its own, as the LMS's instructor dashboard opens it."""

from playwright.sync_api import expect

PAGE = "/dashboard/?student=trainer"


def test_a_trainer_reads_the_report_on_its_own_page_with_the_keyboard(visit, look):
    page = visit(PAGE)
    expect(page.get_by_role("table").first).to_be_visible()
    look(page, "dashboard-page")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Back")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Who takes part")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="What they can do")).to_have_attribute("aria-current", "page")
    expect(page.get_by_role("grid")).to_be_visible()


def test_who_is_no_trainer_is_told_so(visit, look):
    page = visit("/dashboard/?student=amira")
    expect(page.locator("main")).to_contain_text("هذا يظهر فقط")
    expect(page.get_by_role("button")).to_have_count(0)
    look(page, "dashboard-page-refused")
