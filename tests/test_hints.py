"""What an author is told they may still do: what is missing, what reads hard, how long it takes."""

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrempower_xblock.authoring.hints import (
    CAPITALS,
    DOUBLE_NEGATIVE,
    LONG,
    LONGER,
    SECONDS_PER_ACTIVITY,
    SECONDS_PER_STATEMENT,
    TWO_QUESTIONS,
    TWO_THINGS,
    WORDS_PER_MINUTE,
    hints,
    missing,
    reading_minutes,
)
from migrempower_xblock.competences.framework import Framework
from migrempower_xblock.olx import framework_names, module_names, preset_framework, preset_module
from migrempower_xblock.schema import LONGEST_RICH_TEXT
from migrempower_xblock.training.module import KINDS, Module

from .generate import framework_data, module_data

STATEMENT = ("areas", 0, "competences", 0, "statements", 0)


def framework(languages=("en",), **statement):
    return {"id": "f", "version": "1", "languages": list(languages), "areas": [
        {"id": "a", "picture": "house", "competences": [{"id": "c", "statements": [{"id": "s", **statement}]}]}]}


def module(*steps, languages=("en",)):
    return {"id": "m", "version": "1", "languages": list(languages), "minutes": 5, "steps": list(steps)}


def lacking(cls, data, what, below=()):
    return [each.path[len(below):] for each in missing(cls, data)
            if each.what == what and each.path[:len(below)] == below]


def said(cls, data, message):
    return [each for each in hints(cls, data) if each.message == message]


def about_statement(text, language="en"):
    return hints(Framework, framework([language], text={language: text}))


def sentence(count, word="word"):
    return " ".join([word] * count) + "."


def options(*lengths, right=0):
    return [{"id": str(number), "right": number == right, "text": {"en": "x" * length}}
            for number, length in enumerate(lengths)]


# -- what is missing ---------------------------------------------------------------------------------------------------

def test_a_text_that_must_be_there_is_missing_in_each_language_without_it():
    data = framework(["en", "ar", "es"], text={"en": "I can cook.", "ar": "  "})
    assert lacking(Framework, data, "text", STATEMENT) == [("text", "ar"), ("text", "es")]
    assert all(each.language == each.path[-1] for each in missing(Framework, data) if each.what != "picture")


def test_a_text_that_may_be_there_is_missing_only_where_another_language_has_it():
    text = {"en": "I can cook.", "ar": "أطبخ."}
    assert lacking(Framework, framework(["en", "ar"], text=text), "text", STATEMENT) == []
    data = framework(["en", "ar"], text=text, example={"ar": "الأرز"})
    assert lacking(Framework, data, "text", STATEMENT) == [("example", "en")]


def test_a_language_named_twice_is_one_and_what_is_no_language_none():
    data = framework(["en", "ar", 3, "ar", None], text={"en": "x"})
    assert lacking(Framework, data, "text", STATEMENT) == [("text", "ar")]
    assert missing(Framework, {**data, "languages": "en"}) == []


def test_a_text_in_a_language_the_document_does_not_have_asks_for_no_other():
    assert lacking(Framework, framework(text={"en": "x"}, example={"fr": "x"}), "text", STATEMENT) == []


def test_an_alternative_text_is_missing_only_beside_a_picture():
    text = {"en": "I can cook.", "ar": "أطبخ."}
    data = framework(["en", "ar"], text=text, picture="house", alt={"en": "A house"})
    assert lacking(Framework, data, "alt") == [(*STATEMENT, "alt", "ar")]
    del data["areas"][0]["competences"][0]["statements"][0]["picture"]
    assert lacking(Framework, data, "alt") == []
    assert lacking(Framework, data, "text", STATEMENT) == []


def test_a_picture_that_only_decorates_needs_no_alternative_text():
    step = {"kind": "country-note", "picture": "house", "title": {"en": "T"}}
    assert lacking(Module, module(step), "alt") == []


def test_a_recording_is_missing_in_each_language_without_it_and_a_film_is_none():
    data = framework(["en", "ar"], text={"en": "x", "ar": "y"}, audio={"ar": "/static/a.mp3"})
    assert lacking(Framework, data, "audio") == [(*STATEMENT, "audio", "en")]
    watch = {"kind": "watch", "title": {"en": "T"}, "file": {}, "transcript": {"en": "<p>t</p>"}}
    assert missing(Module, {**module(watch), "title": {"en": "M"}}) == []


