"""A text in several languages. Pure Python."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

LANGUAGE_TAG = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}")
LONGEST_TEXT = 2000

# Languages written from right to left in the script they usually have (Unicode CLDR, "characterOrder").
RIGHT_TO_LEFT = frozenset({"ar", "arc", "ckb", "dv", "fa", "he", "ks", "ps", "sd", "syr", "ug", "ur", "yi"})
_RIGHT_TO_LEFT_SCRIPTS = frozenset({"arab", "hebr", "syrc", "thaa", "nkoo", "adlm", "rohg"})

# What XML 1.0 cannot carry; everything we keep must survive an export.
_UNSTORABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_WHITE_SPACE = re.compile(r"[ \t\r\n]+")


def N_(text: str) -> str:  # noqa: N802
    """Mark a message for translation; it is translated where it is shown."""
    return text


def direction(language: str) -> str:
    """Return ``"rtl"`` or ``"ltr"`` for a language tag such as ``"ar"`` or ``"pa-Arab"``."""
    base, *rest = language.lower().split("-")
    scripts = [part for part in rest if len(part) == 4]
    if scripts:
        return "rtl" if scripts[0] in _RIGHT_TO_LEFT_SCRIPTS else "ltr"
    return "rtl" if base in RIGHT_TO_LEFT else "ltr"


def closest(language: str, offered: Sequence[str]) -> str | None:
    """Return the tag among ``offered`` that serves a reader of ``language``, or None.

    The same tag wins, then the same base language (``de-AT`` and ``de``).
    """
    if not language:
        return None
    wanted = language.lower().replace("_", "-")
    by_tag = {tag.lower(): tag for tag in reversed(offered)}
    if wanted in by_tag:
        return by_tag[wanted]
    base = wanted.split("-")[0]
    if base in by_tag:
        return by_tag[base]
    return next((tag for tag in offered if tag.lower().split("-")[0] == base), None)


def clean(text: str) -> str:
    """Return ``text`` with runs of white space made one space, as the documents keep it."""
    return _WHITE_SPACE.sub(" ", text).strip(" ")


def can_be_stored(text: str) -> bool:
    """Whether ``text`` holds no character that XML, and so an export, would refuse."""
    return _UNSTORABLE.search(text) is None


def without_unstorable(text: str) -> str:
    """Return ``text`` without the characters that cannot be kept."""
    return _UNSTORABLE.sub("", text)


@dataclass(frozen=True, slots=True)
class Shown:
    """A text in the one language it is shown in."""

    text: str
    language: str

    @property
    def direction(self) -> str:
        """Return ``"rtl"`` or ``"ltr"``."""
        return direction(self.language)


class Text(Mapping[str, str]):
    """An immutable map from language tag to text, in the document's order of languages."""

    __slots__ = ("_by_language",)

    def __init__(self, by_language: Mapping[str, str] | Iterable[tuple[str, str]] = ()) -> None:
        self._by_language = dict(by_language)

    def __getitem__(self, language: str) -> str:
        return self._by_language[language]

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_language)

    def __len__(self) -> int:
        return len(self._by_language)

    def __hash__(self) -> int:
        return hash(frozenset(self._by_language.items()))

    def __repr__(self) -> str:
        return f"Text({self._by_language!r})"

    def words(self, language: str) -> str:
        """Return the text as ``shown`` gives it, without its language; "" if empty."""
        return self._by_language.get(language) or next(iter(self._by_language.values()), "")

    def shown(self, language: str) -> Shown | None:
        """Return the text in ``language`` or, where that is missing, in the first language there is; None if empty."""
        if language in self._by_language:
            return Shown(self._by_language[language], language)
        for other, text in self._by_language.items():
            return Shown(text, other)
        return None
