"""How a document is declared: once, for plain data, for OLX and for forms. Pure Python.

A document is built of frozen dataclasses whose fields are declared with the functions below::

    @dataclass(frozen=True, slots=True, kw_only=True)
    class Option(Value):
        id: str = schema.identifier("option")
        right: bool = schema.flag()
        text: Text = schema.text()

From the declaration follow reading plain data (``read``), with every mistake told and not the first only, writing it
(``to_data``), and the XML of it (``olx.mapping``). What concerns several fields at once stands in ``Value.check``.
"""

import dataclasses
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from functools import cached_property
from typing import Any, Generic, Literal, Self, TypeVar, overload

from .problems import InvalidDocument, Path, Problem, Told
from .richtext import depth_of, sanitised, words_of
from .shapes import Json
from .texts import LANGUAGE_TAG, LONGEST_TEXT, Text, can_be_stored, clean

MOST_LANGUAGES = 40
MOST_PROBLEMS = 500
LONGEST_RICH_TEXT = 20_000
DEEPEST_RICH_TEXT = 20
IDENTIFIER = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
# A picture is the name of one that ships, or an address. Addresses are checked because they end in an <img>.
PICTURE_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
ADDRESS = re.compile(r"""(https://|/static/|/asset-v1:|/assets/)[^\s"'<>\\]{1,500}""")


T = TypeVar("T")
V = TypeVar("V", bound="Value")


@dataclasses.dataclass(frozen=True)
class Value:
    """The base of what documents are built of."""

    __slots__ = ()

    def check(self, told: Told) -> None:
        """Tell mistakes between fields: ``told(path inside the value, message)``. Asked only if each field is right."""

    def to_data(self) -> Json:
        """Return dicts, lists and strings ready for JSON; parts with nothing in them are left out."""
        found = {}
        for name, part in parts(type(self)).items():
            value = getattr(self, name)
            if part.required or value != part.default:
                found[name] = part.write(value)
        return found

    @classmethod
    def from_data(cls, data: object) -> Self:
        """Make the document from plain data (what ``to_data`` gives).

        Raises ``InvalidDocument`` with every problem found, each with its path into ``data``.
        """
        return Reader().document(cls, data)


def inside(value: Value) -> Iterator[Value]:
    """Yield a value and every value it holds, in reading order."""
    yield value
    for name, part in parts(type(value)).items():
        held = getattr(value, name)
        for each in held if part.place == "many" else [held] if part.place == "one" and held is not None else ():
            yield from inside(each)


class Document(Value):
    """The base of whole documents: they have ``languages``, the first of them complete, and ``retired`` values that no
    longer show.
    """

    languages: tuple[str, ...]
    retired: tuple[Value, ...]

    @cached_property
    def offered(self) -> tuple[str, ...]:
        """The languages learners may choose: the first, and those with more than half of the texts that must be there.
        The others are still being translated.
        """
        gone = set(map(id, self.retired))
        texts = [getattr(value, name) for value in inside(self) if id(value) not in gone
                 for name, part in parts(type(value)).items() if part.required and part.place in ("text", "rich")]
        return tuple(language for language in self.languages if language == self.languages[0]
                     or 2 * sum(language in text for text in texts) > len(texts))


_PARTS: dict[type[Value], dict[str, "Part[Any]"]] = {}


def parts(cls: type[Value]) -> dict[str, "Part[Any]"]:
    """Return ``{field name: Part}`` of a value's class, in order."""
    if cls not in _PARTS:
        _PARTS[cls] = {field.name: field.metadata["part"] for field in dataclasses.fields(cls)
                       if "part" in field.metadata}
    return _PARTS[cls]


