"""Means over users with their 95 % intervals: a percentile bootstrap that draws the same users for all figures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from whyrec.types import FloatArray, IntArray

_CELLS = 10_000_000  # how often each user was drawn, held at once: 80 MB

Statistic = Callable[[FloatArray], FloatArray]
"""From the means of c columns over users, (…, c), to the figure, (…)."""


@dataclass(frozen=True)
class Figure:
    """A mean over ``n`` users with its 95 % interval; None where there is nothing to average (or to resample)."""

    mean: float | None
    low: float | None
    high: float | None
    n: int

    def to_dict(self) -> dict[str, Any]:
        return {"mean": self.mean, "low": self.low, "high": self.high, "n": self.n}


def by_user(values: FloatArray, users: IntArray, asked: IntArray) -> FloatArray:
    """One number a user: the mean of the user's defined values; NaN for users without any.

    values (n,) with NaN where undefined, or (1,) for all; users (n,); asked (m,) distinct, ascending → (m,).
    """
    values = np.broadcast_to(values, users.shape)
    defined = ~np.isnan(values)
    place = np.searchsorted(asked, users[defined])
    sums = np.bincount(place, values[defined], minlength=len(asked))
    counts = np.bincount(place, minlength=len(asked))
    means: FloatArray = np.divide(sums, counts, out=np.full(len(asked), np.nan), where=counts > 0)
    return means


def average(means: FloatArray) -> FloatArray:
    """The figure that is the mean of one column."""
    return means[..., 0]


def harmonic(means: FloatArray) -> FloatArray:
    """The harmonic mean of two means; 0 if both are 0."""
    a, b = means[..., 0], means[..., 1]
    found: FloatArray = np.divide(2 * a * b, a + b, out=np.zeros_like(a), where=a + b > 0)
    return found


class Bootstrap:
    """Draws users with replacement, the same ones for all figures of as many users: figures are paired.

    The interval is that of the percentiles (Efron & Tibshirani 1993, ch. 13).

    Parameters
    ----------
    resamples : how often; 0: no intervals
    seed : of the draws
    """

    def __init__(self, resamples: int, seed: int) -> None:
        self.resamples = resamples
        self.seed = seed
        self._drawn: tuple[int, FloatArray] | None = None

    def figure(self, columns: FloatArray, of: Statistic = average) -> Figure:
        """A figure from columns (n_users, c) or (n_users,); users with a NaN in any are left out."""
        columns = columns.reshape(len(columns), -1)
        columns = columns[~np.isnan(columns).any(axis=1)]
        n = len(columns)
        if n == 0:
            return Figure(None, None, None, 0)
        mean = float(of(columns.mean(axis=0)))
        if n == 1 or self.resamples == 0:
            return Figure(mean, None, None, n)
        low, high = np.quantile(of(self._means(columns)), [0.025, 0.975])
        return Figure(mean, float(low), float(high), n)

    def _means(self, columns: FloatArray) -> FloatArray:
        """(resamples, c) means of the users drawn."""
        n = len(columns)
        if self._drawn is not None and self._drawn[0] == n:
            return self._drawn[1] @ columns / n
        block = max(1, _CELLS // n)
        means = []
        rng = np.random.default_rng(self.seed)
        for start in range(0, self.resamples, block):
            rows = min(block, self.resamples - start)
            drawn = rng.integers(0, n, (rows, n)) + n * np.arange(rows)[:, None]
            counts = np.bincount(drawn.ravel(), minlength=rows * n).reshape(rows, n).astype(np.float64)
            means.append(counts @ columns / n)
        if len(means) == 1:
            self._drawn = n, counts
        return np.concatenate(means)
