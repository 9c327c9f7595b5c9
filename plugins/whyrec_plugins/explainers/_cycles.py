"""Players in cycles, so that a coalition can be turned, and sums over its turns are Fourier transforms."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from whyrec import BoolArray, FloatArray, IntArray

FEWEST = 8, 24  # cycles of players, and families of coalitions, that are left when they turn


def turns(n: int, p: int) -> int:
    """How many turns families of n players have, if p pairs are drawn: 1, 6, 12, 24, …, so that enough are left."""
    found, more = 1, 6
    while n >= FEWEST[0] * more and p >= FEWEST[1] * more:
        found, more = more, 2 * more
    return found


@dataclass(frozen=True, eq=False)
class Cycles:
    """n players in cycles of m, and what is left over in a few shorter ones, whose lengths divide m.

    Parameters
    ----------
    turns : m
    players : (n,) cycle after cycle
    lengths : (c,) of the cycles
    """

    turns: int
    players: IntArray
    lengths: IntArray

    @classmethod
    def of(cls, n: int, m: int, players: IntArray) -> Cycles:
        """Of n players in the given order."""
        lengths = [m] * (n // m)
        left = n % m
        for length in range(m - 1, 0, -1):
            while m % length == 0 and left >= length:
                lengths.append(length)
                left -= length
        return cls(m, players, np.array(lengths))

    @cached_property
    def place(self) -> IntArray:
        """(c, m) the place in ``players`` where each cycle's first member stands after each turn."""
        start = np.cumsum(self.lengths) - self.lengths
        found: IntArray = start[:, None] + np.arange(self.turns) % self.lengths[:, None]
        return found

    @cached_property
    def _sources(self) -> IntArray:
        """(m, n) which player's part each player has after each turn."""
        start = np.repeat(np.cumsum(self.lengths) - self.lengths, self.lengths)
        length = np.repeat(self.lengths, self.lengths)
        step = np.arange(len(start)) - start
        found = np.empty((self.turns, len(start)), np.int64)
        found[:, self.players] = self.players[start + (step - np.arange(self.turns)[:, None]) % length]
        return found

    def turned(self, coalitions: BoolArray) -> BoolArray:
        """(f, n) → (f, m, n): each coalition after 0 … m − 1 turns."""
        found: BoolArray = coalitions[:, self._sources]
        return found

    @cached_property
    def scale(self) -> FloatArray:
        """(c,) √(length / m): a shorter cycle is written as one of m that repeats, and must count once all the same."""
        found: FloatArray = np.sqrt(self.lengths / self.turns)
        return found

    @cached_property
    def _seat(self) -> IntArray:
        """(n,) where each player is in (c, m) flattened."""
        found = np.empty(len(self.players), np.int64)
        found[self.players[self.place].ravel()] = np.arange(self.place.size)  # of repeats any will do
        return found

    def spectra(self, values: FloatArray) -> NDArray[Any]:
        """(f, n) of families' first members → (frequencies, f, c), which map spectra of players to those of turns."""
        cyclic = values[:, self.players[self.place]]
        found: NDArray[Any] = np.conj(spectrum(cyclic, 2)).transpose(2, 0, 1) * self.scale
        return found

    def summing(self, values: FloatArray) -> NDArray[Any]:
        """(f, n) → (frequencies, f, c) with which :meth:`summed` sums players' parts over all turns of each row."""
        return self.spectra(values) * self.scale

    def summed(self, summing: NDArray[Any], parts: FloatArray) -> FloatArray:
        """(f, m, d) sums of players' parts (n, d), by as many Fourier transforms as there are cycles and rows."""
        return unspectrum(summing @ stacked(spectrum(parts[self.players[self.place]], 1)), self.turns)

    def players_of(self, turned: FloatArray) -> FloatArray:
        """(c, m, K), of shorter cycles what repeats → (n, K)."""
        return turned.reshape(-1, turned.shape[2])[self._seat]


def spectrum(values: NDArray[Any], axis: int) -> NDArray[Any]:
    """Fourier transform of real numbers along an axis; one number is its own, and stays real."""
    return values if values.shape[axis] == 1 else np.fft.rfft(values, axis=axis)


def unspectrum(spectra: NDArray[Any], m: int) -> NDArray[Any]:
    """(frequencies, a, b) → (a, m, b) real."""
    turned = spectra.transpose(1, 0, 2)
    return turned if m == 1 else np.fft.irfft(turned, m, axis=1)


def stacked(spectra: NDArray[Any]) -> NDArray[Any]:
    """(a, frequencies, b) → (frequencies, a, b)."""
    return spectra.transpose(1, 0, 2)


def both_ways(m: int) -> FloatArray:
    """(frequencies,) how many each stands for in a transform of m real numbers: 2 but for the first and middle."""
    found = np.full(m // 2 + 1, 2.0)
    found[0] = 1.0
    if m % 2 == 0:
        found[-1] = 1.0
    return found
