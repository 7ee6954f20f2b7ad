"""The frameworks and modules that ship with the package."""

from functools import cache
from importlib.resources import files

from .framework import FRAMEWORK_OLX
from .module import MODULE_OLX

_PRESETS = files("migrempower_xblock") / "presets"


@cache
def _names(folder):
    return tuple(sorted(entry.name.removesuffix(".xml") for entry in (_PRESETS / folder).iterdir()
                        if entry.name.endswith(".xml")))


@cache
def _preset(folder, name, document_format):
    """Return a shipped document, or None."""
    if name not in _names(folder):
        return None
    return document_format.from_text((_PRESETS / folder / f"{name}.xml").read_text("utf-8"))


def framework_names():
    """Return the names of the shipped frameworks."""
    return _names("frameworks")


def preset_framework(name):
    """Return the shipped framework called ``name``, or None."""
    return _preset("frameworks", name, FRAMEWORK_OLX)


def module_names():
    """Return the names of the shipped modules."""
    return _names("modules")


def preset_module(name):
    """Return the shipped module called ``name``, or None."""
    return _preset("modules", name, MODULE_OLX)
