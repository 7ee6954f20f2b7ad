"""One mapping between XML elements and plain data, both ways, derived from how a document is declared (``schema``).

An ``Element`` says what may stand in an XML element: attributes, texts (an element repeated per language with
``xml:lang``), rich texts (with a little HTML inside), one child of a kind, or a list of them. Reading gives plain data
and remembers the line of each part, so that a mistake found later, by the model, can be told with its line.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cache, cached_property, lru_cache
from html import escape

from lxml import etree, html

from ..problems import InvalidDocument, Problem
from ..richtext import as_xml
from ..schema import MOST_PROBLEMS, AddressPart, parts

XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


class InvalidOlx(InvalidDocument):
    """OLX that cannot be read; each problem has its ``line`` and ``element``."""


@dataclass(frozen=True)
class Element:
    """What an XML element may hold.

    ``attributes`` maps XML names to (name in the data, ``schema.Part``); ``texts`` and ``rich`` map tags repeated per
    language to names in the data, ``addresses`` are those of ``texts`` that are the address of a file, written as
    ``src``; ``one`` maps a tag to (name, element) of what may stand there once; ``many`` maps tags to (name of the
    list, element), ``mixed`` tells which lists hold several kinds. Written in this order.
    """

    tag: str
    attributes: dict = field(default_factory=dict)
    texts: dict = field(default_factory=dict)
    rich: dict = field(default_factory=dict)
    one: dict = field(default_factory=dict)
    many: dict = field(default_factory=dict)
    mixed: frozenset = frozenset()
    addresses: frozenset = frozenset()

    @cached_property
    def allowed_attributes(self):
        """What to do about an attribute that is not known."""
        return f"Remove it or use one of: {', '.join(self.attributes)}." if self.attributes else "Remove it."

    @cached_property
    def allowed_elements(self):
        """What to do about an element that is not known."""
        known = [f"<{name}>" for name in (*self.texts, *self.rich, *self.one, *self.many)]
        return f"Use one of: {', '.join(known)}." if known else "Remove it."


@cache
def element(tag, cls):
    """Return the ``Element`` of a declared value; "_" in a field's name is "-" in XML."""
    found = Element(tag, mixed=frozenset(name for name, part in parts(cls).items() if getattr(part, "mixed", False)),
                    addresses=frozenset(name.replace("_", "-") for name, part in parts(cls).items()
                                        if isinstance(part, AddressPart)))
    for name, part in parts(cls).items():
        xml_name = name.replace("_", "-")
        match part.place:
            case "attribute":
                found.attributes[xml_name] = (name, part)
            case "text":
                found.texts[xml_name] = name
            case "rich":
                found.rich[xml_name] = name
            case "one":
                found.one[xml_name] = (name, element(xml_name, part.cls))
            case "many":
                found.many.update({kind: (name, element(kind, each)) for kind, each in part.kinds.items()})
    return found


