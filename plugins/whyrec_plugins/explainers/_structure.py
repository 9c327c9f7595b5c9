"""The items of a history inside its interests, also where interests overlap: a partition into memberships."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from scipy.sparse import csr_array

from whyrec import BoolArray, FloatArray, Game, Histories, IntArray, Players, history_players


@dataclass(frozen=True, eq=False)
class Structure:
    """Memberships of items in interests. An event counts while *all* memberships of its item that it rests on do.

    The memberships of one interest form a union, and the unions a partition, as Owen (1977) asks for. With whole
    unions present or absent, exactly those events are there that are there in the game of players ``interests``.

    Parameters
    ----------
    entry : (L,) the item of each membership, by its place in ``history.interest``
    union : (L,) its interest, 0 … m − 1; ascending
    rests : (U, L) bool: the memberships that each unit rests on. A unit is what comes and goes together: an item; for
        interests by behavior, an item's events of one behavior
    unit_events : (U, n_events) CSR of ones
    """

    entry: IntArray
    union: IntArray
    rests: BoolArray
    unit_events: Any
    n_unions: int

    @classmethod
    def of(cls, history: Histories, interests: Players) -> Structure:
        """The structure that players ``interests`` give to a single history."""
        m = len(interests)
        held: BoolArray = csr_array(interests.membership).toarray().T > 0.5  # (n_events, m)
        events = np.flatnonzero(held.any(axis=1))  # an event of no interest is always there
        kinds, unit = np.unique(
            np.column_stack([history.entry_of_event[events], held[events]]), axis=0, return_inverse=True
        )
        owner, on = kinds[:, 0].astype(np.int64), kinds[:, 1:] > 0
        pairs = np.unique(np.column_stack([np.nonzero(on)[1], owner[np.nonzero(on)[0]]]), axis=0)
        union, entry = pairs[:, 0].astype(np.int64), pairs[:, 1].astype(np.int64)
        return cls(
            entry,
            union,
            (owner[:, None] == entry) & on[:, union],
            csr_array((np.ones(len(events)), (unit.ravel(), events)), shape=(len(kinds), history.n_events)),
            m,
        )

    def game(self, of: Game) -> Game:
        """The same question, with the units as players."""
        units = len(self.rests)
        if units == of.history.interest.nnz and self.unit_events.nnz == of.history.n_events:  # they are its items
            players = history_players(of.history, of.model.data.catalog)
        else:
            names = tuple(str(u) for u in range(units))
            players = Players("interests", names, names, self.unit_events, np.arange(units), of.players.by)
        return Game(
            of.model,
            of.history,
            of.items,
            players,
            user_id=of.user_id,
            row=of.row,
            target=of.target,
            removal=of.removal,
        )

    def units(self, memberships: BoolArray) -> BoolArray:
        """(r, L) memberships → (r, U): the units that are there."""
        lacking: BoolArray = (~memberships).astype(np.float64) @ self.rests.T > 0.5
        return ~lacking

    @cached_property
    def sizes(self) -> IntArray:
        """(m,) memberships in each union."""
        return np.bincount(self.union, minlength=self.n_unions).astype(np.int64)

    @cached_property
    def first(self) -> IntArray:
        """(m,) where each union's memberships begin."""
        return np.concatenate([[0], np.cumsum(self.sizes)[:-1]]).astype(np.int64)

    def per_union(self, values: FloatArray) -> FloatArray:
        """(…, L, K) summed over each union → (…, m, K). Every union has a member."""
        summed: FloatArray = np.add.reduceat(values, self.first, axis=-2)
        return summed

    def per_entry(self, values: FloatArray, n_entries: int) -> FloatArray:
        """(…, L, K) summed over each item → (…, n_entries, K)."""
        place = csr_array((np.ones(len(self.entry)), (self.entry, np.arange(len(self.entry)))), dtype=np.float64)
        place.resize((n_entries, len(self.entry)))
        return np.stack([np.asarray(place @ v) for v in values]) if values.ndim == 3 else np.asarray(place @ values)
