"""Moves: where an item would stand if one more player were removed, or added."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from whyrec import BoolArray, FloatArray, IntArray, ranks_of
from whyrec_plugins.explainers._field import Field

Pair = tuple[int, int]
"""A game of a field, and one of its items: their positions."""


@dataclass(frozen=True, eq=False)
class Moves:
    """What one move does to the item, from each of w states.

    Parameters
    ----------
    score, rank, margin : (w, n) after the move of each player; margin is the score less that of the candidate that is
        the K-th best other one *before* the move. Meaningless where not ``open``.
    open : (w, n) the players that can move: those present, or, for adding, those absent
    own_score, own_rank : (w,) before any move
    """

    score: FloatArray
    rank: IntArray
    margin: FloatArray
    open: BoolArray
    own_score: FloatArray
    own_rank: IntArray

    @classmethod
    def blank(cls, free: BoolArray) -> Moves:
        """To be filled, for moves (w, n) that are ``free``."""
        w = len(free)
        return cls(
            np.zeros(free.shape),
            np.ones(free.shape, np.int64),
            np.zeros(free.shape),
            free,
            np.zeros(w),
            np.ones(w, np.int64),
        )


class Mover:
    """All moves from given states, for items of the games of one field.

    k : which rival the margin is measured against; adding : moves add players, instead of removing them
    """

    def __init__(self, field: Field, k: int, *, adding: bool) -> None:
        self._field, self._k, self._adding = field, k, adding
        linear = field.unit is not None and field.games[0].players.kind == "history"
        self._rivals: dict[int, _Rivals] | None = {} if linear else None

    def __call__(
        self, pairs: Sequence[Pair], states: Sequence[BoolArray], tried: Sequence[BoolArray] | None = None
    ) -> list[Moves]:
        """``states[p]`` (w, n): who is present in each state of pair p; ``tried[p]`` (n,): who may move."""
        tried = tried or [np.ones(s.shape[1], bool) for s in states]
        if self._rivals is None:
            return self._asked(pairs, states, tried)
        found = []
        for (_, k), present, may in zip(pairs, states, tried, strict=True):
            if k not in self._rivals:
                self._rivals.clear()  # items come one after the other: only one is held
                self._rivals[k] = _Rivals.of(self._field, k)
            found.append(self._rivals[k].moves(present, may, self._k, adding=self._adding))
        return found

    def _asked(self, pairs: Sequence[Pair], states: Sequence[BoolArray], tried: Sequence[BoolArray]) -> list[Moves]:
        """By asking for each state (where it stands, and who its rival is), then for each of its moves.

        Items of one game that are in the same state share its coalitions.
        """
        sheets = [_Sheet() for _ in self._field.games]
        made = []
        for p, ((g, _), present, may) in enumerate(zip(pairs, states, tried, strict=True)):
            free = (~present if self._adding else present) & may
            made.append(Moves.blank(free))
            for state in range(len(present)):
                sheets[g].enter(p, state, present[state], free[state])
        asked = [sheet.coalitions(game.n_players) for sheet, game in zip(sheets, self._field.games, strict=True)]
        rival: dict[tuple[int, int], int] = {}
        for g, start, scores in self._field.scores(asked):
            told = sheets[g].between(start, start + len(scores))
            candidates = self._field.games[g].candidates
            for p in np.unique(told[:, 0]).tolist():
                item = int(self._field.games[g].items[pairs[p][1]])
                self._note(made[p], item, candidates, told[told[:, 0] == p], scores, start, rival)
        return made

    def _note(
        self,
        made: Moves,
        item: int,
        candidates: BoolArray,
        told: IntArray,
        scores: FloatArray,
        start: int,
        rival: dict[tuple[int, int], int],
    ) -> None:
        """Write one item's answers down: ``told`` rows are pair, state, player (−1: the state itself) and row asked."""
        p, rows = int(told[0, 0]), told[:, 3] - start
        mine = scores[rows]
        rank = ranks_of(mine, np.array([item]), candidates)[:, 0]
        for at in np.flatnonzero(told[:, 2] < 0):  # a state's own row comes before its moves
            state = int(told[at, 1])
            rival[p, state] = kth_rival(mine[at], candidates, item, self._k)
            made.own_score[state], made.own_rank[state] = mine[at, item], rank[at]
        against = np.array([rival[p, int(state)] for state in told[:, 1]])
        margin = mine[:, item] - np.where(against < 0, 0.0, mine[np.arange(len(mine)), np.maximum(against, 0)])
        moved = told[:, 2] >= 0
        place = (told[moved, 1], told[moved, 2])
        made.score[place], made.rank[place], made.margin[place] = mine[moved, item], rank[moved], margin[moved]


