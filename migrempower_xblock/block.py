"""What the blocks share: who is asking, in which language, which assets, and how a request is refused."""

import functools
import json
import math
import re
from datetime import UTC, datetime
from importlib.resources import files

from django.utils import translation
from web_fragments.fragment import Fragment
from webob import Response
from xblock.core import XBlock
from xblock.exceptions import DisallowedFileError
from xblock.fields import Dict, Scope

from . import platform
from .merging import BadAnswer
from .records import RecordTooLarge
from .texts import N_, closest
from .words import words_for

LARGEST_REQUEST = 256 * 1024
_STATIC = files("migrempower_xblock.static")
_PICTURE_FOLDERS = ("openmoji", "own")


class Refusal(Exception):
    """A request is refused: ``status`` 4xx, and a message for a person, translated when it is sent, with more ``data``
    for the page.
    """

    def __init__(self, status, message, **data):
        self.status, self.data = status, data
        super().__init__(message)


TOO_MUCH = N_("This is too much at once. Please make your notes shorter.")
NOT_UNDERSTOOD = N_("This did not arrive in the right form. Please open the page again.")


def refusing(function):
    """Make a handler answer a ``Refusal``, or answers that cannot be accepted, with its status and message."""

    @functools.wraps(function)
    def handler(self, request, suffix=""):
        data = {}
        try:
            return function(self, request, suffix)
        except Refusal as refusal:
            status, message, data = refusal.status, str(refusal), refusal.data
        except BadAnswer as error:
            status, message = 400, str(error)
        except RecordTooLarge:
            status, message = 413, TOO_MUCH
        except RecursionError:  # values in values in values
            status, message = 400, NOT_UNDERSTOOD
        return json_response(status, {"error": self.words_of_refusals.gettext(message), **data})

    return handler


def learner_handler(function):
    """Make a method a JSON handler for the learner whose block this is.

    The method gets the request's JSON object and returns what the reply holds; it may raise ``Refusal``. Visitors and
    people who do not take part in the course are refused before it is called.
    """

    @XBlock.handler
    @functools.wraps(function)
    @refusing
    def handler(self, request, _suffix=""):
        self.require_participant()
        return json_response(200, function(self, json_object(request)))

    return handler


def json_object(request, largest=LARGEST_REQUEST, too_much=TOO_MUCH):
    """Return the JSON object a request brings, of ``largest`` bytes at most. Raises ``Refusal``."""
    if request.method != "POST":
        raise Refusal(405, NOT_UNDERSTOOD)
    if request.content_type != "application/json":  # a form's body may have been read by the host already
        raise Refusal(415, NOT_UNDERSTOOD)
    if (request.content_length or 0) > largest or len(request.body) > largest:
        raise Refusal(413, too_much)
    try:
        data = json.loads(request.body.decode("utf-8"), parse_constant=_number, parse_float=_number)
    except (ValueError, RecursionError):
        raise Refusal(400, NOT_UNDERSTOOD) from None
    if not isinstance(data, dict):
        raise Refusal(400, NOT_UNDERSTOOD)
    return data


def _number(text):
    """Return the number JSON has written. Raises ``ValueError`` for NaN and for what is too large to be sent back."""
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number


def file_response(name, media_type, **content):
    """Return a file to save under a name: ``body`` (bytes or text), or ``app_iter`` where it is sent in parts."""
    response = Response(
        content_type=media_type, charset="utf-8" if media_type in ("application/json", "text/csv") else None, **content)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "no-store"
    return response


def json_response(status, data):
    """Return a JSON reply."""
    body = json.dumps(data, ensure_ascii=False).encode("utf-8", "replace")  # drafts may hold halves of characters
    response = Response(body, content_type="application/json", charset="utf-8")
    response.status_int = status
    response.headers["Cache-Control"] = "no-store"
    return response


@functools.cache
def shipped_picture(name):
    """Return the path below ``static/`` of a picture that ships, or None."""
    paths = (f"pictures/{folder}/{name}.svg" for folder in _PICTURE_FOLDERS)
    return next((path for path in paths if (_STATIC / path).is_file()), None)


@functools.cache
def shipped_pictures():
    """Return [(name, path below ``static/``), …] of all pictures that ship."""
    found = {entry.name.removesuffix(".svg"): f"pictures/{folder}/{entry.name}" for folder in reversed(_PICTURE_FOLDERS)
             for entry in (_STATIC / "pictures" / folder).iterdir() if entry.name.endswith(".svg")}
    return tuple(sorted(found.items()))


