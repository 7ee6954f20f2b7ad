"""Everything that ships stands in every language, with its placeholders and markup, in the glossary's words."""

import csv
from pathlib import Path

import pytest

from migrempower_xblock.texts import direction
from migrempower_xblock.words import interface_languages
from tools import languages
from tools.messages import LOCALES

GLOSSARIES = Path(__file__).resolve().parents[1] / "docs" / "glossaries"


def test_every_language_has_a_catalogue_and_a_glossary():
    assert set(LOCALES) == {"en", *languages.LANGUAGES} == set(interface_languages())
    assert {path.stem for path in GLOSSARIES.glob("*.csv")} == set(languages.LANGUAGES)
    assert {each for each in languages.LANGUAGES if direction(each) == "rtl"} == languages.RIGHT_TO_LEFT


@pytest.mark.parametrize("language", languages.LANGUAGES)
def test_nothing_is_missing_and_nothing_is_wrong(language):
    report = languages.look(language)
    assert not {part: count for part, count in report.counts.items() if count[0] < count[1]}
    assert report.counts.keys() == {"interface", "frameworks", "modules", "scales", "alternative texts", "glossary"}
    assert not report.problems


@pytest.mark.parametrize("language", languages.LANGUAGES)
def test_a_glossary_names_its_terms_once_and_each_term_stands_in_the_texts(language):
    with (GLOSSARIES / f"{language}.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    terms = [row["term"] for row in rows]
    assert len(terms) >= 30 and len(set(terms)) == len(terms)


@pytest.mark.parametrize(("language", "english", "text", "wrong"), [
    ("es", "Step {number}", "Paso {numero}", "placeholders differ"), ("es", "<p>Tea</p>", "Té", "markup differs"),
    ("es", "You can stop now", "You can stop now", "is English still"),
    ("uk", "Your plan", "Your план", ""), ("uk", "Your plan", "Plan", "is not in its script"),
    ("fa", "PDF", "PDF", ""), ("es", "<a href=\"/a\">Tea</a>", "<a href=\"/b\">Té</a>", "")])
def test_what_is_wrong_with_a_translation_is_found(language, english, text, wrong):
    assert languages.wrong_with(language, english, text) == wrong


def test_the_glossary_is_held_against_the_texts():
    report = languages.Report("es")
    languages._hold_against(report, [("payslip", ["nómina"], ["recibo"])], [
        ("a", "A payslip", "Una nómina"), ("b", "The payslip", "El papel"), ("c", "A payslip", "Una nómina o recibo")])
    assert [where for where, _, _ in report.problems] == ["b", "c"]


@pytest.mark.parametrize("language", languages.FORMULAS)
def test_texts_that_ship_read_easily_by_the_languages_formula(language):
    values, _ = languages.reading(language)
    modules = {name: value for name, value in values.items() if name.startswith("modules/")}
    assert len(modules) == 10 and min(modules.values()) >= 60
