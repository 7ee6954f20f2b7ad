"""Documents nobody thought of, by every way an author's document comes in, and what must hold of each.

A right document of either kind is changed: byte by byte, in its structure, or in its values; as OLX, as JSON, as a
spreadsheet.
"""

import base64
import csv
import io
import json
import time
import warnings
import zipfile
from dataclasses import dataclass
from functools import cache
from xml.sax.saxutils import escape, quoteattr

import openpyxl
from hypothesis import strategies as st
from lxml import etree
from workbench.runtime import ID_MANAGER

from host.people import BY_KEY
from host.runtime import HostRuntime
from migrempower_xblock.authoring import sheets
from migrempower_xblock.olx import FRAMEWORK_OLX, MODULE_OLX
from migrempower_xblock.schema import LONGEST_RICH_TEXT
from migrempower_xblock.uploaded_tables import MOST_BYTES

from .hostile_requests import Changed, Sent, answered_by, opened, strict
from .hostile_values import ODD_NUMBERS, ODD_TEXTS, altered, written
from .test_docs import FRAMEWORK_PART, MODULE_PART, examples

FORMATS = {"migrempower_self_evaluation": FRAMEWORK_OLX, "migrempower_training_module": MODULE_OLX}
UNITS = {"migrempower_self_evaluation": "own-framework", "migrempower_training_module": "own-module"}
# Units whose documents are changed: small ones.
SOURCES = {"migrempower_self_evaluation": ("two-on-one-page",),
           "migrempower_training_module": ("every-kind", "secrets")}
# What fits into more places than it should.
TOKENS = (
    b"<!DOCTYPE x [<!ENTITY a 'b'>]>", b"&a;", b"&#0;", b"&#x10ffff;", b"&amp;amp;", b"]]>", b"<![CDATA[<b>]]>",
    b"<?a b?>", b"<!-- -- -->", b"<x:y xmlns:x='z'/>", b" xmlns='a'", b" xml:lang='en'", b"</title>",
    b"<title>", b"<area>", b"<step/>", b"\0", b"\xff", b"\xef\xbb\xbf", b"\xed\xa0\x80",
    b"<?xml version='1.0' encoding='utf-7'?>", b"<xi:include href='/x'/>",
    b"{gap}", b"|", b",", b'"', b"'", b"\n", b"\r", b";", b"\t", b"=", b"_x0000_", b"PK\x03\x04", b"true", b"1e999",
    b"<b a=1>" * 40, b"<p>" * 300, b"[" * 900)
CELLS = (None, "", "=1+1", "'=1", "_x0041_", 3, 2.5, True, "\t", "x" * 32_000, "<script>", "en", "key", "ar (Arabic)")
DRAFTS = ("studio_check", "studio_save", "studio_preview", "studio_write_file")
REFUSALS = (400, 409, 413, 422)


@dataclass(frozen=True)
class Given:
    """A document on its way in: ``way`` is a handler of Studio's form, or "olx"; ``content`` the body or the OLX."""

    way: str
    block_type: str
    content: bytes

    def __repr__(self):
        content = self.content if len(self.content) < 3_000 else self.content[:3_000] + b" and more"
        return f"Given({self.way}, {self.block_type}, {len(self.content)} bytes: {content!r})"


# -- right ones --------------------------------------------------------------------------------------------------------

@cache
def rights(block_type):
    """Return the documents of ``SOURCES`` as values, the one of ``docs/olx.rst`` with all there can be, and one with
    rich text as long as can be.
    """
    found = [opened(unit, "author") for unit in SOURCES[block_type]]
    found = [each.runtime.get_block(each.children[0]) if each.has_children else each for each in found]
    form, part = FORMATS[block_type], {"framework": FRAMEWORK_PART, "module": MODULE_PART}
    example = etree.fromstring(examples(part[form.tag])[1]).find(form.tag)
    documents = [*(each.load_document() for each in found), form.from_element(example)]
    if block_type == "migrempower_training_module":
        data = documents[0].to_data()
        read = next(step for step in data["steps"] if step["kind"] == "read")
        read["text"] = dict.fromkeys(data["languages"], "<p>" + "x" * (LONGEST_RICH_TEXT - 7) + "</p>")
        documents.append(MODULE_OLX.from_data(data))
    return documents


