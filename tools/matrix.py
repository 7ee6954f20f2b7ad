"""The versions this package runs with: each row of ``ROWS`` in an environment of its own, as a table.

A row installs what stands there before us (the pins of a release of Open edX, or an XBlock and a Django), then our
wheel, and fails if that changed a version of anything that was there, or if ``pip check`` finds fault. Then it runs
tests: of a release all that need neither browser nor wheel nor workers, of the others those that meet XBlock or Django
(``MEETING``): views, handlers, OLX, records, the form in Studio, reports. What cannot be had is said in its row.

Pythons are looked for at ``PYTHONS="/path/of/python …"``, on the PATH as ``python3.12``, and among pyenv's. Only a row
of the Python that runs this makes it end with an error, so that a machine with one Python can use it.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from xml.etree import ElementTree

from tools import release

ROOT = Path(__file__).resolve().parents[1]
KEPT = ROOT / "docs" / "compatibility.rst"
MARK = ".. Measured by make matrix: everything below this line is written by it.\n"
HERE = f"{sys.version_info.major}.{sys.version_info.minor}"
QUICK = ("--ignore=tests/browser", "-m", "not browser and not wheel and not worker",
         "--deselect=tests/test_release.py::test_the_table_that_is_kept_has_a_line_for_every_row")
MEETING = tuple(f"tests/test_{name}.py" for name in (
    "handlers", "self_evaluation", "training_module", "passport", "olx", "course", "studio", "trainers", "reporting",
    "jobs", "platform", "hostile", "workbench", "release"))
PLATFORM = ("celery", "edx-submissions")  # what this package asks for that is part of any LMS


@dataclass(frozen=True)
class Row:
    """One combination: versions as ``major.minor``, or "newest"; of a release they stand in ``constraints/``."""

    python: str
    xblock: str = ""
    django: str = ""
    sdk: str = ""
    release: str = ""

    def __str__(self):
        return self.release or f"XBlock {self.xblock}, Django {self.django}"

    @property
    def before(self):
        """What stands there before us, as arguments of pip."""
        if self.release:
            return ["-r", str(ROOT / "constraints" / f"{self.release}.txt")]
        versions = (("XBlock[django]", self.xblock), ("Django", self.django))
        return [*(name if version == "newest" else f"{name}=={version}.*" for name, version in versions), *PLATFORM]


# xblock-sdk has the versions that go with an XBlock; 0.15 needs Python 3.12.
ROWS = (
    Row("3.11", release="teak", sdk="0.13"),
    Row("3.11", release="ulmo", sdk="0.13"),
    *(Row("3.11", xblock, django, sdk)
      for xblock, sdk in (("5.1", "0.12"), ("5.2", "0.13"), ("5.3", "0.13"), ("6.0", "0.14"), ("6.1", "0.14"))
      for django in ("4.2", "5.2")),
    Row("3.11", "6.3", "5.2", "0.15"),
    Row("3.12", release="verawood", sdk="0.15"),
    Row("3.12", "newest", "5.2", "newest"),
    Row("3.13", "newest", "5.2", "newest"),
)


@dataclass
class Outcome:
    """What came of a row; ``why`` says in a sentence what is missing or wrong, ``wrong`` if it is ours to mend."""

    row: Row
    python: str = ""
    versions: dict = None
    passed: int | None = None
    failed: int | None = None
    seconds: float = 0
    why: str = ""
    wrong: bool = False

    COLUMNS = ("Python", "XBlock", "Django", "xblock-sdk", "Open edX", "Installed", "Passed", "Failed", "Seconds",
               "Day", "Remark")

    def cells(self):
        """Return the texts of ``COLUMNS``."""
        found = self.versions or {}
        return [self.python or self.row.python,
                *(found.get(name, asked) for name, asked in (
                    ("xblock", self.row.xblock), ("django", self.row.django), ("xblock-sdk", self.row.sdk))),
                self.row.release.capitalize(), "yes" if found else "no",
                *("" if count is None else str(count) for count in (self.passed, self.failed)),
                f"{self.seconds:.0f}" if self.seconds else "", f"{date.today()}", self.why]


class Unfit(Exception):
    """A row ends here; ``wrong`` if it is ours to mend."""

    def __init__(self, why, wrong=True):
        super().__init__(why)
        self.wrong = wrong


def _version(python):
    """Return "3.12.1" for a Python that starts, else None; pyenv's commands stand on the PATH and may not start."""
    asked = subprocess.run([python, "-c", "import platform; print(platform.python_version())"], capture_output=True,
                           text=True)
    return asked.stdout.strip() if asked.returncode == 0 else None


