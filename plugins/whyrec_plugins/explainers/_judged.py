"""Judged: of several orders of the players, the one that a metric puts first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np

from whyrec import BoolArray, FloatArray, IntArray
from whyrec_plugins.explainers._beam import Objective
from whyrec_plugins.explainers._field import Field
from whyrec_plugins.explainers._moved import Pair

Protocol = Literal["lxr11", "cf10", "ke"]


def best_of(
    field: Field,
    pairs: Sequence[Pair],
    points: Sequence[FloatArray],
    paths: Sequence[Sequence[IntArray]],
    loss: Callable[[FloatArray, IntArray], FloatArray],
    way: Objective,
) -> list[IntArray]:
    """For each pair, the order of those in ``paths`` (one for each pair) with the least loss; ties by position.

    points : for each pair (n + 1,) how much the loss counts after so many moves
    loss : of scores and ranks, of any shape
    way : whether moves add players, and which end of an order moves first
    """
    rows: list[list[BoolArray]] = [[] for _ in field.games]
    for p, (g, _) in enumerate(pairs):
        rows[g] += [_visited(path[p], np.flatnonzero(points[p]), way) for path in paths]
    asked = [
        np.concatenate(r) if r else np.zeros((0, g.n_players), bool) for r, g in zip(rows, field.games, strict=True)
    ]
    answers, at = field.asked_ranks(asked), [0] * len(field.games)
    out = []
    for p, (g, k) in enumerate(pairs):
        looked = np.flatnonzero(points[p])
        total = np.zeros(len(paths))
        for q in range(len(paths)):
            mine = slice(at[g], at[g] + len(looked))
            at[g] += len(looked)
            scores, ranks = answers[g]
            total[q] = points[p][looked] @ loss(scores[mine, k], ranks[mine, k])
        out.append(paths[int(np.argmin(total))][p])
    return out


def step_weights(n: int, steps: Protocol) -> FloatArray:
    """(n + 1,) how much a metric's value counts after so many removals; they sum to 1 (``lxr11``: with no removal)."""
    out = np.zeros(n + 1)
    if steps == "ke":
        np.add.at(out, np.minimum(np.arange(1, 6), n), 1 / 5)
        return out
    ends = np.cumsum(n // 10 + (np.arange(10) < n % 10))
    if steps == "cf10":
        np.add.at(out, ends, 1 / 10)
    else:
        np.add.at(out, np.concatenate([[0], ends]), 1 / 11)
    return out


def _visited(order: IntArray, depths: IntArray, objective: Objective) -> BoolArray:
    """(depths, n) who is present after so many moves along an order."""
    moves = order[::-1] if objective.reversed else order
    place = np.empty(len(order), np.int64)
    place[moves] = np.arange(len(order))
    moved: BoolArray = place < depths[:, None]
    return moved if objective.adding else ~moved
