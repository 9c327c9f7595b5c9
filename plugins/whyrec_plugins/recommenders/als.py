"""ALS: implicit-feedback matrix factorization; a user's factors are solved for from the history at hand."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from pydantic import Field

from whyrec import Dataset, FloatArray, Histories, IntArray, Progress, Recommender
from whyrec_plugins.recommenders._alternation import train
from whyrec_plugins.recommenders._downdate import without_each
from whyrec_plugins.recommenders._least_squares import Side, blocks, solve_rows
from whyrec_plugins.recommenders._masked_least_squares import MaskedLeastSquares


class ALS(Recommender):
    """score_i = u · y_i, with u and Y minimizing, in turn,

        Σ_ui c_ui (p_ui − u·y_i)² + w Σ_all (u·y_i)² + l2 Σ_u (Σ_i c_ui + w n_items) ‖u‖² + … the same for y

    (Hu et al. 2008, with the explicit weight of all pairs and the frequency-scaled regularization of Rendle et al.
    2021, "Revisiting the performance of iALS", with ν = 1). c_ui = |interest|; p_ui = 1 where it is positive,
    0 where it is a dislike. Any history is folded in by the same least squares, so that one seen in training
    and a new one are treated alike; an empty one scores 0.

    w = alpha Σ_ui c_ui / (n_users n_items): set by the data, so that neither the size of the interests nor that of the
    catalog moves the balance, and interests in another unit give the same scores.

    Parameters
    ----------
    factors : length of the vectors
    alpha : how much all pairs together, met or not, weigh as wanting to score 0, relative to all that was met
    l2 : regularization, relative to what a row weighs in the loss; where it is too large, all factors shrink to 0
    iterations : alternations between users and items
    """

    name = "als"
    summary = "implicit-feedback matrix factorization (iALS) with fold-in"
    state = ("_weight", "_items")

    def __init__(
        self,
        *,
        factors: Annotated[int, Field(ge=1)] = 64,
        alpha: Annotated[float, Field(gt=0)] = 20.0,
        l2: Annotated[float, Field(gt=0)] = 0.015,
        iterations: Annotated[int, Field(ge=1)] = 15,
    ) -> None:
        self.factors = factors
        self.alpha = alpha
        self.l2 = l2
        self.iterations = iterations

    def _fit(self, data: Dataset, rng: np.random.Generator, progress: Progress) -> None:
        interest = data.histories.interest
        met = float(np.abs(interest.data).sum())
        self._weight = self.alpha * (met if met > 0 else 1.0) / max(1, data.n_users * data.n_items)
        vectors = train(interest, self.factors, self._weight, self.l2, self.iterations, rng, progress)
        self._items = Side.of(vectors)

    def _score(self, histories: Histories, items: IntArray | None) -> FloatArray:
        vectors = self._items.vectors if items is None else self._items.vectors[items]
        return solve_rows(histories.interest, self._items, self._weight, self.l2) @ vectors.T

    def masked_scorer(self, history: Histories, items: IntArray, *, removal: str = "drop") -> MaskedLeastSquares:
        """Scores of altered copies of one history, see ``ScoresMasked``."""
        vectors, interest = self._items.vectors, history.interest
        filled = self.data.popularity @ vectors if removal == "fill" else None
        return MaskedLeastSquares(
            self._items,
            vectors[interest.indices],
            vectors[items],
            self._weight,
            self.l2,
            whole=interest.data,
            mass=None if removal == "drop" else float(np.abs(interest.data).sum()),
            filled=filled,
        )

    def scores_without_each(self, history: Histories, items: IntArray) -> FloatArray:
        """(n_entries, K) scores without each item of a history, see ``ScoresWithoutEach``."""
        interest = history.interest
        users = without_each(interest.data, self._items.vectors[interest.indices], self._items, self._weight, self.l2)
        return users @ self._items.vectors[items].T

    def history_contributions(self, histories: Histories, items: IntArray) -> tuple[FloatArray, FloatArray]:
        """y_iᵀ A_u⁻¹ y_j c_uj p_uj (nnz, K) for each item j of the history (Hu et al. 2008, eq. 7); base (rows, K) 0.

        An exact split of the score. What the score would be without item j is another question: A_u would change.
        """
        targets = self._items.vectors[items].T
        out = np.zeros((histories.interest.nnz, len(items)))
        for block in blocks(histories.interest, self._items, self._weight, self.l2):
            seen = np.linalg.solve(block.systems(), np.broadcast_to(targets, (len(block.rows), *targets.shape)))
            parts = (block.confidence * block.target)[:, :, None] * (block.vectors @ seen)
            out[block.entries[block.filled]] = parts[block.filled]
        return out, np.zeros((len(histories), len(items)))
