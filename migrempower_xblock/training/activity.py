"""What an activity is: what the author writes, what a learner is offered, what a reply is worth.

Each kind is one class. Its declared fields are the document. ``offer`` gives what may be shown before an answer: no
key, no points, no feedback. ``mark`` gives the share of the points a reply earns, 0.0 to 1.0. Replies are kept in the
author's ids and travel under veiled names (``veil.Veil``); ``read_reply`` refuses names that were not offered.

``mark``, ``verdicts`` and ``remarks`` take whatever was stored, also by an earlier version of the module; what they do
not know counts for nothing.
"""

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeGuard, TypeVar

from .. import schema
from ..merging import BAD_FORM, BadAnswer
from ..problems import Told
from ..schema import IDENTIFIER, Value
from ..texts import N_, Text
from .veil import Veil

V = TypeVar("V", bound=Value)
MOST_POINTS = 100
NOT_OFFERED = N_("This answer is not one of the choices. Please choose again.")


@dataclass(frozen=True, slots=True)
class Offered:
    """One thing a learner may choose: its veiled ``name``, and ``id`` for our side only."""

    id: str
    name: str
    text: Text
    picture: str = ""
    alt: Text = field(default_factory=Text)
    audio: Text = field(default_factory=Text)


@dataclass(frozen=True, kw_only=True)
class Activity(Value):
    """A step that is marked. ``competence`` is one of the module's; ``attempts`` 0 leaves it to the block."""

    form = ""  # the template that shows it
    takes_part = False  # marked on taking part: no key, no attempts, never closed

    id: str = schema.identifier("step", everywhere=True)
    competence: str = schema.matching(IDENTIFIER.pattern, "Name one of the module's competences by its id.")
    points: int = schema.whole_number(0, MOST_POINTS, 1)
    attempts: int = schema.whole_number(0, 20, 0)
    picture: str = schema.picture()
    question: Text = schema.text()
    alt: Text = schema.text(required=False)
    audio: Text = schema.addresses("An audio")
    hint: Text = schema.text(required=False)
    feedback: Text = schema.text(required=False)
    right: Text = schema.text(required=False)
    wrong: Text = schema.text(required=False)

    @property
    def title(self) -> Text:
        """What a list of steps calls it."""
        return self.question

    def read_reply(self, data: object, veil: Veil) -> object:
        """Return the reply in the author's ids. Raises ``BadAnswer`` for anything that was not offered."""
        raise NotImplementedError

    def show_reply(self, reply: object, veil: Veil) -> object:
        """Return a kept reply under the names the page knows."""
        raise NotImplementedError

    def is_ready(self, reply: object) -> bool:
        """Whether there is enough of a reply to mark."""
        return bool(reply)

    def mark(self, reply: object) -> float:
        """Return the share earned, 0.0 to 1.0."""
        raise NotImplementedError

    def best_share(self, replies: Iterable[object]) -> float:
        """Return the highest share that any of ``replies`` earns; 0.0 for none."""
        return max((self.mark(reply) for reply in replies), default=0.0)

    def key(self) -> object:
        """Return a reply that earns everything, or None where there is nothing to know."""
        return None

    def solution(self) -> list[tuple[Text, ...]]:
        """Return the key for people: a list of tuples of ``Text``."""
        return []

    def in_words(self, reply: object, language: str) -> str:
        """Return a stored reply as a sentence for files and reports."""
        raise NotImplementedError

    def verdicts(self, reply: object) -> dict[str, bool]:
        """Return ``{id: bool}`` for the parts of a reply that can be right or wrong by themselves."""
        return {}

    def remarks(self, reply: object) -> dict[str, Text]:
        """Return ``{id: Text}``: the feedback the parts of a reply have earned."""
        return {}


@dataclass(frozen=True, kw_only=True)
class ChoosingActivity(Activity):
    """The base of activities whose reply is the list of the ids chosen, of those in ``choices``."""

    form = "options"
    several = False
    look = "plain"

    @property
    def choices(self) -> Mapping[str, Text]:
        """The words of what can be chosen, ``{id: Text}``, in the author's order."""
        raise NotImplementedError

    def read_reply(self, data: object, veil: Veil) -> list[str]:
        reply = unveiled(data, veil.names(self.choices, self.id))
        if len(reply) > 1 and not self.several:
            raise BadAnswer(NOT_OFFERED)
        return [each for each in self.choices if each in reply]

    def show_reply(self, reply: object, veil: Veil) -> list[str]:
        return [veil.name(self.id, each) for each in listed(reply, self.choices)]

    def in_words(self, reply: object, language: str) -> str:
        return sentence(self.choices[each].words(language) for each in listed(reply, self.choices))


def sentence(parts: Iterable[str]) -> str:
    """Return the parts of a reply in one line."""
    return " / ".join(parts)


def twice(told: Told, items: Sequence[V], name: str, read: Callable[[V], Text], message: str) -> None:
    """Tell items that say the same as an earlier one, in any language; where one is not translated, as it is shown."""
    seen: set[tuple[str, str]] = set()
    languages = {language for item in items for language in read(item)}
    for number, item in enumerate(items):
        said = {(language, read(item).words(language)) for language in languages}
        if said & seen:
            told((name, number), message)
        seen |= said


def listed(reply: object, known: Container[str]) -> list[str]:
    """Return the parts of a stored reply that are known, each once."""
    return [each for each in dict.fromkeys(reply) if each in known] if is_words(reply) else []


def mapped(reply: object) -> dict[str, str]:
    """Return the parts of a stored reply that is a map to strings."""
    return {name: each for name, each in reply.items() if isinstance(each, str)} if isinstance(reply, dict) else {}


def is_words(data: object) -> TypeGuard[list[str]]:
    """Whether data is a list of strings."""
    return isinstance(data, list) and all(isinstance(each, str) for each in data)


def unveiled(data: object, names: Mapping[str, str]) -> list[str]:
    """Return the ids of a list of names, each offered and named once. Raises ``BadAnswer``."""
    if not is_words(data):
        raise BadAnswer(BAD_FORM)
    ids = {name: each for each, name in names.items()}
    if not set(data) <= ids.keys() or len(set(data)) != len(data):
        raise BadAnswer(NOT_OFFERED)
    return [ids[name] for name in data]
