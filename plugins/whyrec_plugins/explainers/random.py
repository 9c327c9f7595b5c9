"""Random: the floor that every explainer has to beat."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from whyrec import Attribution, Explainer, Game, Recommender, ScoresFeatures


class Random(Explainer):
    """Independent uniform values in (−1, 1): a random order of the players, without ties, for each item.

    The model is never asked, so that the base is 0 and nothing adds up.
    """

    name = "random"
    summary = "a random order: the floor"
    needs = {"history": (), "interests": (), "features": (ScoresFeatures,)}  # noqa: RUF012  a ClassVar by its base class
    additive = False
    ordinal = True

    def _explain(
        self, model: Recommender, games: Sequence[Game], rngs: Sequence[np.random.Generator]
    ) -> list[Attribution]:
        return [
            Attribution(rng.uniform(-1.0, 1.0, (len(game.items), game.n_players)), np.zeros(len(game.items)))
            for game, rng in zip(games, rngs, strict=True)
        ]