class Reader:
    """Walks plain data once, building values and collecting problems instead of stopping at the first."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.languages: tuple[str, ...] = ()
        self._seen: dict[tuple[str, Path], set[str]] = {}

    def document(self, cls: type[V], data: object) -> V:
        """Return the document; raises ``InvalidDocument``."""
        value = self.value(cls, data, ())
        if value is None or self.problems:
            raise InvalidDocument(self.problems)
        return value

    def add(self, path: Path, message: str) -> None:
        """Remember a problem. Raises ``InvalidDocument`` when there are more than anybody would read."""
        self.problems.append(Problem(path, message))
        if len(self.problems) >= MOST_PROBLEMS:
            raise InvalidDocument(self.problems)

    def value(self, cls: type[V], data: object, path: Path, also: Collection[str] = ()) -> V | None:
        """Return a value of ``cls``, or None where there is no object at all."""
        known = parts(cls)
        if not isinstance(data, dict):
            self.add(path, "This must be an object with: " + ", ".join(sorted(known)) + ".")
            return None
        before = len(self.problems)
        for name in data:
            if name not in known and name not in also:
                self.add((*path, str(name)), f"'{name}' is not known here. Remove it or use one of: "
                                             f"{', '.join(sorted(known))}.")
        value = cls(**{name: part.take(self, data.get(name), (*path, name)) for name, part in known.items()})
        if len(self.problems) == before:
            value.check(lambda where, message: self.add((*path, *where), message))
        return value

    def is_first(self, kind: str, identifier: str, path: Path) -> bool:
        """Whether no other item with this id has been met in the place."""
        seen = self._seen.setdefault((kind, path), set())
        first = identifier not in seen
        seen.add(identifier)
        return first


class Part(Generic[T]):
    """One field of a value: how it is read and written, and where it stands in XML (``place``)."""

    place = "attribute"  # or "text", "rich", "one", "many"
    required = False
    default: T
    missing = "This is missing."

    def take(self, reader: Reader, data: object, path: Path) -> object:
        """Return the value for ``data``; None is nothing."""
        if data is None:
            if self.required:
                reader.add(path, self.missing)
            return self.default
        return self.read(reader, data, path)

    def read(self, reader: Reader, data: object, path: Path) -> object:
        """Return the value for plain data; tell the reader what is wrong with it."""
        raise NotImplementedError

    def write(self, value: T) -> object:
        """Return plain data."""
        return value

    def parse(self, written: str) -> object:
        """Return plain data for an attribute's text. Raises ``ValueError`` saying what to write."""
        return written

    def format(self, data: Any) -> str:
        """Return an attribute's text for plain data."""
        return str(data)


def declared(part: Part[T]) -> T:
    """Return the dataclass field of a part; to the type checker it is what the field holds, as with ``dataclasses``."""
    more: dict[str, Any] = {} if part.required else {"default": part.default}
    field: T = dataclasses.field(metadata={"part": part}, **more)
    return field


# -- attributes --------------------------------------------------------------------------------------------------------

class IdentifierPart(Part[str]):
    """An id."""

    required = True
    default = ""
    missing = "The id is missing. Give it a short name such as 'job-search'."

    def __init__(self, kind: str, everywhere: bool) -> None:
        self.kind, self.everywhere = kind, everywhere

    def read(self, reader: Reader, data: object, path: Path) -> object:
        if not isinstance(data, str) or not data:
            reader.add(path, self.missing)
        elif not IDENTIFIER.fullmatch(data):
            reader.add(path, f"The id '{data[:70]}' may have small letters a-z, digits, '-', '_' and '.' only, 64 at "
                             "most, and begins with a letter or digit.")
        elif self.kind and not reader.is_first(self.kind, data, () if self.everywhere else path[:-2]):
            reader.add(path, f"Another {self.kind} has the id '{data}'. Give this one its own.")
        return data


def identifier(kind: str = "", everywhere: bool = False) -> str:
    """Declare an id; two of a ``kind`` in one list, or ``everywhere`` in the document, may not have the same."""
    return declared(IdentifierPart(kind, everywhere))


