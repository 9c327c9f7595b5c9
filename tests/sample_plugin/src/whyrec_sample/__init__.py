"""A recommender and an explainer from outside: what docs/tutorial-plugin.md builds."""

import numpy as np
from whyrec import Attribution, Explainer, Recommender, hookimpl


class Together(Recommender):
    """Recommends what was met together with the items of the history."""

    name = "together"
    summary = "co-occurrence counts"

    def __init__(self, *, damping: float = 10.0) -> None:
        self.damping = damping

    def _fit(self, data, rng, progress):
        x = data.histories.interest
        self._met = (x.T @ x).toarray() / (np.asarray(x.sum(axis=0)) + self.damping)

    def _score(self, histories, items):
        scores = histories.interest @ self._met
        return scores if items is None else scores[:, items]


class WithoutOne(Explainer):
    """A player is worth what the score loses when that player alone is hidden."""

    name = "without-one"
    summary = "leave one out"
    needs = {"history": (), "interests": ()}
    additive = False

    def _explain(self, model, games, rngs):
        for game in games:
            lost = game.full_value - game.values(~np.eye(game.n_players, dtype=bool))
            yield Attribution(values=lost.T, base=game.base_value)


whyrec_api = 1


@hookimpl
def whyrec_recommenders():
    return [Together]


@hookimpl
def whyrec_explainers():
    return [WithoutOne]
