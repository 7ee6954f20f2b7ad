"""How the report words and draws what it has: names, numbers, shades. Everything here takes plain values."""

from babel.numbers import format_decimal

from ..reporting.participation import HANDED_IN, NOT_STARTED, UNDER_WAY

WHO, WHAT, CHANGE, TRAINING, FILES = PARTS = ("who", "what", "change", "training", "files")


def part_names(words):
    """Return what the parts are called."""
    _ = words.gettext
    return {WHO: _("Who takes part"), WHAT: _("What they can do"), CHANGE: _("What has changed"),
            TRAINING: _("Training"), FILES: _("Take away")}


def state_words(words):
    """Return how far somebody is, in words."""
    _ = words.gettext
    return {NOT_STARTED: _("not started"), UNDER_WAY: _("under way"), HANDED_IN: _("handed in")}


def number(value, words, digits=1):
    """Return a number as the language writes it, "–" for None."""
    if value is None:
        return "–"
    return format_decimal(value, format="0." + "0" * digits if digits else "0", locale=words.language.replace("-", "_"))


def score(rating, words, signed=False):
    """Return a rating (0.0 to 1.0), or a change of one, on a scale of 0 to 100."""
    if rating is None:
        return "–"
    text = number(100 * rating, words)
    return f"+{text}" if signed and rating > 0 else text


def stack(numbers):
    """Return [(start, width, number), …] of a bar's pieces, in percent of the whole."""
    whole, start, pieces = sum(numbers) or 1, 0.0, []
    for each in numbers:
        width = 100 * each / whole
        pieces.append((round(start, 2), round(width, 2), each))
        start += width
    return pieces


def source_words(words):
    """Return whose ratings there are."""
    _ = words.gettext
    return {"self": _("What learners say"), "trainer": _("What trainers say"), "training": _("Results of training")}


def shade(rating):
    """Return the number (0 to 4) of the shade a rating is shown in."""
    return min(4, int(5 * rating))


def heat_cell(rating, framework, source, words):
    """Return (shade 0 to 4, short text, words) of a rating; None where there is none."""
    if rating is None:
        return None
    if source == "training":
        return shade(rating), number(100 * rating, words, 0), f"{number(100 * rating, words, 0)} %"
    place, label = framework.nearest(rating)
    return shade(rating), number(place + 1, words, 0), label


def star_words(words):
    """Return {question of STAR: (name, question)}."""
    _ = words.gettext
    return {"situation": (_("Situation"), _("Where and when was it?")),
            "task": (_("Task"), _("What had to be done?")),
            "action": (_("Action"), _("What did you do yourself?")),
            "result": (_("Result"), _("What came of it?"))}