def test_a_picture_is_missing_where_learners_look_for_one_and_there_are_words():
    assert lacking(Framework, framework(text={"en": "x"}), "picture") == [(*STATEMENT, "picture")]
    assert lacking(Framework, framework(audio={"en": "/static/a.mp3"}), "picture") == []
    steps = [{"kind": "read", "title": {"en": "T"}},
             {"kind": "choice", "question": {"en": "Q?"}, "options": options(1, 2)},
             {"kind": "picture-choice", "question": {"en": "Q?"}, "options": options(1, 2)}]
    assert lacking(Module, module(*steps), "picture") == [
        ("steps", 0, "picture"), ("steps", 2, "options", 0, "picture"), ("steps", 2, "options", 1, "picture")]


@pytest.mark.parametrize(("html", "there"), [
    ("<p></p>", False), ("<p>&nbsp;<br></p>", False), ("<p>a</p>", True), ('<img src="/static/a.png" alt="">', True),
])
def test_rich_text_of_tags_alone_is_missing(html, there):
    read = {"kind": "read", "title": {"en": "T"}, "text": {"en": html}}
    assert (("steps", 0, "text", "en") not in lacking(Module, module(read), "text")) == there


def test_what_is_missing_is_told_in_reading_order():
    data = framework(["en", "ar"], text={"en": "x"}, picture="house")
    below = [each.path[len(STATEMENT):] for each in missing(Framework, data) if each.path[:len(STATEMENT)] == STATEMENT]
    assert below == [("text", "ar"), ("alt", "en"), ("alt", "ar"), ("audio", "en"), ("audio", "ar")]


# -- what reads hard ---------------------------------------------------------------------------------------------------

def test_a_sentence_of_more_than_fifteen_words_is_long_and_of_twenty_in_rich_text():
    assert about_statement(sentence(15)) == []
    (hint,) = about_statement("Short. " + sentence(16))
    assert (hint.path, hint.message) == ((*STATEMENT, "text", "en"), LONG)
    assert hint.message.format(**hint.values) == (
        "“word word word word …” is a long sentence: 16 words. Make two sentences of it.")
    for count, found in ((20, 0), (21, 1)):
        read = {"kind": "read", "text": {"en": f"<p>Short.</p><p>{sentence(count)}</p>"}}
        assert len(said(Module, module(read), LONG)) == found


def test_every_long_sentence_is_told():
    assert [hint.values["count"] for hint in about_statement(sentence(16) + " " + sentence(18))] == [16, 18]


@pytest.mark.parametrize("mark", [". ", "! ", "? ", "… ", "؟ ", "。", "। ", "።  ", ".» ", ": ", "\n"])
def test_a_sentence_ends_at_its_mark(mark):
    assert said(Framework, framework(text={"en": sentence(10)[:-1] + mark + sentence(10)}), LONG) == []


@pytest.mark.parametrize("mark", [".", ", ", " – ", " 3.5 ", " www.example.org "])
def test_a_sentence_goes_on_where_no_space_follows_or_no_end_is(mark):
    assert said(Framework, framework(text={"en": sentence(10)[:-1] + mark + sentence(10)}), LONG)


def test_a_greek_question_mark_ends_a_sentence_and_a_semicolon_elsewhere_does_not():
    text = sentence(10)[:-1] + "; " + sentence(10)
    assert [bool(said(Framework, framework([tag], text={tag: text}), LONG)) for tag in ("el", "en")] == [False, True]


def test_blocks_of_rich_text_end_sentences_and_words_inside_them_do_not():
    item = sentence(15)[:-1]
    apart = {"kind": "read", "text": {"en": f"<ul><li>{item}</li><li>{item}</li></ul><p>{item}<br>{item}</p>"}}
    together = {"kind": "read", "text": {"en": f"<p>{item} <strong>{item}</strong> &amp; you</p>"}}
    assert said(Module, module(apart), LONG) == []
    assert [hint.values["count"] for hint in said(Module, module(together), LONG)] == [31]


