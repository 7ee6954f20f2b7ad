"""A release keeps its word: what it runs with, what it needs, its number, and how to leave it."""

import json
import os
import re
import runpy
import sqlite3
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import setuptools
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tools import matrix, release

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "migrempower_xblock"
CHANGELOG = (ROOT / "CHANGELOG.rst").read_text("utf-8")
OPTIONAL = ("event_routing_backends",)  # packages of a platform that some of our modules are for, taken to be absent
RELEASES = sorted(path.stem for path in (ROOT / "constraints").glob("*.txt") if path.stem != "build")

WITHOUT_PKG_RESOURCES = """
import importlib, json, sys
asked = []
class Refusing:
    def find_spec(self, name, path=None, target=None):
        if (top := name.partition(".")[0]) in ("pkg_resources", *sys.argv[1:]):
            asked.append(top)
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Refusing())
import django
from django.conf import settings
settings.configure(INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "submissions",
                                   "migrempower_xblock"])
django.setup()
for name in json.load(sys.stdin):
    try:
        importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name.partition(".")[0] not in sys.argv[1:]:
            raise
print("pkg_resources" in asked)
"""


@pytest.fixture
def given(monkeypatch):
    """What setup.py gives to setuptools."""
    told = {}
    monkeypatch.setattr(setuptools, "setup", told.update)
    runpy.run_path(str(ROOT / "setup.py"))
    return told


