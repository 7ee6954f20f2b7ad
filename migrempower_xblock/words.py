"""The interface's words in the language the learner chose inside the block.

The platform's i18n service speaks the site's language; learners choose their own in the block, so catalogues are read
directly: the site's, if the platform has pulled one, then the package's. See docs/decisions/0002-front-end.rst.
"""

import gettext
from functools import cache
from importlib.resources import files

from .platform import site_translations
from .texts import closest, direction

_CATALOGUES = files("migrempower_xblock") / "translations"
SOURCE_LANGUAGE = "en"


def _locale(language):
    """Return ``de_AT`` for ``de-AT``."""
    base, *rest = language.split("-")
    return "_".join([base, *(part.upper() if len(part) == 2 else part for part in rest)])


@cache
def interface_languages():
    """Return the language tags the interface speaks, the source language first."""
    found = sorted(entry.name.replace("_", "-") for entry in _CATALOGUES.iterdir()
                   if (entry / "LC_MESSAGES" / "text.mo").is_file())
    return (SOURCE_LANGUAGE, *(tag for tag in found if tag != SOURCE_LANGUAGE))


class Words:
    """One language's words. ``language`` is the tag, ``direction`` its ``ltr`` or ``rtl``."""

    def __init__(self, language):
        self.language = language
        self.direction = direction(language)
        translation = gettext.translation("text", str(_CATALOGUES), [_locale(language)], fallback=True)
        site = site_translations()
        if site:
            ours, translation = translation, gettext.translation("django", site, [_locale(language)], fallback=True)
            translation.add_fallback(ours)
        self.gettext = translation.gettext
        self.ngettext = translation.ngettext


@cache
def _words(language):
    return Words(language)


def words_for(*languages):
    """Return the ``Words`` of the first of ``languages`` the interface speaks, else of the source language."""
    spoken = interface_languages()
    return _words(next((tag for tag in (closest(language, spoken) for language in languages) if tag), SOURCE_LANGUAGE))


def true_or_false(words, reply):
    """Return the reply "true" or "false" in words; anything else as it is."""
    _ = words.gettext
    return {"true": _("True"), "false": _("False")}.get(reply, reply)


def reply_words(words, activity, reply, language):
    """Return a reply to an activity in words: the author's in ``language``; of true or false, the interface's."""
    said = activity.in_words(reply, language)
    return true_or_false(words, said) if getattr(activity, "look", "") == "true-false" else said


def moment_words(words, moment):
    """Return the moment of a self-evaluation in words."""
    _ = words.gettext
    return {"start": _("At the start"), "end": _("At the end"), "looking-back": _("Looking back")}[moment]
