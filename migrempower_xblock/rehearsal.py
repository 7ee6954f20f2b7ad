"""Trying a block out while it is being written: as a learner sees it, with nothing kept anywhere but in the page."""

import json

from webob import Request
from xblock.field_data import DictFieldData

from .block import NOT_UNDERSTOOD, Refusal
from .platform import Person
from .stores import RehearsalStore
from .templating import render

# What a learner does on a page; each changes the rehearsal's own state only.
_HANDLERS = ("page", "save_answers", "hand_in", "start_again", "choose_languages", "share", "delete_data", "tick",
             "choose_country")
_KEPT = {"progress": dict, "migrempower_languages": dict, "migrempower_country": str | None}
# What a learner's state of a wrong form, which a page has sent, does to a block.
_UNREADABLE = (AttributeError, KeyError, OverflowError, TypeError, ValueError)


class Rehearsal:
    """A copy of a block with an author's settings and draft, in any of its languages, and a learner's state that the
    page keeps.

    ``state`` is what ``state`` of an earlier one gave, or {}. Raises ``Refusal`` where it cannot be read.
    """

    def __init__(self, block, settings, document, state):
        fields = {name: state[name] for name in _KEPT if name in state and name in block.fields}
        copy = block.runtime.construct_xblock_from_class(
            type(block), block.scope_ids, DictFieldData({**settings, **fields}))
        vars(document)["offered"] = document.languages  # those still being translated, too
        copy.load_document = lambda: document
        copy.is_rehearsal = True
        copy.person = Person("rehearsal", language=block.words.language)
        try:
            if not all(isinstance(value, _KEPT[name]) for name, value in fields.items()):
                raise TypeError
            copy.store = RehearsalStore.from_json(copy.place, state.get("store") or {})
        except _UNREADABLE:
            raise Refusal(400, NOT_UNDERSTOOD) from None
        # Nothing leaves the rehearsal: no grade, completion or event.
        copy.require_participant = copy.publish_grade = lambda: None
        copy.announce = copy._complete = lambda *_, **__: None
        self._block = copy

    @property
    def state(self):
        """What the page keeps for the next request."""
        kept = {name: getattr(self._block, name) for name in _KEPT if name in self._block.fields}
        return {**kept, "store": self._block.store.to_json()}

    def page(self):
        """Return the whole document of a frame that shows the learner's page. Raises ``Refusal``."""
        block = self._block
        try:
            body = block.student_view().content
        except _UNREADABLE:
            raise Refusal(400, NOT_UNDERSTOOD) from None
        return render("rehearsal.html", block.words, body=body, initializer=block.initializer,
                      styles=[block.asset(f"css/{name}.css") for name in ("learner", block.block_name)],
                      scripts=[block.asset(f"js/{name}.js")
                               for name in ("rehearsal", "learner", *block.scripts, block.block_name)])

    def call(self, handler, body):
        """Return (status, reply) of a learner's request. Raises ``Refusal`` for what a rehearsal does not do."""
        if handler not in _HANDLERS or handler not in dir(self._block) or not isinstance(body, dict):
            raise Refusal(400, NOT_UNDERSTOOD)
        request = Request.blank("/", method="POST", content_type="application/json", body=json.dumps(body).encode())
        try:
            # Not through the runtime, which would keep and tell things.
            response = getattr(self._block, handler)(request)
        except _UNREADABLE:
            raise Refusal(400, NOT_UNDERSTOOD) from None
        return response.status_int, response.json
