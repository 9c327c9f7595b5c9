"""Lime: a weighted linear fit to the game around the whole history, by the lime package."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import numpy as np
from pydantic import Field

from whyrec import Attribution, BoolArray, Explainer, FloatArray, Game, Recommender, ScoresFeatures


class Lime(Explainer):
    """LIME (Ribeiro et al. 2016) on the binary presence of players.

    Samples are drawn nearly as the package does for words: the first has everybody present; each other one hides a
    number of players drawn evenly from 0 … n (the package starts at 1, and so would see a single player present
    but once), chosen evenly. The distance of a sample z to the full history is 100
    times the cosine distance, 100·(1 − √(|z|/n)); its weight is √exp(−distance²/kernel_width²). A ridge regression
    (penalty 1, with intercept) then gives the values: item by item, from one set of samples.

    Nothing makes the values add up: their gap to the score of the full less the empty history is printed.

    Parameters
    ----------
    samples : coalitions scored for each game, besides the empty one
    kernel_width : the larger, the more samples far from the full history count; 25 as in the package
    """

    name = "lime"
    summary = "a local linear fit, by the lime package"
    packages = ("lime",)
    needs = {"history": (), "interests": (), "features": (ScoresFeatures,)}  # noqa: RUF012  a ClassVar by its base class
    additive = False

    def __init__(
        self,
        *,
        samples: Annotated[int, Field(ge=2, le=1_000_000)] = 1000,
        kernel_width: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 25.0,
    ) -> None:
        self.samples = samples
        self.kernel_width = kernel_width

    def _explain(
        self, model: Recommender, games: Sequence[Game], rngs: Sequence[np.random.Generator]
    ) -> list[Attribution]:
        return [self._one(game, rng) for game, rng in zip(games, rngs, strict=True)]

    def _one(self, game: Game, rng: np.random.Generator) -> Attribution:
        from lime.lime_base import LimeBase

        present = self._draw(game.n_players, rng)
        labels = game.values(present)
        distances = 100.0 * (1.0 - np.sqrt(present.mean(axis=1)))
        fit = LimeBase(self._kernel, random_state=np.random.RandomState(int(rng.integers(2**32))))
        values = np.zeros((len(game.items), game.n_players))
        for k in range(len(game.items)):  # the package fits one label at a time
            _, pairs, _, _ = fit.explain_instance_with_data(
                present.astype(np.float64), labels, distances, k, game.n_players, feature_selection="none"
            )
            players, weights = zip(*pairs, strict=True)
            values[k, list(players)] = weights
        return Attribution(values, game.base_value)

    def _draw(self, n: int, rng: np.random.Generator) -> BoolArray:
        hidden = rng.integers(0, n + 1, self.samples)
        hidden[0] = 0
        places = np.argsort(rng.random((self.samples, n)), axis=1)
        return np.asarray(places >= hidden[:, None])

    def _kernel(self, distances: FloatArray) -> FloatArray:
        return np.sqrt(np.exp(-(distances**2) / self.kernel_width**2))
