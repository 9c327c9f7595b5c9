"""Rank paths: orders in which an item falls fast in the ranking, by several aims; and the one that serves them all."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from whyrec import FloatArray, IntArray
from whyrec_plugins.explainers._beam import Aim, Objective, best_orders
from whyrec_plugins.explainers._field import Field
from whyrec_plugins.explainers._judged import best_of, step_weights
from whyrec_plugins.explainers._moved import Pair

RIVAL = 10
"""The list that the item shall leave, and half of it: the rival that margins are measured against."""

WIDTH, WIDTH_LINEAR = 2, 4
"""Paths carried along, for each aim, on models that are asked and on those that need not be."""


def rank_paths(
    field: Field, pairs: Sequence[Pair], k: int, *, width: int | None = None, rounds: int
) -> list[list[IntArray]]:
    """Beams by rank, by leaving the top k, and by leaving its upper half, all depths counting alike: one order a pair.

    A single beam is short-sighted: by rank it takes what passes the next rival, though another player first would
    let the second one pass ten; by the margin it does not see how far the item falls once it is out.
    """
    width = width or (WIDTH if field.unit is None else WIDTH_LINEAR)
    lengths = [field.games[g].n_players for g, _ in pairs]
    even = [np.full(n + 1, 1.0 / max(1, n)) for n in lengths]
    aims: list[tuple[Aim, int]] = [("ndcg", k), ("pos", k), ("pos", (k + 1) // 2)]
    return [
        best_orders(field, pairs, Objective(aim, rival), even, width=width, rounds=rounds)
        for aim, rival in dict.fromkeys(aims)
    ]


def serving_all(field: Field, pairs: Sequence[Pair], k: int, paths: Sequence[Sequence[IntArray]]) -> list[IntArray]:
    """For each pair the order with the least 1/log2(1 + rank) + ½[rank ≤ k] + ½[rank ≤ k/2].

    Its mean over the first five removals and over ten even bins, half and half.
    """
    half = (k + 1) // 2

    def loss(score: FloatArray, rank: IntArray) -> FloatArray:
        found: FloatArray = 1.0 / np.log2(1.0 + rank) + 0.5 * (rank <= k) + 0.5 * (rank <= half)
        return found

    lengths = [field.games[g].n_players for g, _ in pairs]
    points = [0.5 * (step_weights(n, "ke") + step_weights(n, "cf10")) for n in lengths]
    return best_of(field, pairs, points, paths, loss, Objective("ndcg", k))
