"""The learner's document: the same content as PDF, DOCX, JSON and ELM, whatever was typed into it."""

import io
import json
import re
import subprocess
import sys
import unicodedata
import zipfile
from dataclasses import asdict, replace
from datetime import UTC, datetime
from functools import cache

import pypdf
import pypdfium2
import pytest
import typst
from docx import Document as Docx
from docx.oxml.ns import qn
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pypdfium2 import raw

from migrempower_xblock.competences.framework import Framework
from migrempower_xblock.documents import FORMATS, collecting, model, pdf, wording
from migrempower_xblock.documents.model import SELF, TRAINER, TRAINING, Document, Experience, Rating, Series, Step
from migrempower_xblock.documents.outline import Heading, Rows, outline
from migrempower_xblock.olx import preset_framework
from migrempower_xblock.texts import Text, direction

from . import elm

LANGUAGES = [("en", "ar"), ("es", "fa"), ("de", "uk"), ("ar", "en"), ("ar",), ("fa",), ("el",)]
ESCO = "http://data.europa.eu/esco/skill/f4bcdb75-df28-441d-a52b-9730904f36a1"
DIGCOMP = "https://example.org/digcomp/1.1"


def in_all(*words):
    return Text(dict(zip(("en", "es", "de", "ar", "fa", "uk", "el"), words, strict=True)))


LEVELS = (
    in_all("I cannot do this yet", "Todavía no puedo hacerlo", "Das kann ich noch nicht", "لا أستطيع فعل هذا حتى الآن",
           "هنوز نمی‌توانم این کار را انجام دهم", "Я ще не вмію цього робити", "Δεν μπορώ ακόμη να το κάνω"),
    in_all("I can do this with help", "Puedo hacerlo con ayuda", "Das kann ich mit Hilfe", "أستطيع فعل هذا بمساعدة",
           "با کمک می‌توانم این کار را انجام دهم", "Я можу це зробити з допомогою", "Μπορώ να το κάνω με βοήθεια"),
    in_all("I can do this alone", "Puedo hacerlo sin ayuda", "Das kann ich allein", "أستطيع فعل هذا وحدي",
           "به‌تنهایی می‌توانم این کار را انجام دهم", "Я можу це зробити самостійно", "Μπορώ να το κάνω μόνος μου"))
TREATMENT = in_all("Equal treatment", "Igualdad de trato", "Gleichbehandlung", "المساواة في المعاملة", "رفتار برابر",
                   "Рівне ставлення", "Ίση μεταχείριση")
PAYSLIP = in_all("Payslip", "Nómina", "Lohnzettel", "قسيمة الراتب", "فیش حقوقی", "Розрахунковий листок",
                 "Εκκαθαριστικό μισθοδοσίας")
RIGHTS = in_all("Rights", "Derechos", "Rechte", "الحقوق", "حقوق", "Права", "Δικαιώματα")


def day(month, number):
    return datetime(2026, month, number, 10, tzinfo=UTC)


START, END = Series(SELF, day(3, 3), "start"), Series(SELF, day(6, 20), "end")
BACK = Series(SELF, day(6, 20), "looking-back")
VIEW, RUN = Series(TRAINER, day(6, 22)), Series(TRAINING, day(5, 9), title=TREATMENT)


def sample(languages=("en", "ar"), **changed):
    ratings = (Rating(START, 0.5, LEVELS[1]), Rating(RUN, 0.8), Rating(END, 1.0, LEVELS[2]),
               Rating(BACK, 0.0, LEVELS[0]), Rating(VIEW, 0.5, LEVELS[1]))
    area = model.Area(RIGHTS, (model.Competence("equal-treatment", TREATMENT, ratings, ESCO),
                               model.Competence("payslip", PAYSLIP, ratings[:1], DIGCOMP)))
    framework = model.Framework("migrempower", "2", in_all(*["Kom"] * 7), (area,), LEVELS, Text({"en": "Own words"}))
    return replace(Document(
        day(6, 25), languages, "Amina Yılmaz", "Willkommen in Arbeit", (framework,), collecting.strengths(framework),
        (Experience("كتبت رسالة إلى البلدية", "Madrid", "2025", "Я отримала відповідь", (TREATMENT,)),),
        (Step("call the office", "Monday", "my sister", competence=PAYSLIP), Step("ده کلمه یاد بگیرم", done=True,
                                                                                 agreed=True)),
        (Text({"en": "Something is left out."}),)), **changed)


