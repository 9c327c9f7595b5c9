"""All coalitions of a few players, and the Shapley values that they give exactly."""

from __future__ import annotations

from math import factorial

import numpy as np

from whyrec import BoolArray, FloatArray


def every_coalition(n: int) -> BoolArray:
    """(2ⁿ, n): row r holds the bits of r; the first is empty, the last full."""
    found: BoolArray = (np.arange(1 << n)[:, None] >> np.arange(n)) & 1 == 1
    return found


def shapley_operator(n: int) -> FloatArray:
    """(n, 2ⁿ): φ = operator @ v(every_coalition(n)) (Shapley 1953).

    A coalition of s players counts (s − 1)! (n − s)! / n! for its members, and − s! (n − s − 1)! / n! for the others.
    """
    coalitions = every_coalition(n)
    sizes = coalitions.sum(axis=1)
    inside = np.array([factorial(s - 1) * factorial(n - s) / factorial(n) if s else 0.0 for s in range(n + 1)])
    outside = np.array([factorial(s) * factorial(n - s - 1) / factorial(n) if s < n else 0.0 for s in range(n + 1)])
    operator: FloatArray = np.where(coalitions.T, inside[sizes], -outside[sizes])
    return operator
