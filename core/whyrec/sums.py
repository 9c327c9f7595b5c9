"""SumScorer: a short cut of models that see a history only through sums over its items."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from whyrec.types import BoolArray, FloatArray


@dataclass(frozen=True, eq=False)
class SumScorer:
    """What ``masked_scorer`` may return (see :class:`whyrec.ScoresMasked`) if the score is a function of sums.

    Sums over a coalition and over its complement make up that over everybody, so that each is worth two; and the sums
    of many histories of the same length are one matrix product.

    Parameters
    ----------
    parts : (n_entries, d) what each entry adds to the sums while it is present as it is
    finish : from sums (m, d) to scores (m, K); sums of 0 are an empty history
    altered : from interests (m, n_entries) to scores (m, K), for interests that are neither whole nor absent
    """

    parts: FloatArray
    finish: Callable[[FloatArray], FloatArray]
    altered: Callable[[FloatArray], FloatArray]

    def __call__(self, interest: FloatArray) -> FloatArray:
        """Scores (m, K) for interests (m, n_entries)."""
        return self.altered(interest)

    def present(self, coalitions: BoolArray) -> FloatArray:
        """Scores (m, K) with the entries of each coalition (m, n_entries) present, and no others."""
        return self.finish(coalitions.astype(np.float64) @ self.parts)


def with_complements(seen: FloatArray, coalitions: BoolArray, parts: FloatArray) -> FloatArray:
    """(2m, d) sums of parts (n, d) over coalitions (m, n), which are ``seen`` (m, d), then over their complements."""
    others = parts.sum(axis=0) - seen
    likely = np.flatnonzero(coalitions[:, 0] & coalitions[:, -1]) if coalitions.shape[1] else np.arange(len(coalitions))
    others[likely[coalitions[likely].all(axis=1)]] = 0.0  # exactly, not up to rounding: nobody is there
    found: FloatArray = np.concatenate([seen, others])
    return found
