"""The block in Studio: a form for its document and settings, and the requests of that form."""

import base64
import binascii
import functools
import hashlib
import json
from itertools import islice

from django.utils.crypto import get_random_string
from web_fragments.fragment import Fragment
from xblock.core import XBlock

from . import cohorts, platform
from .authored import AuthoredBlock
from .authoring import hints, sheets
from .authoring.changes import Changes, is_newer, numbers_of, raised, with_retired
from .authoring.form import form_of
from .authoring.phrases import phrases
from .authoring.walking import is_deep, walk
from .block import NOT_UNDERSTOOD, Refusal, json_object, json_response, refusing, shipped_pictures
from .locales import countries_to_choose, language_name, languages_to_choose
from .olx import InvalidOlx
from .problems import InvalidDocument, Problem
from .rehearsal import Rehearsal
from .schema import IDENTIFIER, MOST_LANGUAGES
from .templating import json_block, render
from .texts import LANGUAGE_TAG, N_, Text, clean, direction, without_unstorable
from .uploaded_tables import MOST_BYTES, BadTable

LARGEST_DRAFT = 6 * 1024 * 1024  # 300 statements in 40 languages, with a spreadsheet beside them
MOST_DIFFERENCES = 30
MOST_ITEMS = 5_000
DEEPEST = 20
MOST_TOLD = 200
NOT_AN_AUTHOR = N_("Only authors of this course can do this, in Studio.")
_KINDS_OF_FILE = ("csv", "xlsx", "json", "xml")
TOO_LARGE = N_("This is too much at once: the most is 6 MB. Make two documents of it, or leave languages out of the "
               "file.")
_REPLACED = N_("Something else takes the place of what learners have answered. What they handed in is kept, but new "
               "answers are not compared with it.")


def author_handler(function):
    """Make a method a JSON handler for the author of the block; everybody else is refused before it is called."""

    @XBlock.handler
    @functools.wraps(function)
    @refusing
    def handler(self, request, _suffix=""):
        self.asks_as_staff = True
        if not platform.may_author(self):
            raise Refusal(403, NOT_AN_AUTHOR)
        return json_response(200, function(self, json_object(request, LARGEST_DRAFT, TOO_LARGE)))

    return handler