def parse(source):
    """Return the root element of ``source`` (text).

    Raises ``InvalidOlx`` where it is not well formed or brings a document type or entities of its own; nothing outside
    the text is ever read.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False,
                             remove_comments=True, remove_pis=True)
    try:
        root = etree.fromstring(source.encode("utf-8", "surrogatepass"), parser)
    except etree.XMLSyntaxError as error:
        element = re.search(r"(?:mismatch: |tag (?!mismatch))([\w.:-]+)", error.msg or "")
        raise InvalidOlx([Problem((), f"The XML is not well formed: {error.msg}. Mend this place and try again.",
                                  error.lineno or 1, element[1] if element else "?")]) from None
    refuse_entities(root)
    return root


def refuse_entities(root):
    """Raise ``InvalidOlx`` where the document of ``root`` declares a document type or uses entities of its own."""
    if root.getroottree().docinfo.internalDTD is not None:
        raise InvalidOlx([Problem((), "A document type (<!DOCTYPE …>) is not allowed here. Remove it.", 1, root.tag)])
    for node in root.iter(etree.Entity):
        raise InvalidOlx([Problem((), f"The entity {node.text} is not known. Write the character itself.",
                                  node.getparent().sourceline, node.getparent().tag)])


class Reading:
    """Plain data read from an element, with the place of each part and the problems met on the way."""

    def __init__(self, root, element):
        self.places = {}
        self.problems = []
        self.data = self._read(root, element, ())

    def placed(self, problem):
        """Return a model's problem with the line and element it stands at."""
        path = problem.path
        while path not in self.places:
            path = path[:-1]
        line, tag = self.places[path]
        return replace(problem, line=line, element=tag)

    def _add(self, node, path, message):
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(Problem(path, message, node.sourceline, _name(node)))

    def _place(self, path, node):
        self.places[path] = (node.sourceline, _name(node))

    def _read(self, node, element, path):
        self._place(path, node)
        data = {}
        for name in node.attrib:  # with its values lxml takes the square of the time: it looks for each from the first
            known, part = element.attributes.get(name, (None, None))
            if known is None:
                self._add(node, path, f"The attribute '{name}' is not known here. {element.allowed_attributes}")
                continue
            try:
                data[known] = part.parse(node.get(name))
            except ValueError as error:
                self._add(node, path, str(error))
        if stray_text(node):
            self._add(node, path, "Text stands here outside of any element. Put it into one, such as <text>.")
        for child in node:
            self._read_child(child, element, path, data)
        return data

    def _read_child(self, child, element, path, data):
        tag = child.tag if isinstance(child.tag, str) else None
        if tag is None:
            return
        if tag in element.texts or tag in element.rich:
            name = element.texts.get(tag) or element.rich[tag]
            self._read_text(child, (*path, name), data.setdefault(name, {}), element)
        elif tag in element.one:
            name, kind = element.one[tag]
            if name in data:
                self._add(child, path, f"<{tag}> stands here twice. Remove one.")
            data[name] = self._read(child, kind, (*path, name))
        elif tag in element.many:
            name, kind = element.many[tag]
            items = data.setdefault(name, [])
            item = self._read(child, kind, (*path, name, len(items)))
            items.append({"kind": tag, **item} if name in element.mixed else item)
        else:
            self._add(child, path, f"This element is not known inside <{element.tag}>. {element.allowed_elements}")

    def _read_text(self, node, path, texts, element):
        language, rich = node.get(XML_LANG), node.tag in element.rich
        # An address may also stand inside, as it did before version 1.0.0.
        address = node.get("src") if node.tag in element.addresses and not _inner_text(node).strip() else None
        if language is None or len(node.attrib) != 1 + (address is not None):
            self._add(node, path, f'Say the language, and nothing else: <{node.tag} xml:lang="en">.')
            return
        if not rich and any(isinstance(child.tag, str) for child in node):
            self._add(node, path, f"<{node.tag}> holds plain text only. Remove the elements inside it.")
            return
        if language in texts:
            self._add(node, path, f"The text in '{language}' stands here twice. Remove one.")
            return
        texts[language] = address or (_inner_html(node) if rich else _inner_text(node))
        self._place((*path, language), node)
        self.places.setdefault(path, self.places[(*path, language)])


def _inner_text(node):
    # What stands between comments is text too, and the comments are not.
    return "".join([node.text or "", *(child.tail or "" for child in node)])


def _inner_html(node):
    pieces = [html.tostring(child, encoding="unicode") if isinstance(child.tag, str)
              else escape(child.tail or "", quote=False) for child in node]
    return escape(node.text or "", quote=False) + "".join(pieces)


def _add_html(node, text):
    """Put HTML into an XML element."""
    parsed = etree.fromstring(f"<text>{as_xml(text)}</text>")
    node.text = parsed.text
    node.extend(parsed)


def _indent(node, margin="\n"):
    """Put each element on a line of its own, but nothing into texts: in rich ones a space may have a meaning."""
    for child in node:
        child.tail = margin + "  "
        if child.get(XML_LANG) is None:
            _indent(child, margin + "  ")
    if len(node):
        node.text, node[-1].tail = margin + "  ", margin


def keep_words(node):
    """Make the rich texts below an element keep their words when it is printed prettily, as the platform does: that
    puts spaces between elements wherever no text stands among them. An empty text is one.
    """
    for text in node.iter():
        if text.get(XML_LANG) and len(text) and not text.text:
            text.text = ""


