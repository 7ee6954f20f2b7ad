"""What a learner leaves on several devices comes together the same way everywhere. Pure Python.

Each answer carries a stamp, the moment the learner gave it in milliseconds since 1970 by the server's clock. Of two
answers to the same thing the later stays, so taking the same ones in twice, late, or in another order gives the same: a
last-writer-wins map (Shapiro et al., "A comprehensive study of Convergent and Commutative Replicated Data Types", 2011,
section 3.2.1).
"""

import json

from .texts import N_

# What is in progress must fit in one submission (100 kB of ASCII JSON), with room for what stands around it.
LARGEST_SHEET = 60_000
BAD_FORM = N_("The answers did not arrive in the right form. Please open the page again.")


class BadAnswer(ValueError):
    """A change cannot be accepted. The message is written for the learner and can be translated."""


def stamp_of(moment):
    """Return a moment as a stamp: milliseconds since 1970."""
    return int(moment.timestamp() * 1000)


def read_stamp(data, now):
    """Return the stamp in what a browser sent; one ahead of ``now`` is taken back to it, so that a wrong clock cannot
    outrank later answers. Raises ``BadAnswer``.
    """
    stamp = data.get("stamp") if isinstance(data, dict) else None
    if type(stamp) is not int or stamp < 0:
        raise BadAnswer(BAD_FORM)
    return min(stamp, now)


def later_wins(held, changes):
    """Return the map ``held`` with ``changes`` taken in; values have an ``order``, and the greater one stays."""
    newer = {name: change for name, change in changes.items()
             if name not in held or change.order > held[name].order}
    return {**held, **newer}


def require_room(sheet):
    """Raise ``BadAnswer`` where a sheet has become too large to keep."""
    if len(json.dumps(sheet.to_json())) > LARGEST_SHEET:
        raise BadAnswer(N_("All your notes together are too long. Please make some of them shorter."))
