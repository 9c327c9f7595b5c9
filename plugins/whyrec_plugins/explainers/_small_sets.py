"""Small sets of players whose removal (or which alone) put an item where it is wanted, found by asking the model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from math import comb

import numpy as np

from whyrec import BoolArray, FloatArray, IntArray
from whyrec_plugins.explainers._field import Field
from whyrec_plugins.explainers._moved import Moves, Pair
from whyrec_plugins.explainers._moves import Mover

TRIED = 32
"""Players that a beam tries beyond its first step: those whose move alone moves the margin most."""


@dataclass(frozen=True)
class Wish:
    """Where the item is wanted: out of the top k when the set is removed, or, ``keep``, in it with the set alone."""

    k: int
    keep: bool

    def granted(self, rank: IntArray) -> BoolArray:
        """Of any shape."""
        return rank <= self.k if self.keep else rank > self.k

    def coalition(self, sets: BoolArray) -> BoolArray:
        """Who is present, for sets (m, n)."""
        return sets if self.keep else ~sets


def every_small(field: Field, g: int, wish: Wish, limit: int) -> list[IntArray | None]:
    """For each item of game g the smallest set of at most ``limit`` players, or None: all sets, by growing size.

    Of several of one size, the one that moves the rank furthest, then the first.
    """
    game = field.games[g]
    n = game.n_players
    out: list[IntArray | None] = [None] * len(game.items)
    for size in range(min(limit, n) + 1):
        sets = np.zeros((comb(n, size), n), bool)
        sets[np.arange(len(sets))[:, None], np.array(list(combinations(range(n), size)), np.int64)] = True
        asked = [wish.coalition(sets) if x is game else np.zeros((0, x.n_players), bool) for x in field.games]
        ranks = field.ranks(asked)[g][1]
        for k in range(len(out)):
            good = wish.granted(ranks[:, k])
            if out[k] is None and good.any():
                far = np.where(good, -ranks[:, k] if wish.keep else ranks[:, k], -np.iinfo(np.int64).max)
                out[k] = np.flatnonzero(sets[int(np.argmax(far))])
        if all(one is not None for one in out):
            break
    return out


def beam_sets(field: Field, pairs: Sequence[Pair], wish: Wish, limit: int, width: int) -> list[IntArray | None]:
    """For each pair a small set, or None: ``width`` sets grow, player by player, by the margin to the k-th rival."""
    mover = Mover(field, wish.k, adding=wish.keep)
    lengths = [field.games[g].n_players for g, _ in pairs]
    beams = [np.zeros((1, n), bool) for n in lengths]
    out: list[IntArray | None] = [None] * len(pairs)
    tried: list[BoolArray] = [np.ones(n, bool) for n in lengths]
    active = list(range(len(pairs)))
    for size in range(1, max([min(limit, n) for n in lengths], default=0) + 1):
        asked = [wish.coalition(beams[p]) for p in active]
        answers = mover([pairs[p] for p in active], asked, [tried[p] for p in active])
        for p, moves in zip(active, answers, strict=True):
            out[p], beams[p] = _grown(beams[p], moves, wish, width)
            if size == 1:
                tried[p] = _promising(moves, wish)
        active = [p for p in active if out[p] is None and size < min(limit, lengths[p]) and len(beams[p])]
        if not active:
            break
    return out


def _keys(moves: Moves, wish: Wish) -> tuple[FloatArray, FloatArray]:
    """Margin and rank, smaller is better."""
    sign = -1.0 if wish.keep else 1.0
    return sign * moves.margin, -sign * moves.rank.astype(np.float64)


def _promising(moves: Moves, wish: Wish) -> BoolArray:
    margin, _ = _keys(moves, wish)
    chosen = np.zeros(moves.open.shape[1], bool)
    chosen[np.argsort(np.where(moves.open[0], margin[0], np.inf), kind="stable")[:TRIED]] = True
    return chosen


def _grown(beam: BoolArray, moves: Moves, wish: Wish, width: int) -> tuple[IntArray | None, BoolArray]:
    """A set that grants the wish, if one does, and the best sets of this size."""
    if wish.granted(moves.own_rank[0]) and not beam[0].any():
        return np.zeros(0, np.int64), beam
    state, player = np.nonzero(moves.open)
    margin, rank = (key[state, player] for key in _keys(moves, wish))
    sets = beam[state]
    sets[np.arange(len(sets)), player] = True
    granted = wish.granted(moves.rank[state, player])
    best = np.lexsort((player, state, rank, margin, ~granted))
    if len(best) and granted[best[0]]:
        return np.flatnonzero(sets[best[0]]), beam
    _, first = np.unique(np.packbits(sets[best], axis=1), axis=0, return_index=True)
    return None, sets[best[np.sort(first)[:width]]]


def pared(
    field: Field, pairs: Sequence[Pair], wish: Wish, sets: Sequence[IntArray | None]
) -> tuple[list[IntArray | None], list[bool]]:
    """Sets from which no player can be spared, most important player first; and whether each was seen to work.

    Each set is asked whole, and without each of its players in turn. As long as it works without one of them, the one
    that it misses least is left out. The members are ordered by how much the item recovers when each is spared.
    """
    none = np.zeros(0, np.int64)
    held, works = [none if one is None else one for one in sets], [False] * len(sets)
    active = [p for p, one in enumerate(sets) if one is not None]
    while active:
        rows: list[list[BoolArray]] = [[] for _ in field.games]
        for p in active:
            rows[pairs[p][0]].append(wish.coalition(_without_each(held[p], field.games[pairs[p][0]].n_players)))
        asked = [
            np.concatenate(r) if r else np.zeros((0, game.n_players), bool)
            for r, game in zip(rows, field.games, strict=True)
        ]
        answers, at, again = field.asked_ranks(asked), [0] * len(field.games), []
        for p in active:
            g, k = pairs[p]
            own = held[p]
            mine = slice(at[g], at[g] + len(own) + 1)
            at[g] += len(own) + 1
            scores, ranks = answers[g][0][mine, k], answers[g][1][mine, k]
            works[p] = bool(wish.granted(ranks[:1])[0])
            sign = 1.0 if wish.keep else -1.0
            matters = np.lexsort((own, sign * scores[1:], -sign * ranks[1:]))
            spare = works[p] and bool(wish.granted(ranks[1:]).any())
            held[p] = own[matters[:-1]] if spare else own[matters]
            if spare:
                again.append(p)
        active = again
    return [None if one is None else own for one, own in zip(sets, held, strict=True)], works


def _without_each(own: IntArray, n: int) -> BoolArray:
    """(size + 1, n) the set, then the set without each of its members."""
    found = np.zeros((len(own) + 1, n), bool)
    found[:, own] = True
    found[np.arange(1, len(own) + 1), own] = False
    return found