class MatchingPart(Part[str]):
    """A string of a certain form."""

    default = ""

    def __init__(self, patterns: Sequence[re.Pattern[str]], message: str, required: bool = False) -> None:
        self.patterns, self.message, self.required = patterns, message, required
        self.missing = message

    def read(self, reader: Reader, data: object, path: Path) -> str:
        if isinstance(data, str) and self._fits(data):
            return data
        reader.add(path, self.message)
        return ""

    def _fits(self, data: str) -> bool:
        return (not data and not self.required) or (
            can_be_stored(data) and any(pattern.fullmatch(data) for pattern in self.patterns))


def matching(pattern: str, message: str, required: bool = False) -> str:
    """Declare a string that matches ``pattern`` as a whole; ``message`` says what to write."""
    return declared(MatchingPart([re.compile(pattern)], message, required))


def version() -> str:
    """Declare the document's version."""
    return matching(r"[0-9A-Za-z][0-9A-Za-z._-]{0,31}",
                    "Give a version such as '1'. Raise it when the meaning changes.", required=True)


class PicturePart(MatchingPart):
    """The name of a picture that ships, or an address."""


def picture(required: bool = False) -> str:
    """Declare a picture: the name of one that ships, or an address."""
    return declared(PicturePart([PICTURE_NAME, ADDRESS], "A picture is the name of one that ships, such as 'house', or "
                             "an address that begins with 'https://' or '/static/'.", required))


class NumberPart(Part[int]):
    """A whole number."""

    def __init__(self, low: int, high: int, default: int | None) -> None:
        self.low, self.high, self.default = low, high, low if default is None else default
        self.required = default is None

    def take(self, reader: Reader, data: object, path: Path) -> int:
        if data is None and not self.required:
            return self.default
        if isinstance(data, bool) or not isinstance(data, int) or not self.low <= data <= self.high:
            reader.add(path, f"{path[-1]} is a whole number from {self.low} to {self.high}. Write one.")
            return self.low
        return data

    def parse(self, written: str) -> int:
        if not re.fullmatch(r"\s*-?[0-9]{1,10}\s*", written, re.ASCII):
            raise ValueError(f"'{written[:20]}' is not a whole number. Write one such as 0, 1 or 2.")
        return int(written)


def whole_number(low: int, high: int, default: int | None = None) -> int:
    """Declare a whole number from ``low`` to ``high``; it must be given where there is no default."""
    return declared(NumberPart(low, high, default))


class FlagPart(Part[bool]):
    """A yes or no."""

    default = False

    def __init__(self, required: bool = False) -> None:
        self.required = required

    missing = message = "Write true or false."

    def read(self, reader: Reader, data: object, path: Path) -> bool:
        if not isinstance(data, bool):
            reader.add(path, self.message)
        return data is True

    def parse(self, written: str) -> bool:
        if written not in ("true", "false"):
            raise ValueError(f"'{written[:20]}' is neither true nor false. {self.message}")
        return written == "true"

    def format(self, data: bool) -> str:
        return "true" if data else "false"


def flag(required: bool = False) -> bool:
    """Declare a yes or no; no where it is not given, unless it is required."""
    return declared(FlagPart(required))


class DayPart(Part[str]):
    """A date."""

    default = ""

    def read(self, reader: Reader, data: object, path: Path) -> str:
        try:
            return date.fromisoformat(data if isinstance(data, str) else "").isoformat()
        except ValueError:
            reader.add(path, "Write the day as year-month-day, such as 2026-11-23.")
            return ""


def day() -> str:
    """Declare a date, kept as "2026-11-23"."""
    return declared(DayPart())


