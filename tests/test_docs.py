"""The documents tell the truth: their examples run, and nothing that can be called is left out."""

import re
import textwrap
from pathlib import Path

import pytest

from migrempower_xblock.olx import FRAMEWORK_OLX
from migrempower_xblock.self_evaluation import SelfEvaluationBlock

DOCS = Path(__file__).resolve().parents[1] / "docs"


def examples(name):
    text = (DOCS / name).read_text("utf-8")
    return [textwrap.dedent(block) for block in re.findall(r"\.\. code-block:: xml\n\n((?:   .*\n|\n)+)", text)]


@pytest.mark.django_db
@pytest.mark.parametrize("olx", examples("olx.rst"))
def test_every_example_of_olx_is_a_right_block(make_block, olx):
    block = make_block(olx)
    assert not block.validate().messages
    assert 'data-screen="start"' in block.render("student_view").content


def test_every_element_and_attribute_of_olx_is_documented():
    text = (DOCS / "olx.rst").read_text("utf-8")
    example = examples("olx.rst")[1]

    def check(element):
        assert f"``<{element.tag}>``" in text
        assert f"<{element.tag}" in example
        for name in element.attributes:
            assert f"``{name}``" in text
        if element.tag != "practice":
            for name in element.texts:
                assert f"<{name} xml:lang=" in example
        for _, child in [*element.one.values(), *element.many.values()]:
            check(child)

    check(FRAMEWORK_OLX.element)
    for name in ("framework", "moment", "rounds", "second_language", "weight", "display_name"):
        assert f"``{name}``" in text and name in SelfEvaluationBlock.fields


def test_every_handler_is_documented():
    text = (DOCS / "api.rst").read_text("utf-8")
    handlers = [name for name in dir(SelfEvaluationBlock)
                if getattr(getattr(SelfEvaluationBlock, name), "_is_xblock_handler", False)]
    assert len(handlers) == 8
    for name in handlers:
        assert f"\n{name}\n{'*' * len(name)}\n" in text


def test_every_event_is_documented():
    text = (DOCS / "events.rst").read_text("utf-8")
    events = re.findall(r'announce\("([^"]+)"', (DOCS.parent / "migrempower_xblock" / "recorded.py").read_text("utf-8"))
    assert len(events) == 5
    assert all(f"``migrempower.<block>.{event}``" in text for event in events)
