"""The translator's spreadsheet: what is in it, what comes back, which files are refused."""

import codecs
import contextlib
import copy
import csv
import datetime
import io
import random
import struct
import time
import tracemalloc
import zipfile
import zlib

import openpyxl
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from migrempower_xblock.authoring.sheets import (
    Change,
    RowProblem,
    read_file,
    rows,
    taken_over,
    to_csv_file,
    to_xlsx_file,
)
from migrempower_xblock.competences.framework import Framework
from migrempower_xblock.training.module import Module
from migrempower_xblock.uploaded_tables import MOST_BYTES, MOST_COLUMNS, MOST_ROWS, BadTable

from .generate import framework_data, module_data, sentences

FRAMEWORK = {
    "id": "home", "version": "1", "languages": ["en", "ar"], "title": {"en": "Home", "ar": "البيت"},
    "scale": {"id": "help", "levels": [
        {"value": 0, "label": {"en": "not yet", "ar": "ليس بعد"}},
        {"value": 5, "label": {"en": "alone"}}]},
    "practice": {"id": "tea", "text": {"en": "I like tea."}},
    "areas": [{"id": "rights", "title": {"en": "Rights and equal treatment"}, "competences": [
        {"id": "my-rights", "title": {"en": "My rights"}, "statements": [
            {"id": "know", "text": {"en": "I know my rights."}, "audio": {"ar": "/static/know.mp3"}},
            {"id": "ask", "text": {"en": "I can ask."}, "example": {"en": "At work."}}]}]}],
}
MODULE = {
    "id": "work", "version": "1", "languages": ["en", "ar"], "minutes": 5, "title": {"en": "Work"},
    "competences": [{"id": "pay", "title": {"en": "Pay"}}],
    "steps": [
        {"kind": "country-note", "id": "law", "title": {"en": "The law"}, "fallback": {"text": {"en": "<p>Ask.</p>"}},
         "notes": [{"country": "ES", "text": {"en": "<p>In <strong>Spain</strong></p>"}}]},
        {"kind": "choice", "id": "which", "question": {"en": "Which one?"}, "options": [
            {"id": "a", "right": True, "text": {"en": "This", "ar": "هذا"}},
            {"id": "b", "text": {"en": "That", "ar": "ذلك"}}]}],
}
FORMULAS = ["=1+1", "+x", "-x", "@x", "'quoted", "\t=", "'=x", "''+x", "'", "' =x", "\uff1dx", "#N/A", "_x0041_",
            "2", "TRUE", '"', "a\nb", "a;b,c\td"]
FILES = {"csv": to_csv_file, "xlsx": to_xlsx_file}


def read_back(cls, data, kind):
    return read_file(FILES[kind](cls, data), f"sheet.{kind}")


def edited(cls, data, **cells):
    """Return a document's table with cells of one row replaced: {column: text}, the row under "key"."""
    table = read_back(cls, data, "csv")
    return with_cell(table, cells.pop("key"), **cells)


def with_cell(table, key, **cells):
    header = table[0]
    for row in table:
        if row[0] == key:
            row += [""] * (len(header) - len(row))
            for column, text in cells.items():
                row[header.index(column)] = text
    return table


def written(table, delimiter=",", quoting=csv.QUOTE_MINIMAL, encoding="utf-8"):
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, quoting=quoting).writerows(table)
    return out.getvalue().encode(encoding)


def column_of(upload, key):
    return {change.language: change.after for change in upload.changes if change.key == key}


# -- what is in it -----------------------------------------------------------------------------------------------------

def test_a_row_is_called_by_fields_and_ids():
    assert [row.key for row in rows(Framework, FRAMEWORK)] == [
        "title", "scale/levels/0/label", "scale/levels/5/label", "practice/text", "areas/rights/title",
        "areas/rights/competences/my-rights/title",
        "areas/rights/competences/my-rights/statements/know/text",
        "areas/rights/competences/my-rights/statements/know/audio",
        "areas/rights/competences/my-rights/statements/ask/text",
        "areas/rights/competences/my-rights/statements/ask/example"]
    keys = [row.key for row in rows(Module, MODULE)]
    assert {"steps/law/notes/ES/text", "steps/law/fallback/text", "steps/which/options/b/text"} <= set(keys)


@given(framework_data(), st.randoms())
def test_keys_stay_when_things_change_places(data, random):
    before = {row.key: row.texts for row in rows(Framework, data)}
    random.shuffle(data["areas"])
    for area in data["areas"]:
        random.shuffle(area["competences"])
    assert {row.key: row.texts for row in rows(Framework, data)} == before


def test_a_row_says_to_people_where_it_stands():
    places = {row.key: row.place for row in rows(Framework, FRAMEWORK)}
    assert places["title"] == "title"
    assert places["areas/rights/competences/my-rights/title"] == "Rights and equal treatment › My rights › title"
    assert places["scale/levels/5/label"] == "scale › alone › label"
    assert {row.place for row in rows(Module, MODULE)} >= {"The law › ES › text", "The law › fallback › text"}


