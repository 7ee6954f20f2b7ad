"""Our templates (Jinja2), compiled once a process, and the words they use."""

import json
from functools import cache, lru_cache
from importlib.resources import files

from jinja2 import Environment, FileSystemLoader, pass_context
from markupsafe import Markup

from .texts import direction
from .words import moment_words


@pass_context
def t(context, message, **values):
    """Translate ``message`` and put ``values`` in its ``{places}``."""
    return context["words"].gettext(message).format(**values)


@pass_context
def tn(context, one, many, n, **values):
    """Translate a message that counts: the form for ``n``, with ``{n}`` and other ``values`` put in."""
    return context["words"].ngettext(one, many, n).format(n=n, **values)


@pass_context
def moment_name(context, moment):
    """Say a moment in words."""
    return moment_words(context["words"], moment)


@pass_context
def both(context, text, audio=None):
    """Show a ``Text`` in the learner's own language and, under it, in the one beside; ``audio`` that is not None makes
    it one that can be listened to.
    """
    own = context["own"]
    shown = text.shown(own).language  # another one where the translation is missing
    language = "" if shown == context["words"].language else in_language(shown)
    return _both(text, shown, context["beside"], audio, language)


@lru_cache(maxsize=4096)  # a module's texts come again at every view
def _both(text, own, beside, audio, language):
    language = Markup(" {}").format(language) if language else ""  # the step itself is in the interface's language
    recording = Markup(' data-audio="{}"').format(audio) if audio else ""
    say = "" if audio is None else Markup(' data-say="{}"{}').format(own, recording)
    if beside not in text or beside == own:
        return Markup('<span class="mige-texts mige-own"{}{}>{}</span>').format(language, say, text[own])
    return Markup('<span class="mige-texts"><span class="mige-own"{}{}>{}</span>'
                  '<span class="mige-beside" {}>{}</span></span>').format(
        language, say, text[own], in_language(beside), text[beside])


@cache
def _environment():
    environment = Environment(loader=FileSystemLoader(str(files("migrempower_xblock.templates"))), autoescape=True,
                              auto_reload=False, cache_size=-1)
    environment.globals |= {"t": t, "tn": tn, "moment_name": moment_name, "both": both}
    return environment


def json_block(data):
    """Return ``data`` as a JSON element for a page. It stands in our own HTML because not every host escapes what
    ``initialize_js`` is given, and because a reply with new HTML then needs nothing beside it.
    """
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(f'<script type="application/json">{text}</script>')  # noqa: S704 - nothing in it can end the element


def in_language(language):
    """Return the ``lang`` and ``dir`` attributes of an element in a language."""
    return Markup('lang="{}" dir="{}"').format(language, direction(language))


def render(name, words, **values):
    """Return the HTML of a template; everything in ``values`` is escaped unless it is markup."""
    return _environment().get_template(name).render(words=words, **values)
