"""From the values of paired coalitions to Shapley values: one matrix for each number of players, whoever plays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from whyrec import BoolArray, FloatArray, IntArray
from whyrec_plugins.explainers._pairs import Pairs

Single: TypeAlias = NDArray[np.float32] | NDArray[Any]

RIDGES = (0.0001, 0.01)
"""Penalties of the terms that depend on the size by 1/s and by 1/s², relative to their own spread; a hundredfold with
fewer than 3n pairs, which hardly determine so many coefficients."""


@dataclass(frozen=True, eq=False)
class PairOperator:
    """φ = (v(N) − v(∅)) / n + ``apply`` @ o, where o (p, K) is half of v(S) − v(N∖S) over the pairs.

    Shapley values depend on a game only through o, since each coalition and its complement enter them with
    opposite signs. A surrogate Σ xᵢ (aᵢ + bᵢ g₁(s) + cᵢ g₂(s)) + h(s) is fitted to o under the Shapley kernel, where xᵢ
    is ±1 for present or absent, centered within each size, g_d(s) = 1/sᵈ + 1/(n − s)ᵈ, and h a few odd functions of s.
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
        """The operator of some pairs; without the terms that depend on the size unless ``sized``."""
        from scipy.linalg import cho_factor, cho_solve

        n = pairs.coalitions.shape[1]
        s, w = pairs.sizes.astype(np.float64), pairs.weights
        x = np.where(pairs.coalitions, 1.0, -1.0) + (1.0 - 2.0 * s / n)[:, None]
        odd = np.stack([1 - 2 * s / n, 1 / s - 1 / (n - s), np.log(s / (n - s))], axis=1)
        sizes = np.arange(1, n)
        powers = range(1, len(RIDGES) + 1 if sized else 1)
        units = [np.sqrt(np.average(_fall(s, n, d) ** 2, weights=w)) for d in powers]
        falls = [_fall(s, n, d) / unit for d, unit in zip(powers, units, strict=True)]
        terms = np.concatenate([x, *(x * g[:, None] for g in falls), odd], axis=1)
        rooted = terms * np.sqrt(w)[:, None]
        gram = rooted.T @ rooted
        gram += _penalty(gram, 1 + len(falls), n, len(terms))
        fit = cho_solve(cho_factor(gram, check_finite=False), terms.T * w, check_finite=False)
        # The surrogate's Shapley values: 2/(n − 1) Σ_s g(s) of each term, less the mean over players. Under the kernel
        # what the fit leaves has no covariance with any xᵢ, so that these are the estimates.
        totals = [float(_fall(sizes, n, d).sum() / unit) for d, unit in zip(powers, units, strict=True)]
        apply = np.zeros((n, len(terms)))
        for b, total in enumerate([n - 1.0, *totals]):
            block = fit[b * n : (b + 1) * n]
            apply += 2 / (n - 1) * total * (block - block.mean(axis=0))
        both = np.concatenate([pairs.coalitions, ~pairs.coalitions])
        return cls(both, apply, Errors.of(pairs, terms, fit, apply, falls, totals))

    def __call__(
        self, values: FloatArray, moved: FloatArray, *, errors: bool = True
    ) -> tuple[FloatArray, FloatArray | None]:
        """Shapley values and standard errors, (n, K) each, from v of ``coalitions`` (2p, K) and v(N) − v(∅) (K,)."""
        half = len(values) // 2
        odd = (values[:half] - values[half:]) / 2
        centered = self.apply @ odd
        return centered + moved / len(centered), self.errors(odd, centered) if errors else None


