"""The list of offices is complete, and every address and number of a country note stands in it."""

import csv
import re
from datetime import date
from pathlib import Path

import pytest

from migrempower_xblock.olx import module_names, preset_module
from migrempower_xblock.training.module import CountryNote

COLUMNS = ["country", "topic", "official_name", "what", "address", "source", "seen", "checked"]
COUNTRIES = {"AT", "CY", "DE", "ES", "FR", "IT"}
TOPICS = {"business-start", "emergency", "employment-service", "equality-body", "labour-inspectorate",
          "language-courses", "recognition", "social-insurance", "trade-union-or-advice"}
STATES = {"seen", "seen in part", "general knowledge, not verified"}

with (Path(__file__).resolve().parents[1] / "docs" / "offices.csv").open(encoding="utf-8", newline="") as _file:
    READER = csv.DictReader(_file)
    ROWS = list(READER)


def bare(address):
    """Return a web address as people compare it: without scheme, www and a slash at the end."""
    return re.sub(r"^(https?://)?(www\.)?", "", address.lower()).rstrip("/")


def numbers(text):
    """Return the telephone numbers of a text of HTML: what is marked or called, and whatever is long enough."""
    plain = re.sub(r"<[^>]+>", "", text)
    found = [*re.findall(r"<strong>([\d ]{3,})</strong>", text), *re.findall(r"[Cc]all(?:ing)? ([\d ]{3,})", plain),
             *(run for run in re.findall(r"\d[\d ]+\d", plain) if len(run.replace(" ", "")) >= 6)]
    return {number.replace(" ", "") for number in found}


def notes(name):
    """Yield country and text of each note, and of the text for all other countries, in every language."""
    for step in preset_module(name).steps:
        if isinstance(step, CountryNote):
            for note in (*step.notes, step.fallback):
                for text in note.text.values():
                    yield getattr(note, "country", None), text


LISTED = {(row["country"], bare(row["address"])) for row in ROWS}


def said(country):
    """Return what the rows of a country say, digits together."""
    return " ".join(row["what"] + "|" for row in ROWS if row["country"] in (country, "EU") or not country)


def test_rows_are_complete_sorted_and_few_enough_to_check_by_hand():
    assert list(READER.fieldnames) == COLUMNS
    for row in ROWS:
        assert all(row[column] and row[column] == row[column].strip() for column in COLUMNS), row
        assert row["country"] in COUNTRIES | {"EU"}
        assert row["topic"] in TOPICS
        assert row["seen"] in STATES
        assert row["what"].endswith(".")
        assert len(row["what"].split()) <= 26, row["what"]
        assert re.fullmatch(r"https://[^\s/]+\.[a-z]{2,}(/\S*)?", row["address"]), row["address"]
    order = [(row["country"], row["topic"]) for row in ROWS]
    assert order == sorted(order)
    assert len(ROWS) <= 75


def test_what_was_read_names_where():
    assert all("://" in row["source"] or row["source"].startswith("The address itself") for row in ROWS
               if row["seen"] != "general knowledge, not verified")


def test_dates_are_iso_and_not_in_the_future():
    assert all(date.fromisoformat(row["checked"]) <= date.today() for row in ROWS)


def test_every_country_has_every_topic():
    assert {(row["country"], row["topic"]) for row in ROWS if row["country"] != "EU"} \
        == {(country, topic) for country in COUNTRIES for topic in TOPICS}


def test_nothing_stands_twice():
    keys = [(row["country"], row["topic"], row["official_name"]) for row in ROWS]
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize("name", module_names())
def test_addresses_and_numbers_of_the_notes_stand_in_the_list(name):
    for country, text in notes(name):
        of_country = {address for where, address in LISTED if not country or where in (country, "EU")}
        words = said(country)
        for address in re.findall(r'href="([^"]+)"', text):
            assert bare(address) in of_country or bare(address) in words, (country, address)
        for number in numbers(text):
            assert number in words.replace(" ", ""), (country, number)


def test_numbers_are_found_as_the_modules_write_them():
    assert numbers("<p>Phone: <strong>0800 546 546 5</strong>. Call 112. Only <strong>14 days</strong>, in 2027.</p>") \
        == {"08005465465", "112"}
