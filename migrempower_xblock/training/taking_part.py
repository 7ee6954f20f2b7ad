"""Marked on taking part: writing one's own words, ticking off what was done in real life."""

from dataclasses import dataclass
from functools import cached_property

from .. import schema
from ..merging import BAD_FORM, BadAnswer
from ..problems import Told
from ..texts import N_, Text, without_unstorable
from .activity import MOST_POINTS, Activity, ChoosingActivity, Offered, listed, twice
from .arranging import Item
from .veil import Veil

LONGEST_REFLECTION = 1000


def _text_of(reply: object) -> str:
    return reply if isinstance(reply, str) else ""


@dataclass(frozen=True, kw_only=True)
class Reflection(Activity):
    """The learner's own words, seen by nobody else unless shared. A reply is the text."""

    form = "writing"
    takes_part = True
    example: Text = schema.text(required=False)

    def read_reply(self, data: object, veil: Veil) -> str:
        if not isinstance(data, str):
            raise BadAnswer(BAD_FORM)
        if len(data) > LONGEST_REFLECTION:
            raise BadAnswer(N_("Your note is too long. Please make it shorter."))
        return without_unstorable(data)

    def show_reply(self, reply: object, veil: Veil) -> str:
        return _text_of(reply)

    def in_words(self, reply: object, language: str) -> str:
        return _text_of(reply)

    def is_ready(self, reply: object) -> bool:
        return bool(_text_of(reply).strip())

    def mark(self, reply: object) -> float:
        """1 for writing something."""
        return float(self.is_ready(reply))


@dataclass(frozen=True, kw_only=True)
class Checklist(ChoosingActivity):
    """Things to do in real life, ticked off when done. A reply is the list of ids ticked. By default no points."""

    takes_part = True
    several = True
    points: int = schema.whole_number(0, MOST_POINTS, 0)
    items: tuple[Item, ...] = schema.many("item", Item)

    @cached_property
    def choices(self) -> dict[str, Text]:
        """The words of the items, by id."""
        return {item.id: item.text for item in self.items}

    def offer(self, veil: Veil) -> list[Offered]:
        """Return the items in the author's order."""
        return [Offered(item.id, veil.name(self.id, item.id), item.text, item.picture, audio=item.audio)
                for item in self.items]

    def mark(self, reply: object) -> float:
        """Items ticked, over all items."""
        return len(listed(reply, self.choices)) / len(self.items)

    def check(self, told: Told) -> None:
        twice(told, self.items, "items", lambda item: item.text, "Two items say the same. Change or remove one.")
