"""The spreadsheet a translator gets and gives back: one row per text, one column per language."""

import copy
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Container, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from ..problems import InvalidDocument, Path, Problem
from ..richtext import sanitised
from ..schema import AddressPart, Document, Part, RichTextPart, TextPart
from ..tables import LONGEST_CELL, column_name, to_csv, to_xlsx
from ..texts import LANGUAGE_TAG, can_be_stored, clean, direction, without_unstorable
from ..uploaded_tables import is_guarded, read_table, tidy
from .walking import Item, walk

KEY, PLACE = "key", "place"
LONGEST_LABEL = 40
_NAME = re.compile(r"[\w.-]{1,64}")
# "ar", "ar (Arabic)", "ar – العربية"
Table = list[list[str]]
_HEADING = re.compile(r"([A-Za-z0-9-]+)(\s*[(–—:].*|\s+-\s.*)?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Row:
    """A text of a document as a sheet has it. ``path`` leads to it through the document's plain data."""

    key: str
    place: str
    path: Path
    part: Part[Any]
    texts: dict[str, str]


@dataclass(frozen=True, slots=True)
class Change:
    """A text that differs. ``path`` leads to it through the document's plain data and ends with the language."""

    path: Path
    key: str
    place: str
    language: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class RowProblem:
    """What is wrong with a cell, a row or (``row`` None, ``column`` "") the sheet; ``column`` is the header's text."""

    row: int | None
    column: str
    message: str


@dataclass(frozen=True, slots=True)
class Upload:
    """What a sheet would make of a document. Where there are ``problems`` nothing of it is to be kept."""

    data: Any
    languages: tuple[str, ...] = ()
    changes: tuple[Change, ...] = ()
    problems: tuple[RowProblem, ...] = ()


# -- a document's rows -------------------------------------------------------------------------------------------------

def rows(cls: type[Document], data: object) -> list[Row]:
    """Return a ``Row`` for each text of a document that must be there or is there in some language, in reading order.

    ``data`` is plain data of the class ``cls``, and may have mistakes.
    """
    first = languages_of(data)[:1]
    found: list[Row] = []
    times: Counter[str] = Counter()
    for item in walk(cls, data):
        labels = [_label(each, first) for each in _chain(item)]
        for name, part, texts in item.texts():
            if part.required or texts:
                key = "/".join((*_steps(item), name))
                times[key] += 1
                if times[key] > 1:  # a draft may have an id twice; field names have no "~"
                    key += f"~{times[key]}"
                place = " › ".join((*labels, name.replace("_", " ")))
                found.append(Row(key, place, (*item.path, name), part, texts))
    return found


def languages_of(data: object) -> list[str]:
    """Return the languages of a document's plain data, without those that are no language tags."""
    tags = data.get("languages") if isinstance(data, dict) else None
    tags = [tag for tag in tags if isinstance(tag, str)] if isinstance(tags, list) else []
    return [tag for tag in dict.fromkeys(tags) if LANGUAGE_TAG.fullmatch(tag) and tag != KEY]


def _chain(item: Item) -> tuple[Item, ...]:
    """Return the items from below the document down to ``item``."""
    return (*item.above, item)[1:]


def _steps(item: Item) -> Iterator[str]:
    """Yield where an item stands, in names that stay when items change places."""
    for each in _chain(item):
        yield from (str(each.path[-2]), _name(each)) if isinstance(each.path[-1], int) else (each.path[-1],)


def _name(item: Item) -> str:
    for known in ("id", "value", "country"):
        held = item.data.get(known)
        if isinstance(held, str | int) and _NAME.fullmatch(str(held)):
            return str(held)
    return str(item.path[-1])


def _label(item: Item, languages: Iterable[str]) -> str:
    """Return what people call an item: the beginning of its first text, or else its name."""
    for _, part, texts in item.texts():
        if isinstance(part, TextPart) and not isinstance(part, AddressPart | RichTextPart):
            for language in languages:
                if language in texts:
                    text = clean(texts[language])
                    return text if len(text) <= LONGEST_LABEL else text[:LONGEST_LABEL - 1].rstrip() + "…"
    return _name(item) if isinstance(item.path[-1], int) else item.path[-1]


def _lines(cls: type[Document], data: object) -> Iterator[list[str]]:
    """Yield the sheet's lines, the header first."""
    languages = languages_of(data)
    yield [KEY, PLACE, *languages]
    for row in rows(cls, data):
        yield [row.key, _cell(row.place), *(_cell(row.texts.get(language, "")) for language in languages)]


def _cell(text: str) -> str:
    """Return what of a text a cell can hold. Only drafts have texts that it cannot."""
    return without_unstorable(text)[:LONGEST_CELL]


# -- files -------------------------------------------------------------------------------------------------------------

def to_csv_file(cls: type[Document], data: object) -> bytes:
    """Return the sheet of a document as CSV; cells that a spreadsheet program would compute begin with "'"."""
    header, *lines = _lines(cls, data)
    # A text may itself look as if we had put the "'" there; one more keeps it.
    return to_csv(header, [["'" + cell if is_guarded(cell) else cell for cell in line] for line in lines])


def to_xlsx_file(cls: type[Document], data: object) -> bytes:
    """Return the sheet of a document as XLSX."""
    header, *lines = _lines(cls, data)
    rtl = [number for number, language in enumerate(header) if number > 1 and direction(language) == "rtl"]
    return to_xlsx(header, lines, "Texts", labels=2, right_to_left=rtl)


def read_file(content: bytes, name: str) -> list[list[str]]:
    """Return the rows of an uploaded sheet. Raises ``uploaded_tables.BadTable``."""
    return read_table(content, name, KEY)


# -- taking over -------------------------------------------------------------------------------------------------------

def taken_over(cls: type[Document], data: object, table: Table) -> Upload:
    """Return what the ``table`` of a sheet would make of a document, as ``Upload``; ``data`` itself stays as it is.

    Rows that are missing and cells that are empty change nothing: a translation may be half done.
    """
    languages, known = languages_of(data), {row.key: row for row in rows(cls, data)}
    header = [tidy(cell, lower=False) for cell in table[0]] if table else []
    problems: list[RowProblem] = []
    columns = _columns(header, table, languages, problems)
    at = next((number for number, title in enumerate(header) if title.lower() == KEY), None)
    if at is None:
        problems.append(RowProblem(1, "", "The first row has no 'key'. Download the sheet again and keep its first "
                                          "row and its column 'key' as they are."))
    elif not columns:
        problems.append(RowProblem(1, "", "No column has a language. Write a language's tag, such as 'en' or 'ar', "
                                          "into the first row above its texts."))
    if at is None or not columns:
        return Upload(copy.deepcopy(data), problems=tuple(problems))
    given = _given(table, at, columns, known, problems)
    changes, cells = [], {}
    for row in known.values():
        number, texts = given.get(row.key, (None, {}))
        for column, text in texts.items():
            language, title = columns[column], header[column]
            if not can_be_stored(text):
                problems.append(RowProblem(number, title, "The text holds a control character that cannot be kept. "
                                                          "Type it again."))
                continue
            before, after = row.texts.get(language, ""), _settled(row.part, text)
            if after != _settled(row.part, _cell(before)):
                path = (*row.path, language)
                changes.append(Change(path, row.key, row.place, language, before, after))
                cells[path] = number, title
    added = tuple(language for column, language in columns.items()
                  if language not in languages and any(column in texts for _, texts in given.values()))
    new = _changed(data, added, changes)
    old = set(_mistakes(cls, data))
    # Some mistakes lie at the text in all languages or at the value that holds it.
    at_path: dict[Path, set[tuple[int | None, str]]] = defaultdict(set)
    for path, cell in cells.items():
        for above in range(3):
            at_path[path[:len(path) - above]].add(cell)
    problems += [_placed(mistake, at_path.get(mistake.path, ())) for mistake in _mistakes(cls, new)
                 if mistake not in old]
    return Upload(new, added, tuple(changes), tuple(sorted(problems, key=lambda problem: problem.row or 0)))


def _columns(header: list[str], table: Table, languages: list[str], problems: list[RowProblem]) -> dict[int, str]:
    """Return ``{column number: language}``; tell what is wrong with the header."""
    columns, seen = {}, set()
    for number in range(max(map(len, table), default=0)):
        title = header[number] if number < len(header) else ""
        what = title.lower() if title.lower() in (KEY, PLACE) else _language(title, languages)
        if not title:
            if any(_at(row, number) for row in table):
                problems.append(RowProblem(1, "", f"Column {column_name(number)} has texts but no header. "
                                                  "Write the language's tag above them, or delete the column."))
        elif what is None:
            problems.append(RowProblem(1, title, f"'{title[:40]}' is not a language tag. Write it like 'en', 'ar' or "
                                                 "'pt-BR', or delete the column."))
        elif what in seen:
            problems.append(RowProblem(1, title, f"There are two columns '{what}'. Delete one."))
        elif what not in (KEY, PLACE):
            columns[number] = what
        seen.add(what)
    return columns


def _language(title: str, languages: Iterable[str]) -> str | None:
    """Return the language of a column with the header ``title``, or None."""
    heading = _HEADING.fullmatch(title)
    if not heading:
        return None
    tag = heading[1]
    if tag not in languages:
        tag = next((language for language in languages if language.lower() == tag.lower()), tag)
    return tag if LANGUAGE_TAG.fullmatch(tag) else None


def _at(row: list[str], number: int) -> str:
    """Return the text in a row's column, "" where the row is shorter or has but white space there."""
    return row[number] if number < len(row) and row[number].strip() else ""


def _given(table: Table, at: int, columns: Collection[int], known: Container[str],
           problems: list[RowProblem]) -> dict[str, tuple[int, dict[int, str]]]:
    """Return ``{key: (row number, {column number: text})}``; tell rows that cannot be placed."""
    given: dict[str, tuple[int, dict[int, str]]] = {}
    for number, row in enumerate(table[1:], 2):
        key = _at(row, at).strip()
        texts = {column: _at(row, column) for column in columns if _at(row, column)}
        if not key and not texts:
            continue
        if key not in known:
            problems.append(RowProblem(number, KEY, f"This row belongs to no text of the document: its key is "
                                                    f"'{key[:100]}'. Download the sheet again and copy your texts "
                                                    "into it, or delete the row."))
        elif key in given:
            problems.append(RowProblem(number, KEY, f"The key '{key}' stands in row {given[key][0]} already. Delete "
                                                    "one of the two rows."))
        else:
            given[key] = number, texts
    return given


def _settled(part: Part[Any], text: str) -> str:
    """Return a text as the document keeps it."""
    # Where nothing of rich text may be kept, the document's own message says so.
    return sanitised(text) or clean(text) if isinstance(part, RichTextPart) else clean(text)


def _changed(data: Any, added: Iterable[str], changes: Iterable[Change]) -> Any:
    """Return plain data with languages added and texts changed."""
    new = copy.deepcopy(data)
    if added:
        held = new.get("languages")
        new["languages"] = [*(held if isinstance(held, list) else []), *added]
    for change in changes:
        *path, name, language = change.path
        item = new
        for step in path:
            item = item[step]
        if not isinstance(item.get(name), dict):  # not there yet, or a draft's mistake
            item[name] = {}
        item[name][language] = change.after
    return new


def _mistakes(cls: type[Document], data: object) -> tuple[Problem, ...]:
    try:
        cls.from_data(data)
    except InvalidDocument as error:
        return error.problems
    return ()


def _placed(mistake: Problem, near: Collection[tuple[int | None, str]]) -> RowProblem:
    """Return a document's ``Problem`` as ``RowProblem``; with its cell if of the changed ones only one is ``near``."""
    numbers, titles = {number for number, _ in near}, {title for _, title in near}
    if len(numbers) != 1:
        return RowProblem(None, "", str(mistake))
    return RowProblem(numbers.pop(), titles.pop() if len(titles) == 1 else "", mistake.message)
