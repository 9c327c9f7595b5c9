"""What one move does: where an item would stand if one more player were removed, or added."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from whyrec import BoolArray, FloatArray, IntArray

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

    def note_score(self, state: int, player: int, score: float) -> None:
        """Where nothing but the score is wanted; player −1 stands for no move."""
        if player < 0:
            self.own_score[state] = score
        else:
            self.score[state, player] = self.margin[state, player] = score


def kth_rival(scores: FloatArray, candidates: BoolArray, item: int, k: int) -> int:
    """The k-th best candidate other than ``item``, or the worst if there are fewer; −1 if there is none."""
    others = candidates.copy()
    others[item] = False
    places = np.flatnonzero(others)
    if not len(places):
        return -1
    nth = min(k, len(places)) - 1
    return int(places[np.argpartition(-scores[places], nth)[nth]])