@XBlock.wants("user", "replace_urls")
class LearnerBlock(XBlock):
    """The base of the blocks a learner works in."""

    # Where the platform's collectstatic finds static files from the package; in a checkout installed to be edited they
    # stand beside it.
    resources_dir = "static" if (files("migrempower_xblock") / "static").is_dir() else "../static"
    scripts = ()  # that a block's own script needs

    def __repr__(self):
        """Name the block only: XBlock's own form holds every field, answers too, and hosts write it to their logs."""
        return f"<{type(self).__name__} {self.scope_ids.usage_id}>"

    # Shared by all our blocks, so that the language is chosen once: {"own": tag, "beside": tag or ""}.
    migrempower_languages = Dict(scope=Scope.user_info, default={})

    @functools.cached_property
    def person(self):
        """Who is asking, as a ``platform.Person``."""
        return platform.person(self)

    def require_participant(self):
        """Raise ``Refusal`` unless a learner of this course, or its staff, is asking."""
        if self.person.id is None:
            raise Refusal(403, N_("Please log in to take part."))
        if platform.is_acting_as_another(self):
            raise Refusal(403, N_("You are looking at this page as somebody else. You cannot change it."))
        if not self.person.is_staff and not platform.is_enrolled(self, self.person):
            raise Refusal(403, N_("Please join this course to take part."))

    asks_as_staff = False  # while a request of an author's or a trainer's page is answered

    @property
    def words_of_refusals(self):
        """The words in which a request is refused."""
        return self.account_words if self.asks_as_staff else self.words

    @property
    def account_words(self):
        """The interface's words in the language of the account, for authors and trainers, whatever they chose as a
        learner.
        """
        return words_for(self.person.language, translation.get_language())

    @property
    def words(self):
        """The interface's words in the language of the person who is asking."""
        return words_for(self._language_wish, translation.get_language())

    @property
    def _language_wish(self):
        """The language the learner chose in the block, else the one of their account."""
        if self.person.id is None:
            return self.person.language
        own = self.migrempower_languages.get("own")
        return own if isinstance(own, str) and own else self.person.language

    def own_language(self, offered):
        """Return the language of a document's ``offered`` ones to show this person."""
        return closest(self._language_wish, offered) or closest(translation.get_language(), offered) or offered[0]

    def now(self):
        """Return the present moment."""
        return datetime.now(UTC)

    def is_overdue(self):
        """Whether the due date and grace period have passed."""
        deadline = platform.deadline(self)
        return deadline is not None and self.now() > deadline

    def asset(self, path):
        """Return the address of a file below ``static/``."""
        return self.runtime.local_resource_url(self, path)

    def authored_address(self, address):
        """Return the address a browser can open for one an author wrote."""
        return platform.authored_address(self, address)

    def picture(self, picture):
        """Return the address of a picture: one that ships, by name, or an author's own address. Empty for none."""
        if not picture:
            return ""
        if "/" in picture:
            return self.authored_address(picture)
        path = shipped_picture(picture)
        return self.asset(path) if path else ""

    @classmethod
    def open_local_resource(cls, uri):
        """Open a file below ``static/`` for a development server; nothing else of the package."""
        if isinstance(uri, bytes):
            uri = uri.decode("utf-8", "replace")
        if not re.fullmatch(r"(css|js|pictures|guides)(/[A-Za-z0-9_-]+)*/[A-Za-z0-9_-]+\.(css|js|svg|html)", uri):
            raise DisallowedFileError(f"Not a public file: {uri!r}")
        return (_STATIC / uri).open("rb")

    def learner_fragment(self, html, name, initializer):
        """Return a Fragment with the learners' style and script and, after them, those called ``name``."""
        return self.fragment_with(html, ("learner", name), ("learner", *self.scripts, name), initializer)

    def fragment_with(self, html, styles, scripts, initializer):
        """Return a Fragment with styles and scripts of ours by name, and the script's global function."""
        fragment = Fragment(html)
        for each in styles:
            fragment.add_css_url(self.asset(f"css/{each}.css"))
        for each in scripts:
            fragment.add_javascript_url(self.asset(f"js/{each}.js"))
        fragment.initialize_js(initializer)
        return fragment
