"""Choosing: of options, of pictures, true or false."""

from dataclasses import dataclass
from functools import cached_property

from .. import schema
from ..schema import Value
from ..texts import Text
from .activity import ChoosingActivity, Offered, listed, sentence, twice


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


@dataclass(frozen=True, kw_only=True)
class _Options(ChoosingActivity):
    """What the kinds of choice among written options share."""

    keep_order = False

    @cached_property
    def choices(self):
        """The options by id."""
        return {option.id: option for option in self.options}

    def offer(self, veil):
        """Return the options as ``Offered``, in the order this learner sees them."""
        names = veil.names(self.choices, self.id)
        return [Offered(each, names[each], option.text, option.picture, option.alt, option.audio)
                for each in (self.choices if self.keep_order else names) for option in [self.choices[each]]]

    def key(self):
        return [each for each, option in self.choices.items() if option.right]

    def mark(self, reply):
        """Of one: 1 or 0. Of several: right ones chosen less wrong ones chosen, over the right ones; never below 0."""
        chosen, key = listed(reply, self.choices), self.key()
        if not self.several:
            return float(chosen == key)
        right = sum(self.choices[each].right for each in chosen)
        return max(0, right - (len(chosen) - right)) / len(key)

    def solution(self):
        return [(self.choices[each].text,) for each in self.key()]

    def verdicts(self, reply):
        return {each: self.choices[each].right for each in listed(reply, self.choices)}

    def remarks(self, reply):
        return {each: self.choices[each].feedback for each in listed(reply, self.choices)
                if self.choices[each].feedback}

    def check(self, told):
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
    def choices(self):
        """The two answers; the page has the words for them."""
        return dict.fromkeys(("true", "false"))

    def offer(self, veil):
        """Return the two answers; the page has the words for them."""
        return [Offered(each, veil.name(self.id, each), Text()) for each in self.choices]

    def key(self):
        return ["true" if self.answer else "false"]

    def mark(self, reply):
        """1 or 0."""
        return float(listed(reply, self.choices) == self.key())

    def in_words(self, reply, language):
        return sentence(listed(reply, self.choices))

    def verdicts(self, reply):
        return {each: each in self.key() for each in listed(reply, self.choices)}
