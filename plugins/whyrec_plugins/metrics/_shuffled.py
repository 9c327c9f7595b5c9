"""Shuffled: a model that has learnt nothing about the items of a history, but is otherwise the same."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from whyrec import (
    CSR,
    AdditiveInFeatures,
    AdditiveInHistory,
    AttendsHistory,
    Dataset,
    Differentiable,
    FirstLayer,
    FloatArray,
    Histories,
    IntArray,
    LinearFirstLayer,
    LinearInHistory,
    Probabilistic,
    Progress,
    Recommender,
    ScoresFeatures,
    ScoresMasked,
)

_KEPT = (
    LinearInHistory, AdditiveInHistory, ScoresMasked, ScoresFeatures, AdditiveInFeatures, Differentiable,
    LinearFirstLayer, AttendsHistory, Probabilistic,
)  # fmt: skip


class Shuffled(Recommender):
    """A fitted model whose input weights are shuffled: what it knew of item ``order[j]`` it now says of item j.

    score(x) = model.score(x′) with x′ the same history about other items. The model itself is not changed. Its
    capabilities are kept, where they can be told of the shuffled model, so that any explainer finds what it needs.
    """

    name = "shuffled"
    summary = "a model that takes every item of a history for another one"

    def __init__(self, *, model: Recommender, order: IntArray) -> None:
        self.model = model
        self.order = order

    def _fit(self, data: Dataset, rng: np.random.Generator, progress: Progress) -> None:
        """There is nothing to learn."""

    def can(self, capability: type) -> bool:
        return capability in _KEPT and self.model.can(capability)

    def _score(self, histories: Histories, items: IntArray | None) -> FloatArray:
        return self.model.score(self._other(histories), items)

    def history_weights(self, items: IntArray) -> tuple[FloatArray, FloatArray]:
        W, b = self._asked.history_weights(items)
        return np.asarray(W)[self.order], b

    def history_contributions(self, histories: Histories, items: IntArray) -> tuple[FloatArray, FloatArray]:
        split, base = self._asked.history_contributions(self._other(histories), items)
        return np.asarray(split)[self._places(histories)], base

    def masked_scorer(
        self, history: Histories, items: IntArray, *, removal: str = "drop"
    ) -> Callable[[FloatArray], FloatArray]:
        scorer = self._asked.masked_scorer(self._other(history), items, removal=removal)
        back = np.argsort(self._places(history))
        return lambda interest: np.asarray(scorer(interest[:, back]), np.float64)

    def score_features(self, histories: Histories, features: CSR, items: IntArray | None = None) -> FloatArray:
        return np.asarray(self._asked.score_features(self._other(histories), features, items), np.float64)

    def feature_contributions(self, histories: Histories, items: IntArray) -> tuple[FloatArray, FloatArray]:
        split, base = self._asked.feature_contributions(self._other(histories), items)
        return split, base

    def presence_gradients(
        self, history: Histories, presence: FloatArray, items: IntArray
    ) -> tuple[FloatArray, FloatArray]:
        places = self._places(history)
        scores, slopes = self._asked.presence_gradients(self._other(history), presence[:, np.argsort(places)], items)
        return scores, np.asarray(slopes)[:, :, places]

    def first_layer(self, histories: Histories, items: IntArray) -> FirstLayer:
        layer = self._asked.first_layer(self._other(histories), items)
        return FirstLayer(layer.parts[self._places(histories)], layer.start, layer.rest)

    def attention(self, history: Histories, items: IntArray) -> FloatArray:
        return np.asarray(self._asked.attention(self._other(history), items), np.float64)[self._places(history)]

    def probability(self, scores: FloatArray) -> FloatArray:
        return np.asarray(self._asked.probability(scores), np.float64)

    @property
    def _asked(self) -> Any:
        """The model; what it can do is known at run time only."""
        return self.model

    def _other(self, histories: Histories) -> Histories:
        """The same events about other items."""
        return replace(histories, items=self.order[histories.items])

    def _places(self, histories: Histories) -> IntArray:
        """(nnz,) where each entry of ``histories.interest`` stands among those of the other histories."""
        interest, other = histories.interest, self._other(histories).interest
        rows = np.repeat(np.arange(len(histories)), np.diff(interest.indptr))
        width = histories.n_items
        wanted = rows * width + self.order[interest.indices]
        found: IntArray = np.searchsorted(rows * width + other.indices, wanted).astype(np.int64)
        return found
