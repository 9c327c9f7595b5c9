"""Greedy rank: remove, again and again, the player without whom the item falls furthest in the ranking."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import numpy as np
from pydantic import Field as Setting

from whyrec import Attribution, Explainer, Game, Recommender, ScoresFeatures, Streams
from whyrec_plugins.explainers._beam import Objective, best_orders, order_values
from whyrec_plugins.explainers._field import fields


class GreedyRank(Explainer):
    """An order made for rank metrics: POS and CDCG, where exact contributions to the score leave room.

    From everybody present, the player is removed whose removal worsens the item's rank among all candidates most; of
    equal ones, the one that lowers the margin to the ``k``-th rival most, then the first. The values only tell the
    order: 1 for the player removed first, falling evenly. They are about ranks, whatever the target.

    On linear models everything is a matrix product. Others are asked in ``rounds`` rounds, about n coalitions each
    at first: one player leaves in each round of the first half, then evenly more.

    Parameters
    ----------
    k : which rival the margin is measured against
    rounds : rounds of asking for each item, at the most
    """

    name = "greedy-rank"
    summary = "the order of removals that makes the item fall fastest in the ranking"
    needs = {"history": (), "interests": (), "features": (ScoresFeatures,)}  # noqa: RUF012  a ClassVar by its base class
    additive = False
    ordinal = True

    def __init__(self, *, k: Annotated[int, Setting(ge=1)] = 10, rounds: Annotated[int, Setting(ge=1)] = 40) -> None:
        self.k = k
        self.rounds = rounds

    def _explain(self, model: Recommender, games: Sequence[Game], rngs: Streams) -> list[Attribution]:
        found: dict[int, Attribution] = {}
        for places, field in fields(games):
            pairs = [(g, k) for g, game in enumerate(field.games) for k in range(len(game.items))]
            points = [np.zeros(field.games[g].n_players + 1) for g, _ in pairs]
            orders = iter(best_orders(field, pairs, Objective("ndcg", self.k), points, rounds=self.rounds))
            for place, game in zip(places, field.games, strict=True):
                values = np.array([order_values(next(orders)) for _ in game.items])
                found[place] = Attribution(values, game.base_value)
        return [found[g] for g in range(len(games))]
