"""Orders: which players stand first, and how alike two orders are."""

from __future__ import annotations

import numpy as np

from whyrec import FloatArray, IntArray


def chance_of_top(values: FloatArray, k: int) -> FloatArray:
    """(n_players,) the chance that each stands among the k largest when equal ones are shuffled."""
    _, level, tied = np.unique(-values, return_inverse=True, return_counts=True)
    above = np.cumsum(tied) - tied
    return np.clip((k - above) / tied, 0.0, 1.0)[level]


def largest(values: FloatArray, k: int) -> IntArray:
    """(rows, k) the players of largest magnitude in each row of (rows, n), largest first, equal ones by position."""
    return np.argsort(-np.abs(values), axis=1, kind="stable")[:, :k].astype(np.int64)


def spearman(a: FloatArray, b: FloatArray) -> FloatArray:
    """(rows,) Spearman's rank correlation of each row of a and b (rows, n); NaN where either is constant."""
    from scipy.stats import rankdata

    if a.shape[1] < 2:
        return np.full(len(a), np.nan)
    x, y = rankdata(a, axis=1), rankdata(b, axis=1)
    x, y = x - x.mean(axis=1, keepdims=True), y - y.mean(axis=1, keepdims=True)
    spread = np.sqrt((x**2).sum(axis=1) * (y**2).sum(axis=1))
    found: FloatArray = np.divide((x * y).sum(axis=1), spread, out=np.full(len(a), np.nan), where=spread > 0)
    return found


def rank_biased_overlap(a: IntArray, b: IntArray, p: float) -> FloatArray:
    """(rows,) extrapolated rank-biased overlap of complete orders (rows, n) of the same n players.

    RBO_ext = X_n/n · pⁿ + (1 − p)/p · Σ_(d = 1 … n) X_d/d · p^d, X_d the players shared by both first d
    (Webber, Moffat & Zobel 2010, eq. 32).
    """
    rows, n = a.shape
    first, second = np.empty_like(a), np.empty_like(b)
    place = np.broadcast_to(np.arange(n), a.shape)
    np.put_along_axis(first, a, place, axis=1)
    np.put_along_axis(second, b, place, axis=1)
    joined = np.maximum(first, second)  # a player is shared from this depth on
    steps = np.zeros((rows, n))
    np.add.at(steps, (np.arange(rows)[:, None], joined), 1.0)
    depth = np.arange(1, n + 1)
    agreement = np.cumsum(steps, axis=1) / depth
    found: FloatArray = agreement[:, -1] * p**n + (1 - p) / p * (agreement * p**depth).sum(axis=1)
    return found