def test_rich_text_too_long_to_be_kept_is_not_looked_into():
    long = "word " * (LONGEST_RICH_TEXT // 5)
    assert said(Module, module({"kind": "read", "text": {"en": long}}), LONG)
    assert hints(Module, module({"kind": "read", "text": {"en": long + "x"}})) == []


@pytest.mark.parametrize("language", ["zh", "zh-Hant", "ja", "th", "km", "lo", "my"])
def test_words_are_not_counted_where_no_spaces_part_them(language):
    assert about_statement(sentence(30, "字"), language) == []


@pytest.mark.parametrize(("language", "text", "word"), [
    ("en", "I can read and write.", "and"), ("en-GB", "I can call AND write.", "AND"),
    ("es", "Puedo leer y escribir.", "y"), ("de", "Ich kann einen Brief lesen und eine Antwort schreiben.", "und"),
    ("fr", "Je peux lire et écrire.", "et"), ("it", "So leggere ed ascoltare.", "ed"),
    ("el", "Μπορώ να διαβάζω και να γράφω.", "και"), ("uk", "Я вмію читати та писати.", "та"),
    ("tr", "Okumayı ve yazmayı biliyorum.", "ve"), ("ar", "أستطيع أن أقرأ وأن أكتب.", "وأن"),
    ("fa", "می‌توانم بخوانم و بنویسم.", "و"),
])
def test_a_statement_that_joins_two_things_may_ask_twice(language, text, word):
    (hint,) = about_statement(text, language)
    assert (hint.message, hint.values) == (TWO_THINGS, {"word": word})


@pytest.mark.parametrize(("language", "text"), [
    ("en", "I can write to the school and my boss."), ("en", "I can understand Andy. And more."),
    ("en", "I work with tools or machines."), ("es", "Trabajo con herramientas o máquinas."),
    ("es", "Puedo hablar con mi madre y mi padre."), ("de", "Ich kann meinen Namen und meine Adresse sagen."),
    ("fr", "Je peux dire mon nom et l'adresse."), ("it", "So dire il nome e il cognome."),
    ("el", "Λέω το όνομα και τη διεύθυνση."), ("ar", "أعمل بأدوات أو آلات."),
    ("pl", "Umiem czytać i pisać."),
])
def test_two_nouns_a_choice_two_sentences_or_an_unknown_language_are_no_second_question(language, text):
    assert about_statement(text, language) == []


def test_a_statement_is_told_once_that_it_asks_twice_and_an_activity_never():
    assert [hint.message for hint in about_statement("Can you read and write? And cook or bake?")] == [TWO_QUESTIONS]
    assert hints(Module, module({"kind": "true-false", "question": {"en": "Is it new? Can you read and write?"}})) == []
    example = framework(text={"en": "I can cook."}, example={"en": "I boil and fry."})
    assert hints(Framework, example) == []


@pytest.mark.parametrize(("language", "text", "first", "second"), [
    ("en", "Do not stay where it is not safe.", "not", "not"), ("en", "You can’t work without it.", "can’t", "without"),
    ("en", "It is never impossible.", "never", "impossible"), ("de", "Das ist nicht unmöglich.", "nicht", "unmöglich"),
    ("es", "No es imposible.", "No", "imposible"), ("es", "Sin contrato no trabajo.", "Sin", "no"),
    ("fr", "Ce n'est pas impossible.", "pas", "impossible"), ("it", "Non lavoro senza contratto.", "Non", "senza"),
    ("el", "Δεν είναι αδύνατο.", "Δεν", "αδύνατο"), ("uk", "Це не неможливо.", "не", "неможливо"),
    ("tr", "Bu imkansız değil.", "imkansız", "değil"), ("ar", "لا أعمل بدون عقد.", "لا", "بدون"),
    ("fa", "بدون قرارداد نمی‌توانم کار کنم.", "بدون", "نمی‌توانم"),
])
def test_two_negations_in_one_clause_are_told(language, text, first, second):
    (hint,) = hints(Framework, framework([language], example={language: text}))
    assert (hint.path[-2:], hint.message) == (("example", language), DOUBLE_NEGATIVE)
    assert hint.values == {"first": first, "second": second}


@pytest.mark.parametrize(("language", "text"), [
    ("en", "If it is not written, it is not safe."), ("en", "I do not know. I never ask."),
    ("en", "I have no receipt and no contract."), ("en", "Not every “no” is unfair."), ("en", "Nothing is as notable."),
    ("es", "No lo sabe nadie nunca."), ("es", "Vivo sin dinero sin quejarme."), ("es", "Sin ningún recibo."),
    ("fr", "Je ne sais pas."), ("fr", "Sans aucun reçu."), ("it", "Non lo sa nessuno."), ("el", "Δεν ξέρω τίποτα."),
    ("uk", "Ніхто нічого не знає."), ("tr", "Asla gitmem."), ("ar", "لا أعرف ولا أسأل."), ("fa", "هیچ کس نمی‌داند."),
])
def test_one_negation_or_what_grammar_asks_for_is_not_told(language, text):
    assert hints(Framework, framework([language], example={language: text})) == []


def test_words_in_capital_letters_are_told_and_one_word_or_short_ones_are_not():
    (hint,) = about_statement("I know: NEVER SIGN TODAY, think.")
    assert (hint.message, hint.values) == (CAPITALS, {"words": "NEVER SIGN TODAY"})
    assert about_statement("I know the UNHCR. I can send an SMS PDF.") == []


@pytest.mark.parametrize(("lengths", "found"), [
    ((60, 40), True), ((59, 40), False),      # one and a half times as long
    ((25, 10), True), ((24, 10), False),      # and at least 15 characters longer
    ((60, 10, 41), False), ((60, 10, 0), False),  # than the longest, once all are written
    ((60,), False), ((), False),
])
@pytest.mark.parametrize("kind", ["choice", "picture-choice"])
def test_a_right_answer_that_its_length_gives_away_is_told(kind, lengths, found):
    told = hints(Module, module({"kind": kind, "options": options(*lengths)}))
    assert [(hint.path, hint.message, hint.values) for hint in told] == (
        [(("steps", 0, "options"), LONGER, {"language": "en"})] if found else [])


def test_of_several_right_answers_the_shortest_counts_and_each_language_by_itself():
    several = options(60, 60, 20)
    several[1]["right"] = True
    for option in several:
        option["text"]["es"] = "corto"
    data = module({"kind": "choice", "several": True, "options": several}, languages=["en", "es"])
    assert [hint.values["language"] for hint in hints(Module, data)] == ["en"]
    several[1]["text"]["en"] = "short"
    assert hints(Module, data) == []


def test_addresses_right_words_and_owners_are_no_sentences():
    gaps = {"kind": "gaps", "gaps": [{"id": "x", "accept": {"en": sentence(20)}, "decoy": {"en": sentence(20)}}]}
    watch = {"kind": "watch", "file": {"en": sentence(20)}}
    assert hints(Module, module(gaps, watch)) == []
    assert hints(Framework, {**framework(), "source": {"en": sentence(20)}}) == []


def test_what_is_retired_is_left_in_peace():
    retired = {"id": "r", "competence": "c", "title": {"en": sentence(30)}, "text": {"en": sentence(30)}}
    data = {**framework(["en", "ar"]), "retired": [retired]}
    assert hints(Framework, data) == []
    assert not [each for each in missing(Framework, data) if "retired" in each.path]
    data = {**module(languages=["en", "ar"]), "retired": [{"id": "r", "question": {"en": sentence(30)}}]}
    assert hints(Module, data) == []
    assert not [each for each in missing(Module, data) if "retired" in each.path]
    assert reading_minutes(Module, data, "en") == 0


# -- how long it takes -------------------------------------------------------------------------------------------------

def test_words_and_answers_take_their_time():
    one = framework(text={"en": sentence(60)}, example={"en": sentence(30)}, alt={"en": sentence(90)})
    assert reading_minutes(Framework, one, "en") == 90 / WORDS_PER_MINUTE + SECONDS_PER_STATEMENT / 60
    step = {"kind": "true-false", "question": {"en": sentence(45)}, "right": {"en": sentence(30)},
            "feedback": {"en": sentence(15)}, "wrong": {"en": sentence(90)}, "hint": {"en": sentence(90)}}
    read = {"kind": "read", "text": {"en": "<p>one <strong>two</strong></p><p>three</p>"}}
    assert reading_minutes(Module, module(step), "en") == 90 / WORDS_PER_MINUTE + SECONDS_PER_ACTIVITY / 60
    assert reading_minutes(Module, module(read), "en") == 3 / WORDS_PER_MINUTE


def test_of_a_framework_its_frame_is_read_and_its_practice_and_advice_are_not():
    frame = {"languages": ["en"], "title": {"en": "one"}, "about": {"en": "two three"}, "source": {"en": "x"},
             "scale": {"levels": [{"label": {"en": "four"}}, {"label": {"en": "five"}}]},
             "practice": {"text": {"en": "x"}},
             "areas": [{"title": {"en": "six"}, "competences": [{"title": {"en": "x"}, "advice": {"en": "x"}}]}]}
    assert reading_minutes(Framework, frame, "en") == 6 / WORDS_PER_MINUTE


def test_of_a_steps_notes_the_longest_counts_and_of_answers_no_feedback():
    notes = {"kind": "country-note", "notes": [{"text": {"en": sentence(45)}}, {"text": {"en": sentence(30)}}],
             "fallback": {"text": {"en": sentence(10)}}}
    assert reading_minutes(Module, module(notes, notes), "en") == 90 / WORDS_PER_MINUTE
    choice = {"kind": "choice", "options": [{"id": "a", "text": {"en": "one"}, "feedback": {"en": sentence(9)}}]}
    assert reading_minutes(Module, module(choice), "en") == 1 / WORDS_PER_MINUTE + SECONDS_PER_ACTIVITY / 60


def test_what_a_language_lacks_is_read_in_the_first_that_has_it():
    data = {"languages": ["en", "es", "ar"], "title": {"es": "a b", "ar": "a b c"}, "about": {"ar": "d"}}
    assert reading_minutes(Framework, data, "en") == 3 / WORDS_PER_MINUTE
    assert reading_minutes(Framework, data, "ar") == 4 / WORDS_PER_MINUTE
    assert reading_minutes(Framework, {**data, "title": {"fr": "a"}, "about": {}}, "en") == 0


def test_words_without_spaces_between_them_are_guessed_by_their_characters():
    data = {"languages": ["zh"], "title": {"zh": "字" * 144}}
    assert reading_minutes(Framework, data, "zh") == pytest.approx(1)


# -- drafts and what ships ---------------------------------------------------------------------------------------------

junk = st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=5),
                    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2))


