"""Paths: what remains of a game's players as an explanation's order removes them, scored for many games at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from whyrec import BoolArray, Evidence, Explanation, FloatArray, Game, IntArray, ScoresFeatures

T = TypeVar("T", bound=np.generic)

BINS = 10
_TOGETHER = 512  # explanations judged at once: their coalitions are held in memory


class Path:
    """The coalitions of one explanation at some points, most supporting players first.

    Parameters
    ----------
    explanation : whose order is followed
    points : (p,) how many players are gone (or kept) at each point, from 0 to n
    last : whether the last players are removed, too

    Points that fall together are scored once, and so are the two ends that all ways share: everybody and nobody.
    """

    def __init__(self, explanation: Explanation, points: IntArray, *, last: bool = True) -> None:
        n = len(explanation.values)
        self._place = np.empty(n, np.int64)
        self._place[explanation.order()] = np.arange(n)
        self._steps = np.unique(np.concatenate([[0, n], points]))
        self._at = np.searchsorted(self._steps, points)
        self._last = last

    def judged(self) -> BoolArray:
        """(u, n) or (2u − 2, n) for u steps: without the first, from none to all; then without the last, no ends."""
        first = self._place >= self._steps[:, None]
        if not self._last:
            return first
        last = self._place < (len(self._place) - self._steps[1:-1, None])
        return np.concatenate([first, last])

    def kept(self) -> BoolArray:
        """(u − 2, n) only the first kept, ends left out."""
        return self._place < self._steps[1:-1, None]

    def full(self, judged: NDArray[T]) -> T:
        """What was found with everybody present."""
        found: T = judged[0]
        return found

    def without(self, judged: NDArray[T]) -> NDArray[T]:
        """(p,) what was found without the first players, from what was found for ``judged()``."""
        return judged[: len(self._steps)][self._at]

    def last(self, judged: NDArray[T]) -> NDArray[T]:
        """(p,) what was found without the last players."""
        u = len(self._steps)
        return np.concatenate([judged[:1], judged[u:], judged[u - 1 : u]])[self._at]

    def inserted(self, judged: NDArray[T], kept: NDArray[T]) -> NDArray[T]:
        """(p,) what was found with the first players alone, from what was found for ``judged()`` and ``kept()``."""
        u = len(self._steps)
        return np.concatenate([judged[u - 1 : u], kept, judged[:1]])[self._at]


def ten_bins(n: int) -> IntArray:
    """(11,) how many of n players are gone after each of ten bins, 0 first: the first n mod 10 bins hold one more."""
    sizes = n // BINS + (np.arange(BINS) < n % BINS)
    return np.concatenate([[0], np.cumsum(sizes)])


def judged_items(evidence: Evidence, top: int) -> list[int]:
    """The explanations of each user's ``top`` best items, where removing players can be judged at all.

    That is not so without players, and for features of an item where the model cannot score other features.
    """
    places = evidence.place or evidence.column
    return [e for e, place in enumerate(places) if place < top and judgeable(evidence.games[e])]


def in_parts(chosen: Sequence[int]) -> Iterator[Sequence[int]]:
    """A few hundred at a time: bounded in memory, yet enough to fill the model's calls."""
    for start in range(0, len(chosen), _TOGETHER):
        yield chosen[start : start + _TOGETHER]


def judgeable(game: Game) -> bool:
    """Whether hiding players means anything to the model."""
    return game.n_players > 0 and (game.players.kind != "features" or game.model.can(ScoresFeatures))


def of_one_item(game: Game, column: int) -> Game:
    """The same game about the score of one item, whatever was explained about it, with counters of its own."""
    item = game.items[column : column + 1]
    return Game(game.model, game.history, item, game.players, user_id=game.user_id, row=game.row, removal=game.removal)


def supporters(explanation: Explanation, length: int) -> BoolArray:
    """(n_players,) the set E that an explanation names: its most supporting players (value > 0), ``length`` at most."""
    chosen = np.zeros(len(explanation.values), bool)
    first = explanation.order()[:length]
    chosen[first[explanation.values[first] > 0]] = True
    return chosen


def share_of_ties(values: FloatArray) -> float:
    """The share of values that occur more than once."""
    _, counts = np.unique(values, return_counts=True)
    return float(counts[counts > 1].sum() / len(values))
