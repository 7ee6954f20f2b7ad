"""Statistics on counts.

What a cohort answered is counted in *tallies*: whole numbers that add up to the same whatever the order. Ratings are
kept with four decimals, so sums are made of whole ten-thousandths and are exact. Figures are read off a ``Pool`` of
tallies.
"""

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from math import exp, lgamma, log, log1p, sqrt
from operator import mul
from typing import Any, Generic, Protocol, Self, TypeVar

UNIT = 10_000  # a rating of 1.0
FEWEST = 5  # a group of fewer is not broken down

T = TypeVar("T")
Rectangle = Collection[tuple[int, ...]]  # rows of as many values each


def units(rating: float) -> int:
    """Return a rating (0.0 to 1.0) in whole ten-thousandths."""
    return round(rating * UNIT)


# -- tallies -----------------------------------------------------------------------------------------------------------

class Tally(Protocol):
    """What every class of tally can do."""

    @property
    def n(self) -> int: ...
    def add_all(self, rows: Rectangle, times: Collection[int]) -> None: ...
    def merge(self, other: Any) -> None: ...
    def to_json(self) -> list[Any]: ...
    @classmethod
    def from_json(cls, data: list[Any]) -> Self: ...


Kinds = Mapping[str, type[Tally]]  # by the first part of a key
Tallies = dict[tuple[str, ...], Tally]


@dataclass(slots=True)
class Sums:
    """How many values there are, their sum and the sum of their squares, in ``UNIT``s."""

    n: int = 0
    total: int = 0
    squares: int = 0

    def add(self, value: int, times: int = 1) -> None:
        """Count a value, as often as it was given."""
        self.add_all([(value,)], [times])

    def add_all(self, rows: Rectangle, times: Collection[int]) -> None:
        """Count rows of one value, each as often as it was given."""
        self.add_column([value for value, in rows], times)

    def add_column(self, values: Collection[int], times: Collection[int]) -> None:
        """Count values, each as often as it was given."""
        self.n += sum(times)
        totals = list(map(mul, values, times))
        self.total += sum(totals)
        self.squares += sum(map(mul, values, totals))

    @property
    def mean(self) -> float | None:
        """The mean, 0.0 to 1.0, or None."""
        return self.total / self.n / UNIT if self.n else None

    @property
    def variance(self) -> float | None:
        """The sample variance (divided by n - 1), or None for fewer than two values."""
        if self.n < 2:
            return None
        return self.scatter / (self.n * (self.n - 1)) / UNIT**2

    @property
    def deviation(self) -> float | None:
        """The sample standard deviation, or None."""
        variance = self.variance
        return None if variance is None else sqrt(variance)

    @property
    def scatter(self) -> int:
        """n times the sum of squared distances from the mean, exactly."""
        return self.n * self.squares - self.total**2

    def merge(self, other: Self) -> None:
        """Count what another has counted."""
        self.n += other.n
        self.total += other.total
        self.squares += other.squares

    def to_json(self) -> list[int]:
        """Return plain data."""
        return [self.n, self.total, self.squares]

    @classmethod
    def from_json(cls, data: list[int]) -> Self:
        """Read what ``to_json`` returned."""
        return cls(*data)


@dataclass(slots=True)
class Spread:
    """How many gave which value."""

    times: Counter[int] = field(default_factory=Counter)

    def add(self, value: int, times: int = 1) -> None:
        """Count a value, as often as it was given."""
        self.times[value] += times

    def add_all(self, rows: Rectangle, times: Collection[int]) -> None:
        """Count rows of one value, each as often as it was given."""
        for (value,), each in zip(rows, times, strict=True):
            self.times[value] += each

    @property
    def n(self) -> int:
        """How many values there are."""
        return self.times.total()

    @property
    def mean(self) -> float | None:
        """The mean, 0.0 to 1.0, or None."""
        sums = Sums()
        sums.add_column(self.times.keys(), self.times.values())
        return sums.mean

    @property
    def distribution(self) -> dict[float, int]:
        """``{rating: how many gave it}``, lowest first."""
        return {value / UNIT: times for value, times in sorted(self.times.items())}

    def merge(self, other: Self) -> None:
        """Count what another has counted."""
        self.times.update(other.times)

    def to_json(self) -> list[list[int]]:
        """Return plain data."""
        return [list(item) for item in sorted(self.times.items())]

    @classmethod
    def from_json(cls, data: list[Any]) -> Self:
        """Read what ``to_json`` returned."""
        return cls(Counter(dict(data)))


