"""What is translated into each language, and what is wrong with it: ``python tools/languages.py [--reading]``.

Counts interface, documents that ship, alternative texts of pictures and terms of the glossary, and finds texts whose
placeholders or markup differ, that are not in the language's script, that are English still, or that use another word
than the glossary (``docs/glossaries``). ``--reading`` tells how hard the texts read, where there is a formula for it.
"""

import csv
import re
import sys
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import pyphen
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from migrempower_xblock.olx import (  # noqa: E402
    framework_names,
    module_names,
    preset_framework,
    preset_module,
    scale_names,
    shipped_scale,
)
from migrempower_xblock.schema import parts  # noqa: E402
from migrempower_xblock.texts import direction  # noqa: E402

LANGUAGES = ("es", "it", "el", "de", "fr", "ar", "uk", "fa", "tr")
RIGHT_TO_LEFT = {"ar", "fa"}
SCRIPTS = {"el": r"[\u0370-\u03ff\u1f00-\u1fff]", "uk": r"[\u0400-\u04ff]", "ar": r"[\u0600-\u06ff]",
           "fa": r"[\u0600-\u06ff]"}
_TAG = re.compile(r"</?[a-z0-9]+[^>]*>")
_HREF = re.compile(r'\s*(href|title)="[^"]*"')
_HOLE = re.compile(r"\{\w+\}")
# Words that may be the same in another language: names, addresses, codes, and what has no word in it.
_NO_WORDS = re.compile(r"(?:[\W\d_]|\{\w+\}|https?:\S+|\S+@\S+|[A-Z]{2,}|PDF|DOCX|JSON|CSV|XLSX|MB|kB|Europass|Radar)*")


@dataclass
class Report:
    """What is there of one language: (translated, all) by part, and what is wrong."""

    language: str
    counts: dict = field(default_factory=dict)
    problems: list = field(default_factory=list)

    def count(self, part, there):
        """Count one text of a part."""
        done, whole = self.counts.get(part, (0, 0))
        self.counts[part] = done + bool(there), whole + 1


@cache
def documents():
    """Return [(name, [(place, part, {language: text}), …]), …] of everything that ships."""
    found = []
    for kind, names, of in (("frameworks", framework_names(), preset_framework), ("modules", module_names(),
                                                                                   preset_module)):
        for name in names:
            document = of(name)
            found.append((f"{kind}/{name}", list(_texts(type(document), document.to_data(), ()))))
    for name in scale_names():
        levels = shipped_scale(name, ["en", *LANGUAGES])["levels"]
        found.append((f"scales/{name}", [((str(level["value"]),), "texts", level["label"]) for level in levels]))
    return found


def _texts(cls, data, place):
    for name, part in parts(cls).items():
        held = data.get(name)
        if not held:
            continue
        if part.place in ("text", "rich"):
            kind = "alternative texts" if name == "alt" else "accepted" if name in ("accept", "decoy") else "texts"
            yield (*place, name), kind, held
        elif part.place == "one":
            yield from _texts(part.cls, held, (*place, name))
        elif part.place == "many":
            for number, each in enumerate(held):
                inner = part.kinds[each["kind"]] if part.mixed else next(iter(part.kinds.values()))
                yield from _texts(inner, each, (*place, str(each.get("id", number))))


def interface(language):
    """Yield (message, translations) of the interface."""
    path = ROOT / "migrempower_xblock" / "translations" / language / "LC_MESSAGES" / "text.po"
    if not path.exists():
        return
    with path.open("rb") as file:
        for message in read_po(file, locale=language):
            if message.id:
                plural = isinstance(message.id, list | tuple)
                yield (tuple(message.id) if plural else (message.id,),
                       tuple(message.string) if plural else (message.string,))


def glossary(language):
    """Return [(term, stems, words to avoid), …] of a language."""
    path = ROOT / "docs" / "glossaries" / f"{language}.csv"
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    return [(row["term"].strip().lower(), _split(row["forms"]), _split(row["avoid"])) for row in rows]


def _split(cell):
    return [part.strip().lower() for part in (cell or "").split("|") if part.strip()]


def wrong_with(language, english, text):
    """Return what is wrong with a translation, or ""."""
    if sorted(_HOLE.findall(english)) != sorted(_HOLE.findall(text)):
        return "placeholders differ"
    if sorted(map(_bare, _TAG.findall(english))) != sorted(map(_bare, _TAG.findall(text))):
        return "markup differs"
    words = _TAG.sub("", english)
    if text == english and len(re.findall("[A-Za-z]{3,}", words)) > 2:
        return "is English still"
    script = SCRIPTS.get(language)
    if script and not _NO_WORDS.fullmatch(words) and not re.search(script, text):
        return "is not in its script"
    return ""


def _bare(tag):
    return _HREF.sub("", tag)


