"""implicit-item: implicit's item-item neighbors."""

from typing import Annotated, Literal

import numpy as np
from pydantic import Field
from scipy.sparse import csr_array

from whyrec import Dataset, FloatArray, Histories, IntArray, Progress, Recommender


class ImplicitItem(Recommender):
    """Scores by interests times the item-item similarities that implicit keeps.

    Parameters
    ----------
    weighting : ``cosine``, ``tfidf`` or ``bm25``
    neighbors : similar items kept for each item
    """

    name = "implicit-item"
    summary = "item-item neighbors of the implicit library"
    packages = ("implicit",)
    state = ("_similar",)

    def __init__(
        self,
        *,
        weighting: Literal["cosine", "tfidf", "bm25"] = "cosine",
        neighbors: Annotated[int, Field(gt=0)] = 100,
    ) -> None:
        self.weighting = weighting
        self.neighbors = neighbors

    def _fit(self, data: Dataset, rng: np.random.Generator, progress: Progress) -> None:
        from implicit import nearest_neighbours as models

        from whyrec_implicit.als import _liked

        kinds = {
            "cosine": models.CosineRecommender,
            "tfidf": models.TFIDFRecommender,
            "bm25": models.BM25Recommender,
        }
        model = kinds[self.weighting](K=self.neighbors, num_threads=1)
        model.fit(_liked(data.histories), show_progress=False)
        self._similar = csr_array(model.similarity, dtype=np.float64)

    def _score(self, histories: Histories, items: IntArray | None) -> FloatArray:
        chosen = self._similar if items is None else self._similar[:, items]
        scores: FloatArray = (histories.interest @ chosen).toarray()
        return scores

    def history_weights(self, items: IntArray) -> tuple[FloatArray, FloatArray]:
        """The similarities' columns, and no constant; see LinearInHistory."""
        return self._similar[:, items].toarray(), np.zeros(len(items))
