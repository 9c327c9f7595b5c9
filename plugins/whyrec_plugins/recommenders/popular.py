"""Popular: the same ranking for everyone, by how many users met an item or by its share of all interest."""

from __future__ import annotations

from typing import Literal

import numpy as np

from whyrec import Dataset, FloatArray, Histories, IntArray, Progress, Recommender


class Popular(Recommender):
    """The baseline.

    Parameters
    ----------
    by : ``users`` scores log(1 + number of users with the item), ``interest`` the item's share of the summed
        (positive) interest of all users
    """

    name = "popular"
    summary = "what most users met, the same for everyone"
    state = ("_popularity",)

    def __init__(self, *, by: Literal["users", "interest"] = "users") -> None:
        self.by = by

    def _fit(self, data: Dataset, rng: np.random.Generator, progress: Progress) -> None:
        interest = data.histories.interest
        liked = np.maximum(interest.data, 0.0)
        if self.by == "users":
            counts = np.bincount(interest.indices[liked > 0], minlength=data.n_items)
            self._popularity: FloatArray = np.log1p(counts)
            return
        sums = np.bincount(interest.indices, liked, minlength=data.n_items)
        self._popularity = sums / max(float(sums.sum()), np.finfo(np.float64).tiny)

    def _score(self, histories: Histories, items: IntArray | None) -> FloatArray:
        scores = self._popularity if items is None else self._popularity[items]
        return np.tile(scores, (len(histories), 1))

    def history_weights(self, items: IntArray) -> tuple[FloatArray, FloatArray]:
        """``W`` (n_items, K) is 0: nothing in the history moves the score ``b`` (K,)."""
        return np.zeros((self.data.n_items, len(items))), self._popularity[items]
