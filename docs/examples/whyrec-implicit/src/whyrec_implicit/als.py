"""implicit-als: implicit's alternating least squares, folded in and explained by its own methods."""

from typing import Annotated, Any

import numpy as np
from pydantic import Field
from scipy.sparse import csr_matrix

from whyrec import Dataset, FloatArray, Histories, IntArray, Progress, Recommender


class ImplicitALS(Recommender):
    """Hu, Koren and Volinsky, "Collaborative Filtering for Implicit Feedback Datasets", ICDM 2008, by implicit.

    A history is folded in by ``recalculate_user``, and split over its items by ``explain`` (section 5 of the paper).
    Factors are of double precision, so that the two agree. Interests below 0 are left out: for this library they mean
    something else.

    Parameters
    ----------
    factors, regularization, alpha, iterations : the library's own
    """

    name = "implicit-als"
    summary = "ALS of the implicit library"
    packages = ("implicit",)
    state = ("_items",)

    def __init__(
        self,
        *,
        factors: Annotated[int, Field(gt=0)] = 64,
        regularization: Annotated[float, Field(gt=0)] = 20.0,
        alpha: Annotated[float, Field(gt=0)] = 3.3,
        iterations: Annotated[int, Field(gt=0)] = 15,
    ) -> None:
        self.factors = factors
        self.regularization = regularization
        self.alpha = alpha
        self.iterations = iterations

    def _fit(self, data: Dataset, rng: np.random.Generator, progress: Progress) -> None:
        model = self._model(int(rng.integers(2**31)))
        model.fit(_liked(data.histories), show_progress=False)
        self._items: FloatArray = np.asarray(model.item_factors, np.float64)

    def _score(self, histories: Histories, items: IntArray | None) -> FloatArray:
        model = self._model(0)
        model.item_factors = self._items
        users = np.asarray(model.recalculate_user(np.arange(len(histories)), _liked(histories)))
        scores: FloatArray = users @ (self._items if items is None else self._items[items]).T
        return scores

    def history_contributions(self, histories: Histories, items: IntArray) -> tuple[FloatArray, FloatArray]:
        """What each item of a history adds to the scores of ``items``, and the base 0; see AdditiveInHistory."""
        model, interest = self._model(0), histories.interest
        model.item_factors = self._items
        liked = _liked(histories)
        found = np.zeros((interest.nnz, len(items)))
        for row in range(len(histories)):
            weights, start = None, int(interest.indptr[row])
            own = interest.indices[start : interest.indptr[row + 1]]
            place = {int(item): start + j for j, item in enumerate(own)}
            for k, item in enumerate(items.tolist()):
                _, told, weights = model.explain(row, liked, item, user_weights=weights, N=len(place))
                for other, value in told:
                    found[place[other], k] = value
        return found, np.zeros((len(histories), len(items)))

    def _model(self, seed: int) -> Any:
        from implicit.als import AlternatingLeastSquares

        return AlternatingLeastSquares(
            factors=self.factors,
            regularization=self.regularization,
            alpha=self.alpha,
            iterations=self.iterations,
            dtype=np.float64,
            use_gpu=False,
            num_threads=1,
            random_state=seed,
        )


def _liked(histories: Histories) -> csr_matrix:
    """(rows, n_items) interests above 0, in the precision that the library solves with."""
    interest = histories.interest
    data = np.maximum(interest.data, 0.0).astype(np.float32).astype(np.float64)
    return csr_matrix((data, interest.indices, interest.indptr), shape=interest.shape)