@dataclass(frozen=True, eq=False)
class Errors:
    """Standard errors from the surrogate's residuals, grown by their leverage (HC3, MacKinnon and White 1985).

    Residuals are looked at on r pairs, evenly over the sizes, that stand for all that were sampled; sizes whose
    coalitions are all there leave nothing to chance. All in single precision: errors of errors.

    Parameters
    ----------
    rows : (r,) the pairs looked at
    x : (r, n) players' terms there; ``odd`` (r, 3) size terms; ``falls`` their factors g_d (r,) in the sized terms
    sized : for each g_d (n, p), from o to its coefficients; ``third`` (3, p), to those of the size alone
    slopes : how much each of these coefficients counts in half a Shapley value
    spread : (r,) 1 / (1 − leverage) ; ``squares`` (n, r) squares of ``apply``, for all pairs that r stands for
    """

    rows: IntArray
    x: Single
    odd: Single
    falls: tuple[Single, ...]
    sized: tuple[Single, ...]
    third: Single
    slopes: tuple[float, ...]
    spread: Single
    squares: Single

    @property
    def nbytes(self) -> int:
        """Memory held."""
        return sum(a.nbytes for a in (self.x, self.squares, *self.sized))

    @classmethod
    def of(
        cls,
        pairs: Pairs,
        terms: FloatArray,
        fit: FloatArray,
        apply: FloatArray,
        falls: Sequence[FloatArray],
        totals: Sequence[float],
    ) -> Errors:
        """From the fit of the surrogate; ``totals``: Σ_s g_d(s)."""
        n = pairs.coalitions.shape[1]
        sampled = np.flatnonzero(pairs.sampled)
        rows = sampled[:: max(1, len(sampled) // (n + 200))]
        share = len(sampled) / max(1, len(rows))
        leverage = np.einsum("rq,qr->r", terms[rows], fit[:, rows])
        return cls(
            rows=rows,
            x=_single(terms[rows, :n]),
            odd=_single(terms[rows, -3:]),
            falls=tuple(_single(g[rows]) for g in falls),
            sized=tuple(_single(fit[b * n : (b + 1) * n]) for b in range(1, len(falls) + 1)),
            third=_single(fit[-3:]),
            slopes=tuple(total / (n - 1) for total in totals),
            spread=_single(1 / np.clip(1 - leverage, 0.05, 1.0)),
            squares=_single(apply[:, rows] ** 2 * share),
        )

    def __call__(self, odd: FloatArray, centered: FloatArray) -> FloatArray:
        """(n, K) from o (p, K) and the centered estimates (n, K)."""
        scale = np.abs(odd).max(axis=0, initial=0.0)
        scale[scale <= 0] = 1.0
        unit = _single(odd / scale)
        first = _single(centered / (2 * scale))
        left = unit[self.rows] - self.odd @ (self.third @ unit)
        for g, fit, slope in zip(self.falls, self.sized, self.slopes, strict=True):
            found = fit @ unit
            first = first - np.float32(slope) * (found - found.mean(axis=0))
            left -= g[:, None] * (self.x @ found)
        left -= self.x @ first
        left *= self.spread[:, None]
        errors: FloatArray = np.sqrt(self.squares @ (left * left)) * scale
        return errors


def _single(values: FloatArray) -> Single:
    return np.ascontiguousarray(values, np.float32)


def _fall(s: FloatArray | IntArray, n: int, power: int) -> FloatArray:
    """How an effect may fall with the size of the coalition, alike for a coalition and its complement."""
    return 1.0 / np.asarray(s, np.float64) ** power + 1.0 / (n - np.asarray(s, np.float64)) ** power


def _penalty(gram: FloatArray, blocks: int, n: int, pairs: int) -> FloatArray:
    """What is added to the terms' Gram matrix. Each block's columns sum to zero: that direction, where nothing lies, is
    filled; and the size-dependent terms are held back."""
    added = np.zeros_like(gram)
    ridges = (1e-12, *(r if pairs >= 3 * n else 100 * r for r in RIDGES))
    for b in range(blocks):
        own = slice(b * n, (b + 1) * n)
        level = np.diag(gram)[own].mean()
        added[own, own] = level / n + np.eye(n) * level * ridges[b]
    rest = np.arange(blocks * n, len(gram))
    added[rest, rest] = 1e-9 * np.diag(gram)[rest] + 1e-300
    return added
