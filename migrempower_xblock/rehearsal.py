"""Trying a block out while it is being written: as a learner sees it, with nothing kept anywhere but in the page."""

import json

from webob import Request
from xblock.field_data import DictFieldData

from .block import NOT_UNDERSTOOD, Refusal
from .platform import Person
from .records import RehearsalStore
from .templating import render

# What a learner does on a page; each changes the rehearsal's own state only.
_HANDLERS = ("page", "save_answers", "hand_in", "start_again", "choose_languages", "share", "delete_data", "tick",
             "choose_country")
_KEPT = ("progress", "migrempower_languages", "migrempower_country")


class Rehearsal:
    """A copy of a block with an author's draft, its settings and a learner's state that the page keeps.

    ``state`` is what ``state`` of an earlier one gave, or {}. Raises ``Refusal`` where it cannot be read.
    """

    def __init__(self, block, values, state):
        fields = {name: state[name] for name in _KEPT if name in state and name in block.fields}
        if not all(isinstance(each, dict | str | None) for each in fields.values()):
            raise Refusal(400, NOT_UNDERSTOOD)
        copy = block.runtime.construct_xblock_from_class(
            type(block), block.scope_ids, DictFieldData({**values, **fields}))
        copy.person = Person("rehearsal", language=block.words.language)
        try:
            copy.store = RehearsalStore.from_json(copy.place, state.get("store") or {})
        except (AttributeError, KeyError, TypeError, ValueError):
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
        """Return the whole document of a frame that shows the learner's page."""
        block = self._block
        return render("rehearsal.html", block.words, body=block.student_view().content,
                      styles=[block.asset(f"css/{name}.css") for name in ("learner", block.block_name)],
                      scripts=[block.asset(f"js/{name}.js") for name in ("rehearsal", "learner", block.block_name)],
                      initializer=block.initializer)

    def call(self, handler, body):
        """Return (status, reply) of a learner's request. Raises ``Refusal`` for what a rehearsal does not do."""
        if handler not in _HANDLERS or handler not in dir(self._block) or not isinstance(body, dict):
            raise Refusal(400, NOT_UNDERSTOOD)
        request = Request.blank("/", method="POST", content_type="application/json", body=json.dumps(body).encode())
        response = getattr(self._block, handler)(request)  # not through the runtime, which would keep and tell things
        return response.status_int, response.json
