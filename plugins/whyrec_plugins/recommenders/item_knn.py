"""ItemKNN: items are near when the same users met them; cosine with shrinkage, k neighbors."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from pydantic import Field
from scipy.sparse import csr_array

from whyrec import Dataset, Progress
from whyrec_plugins.recommenders._linear import ItemWeights
from whyrec_plugins.recommenders._neighbors import neighbors


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
        self, *, k: Annotated[int, Field(ge=1)] | None = 100, shrinkage: Annotated[float, Field(ge=0)] = 20.0
    ) -> None:
        self.k = k
        self.shrinkage = shrinkage

    def _fit(self, data: Dataset, rng: np.random.Generator, progress: Progress) -> None:
        found = []
        for near in neighbors(data.histories.interest, self.k, self.shrinkage):
            found.append((near.target, near.source, near.likeness))
            progress(near.done, "comparing items")
        targets, sources, values = (np.concatenate(parts) for parts in zip(*found, strict=True))
        self._active = np.arange(data.n_items, dtype=np.int64)
        self._weights = csr_array((values, (sources, targets)), shape=(data.n_items, data.n_items))