class LanguagesPart(Part[tuple[str, ...]]):
    """The document's languages."""

    required = True
    default = ()
    missing = "Name at least one language, for example 'en es ar'."

    def read(self, reader: Reader, data: object, path: Path) -> tuple[str, ...]:
        if not isinstance(data, list) or not data:
            reader.add(path, self.missing)
            return ()
        if len(data) > MOST_LANGUAGES:
            reader.add(path, f"Name at most {MOST_LANGUAGES} languages.")
            return ()
        good = []
        for tag in data:
            if not isinstance(tag, str) or not LANGUAGE_TAG.fullmatch(tag):
                reader.add(path, f"'{str(tag)[:40]}' is not a language tag. Write it like 'en', 'ar' or 'pt-BR'.")
            elif tag in good:
                reader.add(path, f"The language '{tag}' is named twice. Remove one.")
            else:
                good.append(tag)
        reader.languages = tuple(good)
        return reader.languages

    def write(self, value: tuple[str, ...]) -> list[str]:
        return list(value)

    def parse(self, written: str) -> list[str]:
        return written.split()

    def format(self, data: list[str]) -> str:
        return " ".join(data)


def languages() -> tuple[str, ...]:
    """Declare the document's languages; this field stands before every text."""
    return declared(LanguagesPart())


# -- texts -------------------------------------------------------------------------------------------------------------

class TextPart(Part[Text]):
    """A text in several languages."""

    place = "text"
    default = Text()

    def __init__(self, required: bool, check: tuple[re.Pattern[str], str] | None = None) -> None:
        self.required, self.check = required, check

    def take(self, reader: Reader, data: object, path: Path) -> object:
        return super().take(reader, {} if data is None and self.required else data, path)

    def read(self, reader: Reader, data: object, path: Path) -> Text:
        if not isinstance(data, dict):
            reader.add(path, "This must be a map from language to text.")
            return Text()
        good = {}
        for language in reader.languages:
            text = data.get(language)
            if isinstance(text, str) and clean(text):
                good[language] = self._one(reader, text, (*path, language))
            elif text is not None and not isinstance(text, str):
                reader.add((*path, language), "This must be a text.")
            elif self.required and language == reader.languages[0]:
                reader.add((*path, language), f"The {path[-1]} has no text in '{language}', the document's first "
                                              "language. Write one; it shows where a translation is missing.")
        for language in data:
            if language not in reader.languages:
                reader.add((*path, str(language)), f"'{language}' is not one of the document's languages. Add it to "
                                                   "the list or remove this text.")
        return Text(good)

    def _one(self, reader: Reader, text: str, path: Path) -> str:
        text = clean(text)
        if len(text) > LONGEST_TEXT:
            reader.add(path, f"The text has {len(text)} characters; the most is {LONGEST_TEXT}. Shorten it.")
        elif not can_be_stored(text):
            reader.add(path, "The text holds a control character that cannot be kept. Type it again.")
        elif self.check and not self.check[0].fullmatch(text):
            reader.add(path, self.check[1])
        return text

    def write(self, value: Text) -> dict[str, str]:
        return dict(value)


class KeptTextPart(TextPart):
    """A text in whatever languages it once had."""

    def read(self, reader: Reader, data: object, path: Path) -> Text:
        if not isinstance(data, dict):
            reader.add(path, "This must be a map from language to text.")
            return Text()
        good = {language: text for language, text in data.items() if isinstance(text, str) and clean(text)}
        for language in good:
            if not LANGUAGE_TAG.fullmatch(language):
                reader.add((*path, str(language)), f"'{language[:40]}' is not a language tag.")
        return Text({language: self._one(reader, text, (*path, language)) for language, text in good.items()})


class AddressPart(TextPart):
    """Not words, but where they can be heard or seen."""


class RichTextPart(TextPart):
    """A text with a little HTML in it."""

    place = "rich"

    def _one(self, reader: Reader, text: str, path: Path) -> str:
        if not can_be_stored(text):
            reader.add(path, "The text holds a control character that cannot be kept. Type it again.")
            return ""
        if len(text) <= LONGEST_RICH_TEXT:
            text = sanitised(text)
        if len(text) > LONGEST_RICH_TEXT:
            reader.add(path, f"The text has {len(text)} characters with its tags; the most is {LONGEST_RICH_TEXT}. "
                             "Make two steps of it.")
            return ""
        if depth_of(text) > DEEPEST_RICH_TEXT:
            reader.add(path, "Elements stand in one another too deep. Write the text with fewer of them.")
        if not words_of(text) and "<img" not in text:
            reader.add(path, "Nothing of this text may be shown. Use paragraphs, lists, links, pictures or tables.")
        return text


