"""The documents tell the truth: their examples run, and nothing that can be called is left out."""

import re
import textwrap
from pathlib import Path

import pytest
from lxml import etree
from xblock.fields import Field, Scope

from migrempower_xblock.olx import FRAMEWORK_OLX, MODULE_OLX, framework_names, module_names, scale_names
from migrempower_xblock.olx.mapping import XML_LANG, element
from migrempower_xblock.recorded import RecordedBlock
from migrempower_xblock.self_evaluation import SelfEvaluationBlock
from migrempower_xblock.studio import StudioBlock
from migrempower_xblock.training.activity import Activity
from migrempower_xblock.training.module import KINDS
from migrempower_xblock.training_module import TrainingModuleBlock

DOCS = Path(__file__).resolve().parents[1] / "docs"
SHARED = element("activity", Activity)  # what every kind of activity may have


def examples(text):
    return [textwrap.dedent(block) for block in re.findall(r"\.\. code-block:: xml\n\n((?:   .*\n|\n)+)", text)]


OLX = (DOCS / "olx.rst").read_text("utf-8")
FRAMEWORK_PART, MODULE_PART = OLX.split("\nThe training module in OLX\n")


@pytest.mark.django_db
@pytest.mark.parametrize("olx", examples(OLX))
def test_every_example_of_olx_is_a_right_block(make_block, olx):
    block = make_block(olx)
    assert not block.validate().messages
    assert 'data-screen="start"' in block.render("student_view").content


@pytest.mark.parametrize(("document_format", "text"), [(FRAMEWORK_OLX, FRAMEWORK_PART), (MODULE_OLX, MODULE_PART)],
                         ids=["framework", "module"])
def test_every_element_and_attribute_of_olx_is_documented_and_shown(document_format, text):
    example = etree.fromstring(examples(text)[1])
    activities = [node for kind in KINDS for node in example.iter(kind) if issubclass(KINDS[kind], Activity)]

    def check(declared):
        nodes = list(example.iter(declared.tag))
        assert f"``<{declared.tag}>``" in text
        assert nodes, declared.tag
        is_activity = SHARED.attributes.keys() <= declared.attributes.keys()
        for name in declared.attributes:
            where = activities if is_activity and name in SHARED.attributes else nodes
            assert f"``{name}``" in text
            assert any(name in node.attrib for node in where), f"{declared.tag} {name}"
        if declared.tag != "practice":  # as a statement
            for name in (*declared.texts, *declared.rich):
                where = activities if is_activity and name in SHARED.texts else nodes
                assert f"``{name}``" in text
                assert any(child.get(XML_LANG) for node in where for child in node.iterchildren(name)), \
                    f"{declared.tag} {name}"
        for _, child in [*declared.one.values(), *declared.many.values()]:
            check(child)

    check(document_format.element)


@pytest.mark.parametrize(("block", "text"), [(SelfEvaluationBlock, FRAMEWORK_PART),
                                             (TrainingModuleBlock, MODULE_PART)])
def test_every_setting_of_a_block_is_documented_with_its_default(block, text):
    example = etree.fromstring(examples(text)[0])
    settings = {name for cls in block.__mro__ if cls.__module__.startswith("migrempower_xblock")
                for name, field in vars(cls).items()
                if isinstance(field, Field) and field.scope in (Scope.content, Scope.settings)}
    settings -= {"document", "problems"}
    table = dict(re.findall(r"   \* - ``(\w+)``\n     - (?:.|\n)*?\n     - (\S.*)\n",
                            text.split("stay what they are")[0]))
    assert table.keys() == settings
    for name in settings:
        default = block.fields[name].default
        if isinstance(default, str):
            assert table[name].strip("`") == (default or "none")
        else:
            assert float(table[name].strip("`")) == default
    assert set(example.attrib) <= settings | {"url_name"}


def handlers(block):
    return {name for name in dir(block) if getattr(getattr(block, name), "_is_xblock_handler", False)}


def test_every_handler_is_documented():
    text = (DOCS / "api.rst").read_text("utf-8")
    both = handlers(RecordedBlock)
    authors = handlers(StudioBlock)
    assert len(authors) == 6 and len(both - authors) == 8 and handlers(SelfEvaluationBlock) == both
    assert handlers(TrainingModuleBlock) == both | {"tick", "choose_country"}
    for name in handlers(TrainingModuleBlock):
        assert f"\n{name}\n{'=' * len(name)}\n" in text


def test_every_kind_of_step_has_its_picture_and_its_reply():
    authors, requests = (DOCS / "activities.rst").read_text("utf-8"), (DOCS / "api.rst").read_text("utf-8")
    for kind, cls in KINDS.items():
        assert f".. image:: pictures/{kind}.png\n" in authors
        assert f"``<{kind}>``" in authors
        assert not issubclass(cls, Activity) or f"``{kind}``" in requests


def test_every_picture_is_shown_and_every_picture_shown_is_there():
    text = "".join(path.read_text("utf-8") for path in sorted(DOCS.glob("*.rst")))
    named = set(re.findall(r"\.\. image:: pictures/(\S+)", text))
    assert named == {path.name for path in (DOCS / "pictures").iterdir()}


def test_everything_that_ships_is_named():
    assert set(re.findall(r"   \* - ``([\w-]+)``\n", FRAMEWORK_PART.split("The frameworks that ship")[1].split(
        "A block that names")[0])) == set(framework_names())
    assert all(f"``{name}``" in FRAMEWORK_PART for name in scale_names())
    assert all(f"``{name}``" in MODULE_PART for name in module_names())
    assert all(f"``{name}``" in (DOCS / "sources.rst").read_text("utf-8") for name in (*framework_names(),
                                                                                      *module_names()))


def test_every_event_is_documented():
    text = (DOCS / "events.rst").read_text("utf-8")
    events = re.findall(r'announce\("([^"]+)"', (DOCS.parent / "migrempower_xblock" / "recorded.py").read_text("utf-8"))
    assert len(events) == 5
    assert all(f"``migrempower.<block>.{event}``" in text for event in events)
