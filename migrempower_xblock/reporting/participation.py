"""Who takes part and who needs help: derived from what is there, never stored. Pure Python."""

from dataclasses import dataclass
from datetime import datetime
from typing import Self

NOT_STARTED, UNDER_WAY, HANDED_IN = STATES = ("not-started", "under-way", "handed-in")
STUCK, UNCLEAR, FAILED = ("stuck", "unclear", "failed")
QUIET_DAYS = 14
MANY_UNCLEAR = 3  # statements not understood, from which somebody should ask
FAILED_OFTEN = 2  # runs below the pass mark


@dataclass(frozen=True, slots=True)
class Stand:
    """How far one learner is at one block.

    ``last`` is when they last did something there; ``unclear`` how many statements they did not understand, where they
    let it be seen; ``failed`` how many runs of a module were below its pass mark with none above it.
    """

    state: str = NOT_STARTED
    last: datetime | None = None
    times: int = 0
    unclear: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True)
class Situation:
    """How far one learner is in all: ``stands`` by block, ``last`` overall, days since then, what they need help with.

    ``quiet_days`` is None for who has never begun.
    """

    stands: dict[str, Stand]
    last: datetime | None
    quiet_days: int | None
    reasons: tuple[str, ...]

    @classmethod
    def of(cls, stands: dict[str, Stand], now: datetime, quiet_after: int = QUIET_DAYS) -> Self:
        """Derive it; ``quiet_after`` is the number of days from which somebody counts as stuck."""
        last = max((stand.last for stand in stands.values() if stand.last), default=None)
        quiet = None if last is None else max(0, (now - last).days)
        under_way = any(stand.state == UNDER_WAY for stand in stands.values())
        reasons = [
            STUCK if under_way and quiet is not None and quiet >= quiet_after else "",
            UNCLEAR if any(stand.unclear >= MANY_UNCLEAR for stand in stands.values()) else "",
            FAILED if any(stand.failed >= FAILED_OFTEN for stand in stands.values()) else ""]
        return cls(stands, last, quiet, tuple(filter(None, reasons)))

    @property
    def is_finished(self) -> bool:
        """Whether everything has been handed in."""
        return all(stand.state == HANDED_IN for stand in self.stands.values())

    def is_quiet(self, days: int) -> bool:
        """Whether nothing has come for so many days, of who has not finished; never begun counts as quiet."""
        return not self.is_finished and (self.quiet_days is None or self.quiet_days >= days)

    def state(self) -> str:
        """Return one of ``STATES`` over all blocks: handed in is all of them, not started none."""
        states = {stand.state for stand in self.stands.values()}
        return states.pop() if len(states) == 1 else UNDER_WAY
