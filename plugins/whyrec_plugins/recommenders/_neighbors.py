"""Which items are near which: cosine with shrinkage over the users that met both, the nearest kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from whyrec import CSR, FloatArray, IntArray

_BLOCK = 512  # target items compared with all others at once; their places fit into 16 bits


@dataclass(frozen=True, eq=False)
class Neighbors:
    """The neighbors of some targets: aligned (n,) arrays, target by target, the nearest first; ties by item index.

    dot : x_source·x_target, x_i the interests of all users in item i
    likeness : dot / (‖x_source‖ ‖x_target‖ + shrinkage)
    done : the share of all targets that were compared by now
    """

    target: IntArray
    source: IntArray
    dot: FloatArray
    likeness: FloatArray
    done: float


def neighbors(interest: CSR, k: int | None, shrinkage: float) -> Iterator[Neighbors]:
    """The k nearest of every item (None: all that share a user with it), some hundred targets at a time."""
    by_item = interest.T.tocsr()
    norms = np.sqrt(np.bincount(interest.indices, interest.data**2, minlength=interest.shape[1]))
    n = interest.shape[1]
    for start in range(0, n, _BLOCK):
        stop = min(start + _BLOCK, n)
        yield _nearest(by_item[start:stop] @ interest, start, norms, k, shrinkage, stop / n)


def _nearest(products: CSR, start: int, norms: FloatArray, k: int | None, shrinkage: float, done: float) -> Neighbors:
    products.sort_indices()
    row = np.repeat(np.arange(products.shape[0], dtype=np.int16), np.diff(products.indptr))
    other = (row != products.indices - start) & (products.data != 0)
    row, source, dot = row[other], products.indices[other].astype(np.int64), products.data[other]
    target = row.astype(np.int64) + start
    likeness = dot / (norms[target] * norms[source] + shrinkage)
    # By likeness, then by row, both stable: the second sorts small integers, which is fast.
    order = np.argsort(-likeness, kind="stable")
    order = order[np.argsort(row[order], kind="stable")]
    if k is not None:
        order = order[np.arange(len(order)) - np.searchsorted(row, row) < k]
    return Neighbors(target[order], source[order], dot[order], likeness[order], done)
