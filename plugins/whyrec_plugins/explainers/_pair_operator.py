"""From the values of paired coalitions to Shapley values: one matrix for each number of players, whoever plays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from whyrec import BoolArray, FloatArray, IntArray
from whyrec_plugins.explainers._pairs import Pairs

Single: TypeAlias = NDArray[np.float32] | NDArray[Any]

RIDGE = 0.001
"""Penalty of the size-dependent terms, relative to their own spread; a hundredfold with fewer than 3n pairs, which
hardly determine 2n coefficients."""


@dataclass(frozen=True, eq=False)
class PairOperator:
    """φ = (v(N) − v(∅)) / n + ``apply`` @ o, where o (p, K) is half of v(S) − v(N∖S) over the pairs.

    Shapley values depend on a game only through o, since each coalition and its complement enter them with
    opposite signs. A surrogate Σ aᵢ xᵢ + Σ bᵢ xᵢ g(s) + h(s) is fitted to o under the Shapley kernel, where xᵢ is ±1
    for present or absent, centered within each size, g(s) = 1/s + 1/(n − s), and h a few odd functions of the size.
    Its Shapley values are known in closed form. Least squares under the kernel leave nothing that covaries with any xᵢ,
    so that the rest has the Shapley value 0 but for sampling: a wrong surrogate costs variance, not bias (regression
    adjustment; Witter, Liu and Musco 2025). Games with interactions of two players, and mean pooling Σ cᵢ zᵢ / |S|,
    lie in the surrogate's span.

    Parameters
    ----------
    coalitions : (2p, n) the pairs' coalitions, then their complements
    apply : (n, p)
    errors : what standard errors take
    """

    coalitions: BoolArray
    apply: FloatArray
    errors: Errors

    @property
    def nbytes(self) -> int:
        """Memory held."""
        return self.coalitions.nbytes + self.apply.nbytes + self.errors.nbytes

    @classmethod
    def of(cls, pairs: Pairs, *, sized: bool = True) -> PairOperator:
        """The operator of some pairs; without the terms bᵢ xᵢ g(s) unless ``sized``."""
        from scipy.linalg import cho_factor, cho_solve

        n = pairs.coalitions.shape[1]
        s, w = pairs.sizes.astype(np.float64), pairs.weights
        x = np.where(pairs.coalitions, 1.0, -1.0) + (1.0 - 2.0 * s / n)[:, None]
        g = 1 / s + 1 / (n - s)
        g /= np.sqrt(np.average(g**2, weights=w))
        odd = np.stack([1 - 2 * s / n, 1 / s - 1 / (n - s), np.log(s / (n - s))], axis=1)
        blocks = [x, x * g[:, None]] if sized else [x]
        terms = np.concatenate([*blocks, odd], axis=1)
        rooted = terms * np.sqrt(w)[:, None]
        gram = rooted.T @ rooted
        gram += _penalty(gram, len(blocks), n, len(terms))
        fit = cho_solve(cho_factor(gram, check_finite=False), terms.T * w, check_finite=False)
        # The surrogate's Shapley values: 2/n Σ_s g(s) of each term, less the mean over players. Under the kernel what
        # the fit leaves has no covariance with any xᵢ, so that these are the estimates.
        sizes = np.arange(1, n)
        total = (1 / sizes + 1 / (n - sizes)).sum() * (g * s * (n - s) / n)[0]
        apply = 2 * (fit[:n] - fit[:n].mean(axis=0))
        if sized:
            apply += 2 / (n - 1) * total * (fit[n : 2 * n] - fit[n : 2 * n].mean(axis=0))
        both = np.concatenate([pairs.coalitions, ~pairs.coalitions])
        return cls(both, apply, Errors.of(pairs, terms, fit, apply, total if sized else None))

    def __call__(self, values: FloatArray, moved: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Shapley values and standard errors, (n, K) each, from v of ``coalitions`` (2p, K) and v(N) − v(∅) (K,)."""
        half = len(values) // 2
        odd = (values[:half] - values[half:]) / 2
        centered = self.apply @ odd
        return centered + moved / len(centered), self.errors(odd, centered)


