"""One table-driven mapping between XML elements and plain data, both ways.

An ``Element`` says what may stand in an XML element: attributes, texts (an element repeated per language with
``xml:lang``), one child of a kind, or a list of them. Reading gives plain data and remembers the line of each part, so
that a mistake found later, by the model, can be told with its line.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import lru_cache

from lxml import etree

from ..problems import InvalidDocument, Problem

XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


class InvalidOlx(InvalidDocument):
    """OLX that cannot be read; each problem has its ``line`` and ``element``."""


@dataclass(frozen=True)
class Attribute:
    """An XML attribute: its name in the data and how its text becomes a value and back."""

    name: str
    read: Callable = str
    write: Callable = str


@dataclass(frozen=True)
class Element:
    """What an XML element may hold.

    ``attributes`` maps XML names to ``Attribute``; ``texts`` are tags repeated per language; ``one`` maps a tag to the
    element that may stand there once; ``many`` maps a tag to (name of the list in the data, element). Written in this
    order.
    """

    tag: str
    attributes: dict[str, Attribute]
    texts: tuple[str, ...] = ()
    one: dict[str, "Element"] = field(default_factory=dict)
    many: dict[str, tuple[str, "Element"]] = field(default_factory=dict)


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
        self.problems.append(Problem(path, message, node.sourceline, _name(node)))

    def _place(self, path, node):
        self.places[path] = (node.sourceline, _name(node))

    def _read(self, node, element, path):
        self._place(path, node)
        data = {}
        for name, value in node.attrib.items():
            attribute = element.attributes.get(name)
            if attribute is None:
                self._add(node, path, f"The attribute '{name}' is not known here. Remove it"
                                      + (f" or use one of: {', '.join(element.attributes)}." if element.attributes
                                         else "."))
                continue
            try:
                data[attribute.name] = attribute.read(value)
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
        if tag in element.texts:
            self._read_text(child, (*path, tag), data.setdefault(tag, {}))
        elif tag in element.one:
            if tag in data:
                self._add(child, path, f"<{tag}> stands here twice. Remove one.")
            data[tag] = self._read(child, element.one[tag], (*path, tag))
        elif tag in element.many:
            name, kind = element.many[tag]
            items = data.setdefault(name, [])
            items.append(self._read(child, kind, (*path, name, len(items))))
        else:
            known = [f"<{name}>" for name in (*element.texts, *element.one, *element.many)]
            self._add(child, path, f"This element is not known inside <{element.tag}>. "
                                   + (f"Use one of: {', '.join(known)}." if known else "Remove it."))

    def _read_text(self, node, path, texts):
        language = node.get(XML_LANG)
        if language is None or len(node.attrib) != 1:
            self._add(node, path, f'Say the language, and nothing else: <{node.tag} xml:lang="en">.')
            return
        if any(isinstance(child.tag, str) for child in node):
            self._add(node, path, f"<{node.tag}> holds plain text only. Remove the elements inside it.")
            return
        if language in texts:
            self._add(node, path, f"The text in '{language}' stands here twice. Remove one.")
            return
        # What stands between comments is text too, and the comments are not.
        texts[language] = "".join([node.text or "", *(child.tail or "" for child in node)])
        self._place((*path, language), node)
        self.places.setdefault(path, self.places[(*path, language)])


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
    for xml_name, attribute in element.attributes.items():
        if attribute.name in data:
            node.set(xml_name, attribute.write(data[attribute.name]))
    for tag in element.texts:
        for language, text in data.get(tag, {}).items():
            child = etree.SubElement(node, tag, {XML_LANG: language})
            child.text = text
    node.extend(write(data[tag], kind) for tag, kind in element.one.items() if tag in data)
    for name, kind in element.many.values():
        node.extend(write(item, kind) for item in data.get(name, []))
    return node


@dataclass(frozen=True, eq=False)
class DocumentFormat:
    """The OLX of one kind of document: its outermost element, and the model that makes the value of plain data.

    Reading raises ``InvalidOlx``.
    """

    element: Element
    model: Callable

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
        return read(node, self.element, self.model)

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
        etree.indent(node)
        return etree.tostring(node, encoding="unicode") + "\n"
