"""Bringing things together: matching, putting in order."""

from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from operator import attrgetter

from .. import schema
from ..merging import BAD_FORM, BadAnswer
from ..problems import Told
from ..schema import Value
from ..texts import Text
from .activity import NOT_OFFERED, Activity, Offered, listed, mapped, sentence, twice, unveiled
from .veil import Veil


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair(Value):
    """Two things that belong together."""

    id: str = schema.identifier("pair")
    picture: str = schema.picture()
    left: Text = schema.text()
    right: Text = schema.text()


@dataclass(frozen=True, kw_only=True)
class Matching(Activity):
    """Find what belongs together. A reply maps the id of a left side to the id of the right side put with it."""

    form = "matching"
    pairs: tuple[Pair, ...] = schema.many("pair", Pair, at_least=2)

    @cached_property
    def _by_id(self) -> dict[str, Pair]:
        return {pair.id: pair for pair in self.pairs}

    def offer(self, veil: Veil) -> tuple[list[Offered], list[Offered]]:
        """Return (left sides in the author's order, right sides shuffled)."""
        rights = veil.names(self._by_id, self.id, "right")
        return ([Offered(pair.id, veil.name(self.id, "left", pair.id), pair.left, pair.picture) for pair in self.pairs],
                [Offered(each, name, self._by_id[each].right) for each, name in rights.items()])

    def read_reply(self, data: object, veil: Veil) -> dict[str, str]:
        if not isinstance(data, dict):
            raise BadAnswer(BAD_FORM)
        lefts = unveiled(list(data), veil.names(self._by_id, self.id, "left"))
        names = veil.names(self._by_id, self.id, "right")
        return {left: unveiled([right], names)[0] for left, right in zip(lefts, data.values(), strict=True)}

    def show_reply(self, reply: object, veil: Veil) -> dict[str, str]:
        return {veil.name(self.id, "left", left): veil.name(self.id, "right", right)
                for left, right in self._known(reply).items()}

    def _known(self, reply: object) -> dict[str, str]:
        return {left: right for left, right in mapped(reply).items()
                if left in self._by_id and right in self._by_id}

    def key(self) -> dict[str, str]:
        return {pair.id: pair.id for pair in self.pairs}

    def mark(self, reply: object) -> float:
        """Pairs put together rightly, over all pairs."""
        return sum(self.verdicts(reply).values()) / len(self.pairs)

    def solution(self) -> list[tuple[Text, ...]]:
        return [(pair.left, pair.right) for pair in self.pairs]

    def in_words(self, reply: object, language: str) -> str:
        return sentence(f"{self._by_id[left].left.words(language)} = {self._by_id[right].right.words(language)}"
                        for left, right in self._known(reply).items())

    def verdicts(self, reply: object) -> dict[str, bool]:
        return {left: left == right for left, right in self._known(reply).items()}

    def check(self, told: Told) -> None:
        for side in ("left", "right"):
            twice(told, self.pairs, "pairs", attrgetter(side),
                   f"Two pairs have the same {side} side, so nobody can tell them apart. Change or remove one.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Item(Value):
    """One thing of a list."""

    id: str = schema.identifier("item")
    picture: str = schema.picture()
    text: Text = schema.text()
    audio: Text = schema.addresses("An audio")


@dataclass(frozen=True, kw_only=True)
class Ordering(Activity):
    """Put things in order; the author writes them in the right one. A reply is the list of all ids."""

    form = "ordering"
    items: tuple[Item, ...] = schema.many("item", Item, at_least=3)

    @cached_property
    def _by_id(self) -> dict[str, Item]:
        return {item.id: item for item in self.items}

    def offer(self, veil: Veil) -> list[Offered]:
        """Return the items shuffled, never in the right order from the beginning."""
        names = veil.names(self._by_id, self.id)
        order = list(names)
        if order == self.key():
            order.reverse()
        return [Offered(each, names[each], self._by_id[each].text, self._by_id[each].picture,
                        audio=self._by_id[each].audio) for each in order]

    def read_reply(self, data: object, veil: Veil) -> list[str]:
        reply = unveiled(data, veil.names(self._by_id, self.id))
        if len(reply) != len(self.items):
            raise BadAnswer(NOT_OFFERED)
        return reply

    def show_reply(self, reply: object, veil: Veil) -> list[str]:
        """Return the names in the reply's order; items the author has added since follow as they are offered."""
        known = [veil.name(self.id, each) for each in listed(reply, self._by_id)]
        return [*known, *(each.name for each in self.offer(veil) if each.name not in known)]

    def key(self) -> list[str]:
        return list(self._by_id)

    def mark(self, reply: object) -> float:
        """Pairs of items in the right relative order, over all pairs (Kendall, "A New Measure of Rank Correlation",
        Biometrika 30, 1938, counts the same pairs): a reversed list earns nothing.
        """
        place = {each: number for number, each in enumerate(listed(reply, self._by_id))}
        pairs = list(combinations(self.key(), 2))
        return sum(first in place and second in place and place[first] < place[second]
                   for first, second in pairs) / len(pairs)

    def solution(self) -> list[tuple[Text, ...]]:
        return [(item.text,) for item in self.items]

    def verdicts(self, reply: object) -> dict[str, bool]:
        known = listed(reply, self._by_id)
        return {each: place == self.key().index(each) for place, each in enumerate(known)}

    def in_words(self, reply: object, language: str) -> str:
        return sentence(self._by_id[each].text.words(language) for each in listed(reply, self._by_id))

    def check(self, told: Told) -> None:
        twice(told, self.items, "items", lambda item: item.text, "Two items say the same. Change or remove one.")
