"""Shares: an item's degree of interest, split exactly among the interests that it belongs to."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array
from scipy.special import gammaln

from whyrec import Attribution, FloatArray, Game, Histories, Players, UnsupportedError

MOST_PLAYERS = 12
"""Above this number of players the coalitions of a nonlinear interest are not enumerated (2¹² = 4,096)."""


def interest_shares(history: Histories, players: Players) -> FloatArray:
    """(n_players, n_entries) the Shapley value of each item's interest, for players that hide its events.

    With coalition T present, an event of weight w is there if *all* its g players are, and the item's interest
    is u(T) = scale(Σ w over its events that are there). Three cases:

    - All events of the item have the same g players (an item and its genres). Then u is the interest if all g are
      present and scale(0) = 0 otherwise: a unanimity game. Its g players are interchangeable and all others are
      dummies, so that symmetry and efficiency leave 1/g of the interest to each.
    - The scale is linear. Then u is a sum of unanimity games, one an event: each gives w/g to its players.
    - Else (one item both bought and viewed, under a logarithm): the weighted mean over all 2ⁿ coalitions,
      φ_i = Σ_{T∌i} |T|!(n−|T|−1)!/n! · (u(T∪i) − u(T)).

    For a score that is linear in the interests, the values of the players are ``interest_shares @ W``, since the
    Shapley value is additive over games (Shapley 1953).

    Raises UnsupportedError in the third case for more than 12 players.
    """
    member = csr_array(players.membership)
    events = np.arange(history.n_events)
    entries = history.interest.nnz
    holds = csr_array((np.ones(len(events)), (events, history.entry_of_event)), shape=(len(events), entries))
    touched = (member @ holds).toarray()  # how many of an item's events each player holds
    if history.scale == "none":
        split = history.weights / np.maximum(1, np.asarray(member.sum(axis=0)))
        return np.asarray((member @ (holds.multiply(split[:, None]))).toarray())
    if bool(((touched < 0.5) | (touched > np.asarray(holds.sum(axis=0)) - 0.5)).all()):
        belongs = touched > 0.5
        return np.asarray(belongs * (history.interest.data / np.maximum(1, belongs.sum(axis=0))))
    return _enumerated(history, players)


def _enumerated(history: Histories, players: Players) -> FloatArray:
    n = len(players)
    if n > MOST_PLAYERS:
        raise UnsupportedError(
            f"{n} interests share items unevenly under the interest scale {history.scale!r}; "
            f"at most {MOST_PLAYERS} can be split exactly",
            hint="group by another column, or set the interest scale to 'none'",
        )
    present = (np.arange(2**n)[:, None] >> np.arange(n)) % 2 == 1
    worth = history.masked_interest(players.present(present))
    sizes = present.sum(axis=1)
    # φ is linear in u: coalition S counts (|S|−1)!(n−|S|)!/n! for its members, −|S|!(n−|S|−1)!/n! for the others.
    inside = np.exp(gammaln(np.maximum(sizes, 1)) + gammaln(n - sizes + 1) - gammaln(n + 1))
    outside = np.exp(gammaln(sizes + 1) + gammaln(np.maximum(n - sizes, 1)) - gammaln(n + 1))
    operator = np.where(present, inside[:, None], -outside[:, None])
    return np.asarray(operator.T @ worth)


def linear_split(game: Game) -> Attribution | None:
    """The Shapley values of a game on a model that is linear in the interests, in closed form; None on others."""
    if game.linear is None:
        return None
    W, base = game.linear
    if game.players.kind == "history":
        return Attribution((game.history.interest.data[:, None] * W).T, base)
    return Attribution((interest_shares(game.history, game.players) @ W).T, base)
