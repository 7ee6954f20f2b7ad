"""Names that tell nothing, so that a page can name an option without saying which one it is."""

import hashlib
import hmac
from collections.abc import Iterable

_LENGTH = 8  # 32 bits: too many to guess by asking, few enough for a page of a hundred names


class Veil:
    """Gives what one learner is offered a name of its own: steady for them, another one for everybody else.

    Authors call the right option "right", write it first, or give both sides of a pair one id. A veiled name is a keyed
    hash (HMAC-SHA-256, RFC 2104) of the id, so a page shows neither; and names in alphabetical order are a shuffle that
    stays the same for a learner.
    """

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def name(self, *where: str) -> str:
        """Return the name of the thing at ``where``, such as an activity's id and an option's."""
        return hmac.new(self._secret, "\0".join(where).encode(), hashlib.sha256).hexdigest()[:_LENGTH]

    def names(self, ids: Iterable[str], *where: str) -> dict[str, str]:
        """Return ``{id: name}``, in the learner's shuffled order."""
        found = {each: self.name(*where, each) for each in ids}
        return dict(sorted(found.items(), key=lambda pair: pair[1]))
