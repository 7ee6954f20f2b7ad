"""Tables people upload, CSV or XLSX. Pure Python.

They are strangers' files, made by programs of all kinds: what is too big, or could do harm, is refused with a sentence.
"""

import codecs
import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from .tables import column_name, safe_cell

LONGEST_READ = 40_000
MOST_ROWS = 20_000
MOST_COLUMNS = 60
MOST_SHEETS = 20
MOST_BYTES = 4 * 2**20
MOST_UNPACKED = 40 * 2**20
MOST_TAGS = 1_200_000  # each costs a parser more than its bytes
MOST_TAGS_ASIDE = 50_000  # in styles and the like, where each costs a hundred times more
HIGHEST_RATIO, RATIO_COUNTS_FROM = 200, 2**20

_AS_UTF8 = "Save it as .xlsx, or as CSV with the character set UTF-8 (in Excel: \"CSV UTF-8\"), and upload that."
_AS_XLSX = "Open it in your spreadsheet program, save it as .xlsx or as CSV, and upload that."
_TOO_BIG = "Upload the sheet you downloaded, with nothing in it but texts."
_ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_OLE = bytes.fromhex("D0CF11E0")
_FOLDERS = ("", "xl", "xl/_rels", "xl/worksheets")
_TEXTS = ("xl/worksheets/", "xl/sharedstrings")
_ENCODING = re.compile(rb"\s*<\?xml[^>]*\sencoding\s*=\s*[\"']([^\"']*)")
# How XLSX writes what XML cannot (ECMA-376, ST_Xstring).
_ESCAPED = re.compile(r"_x(00[01][0-9A-Fa-f]|005[Ff])_")


class BadTable(ValueError):
    """A file that is not read; the message says why and what to do."""


def read_table(content: bytes, name: str, heading: str) -> list[list[str]]:
    """Return the rows of an uploaded file, XLSX or CSV, as lists of texts. Raises ``BadTable``.

    Its content decides what it is; ``name`` is what the file is called, ``heading`` stands above one of its columns.
    """
    if len(content) > MOST_BYTES:
        raise BadTable(f"The file has more than {MOST_BYTES // 2**20} MB. {_TOO_BIG}")
    if content.startswith(_OLE):
        raise BadTable(f"This is a file of an old Excel (.xls), or one with a password. {_AS_XLSX}")
    if name.lower().endswith((".xlsm", ".xltm", ".xlam")):
        raise BadTable(f"The file may hold macros. {_AS_XLSX}")
    return _within_limits((_xlsx_rows if content.startswith(_ZIP) else _csv_rows)(content, heading))


def _within_limits(lines: Iterable[list[str]]) -> list[list[str]]:
    """Return rows as a table without what is empty at its ends; stops at the first that is too much."""
    table, left = [], MOST_UNPACKED
    for number, row in enumerate(lines, 1):
        while row and not row[-1].strip():
            row.pop()
        if number > MOST_ROWS:
            raise BadTable(f"The sheet has more than {MOST_ROWS} rows. Delete those below the texts, also empty ones.")
        if len(row) > MOST_COLUMNS:
            raise BadTable(f"Row {number} has more than {MOST_COLUMNS} columns. Delete those that hold no language.")
        for column, text in enumerate(row, 1):
            if len(text) > LONGEST_READ:
                raise BadTable(f"Row {number}, column {column_name(column - 1)} has {len(text)} characters. "
                               "Shorten the text; perhaps a quotation mark is missing at its end.")
            left -= len(text)
        if left < 0:
            raise BadTable(f"The sheet holds too much text. {_TOO_BIG}")
        table.append(row)
    while table and not table[-1]:
        table.pop()
    return table


def _csv_rows(content: bytes, heading: str) -> Iterator[list[str]]:
    text = _decoded(content)
    try:
        delimiter = max(",;\t", key=lambda each: len(_csv_header(text, each, heading)))
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True):
            yield [cell[1:] if is_guarded(cell) else cell for cell in row]
    except csv.Error as error:
        raise BadTable(f"The file cannot be read as CSV ({error}). {_AS_XLSX}") from error


def _decoded(content: bytes) -> str:
    utf16 = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        text = content.decode("utf-16" if utf16 else "utf-8")
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise BadTable(f"The file is neither .xlsx nor CSV in UTF-8, so its letters cannot be told. {_AS_UTF8}")
    return text.lstrip("\ufeff")


def _csv_header(text: str, delimiter: str, heading: str) -> list[str]:
    """Return the header's cells if they are parted by ``delimiter``."""
    header = next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), [])
    return header if heading in map(tidy, header) else []


