"""The words of the document itself, in its languages, and what was typed made harmless for any file. Pure Python."""

import re
import unicodedata
from dataclasses import dataclass
from functools import cache, partial

from babel import Locale, UnknownLocaleError
from babel.dates import format_date

from ..competences.answers import MOMENTS
from ..texts import N_, Text, direction, without_unstorable
from ..words import SOURCE_LANGUAGE, moment_words, words_for
from .model import SELF, TRAINER

STATEMENT = N_("This document is self-declared: I say here what I can do. It is no certificate and no recognition, and "
               "nobody has signed it. What a trainer said, or a training activity counted, is named as such.")
SHORT_STATEMENT = N_("Self-declared. No certificate.")


@dataclass(frozen=True, slots=True)
class Line:
    """A text as it is written: its language ("" where nobody knows it) and the direction it runs in."""

    text: str
    language: str
    direction: str


def said(languages, message, **values):
    """Return a ``Text``: the interface's message in the document's languages, in English where it does not speak the
    first one. ``values`` are put into its places; a ``Text`` or a function of the language gives each its own.
    """
    first, *others = languages
    spoken = {(first if _speaks(first) else SOURCE_LANGUAGE): words_for(first)}
    spoken |= {language: words_for(language) for language in others if _speaks(language)}
    return Text({language: words.gettext(message).format(**{name: _said(value, language)
                                                            for name, value in values.items()})
                 for language, words in spoken.items()})


def _speaks(language):
    return words_for(language).language.split("-")[0] == language.split("-")[0]


def _said(value, language):
    if isinstance(value, Text):
        return value.words(language)
    return value(language) if callable(value) else value


def day(when, language):
    """Return a date as a language writes it."""
    try:
        return format_date(when.date(), "long", _locale(language))
    except UnknownLocaleError:
        return when.date().isoformat()


@cache
def _locale(language):
    base = language.split("-")[0]
    try:
        return Locale.parse(language, sep="-")
    except (UnknownLocaleError, ValueError):
        return Locale.parse(base)


def series_words(languages, series):
    """Return who says it and when, as a ``Text``; a second language the interface does not speak has the date."""
    date = partial(day, series.when)
    moment = series.moment in MOMENTS and (lambda language: moment_words(words_for(language), series.moment))
    if series.source == SELF and moment:
        message = N_("I say · {moment} · {date}")
    elif series.source == SELF:
        message = N_("I say · {date}")
    elif series.source == TRAINER:
        message = N_("My trainer says · {date}")
    else:
        message = N_("Training “{title}” · {date}") if series.title else N_("Training · {date}")
    return _beside(said(languages, message, date=date, title=series.title, moment=moment), languages, date)


def rating_words(languages, rating):
    """Return a rating in words as a ``Text``: those of its level, or points of a hundred."""
    n = round(100 * rating.place)
    return rating.words or _beside(said(languages, N_("{n} of 100 points"), n=n), languages, lambda _: f"{n} %")


def _beside(text, languages, words):
    """Return ``text`` with ``words(language)`` where it has nothing in the second of ``languages``."""
    return Text(dict(text) | {each: words(each) for each in languages[1:] if each not in text})


# -- what a person typed -----------------------------------------------------------------------------------------------

# Characters that turn or hide the text around them: embeddings, overrides and isolates, annotations, tags, fillers,
# line and paragraph separators. Joiners and direction marks stay: Persian and emoji are written with them.
_TURNING = re.compile("[\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u202a-\u202e"
                      "\u2060-\u206f\u3164\ufe00-\ufe0d\ufeff\uffa0\ufff0-\ufffb\U000e0000-\U000e0fff]")
_SEPARATORS = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_JOINERS = re.compile("([\u200c-\u200f\ufe0e\ufe0f])[\u200c-\u200f\ufe0e\ufe0f]+")
_SPACES = re.compile(r"[^\S\n]+")
_EMPTY_LINES = re.compile(r"(?: ?\n){2}[ \n]*")  # where each space stands alone
_MOST_MARKS = 3


def tame(text):
    """Return what a person typed such that it stays in its place in any file.

    Line breaks stay. What turns or hides other text goes, and so do marks heaped upon one letter.
    """
    text = without_unstorable(_SEPARATORS.sub("\n", text))
    text = _JOINERS.sub(r"\1", _TURNING.sub("", text))
    text = _EMPTY_LINES.sub("\n\n", _SPACES.sub(" ", text)).strip()
    return "".join(_few_marks(text)) if not text.isascii() else text


def _few_marks(text):
    marks = 0
    for character in unicodedata.normalize("NFC", text):
        marks = marks + 1 if unicodedata.category(character) in ("Mn", "Me") else 0
        if marks <= _MOST_MARKS:
            yield character


def own_direction(text, otherwise):
    """Return the direction of a text by its first letter, as browsers do for ``dir="auto"``."""
    for character in text:
        kind = unicodedata.bidirectional(character)
        if kind == "L":
            return "ltr"
        if kind in ("R", "AL"):
            return "rtl"
    return otherwise


def own_line(text, languages):
    """Return what a person typed as a ``Line``."""
    text = tame(text)
    return Line(text, "", own_direction(text, direction(languages[0])))


def lines(text, languages):
    """Return a ``Text`` as one or two ``Line``: in the first language or what there is, and in the other beside it."""
    shown = text.shown(languages[0])
    found = [shown] if shown else []
    if len(languages) == 2 and shown and languages[1] in text and languages[1] != shown.language:
        found.append(text.shown(languages[1]))
    return tuple(Line(tame(each.text), each.language, each.direction) for each in found)
