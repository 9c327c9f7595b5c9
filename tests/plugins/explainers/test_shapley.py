"""Shapley: closed forms, enumeration, and an estimator held against exact values, its own errors included."""

from itertools import combinations, permutations
from math import comb

import numpy as np
import pytest
from scipy.sparse import csr_array

from whyrec import Catalog, CleaningReport, Dataset, Game, Histories, Index, Recommender, games_for
from whyrec_plugins.explainers._enumeration import every_coalition, shapley_operator
from whyrec_plugins.explainers._pair_operator import PairOperator
from whyrec_plugins.explainers._pairs import Pairs
from whyrec_plugins.explainers.shapley import Shapley


class Pooled(Recommender):
    """tanh of the mean of the items' effects: not linear, not additive."""

    name = "pooled"
    bend = 1.0

    def _fit(self, data, rng, progress):
        self.effects = np.random.default_rng(5).normal(size=(data.n_items, data.n_items))

    def _score(self, histories, items):
        x = histories.interest
        mass = np.asarray(x.sum(axis=1)).ravel()
        mean = (x @ self.effects) / np.where(mass > 0, mass, 1.0)[:, None]
        scores = np.tanh(self.bend * mean) / self.bend if self.bend else mean
        return scores if items is None else scores[:, items]


class Mean(Pooled):
    name = "mean"
    bend = 0.0


class Quadratic(Recommender):
    """Main effects and interactions of two items: paired sampling answers exactly."""

    name = "quadratic"

    def _fit(self, data, rng, progress):
        drawn = np.random.default_rng(8)
        self.main = drawn.normal(size=(data.n_items, data.n_items))
        self.both = np.triu(drawn.normal(size=(data.n_items, data.n_items)), 1)

    def _score(self, histories, items):
        x = histories.interest.toarray()
        scores = x @ self.main + ((x @ self.both) * x).sum(axis=1, keepdims=True) * np.arange(x.shape[1])
        return scores if items is None else scores[:, items]


class Linear(Mean):
    name = "linear"

    def _score(self, histories, items):
        scores = histories.interest @ self.effects
        return scores if items is None else scores[:, items]

    def history_weights(self, items):
        return self.effects[:, items], np.zeros(len(items))


def played(model: Recommender, *lengths: int, n_items: int = 40, k: int = 3) -> list[Game]:
    """Games of users with the given numbers of items, all weighing 1."""
    x = np.zeros((len(lengths), n_items))
    for row, n in enumerate(lengths):
        x[row, np.random.default_rng(row).permutation(n_items - k)[:n]] = 1.0
    data = Dataset(
        "toy",
        Index(tuple(f"u{u}" for u in range(len(lengths)))),
        Catalog(Index(tuple(f"i{i}" for i in range(n_items)))),
        Histories.from_interest(csr_array(x)),
        CleaningReport(0, 0),
    )
    model.fit(data)
    return games_for(model, data.histories, np.tile(np.arange(n_items - k, n_items), (len(lengths), 1)))


def by_orders(value, n):
    """Shapley values from the definition: the mean marginal contribution over all orders."""
    total = np.zeros(n)
    for order in permutations(range(n)):
        present = np.zeros(n, bool)
        for player in order:
            before = value(present)
            present[player] = True
            total[player] += value(present) - before
    return total / len(list(permutations(range(n))))


def squared_error(found, exact):
    return np.mean(
        [((a.values - b.values) ** 2).sum() / (b.values**2).sum() for a, b in zip(found, exact, strict=True)]
    )


def test_enumeration_is_the_mean_over_all_orders() -> None:
    def value(present):
        return float(np.sin(present @ np.arange(1.0, 6.0)) + present[0] * present[3])

    worth = np.array([value(c) for c in every_coalition(5)])
    np.testing.assert_allclose(shapley_operator(5) @ worth, by_orders(value, 5), atol=1e-12)


def test_a_linear_model_is_explained_in_closed_form_without_a_model_call() -> None:
    games = played(Linear(), 30, 5)
    found = Shapley().explain(games[0].model, games)
    own = games[0].history.interest.indices
    np.testing.assert_allclose(found[0].values, games[0].model.effects[own, 37], rtol=1e-12)
    assert [e.model_calls for e in found] == [0] * 6


@pytest.mark.parametrize(("budget", "off"), [(8, 0.08), (32, 0.01)])
@pytest.mark.parametrize("n", [16, 25, 100])
def test_mean_pooling_is_found_nearly_from_few_coalitions(n: int, budget: int, off: float) -> None:
    """φᵢ = bᵢ H_n / n + (Σ_{j≠i} bⱼ)(1 − H_n) / (n (n − 1)), H_n the harmonic number."""
    games = played(Mean(), n, n_items=120)
    found = Shapley(budget=budget).explain(games[0].model, games)
    harmonic = (1 / np.arange(1, n + 1)).sum()
    for k, one in enumerate(found):
        b = games[0].model.effects[games[0].history.interest.indices, 117 + k]
        exact = b * harmonic / n + (b.sum() - b) * (1 - harmonic) / (n * (n - 1))
        # The ridge on the size-dependent terms leaves a trace, which the residuals mend but for sampling.
        np.testing.assert_allclose(one.values, exact, atol=off * np.abs(exact).max())


