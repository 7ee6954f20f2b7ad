"""A block that holds one document an author wrote: in from OLX, out to OLX, and what is wrong with it."""

from lxml import etree
from xblock.fields import List, Scope, String
from xblock.validation import Validation, ValidationMessage

from .block import LearnerBlock
from .olx import InvalidOlx, keep_words, stray_text
from .problems import InvalidDocument, Problem

_AUTHORED = (Scope.content, Scope.settings)
MOST_PROBLEMS = 50
LONGEST_SETTING = 1_000  # fields read YAML, which may hold anything and takes its time
_FROM_LIBRARY = "/static/components/"  # where the platform keeps, in a course, the files of what came from a library


class AuthoredBlock(LearnerBlock):
    """The base of the blocks with a document. A subclass gives ``document_format`` and ``shipped_document``."""

    document_format = None

    document = String(default="", scope=Scope.content, help="A document of one's own as OLX; used if not empty.")
    problems = List(default=[], scope=Scope.content, help="What was wrong at the import; the document then holds the "
                                                          "block's whole element as it came.")

    @property
    def data(self):
        """The document, by the name under which the platform puts new addresses of files into a block that comes from
        a library, at once and at every update (cms/djangoapps/contentstore/helpers.py).
        """
        return self.document

    @data.setter
    def data(self, text):
        # Files from another course keep their addresses. Some releases write "static/None" all the same, or leave out
        # the folder (openedx-platform #37529).
        if "static/None" not in text and text.count(_FROM_LIBRARY) >= self.document.count(_FROM_LIBRARY):
            self.document = text

    def load_document(self):
        """Return the block's document, its own or the shipped one. Raises ``InvalidDocument``."""
        if not self.document:
            return self.shipped_document()
        try:
            return self.document_format.from_text(self.document)
        except InvalidOlx:
            if self.problems:  # told with the lines of the imported file
                raise InvalidDocument([Problem((), problem) for problem in self.problems]) from None
            raise

    def document_or_none(self):
        """Return the document, or None where it has mistakes."""
        try:
            return self.load_document()
        except InvalidDocument:
            return None

    def shipped_document(self):
        """Return the shipped document the author chose. Raises ``InvalidDocument`` where there is none."""
        raise NotImplementedError

    def warnings(self, document):
        """Return sentences about what the author may want to mend."""
        return []

    @classmethod
    def check_setting(cls, name, value):
        """Raise ``ValueError``, saying what to write instead, where an attribute's value cannot be used."""

    @classmethod
    def parse_xml(cls, node, runtime, keys):
        """Read the block from OLX. What is wrong is kept for the author; it never breaks the course's import."""
        block = runtime.construct_xblock_from_class(cls, keys)
        problems = []
        for name in node.keys():  # noqa: SIM118 - not a dict; with values lxml takes the square of the time
            if not _is_setting(block, name):
                continue  # the platform writes attributes of its own
            text = node.get(name)
            try:
                if len(text) > LONGEST_SETTING:
                    raise ValueError(f"It has {len(text)} characters; the most is {LONGEST_SETTING}.")
                value = block.fields[name].from_string(text)
                cls.check_setting(name, value)
                setattr(block, name, value)
            except Exception as error:  # noqa: BLE001 - fields read YAML, which fails in ways of its own
                problems.append(_told(node, f'{name}="{text[:40]}" cannot be used: {error}'))
        document = cls._document_of(node, problems)
        if problems:
            document = etree.tostring(node, encoding="unicode", with_tail=False)
            problems = [*problems[:MOST_PROBLEMS], *_more(problems)]
        # An import may come over an earlier state of the same block.
        for name, value in (("document", document), ("problems", problems)):
            if value or block.fields[name].is_set_on(block):
                setattr(block, name, value)
        return block

    @classmethod
    def _document_of(cls, node, problems):
        """Return the text of the document inside the block's element, or ""; add what is wrong to ``problems``."""
        tag, document = cls.document_format.tag, ""
        if stray_text(node):
            problems.append(_told(node, f"Text stands here outside of any element. Put it into <{tag}>."))
        for child in node:
            if not isinstance(child.tag, str):
                continue
            if child.tag != tag:
                problems.append(_told(child, f"This element is not known here. Use <{tag}>."))
            elif document:
                problems.append(_told(child, f"A second <{tag}> stands here. Remove one."))
            else:
                document = etree.tostring(child, encoding="unicode", with_tail=False)
                try:
                    cls.document_format.from_element(child)
                except InvalidOlx as error:
                    problems += [str(problem) for problem in error.problems]
        return document

    def add_xml_to_node(self, node):
        """Write the block as OLX; ``parse_xml`` reads the same block back."""
        node.tag = self.xml_element_name()
        node.set("xblock-family", self.entry_point)
        for name, field in self.fields.items():
            if _is_setting(self, name) and field.is_set_on(self):
                value = field.to_string(field.read_from(self))
                node.set(name, "" if value is None else value)
        if not self.document:
            return
        try:
            node.append(self.document_format.to_element(self.load_document()))
        except InvalidDocument:
            self._add_as_it_came(node)
        keep_words(node)

    def _add_as_it_came(self, node):
        """Write a document that is not yet right, and still the author's work."""
        try:
            came = etree.fromstring(self.document, etree.XMLParser(resolve_entities=False, no_network=True))
        except etree.XMLSyntaxError:  # it used entities that stayed behind
            etree.SubElement(node, self.document_format.tag).text = self.document
            return
        if came.tag == self.document_format.tag:
            node.append(came)
            return
        node.extend(came)
        for name in came.keys():  # noqa: SIM118 - those that could not be read; the others may have changed since
            if _is_setting(self, name) and not self.fields[name].is_set_on(self):
                node.set(name, came.get(name))

    def validate(self):
        """Return Studio's validation messages."""
        validation = Validation(self.scope_ids.usage_id)
        try:
            for warning in self.warnings(self.load_document()):
                validation.add(ValidationMessage(ValidationMessage.WARNING, warning))
        except InvalidDocument as error:
            for problem in error.problems:
                validation.add(ValidationMessage(ValidationMessage.ERROR, str(problem)))
        return validation


def _is_setting(block, name):
    field = block.fields.get(name)
    return field is not None and field.scope in _AUTHORED and name not in ("document", "problems")


def _more(problems):
    rest = len(problems) - MOST_PROBLEMS
    return [f"There are {rest} more mistakes. Mend these first."] if rest > 0 else []


def _told(element, message):
    return str(Problem((), message, element.sourceline, str(element.tag)))
