"""Toy networks whose gradients are written out by hand."""

from types import SimpleNamespace

import numpy as np
import pytest

from whyrec import FirstLayer, Recommender


class Slopes(Recommender):
    """score = Σ_j x_j W_j + b: linear, but it tells nothing of that beside its gradients."""

    name = "toy-slopes"

    def _fit(self, data, rng, progress):
        n = data.n_items
        self.A, self.a = rng.normal(size=(n, 6)), rng.normal(size=6)
        self.B, self.b = rng.normal(size=(6, n)), rng.normal(size=n)

    def _score(self, histories, items):
        chosen = slice(None) if items is None else items
        return self._bent(histories.interest @ self.A + self.a) @ self.B[:, chosen] + self.b[chosen]

    def _bent(self, z):
        return z

    def _slope(self, z):
        return np.ones_like(z)

    def first_layer(self, histories, items):
        x = histories.interest

        def rest(sums):
            slopes = self._slope(sums)[:, None, :] * self.B[:, items].T
            return self._bent(sums) @ self.B[:, items] + self.b[items], slopes

        return FirstLayer(x.data[:, None] * self.A[x.indices], self.a, rest)

    def presence_gradients(self, history, presence, items):
        z = (presence * history.interest.data) @ self.A[history.interest.indices] + self.a
        slopes = self._slope(z)[:, None, :] * self.B[:, items].T
        return self._bent(z) @ self.B[:, items] + self.b[items], slopes @ (
            history.interest.data[:, None] * self.A[history.interest.indices]
        ).T

    def probability(self, scores):
        return 1 / (1 + np.exp(-scores))


class Tanh(Slopes):
    """score = tanh(x A + a) B + b."""

    name = "toy-tanh"

    def _bent(self, z):
        return np.tanh(z)

    def _slope(self, z):
        return 1 - np.tanh(z) ** 2


class Relu(Slopes):
    """score = relu(x A + a) B + b: the path has bends."""

    name = "toy-relu"

    def _bent(self, z):
        return np.maximum(z, 0)

    def _slope(self, z):
        return (z > 0) * 1.0


@pytest.fixture(scope="session")
def networks():
    return SimpleNamespace(Slopes=Slopes, Tanh=Tanh, Relu=Relu)


@pytest.fixture(scope="session")
def partly():
    """(m, K) scores of a game's items for histories whose items count ``presence`` (m, n_entries) of themselves."""
    from scipy.sparse import csr_array

    from whyrec import Histories

    def values(game, presence):
        own = game.history.interest
        rows = [csr_array((p * own.data, own.indices, own.indptr), shape=own.shape) for p in presence]
        scores = [game.model.score(Histories.from_interest(row), game.items)[0] for row in rows]
        return np.array(scores)

    return values
