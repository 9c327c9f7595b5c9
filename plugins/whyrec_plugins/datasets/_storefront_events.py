"""What happens in the storefront: items are shown, and some of them browsed, clicked and purchased."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from whyrec import FloatArray, IntArray
from whyrec_plugins.datasets._storefront_world import Shelves, Tastes

BEHAVIORS = ("purchase", "click", "browse")
# 2025-01-01 00:00 UTC, when the storefront closes its books.
END = 1_735_689_600
_DAY = 86_400
# A constant number of users at a time bounds memory; each block has its own generator.
_BLOCK = 4096


@dataclass(frozen=True, eq=False)
class Log:
    """(n_events,) arrays: user and item index, code into BEHAVIORS, unix seconds."""

    users: IntArray
    items: IntArray
    behaviors: IntArray
    times: IntArray


class _Shelf:
    """Draws items, from those with a feature or from all, in proportion to popularity."""

    def __init__(self, shelves: Shelves) -> None:
        item, place = np.nonzero(shelves.features >= 0)
        feature = shelves.features[item, place]
        order = np.argsort(feature, kind="stable")
        self.items = item[order]
        owner = feature[order]
        weight = shelves.popularity[self.items]
        total = np.bincount(owner, weight, minlength=shelves.n_features)
        starts = np.searchsorted(owner, np.arange(shelves.n_features))
        running = np.cumsum(weight)
        before = np.concatenate([[0.0], running])[starts]
        # Feature f owns the stretch from f to f + 1: one search serves all features at once.
        self.keys = owner + (running - before[owner]) / total[owner]
        self.stocked = total > 0
        self.all = np.cumsum(shelves.popularity)

    def with_feature(self, features: IntArray, draws: FloatArray) -> IntArray:
        found = np.searchsorted(self.keys, features + draws, side="right")
        return self.items[np.minimum(found, len(self.items) - 1)]

    def popular(self, draws: FloatArray) -> IntArray:
        return np.minimum(np.searchsorted(self.all, draws, side="right"), len(self.all) - 1)


def live(
    shelves: Shelves, tastes: Tastes, *, shown: float, noise: float, days: int, seeds: np.random.SeedSequence
) -> Log:
    """All events of all users, by user, item, behavior and time.

    shown : how many items a user is shown on average; log-normal over users
    noise : share of these that have nothing to do with what the user likes
    """
    shelf = _Shelf(shelves)
    starts = range(0, len(tastes.features), _BLOCK)
    blocks = [
        _block(shelves, shelf, tastes[start : start + _BLOCK], start, shown, noise, days, np.random.default_rng(seed))
        for start, seed in zip(starts, seeds.spawn(len(starts)), strict=True)
    ]
    return Log(
        *(np.concatenate([getattr(b, name) for b in blocks]) for name in ("users", "items", "behaviors", "times"))
    )


def _block(
    shelves: Shelves,
    shelf: _Shelf,
    tastes: Tastes,
    first: int,
    shown: float,
    noise: float,
    days: int,
    rng: np.random.Generator,
) -> Log:
    n = len(tastes.features)
    counts = np.maximum(5, rng.lognormal(np.log(shown) - 0.125, 0.5, n).astype(np.int64))
    user = np.repeat(np.arange(n), counts)
    item = _shown_items(shelf, tastes, user, noise, rng)
    affinity = _affinity(shelves, tastes, user, item)
    browsed = rng.random(len(user)) < _sigmoid(-1.0 + 1.2 * affinity)
    user, item, affinity = user[browsed], item[browsed], affinity[browsed]
    clicked = rng.random(len(user)) < _sigmoid(-1.6 + 1.0 * affinity)
    purchased = clicked & (rng.random(len(user)) < _sigmoid(-3.0 + 1.1 * affinity))
    time = _moments(user, n, days, rng)
    click_time = time + rng.integers(10, 120, len(user))
    purchase_time = click_time + rng.integers(60, 1800, len(user))
    parts = [(purchased, purchase_time), (clicked, click_time), (np.ones(len(user), np.bool_), time)]
    log = np.array(
        [
            np.concatenate([user[mask] for mask, _ in parts]),
            np.concatenate([item[mask] for mask, _ in parts]),
            np.repeat(np.arange(len(parts)), [int(mask.sum()) for mask, _ in parts]),
            np.concatenate([moment[mask] for mask, moment in parts]) - (END - days * _DAY),
        ]
    )
    # Two showings of one item within the same second are one: keys of 64 bits find them fast.
    radix = (len(shelves.prices), len(parts), int(log[3].max(initial=0)) + 1)
    distinct = np.unique(((log[0] * radix[0] + log[1]) * radix[1] + log[2]) * radix[2] + log[3], return_index=True)[1]
    users, items, behaviors, times = log[:, distinct].astype(np.int64)
    return Log(users + first, items, behaviors, times + END - days * _DAY)


def _shown_items(shelf: _Shelf, tastes: Tastes, user: IntArray, noise: float, rng: np.random.Generator) -> IntArray:
    """Each showing comes from a liked feature, the stronger the likelier, or from the list of best sellers."""
    pull = np.maximum(tastes.strengths, 0.0) * shelf.stocked[tastes.features]
    ladder = np.cumsum(pull, axis=1)
    step = rng.random(len(user)) * ladder[user, -1]
    liked = tastes.features[user, (ladder[user] <= step[:, None]).sum(axis=1)]
    draws = rng.random(len(user))
    return np.where(rng.random(len(user)) < noise, shelf.popular(draws), shelf.with_feature(liked, draws))


def _affinity(shelves: Shelves, tastes: Tastes, user: IntArray, item: IntArray) -> FloatArray:
    """How much each user really likes each item: the summed strengths of what it has."""
    # One more column of zeros, for the third style of an item that has two (−1).
    strengths = np.hstack([tastes.dense(shelves.n_features), np.zeros((len(tastes.features), 1))])
    total: FloatArray = strengths[user[:, None], shelves.features[item]].sum(axis=1)
    return total


def _moments(user: IntArray, n: int, days: int, rng: np.random.Generator) -> IntArray:
    """Visits of half an hour, mostly in the evening, about eight showings each, spread evenly over the days."""
    visits = np.maximum(1, np.bincount(user, minlength=n) // 8)
    offset = np.concatenate([[0], np.cumsum(visits)])
    day = rng.integers(days, size=offset[-1])
    hour = np.clip(rng.normal(19.0, 3.5, offset[-1]), 0.0, 22.5)
    start = END - days * _DAY + day * _DAY + (hour * 3600).astype(np.int64)
    visit = offset[user] + (rng.random(len(user)) * visits[user]).astype(np.int64)
    moments: IntArray = start[visit] + rng.integers(0, 1800, len(user))
    return moments


def _sigmoid(x: FloatArray) -> FloatArray:
    return 1.0 / (1.0 + np.exp(-x))
