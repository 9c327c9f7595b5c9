"""Similarity: the items of the history that resemble the recommended one, by who met them."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence

import numpy as np

from whyrec import CSR, Attribution, Explainer, FloatArray, Game, Recommender, Streams


class _Similarity(Explainer):
    """Value of history item j for item i: their likeness by the training users. The model is never asked."""

    needs = {"history": ()}  # noqa: RUF012  a ClassVar by its base class
    additive = False
    ordinal = True
    exact = True

    def _explain(self, model: Recommender, games: Sequence[Game], rngs: Streams) -> list[Attribution]:
        columns = self._columns(model.data.histories.interest)
        sizes = np.asarray(columns.multiply(columns).sum(axis=1)).ravel()
        out = []
        for game in games:
            own = game.history.interest.indices
            both = (columns[game.items] @ columns[own].T).toarray()
            out.append(Attribution(self._likeness(both, sizes[game.items], sizes[own]), np.zeros(len(game.items))))
        return out

    @abstractmethod
    def _columns(self, interest: CSR) -> CSR:
        """(n_items, n_users) what is compared."""

    @abstractmethod
    def _likeness(self, both: FloatArray, items: FloatArray, own: FloatArray) -> FloatArray:
        """(K, n) from products of the columns (K, n) and squared lengths (K,), (n,)."""


class Cosine(_Similarity):
    """x_j · x_i / (‖x_j‖ ‖x_i‖), x_i the interests of all training users in item i; 0 for an item without any.

    A baseline of the literature on explaining recommenders (Barkan et al. 2024): it says nothing of the model.
    """

    name = "cosine"
    summary = "history items with which the item shares users (cosine)"

    def _columns(self, interest: CSR) -> CSR:
        return interest.T.tocsr()

    def _likeness(self, both: FloatArray, items: FloatArray, own: FloatArray) -> FloatArray:
        return _ratio(both, np.sqrt(items[:, None] * own))


class Jaccard(_Similarity):
    """|U_j ∩ U_i| / |U_j ∪ U_i|, U_i the training users with any interest in item i, liked or disliked; 0 for none.

    A baseline of the literature on explaining recommenders (Barkan et al. 2024): it says nothing of the model.
    """

    name = "jaccard"
    summary = "history items with which the item shares users (Jaccard)"

    def _columns(self, interest: CSR) -> CSR:
        met = interest.T.tocsr()
        met.data = (met.data != 0).astype(np.float64)
        return met

    def _likeness(self, both: FloatArray, items: FloatArray, own: FloatArray) -> FloatArray:
        return _ratio(both, items[:, None] + own - both)


def _ratio(above: FloatArray, below: FloatArray) -> FloatArray:
    return np.divide(above, below, out=np.zeros_like(above), where=below > 0)
