"""Leave one out: what the value loses when one player is removed, and all others stay."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from whyrec import Attribution, BoolArray, Explainer, Game, Recommender, ScoresFeatures, Streams, evaluate


class LeaveOneOut(Explainer):
    """value_j = v(N) − v(N∖j), also called occlusion (Zeiler and Fergus 2014): the plainest "had this not been there".

    On models that are linear in the history it comes from the weights, without a model call. All others are asked
    once for each player and once for nobody, many games in one model call, or by a short cut of their own: ALS takes
    each item out of its normal equations by a downdate of rank one. Always exact, but values do not add up to the
    score where players interact.
    """

    name = "leave-one-out"
    summary = "what the score loses without each player"
    needs = {"history": (), "interests": (), "features": (ScoresFeatures,)}  # noqa: RUF012  a ClassVar by its base class
    additive = False
    exact = True

    def _explain(self, model: Recommender, games: Sequence[Game], rngs: Streams) -> list[Attribution]:
        found = {g: made for g, game in enumerate(games) if (made := _closed(game)) is not None}
        asked = [g for g in range(len(games)) if g not in found and games[g].stackable]
        rows = [_without_each(games[g].n_players) for g in asked]
        for g, values in zip(asked, evaluate([games[g] for g in asked], rows), strict=True):
            found[g] = Attribution((games[g].full_value - values[:-1]).T, values[-1])
        for g, game in enumerate(games):
            if g not in found:
                found[g] = Attribution((game.full_value - game.values_without_each()).T, game.base_value)
        return [found[g] for g in range(len(games))]


def _without_each(n: int) -> BoolArray:
    """(n + 1, n) without each player, then nobody."""
    return np.concatenate([~np.eye(n, dtype=bool), np.zeros((1, n), bool)])


def _closed(game: Game) -> Attribution | None:
    """On a linear model: the interest that each player's removal takes away, times the weights."""
    if game.linear is None:
        return None
    W, base = game.linear
    if game.players.kind == "history":
        return Attribution((game.history.interest.data[:, None] * W).T, base)
    lost = game.history.interest.data - game.interests(~np.eye(game.n_players, dtype=bool))
    return Attribution((lost @ W).T, base)
