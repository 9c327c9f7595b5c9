"""Gates: how far each item of a history is present while all players come in together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from whyrec import CSR, BoolArray, FloatArray, Histories, Players, UnsupportedError
from whyrec_plugins.explainers.shares import MOST_PLAYERS


@dataclass(frozen=True, eq=False)
class Gates:
    """The path from nobody to everybody on which every player's gate is the same number α.

    A player's gate is the chance that it is there, each independently of the others. An event is there if all its
    players are, which is the product of their gates, and the presence of an item is the expected share of its
    interest that is left: the multilinear extension of the game's own masks (Owen 1972). With every gate 0 or 1
    it is the mask. Along this path the Shapley values of a model that is linear in the interests are integrals of its
    slopes.

    Parameters
    ----------
    shares : (n_events,) what each event is of its item's presence; 0 in the items that ``tables`` holds
    depth : (n_events,) how many players an event has
    holds : (n_events, n_entries) and member (n_players, n_events), both of ones
    tables : for items whose interest is no sum over events, see :class:`_Tables`; None if there are none
    """

    shares: FloatArray
    depth: FloatArray
    holds: CSR
    member: CSR
    tables: _Tables | None

    @classmethod
    def of(cls, history: Histories, players: Players) -> Gates:
        """Raises UnsupportedError where more than 12 players share items unevenly under a scale that is not a sum."""
        member, n, entries = csr_array(players.membership), history.n_events, history.interest.nnz
        holds = csr_array((np.ones(n), (np.arange(n), history.entry_of_event)), shape=(n, entries))
        depth = np.asarray(member.sum(axis=0), np.float64).ravel()
        count = np.asarray(holds.sum(axis=0)).ravel()
        moved = np.abs(history.interest.data) > 0
        if history.scale == "none":  # an item's interest is the sum of its events' weights
            divided = moved[history.entry_of_event]
            total = np.where(moved, history.interest.data, 1.0)[history.entry_of_event]
            return cls(
                np.where(divided, history.weights / total, 1.0 / count[history.entry_of_event]),
                depth, holds, member, None,
            )  # fmt: skip
        touched = (member @ holds).toarray()
        uneven = moved & ((touched > 0.5) & (touched < count - 0.5)).any(axis=0)
        shares = np.where(uneven[history.entry_of_event], 0.0, 1.0 / count[history.entry_of_event])
        return cls(shares, depth, holds, member, _Tables.of(history, players, uneven) if uneven.any() else None)

    def presence(self, alphas: FloatArray) -> FloatArray:
        """(m, n_entries) where every gate is ``alphas`` (m,)."""
        found: FloatArray = (self.shares * alphas[:, None] ** self.depth) @ self.holds
        if self.tables is not None:
            found[:, self.tables.columns] = self.tables.presence(alphas)
        return found

    def pull(self, alphas: FloatArray, slopes: FloatArray) -> FloatArray:
        """Slopes (m, K, n_entries) by presence become slopes (m, K, n_players) by each player's own gate."""
        entry = np.asarray(self.holds.indices)
        weights = self.shares * alphas[:, None] ** np.maximum(self.depth - 1.0, 0.0)
        by_event = (slopes[:, :, entry] * weights[:, None, :]).reshape(-1, len(entry))
        found: FloatArray = (by_event @ self.member.T).reshape(*slopes.shape[:2], -1)
        if self.tables is not None:
            found += slopes[:, :, self.tables.columns] @ self.tables.moved(alphas).transpose(0, 2, 1)
        return found


@dataclass(frozen=True, eq=False)
class _Tables:
    """Items both bought and viewed, under a logarithm: their interest in every coalition, summed by its size.

    columns (n_entries,) which items; sums (n + 1, c) their relative interest over all coalitions of each size;
    steps (n_players, n, c) what a player adds to it, over all coalitions of each size without that player.
    """

    columns: BoolArray
    sums: FloatArray
    steps: FloatArray

    @classmethod
    def of(cls, history: Histories, players: Players, columns: BoolArray) -> _Tables:
        n = len(players)
        if n > MOST_PLAYERS:
            raise UnsupportedError(
                f"{n} interests share items unevenly under the interest scale {history.scale!r}; "
                f"at most {MOST_PLAYERS} can be followed on a path",
                hint="group by another column, or set the interest scale to 'none'",
            )
        present = (np.arange(2**n)[:, None] >> np.arange(n)) % 2 == 1
        worth = history.masked_interest(players.present(present))[:, columns] / history.interest.data[columns]
        by_size = (present.sum(axis=1) == np.arange(n + 1)[:, None]).astype(np.float64)
        sums = by_size @ worth
        inside = np.stack([(by_size * present[:, p]) @ worth for p in range(n)])
        return cls(columns, sums, inside[:, 1:] - (sums - inside)[:, :-1])

    def presence(self, alphas: FloatArray) -> FloatArray:
        return np.asarray(_chances(alphas, len(self.sums)) @ self.sums)

    def moved(self, alphas: FloatArray) -> FloatArray:
        """(m, n_players, c) the slope of each item's presence by each player's gate."""
        return np.asarray(np.einsum("ms,psc->mpc", _chances(alphas, self.steps.shape[1]), self.steps))


def _chances(alphas: FloatArray, sizes: int) -> FloatArray:
    """(m, sizes) the chance of one given coalition of each size among ``sizes − 1`` players."""
    s = np.arange(sizes)
    chances: FloatArray = alphas[:, None] ** s * (1.0 - alphas[:, None]) ** (sizes - 1 - s)
    return chances