def places(data, path=()):
    yield path
    for key, held in data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ():
        yield from places(held, (*path, key))


def spoilt(data, draw):
    """Return the data with junk at a few places."""
    data = copy.deepcopy(data)
    for _ in range(3):
        *above, last = draw(st.sampled_from(list(places(data))[1:]))
        place = data
        for key in above:
            place = place[key]
        place[last] = draw(junk)
    return data


def tell_all(cls, data):
    for each in (*hints(cls, data), *missing(cls, data)):
        place = data
        for key in each.path[:-2]:
            place = place[key]
        assert isinstance(place, dict | list)
    for hint in hints(cls, data):
        assert hint.message.format(**hint.values)
    assert reading_minutes(cls, data, "en") >= 0


@given(st.data())
def test_no_draft_of_a_framework_is_too_broken(data):
    tell_all(Framework, spoilt(data.draw(framework_data()), data.draw))


@given(st.data())
def test_no_draft_of_a_module_is_too_broken(data):
    tell_all(Module, spoilt(data.draw(module_data()), data.draw))


@given(junk)
def test_what_is_no_document_has_nothing_to_tell(data):
    for cls in (Framework, Module):
        tell_all(cls, data)
    tell_all(Module, {"languages": ["en"], "steps": [{"kind": kind, "options": data, "text": data} for kind in KINDS]})


SHIPPED = [*((Framework, preset_framework(name)) for name in framework_names()),
           *((Module, preset_module(name)) for name in module_names())]


@pytest.mark.parametrize(("cls", "document"), SHIPPED)
def test_what_ships_lacks_no_text_and_has_few_hints(cls, document):
    data = document.to_data()
    assert not {each.what for each in missing(cls, data)} - {"audio", "alt"}
    texts = sum(isinstance(place[-1], str) and place[-1] in data["languages"] for place in places(data) if place)
    assert len(hints(cls, data)) <= texts / 25
    assert all(reading_minutes(cls, data, language) > 1 for language in data["languages"])
