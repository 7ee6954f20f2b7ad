"""The interface's catalogues: complete, compiled, with every placeholder; and texts in several languages."""

import re
from string import Formatter

import pytest
from jinja2 import TemplateSyntaxError

from migrempower_xblock.templating import json_block
from migrempower_xblock.texts import Text, clean, closest, direction
from migrempower_xblock.words import interface_languages, words_for
from tools import messages

LOCALES = [locale for locale in messages.LOCALES if locale != messages.SOURCE_LOCALE]


def places(text):
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def both(message):
    one, many = (message, message) if isinstance(message, str) else message
    return one, many


def test_every_template_compiles():
    from migrempower_xblock.templating import _environment

    folder = messages.ROOT / "templates"
    for path in sorted(folder.rglob("*.html")):
        name = str(path.relative_to(folder))
        try:
            _environment().get_template(name)
        except TemplateSyntaxError as error:
            raise AssertionError(name) from error


@pytest.mark.parametrize("locale", messages.LOCALES)
def test_a_catalogue_holds_just_the_messages_of_the_code(locale):
    marked = {message.id for message in messages.template() if message.id}
    assert {message.id for message in messages.read(locale) if message.id} == marked


@pytest.mark.parametrize("locale", messages.LOCALES)
def test_every_message_is_translated_with_its_places(locale):
    for message in messages.read(locale):
        if not message.id:
            continue
        one, many = both(message.id)
        strings = [message.string] if isinstance(message.id, str) else list(message.string)
        assert all(strings), message.id
        for text in strings:
            assert places(text) <= places(one) | places(many), message.id
        assert places(strings[-1]) == places(many), message.id


@pytest.mark.parametrize("locale", LOCALES)
def test_nothing_stays_english(locale):
    same = {message.id for message in messages.read(locale) if message.id and message.id == message.string}
    # "Plan" is a word elsewhere too
    assert not [each for each in same if len(re.findall("[A-Za-z]{3,}", str(each))) > 2]


@pytest.mark.parametrize("locale", messages.LOCALES)
def test_the_compiled_catalogue_is_up_to_date(locale):
    assert messages.path_of(locale).with_suffix(".mo").read_bytes() == messages.compiled(locale)


def test_arabic_has_its_six_plurals():
    words = words_for("ar")
    said = {words.ngettext("{n} question", "{n} questions", n) for n in (0, 1, 2, 5, 30, 100)}
    assert len(said) == 6


def test_the_first_language_the_interface_speaks_is_used():
    assert set(interface_languages()) == set(messages.LOCALES)
    assert words_for("xx", "es-MX", "ar").language == "es"
    assert words_for("", None).language == "en"
    assert words_for("ar-SY").direction == "rtl"


def test_every_word_the_script_uses_is_given():
    from migrempower_xblock.evaluation_page import _script_words

    scripts = [(messages.ROOT / f"static/js/{name}.js").read_text("utf-8") for name in ("learner", "self_evaluation")]
    used = set(re.findall(r"\bwords\.(\w+)", "".join(scripts)))
    given = set(_script_words(words_for("en")))
    assert used <= given
    assert given - used <= {"unclear", "private", "saved", "saving", "refused", "waiting"}


@pytest.mark.parametrize(("language", "expected"), [
    ("ar", "rtl"), ("fa-IR", "rtl"), ("ckb", "rtl"), ("pa-Arab", "rtl"), ("uz-Latn", "ltr"), ("en", "ltr"),
    ("ar-Latn", "ltr"), ("pt-BR", "ltr"),
])
def test_a_language_has_its_direction(language, expected):
    assert direction(language) == expected


@pytest.mark.parametrize(("wanted", "offered", "expected"), [
    ("de-AT", ["en", "de"], "de"), ("de", ["en", "de-AT"], "de-AT"), ("DE_at", ["de", "de-AT"], "de-AT"),
    ("fr", ["en"], None), ("", ["en"], None), (None, ["en"], None),
])
def test_the_closest_language_is_found(wanted, offered, expected):
    assert closest(wanted, offered) == expected


def test_a_text_falls_back_to_a_language_it_has_and_says_which():
    text = Text({"ar": "كلمة", "en": "word"})
    assert (text.shown("fr").language, text.shown("fr").direction) == ("ar", "rtl")
    assert Text().shown("en") is None
    assert clean(" a\n\t b ") == "a b"


def test_json_in_a_page_cannot_leave_its_element():
    html = json_block({"a": "</script><!-- &\u2028"})
    assert html.count("<") == 2 and "&" not in html and "\u2028" not in html
