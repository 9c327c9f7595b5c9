"""Shapley values for reference: the mean over many random orders of the players, with its own standard error."""

from __future__ import annotations

import numpy as np

from whyrec import FloatArray, Game, Recommender, games_for


def by_permutations(game: Game, permutations: int, rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
    """(K, n) mean marginal contributions over random orders, each walked both ways (Mitchell et al. 2022).

    And their standard errors (K, n), from how much the mean of the two ways differs between orders.
    """
    n, k = game.n_players, len(game.items)
    total, squares = np.zeros((n, k)), np.zeros((n, k))
    block = max(1, 200_000 // (n + 1) // n // 2)
    done = 0
    while done < permutations:
        orders = rng.permuted(np.tile(np.arange(n), (block, 1)), axis=1)
        both = np.concatenate([orders, orders[:, ::-1]])
        place = np.argsort(both, axis=1)
        walk = place[:, None, :] < np.arange(n + 1)[None, :, None]
        values = game.values(walk.reshape(-1, n)).reshape(len(both), n + 1, k)
        moved = np.take_along_axis(np.diff(values, axis=1), place[:, :, None], axis=1)
        pair = (moved[:block] + moved[block:]) / 2
        total += pair.sum(axis=0)
        squares += (pair**2).sum(axis=0)
        done += 2 * block
    m = done // 2
    mean = total / m
    error = np.sqrt(np.maximum(squares / m - mean**2, 0.0) / max(1, m - 1))
    return mean.T, error.T


def squared_error(found: FloatArray, exact: FloatArray) -> float:
    """‖φ̂ − φ‖² / ‖φ‖², the mean over items."""
    return float((((found - exact) ** 2).sum(axis=1) / (exact**2).sum(axis=1)).mean())


def games_of(model: Recommender, low: int, high: int, users: int, k: int) -> list[Game]:
    """Games of some users with low … high players, evenly over the user base."""
    lengths = np.diff(model.data.histories.interest.indptr)
    chosen = np.flatnonzero((lengths >= low) & (lengths <= high))
    chosen = chosen[np.linspace(0, len(chosen) - 1, min(users, len(chosen))).astype(int)]
    histories = model.data.histories.take(chosen)
    return games_for(model, histories, model.top(histories, k).items, rows=chosen)