def test_an_address_names_no_place():
    data = copy.deepcopy(FRAMEWORK)
    data["practice"] = {"id": "tea", "audio": {"en": "/static/tea.mp3"}}
    assert "practice › audio" in [row.place for row in rows(Framework, data)]


def test_a_long_text_is_cut_where_it_names_a_place():
    data = copy.deepcopy(FRAMEWORK)
    data["areas"][0]["title"]["en"] = "word " * 100
    assert all(len(row.place) < 150 for row in rows(Framework, data))


@pytest.mark.parametrize("kind", FILES)
def test_the_header_has_key_place_and_the_languages_in_order(kind):
    header, *lines = read_back(Framework, FRAMEWORK, kind)
    assert header == ["key", "place", "en", "ar"]
    assert lines[0] == ["title", "title", "Home", "البيت"]
    assert lines[2] == ["scale/levels/5/label", "scale › alone › label", "alone"]


@pytest.mark.parametrize("kind", FILES)
def test_rich_text_stands_there_as_html(kind):
    assert "<p>In <strong>Spain</strong></p>" in sum(read_back(Module, MODULE, kind), [])


def test_the_workbook_is_laid_out_for_reading_and_typing():
    sheet = openpyxl.load_workbook(io.BytesIO(to_xlsx_file(Framework, FRAMEWORK))).active
    assert sheet.freeze_panes == "C2"
    assert sheet["A1"].font.bold and not sheet["A2"].font.bold
    assert sheet["C2"].alignment.wrap_text and sheet["D2"].alignment.wrap_text
    assert (sheet["C2"].alignment.readingOrder, sheet["D2"].alignment.readingOrder) == (1, 2)
    assert sheet["D2"].alignment.horizontal == "right"
    assert sheet.column_dimensions["D"].width > 40
    assert sheet["D4"].value is None and sheet["D4"].number_format == "@"  # what is typed there stays a text


@pytest.mark.parametrize("text", FORMULAS)
def test_nothing_in_the_workbook_can_be_computed(text):
    data = {**FRAMEWORK, "title": {"en": text, "ar": text}}
    cell = openpyxl.load_workbook(io.BytesIO(to_xlsx_file(Framework, data))).active["C2"]
    assert cell.data_type == "s" and cell.value == text.replace("_x0041_", "_x005F_x0041_")


@pytest.mark.parametrize("text", ["=1+1", "+x", "-x", "@x", "\t=", "\uff1dx"])
def test_csv_keeps_spreadsheet_programs_from_computing(text):
    data = {**FRAMEWORK, "title": {"en": text}}
    assert ("'" + text) in to_csv_file(Framework, data).decode()


# -- round trips -------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("kind", FILES)
@pytest.mark.parametrize("text", FORMULAS)
def test_what_looks_like_a_formula_survives_the_round_trip(kind, text):
    data = {**FRAMEWORK, "title": {"en": text, "ar": "x"}}
    table = read_back(Framework, data, kind)
    assert table[1][2] == text
    upload = taken_over(Framework, data, table)
    assert (upload.changes, upload.problems) == ((), ())


@pytest.mark.parametrize("kind", FILES)
@settings(max_examples=40)
@given(data=framework_data())
def test_a_sheet_of_a_framework_left_as_it_is_changes_nothing(kind, data):
    before = copy.deepcopy(data)
    upload = taken_over(Framework, data, read_back(Framework, data, kind))
    assert (upload.changes, upload.problems, upload.languages) == ((), (), ())
    assert upload.data == data == before


@pytest.mark.parametrize("kind", FILES)
@settings(max_examples=15)
@given(data=module_data())
def test_a_sheet_of_a_module_left_as_it_is_changes_nothing(kind, data):
    upload = taken_over(Module, data, read_back(Module, data, kind))
    assert (upload.changes, upload.problems, upload.data) == ((), (), data)


@pytest.mark.parametrize("kind", FILES)
@settings(max_examples=40)
@given(data=framework_data(), text=sentences, draw=st.data())
def test_what_a_translator_writes_arrives(kind, data, text, draw):
    assume(text.strip())
    table = read_back(Framework, data, kind)
    texts = [row for row in rows(Framework, data) if row.path[-1] != "audio"]
    row, language = draw.draw(st.sampled_from(texts)), draw.draw(st.sampled_from(data["languages"]))
    upload = taken_over(Framework, data, with_cell(table, row.key, **{language: text}))
    assert upload.problems == ()
    changed = row.texts.get(language) != text
    assert len(upload.changes) == changed
    if changed:
        path = (*row.path, language)
        assert upload.changes == (Change(path, row.key, row.place, language, row.texts[language], text),)
        place = upload.data
        for step in path:
            place = place[step]
        assert place == text
        assert Framework.from_data(upload.data)


