"""The document as DOCX, to edit before an application: real headings, languages and directions marked run by run."""

import io
import struct
import unicodedata
import zlib
from datetime import UTC
from functools import cache
from itertools import groupby

from docx import Document as Docx
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_BREAK
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor

from ..texts import direction
from .outline import SHORT, Bar, Heading, Paragraph, outline

_FONT = "Arial"  # every office program has it or one as wide, with the letters of our languages
_ACCENT, _QUIET = RGBColor(0x1B, 0x4F, 0x72), RGBColor(0x59, 0x59, 0x59)
_INKS = {"self": (0x1B, 0x4F, 0x72), "trainer": (0x8A, 0x4B, 0x08), "training": (0x3F, 0x6B, 0x35)}
_TRACK = (0xE5, 0xE5, 0xE5)


def to_docx(document):
    """Return a ``Document`` as DOCX."""
    return _Writer(outline(document)).write(document.made)


class _Writer:
    def __init__(self, shown):
        self._shown = shown
        self._side = len(shown.languages) == 2
        self._rtl = direction(shown.languages[0]) == "rtl"
        self._docx = Docx()
        self._styles = {}

    def write(self, made):
        self._set_up(made)
        for block in self._shown.blocks:
            if isinstance(block, Heading):
                self._heading(block.level, block.lines)
            elif isinstance(block, Paragraph):
                style = {"name": "Subtitle", "statement": "Statement"}.get(block.look, "Normal")
                for number, line in enumerate(block.lines):
                    self._fill(self._docx.add_paragraph(), line, style=style, column=number)
            else:
                if block.level:
                    self._heading(block.level, block.lines)
                self._rows(block.rows)
        self._footer()
        out = io.BytesIO()
        self._docx.save(out)
        return out.getvalue()

    def _set_up(self, made):
        page = self._docx.sections[0]
        page.page_width, page.page_height = Cm(21), Cm(29.7)
        page.left_margin = page.right_margin = Cm(2.2)
        if self._rtl:
            _add(page._sectPr, "w:bidi", before="w:docGrid")
        properties = self._docx.core_properties
        properties.title, properties.language = self._shown.title, self._shown.languages[0]
        properties.author = properties.comments = ""
        properties.created = properties.modified = made.astimezone(UTC).replace(tzinfo=None)
        language = next(self._docx.styles.element.iter(qn("w:lang")))
        language.set(qn("w:val"), self._shown.languages[0])
        rtl = next((each for each in self._shown.languages if direction(each) == "rtl"), None)
        if rtl:
            language.set(qn("w:bidi"), rtl)
        for name, size, ink, before, after in (
                ("Normal", 10.5, None, 0, 6), ("Heading 1", 22, _ACCENT, 0, 8), ("Heading 2", 16, _ACCENT, 24, 8),
                ("Heading 3", 12.5, _ACCENT, 16, 6), ("Heading 4", 10.5, None, 12, 4), ("Subtitle", 14, None, 0, 8),
                ("Statement", 10.5, _ACCENT, 8, 8), ("Label", 8.5, _QUIET, 0, 0), ("Words", 10.5, None, 0, 4),
                ("Gap", 2, None, 0, 0), ("Footer", 8.5, _QUIET, 0, 0)):
            self._style(name, size, ink, before, after)

    def _style(self, name, size, ink, before, after):
        styles = self._docx.styles
        style = styles[name] if name in styles else styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
        self._styles[name] = style.style_id
        look = style.element.get_or_add_rPr()
        for child in list(look):  # the template's own fonts, colours and slants
            look.remove(child)
        fonts = look.get_or_add_rFonts()
        for kind in ("ascii", "hAnsi", "cs", "eastAsia"):
            fonts.set(qn(f"w:{kind}"), _FONT)
        if name.startswith("Heading"):
            style.font.bold = style.font.cs_bold = True
        if ink:
            style.font.color.rgb = ink
        style.font.size = Pt(size)
        _add(look, "w:szCs", val=str(round(2 * size)))
        style.paragraph_format.space_before, style.paragraph_format.space_after = Pt(before), Pt(after)
        if name in ("Label", "Heading 4"):
            style.paragraph_format.keep_with_next = True

    def _heading(self, level, lines):
        self._fill(self._docx.add_paragraph(), *lines, style=f"Heading {level}")

    def _rows(self, rows):
        """Write bars and what stands in two columns as tables, all else as paragraphs, which are easier to edit."""
        for is_table, some in groupby(rows, lambda row: isinstance(row, Bar) or len(row.words) == 2):
            if is_table:
                self._table(some)
            else:
                for row in some:
                    self._fill(self._docx.add_paragraph(), *row.label, style="Label")
                    for line in row.words:
                        self._fill(self._docx.add_paragraph(), line, style="Words", address=row.address)

    def _table(self, rows):
        widths = (Cm(6.8), Cm(3), Cm(6.8)) if self._side else (Cm(11), Cm(5.6))
        table = self._docx.add_table(0, len(widths))
        table.autofit = False
        look = table._tbl.tblPr
        if self._rtl:
            _add(look, "w:bidiVisual", before="w:tblW")
        margins = _add(look, "w:tblCellMar", before="w:tblLook")
        for side in ("left", "right"):
            _add(margins, f"w:{side}", w="0", type="dxa")
        for column, width in zip(table.columns, widths, strict=True):
            column.width = width
        for row in rows:
            added = table.add_row()
            _add(added._tr.get_or_add_trPr(), "w:cantSplit")
            cells = added.cells
            self._cell(cells[0], row.label[:1], row.words[:1])
            if isinstance(row, Bar):
                self._bar(cells[1], row)
            if self._side:
                self._cell(cells[2], row.label[1:], row.words[1:], column=1)
        self._fill(self._docx.add_paragraph(), style="Gap")  # Word joins tables that touch

    def _cell(self, cell, label, words, column=0):
        paragraph = cell.paragraphs[0]
        if label:
            self._fill(paragraph, *label, style="Label", column=column)
            paragraph = cell.add_paragraph() if words else paragraph
        for line in words:
            self._fill(paragraph, line, style="Words", column=column)

    def _bar(self, cell, row):
        image = io.BytesIO(_bar(round(10 * row.place), row.source, self._rtl))
        picture = cell.paragraphs[0].add_run().add_picture(image, Cm(2.6))
        about = picture._inline.docPr
        about.set("descr", row.words[0].text if row.words else "")
        about.set("name", f"Bar {about.id}")

    def _footer(self):
        paragraph = self._docx.sections[0].footer.paragraphs[0]
        self._fill(paragraph, *self._shown.footer, style="Footer")
        for text, field in (("  ·  ", "PAGE"), (" / ", "NUMPAGES")):
            paragraph.add_run(text)
            _field(paragraph, field)

    def _fill(self, paragraph, *lines, style, column=0, address=""):
        """Write lines into a paragraph, one behind the other. It runs in the direction of the first, and unless it
        is a longer text of a person's own it begins where its column does.
        """
        look = paragraph._p.get_or_add_pPr()
        look.style = self._styles[style]  # by id, which is found at once
        if lines and lines[0].direction == "rtl":
            _add(look, "w:bidi")
        held = lines and (lines[0].language or len(lines[0].text) < SHORT)
        if held and lines[0].direction != direction(self._shown.languages[column]):
            _add(look, "w:jc", val="right")  # "right" means the far side, also where that is the left one
        for number, line in enumerate(lines):
            if number:
                paragraph.add_run("  ·  ")
            for text, is_rtl in _runs(line):
                run = paragraph.add_run()
                for place, piece in enumerate(text.split("\n")):
                    if place:
                        run.add_break(WD_BREAK.LINE)
                    run.add_text(piece)
                self._mark(run, line.language, is_rtl)
        if address:
            _link(paragraph, address)

    @staticmethod
    def _mark(run, language, is_rtl):
        look = run._r.get_or_add_rPr()
        if not language:
            _add(look, "w:noProof")  # what a person typed is in a language nobody knows
        if is_rtl:
            _add(look, "w:rtl")
        if language:
            _add(look, "w:lang", **{"bidi" if is_rtl else "val": language})


