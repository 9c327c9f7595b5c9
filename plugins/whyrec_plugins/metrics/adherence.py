"""Adherence: whether the interests that an explanation names are the item's own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import numpy as np
from pydantic import Field

from whyrec import BoolArray, Evidence, FloatArray, Game, Measure, Metric
from whyrec_plugins.metrics._orders import chance_of_top


class Adherence(Metric):
    """The share of the top interests that are features of the recommended item: comedies for a comedy.

    Players of equal value share the places that they stand on, as in ``planted``. Low adherence is no error of the
    explainer where the model itself recommends by other things than features.

    Undefined for players ``history``, for interests by behavior, and for ``features``, which are the item's own.

    Parameters
    ----------
    k : how many of the most supporting interests are looked at
    """

    name = "adherence"
    summary = "does the item have the features that it is explained by?"

    def __init__(self, *, k: Annotated[int, Field(ge=1)] = 3) -> None:
        self.k = k

    def measures(self) -> tuple[Measure, ...]:
        formula = f"|top {self.k} by value ∩ features of the item| / min({self.k}, n)"
        return (Measure(f"adherence@{self.k}", "higher", formula, "0 … 1"),)

    def _measure(self, evidence: Evidence) -> Mapping[str, FloatArray]:
        found = np.full(len(evidence.explanations), np.nan)
        for e, (game, told) in enumerate(zip(evidence.games, evidence.explanations, strict=True)):
            if game.players.kind == "interests" and game.players.by != "behavior" and game.n_players:
                carried = _carried(game, int(game.items[evidence.column[e]]))
                found[e] = carried @ chance_of_top(told.values, self.k) / min(self.k, game.n_players)
        return {f"adherence@{self.k}": found}


def _carried(game: Game, item: int) -> BoolArray:
    """(n_players,) which interests are features of the item; ``(other)`` is none."""
    features = game.model.data.catalog.features
    if features is None:  # interests by a column are grouped by features
        return np.zeros(game.n_players, bool)
    row = features.matrix[[item]]
    parts = game.players.parts
    return np.asarray((parts >= 0) & np.isin(parts, row.indices[row.data != 0]))
