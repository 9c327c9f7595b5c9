"""Oracle: scores by the function that a made world has planted, and knows the exact Shapley values."""

from __future__ import annotations

import numpy as np

from whyrec import (
    AdditiveInHistory,
    Dataset,
    FloatArray,
    Histories,
    IntArray,
    LinearInHistory,
    NotFittedError,
    PlantedFunction,
    Progress,
    Recommender,
    UnsupportedError,
)
from whyrec_plugins.recommenders._planted_scorer import MaskedFunction


class Oracle(Recommender):
    """Learns nothing: it reads the planted function off the data (``Dataset.truth.function``).

    What it says about itself is true, so that explainers can be held against it. Where the function is linear in the
    interests, so is the model. Its own split of a score shares a product of q items equally among them, and gives each
    item of a mean its own summand. The first is the Shapley value of the game; the second is not, since the parts of
    the others grow when one item of a mean leaves.

    Parameters
    ----------
    transparent : whether it gives its own split away. If not, explainers can only ask it for scores, and explain even
        an additive world as they would a black box
    """

    name = "oracle"
    summary = "scores by the planted function of a made world; its exact Shapley values are known"
    state = ("_function",)

    _function: PlantedFunction | None = None

    def __init__(self, *, transparent: bool = True) -> None:
        self.transparent = transparent

    def _fit(self, data: Dataset, rng: np.random.Generator, progress: Progress) -> None:
        if data.truth is None or data.truth.function is None:
            raise UnsupportedError(
                f"oracle needs data with a planted function; {data.name!r} has none",
                hint="use the data source 'planted', or give the Dataset a PlantedTruth with a function",
            )
        if data.truth.function.n_items != data.n_items:
            raise UnsupportedError(
                f"the planted function speaks of {data.truth.function.n_items} items; the data have {data.n_items}"
            )
        self._function = data.truth.function

    @property
    def _known(self) -> PlantedFunction:
        if self._function is None:
            raise NotFittedError(f"{self.name} was not fitted yet", hint="call model.fit(data) first")
        return self._function

    def can(self, capability: type) -> bool:
        """Linear where the planted function is, after a fit; no split if it is not ``transparent``."""
        if capability is LinearInHistory:
            return self.transparent and self._function is not None and self._function.linear
        if capability is AdditiveInHistory:
            return self.transparent
        return super().can(capability)

    def _score(self, histories: Histories, items: IntArray | None) -> FloatArray:
        return self._known.scores(histories, items)

    def shapley_values(self, history: Histories, items: IntArray) -> FloatArray:
        """(n_entries, K) in closed form, see ``KnownShapley``."""
        return self._known.shapley_values(history, items)

    def masked_scorer(self, history: Histories, items: IntArray, *, removal: str = "drop") -> MaskedFunction:
        """Scores of altered copies of one history, see ``ScoresMasked``.

        ``shrink`` differs from ``drop`` for means only: hidden items still count in their number.
        """
        own, full = history.interest.indices.astype(np.int64), history.interest.data
        return MaskedFunction.of(self._known, own, full, items, removal, self.data.popularity)

    def history_weights(self, items: IntArray) -> tuple[FloatArray, FloatArray]:
        """``W`` (n_items, K) and ``b`` (K,). Raises UnsupportedError where the planted function is not linear."""
        if not self._known.linear:
            raise UnsupportedError("the planted function is not linear in the history")
        W = np.zeros((self.data.n_items, len(items)))
        for term in self._known.terms:
            W += term.carried @ term.wanted[items].T
        return W, self._known.bias[items]

    def history_contributions(self, histories: Histories, items: IntArray) -> tuple[FloatArray, FloatArray]:
        """The split of scores (nnz, K), and the base (rows, K), which is the bias."""
        interest = histories.interest
        split = np.zeros((interest.nnz, len(items)))
        for term in self._known.terms:
            split += term.split(interest, items)
        return split, np.tile(self._known.bias[items], (len(histories), 1))
