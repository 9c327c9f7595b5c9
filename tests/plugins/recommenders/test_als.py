"""ALS: the loss that it minimizes, written out; two groups of users; then a published split."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from whyrec import Catalog, CleaningReport, Dataset, Histories, Index
from whyrec_plugins.recommenders.als import ALS


def dataset(interest):
    rows, n = np.shape(interest)
    return Dataset(
        "toy",
        Index(tuple(f"u{u}" for u in range(rows))),
        Catalog(Index(tuple(f"i{j}" for j in range(n)))),
        Histories.from_interest(csr_array(interest)),
        CleaningReport(0, 0),
    )


def some(rows, n, density, seed=0):
    rng = np.random.default_rng(seed)
    interest = np.where(rng.random((rows, n)) < density, rng.uniform(0.2, 2.0, (rows, n)), 0.0)
    interest[0, :4] = [-1.0, 0.5, -0.3, 2.0]  # dislikes
    return interest


@pytest.mark.parametrize("density", [0.1, 0.8])  # histories shorter and longer than the vectors
def test_scores_of_a_history_minimize_the_documented_loss(density):
    train, rows = some(50, 30, 0.3), some(7, 30, density, seed=1)
    model = ALS(factors=8, alpha=3.0, l2=0.05, iterations=3).fit(dataset(train))
    Y, w = model._items.vectors, 3.0 * np.abs(train).mean()
    C, wanted = np.abs(rows), (rows > 0).astype(float)
    for c, p, scores in zip(C, wanted, model.score(Histories.from_interest(csr_array(rows))), strict=True):
        # Setting the loss's gradient by u to 0: Σ c (u·y − p) y + w Σ (u·y) y + l2 (Σ c + w n) u = 0.
        A = Y.T @ (Y * (c + w)[:, None]) + 0.05 * (c.sum() + w * 30) * np.eye(8)
        np.testing.assert_allclose(scores, Y @ np.linalg.solve(A, Y.T @ (c * p)), atol=1e-12)


def test_training_lowers_the_loss_turn_by_turn():
    X = some(40, 30, 0.3)
    C, P = np.abs(X), (X > 0).astype(float)
    w = 2.0 * C.mean()

    def loss(model):
        # The users' vectors, recovered from their scores, then the loss with its regularization on both sides.
        Y, S = model._items.vectors, model.score(dataset(X).histories)
        U = np.linalg.lstsq(Y, S.T, rcond=None)[0].T
        fit = (C * (P - S) ** 2).sum() + w * (S**2).sum()
        users = ((C.sum(axis=1) + w * 30) * (U**2).sum(axis=1)).sum()
        items = ((C.sum(axis=0) + w * 40) * (Y**2).sum(axis=1)).sum()
        return fit + 0.01 * (users + items)

    losses = [loss(ALS(factors=4, alpha=2.0, l2=0.01, iterations=n).fit(dataset(X), seed=3)) for n in (1, 2, 4, 8, 16)]
    assert losses == sorted(losses, reverse=True)
    assert losses[0] - losses[-1] > 0.1


def test_training_finds_the_vectors_that_exact_solves_find():
    """Few conjugate gradient steps a turn, in single precision, against both sides solved in turn to the end."""
    X = some(60, 40, 0.3)
    C, w, l2 = np.abs(X), 5.0 * np.abs(X).mean(), 0.02
    model = ALS(factors=3, alpha=5.0, l2=l2, iterations=60).fit(dataset(X), seed=3)

    def solved(C, P, Y):
        parts = [
            (Y.T @ (Y * (c + w)[:, None]) + l2 * (c.sum() + w * len(Y)) * np.eye(3), c * p)
            for c, p in zip(C, P, strict=True)
        ]
        return np.array([np.linalg.solve(A, Y.T @ b) for A, b in parts])

    P, Y = (X > 0).astype(float), np.random.default_rng(0).normal(0, 0.1, (40, 3))
    for _ in range(300):
        U = solved(C, P, Y)
        Y = solved(C.T, P.T, U)
    expected = solved(C, P, Y) @ Y.T
    np.testing.assert_allclose(model.score(dataset(X).histories), expected, atol=1e-3 * np.abs(expected).max())


@pytest.mark.parametrize("unit", [1e-6, 1e9])
def test_interests_in_another_unit_give_the_same_scores(unit):
    X = some(50, 30, 0.3)
    plain, other = ALS(factors=4).fit(dataset(X)), ALS(factors=4).fit(dataset(X * unit))
    expected = plain.score(dataset(X).histories)
    assert np.abs(expected).max() > 0.1
    np.testing.assert_allclose(other.score(dataset(X * unit).histories), expected, rtol=0, atol=1e-4)


def test_a_larger_catalog_of_items_nobody_met_moves_no_balance():
    X = some(50, 30, 0.3)
    padded = np.hstack([X, np.zeros((50, 300))])
    scores = ALS(factors=4).fit(dataset(padded)).score(dataset(padded).histories)
    assert scores[:, :30][X > 0].mean() > 0.2


def test_two_groups_of_users_get_their_own_missing_item():
    X = np.kron(np.eye(2), np.ones((6, 5)))
    X[0, 2] = X[11, 7] = 0.0
    top = ALS(factors=2).fit(dataset(X)).top(dataset(X).histories, 1).items
    assert top[[0, 11], 0].tolist() == [2, 7]


def test_an_empty_history_scores_zero_and_so_does_an_item_nobody_met():
    X = some(20, 12, 0.4)
    X[:, 5] = 0.0
    model = ALS(factors=3).fit(dataset(X))
    np.testing.assert_array_equal(model.score(Histories.from_interest(csr_array((1, 12)))), np.zeros((1, 12)))
    np.testing.assert_array_equal(model.score(dataset(X).histories)[:, 5], np.zeros(20))


def test_a_dislike_gives_nothing_but_a_wish_for_zero():
    model = ALS(factors=3).fit(dataset(some(20, 12, 0.4)))
    rows = Histories.from_interest(csr_array([[0.0, 1.0, -2.0, 0.5] + [0.0] * 8]))
    contributions, _ = model.history_contributions(rows, np.arange(12))
    np.testing.assert_array_equal(contributions[1], np.zeros(12))
    without = Histories.from_interest(csr_array([[0.0, 1.0, 0.0, 0.5] + [0.0] * 8]))
    assert abs(model.score(rows)[0, 2]) < abs(model.score(without)[0, 2])


@pytest.mark.data
def test_movielens(movielens):
    assert np.mean([movielens.ndcg(ALS(), seed=seed) for seed in range(3)]) >= 0.254


@pytest.mark.parametrize("n", [0, 3, 40])
def test_the_short_cut_scores_altered_histories_like_histories(n: int) -> None:
    """Both ways, more entries than factors and fewer, dislikes and emptied rows included."""
    rng = np.random.default_rng(n)
    x = (rng.random((60, 50)) < 0.3) * rng.uniform(0.2, 1.5, (60, 50))
    data = dataset(x)
    model = ALS(factors=8, iterations=3).fit(data)
    own = np.zeros((1, 50))
    own[0, :n] = rng.uniform(0.2, 1.5, n)
    history = Histories.from_interest(csr_array(own))
    altered = rng.uniform(-0.5, 1.5, (7, n)) * (rng.random((7, n)) < 0.6)
    if n:
        altered[0] = 0
        altered[1] = history.interest.data
    items = np.array([44, 2, 49])
    whole = np.zeros((7, 50))
    whole[:, :n] = altered
    expected = model.score(Histories.from_interest(csr_array(whole)), items)
    np.testing.assert_allclose(model.masked_scorer(history, items)(altered), expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("removal", ["drop", "shrink"])
def test_copies_that_differ_in_one_item_are_scored_as_any_others(removal):
    """Added, taken out, weakened, turned into a dislike, or left as they are: the same as one by one."""
    model = ALS(factors=8, alpha=3.0, l2=0.05, iterations=3).fit(dataset(some(50, 60, 0.3)))
    whole = some(1, 60, 0.7, seed=2)
    history, items = Histories.from_interest(csr_array(whole)), np.array([3, 50, 59])
    own = history.interest.data
    scorer = model.masked_scorer(history, items, removal=removal)
    base = np.where(np.arange(len(own)) % 3 > 0, own, 0.0)
    copies = np.repeat(base[None], 3 * len(own), axis=0)
    row, item = np.arange(len(copies)), np.tile(np.arange(len(own)), 3)
    copies[row, item] = np.concatenate([own - base, 0.5 * base, -base])
    copies[-1] = base
    assert len(own) >= 24
    one_by_one = np.concatenate([scorer(copy[None]) for copy in copies])
    np.testing.assert_allclose(scorer(copies), one_by_one, rtol=1e-9, atol=1e-13)


@pytest.mark.parametrize("factors", [4, 40])  # systems of the vectors' size, and of the items'
def test_short_and_long_copies_together_are_scored_as_alone(factors):
    model = ALS(factors=factors, alpha=3.0, l2=0.05, iterations=3).fit(dataset(some(50, 60, 0.3)))
    history, items = Histories.from_interest(csr_array(some(1, 60, 0.5, seed=2))), np.array([3, 50])
    own = history.interest.data
    rng = np.random.default_rng(0)
    copies = own * (rng.random((200, len(own))) < np.linspace(0, 1, 200)[:, None])
    expected = np.zeros((200, history.n_items))
    expected[:, history.interest.indices] = copies
    plain = model.score(Histories.from_interest(csr_array(expected)), items)
    np.testing.assert_allclose(model.masked_scorer(history, items)(copies), plain, rtol=1e-9, atol=1e-13)


@pytest.mark.parametrize("removal", ["drop", "shrink", "fill"])
@pytest.mark.parametrize("n", [12, 40])
def test_copies_that_have_lost_few_items_are_scored_as_any_others(n, removal):
    """Many at once go by the whole history's system, less what has changed; each by itself by its own system."""
    rng = np.random.default_rng(n)
    X = (rng.random((60, 80)) < 0.2).astype(float)
    X[0, :] = 0.0
    X[0, :n] = rng.uniform(0.5, 2.0, n) * rng.choice([1.0, 1.0, -1.0], n)
    model = ALS(factors=10, iterations=3).fit(dataset(csr_array(X)), seed=0)
    history = Histories.from_interest(csr_array(X[:1]))
    scorer = model.masked_scorer(history, np.array([n, n + 3]), removal=removal)
    kept = np.array([rng.permutation(n) >= lost for lost in rng.integers(2, 5, 40)])
    copies = np.where(kept, X[0, :n], 0.0)
    copies[0, 1] *= 0.5  # not only gone: changed
    together, alone = scorer(copies), np.concatenate([scorer(row[None]) for row in copies])
    np.testing.assert_allclose(together, alone, rtol=1e-9, atol=1e-12)
