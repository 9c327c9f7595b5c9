"""Weights: the contributions that a model's own parameters give, without asking the model anything."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from whyrec import (
    AdditiveInFeatures,
    AdditiveInHistory,
    Attribution,
    Explainer,
    Game,
    LinearInHistory,
    Recommender,
)
from whyrec_plugins.explainers.shares import interest_shares, linear_split


class Weights(Explainer):
    """Exact contributions, read off the model.

    ``history``: where the score is linear in the interests x, item j gives x_j·W_jk, and the base is the bias. On
    such a model this is the Shapley value, and also exactly what the score loses when the item is removed. Where
    a model only splits a given score (ALS, a pooled network), its own split is taken: it adds up to the score,
    but it is not the effect of a removal, since the split moves with the history.

    ``interests``: what each item contributes is shared among its interests, see :func:`interest_shares`. On a
    model that is linear in the interests this is the Shapley value of the game.

    ``features``: the model's split over the features of the item; features that the item lacks contribute nothing.
    """

    name = "weights"
    summary = "the model's own contributions, exact, without model calls"
    needs = {  # noqa: RUF012  a ClassVar by its base class
        "history": (LinearInHistory, AdditiveInHistory),
        "interests": (LinearInHistory, AdditiveInHistory),
        "features": (AdditiveInFeatures,),
    }
    exact = True

    def refuses(self, model: Recommender, kind: str, *, target: str = "score", removal: str = "drop") -> str | None:
        """A model's own split is of its score; only linear weights also split margins, or under other removal rules."""
        reason = super().refuses(model, kind, target=target, removal=removal)
        if reason is not None or (target, removal) == ("score", "drop"):
            return reason
        if target in ("rank", "probability"):
            return f"{self.name} splits scores and margins, not target {target!r}"
        if kind == "features" or not model.can(LinearInHistory):
            return f"{self.name} splits only the score of {model.name}, under removal 'drop'"
        return None

    def _explain(
        self, model: Recommender, games: Sequence[Game], rngs: Sequence[np.random.Generator]
    ) -> list[Attribution]:
        return [_features(model, game) if game.players.kind == "features" else _history(model, game) for game in games]


def _features(model: Recommender, game: Game) -> Attribution:
    split, base = model.feature_contributions(game.history, game.items)  # type: ignore[attr-defined]  # it can: that was asked
    return Attribution((game.players.membership @ np.asarray(split)[0].T).T, np.asarray(base)[0])


def _history(model: Recommender, game: Game) -> Attribution:
    if (exact := linear_split(game)) is not None:
        return exact
    split, bases = model.history_contributions(game.history, game.items)  # type: ignore[attr-defined]  # it can: that was asked
    if game.players.kind == "history":
        return Attribution(np.asarray(split).T, np.asarray(bases)[0])
    interest, shares = game.history.interest.data, interest_shares(game.history, game.players)
    # A share is a part of the interest; an item whose interest cancels to nothing contributes nothing to split.
    part = np.divide(shares, interest, out=np.zeros_like(shares), where=np.abs(interest) > 0)
    return Attribution((part @ split).T, np.asarray(bases)[0])
