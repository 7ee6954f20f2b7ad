"""Choosing: of options, of pictures, true or false."""

from dataclasses import dataclass
from functools import cached_property

from .. import schema
from ..merging import BadAnswer
from ..schema import Value
from ..texts import Text
from .activity import NOT_OFFERED, Activity, Offered, listed, sentence, twice, unveiled


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
class _Choosing(Activity):
    """What the kinds of choice share: a reply is the list of ids chosen."""

    form = "options"
    several = False
    keep_order = False
    look = "plain"

    @cached_property
    def _by_id(self):
        return {option.id: option for option in self.options}

    def offer(self, veil):
        """Return the options as ``Offered``, in the order this learner sees them."""
        names = veil.names(self._by_id, self.id)
        return [Offered(each, names[each], option.text, option.picture, option.alt, option.audio)
                for each in (self._by_id if self.keep_order else names) for option in [self._by_id[each]]]

    def read_reply(self, data, veil):
        reply = unveiled(data, veil.names(self._by_id, self.id))
        if len(reply) > 1 and not self.several:
            raise BadAnswer(NOT_OFFERED)
        return [each for each in self._by_id if each in reply]

    def show_reply(self, reply, veil):
        return [veil.name(self.id, each) for each in listed(reply, self._by_id)]

    def key(self):
        return [each for each, option in self._by_id.items() if option.right]

    def mark(self, reply):
        """Of one: 1 or 0. Of several: right ones chosen less wrong ones chosen, over the right ones; never below 0."""
        chosen, key = listed(reply, self._by_id), self.key()
        if not self.several:
            return float(chosen == key)
        right = sum(self._by_id[each].right for each in chosen)
        return max(0, right - (len(chosen) - right)) / len(key)

    def solution(self):
        return [(self._by_id[each].text,) for each in self.key()]

    def in_words(self, reply, language):
        return sentence(self._by_id[each].text[language] for each in listed(reply, self._by_id))

    def verdicts(self, reply):
        return {each: self._by_id[each].right for each in listed(reply, self._by_id)}

    def remarks(self, reply):
        return {each: self._by_id[each].feedback for each in listed(reply, self._by_id)
                if self._by_id[each].feedback}

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
class Choice(_Choosing):
    """One right option, or several."""

    several: bool = schema.flag()
    keep_order: bool = schema.flag()
    options: tuple[Option, ...] = schema.many("option", Option)


@dataclass(frozen=True, kw_only=True)
class PictureChoice(_Choosing):
    """One right picture."""

    look = "pictures"
    keep_order: bool = schema.flag()
    options: tuple[PicturedOption, ...] = schema.many("option", PicturedOption)


@dataclass(frozen=True, kw_only=True)
class TrueFalse(Activity):
    """A statement that is true or false. A reply is ``["true"]`` or ``["false"]``."""

    form = "options"
    several = False
    look = "true-false"

    answer: bool = schema.flag(required=True)

    def offer(self, veil):
        """Return the two answers; the page has the words for them."""
        return [Offered(each, veil.name(self.id, each), Text()) for each in ("true", "false")]

    def read_reply(self, data, veil):
        reply = unveiled(data, veil.names(("true", "false"), self.id))
        if len(reply) > 1:
            raise BadAnswer(NOT_OFFERED)
        return reply

    def show_reply(self, reply, veil):
        return [veil.name(self.id, each) for each in listed(reply, ("true", "false"))]

    def key(self):
        return ["true" if self.answer else "false"]

    def mark(self, reply):
        """1 or 0."""
        return float(listed(reply, ("true", "false")) == self.key())

    def in_words(self, reply, language):
        return sentence(listed(reply, ("true", "false")))

    def verdicts(self, reply):
        return {each: each in self.key() for each in listed(reply, ("true", "false"))}