@cache
def table(block_type, number, write):
    """Return a right document's table, the same each time: a workbook says when it was made."""
    return write(FORMATS[block_type].cls, rights(block_type)[number].to_data())


def olx(document, block_type):
    """Return the OLX of a block with a document."""
    return f"<{block_type} display_name='Tea'>{FORMATS[block_type].to_text(document)}</{block_type}>".encode()


# -- changed -----------------------------------------------------------------------------------------------------------

@st.composite
def spoilt(draw, content, most=4):
    """Draw bytes with some cut out, put in, repeated or overwritten."""
    for _ in range(draw(st.integers(1, most))):
        start = draw(st.integers(0, len(content)))
        end = min(len(content), start + draw(st.integers(0, 60)))
        how = draw(st.sampled_from(("token", "token", "junk", "cut", "twice", "end")))
        put = {"token": lambda: draw(st.sampled_from(TOKENS)), "junk": lambda: draw(st.binary(max_size=6)),
               "cut": lambda: b"", "twice": lambda start=start, end=end, content=content: content[start:end] * 3,
               "end": lambda: b""}[how]()
        content = content[:start] + put + (b"" if how == "end" else content[start if how == "token" else end:])
    return content


@st.composite
def moved(draw, content, most=4):
    """Draw XML whose elements and attributes are not where they were, or hold what they should not."""
    root = etree.fromstring(content)
    for _ in range(draw(st.integers(1, most))):
        nodes = list(root.iter(etree.Element))[:400]
        node, other = draw(st.sampled_from(nodes)), draw(st.sampled_from(nodes))
        how = draw(st.sampled_from(("gone", "moved", "twice", "renamed", "attribute", "attribute", "text", "text",
                                    "lost", "deep", "comment")))
        if how == "gone" and node is not root:
            node.getparent().remove(node)
        elif how == "moved" and node is not root and node not in other.iterancestors() and node is not other:
            other.append(node)
        elif how == "twice" and node is not root and len(nodes) < 200:
            node.addnext(etree.fromstring(etree.tostring(node, with_tail=False)))
        elif how == "renamed":
            node.tag = draw(st.sampled_from([each.tag for each in nodes] + ["{a}b", "x"]))
        elif how == "lost" and node.attrib:
            del node.attrib[draw(st.sampled_from(sorted(node.attrib)))]
        elif how == "deep":
            for _ in range(draw(st.sampled_from((3, 30, 230)))):
                node = etree.SubElement(node, node.tag)
        elif how == "comment":
            node.insert(0, etree.Comment(" x "))
        else:
            text = draw(st.sampled_from(ODD_TEXTS) | st.sampled_from(ODD_NUMBERS).map(str) | st.text(max_size=8))
            text = "".join(each for each in text if each.isprintable())
            if how == "attribute":
                known = sorted({name for each in nodes for name in each.attrib}) + ["x", "{a}b"]
                node.set(draw(st.sampled_from(sorted(node.attrib) or known) | st.sampled_from(known)), text)
            else:
                node.text = text
    return etree.tostring(root)


@st.composite
def sheet(draw, block_type, number):
    """Draw a translators' table: a workbook or CSV with rows, cells or bytes that are not as they were."""
    kind = draw(st.sampled_from(("cells", "csv", "csv", "parts", "bytes", "ods")))
    if kind == "csv":
        return draw(spoilt(table(block_type, number, sheets.to_csv_file)))
    if kind == "ods":
        content = table(block_type, number, ods_of)
        return draw(st.just(content) | spoilt(content) | members(content))
    content = table(block_type, number, sheets.to_xlsx_file)
    if kind == "bytes":
        return draw(spoilt(content))
    return draw((cells if kind == "cells" else members)(content))


