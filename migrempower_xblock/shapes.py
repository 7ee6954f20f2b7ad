"""Names of the shapes of data that pass through many rooms, for readers and the type checker. Pure Python.

What comes from outside is an ``object`` until somebody has looked at it, for instance with ``shaped``.
"""

from typing import Any

Json = dict[str, Any]  # an object ready for JSON that we made ourselves; who reads it knows what stands in it
Ratings = dict[str, float]  # {competence id: 0.0 to 1.0}
_LARGEST = 1e15  # no number of ours is larger


def shaped(value: object, shape: Any) -> Any:
    """Return ``value`` where it has the ``shape``: a type (``float`` takes whole numbers too), ``[shape]`` of a list's
    parts, or ``{str: shape}`` of an object's. Raises ``TypeError``.
    """
    if not _fits(value, shape):
        raise TypeError
    return value


def parts(data: Json, **shapes: Any) -> Json:
    """Return the named parts of an object, each of its shape. Raises ``KeyError`` or ``TypeError``."""
    return {name: shaped(data[name], shape) for name, shape in shapes.items()}


def _fits(value: object, shape: Any) -> bool:
    if isinstance(shape, list):
        return isinstance(value, list) and all(_fits(part, shape[0]) for part in value)
    if isinstance(shape, dict):
        return isinstance(value, dict) and all(_fits(part, shape[str]) for part in value.values())
    if shape is float:  # no NaN either
        return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < _LARGEST
    return shape is object or type(value) is shape
