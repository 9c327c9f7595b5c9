"""Networks that begin with a sum over the history and go on with dense layers: scored and explained by arrays."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from typing import Any, ClassVar, Literal

import numpy as np
from scipy.sparse import csr_array

from whyrec import CSR, FirstLayer, FloatArray, Histories, IntArray
from whyrec_plugins.recommenders._deep.model import Deep
from whyrec_plugins.recommenders._deep.network import Weights
from whyrec_plugins.recommenders._rescale import Rest

Norm = Literal["l1", "l2"]


class Stacked(Deep):
    """score = rest(bias + Σ_j (x_j / ‖x‖) kernel_j): the interests over their length, then dense layers.

    A model writes ``_network``, ``_rows``, ``_first`` and ``_rest``; TensorFlow trains and is not needed to score.
    """

    norm: ClassVar[Norm] = "l2"
    """The length ‖x‖ of a history: ``l1``, then the sum is a mean; or ``l2``."""

    @abstractmethod
    def _first(self) -> tuple[FloatArray, FloatArray]:
        """The kernel (n_items, d) and bias (d,) of the sum, float64."""

    @abstractmethod
    def _rest(self, items: IntArray | None) -> Rest:
        """What lies behind the sum, for the given items or all."""

    def _sums(self, histories: Histories) -> FloatArray:
        """(rows, d) the sums of all histories, bias and all."""
        kernel, bias = self._once("first", self._first)
        sums: FloatArray = over_length(histories.interest, self.norm) @ kernel + bias
        return sums

    def _parts(self, histories: Histories) -> FloatArray:
        """(nnz, d) what each entry adds to its history's sum."""
        shares = over_length(histories.interest, self.norm)
        parts: FloatArray = shares.data[:, None] * self._once("first", self._first)[0][shares.indices]
        return parts

    def _score(self, histories: Histories, items: IntArray | None) -> FloatArray:
        return self._rest(items).scores(self._sums(histories))

    def masked_scorer(
        self, history: Histories, items: IntArray, *, removal: str = "drop"
    ) -> Callable[[FloatArray], FloatArray]:
        """Scores of altered copies of one history by its own rows of the first kernel; see ``ScoresMasked``.

        ``shrink`` and ``fill`` keep the length of the whole history; ``fill`` puts what is missing on a mean item.
        """
        kernel, bias = self._once("first", self._first)
        interest, rest = history.interest, self._rest(items)
        own = kernel[interest.indices]
        whole = float(_lengths(interest.data[None, :], self.norm)[0])
        mass = float(np.abs(interest.data).sum())
        filled = self.data.popularity @ kernel if removal == "fill" else None

        def scores(altered: FloatArray) -> FloatArray:
            sums = altered @ own
            if filled is not None:
                sums += (mass - np.abs(altered).sum(axis=1))[:, None] * filled
            length = _lengths(altered, self.norm) if removal == "drop" else np.full(len(altered), whole)
            return rest.scores(sums / np.where(length > 0, length, 1.0)[:, None] + bias)

        return scores

    def first_layer(self, histories: Histories, items: IntArray) -> FirstLayer:
        """The sum of each history, item by item, and the rest; see ``LinearFirstLayer``."""
        _ = self.data
        return FirstLayer(self._parts(histories), self._once("first", self._first)[1], self._rest(items))

    def presence_gradients(
        self, history: Histories, presence: FloatArray, items: IntArray
    ) -> tuple[FloatArray, FloatArray]:
        """Scores (m, K) and gradients (m, K, n_entries), see ``Differentiable``.

        The length stays that of the whole history: an item that is half present adds half of its part.
        """
        return self.first_layer(history, items).gated(presence)

    def history_contributions(self, histories: Histories, items: IntArray) -> tuple[FloatArray, FloatArray]:
        """The sum splits over the history, and every activation passes on its mean slope; see ``Rest.multipliers``.

        (nnz, K) and the base (rows, K), the score of an empty history; see ``AdditiveInHistory``.
        """
        layer = self.first_layer(histories, items)
        return self._rest(items).split(histories, layer.parts, layer.start)


def over_length(interest: CSR, norm: Norm) -> CSR:
    """The rows of a CSR matrix, each over its length; entries and their order stay."""
    rows = np.repeat(np.arange(interest.shape[0]), np.diff(interest.indptr))
    sizes = np.abs(interest.data) if norm == "l1" else interest.data**2
    length: Any = np.bincount(rows, sizes, minlength=interest.shape[0])
    if norm == "l2":
        length = np.sqrt(length)
    data = interest.data / np.where(length > 0, length, 1.0)[rows]
    return csr_array((data, interest.indices, interest.indptr), shape=interest.shape)


def _lengths(rows: FloatArray, norm: Norm) -> FloatArray:
    found: FloatArray = np.abs(rows).sum(axis=1) if norm == "l1" else np.sqrt((rows**2).sum(axis=1))
    return found


def dense_of(weights: Weights, layer: str) -> tuple[FloatArray, FloatArray]:
    """Kernel and bias of a dense layer, float64."""
    return weights[f"{layer}/kernel"].astype(np.float64), weights[f"{layer}/bias"].astype(np.float64)
