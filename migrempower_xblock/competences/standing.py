"""Where a learner stands at one self-evaluation: derived each time, never stored, so nothing can disagree."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Standing:
    """What a learner may do now.

    ``open_round`` is the number of the round the rounds allow to answer, or None; ``closed`` and ``waiting`` may still
    forbid it: after the deadline, or while looking back has to wait for an evaluation at the end.
    """

    open_round: int | None
    next_round: int
    has_result: bool
    rounds_left: bool
    closed: bool
    waiting: bool

    @classmethod
    def of(cls, begun, handed_in, limit, closed=False, waiting=False):
        """Derive it.

        ``begun`` is the round of the sheet in progress (0: none yet), ``handed_in`` the numbers of the rounds on
        record, ``limit`` how many the author allows (0: without limit).
        """
        rounds_left = limit <= 0 or len(handed_in) < limit
        if not handed_in:
            open_round = begun or 1
        else:
            open_round = begun if begun and begun not in handed_in and rounds_left else None
        return cls(open_round, max([begun, *handed_in]) + 1, bool(handed_in), rounds_left, closed, waiting)

    @property
    def stage(self):
        """What the page shows: ``answering``, ``result``, ``waiting`` or ``closed``. A result is never hidden."""
        if self.open_round is not None and not (self.closed or self.waiting):
            return "answering"
        return "result" if self.has_result else "waiting" if self.waiting else "closed"

    @property
    def may_go_again(self):
        """Whether the learner may open another round."""
        return self.open_round is None and self.rounds_left and not (self.closed or self.waiting)
