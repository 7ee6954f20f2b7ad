"""Rows to CSV and XLSX, with cells a spreadsheet program will not run as formulas. Pure Python."""

import csv
import io
import re
from collections.abc import Collection, Iterable, Sequence
from itertools import chain
from typing import Any, BinaryIO

from .texts import without_unstorable

Cell = str | int | float | None
Row = Sequence[Cell]

LONGEST_CELL = 32_767  # the most that fits into a cell of Excel's
MOST_ROWS = 1_048_576  # and into a sheet

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
# How XLSX writes what XML or this very notation cannot (ECMA-376, ST_Xstring).
_ESCAPABLE = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")


def safe_cell(value: Cell) -> Cell:
    """Return ``value`` such that a spreadsheet shows it and never computes it (OWASP, "CSV Injection")."""
    if isinstance(value, str) and value.lstrip(" \u00a0").startswith(_FORMULA_STARTS):
        return "'" + value
    return value


def to_csv(header: Row, rows: Iterable[Row]) -> bytes:
    """Return CSV as ``write_csv`` writes it."""
    out = io.BytesIO()
    write_csv(out, header, rows)
    return out.getvalue()


def write_csv(out: BinaryIO, header: Row, rows: Iterable[Row]) -> None:
    """Write CSV (RFC 4180) to a binary file, as UTF-8 with a byte order mark, which spreadsheet programs need to read
    Arabic. Rows are written as they come.
    """
    text = io.TextIOWrapper(out, "utf-8-sig", newline="", write_through=True)
    writer = csv.writer(text)
    writer.writerow([safe_cell(value) for value in header])
    writer.writerows([safe_cell(value) for value in row] for row in rows)
    text.detach()


def write_xlsx(out: BinaryIO, header: Row, rows: Iterable[Row], title: str) -> None:
    """Write rows of texts, numbers and None as XLSX to a binary file, row by row as they come. No cell is a formula;
    what does not fit on a sheet goes on on another.
    """
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell

    workbook = Workbook(write_only=True)
    sheet: Any = None
    left = 0

    def cell(value: Cell) -> Any:
        value = safe_cell(value)
        if isinstance(value, str):
            value = _ESCAPABLE.sub("_x005F_", without_unstorable(value))[:LONGEST_CELL]
        made = WriteOnlyCell(sheet, value)
        if isinstance(value, str):
            made.data_type = "s"
        return made

    for row in chain([header], rows):
        if not left:
            number = len(workbook.worksheets) + 1
            sheet, left = workbook.create_sheet(title if number == 1 else f"{title} {number}"), MOST_ROWS
            sheet.freeze_panes = "A2"
            if row is not header:
                sheet.append([cell(value) for value in header])
                left -= 1
        sheet.append([cell(value) for value in row])
        left -= 1
    workbook.save(out)


def to_xlsx(header: Sequence[str], rows: Iterable[Sequence[str]], title: str, labels: int = 0,
            right_to_left: Collection[int] = ()) -> bytes:
    """Return rows of texts as XLSX, in which every cell is a text and never a formula.

    The first ``labels`` columns stay in sight; those whose numbers, from 0, are in ``right_to_left`` read that way.
    """
    # Learners' pages write CSV only, and openpyxl is large.
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Font

    workbook = Workbook()
    sheet = workbook.active
    sheet.title = title
    sheet.freeze_panes = f"{column_name(labels)}2"
    bold = Font(bold=True)
    rows = [header, *rows]
    for column in range(len(header)):
        rtl = column in right_to_left
        look = Alignment("right" if rtl else "left", "top", wrap_text=True, readingOrder=2 if rtl else 1)
        sheet.column_dimensions[column_name(column)].width = 36 if column < labels else 60
        for number, row in enumerate(rows, 1):
            cell = sheet.cell(number, column + 1, _ESCAPABLE.sub("_x005F_", row[column]) or None)
            if cell.value is not None:
                cell.data_type = "s"  # openpyxl takes what begins with "=" for a formula
            cell.number_format = "@"  # what is typed stays as it is: no dates, no formulas
            cell.alignment = look
            if number == 1:
                cell.font = bold
    out = io.BytesIO()
    workbook.save(out)
    return out.getvalue()


def column_name(number: int) -> str:
    """Return what spreadsheets call a column: A for 0, AA for 26."""
    name = ""
    while number >= 0:
        name, number = chr(ord("A") + number % 26) + name, number // 26 - 1
    return name
