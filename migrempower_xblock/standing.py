"""Where a learner stands at a block that is handed in: derived each time, never stored, so nothing can disagree.

What is handed in is numbered from 1: the rounds of a self-evaluation, the runs of a module. Pure Python.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class Standing:
    """What a learner may do now.

    ``open`` is the number that what was handed in leaves to answer, or None; ``closed`` and ``waiting`` may still
    forbid it: after the deadline, or while looking back has to wait for an evaluation at the end.
    """

    open: int | None
    following: int
    has_result: bool
    any_left: bool
    closed: bool
    waiting: bool

    @classmethod
    def of(cls, begun: int, handed_in: Collection[int], limit: int, closed: bool = False, waiting: bool = False,
           spent: int = 0) -> Self:
        """Derive it.

        ``begun`` is the number of the sheet in progress (0: none yet), ``handed_in`` the numbers on record, ``limit``
        how many the author allows (0: without limit), ``spent`` how many were used and deleted since.
        """
        any_left = limit <= 0 or len(handed_in) + spent < limit
        still_open = max(begun, 1) if any_left and (not handed_in or begun not in (0, *handed_in)) else None
        return cls(still_open, max([begun, *handed_in]) + 1, bool(handed_in), any_left, closed, waiting)

    @property
    def stage(self) -> str:
        """What the page shows: ``answering``, ``result``, ``waiting`` or ``closed``. A result is never hidden."""
        if self.open is not None and not (self.closed or self.waiting):
            return "answering"
        return "result" if self.has_result else "waiting" if self.waiting else "closed"

    @property
    def may_go_again(self) -> bool:
        """Whether the learner may begin another one."""
        return self.open is None and self.any_left and not (self.closed or self.waiting)
