"""The kit's own data: a small world with everything in it, a plain one, and histories that nobody expects."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array

from whyrec.catalog import Catalog, Features, Index
from whyrec.dataset import CleaningReport, Dataset, PlantedTruth
from whyrec.histories import Histories
from whyrec.planted import PlantedFunction, PlantedTerm
from whyrec.types import IntArray

N_USERS, N_ITEMS = 24, 18
NOBODY, UNMET = 0, N_ITEMS - 1
"""A user without events; an item that nobody met."""
BEHAVIORS = {"purchase": 1.0, "click": 0.5, "browse": 0.2}


def world(seed: int = 0, *, plain: bool = False) -> Dataset:
    """Users of 0 to 10 items, several events an item, behaviors, times, features of three kinds, a planted function.

    ``plain``: no behaviors, times, features or titles. Two tastes, so that there is something to learn.
    """
    rng = np.random.default_rng([seed, plain])
    rows: list[int] = []
    items: list[int] = []
    for user in range(1, N_USERS):
        mine = np.where(np.arange(UNMET) % 2 == user % 2, 5.0, 1.0)
        for item in rng.choice(UNMET, size=1 + user % 10, replace=False, p=mine / mine.sum()):
            n = int(rng.integers(1, 4))
            rows += [user] * n
            items += [int(item)] * n
    codes = rng.integers(0, len(BEHAVIORS), len(rows))
    weights = (
        np.ones(len(rows)) if plain else np.array(list(BEHAVIORS.values()))[codes] * rng.uniform(0.5, 1, len(rows))
    )
    histories = Histories.from_events(
        np.array(rows),
        np.array(items),
        weights,
        n_rows=N_USERS,
        n_items=N_ITEMS,
        behaviors=None if plain else codes,
        times=None if plain else 1_600_000_000 + rng.integers(0, 10**7, len(rows)),
        behavior_names=() if plain else tuple(BEHAVIORS),
    )
    ids = Index(tuple(f"i{j}" for j in range(N_ITEMS)), "item")
    titles = {} if plain else {"": tuple(f"Thing {j} of kind {j % 2}" for j in range(N_ITEMS))}
    return Dataset(
        name="kit-plain" if plain else "kit",
        users=Index(tuple(f"u{u}" for u in range(N_USERS)), "user"),
        catalog=Catalog(ids, titles, None if plain else _features(rng)),
        histories=histories,
        report=CleaningReport(len(rows), len(rows)),
        behaviors={} if plain else BEHAVIORS,
        interest_by=None if plain else "genre",
        truth=PlantedTruth(None if plain else _likes(), _function(rng)),
    )


def _features(rng: np.random.Generator) -> Features:
    genre = np.zeros((N_ITEMS, 4))
    genre[np.arange(N_ITEMS), np.arange(N_ITEMS) % 2] = 1.0
    genre[::3, 2] = 1.0  # some items have two genres
    genre[UNMET, 3] = 1.0
    brand = np.eye(3)[rng.integers(0, 3, N_ITEMS)]
    matrix = np.hstack([genre, brand, rng.uniform(0.5, 1.5, (N_ITEMS, 1))])
    columns = ("genre",) * 4 + ("brand",) * 3 + ("price",)
    values = ("even", "odd", "third", "rare", "A", "B", "C", "")
    return Features(csr_array(matrix), columns, values, {"genre": "multi", "brand": "category", "price": "number"})


def _likes() -> csr_array:
    """(users, features) every second user likes the even items, the others the odd ones."""
    users = np.arange(N_USERS)
    return csr_array((np.ones(N_USERS), (users, users % 2)), shape=(N_USERS, 8))


def _function(rng: np.random.Generator) -> PlantedFunction:
    def term(order: int) -> PlantedTerm:
        return PlantedTerm(rng.normal(size=(N_ITEMS, 2)), rng.normal(size=(N_ITEMS, 2)), order)

    return PlantedFunction(rng.normal(size=N_ITEMS), (term(1), term(2)))


def odd_histories(data: Dataset) -> dict[str, Histories]:
    """What comes in the real world: nothing, one event, an item never met, everything, dislikes, much, ancient."""
    n = data.n_items
    every: IntArray = np.arange(n, dtype=np.int64)
    return {
        "nothing": _made(data, every[:0], 1.0),
        "one event": _made(data, every[2:3], 1.0),
        "an item that nobody met": _made(data, every[UNMET:], 1.0),
        "every item of the catalog": _made(data, every, 1.0),
        "the same item a hundred times": _made(data, np.repeat(every[3:4], 100), 0.5),
        "only dislikes": _made(data, every[4:7], -1.0),
        "likes that cancel": _made(data, np.repeat(every[5:6], 2), np.array([1.0, -1.0])),
        "very large weights": _made(data, every[6:9], 1e6),
        "very small weights": _made(data, every[6:9], 1e-9),
    }


def _made(data: Dataset, items: IntArray, weights: object) -> Histories:
    known, m = data.histories, len(items)
    return Histories.from_events(
        np.zeros(m, np.int64),
        items,
        np.broadcast_to(np.asarray(weights, np.float64), (m,)),
        n_rows=1,
        n_items=data.n_items,
        behaviors=None if known.behaviors is None else np.arange(m, dtype=np.int64) % len(known.behavior_names),
        times=None if known.times is None else int(known.times.min(initial=0)) + np.arange(m, dtype=np.int64),
        behavior_names=known.behavior_names,
        scale=known.scale,
    )
