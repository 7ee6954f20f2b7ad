"""What an edit changes for learners who have answered already: told before it is saved, and kept readable after."""

import re
from collections.abc import Mapping
from typing import Any

from ..competences.framework import Framework, Statement
from ..schema import Part, Value, parts
from ..shapes import Json
from ..texts import N_
from ..training.activity import Activity
from ..training.module import Module

Asked = Framework | Module  # the two kinds of document that learners answer; both of a pair are of one kind

# A new picture or example changes nothing about what was asked, and neither does what is said afterwards.
_SILENT = {"picture", "alt", "audio", "example", "hint", "feedback", "speaker"}
_SILENT_IN_ACTIVITIES = {"right", "wrong", "competence"}  # "right" is a sentence there; elsewhere it is the key

_REMOVED = N_("Statements no longer asked: {n}. Answers already handed in are kept and stay readable.")
_ADDED = N_("New statements: {n}. Earlier rounds have no answer to them.")
_REWORDED = N_("Statements with other words: {n}. Earlier answers were given to the old words.")
_MOVED = N_("Statements that now belong to another competence: {n}. Earlier ratings stay as they were.")
_SCALE = N_("The levels of the scale change. Earlier ratings cannot be compared with new ones.")
_ACTIVITIES_REMOVED = N_("Activities no longer there: {n}. Runs that were handed in are kept and stay readable.")
_ACTIVITIES_ADDED = N_("New activities: {n}. Who has handed in has not done them.")
_ACTIVITIES_CHANGED = N_("Activities with other words, answers or points: {n}. Runs that were handed in keep their "
                         "marks.")
_ACTIVITIES_MOVED = N_("Activities that now train another competence: {n}. Earlier ratings stay as they were.")
_POINTS = N_("Until now {before} points could be earned, from now on {after}. Runs that were handed in keep their "
             "marks.")


class Changes:
    """What differs for learners between the document they answered and the one about to be saved.

    ``removed``, ``added``, ``reworded`` and ``moved`` list ids of statements, or of activities.
    """

    def __init__(self, before: Asked, after: Asked) -> None:
        self._before, self._after = before, after
        old, new = asked(before), asked(after)
        stay = [each for each in old if each in new]
        self.removed = [each for each in old if each not in new]
        self.added = [each for each in new if each not in old]
        self.reworded = [each for each in stay if _differ(old[each], new[each])]
        homes, new_homes = _homes(before), _homes(after)
        self.moved = [each for each in stay if homes[each] != new_homes[each]]
        self.scale = (isinstance(before, Framework) and isinstance(after, Framework)
                      and _differ(before.scale, after.scale))

    @property
    def meaning(self) -> bool:
        """Whether answers from before were to different questions."""
        return bool(self.removed or self.added or self.reworded or self.moved or self.scale)

    def sentences(self) -> list[tuple[str, dict[str, int]]]:
        """Return (message, values) for each thing learners would notice; templates to translate."""
        texts = ((_REMOVED, _ADDED, _REWORDED, _MOVED) if isinstance(self._before, Framework) else
                 (_ACTIVITIES_REMOVED, _ACTIVITIES_ADDED, _ACTIVITIES_CHANGED, _ACTIVITIES_MOVED))
        found: list[tuple[str, dict[str, int]]] = [
            (text, {"n": len(ids)}) for text, ids in
            zip(texts, (self.removed, self.added, self.reworded, self.moved), strict=True) if ids]
        if self.scale:
            found.append((_SCALE, {}))
        if isinstance(self._before, Module) and isinstance(self._after, Module) and (
                self._before.points != self._after.points):
            found.append((_POINTS, {"before": self._before.points, "after": self._after.points}))
        return found


def asked(document: Asked) -> Mapping[str, Statement | Activity]:
    """Return ``{id: value}`` of what learners answer: statements, or activities."""
    return document.statements if isinstance(document, Framework) else document.activities


def _homes(document: Asked) -> dict[str, str]:
    """Return ``{id: competence id}`` of what learners answer."""
    if isinstance(document, Framework):
        return {statement.id: competence.id for _, competence, statement in document.placed_statements()}
    return {each.id: each.competence for each in document.activities.values()}


def _differ(old: Value, new: Value) -> bool:
    """Whether two values ask, or mark, differently. A translation that comes or goes does not matter."""
    if type(old) is not type(new):
        return True
    silent = _SILENT | _SILENT_IN_ACTIVITIES if isinstance(old, Activity) else _SILENT
    return any(_parts_differ(part, getattr(old, name), getattr(new, name))
               for name, part in parts(type(old)).items() if name not in silent)


def _parts_differ(part: Part[Any], old: Any, new: Any) -> bool:
    if part.place in ("text", "rich"):
        return bool(old) != bool(new) or any(old[language] != new[language] for language in old.keys() & new.keys())
    if part.place == "many":
        return len(old) != len(new) or any(map(_differ, old, new))
    if part.place == "one" and old is not None and new is not None:
        return _differ(old, new)
    return bool(old != new)


def is_newer(version: str, other: str) -> bool:
    """Whether the numbers in ``version`` are higher than those in ``other``."""
    return numbers_of(version) > numbers_of(other)


def numbers_of(version: str) -> list[int]:
    """Return the numbers in a version, by which versions sort."""
    return [int(each) for each in re.findall("[0-9]{1,9}", version)]


def raised(version: str) -> str:
    """Return the version after ``version``: its last number plus one, or ".2" behind it."""
    number = re.fullmatch(r"(.*?)([0-9]{1,9})", version)
    following = f"{number[1]}{int(number[2]) + 1}" if number else f"{version}.2"
    return following if len(following) <= 32 else "2"


def with_retired(before: Asked, after: Asked) -> Json:
    """Return the plain data of ``after``, in which what is no longer asked is kept among ``retired``."""
    data, now = after.to_data(), asked(after)
    kept = [each.to_data() for each in before.retired]
    if isinstance(before, Framework):
        kept += [{"id": statement.id, "competence": competence.id, "title": dict(competence.title),
                  "text": dict(statement.text)} for _, competence, statement in before.placed_statements()]
    else:
        kept += [{"id": each.id, "question": dict(each.question)} for each in before.activities.values()]
    taken = {*now, *(each["id"] for each in data.get("retired", [])), *getattr(after, "by_id", ())}
    if isinstance(after, Framework) and after.practice:
        taken.add(after.practice.id)
    kept = [each for each in kept if each["id"] not in taken]
    return {**data, "retired": [*data.get("retired", []), *kept]} if kept else data
