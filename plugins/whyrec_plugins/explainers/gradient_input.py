"""Gradient × input: how steeply the value falls as each player begins to leave a full history."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from whyrec import Attribution, Differentiable, Explainer, Game, LinearInHistory, Recommender, Streams
from whyrec_plugins.explainers._gates import Gates
from whyrec_plugins.explainers._surface import Surface, refused

NOTE = "slopes where everything is present, not shares of the score: the values do not add up to it"


class GradientInput(Explainer):
    """value_p = ∂v/∂t_p with all gates t at 1: gate times gradient, on the model's own relaxation of presence.

    An item's gate multiplies what it brings, so that this is gradient × input (Shrikumar et al. 2016). A player of
    several events moves all of them; an event of several interests is there by the product of their gates. One
    model call for all items of a game. On a model that is linear in the interests it is what the value loses without
    the player. Elsewhere it is a first guess of that: a network that is flat at the full history gives 0 to
    all. See ``integrated-gradients`` for values that add up.
    """

    name = "gradient-input"
    summary = "the model's gradient at the full history, times presence"
    needs = {"history": (Differentiable, LinearInHistory), "interests": (Differentiable, LinearInHistory)}  # noqa: RUF012  a ClassVar by its base class
    additive = False
    exact = True

    def refuses(self, model: Recommender, kind: str, *, target: str = "score", removal: str = "drop") -> str | None:
        """Ranks have no slope, and no history is empty under ``fill``."""
        reason = super().refuses(model, kind, target=target, removal=removal)
        return reason or refused(self.name, target, removal)

    def _explain(self, model: Recommender, games: Sequence[Game], rngs: Streams) -> list[Attribution]:
        return [_slopes(game) for game in games]


def _slopes(game: Game) -> Attribution:
    _, slopes = Surface(game).by_presence(np.ones((1, game.history.interest.nnz)))
    pulled = Gates.of(game.history, game.players).pull(np.ones(1), slopes)[0]
    return Attribution(pulled, game.base_value, notes=[NOTE] * len(game.items))
