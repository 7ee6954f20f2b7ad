"""The framework's OLX."""

from ..competences.framework import Framework
from .mapping import DocumentFormat, element
from .scales import shipped_scale


def _framework(data):
    """Make the framework; ``<scale id="help"/>`` without levels takes the shipped scale of that name."""
    scale = data.get("scale", {})
    if "levels" not in scale:
        shipped = shipped_scale(scale.get("id"), data.get("languages", []))
        if shipped:
            data = {**data, "scale": shipped}
    return Framework.from_data(data)


FRAMEWORK_OLX = DocumentFormat(element("framework", Framework), _framework)
