"""Planted: whether an explanation finds the interests that a made world really put into its users."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import numpy as np
from pydantic import Field

from whyrec import BoolArray, Dataset, Evidence, FloatArray, Game, Measure, Metric
from whyrec_plugins.metrics._orders import chance_of_top


class Planted(Metric):
    """Recall of the planted players among the top k.

    With ``likes`` (users × features) known, a player is planted for a user and an item if it rests on a feature
    that the user likes (> 0) and the item carries: an item of the history that shares such a feature
    (Σ_f likes⁺·1[F_jf ≠ 0]·1[F_if ≠ 0] > 0), an interest that is one, a feature of the item that is one.
    Players of equal value share the places that they stand on, as if their order were drawn at random: an
    explanation that tells no player from another does as well as chance.

    Undefined where nothing is planted, for interests by behavior, and on data without a planted truth.
    """

    name = "planted"
    summary = "are the interests found that were planted?"
    needs = frozenset({"truth"})

    def __init__(self, *, k: Annotated[int, Field(ge=1)] = 3) -> None:
        self.k = k

    def measures(self) -> tuple[Measure, ...]:
        formula = f"|top {self.k} by value ∩ planted| / min({self.k}, |planted|)"
        return (Measure(f"planted_recall@{self.k}", "higher", formula, "0 … 1"),)

    def _measure(self, evidence: Evidence) -> Mapping[str, FloatArray]:
        recall = np.full(len(evidence.explanations), np.nan)
        truth = evidence.data.truth
        if truth is not None and truth.likes is not None and evidence.data.catalog.features is not None:
            told = zip(evidence.games, evidence.column, evidence.explanations, strict=True)
            for e, (game, column, explanation) in enumerate(told):
                planted = _planted(evidence.data, game, int(game.items[column]))
                if planted.any():
                    hits = float(planted @ chance_of_top(explanation.values, self.k))
                    recall[e] = hits / min(self.k, int(planted.sum()))
        return {f"planted_recall@{self.k}": recall}


def _planted(data: Dataset, game: Game, item: int) -> BoolArray:
    """(n_players,) which players are planted."""
    players, features, truth = game.players, data.catalog.features, data.truth
    if features is None or truth is None or truth.likes is None or players.by == "behavior":
        return np.zeros(len(players), bool)
    liked = np.zeros(len(features), bool)
    likes = truth.likes[[game.row]]
    liked[likes.indices[likes.data > 0]] = True
    own = features.matrix[[item]]
    shared = np.zeros(len(features), bool)
    shared[own.indices[own.data != 0]] = True
    shared &= liked
    if players.kind == "history":
        return np.asarray((features.matrix[players.parts] != 0) @ shared.astype(np.float64) > 0)
    return np.asarray((players.parts >= 0) & shared[players.parts])
