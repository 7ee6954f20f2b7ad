"""Walking through a document's plain data, also while it is being written and still has mistakes."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ..problems import Path
from ..schema import ManyPart, OnePart, Part, Value, parts
from ..shapes import Json
from ..texts import clean

Texts = dict[str, str]  # by language


@dataclass(frozen=True, slots=True)
class Item:
    """A value's plain data, where it stands, its class, and the items it stands in, outermost first."""

    path: Path
    cls: type[Value]
    data: Json
    above: tuple["Item", ...] = ()

    def fields(self) -> Iterator[tuple[str, Part[Any], object]]:
        """Yield (name, ``Part``, data or None) of what the item declares."""
        for name, part in parts(self.cls).items():
            yield name, part, self.data.get(name)

    def texts(self) -> Iterator[tuple[str, Part[Any], Texts]]:
        """Yield (name, ``Part``, {language: text}) of the texts, rich texts and addresses it declares."""
        for name, part, data in self.fields():
            if part.place in ("text", "rich"):
                yield name, part, texts_in(data)


def texts_in(data: object) -> Texts:
    """Return ``{language: text}`` of whatever stands where a text belongs; empty ones are left out."""
    if not isinstance(data, dict):
        return {}
    return {language: text for language, text in data.items() if isinstance(text, str) and clean(text)}


def walk(cls: type[Value], data: object, path: Path = (), above: tuple[Item, ...] = ()) -> Iterator[Item]:
    """Yield an ``Item`` for the document and for each value inside, in reading order.

    What is no object is left out, and so is what is retired: nobody writes on it any more.
    """
    if not isinstance(data, dict):
        return
    item = Item(path, cls, data, above)
    yield item
    for name, part, held in item.fields():
        if isinstance(part, OnePart):
            yield from walk(part.cls, held, (*path, name), (*above, item))
        elif isinstance(part, ManyPart) and isinstance(held, list) and name != "retired":
            for number, each in enumerate(held):
                kind = class_of(part, each)
                if kind:
                    yield from walk(kind, each, (*path, name, number), (*above, item))


def class_of(part: ManyPart[Any], data: object) -> type[Value] | None:
    """Return the class of an item of a list, or None where it names no kind that is known."""
    if not part.mixed:
        return next(iter(part.kinds.values()))
    kind = data.get("kind") if isinstance(data, dict) else None
    return part.kinds.get(kind) if isinstance(kind, str) else None


def is_deep(data: Any, levels: int) -> bool:
    """Whether in plain data values stand in more than ``levels`` lists and objects."""
    if not isinstance(data, dict | list):
        return False
    return not levels or any(is_deep(each, levels - 1) for each in (data.values() if isinstance(data, dict) else data))
