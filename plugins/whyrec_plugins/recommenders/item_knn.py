"""ItemKNN: items are near when the same users met them; cosine with shrinkage, k neighbors."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from pydantic import Field
from scipy.sparse import csr_array

from whyrec import CSR, Dataset, FloatArray, IntArray, Progress
from whyrec_plugins.recommenders._linear import ItemWeights

_BLOCK = 512  # target items compared with all others at once


class ItemKNN(ItemWeights):
    """score_i = Σ_j I_j s_ji over those j for which s_ji is among the k largest of target i.

    s_ji = x_j·x_i / (‖x_j‖ ‖x_i‖ + shrinkage), x_i the interests of all users in item i: shrinkage distrusts a
    likeness that rests on few users (Ferrari Dacrema et al. 2019, "Are we really making much progress?").

    Parameters
    ----------
    k : neighbors kept for each target item, ties by item index; None keeps all
    shrinkage : in units of squared interest; 0 is the plain cosine
    """

    name = "item-knn"
    summary = "items that the same users met (cosine with shrinkage)"

    def __init__(
        self, *, k: Annotated[int, Field(ge=1)] | None = 100, shrinkage: Annotated[float, Field(ge=0)] = 10.0
    ) -> None:
        self.k = k
        self.shrinkage = shrinkage

    def _fit(self, data: Dataset, rng: np.random.Generator, progress: Progress) -> None:
        interest = data.histories.interest
        by_item = interest.T.tocsr()
        norms = np.sqrt(np.bincount(interest.indices, interest.data**2, minlength=data.n_items))
        sources, targets, values = [], [], []
        for start in range(0, data.n_items, _BLOCK):
            progress(start / data.n_items, "comparing items")
            target, source, likeness = self._nearest(by_item[start : start + _BLOCK] @ interest, start, norms)
            targets.append(target)
            sources.append(source)
            values.append(likeness)
        shape = (data.n_items, data.n_items)
        where = (np.concatenate(sources), np.concatenate(targets))
        self._active = np.arange(data.n_items, dtype=np.int64)
        self._weights = csr_array((np.concatenate(values), where), shape=shape)

    def _nearest(self, products: CSR, start: int, norms: FloatArray) -> tuple[IntArray, IntArray, FloatArray]:
        """Target, source and likeness of the neighbors kept, for the targets ``start``, ``start + 1``, …"""
        rows = np.repeat(np.arange(start, start + products.shape[0]), np.diff(products.indptr))
        other = (rows != products.indices) & (products.data != 0)
        target, source, dot = rows[other], products.indices[other].astype(np.int64), products.data[other]
        likeness = dot / (norms[target] * norms[source] + self.shrinkage)
        if self.k is not None:
            order = np.lexsort((source, -likeness, target))
            target, source, likeness = target[order], source[order], likeness[order]
            place = np.arange(len(target)) - np.searchsorted(target, target)
            near = place < self.k
            target, source, likeness = target[near], source[near], likeness[near]
        return target, source, likeness
