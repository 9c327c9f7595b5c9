"""Shap: Shapley values of the game, by the shap package."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from whyrec import Attribution, Explainer, FloatArray, Game, Recommender, ScoresFeatures


class Shap(Explainer):
    """Shapley values on the presence of players; the background is nobody present (the empty history).

    ``kernel`` is KernelSHAP (Lundberg & Lee 2017) without feature selection: weighted least squares over sampled
    coalitions, exact on a linear score. ``permutation`` walks random orders forwards and backwards, exact where
    players interact at most in pairs. All items of a game are one vector output: a coalition is scored once.

    Parameters
    ----------
    method : ``kernel`` or ``permutation``
    samples : coalitions scored for each game; None for 2n + 2048 (``kernel``) or ten orders, 10·(2n + 1)
        (``permutation``). At least 2n + 1 are always scored: with fewer, neither method determines n values.
    exact_below : up to this number of players all 2ⁿ coalitions are scored instead, whatever the method, and the
        values are exact
    """

    name = "shap"
    summary = "Shapley values by sampling, by the shap package"
    packages = ("shap",)
    needs = {"history": (), "interests": (), "features": (ScoresFeatures,)}  # noqa: RUF012  a ClassVar by its base class

    def __init__(
        self,
        *,
        method: Literal["kernel", "permutation"] = "kernel",
        samples: Annotated[int, Field(ge=1, le=10_000_000)] | None = None,
        exact_below: Annotated[int, Field(ge=0, le=16)] = 11,
    ) -> None:
        self.method = method
        self.samples = samples
        self.exact_below = exact_below

    def _explain(
        self, model: Recommender, games: Sequence[Game], rngs: Sequence[np.random.Generator]
    ) -> list[Attribution]:
        return [self._one(game, rng) for game, rng in zip(games, rngs, strict=True)]

    def _one(self, game: Game, rng: np.random.Generator) -> Attribution:
        base, unit = game.base_value, _units(game)

        def worth(presence: FloatArray) -> FloatArray:
            moved: FloatArray = game.values(np.asarray(presence) > 0.5) - base
            return moved / unit

        n = game.n_players
        seed = int(rng.integers(2**32))
        with _numpy_seed(seed), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # shap warns of its own dependencies' deprecations
            if n <= self.exact_below:
                values = _kernel(worth, n, 2**n)
            elif self.method == "kernel":
                values = _kernel(worth, n, max(self.samples or 2 * n + 2048, 2 * n + 1))
            else:
                values = _permutation(worth, n, max(self.samples or 10 * (2 * n + 1), 2 * n + 1), seed)
        return Attribution(values * unit[:, None], base)


def _units(game: Game) -> FloatArray:
    """(K,) the scale on which a game is shown to shap, which sets values below 1e-10 to zero whatever their unit."""
    moved = np.abs(game.full_value - game.base_value)
    floor = 1e-12 * (np.abs(game.full_value) + np.abs(game.base_value))
    unit: FloatArray = np.maximum(moved, floor)
    unit[unit <= 0] = 1.0
    return unit


def _kernel(worth: Callable[[FloatArray], FloatArray], n: int, samples: int) -> FloatArray:
    """(K, n). All coalitions are scored where ``samples`` reaches their number."""
    import shap

    explainer = shap.KernelExplainer(worth, np.zeros((1, n)))
    # The default l1_reg keeps ten players and calls the rest zero.
    found = explainer.shap_values(np.ones((1, n)), nsamples=samples, l1_reg=0, silent=True)
    values: FloatArray = np.asarray(found, np.float64)[0].T
    return values


def _permutation(worth: Callable[[FloatArray], FloatArray], n: int, samples: int, seed: int) -> FloatArray:
    """(K, n), from as many orders, each forwards and backwards, as ``samples`` pays for."""
    import shap

    background = shap.maskers.Independent(np.zeros((1, n)), max_samples=1)
    explainer = shap.PermutationExplainer(worth, background, seed=seed)
    found = explainer(np.ones((1, n)), max_evals=samples, silent=True)
    values: FloatArray = np.asarray(found.values, np.float64)[0].T
    return values


@contextmanager
def _numpy_seed(seed: int) -> Iterator[None]:
    """shap draws from numpy's global generator: seed it, and put everybody else's state back."""
    state = np.random.get_state()  # noqa: NPY002  shap draws from the global ones
    np.random.seed(seed)  # noqa: NPY002  shap draws from the global ones
    try:
        yield
    finally:
        np.random.set_state(state)  # noqa: NPY002  shap draws from the global ones
