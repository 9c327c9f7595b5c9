"""AddEASE: EASE that also sees which features items share, so that it can score one nobody met yet."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from pydantic import Field
from scipy.sparse import csr_array

from whyrec import CSR, Dataset, FloatArray, Histories, IntArray, Progress
from whyrec_plugins.recommenders._closed_form import active_items, add_gram, check_size, invert, item_weights
from whyrec_plugins.recommenders._features import features_of
from whyrec_plugins.recommenders._linear import ItemWeights


class AddEASE(ItemWeights):
    """EASE over the rows of X (users, items) and, below them, of w Fᵀ (features, items).

    Source: Jeunen, Van Balen & Goethals 2020, Closed-form models for collaborative filtering with side-information,
    RecSys (there the collective form, CEASE).

    F is the catalog's feature matrix as it stands and w ``feature_weight``. Target i is the ridge regression of its
    column (x_i; w f_i) on the other items' columns, so it is linear in the item's own features f_i. With
    P = (XᵀX + w² F Fᵀ + l2 I)⁻¹ and Q = w² P F, feature f of item i adds

        φ_f = F_if (x·Q_f − x_i Q_if + score_i Q_if)

    to its score for interests x: exactly what a refit of that column without the feature would take away. An item
    that nobody met and that is no part of F scores x·Q f.

    Parameters
    ----------
    l2, max_items : as for ``ease``
    feature_weight : w; how much sharing a feature counts next to sharing a user
    """

    name = "add-ease"
    summary = "ease with item features as extra rows"
    state = ("_active", "_weights", "_features", "_shared")

    def __init__(
        self,
        *,
        l2: Annotated[float, Field(gt=0)] = 200.0,
        feature_weight: Annotated[float, Field(ge=0)] = 3.0,
        max_items: Annotated[int, Field(ge=1)] = 20_000,
    ) -> None:
        self.l2 = l2
        self.feature_weight = feature_weight
        self.max_items = max_items

    def _fit(self, data: Dataset, rng: np.random.Generator, progress: Progress) -> None:
        features, interest = features_of(data, self.name).matrix, data.histories.interest
        by_feature = csr_array(features.T)
        active = active_items(interest, by_feature)
        check_size(self.name, len(active), self.max_items)
        G = np.zeros((len(active), len(active)))
        add_gram(G, interest[:, active])
        add_gram(G, by_feature[:, active], self.feature_weight**2)
        progress(0.2, "inverting")
        P = invert(G, self.l2)
        self._features: CSR = features
        self._shared: FloatArray = np.zeros(features.shape)
        self._shared[active] = self.feature_weight**2 * (features[active].T @ P).T  # P is symmetric
        self._active, self._weights = active, item_weights(P)

    def score_features(self, histories: Histories, features: CSR, items: IntArray | None = None) -> FloatArray:
        """(rows, m) scores of items described by ``features`` (m, n_features); a known item keeps its users."""
        features = csr_array(features)
        shared = histories.interest @ self._shared
        scores: FloatArray = (features @ shared.T).T
        if items is None:
            return scores
        known = np.flatnonzero(items >= 0)
        distinct, place = np.unique(items[known], return_inverse=True)
        moved = csr_array(features[known] - self._features[items[known]])
        own, full = self._shared[items[known]], self.score(histories, distinct)[:, place]
        itself = histories.interest[:, distinct].toarray()[:, place]
        scores[:, known] = full + (moved @ shared.T).T + (full - itself) * np.asarray(moved.multiply(own).sum(axis=1))
        return scores

    def feature_contributions(self, histories: Histories, items: IntArray) -> tuple[FloatArray, FloatArray]:
        """φ (rows, K, n_features) as above; base (rows, K) is what the users who met the item give."""
        full = self.score(histories, items)
        itself = histories.interest[:, items].toarray()
        shared = (histories.interest @ self._shared)[:, None, :]
        parts = self._features[items].toarray() * (shared + (full - itself)[:, :, None] * self._shared[items])
        return parts, full - parts.sum(axis=2)
