"""The form with which Studio edits a document, derived from how the document is declared."""

from collections.abc import Callable
from typing import Any

from ..schema import (
    AddressPart,
    DayPart,
    FlagPart,
    IdentifierPart,
    LanguagesPart,
    ManyPart,
    NumberPart,
    OnePart,
    Part,
    PicturePart,
    RichTextPart,
    TextPart,
    Value,
    parts,
)
from ..shapes import Json
from .labels import FIELDS, FOLDED, ITEMS, KINDS

Translate = Callable[[str], str]
Add = Callable[[type[Value]], str]  # adds the form of a class and returns its name

# Fields whose values are chosen from a list the page knows; others follow from how they are declared.
_CHOSEN = {("Note", "country"): "country", ("Utterance", "to"): "scene", ("Trained", "id"): "known-competence",
           ("Watch", "media"): "media", ("Module", "framework"): "known-framework"}
# The first that fits; a part that is none of them is a line of writing.
_TYPES: list[tuple[type[Part[Any]], str]] = [
    (PicturePart, "picture"), (NumberPart, "number"), (FlagPart, "flag"), (DayPart, "day"),
    (LanguagesPart, "languages"), (RichTextPart, "rich"), (AddressPart, "file"), (TextPart, "text"), (OnePart, "one"),
    (ManyPart, "many"), (IdentifierPart, "id")]


def form_of(cls: type[Value], _: Translate) -> Json:
    """Return ``{"root": name, "items": {name: {label, help, fields}}}`` for a document's class; ``_`` translates.

    Each field has ``name``, ``type``, ``label``, ``help``, ``required``, ``folded``, and what its type needs: ``low``,
    ``high`` and ``start`` of a number, ``item`` of one value, ``kinds`` ({kind: item name}), ``mixed`` and ``least`` of
    a list, ``prefix`` of ids made for new items.
    """
    items: Json = {}

    def add(each: type[Value]) -> str:
        if each.__name__ not in items:
            items[each.__name__] = {}
            items[each.__name__] = _item(each, add, _)
        return each.__name__

    return {"root": add(cls), "items": items}


def _item(cls: type[Value], add: Add, _: Translate) -> Json:
    declared = [(name, part) for name, part in parts(cls).items() if name != "retired"]
    fields = [_field(cls, name, part, add, _) for name, part in sorted(declared, key=_place_in_form)]
    help_text = KINDS.get(cls.__name__, "")
    return {"label": _(ITEMS[cls.__name__]), "help": _(help_text) if help_text else "", "fields": fields}


def _place_in_form(declared: tuple[str, Part[Any]]) -> int:
    """Return where a field stands in the form: what must be written first, then lists, then what may be added."""
    name, part = declared
    if isinstance(part, TextPart) and part.required:
        return 0
    if isinstance(part, FlagPart) or name in ("competence", "country", "to"):
        return 1
    return 3 if isinstance(part, ManyPart) else 2


def _field(cls: type[Value], name: str, part: Part[Any], add: Add, _: Translate) -> Json:
    label, help_text = FIELDS.get((cls.__name__, name)) or FIELDS[("", name)]
    field: Json = {
        "name": name, "type": _type(cls, name, part), "label": _(label), "help": _(help_text) if help_text else "",
        "required": part.required, "folded": _is_folded(cls, name, part)}
    if isinstance(part, NumberPart):
        field |= {"low": part.low, "high": part.high, "start": part.default}
    elif isinstance(part, OnePart):
        field |= {"item": add(part.cls)}
    elif isinstance(part, ManyPart):
        field |= {"kinds": {kind: add(each) for kind, each in part.kinds.items()}, "mixed": part.mixed,
                  "least": part.at_least}
    elif isinstance(part, IdentifierPart):
        field |= {"prefix": part.kind or cls.__name__.lower()}
    return field


def _is_folded(cls: type[Value], name: str, part: Part[Any]) -> bool:
    if (cls.__name__, name) in _CHOSEN and name != "media":
        return False
    return name in FOLDED or (name == "right" and isinstance(part, TextPart) and not part.required)


def _type(cls: type[Value], name: str, part: Part[Any]) -> str:
    if name == "competence":
        return "competence"
    return _CHOSEN.get((cls.__name__, name)) or next(
        (found for declared, found in _TYPES if isinstance(part, declared)), "line")
