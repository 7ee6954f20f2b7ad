"""The wheel carries all it needs: the block runs from it in an environment that has never seen the checkout."""

import json
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

from migrempower_xblock.words import interface_languages

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
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run([sys.executable, "-m", "build", "--outdir", str(folder), str(ROOT)], check=True,
                   capture_output=True)
    (built,) = folder.glob("*.whl")
    return built


def test_the_wheel_holds_every_file_of_the_package_and_nothing_else(wheel):
    inside = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    expected = set()
    for folder, target in (("migrempower_xblock", ""), ("static", "migrempower_xblock/"),
                           ("templates", "migrempower_xblock/")):
        for path in (ROOT / folder).rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts:
                expected.add(target + str(path.relative_to(ROOT)))
    assert inside == expected


def test_the_block_runs_from_the_wheel_in_an_empty_environment(wheel, tmp_path):
    environment = tmp_path / "environment"
    venv.create(environment, with_pip=True)
    python = environment / "bin" / "python"
    subprocess.run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", str(wheel),
                    "XBlock[django]", "xblock-sdk", "Django<6"], check=True, cwd=tmp_path)
    output = subprocess.run([python, "-c", PROGRAM], check=True, cwd=tmp_path, capture_output=True, text=True).stdout
    told = json.loads(output.splitlines()[-1])
    assert str(environment) in told.pop("from")
    assert all(size > 1000 for size in told.pop("served").values())
    assert told == {
        "screen": True, "statements": 30, "languages": list(interface_languages()), "pictures": True, "saved": 200,
        "scales": ["awareness", "cefr", "digcomp-4", "digcomp-8", "frequency", "help", "portfolio"],
        "frameworks": ["cefr", "digcomp-2-2", "digcomp-3", "entrecomp", "everyday", "key-competences", "lifecomp",
                       "migrempower"],
        "handed_in": 200, "result": True,
    }
