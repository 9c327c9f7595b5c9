"""Moves on a model with a short cut for masked histories: against all rivals at first, then against those in reach."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from whyrec import BoolArray, FloatArray, IntArray
from whyrec_plugins.explainers._field import Field
from whyrec_plugins.explainers._moved import Moves, Pair, kth_rival

REACH = 1.5
"""How much more than the most seen so far a move may change a lead, for the rival to be left out."""

_CELLS = 2_000_000  # scores held at once: 16 MB
_FEW = 100_000  # scores that are not worth sparing


@dataclass(eq=False)
class _Item:
    """An item, its rivals, and the most that a move was seen to change its lead over each, times those present."""

    item: int
    places: IntArray
    first: BoolArray
    candidates: BoolArray
    reach: FloatArray | None = None

    @classmethod
    def of(cls, item: int, candidates: BoolArray) -> _Item:
        others = candidates.copy()
        others[item] = False
        places = np.flatnonzero(others)
        return cls(item, places, places < item, candidates)

    def near(self, lead: FloatArray, present: int, moves: int) -> IntArray:
        """The rivals (positions in ``places``) that one of some moves from here may pass."""
        if self.reach is None or moves * len(self.places) <= _FEW:
            return np.arange(len(self.places))
        return np.flatnonzero(np.abs(lead) * present <= REACH * self.reach)

    def learn(self, near: IntArray, change: FloatArray, present: int) -> None:
        if self.reach is None:
            self.reach = change * present
        else:
            self.reach[near] = np.maximum(self.reach[near], change * present)


@dataclass(eq=False)
class _State:
    """Who is present, who may move, and for which pairs (and which of their states) this is asked."""

    present: BoolArray
    free: BoolArray
    asked_by: list[tuple[int, int]] = field(default_factory=list)


class NearRivals:
    """All moves from given states, for items of a single game.

    The first removals are looked at in the whole catalog. They show how much one changes the item's lead over each
    rival; a player among many weighs less than one among few, so that this grows as players leave. From then on, a
    rival further away than ``REACH`` times as much is taken to stay where it is, unless moves are few. Where the item
    stands before each move is always looked up in the whole catalog; so is everything when players are added.

    alone : only the item's score is wanted: nothing else is scored, ranks are 1, and the margin is the score
    """

    def __init__(self, field: Field, k: int, *, adding: bool, alone: bool = False) -> None:
        self._field, self._k, self._adding, self._alone = field, k, adding, alone
        kept: dict[int, _Item] = {} if adding or alone else field.kept.setdefault(NearRivals, {})
        self._items = kept

    def __call__(self, pairs: Sequence[Pair], states: Sequence[BoolArray], tried: Sequence[BoolArray]) -> list[Moves]:
        """``states[p]`` (w, n): who is present in each state of pair p; ``tried[p]`` (n,): who may move."""
        made: list[Moves] = []
        distinct: dict[bytes, _State] = {}
        for p, (present, may) in enumerate(zip(states, tried, strict=True)):
            free = (~present if self._adding else present) & may
            made.append(Moves.blank(free))
            for at in range(len(present)):
                name = present[at].tobytes() + free[at].tobytes()
                distinct.setdefault(name, _State(present[at], free[at])).asked_by.append((p, at))
        todo = list(distinct.values())
        if not todo:
            return made
        own = self._own([s.present for s in todo])
        for state, scores in zip(todo, own, strict=True):
            self._answer(state, scores, pairs, made)
        return made

    def _own(self, states: Sequence[BoolArray]) -> FloatArray:
        """(states, n_items) scores before any move; those that are not wanted are 0."""
        game, rows = self._field.games[0], np.array(states)
        if not self._alone:
            return self._field.whole(rows)
        scores = np.zeros((len(rows), game.history.n_items))
        scores[:, game.items] = self._field.some(rows, game.items)
        return scores

    def _answer(self, state: _State, scores: FloatArray, pairs: Sequence[Pair], made: Sequence[Moves]) -> None:
        game, players = self._field.games[0], np.flatnonzero(state.free)
        present = int(state.present.sum())
        asks = []
        for p, at in state.asked_by:
            against = self._against(int(game.items[pairs[p][1]]))
            rival = -1 if self._alone else kth_rival(scores, against.candidates, against.item, self._k)
            lead = scores[against.item] - scores[against.places]
            behind = (lead < 0) | ((lead == 0) & against.first)
            made[p].own_score[at], made[p].own_rank[at] = scores[against.item], 1 + np.count_nonzero(behind)
            if self._alone:
                near = np.zeros(0, np.int64)
            elif self._adding:
                near = np.arange(len(against.places))
            else:
                near = against.near(lead, present, len(players))
            above = np.count_nonzero(behind) - np.count_nonzero(behind[near])
            asks.append((p, at, against, rival, near, lead[near], above))
        wanted = np.zeros(game.history.n_items, bool)
        for _, _, against, rival, near, *_ in asks:
            wanted[against.places[near]] = wanted[[against.item, max(rival, 0)]] = True
        items = np.flatnonzero(wanted)
        change = [np.zeros(len(near)) for *_, near, _, _ in asks]
        block = max(1, _CELLS // len(items))
        for start in range(0, len(players), block):
            movers = players[start : start + block]
            after = self._field.moved(state.present, movers, items)
            for n, (p, at, against, rival, near, lead, above) in enumerate(asks):
                own = after[:, [np.searchsorted(items, against.item)]]
                theirs = after[:, np.searchsorted(items, against.places[near])]
                passed = (theirs > own) | ((theirs == own) & against.first[near])
                last = after[:, np.searchsorted(items, rival)] if rival >= 0 else 0.0
                made[p].score[at, movers] = own[:, 0]
                made[p].rank[at, movers] = 1 + above + np.count_nonzero(passed, axis=1)
                made[p].margin[at, movers] = own[:, 0] - last
                if len(near):
                    change[n] = np.maximum(change[n], np.abs(own - theirs - lead).max(axis=0))
        for (_, _, against, _, near, *_), seen in zip(asks, change, strict=True):
            if not (self._alone or self._adding) and len(players):
                against.learn(near, seen, present)

    def _against(self, item: int) -> _Item:
        if item not in self._items:
            none = np.zeros(self._field.games[0].history.n_items, bool)
            self._items[item] = _Item.of(item, none if self._alone else self._field.games[0].candidates)
        return self._items[item]
