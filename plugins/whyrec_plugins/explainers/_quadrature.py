"""Quadrature: integrals along a path, refined where they do not add up to what the value moved by."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from whyrec import BoolArray, FloatArray

NODES = 2
"""Gauss–Legendre nodes on a piece of the path: exact for rates of degree 3. Networks bend: pieces beat nodes."""

_CELLS = 4_000_000  # numbers held at once while slopes are asked for: 32 MB

Along = Callable[[FloatArray], tuple[FloatArray, FloatArray]]
"""From places (m,) on the path, 0 … 1, to values (m, K) and what each player adds to their rate (m, K, n)."""


@dataclass(frozen=True, eq=False)
class Integral:
    """What a path integral found.

    values (K, n); start, end (K,) the values at the ends; gap (K,) the larger of what their sum misses and the root of
    the sum of squares of what each piece misses, relative to |start| + |end| + Σ|values|; steps : places asked.
    """

    values: FloatArray
    start: FloatArray
    end: FloatArray
    gap: FloatArray
    steps: int


@dataclass(frozen=True, eq=False)
class _Pieces:
    """Pieces of a path: left ends and widths (p,), values at both ends (p, K), integrals (p, K, n)."""

    left: FloatArray
    width: FloatArray
    before: FloatArray
    after: FloatArray
    parts: FloatArray

    @property
    def missed(self) -> FloatArray:
        """(p, K) what the integrals over all players leave of the change of the value."""
        return np.asarray(self.after - self.before - self.parts.sum(axis=2))


def integrate(along: Along, *, held: int, steps: int, most: int, tolerance: float) -> Integral:
    """∫₀¹ of each player's rate, piece by piece; each piece knows its own error, as the value at its ends is known.

    The first pass asks about ``steps`` places. Pieces that miss more than their share of ``tolerance`` are halved until
    the gap is below it, or about ``most`` places were asked: so a network that bends at one place is looked at there.
    Misses that happen to cancel are not enough: their squares count too, as those of independent errors do.
    ``held`` : numbers that ``along`` holds for one place, which bounds how many are asked at once.
    """
    block = max(1, _CELLS // (NODES * max(1, held)))
    edges = np.linspace(0.0, 1.0, max(1, -(-steps // NODES)) + 1)
    ends = _values(along, edges, block)
    left, width = edges[:-1], np.diff(edges)
    pieces = _Pieces(left, width, ends[:-1], ends[1:], _integrals(along, left, width, block))
    asked = len(edges) + NODES * len(left)
    while True:
        values = pieces.parts.sum(axis=0)
        mass = np.abs(ends[0]) + np.abs(ends[-1]) + np.abs(values).sum(axis=1)
        missed = np.abs(pieces.missed)
        miss = np.maximum(np.abs(pieces.missed.sum(axis=0)), np.sqrt((missed**2).sum(axis=0)))
        gap = np.divide(miss, mass, out=np.where(miss > 0, np.inf, 0.0), where=mass > 0)
        wrong = gap > tolerance
        bad = (missed > tolerance * mass / np.sqrt(len(missed)))[:, wrong].any(axis=1)
        if not bad.any():  # many small misses of one sign
            bad = (missed > tolerance * mass / len(missed))[:, wrong].any(axis=1)
        more = (2 * NODES + 1) * int(bad.sum())
        if not wrong.any() or asked + more > most:
            return Integral(values, ends[0], ends[-1], gap, asked)
        pieces = _halved(along, pieces, bad, block)
        asked += more


def _halved(along: Along, pieces: _Pieces, bad: BoolArray, block: int) -> _Pieces:
    half = 0.5 * pieces.width[bad]
    middle = pieces.left[bad] + half
    between = _values(along, middle, block)
    left, width = np.concatenate([pieces.left[bad], middle]), np.concatenate([half, half])
    good = ~bad
    return _Pieces(
        np.concatenate([pieces.left[good], left]),
        np.concatenate([pieces.width[good], width]),
        np.concatenate([pieces.before[good], pieces.before[bad], between]),
        np.concatenate([pieces.after[good], between, pieces.after[bad]]),
        np.concatenate([pieces.parts[good], _integrals(along, left, width, block)]),
    )


def _values(along: Along, at: FloatArray, block: int) -> FloatArray:
    """(m, K) the values at the given places."""
    return np.concatenate([along(at[s : s + block])[0] for s in range(0, len(at), block)])


def _integrals(along: Along, left: FloatArray, width: FloatArray, block: int) -> FloatArray:
    """(p, K, n) over each piece, ``block`` pieces at once."""
    nodes, weights = np.polynomial.legendre.leggauss(NODES)
    out = []
    for start in range(0, len(left), block):
        piece = slice(start, start + block)
        at = left[piece, None] + 0.5 * width[piece, None] * (nodes + 1.0)
        rates = along(at.ravel())[1]
        summed = np.einsum("q,pqkn->pkn", weights, rates.reshape(*at.shape, *rates.shape[1:]))
        out.append(0.5 * width[piece, None, None] * summed)
    return np.concatenate(out)
