"""shapiq: the estimators of the shapiq package, on our games."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field

from whyrec import Attribution, BoolArray, Explainer, FloatArray, Game, Recommender, ScoresFeatures

Method = Literal[
    "kernel",
    "kernel-paired",
    "unbiased-kernel",
    "permutation",
    "stratified",
    "svarm",
    "owen",
    "k-add",
    "regression-fsii",
]


class ShapIQ(Explainer):
    """Shapley values by an estimator of shapiq (Muschalik et al. 2024).

    The package's estimators answer for one number at a time. Each item is estimated with the same random state, so
    that all ask the same coalitions, and a coalition is scored once for all items. Not every estimator's values sum
    to the score, so the gap is printed, not enforced.

    Parameters
    ----------
    method : ``kernel`` (KernelSHAP), ``kernel-paired``, ``unbiased-kernel`` (Covert and Lee 2021), ``permutation``
        (Castro et al. 2009), ``stratified``, ``svarm`` (Kolpaczki et al. 2024), ``owen`` (Okhrati and Lipani
        2020), ``k-add`` (Pelegrina et al. 2023), ``regression-fsii`` (the first order of Faith-Shap's least squares)
    budget : coalitions asked for each player
    """

    name = "shapiq"
    summary = "Shapley values by the estimators of the shapiq package"
    packages = ("shapiq",)
    needs = {"history": (), "interests": (), "features": (ScoresFeatures,)}  # noqa: RUF012  a ClassVar by its base class
    additive = False

    def __init__(self, *, method: Method = "kernel-paired", budget: Annotated[float, Field(gt=0)] = 16.0) -> None:
        self.method = method
        self.budget = budget

    def _explain(
        self, model: Recommender, games: Sequence[Game], rngs: Sequence[np.random.Generator]
    ) -> list[Attribution]:
        return [self._one(game, rng) for game, rng in zip(games, rngs, strict=True)]

    def _one(self, game: Game, rng: np.random.Generator) -> Attribution:
        n, state = game.n_players, int(rng.integers(2**31))
        base = game.base_value
        if n == 1:  # nothing to sample, and some estimators fail on it
            return Attribution((game.full_value - base)[:, None], base)
        budget = max(4, round(self.budget * n))
        ask = _remembering(game)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the package warns of small budgets and of its own dependencies
            values = [
                _first_order(_estimator(self.method, n, state), budget, lambda c, k=k: ask(c)[:, k] - base[k], n)  # type: ignore[misc]  # mypy takes no default of a lambda
                for k in range(len(game.items))
            ]
        return Attribution(np.array(values), base)


def _estimator(method: Method, n: int, state: int) -> Any:
    from shapiq import approximator as known

    made: Mapping[str, Callable[[], Any]] = {
        "kernel": lambda: known.KernelSHAP(n, random_state=state),
        "kernel-paired": lambda: known.KernelSHAP(n, pairing_trick=True, random_state=state),
        "unbiased-kernel": lambda: known.UnbiasedKernelSHAP(n, pairing_trick=True, random_state=state),
        "permutation": lambda: known.PermutationSamplingSV(n, random_state=state),
        "stratified": lambda: known.StratifiedSamplingSV(n, random_state=state),
        "svarm": lambda: known.SVARM(n, pairing_trick=True, random_state=state),
        "owen": lambda: known.OwenSamplingSV(n, random_state=state),
        "k-add": lambda: known.kADDSHAP(n, max_order=2, pairing_trick=True, random_state=state),
        "regression-fsii": lambda: known.RegressionFSII(n, max_order=1, pairing_trick=True, random_state=state),
    }
    return made[method]()


def _first_order(estimator: Any, budget: int, worth: Callable[[BoolArray], FloatArray], n: int) -> FloatArray:
    found = estimator.approximate(budget, lambda coalitions: worth(np.atleast_2d(coalitions)))
    return np.array([float(found[(player,)]) for player in range(n)])


def _remembering(game: Game) -> Callable[[BoolArray], FloatArray]:
    """The game's values, each coalition asked once however often the estimator comes back to it."""
    known: dict[bytes, FloatArray] = {}

    def ask(coalitions: BoolArray) -> FloatArray:
        coalitions = np.asarray(coalitions, bool)
        keys = [row.tobytes() for row in np.packbits(coalitions, axis=1)]
        new = {key: r for r, key in enumerate(keys) if key not in known}
        if new:
            values = game.values(coalitions[list(new.values())])
            known.update(zip(new, values, strict=True))
        return np.array([known[key] for key in keys])

    return ask
