"""The course's archive: every file in it is read by XBlock's own OLX parsing, and every block shows."""

import json
import tarfile

import pytest
from lxml import etree
from xblock.core import XBlock
from xblock.fields import Scope, String

from migrempower_xblock.olx import module_names, preset_module
from tools.course import SOURCE, build


class Container(XBlock):
    """What the platform calls course, chapter, sequential or vertical: an outline with a name."""

    has_children = True
    display_name = String(default="", scope=Scope.settings)
    format = String(default="", scope=Scope.settings)

    @classmethod
    def parse_xml(cls, node, runtime, keys):
        """Read children by the runtime; attributes of the platform's own are not ours to read."""
        block = runtime.construct_xblock_from_class(cls, keys)
        block.display_name, block.format = node.get("display_name", ""), node.get("format", "")
        for child in node:
            if isinstance(child.tag, str):
                runtime.add_node_as_child(block, child)
        return block


class Html(XBlock):
    """The platform's block for HTML, as far as its OLX goes."""

    display_name = String(default="", scope=Scope.settings)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """The archive's files, as Studio unpacks them."""
    folder = tmp_path_factory.mktemp("course")
    with tarfile.open(build(folder / "course.tar.gz")) as archive:
        archive.extractall(folder, filter="data")
    return folder / "course"


def resolved(node, folder):
    """Return an element with what its pointers point to in its place, as the platform's importer reads them."""
    if len(node) == 0 and set(node.attrib) <= {"url_name", "org", "course"}:
        name = node.get("url_name")
        target = etree.parse(str(folder / node.tag / f"{name}.xml")).getroot()
        target.set("url_name", name)
        node = target
    for child in list(node):
        if isinstance(child.tag, str):
            node.replace(child, resolved(child, folder))
    return node


def test_the_same_files_make_the_same_archive(tmp_path):
    assert build(tmp_path / "one.tar.gz").read_bytes() == build(tmp_path / "two.tar.gz").read_bytes()


@pytest.mark.django_db
@XBlock.register_temp_plugin(Container, "course")
@XBlock.register_temp_plugin(Container, "chapter")
@XBlock.register_temp_plugin(Container, "sequential")
@XBlock.register_temp_plugin(Container, "vertical")
@XBlock.register_temp_plugin(Html, "html")
def test_the_archive_imports_and_each_block_shows(files):
    from workbench.runtime import ID_MANAGER

    from host.people import BY_KEY
    from host.runtime import HostRuntime

    course = resolved(etree.parse(str(files / "course.xml")).getroot(), files)
    shown, formats = [], set()
    ID_MANAGER.set_scenario("archive")
    usage = HostRuntime().parse_xml_string(etree.tostring(course, encoding="unicode"))
    runtime = HostRuntime(BY_KEY["trainer"])

    def visit(block):
        kind = block.scope_ids.block_type
        if kind == "sequential":
            formats.add(block.format)
        for child in getattr(block, "children", ()):
            visit(runtime.get_block(child))
        if kind.startswith("migrempower_"):
            assert "mige" in block.render("student_view").content and not getattr(block, "problems", None)
            shown.append((kind, getattr(block, "module", "")))

    visit(runtime.get_block(usage))
    kinds = [kind for kind, _ in shown]
    assert kinds.count("migrempower_self_evaluation") == 3 and kinds.count("migrempower_passport") == 1
    assert kinds[-1] == "migrempower_cohort_report"
    assert {module for kind, module in shown if kind == "migrempower_training_module"} == set(module_names())
    grading = json.loads((files / "policies" / "2026" / "grading_policy.json").read_text("utf-8"))
    assert {grader["type"] for grader in grading["GRADER"]} == formats - {""}
    assert sum(grader["weight"] for grader in grading["GRADER"]) == pytest.approx(1)


def test_no_element_of_ours_is_a_pointer_and_names_are_their_own():
    course = etree.parse(str(SOURCE / "course" / "2026.xml")).getroot()
    names = [node.get("url_name") for node in course.iter() if isinstance(node.tag, str) and node.get("url_name")]
    assert len(set(names)) == len(names)
    assert all(len(node.attrib) > 1 for node in course.iter() if str(node.tag).startswith("migrempower_"))


def test_the_gradebook_counts_as_many_as_there_are():
    course = etree.parse(str(SOURCE / "course" / "2026.xml")).getroot()
    formats = [node.get("format") for node in course.iter("sequential") if node.get("graded") == "true"]
    grading = json.loads((SOURCE / "policies" / "2026" / "grading_policy.json").read_text("utf-8"))
    assert {grader["type"]: grader["min_count"] for grader in grading["GRADER"]} == {
        each: formats.count(each) for each in formats}


def test_each_module_of_the_course_is_called_by_its_title():
    course = etree.parse(str(SOURCE / "course" / "2026.xml")).getroot()
    for node in course.iter("migrempower_training_module"):
        assert node.get("display_name") == preset_module(node.get("module")).title["en"]
