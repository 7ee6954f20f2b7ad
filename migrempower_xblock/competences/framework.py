"""The framework: areas, competences, statements and one scale, as one validated value."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from ..problems import InvalidDocument, Problem
from ..texts import LANGUAGE_TAG, LONGEST_TEXT, Text, can_be_stored, clean

MOST_STATEMENTS = 300
MOST_LEVELS = 12
MOST_LANGUAGES = 40
IDENTIFIER = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
# A picture is the name of one that ships, or an address. Addresses are checked because they end in an <img>.
PICTURE_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
ADDRESS = re.compile(r"""(https://|/static/|/asset-v1:|/assets/)[^\s"'<>\\]{1,500}""")
CONCEPT = re.compile(r"""https?://[^\s"'<>\\]{1,300}""")


@dataclass(frozen=True, slots=True)
class Level:
    """One answer of a scale. ``value`` is its position on the scale, a whole number of no other meaning."""

    value: int
    label: Text
    picture: str = ""
    audio: Text = field(default_factory=Text)


@dataclass(frozen=True)
class Scale:
    """Ordered answers, lowest first."""

    id: str
    levels: tuple[Level, ...]

    @cached_property
    def values(self):
        """Return the set of level values a learner may choose."""
        return frozenset(level.value for level in self.levels)

    def rating(self, value):
        """Return the place of a level value on the scale, 0.0 (lowest) to 1.0 (highest)."""
        lowest, highest = self.levels[0].value, self.levels[-1].value
        return (value - lowest) / (highest - lowest)

    def nearest(self, rating):
        """Return the level whose place is nearest to ``rating``; of two equally near, the lower."""
        return min(self.levels, key=lambda level: (abs(self.rating(level.value) - rating), level.value))


@dataclass(frozen=True, slots=True)
class Statement:
    """An "I can …" sentence a learner answers."""

    id: str
    text: Text
    example: Text = field(default_factory=Text)
    picture: str = ""
    alt: Text = field(default_factory=Text)
    audio: Text = field(default_factory=Text)


@dataclass(frozen=True, slots=True)
class Competence:
    """What a learner can be good at; the same id means the same competence in every block and report."""

    id: str
    title: Text
    statements: tuple[Statement, ...]
    advice: Text = field(default_factory=Text)
    same_as: str = ""


@dataclass(frozen=True, slots=True)
class Area:
    """A group of competences."""

    id: str
    title: Text
    competences: tuple[Competence, ...]
    picture: str = ""


@dataclass(frozen=True)
class Framework:
    """Areas → competences → statements, plus one scale; every text in every one of ``languages``."""

    id: str
    version: str
    languages: tuple[str, ...]
    title: Text
    scale: Scale
    areas: tuple[Area, ...]
    about: Text = field(default_factory=Text)
    practice: Statement | None = None

    @cached_property
    def competences(self) -> tuple[Competence, ...]:
        """All competences in order."""
        return tuple(competence for area in self.areas for competence in area.competences)

    @cached_property
    def statements(self) -> dict[str, Statement]:
        """All statements in order, by id."""
        return {s.id: s for competence in self.competences for s in competence.statements}

    def placed_statements(self) -> Iterator[tuple[int, Competence, Statement]]:
        """Yield each statement with its competence and the number of its area, from 0."""
        for number, area in enumerate(self.areas):
            for competence in area.competences:
                for statement in competence.statements:
                    yield number, competence, statement

    @classmethod
    def from_data(cls, data):
        """Make a framework from plain data (what ``to_data`` gives).

        Raises ``InvalidDocument`` with every problem found, each with its path into ``data``.
        """
        return _Reader().framework(data)

    def to_data(self):
        """Return dicts, lists and strings ready for JSON; empty parts are left out."""
        return {
            "id": self.id,
            "version": self.version,
            "languages": list(self.languages),
            "title": dict(self.title),
            **_present(about=self.about),
            "scale": {"id": self.scale.id, "levels": [
                {"value": level.value, **_present(picture=level.picture), "label": dict(level.label),
                 **_present(audio=level.audio)}
                for level in self.scale.levels
            ]},
            **({"practice": _statement_data(self.practice)} if self.practice else {}),
            "areas": [
                {"id": area.id, **_present(picture=area.picture), "title": dict(area.title), "competences": [
                    {"id": competence.id, **_present(same_as=competence.same_as), "title": dict(competence.title),
                     **_present(advice=competence.advice),
                     "statements": [_statement_data(statement) for statement in competence.statements]}
                    for competence in area.competences
                ]}
                for area in self.areas
            ],
        }


def _present(**parts):
    return {name: dict(part) if isinstance(part, Text) else part for name, part in parts.items() if part}


def _statement_data(statement):
    return {
        "id": statement.id, **_present(picture=statement.picture), "text": dict(statement.text),
        **_present(example=statement.example, alt=statement.alt, audio=statement.audio),
    }


class _Reader:
    """Walks plain data once, building values and collecting problems instead of stopping at the first."""

    def __init__(self):
        self.problems = []
        self.languages = ()
        self.seen = {"area": set(), "competence": set(), "statement": set()}

    def framework(self, data):
        if not isinstance(data, dict):
            raise InvalidDocument([Problem((), "A framework is an object with id, version, languages and areas.")])
        self.languages = self._languages(data.get("languages"))
        self._known(data, (), {"id", "version", "languages", "title", "about", "scale", "practice", "areas"})
        framework = Framework(
            id=self._identifier(data, ()),
            version=self._version(data.get("version")),
            languages=self.languages,
            title=self._text(data, "title", (), required=True),
            about=self._text(data, "about", ()),
            scale=self._scale(data.get("scale")),
            practice=self._statement(data["practice"], ("practice",)) if data.get("practice") is not None else None,
            areas=tuple(self._area(item, path) for item, path in self._items(data, "areas", (), "area")),
        )
        if len(framework.statements) > MOST_STATEMENTS:
            self._add(("areas",), f"The framework has {len(framework.statements)} statements; "
                                  f"{MOST_STATEMENTS} is the most a block can hold. Split it in two.")
        if self.problems:
            raise InvalidDocument(self.problems)
        return framework

    def _add(self, path, message):
        self.problems.append(Problem(path, message))

    def _known(self, data, path, names):
        for name in data:
            if name not in names:
                self._add((*path, str(name)), f"'{name}' is not known here. Remove it or use one of: "
                                              f"{', '.join(sorted(names))}.")

    def _object(self, data, path, names):
        if not isinstance(data, dict):
            self._add(path, "This must be an object with: " + ", ".join(sorted(names)) + ".")
            return {}
        self._known(data, path, names)
        return data

    def _items(self, data, name, path, one):
        """Return (item, path) for each item of a list that must not be empty."""
        items = data.get(name)
        path = (*path, name)
        if not isinstance(items, list) or not items:
            self._add(path, f"Add at least one {one}.")
            return []
        return [(item, (*path, number)) for number, item in enumerate(items)]

    def _languages(self, languages):
        if not isinstance(languages, list) or not languages:
            self._add(("languages",), "Name at least one language, for example 'en es ar'.")
            return ()
        if len(languages) > MOST_LANGUAGES:
            self._add(("languages",), f"Name at most {MOST_LANGUAGES} languages.")
            return ()
        good = []
        for tag in languages:
            if not isinstance(tag, str) or not LANGUAGE_TAG.fullmatch(tag):
                self._add(("languages",), f"'{str(tag)[:40]}' is not a language tag. Write it like 'en', 'ar' or "
                                          "'pt-BR'.")
            elif tag in good:
                self._add(("languages",), f"The language '{tag}' is named twice. Remove one.")
            else:
                good.append(tag)
        return tuple(good)

    def _version(self, version):
        if isinstance(version, str) and re.fullmatch(r"[0-9A-Za-z][0-9A-Za-z._-]{0,31}", version):
            return version
        self._add(("version",), "Give a version such as '1'. Raise it when the meaning changes.")
        return ""

    def _identifier(self, data, path, kind=None):
        identifier = data.get("id")
        if not isinstance(identifier, str) or not identifier:
            self._add((*path, "id"), "The id is missing. Give it a short name such as 'job-search'.")
            return ""
        if not IDENTIFIER.fullmatch(identifier):
            self._add((*path, "id"), f"The id '{identifier[:70]}' may have small letters a-z, digits, '-', '_' and '.' "
                                     "only, 64 at most, and begins with a letter or digit.")
        elif kind is not None:
            if identifier in self.seen[kind]:
                self._add((*path, "id"), f"Another {kind} has the id '{identifier}'. Give this one its own.")
            self.seen[kind].add(identifier)
        return identifier

    def _text(self, data, name, path, required=False, address=False):
        """Read a text in all languages. An optional one may be absent; a partial one is a problem.

        Audio addresses (``address=True``) may exist for some languages only.
        """
        path = (*path, name)
        texts = data.get(name)
        if texts is None and not required:
            return Text()
        if texts is None:
            texts = {}
        if not isinstance(texts, dict):
            self._add(path, "This must be a map from language to text.")
            return Text()
        good = {}
        for language in self.languages:
            text = texts.get(language)
            if isinstance(text, str) and clean(text):
                good[language] = self._sentence(clean(text), (*path, language), address)
            elif text is not None and not isinstance(text, str):
                self._add((*path, language), "This must be a text.")
            elif not address:
                self._add((*path, language), f"The {name} has no text in '{language}'. Write one, or remove the "
                                             "language from the list.")
        for language in texts:
            if language not in self.languages:
                self._add((*path, str(language)), f"'{language}' is not one of the framework's languages. Add it to "
                                                  "the list or remove this text.")
        return Text(good)

    def _sentence(self, text, path, address):
        if len(text) > LONGEST_TEXT:
            self._add(path, f"The text has {len(text)} characters; the most is {LONGEST_TEXT}. Shorten it.")
        elif not can_be_stored(text):
            self._add(path, "The text holds a control character that cannot be kept. Type it again.")
        elif address and not ADDRESS.fullmatch(text):
            self._add(path, "An audio address begins with 'https://' or '/static/' and has no spaces.")
        return text

    def _picture(self, data, path):
        picture = data.get("picture", "")
        if picture and not (isinstance(picture, str)
                            and (PICTURE_NAME.fullmatch(picture) or ADDRESS.fullmatch(picture))):
            self._add((*path, "picture"), "A picture is the name of one that ships, such as 'house', or an address "
                                          "that begins with 'https://' or '/static/'.")
            return ""
        return picture

    def _scale(self, data):
        path = ("scale",)
        data = self._object(data, path, {"id", "levels"})
        levels = []
        for item, level_path in self._items(data, "levels", path, "level"):
            level = self._level(item, level_path)
            if levels and None not in (level.value, levels[-1].value) and level.value <= levels[-1].value:
                self._add((*level_path, "value"), f"The level {level.value} is out of order: it comes after "
                                                  f"{levels[-1].value}. Write the levels from lowest to highest.")
            levels.append(level)
        if len(levels) == 1 or len(levels) > MOST_LEVELS:
            self._add((*path, "levels"), f"A scale has 2 to {MOST_LEVELS} levels; this one has {len(levels)}.")
        return Scale(self._identifier(data, path), tuple(levels))

    def _level(self, data, path):
        data = self._object(data, path, {"value", "picture", "label", "audio"})
        value = data.get("value")
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 1000:
            self._add((*path, "value"), "A level's value is a whole number from 0 to 1000.")
            value = None
        return Level(
            value=value,
            label=self._text(data, "label", path, required=True),
            picture=self._picture(data, path),
            audio=self._text(data, "audio", path, address=True),
        )

    def _area(self, data, path):
        data = self._object(data, path, {"id", "picture", "title", "competences"})
        return Area(
            id=self._identifier(data, path, "area"),
            title=self._text(data, "title", path, required=True),
            picture=self._picture(data, path),
            competences=tuple(self._competence(item, item_path)
                              for item, item_path in self._items(data, "competences", path, "competence")),
        )

    def _competence(self, data, path):
        data = self._object(data, path, {"id", "same_as", "title", "advice", "statements"})
        same_as = data.get("same_as", "")
        if same_as and not (isinstance(same_as, str) and CONCEPT.fullmatch(same_as)):
            self._add((*path, "same_as"), "Give the web address of the same concept, for example an ESCO address.")
        return Competence(
            id=self._identifier(data, path, "competence"),
            title=self._text(data, "title", path, required=True),
            advice=self._text(data, "advice", path),
            same_as=same_as,
            statements=tuple(self._statement(item, item_path)
                             for item, item_path in self._items(data, "statements", path, "statement")),
        )

    def _statement(self, data, path):
        data = self._object(data, path, {"id", "picture", "text", "example", "alt", "audio"})
        return Statement(
            id=self._identifier(data, path, "statement"),
            text=self._text(data, "text", path, required=True),
            example=self._text(data, "example", path),
            picture=self._picture(data, path),
            alt=self._text(data, "alt", path),
            audio=self._text(data, "audio", path, address=True),
        )
