"""From the values of paired coalitions to Shapley values: one operator for each number of players, whoever plays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from whyrec import BoolArray, FloatArray, IntArray
from whyrec_plugins.explainers._cycles import Cycles, both_ways, spectrum, stacked, unspectrum
from whyrec_plugins.explainers._pairs import Pairs
from whyrec_plugins.explainers._surrogate import Surrogate

Stack: TypeAlias = NDArray[Any]
"""One matrix for each frequency: real for the first, complex for others."""

LOOKED = 192, 96
"""Coalitions whose residuals standard errors look at, about; but at least so many families."""
COMPARED = 64, 12
"""The same for the choice of a surrogate."""

ROUNDED = 1e-9
"""No standard error is less than this part of an item's values (as a root mean square): rounding, and the smallest
penalty of a surrogate, move as much."""


@dataclass(frozen=True, eq=False)
class PairOperator:
    """φ = (v(N) − v(∅)) / n + a linear map of o, where o (p, K) is half of v(S) − v(N∖S) over the pairs.

    Shapley values depend on a game only through o, since each coalition and its complement enter them with
    opposite signs. They are those of a surrogate that is fitted to o, and of what it leaves: see ``Surrogate``. All
    this is linear in o, and turning the coalitions of a family turns its players, so that one small matrix for each
    frequency of the turns does it (a single one if there are no turns).

    There are two surrogates, with and without terms that depend on the size of the coalition, since terms that a game
    does not need cost accuracy. Each item takes the one whose estimated variance is less, summed over players.

    Standard errors come from the residuals of the fit, grown by their leverage. They are looked at on r families,
    evenly over the sizes, that stand for all that were sampled; sizes whose coalitions are all there leave nothing to
    chance.

    Parameters
    ----------
    coalitions : (p, n) one of each pair
    cycles, rows : as in ``Pairs``
    apply : for each surrogate (frequencies, c, families) to Shapley values
    residual : for each surrogate (frequencies, r, families)
    squares : for each surrogate (frequencies, c, r) of the squares of ``apply``
    compared : (frequencies, surrogates × q, families) to the residuals of q families for each
    totals : (frequencies, surrogates × q, 1) from their squares to the variance summed over players
    summing : (frequencies, families, c) for :meth:`sums`
    judged : whether there are pairs enough to tell errors
    """

    coalitions: BoolArray
    cycles: Cycles
    rows: IntArray
    apply: tuple[Stack, ...]
    residual: tuple[Stack, ...]
    squares: tuple[Stack, ...]
    compared: Stack
    totals: Stack
    summing: Stack
    judged: bool

    @property
    def nbytes(self) -> int:
        """Memory held."""
        held = (self.coalitions, self.rows, self.compared, self.summing, *self.apply, *self.residual, *self.squares)
        return sum(array.nbytes for array in held)

    @classmethod
    def of(cls, pairs: Pairs, *, sized: bool = True) -> PairOperator:
        """The operator of some pairs; with the plain surrogate alone unless ``sized``."""
        cycles, m = pairs.cycles, pairs.cycles.turns
        sampled = np.flatnonzero(pairs.sampled[pairs.rows[:, 0]])
        looked = _some(sampled, m, LOOKED)
        compared = np.searchsorted(looked, _some(looked, m, COMPARED))
        twice = both_ways(m)[:, None, None] / m
        applies, residuals, squares, totals = [], [], [], []
        for kind in (True, False) if sized and pairs.enough else (sized,):
            made = Surrogate.of(pairs, looked, sized=kind)
            apply = made.apply / cycles.scale[:, None]  # a shorter cycle is written as one of all turns, which repeats
            reach = unspectrum(apply[:, :, looked], m) ** 2 * (len(sampled) / max(1, len(looked)))
            applies.append(apply)
            residuals.append(made.residual)
            squares.append(stacked(spectrum(reach, 1)))
            totals.append(twice * (cycles.scale**2 @ reach.sum(axis=1))[compared, None])
        summing = cycles.summing(pairs.coalitions[pairs.rows[:, 0]].astype(np.float64))
        return cls(
            pairs.coalitions,
            cycles,
            pairs.rows,
            tuple(applies),
            tuple(residuals),
            tuple(squares),
            np.concatenate([residual[:, compared] for residual in residuals], axis=1),
            np.concatenate(totals, axis=1),
            summing,
            pairs.enough,
        )

    def sums(self, parts: FloatArray) -> FloatArray:
        """``coalitions @ parts`` (p, d), for parts (n, d)."""
        found = np.empty((len(self.coalitions), parts.shape[1]))
        found[self.rows] = self.cycles.summed(self.summing, parts)
        return found

    def __call__(
        self, odd: FloatArray, moved: FloatArray, *, errors: bool = True
    ) -> tuple[FloatArray, FloatArray | None]:
        """Shapley values and standard errors, (n, K) each; None for errors not asked for, or beyond telling.

        From o of ``coalitions`` (p, K) and v(N) − v(∅) (K,).
        """
        seen = stacked(spectrum(odd[self.rows], 1))
        errors = errors and self.judged
        found = np.empty((self.coalitions.shape[1], len(moved)))
        spread = np.empty_like(found) if errors else None
        chosen = self._chosen(seen)
        for which in range(len(self.apply)):
            own = np.flatnonzero(chosen == which)
            if len(own) == 0:
                continue
            part = seen if len(own) == len(moved) else seen[:, :, own]
            found[:, own] = self._players(self.apply[which] @ part)
            if spread is not None:
                left = unspectrum(self.residual[which] @ part, self.cycles.turns)
                variance = self._players(self._variances(self.squares[which], left))
                spread[:, own] = np.sqrt(np.maximum(variance, ROUNDED**2 * np.mean(found[:, own] ** 2, axis=0)))
        found += moved / len(found)
        return found, spread

    def _variances(self, squares: Stack, left: FloatArray) -> Stack:
        """(frequencies, c, K) of the variances of players, from residuals (r, m, K).

        A player in a cycle of fewer than m is met again and again by turns of one family, with residuals that go
        together: they are added up before they are squared (clustered, as of Liang and Zeger 1986).
        """
        found: Stack = squares @ stacked(spectrum(left * left, 1))
        r, m, k = left.shape
        for length in np.unique(self.cycles.lengths[self.cycles.lengths < m]):
            own = np.flatnonzero(self.cycles.lengths == length)
            met = left.reshape(r, m // length, length, k).sum(axis=1)
            again = np.tile(met * met * (length / m), (1, m // length, 1))
            found[:, own] = squares[:, own] @ stacked(spectrum(again, 1))
        return found

    def _players(self, spectra: Stack) -> FloatArray:
        return self.cycles.players_of(unspectrum(spectra, self.cycles.turns))

    def _chosen(self, seen: Stack) -> IntArray:
        """(K,) which surrogate leaves each item the least variance."""
        if len(self.apply) == 1:
            return np.zeros(seen.shape[2], np.int64)
        left = self.compared @ seen
        power = self.totals * (left.real**2 + left.imag**2)
        variance = power.sum(axis=0).reshape(len(self.apply), -1, seen.shape[2]).sum(axis=1)
        found: IntArray = np.argmin(variance, axis=0)
        return found


def _some(families: IntArray, m: int, wanted: tuple[int, int]) -> IntArray:
    """Some of the families, evenly over the sizes: enough coalitions, and enough families."""
    coalitions, fewest = wanted
    return families[:: max(1, round(len(families) / max(fewest, coalitions / m)))]
