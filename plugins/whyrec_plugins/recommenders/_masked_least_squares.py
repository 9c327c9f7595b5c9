"""Many altered copies of one history, folded into ALS at once: the outer products of its items are made only once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from whyrec import FloatArray, IntArray
from whyrec_plugins.recommenders._downdate import changed_each
from whyrec_plugins.recommenders._least_squares import Side

_FEW = 0.6  # the share of the smaller system up to which one of the items present alone is worth its making
_ALIKE, _LONG = 8, 24  # copies, and items, for which it is worth seeing whether copies are alike
_SINGLY = 16  # copies for which the outer products are not worth making
_ROWS = 512  # copies at once
_CELLS = 4_000_000  # numbers of the systems held at once: 32 MB


@dataclass(frozen=True, eq=False)
class MaskedLeastSquares:
    """Scores (m, K) of targets (K, f) for interests (m, n) in the items with vectors (n, f).

    The same least squares as :func:`_least_squares.blocks`, by whichever of two equal ways has the smaller system:
    of size f, or, with D the diagonal that all pairs share, of size n by (D + Yᵀ C Y)⁻¹ Yᵀ = D⁻¹ Yᵀ (I + C Y D⁻¹ Yᵀ)⁻¹.
    Where few of the items are present in a copy, of the second only their rows and columns are made. Where few are not
    as in ``whole``, the same is done with what has changed in place of what is there, along the eigenvectors of the
    whole history's system. Copies that differ from one and the same history in one item each are updates of its system.

    whole : (n,) the interest of the history that is altered
    mass : the interest that counts for the regularization, where absent items still do; None: what is present
    filled : (f,) the vector of the mean item that takes over what is absent of ``mass``; None: nothing does
    """

    side: Side
    vectors: FloatArray
    targets: FloatArray
    alpha: float
    l2: float
    whole: FloatArray
    mass: float | None = None
    filled: FloatArray | None = None

    def __call__(self, interest: FloatArray) -> FloatArray:
        if self.filled is not None:
            absent = (self.mass or 0.0) - np.abs(interest).sum(axis=1)
            own = replace(
                self,
                vectors=np.vstack([self.vectors, self.filled]),
                whole=np.append(self.whole, 0.0),
                mass=None,
                filled=None,
            )
            return own(np.column_stack([interest, absent]))
        n, f = self.vectors.shape
        if len(interest) >= _ALIKE and n >= _LONG and (common := _common(interest)) is not None:
            base, item, new = common
            users = changed_each(base, self.vectors, item, new, self.side, self.alpha, self.l2, self.mass)
            scores: FloatArray = users @ self.targets.T
            return scores
        out = np.empty((len(interest), len(self.targets)))
        widths = np.stack([np.count_nonzero(interest, axis=1), np.count_nonzero(interest != self.whole, axis=1)])
        if np.count_nonzero(widths[1] < widths[0]) < _SINGLY:
            widths[1] = widths[0]  # not worth the axes
        way = np.where(widths.min(axis=0) <= _FEW * min(n, f), widths.argmin(axis=0), 2)
        for which, solve in enumerate((self._few, self._near, self._many)):
            rows = np.flatnonzero(way == which)
            width = widths[min(which, 1), rows]
            rows = rows[np.argsort(width, kind="stable")]  # of like width together
            widest = max(1, int(width.max(initial=0)))
            cells = min(n, f) ** 2 if which == 2 else widest * (widest + f)
            step = max(1, min(_ROWS, _CELLS // max(1, cells)))
            for start in range(0, len(rows), step):
                block = rows[start : start + step]
                out[block] = solve(interest[block])
        return out

    def _diagonal(self, confidence: FloatArray) -> FloatArray:
        """(m, f) the part of the systems that all pairs share, and the regularization."""
        length = confidence.sum(axis=1) if self.mass is None else np.full(len(confidence), self.mass)
        ridge = self.l2 * (length + self.alpha * len(self.side.vectors))
        found: FloatArray = self.alpha * self.side.gram + ridge[:, None]
        return found

    def _few(self, interest: FloatArray) -> FloatArray:
        """Copies with few items: each with a system of its own items alone."""
        width = int(np.count_nonzero(interest, axis=1).max(initial=0))
        own = np.argsort(interest == 0, axis=1, kind="stable")[:, :width]
        eased = 1.0 / self._diagonal(np.abs(interest))
        interest = np.take_along_axis(interest, own, axis=1)
        confidence, vectors = np.abs(interest), self.vectors[own]
        systems = confidence[:, :, None] * ((vectors * eased[:, None, :]) @ vectors.transpose(0, 2, 1))
        systems[:, np.arange(width), np.arange(width)] += 1.0
        solved = np.linalg.solve(systems, np.maximum(interest, 0.0)[:, :, None])
        scores: FloatArray = ((vectors.transpose(0, 2, 1) @ solved)[:, :, 0] * eased) @ self.targets.T
        return scores

    def _near(self, interest: FloatArray) -> FloatArray:
        """Copies with few items that have changed: each with a system of these alone, along the whole's axes."""
        changed = interest != self.whole
        width = int(np.count_nonzero(changed, axis=1).max(initial=0))
        own = np.argsort(~changed, axis=1, kind="stable")[:, :width]
        confidence, axes = np.abs(interest), self._axes
        length = confidence.sum(axis=1) - np.abs(self.whole).sum() if self.mass is None else np.zeros(len(interest))
        eased = 1.0 / (axes.values + self.l2 * length[:, None])
        users = (np.maximum(interest, 0.0) @ axes.vectors) * eased
        by = np.take_along_axis(confidence - np.abs(self.whole), own, axis=1)
        vectors = axes.vectors[own]
        systems = by[:, :, None] * ((vectors * eased[:, None, :]) @ vectors.transpose(0, 2, 1))
        systems[:, np.arange(width), np.arange(width)] += 1.0
        solved = np.linalg.solve(systems, by[:, :, None] * (vectors @ users[:, :, None]))
        users -= (vectors.transpose(0, 2, 1) @ solved)[:, :, 0] * eased
        scores: FloatArray = users @ axes.targets.T
        return scores

    @cached_property
    def _axes(self) -> _Axes:
        """The eigenvectors of the whole history's system as axes."""
        confidence = np.abs(self.whole)
        system = (self.vectors * confidence[:, None]).T @ self.vectors
        values, axes = np.linalg.eigh(system + np.diag(self._diagonal(confidence[None])[0]))
        return _Axes(values, self.vectors @ axes, self.targets @ axes)

    def _many(self, interest: FloatArray) -> FloatArray:
        n, f = self.vectors.shape
        confidence = np.abs(interest)
        wanted = np.where(interest > 0, confidence, 0.0)
        diagonal = self._diagonal(confidence)
        if n >= f:
            if len(interest) <= _SINGLY:
                systems = (self.vectors * confidence[:, :, None]).transpose(0, 2, 1) @ self.vectors
            else:
                systems = (confidence @ self._outer).reshape(len(interest), f, f)
            systems[:, np.arange(f), np.arange(f)] += diagonal
            users = np.linalg.solve(systems, (wanted @ self.vectors)[:, :, None])[:, :, 0]
        else:
            eased = 1.0 / diagonal
            systems = confidence[:, :, None] * (eased @ self._products).reshape(len(interest), n, n)
            systems[:, np.arange(n), np.arange(n)] += 1.0
            users = (np.linalg.solve(systems, wanted[:, :, None])[:, :, 0] @ self.vectors) * eased
        scores: FloatArray = users @ self.targets.T
        return scores

    @cached_property
    def _outer(self) -> FloatArray:
        """(n, f·f) y_j y_jᵀ of each item."""
        return (self.vectors[:, :, None] * self.vectors[:, None, :]).reshape(len(self.vectors), -1)

    @cached_property
    def _products(self) -> FloatArray:
        """(f, n·n) the products of each pair of items, axis by axis."""
        turned = self.vectors.T
        return (turned[:, :, None] * turned[:, None, :]).reshape(len(turned), -1)


@dataclass(frozen=True, eq=False)
class _Axes:
    """A system's eigenvalues (f,), and the items' vectors (n, f) and the targets (K, f) along its eigenvectors."""

    values: FloatArray
    vectors: FloatArray
    targets: FloatArray


def _common(interest: FloatArray) -> tuple[FloatArray, IntArray, FloatArray] | None:
    """A history (n,) from which each row differs in one item at most; that item (m,), and its interest there (m,)."""
    base = np.median(interest[:9], axis=0)
    if np.count_nonzero(interest[:9] != base, axis=1).max() > 1:  # a few rows tell nearly always
        return None
    differs = interest != base
    if np.count_nonzero(differs, axis=1).max() > 1:
        return None
    item = differs.argmax(axis=1)
    return base, item, interest[np.arange(len(interest)), item]