@st.composite
def cells(draw, content):
    """Draw a workbook with some cells changed."""
    workbook = openpyxl.load_workbook(io.BytesIO(content))
    page = workbook.active
    for _ in range(draw(st.integers(1, 5))):
        cell = page.cell(draw(st.integers(1, page.max_row + 2)), draw(st.integers(1, 8)))
        cell.value = draw(st.sampled_from(CELLS) | st.sampled_from((1, 10**6, 0.5, -1)))
    out = io.BytesIO()
    workbook.save(out)
    return out.getvalue()


@st.composite
def members(draw, content):
    """Draw a workbook with members of the zip file spoilt, missing, surplus, twice, or packed another way."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        found = [(name, archive.read(name)) for name in archive.namelist()]
    for _ in range(draw(st.integers(1, 3))):
        number = draw(st.integers(0, len(found) - 1))
        name, data = found[number]
        how = draw(st.sampled_from(("spoilt", "spoilt", "missing", "twice", "renamed", "empty")))
        if how == "missing" and len(found) > 1:
            del found[number]
        elif how == "twice":
            found.append((name, data[:100]))
        elif how == "renamed":
            found[number] = draw(st.sampled_from(("../../x.xml", "/xl/workbook.xml", name.upper(), "xl/vbaProject.bin",
                                                  "content.xml"))), data
        else:
            found[number] = name, b"" if how == "empty" else draw(spoilt(data))
    out = io.BytesIO()
    packing = draw(st.sampled_from((zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED, zipfile.ZIP_BZIP2)))
    with warnings.catch_warnings(), zipfile.ZipFile(out, "w", packing) as archive:
        warnings.simplefilter("ignore")  # of names that are there twice
        for name, data in found:
            archive.writestr(zipfile.ZipInfo(name), data, archive.compression)
    return out.getvalue()


@st.composite
def documents(draw):
    """Draw a ``Given`` of either kind and any way."""
    block_type = draw(st.sampled_from(sorted(FORMATS)))
    number = draw(st.integers(0, len(rights(block_type)) - 1))
    document = rights(block_type)[number]
    way = draw(st.sampled_from(("olx", "olx", "studio_read_file", "studio_read_file", *DRAFTS)))
    data = document.to_data()
    if way == "olx":
        return Given(way, block_type, draw(draw(st.sampled_from((spoilt, moved, moved)))(olx(document, block_type))))
    if way != "studio_read_file":
        kind = draw(st.sampled_from(("csv", "xlsx", "json", "xml")))
        return Given(way, block_type, draft(block_type, draw(altered(data, 5)), kind))
    kind = draw(st.sampled_from(("xml", "json", "sheet", "sheet")))

    def xml():
        return FORMATS[block_type].to_text(document).encode()

    content = draw({
        "xml": lambda: spoilt(xml()) | moved(xml()),
        "json": lambda: altered(data).map(lambda found: written(found).encode()) | spoilt(
            json.dumps(data).encode()),
        "sheet": lambda: sheet(block_type, number)}[kind]())
    name = {"sheet": draw(st.sampled_from(("a.xlsx", "a.csv", "a.ods", "")))}.get(kind, f"a.{kind}")
    return Given(way, block_type, file_body(data, name, content))


def draft(block_type, data, kind):
    """Return the body of any other request of Studio's form: with a document, to be written as a ``kind`` of file."""
    return written({"document": data, "settings": {}, "state": {}, "kind": kind,
                    "revision": opened(UNITS[block_type], "author")._revision()}).encode()


def file_body(data, name, content):
    """Return the body of a request of ``studio_read_file``."""
    return json.dumps({"document": data, "name": name, "content": base64.b64encode(content).decode()}).encode()


# -- bombs -------------------------------------------------------------------------------------------------------------

LAUGHS = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
NUMBERS = ("1e309", "-1e309", "9" * 5_000, "-" + "9" * 5_000, "1e-400", "NaN", "Infinity")
SHEET = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
RELATIONS = ('<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship '
             'Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" '
             'Target="http://127.0.0.1:{port}/sheet1.xml" TargetMode="External"/></Relationships>')


