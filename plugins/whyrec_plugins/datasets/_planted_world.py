"""The planted worlds' items and histories: which item does what, and who has met what, how much."""

from __future__ import annotations

from dataclasses import dataclass
from math import comb, sqrt
from typing import Literal

import numpy as np

from whyrec import BoolArray, FloatArray, Histories, IntArray, PlantedFunction, PlantedTerm

World = Literal["additive", "interactions", "duplicates", "inert", "popularity", "pooled"]

_BLOCK = 4_000_000  # random numbers held at once: 32 MB
FACTORS = 16


@dataclass(frozen=True, eq=False)
class Roles:
    """What the items of a world are.

    same_as : (n_items,) the item that each one is the same as: itself, but for copies
    silent : (n_items,) bool, those that add nothing to any score
    everywhere : how many of the first items stand in every history
    """

    same_as: IntArray
    silent: BoolArray
    everywhere: int = 0

    @classmethod
    def of(cls, world: World, n_items: int, shortest: int) -> Roles:
        """Items 2g and 2g + 1 are the same in ``duplicates``; every third is silent in ``inert``; in ``popularity``
        the first four, or half of the shortest history, are in every history and silent."""
        own = np.arange(n_items)
        if world == "duplicates":
            return cls(own // 2 * 2, np.zeros(n_items, bool))
        if world == "inert":
            return cls(own, own % 3 == 2)
        popular = min(4, shortest // 2) if world == "popularity" else 0
        return cls(own, own < popular, popular)

    def titles(self) -> tuple[str, ...]:
        """A name for each item that tells its role."""
        return tuple(
            f"Popular {item}"
            if item < self.everywhere
            else f"Inert {item}"
            if silent
            else f"Item {item}"
            if same == item
            else f"Item {same}, again"
            for item, (same, silent) in enumerate(zip(self.same_as.tolist(), self.silent.tolist(), strict=True))
        )


def plant(
    world: World, roles: Roles, *, usual: float, strength: float, order: int, rng: np.random.Generator
) -> PlantedFunction:
    """Draw the function. For a history of ``usual`` length, the sum has deviation about 1 and products ``strength``."""
    n_items = len(roles.same_as)
    first = PlantedTerm(
        carried=_carried(roles, rng),
        wanted=rng.normal(0.0, sqrt((usual if world == "pooled" else 1 / usual) / FACTORS), (n_items, FACTORS)),
        mean=world == "pooled",
    )
    terms = [first]
    for q in range(2, order + 1 if world not in ("additive", "pooled") else 2):
        size = strength / sqrt(FACTORS * comb(max(q, round(usual)), q))
        terms.append(PlantedTerm(_carried(roles, rng), rng.normal(0.0, size, (n_items, FACTORS)), order=q))
    bias = rng.normal(0.0, 0.5, n_items)
    same = roles.same_as
    return PlantedFunction(
        bias[same], tuple(PlantedTerm(t.carried, t.wanted[same], order=t.order, mean=t.mean) for t in terms)
    )


def _carried(roles: Roles, rng: np.random.Generator) -> FloatArray:
    drawn = rng.normal(size=(len(roles.same_as), FACTORS))[roles.same_as]
    drawn[roles.silent] = 0.0
    return drawn


def lengths_between(shortest: int, longest: int, n: int, rng: np.random.Generator) -> IntArray:
    """(n,) lengths spread evenly on a logarithmic scale, both ends among them, in random order."""
    spread = np.round(np.geomspace(shortest, longest, n)) if n > 1 else np.array([longest])
    return rng.permutation(spread.astype(np.int64))


def live(roles: Roles, function: PlantedFunction, lengths: IntArray, rng: np.random.Generator) -> Histories:
    """Draw the histories: which items, then an interest between 0.5 and 1.5 in each.

    Items are met the likelier the lower their number, with p ∝ 1 / √(10 + number). Copies come together and with one
    interest. The interest in the p-th popular item rises with the user's score of the p-th item after the popular ones.
    """
    n_items, popular = len(roles.same_as), roles.everywhere
    copies = int(np.bincount(roles.same_as).max())
    rows, met = _drawn((n_items - popular) // copies, -(-(lengths - popular) // copies), rng)
    rows, met = np.repeat(rows, copies), (met[:, None] * copies + np.arange(copies) + popular).ravel()
    place = np.arange(len(rows)) - np.searchsorted(rows, rows)  # of two copies at the end, an odd length keeps one
    kept = place < (lengths - popular)[rows]
    rows, met = rows[kept], met[kept]
    _, pair = np.unique(rows * n_items + roles.same_as[met], return_inverse=True)
    weights = rng.uniform(0.5, 1.5, int(pair.max(initial=0)) + 1)[pair]
    users = len(lengths)
    found = Histories.from_events(rows, met, weights, n_rows=users, n_items=n_items)
    if not popular:
        return found
    targets = popular + np.arange(popular)
    scores = function.scores(found, targets)
    risen = 0.5 + np.argsort(np.argsort(scores, axis=0), axis=0) / max(1, users - 1)
    return Histories.from_events(
        np.concatenate([rows, np.repeat(np.arange(users), popular)]),
        np.concatenate([met, np.tile(np.arange(popular), users)]),
        np.concatenate([weights, risen.ravel()]),
        n_rows=users,
        n_items=n_items,
    )


def _drawn(n: int, counts: IntArray, rng: np.random.Generator) -> tuple[IntArray, IntArray]:
    """Row r draws ``counts[r]`` different numbers below n; (rows, numbers), row after row.

    The largest of log weights plus Gumbel noise are a weighted draw without replacement.
    """
    weight = -0.5 * np.log(10.0 + np.arange(n))
    block = max(1, _BLOCK // n)
    numbers = []
    for start in range(0, len(counts), block):
        own = counts[start : start + block]
        order = np.argsort(-(weight + rng.gumbel(size=(len(own), n))), axis=1)
        numbers.append(order[np.arange(n) < own[:, None]])
    return np.repeat(np.arange(len(counts)), counts), np.concatenate(numbers)
