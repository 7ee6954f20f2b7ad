"""The document as PDF, and its first page as a picture: set by Typst, with the fonts that ship with the package."""

import json
import re
import struct
import unicodedata
from dataclasses import asdict, replace
from datetime import UTC
from functools import cache
from importlib.resources import files
from pathlib import Path

import typst

from ..texts import N_, direction
from .outline import SHORT, Rows, outline
from .wording import said

_FONTS = Path(str(files("migrempower_xblock") / "fonts"))
_FAMILIES = ("Noto Sans", "Noto Sans Arabic", "Noto Sans Ethiopic", "Noto Sans Hebrew", "Noto Sans Armenian",
             "Noto Sans Georgian", "Noto Sans Devanagari", "Noto Sans Bengali", "Noto Sans Gurmukhi",
             "Noto Sans Tamil")
_IN_PLACE = "\ufffd"  # stands where characters cannot be shown, once for all in a row and what joins them
_ALL_IN_PLACE = re.compile("\ufffd[\ufffd\u200c\u200d]*")
# Longer words than a column holds; in a language we know, hyphens come first.
_LONG_WORDS = {False: re.compile(r"\S{20,}"), True: re.compile(r"\S{30,}")}
_LONGEST_PIECE = 9
_BREAK = "\u200b"
_BLOCKS_OF_A_PAGE = 40  # more than there is room for


def to_pdf(document):
    """Return a ``Document`` as PDF, tagged for assistive technology (PDF/UA-1)."""
    return _set(document, format="pdf", pdf_standards=["ua-1"])


def to_picture(document, ppi=96):
    """Return the first page of a ``Document`` as PNG, without numbers of pages."""
    pages = _set(document, _BLOCKS_OF_A_PAGE, format="png", ppi=ppi)
    return pages[0] if isinstance(pages, list) else pages


def _set(document, blocks=None, **how):
    shown = _plain(outline(document))
    if _missing(shown):
        note = said(document.languages, N_("Some signs cannot be shown in this file. You see {sign} in their place."),
                    sign=_IN_PLACE)
        shown = _plain(outline(replace(document, notes=(*document.notes, note))))
    shown["blocks"] = shown["blocks"][:blocks]
    given = _fitting(shown) | {
        "families": _FAMILIES, "short": SHORT, "numbered": blocks is None, "language": _base(document.languages[0]),
        "directions": [direction(language) for language in document.languages],
        "made": document.made.astimezone(UTC).timetuple()[:6]}
    return typst.compile(_template(), font_paths=_fonts(), sys_inputs={"outline": json.dumps(given)}, **how)


@cache
def _template():
    return (files(__package__) / "passport.typ").read_bytes()


@cache
def _fonts():
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(_FONTS)])


def _base(language):
    return language.split("-")[0]


def _plain(shown):
    """Return an ``Outline`` as dicts and lists, each block and row with its ``kind``."""
    def named(part):
        found = asdict(part) | {"kind": type(part).__name__.lower()}
        return found | {"rows": [named(row) for row in part.rows]} if isinstance(part, Rows) else found

    return asdict(shown) | {"blocks": [named(block) for block in shown.blocks]}


# -- what the fonts and the page can hold ------------------------------------------------------------------------------

@cache
def _characters():
    """Return the characters that the fonts have."""
    return frozenset().union(*(_characters_of(path.read_bytes()) for path in _FONTS.glob("*-Regular.ttf")))


def _characters_of(font):
    """Read a font's table of characters (OpenType, "cmap", format 4: ranges, the last one empty)."""
    tables = dict(struct.unpack_from(">4s4xI", font, 12 + 16 * n) for n in range(*struct.unpack_from(">4xH", font)))
    cmap = tables[b"cmap"]
    for number in range(*struct.unpack_from(">2xH", font, cmap)):
        start = cmap + struct.unpack_from(">4xI", font, cmap + 4 + 8 * number)[0]
        kind, twice = struct.unpack_from(">H4xH", font, start)
        if kind == 4:
            ends = struct.unpack_from(f">{twice // 2}H", font, start + 14)
            starts = struct.unpack_from(f">{twice // 2}H", font, start + 16 + twice)
            return {chr(each) for first, last in zip(starts, ends, strict=True) for each in range(first, last + 1)}
    return set()


def _shown(character):
    return character in _characters() or character == "\n"


def _missing(value):
    """Whether a text anywhere in ``value`` has a character that cannot be shown."""
    if isinstance(value, dict):
        return any(_missing(part) for part in value.values())
    if isinstance(value, list | tuple):
        return any(_missing(part) for part in value)
    return isinstance(value, str) and not all(_shown(each) or _is_silent(each) for each in value)


def _is_silent(character):
    return unicodedata.category(character) == "Cf" or "\ufe00" <= character <= "\ufe0f"


def _fitting(value):
    """Return ``value`` with each text such that the fonts have its characters and the page its words."""
    if isinstance(value, list | tuple):
        return [_fitting(part) for part in value]
    if not isinstance(value, dict):
        return value
    if "text" in value:
        return value | {"text": _fit(value["text"], bool(value["language"])), "language": _base(value["language"])}
    return {name: _fitting(part) for name, part in value.items()}


def _fit(text, is_known):
    # One character instead of a letter and a mark: else readers of PDF find the mark on every such letter.
    text = text.replace("\u0647\u0654", "\u06c0")
    text = "".join(each if _shown(each) else _IN_PLACE for each in text if _shown(each) or not _is_silent(each))
    return _LONG_WORDS[is_known].sub(_breakable, _ALL_IN_PLACE.sub(_IN_PLACE, text))


def _breakable(word):
    """Return a word with places to break it, which are only used where they must be."""
    word = word[0]
    return _BREAK.join(word[at:at + _LONGEST_PIECE] for at in range(0, len(word), _LONGEST_PIECE))
