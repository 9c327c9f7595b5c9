"""A toy world and toy models for tests: small enough that every right answer can be counted out."""

import itertools
from math import factorial

import numpy as np
from scipy.sparse import csr_array, csr_matrix

from whyrec import (
    Catalog,
    CleaningReport,
    Dataset,
    Features,
    Histories,
    Index,
    PlantedTruth,
    Recommender,
    games_for,
)

BEHAVIORS = {"purchase": 1.0, "click": 0.5, "browse": 0.2}
GENRES = ("Action", "Comedy", "Drama", "Noir")


def world(*, n_users=8, n_items=14, scale="none", seed=3, features=True):
    """Users of 0 … 10 items (user 0 has none), several events an item, multi-valued genres, brands, a price."""
    rng = np.random.default_rng(seed)
    rows, items = [], []
    for user in range(1, n_users):
        own = rng.choice(n_items, size=2 + user % 9, replace=False)
        for item in own:
            for _ in range(rng.integers(1, 4)):
                rows.append(user)
                items.append(item)
    behaviors = rng.integers(0, 3, len(rows))
    weights = np.array(list(BEHAVIORS.values()))[behaviors] * rng.uniform(0.5, 1.0, len(rows))
    histories = Histories.from_events(
        np.array(rows),
        np.array(items),
        weights,
        n_rows=n_users,
        n_items=n_items,
        behaviors=behaviors,
        times=rng.integers(0, 10**6, len(rows)),
        behavior_names=tuple(BEHAVIORS),
        scale=scale,
    )
    catalog = Catalog(
        Index(tuple(f"i{j}" for j in range(n_items)), "item"),
        {"": tuple(f"Title {j}" for j in range(n_items))},
        _features(rng, n_items) if features else None,
    )
    likes = csr_array(np.where(rng.random((n_users, 8)) < 0.4, rng.normal(size=(n_users, 8)), 0.0))
    return Dataset(
        name="toy",
        users=Index(tuple(f"u{u}" for u in range(n_users)), "user"),
        catalog=catalog,
        histories=histories,
        report=CleaningReport(len(rows), len(rows)),
        behaviors=BEHAVIORS,
        interest_by="genre" if features else None,
        truth=PlantedTruth(likes) if features else None,
    )


def _features(rng, n_items):
    genre = (rng.random((n_items, 4)) < 0.45).astype(float)
    genre[0] = 0.0  # an item without a genre
    genre[1] = 1.0  # one with all
    brand = np.eye(3)[rng.integers(0, 3, n_items)]
    price = rng.normal(size=(n_items, 1))
    return Features(
        csr_array(np.hstack([genre, brand, price])),
        ("genre",) * 4 + ("brand",) * 3 + ("price",),
        (*GENRES, "A", "B", "C", ""),
        {"genre": "multi", "brand": "category", "price": "number"},
    )


class Linear(Recommender):
    """score = interest @ W + b."""

    name = "toy-linear"

    def _fit(self, data, rng, progress):
        self.W = rng.normal(size=(data.n_items, data.n_items))
        self.b = rng.normal(size=data.n_items)

    def _score(self, histories, items):
        scores = csr_matrix(histories.interest) @ self.W + self.b
        return scores if items is None else scores[:, items]

    def history_weights(self, items):
        return self.W[:, items], self.b[items]


class Split(Recommender):
    """score = b + Σ x_j W_j / (1 + Σ |x|): it splits, but the split moves with the history."""

    name = "toy-split"

    def _fit(self, data, rng, progress):
        self.W = rng.normal(size=(data.n_items, data.n_items))
        self.b = rng.normal(size=data.n_items)

    def _score(self, histories, items):
        size = 1 + abs(histories.interest).sum(axis=1)
        scores = (csr_matrix(histories.interest) @ self.W) / size[:, None] + self.b
        return scores if items is None else scores[:, items]

    def history_contributions(self, histories, items):
        x = histories.interest
        size = np.repeat(1 + abs(x).sum(axis=1), np.diff(x.indptr))
        split = (x.data / size)[:, None] * self.W[x.indices][:, items]
        return split, np.tile(self.b[items], (len(histories), 1))


class Pooled(Recommender):
    """score = the mean of item effects E over the items of the history, 0 for none."""

    name = "toy-pooled"

    def _fit(self, data, rng, progress):
        self.E = rng.normal(size=(data.n_items, data.n_items))

    def _score(self, histories, items):
        x = histories.interest
        there = csr_matrix((np.ones(x.nnz), x.indices, x.indptr), shape=x.shape)
        scores = (there @ self.E) / np.maximum(1, np.diff(x.indptr))[:, None]
        return scores if items is None else scores[:, items]


class ByFeatures(Recommender):
    """score = (interest @ A + a) · features of the item + a bias of the item."""

    name = "toy-by-features"

    def _fit(self, data, rng, progress):
        n = len(data.catalog.features)
        self.A, self.a, self.bias = (
            rng.normal(size=(data.n_items, n)),
            rng.normal(size=n),
            rng.normal(size=data.n_items),
        )

    def _taste(self, histories):
        return csr_matrix(histories.interest) @ self.A + self.a

    def _score(self, histories, items):
        items = np.arange(self.data.n_items) if items is None else items
        return self.score_features(histories, self.data.catalog.features.matrix[items], items)

    def score_features(self, histories, features, items=None):
        own = 0.0 if items is None else np.where(np.asarray(items) < 0, 0.0, self.bias[items])
        return self._taste(histories) @ csr_matrix(features).T.toarray() + own

    def feature_contributions(self, histories, items):
        F = self.data.catalog.features.matrix[items].toarray()
        return self._taste(histories)[:, None, :] * F, np.tile(self.bias[items], (len(histories), 1))


def games(model, *, kind="history", by=None, users=None, k=3, **asked):
    """Games of some users (all by default) about their k best items."""
    data = model.data
    users = np.arange(data.n_users) if users is None else np.asarray(users)
    histories = data.histories.take(users)
    items = model.top(histories, k).items
    names = [data.users[u] for u in users]
    return games_for(model, histories, items, kind=kind, by=by, users=names, rows=users, **asked)


def shapley(worth, n):
    """(n, K) Shapley values by their definition: ``worth`` takes a tuple of the players present, gives (K,)."""
    values = []
    for i in range(n):
        total = 0.0
        for size in range(n):
            weight = factorial(size) * factorial(n - size - 1) / factorial(n)
            for others in itertools.combinations([j for j in range(n) if j != i], size):
                total = total + weight * (worth((*others, i)) - worth(others))
        values.append(total)
    return np.array(values)


def shapley_of(game):
    """(K, n) exact Shapley values of a game, each coalition scored on its own by the model."""
    n = game.n_players
    known = {}

    def worth(present):
        key = tuple(sorted(present))
        if key not in known:
            mask = np.isin(np.arange(n), key)[None, :]
            if game.players.kind == "features":
                known[key] = game.values(mask)[0]
            else:
                known[key] = game.model.score(game.masked(mask), game.items)[0]
        return known[key]

    return shapley(worth, n).T
