"""Names of the shapes of data that pass through many rooms, for readers and the type checker, and what looks whether
stored data still has its shape. Pure Python.

What comes from outside is an ``object`` until somebody has looked at it.
"""

from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

Json = dict[str, Any]  # an object ready for JSON that we made ourselves; who reads it knows what stands in it
Ratings = dict[str, float]  # {competence id: 0.0 to 1.0}
SHARE = "share"  # the shape of a number from 0 to 1
_LARGEST = 1e15  # no number of ours is larger

_Entry = TypeVar("_Entry")


def fits(value: object, shape: Any) -> bool:
    """Whether ``value`` has the ``shape``: a type (``float`` takes whole numbers too), ``SHARE``, ``[shape]`` of all
    parts of a list, or ``{str: shape}`` of all parts of an object.
    """
    if isinstance(shape, list):
        return isinstance(value, list) and all(fits(part, shape[0]) for part in value)
    if isinstance(shape, dict):
        return isinstance(value, dict) and all(fits(part, shape[str]) for part in value.values())
    if shape is int:
        return type(value) is int and -_LARGEST <= value <= _LARGEST
    if shape is float:  # comparing refuses NaN
        return (type(value) is int or type(value) is float) and -_LARGEST <= value <= _LARGEST
    if shape is SHARE:
        return (type(value) is int or type(value) is float) and 0 <= value <= 1
    return shape is object or type(value) is shape


def shaped(value: object, shape: Any) -> Any:
    """Return ``value`` where it has the ``shape``, as in ``fits``. Raises ``TypeError``."""
    if not fits(value, shape):
        raise TypeError
    return value


def parts(data: Json, **shapes: Any) -> Json:
    """Return the named parts of an object, each of its shape. Raises ``KeyError`` or ``TypeError``."""
    return {name: shaped(data[name], shape) for name, shape in shapes.items()}


def readable(entries: Json, read: Callable[[Any], _Entry]) -> dict[str, _Entry]:
    """Return ``{name: read(entry)}`` of the entries of an object that can be read, so that one that is damaged takes no
    other along. Raises ``AttributeError`` where it is no object.
    """
    found = {}
    for name, entry in entries.items():
        with suppress(AttributeError, KeyError, TypeError, ValueError):
            found[name] = read(entry)
    return found
