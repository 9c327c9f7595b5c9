"""Planted functions: scores that a made world has written down, with their exact Shapley values in closed form."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import cast

import numpy as np

from whyrec.errors import DataError, UnsupportedError
from whyrec.histories import Histories
from whyrec.types import CSR, FloatArray, IntArray


def symmetric_polynomials(power_sums: Sequence[FloatArray]) -> list[FloatArray]:
    """The elementary symmetric polynomials e_0 … e_q from the power sums p_1 … p_q, by Newton's identities.

    e_2 is the sum of all products of two different numbers, e_3 of three, and so on.
    """
    found = [np.ones_like(power_sums[0])]
    for q in range(1, len(power_sums) + 1):
        signed = sum((-1) ** (k - 1) * found[q - k] * power_sums[k - 1] for k in range(1, q + 1))
        found.append(np.asarray(signed / q, np.float64))
    return found


@dataclass(frozen=True, eq=False)
class PlantedTerm:
    """One part of a planted function, in d factors.

    With a_jf = interest in item j × ``carried[j, f]``, item i gets Σ_f ``wanted[i, f]`` · g_f, where g_f is

    - ``order`` 1: Σ_j a_jf; items add up
    - ``order`` q > 1: the sum over all sets of q different items of the product of their a_jf, as in a factorization
      machine (Rendle 2010, *Factorization Machines*; Blondel et al. 2016, *Higher-Order Factorization Machines*)
    - ``mean``: Σ_j a_jf / n, n the number of items whose interest is not 0; 0 for none. Only with order 1

    carried, wanted : (n_items, d) float64
    """

    carried: FloatArray
    wanted: FloatArray
    order: int = 1
    mean: bool = False

    def __post_init__(self) -> None:
        if self.carried.ndim != 2 or self.carried.shape != self.wanted.shape:
            raise DataError(
                f"planted term: carried {self.carried.shape} and wanted {self.wanted.shape} must both be (n_items, d)"
            )
        if self.order < 1 or (self.mean and self.order != 1):
            raise DataError(
                f"planted term: order {self.order} with mean={self.mean}; a mean has order 1, others from 1"
            )

    @cached_property
    def powers(self) -> tuple[FloatArray, ...]:
        """(n_items, d) for each k = 1 … order: ``carried`` to the k-th."""
        return tuple(self.carried**k for k in range(1, self.order + 1))

    def scores(self, interest: CSR, items: IntArray) -> FloatArray:
        """(rows, K) what the term adds to the scores of items (K,), from interests (rows, n_items)."""
        found = symmetric_polynomials(self._power_sums(interest))[-1]
        if self.mean:
            found = found / np.maximum(1, (interest != 0).sum(axis=1))[:, None]
        return found @ self.wanted[items].T

    def split(self, interest: CSR, items: IntArray) -> FloatArray:
        """(nnz, K) the term's own split over each history, aligned with ``interest.data``; it sums to ``scores``.

        A product of q items is shared equally among them; each item of a mean gets its own summand.
        """
        lengths = np.diff(interest.indptr)
        carried = interest.data[:, None] * self.carried[interest.indices]
        if self.mean:
            share = carried / np.repeat(np.maximum(1, (interest != 0).sum(axis=1)), lengths)[:, None]
            return cast(FloatArray, share @ self.wanted[items].T)
        # The products of q − 1 items that leave out item j: e_k without j is e_k − a_j · (e_(k−1) without j).
        without = np.ones_like(carried)
        for whole in symmetric_polynomials(self._power_sums(interest))[1 : self.order]:
            without = np.repeat(whole, lengths, axis=0) - carried * without
        return cast(FloatArray, (carried * without / self.order) @ self.wanted[items].T)

    def shapley_values(self, interest: CSR, items: IntArray) -> FloatArray:
        """(n_entries, K) for the one history (1, n_items). See :class:`PlantedFunction`."""
        split = self.split(interest, items)
        there = np.abs(interest.data) > 0
        n = int(there.sum())
        if not self.mean or n < 2:
            return split
        effects, harmonic = split * n, float((1.0 / np.arange(1, n + 1)).sum())
        others = effects.sum(axis=0) - effects
        values = effects * harmonic / n + others * (1.0 - harmonic) / (n * (n - 1))
        return cast(FloatArray, values * there[:, None])

    def _power_sums(self, interest: CSR) -> list[FloatArray]:
        """(rows, d) for each k = 1 … order."""
        return [np.asarray(interest.power(k) @ power) for k, power in enumerate(self.powers, 1)]


@dataclass(frozen=True, eq=False)
class PlantedFunction:
    """What a made world really scores by: ``bias`` (n_items,) plus the sum of its terms.

    Shapley values of the players ``history`` under the target ``score`` and the removal rule ``drop`` are known for
    each term, and they add up over terms (Shapley 1953):

    - a product of q items counts only while all q are there (a unanimity game), so each gets 1/q of it
    - the mean of n effects b gives φ_j = b_j H_n / n + (Σ_{l≠j} b_l)(1 − H_n) / (n (n − 1)), H_n = 1 + 1/2 + … + 1/n
    """

    bias: FloatArray
    terms: tuple[PlantedTerm, ...] = field(default=())

    def __post_init__(self) -> None:
        for term in self.terms:
            if self.bias.ndim != 1 or len(term.carried) != len(self.bias):
                raise DataError(f"planted function: bias {self.bias.shape} and a term of {len(term.carried)} items")

    @property
    def n_items(self) -> int:
        return len(self.bias)

    @property
    def linear(self) -> bool:
        """Whether scores are linear in the interests."""
        return all(term.order == 1 and not term.mean for term in self.terms)

    def scores(self, histories: Histories, items: IntArray | None = None) -> FloatArray:
        """(rows, K) scores of the given items (K,), or of all."""
        wanted = np.arange(self.n_items) if items is None else items
        found = np.tile(self.bias[wanted], (len(histories), 1))
        for term in self.terms:
            found += term.scores(histories.interest, wanted)
        return found

    def shapley_values(self, history: Histories, items: IntArray) -> FloatArray:
        """(n_entries, K) exact, for a single history, aligned with ``history.interest.indices``."""
        if len(history) != 1:
            raise UnsupportedError(f"shapley_values() explains one history at a time; {len(history)} were given")
        found = np.zeros((history.interest.nnz, len(items)))
        for term in self.terms:
            found += term.shapley_values(history.interest, items)
        return found
