"""From the values of paired coalitions to Shapley values: one matrix for each number of players, whoever plays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from whyrec import BoolArray, FloatArray
from whyrec_plugins.explainers._pairs import Pairs

RIDGE = 0.001
"""Penalty of the size-dependent terms, relative to their own spread; a hundredfold with fewer than 3n pairs, which
hardly determine 2n coefficients."""


@dataclass(frozen=True, eq=False)
class PairOperator:
    """φ = (v(N) − v(∅)) / n + ``apply`` @ o, where o (p, K) is half of v(S) − v(N∖S) over the pairs.

    Shapley values depend on a game only through o, since each coalition and its complement enter them with
    opposite signs. A surrogate Σ aᵢ xᵢ + Σ bᵢ xᵢ g(s) + h(s) is fitted to o under the Shapley kernel, where xᵢ is ±1
    for present or absent, centered within each size, g(s) = 1/s + 1/(n − s), and h a few odd functions of the size.
    Its Shapley values are known in closed form, and what it leaves is estimated by its covariance with xᵢ within
    each size: regression adjustment (Witter, Liu and Musco 2025), so that a wrong surrogate costs variance,
    not bias. Games with interactions of two players, and mean pooling Σ cᵢ zᵢ / |S|, lie in the surrogate's span.

    Parameters
    ----------
    coalitions : (2p, n) the pairs' coalitions, then their complements
    apply : (n, p)
    terms : (p, q) the surrogate's terms; ``fit`` : (q, p) from o to its coefficients
    spread : (p,) 0 for pairs that nothing was left to chance in, else 1 / (1 − leverage)
    """

    coalitions: BoolArray
    apply: FloatArray
    terms: FloatArray
    fit: FloatArray
    spread: FloatArray

    @property
    def nbytes(self) -> int:
        """Memory held."""
        return sum(a.nbytes for a in (self.coalitions, self.apply, self.terms, self.fit))

    @classmethod
    def of(cls, pairs: Pairs, *, sized: bool = True) -> PairOperator:
        """The operator of some pairs; without the terms bᵢ xᵢ g(s) unless ``sized``."""
        n = pairs.coalitions.shape[1]
        s, w = pairs.sizes.astype(np.float64), pairs.weights
        x = np.where(pairs.coalitions, 1.0, -1.0) + (1.0 - 2.0 * s / n)[:, None]
        g = 1 / s + 1 / (n - s)
        unit = np.sqrt(np.average(g**2, weights=w))
        odd = np.stack([1 - 2 * s / n, 1 / s - 1 / (n - s), np.log(s / (n - s))], axis=1)
        blocks = [x, x * (g / unit)[:, None]] if sized else [x]
        terms = np.concatenate([*blocks, odd], axis=1)
        weighed = terms.T * w
        ridge = RIDGE if len(terms) >= 3 * n else 100 * RIDGE
        gram = weighed @ terms
        scale = np.diag(gram).copy()
        for b in range(len(blocks)):  # each block's columns sum to zero: fill that direction, where nothing lies
            own = slice(b * n, (b + 1) * n)
            level = scale[own].mean()
            gram[own, own] += level / n
            scale[own] = (ridge if b else 1e-12) * level
        scale[len(blocks) * n :] *= 1e-9
        gram[np.diag_indices_from(gram)] += scale + 1e-300
        fit = np.linalg.solve(gram, weighed)
        # The surrogate's Shapley values: 2/n Σ_s g(s) of each term, less the mean over players.
        sizes = np.arange(1, n)
        total = (1 / sizes + 1 / (n - sizes)).sum() / unit
        values = fit[:n] * (n - 1)
        if sized:
            values = values + fit[n : 2 * n] * total
        values = 2 / (n - 1) * (values - values.mean(axis=0))
        left = (x.T * w) / (2 * n)
        leverage = np.einsum("pq,qp->p", terms, fit)
        spread = np.where(pairs.sampled, 1 / np.clip(1 - leverage, 0.05, 1.0), 0.0)
        both = np.concatenate([pairs.coalitions, ~pairs.coalitions])
        return cls(both, values + left - (left @ terms) @ fit, terms, fit, spread)

    def __call__(self, values: FloatArray, moved: FloatArray) -> FloatArray:
        """(n, K) Shapley values from v of ``coalitions`` (2p, K) and v(N) − v(∅) (K,)."""
        found: FloatArray = self.apply @ self._odd(values) + moved / self.apply.shape[0]
        return found

    def std_error(self, values: FloatArray) -> FloatArray:
        """(n, K) standard errors: the surrogate's residuals, grown by their leverage (HC3), through ``apply``."""
        odd = self._odd(values)
        left = (odd - self.terms @ (self.fit @ odd)) * self.spread[:, None]
        found: FloatArray = np.sqrt((self.apply**2) @ left**2)
        return found

    def _odd(self, values: FloatArray) -> FloatArray:
        half = len(values) // 2
        odd: FloatArray = (values[:half] - values[half:]) / 2
        return odd