def _xlsx_rows(content: bytes, heading: str) -> Iterator[list[str]]:
    from openpyxl import load_workbook  # large, and no learner needs it

    try:
        workbook = load_workbook(_unpacked(content), read_only=True, keep_links=False)
        if len(workbook.worksheets) > MOST_SHEETS:
            raise BadTable(f"The file has more than {MOST_SHEETS} sheets. {_TOO_BIG}")
        for sheet in workbook.worksheets:
            sheet.reset_dimensions()  # what a file says of its size may be wrong
        # One column more than may be is enough to tell; openpyxl fills up all rows to that width.
        for row in _sheet_with(heading, workbook.worksheets).iter_rows(max_col=MOST_COLUMNS + 1):
            yield [_text_of(cell) for cell in row]
    except BadTable:
        raise
    except Exception as error:  # openpyxl fails in ways of its own, and so do zip files and XML
        raise BadTable(f"The file cannot be read as a spreadsheet; it may be damaged. {_AS_XLSX}") from error


def _unpacked(content: bytes) -> io.BytesIO:
    """Return an XLSX file of the parts that are read, looked through and not compressed.

    So openpyxl meets no part that is bigger than it says, no entity, and nothing it need not read.
    """
    out = io.BytesIO()
    with ZipFile(io.BytesIO(content)) as archive, ZipFile(out, "w") as plain:
        members = archive.infolist()
        _check_members(members)
        left = {True: MOST_TAGS, False: MOST_TAGS_ASIDE}
        for member in members:
            name = member.filename.lower()
            if name.rpartition("/")[0] in _FOLDERS and name.endswith((".xml", ".rels")):
                with archive.open(member) as packed:
                    xml = packed.read(member.file_size)  # never more, whatever is in there
                left[name.startswith(_TEXTS)] -= xml.count(b"<")
                if min(left.values()) < 0:
                    raise BadTable("The sheet has far more cells than a document has texts. Delete the rows and "
                                   "columns that hold none, also empty ones.")
                _check_xml(xml)
                plain.writestr(member.filename, xml)
    out.seek(0)
    return out


def _check_members(members: Sequence[ZipInfo]) -> None:
    """Refuse a zip file by its list of members, before any is unpacked."""
    names = {member.filename.lower() for member in members}
    if {"mimetype", "content.xml"} <= names:
        raise BadTable(f"This is an OpenDocument file (.ods). {_AS_XLSX}")
    if any(name.endswith("vbaproject.bin") for name in names):
        raise BadTable(f"The file holds macros. {_AS_XLSX}")
    if (sum(member.file_size for member in members) > MOST_UNPACKED
            or any(member.file_size > max(RATIO_COUNTS_FROM, HIGHEST_RATIO * member.compress_size)
                   or member.compress_type not in (ZIP_STORED, ZIP_DEFLATED)  # others unpack without a limit
                   for member in members)):
        raise BadTable(f"The file unpacks to far more than a sheet of texts. {_TOO_BIG}")


def _check_xml(xml: bytes) -> None:
    """Refuse XML in which entities could be declared. In UTF-8 the bytes show it."""
    xml = xml.removeprefix(codecs.BOM_UTF8)
    encoding = _ENCODING.match(xml)
    if (not xml.lstrip().startswith(b"<") or b"\0" in xml or b"<!DOCTYPE" in xml or b"<!ENTITY" in xml
            or (encoding and encoding[1].lower() not in (b"utf-8", b"us-ascii"))):
        raise BadTable(f"The file holds what no spreadsheet program writes. {_AS_XLSX}")


def _sheet_with(heading: str, sheets: Sequence[Any]) -> Any:
    """Return the first sheet whose header has the heading, or else the first."""
    for sheet in sheets:
        header = next(sheet.iter_rows(max_row=1, max_col=MOST_COLUMNS), ())
        if any(tidy(str(cell.value)) == heading for cell in header):
            return sheet
    return sheets[0]


def _text_of(cell: Any) -> str:
    """Return a cell's text. Raises ``BadTable`` for what is none."""
    value = cell.value
    if value is None:
        return ""
    what = {"f": "a formula", "e": "an error", "d": "a date"}.get(cell.data_type)
    if what:
        raise BadTable(f"Row {cell.row}, column {column_name(cell.column - 1)} holds {what}. Give the cell the "
                       "format 'Text' and type the text again.")
    if isinstance(value, bool):
        return str(value).upper()  # as spreadsheet programs show it
    if isinstance(value, float):
        return f"{value:.15g}"  # as precise as they are
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), str(value))


def is_guarded(cell: str) -> bool:
    """Whether a cell of a CSV file has a "'" in front because a spreadsheet program would compute what follows."""
    bare = cell.lstrip("'")
    return cell != bare and safe_cell(bare) != bare


def tidy(cell: str, lower: bool = True) -> str:
    """Return a header's cell without what programs put around it."""
    cell = cell.strip().strip("\ufeff").strip()
    return cell.lower() if lower else cell
