"""Adapters: a recommender from any library becomes one of ours by its scoring function."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from whyrec.dataset import Dataset
from whyrec.histories import Histories
from whyrec.recommender import Progress, Recommender
from whyrec.types import CSR, FloatArray, IntArray


class FunctionRecommender(Recommender):
    """Scores by a function of the interests; made by :func:`wrap`."""

    name = "function"
    summary = "any model, by its function from interests to scores"

    def __init__(self, *, function: Callable[[CSR], FloatArray] | None = None) -> None:
        self.function = function

    def _fit(self, data: Dataset, rng: np.random.Generator, progress: Progress) -> None:
        """The function is trained already."""

    def _score(self, histories: Histories, items: IntArray | None) -> FloatArray:
        if self.function is None:
            raise TypeError("FunctionRecommender needs a function")
        scores = np.asarray(self.function(histories.interest), np.float64)
        return scores if items is None else scores[:, items]


def wrap(function: Callable[[CSR], FloatArray], data: Dataset, *, name: str = "function") -> Recommender:
    """A recommender of your own, from any library, as one that can be explained.

    Parameters
    ----------
    function : takes degrees of interest (rows, n_items) as a CSR matrix, gives scores (rows, n_items); rows
        independent, columns in the order of ``data.catalog.items``
    data : the histories to explain

    Example: ``whyrec.wrap(lambda x: x @ B, data).explain("u1", "i9", explainer="shap")``
    """
    named = type("Wrapped", (FunctionRecommender,), {"name": name})
    model: FunctionRecommender = named(function=function)
    return model.fit(data)
