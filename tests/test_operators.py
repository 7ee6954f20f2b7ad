"""What an operator reads is so: the settings in the guide work, its colours, tables and lines of the log are those of
the code, and the files Open edX asks of a repository say what is true.
"""

import ast
import re
import sys
from importlib import import_module
from types import ModuleType, SimpleNamespace

import pytest
import yaml
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from django.apps import apps
from django.core.checks import Tags, registry
from django.core.files.storage import Storage
from xblock.core import XBlock

from migrempower_xblock import jobs, platform, words
from migrempower_xblock.checks import reports_are_kept_privately
from migrempower_xblock.plugin import plugin_settings
from tools import messages

ROOT = messages.ROOT
GUIDE = (ROOT / "docs" / "operators.rst").read_text("utf-8")
SOURCES = {path: path.read_text("utf-8") for path in sorted((ROOT / "migrempower_xblock").rglob("*.py"))}
OURS = {"migrempower_self_evaluation", "migrempower_training_module", "migrempower_cohort_report",
        "migrempower_passport"}


def examples(language):
    """Yield the examples of the guide in a language."""
    for start in re.finditer(rf"^ *\.\. code-block:: {language}\n\n", GUIDE, re.MULTILINE):
        lines = GUIDE[start.end():].split("\n")
        indent = len(lines[0]) - len(lines[0].lstrip())
        inside = []
        for line in lines:
            if line.strip() and not line.startswith(" " * indent):
                break
            inside.append(line[indent:])
        yield "\n".join(inside)


PLUGIN, REPORTS, BUCKET, SHELL, DELETE_ALL, BESIDE = examples("python")


def settings_file(**names):
    """Return the settings of a site as a module, as Open edX has them."""
    made = ModuleType("site_settings")
    vars(made).update({"INSTALLED_APPS": [], **names})
    return made


# -- settings of a site ------------------------------------------------------------------------------------------------

@pytest.fixture
def patches(monkeypatch):
    """What the guide's plugin for Tutor puts into which file of settings."""
    added = []
    hooks = SimpleNamespace(Filters=SimpleNamespace(ENV_PATCHES=SimpleNamespace(add_items=added.extend)))
    monkeypatch.setitem(sys.modules, "tutor", ModuleType("tutor"))
    sys.modules["tutor"].hooks = hooks
    exec(PLUGIN, {})
    assert len(added) == len(dict(added)) == 2
    return dict(added)


FILES, STATIC = "django.core.files.storage.FileSystemStorage", "django.contrib.staticfiles.storage.StaticFilesStorage"


@pytest.mark.parametrize("before", [
    {"STORAGES": {"default": {"BACKEND": FILES}, "staticfiles": {"BACKEND": STATIC}}},
    {"DEFAULT_FILE_STORAGE": FILES, "STATICFILES_STORAGE": STATIC},
], ids=["ulmo", "teak"])
def test_with_tutor_reports_lie_where_no_address_serves_them_and_nothing_else_moves(patches, settings, before):
    site = settings_file(**before)
    exec(patches["openedx-lms-common-settings"], vars(site))
    assert not {"DEFAULT_FILE_STORAGE", "STATICFILES_STORAGE"} & vars(site).keys()  # Django takes one or the other
    assert {name: each["BACKEND"] for name, each in site.STORAGES.items()} == {
        "default": FILES, "staticfiles": STATIC, "migrempower": FILES}
    settings.STORAGES, settings.MIGREMPOWER_REPORTS = site.STORAGES, site.MIGREMPOWER_REPORTS
    assert jobs._storage().location == "/openedx/media-private/migrempower"


class Bucket(Storage):
    """A storage with the one setting of django-storages that counts here."""

    def __init__(self, default_acl):
        self.default_acl = default_acl


def told(settings, **more):
    """Return the ids of what our check says of a site's settings."""
    site = {"ROOT_URLCONF": "lms.urls", "MEDIA_ROOT": "/openedx/media", "MEDIA_URL": "/media/", **more}
    for name, value in site.items():
        setattr(settings, name, value)
    return [each.id for each in reports_are_kept_privately()]


