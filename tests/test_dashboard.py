"""The report in the instructor dashboard: settings by Open edX's loader of plugins, tabs by its filters, the page."""

import json
import re
import sys
from contextlib import contextmanager, nullcontext
from importlib import import_module
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest
from django.utils import translation
from edx_django_utils.plugins import add_plugins, get_plugin_apps
from mako.lookup import TemplateLookup
from openedx_filters.learning.filters import InstructorDashboardRenderStarted
from openedx_filters.tooling import OpenEdxPublicFilter
from web_fragments.fragment import Fragment

from migrempower_xblock.apps import MigrEmpowerConfig
from migrempower_xblock.cohort_report import CohortReportBlock
from migrempower_xblock.dashboard import page, runtime
from migrempower_xblock.platform import course_pages
from migrempower_xblock.plugin import FILTERS, MAKO, plugin_settings

from .test_platform import double, lms  # noqa: F401 - fixtures


class TabsRequested(OpenEdxPublicFilter):
    """The filter of the new dashboard, which openedx-filters has from 3.4 on."""

    filter_type = "org.openedx.learning.instructor.dashboard.tabs.requested.v1"


NEW, OLD = TabsRequested.filter_type, InstructorDashboardRenderStarted.filter_type
REPORT = "/migrempower/report/course-v1:MigrEmpower+Lms+2026/"


# -- settings ----------------------------------------------------------------------------------------------------------

def module(**settings):
    made = ModuleType("lms_settings")
    vars(made).update({"INSTALLED_APPS": [], "LMS_ROOT_URL": "https://lms.example.org", "ENV_TOKENS": {}, **settings})
    return made


def added(monkeypatch, *times, **settings):
    """Return the settings after the loader has added all plugins' to them, as the LMS's common and production do."""
    made = module(**settings)
    monkeypatch.setitem(sys.modules, "lms_settings", made)
    for kind in times:
        add_plugins("lms_settings", "lms.djangoapp", kind)
    return made


def test_the_platform_finds_the_app():
    name = "migrempower_xblock.apps.MigrEmpowerConfig"
    assert name in get_plugin_apps("lms.djangoapp") and name in get_plugin_apps("cms.djangoapp")


def test_nothing_has_to_be_set_by_hand(monkeypatch):
    made = added(monkeypatch, "common", "production")
    assert {name: each["pipeline"] for name, each in made.OPEN_EDX_FILTERS_CONFIG.items()} == {
        name: [step] for name, step in FILTERS.items()}
    assert set(FILTERS) == {NEW, OLD}


@pytest.mark.parametrize("before, after", [
    ({"fail_silently": False, "pipeline": ["other.Step"], "log_level": "debug"},
     {"fail_silently": False, "pipeline": ["other.Step", FILTERS[NEW]], "log_level": "debug"}),
    ({"fail_silently": False, "pipeline": "other.Step"},
     {"fail_silently": False, "pipeline": ["other.Step", FILTERS[NEW]]}),
    (["other.Step"], {"fail_silently": True, "pipeline": ["other.Step", FILTERS[NEW]]}),
    ("other.Step", {"fail_silently": True, "pipeline": ["other.Step", FILTERS[NEW]]}),
    ({"pipeline": [FILTERS[NEW], "other.Step"]}, {"pipeline": [FILTERS[NEW], "other.Step"]}),
])
def test_a_filter_that_is_configured_already_keeps_what_it_has(monkeypatch, before, after):
    site = {NEW: before, "another.filter.v1": {"pipeline": ["some.Step"]}}
    made = added(monkeypatch, "common", "production", OPEN_EDX_FILTERS_CONFIG=site)
    assert made.OPEN_EDX_FILTERS_CONFIG[NEW] == after
    assert made.OPEN_EDX_FILTERS_CONFIG["another.filter.v1"] == {"pipeline": ["some.Step"]}


def test_what_production_replaces_is_added_again(monkeypatch):
    made = added(monkeypatch, "common")
    made.OPEN_EDX_FILTERS_CONFIG = {NEW: {"pipeline": ["other.Step"]}}  # as the site's file of settings does
    plugin_settings(made)
    assert made.OPEN_EDX_FILTERS_CONFIG[NEW]["pipeline"] == ["other.Step", FILTERS[NEW]]
    assert made.OPEN_EDX_FILTERS_CONFIG[OLD]["pipeline"] == [FILTERS[OLD]]


