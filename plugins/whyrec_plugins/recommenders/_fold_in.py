"""User vectors from histories: a weighted mean of item vectors, and the map that fits it to trained users."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from whyrec import CSR, FloatArray

RIDGE = 0.01
"""Penalty of the map, relative to the mean variance of what it maps from."""


def shares(interest: CSR) -> FloatArray:
    """(nnz,) each entry over the sum of absolute interests of its row; 0 in a row without interest."""
    rows = np.repeat(np.arange(interest.shape[0]), np.diff(interest.indptr))
    mass = np.bincount(rows, np.abs(interest.data), minlength=interest.shape[0])[rows]
    found: FloatArray = np.divide(interest.data, mass, out=np.zeros(len(mass)), where=mass > 0)
    return found


def pooled(interest: CSR, vectors: FloatArray) -> FloatArray:
    """(rows, size) the interest-weighted mean of item vectors over each history; 0 for an empty one."""
    weighted = csr_array((shares(interest), interest.indices, interest.indptr), shape=interest.shape)
    found: FloatArray = weighted @ vectors
    return found


@dataclass(frozen=True, eq=False)
class FoldIn:
    """u = constant + the mean of ``vectors`` over the history.

    vectors : (n_items, size); constant : (size,), the vector of an empty history.
    """

    vectors: FloatArray
    constant: FloatArray

    def __call__(self, interest: CSR) -> FloatArray:
        return pooled(interest, self.vectors) + self.constant

    def shares(self, interest: CSR) -> FloatArray:
        """(nnz,) the weight of each entry in its row's mean."""
        return shares(interest)

    @classmethod
    def ridge(cls, means: FloatArray, users: FloatArray, items: FloatArray) -> FoldIn:
        """Fit users ≈ constant + means · B; the mean of v_j B is the mean of v_j times B, so B goes into the vectors.

        means, users : (n, size), mean item vector and trained vector of each user; items : (n_items, size)
        """
        if not len(users):
            return cls(np.zeros_like(items), np.zeros(items.shape[1]))
        x, y, _ = _centered(means, users)
        B = np.linalg.solve(_gram(x), x.T @ y)
        return cls(items @ B, users.mean(axis=0) - means.mean(axis=0) @ B)

    @staticmethod
    def left_out(means: FloatArray, users: FloatArray) -> FloatArray:
        """(n, size) each user's vector by the map fitted on all the others.

        By the leave-one-out identity of ridge regression, the error grows by 1 / (1 − leverage).
        """
        if len(users) < 2:
            return np.zeros_like(users)
        x, y, n = _centered(means, users)
        solved = np.linalg.solve(_gram(x), x.T)
        leverage = 1.0 / n + np.einsum("ns,sn->n", x, solved)
        errors = (y - x @ (solved @ y)) / (1.0 - leverage)[:, None]
        found: FloatArray = users - errors
        return found


def _centered(means: FloatArray, users: FloatArray) -> tuple[FloatArray, FloatArray, int]:
    return means - means.mean(axis=0), users - users.mean(axis=0), len(users)


def _gram(x: FloatArray) -> FloatArray:
    gram = x.T @ x
    penalty = RIDGE * np.trace(gram) / len(gram)
    found: FloatArray = gram + max(penalty, np.finfo(np.float64).tiny ** 0.5) * np.eye(len(gram))
    return found
