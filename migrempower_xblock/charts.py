"""Where the points of a chart lie; the templates draw them as SVG. Pure Python."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, pi, sin

RADIUS = 100.0


@dataclass(frozen=True, slots=True)
class Spoke:
    """One axis of a radar: its end, and the middle of its label."""

    x: float
    y: float
    label_x: float
    label_y: float


def _point(number: int, count: int, distance: float) -> tuple[float, float]:
    """Return the point at ``distance`` from the middle on spoke ``number``, clockwise from the top."""
    angle = 2 * pi * number / count
    return round(distance * sin(angle), 1), round(-distance * cos(angle), 1)


def radar_spokes(count: int) -> list[Spoke]:
    """Return the ``Spoke`` of each of ``count`` axes, around the origin, ``RADIUS`` long."""
    return [Spoke(*_point(number, count, RADIUS), *_point(number, count, RADIUS * 1.16)) for number in range(count)]


def radar_points(values: Sequence[float | None]) -> str:
    """Return the SVG ``points`` of values 0.0..1.0, one on each spoke; None lies in the middle."""
    return " ".join("{},{}".format(*_point(number, len(values), RADIUS * (value or 0)))
                    for number, value in enumerate(values))
