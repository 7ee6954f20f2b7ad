"""What is released: a wheel that carries all it needs, the same bytes each time, a bill that names what it needs."""

import json
import os
import re
import subprocess
import sys
import tarfile
import time
import zipfile
from pathlib import Path

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from migrempower_xblock.words import interface_languages
from tools import release

pytestmark = pytest.mark.wheel
ROOT = Path(__file__).resolve().parents[1]

PROGRAM = """
import json, os, sys
os.environ["DJANGO_SETTINGS_MODULE"] = "workbench.settings"
os.environ["WORKBENCH_DATABASES"] = json.dumps(
    {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}})
os.makedirs("var")
import django
from django.conf import settings
settings.INSTALLED_APPS = [*settings.INSTALLED_APPS, "submissions"]
django.setup()
from django.core.management import call_command
call_command("migrate", run_syncdb=True, verbosity=0)
from workbench.runtime import WorkbenchRuntime, ID_MANAGER
from xblock.core import XBlock
from migrempower_xblock import olx, words
from migrempower_xblock.block import shipped_picture
ID_MANAGER.set_scenario("wheel")
runtime = WorkbenchRuntime("somebody")
WorkbenchRuntime._patch_xblock = lambda self, block: None
block = runtime.get_block(runtime.parse_xml_string('<migrempower_self_evaluation/>'))
fragment = block.render("student_view")
framework = block.load_document()
block_class = XBlock.load_class("migrempower_self_evaluation")
served = {path: len(block_class.open_local_resource(path).read()) for path in (
    "css/learner.css", "css/self_evaluation.css", "css/studio.css", "js/learner.js", "js/self_evaluation.js",
    "js/studio.js", "js/studio_documents.js", "js/studio_widgets.js", "js/studio_pages.js", "js/libraries.js",
    "css/report.css", "js/report.js", "css/passport.css", "js/passport.js", "js/replies.js")}
from webob import Request
def post(handler, body):
    request = Request.blank("/", method="POST", body=json.dumps(body).encode(), content_type="application/json")
    fresh = runtime.get_block(block.scope_ids.usage_id)
    return runtime.handle(fresh, handler, request).status_int
first = next(iter(framework.statements))
print(json.dumps({
    "from": sys.modules["migrempower_xblock"].__file__,
    "screen": 'data-screen="start"' in fragment.content,
    "statements": len(framework.statements),
    "languages": words.interface_languages(),
    "frameworks": olx.framework_names(), "scales": olx.scale_names(),
    "pictures": all(shipped_picture(statement.picture) for statement in framework.statements.values()),
    "served": served,
    "saved": post("save_answers", {"round": 1, "answers": {first: {"stamp": 1, "level": 1}}}),
    "handed_in": post("hand_in", {"round": 1}),
    "result": 'data-screen="result"' in runtime.get_block(block.scope_ids.usage_id).render("student_view").content,
}))
"""



@pytest.fixture(scope="module")
def sources(tmp_path_factory):
    """The sources as somebody has them who got them without git."""
    folder = tmp_path_factory.mktemp("sources") / "unpacked"
    release.copy_sources(folder)
    return folder


@pytest.fixture(scope="module")
def released(sources, tmp_path_factory):
    return release.build(tmp_path_factory.mktemp("released"))


@pytest.fixture(scope="module")
def wheel(released):
    return released[0]


@pytest.fixture(scope="module")
def python(wheel, tmp_path_factory):
    """The Python of an environment that has never seen the checkout."""
    return release.clean_environment(tmp_path_factory.mktemp("environment"), wheel)


@pytest.fixture(scope="module")
def packages(python):
    return release.installed(python)


def files(folder):
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_the_wheel_holds_every_file_of_the_package_and_nothing_else(wheel, sources):
    inside = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert inside == {name if name.startswith("migrempower_xblock/") else f"migrempower_xblock/{name}"
                      for name in files(sources) if name.startswith(("migrempower_xblock/", "static/", "templates/"))}


def test_the_source_archive_holds_every_source(released, sources):
    with tarfile.open(released[1]) as archive:
        inside = {member.name.partition("/")[2] for member in archive.getmembers() if member.isfile()}
    made = {name for name in inside if name.startswith("migrempower_xblock.egg-info/")} | {"PKG-INFO", "setup.cfg"}
    assert inside - made == files(sources) - {".ci/run", ".gitignore"}