def test_the_dashboards_template_is_found_whether_the_folders_are_joined_before_or_after():
    base, joined, later = ["/lms/templates"], ["/lms/templates"], lambda settings: []
    made = module(MAKO_TEMPLATE_DIRS_BASE=base, TEMPLATES=[
        {"BACKEND": "common.djangoapps.edxmako.backend.Mako", "DIRS": joined},
        {"BACKEND": "common.djangoapps.edxmako.backend.Mako", "DIRS": later},
        {"BACKEND": "django.template.backends.django.DjangoTemplates", "DIRS": []}])
    plugin_settings(made)
    plugin_settings(made)
    assert base == joined == ["/lms/templates", MAKO]
    assert made.TEMPLATES[1]["DIRS"] is later and made.TEMPLATES[2]["DIRS"] == []


def test_studio_gets_no_settings_and_no_addresses():
    for of in MigrEmpowerConfig.plugin_app.values():
        assert "cms.djangoapp" not in of


# -- an LMS ------------------------------------------------------------------------------------------------------------

class UserService:
    """The LMS's: all it is not told it does not know."""

    def __init__(self, django_user, user_is_staff=False, anonymous_user_id=None):
        self._attributes = {"edx-platform.is_authenticated": django_user.is_authenticated,
                            "edx-platform.user_id": django_user.id, "edx-platform.user_is_staff": user_is_staff,
                            "edx-platform.anonymous_user_id": anonymous_user_id,
                            "edx-platform.user_preferences": {"pref-lang": LANGUAGES.get(django_user.id)}}

    def get_current_user(self):
        return SimpleNamespace(opt_attrs=self._attributes)


LANGUAGES = {}


class Modulestore:
    def __init__(self, lms):  # noqa: F811
        self.lms = lms

    def has_course(self, key):
        return key == self.lms.course

    def get_course(self, key):
        return SimpleNamespace(display_name="My way")

    def get_items(self, key, qualifiers, include_orphans=True):
        return [self.lms.open_block(each, self.lms.user) for user, each in list(self.lms.content)
                if user is None and getattr(each, "block_type", "") == qualifiers["category"]
                and each.course_key == key]

    def bulk_operations(self, key):
        return nullcontext()


class Tracker:
    def __init__(self):
        self.about, self.told = {}, []

    @contextmanager
    def context(self, name, about):
        self.about = about
        yield
        self.about = {}

    def emit(self, name, data):
        self.told.append((name, data, self.about))


@pytest.fixture
def site(lms, double, monkeypatch, settings, client):  # noqa: F811
    """The LMS with a self-evaluation in its course, one learner, one trainer; ``client`` talks to it."""
    settings.ROOT_URLCONF = "tests.dashboard_urls"
    settings.MIDDLEWARE = [f"django.{each}" for each in (
        "contrib.sessions.middleware.SessionMiddleware", "middleware.csrf.CsrfViewMiddleware",
        "contrib.auth.middleware.AuthenticationMiddleware", "middleware.clickjacking.XFrameOptionsMiddleware")]
    translation.activate("en")
    settings.LMS_ROOT_URL = "https://lms.example.org"
    settings.LOGIN_URL = "/login"
    settings.AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]
    settings.OPEN_EDX_FILTERS_CONFIG = {}
    plugin_settings(settings)
    lms.course, lms.tracker, known = double.COURSE, Tracker(), lms.imported
    modules = {
        "opaque_keys": import_module("opaque_keys"),
        "xmodule.modulestore.django": SimpleNamespace(modulestore=lambda: Modulestore(lms)),
        "lms.djangoapps.courseware.access": SimpleNamespace(has_access=lambda user, action, what, course=None: (
            action == "load" or "staff" in double.roles(user, what))),
        "common.djangoapps.xblock_django.user_service": SimpleNamespace(DjangoXBlockUserService=UserService),
        "common.djangoapps.student.models": SimpleNamespace(
            **vars(lms.models), anonymous_id_for_user=double.anonymous_id_for_user),
        "openedx.core.djangoapps.user_api.preferences.api": SimpleNamespace(
            get_user_preference=lambda user, name: LANGUAGES.get(user.id)),
        "openedx.core.lib.xblock_utils": SimpleNamespace(
            xblock_local_resource_url=lambda block, path: f"/static/xblock/resources/migrempower_xblock/{path}"),
        "eventtracking.tracker": SimpleNamespace(get_tracker=lambda: lms.tracker),
    }

    def imported(name):
        return modules.get(name) or known(name)

    for room in ("migrempower_xblock.platform", "migrempower_xblock.platform.directory",
                 "migrempower_xblock.platform.course_pages"):
        monkeypatch.setattr(import_module(room), "imported", imported)
    monkeypatch.setattr(double.LmsRuntime, "blocks_of_type", None)  # the modulestore answers here
    LANGUAGES.clear()
    lms.content[None, double.usage("start")] = {}
    lms.learner = lms.add_user("amira", "Amira")
    lms.trainer = lms.add_role(lms.add_user("trainer", "Trainer"), "staff")

    def as_user(user):
        lms.user = user
        client.force_login(user)
        return client

    lms.as_user = as_user
    return lms


