"""Where a block keeps what one learner hands in: in the records, in memory while an author tries it, or nowhere."""

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from typing import Self

from . import records
from .records import RECORDS, History, Place, Round, Run
from .shapes import Json


class Store:
    """Where a block keeps what one learner hands in: the records of a ``Place``."""

    keeps = True
    is_shared = True  # other requests may be at work on the same learner

    def __init__(self, place: Place) -> None:
        self._place = place

    def history(self) -> History:
        """Return all that is kept about the learner in this course."""
        return records.history(self._place.learner, self._place.course)

    def numbers(self) -> Sequence[int]:
        """Return the numbers of what was handed in at the place."""
        return records.numbers(self._place)

    def locked(self) -> AbstractContextManager[None]:
        """Let one request at a time work on the place."""
        return records.locked(self._place)

    def add(self, record: Round | Run) -> None:
        """Append a record. Raises ``RecordTooLarge``."""
        records.add(self._place, record)

    def set_sharing(self, shared: bool, stamp: int, when: datetime) -> bool:
        """Keep the choice to share; return the choice that counts."""
        return records.set_sharing(self._place, shared, stamp, when)

    def delete(self) -> None:
        """Delete every row about the learner at the place."""
        records.delete(self._place)


class NoStore:
    """Outside of a course nothing can be handed in, so nothing is there."""

    keeps = is_shared = False

    def history(self) -> History:
        """Return nothing."""
        return History()

    def numbers(self) -> Sequence[int]:
        """Return nothing."""
        return ()

    def locked(self) -> AbstractContextManager[None]:
        """Let a request work; there is nothing to lock."""
        return nullcontext()

    def delete(self) -> None:
        """Do nothing."""


class RehearsalStore(NoStore):
    """Keeps records in memory, for an author who tries a block: those of one ``Place``."""

    keeps = True

    def __init__(self, place: Place, kept: Iterable[Round | Run] = (), shared: bool = False) -> None:
        self._place, self.records, self.shared = place, list(kept), shared

    def history(self) -> History:
        """Return what was handed in while trying."""
        return History(tuple(self.records), frozenset([self._place.block] if self.shared else ()))

    def numbers(self) -> Sequence[int]:
        """Return the numbers of what was handed in while trying."""
        return [each.number for each in self.records]

    def add(self, record: Round | Run) -> None:
        """Append a record."""
        self.records.append(record)

    def set_sharing(self, shared: bool, _stamp: int, _when: datetime) -> bool:
        """Keep the choice to share; return it."""
        self.shared = shared
        return shared

    def delete(self) -> None:
        """Forget everything."""
        self.records, self.shared = [], False

    def to_json(self) -> Json:
        """Return what ``from_json`` takes."""
        return {"shared": self.shared, "records": [
            {"number": each.number, "handed_in": each.handed_in.isoformat(), "answer": each.to_json()}
            for each in self.records]}

    @classmethod
    def from_json(cls, place: Place, data: Json) -> Self:
        """Read what ``to_json`` wrote. Raises ``KeyError``, ``TypeError``, ``ValueError`` or ``AttributeError``."""
        return cls(place, [
            RECORDS[place.kind].from_json(each["answer"], number=int(each["number"]), block=place.block,
                                           handed_in=datetime.fromisoformat(each["handed_in"]))
            for each in data.get("records", [])], data.get("shared") is True)
