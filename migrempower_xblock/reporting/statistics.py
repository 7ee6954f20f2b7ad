"""Statistics on counts.

What a cohort answered is counted: how many gave which rating, how many went from which to which. Ratings are kept with
four decimals, so sums are made of whole ten-thousandths and are exact, whatever the order.
"""

from dataclasses import dataclass
from math import exp, lgamma, log, log1p, sqrt

UNIT = 10_000  # a rating of 1.0


def units(rating):
    """Return a rating (0.0 to 1.0) in whole ten-thousandths."""
    return round(rating * UNIT)


@dataclass(slots=True)
class Sums:
    """How many values there are, their sum and the sum of their squares, in ``UNIT``s."""

    n: int = 0
    total: int = 0
    squares: int = 0

    def add(self, value, times=1):
        """Count a value, in ``UNIT``s, as often as it was given."""
        self.n += times
        self.total += times * value
        self.squares += times * value * value

    @property
    def mean(self):
        """The mean, 0.0 to 1.0, or None."""
        return self.total / self.n / UNIT if self.n else None

    @property
    def variance(self):
        """The sample variance (divided by n - 1), or None for fewer than two values."""
        if self.n < 2:
            return None
        return (self.n * self.squares - self.total**2) / (self.n * (self.n - 1)) / UNIT**2

    @property
    def deviation(self):
        """The sample standard deviation, or None."""
        variance = self.variance
        return None if variance is None else sqrt(variance)


@dataclass(frozen=True, slots=True)
class Change:
    """How far a cohort moved between two moments, of those who answered at both.

    ``mean`` is the mean of later - earlier, -1.0 to 1.0; ``low`` to ``high`` its 95 % confidence interval by Student's
    t; ``effect`` is Hedges's g_av: the mean change over the mean of both standard deviations, with Hedges's correction
    for small samples (D. Lakens, "Calculating and reporting effect sizes", Frontiers in Psychology 4, 2013, 863; there
    Cohen's d_av times 1 - 3 / (4 df - 1)). What cannot be worked out is None.
    """

    n: int
    missing: int
    mean: float | None
    low: float | None
    high: float | None
    effect: float | None


def change(pairs, missing=0):
    """Return the ``Change`` of a cohort from ``{(earlier rating, later rating): learners}``; ``missing`` learners have
    only one of the two.
    """
    before, after, differences = Sums(), Sums(), Sums()
    for (earlier, later), times in pairs.items():
        earlier, later = units(earlier), units(later)
        before.add(earlier, times)
        after.add(later, times)
        differences.add(later - earlier, times)
    n, mean, deviation = differences.n, differences.mean, differences.deviation
    if deviation is None:
        return Change(n, missing, mean, None, None, None)
    margin = t_quantile(0.975, n - 1) * deviation / sqrt(n)
    spread = (before.deviation + after.deviation) / 2
    effect = mean / spread * (1 - 3 / (4 * (n - 1) - 1)) if spread else None
    return Change(n, missing, mean, mean - margin, mean + margin, effect)


def alpha(rows):
    """Return Cronbach's alpha (L. J. Cronbach, Psychometrika 16, 1951, 297-334) from ``{(rating of each item, …):
    learners}``, of those who rated all items; None where it has no value.
    """
    items, whole = None, Sums()
    for row, times in rows.items():
        values = [units(rating) for rating in row]
        items = items or [Sums() for _ in values]
        for sums, value in zip(items, values, strict=True):
            sums.add(value, times)
        whole.add(sum(values), times)
    if items is None or len(items) < 2 or not whole.variance:
        return None
    return len(items) / (len(items) - 1) * (1 - sum(item.variance for item in items) / whole.variance)


# -- Student's t -------------------------------------------------------------------------------------------------------

def t_quantile(probability, df):
    """Return the quantile of Student's t with ``df`` degrees of freedom, for a probability above 0.5 and below 1.

    The distribution function comes from the regularised incomplete beta function, I(df / (df + t²); df/2, 1/2)
    (Abramowitz and Stegun, "Handbook of Mathematical Functions", 26.7.1), and is inverted by halving.
    """
    low, high = 0.0, 1.0
    while _t_below(high, df) < probability:
        high *= 2
    while high - low > 1e-13 * high:
        middle = (low + high) / 2
        if middle in (low, high):
            break
        if _t_below(middle, df) < probability:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _t_below(t, df):
    """Return the probability of a value below ``t``, which is not negative."""
    return 1 - _beta(df / (df + t * t), df / 2, 0.5) / 2


def _beta(x, a, b):
    """Return the regularised incomplete beta function, by its continued fraction (Abramowitz and Stegun, 26.5.8)."""
    if x <= 0 or x >= 1:
        return float(x >= 1)
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