@given(framework_data())
def test_a_new_language_comes_back_from_a_column_of_its_own(data):
    table = read_back(Framework, data, "xlsx")
    width = len(table[0])
    table = [[*row, *[""] * (width - len(row)), *(["uk – українська"] if number == 0 else ["текст"])]
             for number, row in enumerate(table) if not row[0].endswith("/audio")]
    upload = taken_over(Framework, data, table)
    assert upload.problems == () and upload.languages == ("uk",)
    assert upload.data["languages"] == [*data["languages"], "uk"]
    assert all("uk" in row.texts for row in rows(Framework, upload.data) if row.path[-1] != "audio")
    assert len(upload.changes) == len(table) - 1


@pytest.mark.parametrize(("delimiter", "quoting", "encoding"), [
    (",", csv.QUOTE_MINIMAL, "utf-8"), (",", csv.QUOTE_ALL, "utf-8"), (";", csv.QUOTE_MINIMAL, "utf-8-sig"),
    (";", csv.QUOTE_ALL, "utf-8"), ("\t", csv.QUOTE_MINIMAL, "utf-16"), ("\t", csv.QUOTE_ALL, "utf-8"),
])
def test_csv_is_read_as_programs_write_it(delimiter, quoting, encoding):
    table = read_back(Framework, FRAMEWORK, "csv")
    table[1][2] = 'Home, "sweet"; home\tfor\nall'
    assert read_file(written(table, delimiter, quoting, encoding), "a.csv") == table


def test_byte_order_marks_and_old_line_ends_do_no_harm():
    content = to_csv_file(Framework, FRAMEWORK)
    table = read_file(content, "a.csv")
    assert content.startswith(codecs.BOM_UTF8)
    assert read_file(content.removeprefix(codecs.BOM_UTF8), "a.csv") == table
    assert read_file(codecs.BOM_UTF8 + content, "a.csv") == table
    assert read_file(content.replace(b"\r\n", b"\r"), "a.csv") == table
    assert read_file(codecs.BOM_UTF16_BE + content.decode("utf-8-sig").encode("utf-16-be"), "a.csv") == table


def test_the_content_says_what_a_file_is_and_not_its_name():
    assert read_file(to_xlsx_file(Framework, FRAMEWORK), "a.csv") == read_file(
        to_csv_file(Framework, FRAMEWORK), "a.xlsx")


def test_empty_rows_and_columns_at_the_end_are_left_out():
    table = read_back(Framework, FRAMEWORK, "csv")
    padded = [[*row, *[""] * 90] for row in table] + [["", " "]] * 50
    assert read_file(written(padded), "a.csv") == table
    sheet = openpyxl.Workbook()
    for row in padded:
        sheet.active.append(row)
    sheet.active.cell(3, 200).number_format = "@"
    assert read_file(saved(sheet), "a.xlsx") == table


# -- other programs' workbooks -----------------------------------------------------------------------------------------

def saved(workbook):
    out = io.BytesIO()
    workbook.save(out)
    return out.getvalue()


def workbook_of(*lines):
    workbook = openpyxl.Workbook()
    for line in lines:
        workbook.active.append(line)
    return workbook


def test_the_sheet_with_the_key_is_read():
    workbook = workbook_of(["Notes"], ["=1+1"])
    assert read_file(saved(workbook_of(["Notes"], ["x"])), "a.xlsx") == [["Notes"], ["x"]]
    workbook.create_sheet("Second").append(["Key", "en"])
    assert read_file(saved(workbook), "a.xlsx") == [["Key", "en"]]


def test_numbers_become_the_text_they_show():
    numbers = "".join(f"<c><v>{number}</v></c>" for number in ("2", "2.0", "2.5", "0.30000000000000004", "1E3"))
    sheet = worksheet(f'<sheetData><row>{numbers}<c t="b"><v>1</v></c></row></sheetData>')
    content = repacked(ORIGINAL, **{"xl/worksheets/sheet1.xml": sheet})
    assert read_file(content, "a.xlsx") == [["2", "2", "2.5", "0.3", "1000", "TRUE"]]


def test_a_workbook_saved_anew_with_shared_strings_is_the_same():
    texts = ["key", "en", "title", "=1", "a_x000D_\nb"]
    sheet = ('<sheetData><row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c></row>'
             '<row r="3"><c r="A3" t="s"><v>2</v></c><c r="B3" t="s"><v>3</v></c><c r="C3" t="s"><v>4</v></c></row>'
             "</sheetData>")
    assert read_file(shared(texts, sheet), "a.xlsx") == [["key", "en"], [], ["title", "=1", "a\r\nb"]]


def test_a_size_that_is_wrong_loses_no_rows():
    sheet = ('<dimension ref="A1:A1"/><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>key</t></is></c></row>'
             '<row r="2"><c r="B2" t="inlineStr"><is><t>x</t></is></c></row></sheetData>')
    assert read_file(repacked(ORIGINAL, **{"xl/worksheets/sheet1.xml": worksheet(sheet)}), "a") == [["key"], ["", "x"]]


# -- what is refused ---------------------------------------------------------------------------------------------------

NAMESPACE = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
ORIGINAL = to_xlsx_file(Framework, FRAMEWORK)


def part(content, name):
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return archive.read(name)