# -- reading back ------------------------------------------------------------------------------------------------------

def letters(text):
    """Return a text without what readers of PDF place as they like: spaces, hyphens, brackets, marks of direction and
    those above and below letters.
    """
    return "".join(each for each in unicodedata.normalize("NFKC", text) if unicodedata.category(each)[0] in "LN")


def pdf_pages(data):
    return [page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(data)]


def scrambled(text):
    """Return a text's words, each with its letters sorted."""
    return ["".join(sorted(letters(word))) for word in text.split() if letters(word)]


def pdf_words(data):
    """Return the words of a PDF as pdfium orders them. It turns ligatures of Arabic around, so letters are sorted."""
    return scrambled(re.sub("[\ufffe\x02]\\s*", "", " ".join(pdf_pages(data))))


def docx_texts(data):
    opened = Docx(io.BytesIO(data))
    parts = opened.element.body, opened.sections[0].footer._element
    return ["".join(node.text or "" for node in paragraph.iter(qn("w:t")))
            for part in parts for paragraph in part.iter(qn("w:p"))]


def leaves(data):
    if isinstance(data, dict):
        for part in data.values():
            yield from leaves(part)
    elif isinstance(data, list):
        for part in data:
            yield from leaves(part)
    else:
        yield data


def json_texts(data):
    return [leaf for leaf in leaves(json.loads(data)) if isinstance(leaf, str)]


def pdf_texts(data):
    return [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(data)).pages]


READ = {"pdf": pdf_texts, "docx": docx_texts, "json": json_texts, "elm": json_texts}


def read(kind, document):
    return letters(" ".join(READ[kind](FORMATS[kind].write(document))))


MARKED = re.compile("[\u064b-\u0654\u200c]")


def pieces(text):
    """Return the words that readers of PDF leave whole: they move letters with a mark or after a non-joiner."""
    return [word for word in text.split() if not MARKED.search(word)]


def outline_lines(document):
    """Return (text, direction) of every line."""
    found = []

    def walk(part):
        if isinstance(part, dict):
            if "direction" in part:
                found.append((part["text"], part["direction"]))
            else:
                for each in part.values():
                    walk(each)
        elif isinstance(part, tuple | list):
            for each in part:
                walk(each)

    walk(asdict(outline(document)))
    return found


# -- content -----------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("languages", LANGUAGES)
def test_every_line_of_the_outline_can_be_read_back(languages):
    document = sample(languages)
    in_docx, in_pdf = read("docx", document), pdf_words(FORMATS["pdf"].write(document))
    for line, way in outline_lines(document):
        assert letters(line) in in_docx
        words = scrambled(line)
        assert set(words) <= set(in_pdf) or re.search("[a-zA-Z0-9·“]", line) or MARKED.search(line), line
        # Readers of PDF order what lies side by side, or runs in two directions, their own way; a mark becomes a space.
        apart = is_against(line, way) or MARKED.search(line)
        if len(languages) == 1 and way == direction(languages[0]) and not apart:
            assert " ".join(words) in " ".join(in_pdf), line


def is_against(line, way):
    """Whether a line has letters that run against its direction."""
    return any((unicodedata.bidirectional(each) in ("R", "AL")) != (way == "rtl") for each in line if each.isalpha())


def test_arabic_and_persian_are_in_logical_order_letter_by_letter():
    pages = pypdf.PdfReader(io.BytesIO(FORMATS["pdf"].write(sample(("ar", "fa"))))).pages
    there = letters(" ".join(page.extract_text() for page in pages))
    for text in (LEVELS[0], LEVELS[1], TREATMENT, PAYSLIP):
        for language in ("ar", "fa"):
            assert all(letters(part) in there for part in pieces(text[language])), text[language]