@XBlock.wants("studio_user_permissions")
class StudioBlock(AuthoredBlock):
    """The base of the blocks whose document is written in Studio. A subclass gives ``settings``, the name of the field
    that names a shipped document, and ``preset_names`` and ``preset`` to find these.
    """

    settings = ()  # of authoring.settings.Setting
    preset_field = ""
    most = {}

    preset_names = preset = None  # the names of shipped documents; the one of a name, or None

    def blank_document(self, language):
        """Return the plain data of a document to begin with, in one language."""
        raise NotImplementedError

    def scales(self):
        """Return the plain data of the scales an author may take."""
        return []

    # -- the page ----------------------------------------------------------------------------------------------------

    def studio_view(self, _context=None):
        """Show the form."""
        if not platform.may_author(self):
            return Fragment(render("message.html", self.words, text=self.words.gettext(NOT_AN_AUTHOR)))
        html = render("studio.html", self.account_words, arguments=json_block(self._arguments()),
                      guide=self.asset("guides/authors.html"))
        scripts = ("libraries", "studio_documents", "studio_widgets", "studio_pages", "studio")
        return self.fragment_with(html, ("studio",), scripts, "MigrEmpowerStudio")

    @property
    def _document_class(self):
        return self.document_format.cls

    def _arguments(self):
        """Return what the form's script needs."""
        words = self.account_words
        _ = words.gettext
        return {
            "form": form_of(self._document_class, _),
            "settings": [setting.form(_, self.most.get(setting.name)) for setting in self.settings],
            "state": self._state(),
            "languages": [{"tag": tag, "name": name, "direction": direction(tag)}
                          for tag, name in languages_to_choose(words.language)],
            "countries": countries_to_choose(words.language),
            "pictures": [{"name": name, "address": self.asset(path)} for name, path in shipped_pictures()],
            "gallery": self._gallery(),
            "competences": self.known_competences(),
            "words": phrases(_), "scales": self.scales(),
            "language": words.language,
            "draft": hashlib.sha256(str(self.scope_ids.usage_id).encode()).hexdigest()[:16],
        }

    def _state(self):
        """Return what is stored: document, settings, and what is wrong with it. ``revision`` names this state."""
        data, problems = self._stored_document()
        settings = {setting.name: getattr(self, setting.name) for setting in self.settings}
        return {
            "document": data, "settings": settings, "revision": self._revision(),
            "problems": [_told(problem) for problem in problems], "learners": self._learners(),
            "shipped": "" if self.document else getattr(self, self.preset_field),
        }

    def _stored_document(self):
        """Return (plain data, problems); data of a document with mistakes as far as it can be read, else None."""
        if not self.document:
            try:
                return self.shipped_document().to_data(), ()
            except InvalidDocument as error:
                return None, error.problems
        data, problems = self.document_format.draft(self.document)
        if data is None and self.problems and f"<{self.document_format.tag}" not in self.document:
            data = self.preset(getattr(self, self.preset_field))  # it came with a setting that cannot be used
            data = data and data.to_data()
        return data, tuple(Problem((), text) for text in self.problems) or problems

    def _revision(self):
        stored = [self.document, self.problems, getattr(self, self.preset_field),
                  *(getattr(self, setting.name) for setting in self.settings)]
        return hashlib.sha256(json.dumps(stored, default=str).encode()).hexdigest()[:20]

    def _learners(self):
        """Return how many learners have handed in what is stored, at this block or at others with the same document."""
        return self._learners_at([self, *(block for block, _ in self._twins)])

    def _learners_at(self, blocks):
        return cohorts.learners_at(platform.course_id(self), [str(block.scope_ids.usage_id) for block in blocks],
                                   self.record_kind)

    @property
    def _twins(self):
        """The (block, document) of others in the course whose document has the id of the one stored here now."""
        stored = self.document_or_none()
        found = ((block, block.document_or_none()) for block in self._others) if stored else ()
        return [(block, document) for block, document in found if document and document.id == stored.id]

    # -- where an author can begin -----------------------------------------------------------------------------------

    def _gallery(self):
        """Return what the author may start from: shipped documents, and those of other blocks of the course."""
        shipped = [(f"shipped:{name}", self.preset(name), "") for name in self.preset_names()]
        course = [(f"block:{block.scope_ids.usage_id}", block.document_or_none(), block.display_name)
                  for block in self._others]
        return [self._card(name, document, where) for name, document, where in [*shipped, *course] if document]

    @functools.cached_property
    def _others(self):
        """The other blocks of this type in the course; asked of the platform once a request."""
        blocks = platform.authored_blocks(self, self.scope_ids.block_type)
        return [block for block in blocks if block.scope_ids.usage_id != self.scope_ids.usage_id]

    def _card(self, name, document, where):
        language = self.account_words.language
        return {"name": name, "where": where, "id": document.id, "version": document.version,
                "title": document.title.words(language), "about": document.about.words(language),
                "source": getattr(document, "source", Text()).words(language),
                "languages": [language_name(tag) for tag in document.languages], "size": self.size_in_words(document)}

    def size_in_words(self, document):
        """Return how large a document is, in a few words."""
        raise NotImplementedError

    def known_competences(self):
        """Return the competences of the frameworks that ship or stand in the course, for a module to train."""
        return []

    @author_handler
    def studio_start(self, data):
        """Return the document of the gallery called ``name``."""
        name, language = data.get("name"), data.get("language")
        if name == "nothing":
            tag = language if isinstance(language, str) and LANGUAGE_TAG.fullmatch(language) else "en"
            return {"document": self.blank_document(tag)}
        kind, _, rest = name.partition(":") if isinstance(name, str) else ("", "", "")
        if kind == "shipped" and rest in self.preset_names():
            return {"document": self.preset(rest).to_data()}
        for block in self._others if kind == "block" else ():
            if str(block.scope_ids.usage_id) == rest:
                document = block.document_or_none()
                if document is None:
                    raise Refusal(409, N_("This one has mistakes. Mend them where it stands first."))
                return {"document": document.to_data()}
        raise Refusal(404, N_("This is not there any more. Please open the page again."))

    # -- looking at a draft ------------------------------------------------------------------------------------------

    @author_handler
    def studio_check(self, data):
        """Return what can be said about a draft: mistakes, what is missing, hints, what it changes for learners."""
        draft, settings = _object(data, "document"), _object(data, "settings")
        document, problems = self._read(draft, settings)
        return {"problems": problems, **self._advice(draft), **self._consequences(document)}

    def _read(self, draft, settings):
        """Return (document or None, problems) of plain data and of settings."""
        wrong = self._setting_problems(settings)
        try:
            return self.document_format.from_data(draft), wrong
        except InvalidDocument as error:
            return None, [_told(problem) for problem in error.problems] + wrong

    def _is_too_large(self, draft):
        """Whether a draft holds more than a document may, which is not worth looking at."""
        items, named = islice(walk(self._document_class, draft), MOST_ITEMS), draft.get("languages")
        return (sum(1 for _ in items) == MOST_ITEMS or is_deep(draft, DEEPEST)
                or (isinstance(named, list) and len(named) > MOST_LANGUAGES))

    def _advice(self, draft):
        """Return what is missing ({language, what, count, paths}), hints, minutes to read and addresses of pictures."""
        cls, _ = self._document_class, self.account_words.gettext
        if self._is_too_large(draft):
            return {"missing": [], "hints": [], "minutes": {}, "addresses": {}}
        languages = sheets.languages_of(draft)
        missing = {}
        for each in hints.missing(cls, draft):
            missing.setdefault((each.language, each.what), []).append(list(each.path))
        return {
            "missing": [{"language": language, "what": what, "count": len(paths), "paths": paths[:MOST_TOLD]}
                        for (language, what), paths in missing.items()],
            "hints": [{"path": list(each.path), "message": _(each.message).format(**each.values)}
                      for each in hints.hints(cls, draft)[:MOST_TOLD]],
            "minutes": {tag: max(1, round(hints.reading_minutes(cls, draft, tag))) for tag in languages},
            "addresses": {address: self.authored_address(address) for address in _pictures(cls, draft)[:MOST_TOLD]},
        }

    def _consequences(self, document):
        """Return what saving would do to learners who have answered, and the version it would get."""
        _, learners, sentences = self.account_words.gettext, self._learners(), []
        before = document and self._stored_as(document)
        if before and learners:
            sentences = Changes(before, document).sentences()
        elif document and not before and self._learners_at([self]):
            sentences = [(_REPLACED, {})]
        return {"changes": [_(text).format(**values) for text, values in sentences],
                "version": self._version(document) if document else "", "learners": learners}

    def _stored_as(self, document):
        """Return the document stored under the id of another, or None."""
        before = self.document_or_none()
        return before if before and before.id == document.id else None

    def _version(self, document):
        """Return the version to save: a higher one where answers would no longer be to the same questions."""
        shipped = next((each for each in map(self.preset, self.preset_names())
                        if (each.id, each.version) == (document.id, document.version)), None)
        if shipped and Changes(shipped, document).meaning:
            return f"{document.version}.1"  # the next whole one is for what ships next
        before = self._stored_as(document)
        if before is None or is_newer(document.version, before.version) or not self._learners():
            return document.version
        if not Changes(before, document).meaning:
            return before.version  # also where the author went back to an earlier state
        return raised(max([before.version, *(twin.version for _, twin in self._twins)], key=numbers_of))

    def _setting_problems(self, settings):
        """Return what is wrong with settings."""
        known = {setting.name: setting for setting in self.settings}
        found = [{"setting": name, "message": "This setting is not known."} for name in islice(
            (name for name in settings if name not in known), MOST_TOLD)]
        for name, value in settings.items():
            if name not in known:
                continue
            try:
                if not isinstance(value, str if known[name].type in ("line", "choice", "language", "country") else
                                  int | float) or isinstance(value, bool):
                    raise ValueError("Write a number." if known[name].type in ("number", "decimal") else "Write words.")
                if known[name].type == "line" and (not clean(without_unstorable(value)) or len(value) > 200):
                    raise ValueError("Write a name of 200 characters at most.")
                self.check_setting(name, value)
            except ValueError as error:
                found.append({"setting": name, "message": str(error)})
        return found

    # -- saving ------------------------------------------------------------------------------------------------------

    @author_handler
    def studio_save(self, data):
        """Keep document and settings: both or neither. Who saves over something newer is told, and nothing is lost."""
        draft, settings = _object(data, "document"), _object(data, "settings")
        if data.get("revision") != self._revision():
            raise Refusal(409, N_("Somebody else has saved this in the meantime. Nothing of yours is lost."),
                          theirs=self._state(), differences=self._differences(draft))
        document, problems = self._read(draft, settings)
        if problems:
            raise Refusal(422, N_("This cannot be saved yet. Mend what is marked."), problems=problems)
        self._keep(document, settings, data.get("corrections") is True)
        self.save()
        return {"state": self._state()}

    def _keep(self, document, settings, corrections):
        """Set the fields; ``corrections`` leaves the version as it is."""
        before = self._stored_as(document)
        answered = before and (self._learners() or platform.has_begun(self))
        kept = with_retired(before, document) if answered else document.to_data()
        kept["version"] = before.version if corrections and before else self._version(document)
        document = self.document_format.from_data(kept)
        same = next((name for name in self.preset_names() if self.preset(name) == document), None)
        if same:  # as it ships: translations that come with an update arrive by themselves
            setattr(self, self.preset_field, same)
        values = {**settings, "document": "" if same else self.document_format.to_text(document), "problems": []}
        for name, value in values.items():
            if value != getattr(self, name):
                setattr(self, name, without_unstorable(value) if isinstance(value, str) and name in settings else value)

    def _differences(self, draft):
        """Return [[place, theirs, mine], …] of texts that differ between what is stored and a draft."""
        if self._is_too_large(draft):
            return []
        stored, _ = self._stored_document()
        cls = self._document_class
        theirs, mine = ({(row.key, language): (row.place, text) for row in sheets.rows(cls, each or {})
                         for language, text in row.texts.items()} for each in (stored, draft))
        found = [[(theirs.get(key) or mine[key])[0] + f" ({key[1]})", theirs.get(key, ("", ""))[1],
                  mine.get(key, ("", ""))[1]] for key in {**theirs, **mine} if theirs.get(key) != mine.get(key)]
        return found[:MOST_DIFFERENCES]

    # -- preview -----------------------------------------------------------------------------------------------------

    @author_handler
    def studio_preview(self, data):
        """Show a draft as a learner meets it, or answer what is done there; the page keeps the learner's state."""
        draft, settings, state = (_object(data, name) for name in ("document", "settings", "state"))
        document, problems = self._read(draft, settings)
        if problems:
            raise Refusal(422, N_("Mend what is marked, then you can see it."), problems=problems)
        rehearsal = Rehearsal(self, settings, document, state)
        if "handler" not in data:
            return {"page": rehearsal.page(), "state": rehearsal.state}
        status, reply = rehearsal.call(data["handler"], data.get("body"))
        return {"status": status, "reply": reply, "state": rehearsal.state}

    # -- files -------------------------------------------------------------------------------------------------------

    @author_handler
    def studio_write_file(self, data):
        """Return a draft as a file: ``csv`` or ``xlsx`` for translators, ``json``, or ``xml`` (OLX)."""
        draft, kind = _object(data, "document"), data.get("kind")
        cls = self._document_class
        if kind not in _KINDS_OF_FILE:
            raise Refusal(400, NOT_UNDERSTOOD)
        if kind == "xml":
            document, problems = self._read(draft, {})
            if problems:
                raise Refusal(422, N_("This cannot be written as OLX yet. Mend what is marked."), problems=problems)
            content = self.document_format.to_text(document).encode()
        elif self._is_too_large(draft):
            raise Refusal(413, TOO_LARGE)
        elif kind == "json":
            content = json.dumps(draft, ensure_ascii=False, indent=1).encode("utf-8", "replace")
        else:
            content = (sheets.to_csv_file if kind == "csv" else sheets.to_xlsx_file)(cls, draft)
        called = draft.get("id")
        name = called if isinstance(called, str) and IDENTIFIER.fullmatch(called) else self.document_format.tag
        return {"name": f"{name}.{kind}", "content": base64.b64encode(content).decode()}

    @author_handler
    def studio_read_file(self, data):
        """Return what a file would make of a draft; the author looks at it before taking it over."""
        draft, name = _object(data, "document"), data.get("name")
        try:
            content = base64.b64decode(data.get("content"), validate=True)
        except (TypeError, ValueError, binascii.Error):
            raise Refusal(400, NOT_UNDERSTOOD) from None
        if not isinstance(name, str):
            raise Refusal(400, NOT_UNDERSTOOD)
        if name.lower().endswith((".json", ".xml", ".olx")):
            return self._read_document_file(content, name.lower().endswith(".json"))
        if self._is_too_large(draft):
            raise Refusal(413, TOO_LARGE)
        try:
            upload = sheets.taken_over(self._document_class, draft, sheets.read_file(content, name))
        except BadTable as error:
            raise Refusal(422, str(error)) from None
        return {
            "document": upload.data, "languages": [language_name(tag) for tag in upload.languages],
            "changes": [[each.place, each.language, each.before, each.after] for each in upload.changes],
            "problems": [{"row": each.row, "column": each.column, "message": each.message} for each in upload.problems],
        }

    def _read_document_file(self, content, is_json):
        if len(content) > MOST_BYTES:
            raise Refusal(422, N_("The file is too large. The most is 4 MB."))
        try:
            text = content.decode("utf-8-sig")
        except ValueError:
            raise Refusal(422, N_("The file is not written in UTF-8. Save it as UTF-8 and try again.")) from None
        try:
            if is_json:
                document = self.document_format.from_data(json.loads(text))
            else:
                data, problems = self.document_format.draft(text)
                if problems:
                    raise InvalidOlx(problems)
                document = self.document_format.from_data(data)
        except InvalidDocument as error:
            return {"problems": [{"row": problem.line, "column": "", "message": str(problem)}
                                 for problem in error.problems]}
        except (ValueError, RecursionError) as error:
            return {"problems": [{"row": getattr(error, "lineno", None), "column": "",
                                  "message": "This is not JSON that can be read. Export it again."}]}
        return {"document": document.to_data(), "title": document.title.words(self.account_words.language),
                "size": self.size_in_words(document), "problems": [], "changes": []}


def made_id(kind):
    """Return an id of its own for a new document."""
    return f"{kind}-{get_random_string(5, 'abcdefghjkmnpqrstuvwxyz23456789')}"


def _object(data, name):
    found = data.get(name)
    if not isinstance(found, dict):
        raise Refusal(400, NOT_UNDERSTOOD)
    return found


def _told(problem):
    return {"path": list(problem.path), "message": problem.message if problem.path else str(problem)}


def _pictures(cls, draft):
    """Return the addresses of an author's own pictures in a draft, ``/static/…``, each once."""
    found = (item.data.get("picture") for item in walk(cls, draft))
    return list(dict.fromkeys(each for each in found if isinstance(each, str) and each.startswith("/static/")))
