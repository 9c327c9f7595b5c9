"""Histories as sequences of items, in the order of time, and the windows of them that are trained on."""

from __future__ import annotations

import numpy as np

from whyrec import BoolArray, Histories, IntArray


def in_order(histories: Histories) -> tuple[IntArray, IntArray]:
    """Row pointer (rows + 1,) and the liked items of each row, each once, in order of when they were met last."""
    interest = histories.interest
    entry = histories.entry_of_event
    last = np.full(interest.nnz, -1, np.int64)
    np.maximum.at(last, entry, np.arange(histories.n_events))
    if histories.times is not None:  # events of equal time: as the histories have them
        ranks = np.empty(histories.n_events, np.int64)
        ranks[np.lexsort((histories.times, histories.rows))] = np.arange(histories.n_events)
        last = np.full(interest.nnz, -1, np.int64)
        np.maximum.at(last, entry, ranks)
    kept = np.flatnonzero(interest.data > 0)
    rows = np.repeat(np.arange(len(histories)), np.diff(interest.indptr))[kept]
    order = np.lexsort((last[kept], rows))
    indptr = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=len(histories)))]).astype(np.int64)
    return indptr, interest.indices[kept][order].astype(np.int64)


def last_items(histories: Histories, length: int) -> IntArray:
    """(rows, length) the items met last, the very last one at the end; −1 in front where there are fewer."""
    indptr, items = in_order(histories)
    return _window(items, indptr[1:], np.diff(indptr), length)


def windows(
    indptr: IntArray, items: IntArray, length: int, *, ahead: int = 1, first: IntArray | None = None
) -> tuple[IntArray, IntArray]:
    """Each row cut from its end into windows: inputs (n, length), and for each slot the ``ahead`` items after it.

    first : (rows,) slots of each row's last window, 1 … length; default ``length``
    """
    counts = np.maximum(0, np.diff(indptr) - 1)  # items with one after them
    short = np.full(len(counts), length) if first is None else np.asarray(first)
    pieces = np.where(counts > 0, 1 + -(-np.maximum(0, counts - short) // length), 0)
    row = np.repeat(np.arange(len(counts)), pieces)
    piece = np.arange(len(row)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    end = indptr[1:][row] - 1 - np.where(piece > 0, short[row] + (piece - 1) * length, 0)
    room = np.minimum(np.where(piece > 0, length, short[row]), end - indptr[:-1][row])
    inputs = _window(items, end, room, length)
    place = end[:, None] - np.arange(length, 0, -1)
    return inputs, np.where((inputs >= 0)[:, :, None], _after(indptr, items, row[:, None], place, ahead), -1)


def moments(indptr: IntArray, items: IntArray, length: int, *, ahead: int = 1) -> tuple[IntArray, IntArray]:
    """Each item but a row's first and those after it as targets (n, ahead), with the items before it, (n, length)."""
    row = np.repeat(np.arange(len(indptr) - 1), np.diff(indptr))
    place = np.arange(len(items)) - indptr[:-1][row]
    target = np.flatnonzero(place > 0)
    return _window(items, target, place[target], length), _after(indptr, items, row[target], target - 1, ahead)


def _after(indptr: IntArray, items: IntArray, row: IntArray, place: IntArray, ahead: int) -> IntArray:
    """(…, ahead): the items after each place of its row, −1 behind the row's end."""
    wanted = np.asarray(place)[..., None] + np.arange(1, ahead + 1)
    there = (wanted >= 0) & (wanted < indptr[1:][row][..., None])
    found: IntArray = np.where(there, items[np.where(there, wanted, 0)] if len(items) else -1, -1)
    return found


def _window(items: IntArray, end: IntArray, room: IntArray, length: int) -> IntArray:
    """(n, length): the items in front of ``end``, at most ``room`` of them, right-aligned."""
    back = np.arange(length, 0, -1)
    there: BoolArray = back <= room[:, None]
    place = np.where(there, np.asarray(end)[:, None] - back, 0)
    found: IntArray = np.where(there, items[place] if len(items) else -1, -1)
    return found
