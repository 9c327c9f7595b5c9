"""Effect: what a user's feedback changes at once, without a refit: the history that models see, and who may appear."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from whyrec.dataset import Dataset
from whyrec.feedback.said import Said
from whyrec.histories import Histories
from whyrec.ranking import Recommendations
from whyrec.recommender import Recommender
from whyrec.types import BoolArray, FloatArray, IntArray

BEHAVIOR = "feedback"
"""The behavior of events that are made of feedback."""
MORE, LESS = 2.0, 0.1
"""What an interest's events count for after ``more`` and after ``less``; ``delete`` is 0."""
KEPT = 10
"""After ``less``, of a ranking's items with that interest only every tenth may appear: the last of each ten."""


@dataclass(frozen=True)
class Effect:
    """What stands of one user's feedback.

    Parameters
    ----------
    multipliers : (by, value) → what the events of items with that interest count for
    forgotten : item indices whose events no longer count (a reason that is none, ``less`` of an item that was met)
    hidden : item indices that may not appear
    liked : item indices that were called useful: each counts as an event of weight 1
    personal : whether the history may be used at all
    """

    multipliers: dict[tuple[str, str], float] = field(default_factory=dict)
    forgotten: frozenset[int] = frozenset()
    hidden: frozenset[int] = frozenset()
    liked: frozenset[int] = frozenset()
    personal: bool = True

    @classmethod
    def of(cls, said: Iterable[Said], data: Dataset) -> Effect:
        """From what stands, oldest first; of two answers about the same, the later one counts.

        What the data no longer know is passed over.
        """
        multipliers: dict[tuple[str, str], float] = {}
        forgotten: set[int] = set()
        hidden: set[int] = set()
        liked: set[int] = set()
        personal = True
        factor = {"more": MORE, "less": LESS, "delete": 0.0}
        for one in _latest(said):
            if one.about == "user":
                personal = one.answer == "on"
            elif one.about == "interest" and one.by is not None:
                multipliers[one.by, one.subject] = factor[one.answer]
            elif one.about in ("item", "reason") and one.subject in data.catalog.items:
                item = data.catalog.items.find(one.subject)
                if one.about == "reason" or one.answer == "less":
                    forgotten.add(item)
                elif one.answer == "useful":
                    liked.add(item)
                if one.about == "item" and one.answer in ("not-right", "less", "own"):
                    hidden.add(item)
                if one.about == "item" and one.answer == "less":
                    multipliers |= dict.fromkeys(_main_interest(data, item), LESS)
        return cls(multipliers, frozenset(forgotten), frozenset(hidden), frozenset(liked), personal)

    @property
    def nothing(self) -> bool:
        """Whether all stays as it was."""
        return self == Effect()

    def history(self, data: Dataset, history: Histories) -> Histories:
        """The single history that models see instead: events weighed anew, forgotten ones gone, liked items added.

        Events of behavior ``feedback`` that the history holds (see :func:`whyrec.feedback.training.with_feedback`) give
        way: they were made of the same answers.
        """
        history = without_feedback(history)
        if not self.personal:
            return history.keep(np.zeros(history.n_events, bool))
        factors: FloatArray = np.ones(history.n_events)
        for (by, value), factor in self.multipliers.items():
            factors[_carries(data, history, by, value)] *= factor
        factors[np.isin(history.items, list(self.forgotten))] = 0.0
        weighed = history.reweighted(history.weights * factors)
        kept = weighed.keep(factors > 0) if (factors <= 0).any() else weighed
        added = np.setdiff1d(np.array(sorted(self.liked), np.int64), kept.items)
        return with_events(data, kept, added, np.ones(len(added))) if len(added) else kept

    def allowed(self, data: Dataset, ranking: IntArray) -> BoolArray:
        """(n,) which items of a ranking (n,), best first, may appear.

        Hidden ones may not. Of those with an interest of which less is wanted, the last of each ten may; of a deleted
        one, none.
        """
        may = ~np.isin(ranking, list(self.hidden))
        for (by, value), factor in self.multipliers.items():
            if factor >= 1 or by == "behavior":
                continue
            with_it = np.flatnonzero(_items_with(data, by, value)[ranking] & may)
            keep = np.arange(1, len(with_it) + 1) % KEPT == 0 if factor > 0 else np.zeros(len(with_it), bool)
            may[with_it[~keep]] = False
        return may

    def ranking(self, data: Dataset, history: Histories, scores: FloatArray) -> IntArray:
        """All items that may appear, best first, by scores (n_items,); for a single history, as it is.

        What was met stays left out, also where it is forgotten.
        """
        met = np.zeros(data.n_items, bool)
        met[without_feedback(history).items] = True
        ranking = np.lexsort((np.arange(data.n_items), -scores))
        ranking = ranking[~met[ranking]]
        found: IntArray = ranking[self.allowed(data, ranking)]
        return found

    def top(self, model: Recommender, history: Histories, k: int = 10) -> Recommendations:
        """The k best items for a single history (as it is, without the effect) under this effect: see ``ranking``."""
        scores = model.score(self.history(model.data, history))[0]
        chosen = self.ranking(model.data, history, scores)[:k]
        items = np.full((1, k), -1, np.int64)
        found = np.full((1, k), -np.inf)
        items[0, : len(chosen)], found[0, : len(chosen)] = chosen, scores[chosen]
        return Recommendations(items, found)


