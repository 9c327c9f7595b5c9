"""What linear models share: a matrix of weights between items, and the split of a score over a history."""

from __future__ import annotations

from typing import Any, ClassVar, cast

import numpy as np
from scipy.sparse import issparse

from whyrec import CSR, AdditiveInHistory, FloatArray, Histories, IntArray, LinearInHistory, Recommender


class ItemWeights(Recommender):
    """score = interest @ W, where W is zero outside the items that take part.

    A model's ``_fit`` sets ``_active`` (a,), their indices, ascending, and ``_weights`` (a, a), dense or CSR: entry
    (j, i) is what one unit of interest in item j adds to the score of item i.
    """

    state: ClassVar[tuple[str, ...] | None] = ("_active", "_weights")

    _active: IntArray
    _weights: FloatArray | CSR

    def history_weights(self, items: IntArray) -> tuple[FloatArray, FloatArray]:
        """``W`` (n_items, K), column k for target ``items[k]``, and ``b`` (K,), which is 0."""
        W = np.zeros((self.data.n_items, len(items)))
        place = np.searchsorted(self._active, items)
        active = np.flatnonzero(np.isin(items, self._active))
        W[self._active[:, None], active] = _dense(self._weights[:, place[active]])
        return W, np.zeros(len(items))

    def _score(self, histories: Histories, items: IntArray | None) -> FloatArray:
        if items is not None:
            W, b = self.history_weights(items)
            return cast(FloatArray, histories.interest @ W + b)
        scores = np.zeros((len(histories), histories.n_items))
        scores[:, self._active] = _dense(histories.interest[:, self._active] @ self._weights)
        return scores


def splits_history(model: Recommender) -> bool:
    """Whether :func:`split_history` can be asked of a model (fitted or not)."""
    return model.can(LinearInHistory) or model.can(AdditiveInHistory)


def split_history(model: Recommender, histories: Histories, items: IntArray) -> tuple[FloatArray, FloatArray]:
    """The contributions (nnz, K) and base (rows, K) of a model that is linear, or else additive, in the history.

    As ``AdditiveInHistory.history_contributions``: aligned with ``histories.interest.data``.
    """
    if model.can(LinearInHistory):
        W, b = cast(LinearInHistory, model).history_weights(items)
        interest = histories.interest
        return interest.data[:, None] * W[interest.indices], np.tile(b, (len(histories), 1))
    return cast(AdditiveInHistory, model).history_contributions(histories, items)


def _dense(matrix: Any) -> FloatArray:
    return cast(FloatArray, matrix.toarray() if issparse(matrix) else matrix)
