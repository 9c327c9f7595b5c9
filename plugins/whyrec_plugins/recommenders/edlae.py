"""EDLAE: EASE with dropout on the interests, worked out in closed form: a ridge that grows with an item's interest."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from pydantic import Field

from whyrec import Dataset, Progress
from whyrec_plugins.recommenders._closed_form import active_items, add_gram, check_size, invert, item_weights
from whyrec_plugins.recommenders._linear import ItemWeights


class EDLAE(ItemWeights):
    """score = x B with P = (XᵀX + Λ)⁻¹, B_ij = −P_ij / P_jj, B_jj = 0, Λ = l2 I + p / (1 − p) diag(XᵀX).

    Source: Steck 2020, Autoencoders that don't overfit towards the Identity, NeurIPS, eq. 6 (a = 1, b = 0).

    What B would be on average if each entry of X (users, items) were left out with probability p = ``dropout`` while B
    learns to tell the others from the rest. dropout = 0 is ``ease``.

    Parameters
    ----------
    l2 : regularization of every item alike, in units of squared interest
    dropout : p; the larger, the more an item that many met is regularized
    max_items : as for ``ease``
    """

    name = "edlae"
    summary = "ease with dropout in closed form"

    def __init__(
        self,
        *,
        l2: Annotated[float, Field(gt=0)] = 200.0,
        dropout: Annotated[float, Field(ge=0, lt=1)] = 0.2,
        max_items: Annotated[int, Field(ge=1)] = 20_000,
    ) -> None:
        self.l2 = l2
        self.dropout = dropout
        self.max_items = max_items

    def _fit(self, data: Dataset, rng: np.random.Generator, progress: Progress) -> None:
        interest = data.histories.interest
        active = active_items(interest)
        check_size(self.name, len(active), self.max_items)
        G = np.zeros((len(active), len(active)))
        add_gram(G, interest[:, active])
        progress(0.2, "inverting")
        ridge = self.l2 + self.dropout / (1.0 - self.dropout) * np.diag(G)
        self._active, self._weights = active, item_weights(invert(G, ridge))
