"""Evaluating many games at once: their coalitions share model calls, in bounded memory."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from whyrec.game import BLOCK, CELLS, Game
from whyrec.histories import Histories
from whyrec.ranking import ranks_of, top_k
from whyrec.sums import with_complements
from whyrec.types import BoolArray, FloatArray, IntArray

_Pending = list[tuple[int, int, BoolArray]]
"""Blocks of coalitions that wait for a model call: the game's place, the block's first row, the block."""


def evaluate(games: Sequence[Game], coalitions: Sequence[BoolArray]) -> list[FloatArray]:
    """Values of many games' coalitions: game g with ``coalitions[g]`` (m_g, n_g) → (m_g, K_g).

    Games of one model that need whole masked histories share its calls; each coalition is counted on its own
    game. Up to rounding, the values do not depend on what else is evaluated beside them.
    """
    checked = [g.checked(c) for g, c in zip(games, coalitions, strict=True)]
    out: list[FloatArray] = [np.empty((len(c), len(g.items))) for g, c in zip(games, checked, strict=True)]
    pending: _Pending = []
    for index, (game, given) in enumerate(zip(games, checked, strict=True)):
        if not game.stackable or len(games) == 1:
            out[index] = game.values(given)
            continue
        for start in range(0, len(given), BLOCK):
            block = given[start : start + BLOCK]
            if pending and (games[pending[0][0]].model is not game.model or _waiting(pending) + len(block) > BLOCK):
                _flush(games, pending, out)
            pending.append((index, start, block))
    _flush(games, pending, out)
    return out


def evaluate_odd(
    games: Sequence[Game], coalitions: BoolArray, sums: Callable[[FloatArray], FloatArray] | None = None
) -> FloatArray:
    """Half of the difference that a coalition and its complement make, (v(S) − v(N∖S)) / 2, in games of n players each.

    The same coalitions (m, n) in all games; (m, ΣK), the items of game after game. Shapley values depend on no more,
    and models that score through sums (see :class:`whyrec.SumScorer`) tell it for less than two values.
    ``sums``: a quicker way to ``coalitions @ parts`` for parts (n, d), if whoever drew the coalitions knows one.
    """
    edges = np.cumsum([0, *(len(game.items) for game in games)])
    out = np.empty((len(coalitions), edges[-1]))
    columns = [slice(a, b) for a, b in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True)]
    summed = [(game, own) for game, own in zip(games, columns, strict=True) if game.sums is not None]
    others = [(game, own) for game, own in zip(games, columns, strict=True) if game.sums is None]
    if others:
        both = np.concatenate([coalitions, ~coalitions])
        values = evaluate([game for game, _ in others], [both] * len(others))
        for (_, own), found in zip(others, values, strict=True):
            out[:, own] = (found[: len(coalitions)] - found[len(coalitions) :]) / 2
    if summed:
        _through_sums(summed, coalitions, sums, out)
    return out


def _through_sums(
    games: Sequence[tuple[Game, slice]],
    coalitions: BoolArray,
    sums: Callable[[FloatArray], FloatArray] | None,
    out: FloatArray,
) -> None:
    """Of games that score through sums: one product for the sums of all of them, and of their complements."""
    shortcuts = [(game, own, game.sums) for game, own in games if game.sums is not None]
    coalitions = games[0][0].checked(coalitions)
    begun, m = time.perf_counter(), len(coalitions)
    parts = np.concatenate([shortcut.parts for _, _, shortcut in shortcuts], axis=1)
    edges = np.cumsum([0, *(shortcut.parts.shape[1] for _, _, shortcut in shortcuts)])
    whole = sums(parts) if sums is not None and m * parts.shape[1] <= CELLS else None
    for start in range(0, m, BLOCK // 2):
        block = coalitions[start : start + BLOCK // 2]
        rows = slice(start, start + len(block))
        seen = block.astype(np.float64) @ parts if whole is None else whole[rows]
        both = with_complements(seen, block, parts)
        for (game, own, shortcut), a, b in zip(shortcuts, edges[:-1], edges[1:], strict=True):
            worth = game.worth(shortcut.finish(both[:, a:b]))
            out[rows, own] = (worth[: len(block)] - worth[len(block) :]) * 0.5
    seconds = (time.perf_counter() - begun) / len(games)
    for game, _ in games:
        game.count(2 * m, seconds)


def _waiting(pending: _Pending) -> int:
    return sum(len(block) for _, _, block in pending)


def _flush(games: Sequence[Game], pending: _Pending, out: list[FloatArray]) -> None:
    """One model call for all waiting blocks, each row with its own game's items."""
    if not pending:
        return
    begun = time.perf_counter()
    stack = Histories.concat([games[g].masked(block) for g, _, block in pending])
    width = max(len(games[g].items) for g, _, _ in pending)
    rows = [np.resize(games[g].items, width) for g, _, _ in pending]
    items = np.repeat(np.array(rows), [len(block) for _, _, block in pending], axis=0)
    scores = games[pending[0][0]].model.score(stack, items)
    share = (time.perf_counter() - begun) / len(stack)
    at = 0
    for g, start, block in pending:
        out[g][start : start + len(block)] = scores[at : at + len(block), : len(games[g].items)]
        games[g].count(len(block), share * len(block))
        at += len(block)
    pending.clear()


