"""The surrogate game that is fitted to pairs of coalitions, its Shapley values, and those of what it leaves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

from whyrec import FloatArray, IntArray
from whyrec_plugins.explainers._cycles import both_ways
from whyrec_plugins.explainers._pairs import Pairs

Stack: TypeAlias = NDArray[Any]

NOISE = 30.0
"""What the surrogate leaves is taken to vary by 1 + NOISE / s²: mean pooling bends most where few are pooled."""

PRIORS = 1e-8, 0.01, 1e-10
"""Penalties of the terms of players, of those that fall with the size, and of those of the size alone."""
HELD = 0.01
"""The first penalty where pairs are too few to determine a term for each player."""


@dataclass(frozen=True, eq=False)
class Surrogate:
    """Σ xᵢ (aᵢ + bᵢ g₁(s) + cᵢ g₂(s)) + h(s), fitted to o, where xᵢ is ±1 for present or absent, centered within
    each size, g_d(s) = 1/sᵈ + 1/(n − s)ᵈ, and h a few odd functions of s.

    The fit is a ridge regression that trusts larger coalitions more, as their noise is less: accurate, but partial to
    games that look like that. So what it leaves is fitted again, by least squares in xᵢ under the Shapley kernel,
    whose coefficients are the Shapley values of any game if all coalitions are there. A wrong surrogate costs
    variance, not bias (regression adjustment; Witter, Liu and Musco 2025). Games with interactions of two players, and
    mean pooling Σ cᵢ zᵢ / |S|, lie in the surrogate's span.

    Parameters
    ----------
    apply : (frequencies, c, families) from o to centered Shapley values
    residual : (frequencies, looked, families) from o to what both fits leave of some families, grown by their leverage
    """

    apply: Stack
    residual: Stack

    @classmethod
    def of(cls, pairs: Pairs, looked: IntArray, *, sized: bool) -> Self:
        """Fitted to some pairs; without g and noise of the size, by plain least squares, unless ``sized``."""
        n, m = pairs.coalitions.shape[1], pairs.cycles.turns
        first = pairs.rows[:, 0]
        often = np.bincount(pairs.rows.ravel(), minlength=len(pairs.sizes))[first]
        s = pairs.sizes[first].astype(np.float64)
        kernel = pairs.weights[first] / often
        trust = s**2 / (s**2 + NOISE) / often if sized else kernel
        x = pairs.cycles.spectra(np.where(pairs.coalitions[first], 1.0, -1.0) + (1.0 - 2.0 * s / n)[:, None])
        sizes = np.arange(1, n)
        falls = [(_fall(s, n, d), float(_fall(sizes, n, d).sum())) for d in ((1, 2) if sized else ())]
        alone = np.stack([1 - 2 * s / n, 1 / s - 1 / (n - s), np.log(s / (n - s))], axis=1)
        basis, length, _ = np.linalg.svd(alone * np.sqrt(trust)[:, None], full_matrices=False)
        alone = basis[:, length > 1e-9 * length[0]] / np.sqrt(trust)[:, None]  # of two sizes, three functions are one
        constant = np.sqrt(pairs.cycles.lengths)
        # Turning leaves sums over players as they are, so only frequency 0 knows of them and of sizes alone.
        penalties = (PRIORS[0] if pairs.enough else HELD, *PRIORS[1:])
        parts = [_solved(x[:1].real, looked, falls, kernel, trust, n, alone, constant, penalties)]
        if len(x) > 1:
            parts.append(_solved(x[1:], looked, falls, kernel, trust, n, alone[:, :0], 0.0 * constant, penalties))
        apply, residual = (np.concatenate(part) for part in zip(*parts, strict=True))
        return cls(apply, _grown(residual, looked, m))


def _grown(residual: Stack, looked: IntArray, m: int) -> Stack:
    """Residuals over a power of 1 − h, h the leverage of each.

    Over (1 − h)^½ where h is small, as of equal variances (HC2), and over 1 − h where it is large, as of the jackknife
    (HC3; MacKinnon and White 1985), by the power (1 + h⁶) / 2: with few pairs h is near 1, and only the jackknife is
    wide enough; elsewhere it is too wide.
    """
    kept = both_ways(m) @ residual[:, np.arange(len(looked)), looked].real / m
    leverage = np.clip(1.0 - kept, 0.0, 0.95)
    found: Stack = residual / ((1.0 - leverage) ** ((1.0 + leverage**6) / 2.0))[:, None]
    return found


def _solved(
    x: Stack,
    looked: IntArray,
    falls: list[tuple[FloatArray, float]],
    kernel: FloatArray,
    trust: FloatArray,
    n: int,
    alone: FloatArray,
    constant: FloatArray,
    penalties: tuple[float, float, float],
) -> tuple[Stack, Stack]:
    """``apply`` and residuals of some frequencies, x (frequencies, families, c).

    ``constant`` (c,) is the direction of all players alike, in which nothing lies and of which nothing is kept.
    """
    c = x.shape[2]
    everywhere = np.broadcast_to(alone, (len(x), *alone.shape))
    terms = np.concatenate([x, *(x * g[:, None] for g, _ in falls), everywhere], axis=2)
    trusted, weighed = _adjoint(terms) * trust, _adjoint(x) * kernel
    outer = np.outer(constant, constant)
    gram = trusted @ terms
    held = [penalties[0], *(penalties[1] for _ in falls)]
    for b, penalty in enumerate(held):
        gram[:, b * c : (b + 1) * c, b * c : (b + 1) * c] += outer + penalty * np.eye(c)
    rest = np.arange(len(held) * c, terms.shape[2])
    gram[:, rest, rest] += penalties[2]
    # The surrogate's Shapley values: 2/(n − 1) Σ_s g(s) of each term, less the mean over players.
    centered = np.eye(c) - outer / n
    values = np.zeros((len(x), c, terms.shape[2]), x.dtype)
    for b, total in enumerate([n - 1.0, *(total for _, total in falls)]):
        values[:, :, b * c : (b + 1) * c] = 2 / (n - 1) * total * centered
    again = weighed @ x
    level = np.trace(again, axis1=1, axis2=2).real.mean() / c
    again += level * (outer / n + 1e-9 * np.eye(c))
    mend = _adjoint(np.linalg.solve(again, np.broadcast_to(centered, again.shape)))
    # Below, rows are Shapley values and then residuals: of the first fit, and mended by the second.
    first = np.concatenate([values, -terms[:, looked]], axis=1)
    second = np.concatenate([2 * mend, -x[:, looked] @ mend], axis=1)
    first = _adjoint(np.linalg.solve(gram, _adjoint(first - second @ (weighed @ terms))))
    found = first @ trusted + second @ weighed
    found[:, :c] -= outer / n @ found[:, :c]  # once more, now to the last digit
    found[:, c + np.arange(len(looked)), looked] += 1.0
    return found[:, :c], found[:, c:]


def _adjoint(stack: Stack) -> Stack:
    return np.conj(stack).swapaxes(1, 2)


def _fall(s: FloatArray | IntArray, n: int, power: int) -> FloatArray:
    """How an effect may fall with the size of the coalition, alike for a coalition and its complement."""
    return 1.0 / np.asarray(s, np.float64) ** power + 1.0 / (n - np.asarray(s, np.float64)) ** power
