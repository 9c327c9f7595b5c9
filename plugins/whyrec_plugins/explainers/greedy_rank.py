"""Greedy rank: removals after which the item falls fast in the ranking and soon leaves the list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import numpy as np
from pydantic import Field as Setting

from whyrec import Attribution, Explainer, Game, IntArray, Recommender, ScoresFeatures, Streams
from whyrec_plugins.explainers._beam import Objective, best_orders, order_values
from whyrec_plugins.explainers._field import Field, fields
from whyrec_plugins.explainers._moved import Pair
from whyrec_plugins.explainers._rank_paths import RIVAL, rank_paths, serving_all


class GreedyRank(Explainer):
    """An order made for rank metrics: POS and CDCG, where exact contributions to the score leave room.

    From everybody present, players are removed one by one, and the ``width`` best paths are carried along: once by the
    item's rank among all candidates, once by whether it has left the top ``k``, once by the top ``k``/2, equals told
    apart by the margin to the rival there. Of the orders found, the one counts that serves all three best in the mean
    over the first removals and over ten even bins: one order for all metrics, not the best one for each.

    ``width=1`` is the plain greedy order: who is removed is who worsens the rank most; of equals, who lowers the margin
    to the ``k``-th rival most, then the first. The values only tell the order: 1 for the player removed first, falling
    evenly. They are about ranks, whatever the target.

    On linear models everything is a matrix product. Others are asked in ``rounds`` rounds for each path, about n
    coalitions each at first: one player leaves in each round of the first half, then evenly more.

    Parameters
    ----------
    k : the list that the item shall leave
    rounds : rounds of asking for each item and path, at the most
    width : paths carried along; None: 4 on linear models, which need not be asked, 2 on others
    """

    name = "greedy-rank"
    summary = "the order of removals that makes the item fall fastest in the ranking"
    needs = {"history": (), "interests": (), "features": (ScoresFeatures,)}  # noqa: RUF012  a ClassVar by its base class
    additive = False
    ordinal = True

    def __init__(
        self,
        *,
        k: Annotated[int, Setting(ge=1)] = RIVAL,
        rounds: Annotated[int, Setting(ge=1)] = 40,
        width: Annotated[int, Setting(ge=1, le=1000)] | None = None,
    ) -> None:
        self.k = k
        self.rounds = rounds
        self.width = width

    def _explain(self, model: Recommender, games: Sequence[Game], rngs: Streams) -> list[Attribution]:
        found: dict[int, Attribution] = {}
        for places, field in fields(games):
            pairs = [(g, k) for g, game in enumerate(field.games) for k in range(len(game.items))]
            orders = iter(self._orders(field, pairs))
            for place, game in zip(places, field.games, strict=True):
                values = np.array([order_values(next(orders)) for _ in game.items])
                found[place] = Attribution(values, game.base_value)
        return [found[g] for g in range(len(games))]

    def _orders(self, field: Field, pairs: Sequence[Pair]) -> list[IntArray]:
        if self.width == 1:
            flat = [np.zeros(field.games[g].n_players + 1) for g, _ in pairs]
            return best_orders(field, pairs, Objective("ndcg", self.k), flat, rounds=self.rounds)
        paths = rank_paths(field, pairs, self.k, width=self.width, rounds=self.rounds)
        return serving_all(field, pairs, self.k, paths)