@pytest.mark.parametrize("languages", LANGUAGES)
def test_all_formats_have_the_same_content(languages):
    document = sample(languages)
    found = {kind: read(kind, document) for kind in FORMATS}
    texts = [TREATMENT, PAYSLIP, LEVELS[0], LEVELS[1], LEVELS[2], *document.notes]
    expected = [line.text for text in texts for line in wording.lines(text, languages)]
    expected += ["Amina Yılmaz", "Willkommen in Arbeit", "كتبت رسالة إلى البلدية", "Madrid", "2025",
                 "Я отримала відповідь", "call the office", "Monday", "my sister", "ده کلمه یاد بگیرم", ESCO, DIGCOMP]
    expected += [line.text for line in wording.lines(wording.said(languages, wording.STATEMENT), languages)]
    in_pdf = set(pdf_words(FORMATS["pdf"].write(document)))
    for kind, there in found.items():
        for text in expected:
            for part in pieces(text):  # of a PDF two readers are asked: each moves other letters of Arabic around
                also = kind == "pdf" and set(scrambled(part)) <= in_pdf
                assert letters(part) in there or also, (kind, text)


def test_series_are_kept_apart_and_dated():
    there = json.loads(FORMATS["json"].write(sample()))
    ratings = there["frameworks"][0]["areas"][0]["competences"][0]["ratings"]
    assert [(each["source"], each["moment"], each["date"][:10], each["place"], each["self_declared"])
            for each in ratings] == [
        ("self", "start", "2026-03-03", 0.5, True), ("training", "", "2026-05-09", 0.8, False),
        ("self", "end", "2026-06-20", 1.0, True), ("self", "looking-back", "2026-06-20", 0.0, True),
        ("trainer", "", "2026-06-22", 0.5, False)]
    assert there["frameworks"][0]["id"] == "migrempower" and there["frameworks"][0]["version"] == "2"
    assert there["frameworks"][0]["areas"][0]["competences"][0]["same_as"] == ESCO
    labels = [row.label[0].text for block in outline(sample()).blocks if isinstance(block, Rows) and block.level == 4
              for row in block.rows]
    assert labels[:5] == ["I say · At the start · March 3, 2026", "Training “Equal treatment” · May 9, 2026",
                          "I say · At the end · June 20, 2026", "I say · Looking back · June 20, 2026",
                          "My trainer says · June 22, 2026"]


def test_every_page_and_every_file_says_it_is_self_declared():
    long = sample(experiences=sample().experiences * 40)
    pages = pdf_pages(FORMATS["pdf"].write(long))
    assert len(pages) > 5 and all(letters(wording.SHORT_STATEMENT) in letters(page) for page in pages)
    opened = Docx(io.BytesIO(FORMATS["docx"].write(long)))
    assert wording.SHORT_STATEMENT in opened.sections[0].footer.paragraphs[0].text
    assert json.loads(FORMATS["json"].write(long))["self_declared"] is True
    credential = json.loads(FORMATS["elm"].write(long))
    assert credential["displayParameter"]["description"]["en"] == wording.STATEMENT
    for claim in credential["credentialSubject"]["hasClaim"]:
        assert "self-declared" in claim["title"]["en"]
        assert claim["awardedBy"]["awardingBody"]["id"] == credential["credentialSubject"]["id"]
        assert claim["awardedBy"]["description"]["en"] == wording.STATEMENT


def test_a_document_of_nothing_says_so():
    empty = Document(day(6, 25), ("en",))
    for kind in ("pdf", "docx"):
        there = read(kind, empty)
        assert letters("Nothing has been chosen for this document yet.") in there
        assert letters(wording.STATEMENT) in there
    assert json.loads(FORMATS["json"].write(empty))["frameworks"] == []
    assert len(json.loads(FORMATS["elm"].write(empty))["credentialSubject"]["hasClaim"]) == 1


def test_a_document_has_one_or_two_languages():
    for languages in ((), ("en", "ar", "fa")):
        with pytest.raises(ValueError, match="one or two"):
            Document(day(6, 25), languages)