def test_a_check_tells_an_operator_of_reports_that_lie_open(patches, settings):
    assert reports_are_kept_privately in registry.registry.get_checks() and Tags.security in (
        reports_are_kept_privately.tags)
    assert told(settings, MIGREMPOWER_REPORTS={}) == ["migrempower_xblock.W001"]
    assert told(settings, MEDIA_URL="") == told(settings, ROOT_URLCONF="cms.urls") == []
    assert told(settings, MIGREMPOWER_REPORTS={"storage": "gone"}) == ["migrempower_xblock.E001"]
    site = settings_file(STORAGES={})
    exec(patches["openedx-lms-common-settings"], vars(site))
    assert told(settings, STORAGES=site.STORAGES, MIGREMPOWER_REPORTS=site.MIGREMPOWER_REPORTS) == []


@pytest.mark.parametrize("rule, ids", [("public-read", ["migrempower_xblock.W001"]), ("private", []), (None, [])])
def test_a_check_knows_a_bucket_that_anybody_reads(settings, rule, ids):
    bucket = {"BACKEND": f"{__name__}.Bucket", "OPTIONS": {"default_acl": rule}}
    assert told(settings, STORAGES={"default": bucket}, MIGREMPOWER_REPORTS={}) == ids


def test_with_tutor_libraries_offer_what_they_can_hold(patches):
    site = settings_file(LIBRARY_ENABLED_BLOCKS=["html"])
    exec(patches["openedx-cms-common-settings"], vars(site))
    assert site.LIBRARY_ENABLED_BLOCKS == ["html", "migrempower_self_evaluation", "migrempower_training_module"]


def test_without_tutor_all_three_storages_are_named():
    (site,) = map(yaml.safe_load, examples("yaml"))
    assert site["STORAGES"].keys() == {"default", "staticfiles", site["MIGREMPOWER_REPORTS"]["storage"]}


def test_the_other_examples_of_settings_name_settings_there_are():
    site = settings_file(STORAGES={})
    exec(REPORTS, vars(site))
    exec(BUCKET, vars(site))
    assert site.MIGREMPOWER_REPORTS.keys() <= jobs.DEFAULTS.keys()
    assert site.MIGREMPOWER_REPORTS["storage"] in site.STORAGES


def test_another_packages_filter_is_added_beside_ours():
    site = settings_file()
    plugin_settings(site)
    exec(BESIDE, vars(site))
    steps = site.OPEN_EDX_FILTERS_CONFIG["org.openedx.learning.instructor.dashboard.render.started.v1"]["pipeline"]
    assert steps == ["migrempower_xblock.dashboard.steps.OldTab", "somebody_elses.filters.TheirTab"]


@pytest.mark.django_db
def test_what_the_shell_is_given_runs(settings, tmp_path, capsys):
    settings.MEDIA_ROOT = tmp_path
    settings.MIGREMPOWER_REPORTS = {}
    jobs.register("none", SimpleNamespace(cut=lambda task: []))
    job, _ = jobs.start("none", "course", "trainer", {}, name="none.csv", media_type="text/csv")
    space = {}
    exec(SHELL, space)
    assert str(job.id) in capsys.readouterr().out
    exec(DELETE_ALL, space)
    assert not space["ReportJob"].objects.exists()


def test_all_types_of_blocks_are_named():
    types = {name for name, cls in XBlock.load_classes() if cls.__module__.startswith("migrempower_xblock.")}
    assert types == OURS == set(re.findall(r"``(migrempower_(?!xblock)\w+)``", GUIDE))


# -- what to watch -----------------------------------------------------------------------------------------------------

def test_every_line_of_the_log_is_explained():
    told = []
    for path, source in SOURCES.items():
        for node in ast.walk(ast.parse(source)):
            if (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
                    and getattr(node.func.value, "id", "") == "log"):
                logger = ".".join(path.relative_to(ROOT).with_suffix("").parts)
                told.append((logger, node.func.attr.upper(), node.args[0].value.split("%")[0].strip()))
    assert len(told) == 3
    for logger, level, beginning in told:
        assert re.search(rf"\* - ``{re.escape(logger)}``\n     - {level} ``{beginning} <", GUIDE), (logger, beginning)


def test_the_tables_to_back_up_are_those_that_are_written():
    written = [apps.get_model("submissions", name) for name in ("StudentItem", "Submission")]
    written += apps.get_app_config("migrempower_xblock").get_models()
    assert len(written) == 4
    for model in written:
        assert f"``{model._meta.db_table}``" in GUIDE


# -- colours -----------------------------------------------------------------------------------------------------------

