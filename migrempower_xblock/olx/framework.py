"""The framework's OLX."""

from ..competences.framework import Framework
from .mapping import Attribute, DocumentFormat, Element
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


def _framework(data):
    """Make the framework; ``<scale id="help"/>`` without levels takes the shipped scale of that name."""
    scale = data.get("scale", {})
    if "levels" not in scale:
        shipped = shipped_scale(scale.get("id"), data.get("languages", []))
        if shipped:
            data = {**data, "scale": shipped}
    return Framework.from_data(data)


FRAMEWORK_OLX = DocumentFormat(FRAMEWORK, _framework)
