"""Search: the ceiling of each fidelity metric, found by searching orders on the very metric."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

import numpy as np
from pydantic import Field as Setting

from whyrec import Attribution, Explainer, FloatArray, Game, IntArray, Recommender, ScoresFeatures, Streams
from whyrec_plugins.explainers._beam import Aim, Objective, best_orders, order_values
from whyrec_plugins.explainers._best_path import best_path
from whyrec_plugins.explainers._enumeration import every_coalition
from whyrec_plugins.explainers._field import Field, fields
from whyrec_plugins.explainers._judged import Protocol, best_of, step_weights
from whyrec_plugins.explainers._moved import Pair
from whyrec_plugins.explainers._rank_paths import RIVAL, rank_paths


class Search(Explainer):
    """The order of the players that is best by one metric, as far as a search can find it.

    - ``del`` and ``ins`` on models that are linear in the history: by contribution, which is best for every step.
    - At most ``exact_below`` players: the best of all orders, by dynamic programming over the 2ⁿ coalitions.
    - More: beams of paths, which carry the ``width`` best from removal to removal, the greedy path, and for
      metrics of ranks those of ``greedy-rank``; of all these orders, the one that the metric itself puts first.

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
        objective = self._objective
        chosen = best_of(field, left, points, paths, objective.loss, objective) if len(paths) > 1 else paths[0]
        out.update(zip(left, chosen, strict=True))
        return out

    def _paths(self, field: Field, pairs: Sequence[Pair], points: Sequence[FloatArray]) -> list[list[IntArray]]:
        """Candidates: the beam on the metric; for metrics of ranks, greedy-rank's and the greedy path by score."""
        own = self._objective
        flat = [np.zeros_like(p) for p in points]
        if own.aim in ("del", "ins") and field.unit is not None and field.games[0].players.kind == "history":
            return [best_orders(field, pairs, own, flat, rounds=self.rounds)]
        paths = [best_orders(field, pairs, own, points, width=self.width, rounds=self.rounds)]
        if own.aim in ("ndcg", "pos"):
            paths += rank_paths(field, pairs, RIVAL, rounds=self.rounds)
            return [*paths, best_orders(field, pairs, Objective("del"), flat, rounds=self.rounds)]
        return [*paths, best_orders(field, pairs, own, flat, rounds=self.rounds)]

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
