"""A running workbench and a real browser."""

import os
from contextlib import contextmanager
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect, sync_playwright

from tools.browser import QUICK, installed
from tools.server import Server

PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True, "device_scale_factor": 2}
DESKTOP = {"viewport": {"width": 1280, "height": 900}}
expect.set_options(timeout=15_000)  # how slow a machine may be; a budget of time is measured in benchmarks/


def pytest_collection_modifyitems(items):
    for item in items:
        if "browser" in Path(item.path).parts:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    running = Server(tmp_path_factory.mktemp("workbench"))
    running.manage("migrate", "--run-syncdb", "--verbosity", "0")
    running.start()
    yield running
    running.stop()


@pytest.fixture
def clean_server(server):
    """The workbench with nothing but the named sample learners."""
    server.reset("--without-cohort")
    return server


@pytest.fixture(scope="module")
def sample_server(server):
    """The same, made once for the tests of a file; none gets in the way of another."""
    server.reset("--without-cohort")
    return server


@pytest.fixture(scope="module")
def cohort_server(server):
    """The workbench with all 200 learners, made once for the tests of a file; they leave things as they are."""
    server.reset()
    return server


@pytest.fixture(scope="session")
def chromium():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=installed(), args=QUICK)
        yield browser
        browser.close()


@contextmanager
def visiting(chromium, server):
    """Give visit(address, **options of a device)."""
    contexts, errors = [], []

    def open_page(address, device=DESKTOP, context=None, before=None):
        if context is None:
            context = chromium.new_context(**device)
            contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        if before:
            page.add_init_script(before)
        page.goto(server.url + address)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not errors, errors


@pytest.fixture
def visit(chromium, clean_server):
    """visit(address, **options of a device) opens a page as one more device; scripts must run without an error."""
    with visiting(chromium, clean_server) as open_page:
        yield open_page


@pytest.fixture
def visit_cohort(chromium, cohort_server):
    """visit_cohort(address, **options of a device) opens a page of the course with all 200 learners."""
    with visiting(chromium, cohort_server) as open_page:
        yield open_page


@pytest.fixture
def look():
    """look(page, name) finds nothing with axe and, where SCREENSHOTS names a folder, keeps a picture of the screen."""
    folder = os.environ.get("SCREENSHOTS")

    def check(page, name):
        if folder:
            Path(folder).mkdir(parents=True, exist_ok=True)
            page.screenshot(path=f"{folder}/{name}.png", full_page=True)
        result = Axe().run(page)
        assert result.violations_count == 0, f"{name}: {result.generate_report()}"
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"{name} is {wide} pixels too wide"

    return check
