"""How ALS trains: both sides in turn, many rows at once, by a few conjugate gradient steps from where they stood."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from whyrec import CSR, FloatArray, IntArray, Progress

_STEPS = 3  # of conjugate gradients a turn; exact solves rank no better (Takács, Pilászy & Tikk 2011)
_CELLS = 500_000  # numbers gathered at once: 2 MB, inside the cache
_NARROWER = 0.7  # rows shorter than this share of a block's longest one go into the next block
_SPREAD = 0.1  # of the first scores; larger first vectors leave traces that few alternations wash out

_Single = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class _Block:
    """Some rows of like length, padded to one width; confidence 0 is padding.

    rows (r,), columns (r, width), confidence (r, width), wanted (r, width) = confidence · target, ridge (r, 1).
    """

    rows: IntArray
    columns: NDArray[np.int32]
    confidence: _Single
    wanted: _Single
    ridge: _Single

    def improve(self, start: _Single, others: _Single, shared: _Single) -> _Single:
        """(r, f) vectors nearer to A⁻¹ b than ``start``, A = D + Yᵀ C Y, D = ``shared`` + ridge, b = Yᵀ C p.

        Conjugate gradients preconditioned by D: a row with fewer than ``_STEPS`` entries is solved exactly.
        """
        Y = others[self.columns]
        D = shared + self.ridge
        x = start
        left = (self.wanted[:, None, :] @ Y)[:, 0] - self._times(x, Y, D)
        eased = left / D
        direction, size = eased, _dot(left, eased)
        for _ in range(_STEPS):
            turned = self._times(direction, Y, D)
            step = _ratio(size, _dot(direction, turned))
            x = x + step * direction
            left = left - step * turned
            eased = left / D
            before, size = size, _dot(left, eased)
            direction = eased + _ratio(size, before) * direction
        return x

    def _times(self, x: _Single, Y: _Single, D: _Single) -> _Single:
        """A x, never making A."""
        seen = (Y @ x[:, :, None])[:, :, 0] * self.confidence
        return np.asarray(D * x + (seen[:, None, :] @ Y)[:, 0], np.float32)


def train(
    by_user: CSR, factors: int, alpha: float, l2: float, turns: int, rng: np.random.Generator, progress: Progress
) -> FloatArray:
    """(n_items, factors) item vectors after so many alternations, by the loss of :class:`ALS`.

    In single precision: vectors are noisier than that. All confidences are divided by their mean, which changes no
    minimum, so that neither large nor small interests leave its range.
    """
    n_users, n_items = by_user.shape
    unit = float(np.abs(by_user.data).mean()) if by_user.nnz else 0.0
    unit = unit if unit > 0 else 1.0
    alpha = alpha / unit
    by_item = by_user.T.tocsr()
    wide, tall = (list(_blocks(m, unit, factors, alpha, l2)) for m in (by_user, by_item))
    items = rng.normal(0.0, _SPREAD / np.sqrt(factors), (n_items, factors)).astype(np.float32)
    items *= (np.diff(by_item.indptr) > 0)[:, None]
    users = np.zeros((n_users, factors), np.float32)
    for done in range(turns):
        progress(done / turns, "alternating least squares")
        items, users = _half(wide, items, users, alpha)
        users, items = _half(tall, users, items, alpha)
    return items.astype(np.float64)


def _half(blocks: list[_Block], fixed: _Single, moving: _Single, alpha: float) -> tuple[_Single, _Single]:
    """Both sides, the second improved; turned alike, which changes no score, so that the shared part is diagonal."""
    gram, axes = np.linalg.eigh((fixed.T @ fixed).astype(np.float64))
    shared = (alpha * np.maximum(gram, 0.0)).astype(np.float32)
    fixed, moving = fixed @ axes.astype(np.float32), moving @ axes.astype(np.float32)
    for block in blocks:
        moving[block.rows] = block.improve(moving[block.rows], fixed, shared)
    return fixed, moving


def _blocks(interest: CSR, unit: float, factors: int, alpha: float, l2: float) -> Iterator[_Block]:
    """All rows that have entries, the longest first."""
    lengths = np.diff(interest.indptr)
    order = np.argsort(-lengths, kind="stable")
    order = order[lengths[order] > 0]
    falling = -lengths[order]
    start = 0
    while start < len(order):
        width = int(-falling[start])
        like = int(np.searchsorted(falling, -width * _NARROWER, side="right"))
        rows = order[start : min(like, start + max(1, _CELLS // (width * factors)))]
        start += len(rows)
        filled = np.arange(width) < lengths[rows, None]
        entries = np.where(filled, interest.indptr[rows, None] + np.arange(width), 0)
        strength = np.where(filled, interest.data[entries] / unit, 0.0)
        confidence = np.abs(strength)
        yield _Block(
            rows=rows,
            columns=interest.indices[entries].astype(np.int32),
            confidence=confidence.astype(np.float32),
            wanted=np.maximum(strength, 0.0).astype(np.float32),
            ridge=(l2 * (confidence.sum(axis=1, keepdims=True) + alpha * interest.shape[1])).astype(np.float32),
        )


def _dot(a: _Single, b: _Single) -> _Single:
    found: _Single = np.einsum("rf,rf->r", a, b)[:, None]
    return found


def _ratio(a: _Single, b: _Single) -> _Single:
    """a / b, 0 where b is 0: the row is solved."""
    return np.divide(a, b, out=np.zeros_like(a), where=b > np.finfo(np.float32).tiny)