@pytest.mark.parametrize(("languages", "title", "label"), [
    (("de", "uk"), ["Gleichbehandlung", "Рівне ставлення"],
     ["Ich sage · Am Anfang · 3. März 2026", "Я кажу · На початку · 3 березня 2026 р."]),
    (("uk", "ro"), ["Рівне ставлення"], ["Я кажу · На початку · 3 березня 2026 р.", "3 martie 2026"])])
def test_texts_and_dates_are_in_the_documents_languages_also_where_the_interface_does_not_speak_one(
        languages, title, label):
    bars = next(block for block in outline(sample(languages)).blocks if isinstance(block, Rows) and block.level == 4)
    assert [line.text for line in bars.lines] == title
    assert [line.text for line in bars.rows[0].label] == label


def test_a_missing_translation_is_shown_in_the_language_there_is():
    only = Text({"es": "Hola"})
    assert [(line.text, line.language) for line in wording.lines(only, ("en", "ar"))] == [("Hola", "es")]
    assert [(line.text, line.language) for line in wording.lines(only, ("en", "es"))] == [("Hola", "es")]
    assert wording.lines(Text(), ("en",)) == ()
    assert wording.day(day(3, 3), "xx") == "2026-03-03"  # nobody knows how that language writes a date
    assert wording.day(day(3, 3), "de-AT") == "3. März 2026"


# -- from records ------------------------------------------------------------------------------------------------------

def old_framework():
    def text(words):
        return {"en": words}

    def competence(name):
        return {"id": name, "title": text(name.title()), "statements": [{"id": f"{name}-1", "text": text("I can")}]}

    return Framework.from_data({
        "id": "f", "version": "3", "languages": ["en"], "title": text("Frame"),
        "scale": {"id": "s", "levels": [{"value": 0, "label": text("No")}, {"value": 1, "label": text("Yes")}]},
        "areas": [{"id": "one", "title": text("One"), "competences": [competence("kept"), competence("other")]}],
        "retired": [{"id": "gone-1", "competence": "gone", "title": text("Gone"), "text": text("I could")}]})


def test_records_of_older_versions_and_removed_competences_are_shown_with_notes():
    part, notes = collecting.read_framework(old_framework(), [
        (END, "3", {"kept": 1.0, "gone": 0.0}), (START, "1", {"kept": 0.2, "gone": 1.0, "unheard": 0.5}),
        (RUN, "1", {"kept": 0.6, "elsewhere": 0.1})], ("en",))
    assert [(area.title.words("en"), [each.id for each in area.competences]) for area in part.areas] == [
        ("One", ["kept"]), ("Not asked any more", ["gone"])]
    kept = part.areas[0].competences[0]
    assert [(each.series, each.place, each.words.words("en")) for each in kept.ratings] == [
        (START, 0.2, "No"), (RUN, 0.6, ""), (END, 1.0, "Yes")]
    assert [note.words("en") for note in notes] == [
        "“Frame”: answers to version 1 are shown in the words of version 3.",
        "“Frame”: some competences have gone since, and their names with them: unheard."]


def test_damaged_ratings_are_left_out_with_a_note_and_only_the_chosen_competences_are_in():
    part, notes = collecting.read_framework(old_framework(), [
        (START, "3", {"kept": float("nan"), "other": 1.0}), (END, "3", {"kept": "1", "other": 2}),
        (VIEW, "3", {"kept": True, "other": 0})], ("en",))
    assert [[each.place for each in competence.ratings] for competence in part.areas[0].competences] == [[1.0, 0]]
    assert [note.words("en") for note in notes] == ["“Frame”: some ratings could not be read."]
    part, _ = collecting.read_framework(old_framework(), [(START, "3", {"kept": 1, "other": 1})], ("en",), {"kept"})
    assert [each.id for each in part.areas[0].competences] == ["kept"]
    assert collecting.read_framework(old_framework(), [], ("en",))[0].areas == ()