def part_as_packed(content, name):
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        member = archive.getinfo(name)
    at = member.header_offset + 30 + len(name)
    return content[at:at + member.compress_size]


def worksheet(inside, before=""):
    return f"{before}<worksheet {NAMESPACE}>{inside}</worksheet>"


# What does not pack well hides what packs too well.
NOISE = f"<!--{random.Random(1).randbytes(50_000).hex()}-->"


def repacked(content, compression=zipfile.ZIP_DEFLATED, **changed):
    """Return a zip file with members replaced or added."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", compression) as new:
        for name in [name for name in old.namelist() if name not in changed]:
            new.writestr(name, old.read(name))
        for name, data in changed.items():
            new.writestr(name, data)
    return out.getvalue()


def shared(texts, sheet):
    """Return a workbook as Excel writes it, with the texts in a part of their own."""
    types = part(ORIGINAL, "[Content_Types].xml").decode().replace("</Types>", (
        '<Override PartName="/xl/sharedStrings.xml" ContentType="application/vnd.openxmlformats-officedocument.'
        'spreadsheetml.sharedStrings+xml"/></Types>'))
    strings = "".join(f"<si><t>{text}</t></si>" for text in texts)
    return repacked(ORIGINAL, **{
        "[Content_Types].xml": types, "xl/sharedStrings.xml": f"<sst {NAMESPACE}>{strings}</sst>",
        "xl/worksheets/sheet1.xml": worksheet(sheet, NOISE)})


def refusal(content, name="sheet.xlsx"):
    """Return why a file is refused; that takes a second or two at most, here with room for a busy machine."""
    start = time.monotonic()
    with pytest.raises(BadTable) as caught:
        read_file(content, name)
    assert time.monotonic() - start < 30
    return str(caught.value)


def test_what_is_more_than_four_megabytes_is_refused():
    padding = "x" * 20_000
    lines = [["key", "en"], *[["a", padding]] * (MOST_BYTES // len(padding) + 1)]
    assert "more than 4 MB" in refusal(written(lines))
    assert read_file(written(lines[:-2]), "a.csv")


def test_macros_are_refused():
    assert "macros" in refusal(repacked(ORIGINAL, **{"xl/vbaProject.bin": b"x"}))
    assert "macros" in refusal(ORIGINAL, "sheet.XLSM")


def test_other_spreadsheet_files_are_refused_with_a_way_out():
    assert "old Excel" in refusal(bytes.fromhex("D0CF11E0A1B11AE1") + b"\0" * 600, "sheet.xls")
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as ods:
        ods.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        ods.writestr("content.xml", "<x/>")
    told = refusal(out.getvalue(), "sheet.ods")
    assert ".ods" in told and "save it as .xlsx or as CSV" in told


@pytest.mark.parametrize("content", [
    ORIGINAL[:len(ORIGINAL) // 2], ORIGINAL[:100], b"PK\x03\x04", b"PK\x05\x06" + b"\0" * 18,
    ORIGINAL.replace(b"xl/worksheets/sheet1.xml", b"xl/worksheets/sheet2.xml"),
    ORIGINAL.replace(part_as_packed(ORIGINAL, "xl/worksheets/sheet1.xml"), b"\xff" * 1000),
    repacked(ORIGINAL, **{"xl/workbook.xml": "<nothing/>"}),
    repacked(ORIGINAL, **{"xl/worksheets/sheet1.xml": "<worksheet><"}),
    repacked(ORIGINAL, **{"xl/worksheets/sheet1.xml": worksheet(
        '<sheetData><row><c t="s"><v>7</v></c></row></sheetData>')}),
], ids=["half", "a little", "a beginning", "an end", "a sheet missing", "packed badly", "no workbook", "no XML",
        "a text that is missing"])  # a name made of the bytes would hold the time
def test_a_damaged_workbook_is_refused(content):
    assert "may be damaged" in refusal(content)


@settings(max_examples=60)
@given(st.integers(0, len(ORIGINAL) - 1), st.binary(min_size=1, max_size=30))
def test_a_file_with_any_bytes_wrong_is_read_or_refused_and_nothing_else(at, junk):
    with contextlib.suppress(BadTable):
        assert isinstance(read_file(ORIGINAL[:at] + junk + ORIGINAL[at + len(junk):], "a.xlsx"), list)


def test_a_zip_bomb_is_refused_before_it_is_unpacked():
    tracemalloc.start()
    try:
        high = repacked(ORIGINAL, **{"xl/worksheets/sheet1.xml": b" " * 30 * 2**20})
        page = random.Random(1).randbytes(2**13) * 2**7
        many = repacked(ORIGINAL, **{f"xl/media/{number}": page for number in range(41)})
        assert max(len(high), len(many)) < MOST_BYTES
        tracemalloc.reset_peak()
        before = tracemalloc.get_traced_memory()[1]
        for content in (high, many):
            assert "unpacks to far more" in refusal(content)
        assert tracemalloc.get_traced_memory()[1] - before < 2**20
    finally:
        tracemalloc.stop()


def test_a_member_bigger_than_it_says_is_not_unpacked_beyond_that():
    """Its size and its checksum in the list of members are those of its first bytes."""
    size, real = 2000, worksheet(" " * 100 * 2**20).encode()
    content = bytearray(repacked(ORIGINAL, **{"xl/worksheets/sheet1.xml": real}))
    at = content.rindex(b"PK\x01\x02", 0, content.rindex(b"xl/worksheets/sheet1.xml"))
    content[at + 16:at + 28] = struct.pack("<III", zlib.crc32(real[:size]), *struct.unpack("<I", content[
        at + 20:at + 24]), size)
    tracemalloc.start()
    try:
        assert "may be damaged" in refusal(bytes(content))
        assert tracemalloc.get_traced_memory()[1] < 10 * 2**20
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("compression", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_packing_that_has_no_limit_is_refused(compression):
    assert "unpacks to far more" in refusal(repacked(ORIGINAL, compression))


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "ha" * 50}">' for n in range(10))
BOMB = f"<!DOCTYPE worksheet [{LAUGHS}]>"
LAUGHING = worksheet("<sheetData><row><c t='inlineStr'><is><t>&l9;</t></is></c></row></sheetData>", BOMB)


@pytest.mark.parametrize("xml", [
    LAUGHING.encode(), codecs.BOM_UTF8 + LAUGHING.encode(), b"<!-- " + b"x" * 10_000 + b" -->" + LAUGHING.encode(),
    LAUGHING.encode("utf-16"), LAUGHING.encode("utf-16-le"),
    f'<?xml version="1.0" encoding="UTF-16"?>{LAUGHING}'.encode("utf-16"),
    f'<?xml version="1.0" encoding="utf-7"?>{worksheet("<sheetData/>")}'.encode(),
    f"<?xml version='1.0' encoding='cp037'?>{LAUGHING}".encode("cp037"),
    worksheet("<sheetData/>", '<!DOCTYPE worksheet SYSTEM "file:///etc/passwd">').encode(),
])
@pytest.mark.parametrize("name", ["xl/worksheets/sheet1.xml", "xl/workbook.xml", "xl/styles.xml", "[Content_Types].xml",
                                  "xl/_rels/workbook.xml.rels"])
def test_entities_are_refused_in_every_part(name, xml):
    assert "no spreadsheet program writes" in refusal(repacked(ORIGINAL, **{name: xml}))


def test_text_about_entities_is_just_text():
    data = {**FRAMEWORK, "title": {"en": "<!DOCTYPE x [<!ENTITY a 'b'>]>", "ar": "&a;"}}
    assert read_back(Framework, data, "xlsx")[1][2:] == ["<!DOCTYPE x [<!ENTITY a 'b'>]>", "&a;"]


def test_parts_that_are_not_read_do_no_harm():
    content = repacked(ORIGINAL, **{"docProps/core.xml": "<broken", "xl/theme/theme1.xml": LAUGHING,
                                    "xl/media/a.png": b"x", "customXml/item1.xml": "<?"})
    assert read_file(content, "a.xlsx") == read_file(ORIGINAL, "a.xlsx")


def test_more_elements_than_a_parser_should_see_are_refused():
    for name, xml in (("xl/worksheets/sheet1.xml", worksheet("<sheetData><row>" + "<c/>" * 1_300_000)),
                      ("xl/styles.xml", f"<styleSheet {NAMESPACE}><cellXfs>" + "<xf/>" * 60_000)):
        assert "far more cells" in refusal(repacked(ORIGINAL, **{name: NOISE + xml}))


@pytest.mark.parametrize(("value", "what"), [("=1+1", "a formula"), ("#N/A", "an error"),
                                             (datetime.date(2026, 1, 2), "a date")])
def test_a_cell_that_is_no_text_is_refused_with_its_place(value, what):
    told = refusal(saved(workbook_of(["key", "place", "en"], ["a", "b", "c"], ["d", "e", value])))
    assert f"Row 3, column C holds {what}" in told and "format 'Text'" in told


def test_a_workbook_of_a_hundred_thousand_rows_is_refused():
    workbook = openpyxl.Workbook(write_only=True)
    sheet = workbook.create_sheet()
    for number in range(100_000):
        sheet.append([number])
    assert f"more than {MOST_ROWS} rows" in refusal(saved(workbook))


@pytest.mark.parametrize("sheet", [
    "<sheetData>" + "<row/>" * 500_000 + "</sheetData>",
    '<sheetData><row r="1"><c r="A1"/></row><row r="99999999999"><c/></row></sheetData>',
])
def test_rows_with_nothing_in_them_are_counted_too(sheet):
    content = repacked(ORIGINAL, **{"xl/worksheets/sheet1.xml": worksheet(sheet, NOISE)})
    assert f"more than {MOST_ROWS} rows" in refusal(content)


def test_csv_of_a_million_rows_is_refused():
    assert f"more than {MOST_ROWS} rows" in refusal(b"key,en\n" + b"a,b\n" * 1_000_000, "a.csv")
    assert f"more than {MOST_ROWS} rows" in refusal(b"key,en\n" + b"\n" * 4_000_000, "a.csv")
    assert len(read_file(b"key,en\n" + b"a,b\n" * (MOST_ROWS - 1), "a.csv")) == MOST_ROWS


def test_too_many_columns_and_too_long_cells_are_refused():
    wide = ["key", *["x"] * MOST_COLUMNS]
    assert f"Row 1 has more than {MOST_COLUMNS} columns" in refusal(written([wide]), "a.csv")
    assert f"Row 1 has more than {MOST_COLUMNS} columns" in refusal(saved(workbook_of(wide)))
    assert read_file(written([wide[:-1]]), "a.csv") == [wide[:-1]]
    long = [["key", "en"], ["a", "x" * 40_001]]
    assert "Row 2, column B has 40001 characters" in refusal(written(long), "a.csv")
    assert "cannot be read as CSV" in refusal(written([["key"], ["x" * 200_000]]), "a.csv")
    assert read_file(written([["key"], ["x" * 40_000]]), "a.csv")


def test_one_long_text_many_times_is_refused():
    sheet = "<sheetData>" + ("<row>" + '<c t="s"><v>0</v></c>' * 50 + "</row>") * 900 + "</sheetData>"
    assert "too much text" in refusal(shared(["x" * 39_000], sheet))


@pytest.mark.parametrize("content", ["key,en\ntitle,Año\n".encode("latin-1"), "key,ar\na,سلام\n".encode("cp1256"),
                                     "key,en\ntitle,x\n".encode("utf-16-le"), b"\x89PNG\r\n\x1a\n\0\0",
                                     b"%PDF-1.7\xff"])
def test_a_file_whose_letters_cannot_be_told_is_refused(content):
    told = refusal(content, "a.csv")
    assert "CSV UTF-8" in told and ".xlsx" in told


def test_a_quotation_mark_without_its_end_is_refused():
    assert "cannot be read as CSV" in refusal(b'key,en\ntitle,"Home\nabout,x\n', "a.csv")


# -- taking over -------------------------------------------------------------------------------------------------------

def told(upload):
    return {(problem.row, problem.column): problem.message for problem in upload.problems}


@pytest.mark.parametrize(("table", "row", "column", "hint"), [
    ([], 1, "", "no 'key'"),
    ([["title", "en"], ["title", "x"]], 1, "", "no 'key'"),
    ([["key", "place"], ["title", "x"]], 1, "", "No column has a language"),
    ([["key", "en", "notes"], ["title", "Home"]], 1, "notes", "not a language tag"),
    ([["key", "en", "English"], ["title", "Home"]], 1, "English", "not a language tag"),
    ([["key", "en", "UK"], ["title", "Home"]], 1, "UK", "not a language tag"),
    ([["key", "en", "my notes"], ["title", "Home"]], 1, "my notes", "not a language tag"),
    ([["key", "en", "en"], ["title", "Home", "House"]], 1, "en", "two columns"),
    ([["key", "en", "EN (English)"], ["title", "Home"]], 1, "EN (English)", "two columns"),
    ([["key", "en", "key"], ["title", "Home"]], 1, "key", "two columns"),
    ([["key", "en", "", ""], ["title", "Home", "", "a note"]], 1, "", "Column D has texts but no header"),
    ([["key", "en"], ["title", "Home", "a note"]], 1, "", "Column C has texts but no header"),
    ([["key", "en"], ["title", "Home"], ["gone/title", "x"]], 3, "key", "belongs to no text"),
    ([["key", "en"], ["", "x"]], 2, "key", "belongs to no text"),
    ([["key", "en"], ["title", "Home"], [], ["title", "House"]], 4, "key", "stands in row 2"),
    ([["key", "en"], ["title", "a\x07b"]], 2, "en", "control character"),
    ([["key", "en"], ["title", "a\ud800b"]], 2, "en", "control character"),
    ([["key", "en"], ["title", "x" * 2001]], 2, "en", "Shorten"),
    ([["key", "ar – العربية"], ["areas/rights/competences/my-rights/statements/know/audio", "javascript:x"]], 2,
     "ar – العربية", "audio address"),
])
def test_what_is_wrong_is_told_with_row_and_column(table, row, column, hint):
    assert hint in told(taken_over(Framework, FRAMEWORK, table))[row, column]


@pytest.mark.parametrize("text", ["<p>a\x07b</p>", "<p>a\ud800b</p>", "a\x00b"])
def test_characters_that_cannot_be_kept_are_told_in_rich_text_too(text):
    upload = taken_over(Module, MODULE, [["key", "en"], ["steps/law/fallback/text", text]])
    assert "control character" in told(upload)[2, "en"] and upload.changes == ()


def test_mistakes_are_told_in_the_order_of_the_sheet():
    table = [["key", "en", "?"], ["gone", "x"], ["areas/rights/title", "x\x01"], ["title", "\x01"], ["title", "x"]]
    assert [problem.row for problem in taken_over(Framework, FRAMEWORK, table).problems] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("header", [" ar ", "ar – العربية", "ar (Arabic)", "ar — x", "ar - x", "ar: x", "AR",
                                    "\ufeffar", "ar\u00a0"])
def test_a_header_may_say_more_than_the_tag(header):
    upload = taken_over(Framework, FRAMEWORK, [[" Key", header], [" title ", "بيت"]])
    assert upload.problems == () and upload.languages == ()
    assert upload.data["title"] == {"en": "Home", "ar": "بيت"}


def test_columns_may_stand_in_any_order_and_rows_may_be_missing():
    upload = taken_over(Framework, FRAMEWORK, [["ar", "Place", "key"], ["حقوق", "?", "areas/rights/title"]])
    assert upload.problems == ()
    assert upload.changes == (Change(("areas", 0, "title", "ar"), "areas/rights/title",
                                     "Rights and equal treatment › title", "ar", "", "حقوق"),)


def test_changes_come_in_the_order_of_the_document():
    table = read_back(Framework, FRAMEWORK, "csv")
    with_cell(table, "title", en="House", ar="منزل")
    with_cell(table, "areas/rights/title", ar="حقوق")
    upload = taken_over(Framework, FRAMEWORK, [table[0], *reversed(table[1:])])
    assert [change.path for change in upload.changes] == [
        ("title", "en"), ("title", "ar"), ("areas", 0, "title", "ar")]


@pytest.mark.parametrize("empty", ["", "  ", "\n", "\u00a0"])
def test_an_empty_cell_deletes_nothing(empty):
    table = [[cell if column < 2 or number == 0 else empty for column, cell in enumerate(row)]
             for number, row in enumerate(read_back(Framework, FRAMEWORK, "csv"))]
    upload = taken_over(Framework, FRAMEWORK, table)
    assert (upload.data, upload.changes, upload.problems) == (FRAMEWORK, (), ())


def test_white_space_around_and_in_a_text_is_no_change_and_is_not_kept():
    upload = taken_over(Framework, FRAMEWORK, edited(Framework, FRAMEWORK, key="title", en=" Home\n", ar="الـ \n بيت "))
    assert column_of(upload, "title") == {"ar": "الـ بيت"}


def test_rich_text_is_compared_and_kept_as_the_document_keeps_it():
    key = "steps/law/notes/ES/text"
    same = taken_over(Module, MODULE, edited(Module, MODULE, key=key, en="<p> In  <strong>Spain</strong>\n</p>"))
    assert (same.changes, same.problems) == ((), ())
    upload = taken_over(Module, MODULE, edited(Module, MODULE, key=key, ar="<p onclick='x()'>في</p>\n<p>x</p>"))
    assert column_of(upload, key) == {"ar": "<p>في</p><p>x</p>"} and upload.problems == ()


def test_rich_text_of_which_nothing_may_be_kept_is_told_and_deletes_nothing():
    data = copy.deepcopy(MODULE)
    data["steps"][0]["fallback"]["text"]["ar"] = "<p>x</p>"
    table = edited(Module, data, key="steps/law/fallback/text", ar="<script>x</script>")
    upload = taken_over(Module, data, table)
    assert "Nothing of this text may be shown" in told(upload)[
        [row[0] for row in table].index("steps/law/fallback/text") + 1, "ar"]


def test_a_language_is_added_only_with_a_text_in_it():
    table = read_back(Framework, FRAMEWORK, "csv")
    header = [*table[0], "uk", "fr"]
    upload = taken_over(Framework, FRAMEWORK, [header, *table[1:]])
    assert (upload.languages, upload.data, upload.problems) == ((), FRAMEWORK, ())
    upload = taken_over(Framework, FRAMEWORK, [header, ["title", "title", "Home", "", "", "Chez moi"], *table[2:]])
    assert upload.languages == ("fr",) and upload.data["languages"] == ["en", "ar", "fr"]
    assert upload.problems == () and upload.data["title"]["fr"] == "Chez moi"


def test_a_text_that_is_not_there_yet_gets_its_place():
    data = copy.deepcopy(FRAMEWORK)
    del data["title"]
    upload = taken_over(Framework, data, [["key", "en"], ["title", "Home"]])
    assert upload.data["title"] == {"en": "Home"} and upload.problems == ()


def test_the_given_document_is_never_changed():
    before = copy.deepcopy(FRAMEWORK)
    upload = taken_over(Framework, FRAMEWORK, [["key", "en", "fr"], ["title", "House", "Chez moi"]])
    assert before == FRAMEWORK != upload.data
    assert taken_over(Framework, FRAMEWORK, []).data is not FRAMEWORK


def test_a_mistake_at_the_text_or_the_value_around_it_is_told_at_its_row():
    table = read_back(Module, MODULE, "csv")
    number = [row[0] for row in table].index("steps/which/options/b/text") + 1
    upload = taken_over(Module, MODULE, with_cell(table, "steps/which/options/b/text", ar="هذا"))
    assert "say the same" in told(upload)[number, "ar"]


def test_a_new_mistake_elsewhere_is_told_for_the_whole_sheet():
    upload = taken_over(Module, MODULE, edited(Module, MODULE, key="steps/which/options/a/text", ar="ذلك"))
    assert upload.problems == (RowProblem(None, "", upload.problems[0].message),)
    assert "steps/1/options/1" in upload.problems[0].message and "say the same" in upload.problems[0].message


def test_one_wrong_row_is_a_problem_beside_the_good_ones():
    """Whoever calls takes over nothing where there are problems."""
    upload = taken_over(Framework, FRAMEWORK, [["key", "en"], ["title", "House"], ["areas/rights/title", "x" * 3000]])
    assert [problem.row for problem in upload.problems] == [3]
    assert len(upload.changes) == 2


# -- drafts ------------------------------------------------------------------------------------------------------------

def test_mistakes_a_draft_has_already_are_not_the_translators():
    data = copy.deepcopy(FRAMEWORK)
    data["id"] = "My Home"
    data["areas"][0]["title"] = {"en": "a\x00b", "ar": "x" * 2001}
    upload = taken_over(Framework, data, edited(Framework, data, key="title", ar="بيت"))
    assert upload.problems == () and column_of(upload, "title") == {"ar": "بيت"} and len(upload.changes) == 1


def test_an_id_twice_gives_rows_with_names_of_their_own():
    data = copy.deepcopy(FRAMEWORK)
    data["areas"] *= 2
    keys = [row.key for row in rows(Framework, data)]
    assert len(set(keys)) == len(keys) and "areas/rights/title~2" in keys
    upload = taken_over(Framework, data, edited(Framework, data, key="areas/rights/title~2", ar="حقوق"))
    assert [change.path for change in upload.changes] == [("areas", 1, "title", "ar")] and upload.problems == ()


def test_a_list_for_values_without_a_name_uses_their_position():
    data = copy.deepcopy(FRAMEWORK)
    del data["areas"][0]["id"]
    assert "areas/0/title" in [row.key for row in rows(Framework, data)]


@pytest.mark.parametrize("kind", FILES)
def test_a_text_too_long_for_a_cell_comes_back_whole(kind):
    data = {**FRAMEWORK, "title": {"en": "x" * 50_000}}
    upload = taken_over(Framework, data, read_back(Framework, data, kind))
    assert (upload.changes, upload.problems, upload.data) == ((), (), data)


@pytest.mark.parametrize("languages", [None, "en", [], [None, {}, "English", "en", "en"], ["key"]])
def test_a_draft_without_proper_languages_has_a_sheet(languages):
    data = {**FRAMEWORK, "languages": languages}
    table = read_back(Framework, data, "xlsx")
    assert table[0][:2] == ["key", "place"] and len(table) > 5
    upload = taken_over(Framework, data, [["key", "fr"], ["title", "Chez moi"]])
    assert upload.languages == ("fr",) and upload.data["title"]["fr"] == "Chez moi"


JUNK = st.sampled_from([None, True, 7, 1.5, "", "a/b", "=x", "\x00", "\ud800", [], [[]], {}, {"en": 3}, {"en": "\x01x"},
                        [{"id": [], "title": {"en": "x"}}], {"id": {}}, "x" * 40_500])


@pytest.mark.parametrize("data", [None, [], "x", {}, {"areas": [None, 3]}])
@pytest.mark.parametrize("kind", FILES)
def test_what_is_no_document_at_all_does_no_harm(kind, data):
    assert taken_over(Framework, data, read_back(Framework, data, kind)).data == data


@settings(max_examples=60)
@given(framework_data(), st.lists(st.tuples(st.integers(0, 200), JUNK), min_size=1, max_size=4),
       st.sampled_from(sorted(FILES)))
def test_a_draft_with_mistakes_goes_out_and_comes_back_unchanged(data, mistakes, kind):
    for number, junk in mistakes:
        places = list(inside(data))
        holder, name = places[number % len(places)]
        holder[name] = copy.deepcopy(junk)
    before = copy.deepcopy(data)
    upload = taken_over(Framework, data, read_back(Framework, data, kind))
    assert upload.data == data == before and upload.changes == ()
    assert all("No column has a language" in problem.message for problem in upload.problems)
    for key in [row.key for row in rows(Framework, data)][:20]:
        taken_over(Framework, data, [["key", "en", "fr"], [key, "x", "y"]])


def inside(data):
    """Yield (holder, name or number) of everything in plain data."""
    for name, each in data.items() if isinstance(data, dict) else enumerate(data):
        yield data, name
        if isinstance(each, dict | list):
            yield from inside(each)


@given(st.lists(st.lists(st.sampled_from(["key", "en", "fr", "title", "", "x", "\x01", "place", "ar (x)",
                                          "scale/levels/0/label"]), max_size=5), max_size=6))
def test_any_table_gives_an_upload(table):
    upload = taken_over(Framework, FRAMEWORK, table)
    assert upload.problems or Framework.from_data(upload.data)