def find(version):
    """Return (path, "3.12.1") of a Python of a version such as "3.12", or None where there is none."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    for name in (*os.environ.get("PYTHONS", "").split(), sys.executable, f"python{version}",
                 *sorted(map(str, pyenv.glob(f"{version}.*/bin/python")), reverse=True)):
        path = shutil.which(name)
        if path and (full := _version(path) or "").startswith(f"{version}."):
            return path, full
    return None


def _pip(python, *arguments):
    done = subprocess.run([python, "-m", "pip", "--disable-pip-version-check", *arguments], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        asked = re.search(r"\d Requires-Python ([^;\s]+)(?s:.*)No matching distribution found for (\S+)", done.stdout)
        if asked:
            raise Unfit(f"{asked[2]} cannot be installed: it needs Python {asked[1]}.", wrong=False)
        errors = [line.strip() for line in done.stdout.splitlines() if line.startswith("ERROR: ")]
        raise Unfit(f"pip {arguments[0]} failed: " + " ".join(errors or done.stdout.splitlines()[-3:]))


def _add(python, *packages):
    _pip(python, "install", "--quiet", "--no-compile", *packages)


def _versions(python):
    return {name: each["Version"] for name, each in release.installed(python).items()}


def _install(row, python, wheel, tree, folder):
    """Install what is there before us, us, and what the tests need; return the versions of all."""
    _add(python, *row.before)
    before = _versions(python)
    _add(python, wheel)
    after = _versions(python)
    if changed := [f"{name} {version} became {after.get(name, 'nothing')}" for name, version in sorted(before.items())
                   if after.get(name) != version]:
        raise Unfit(f"Our package changes what was there: {', '.join(changed)}.")
    _pip(python, "check")
    pins = folder / "pins.txt"
    pins.write_text("".join(f"{name}=={version}\n" for name, version in after.items() if name != release.NAME))
    _add(python, "-c", pins, "-e", f"{tree}[workbench,test]",
         "xblock-sdk" if row.sdk == "newest" else f"xblock-sdk=={row.sdk}.*")
    return _versions(python)


def _test(outcome, python, tree, folder, workers):
    report = folder / "report.xml"
    done = subprocess.run(
        [python, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--junit-xml={report}", *QUICK,
         *(["-n", str(workers), "--dist", "loadfile"] if workers > 1 else []),
         *(() if outcome.row.release else MEETING)],
        cwd=tree, env=os.environ | {"MIGREMPOWER_VAR": str(folder / "var")}, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True)
    if not report.is_file():
        raise Unfit("The tests did not run: " + " ".join(done.stdout.splitlines()[-3:]))
    suite = ElementTree.parse(report).getroot().find("testsuite")
    outcome.failed = int(suite.get("failures")) + int(suite.get("errors"))
    outcome.passed = int(suite.get("tests")) - outcome.failed - int(suite.get("skipped"))
    if done.returncode or outcome.failed or not outcome.passed:
        print(done.stdout, file=sys.stderr)
        first = re.search(r"^(?:FAILED|ERROR) (\S+)", done.stdout, re.MULTILINE)
        raise Unfit(f"First to fail: {first[1]}." if first else f"The tests ended with {done.returncode}.")


def run(row, wheel, tree, workers=1):
    """Run one row with our wheel and a copy of the sources; return its ``Outcome``, which says where it ends early."""
    outcome = Outcome(row)
    found = find(row.python)
    if found is None:
        outcome.why = f"There is no Python {row.python} on this machine; PYTHONS names one that is elsewhere."
        return outcome
    outcome.python = found[1]
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        try:
            subprocess.run([found[0], "-m", "venv", folder / "venv"], check=True)
            python = str(folder / "venv" / "bin" / "python")
            outcome.versions = _install(row, python, wheel, tree, folder)
            _test(outcome, python, tree, folder, workers)
        except Unfit as error:
            outcome.why, outcome.wrong = str(error), error.wrong
    outcome.seconds = time.monotonic() - began
    return outcome


def as_text(table):
    """Return rows of cells as a table of plain text."""
    lines = [Outcome.COLUMNS, *table]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join("  ".join(map(str.ljust, line, widths)).rstrip() for line in lines)


def as_rst(table):
    """Return rows of cells as a table for the docs."""
    lines = ["Measured with ``make matrix``:", "", ".. list-table::", "   :header-rows: 1", ""]
    for cells in (Outcome.COLUMNS, *table):
        lines += [f"   {'*' if not number else ' '} - {cell}".rstrip() for number, cell in enumerate(cells)]
    return "\n".join(lines) + "\n"


def kept():
    """Return the rows of cells that ``KEPT`` has, one for each of ``ROWS``."""
    rows = KEPT.read_text("utf-8").split(MARK)[1].split("   * - ")[2:]
    return [[cell.strip() for cell in row.split("\n     -")] for row in rows]


def main():
    """Run the rows that are asked for and print them; with ``--keep`` they replace those that are kept."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", default="", help="rows whose name has this, such as teak or 'XBlock 6.1'")
    parser.add_argument("--workers", type=int, default=1, help="processes that run a row's tests")
    parser.add_argument("--keep", action="store_true", help="write the table into docs/compatibility.rst")
    wanted = parser.parse_args()
    rows = [row for row in ROWS if wanted.only in f"{row} on Python {row.python}"]
    outcomes = []
    with tempfile.TemporaryDirectory() as temporary:
        tree = Path(temporary) / "tree"
        release.copy_sources(tree)
        wheel, _ = release.build(Path(temporary), tree)
        for row in rows:
            outcomes.append(run(row, wheel, tree, wanted.workers))
            print(f"{row} on Python {row.python}:", " | ".join(outcomes[-1].cells()), flush=True)
    measured = {outcome.row: outcome.cells() for outcome in outcomes}
    print(f"\n{as_text(measured.values())}")
    if wanted.keep:
        table = [measured.get(row, cells) for row, cells in zip(ROWS, kept(), strict=True)]
        KEPT.write_text(KEPT.read_text("utf-8").split(MARK)[0] + MARK + "\n" + as_rst(table), "utf-8")
    sys.exit(any(outcome.wrong and outcome.row.python == HERE for outcome in outcomes))


if __name__ == "__main__":
    main()
