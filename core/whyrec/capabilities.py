"""Capabilities: what a recommender can do beyond scoring. They are methods, so they cannot disagree with the code."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
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
        A :class:`whyrec.SumScorer` is such a function too, and quicker where the score is one of sums over the items.
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
    """The score can be differentiated by how far each item of a history is present."""

    def presence_gradients(
        self, history: Histories, presence: FloatArray, items: IntArray
    ) -> tuple[FloatArray, FloatArray]:
        """Scores (m, K) of the given items (K,) and their gradients (m, K, n_entries) by the presence.

        Row r is the single history in which the item of entry j (in the order of ``history.interest.indices``) counts
        ``presence[r, j]`` of itself. All 1 is the history, all 0 an empty one, both as ``score`` has them (to 1e-5 of
        their size). Between the two the score moves continuously, along a relaxation that the model documents.
        """
        ...


@dataclass(frozen=True, eq=False)
class FirstLayer:
    """A network whose first layer only sums what the items of a history bring, and what lies behind that sum.

    Parameters
    ----------
    parts : (nnz, d) what each entry adds, aligned with ``histories.interest.data`` (row after row, items ascending)
    start : (d,) what an empty history gives: the biases
    rest : from sums (m, d) to scores (m, K) and their gradients (m, K, d)

    ``rest`` of ``start`` plus the parts of a row gives that row's ``score``.
    """

    parts: FloatArray
    start: FloatArray
    rest: Callable[[FloatArray], tuple[FloatArray, FloatArray]]

    def gated(self, presence: FloatArray) -> tuple[FloatArray, FloatArray]:
        """The scores (m, K) and gradients (m, K, n_entries) of ``presence_gradients``: each part times its presence."""
        scores, slopes = self.rest(presence @ self.parts + self.start)
        return scores, slopes @ self.parts.T


@runtime_checkable
class LinearFirstLayer(Protocol):
    """The history enters a network as a sum over its items, whatever comes after it."""

    def first_layer(self, histories: Histories, items: IntArray) -> FirstLayer:
        """The sum of each history, item by item, and the rest of the network for the given items (K,).

        Where a mean is taken, it is taken over the whole history: a part is what the item has in it.
        """
        ...


@runtime_checkable
class AttendsHistory(Protocol):
    """The network weighs the items of a history against each other before it scores."""

    def attention(self, history: Histories, items: IntArray) -> FloatArray:
        """(n_entries, K) how much of its attention a single history's every item gets when items (K,) are scored.

        Rows follow ``history.interest.indices``; at least 0, and at most 1 in sum: what goes to no item of the history
        is missing. The model documents which layers and heads are averaged. Columns may be alike.
        """
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
    LinearFirstLayer,
    AttendsHistory,
    Probabilistic,
    Trained,
    KnownShapley,
)
