"""SparseEASE: each item regressed on its nearest neighbors alone: EASE for catalogs too large for a dense matrix."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from scipy.sparse import csr_array

from whyrec import CSR, BoolArray, DataError, Dataset, FloatArray, IntArray, Progress
from whyrec_plugins.recommenders._linear import ItemWeights
from whyrec_plugins.recommenders._neighbors import Neighbors, neighbors

_UNION = 4096  # items in the dense products held at once: 128 MB
_CELLS = 4_000_000  # numbers in the systems solved at once: 32 MB


class SparseEASE(ItemWeights):
    """score_i = Σ_j I_j B_ji over the k nearest neighbors j of item i, B_·i = (G_NN + l2 I)⁻¹ G_Ni, G = XᵀX.

    What ``ease`` is over all items at once, over the neighbors N of each item: the ridge regression of its column of X
    (users, items) on theirs. Neighbors are those of ``item-knn``, by cosine with shrinkage (the selection of features
    of Ning & Karypis 2011, SLIM, ICDM, with the regression of Steck 2019, eq. 8). Memory and time grow with n_items · k
    and n_items · k³, not with n_items²; with k = n_items − 1 it is ``ease``.

    Parameters
    ----------
    k : neighbors of each item
    l2 : regularization, in units of squared interest; fewer neighbors need less of it
    shrinkage : of the likeness that neighbors are chosen by, see ``item-knn``
    """

    name = "sparse-ease"
    summary = "ease over each item's nearest neighbors, for large catalogs"

    def __init__(
        self,
        *,
        k: Annotated[int, Field(ge=1, le=2000)] = 50,
        l2: Annotated[float, Field(gt=0)] = 100.0,
        shrinkage: Annotated[float, Field(ge=0)] = 10.0,
    ) -> None:
        self.k = k
        self.l2 = l2
        self.shrinkage = shrinkage

    def _fit(self, data: Dataset, rng: np.random.Generator, progress: Progress) -> None:
        interest = data.histories.interest
        by_item = interest.T.tocsr()
        if not np.isfinite(np.bincount(interest.indices, interest.data**2).max(initial=0.0)):
            raise DataError("items cannot be regressed: the interests are too large for 64-bit numbers")
        targets: list[NDArray[np.int32]] = []
        sources: list[NDArray[np.int32]] = []
        values: list[FloatArray] = []
        for near in neighbors(interest, self.k, self.shrinkage):
            progress(near.done, "regressing items on their neighbors")
            for some in _parted(near, max(1, _UNION // (self.k + 1))):
                targets.append(some.target.astype(np.int32))
                sources.append(some.source.astype(np.int32))
                values.append(_regressed(some, by_item, self.l2))
        self._active = np.arange(data.n_items, dtype=np.int64)
        entries = (np.concatenate([np.empty(0), *values]), (_joined(sources), _joined(targets)))
        self._weights = csr_array(entries, shape=(data.n_items, data.n_items))


def _parted(near: Neighbors, targets: int) -> Iterator[Neighbors]:
    """So many targets at a time."""
    _, first = np.unique(near.target, return_index=True)
    edges = [*first[::targets].tolist(), len(near.target)]
    for start, stop in pairwise(edges):
        part = slice(start, stop)
        yield replace(near, target=near.target[part], source=near.source[part], dot=near.dot[part])


def _regressed(near: Neighbors, by_item: CSR, l2: float) -> FloatArray:
    """(n,) the ridge weights of all targets' neighbors, aligned with ``near``."""
    union, place = np.unique(near.source, return_inverse=True)
    rows = by_item[union]
    G: FloatArray = (rows @ rows.T).toarray()
    _, first, sizes = np.unique(near.target, return_index=True, return_counts=True)
    width = int(sizes.max(initial=1))
    found = np.empty(len(near.dot))
    block = max(1, _CELLS // width**2)
    for start in range(0, len(first), block):
        begin, size = first[start : start + block], sizes[start : start + block]
        filled = np.arange(width) < size[:, None]
        entries = np.where(filled, begin[:, None] + np.arange(width), 0)
        found[entries[filled]] = _solved(G, place[entries], np.where(filled, near.dot[entries], 0.0), filled, l2)
    return found


def _solved(G: FloatArray, place: IntArray, wanted: FloatArray, filled: BoolArray, l2: float) -> FloatArray:
    """Weights of the filled places; the others are unknowns of their own, that nothing ties to the rest."""
    systems = G[place[:, :, None], place[:, None, :]] * (filled[:, :, None] & filled[:, None, :])
    own = np.arange(place.shape[1])
    systems[:, own, own] += l2
    weights: FloatArray = np.asarray(np.linalg.solve(systems, wanted[:, :, None])[:, :, 0], np.float64)
    return weights[filled]


def _joined(parts: list[NDArray[np.int32]]) -> NDArray[np.int32]:
    return np.concatenate([np.empty(0, np.int32), *parts])
