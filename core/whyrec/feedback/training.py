"""Training: feedback as events of behavior ``feedback``, so that a model learns from it at its next fit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np

from whyrec.dataset import Dataset
from whyrec.feedback.effect import BEHAVIOR, Effect
from whyrec.feedback.said import Said
from whyrec.histories import Histories
from whyrec.types import FloatArray, IntArray


def with_feedback(data: Dataset, said: Mapping[str, Iterable[Said]]) -> Dataset:
    """The data with what users said: for each of them, and each item whose weight it moves, one event that moves it.

    The event of behavior ``feedback`` carries the difference between what the item's events weigh under the feedback
    and what they weigh without: 1 for an item that was called useful, minus all of it for a reason that is none. So a
    model learns from the very histories that it would see. Users who switched personalization off add no events.
    Items that may not be shown are no matter of training. Users whom the data do not know are passed over.
    """
    rows: list[int] = []
    parts: list[tuple[IntArray, FloatArray]] = []
    for user, answers in said.items():
        if user not in data.users:
            continue
        row, effect = data.users.find(user), Effect.of(answers, data)
        if effect.personal and len((moved := _moved(data, row, effect))[0]):
            rows.append(row)
            parts.append(moved)
    if not rows:
        return data
    owners = np.repeat(np.array(rows, np.int64), [len(items) for items, _ in parts])
    items, weights = (np.concatenate([part[i] for part in parts]) for i in (0, 1))
    return replace(
        data,
        histories=_extended(data.histories, owners, items, weights),
        behaviors={**data.behaviors, BEHAVIOR: 1.0} if data.behaviors else data.behaviors,
    )


def _moved(data: Dataset, row: int, effect: Effect) -> tuple[IntArray, FloatArray]:
    """The items whose summed weight the effect moves, and by how much."""
    before = data.histories.take(np.array([row]))
    after = effect.history(data, before)
    difference = _totals(after) - _totals(before)
    items = np.flatnonzero(np.abs(difference) > 1e-12)
    return items, difference[items]


def _totals(history: Histories) -> FloatArray:
    return np.bincount(history.items, history.weights, minlength=history.n_items).astype(np.float64)


def _extended(histories: Histories, rows: IntArray, items: IntArray, weights: FloatArray) -> Histories:
    """The same rows with further events of behavior ``feedback``, at the latest moment on record."""
    n, names, known = len(items), histories.behavior_names, histories.behaviors
    if known is None:  # with a name of their own, events of feedback can be told from the others
        known, names = np.zeros(histories.n_events, np.int64), ("event",)
    if BEHAVIOR not in names:
        names = (*names, BEHAVIOR)
    times = None
    if histories.times is not None:
        latest = int(histories.times.max(initial=0))
        times = np.concatenate([histories.times, np.full(n, latest, np.int64)])
    return Histories.from_events(
        np.concatenate([histories.rows, rows]),
        np.concatenate([histories.items, items]),
        np.concatenate([histories.weights, weights]),
        n_rows=len(histories),
        n_items=histories.n_items,
        behaviors=np.concatenate([known, np.full(n, names.index(BEHAVIOR), np.int64)]),
        times=times,
        behavior_names=names,
        scale=histories.scale,
    )