@dataclass(slots=True)
class Pairs:
    """Two values each, and the sum of their products."""

    before: Sums = field(default_factory=Sums)
    after: Sums = field(default_factory=Sums)
    products: int = 0

    def add(self, before: int, after: int, times: int = 1) -> None:
        """Count a pair of values, as often as it was given."""
        self.add_all([(before, after)], [times])

    def add_all(self, rows: Rectangle, times: Collection[int]) -> None:
        """Count pairs of values, each as often as it was given."""
        before, after = zip(*rows, strict=True)
        self.before.add_column(before, times)
        self.after.add_column(after, times)
        self.products += sum(map(mul, map(mul, before, after), times))

    @property
    def n(self) -> int:
        """How many pairs there are."""
        return self.before.n

    @property
    def differences(self) -> Sums:
        """The ``Sums`` of after - before."""
        return Sums(self.n, self.after.total - self.before.total,
                    self.before.squares + self.after.squares - 2 * self.products)

    @property
    def correlation(self) -> float | None:
        """Pearson's correlation, or None where one of the two does not vary."""
        if not self.before.scatter or not self.after.scatter:
            return None
        return ((self.n * self.products - self.before.total * self.after.total)
                / sqrt(self.before.scatter) / sqrt(self.after.scatter))

    def merge(self, other: Self) -> None:
        """Count what another has counted."""
        self.before.merge(other.before)
        self.after.merge(other.after)
        self.products += other.products

    def to_json(self) -> list[Any]:
        """Return plain data."""
        return [self.before.to_json(), self.after.to_json(), self.products]

    @classmethod
    def from_json(cls, data: list[Any]) -> Self:
        """Read what ``to_json`` returned."""
        before, after, products = data
        return cls(Sums.from_json(before), Sums.from_json(after), products)


@dataclass(slots=True)
class Rows:
    """Whole rows of values: the sums of the rows, and those of each item."""

    whole: Sums = field(default_factory=Sums)
    items: list[Sums] = field(default_factory=list)

    def add_all(self, rows: Rectangle, times: Collection[int]) -> None:
        """Count rows of as many values each, each as often as it was given."""
        self.whole.add_column(list(map(sum, rows)), times)
        columns = list(zip(*rows, strict=True))
        self.items = self.items or [Sums() for _ in columns]
        for item, column in zip(self.items, columns, strict=True):
            item.add_column(column, times)

    @property
    def n(self) -> int:
        """How many rows there are."""
        return self.whole.n

    @property
    def alpha(self) -> float | None:
        """Cronbach's alpha (L. J. Cronbach, Psychometrika 16, 1951, 297-334); None where it has no value."""
        if len(self.items) < 2 or not self.whole.scatter:
            return None
        within = sum(item.scatter for item in self.items) / self.whole.scatter
        return len(self.items) / (len(self.items) - 1) * (1 - within)

    def merge(self, other: Self) -> None:
        """Count what another has counted."""
        self.whole.merge(other.whole)
        self.items = self.items or [Sums() for _ in other.items]
        for mine, theirs in zip(self.items, other.items, strict=True):
            mine.merge(theirs)

    def to_json(self) -> list[list[int]]:
        """Return plain data."""
        return [each.to_json() for each in (self.whole, *self.items)]

    @classmethod
    def from_json(cls, data: list[list[int]]) -> Self:
        """Read what ``to_json`` returned."""
        whole, *items = map(Sums.from_json, data)
        return cls(whole, items)


# -- figures -----------------------------------------------------------------------------------------------------------

@dataclass(frozen=True, slots=True)
class Figure(Generic[T]):
    """What may be told of a group: a ``value``, None where it has none or the group is too small; of ``n`` learners.

    ``left_out`` are learners who do not share and are too few to be counted in it.
    """

    value: T | None
    n: int
    left_out: int


