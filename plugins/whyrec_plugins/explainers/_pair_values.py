"""Interaction of two players: exactly from all coalitions, or estimated from random ones."""

from __future__ import annotations

from math import factorial

import numpy as np

from whyrec import BoolArray, FloatArray, IntArray
from whyrec_plugins.explainers._enumeration import every_coalition


def exact_pairs(values: FloatArray, first: IntArray, second: IntArray) -> FloatArray:
    """(p, K) interactions of the players ``first`` and ``second`` (p,), from v of all 2ⁿ coalitions (2ⁿ, K).

    I_ij = Σ_{S ⊆ N∖ij} |S|! (n − |S| − 2)! / (n − 1)! · (v(S∪ij) − v(S∪i) − v(S∪j) + v(S)) (Grabisch and Roubens
    1999): coalition T counts by its size and by how many of the two it holds.
    """
    n = int(np.log2(len(values)) + 0.5)
    coalitions = every_coalition(n)
    sizes = coalitions.sum(axis=1)
    weight = np.zeros((3, n + 1))
    for held, sign in ((0, 1.0), (1, -1.0), (2, 1.0)):
        for size in range(held, n - 1 + held):
            weight[held, size] = sign * factorial(size - held) * factorial(n - size + held - 2) / factorial(n - 1)
    out = np.empty((len(first), values.shape[1]))
    for p, (i, j) in enumerate(zip(first, second, strict=True)):
        both = coalitions[:, i].astype(np.int64) + coalitions[:, j]
        out[p] = weight[both, sizes] @ values
    return out


def drawn_coalitions(n: int, rounds: int, rng: np.random.Generator) -> BoolArray:
    """(rounds or one more, n), in pairs of two complements; each pair with its own chance to be present in (0, 1).

    With each player present with chance q and q uniform, a coalition S of N∖ij comes up with probability
    |S|! (n − |S| − 2)! / (n − 1)!, the very weight of the interaction index (Owen's multilinear extension, 1972).
    """
    half = (rounds + 1) // 2
    chance = (np.arange(half) + rng.random(half)) / half
    drawn = rng.random((half, n)) < chance[:, None]
    both: BoolArray = np.stack([drawn, ~drawn], axis=1).reshape(-1, n)
    return both


def toggled(drawn: BoolArray, players: IntArray) -> BoolArray:
    """(rounds, 1 + m + m(m−1)/2, n): each coalition, then with each of m players turned, then with each two."""
    first, second = np.triu_indices(len(players), 1)
    turns = np.zeros((1 + len(players) + len(first), drawn.shape[1]), bool)
    turns[np.arange(1, 1 + len(players)), players] = True
    row = np.arange(1 + len(players), len(turns))
    turns[row, players[first]] = turns[row, players[second]] = True
    out: BoolArray = drawn[:, None, :] ^ turns
    return out


def toggled_pairs(values: FloatArray, drawn: BoolArray, players: IntArray) -> tuple[FloatArray, FloatArray]:
    """Interactions (p,) of each two of m players, and standard errors (p,), from v (rounds, 1 + m + p) of ``toggled``.

    Turning i, j or both around a coalition gives v(S∪ij) − v(S∪i) − v(S∪j) + v(S), up to the sign that tells how
    many of the two were in it. Two complementary rounds are one draw.
    """
    m = len(players)
    first, second = np.triu_indices(m, 1)
    change = values[:, :1] - values[:, 1 + first] - values[:, 1 + second] + values[:, 1 + m :]
    sign = np.where(drawn[:, players[first]] == drawn[:, players[second]], 1.0, -1.0)
    each = sign * change
    draws = (each[0::2] + each[1::2]) / 2
    spread = draws.std(axis=0, ddof=1) / np.sqrt(len(draws)) if len(draws) > 1 else np.zeros(draws.shape[1])
    return draws.mean(axis=0), spread
