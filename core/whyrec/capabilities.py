"""Capabilities: what a recommender can do beyond scoring. They are methods, so they cannot disagree with the code."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeAlias, runtime_checkable

from whyrec.histories import Histories
from whyrec.types import CSR, FloatArray, IntArray


@runtime_checkable
class LinearInHistory(Protocol):
    """The score is linear in the interests: ``score == interest @ W + b``."""

    def history_weights(self, items: IntArray) -> tuple[FloatArray, FloatArray]:
        """``W`` (n_items, K) and ``b`` (K,) for the given items (K,)."""
        ...


@runtime_checkable
class AdditiveInHistory(Protocol):
    """A given score splits exactly over the history, though the split itself may move with the history."""

    def history_contributions(self, histories: Histories, items: IntArray) -> tuple[FloatArray, FloatArray]:
        """The split of ``score(histories, items)`` for shared items (K,).

        Returns contributions (nnz, K), aligned with ``histories.interest.data`` (row after row, items
        ascending), and the base (rows, K), which is the score of an empty history:
        score == base + contributions summed per row.
        """
        ...


@runtime_checkable
class ScoresMasked(Protocol):
    """Many altered copies of one history are scored by a short cut, without being built."""

    def masked_scorer(
        self, history: Histories, items: IntArray, *, removal: str = "drop"
    ) -> Callable[[FloatArray], FloatArray]:
        """A function from interests (m, n_entries) to scores (m, K) of the given items (K,).

        Row r of its argument stands for the single history with the degrees of interest r in place of
        ``history.interest.data``; 0 means that the item is absent. With ``removal="drop"`` its answer equals
        ``score`` of that history. ``shrink``: absent interest still counts in the history's length. ``fill``: it
        lies on a mean item, by ``data.popularity``. Raises UnsupportedError for a rule that has no meaning here.
        """
        ...


@runtime_checkable
class ScoresWithoutEach(Protocol):
    """A history without each of its items in turn is scored by a short cut."""

    def scores_without_each(self, history: Histories, items: IntArray) -> FloatArray:
        """(n_entries, K) scores of the given items (K,) for a single history, row r without the item of entry r.

        Rows follow ``history.interest.indices``; the same numbers as ``score`` of each such history, up to rounding.
        """
        ...


@runtime_checkable
class ScoresFeatures(Protocol):
    """Any item that is described by features can be scored, even one never seen."""

    def score_features(self, histories: Histories, features: CSR, items: IntArray | None = None) -> FloatArray:
        """Scores (rows, m) of m items described by ``features`` (m, n_features), in the catalog's terms.

        ``items`` (m,) says which known item each description is of (−1: none): what a model knows of
        that item beyond its features (a bias, a free part, its features' norm) then stays in place, and
        ``score_features(h, F[items], items) == score(h, items)``. None: all are unknown.
        """
        ...


@runtime_checkable
class AdditiveInFeatures(Protocol):
    """A given score splits exactly over the features of the item."""

    def feature_contributions(self, histories: Histories, items: IntArray) -> tuple[FloatArray, FloatArray]:
        """Contributions (rows, K, n_features) and base (rows, K): score == base + contributions summed."""
        ...


@runtime_checkable
class Differentiable(Protocol):
    """The score can be differentiated by the interests."""

    def interest_gradients(self, histories: Histories, items: IntArray) -> FloatArray:
        """∂score(row, items[row]) / ∂interest as (rows, n_items), one item (rows,) for each row."""
        ...


@runtime_checkable
class Probabilistic(Protocol):
    """The score is a logit-like number that the model turns into a probability."""

    def probability(self, scores: FloatArray) -> FloatArray:
        """Probabilities in [0, 1], same shape, monotone in the scores."""
        ...


@runtime_checkable
class Trained(Protocol):
    """The model was trained step by step and kept the curve."""

    def training_curve(self) -> dict[str, list[float]]:
        """One number an epoch for each of ``loss``, ``accuracy``, ``val_loss``, …"""
        ...


@runtime_checkable
class KnownShapley(Protocol):
    """The exact Shapley values are known beforehand, so that explainers can be held against them."""

    def shapley_values(self, history: Histories, items: IntArray) -> FloatArray:
        """(n_entries, K) Shapley values of a single history's items for the scores of the given items (K,).

        Rows follow ``history.interest.indices``. Players ``history``, target ``score``, removal ``drop``; for each item
        they sum to its score less the score of an empty history.
        """
        ...


Capability: TypeAlias = type
CAPABILITIES: tuple[Capability, ...] = (
    LinearInHistory,
    AdditiveInHistory,
    ScoresMasked,
    ScoresWithoutEach,
    ScoresFeatures,
    AdditiveInFeatures,
    Differentiable,
    Probabilistic,
    Trained,
    KnownShapley,
)