@dataclass(slots=True)
class Pool:
    """Tallies by key, of learners who share what is counted and of the others. ``kinds`` says which class of tally a
    key has, by the first of its parts.

    Trainers see one by one who shares. If a mean of ten counted one who does not, the nine would tell the tenth; so the
    others are counted in a figure only when they are ``FEWEST`` or more in it.
    """

    kinds: Kinds
    shared: Tallies = field(default_factory=dict)
    others: Tallies = field(default_factory=dict)

    def tally(self, is_shared: bool, *key: str) -> Any:
        """Return the tally of a key to count in; of which class it is, the key tells."""
        tallies = self.shared if is_shared else self.others
        if key not in tallies:
            tallies[key] = self.kinds[key[0]]()
        return tallies[key]

    def figure(self, read: Callable[[Any], T | None], *key: str, least: int = FEWEST) -> Figure[T]:
        """Return the ``Figure`` that ``read`` makes of the tally of a key, of ``least`` learners or more."""
        pooled, left_out = self.kinds[key[0]](), 0
        if key in self.shared:
            pooled.merge(self.shared[key])
        if key in self.others:
            others = self.others[key]
            if others.n >= FEWEST:
                pooled.merge(others)
            else:
                left_out = others.n
        return Figure(read(pooled) if pooled.n >= least else None, pooled.n, left_out)

    def number(self, *key: str) -> int:
        """Return how many learners a key has, whether they share or not."""
        return sum(tallies[key].n for tallies in (self.shared, self.others) if key in tallies)

    def merge(self, other: Self) -> None:
        """Count what another has counted."""
        for is_shared, tallies in ((True, other.shared), (False, other.others)):
            for key, tally in tallies.items():
                self.tally(is_shared, *key).merge(tally)

    def to_json(self) -> list[Any]:
        """Return plain data, the same for the same counts."""
        return [[[list(key), tally.to_json()] for key, tally in sorted(tallies.items(), key=lambda item: item[0])]
                for tallies in (self.shared, self.others)]

    @classmethod
    def from_json(cls, kinds: Kinds, data: list[Any]) -> Self:
        """Read what ``to_json`` returned."""
        return cls(kinds, *({tuple(key): kinds[key[0]].from_json(tally) for key, tally in tallies} for tallies in data))


@dataclass(frozen=True, slots=True)
class Change:
    """How far a cohort moved between two moments, of the ``n`` who answered at both; ``missing`` answered at one only.

    ``mean`` is the mean of later - earlier, -1.0 to 1.0; ``low`` to ``high`` its 95 % confidence interval by Student's
    t; ``effect`` is Hedges's g_av: the mean change over the mean of both standard deviations, with Hedges's correction
    for small samples (D. Lakens, "Calculating and reporting effect sizes", Frontiers in Psychology 4, 2013, 863; there
    Cohen's d_av times 1 - 3 / (4 df - 1)). What cannot be worked out, or is of too few, is None. ``left_out`` is as in
    ``Figure``.
    """

    n: int
    mean: float | None = None
    low: float | None = None
    high: float | None = None
    effect: float | None = None
    missing: int = 0
    left_out: int = 0

    @classmethod
    def of(cls, pairs: Pairs) -> Self:
        """Work it out from ``Pairs``."""
        n, mean, deviation = pairs.n, pairs.differences.mean, pairs.differences.deviation
        before, after = pairs.before.deviation, pairs.after.deviation
        if mean is None or deviation is None or before is None or after is None:  # of fewer than two
            return cls(n, mean)
        margin = t_quantile(0.975, n - 1) * deviation / sqrt(n)
        spread = (before + after) / 2
        effect = mean / spread * (1 - 3 / (4 * (n - 1) - 1)) if spread else None
        return cls(n, mean, mean - margin, mean + margin, effect)


# -- Student's t -------------------------------------------------------------------------------------------------------

@lru_cache(maxsize=1024)  # figures of one cohort have few different n
def t_quantile(probability: float, df: int) -> float:
    """Return the quantile of Student's t with ``df`` degrees of freedom, for a probability above 0.5 and below 1.

    The distribution function comes from the regularised incomplete beta function, I(df / (df + t²); df/2, 1/2)
    (Abramowitz and Stegun, "Handbook of Mathematical Functions", 26.7.1), and is inverted by halving.
    """
    low, high = 0.0, 1.0
    while _t_below(high, df) < probability:
        high *= 2
    for _ in range(60):  # more than a double has digits
        middle = (low + high) / 2
        low, high = (middle, high) if _t_below(middle, df) < probability else (low, middle)
    return high


def _t_below(t: float, df: int) -> float:
    """Return the probability of a value below ``t``, which is not negative."""
    return 1 - _beta(df / (df + t * t), df / 2, 0.5) / 2


def _beta(x: float, a: float, b: float) -> float:
    """Return the regularised incomplete beta function, by its continued fraction (Abramowitz and Stegun, 26.5.8)."""
    if x <= 0:
        return 0.0
    if x > (a + 1) / (a + b + 2):  # where the fraction converges slowly
        return 1 - _beta(1 - x, b, a)
    front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x)) / a
    # Lentz's method, as Thompson and Barnett have it (Journal of Computational Physics 64, 1986, 490-509).
    c, d = 1.0, 1 / (1 - (a + b) * x / (a + 1))
    fraction = d
    for m in range(1, 1000):
        for term in (m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
                     -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))):
            d, c = 1 / (1 + term * d), 1 + term / c
            fraction *= c * d
        if abs(c * d - 1) < 1e-16:
            break
    return front * fraction
