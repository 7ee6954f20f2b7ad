"""A run: one pass through a module. What was answered, how often it was tried, what it earned."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Self

from ..merging import BAD_FORM, BadAnswer, later_wins, read_stamped, require_room
from ..shapes import Json, Ratings, readable, shaped
from ..texts import N_
from .activity import Activity, is_words
from .dialogue import Dialogue
from .module import Module, Step
from .taking_part import Checklist
from .veil import Veil

SHEET_FORMAT = 1
# "Without limit" keeps the latest tries of an activity, and the best of all.
MOST_KEPT_TRIES = 20
SHOW_ANSWERS = ("after-attempt", "after-last-attempt", "after-due", "never")


@dataclass(frozen=True, slots=True)
class Rules:
    """What the author has set: marking at the end or on "check", how many tries (0: no limit), when answers show; and
    whether ``correctness`` may be told at all.
    """

    at_end: bool = False
    attempts: int = 0
    answers: str = "after-last-attempt"
    correctness: bool = True

    def limit(self, activity: Activity) -> int:
        """Return how often an activity may be tried; 0 is without limit."""
        return activity.attempts or self.attempts

    def closes(self, activity: Activity, tries: "Tries") -> bool:
        """Whether an activity takes no more tries: all earned, all used, or the answer has been shown."""
        if activity.takes_part or not tries.count:
            return False
        if 0 < self.limit(activity) <= tries.count:
            return True
        # To close what is right would tell that it is.
        tells = self.correctness and not self.at_end
        return tells and (tries.share(activity) == 1 or self.answers == "after-attempt")

    def shows_answer(self, activity: Activity, tries: "Tries", finished: bool, overdue: bool) -> bool:
        """Whether the key may be seen; ``finished``: no run is left, ``overdue``: the due date is over."""
        tried = tries.count > 0 and not self.at_end
        return self.correctness and {
            "after-attempt": tried or finished,
            "after-last-attempt": finished or (tried and self.closes(activity, tries)),
            "after-due": overdue,
        }.get(self.answers, False)


@dataclass(frozen=True, slots=True)
class Tries:
    """The marked replies to one activity: how many there were, and those that are kept, oldest first."""

    count: int = 0
    replies: tuple[object, ...] = ()

    def share(self, activity: Activity) -> float:
        """Return the best share earned."""
        return activity.best_share(self.replies)

    def with_one(self, reply: object, activity: Activity) -> "Tries":
        """Return the tries with one more."""
        replies = (*(each for each in self.replies if each != reply), reply)
        return Tries(self.count + 1, replies).at_most(MOST_KEPT_TRIES, activity)

    def at_most(self, number: int, activity: Activity) -> "Tries":
        """Return the tries with the latest ``number`` of replies, the best of all among them."""
        best = max(self.replies, key=activity.mark, default=None)
        latest = self.replies[-number:]
        return self if len(self.replies) <= number else Tries(
            self.count, latest if best in latest else (best, *latest[1:]))


@dataclass(frozen=True, slots=True)
class Entry:
    """What a learner left at a step: a reply in the author's ids, or True for a step that was seen."""

    stamp: int
    reply: object

    @property
    def order(self) -> tuple[int, str]:
        """A total order that agrees with the stamps and breaks ties the same way everywhere."""
        return self.stamp, json.dumps(self.reply, sort_keys=True)


@dataclass(frozen=True, slots=True)
class Change:
    """A reply on its way; ``check`` is the number of the try it asks to be marked as, 0 for none."""

    stamp: int
    reply: object
    check: int = 0


def read_changes(data: object, module: Module, veil: Veil, now: int) -> dict[str, Change]:
    """Return ``{step id: Change}`` from what a browser sent: ``{step id: {"stamp", "reply", "check"}}``.

    ``now`` is the server's time in milliseconds. Raises ``BadAnswer``; nothing is accepted then.
    """
    if not isinstance(data, dict):
        raise BadAnswer(BAD_FORM)
    return {step: _read_change(step, change, module, veil, now) for step, change in data.items()}


