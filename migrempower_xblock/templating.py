"""Our templates, compiled once a process, and the tags they use."""

import json
from functools import cache, lru_cache
from importlib.resources import files

from django.template import Context, Engine, Library
from django.utils.html import format_html
from django.utils.safestring import mark_safe

from .texts import direction
from .words import moment_words

register = Library()


@register.simple_tag(takes_context=True)
def t(context, message, **values):
    """Translate ``message`` and put ``values`` in its ``{places}``."""
    return context["words"].gettext(message).format(**values)


@register.simple_tag(takes_context=True)
def tn(context, one, many, n):
    """Translate a message that counts: the form for ``n``, with ``{n}`` put in."""
    return context["words"].ngettext(one, many, n).format(n=n)


@register.simple_tag(takes_context=True)
def moment_name(context, moment):
    """Say a moment in words."""
    return moment_words(context["words"], moment)


@register.simple_tag(takes_context=True)
def both(context, text, audio=None):
    """Show a ``Text`` in the learner's own language and, under it, in the one beside; ``audio`` that is not None makes
    it one that can be listened to.
    """
    return _both(text, context["own"], context["beside"], audio)


@lru_cache(maxsize=4096)  # a module's texts come again at every view
def _both(text, own, beside, audio):
    recording = format_html(' data-audio="{}"', audio) if audio else ""
    say = "" if audio is None else format_html(' data-say="{}"{}', own, recording)
    html = format_html('<span class="mige-own" lang="{}" dir="{}"{}>{}</span>', own, direction(own), say, text[own])
    if beside in text:
        html += format_html('<span class="mige-beside" lang="{}" dir="{}">{}</span>', beside, direction(beside),
                            text[beside])
    return format_html('<span class="mige-texts">{}</span>', html)


@register.filter
def in_language(text, language):
    """Return a ``Text`` in one language."""
    return text[language]


@cache
def _engine():
    return Engine(dirs=[str(files("migrempower_xblock.templates"))], libraries={"migrempower": __name__},
                  builtins=["django.templatetags.l10n"])


@cache
def _template(name):
    return _engine().get_template(name)


def json_block(data):
    """Return ``data`` as a JSON element for a page. It stands in our own HTML because not every host escapes what
    ``initialize_js`` is given, and because a reply with new HTML then needs nothing beside it.
    """
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return mark_safe(f'<script type="application/json">{text}</script>')


def render(name, words, **values):
    """Return the HTML of a template; everything in ``values`` is escaped unless marked safe."""
    return _template(name).render(Context({"words": words, **values}))
