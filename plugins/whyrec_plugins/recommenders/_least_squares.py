"""The weighted least squares of implicit ALS: many rows' vectors from their entries, given the columns' vectors."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

import numpy as np

from whyrec import CSR, BoolArray, FloatArray, IntArray

_CELLS = 2_000_000  # numbers gathered at once: 16 MB, near the cache


@dataclass(frozen=True, eq=False)
class Side:
    """Vectors (n, f) of one side (items or users), turned so that vectorsᵀ vectors is diagonal: ``gram`` (f,).

    Turning both sides alike changes no score, and makes the part that all rows share trivial to invert.
    """

    vectors: FloatArray
    gram: FloatArray

    @classmethod
    def of(cls, vectors: FloatArray) -> Self:
        gram, axes = np.linalg.eigh(vectors.T @ vectors)
        return cls(vectors @ axes, np.maximum(gram, 0.0))


@dataclass(frozen=True, eq=False)
class Block:
    """Some rows of the problem, padded to one width; confidence 0 is padding.

    rows (r,), entries (r, width) positions in the sparse matrix's data, filled, confidence, target (r, width),
    vectors (r, width, f), diagonal (r, f): the shared part and the regularization.
    """

    rows: IntArray
    entries: IntArray
    filled: BoolArray
    confidence: FloatArray
    target: FloatArray
    vectors: FloatArray
    diagonal: FloatArray

    def systems(self) -> FloatArray:
        """(r, f, f) the matrices A_u of the normal equations."""
        A: FloatArray = (self.vectors * self.confidence[:, :, None]).transpose(0, 2, 1) @ self.vectors
        A[:, np.arange(A.shape[1]), np.arange(A.shape[1])] += self.diagonal
        return A

    def solve(self) -> FloatArray:
        """(r, f) the minimizing vectors A_u⁻¹ Yᵀ C p, by whichever of two equal ways has the smaller system.

        With D the diagonal: (D + Yᵀ C Y)⁻¹ Yᵀ = D⁻¹ Yᵀ (I + C Y D⁻¹ Yᵀ)⁻¹, of size width instead of f.
        """
        width, f = self.vectors.shape[1:]
        wanted = (self.confidence * self.target)[:, :, None]
        flipped = self.vectors.transpose(0, 2, 1)
        if width >= f:
            found: FloatArray = np.asarray(np.linalg.solve(self.systems(), flipped @ wanted), np.float64)
            return found[:, :, 0]
        eased = flipped / self.diagonal[:, :, None]
        small = self.confidence[:, :, None] * (self.vectors @ eased)
        small[:, np.arange(width), np.arange(width)] += 1.0
        found = eased @ np.asarray(np.linalg.solve(small, wanted), np.float64)
        return found[:, :, 0]


def blocks(interest: CSR, side: Side, alpha: float, l2: float) -> Iterator[Block]:
    """All rows of ``interest``, rows of like length together, each block of bounded memory.

    A row minimizes Σ_j c_j (p_j − u·y_j)² + alpha Σ_all (u·y)² + l2 (Σ_j c_j + alpha n) ‖u‖², where
    c = |interest| and p = 1 for a positive one, else 0.
    """
    n, f = side.vectors.shape
    lengths = np.diff(interest.indptr)
    order = np.argsort(-lengths, kind="stable")
    start = 0
    while start < len(order):
        width = int(lengths[order[start]])
        rows = order[start : start + max(1, _CELLS // (max(width, 1) * f))]
        start += len(rows)
        filled = np.arange(width) < lengths[rows, None]
        entries = np.where(filled, interest.indptr[rows, None] + np.arange(width), 0)
        strength = np.where(filled, interest.data[entries], 0.0)
        confidence = np.abs(strength)
        ridge = l2 * (confidence.sum(axis=1) + alpha * n)
        yield Block(
            rows=rows,
            entries=entries,
            filled=filled,
            confidence=confidence,
            target=(strength > 0).astype(np.float64),
            vectors=side.vectors[interest.indices[entries]],
            diagonal=alpha * side.gram + ridge[:, None],
        )


def solve_rows(interest: CSR, side: Side, alpha: float, l2: float) -> FloatArray:
    """(rows, f) the minimizing vectors of all rows, in the side's own axes."""
    out = np.zeros((interest.shape[0], side.vectors.shape[1]))
    for block in blocks(interest, side, alpha, l2):
        out[block.rows] = block.solve()
    return out