def _read_change(step: str, data: object, module: Module, veil: Veil, now: int) -> Change:
    if step not in module.by_id:
        raise BadAnswer(N_("This step is not part of the module any more. Please open the page again."))
    stamp, said = read_stamped(data, now)
    check = said.get("check", 0)
    if not set(said) <= {"reply", "check"} or type(check) is not int or check < 0:
        raise BadAnswer(BAD_FORM)
    if step in module.activities and "reply" in said:
        return Change(stamp, module.activities[step].read_reply(said["reply"], veil), check)
    if said.get("reply") is not True:
        raise BadAnswer(BAD_FORM)
    return Change(stamp, True)


@dataclass(frozen=True)
class RunSheet:
    """A run under way: the latest ``Entry`` of each step and the ``Tries`` of each activity. ``number`` is
    the run's, from 1."""

    number: int = 0
    entries: dict[str, Entry] = field(default_factory=dict)
    tries: dict[str, Tries] = field(default_factory=dict)

    def tries_of(self, activity: Activity) -> Tries:
        """Return the ``Tries`` of an activity."""
        return self.tries.get(activity.id, Tries())

    def merged(self, changes: Mapping[str, Change], module: Module, rules: Rules) -> Self:
        """Return the sheet with ``{step id: Change}`` taken in.

        A try is marked once: one whose number has been used is the same one again. Raises ``BadAnswer`` when the notes
        together have become too long to keep.
        """
        sheet = self
        for step, change in changes.items():
            sheet = sheet._with(module.by_id[step], change, rules)
        if not changes:
            return sheet
        try:
            require_room(sheet)
        except BadAnswer:  # earlier tries go before anybody's words do
            sheet = replace(sheet, tries={name: tries.at_most(2, module.activities[name]) for name, tries in
                                          sheet.tries.items() if name in module.activities})
            require_room(sheet)
        return sheet

    def _with(self, step: Step, change: Change, rules: Rules) -> Self:
        entry = Entry(change.stamp, change.reply)
        if not isinstance(step, Activity) or step.takes_part:
            return self._with_entry(step, entry)
        tries = self.tries_of(step)
        if rules.closes(step, tries):
            return self
        if isinstance(step, Dialogue):
            return self._with_said(step, entry)
        sheet = self._with_entry(step, entry)
        if rules.at_end or change.check != tries.count + 1 or not step.is_ready(change.reply):
            return sheet
        tries = tries.with_one(change.reply, step)
        if rules.closes(step, tries):  # nothing comes after the last try, whatever arrived before it
            sheet = replace(sheet, entries={**sheet.entries, step.id: entry})
        return replace(sheet, tries={**self.tries, step.id: tries})

    def _with_entry(self, step: Step, entry: Entry) -> Self:
        return replace(self, entries=later_wins(self.entries, {step.id: entry}))

    def _with_said(self, step: Dialogue, entry: Entry) -> Self:
        """A conversation only goes on, or begins again after its end; nothing said is taken back."""
        held = self.entries.get(step.id, Entry(-1, []))
        said = [reply.id for _, reply in step.walk(held.reply)[0]]  # what the author's edits have left of it
        ended = step.is_ready(said)
        path = entry.reply if is_words(entry.reply) else said
        goes_on = not ended and len(path) > len(said) and path[:len(said)] == said
        if entry.stamp <= held.stamp or not (goes_on or (ended and not path)):
            return self
        sheet = replace(self, entries={**self.entries, step.id: entry})
        if not step.is_ready(entry.reply):
            return sheet
        return replace(sheet, tries={**self.tries, step.id: self.tries_of(step).with_one(entry.reply, step)})

    def is_done(self, step: Step, rules: Rules) -> bool:
        """Whether a step has been seen, or an activity answered."""
        entry = self.entries.get(step.id)
        if not isinstance(step, Activity):
            return entry is not None
        if not step.takes_part and not rules.at_end:
            return self.tries_of(step).count > 0
        return entry is not None and step.is_ready(entry.reply)

    def done(self, module: Module, rules: Rules) -> list[str]:
        """Return the ids of the steps seen and done."""
        return [step.id for step in module.steps if self.is_done(step, rules)]

    def completion(self, module: Module, rules: Rules) -> float:
        """Return steps done ÷ steps, 0.0 to 1.0."""
        return len(self.done(module, rules)) / len(module.steps)

    def finished(self, module: Module, rules: Rules) -> dict[str, list[object]]:
        """Return ``{activity id: [reply, …]}`` to be marked for good; a reply not yet checked is checked now."""
        found = {}
        for activity in module.activities.values():
            tries, entry = self.tries_of(activity), self.entries.get(activity.id)
            replies = list(tries.replies)
            if entry is not None and entry.reply and entry.reply not in replies and not rules.closes(activity, tries):
                replies.append(entry.reply)
            if replies:
                found[activity.id] = replies
        return found

    def done_when_finished(self, module: Module, rules: Rules) -> tuple[str, ...]:
        """Return the ids of the steps done once the run is handed in; what is for real life cannot be done by then."""
        marked = self.finished(module, rules)
        return tuple(step.id for step in module.steps
                     if step.id in marked or isinstance(step, Checklist) or self.is_done(step, rules))

    def to_json(self) -> Json:
        """Return what the block keeps in the learner's state."""
        return {
            "format": SHEET_FORMAT, "run": self.number,
            "entries": {step: {"stamp": entry.stamp, "reply": entry.reply} for step, entry in self.entries.items()},
            "tries": {activity: {"count": tries.count, "replies": list(tries.replies)}
                      for activity, tries in self.tries.items()},
        }

    @classmethod
    def from_json(cls, data: Json | None) -> Self:
        """Read what ``to_json`` wrote; where there is none, an empty sheet. Entries that are damaged are left out.
        Raises ``AttributeError``, ``KeyError`` or ``TypeError`` where all is.
        """
        if not data or "run" not in data:
            return cls()
        tries = readable(data["tries"], lambda each: Tries(
            shaped(each["count"], int), tuple(shaped(each["replies"], [object]))))
        return cls(shaped(data["run"], int),
                   readable(data["entries"], lambda each: Entry(shaped(each["stamp"], int), each["reply"])),
                   {activity: each for activity, each in tries.items() if each.replies})


