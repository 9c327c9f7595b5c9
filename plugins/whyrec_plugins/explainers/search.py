"""Search: the ceiling of each fidelity metric, found by searching orders on the very metric."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

import numpy as np
from pydantic import Field as Setting

from whyrec import Attribution, BoolArray, Explainer, FloatArray, Game, IntArray, Recommender, ScoresFeatures, Streams
from whyrec_plugins.explainers._beam import Aim, Objective, best_orders, order_values
from whyrec_plugins.explainers._best_path import best_path
from whyrec_plugins.explainers._enumeration import every_coalition
from whyrec_plugins.explainers._field import Field, fields
from whyrec_plugins.explainers._moves import Pair

RIVAL = 10
"""The rival of ``greedy-rank``, whose path is among those compared."""

Protocol = Literal["lxr11", "cf10", "ke"]


class Search(Explainer):
    """The order of the players that is best by one metric, as far as a search can find it.

    - ``del`` and ``ins`` on models that are linear in the history: by contribution, which is best for every step.
    - At most ``exact_below`` players: the best of all orders, by dynamic programming over the 2ⁿ coalitions.
    - More: beams of paths, which carry the ``width`` best from removal to removal, and the greedy paths by score, by
      rank and by the margin to the k-th rival; of all these orders, the one that the metric itself puts first.

    The values only tell the order. It serves as the ceiling row of a comparison, not as an explanation: it is fitted to
    one metric.

    Parameters
    ----------
    metric : ``del``, ``ins``, ``ndcg`` (``cdcg`` is the same), ``pos`` or ``neg``
    steps : the points at which the metric looks: ``lxr11`` and ``cf10`` ten bins, ``ke`` 1 … 5 players
    k : the K of ``pos`` and ``neg``, and the rival of the margin
    width : paths carried along
    exact_below : up to this number of players all coalitions are asked
    rounds : rounds of asking for each path, at the most, see ``greedy-rank``
    """

    name = "search"
    summary = "the ceiling: the best order by a fidelity metric itself"
    needs = {"history": (), "interests": (), "features": (ScoresFeatures,)}  # noqa: RUF012  a ClassVar by its base class
    additive = False
    ordinal = True

    def __init__(
        self,
        *,
        metric: Literal["del", "ins", "ndcg", "cdcg", "pos", "neg"] = "ndcg",
        steps: Protocol = "lxr11",
        k: Annotated[int, Setting(ge=1)] = 10,
        width: Annotated[int, Setting(ge=1, le=1000)] = 4,
        exact_below: Annotated[int, Setting(ge=1, le=16)] = 10,
        rounds: Annotated[int, Setting(ge=1)] = 40,
    ) -> None:
        self.metric = metric
        self.steps = steps
        self.k = k
        self.width = width
        self.exact_below = exact_below
        self.rounds = rounds

    def _explain(self, model: Recommender, games: Sequence[Game], rngs: Streams) -> list[Attribution]:
        found: dict[int, Attribution] = {}
        for places, field in fields(games):
            orders = self._orders(field)
            for g, place in enumerate(places):
                values = np.array([order_values(orders[g, k]) for k in range(len(field.games[g].items))])
                found[place] = Attribution(values, field.games[g].base_value)
        return [found[g] for g in range(len(games))]

    @property
    def _objective(self) -> Objective:
        aim: Aim = "ndcg" if self.metric == "cdcg" else self.metric
        return Objective(aim, self.k)

    def _orders(self, field: Field) -> dict[Pair, IntArray]:
        out: dict[Pair, IntArray] = {}
        left: list[Pair] = []
        for g, game in enumerate(field.games):
            if game.n_players <= self.exact_below:
                out.update(self._enumerated(field, g))
            else:
                left += [(g, k) for k in range(len(game.items))]
        if not left:
            return out
        points = [step_weights(field.games[g].n_players, self.steps) for g, _ in left]
        paths = self._paths(field, left, points)
        for p, losses in enumerate(self._judged(field, left, points, paths)):
            out[left[p]] = paths[int(np.argmin(losses))][p]
        return out

    def _paths(self, field: Field, pairs: Sequence[Pair], points: Sequence[FloatArray]) -> list[list[IntArray]]:
        """Candidates: the beam on the metric, and greedy paths."""
        own = self._objective
        flat = [np.zeros_like(p) for p in points]
        greedy: list[Objective] = [Objective(own.aim, self.k)]
        if own.aim in ("ndcg", "pos"):
            greedy += [Objective(aim, self.k) for aim in ("ndcg", "pos", "del") if aim != own.aim]
            greedy += [Objective("ndcg", RIVAL)] if self.k != RIVAL else []
        if own.aim in ("del", "ins") and field.unit is not None and field.games[0].players.kind == "history":
            return [best_orders(field, pairs, own, flat, rounds=self.rounds)]
        beams = [best_orders(field, pairs, own, points, width=self.width, rounds=self.rounds)]
        return beams + [best_orders(field, pairs, one, flat, rounds=self.rounds) for one in greedy]

    def _judged(
        self, field: Field, pairs: Sequence[Pair], points: Sequence[FloatArray], paths: list[list[IntArray]]
    ) -> FloatArray:
        """(pairs, paths) the metric's own verdict on each order, as a loss."""
        if len(paths) == 1:
            return np.zeros((len(pairs), 1))
        objective = self._objective
        rows: list[list[BoolArray]] = [[] for _ in field.games]
        for p, (g, _) in enumerate(pairs):
            rows[g] += [_visited(path[p], np.flatnonzero(points[p]), objective) for path in paths]
        asked = [
            np.concatenate(r) if r else np.zeros((0, g.n_players), bool) for r, g in zip(rows, field.games, strict=True)
        ]
        answers, at = field.ranks(asked), [0] * len(field.games)
        out = np.zeros((len(pairs), len(paths)))
        for p, (g, k) in enumerate(pairs):
            looked = np.flatnonzero(points[p])
            for q in range(len(paths)):
                mine = slice(at[g], at[g] + len(looked))
                at[g] += len(looked)
                scores, ranks = answers[g]
                out[p, q] = points[p][looked] @ objective.loss(scores[mine, k], ranks[mine, k])
        return out

    def _enumerated(self, field: Field, g: int) -> dict[Pair, IntArray]:
        game, objective = field.games[g], self._objective
        every = [every_coalition(x.n_players) if x is game else np.zeros((0, x.n_players), bool) for x in field.games]
        scores, ranks = field.ranks(every)[g]
        points = step_weights(game.n_players, self.steps)
        out = {}
        for k in range(len(game.items)):
            order, _ = best_path(objective.loss(scores[:, k], ranks[:, k]), points, adding=objective.adding)
            out[g, k] = order[::-1] if objective.reversed else order
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