def evaluate_ranks(
    games: Sequence[Game], coalitions: Sequence[BoolArray], *, count: bool = False
) -> list[tuple[FloatArray, IntArray]]:
    """Scores and ranks of many games' items: game g with ``coalitions[g]`` (m_g, n_g) → two (m_g, K_g).

    Candidates are the items outside the game's full history; rank = 1 + the number of candidates above, ties by
    item index. Whatever the games' target, these are scores. Not counted unless ``count``: it judges, it does not
    explain. Users share model calls, bounded in memory. Hiding features of one item leaves all other items' scores
    as they are.
    """
    checked = [g.checked(c) for g, c in zip(games, coalitions, strict=True)]
    out = [
        (np.empty((len(c), len(g.items))), np.empty((len(c), len(g.items)), np.int64))
        for g, c in zip(games, checked, strict=True)
    ]
    for pending in _batches(games, checked):
        counts = [len(block) for _, _, block in pending]
        owner = np.repeat(np.arange(len(pending)), counts)
        items = np.array([games[g].items for g, _, _ in pending])[owner]
        scores = _whole(games, pending, count=count)
        ranks = ranks_of(scores, items, np.array([games[g].candidates for g, _, _ in pending])[owner])
        own = np.take_along_axis(scores, items, axis=1)
        at = np.cumsum([0, *counts])
        for (g, start, block), a in zip(pending, at[:-1], strict=True):
            rows = slice(start, start + len(block))
            out[g][0][rows], out[g][1][rows] = own[a : a + len(block)], ranks[a : a + len(block)]
    return out


def evaluate_catalog(games: Sequence[Game], coalitions: Sequence[BoolArray]) -> Iterator[tuple[int, int, FloatArray]]:
    """Scores of the whole catalog under many games' coalitions (m_g, n_g), counted, block by block.

    Yields a game's position, the first row of the block, and scores (rows, n_items), which are good until the next
    block. A game's rows come in order. The model calls are those of :func:`evaluate_ranks`, for explainers that need
    to know more than a rank.
    """
    checked = [g.checked(c) for g, c in zip(games, coalitions, strict=True)]
    for pending in _batches(games, checked):
        scores, at = _whole(games, pending, count=True), 0
        for g, start, block in pending:
            yield g, start, scores[at : at + len(block)]
            at += len(block)


def evaluate_tops(games: Sequence[Game], coalitions: Sequence[BoolArray], k: int) -> list[IntArray]:
    """The k best candidates under each coalition: game g with ``coalitions[g]`` (m_g, n_g) → (m_g, k).

    Best first, ties by item index, padded with −1. Candidates and model calls are those of :func:`evaluate_ranks`, and
    like there nothing is counted.
    """
    checked = [g.checked(c) for g, c in zip(games, coalitions, strict=True)]
    out = [np.empty((len(c), k), np.int64) for c in checked]
    for pending in _batches(games, checked):
        scores, at = _whole(games, pending, count=False), 0
        for g, start, block in pending:
            pool = np.where(games[g].candidates, scores[at : at + len(block)], -np.inf)
            out[g][start : start + len(block)] = top_k(pool, k).items
            at += len(block)
    return out


def _batches(games: Sequence[Game], coalitions: Sequence[BoolArray]) -> Iterator[_Pending]:
    """Blocks that one model call over the whole catalog can serve together, in bounded memory."""
    pending: _Pending = []
    for index, (game, given) in enumerate(zip(games, coalitions, strict=True)):
        block = max(1, CELLS // max(1, game.history.n_items))
        for start in range(0, len(given), block):
            part = given[start : start + block]
            if pending and not _fits(games[pending[0][0]], game, _waiting(pending) + len(part), block):
                yield pending
                pending = []
            pending.append((index, start, part))
    if pending:
        yield pending


def _fits(first: Game, game: Game, rows: int, block: int) -> bool:
    alike = first.model is game.model and len(first.items) == len(game.items)
    return alike and rows <= block and all(g.players.kind != "features" and g.removal == "drop" for g in (first, game))


def _whole(games: Sequence[Game], pending: _Pending, *, count: bool) -> FloatArray:
    """(rows, n_items) scores of everything under all waiting blocks."""
    begun = time.perf_counter()
    scores = _scored(games, pending)
    if count:
        share = (time.perf_counter() - begun) / max(1, len(scores))
        for g, _, block in pending:
            games[g].count(len(block), share * len(block))
    return scores


def _scored(games: Sequence[Game], pending: _Pending) -> FloatArray:
    first, block = games[pending[0][0]], pending[0][2]
    if first.players.kind == "features":
        scores = np.repeat(first.model.score(first.history), len(block), axis=0)
        scores[:, first.items] = first.feature_scores(block)
        return scores
    if first.removal != "drop" and (scorer := first.scorer(np.arange(first.history.n_items))) is not None:
        return scorer(first.interests(block))
    return first.model.score(Histories.concat([games[g].masked(block) for g, _, block in pending]))
