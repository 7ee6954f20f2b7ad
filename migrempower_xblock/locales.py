"""Names of languages and countries (Unicode CLDR), to show and to choose from."""

from functools import lru_cache

from babel import Locale
from django.conf.locale import LANG_INFO

# Spoken by many who come, and not known to Django.
_MORE_LANGUAGES = {"am", "bm", "ckb", "ff", "ha", "ku", "ln", "om", "prs", "ps", "rom", "so", "ti", "tl", "wo", "yo"}
_NO_COUNTRIES = {"EU", "EZ", "UN", "XA", "XB", "ZZ"}


def language_name(language):
    """Return a language's name in that language, such as "العربيّة"; the tag itself where it is unknown."""
    known = LANG_INFO.get(language.lower()) or LANG_INFO.get(language.split("-")[0].lower()) or {}
    return known.get("name_local", language)


def country_name(words, code):
    """Return a country's name in the interface's language; the code itself where it has none."""
    return _locale(words.language).territories.get(code, code)


@lru_cache(maxsize=8)
def languages_to_choose(language):
    """Return [(tag, name), …]: each language's name in ``language`` and in itself, sorted."""
    names = _locale(language).languages
    tags = {_written(tag) for tag in LANG_INFO if len(tag) < 12} | _MORE_LANGUAGES
    return sorted(((tag, _both_names(tag, names)) for tag in tags), key=lambda each: each[1].casefold())


@lru_cache(maxsize=8)
def countries_to_choose(language):
    """Return [(code of two letters, name in ``language``), …], sorted."""
    found = [(code, name) for code, name in _locale(language).territories.items()
             if len(code) == 2 and code.isalpha() and code not in _NO_COUNTRIES]
    return sorted(found, key=lambda each: each[1])


def _locale(language):
    return Locale.parse(language, sep="-")


def _written(tag):
    """Return a tag of Django's as documents write it: "pt-BR", "zh-Hant"."""
    base, *rest = tag.split("-")
    return "-".join([base, *(part.title() if len(part) == 4 else part.upper() for part in rest)])


def _both_names(tag, names):
    own, here = language_name(tag), names.get(tag.replace("-", "_"), names.get(tag.split("-")[0], tag))
    return here if own in (tag, here) or here.casefold() == own.casefold() else f"{here} – {own}"
