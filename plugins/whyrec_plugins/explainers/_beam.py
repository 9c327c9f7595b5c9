"""Beam: orders of the players that bring an item down (or up) step by step, for many items at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from whyrec import BoolArray, FloatArray, IntArray
from whyrec_plugins.explainers._field import Field
from whyrec_plugins.explainers._moved import Moves, Pair
from whyrec_plugins.explainers._moves import Mover

Aim = Literal["del", "ins", "ndcg", "pos", "neg"]
ROUNDS_LINEAR = 100
"""Rounds on models that need not be asked."""


@dataclass(frozen=True)
class Objective:
    """What is made small along a path of coalitions. ``ins`` adds players, all others remove them.

    ``del``, ``ins``: the score, its negative; ``ndcg``: 1 / log2(1 + rank); ``pos``: 1 in the top k, else 0, and
    ``neg`` its negative. Equal moves are told apart by the margin to the k-th rival, then by position.
    """

    aim: Aim
    k: int = 10

    @property
    def adding(self) -> bool:
        return self.aim == "ins"

    @property
    def reversed(self) -> bool:
        """Whether what moves first is what supports least."""
        return self.aim == "neg"

    def loss(self, score: FloatArray, rank: IntArray) -> FloatArray:
        """Of any shape."""
        if self.aim in ("del", "ins"):
            return -score if self.adding else score
        if self.aim == "ndcg":
            found: FloatArray = 1.0 / np.log2(1.0 + rank)
            return found
        inside = (rank <= self.k).astype(np.float64)
        return -inside if self.reversed else inside

    def tie(self, margin: FloatArray) -> FloatArray:
        return -margin if self.adding or self.reversed else margin


@dataclass(eq=False)
class _State:
    present: BoolArray
    moved: list[int]
    total: float


def schedule(n: int, rounds: int) -> list[int]:
    """How many players move in each round: one in the first half of the rounds, then evenly more; n in all."""
    if n <= rounds:
        return [1] * n
    first = rounds // 2
    rest = np.diff(np.linspace(0, n - first, rounds - first + 1).round().astype(int))
    return [1] * first + [int(step) for step in rest]


def best_orders(
    field: Field,
    pairs: Sequence[Pair],
    objective: Objective,
    points: Sequence[FloatArray],
    *,
    width: int = 1,
    rounds: int = 40,
) -> list[IntArray]:
    """For each pair an order of its players, most supporting first.

    Of the paths from everybody (``ins``: from nobody), the ``width`` best are carried from move to move: those with
    the smallest loss summed over the points passed, then the smallest loss now, then the margin.

    points : for each pair (n + 1,) how much the loss counts after so many moves; all 0 is the greedy path
    rounds : rounds of asking at the most, see :func:`schedule`
    """
    if field.unit is not None:
        rounds = max(rounds, ROUNDS_LINEAR)
        return [order for p, w in zip(pairs, points, strict=True)
                for order in _carried(field, [p], objective, [w], width, rounds)]  # fmt: skip
    return _carried(field, pairs, objective, points, width, rounds)


def _carried(
    field: Field,
    pairs: Sequence[Pair],
    objective: Objective,
    points: Sequence[FloatArray],
    width: int,
    rounds: int,
) -> list[IntArray]:
    alone = objective.aim in ("del", "ins")
    mover = Mover(field, objective.k, adding=objective.adding, alone=alone)
    lengths = [field.games[g].n_players for g, _ in pairs]
    steps = [schedule(n, rounds) for n in lengths]
    beams = [[_State(np.full(n, not objective.adding), [], 0.0)] for n in lengths]
    for turn in range(max(map(len, steps), default=0)):
        active = [p for p in range(len(pairs)) if turn < len(steps[p])]
        states = [np.array([s.present for s in beams[p]]) for p in active]
        for p, moves in zip(active, mover([pairs[p] for p in active], states), strict=True):
            beams[p] = _next(beams[p], moves, objective, points[p], steps[p][turn], width)
    orders = [np.array(beam[0].moved, np.int64) for beam in beams]
    return [order[::-1] for order in orders] if objective.reversed else orders


def _next(
    beam: list[_State], moves: Moves, objective: Objective, points: FloatArray, step: int, width: int
) -> list[_State]:
    """The best states one round later. A move of several players takes the best mover with the best others beside."""
    depth = len(beam[0].moved)
    own = objective.loss(moves.own_score, moves.own_rank)
    total = np.array([s.total for s in beam]) + points[depth] * own * (depth > 0)
    loss, tie = objective.loss(moves.score, moves.rank), objective.tie(moves.margin)
    there = np.nonzero(moves.open)
    key = total[there[0]] + points[depth + step] * loss[there]
    best = np.lexsort((there[1], there[0], tie[there], loss[there], key))
    out: list[_State] = []
    known: set[bytes] = set()
    for at in best.tolist():
        state, player = int(there[0][at]), int(there[1][at])
        movers = [player]
        if step > 1:
            mine = there[1][best[there[0][best] == state]]
            movers += mine[mine != player][: step - 1].tolist()
        present = beam[state].present.copy()
        present[movers] ^= True
        if (name := present.tobytes()) in known:
            continue
        known.add(name)
        out.append(_State(present, beam[state].moved + movers, float(total[state])))
        if len(out) == width:
            break
    return out


def order_values(order: IntArray) -> FloatArray:
    """(n,) values in (0, 1] that fall along an order of the players."""
    values = np.empty(len(order))
    values[order] = 1.0 - np.arange(len(order)) / len(order)
    return values
