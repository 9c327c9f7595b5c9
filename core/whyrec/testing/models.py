"""Models whose right explanations are known: one tells all about itself, one is a black box, one is not additive."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import numpy as np
from scipy.sparse import csr_array

from whyrec.capabilities import FirstLayer
from whyrec.dataset import Dataset
from whyrec.errors import UnsupportedError
from whyrec.histories import Histories
from whyrec.recommender import Progress, Recommender
from whyrec.types import CSR, FloatArray, IntArray

DUMMY, TWINS = 12, (2, 8)
"""An item of the history that moves no score; two that move each score alike."""


class Closed(Recommender):
    """score_i = (x A + a) · F_i + c_i for features F: a black box, but for scoring items by their features.

    Row DUMMY of A is 0, the rows of TWINS are equal, and the first feature (``genre: even``) has a taste of 0 in all
    rows. So what each item of the history adds to a score, and each feature, is known.
    """

    name = "kit-closed"
    summary = "additive, and does not say so"

    def _fit(self, data: Dataset, rng: np.random.Generator, progress: Progress) -> None:
        features = data.catalog.features
        if features is None:
            raise UnsupportedError("the kit's models need item features")
        self._F: CSR = features.matrix
        self._A = rng.normal(size=(data.n_items, len(features)))
        self._A[DUMMY] = 0.0
        self._A[TWINS[1]] = self._A[TWINS[0]]
        self._a = rng.normal(size=len(features))
        self._A[:, 0] = self._a[0] = 0.0
        self._c = rng.normal(size=data.n_items)

    def taste(self, histories: Histories) -> FloatArray:
        """(rows, n_features)"""
        return cast(FloatArray, histories.interest @ self._A + self._a)

    def _score(self, histories: Histories, items: IntArray | None) -> FloatArray:
        wanted = np.arange(len(self._c)) if items is None else items
        return self.score_features(histories, self._F[wanted], wanted)

    def score_features(self, histories: Histories, features: CSR, items: IntArray | None = None) -> FloatArray:
        own = 0.0 if items is None else np.where(np.asarray(items) < 0, 0.0, self._c[items])
        return cast(FloatArray, (csr_array(features) @ self.taste(histories).T).T + own)

    def effects(self, items: IntArray) -> FloatArray:
        """(n_items, K) what one unit of interest in each item adds to the scores of the given ones."""
        return cast(FloatArray, (self._F[items] @ self._A.T).T)


class Open(Closed):
    """The same scores, and every capability that an explainer may ask for."""

    name = "kit-open"
    summary = "additive, and tells all about itself"

    def history_weights(self, items: IntArray) -> tuple[FloatArray, FloatArray]:
        return self.effects(items), np.asarray(self._F[items] @ self._a + self._c[items])

    def history_contributions(self, histories: Histories, items: IntArray) -> tuple[FloatArray, FloatArray]:
        W, b = self.history_weights(items)
        interest = histories.interest
        return interest.data[:, None] * W[interest.indices], np.tile(b, (len(histories), 1))

    def feature_contributions(self, histories: Histories, items: IntArray) -> tuple[FloatArray, FloatArray]:
        parts = self.taste(histories)[:, None, :] * self._F[items].toarray()
        return parts, np.tile(self._c[items], (len(histories), 1))

    def first_layer(self, histories: Histories, items: IntArray) -> FirstLayer:
        F, interest = self._F[items].toarray(), histories.interest
        return FirstLayer(
            interest.data[:, None] * self._A[interest.indices],
            self._a,
            lambda sums: (sums @ F.T + self._c[items], np.broadcast_to(F, (len(sums), *F.shape))),
        )

    def presence_gradients(
        self, history: Histories, presence: FloatArray, items: IntArray
    ) -> tuple[FloatArray, FloatArray]:
        return self.first_layer(history, items).gated(presence)

    def attention(self, history: Histories, items: IntArray) -> FloatArray:
        mass = np.abs(history.interest.data)
        return np.tile((mass / max(1e-300, float(mass.sum())))[:, None], (1, len(items)))

    def probability(self, scores: FloatArray) -> FloatArray:
        return 0.5 * (1.0 + np.tanh(0.5 * np.asarray(scores, np.float64)))

    def masked_scorer(
        self, history: Histories, items: IntArray, *, removal: str = "drop"
    ) -> Callable[[FloatArray], FloatArray]:
        W, b = self.history_weights(items)
        own, full = W[history.interest.indices], history.interest.data
        mean = self.data.popularity @ W if removal == "fill" else np.zeros(len(items))

        def scores(interest: FloatArray) -> FloatArray:
            return cast(FloatArray, interest @ own + b + (full - interest).sum(axis=1)[:, None] * mean)

        return scores

    def shapley_values(self, history: Histories, items: IntArray) -> FloatArray:
        return self.history_contributions(history, items)[0]


class Bent(Open):
    """score_i = tanh of half of Open's: no longer additive, but symmetric players stay symmetric, dummies dummies."""

    name = "kit-bent"
    summary = "not additive"

    def can(self, capability: type) -> bool:
        return capability.__name__ in ("Differentiable", "LinearFirstLayer", "AttendsHistory") and super().can(
            capability
        )

    def _score(self, histories: Histories, items: IntArray | None) -> FloatArray:
        return cast(FloatArray, np.tanh(0.5 * super()._score(histories, items)))

    def first_layer(self, histories: Histories, items: IntArray) -> FirstLayer:
        straight = super().first_layer(histories, items)

        def rest(sums: FloatArray) -> tuple[FloatArray, FloatArray]:
            scores, slopes = straight.rest(sums)
            bent = np.tanh(0.5 * scores)
            return bent, (0.5 * (1.0 - bent**2))[:, :, None] * slopes

        return FirstLayer(straight.parts, straight.start, rest)