def test_strengths_are_what_the_learner_rated_highest_last():
    framework = preset_framework("migrempower")
    ids = [each.id for each in framework.competences][:6]
    then, now = dict(zip(ids, [1, 1, 1, 1, 1, 1], strict=True)), dict(zip(ids, [0.5, 0.6, 0, 1, 0.9, 0.7], strict=True))
    part, _ = collecting.read_framework(framework, [
        (START, "1", then), (END, "1", now), (BACK, "1", then), (VIEW, "1", then)], ("en",))
    assert [(each.id, each.ratings[0].place) for each in collecting.strengths(part)] == [
        (ids[3], 1), (ids[4], 0.9), (ids[5], 0.7)]
    assert collecting.strengths(replace(part, areas=())) == ()


# -- what a person types -----------------------------------------------------------------------------------------------

@pytest.mark.parametrize(("typed", "kept"), [
    ("a\u202eb\u2066c\u2069", "abc"),  # nothing may turn what stands around it
    ("می\u200cخواهم", "می\u200cخواهم"),  # Persian is written with a joiner
    ("a\u200b\u200bb\u200d\u200d\u200dc", "ab\u200dc"),
    ("e" + "\u0316" * 40, "e" + "\u0316" * 3),
    ("Cafe\u0301", "Café"),
    ("a\x00b\ud800\uffff", "ab"),
    (" one\r\ntwo\u2028three\n\n\n\nfour\t five ", "one\ntwo\nthree\n\nfour five"),
    ("<b>&amp;</b> #eval {PAGE}", "<b>&amp;</b> #eval {PAGE}"),
])
def test_what_is_typed_is_tamed_and_otherwise_left_alone(typed, kept):
    assert wording.tame(typed) == kept
    assert wording.tame(kept) == kept


def test_own_words_run_in_the_direction_of_their_first_letter():
    assert wording.own_line("1. مدريد Madrid", ("en",)).direction == "rtl"
    assert wording.own_line("1. Madrid مدريد", ("ar",)).direction == "ltr"
    assert wording.own_line("1 + 1", ("ar",)).direction == "rtl"


SCRIPTS = st.one_of(
    st.characters(exclude_categories=()),
    st.sampled_from("aZß½éığŠ ħ\n\t\u0301\u0316\u0651\u200c\u200d\u200e\u200f\u202a\u202e\u2066\u2069\u00ad\ufe0f"),
    st.sampled_from("ابپتثچگکیءئؤ،؟٣۳אבשׁ"), st.sampled_from("αΩβάжЖїґ"), st.sampled_from("ሀሁአაბՀհकिক্তਪੰதி"),
    st.sampled_from("日本😀👩\u200d🔧🇩🇪1️⃣ꙮ𐍈"), st.sampled_from("#$*_@<>{}[]\\`/=+-~%&\"'|;:()"))
HOSTILE = st.one_of(
    st.text(SCRIPTS, max_size=60),
    st.builds(lambda text, n: text * n, st.text(SCRIPTS, min_size=1, max_size=3), st.integers(1, 400)),
    st.sampled_from([
        '#eval("1") #read("/etc/passwd") $x^2$ *b* <label> @ref', "\\ // /* = Heading", "{ PAGE } =1+1 @SUM(A1)",
        "</w:t></w:r><w:instrText>PAGE</w:instrText>", "<script>alert(1)</script>", "]]>&amp;&#x41;", '"@context": "x"',
        "javascript:alert(1)", "W" * 3000, "ش" * 3000, "word " * 1000]))
QUICK = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@given(HOSTILE, HOSTILE, st.sampled_from(LANGUAGES))
@QUICK
def test_whatever_is_typed_every_file_is_whole_and_has_no_more_than_text(one, two, languages):
    title = Text(dict.fromkeys(languages, one or "x"))
    document = sample(
        languages, name=one, course=two, experiences=(Experience(one, two, one, two, (title,)),),
        plan=(Step(two, one, two, competence=title),), notes=(title,))
    plain = sample(languages, name="x", course="x", experiences=(Experience("x", "x", "x", "x", (title,)),),
                   plan=(Step("x", "x", "x", competence=title),))
    assert_within_margins(FORMATS["pdf"].write(document))
    docx = FORMATS["docx"].write(document)
    with zipfile.ZipFile(io.BytesIO(docx)) as archive:
        body = archive.read("word/document.xml").decode()
        links = archive.read("word/_rels/document.xml.rels").decode()
    assert not re.search("<w:(instrText|fldChar|fldSimple|object|altChunk)", body)
    assert links.count('TargetMode="External"') == 2
    texts = docx_texts(docx)
    assert any(letters(wording.tame(one)) in letters(text) for text in texts)
    assert json.loads(FORMATS["json"].write(document))["name"] == wording.tame(one)
    credential, other = (json.loads(FORMATS["elm"].write(each)) for each in (document, plain))
    assert credential["@context"] == other["@context"]
    assert names(credential) <= names(other) | {"fullName", "description"} | set(languages)


