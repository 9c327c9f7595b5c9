"""Time at equal error: ``shapley`` beside shap's PermutationExplainer on the presence of a user's items, K at once.

Two points, for users with 100 to 200 players: the error that shap has at 10n coalitions, with the smallest budget at
which ours is as good; and the error that ours has at 10n, with as many coalitions as shap needs for that.
"""

from __future__ import annotations

import time
from typing import Any

import numpy as np
from reference import by_permutations, games_of, squared_error

from whyrec import Explainer, FloatArray, Game, Recommender, Registry, games_for

POINT = 10
BUDGETS = (1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)
MOST = 2_000_000  # coalitions of shap for one game


def equal_error(
    model: Recommender, registry: Registry, *, users: int = 4, k: int = 10, permutations: int = 4_000, rounds: int = 3
) -> dict[str, float]:
    """Figures of both points; errors are squared and relative, geometric means over users."""
    games = games_of(model, 100, 200, users, k)
    exact = [by_permutations(game, permutations, np.random.default_rng(99))[0] for game in games]

    def shap(budget: float) -> Explainer:
        most = min(game.n_players for game in games)
        return registry.make_explainer("shap", method="permutation", samples=int(budget * most), exact_below=0)

    def ours(budget: float) -> Explainer:
        return registry.make_explainer("shapley", budget=budget, exact_below=1)

    _seconds(shap(2.1), games, 1)  # shap compiles on its first call
    theirs = _error(shap(POINT), games, exact)
    budget = next((b for b in BUDGETS if _error(ours(b), games, exact) <= theirs), BUDGETS[-1])
    mine = _error(ours(POINT), games, exact)
    needed = min(POINT * theirs / mine, MOST / max(game.n_players for game in games))  # errors fall as 1 / budget
    return {
        "shap's error at 10n": theirs,
        "our budget for it, × n": budget,
        "× shap at its error at 10n": _ratio(shap(POINT), ours(budget), games, rounds),
        "our error at 10n": mine,
        "shap's budget for it, × n": needed,
        "shap's error there": _error(shap(needed), games, exact, seeds=1),
        "× shap at our error at 10n": _ratio(shap(needed), ours(POINT), games, 1),
    }


def _error(explainer: Explainer, games: list[Game], exact: list[FloatArray], seeds: int = 2) -> float:
    found = []
    for game, phi in zip(games, exact, strict=True):
        for seed in range(seeds):
            told = explainer.explain(game.model, [game], seed=seed)
            found.append(np.log(squared_error(np.array([e.values for e in told]), phi)))
    return float(np.exp(np.mean(found)))


def _ratio(theirs: Explainer, ours: Explainer, games: list[Game], rounds: int) -> float:
    """The median over rounds of their time over ours, in turn; ours finds its operators made."""
    _seconds(ours, games, 1)
    found: list[Any] = [_seconds(theirs, games, 1) / _seconds(ours, games, 5) for _ in range(rounds)]
    return float(np.median(found))


def _seconds(explainer: Explainer, games: list[Game], times: int) -> float:
    """The best of some runs over all games, each made anew."""
    best = np.inf
    for _ in range(times):
        own = [games_for(g.model, g.history, g.items[None, :], rows=np.array([g.row]))[0] for g in games]
        for game in own:
            _ = game.full_value
        begun = time.perf_counter()
        explainer.explain(games[0].model, own)
        best = min(best, time.perf_counter() - begun)
    return float(best)