def tabs(user, key, before=()):
    return TabsRequested.run_pipeline(tabs=list(before), user=user, course_key=key)["tabs"]


def sections(site, user, key):
    site.user = user
    context = {"course": SimpleNamespace(id=key), "sections": [{"section_key": "course_info"}]}
    found, template = InstructorDashboardRenderStarted.run_filter(context=context, template_name="dashboard.html")
    assert template == "dashboard.html"
    return found["sections"][1:]


def test_the_new_dashboard_has_a_tab_that_opens_the_page(site, double):  # noqa: F811
    first = {"tab_id": "course_info", "title": "Course Info", "url": "/x", "sort_order": 10}
    found = tabs(site.trainer, double.COURSE, [first])
    assert found == [first, {"tab_id": "migrempower_report", "title": "Report for trainers", "sort_order": 65,
                             "url": "https://lms.example.org" + REPORT}]
    assert tabs(site.trainer, double.COURSE, found) == found


def test_the_old_dashboard_has_a_section_with_the_page_in_a_frame(site, double):  # noqa: F811
    (section,) = sections(site, site.trainer, double.COURSE)
    assert isinstance(section["fragment"], Fragment)
    template = section["template_path_prefix"] + section["section_key"] + ".html"
    drawn = TemplateLookup([MAKO]).get_template(template).render(section_data=section)
    assert f'src="{REPORT}"' in drawn and 'loading="lazy"' in drawn and 'title="Report for trainers"' in drawn


@pytest.mark.parametrize("who, blocks", [("learner", True), ("trainer", False)])
def test_who_is_not_of_the_team_and_a_course_without_our_blocks_has_no_tab(site, double, who, blocks):  # noqa: F811
    if not blocks:
        site.content.clear()
    assert tabs(getattr(site, who), double.COURSE) == []
    assert sections(site, getattr(site, who), double.COURSE) == []


def test_a_site_can_do_without_the_tabs(site, double, settings):  # noqa: F811
    settings.MIGREMPOWER_DASHBOARD_TAB = False
    assert tabs(site.trainer, double.COURSE) == sections(site, site.trainer, double.COURSE) == []


def test_the_tab_is_called_in_the_language_of_the_account(site, double):  # noqa: F811
    LANGUAGES[site.trainer.id] = "de"
    assert tabs(site.trainer, double.COURSE)[0]["title"] == "Bericht für die Kursleitung"
    assert sections(site, site.trainer, double.COURSE)[0]["section_display_name"] == "Bericht für die Kursleitung"


# -- the page ----------------------------------------------------------------------------------------------------------

def addresses(html):
    return json.loads(re.search(r'<script type="application/json">(.*?)</script>', html)[1])


def test_the_page_shows_a_trainer_the_report_in_the_language_of_the_account(site):
    LANGUAGES[site.trainer.id] = "ar"
    reply = site.as_user(site.trainer).get(REPORT)
    html = reply.content.decode()
    assert reply.status_code == 200 and reply["X-Frame-Options"] == "SAMEORIGIN" and "csrftoken" in reply.cookies
    assert '<html lang="ar" dir="rtl">' in html and "<title>تقرير للمدربات والمدربين – My way</title>" in html
    assert "/courses/course-v1:MigrEmpower+Lms+2026/instructor" in html
    assert set(addresses(html)) == set(page.REQUESTS)