def names(data):
    """Return all names of a JSON document's objects."""
    if isinstance(data, dict):
        return set(data).union(*map(names, data.values()))
    return set().union(*map(names, data)) if isinstance(data, list) else set()


def assert_within_margins(data):
    """Every character of every page lies between the margins, 2.2 cm of an A4 page (62 of 595 points)."""
    opened = pypdfium2.PdfDocument(data)
    for page in opened:
        text = page.get_textpage()
        for number in range(text.count_chars()):
            left, bottom, right, top = text.get_charbox(number)
            if right > left and top > bottom:
                assert left > 55 and right < 540 and bottom > 20 and top < 835, (number, left, right, bottom, top)


@pytest.mark.parametrize("languages", [("en",), ("ar", "en")])
def test_many_lines_go_on_on_the_next_page(languages):
    many = "0\r0" * 26
    assert_within_margins(FORMATS["pdf"].write(sample(
        languages, experiences=(Experience(many, many, many, many),), plan=(Step(many, many, many),))))


@pytest.mark.parametrize("languages", [("en",), ("de", "uk"), ("ar", "en")])
@pytest.mark.parametrize("word", ["W" * 500, "ش" * 500, "m" * 29, "W" * 19, "https://example.org/" + "a" * 200])
def test_words_longer_than_a_column_are_broken(word, languages):
    document = sample(languages, name=word, plan=(Step(word, word, word),), experiences=(Experience(word, word),))
    data = FORMATS["pdf"].write(document)
    assert_within_margins(data)
    assert letters(word) in letters(" ".join(pdf_texts(data)))


# -- PDF ---------------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("languages", LANGUAGES)
def test_the_pdf_is_tagged_names_its_languages_and_embeds_its_fonts(languages):
    data = FORMATS["pdf"].write(sample(languages))
    opened = pypdfium2.PdfDocument(data)
    assert raw.FPDFCatalog_IsTagged(opened)
    assert opened.get_metadata_dict()["Title"]
    assert b"<pdfuaid:part>1" in data
    for language in languages:
        assert f"/Lang({language})".encode() in data
    assert b"/S/H1" in data and b"/S/H4" in data
    fonts = set(re.findall(rb"/FontName/[A-Z]{6}\+([A-Za-z-]+)", data))
    assert fonts and all(font.startswith(b"NotoSans") for font in fonts)
    assert data.count(b"/FontFile2") == len(fonts)
    headings = [entry.get_title() for entry in opened.get_toc()]
    expected = [block.lines[0].text for block in outline(sample(languages)).blocks
                if isinstance(block, Heading) or (isinstance(block, Rows) and block.level)]
    assert headings == [text.replace("\u0647\u0654", "\u06c0") for text in expected]


def test_the_same_document_is_the_same_file():
    for kind in ("pdf", "json", "elm"):
        assert FORMATS[kind].write(sample()) == FORMATS[kind].write(sample())


@cache
def covered():
    return sorted(pdf._characters())