@dataclass(frozen=True, eq=False)
class Errors:
    """Standard errors from the surrogate's residuals, grown by their leverage (HC3, MacKinnon and White 1985).

    Residuals are looked at on r pairs, evenly over the sizes, that stand for all that were sampled; sizes whose
    coalitions are all there leave nothing to chance. All in single precision: errors of errors.

    Parameters
    ----------
    rows : (r,) the pairs looked at
    x : (r, n) players' terms there; ``g`` (r,) their factor in the size-dependent terms; ``odd`` (r, 3) size terms
    second : (n, p) from o to the coefficients bᵢ, or None; ``third`` (3, p) to those of the size
    slope : how much bᵢ counts in a Shapley value beside aᵢ
    spread : (r,) 1 / (1 − leverage) ; ``squares`` (n, r) squares of ``apply``, for all pairs that r stands for
    """

    rows: IntArray
    x: Single
    g: Single
    odd: Single
    second: Single | None
    third: Single
    slope: float
    spread: Single
    squares: Single

    @property
    def nbytes(self) -> int:
        """Memory held."""
        return sum(a.nbytes for a in (self.x, self.squares, *([self.second] if self.second is not None else [])))

    @classmethod
    def of(cls, pairs: Pairs, terms: FloatArray, fit: FloatArray, apply: FloatArray, total: float | None) -> Errors:
        """From the fit of the surrogate; ``total``: 2/n Σ_s g(s) where there are size-dependent terms."""
        n = pairs.coalitions.shape[1]
        sampled = np.flatnonzero(pairs.sampled)
        rows = sampled[:: max(1, len(sampled) // (n + 200))]
        share = len(sampled) / max(1, len(rows))
        leverage = np.einsum("rq,qr->r", terms[rows], fit[:, rows])
        x = terms[rows, :n]
        g = np.zeros(len(rows))
        if total is not None:
            wide = np.abs(x).argmax(axis=1)
            g = terms[rows, n + wide] / x[np.arange(len(rows)), wide]
        single = [
            np.ascontiguousarray(a, np.float32)
            for a in (
                x,
                g,
                terms[rows, -3:],
                fit[-3:],
                1 / np.clip(1 - leverage, 0.05, 1.0),
                apply[:, rows] ** 2 * share,
            )
        ]
        second = None if total is None else np.ascontiguousarray(fit[n : 2 * n], np.float32)
        slope = 0.0 if total is None else total / (n - 1)
        x32, g32, odd, third, spread, squares = single
        return cls(rows, x32, g32, odd, second, third, slope, spread, squares)

    def __call__(self, odd: FloatArray, centered: FloatArray) -> FloatArray:
        """(n, K) from o (p, K) and the centered estimates (n, K)."""
        scale = np.abs(odd).max(axis=0, initial=0.0)
        scale[scale <= 0] = 1.0
        unit = (odd / scale).astype(np.float32)
        first = (centered / (2 * scale)).astype(np.float32)
        left = unit[self.rows] - self.odd @ (self.third @ unit)
        if self.second is not None:
            second = self.second @ unit
            first = first - np.float32(self.slope) * (second - second.mean(axis=0))
            left -= self.g[:, None] * (self.x @ second)
        left -= self.x @ first
        left *= self.spread[:, None]
        found: FloatArray = np.sqrt(self.squares @ (left * left)) * scale
        return found


def _penalty(gram: FloatArray, blocks: int, n: int, pairs: int) -> FloatArray:
    """What is added to the terms' Gram matrix. Each block's columns sum to zero: that direction, where nothing lies, is
    filled; and the size-dependent terms are held back."""
    added = np.zeros_like(gram)
    ridge = RIDGE if pairs >= 3 * n else 100 * RIDGE
    for b in range(blocks):
        own = slice(b * n, (b + 1) * n)
        level = np.diag(gram)[own].mean()
        added[own, own] = level / n + np.eye(n) * level * (ridge if b else 1e-12)
    rest = np.arange(blocks * n, len(gram))
    added[rest, rest] = 1e-9 * np.diag(gram)[rest] + 1e-300
    return added
