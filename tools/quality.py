"""A report on the code: what nothing uses, and what is hard to follow.

``python tools/quality.py`` ends with 1 where it finds something that nothing uses: no code, no template, no script.
What frameworks call by its name is listed below. Style, types and the limit of complexity are ``make lint``'s.
"""

import argparse
import json
import re
import subprocess
import sys
from pathlib import Path

from vulture import Vulture

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "migrempower_xblock"
# Not the tests: what only they use is dead. Tools and benchmarks are run by hand, so what they use is used.
USERS = (PACKAGE, ROOT / "workbench", ROOT / "tools", ROOT / "benchmarks")
WORDS = re.compile(r"\w+")
READ_BY_NAME = re.compile(r'(?:attr|item)getter\("(\w+)"')
# Where else a name may stand: templates, scripts, the passport's layout, entry points.
READERS = (("templates", "*.html"), ("static/js", "*.js"), ("migrempower_xblock", "*.html"),
           ("migrempower_xblock", "*.typ"), (".", "setup.py"))
HANDLERS = ["@*handler", "@receiver"]  # called by their names in addresses, or by signals
KNOWN = {
    "XBlock and Open edX call or read these": {
        "author_view", "clear_student_state", "generate_report_data", "get_object", "get_result", "has_author_view",
        "has_custom_completion", "icon_class", "open_local_resource", "parse_xml", "public_view", "requesting_user_id",
        "rescore", "resource", "resource_url", "resources_dir", "set_score", "show_in_read_only_mode",
        "student_view_data", "studio_view", "validate", "additional_fields", "_verb", "run_filter", "sender"},
    "Django reads these": {
        "Command", "Meta", "add_arguments", "constraints", "default_auto_field", "dependencies", "operations",
        "plugin_app", "plugin_settings", "urlpatterns", "verbose_name"},
    "columns of ours, read by queries": {"active_key", "taken_at"},
    "a row of a job's, read by its manager": {"ReportPart"},
    "steps of filters, named in settings": {"NewTab", "OldTab"},
    "writers, named in documents/__init__.py": {"to_docx", "to_elm", "to_pdf"},
    "python-docx and openpyxl write these down": {
        "autofit", "comments", "created", "cs_bold", "freeze_panes", "keep_with_next", "left_margin", "modified",
        "number_format", "page_height", "page_width", "rgb", "right_margin", "space_after", "space_before"},
    "Jinja reads these": {"globals"},
    "a part of a signature that callers give by name": {"records_here"},
}
COMPLEX = 8  # branches from which a function is named here; ``make lint`` refuses more than 12


def dead():
    """Return what nothing uses, as lines of text."""
    finder = Vulture(ignore_decorators=HANDLERS)
    finder.scavenge([str(path) for path in USERS])
    elsewhere = {word for folder, pattern in READERS for path in (ROOT / folder).glob(f"**/{pattern}")
                 if ".venv" not in path.parts for word in WORDS.findall(path.read_text("utf-8"))}
    by_name = {word for path in PACKAGE.rglob("*.py") for word in READ_BY_NAME.findall(path.read_text("utf-8"))}
    known = elsewhere.union(by_name, *KNOWN.values())
    return [f"{item.filename.relative_to(ROOT)}:{item.first_lineno}: nothing uses the {item.typ} '{item.name}'"
            for item in finder.get_unused_code(min_confidence=60)
            if item.filename.is_relative_to(PACKAGE) and item.name not in known]


def hard():
    """Return the functions with more than ``COMPLEX`` branches, the worst first, as lines of text."""
    found = subprocess.run(
        [sys.executable, "-m", "ruff", "check", "--select", "C901", "--config",
         f"lint.mccabe.max-complexity = {COMPLEX}", "--output-format", "json", *map(str, USERS)],
        capture_output=True, text=True, check=False)
    told = [(int(re.search(r"\((\d+) >", each["message"])[1]), Path(each["filename"]).relative_to(ROOT),
             each["location"]["row"], each["message"].split("`")[1]) for each in json.loads(found.stdout)]
    return [f"{branches:3}  {path}:{line} {name}" for branches, path, line, name in sorted(told, reverse=True)]


def main():
    """Print the report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--unused", action="store_true", help="only what nothing uses, and nothing where there is none")
    unused, only = dead(), parser.parse_args().unused
    if unused or not only:
        print("Unused:", *(unused or ["nothing"]), sep="\n  ")
    if not only:
        print(f"Functions with more than {COMPLEX} branches:", *(hard() or ["none"]), sep="\n  ")
    return int(bool(unused))


if __name__ == "__main__":
    sys.exit(main())
