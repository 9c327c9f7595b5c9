"""EASE: the linear model between items that a ridge regression without self-similarity gives in closed form."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from pydantic import Field

from whyrec import Dataset, Progress
from whyrec_plugins.recommenders._closed_form import active_items, add_gram, check_size, invert, item_weights
from whyrec_plugins.recommenders._linear import ItemWeights


class EASE(ItemWeights):
    """score = x B with P = (XᵀX + l2 I)⁻¹, B_ij = −P_ij / P_jj, B_jj = 0 (Steck 2019, eq. 8).

    X (users, items) are the interests as the dataset gives them. Items without any get weight 0.

    Parameters
    ----------
    l2 : regularization, in units of squared interest
    max_items : refuse more items (with events) than that: the model holds one dense float64 matrix over them
    """

    name = "ease"
    summary = "linear weights between items in closed form"

    def __init__(
        self, *, l2: Annotated[float, Field(gt=0)] = 200.0, max_items: Annotated[int, Field(ge=1)] = 20_000
    ) -> None:
        self.l2 = l2
        self.max_items = max_items

    def _fit(self, data: Dataset, rng: np.random.Generator, progress: Progress) -> None:
        interest = data.histories.interest
        active = active_items(interest)
        check_size(self.name, len(active), self.max_items)
        G = np.zeros((len(active), len(active)))
        add_gram(G, interest[:, active])
        progress(0.2, "inverting")
        self._active, self._weights = active, item_weights(invert(G, self.l2))
