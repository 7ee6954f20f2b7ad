"""Walking through a document's plain data, also while it is being written and still has mistakes."""

from dataclasses import dataclass
from typing import Any

from ..problems import Path
from ..schema import Part, parts
from ..texts import clean


@dataclass(frozen=True, slots=True)
class Item:
    """A value's plain data, where it stands, its class, and the items it stands in, outermost first."""

    path: Path
    cls: type
    data: dict
    above: tuple["Item", ...] = ()

    def fields(self):
        """Yield (name, ``Part``, data or None) of what the item declares."""
        for name, part in parts(self.cls).items():
            yield name, part, self.data.get(name)

    def texts(self):
        """Yield (name, ``Part``, {language: text}) of the texts, rich texts and addresses it declares."""
        for name, part, data in self.fields():
            if part.place in ("text", "rich"):
                yield name, part, texts_in(data)


def texts_in(data):
    """Return ``{language: text}`` of whatever stands where a text belongs; empty ones are left out."""
    if not isinstance(data, dict):
        return {}
    return {language: text for language, text in data.items() if isinstance(text, str) and clean(text)}


def walk(cls, data, path=(), above=()):
    """Yield an ``Item`` for the document and for each value inside, in reading order.

    What is no object is left out, and so is what is retired: nobody writes on it any more.
    """
    if not isinstance(data, dict):
        return
    item = Item(path, cls, data, above)
    yield item
    for name, part, held in item.fields():
        if part.place == "one":
            yield from walk(part.cls, held, (*path, name), (*above, item))
        elif part.place == "many" and isinstance(held, list) and name != "retired":
            for number, each in enumerate(held):
                kind = class_of(part, each)
                if kind:
                    yield from walk(kind, each, (*path, name, number), (*above, item))


def class_of(part: Part, data: Any):
    """Return the class of an item of a list, or None where it names no kind that is known."""
    if not part.mixed:
        return next(iter(part.kinds.values()))
    kind = data.get("kind") if isinstance(data, dict) else None
    return part.kinds.get(kind) if isinstance(kind, str) else None
