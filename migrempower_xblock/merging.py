"""What a learner leaves on several devices comes together the same way everywhere. Pure Python.

Each answer carries a stamp, the moment the learner gave it in milliseconds since 1970 by the server's clock. Of two
answers to the same thing the later stays, so taking the same ones in twice, late, or in another order gives the same: a
last-writer-wins map (Shapiro et al., "A comprehensive study of Convergent and Commutative Replicated Data Types", 2011,
section 3.2.1).
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol, TypeVar

from .shapes import Json
from .texts import N_

# What is in progress must fit in one submission (100 kB of ASCII JSON), with room for what stands around it.
LARGEST_SHEET = 60_000
BAD_FORM = N_("The answers did not arrive in the right form. Please open the page again.")


class _Ordered(Protocol):
    @property
    def order(self) -> tuple[Any, ...]: ...


class _Sheet(Protocol):
    def to_json(self) -> Json: ...


_Change = TypeVar("_Change", bound=_Ordered)


class BadAnswer(ValueError):
    """A change cannot be accepted. The message is written for the learner and can be translated."""


def stamp_of(moment: datetime) -> int:
    """Return a moment as a stamp: milliseconds since 1970."""
    return int(moment.timestamp() * 1000)


def read_stamped(data: object, now: int) -> tuple[int, Json]:
    """Return (stamp, all else) of what a browser sent; a stamp ahead of ``now`` is taken back to it, so that a wrong
    clock cannot outrank later answers. Raises ``BadAnswer``.
    """
    if not isinstance(data, dict) or type(data.get("stamp")) is not int or data["stamp"] < 0:
        raise BadAnswer(BAD_FORM)
    return min(data["stamp"], now), {name: value for name, value in data.items() if name != "stamp"}


def later_wins(held: Mapping[str, _Change], changes: Mapping[str, _Change]) -> dict[str, _Change]:
    """Return the map ``held`` with ``changes`` taken in; values have an ``order``, and the greater one stays."""
    newer = {name: change for name, change in changes.items()
             if name not in held or change.order > held[name].order}
    return {**held, **newer}


def require_room(sheet: _Sheet) -> None:
    """Raise ``BadAnswer`` where a sheet has become too large to keep."""
    if len(json.dumps(sheet.to_json())) > LARGEST_SHEET:
        raise BadAnswer(N_("All your notes together are too long. Please make some of them shorter."))
