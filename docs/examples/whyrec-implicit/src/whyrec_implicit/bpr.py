"""implicit-bpr: implicit's Bayesian personalized ranking, with a fold-in that the library lacks."""

from typing import Annotated

import numpy as np
from pydantic import Field

from whyrec import CSR, Dataset, FloatArray, Histories, IntArray, Progress, Recommender
from whyrec_implicit.als import _liked


class ImplicitBPR(Recommender):
    """Rendle et al., "BPR: Bayesian Personalized Ranking from Implicit Feedback", UAI 2009, by implicit.

    The library learns a vector for each user id and folds nobody in. Here a history gets u = c + B m, where m is the
    mean of its items' vectors and B, c are the ridge regression of the trained users' vectors on theirs.

    Parameters
    ----------
    factors, learning_rate, regularization, iterations : the library's own
    """

    name = "implicit-bpr"
    summary = "BPR of the implicit library"
    packages = ("implicit",)
    state = ("_items", "_map", "_constant")

    def __init__(
        self,
        *,
        factors: Annotated[int, Field(gt=0)] = 64,
        learning_rate: Annotated[float, Field(gt=0)] = 0.05,
        regularization: Annotated[float, Field(ge=0)] = 0.01,
        iterations: Annotated[int, Field(gt=0)] = 100,
    ) -> None:
        self.factors = factors
        self.learning_rate = learning_rate
        self.regularization = regularization
        self.iterations = iterations

    def _fit(self, data: Dataset, rng: np.random.Generator, progress: Progress) -> None:
        from implicit.bpr import BayesianPersonalizedRanking

        liked = _liked(data.histories)
        liked.eliminate_zeros()
        model = BayesianPersonalizedRanking(
            factors=self.factors,
            learning_rate=self.learning_rate,
            regularization=self.regularization,
            iterations=self.iterations,
            use_gpu=False,
            num_threads=1,
            random_state=int(rng.integers(2**31)),
        )
        model.fit(liked, show_progress=False)
        self._items: FloatArray = np.asarray(model.item_factors, np.float64)  # the last column is the item's bias
        known = np.flatnonzero(np.diff(liked.indptr))
        means = _shares(data.histories)[known] @ self._items
        users = np.asarray(model.user_factors, np.float64)[known]
        x = np.column_stack([means, np.ones(len(known))])
        found = np.linalg.solve(x.T @ x + 1e-2 * np.eye(x.shape[1]), x.T @ users)
        self._map, self._constant = found[:-1], found[-1]

    def _score(self, histories: Histories, items: IntArray | None) -> FloatArray:
        vectors = self._items if items is None else self._items[items]
        users = _shares(histories) @ (self._items @ self._map) + self._constant
        scores: FloatArray = users @ vectors.T
        return scores

    def history_contributions(self, histories: Histories, items: IntArray) -> tuple[FloatArray, FloatArray]:
        """Each item's share in the mean; the base is c's score. See AdditiveInHistory."""
        vectors, shares = self._items[items], _shares(histories)
        parts = shares.data[:, None] * ((self._items @ self._map) @ vectors.T)[shares.indices]
        return parts, np.tile(self._constant @ vectors.T, (len(histories), 1))


def _shares(histories: Histories) -> CSR:
    """(rows, n_items) interests above 0, each row summing to 1; with the entries of ``histories.interest``."""
    from scipy.sparse import csr_array

    interest = histories.interest
    kept = np.maximum(interest.data, 0.0)
    rows = np.repeat(np.arange(len(histories)), np.diff(interest.indptr))
    sums = np.bincount(rows, kept, minlength=len(histories))[rows]
    data = np.divide(kept, sums, out=np.zeros_like(kept), where=sums > 0)
    return csr_array((data, interest.indices, interest.indptr), shape=interest.shape)
