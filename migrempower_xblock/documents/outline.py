"""The document as headings and rows in order, in words: what PDF, DOCX and a page draw. Pure Python.

A place for text holds ``Line`` values: one, or a second one for the language beside.
"""

import re
from dataclasses import dataclass

from ..texts import N_, Text
from .wording import (
    SHORT_STATEMENT,
    STATEMENT,
    Line,
    day,
    lines,
    own_line,
    rating_words,
    said,
    series_words,
)

Lines = tuple[Line, ...]

SHORT = 60  # a person's own words up to here stand under their label, whatever their direction


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading; 1 is the document's title."""

    level: int
    lines: Lines


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph. ``look`` is "", "name" (the learner's) or "statement" (that all this is self-declared)."""

    lines: Lines
    look: str = ""


@dataclass(frozen=True, slots=True)
class Bar:
    """A place on a scale, 0.0 to 1.0: who says it and when, and the place in words. ``source`` is the series'."""

    label: Lines
    words: Lines
    place: float
    source: str


@dataclass(frozen=True, slots=True)
class Fact:
    """Something with its name before it. ``address`` is set where the words are a web address to follow."""

    label: Lines
    words: Lines
    address: str = ""


@dataclass(frozen=True, slots=True)
class Rows:
    """Bars or facts one below the other, with a heading above unless ``level`` is 0."""

    rows: tuple[Bar | Fact, ...]
    level: int = 0
    lines: Lines = ()


@dataclass(frozen=True, slots=True)
class Outline:
    """The whole document. ``footer`` stands on every page; ``languages`` are the document's."""

    title: str
    languages: tuple[str, ...]
    footer: Lines
    blocks: tuple[Heading | Paragraph | Rows, ...]


def outline(document):
    """Return the ``Outline`` of a ``Document``."""
    return _Writer(document.languages).outline(document)


class _Writer:
    def __init__(self, languages):
        self._languages = languages

    def _text(self, text):
        return lines(text, self._languages)

    def _said(self, message, **values):
        return self._text(said(self._languages, message, **values))

    def _own(self, text):
        return (own_line(text, self._languages),)

    def outline(self, document):
        title = self._said(N_("Competence passport"))
        shown = [*self._strengths(document)]
        for framework in document.frameworks:
            shown += self._framework(framework)
        shown += [*self._experiences(document), *self._plan(document)]
        if not shown:
            shown.append(Paragraph(self._said(N_("Nothing has been chosen for this document yet."))))
        return Outline(title[0].text, self._languages, self._said(SHORT_STATEMENT),
                       (Heading(1, title), *self._front(document), *shown, *self._about(document)))

    def _front(self, document):
        name = self._own(document.name)
        if name[0].text:
            yield Paragraph(name, "name")
        yield Rows(tuple(self._facts(
            (N_("Course"), document.course),
            (N_("Date"), Text({language: day(document.made, language) for language in self._languages})))))
        yield Paragraph(self._said(STATEMENT), "statement")

    def _strengths(self, document):
        if document.strengths:
            yield Heading(2, self._said(N_("My strengths")))
            yield from (self._competence(each, 3) for each in document.strengths)

    def _framework(self, framework):
        yield Heading(2, self._said(N_("What I can do: {title}"), title=framework.title))
        if len(framework.levels) > 1:
            yield Paragraph(self._said(
                N_("Each bar shows a place on the scale from “{lowest}” to “{highest}”."),
                lowest=framework.levels[0], highest=framework.levels[-1]))
        for area in framework.areas:
            if area.title:
                yield Heading(3, self._text(area.title))
            yield from (self._competence(each, 4) for each in area.competences)

    def _competence(self, competence, level):
        bars = tuple(Bar(self._text(series_words(self._languages, rating.series)),
                         self._text(rating_words(self._languages, rating)), rating.place, rating.series.source)
                     for rating in competence.ratings)
        return Rows(bars, level, self._text(competence.title) or self._own(competence.id))

    def _experiences(self, document):
        if document.experiences:
            yield Heading(2, self._said(N_("My experience")))
        for number, each in enumerate(document.experiences, 1):
            yield Rows(tuple(self._facts(*experience_facts(each))), 3, self._said(N_("Situation {n}"), n=number))

    def _plan(self, document):
        if document.plan:
            yield Heading(2, self._said(N_("My plan")))
        for number, each in enumerate(document.plan, 1):
            yield Rows(tuple(self._facts(*step_facts(each, self._languages))), 3, self._said(N_("Step {n}"), n=number))

    def _about(self, document):
        if document.frameworks or document.notes:
            yield Heading(2, self._said(N_("About this document")))
        for framework in document.frameworks:
            yield Rows(tuple(self._facts(
                (N_("Competences"), framework.title), (N_("Version"), f"{framework.id} {framework.version}"),
                (N_("Source"), framework.source))))
        elsewhere = {each.same_as: each for each in document.competences if each.same_as}
        if elsewhere:
            yield Rows(tuple(Fact(self._text(each.title), (Line(address, "", "ltr"),), _followed(address))
                             for address, each in elsewhere.items()),
                       3, self._said(N_("The same competences elsewhere")))
        if document.notes:
            yield Heading(3, self._said(N_("Please note")))
            yield from (Paragraph(self._text(note)) for note in document.notes)

    def _facts(self, *named):
        """Yield a ``Fact`` for each (name, ``Text`` or what a person typed) that is not empty."""
        for name, words in named:
            found = self._text(words) if isinstance(words, Text) else self._own(words)
            if any(line.text for line in found):
                yield Fact(self._said(name), found)


def experience_facts(experience):
    """Yield (name, ``Text`` or what a person typed) for what an ``Experience`` tells."""
    yield N_("Where"), experience.where
    yield N_("When"), experience.when
    yield N_("What I did"), experience.did
    yield N_("What came of it"), experience.outcome
    for title in experience.competences:
        yield N_("It shows"), title


def step_facts(step, languages):
    """Yield (name, ``Text`` or what a person typed) for what a ``Step`` tells."""
    yield N_("I will"), step.will
    yield N_("On"), step.on
    yield N_("With"), step.with_whom
    yield N_("For"), step.competence
    if step.agreed:
        yield N_("Agreed with my trainer"), said(languages, N_("Yes"))
    yield N_("Done"), said(languages, N_("Yes") if step.done else N_("Not yet"))


def _followed(address):
    """Return a web address that may be followed; "" for any other kind of address."""
    return address if re.match(r"https?://", address) else ""