SECRET_FILE = '<!ENTITY e SYSTEM "file:///etc/passwd">'


def xml_bombs(times, port):
    """Return {name: XML} of either kind of document, its outermost element written ``{tag}``."""
    address = f"http://127.0.0.1:{port}/"
    return {
        "billion laughs": f'<!DOCTYPE x [<!ENTITY e0 "lol">{LAUGHS}]><{{tag}}><title>&e11;</title></{{tag}}>',
        "billion laughs in an attribute": f'<!DOCTYPE x [<!ENTITY e0 "lol">{LAUGHS}]><{{tag}} id="&e11;"/>',
        "quadratic blow-up": f'<!DOCTYPE x [<!ENTITY e "{"x" * 50_000}">]><{{tag}}><title>{"&e;" * 3_000 * times}'
                             "</title></{tag}>",
        "an entity of a file": f'<!DOCTYPE x [{SECRET_FILE}]><{{tag}}><title>&e;</title></{{tag}}>',
        "an entity of the web": f'<!DOCTYPE x [<!ENTITY e SYSTEM "{address}">]><{{tag}}><title>&e;</title></{{tag}}>',
        "a parameter entity": f'<!DOCTYPE x [<!ENTITY % e SYSTEM "{address}">%e;]><{{tag}}/>',
        "a document type of the web": f'<!DOCTYPE x SYSTEM "{address}x.dtd"><{{tag}}/>',
        "a document type of a file": '<!DOCTYPE x SYSTEM "file:///etc/passwd"><{tag}/>',
        "a schema and a stylesheet": f'<?xml-stylesheet href="{address}"?><{{tag}} xmlns:xsi="http://www.w3.org/2001/'
                                     f'XMLSchema-instance" xsi:schemaLocation="x {address}"/>',
        "XInclude": '<{tag} xmlns:xi="http://www.w3.org/2001/XInclude"><title xml:lang="en"><xi:include parse="text" '
                    'href="file:///etc/passwd"/></title></{tag}>',
        "deep nesting": "<{tag}>" + "<area>" * 10_000 + "</area>" * 10_000 + "</{tag}>",
        "deep rich text": "<{tag}><read><text xml:lang='en'>" + "<b>" * 240 + "</b>" * 240 + "</text></read></{tag}>",
        "many attributes": "<{tag} " + " ".join(f'a{n}=""' for n in range(20_000 * times)) + "/>",
        "many elements": "<{tag}>" + "<x/>" * 30_000 * times + "</{tag}>",
        "many known elements": "<{tag}>" + "<area/><read/>" * 10_000 * times + "</{tag}>",
        "many languages": "<{tag} languages='en'>" + "".join(
            f"<title xml:lang='l{n}'>x</title>" for n in range(5_000 * times)) + "</{tag}>",
        "a long name": f"<{{tag}}><{'a' * 100_000 * times}/></{{tag}}>",
        "a long value": f'<{{tag}} id="{"a" * 100_000 * times}" version="1"/>',
        "a long text": f"<{{tag}}><title xml:lang='en'>{'a' * 100_000 * times}</title></{{tag}}>",
        **{f"the number {number[:8]}": f'<{{tag}} minutes="{number}" points="{number}"><scale><level value="{number}"/>'
           f'</scale><choice points="{number}" attempts="{number}"/></{{tag}}>' for number in NUMBERS},
    }


def json_bombs(times):
    """Return {name: JSON}."""
    return {
        "deep lists": "[" * 100_000, "deep objects": '{"a":' * 100_000,
        "deep lists in a document": '{"areas":' + "[" * 900 + "]" * 900 + "}",
        "many values": '{"areas":[' + "{}," * 20_000 * times + "{}]}",
        "many languages": '{"languages":["en"],"title":{' + ",".join(
            f'"l{n}":"x"' for n in range(10_000 * times)) + "}}",
        "a long key": '{"' + "a" * 100_000 * times + '":1}', "one key many times": "{" + '"id":1,' * 20_000 + '"id":1}',
        **{f"the number {number[:8]}": f'{{"minutes":{number},"scale":{{"levels":[{{"value":{number}}}]}},"steps":'
           f'[{{"kind":"choice","points":{number},"attempts":{number}}}]}}' for number in NUMBERS},
    }


