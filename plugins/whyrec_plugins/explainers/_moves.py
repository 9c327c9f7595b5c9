"""Moves: where an item would stand if one more player were removed, or added."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from whyrec import BoolArray, FloatArray, IntArray, ranks_of
from whyrec_plugins.explainers._field import Field
from whyrec_plugins.explainers._moved import Moves, Pair, kth_rival
from whyrec_plugins.explainers._near_rivals import NearRivals
from whyrec_plugins.explainers._rivals import LinearRivals


class Mover:
    """All moves from given states, for items of the games of one field.

    k : which rival the margin is measured against; adding : moves add players, instead of removing them
    alone : only the item's score is wanted: ranks are 1, and the margin is the score
    """

    def __init__(self, field: Field, k: int, *, adding: bool, alone: bool = False) -> None:
        self._field, self._k, self._adding, self._alone = field, k, adding, alone
        linear = field.unit is not None and field.games[0].players.kind == "history"
        self._rivals: dict[int, LinearRivals] | None = {} if linear else None
        self._near = None if linear or not field.shortcut else NearRivals(field, k, adding=adding, alone=alone)

    def __call__(
        self, pairs: Sequence[Pair], states: Sequence[BoolArray], tried: Sequence[BoolArray] | None = None
    ) -> list[Moves]:
        """``states[p]`` (w, n): who is present in each state of pair p; ``tried[p]`` (n,): who may move."""
        tried = tried or [np.ones(s.shape[1], bool) for s in states]
        if self._near is not None:
            return self._near(pairs, states, tried)
        if self._rivals is None:
            return self._asked(pairs, states, tried)
        found = []
        for (_, k), present, may in zip(pairs, states, tried, strict=True):
            if k not in self._rivals:
                self._rivals.clear()  # items come one after the other: only one is held
                self._rivals[k] = LinearRivals.of(self._field, k, alone=self._alone)
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
        if self._alone:
            for g, scores in enumerate(self._field.own(asked)):
                for p, state, player, row in sheets[g].between(0, len(scores)).tolist():
                    made[p].note_score(state, player, scores[row, pairs[p][1]])
            return made
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
        if len(self._told) != 1:
            every = np.concatenate([*self._told, np.zeros((0, 4), np.int64)])
            self._told = [every[np.argsort(every[:, 3], kind="stable")]]
        rows = self._told[0][:, 3]
        return self._told[0][np.searchsorted(rows, start) : np.searchsorted(rows, end)]
