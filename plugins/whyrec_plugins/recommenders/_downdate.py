"""The least squares of a history without each of its items, from one factorization of the whole."""

from __future__ import annotations

import numpy as np

from whyrec import FloatArray
from whyrec_plugins.recommenders._least_squares import Side


def without_each(interest: FloatArray, vectors: FloatArray, side: Side, alpha: float, l2: float) -> FloatArray:
    """(n, f) the minimizing vectors of the same problem as ``_least_squares.blocks``, row j without item j.

    interest (n,) of a single history in the items with vectors (n, f). Without item j, A loses c_j y_j y_jᵀ and, since
    the regularization grows with the length, l2 c_j I. The second only shifts the eigenvalues of A; the first is
    a downdate of rank one (Sherman and Morrison 1950): one factorization and n products, in place of n solves.
    """
    confidence = np.abs(interest)
    wanted = np.where(interest > 0, confidence, 0.0)
    system = (vectors * confidence[:, None]).T @ vectors
    ridge = l2 * (confidence.sum() + alpha * len(side.vectors))
    system[np.diag_indices_from(system)] += alpha * side.gram + ridge
    values, axes = np.linalg.eigh(system)
    turned = vectors @ axes
    inverse = 1.0 / (values - l2 * confidence[:, None])
    left = wanted @ turned - wanted[:, None] * turned
    eased, solved = turned * inverse, left * inverse
    pull = confidence * (eased * left).sum(axis=1) / (1.0 - confidence * (turned * eased).sum(axis=1))
    found: FloatArray = (solved + eased * pull[:, None]) @ axes.T
    return found