def test_no_script_or_style_stands_in_the_page_itself(site):
    html = site.as_user(site.trainer).get(REPORT).content.decode()
    assert not re.search(r"<script(?![^>]*(src=|application/json))|<style| style=| on[a-z]+=", html)


def test_every_request_the_pages_script_makes_has_its_address():
    script = (Path(__file__).parents[1] / "static/js/report.js").read_text("utf-8")
    asked = {name for name in re.findall(r"'([a-z_]+)'", script) if hasattr(CohortReportBlock, name)}
    assert asked == set(page.REQUESTS)


def test_the_page_lists_the_learners_of_the_course(site):
    client = site.as_user(site.trainer)
    address = addresses(client.get(REPORT).content.decode())["report"]
    reply = client.post(address, json.dumps({"part": "who"}), content_type="application/json")
    assert reply.status_code == 200 and "Amira" in reply.json()["html"]


def test_a_file_is_made_and_sent(site):
    client = site.as_user(site.trainer)
    found = addresses(client.get(REPORT).content.decode())
    reply = client.post(found["start_report"], json.dumps({"kind": "learners"}), content_type="application/json")
    assert reply.json()["job"]["state"] == "done"
    file = client.get(reply.json()["job"]["address"])
    assert file["Content-Disposition"].startswith("attachment;") and b"learner" in b"".join(file)


def test_an_opened_profile_leaves_an_event_of_the_course(site):
    from submissions.models import StudentItem, Submission

    item = StudentItem.objects.create(student_id=site.id_of(site.learner), course_id=str(site.course),
                                      item_id="sharing", item_type="migrempower_sharing")
    block = str(next(iter(site.content))[1])
    Submission.objects.create(student_item=item, attempt_number=1, submitted_at="2026-01-01T00:00:00Z",
                              answer={"block": block, "shared": True, "stamp": 1})
    client = site.as_user(site.trainer)
    address = addresses(client.get(REPORT).content.decode())["profile"]
    reply = client.post(address, json.dumps({"learner": site.id_of(site.learner)}), content_type="application/json")
    assert reply.status_code == 200
    assert site.tracker.told == [("migrempower.report.profile_opened",
                                  {"trainer": site.id_of(site.trainer), "learner": site.id_of(site.learner)},
                                  {"course_id": str(site.course), "org_id": "MigrEmpower"})]


@pytest.mark.parametrize("name", [*page.REQUESTS, "report_file", "submit_studio_edits"])
def test_a_learner_is_refused_by_the_page_and_each_of_its_requests(site, name):
    client = site.as_user(site.learner)
    reply = client.get(REPORT)
    assert reply.status_code == 403 and "Only trainers of this course can see this." in reply.content.decode()
    reply = client.post(f"{REPORT}{name}/", "{}", content_type="application/json")
    assert reply.status_code == 403 and "error" in reply.json()


def test_a_visitor_is_sent_to_the_login(site, client):
    assert client.get(REPORT)["Location"].startswith("/login")
    assert client.post(REPORT + "report/", "{}", content_type="application/json")["Location"].startswith("/login")


@pytest.mark.parametrize("course", ["course-v1:MigrEmpower+Gone+2026", "nonsense", "library-v1:A+B", "lib:A:B"])
def test_a_course_that_is_not_there_is_not_found(site, course):
    assert site.as_user(site.trainer).get(f"/migrempower/report/{course}/").status_code == 404


def test_a_request_that_is_none_of_the_reports_is_not_found(site):
    client = site.as_user(site.trainer)
    assert client.post(REPORT + "load_course/", "{}", content_type="application/json").status_code == 404


def test_the_report_on_its_own_page_keeps_nothing_of_its_own(site):
    block = runtime.PageRuntime(site.trainer, site.course).block()
    assert block.scope_ids.user_id is None and block.display_name == "Report for trainers"


def test_without_the_lms_there_is_no_course_and_nothing_to_tell(monkeypatch):
    monkeypatch.setattr(course_pages, "imported", lambda name: None)
    assert course_pages.course_key("course-v1:A+B+C") is None
    assert course_pages.language_of(None) == "" and course_pages.current_user() is None
    course_pages.tell(SimpleNamespace(org="A"), "name", {})
