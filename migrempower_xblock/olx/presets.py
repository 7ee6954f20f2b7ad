"""The frameworks that ship with the package."""

from functools import cache
from importlib.resources import files

from .framework import FRAMEWORK_OLX

_FOLDER = files("migrempower_xblock") / "presets" / "frameworks"


@cache
def framework_names():
    """Return the names of the shipped frameworks."""
    return tuple(sorted(entry.name.removesuffix(".xml") for entry in _FOLDER.iterdir()
                        if entry.name.endswith(".xml")))


@cache
def preset_framework(name):
    """Return the shipped framework called ``name``, or None."""
    if name not in framework_names():
        return None
    return FRAMEWORK_OLX.from_text((_FOLDER / f"{name}.xml").read_text("utf-8"))