def look(language):
    """Return the ``Report`` of a language."""
    report = Report(language)
    if (direction(language) == "rtl") != (language in RIGHT_TO_LEFT):
        report.problems.append(("direction", "", "is wrong"))
    pairs = []
    for message, strings in interface(language):
        report.count("interface", all(strings))
        for number, text in enumerate(strings):
            if text:
                english = message[min(number, len(message) - 1)]
                if len(message) == 1:
                    pairs.append((f"interface: {english[:60]}", english, text))
    for name, texts in documents():
        for place, part, by_language in texts:
            if "en" not in by_language:
                continue
            report.count(part if part == "alternative texts" else name.split("/")[0], language in by_language)
            if language in by_language and part != "accepted":
                pairs.append((f"{name}: {'/'.join(place)}", by_language["en"], by_language[language]))
    for where, english, text in pairs:
        wrong = wrong_with(language, english, text)
        if wrong:
            report.problems.append((where, wrong, text))
    _hold_against(report, glossary(language), pairs)
    return report


def _hold_against(report, terms, pairs):
    for term, stems, avoid in terms:
        there = re.compile(rf"\b{re.escape(term)}\b", re.IGNORECASE)
        report.count("glossary", bool(stems))
        for where, english, text in pairs:
            plain = _TAG.sub(" ", text).lower()
            if there.search(_HOLE.sub(" ", _TAG.sub(" ", english))):
                if not any(stem in plain for stem in stems):
                    report.problems.append((where, f"glossary: “{term}” is not said with {' | '.join(stems)}", text))
                report.problems += [(where, f"glossary: “{each}” is used for “{term}”", text) for each in avoid
                                    if re.search(rf"\b{re.escape(each)}", plain)]


# -- how hard it reads -------------------------------------------------------------------------------------------------

def _counted(language, text):
    """Return (sentences, words, syllables, letters) of a text."""
    plain = _TAG.sub(" ", re.sub(r"</(p|li|h3|h4|td|th)>", ". ", text))
    words = re.findall(r"[^\W\d_]+", plain)
    sentences = max(1, len([each for each in re.split(r"[.!?:;]+", plain) if re.search(r"\w", each)]))
    return sentences, len(words), sum(_syllables(language, word) for word in words), sum(map(len, words))


@cache
def _hyphens(language):
    return pyphen.Pyphen(lang=language)


def _syllables(language, word):
    if language == "tr":  # one for each vowel
        return max(1, len(re.findall("[aeıioöuüâîû]", word.lower())))
    return len(_hyphens(language).positions(word)) + 1


# A formula of each language that has an established one: name, source, and the value, from 100 (easy) downwards.
FORMULAS = {
    "en": ("Flesch Reading Ease (Flesch 1948)", lambda s, w, y, c: 206.835 - 1.015 * w / s - 84.6 * y / w),
    "de": ("Amstad (1978)", lambda s, w, y, c: 180 - w / s - 58.5 * y / w),
    "es": ("Fernández Huerta (1959)", lambda s, w, y, c: 206.84 - 60 * y / w - 1.02 * w / s),
    "fr": ("Kandel and Moles (1958)", lambda s, w, y, c: 207 - 1.015 * w / s - 73.6 * y / w),
    "it": ("Gulpease (Lucisano and Piemontese 1988)", lambda s, w, y, c: 89 + (300 * s - 10 * c) / w),
    "tr": ("Ateşman (1997)", lambda s, w, y, c: 198.825 - 40.175 * y / w - 2.610 * w / s),
}
FEWEST_WORDS = 30  # of a text that is measured alone
HARD = 50  # below this a text is an outlier


def reading(language):
    """Return ({document: value}, [(place, value), …] of hard texts) for a language with a formula."""
    _, formula = FORMULAS[language]
    values, hard = {}, []
    for name, texts in documents():
        sums = [0, 0, 0, 0]
        for place, part, by_language in texts:
            if part != "texts" or language not in by_language:
                continue
            counted = _counted(language, by_language[language])
            sums = [a + b for a, b in zip(sums, counted, strict=True)]
            if counted[1] >= FEWEST_WORDS and formula(*counted) < HARD:
                hard.append((f"{name}: {'/'.join(place)}", round(formula(*counted))))
        if sums[1]:
            values[name] = round(formula(*sums))
    return values, hard


def main():
    """Print the report; end with 1 where something is missing or wrong."""
    if "--reading" in sys.argv:
        for language, (name, _) in FORMULAS.items():
            values, hard = reading(language)
            print(f"{language} {name}: " + ", ".join(f"{each} {value}" for each, value in values.items()))
            for place, value in hard:
                print(f"   {value} {place}")
        return 0
    failed = False
    for language in LANGUAGES:
        report = look(language)
        failed = failed or bool(report.problems) or any(done < whole for done, whole in report.counts.values())
        print(language, "  ".join(f"{part} {done}/{whole}" for part, (done, whole) in report.counts.items()))
        for where, wrong, text in report.problems:
            print(f"   {where}: {wrong}: {text[:90]}")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
