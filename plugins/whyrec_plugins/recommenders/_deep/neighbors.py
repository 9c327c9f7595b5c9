"""Item vectors to start from: items that are met close to each other in many histories lie close together."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array

from whyrec import FloatArray, IntArray

REACH = 10
"""Places between two items of a history that still count as close."""
DAMPING = 10.0
"""Added to the number of times that an item was met, so that rare items do not look closest of all."""


def neighbors(indptr: IntArray, items: IntArray, n_items: int, size: int) -> FloatArray:
    """(n_items, at most ``size``) vectors whose products are, as near as possible, how often two items are met close.

    The count of pairs at most ``REACH`` places apart, each over √distance, is divided by √((n_i + 10)(n_j + 10)) and
    approximated by its leading eigenvectors: the factorization behind item2vec (Barkan and Koenigstein, "Item2Vec:
    Neural Item Embedding for Collaborative Filtering", 2016; Levy and Goldberg, NIPS 2014). The length of the vector of
    an item is 1 on average over what is met.

    Parameters
    ----------
    indptr, items : histories in order of time, see ``in_order``
    """
    from scipy.sparse.linalg import eigsh

    rows = np.repeat(np.arange(len(indptr) - 1), np.diff(indptr))
    near = csr_array((n_items, n_items))
    for apart in range(1, REACH + 1):
        first = np.flatnonzero(rows[:-apart] == rows[apart:])
        pair = (items[first], items[first + apart])
        near = near + csr_array((np.full(len(first), apart**-0.5), pair), shape=(n_items, n_items))
    met = np.bincount(items, minlength=n_items)
    damped = 1.0 / np.sqrt(met + DAMPING)
    near = csr_array((near + near.T).multiply(damped[:, None]).multiply(damped[None, :]))
    if not near.nnz:
        return np.zeros((n_items, 0))
    if size < n_items - 1:
        values, vectors = eigsh(near, k=size, which="LA", v0=np.sqrt(met + 1.0))
    else:
        values, vectors = np.linalg.eigh(near.toarray())
        values, vectors = values[-size:], vectors[:, -size:]
    found = vectors[:, values > 0] * np.sqrt(values[values > 0])
    lengths = np.sqrt((found**2).sum(axis=1))
    return np.asarray(found * (met.sum() / max(1e-300, met @ lengths)))