def test_the_same_sources_give_the_same_bytes_elsewhere_and_later(released, sources, tmp_path, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", str(release.epoch()))
    for path in sources.rglob("*"):
        os.utime(path, (1_000_000_000, 1_000_000_000))
    before = os.umask(0o077)
    try:
        again = release.build(tmp_path, sources)
    finally:
        os.umask(before)
    for first, second in zip(released, again, strict=True):
        assert (first.name, first.read_bytes()) == (second.name, second.read_bytes())


def test_nothing_in_the_wheel_or_the_source_archive_tells_who_built_it_or_when(released):
    moment = release.epoch()
    with tarfile.open(released[1]) as archive:
        told = {(each.mtime, each.uid, each.gid, each.uname, each.gname) for each in archive.getmembers()}
    assert told == {(moment, 0, 0, "", "")}
    with zipfile.ZipFile(released[0]) as wheel:
        assert {(each.date_time, each.external_attr) for each in wheel.infolist()} == {
            (time.gmtime(moment // 2 * 2)[:6], 0o100644 << 16)}  # the format knows every other second


def test_the_wheel_was_built_with_what_is_pinned(wheel):
    (pinned,) = re.findall("^setuptools==(.+)$", (ROOT / "constraints" / "build.txt").read_text("utf-8"), re.MULTILINE)
    with zipfile.ZipFile(wheel) as inside:
        (name,) = (name for name in inside.namelist() if name.endswith(".dist-info/WHEEL"))
        assert f"\nGenerator: setuptools ({pinned})\n" in inside.read(name).decode()


def test_an_index_would_take_both_and_show_their_description(released):
    checked = subprocess.run([sys.executable, "-m", "twine", "check", "--strict", *released], capture_output=True,
                             text=True)
    assert checked.returncode == 0, checked.stdout


def test_the_bill_is_valid_and_names_all_that_is_needed_with_version_and_licence(wheel, packages):
    text = release.bill(packages, release.epoch())
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    told = json.loads(text)
    components = {each["name"]: each for each in told["components"]}
    with zipfile.ZipFile(wheel) as files:
        (name,) = (name for name in files.namelist() if name.endswith(".dist-info/METADATA"))
        lines = files.read(name).decode().split("\n\n")[0].splitlines()
    asked = [Requirement(line.removeprefix("Requires-Dist: ")) for line in lines if line.startswith("Requires-Dist: ")]
    direct = {canonicalize_name(each.name) for each in asked if each.marker is None}
    assert len(direct) == 11 and direct <= components.keys()
    needs = {each["ref"]: each.get("dependsOn", []) for each in told["dependencies"]}
    ours = told["metadata"]["component"]
    assert set(needs[ours["bom-ref"]]) == {components[name]["bom-ref"] for name in direct}
    assert needs.keys() == {ours["bom-ref"], *(each["bom-ref"] for each in components.values())}
    for each in (ours, *components.values()):
        assert each["version"] == packages[each["name"]]["Version"] and each["licenses"], each["name"]


def test_the_bill_is_the_same_when_it_is_made_again(packages):
    shuffled = dict(reversed(packages.items()))
    assert release.bill(packages, 1) == release.bill(shuffled, 1) != release.bill(packages, 2)
    other = packages | {"lxml": packages["lxml"] | {"Version": "0"}}
    first, second = (json.loads(release.bill(each, 1))["serialNumber"] for each in (packages, other))
    assert first != second


def test_the_block_runs_from_the_wheel_in_an_environment_of_its_own(python, packages, tmp_path):
    subprocess.run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "XBlock[django]",
                    "xblock-sdk", "Django<6"], check=True, cwd=tmp_path)
    output = subprocess.run([python, "-c", PROGRAM], check=True, cwd=tmp_path, capture_output=True, text=True).stdout
    told = json.loads(output.splitlines()[-1])
    assert str(python.parents[1]) in told.pop("from")
    assert all(size > 1000 for size in told.pop("served").values())
    assert told == {
        "screen": True, "statements": 30, "languages": list(interface_languages()), "pictures": True, "saved": 200,
        "scales": ["awareness", "cefr", "digcomp-4", "digcomp-8", "frequency", "help", "portfolio"],
        "frameworks": ["cefr", "digcomp-2-2", "digcomp-3", "entrecomp", "everyday", "key-competences", "lifecomp",
                       "migrempower"],
        "handed_in": 200, "result": True,
    }
