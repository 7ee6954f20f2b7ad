"""Choosing: of options, of pictures, true or false."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from .. import schema
from ..problems import Told
from ..schema import Value
from ..texts import Text
from .activity import ChoosingActivity, Offered, listed, sentence, twice
from .veil import Veil


@dataclass(frozen=True, slots=True, kw_only=True)
class Option(Value):
    """One answer to choose."""

    id: str = schema.identifier("option")
    right: bool = schema.flag()
    picture: str = schema.picture()
    text: Text = schema.text()
    alt: Text = schema.text(required=False)
    audio: Text = schema.addresses("An audio")
    feedback: Text = schema.text(required=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class PicturedOption(Option):
    """One answer to choose by its picture; the text stands under it."""

    picture: str = schema.picture(required=True)


class _Options(ChoosingActivity):
    """What the kinds of choice among written options share. No dataclass: each declares the fields in its own order."""

    keep_order = False
    options: Sequence[Option]

    @cached_property
    def _by_id(self) -> dict[str, Option]:
        return {option.id: option for option in self.options}

    @cached_property
    def choices(self) -> dict[str, Text]:
        """The words of the options, by id."""
        return {option.id: option.text for option in self.options}

    def offer(self, veil: Veil) -> list[Offered]:
        """Return the options as ``Offered``, in the order this learner sees them."""
        names = veil.names(self._by_id, self.id)
        return [Offered(each, names[each], option.text, option.picture, option.alt, option.audio)
                for each in (self._by_id if self.keep_order else names) for option in [self._by_id[each]]]

    def key(self) -> list[str]:
        return [option.id for option in self.options if option.right]

    def mark(self, reply: object) -> float:
        """Of one: 1 or 0. Of several: right ones chosen less wrong ones chosen, over the right ones; never below 0."""
        chosen, key = listed(reply, self._by_id), self.key()
        if not self.several:
            return float(chosen == key)
        right = sum(self._by_id[each].right for each in chosen)
        return max(0, right - (len(chosen) - right)) / len(key)

    def solution(self) -> list[tuple[Text, ...]]:
        return [(option.text,) for option in self.options if option.right]

    def verdicts(self, reply: object) -> dict[str, bool]:
        return {each: self._by_id[each].right for each in listed(reply, self._by_id)}

    def remarks(self, reply: object) -> dict[str, Text]:
        return {each: self._by_id[each].feedback for each in listed(reply, self._by_id) if self._by_id[each].feedback}

    def check(self, told: Told) -> None:
        right = len(self.key())
        if len(self.options) < 2:
            told(("options",), "Give at least two options.")
        if right == 0:
            told(("options",), 'No option is right. Write right="true" at the right one.')
        elif right > 1 and not self.several:
            told(("options",), f"{right} options are right. Leave one, or make it a choice of several "
                               '(several="true").')
        twice(told, self.options, "options", lambda option: option.text,
               "Two options say the same. Change or remove one.")


@dataclass(frozen=True, kw_only=True)
class Choice(_Options):
    """One right option, or several."""

    several: bool = schema.flag()
    keep_order: bool = schema.flag()
    options: tuple[Option, ...] = schema.many("option", Option)


@dataclass(frozen=True, kw_only=True)
class PictureChoice(_Options):
    """One right picture."""

    look = "pictures"
    keep_order: bool = schema.flag()
    options: tuple[PicturedOption, ...] = schema.many("option", PicturedOption)


@dataclass(frozen=True, kw_only=True)
class TrueFalse(ChoosingActivity):
    """A statement that is true or false. A reply is ``["true"]`` or ``["false"]``."""

    look = "true-false"

    answer: bool = schema.flag(required=True)

    @property
    def choices(self) -> dict[str, Text]:
        """The two answers; the page has the words for them."""
        return dict.fromkeys(("true", "false"), Text())

    def offer(self, veil: Veil) -> list[Offered]:
        """Return the two answers; the page has the words for them."""
        return [Offered(each, veil.name(self.id, each), text) for each, text in self.choices.items()]

    def key(self) -> list[str]:
        return ["true" if self.answer else "false"]

    def mark(self, reply: object) -> float:
        """1 or 0."""
        return float(listed(reply, self.choices) == self.key())

    def in_words(self, reply: object, language: str) -> str:
        return sentence(listed(reply, self.choices))

    def verdicts(self, reply: object) -> dict[str, bool]:
        return {each: each in self.key() for each in listed(reply, self.choices)}
