"""Scores of altered copies of one history under a planted function: a few matrix products."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from whyrec import FloatArray, IntArray, PlantedFunction, PlantedTerm, symmetric_polynomials


@dataclass(frozen=True, eq=False)
class MaskedTerm:
    """One term for one history.

    powers : (n_entries, d) for each k, what the history's own items carry, to the k-th
    wanted : (K, d)
    full : (n_entries,) the interests with everything there
    mean : whether the sum is divided by how many items there are
    counted : the number to divide by, where hidden items still count; else None
    filled : (d,) what a mean item carries, where it stands in for hidden ones; else None
    """

    powers: tuple[FloatArray, ...]
    wanted: FloatArray
    full: FloatArray
    mean: bool
    counted: int | None
    filled: FloatArray | None

    @classmethod
    def of(
        cls, term: PlantedTerm, own: IntArray, full: FloatArray, items: IntArray, removal: str, popularity: FloatArray
    ) -> MaskedTerm:
        """``popularity`` (n_items,) says what a mean item is made of."""
        return cls(
            powers=tuple(power[own] for power in term.powers),
            wanted=term.wanted[items],
            full=full,
            mean=term.mean,
            counted=None if removal == "drop" else max(1, int(np.count_nonzero(full))),
            filled=popularity @ term.carried if removal == "fill" else None,
        )

    def __call__(self, interest: FloatArray) -> FloatArray:
        """(m, n_entries) → (m, K)."""
        sums = [(interest**k if k > 1 else interest) @ power for k, power in enumerate(self.powers, 1)]
        if self.filled is not None:
            gone = self.full - interest
            sums = [own + (gone**k).sum(axis=1)[:, None] * self.filled**k for k, own in enumerate(sums, 1)]
        found = symmetric_polynomials(sums)[-1]
        if self.mean:
            present = np.maximum(1, np.count_nonzero(interest, axis=1))[:, None]
            found = found / (present if self.counted is None else self.counted)
        return found @ self.wanted.T


@dataclass(frozen=True, eq=False)
class MaskedFunction:
    """bias (K,) plus the terms."""

    bias: FloatArray
    terms: tuple[MaskedTerm, ...]

    @classmethod
    def of(
        cls,
        function: PlantedFunction,
        own: IntArray,
        full: FloatArray,
        items: IntArray,
        removal: str,
        popularity: FloatArray,
    ) -> MaskedFunction:
        """A history of items own (n_entries,) with interests full (n_entries,), asked about items (K,)."""
        terms = tuple(MaskedTerm.of(t, own, full, items, removal, popularity) for t in function.terms)
        return cls(function.bias[items], terms)

    def __call__(self, interest: FloatArray) -> FloatArray:
        found = np.tile(self.bias, (len(interest), 1))
        for term in self.terms:
            found += term(interest)
        return found
