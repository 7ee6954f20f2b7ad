"""The house: who may import whom, fields without slips, budgets of what a phone loads."""

import ast
import gzip
import tomllib
from pathlib import Path

import pytest

from migrempower_xblock.cohort_report import CohortReportBlock
from migrempower_xblock.olx import MODULE_OLX, preset_module
from migrempower_xblock.self_evaluation import SelfEvaluationBlock
from migrempower_xblock.training.module import Module
from migrempower_xblock.training_module import TrainingModuleBlock

BLOCKS = (SelfEvaluationBlock, TrainingModuleBlock, CohortReportBlock)
ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "migrempower_xblock"

# Floors from the top; a file imports from lower floors and its own folder only.
FLOORS = [
    {"dashboard"},
    {"self_evaluation", "training_module", "cohort_report", "passport"},
    {"evaluation_page", "training_page", "training_files", "passport_page"},
    {"training_steps"},
    {"recorded", "titled"},
    {"studio", "trainers"},
    {"learner_page", "authored", "rehearsal", "replies"},
    {"management", "retirement", "apps", "checks"},
    {"olx", "block", "jobs", "tasks"},
    {"authoring", "documents", "models", "migrations", "plugin"},
    {"cohorts", "stores"},
    {"templating", "records"},
    {"reporting"},
    {"competences", "training", "charts", "uploaded_tables"},
    {"tables"},
    {"schema", "merging", "standing"},
    {"words", "richtext", "problems", "platform", "locales", "xapi"},
    {"texts", "shapes"},
]
PURE = {"authoring", "reporting", "competences", "training", "charts", "tables", "uploaded_tables", "schema", "merging",
        "standing", "richtext", "texts", "problems", "shapes"}
FRAMEWORKS = {"django", "jinja2", "xblock", "web_fragments", "webob", "submissions", "lms", "cms", "common", "openedx",
              "lxml"}


def room(path):
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(path):
    """Yield (room of ours or None, top-level module or None) for each import of a file."""
    depth = len(path.relative_to(PACKAGE).parts) - 1
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            for name in node.names:
                yield None, name.name.split(".")[0]
        elif isinstance(node, ast.ImportFrom):
            if not node.level:
                yield None, node.module.split(".")[0]
            elif node.level - 1 == depth:  # from the package itself
                for name in [node.module] if node.module else [name.name for name in node.names]:
                    yield name.split(".")[0], None


def sources():
    return [path for path in sorted(PACKAGE.rglob("*.py")) if path.name != "__init__.py" or room(path) != "__init__"]


def test_every_room_has_its_floor():
    assert {room(path) for path in sources()} == set().union(*FLOORS)


def test_imports_run_downwards():
    floor = {name: number for number, names in enumerate(FLOORS) for name in names}
    for path in sources():
        for other, _ in imports(path):
            assert other is None or other == room(path) or floor[other] >= floor[room(path)], f"{path} imports {other}"


def test_pure_rooms_import_no_framework():
    for path in sources():
        if room(path) in PURE:
            assert not {module for _, module in imports(path)} & FRAMEWORKS, path


def test_every_pure_room_has_types_that_are_checked():
    with (ROOT / "pyproject.toml").open("rb") as file:
        settings = tomllib.load(file)["tool"]["mypy"]
    assert settings["strict"] and {room(ROOT / path) for path in settings["files"]} >= PURE | {"records", "cohorts"}


def test_only_the_platform_file_imports_from_the_platform():
    for path in sources():
        if room(path) != "platform":
            assert not {module for _, module in imports(path)} & {"lms", "cms", "common", "openedx"}, path


def test_no_field_hides_a_misspelt_scope():
    for field in (field for block in BLOCKS for field in block.fields.values()):
        assert not [name for name in field.runtime_options if name.lower().startswith("scop")], field.name


def test_the_workbench_folder_does_not_shadow_xblock_sdks_package():
    assert not (ROOT / "workbench" / "__init__.py").exists()


def test_nothing_needs_pkg_resources():
    for path in sources():
        assert not {module for _, module in imports(path)} & {"pkg_resources", "fs"}


def zipped(data):
    return len(gzip.compress(data, 6))


def loaded(kind, *names):
    """Return what the files of one view weigh on their way, each zipped on its own as a server sends it."""
    return sum(zipped((ROOT / "static" / kind / f"{name}.{kind}").read_bytes()) for name in names)


@pytest.mark.parametrize("block", ["self_evaluation", "training_module", "passport"])
def test_scripts_and_styles_of_a_view_keep_their_budgets(block):
    assert loaded("js", "learner", *({} if block == "training_module" else {"replies"}), block) <= 10_000
    assert loaded("css", "learner", block) <= 4_000


def test_the_shared_script_and_style_leave_room_for_the_blocks_own():
    assert loaded("js", "learner") <= 5_600
    assert loaded("css", "learner") <= 2_500


@pytest.mark.django_db
def test_the_page_of_the_shipped_framework_in_two_languages_keeps_its_budget(open_block, call):
    from .test_handlers import everything, hand_in

    call(open_block(), "choose_languages", {"own": "ar", "beside": "en"})
    page = open_block().render("student_view").content
    assert zipped(page.encode()) <= 8_000
    for slug in ("start", "end"):
        hand_in(call, open_block(slug), everything())
    assert zipped(open_block("end").render("student_view").content.encode()) <= 8_000


def only(data, language):
    """Return a document's plain data with its texts in one language."""
    if isinstance(data, list):
        return [only(each, language) for each in data]
    if isinstance(data, dict):
        return {language: data[language]} if language in data else {
            name: only(part, language) for name, part in data.items()}
    return data


@pytest.mark.django_db
def test_the_page_of_a_module_of_twenty_steps_keeps_its_budget(make_block):
    data = only(preset_module("working-life").to_data(), "en") | {"languages": ["en"]}
    activities = [step for step in data["steps"] if "question" in step]
    data["steps"] = [step for step in data["steps"] if step not in activities[10:]]
    module = Module.from_data(data)
    assert (len(module.steps), len(module.activities)) == (20, 10)
    block = make_block(f"<migrempower_training_module>{MODULE_OLX.to_text(module)}</migrempower_training_module>")
    assert zipped(block.render("student_view").content.encode()) <= 8_000


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["my-skills", "equal-treatment", "working-life"])
def test_the_pages_of_shipped_modules_keep_a_budget_of_their_own(open_block, call, name):
    """All their text stands in the page, so that it can be read without a connection: see decision 6."""
    for own, beside, most in (("en", "", 9_500), ("ar", "", 11_500), ("ar", "en", 16_500)):
        call(open_block(name), "choose_languages", {"own": own, "beside": beside})
        assert zipped(open_block(name).render("student_view").content.encode()) <= most, own
