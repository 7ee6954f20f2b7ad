"""The scales that ship with the package, and a scale's place in OLX."""

from functools import cache
from importlib.resources import files

from ..competences.framework import Scale
from .mapping import element, parse, read

_FOLDER = files("migrempower_xblock") / "presets" / "scales"


@cache
def scale_names():
    """Return the names of the shipped scales."""
    return tuple(sorted(entry.name.removesuffix(".xml") for entry in _FOLDER.iterdir()
                        if entry.name.endswith(".xml")))


@cache
def _scale_data(name):
    return read(parse((_FOLDER / f"{name}.xml").read_text("utf-8")), element("scale", Scale), dict)


def shipped_scale(name, languages):
    """Return the plain data of the shipped scale ``name`` with labels in those of ``languages`` it has, or None."""
    if name not in scale_names() or not isinstance(languages, list):
        return None
    data, wanted = _scale_data(name), [each for each in languages if isinstance(each, str)]
    return {"id": data["id"], "levels": [
        {**level, "label": {language: level["label"][language] for language in wanted if language in level["label"]}}
        for level in data["levels"]
    ]}