def rich_bomb(number=100):
    """Return a text in which a parser opens ``number`` elements anew in each of thousands of paragraphs."""
    text = "<p>" + "".join(f"<strong a={n}>" for n in range(number))
    return text + "<p>x" * ((LONGEST_RICH_TEXT - len(text)) // 4)


def zipped(members):
    """Return a zip file of ``{name: text, bytes, or pieces of bytes}``."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            with archive.open(name, "w", force_zip64=True) as member:
                for piece in [data] if isinstance(data, str | bytes) else data:
                    member.write(piece.encode() if isinstance(piece, str) else piece)
    return out.getvalue()


def workbook(**changed):
    """Return a translators' workbook with members of the zip file replaced or added."""
    with zipfile.ZipFile(io.BytesIO(table("migrempower_self_evaluation", 0, sheets.to_xlsx_file))) as old:
        return zipped({name: old.read(name) for name in old.namelist()} | changed)


ODS = "application/vnd.oasis.opendocument.spreadsheet"
ODS_SHEET = ('<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
             'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
             'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet><table:table>'
             "{rows}</table:table></office:spreadsheet></office:body></office:document-content>")


def opendocument(content, **more):
    """Return a spreadsheet as LibreOffice saves it of its own accord."""
    return zipped({"mimetype": ODS, "content.xml": content, "META-INF/manifest.xml": "<manifest/>", **more})


def ods_of(cls, data):
    """Return a document's table as such a spreadsheet."""
    rows = csv.reader(io.StringIO(sheets.to_csv_file(cls, data).decode("utf-8-sig"), newline=""))
    return opendocument(ODS_SHEET.replace("{rows}", "".join("<table:table-row>" + "".join(
        f"<table:table-cell><text:p>{escape(cell)}</text:p></table:table-cell>" for cell in row) + "</table:table-row>"
        for row in rows)))


def sheet_of(inside):
    return workbook(**{"xl/worksheets/sheet1.xml": f"<worksheet {SHEET}>{inside}</worksheet>"})


def sheet_bombs(times, port):
    """Return {name: (name of the file, content)} of translators' tables."""
    key = '<c r="A1" t="inlineStr"><is><t>key</t></is></c><c r="C1" t="inlineStr"><is><t>en</t></is></c>'

    def zeros(megabytes):
        return (bytes(2**20) for _ in range(megabytes))

    return {
        "a zip bomb of zeros": ("a.xlsx", workbook(**{"xl/worksheets/sheet1.xml": zeros(60 * times)})),
        "a zip bomb beside": ("a.xlsx", workbook(**{"xl/media/a.bin": zeros(60 * times)})),
        "a zip bomb of OpenDocument": ("a.ods", opendocument(zeros(60 * times))),
        "a repeated cell of OpenDocument": ("a.ods", opendocument(ODS_SHEET.replace(
            "{rows}", '<table:table-row table:number-rows-repeated="1048576"><table:table-cell '
            'table:number-columns-repeated="16384"><text:p>x</text:p></table:table-cell></table:table-row>'))),
        "entities of OpenDocument": ("a.ods", opendocument(
            f'<!DOCTYPE x [<!ENTITY e0 "lol">{LAUGHS}]><x>&e11;</x>')),
        "a million columns said": ("a.xlsx", sheet_of(
            f'<dimension ref="A1:XFD1048576"/><cols><col min="1" max="1000000" width="9"/></cols><sheetData><row r="1" '
            f'spans="1:1000000">{key}</row></sheetData>')),
        "the last cell of all": ("a.xlsx", sheet_of(
            f'<sheetData><row r="1">{key}</row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>')),
        "cells beyond the last": ("a.xlsx", sheet_of(
            f'<sheetData><row r="1">{key}<c r="ZZZZZZ99999999999"><v>1</v></c></row></sheetData>')),
        "rows without end": ("a.xlsx", sheet_of("<sheetData>" + "<row/>" * 100_000 * times + "</sheetData>")),
        "cells merged": ("a.xlsx", sheet_of(f'<sheetData><row r="1">{key}</row></sheetData><mergeCells>'
                                            '<mergeCell ref="A1:XFD1048576"/></mergeCells>')),
        "a sheet of the web": ("a.xlsx", workbook(**{"xl/_rels/workbook.xml.rels": RELATIONS.format(port=port)})),
        "another workbook linked": ("a.xlsx", workbook(**{
            "xl/externalLinks/externalLink1.xml": f"<externalLink {SHEET}/>",
            "xl/externalLinks/_rels/externalLink1.xml.rels": RELATIONS.format(port=port)})),
        "entities in a sheet": ("a.xlsx", workbook(**{"xl/worksheets/sheet1.xml": (
            f'<!DOCTYPE x [<!ENTITY e0 "lol">{LAUGHS}]><worksheet {SHEET}>&e11;</worksheet>')})),
        "a file of the machine in a sheet": ("a.xlsx", workbook(**{"xl/worksheets/sheet1.xml": (
            f'<!DOCTYPE x [{SECRET_FILE}]><worksheet {SHEET}><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>&e;'
            "</t></is></c></row></sheetData></worksheet>")})),
        "numbers": ("a.xlsx", sheet_of('<sheetData><row r="1">' + key + "".join(
            f"<c><v>{number}</v></c>" for number in NUMBERS) + "</row></sheetData>")),
        "dates": ("a.xlsx", sheet_of(f'<sheetData><row r="1">{key}<c t="d"><v>99999-99-99</v></c></row></sheetData>')),
        "a field of megabytes": ("a.csv", b'key,en\ntitle,"' + b"a" * 2**20 * min(3, times) + b'"\n'),
        "a quotation without end": ("a.csv", b'key,en\n"' + b"a\n" * 300_000),
        "columns without end": ("a.csv", b"key,en" + b"," * 500_000 * times),
        "lines without end": ("a.csv", b"key,en" + b"\n" * 500_000 * times),
        "too many megabytes": ("a.csv", b"key,en\n" + b"a" * (MOST_BYTES + 1)),
    }


def bombs(times, port, block_types=tuple(FORMATS)):
    """Return {name: ``Given``}; ``times`` how large where there is a choice, ``port`` of a server nobody may ask."""
    found = {}
    for block_type in block_types:
        kind, data = FORMATS[block_type].tag, rights(block_type)[0].to_data()
        for name, xml in xml_bombs(times, port).items():
            xml = xml.replace("{tag}", kind)
            declared, _, rest = xml.rpartition("]>") if "[<" in xml else ("", "", xml)
            inside = f"{declared}]><{block_type}>{rest}</{block_type}>" if declared else (
                xml if xml.startswith(("<!", "<?")) else f"<{block_type}>{xml}</{block_type}>")
            found[f"{kind} as OLX: {name}"] = Given("olx", block_type, inside.encode())
            found[f"{kind} as a file of XML: {name}"] = Given(
                "studio_read_file", block_type, file_body(data, "a.xml", xml.encode()))
        for name, value in SETTINGS.items():
            found[f"{kind} as OLX: a setting of {name}"] = Given(
                "olx", block_type, f"<{block_type} weight={quoteattr(value)}/>".encode())
        for name, text in json_bombs(times).items():
            found[f"{kind} as a file of JSON: {name}"] = Given(
                "studio_read_file", block_type, file_body(data, "a.json", text.encode()))
            for way in DRAFTS:
                found[f"{kind} in {way}: {name}"] = Given(way, block_type, (
                    f'{{"document":{text},"settings":{{}},"state":{{}},"kind":"xlsx","revision":""}}').encode())
        for name, (file, content) in sheet_bombs(times, port).items():
            found[f"{kind} as a table: {name}"] = Given("studio_read_file", block_type, file_body(data, file, content))
    rich = rights("migrempower_training_module")[0].to_data()
    step = next(step for step in rich["steps"] if step["kind"] == "read")
    step["text"] = dict.fromkeys(rich["languages"], rich_bomb())
    for way in ("studio_check", "studio_save"):
        found[f"module in {way}: rich text"] = Given(way, "migrempower_training_module", json.dumps(
            {"document": rich, "settings": {}, "revision": ""}).encode())
    return found


# What YAML, in which the platform's fields are read, makes of little.
SETTINGS = {
    "YAML that refers to itself": "[&a0 [x]" + "".join(
        f", &a{n} [{','.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 15)) + "]",
    "deep YAML": "[" * 100_000, "a large map": "{" + ",".join(f"a{n}: 1" for n in range(20_000)) + "}",
    "sixties": "1" + ":1" * 60_000, "digits": "9" * 100_000, "hexadecimal digits": "0x" + "f" * 200_000,
    "letters": "a" * 500_000, "a command": "!!python/object/apply:os.system ['true']",
}


# -- what must hold ----------------------------------------------------------------------------------------------------

class Platform:
    """How Studio reads OLX (xmodule.x_module, xmodule.modulestore.xml): comments and blanks go, entities are read."""

    parser = etree.XMLParser(dtd_validation=False, load_dtd=False, remove_blank_text=True, remove_comments=True,
                             no_network=True, encoding="utf-8")

    @classmethod
    def element(cls, content):
        """Return the root element, or None where the platform itself refuses the file."""
        try:
            return etree.fromstring(content, cls.parser)
        except etree.XMLSyntaxError:
            return None


def imported(content):
    """Return the block the platform makes of OLX in the workbench, or None where it is none of ours or no XML."""
    node = Platform.element(content)
    if node is None or node.tag not in FORMATS:
        return None
    ID_MANAGER.set_scenario("hostile")
    return HostRuntime()._usage_id_from_node(node, None)


def hold(given, kept):
    """Let a document in and hold what must be true of any; return (status, CPU seconds, bytes of the answer).

    No exception, no server error, an answer that can be read and is not far larger than what was sent; nothing changes
    but where it is saved. What is imported can be shown to everybody, edited, exported, and read again.
    """
    began, size = time.process_time(), 0
    if given.way == "olx":
        status = _hold_import(given)
    else:
        before = kept.now()
        unit = UNITS[given.block_type]
        status, body, _ = answered_by(Sent(unit, given.block_type, given.way, "author", given.content))
        size, told = len(body), strict(body.decode())
        assert status == 200 or (status in REFUSALS and told["error"]), (status, body[:500])
        assert size < 2_000_000 + 10 * len(given.content)
        if status == 200 and given.way == "studio_save":
            _hold_saved(given.block_type, told["state"]["document"])
        elif kept.now() != before:
            raise Changed(f"{status}: something has changed")
    return status, time.process_time() - began, size


def is_taken(given, status):
    """Whether a document has become a block's."""
    return status == "right" or (status == 200 and given.way == "studio_save")


def _hold_import(given):
    usage = imported(given.content)
    if usage is None:
        return "not read"
    author, learner = (HostRuntime(BY_KEY[key]).get_block(usage) for key in ("author", "new"))
    for block, views in ((author, ("author_view", "studio_view", "student_view")),
                         (learner, ("student_view", "public_view"))):
        for view in views:
            assert block.render(view, {}).content
    learner.student_view_data(), learner.index_dictionary(), author.validate(), learner.max_score()
    node = etree.Element("unknown")
    author.add_xml_to_node(node)
    again = imported(etree.tostring(node))
    assert again is not None
    again = HostRuntime(BY_KEY["author"]).get_block(again)
    assert author.problems or (again.document_or_none() == author.document_or_none() and not again.problems)
    return "mistakes" if author.problems else "right"


def _hold_saved(block_type, data):
    block = opened(UNITS[block_type], "author")
    assert block.load_document().to_data() == data and not block.problems
    assert opened(UNITS[block_type], "new").render("student_view", {}).content

