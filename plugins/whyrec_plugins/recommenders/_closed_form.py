"""The closed form of EASE: Gram matrices, their inverse in place, and the item weights in it (Steck 2019)."""

from __future__ import annotations

import numpy as np

from whyrec import CSR, DataError, FloatArray, IntArray, UnsupportedError
from whyrec_plugins.recommenders._lapack import invert_in_place

_BLOCK = 512  # rows worked on at once; what is held beside the one dense matrix


def active_items(*rows: CSR) -> IntArray:
    """The columns in which any of the matrices has a number other than 0: the rest would get weight 0 anyway."""
    met = np.zeros(rows[0].shape[1], bool)
    for matrix in rows:
        met[matrix.indices[matrix.data != 0]] = True
    return np.flatnonzero(met).astype(np.int64)


def check_size(name: str, n_items: int, limit: int) -> None:
    """Refuse a dense matrix over more items than the limit. Raises UnsupportedError."""
    if n_items > limit:
        raise UnsupportedError(
            f"{name} needs a dense matrix over {n_items} items ({n_items**2 * 8 / 2**30:.1f} GiB); "
            f"max_items is {limit}",
            hint="raise max_items if the memory is there, or use sparse-ease, which holds none",
        )


def add_gram(G: FloatArray, rows: CSR, weight: float = 1.0) -> None:
    """Add weight · rowsᵀ rows (a, a) to G in place, block by block, never holding a second matrix of that size."""
    by_item = rows.T.tocsr()
    for start in range(0, len(G), _BLOCK):
        G[start : start + _BLOCK] += weight * (by_item[start : start + _BLOCK] @ rows).toarray()


def invert(G: FloatArray, l2: float | FloatArray) -> FloatArray:
    """(G + diag(l2))⁻¹ of a symmetric, positive semidefinite matrix, l2 a number or (n,); G's memory is used up.

    Raises DataError if rounding or overflow leaves no positive definite matrix.
    """
    n = len(G)
    if n == 0:
        return G
    G[np.diag_indices(n)] += l2
    P = np.ascontiguousarray(G, np.float64)
    good = invert_in_place(P)
    # LAPACK builds differ in whether they report an overflow; the diagonal of an inverse is positive and finite.
    if not good or not np.all((np.diag(P) > 0) & np.isfinite(np.diag(P))):
        raise DataError("the items' Gram matrix cannot be inverted: the interests are too large for 64-bit numbers")
    for start in range(0, n, _BLOCK):
        stop = min(start + _BLOCK, n)
        P[start:stop, stop:] = P[stop:, start:stop].T  # only j ≤ i is filled: mirror it
        square = np.tril(P[start:stop, start:stop])
        P[start:stop, start:stop] = square + np.tril(square, -1).T
    return P


def item_weights(P: FloatArray) -> FloatArray:
    """B_ij = −P_ij / P_jj with a zero diagonal (Steck 2019, eq. 8), in P's memory; columns are the targets."""
    P /= -np.diag(P).copy()
    np.fill_diagonal(P, 0.0)
    return P