@pytest.mark.parametrize("n", [15, 30])
def test_interactions_of_two_are_found_exactly(n: int) -> None:
    games = played(Quadratic(), n)
    found = Shapley(budget=8).explain(games[0].model, games)
    model, own = games[0].model, games[0].history.interest.indices
    both = model.both[np.ix_(own, own)]
    shared = (both.sum(axis=0) + both.sum(axis=1)) / 2
    for k, one in enumerate(found):
        np.testing.assert_allclose(one.values, model.main[own, 37 + k] + shared * (37 + k), rtol=1e-6)


def test_the_estimator_beats_plain_leverage_sampling_and_shrinks_with_the_budget() -> None:
    games = played(Pooled(), 10, 11, 12, 13, 14)
    exact = Shapley().explain(games[0].model, games)
    error = {
        (method, budget): np.mean(
            [
                squared_error(
                    Shapley(exact_below=1, budget=budget, method=method).explain(games[0].model, games, seed=s), exact
                )
                for s in range(5)
            ]
        )
        for method in ("regression", "leverage")
        for budget in (8, 32)
    }
    assert error["regression", 8] < 0.25 * error["leverage", 8]
    assert error["regression", 32] < 0.5 * error["regression", 8]


def test_standard_errors_cover_the_exact_values() -> None:
    games = played(Pooled(), 11, 12, 13, 14)
    exact = Shapley().explain(games[0].model, games)
    inside = []
    for seed in range(30):
        found = Shapley(exact_below=1, budget=8).explain(games[0].model, games, seed=seed)
        inside += [np.abs(a.values - b.values) <= 1.96 * a.std_error for a, b in zip(found, exact, strict=True)]
    assert 0.90 <= np.concatenate(inside).mean() <= 0.995


def test_a_tolerance_buys_as_many_coalitions_as_it_needs() -> None:
    games = played(Pooled(), 20, 30)
    loose = Shapley(tolerance=0.2).explain(games[0].model, games)
    tight = Shapley(tolerance=0.01).explain(games[0].model, games)
    capped = Shapley(tolerance=1e-9, most=2000).explain(games[0].model, games)
    assert sum(e.model_calls for e in loose) < sum(e.model_calls for e in tight)
    for one in tight:
        assert np.linalg.norm(one.std_error) <= 0.01 * np.linalg.norm(one.values)
    assert max(e.model_calls for e in capped) <= 2 * 2000


def test_too_few_coalitions_tell_no_errors_and_meet_no_tolerance() -> None:
    games = played(Pooled(), 30)
    (few, *_) = Shapley(budget=2).explain(games[0].model, games)
    assert few.std_error is None
    (more, *_) = Shapley(budget=2, tolerance=0.5).explain(games[0].model, games)
    assert more.std_error is not None
    assert more.model_calls > 4 * 30


@pytest.mark.parametrize(
    ("n", "p"), [(2, 5), (3, 7), (5, 6), (6, 31), (9, 20), (14, 56), (30, 10), (60, 250), (107, 428), (165, 660)]
)
def test_pairs_are_distinct_and_carry_the_kernel(n: int, p: int) -> None:
    drawn = Pairs.draw(n, p, np.random.default_rng(0))
    assert min(p, 2 ** (n - 1) - 1) - drawn.rows.shape[1] < len(drawn.coalitions) <= p
    both = np.concatenate([drawn.coalitions, ~drawn.coalitions])
    assert len(np.unique(both, axis=0)) == len(both)
    np.testing.assert_array_equal(drawn.coalitions.sum(axis=1), drawn.sizes)
    sizes = np.arange(1, n)
    np.testing.assert_allclose(drawn.weights.sum(), (1 / (sizes / n * (1 - sizes / n))).sum())
    for size in set(drawn.sizes.tolist()):
        room = comb(n, size) // (2 if 2 * size == n else 1)
        there = drawn.sizes == size
        assert drawn.sampled[there].any() == (there.sum() < room)


@pytest.mark.parametrize("n", [4, 5, 6])
def test_with_all_pairs_the_operator_is_exact_on_any_game(n: int) -> None:
    drawn = Pairs.draw(n, 10**6, np.random.default_rng(0))
    operator = PairOperator.of(drawn)
    value = {
        c: float(np.random.default_rng(sum(2**i for i in c)).normal())
        for r in range(n + 1)
        for c in combinations(range(n), r)
    }

    def worth(present):
        return value[tuple(np.flatnonzero(present).tolist())]

    odd = np.array([[(worth(c) - worth(~c)) / 2] for c in operator.coalitions])
    moved = np.array([worth(np.ones(n, bool)) - worth(np.zeros(n, bool))])
    every = np.array([worth(c) for c in every_coalition(n)])
    found, errors = operator(odd, moved)
    np.testing.assert_allclose(found[:, 0], shapley_operator(n) @ every, atol=1e-9)
    assert errors.max() <= 1e-9 * np.abs(found).max()  # rounding
    assert operator(odd, moved, errors=False)[1] is None


def test_who_else_is_explained_changes_nothing_and_a_seed_is_a_seed() -> None:
    games = played(Pooled(), 20, 33, 20)
    model = games[0].model
    together = Shapley().explain(model, games, seed=4)
    alone = Shapley().explain(model, games[2:], seed=4)
    again = Shapley().explain(model, list(reversed(games)), seed=4)
    for a, b in zip(together[6:], alone, strict=True):
        np.testing.assert_allclose(a.values, b.values, rtol=1e-9)
    for a, b in zip(together[:3], again[6:], strict=True):
        np.testing.assert_allclose(a.values, b.values, rtol=1e-9)
    assert np.abs(together[0].values - Shapley().explain(model, games, seed=5)[0].values).max() > 0
