"""Means over users with their 95 % intervals: a percentile bootstrap that resamples users."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from whyrec.types import FloatArray, IntArray

_CELLS = 4_000_000  # weights held at once: 32 MB


@dataclass(frozen=True)
class Figure:
    """A mean over ``n`` users with its 95 % interval; None where there is nothing to average (or to resample)."""

    mean: float | None
    low: float | None
    high: float | None
    n: int

    def to_dict(self) -> dict[str, Any]:
        return {"mean": self.mean, "low": self.low, "high": self.high, "n": self.n}


def by_user(values: FloatArray, users: IntArray) -> FloatArray:
    """One number a user: the mean of the user's defined values; users without any are left out.

    values (n,) with NaN where undefined, users (n,) any integers → (n_users with values,), users ascending.
    """
    defined = ~np.isnan(values)
    names, place = np.unique(users[defined], return_inverse=True)
    sums = np.bincount(place, values[defined], minlength=len(names))
    means: FloatArray = sums / np.bincount(place, minlength=len(names))
    return means


def figure(per_user: FloatArray, *, resamples: int, seed: int) -> Figure:
    """Mean and 95 % percentile interval over users (Efron & Tibshirani 1993, ch. 13).

    The same seed draws the same users again for any figure of as many users: figures are paired.
    """
    per_user = per_user[~np.isnan(per_user)]
    n = len(per_user)
    if n == 0:
        return Figure(None, None, None, 0)
    mean = float(per_user.mean())
    if n == 1 or resamples == 0:
        return Figure(mean, None, None, n)
    rng = np.random.default_rng(seed)
    block = max(1, _CELLS // n)
    means = [
        per_user[rng.integers(0, n, (min(block, resamples - start), n))].mean(axis=1)
        for start in range(0, resamples, block)
    ]
    low, high = np.quantile(np.concatenate(means), [0.025, 0.975])
    return Figure(mean, float(low), float(high), n)
