"""Shapley error: how far the values are from the exact Shapley values, where these can be had."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import numpy as np
from pydantic import Field

from whyrec import Evidence, FloatArray, Game, KnownShapley, Measure, Metric, UnsupportedError
from whyrec_plugins.explainers._enumeration import every_coalition, shapley_operator
from whyrec_plugins.explainers.shares import linear_split
from whyrec_plugins.metrics._again import distinct
from whyrec_plugins.metrics._orders import spearman
from whyrec_plugins.metrics._path import judgeable

_KNOWN = ("history", "score", "drop")


class ShapleyError(Metric):
    """Values φ̂ against the game's exact Shapley values φ: squared error relative to their size, order and signs.

    Exact values come in closed form where the model is linear in the history or knows them (KnownShapley), and from
    all 2ⁿ coalitions for up to ``exact_below`` players; elsewhere the figures are undefined, as where nothing moves
    (φ = 0). The explainer is judged on its own target and removal rule. What is asked of the model here is not counted
    as the explainer's calls.

    Parameters
    ----------
    exact_below : up to this number of players, all coalitions are asked
    """

    name = "shapley-error"
    summary = "how far are the values from the exact Shapley values?"

    def __init__(self, *, exact_below: Annotated[int, Field(ge=1, le=20)] = 14) -> None:
        self.exact_below = exact_below

    def measures(self) -> tuple[Measure, ...]:
        source = "exact values: Shapley 1953"
        return (
            Measure("shapley_error", "lower", "‖φ̂ − φ‖² / ‖φ‖²", "0 …", source),
            Measure("shapley_rank", "higher", "Spearman's ρ of φ̂ and φ", "−1 … 1", source),
            Measure("shapley_sign", "higher", "share of the players with φ ≠ 0 where φ̂ has its sign", "0 … 1", source),
        )

    def _measure(self, evidence: Evidence) -> Mapping[str, FloatArray]:
        error, rank, sign = np.full((3, len(evidence.explanations)), np.nan)
        games, firsts = distinct(evidence.games)
        for game, start in zip(games, firsts, strict=True):
            if (exact := self._exact(game)) is None:
                continue
            own = slice(start, start + len(game.items))
            phi, told = exact[evidence.column[start] :], np.array([e.values for e in evidence.explanations[own]])
            size, moves = (phi**2).sum(axis=1), phi != 0
            unknown = np.full(len(phi), np.nan)
            error[own] = np.divide(((told - phi) ** 2).sum(axis=1), size, out=unknown.copy(), where=size > 0)
            rank[own] = spearman(told, phi)
            agree = (moves & (np.sign(told) == np.sign(phi))).sum(axis=1)
            sign[own] = np.divide(agree, moves.sum(axis=1), out=unknown.copy(), where=moves.any(axis=1))
        return {"shapley_error": error, "shapley_rank": rank, "shapley_sign": sign}

    def _exact(self, game: Game) -> FloatArray | None:
        """(K, n_players), or None where they cannot be had."""
        if not judgeable(game):
            return None
        try:
            if (split := linear_split(game)) is not None:
                return split.values
        except UnsupportedError:
            pass  # interests that share items unevenly under a nonlinear scale: enumerate, if they are few
        if game.model.can(KnownShapley) and (game.players.kind, game.target, game.removal) == _KNOWN:
            known = game.model.shapley_values(game.history, game.items)  # type: ignore[attr-defined]  # it can: that was asked
            return np.asarray(known, np.float64).T
        n = game.n_players
        if n > self.exact_below:
            return None
        own = Game(game.model, game.history, game.items, game.players, target=game.target, removal=game.removal)
        values: FloatArray = (shapley_operator(n) @ own.values(every_coalition(n))).T
        return values
