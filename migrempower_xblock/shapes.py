"""Names of the shapes of data that pass through many rooms, for readers and the type checker. Pure Python.

What comes from outside is an ``object`` until somebody has looked at it.
"""

from typing import Any

Json = dict[str, Any]  # an object ready for JSON that we made ourselves; who reads it knows what stands in it
Ratings = dict[str, float]  # {competence id: 0.0 to 1.0}
