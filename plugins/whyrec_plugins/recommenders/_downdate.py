"""The least squares of a history in which one interest is another, for many such, from one factorization."""

from __future__ import annotations

import numpy as np

from whyrec import FloatArray, IntArray
from whyrec_plugins.recommenders._least_squares import Side


def without_each(interest: FloatArray, vectors: FloatArray, side: Side, alpha: float, l2: float) -> FloatArray:
    """(n, f) the minimizing vectors of the same problem as ``_least_squares.blocks``, row j without item j.

    interest (n,) of a single history in the items with vectors (n, f).
    """
    n = len(interest)
    return changed_each(interest, vectors, np.arange(n), np.zeros(n), side, alpha, l2)


def changed_each(
    interest: FloatArray,
    vectors: FloatArray,
    item: IntArray,
    new: FloatArray,
    side: Side,
    alpha: float,
    l2: float,
    mass: float | None = None,
) -> FloatArray:
    """(m, f) the minimizing vectors, row r with the interest ``new[r]`` in item ``item[r]``, all others as they are.

    Where the confidence in item j changes by d, A gains d y_j y_jᵀ and, since the regularization grows with the length
    (unless ``mass`` fixes it), l2 d I. The second only shifts the eigenvalues of A; the first is an update of rank one
    (Sherman and Morrison 1950): one factorization and m products, in place of m solves.
    """
    confidence = np.abs(interest)
    length = confidence.sum() if mass is None else mass
    system = (vectors * confidence[:, None]).T @ vectors
    system[np.diag_indices_from(system)] += alpha * side.gram + l2 * (length + alpha * len(side.vectors))
    values, axes = np.linalg.eigh(system)
    change = np.abs(new) - confidence[item]
    wanted = np.maximum(interest, 0.0)
    turned = vectors[item] @ axes
    inverse = 1.0 / (values + (l2 * change[:, None] if mass is None else 0.0))
    left = (wanted @ vectors) @ axes + (np.maximum(new, 0.0) - wanted[item])[:, None] * turned
    eased, solved = turned * inverse, left * inverse
    pull = change * (eased * left).sum(axis=1) / (1.0 + change * (turned * eased).sum(axis=1))
    found: FloatArray = (solved - eased * pull[:, None]) @ axes.T
    return found