def without_feedback(history: Histories) -> Histories:
    """The history without events of behavior ``feedback``."""
    if BEHAVIOR not in history.behavior_names or history.behaviors is None:
        return history
    return history.keep(history.behaviors != history.behavior_names.index(BEHAVIOR))


def with_events(data: Dataset, history: Histories, items: IntArray, weights: FloatArray) -> Histories:
    """A single history with further events, now: at the latest moment that the data know.

    Their behavior is ``feedback`` where the data have it, else the one that weighs least: models know no others.
    """
    n, names = len(items), history.behavior_names
    behaviors = times = None
    if history.behaviors is not None:
        mildest = min(names, key=lambda name: data.behaviors.get(name, 1.0))
        code = names.index(BEHAVIOR if BEHAVIOR in names else mildest)
        behaviors = np.concatenate([history.behaviors, np.full(n, code, np.int64)])
    if history.times is not None:
        latest = 0 if data.histories.times is None else int(data.histories.times.max(initial=0))
        times = np.concatenate([history.times, np.full(n, latest, np.int64)])
    return Histories.from_events(
        np.zeros(history.n_events + n, np.int64),
        np.concatenate([history.items, items]),
        np.concatenate([history.weights, weights]),
        n_rows=1,
        n_items=history.n_items,
        behaviors=behaviors,
        times=times,
        behavior_names=names,
        scale=history.scale,
    )


def shares(data: Dataset, items: IntArray, by: str) -> dict[str, float]:
    """Each interest's share of some items: an item with several counts in equal parts; items without any do not."""
    features = data.catalog.features
    if features is None:
        return {}
    column = features.of_column(by)
    carried = np.asarray((features.matrix[:, column][items[items >= 0]] != 0).todense(), np.float64)
    each = carried / np.maximum(carried.sum(axis=1, keepdims=True), 1.0)
    mass = each.sum(axis=0) / max(1e-300, each.sum())
    return {features.values[int(f)]: float(m) for f, m in zip(column, mass, strict=True) if m > 0}


def _latest(said: Iterable[Said]) -> list[Said]:
    """The last answer about each thing, in the order in which they were given."""
    found: dict[tuple[str, str | None, str], Said] = {}
    for one in said:
        key = (one.about, one.by, one.subject)
        found.pop(key, None)
        found[key] = one
    return list(found.values())


def _main_interest(data: Dataset, item: int) -> list[tuple[str, str]]:
    """The item's rarest value of the data's own grouping: what it is most particular for."""
    by, features = data.interest_by, data.catalog.features
    if by is None or features is None or by not in features.groupable:
        return []
    column = features.of_column(by)
    matrix = features.matrix[:, column]
    own = np.unique(matrix[[item]].indices)
    if not len(own):
        return []
    counts = np.bincount(matrix.indices, minlength=len(column))
    return [(by, features.values[int(column[own[np.argmin(counts[own])]])])]


def _items_with(data: Dataset, by: str, value: str) -> BoolArray:
    """(n_items,) which items have a value of a feature column."""
    features = data.catalog.features
    found = np.zeros(data.n_items, bool)
    if features is None:
        return found
    for f in features.of_column(by):
        if features.values[int(f)] == value:
            found |= np.asarray(features.matrix[:, [int(f)]].todense()).ravel() != 0
    return found


def _carries(data: Dataset, history: Histories, by: str, value: str) -> BoolArray:
    """(n_events,) which events belong to an interest."""
    if by == "behavior":
        if history.behaviors is None or value not in history.behavior_names:
            return np.zeros(history.n_events, bool)
        found: BoolArray = history.behaviors == history.behavior_names.index(value)
        return found
    return _items_with(data, by, value)[history.items]