class _Sheet:
    """What is asked of one game: each state once, with its moves, and for which items."""

    def __init__(self) -> None:
        self._blocks: list[BoolArray] = []
        self._first: dict[bytes, int] = {}
        self._next = 0
        self._told: list[IntArray] = []

    def enter(self, p: int, state: int, present: BoolArray, free: BoolArray) -> None:
        """Ask for a state of pair p and its moves."""
        players = np.flatnonzero(free)
        name = present.tobytes() + free.tobytes()
        if name not in self._first:
            self._first[name] = self._next
            self._next += len(players) + 1
            block = np.repeat(present[None], len(players) + 1, axis=0)
            block[np.arange(1, len(players) + 1), players] ^= True
            self._blocks.append(block)
        told = np.full((len(players) + 1, 4), (p, state, -1, 0))
        told[1:, 2] = players
        told[:, 3] = self._first[name] + np.arange(len(told))
        self._told.append(told)

    def coalitions(self, n: int) -> BoolArray:
        """(m, n) all rows asked."""
        return np.concatenate(self._blocks) if self._blocks else np.zeros((0, n), bool)

    def between(self, start: int, end: int) -> IntArray:
        """(entries, 4) pair, state, player and row, of the rows in a range, in their order."""
        if len(self._told) > 1:
            every = np.concatenate(self._told)
            self._told = [every[np.argsort(every[:, 3], kind="stable")]]
        rows = self._told[0][:, 3]
        return self._told[0][np.searchsorted(rows, start) : np.searchsorted(rows, end)]


def kth_rival(scores: FloatArray, candidates: BoolArray, item: int, k: int) -> int:
    """The k-th best candidate other than ``item``, or the worst if there are fewer; −1 if there is none."""
    others = candidates.copy()
    others[item] = False
    places = np.flatnonzero(others)
    if not len(places):
        return -1
    nth = min(k, len(places)) - 1
    return int(places[np.argpartition(-scores[places], nth)[nth]])


@dataclass(frozen=True, eq=False)
class _Rivals:
    """An item of a linear model against every other candidate r.

    lead : (R,) the item's score less that of r with nobody present; gain : (n, R) what each player adds to it;
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
    def of(cls, field: Field, k: int) -> _Rivals:
        game = field.games[0]
        lead, gain, first = leads(field, k)
        item = int(game.items[k])
        share = game.history.interest.data * (field.unit[:, item] if field.unit is not None else 0.0)
        return cls(lead, gain, first, share, float(field.bias[item]), gain.min(axis=0), gain.max(axis=0))

    def moves(self, present: BoolArray, tried: BoolArray, k: int, *, adding: bool) -> Moves:
        w, n = present.shape
        sign = 1.0 if adding else -1.0
        rank, margin = np.zeros((w, n), np.int64), np.zeros((w, n))
        own_rank = np.zeros(w, np.int64)
        leads = self.lead + present.astype(np.float64) @ self.gain
        least, most = (self.low, self.high) if adding else (-self.high, -self.low)
        for state, lead in enumerate(leads):
            own_rank[state] = 1 + np.count_nonzero((lead < 0) | ((lead == 0) & self.first))
            above = lead + most < 0  # stays above, whatever moves
            near = np.flatnonzero(~above & (lead + least <= 0))
            after = lead[near] + sign * self.gain[:, near]
            passed = np.count_nonzero((after < 0) | ((after == 0) & self.first[near]), axis=1)
            rank[state] = 1 + np.count_nonzero(above) + passed
            if len(lead):
                nth = min(k, len(lead)) - 1
                rival = np.argpartition(lead, nth)[nth]
                margin[state] = lead[rival] + sign * self.gain[:, rival]
            else:
                margin[state] = self.bias + present[state] @ self.share + sign * self.share
        own = self.bias + present @ self.share
        return Moves(
            own[:, None] + sign * self.share, rank, margin, (~present if adding else present) & tried, own, own_rank
        )


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
