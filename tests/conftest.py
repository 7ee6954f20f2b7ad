"""What the tests share: the sample course in the test database, blocks from OLX, requests as the LMS sends them."""

import json
import os

import hypothesis
import pytest

hypothesis.settings.register_profile("steady", deadline=None)  # timing belongs to benchmarks/
hypothesis.settings.load_profile("steady")
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # Playwright's sync API runs an event loop of its own
SLOW_ONES = {"browser", "wheel", "worker"}


def pytest_collection_modifyitems(items):
    """Begin with what takes longest, so that those who share the files out end together."""
    items.sort(key=lambda item: "browser" not in item.path.parts and not SLOW_ONES & {
        mark.name for mark in item.iter_markers()})


@pytest.fixture(scope="session", autouse=True)
def own_files(tmp_path_factory):
    """Keep files apart from those of tests that run at the same time."""
    from django.conf import settings

    settings.MEDIA_ROOT = tmp_path_factory.mktemp("media")


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """Load the sample course once, outside of the tests' transactions."""
    from host import course

    with django_db_blocker.unblock():
        course.load()


@pytest.fixture
def learner():
    from host.people import BY_KEY

    return BY_KEY["new"]


@pytest.fixture
def open_block(db):
    """open_block(slug, person key) gives a block of the sample course as that person's request would."""
    from host import course
    from host.people import EVERYBODY
    from host.runtime import HostRuntime

    def open_it(slug="start", key="new"):
        return HostRuntime(EVERYBODY[key]).get_block(course.BY_SLUG[slug].usage_id)

    return open_it


@pytest.fixture
def make_block(db):
    """make_block(olx, person key) parses OLX into a block of its own."""
    from workbench.runtime import ID_MANAGER

    from host.people import BY_KEY
    from host.runtime import HostRuntime

    def make(olx, key="new"):
        ID_MANAGER.set_scenario("test")
        usage_id = HostRuntime().parse_xml_string(olx)
        return HostRuntime(BY_KEY[key]).get_block(usage_id)

    return make


@pytest.fixture
def call():
    """call(block, handler, body) sends a request through the runtime; gives (status, parsed JSON)."""
    from webob import Request

    def send(block, handler, body=None, method="POST", suffix="", raw=None):
        block = block.runtime.get_block(block.scope_ids.usage_id)  # every request has a block of its own
        data = raw if raw is not None else json.dumps({} if body is None else body).encode()
        request = Request.blank("/", method=method)
        if method == "POST":
            request.body = data
            request.content_type = "application/json"
        response = block.runtime.handle(block, handler, request, suffix)
        is_json = response.content_type == "application/json"
        return response.status_int, json.loads(response.body) if is_json else response

    return send


@pytest.fixture
def fresh():
    """fresh(block) gives the same block as the next request would."""
    return lambda block: block.runtime.get_block(block.scope_ids.usage_id)
