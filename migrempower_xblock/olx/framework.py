"""The framework's OLX, both ways."""

from functools import lru_cache

from lxml import etree

from ..competences.framework import Framework
from ..problems import Problem
from .mapping import Attribute, Element, InvalidOlx, parse, read, refuse_entities, write
from .scales import SCALE, shipped_scale

_ID = {"id": Attribute("id")}
_PICTURE = {"picture": Attribute("picture")}
_STATEMENT_TEXTS = ("text", "example", "alt", "audio")

STATEMENT = Element("statement", {**_ID, **_PICTURE}, texts=_STATEMENT_TEXTS)
PRACTICE = Element("practice", {**_ID, **_PICTURE}, texts=_STATEMENT_TEXTS)
COMPETENCE = Element(
    "competence", {**_ID, "same-as": Attribute("same_as")},
    texts=("title", "advice"), many={"statement": ("statements", STATEMENT)})
AREA = Element("area", {**_ID, **_PICTURE}, texts=("title",), many={"competence": ("competences", COMPETENCE)})
FRAMEWORK = Element(
    "framework", {**_ID, "version": Attribute("version"), "languages": Attribute("languages", str.split, " ".join)},
    texts=("title", "about"), one={"scale": SCALE, "practice": PRACTICE}, many={"area": ("areas", AREA)})


def framework_from_element(node):
    """Return the ``Framework`` of a ``<framework>`` element.

    ``<scale id="help"/>`` without levels takes the shipped scale of that name.

    Raises ``InvalidOlx``.
    """
    refuse_entities(node)
    if node.tag != FRAMEWORK.tag:
        raise InvalidOlx([Problem((), "A framework begins with <framework>. Put everything inside it.",
                                  node.sourceline, str(node.tag))])
    return read(node, FRAMEWORK, _framework)


def _framework(data):
    scale = data.get("scale", {})
    if "levels" not in scale:
        shipped = shipped_scale(scale.get("id"), data.get("languages", []))
        if shipped:
            data = {**data, "scale": shipped}
    return Framework.from_data(data)


@lru_cache(maxsize=64)
def framework_from_olx(source):
    """Return the ``Framework`` of OLX text; kept in memory, as it is read at every request.

    Raises ``InvalidOlx``.
    """
    return framework_from_element(parse(source))


def framework_element(framework):
    """Return the ``<framework>`` element of a framework."""
    return write(framework.to_data(), FRAMEWORK)


def framework_to_olx(framework):
    """Return the framework as indented OLX text."""
    node = framework_element(framework)
    etree.indent(node)
    return etree.tostring(node, encoding="unicode") + "\n"