def test_the_fonts_have_the_characters_that_are_said_to_be_there():
    assert {"a", "ß", "Ω", "ж", "ї", "ش", "پ", "ک", "አ", "ש", "Հ", "ა", "क", "ক", "ਪ", "த", "�"} <= set(covered())
    assert not {"日", "😀", "ก"} & set(covered())
    shown = [each for each in covered() if wording.tame(each)]
    assert len(shown) > 3_500
    FORMATS["pdf"].write(sample(name=" ".join(shown)))  # PDF/UA refuses a character without a sign in its fonts
    with pytest.raises(typst.TypstError):
        typst.compile(b'#set text(font: "Noto Sans", lang: "en", fallback: false)\n#set document(title: "x")\n'
                      + "日".encode(), font_paths=pdf._fonts(), format="pdf", pdf_standards=["ua-1"])


def test_what_cannot_be_shown_is_replaced_and_noted():
    pages = " ".join(pdf_pages(FORMATS["pdf"].write(sample(name="Amina 日本語 😀👩\u200d🔧!"))))
    assert "Amina \ufffd \ufffd!" in pages
    assert letters("Some signs cannot be shown in this file.") in letters(pages)
    assert "\ufffd" not in " ".join(pdf_pages(FORMATS["pdf"].write(sample())))
    assert "日本語 😀👩\u200d🔧!" in " ".join(docx_texts(FORMATS["docx"].write(sample(name="日本語 😀👩\u200d🔧!"))))


def test_a_large_document_in_two_languages_stays_small():
    framework = preset_framework("migrempower")
    rated = [(series, "1", {each.id: number * 7 % 11 / 10 for number, each in enumerate(framework.competences[:24])})
             for series in (START, RUN, END, BACK, VIEW)]
    part, _ = collecting.read_framework(framework, rated, ("en", "ar"))
    assert len(sample(frameworks=(part,)).competences) == 24
    assert len(FORMATS["pdf"].write(sample(frameworks=(part,)))) <= 300_000


def test_the_first_page_is_a_picture():
    assert pdf.to_picture(sample()).startswith(b"\x89PNG")
    assert pdf.to_picture(Document(day(6, 25), ("ar",))).startswith(b"\x89PNG")


# -- DOCX --------------------------------------------------------------------------------------------------------------

def test_the_docx_has_real_headings_languages_directions_and_alternatives():
    opened = Docx(io.BytesIO(FORMATS["docx"].write(sample(("en", "ar")))))
    headings = [(paragraph.style.name, paragraph.text) for paragraph in opened.paragraphs
                if paragraph.style.name.startswith("Heading")]
    assert headings[0][0] == "Heading 1"
    assert ("Heading 4", "Equal treatment  ·  المساواة في المعاملة") in headings
    assert opened.core_properties.title == "Competence passport" and opened.core_properties.language == "en"
    body = opened.element.body
    for run in body.iter(qn("w:r")):
        text = "".join(node.text or "" for node in run.iter(qn("w:t")))
        look = run.find(qn("w:rPr"))
        if re.search("[\u0600-\u06ff]", text):
            assert look.find(qn("w:rtl")) is not None, text
        elif re.search("[a-zA-Z]", text):
            assert look.find(qn("w:rtl")) is None, text
        language = look.find(qn("w:lang")) if look is not None else None
        if text == "Equal treatment":
            assert language.get(qn("w:val")) == "en"
        if text == "المساواة في المعاملة":
            assert language.get(qn("w:bidi")) == "ar"
        if text == "my sister":
            assert language is None and look.find(qn("w:noProof")) is not None
    pictures = list(body.iter(qn("wp:docPr")))
    assert len(pictures) == 7 and all(picture.get("descr") for picture in pictures)
    assert sum(1 for _ in body.iter(qn("w:bidi"))) > 20  # paragraphs of the second language
    assert len({picture.get("id") for picture in pictures}) == len(pictures)


def test_a_document_in_arabic_runs_from_the_right():
    opened = Docx(io.BytesIO(FORMATS["docx"].write(sample(("ar", "en")))))
    assert opened.sections[0]._sectPr.find(qn("w:bidi")) is not None
    assert all(table._tbl.tblPr.find(qn("w:bidiVisual")) is not None for table in opened.tables)
    assert opened.styles.element.find(f".//{qn('w:lang')}").get(qn("w:bidi")) == "ar"