def _add(parent, tag, before="", **attributes):
    """Add an element with attributes, as the last one or before another: Word wants them in its order."""
    element = OxmlElement(tag)
    for name, value in attributes.items():
        element.set(qn(f"w:{name}"), value)
    follower = parent.find(qn(before)) if before else None
    if follower is None:
        parent.append(element)
    else:
        follower.addprevious(element)
    return element


def _runs(line):
    """Yield (text, whether it runs right to left) for each stretch; what has no direction goes with what is before."""
    current = line.direction == "rtl"

    def side(character):
        nonlocal current
        kind = unicodedata.bidirectional(character)
        if kind in ("R", "AL", "AN"):
            current = True
        elif kind == "L":
            current = False
        return current

    for is_rtl, stretch in groupby(line.text, side):
        yield "".join(stretch), is_rtl


def _field(paragraph, name):
    """Add a field of our own; no text of anybody's becomes one."""
    for kind, text in (("begin", ""), ("", name), ("end", "")):
        run = paragraph.add_run()
        if kind:
            _add(run._r, "w:fldChar", fldCharType=kind)
        else:
            _add(run._r, "w:instrText").text = text


def _link(paragraph, address):
    """Make the runs of a paragraph a link."""
    link = OxmlElement("w:hyperlink")
    link.set(qn("r:id"), paragraph.part.relate_to(address, RELATIONSHIP_TYPE.HYPERLINK, is_external=True))
    for run in paragraph.runs:
        link.append(run._r)
    paragraph._p.append(link)


@cache
def _bar(tenths, source, from_right):
    """Return a bar as PNG, ``tenths`` of ten filled."""
    width, height = 200, 14
    filled = max(width * tenths // 10, 4)
    row = bytes(_INKS[source]) * filled + bytes(_TRACK) * (width - filled)
    if from_right:
        row = bytes(_TRACK) * (width - filled) + bytes(_INKS[source]) * filled
    pixels = zlib.compress((b"\0" + row) * height)

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
            + chunk(b"IDAT", pixels) + chunk(b"IEND", b""))
