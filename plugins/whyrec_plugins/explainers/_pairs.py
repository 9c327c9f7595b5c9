"""Which coalitions are asked: pairs of a coalition and its complement, more of them where players still do much."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from math import comb
from typing import Any

import numpy as np
from numpy.typing import NDArray

from whyrec import BoolArray, FloatArray, IntArray
from whyrec_plugins.explainers._cycles import Cycles, turns

TILT, MOST_TILT = 0.15, 0.75
"""How much more small coalitions get: the kernel's share of their size, to the power TILT · pairs / players, at most
MOST_TILT. Tuned on models that pool a history, least squares and interactions of three items."""

GOLDEN = (5**0.5 - 1) / 2

Rooms = NDArray[Any]  # whole numbers of any size, as objects: a size has up to C(n, n/2) coalitions


@dataclass(frozen=True, eq=False)
class Pairs:
    """p coalitions of at most half of the n players, each standing for itself and its complement.

    Coalitions come in families: the players stand in cycles, in random order, and a family is one coalition with all
    the turns of it, each of its members being one place further in its own cycle. So a family meets all players of a
    cycle alike, and what is computed from it can be computed by Fourier transforms. Of few players there are no turns.

    Parameters
    ----------
    coalitions : (p, n) bool
    sizes : (p,) their sizes, 1 … n/2
    weights : (p,) what each stands for, so that a weighted sum over pairs estimates the sum over all coalitions
        under the Shapley kernel (n − 1) / (C(n, s) s (n − s)), up to one factor
    sampled : (p,) False where all coalitions of a size are there, so that nothing was left to chance
    cycles : how the players stand
    rows : (families, turns) which of the p coalitions each family is after each turn
    """

    coalitions: BoolArray
    sizes: IntArray
    weights: FloatArray
    sampled: BoolArray
    cycles: Cycles
    rows: IntArray

    @property
    def enough(self) -> bool:
        """Whether they determine a term for each player, with some to spare: else errors cannot be told."""
        p, n = self.coalitions.shape
        return p >= 1.4 * n or not bool(self.sampled.any())

    @classmethod
    def draw(cls, n: int, p: int, rng: np.random.Generator, *, even: bool = False) -> Pairs:
        """At most p pairs for n ≥ 2 players: a little fewer if families do not fill p, or if there are not so many.

        ``even``: sizes share the pairs evenly, without turns, as leverage scores ask (Musco and Witter 2024, "Provably
        accurate Shapley value estimation via leverage score sampling"). Else small coalitions, where a player does
        most, get more, by the Shapley kernel's share of their size; the fewer the pairs the less so, since the larger
        coalitions, which bear on more players, then have to determine the fit. Single players go first, if p ≥ 3n.
        """
        sizes = np.arange(1, n // 2 + 1)
        room = np.array([comb(n, s) if 2 * s < n else comb(n, s) // 2 for s in range(1, n // 2 + 1)], dtype=object)
        ends = np.where(2 * sizes < n, 2.0, 1.0)
        kernel = ends / (sizes / n * (1 - sizes / n))
        wanted = ends if even else ends * (kernel / ends) ** min(MOST_TILT, TILT * p / n)
        m = 1 if even else turns(n, p)
        if m > 1:
            return cls._turned(n, p, m, wanted, room, kernel, rng)
        counts = _spread(room, wanted, p, 0.5, single=n if p >= (2 if even else 3) * n else 0)
        cycles = Cycles.of(n, 1, np.arange(n))
        many = counts * 3 < room  # so many that drawing them at random seldom draws one twice
        wide = _families(cycles, np.repeat(sizes[many], counts[many]), rng)
        few = [_chosen(n, s, counts[s - 1], room[s - 1], rng) for s in sizes[~many].tolist()]
        coalitions = np.concatenate([*few, wide])
        order = np.argsort(coalitions.sum(axis=1), kind="stable")
        full = np.array([c >= r for c, r in zip(counts, room, strict=True)])
        return cls(
            coalitions=coalitions[order],
            sizes=np.repeat(sizes, counts),
            weights=np.repeat(_lent(kernel, counts) / np.maximum(counts, 1), counts),
            sampled=np.repeat(~full, counts),
            cycles=cycles,
            rows=np.arange(counts.sum())[:, None],
        )

    @classmethod
    def _turned(
        cls, n: int, p: int, m: int, wanted: FloatArray, room: Rooms, kernel: FloatArray, rng: np.random.Generator
    ) -> Pairs:
        """Families of m turns; of each size at most half of its coalitions, so that drawing them comes to an end."""
        cycles = Cycles.of(n, m, rng.permutation(n))
        singles = n if p >= 3 * n else 0
        wanted = np.where(np.arange(len(wanted)) > 0, wanted, 0.0) if singles else wanted
        counts = _spread(room // (2 * m), wanted, (p - singles) // m, rng.random(), single=0)
        sizes = np.repeat(np.arange(1, len(counts) + 1), counts)
        turned = cycles.turned(_families(cycles, sizes, rng))
        per_size = counts * m
        per_size[0] += singles
        share = _lent(kernel, per_size) / np.maximum(per_size, 1)
        alone = np.zeros((singles, n), bool)
        alone[np.arange(singles), cycles.players[:singles]] = True
        own = np.concatenate([np.ones(singles, np.int64), np.repeat(sizes, m)])
        rows = singles + np.arange(len(sizes) * m).reshape(-1, m)
        return cls(
            coalitions=np.concatenate([alone, turned.reshape(-1, n)]),
            sizes=own,
            weights=share[own - 1],
            sampled=np.arange(len(own)) >= singles,
            cycles=cycles,
            rows=np.concatenate([cycles.place, rows]) if singles else rows,
        )


def _families(cycles: Cycles, sizes: IntArray, rng: np.random.Generator) -> BoolArray:
    """(families, n) one random coalition of each size, so that no turn of one is a turn, or its complement, twice.

    A player in a cycle of fewer turns is with all coalitions of a family, or with many, so that chance alone would
    often leave it out of all small ones: it comes up at even distances (systematic sampling; Madow and Madow 1944),
    and no two of them together throughout, as each begins by the golden ratio after another.
    """
    n = len(cycles.players)
    found = np.zeros((len(sizes), n), bool)
    left = np.arange(len(sizes))
    order = rng.random((len(sizes), n))
    short = cycles.players[np.repeat(cycles.lengths, cycles.lengths) < cycles.turns]
    begin = (rng.random() + np.arange(len(short)) * GOLDEN) % 1.0
    due = np.diff(np.floor(np.cumsum(sizes / n)[:, None] + begin), axis=0, prepend=0.0) > 0
    order[:, short] += np.where(due, -1.0, 1.0)
    while len(left):
        found[left] = np.argsort(np.argsort(order, axis=1), axis=1) < sizes[left, None]
        every = cycles.turned(found)
        every ^= every[:, :, :1] & (2 * sizes == n)[:, None, None]  # of two complements, the one without player 0
        packed = np.packbits(every.reshape(-1, n), axis=1)
        first = np.unique(packed, axis=0, return_index=True)[1]
        alone = np.zeros(len(packed), bool)
        alone[first] = True
        left = np.flatnonzero(~alone.reshape(len(sizes), -1).all(axis=1))
        order = rng.random((len(left), n))
    return found


def _spread(room: Rooms, wanted: FloatArray, p: int, offset: float, *, single: int) -> IntArray:
    """How many each size gets of p: ``single`` of size 1 first, the rest as wanted, none beyond its room."""
    limits = np.array([float(min(r, p)) for r in room])
    given = np.zeros(len(room))
    free = wanted > 0
    left = float(p)
    if single:
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
    edges = np.floor(np.cumsum(given) + offset + 1e-9).astype(np.int64)
    return np.minimum(np.diff(np.concatenate([[0], edges])), limits.astype(np.int64))


def _lent(kernel: FloatArray, counts: IntArray) -> FloatArray:
    """The kernel mass of each size; sizes without a pair lend theirs to the nearest size that has one."""
    served = np.flatnonzero(counts)
    nearest = served[np.abs(np.arange(len(counts))[:, None] - served).argmin(axis=1)]
    return np.bincount(nearest, kernel, minlength=len(counts)).astype(np.float64)


def _chosen(n: int, size: int, count: int, room: int, rng: np.random.Generator) -> BoolArray:
    """``count`` of all ``room`` subsets of one size; of two complements of size n/2, that without the last player."""
    every = np.zeros((room, n), bool)
    every[np.arange(room)[:, None], list(combinations(range(n - 1 if 2 * size == n else n), size))] = True
    return every[np.sort(rng.choice(room, count, replace=False))]
