"""Content: a user likes what resembles the items of the history in its features."""

from __future__ import annotations

from typing import Annotated, Literal, cast

import numpy as np
from pydantic import Field
from scipy.sparse import csr_array

from whyrec import (
    CSR,
    Dataset,
    Features,
    FloatArray,
    Histories,
    IntArray,
    LinearInHistory,
    Progress,
    Recommender,
    informative,
)
from whyrec_plugins.recommenders._features import features_of


class Content(Recommender):
    """score_i = F̂_i · Σ_j I_j F̂_j: the profile in feature space against the item's features, F̂_i = F_i / |F_i|^length.

    An item's length is a constant of the item: with one of its features hidden, the others count as before. An item
    that the model never met is scored from its features alone, by their own length.

    What the features are is said in the data: their kinds, their fusion and their weights count more here than any
    setting below.

    Parameters
    ----------
    similarity : ``dot``, or ``cosine``, which divides by the profile's length as well: the same ranking, scores
        between −1 and 1, but no longer linear in the history
    idf : weigh the values of multi-valued and categorical columns by log((1 + n) / (1 + n_f)) + 1, so that
        rare values count more
    length : 1: items are compared by the angle between their features; 0: the more features two items share the
        better, so that an item of which much is known may be much alike; values between are a compromise
    select : only so many values of multi-valued, categorical and text columns, those with the most mutual
        information with the interests that are learnt from, see ``whyrec.mutual_information``; None: all. Numbers
        and dense columns always stay
    """

    name = "content"
    summary = "items like those of the history, by their features"
    state = ("_weights", "_lengths", "_unit")

    def __init__(
        self,
        *,
        similarity: Literal["dot", "cosine"] = "dot",
        idf: bool = True,
        length: Annotated[float, Field(ge=0, le=1)] = 1.0,
        select: Annotated[int, Field(ge=1)] | None = None,
    ) -> None:
        self.similarity = similarity
        self.idf = idf
        self.length = length
        self.select = select

    def can(self, capability: type) -> bool:
        """A cosine's profile length moves with the history: it is additive, not linear."""
        return super().can(capability) and (self.similarity == "dot" or capability is not LinearInHistory)

    def _fit(self, data: Dataset, rng: np.random.Generator, progress: Progress) -> None:
        features = features_of(data, self.name)
        self._weights: FloatArray = _rarity(features) if self.idf else np.ones(len(features))
        if self.select is not None:
            self._weights = self._weights * informative(data, self.select)
        weighed = csr_array(features.matrix * self._weights)
        weighed.eliminate_zeros()
        self._lengths: FloatArray = _lengths(weighed, self.length)
        self._unit: CSR = csr_array(weighed / self._lengths[:, None])

    def _score(self, histories: Histories, items: IntArray | None) -> FloatArray:
        return self._matched(histories, self._unit if items is None else self._unit[items])

    def score_features(self, histories: Histories, features: CSR, items: IntArray | None = None) -> FloatArray:
        """(rows, m) scores of items described by ``features`` (m, n_features); a known item keeps its length."""
        weighed = csr_array(csr_array(features) * self._weights)
        lengths = _lengths(weighed, self.length)
        if items is not None:
            lengths = np.where(items >= 0, self._lengths[items], lengths)
        return self._matched(histories, csr_array(weighed / lengths[:, None]))

    def history_weights(self, items: IntArray) -> tuple[FloatArray, FloatArray]:
        """``W`` (n_items, K) = F̂ F̂_itemsᵀ and ``b`` (K,) = 0; only for ``similarity="dot"``."""
        return (self._unit @ self._unit[items].T).toarray(), np.zeros(len(items))

    def history_contributions(self, histories: Histories, items: IntArray) -> tuple[FloatArray, FloatArray]:
        """I_j F̂_j·F̂_i (nnz, K), over the profile's length if ``cosine``; base (rows, K) 0."""
        interest = histories.interest
        strength = interest.data / np.repeat(self._divisor(self._profile(histories)), np.diff(interest.indptr))
        W, _ = self.history_weights(items)
        return strength[:, None] * W[interest.indices], np.zeros((len(histories), len(items)))

    def feature_contributions(self, histories: Histories, items: IntArray) -> tuple[FloatArray, FloatArray]:
        """Profile times the item's own feature (rows, K, n_features); base (rows, K) 0."""
        profile = self._profile(histories)
        profile /= self._divisor(profile)[:, None]
        return profile[:, None, :] * self._unit[items].toarray(), np.zeros((len(histories), len(items)))

    def _profile(self, histories: Histories) -> FloatArray:
        return cast(FloatArray, (histories.interest @ self._unit).toarray())

    def _divisor(self, profile: FloatArray) -> FloatArray:
        """(rows,) what a row's scores are divided by."""
        if self.similarity == "dot":
            return np.ones(len(profile))
        lengths = np.sqrt((profile**2).sum(axis=1))
        return np.where(lengths > 0, lengths, 1.0)

    def _matched(self, histories: Histories, unit: CSR) -> FloatArray:
        profile = self._profile(histories)
        return cast(FloatArray, (unit @ profile.T).T) / self._divisor(profile)[:, None]


def _lengths(matrix: CSR, power: float) -> FloatArray:
    """(rows,) Euclidean lengths to a power; 1 for a row of zeros, so that it can be divided by."""
    lengths = np.sqrt(np.asarray((matrix * matrix).sum(axis=1)).ravel()) ** power
    return np.where(lengths > 0, lengths, 1.0)


def _rarity(features: Features) -> FloatArray:
    """(n_features,) inverse document frequency of values, smoothed; 1 for numbers and for text, which has its own."""
    matrix = features.matrix
    having = np.bincount(matrix.indices[matrix.data != 0], minlength=len(features))
    values = np.array([features.kinds.get(column) in ("multi", "category") for column in features.columns])
    return np.where(values, np.log((1 + matrix.shape[0]) / (1 + having)) + 1, 1.0)