@dataclass(frozen=True, slots=True)
class Marks:
    """What replies are worth: ``shares`` per activity 0.0 to 1.0, points ``earned`` of ``possible``, and ``ratings``
    per competence 0.0 to 1.0, points earned over points possible of the activities that train it.
    """

    shares: dict[str, float]
    earned: float
    possible: int
    ratings: Ratings

    @property
    def share(self) -> float:
        """Return earned ÷ possible."""
        return self.earned / self.possible if self.possible else 0.0


def percent(share: float) -> int:
    """Return a share in whole percent, rounded down so that nobody passes by rounding."""
    return int(100 * share + 1e-6)


def mark(module: Module, replies: Mapping[str, Iterable[object]]) -> Marks:
    """Return the ``Marks`` of ``{activity id: [reply, …]}``: the best reply to each activity counts."""
    shares = {each.id: each.best_share(replies.get(each.id, ())) for each in module.activities.values()}
    ratings = {}
    for competence in module.competences:
        training = [each for each in module.activities.values() if each.competence == competence.id and each.points]
        if training:
            ratings[competence.id] = (sum(each.points * shares[each.id] for each in training)
                                      / sum(each.points for each in training))
    earned = sum(each.points * shares[each.id] for each in module.activities.values())
    return Marks(shares, earned, module.points, ratings)
