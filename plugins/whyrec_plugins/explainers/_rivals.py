"""Rivals on a linear model: an item's lead over every other candidate, and what each player adds to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from whyrec import BoolArray, FloatArray
from whyrec_plugins.explainers._field import Field
from whyrec_plugins.explainers._moved import Moves


@dataclass(frozen=True, eq=False)
class LinearRivals:
    """An item of a linear model against every other candidate r.

    lead : (R,) the item's score less that of r with nobody present; gain : (R, n) what each player adds to it;
    first : (R,) whether r wins a tie; share : (n,) what each player adds to the item's score, and ``bias``
    low, high : (R,) the least and the largest of ``gain``: a move cannot pass rivals that are further away
    """

    lead: FloatArray
    gain: FloatArray
    first: BoolArray
    share: FloatArray
    bias: float
    low: FloatArray
    high: FloatArray

    @classmethod
    def of(cls, field: Field, k: int, *, alone: bool = False) -> Self:
        """``alone``: against nobody, where only the item's own score is wanted."""
        game = field.games[0]
        item = int(game.items[k])
        n = len(game.history.interest.data)
        lead, gain, first = (np.zeros(0), np.zeros((n, 0)), np.zeros(0, bool)) if alone else leads(field, k)
        share = game.history.interest.data * (field.unit[:, item] if field.unit is not None else 0.0)
        return cls(
            lead,
            np.ascontiguousarray(gain.T),
            first,
            share,
            float(field.bias[item]),
            gain.min(axis=0),
            gain.max(axis=0),
        )

    def moves(self, present: BoolArray, tried: BoolArray, k: int, *, adding: bool) -> Moves:
        w, n = present.shape
        sign = 1.0 if adding else -1.0
        rank, margin = np.ones((w, n), np.int64), np.zeros((w, n))
        own_rank = np.zeros(w, np.int64)
        leads = self.lead + present.astype(np.float64) @ self.gain.T
        free = (~present if adding else present) & tried
        least, most = (self.low, self.high) if adding else (-self.high, -self.low)
        for state, lead in enumerate(leads):
            own_rank[state] = 1 + np.count_nonzero((lead < 0) | ((lead == 0) & self.first))
            above = lead + most < 0  # stays above, whatever moves
            near = np.flatnonzero(~above & (lead + least <= 0))
            movers = np.flatnonzero(free[state])
            after = lead[near, None] + sign * self.gain[near[:, None], movers]
            passed = np.count_nonzero((after < 0) | ((after == 0) & self.first[near, None]), axis=0)
            rank[state, movers] = 1 + np.count_nonzero(above) + passed
            if len(lead):
                nth = min(k, len(lead)) - 1
                rival = np.argpartition(lead, nth)[nth]
                margin[state] = lead[rival] + sign * self.gain[rival]
            else:
                margin[state] = self.bias + present[state] @ self.share + sign * self.share
        own = self.bias + present @ self.share
        return Moves(own[:, None] + sign * self.share, rank, margin, free, own, own_rank)


def leads(field: Field, k: int) -> tuple[FloatArray, FloatArray, BoolArray]:
    """Item k against all R other candidates on a linear model with players ``history``.

    Returns the item's lead over each with nobody present (R,), what each player adds to it (n, R), and whether the
    rival wins a tie (R,).
    """
    game = field.games[0]
    if field.unit is None:
        raise TypeError("only a linear field has leads")
    item = int(game.items[k])
    others = game.candidates.copy()
    others[item] = False
    places = np.flatnonzero(others)
    x = game.history.interest.data[:, None]
    gain = x * (field.unit[:, [item]] - field.unit[:, places])
    return field.bias[item] - field.bias[places], gain, places < item
