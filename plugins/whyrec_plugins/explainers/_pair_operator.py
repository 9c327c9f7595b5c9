"""From the values of paired coalitions to Shapley values: one operator for each number of players, whoever plays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from whyrec import BoolArray, FloatArray, IntArray
from whyrec_plugins.explainers._cycles import Cycles, spectrum, stacked, unspectrum
from whyrec_plugins.explainers._pairs import Pairs
from whyrec_plugins.explainers._surrogate import Surrogate

Stack: TypeAlias = NDArray[Any]
"""One matrix for each frequency: real for the first, complex for others."""

LOOKED = 192
"""Coalitions whose residuals standard errors look at, about; but at least ``FAMILIES`` families."""
FAMILIES = 96


@dataclass(frozen=True, eq=False)
class PairOperator:
    """φ = (v(N) − v(∅)) / n + a linear map of o, where o (p, K) is half of v(S) − v(N∖S) over the pairs.

    Shapley values depend on a game only through o, since each coalition and its complement enter them with
    opposite signs. They are those of a surrogate that is fitted to o, and of what it leaves: see ``Surrogate``. All
    this is linear in o, and turning the coalitions of a family turns its players, so that one small matrix for each
    frequency of the turns does it (a single one if there are no turns).

    Standard errors come from the residuals of the fit, grown by their leverage, see ``Surrogate.residual``. They are
    looked at on r families, evenly over the sizes, that stand for all that were sampled; sizes whose coalitions are
    all there leave nothing to chance.

    Parameters
    ----------
    coalitions : (p, n) one of each pair
    cycles, rows : as in ``Pairs``
    maps : (frequencies, c + r, families) to Shapley values, then to residuals
    squares : (frequencies, c, r) of the squares of the first c
    summing : (frequencies, families, c) for :meth:`sums`
    judged : whether there are pairs enough to tell errors
    """

    coalitions: BoolArray
    cycles: Cycles
    rows: IntArray
    maps: Stack
    squares: Stack
    summing: Stack
    judged: bool

    @property
    def nbytes(self) -> int:
        """Memory held."""
        return self.coalitions.nbytes + self.rows.nbytes + self.maps.nbytes + self.squares.nbytes + self.summing.nbytes

    @classmethod
    def of(cls, pairs: Pairs, *, sized: bool = True) -> PairOperator:
        """The operator of some pairs; without the terms that depend on the size unless ``sized``."""
        m = pairs.cycles.turns
        sampled = np.flatnonzero(pairs.sampled[pairs.rows[:, 0]])
        looked = sampled[:: max(1, round(len(sampled) / max(FAMILIES, LOOKED / m)))]
        made = Surrogate.of(pairs, looked, sized=sized)
        # A shorter cycle is written as one of all turns, which repeats.
        apply = made.apply / pairs.cycles.scale[:, None]
        reach = unspectrum(apply[:, :, looked], m) ** 2 * (len(sampled) / max(1, len(looked)))
        maps = np.concatenate([apply, made.residual], axis=1)
        squares = stacked(spectrum(reach, 1))
        summing = pairs.cycles.summing(pairs.coalitions[pairs.rows[:, 0]].astype(np.float64))
        return cls(pairs.coalitions, pairs.cycles, pairs.rows, maps, squares, summing, pairs.enough)

    def sums(self, parts: FloatArray) -> FloatArray:
        """``coalitions @ parts`` (p, d), for parts (n, d)."""
        found = np.empty((len(self.coalitions), parts.shape[1]))
        found[self.rows] = self.cycles.summed(self.summing, parts)
        return found

    def __call__(
        self, values: FloatArray, moved: FloatArray, *, errors: bool = True
    ) -> tuple[FloatArray, FloatArray | None]:
        """Shapley values and standard errors, (n, K) each; None for errors not asked for, or beyond telling.

        From v of ``coalitions``, then of their complements, (2p, K), and v(N) − v(∅) (K,).
        """
        half, c = len(values) // 2, self.squares.shape[1]
        odd = (values[:half] - values[half:]) / 2
        errors = errors and self.judged
        seen = stacked(spectrum(odd[self.rows], 1))
        turned = unspectrum((self.maps if errors else self.maps[:, :c]) @ seen, self.cycles.turns)
        found = self.cycles.players_of(turned[:c])
        found += moved / len(found)
        if not errors:
            return found, None
        variance = unspectrum(self.squares @ stacked(spectrum(turned[c:] ** 2, 1)), self.cycles.turns)
        return found, np.sqrt(np.maximum(self.cycles.players_of(variance), 0.0))