def text(required: bool = True) -> Text:
    """Declare a text. A required one must be there in the document's first language, which shows where a translation is
    missing.
    """
    return declared(TextPart(required))


def kept_text() -> Text:
    """Declare a text that stays as it is, whatever becomes of the document's languages."""
    return declared(KeptTextPart(False))


def rich_text(required: bool = True) -> Text:
    """Declare a text with a little HTML in it, sanitised when it is read."""
    return declared(RichTextPart(required))


def addresses(what: str) -> Text:
    """Declare the address of a file per language."""
    message = f"{what} address begins with 'https://' or '/static/' and has no spaces."
    return declared(AddressPart(False, (ADDRESS, message)))


# -- values inside values ----------------------------------------------------------------------------------------------

class OnePart(Part[V | None]):
    """A value inside the value."""

    place = "one"
    default = None

    def __init__(self, cls: type[V], required: bool) -> None:
        self.cls, self.required = cls, required

    def take(self, reader: Reader, data: object, path: Path) -> V | None:
        return reader.value(self.cls, data, path) if data is not None or self.required else None

    def write(self, value: V | None) -> Json | None:
        return None if value is None else value.to_data()


@overload
def one(cls: type[V], required: Literal[True] = True) -> V: ...
@overload
def one(cls: type[V], required: Literal[False]) -> V | None: ...
def one(cls: type[V], required: bool = True) -> V | None:
    """Declare a value inside the value."""
    return declared(OnePart(cls, required))


class ManyPart(Part[tuple[V, ...]]):
    """A list of values."""

    place = "many"
    default = ()

    def __init__(self, kinds: Mapping[str, type[V]], at_least: int) -> None:
        self.kinds, self.at_least = kinds, at_least
        self.required = at_least > 0
        self.mixed = len(kinds) > 1

    def take(self, reader: Reader, data: object, path: Path) -> tuple[V | None, ...]:
        if data is None and not self.required:
            return ()
        if not isinstance(data, list) or len(data) < self.at_least:
            what = "step" if self.mixed else next(iter(self.kinds))
            number = {0: "a list", 1: "at least one"}.get(self.at_least, f"at least {self.at_least}:")
            reader.add(path, f"Add {number} {what}.")
            return ()
        return tuple(self._item(reader, item, (*path, number)) for number, item in enumerate(data))

    def _item(self, reader: Reader, item: object, path: Path) -> V | None:
        if not self.mixed:
            return reader.value(next(iter(self.kinds.values())), item, path)
        kind = item.get("kind") if isinstance(item, dict) else None
        if not isinstance(kind, str) or kind not in self.kinds:
            reader.add(path, f"This must be an object whose kind is one of: {', '.join(self.kinds)}.")
            return None
        return reader.value(self.kinds[kind], item, path, also=("kind",))

    def write(self, value: tuple[V, ...]) -> list[Json]:
        names = {cls: kind for kind, cls in self.kinds.items()}
        return [{**({"kind": names[type(each)]} if self.mixed else {}), **each.to_data()} for each in value]


def many(kind: str, cls: type[V], at_least: int = 1) -> tuple[V, ...]:
    """Declare a list of values; ``kind`` names one of them, in messages and as XML element."""
    return declared(ManyPart({kind: cls}, at_least))


def mixed(kinds: Mapping[str, type[V]], at_least: int = 1) -> tuple[V, ...]:
    """Declare a list of values of several ``kinds`` ({name: class}); each item's data names its "kind"."""
    return declared(ManyPart(kinds, at_least))
