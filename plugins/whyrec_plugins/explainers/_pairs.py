"""Which coalitions are asked: pairs of a coalition and its complement, spread evenly over sizes, without repeats."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from math import comb
from typing import Any

import numpy as np
from numpy.typing import NDArray

from whyrec import BoolArray, FloatArray, IntArray


@dataclass(frozen=True, eq=False)
class Pairs:
    """p coalitions of at most half of the n players, each standing for itself and its complement.

    Parameters
    ----------
    coalitions : (p, n) bool
    sizes : (p,) their sizes, 1 … n/2
    weights : (p,) what each stands for, so that a weighted sum over pairs estimates the sum over all coalitions
        under the Shapley kernel (n − 1) / (C(n, s) s (n − s)), up to one factor
    sampled : (p,) False where all coalitions of a size are there, so that nothing was left to chance
    """

    coalitions: BoolArray
    sizes: IntArray
    weights: FloatArray
    sampled: BoolArray

    @classmethod
    def draw(cls, n: int, p: int, rng: np.random.Generator) -> Pairs:
        """At most p pairs for n ≥ 2 players (fewer if there are not so many).

        Sizes share the pairs evenly, as leverage scores ask (Musco and Witter 2024, "Provably accurate Shapley
        value estimation via leverage score sampling"); single players and what a size cannot use up go first.
        """
        sizes = np.arange(1, n // 2 + 1)
        room = np.array([comb(n, s) if 2 * s < n else comb(n, s) // 2 for s in range(1, n // 2 + 1)], dtype=object)
        counts = _spread(room, np.where(2 * sizes < n, 2.0, 1.0), n, p)
        drawn = [_subsets(n, s, int(c), int(r), rng) for s, c, r in zip(sizes.tolist(), counts, room, strict=True)]
        kernel = np.where(2 * sizes < n, 2.0, 1.0) / (sizes / n * (1 - sizes / n))
        share = _lent(kernel, counts) / np.maximum(counts, 1)
        full = np.array([c >= r for c, r in zip(counts, room, strict=True)])
        return cls(
            coalitions=np.concatenate(drawn),
            sizes=np.repeat(sizes, counts),
            weights=np.repeat(share, counts),
            sampled=np.repeat(~full, counts),
        )


def _spread(room: NDArray[Any], wanted: FloatArray, n: int, p: int) -> IntArray:
    """How many pairs each size gets: all n single players if p allows it, the rest evenly, none beyond its room."""
    limits = np.array([float(min(r, p)) for r in room])
    given = np.zeros(len(room))
    free = np.ones(len(room), bool)
    left = float(p)
    if p >= 2 * n:
        given[0], free[0] = limits[0], False
        left -= limits[0]
    while free.any() and left > 0:
        share = np.where(free, wanted, 0.0)
        share *= left / share.sum()
        over = free & (share >= limits)
        if not over.any():
            given += share
            break
        given[over] = limits[over]
        left -= limits[over].sum()
        free &= ~over
    edges = np.round(np.cumsum(given)).astype(np.int64)
    return np.minimum(np.diff(np.concatenate([[0], edges])), limits.astype(np.int64))


def _lent(kernel: FloatArray, counts: IntArray) -> FloatArray:
    """The kernel mass of each size; sizes without a pair lend theirs to the nearest size that has one."""
    served = np.flatnonzero(counts)
    nearest = served[np.abs(np.arange(len(counts))[:, None] - served).argmin(axis=1)]
    return np.bincount(nearest, kernel, minlength=len(counts)).astype(np.float64)


def _subsets(n: int, size: int, count: int, room: int, rng: np.random.Generator) -> BoolArray:
    """``count`` different subsets of one size; of two complements of size n/2, only the one without the last player."""
    halves = 2 * size == n
    if count * 3 >= room:
        every = np.zeros((room, n), bool)
        pool = list(combinations(range(n - 1 if halves else n), size))
        every[np.arange(room)[:, None], pool] = True
        return every[np.sort(rng.choice(room, count, replace=False))]
    found = np.zeros((0, n), bool)
    while len(found) < count:
        first = np.zeros((count, n), bool)
        first[:, :size] = True
        more = rng.permuted(first, axis=1)
        if halves:
            more ^= more[:, -1:]
        found = np.concatenate([found, more])
        keep = np.unique(np.packbits(found, axis=1), axis=0, return_index=True)[1]
        found = found[np.sort(keep)]
    return found[:count]