def modules():
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def test_every_module_is_imported_where_there_is_no_pkg_resources_and_none_asks_for_it():
    done = subprocess.run([sys.executable, "-c", WITHOUT_PKG_RESOURCES, *OPTIONAL], cwd=ROOT,
                          input=json.dumps([*modules()]), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "False\n"


def test_leaving_takes_the_tables_of_this_package_and_no_other(tmp_path):
    def manage(*arguments):
        subprocess.run([sys.executable, ROOT / "workbench" / "manage.py", *arguments, "--verbosity", "0"], check=True,
                       env=os.environ | {"MIGREMPOWER_VAR": str(tmp_path)})
        with sqlite3.connect(tmp_path / "workbench.sqlite3") as database:
            return {name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}

    before = manage("migrate", "--run-syncdb")
    ours = {name for name in before if name.startswith("migrempower_xblock_")}
    assert ours >= {"migrempower_xblock_reportjob", "migrempower_xblock_reportpart"}
    assert before - manage("migrate", "migrempower_xblock", "zero") == ours


def test_the_number_is_that_of_the_changelog_and_what_is_not_released_stands_above(given):
    titles = re.findall(r"^(.+)\n\*{3,}$", CHANGELOG, re.MULTILINE)
    assert titles[0] == "Pending"
    number, day = titles[1].split(" — ")
    assert number == given["version"]
    assert date.fromisoformat(day)
    upgrading = (ROOT / "docs" / "upgrading.rst").read_text("utf-8")
    assert f"migrempower-xblock=={number}``" in upgrading and f" to {number}\n" in upgrading


def test_a_release_is_dated_by_its_commit_and_without_git_by_the_changelog(tmp_path, monkeypatch):
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    (tmp_path / "CHANGELOG.rst").write_text("1.1.0 — 2027-02-01\n***\n1.0.0 — 2026-11-27\n***\n", "utf-8")
    assert release.epoch(tmp_path) == datetime(2027, 2, 1, tzinfo=UTC).timestamp()
    subprocess.run("git init -q && git add . && git -c user.name=N -c user.email=n@example.org commit -qm one",
                   shell=True, check=True, cwd=tmp_path,
                   env=os.environ | {"GIT_COMMITTER_DATE": "1700000000 +0300", "GIT_AUTHOR_DATE": "1600000000 +0000"})
    assert release.epoch(tmp_path) == 1_700_000_000


def test_it_asks_for_no_package_that_another_version_of_xblock_brings_itself(given):
    """XBlock 6.2 and newer own the files of web-fragments; older ones ask for it."""
    assert "web-fragments" not in {canonicalize_name(Requirement(each).name) for each in given["install_requires"]}


@pytest.mark.parametrize("name", RELEASES)
def test_the_pins_of_a_release_of_open_edx_are_what_this_package_asks_for(name, given):
    text = (ROOT / "constraints" / f"{name}.txt").read_text("utf-8")
    lines = [Requirement(line) for line in text.splitlines() if line and not line.startswith("#")]
    pins = {canonicalize_name(each.name): re.fullmatch("==([^*,]+)", str(each.specifier))[1] for each in lines}
    assert len(pins) == len(lines)
    met = {canonicalize_name(each.name): each.specifier for each in map(Requirement, given["install_requires"])}
    assert met.keys() - pins.keys() == {"openpyxl", "python-docx", "typst"}  # the platform has none of them
    for other in met.keys() & pins.keys():
        assert met[other].contains(pins[other]), other


def test_the_matrix_has_every_release_and_every_python_and_django_that_the_package_names(given):
    assert {row.release for row in matrix.ROWS if row.release} == set(RELEASES)
    for name, versions in (("Programming Language :: Python", {row.python for row in matrix.ROWS}),
                           ("Framework :: Django", {row.django for row in matrix.ROWS if row.django})):
        assert {each.split(" :: ")[2] for each in given["classifiers"] if each.startswith(f"{name} :: ")} == versions
    for path in matrix.MEETING:
        assert (ROOT / path).is_file(), path


def test_a_python_that_is_missing_is_said_in_a_sentence_and_is_no_fault(monkeypatch):
    outcome = matrix.run(matrix.Row("3.99", "6.1", "5.2", "0.14"), None, None)
    assert not outcome.wrong
    table = matrix.as_text([outcome.cells()])
    assert [*map(str.split, table.splitlines())][1][:5] == ["3.99", "6.1", "5.2", "0.14", "no"]
    assert "There is no Python 3.99 on this machine; PYTHONS names one that is elsewhere." in table


def test_a_python_is_found_where_pythons_names_it_first(tmp_path, monkeypatch):
    other = tmp_path / "python-of-mine"
    other.symlink_to(sys.executable)
    monkeypatch.setenv("PYTHONS", f"{tmp_path / 'nothing'} {other}")
    path, full = matrix.find(matrix.HERE)
    assert path == str(other) and full.startswith(f"{matrix.HERE}.")


@pytest.mark.parametrize(("said", "why", "wrong"), [
    ("ERROR: Ignored the following versions that require a different python version: 6.2.0 Requires-Python >=3.12; "
     "6.3.4 Requires-Python >=3.12\nERROR: Could not find a version that satisfies the requirement XBlock==6.3.*\n"
     "ERROR: No matching distribution found for XBlock==6.3.*",
     "XBlock==6.3.* cannot be installed: it needs Python >=3.12.", False),
    ("ERROR: No matching distribution found for XBlock==7.*",
     "pip install failed: ERROR: No matching distribution found for XBlock==7.*", True),
])
def test_what_this_python_cannot_have_is_no_fault_and_anything_else_is(tmp_path, said, why, wrong):
    pip = tmp_path / "python"
    pip.write_text(f"#!{sys.executable}\nimport sys\nprint({said!r})\nsys.exit(1)\n")
    pip.chmod(0o755)
    with pytest.raises(matrix.Unfit) as caught:
        matrix._pip(pip, "install", "XBlock")
    assert (str(caught.value), caught.value.wrong) == (why, wrong)


def test_the_table_that_is_kept_has_a_line_for_every_row():
    told = [dict(zip(matrix.Outcome.COLUMNS, cells, strict=True)) for cells in matrix.kept()]
    assert len(told) == len(matrix.ROWS)
    for row, line in zip(matrix.ROWS, told, strict=True):
        assert line["Python"].startswith(row.python) and line["Open edX"] == row.release.capitalize()
        assert row.release or "newest" in row.xblock or line["XBlock"].startswith(row.xblock)
        assert date.fromisoformat(line["Day"])
        assert (line["Installed"] == "yes" and int(line["Passed"]) > 0 and line["Failed"] == "0") or line["Remark"]
