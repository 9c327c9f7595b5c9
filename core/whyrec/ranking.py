"""Ranking: the k best of each row, ties by index, and the rank of given items."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from whyrec.types import BoolArray, FloatArray, IntArray


@dataclass(frozen=True, eq=False)
class Recommendations:
    """items (rows, k) int64, best first, padded with −1; scores (rows, k), padded with −inf."""

    items: IntArray
    scores: FloatArray

    @classmethod
    def concat(cls, parts: list[Recommendations], k: int) -> Recommendations:
        if not parts:
            return cls(np.empty((0, k), np.int64), np.empty((0, k)))
        return cls(np.concatenate([p.items for p in parts]), np.concatenate([p.scores for p in parts]))


def top_k(scores: FloatArray, k: int) -> Recommendations:
    """The k largest of each row of (rows, n), largest first, equal ones by index; −inf is never chosen.

    Linear in n: the k-th value is found by selection, ties at it are taken in index order.
    """
    rows, n = scores.shape
    k_here = min(k, n)
    if k_here == 0 or rows == 0:
        return Recommendations(np.full((rows, k), -1, np.int64), np.full((rows, k), -np.inf))
    kth = np.partition(scores, n - k_here, axis=1)[:, n - k_here, None]
    above, ties = scores > kth, scores == kth
    chosen = above | (ties & (np.cumsum(ties, axis=1) <= k_here - above.sum(axis=1, keepdims=True)))
    items = np.nonzero(chosen)[1].reshape(rows, k_here)
    values = np.take_along_axis(scores, items, axis=1)
    order = np.argsort(-values, axis=1, kind="stable")
    items, values = np.take_along_axis(items, order, axis=1), np.take_along_axis(values, order, axis=1)
    out = Recommendations(np.full((rows, k), -1, np.int64), np.full((rows, k), -np.inf))
    out.items[:, :k_here] = np.where(np.isneginf(values), -1, items)
    out.scores[:, :k_here] = values
    return out


def ranks_of(scores: FloatArray, items: IntArray, candidates: BoolArray) -> IntArray:
    """rank = 1 + the number of candidates that stand above, ties by index.

    scores (rows, n), items (K,) or for each row its own (rows, K), and candidates (n,) or (rows, n) →
    (rows, K). An item counts as its own candidate never; whether it is one itself does not matter.
    """
    pool = np.where(candidates, scores, -np.inf)
    items = np.broadcast_to(items, (len(scores), np.shape(items)[-1]))
    ranks = np.empty(items.shape, np.int64)
    for column, item in enumerate(items.T[:, :, None]):
        own = np.take_along_axis(scores, item, axis=1)
        before = np.arange(pool.shape[1]) < item
        ranks[:, column] = 1 + np.count_nonzero((pool > own) | ((pool == own) & before), axis=1)
    return ranks