def test_the_only_fields_of_the_docx_are_its_page_numbers():
    with zipfile.ZipFile(io.BytesIO(FORMATS["docx"].write(sample()))) as archive:
        fields = {name: re.findall(r"<w:instrText>([^<]*)", archive.read(name).decode())
                  for name in archive.namelist() if name.endswith(".xml")}
    assert {name: found for name, found in fields.items() if found} == {"word/footer1.xml": ["PAGE", "NUMPAGES"]}


# -- ELM ---------------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("document", [
    sample(), sample(("de", "uk")), sample(("fa",)), sample(name=""), Document(day(6, 25), ("ckb",)),
    sample(frameworks=(), strengths=(), plan=()), sample(made=datetime(2026, 6, 25, 10, 0, 0, 123456))],  # noqa: DTZ001
    ids=["two", "german", "persian", "nameless", "empty", "experiences", "naive"])
def test_the_credential_is_as_the_model_asks_but_for_an_issuers_legal_identifier(document):
    graph = elm.graph_of(FORMATS["elm"].write(document))
    assert {path for path, _ in elm.differences(graph, elm.shapes())} == {elm.ELM.eidasLegalIdentifier}


def test_the_shapes_notice_what_is_missing():
    credential = json.loads(FORMATS["elm"].write(sample()))
    del credential["displayParameter"]["title"]
    credential["credentialSubject"]["hasClaim"][1].pop("grade")
    graph = elm.graph_of(json.dumps(credential).encode())
    assert {str(path).split("/")[-1] for path, _ in elm.differences(graph, elm.shapes())} == {
        "eidasLegalIdentifier", "title", "grade"}


def test_all_that_the_credential_writes_is_known_to_the_context():
    terms = set(elm.context())
    languages = {"en", "ar", "und"}
    assert names(json.loads(FORMATS["elm"].write(sample()))) - terms - languages == {"@context"}


def test_the_credential_is_the_holders_own_unsigned_and_says_who_assessed():
    credential = json.loads(FORMATS["elm"].write(sample()))
    assert credential["issuer"]["id"] == credential["credentialSubject"]["id"]
    assert "proof" not in credential
    assessments = [claim for claim in credential["credentialSubject"]["hasClaim"]
                   if claim["type"] == "LearningAssessment"]
    assert len(assessments) == 6
    assert [claim["assessedBy"].get("prefLabel", {}).get("en", "the holder") for claim in assessments[:5]] == [
        "the holder", "The training of the course", "the holder", "the holder", "A trainer of the course"]
    assert assessments[0]["dateIssued"].startswith("2026-03-03T10:00:00")
    outcome = assessments[0]["specifiedBy"]["proves"]["learningOutcome"]
    assert outcome["relatedESCOSkill"]["id"] == ESCO
    assert assessments[0]["specifiedBy"]["identifier"]["schemeVersion"] == "2"
    assert assessments[5]["specifiedBy"]["proves"]["learningOutcome"]["relatedSkill"]["id"] == DIGCOMP
    assert assessments[1]["specifiedBy"]["id"] == assessments[0]["specifiedBy"]["id"]


# -- the rest ----------------------------------------------------------------------------------------------------------

def test_an_address_that_is_none_of_the_web_is_not_followed():
    area = sample().frameworks[0].areas[0]
    strange = replace(area.competences[0], same_as="javascript:alert(1)")
    document = sample(frameworks=(replace(sample().frameworks[0], areas=(replace(area, competences=(strange,)),)),))
    assert b"/URI" not in FORMATS["pdf"].write(document)
    assert b"/URI" in FORMATS["pdf"].write(sample())


def test_the_large_libraries_are_loaded_when_a_file_is_asked_for():
    program = ("import sys; from migrempower_xblock.documents import FORMATS, model, outline; "
               "print(sorted({'typst', 'docx'} & set(sys.modules)))")
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, text=True,
                          check=True).stdout.strip() == "[]"


def test_files_are_named_and_typed():
    assert {kind: (each.extension, each.media_type.split("/")[0]) for kind, each in FORMATS.items()} == {
        "pdf": ("pdf", "application"), "docx": ("docx", "application"), "json": ("json", "application"),
        "elm": ("jsonld", "application")}
