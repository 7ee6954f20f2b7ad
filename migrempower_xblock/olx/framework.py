"""The framework's OLX."""

from ..competences.framework import Framework
from .mapping import DocumentFormat, element
from .scales import shipped_scale


def _with_scale(data):
    """Return plain data in which ``<scale id="help"/>`` without levels has those of the shipped scale of that name."""
    scale = data.get("scale", {}) if isinstance(data, dict) else None
    if not isinstance(scale, dict) or "levels" in scale:
        return data
    shipped = shipped_scale(scale.get("id"), data.get("languages", []))
    return {**data, "scale": shipped} if shipped else data


FRAMEWORK_OLX = DocumentFormat(element("framework", Framework), Framework, _with_scale)