def test_the_variables_of_a_theme_are_those_the_styles_read_with_the_same_colours_where_there_is_none():
    read = {}
    for path in (ROOT / "static" / "css").glob("*.css"):
        style = path.read_text("utf-8")
        found = re.findall(r"var\((--pgn-[\w-]+), ([^)]+)\)", style)
        assert len(found) == style.count("--pgn-")
        for name, without in found:
            read.setdefault(name, set()).add(without)
    assert {name: {colour} for name, colour in re.findall(
        r"\* - ``(--pgn-[\w-]+)``\n     - .*\n     - (#\w+)\n", GUIDE)} == read


# -- words of a site's own ---------------------------------------------------------------------------------------------

@pytest.fixture
def site_catalogue(tmp_path, monkeypatch):
    """write(locale, {message: translation}) compiles a catalogue where the platform pulls those of its blocks."""
    root = tmp_path / "conf" / "plugins-locale" / "xblock.v1"
    monkeypatch.setitem(sys.modules, "xmodule.modulestore.api", SimpleNamespace(get_python_locale_root=lambda: root))

    def forget():
        platform.imported.cache_clear()
        words._words.cache_clear()

    def write(locale, texts):
        catalogue = Catalog(locale=locale)
        for message, text in texts.items():
            catalogue.add(message, text)
        path = root / "migrempower_xblock" / locale / "LC_MESSAGES" / "django.mo"
        path.parent.mkdir(parents=True)
        with path.open("wb") as out:
            write_mo(out, catalogue)

    forget()
    yield write
    monkeypatch.undo()
    forget()


def test_a_site_changes_single_words_and_the_rest_stays(site_catalogue):
    site_catalogue("de", {"Hand in": "Fertig!", ("{n} question", "{n} questions"): ("{n} Ding", "{n} Dinge")})
    ours = messages.read("de")
    said = words.words_for("de")
    assert said.gettext("Hand in") == "Fertig!" != ours.get("Hand in").string
    assert [said.ngettext("{n} question", "{n} questions", n) for n in (1, 2)] == ["{n} Ding", "{n} Dinge"]
    assert said.gettext("Next") == ours.get("Next").string != "Next"
    assert words.words_for("ar").gettext("Next") == messages.read("ar").get("Next").string


def test_a_site_without_catalogues_of_its_own_has_ours(site_catalogue):
    assert words.words_for("es").gettext("Next") == messages.read("es").get("Next").string


def test_catalogues_are_written_as_a_sites_repository_has_them(tmp_path):
    messages.write_for_atlas(tmp_path)
    found = {path.relative_to(tmp_path).as_posix(): path.read_bytes() for path in tmp_path.rglob("*.po")}
    beginning = "translations/migrempower-xblock/migrempower_xblock/conf/locale"
    assert found == {f"{beginning}/{locale}/LC_MESSAGES/django.po": messages.path_of(locale).read_bytes()
                     for locale in messages.LOCALES}
    assert f"build/{beginning}/" in GUIDE


# -- what Open edX asks of a repository --------------------------------------------------------------------------------

PII_TYPES = {"id", "name", "username", "password", "location", "phone_number", "email_address", "birth_date", "ip",
             "external_service", "biography", "gender", "sex", "image", "video", "other"}
PII_RETIREMENT = {"retained", "local_api", "consumer_api", "third_party"}


def annotations(text):
    """Return {annotation: what is said}."""
    return dict(re.findall(r"^\s*\.\. (\w+): ?(.*)$", text or "", re.MULTILINE))


def test_every_table_and_the_records_say_what_they_hold_of_people_and_how_it_goes():
    texts = {model.__name__: model.__doc__ for model in apps.get_app_config("migrempower_xblock").get_models()}
    texts["records"] = import_module("migrempower_xblock.records").__doc__
    assert len(texts) == 3
    for name, text in texts.items():
        said = annotations(text)
        if "no_pii" in said:
            continue
        assert said["pii"], name
        assert set(re.split(r",\s*", said["pii_types"])) <= PII_TYPES, name
        assert said["pii_retirement"] in PII_RETIREMENT, name


def test_the_catalogue_entry_is_one_backstage_takes():
    entry = yaml.safe_load((ROOT / "catalog-info.yaml").read_text("utf-8"))
    assert (entry["apiVersion"], entry["kind"]) == ("backstage.io/v1alpha1", "Component")
    assert f'name="{entry["metadata"]["name"]}"' in (ROOT / "setup.py").read_text("utf-8")
    assert re.match(r"(group|user):\S+$", entry["spec"]["owner"])
    assert entry["spec"]["type"] in {"service", "website", "library"}
    assert entry["spec"]["lifecycle"] in {"experimental", "production", "deprecated"}