def _name(node):
    return node.tag if isinstance(node.tag, str) else "?"


def stray_text(node):
    """Whether text stands directly in an element that holds elements only."""
    return any(text and text.strip() for text in [node.text, *(child.tail for child in node)])


def read(root, element, model):
    """Return ``model(data)`` for the element; raises ``InvalidOlx`` with every problem and its line."""
    reading = Reading(root, element)
    problems = list(reading.problems)
    try:
        value = model(reading.data)
    except InvalidDocument as error:
        problems += [reading.placed(problem) for problem in error.problems]
    if problems:
        raise InvalidOlx(sorted(problems, key=lambda problem: problem.line or 0))
    return value


def write(data, element):
    """Return an lxml element for plain data; ``read`` gives the same data back."""
    node = etree.Element(element.tag)
    for xml_name, (name, part) in element.attributes.items():
        if name in data:
            node.set(xml_name, part.format(data[name]))
    for tag, name in (element.texts | element.rich).items():
        for language, text in data.get(name, {}).items():
            child = etree.SubElement(node, tag, {XML_LANG: language})
            if tag in element.addresses:
                # In quotes: so the platform finds the files that go along when a block is copied
                # (common/djangoapps/static_replace, openedx/core/lib/xblock_serializer/utils.py).
                child.set("src", text)
            elif tag in element.rich:
                _add_html(child, text)
            else:
                child.text = text
    node.extend(write(data[name], kind) for name, kind in element.one.values() if name in data)
    for list_name in dict.fromkeys(name for name, _ in element.many.values()):
        kinds = {tag: kind for tag, (name, kind) in element.many.items() if name == list_name}
        only = next(iter(kinds))
        node.extend(write(item, kinds[item.get("kind", only)]) for item in data.get(list_name, []))
    return node


@dataclass(frozen=True, eq=False)
class DocumentFormat:
    """The OLX of one kind of document: its outermost element, and the class of the value. ``prepare`` completes plain
    data before it is read.

    Reading raises ``InvalidOlx``.
    """

    element: Element
    cls: type
    prepare: Callable = staticmethod(lambda data: data)

    @property
    def tag(self):
        """The name of the outermost element."""
        return self.element.tag

    def from_element(self, node):
        """Return the document of an XML element."""
        refuse_entities(node)
        if node.tag != self.tag:
            raise InvalidOlx([Problem((), f"The document begins with <{self.tag}>. Put everything inside it.",
                                      node.sourceline, str(node.tag))])
        return read(node, self.element, self.from_data)

    def from_data(self, data):
        """Return the document of plain data. Raises ``InvalidDocument``."""
        return self.cls.from_data(self.prepare(data))

    def draft(self, source):
        """Return (plain data, problems) of OLX text with mistakes: what could be read, and what is wrong with it.

        The document may stand inside another element. The data is None where there is none to be found.
        """
        try:
            root = parse(source)
        except InvalidOlx as error:
            return None, error.problems
        node = root if root.tag == self.tag else root.find(self.tag)
        if node is None:
            return None, (Problem((), f"There is no <{self.tag}> in it.", root.sourceline, _name(root)),)
        reading = Reading(node, self.element)
        problems, data = list(reading.problems), self.prepare(reading.data)
        try:
            data = self.cls.from_data(data).to_data()
        except InvalidDocument as error:
            problems += [reading.placed(problem) for problem in error.problems]
        return data, tuple(sorted(problems, key=lambda problem: problem.line or 0))

    @lru_cache(maxsize=64)  # noqa: B019 - one format a kind of document, for as long as the process lives
    def from_text(self, source):
        """Return the document of OLX text; kept in memory, as it is read at every request."""
        return self.from_element(parse(source))

    def to_element(self, document):
        """Return the XML element of a document; ``from_element`` gives the same document back."""
        return write(document.to_data(), self.element)

    def to_text(self, document):
        """Return the document as indented OLX text."""
        node = self.to_element(document)
        _indent(node)
        return etree.tostring(node, encoding="unicode") + "\n"
