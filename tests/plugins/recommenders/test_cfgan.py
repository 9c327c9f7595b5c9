"""cfgan: planted groups are found, the two parts train against each other, and scores are those of the generator."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from whyrec import (
    AdditiveInHistory,
    Catalog,
    CleaningReport,
    Dataset,
    Differentiable,
    Histories,
    Index,
    LinearFirstLayer,
    ScoresMasked,
    Trained,
)
from whyrec_plugins.recommenders.cfgan import CFGAN

ITEMS = np.array([9, 2, 2, 13])
SMALL = {"hidden": 16, "judge": 8, "batch_size": 16, "learning_rate": 0.01}


def dataset(interest):
    rows, n = np.shape(interest)
    return Dataset(
        "toy",
        Index(tuple(f"u{u}" for u in range(rows))),
        Catalog(Index(tuple(f"i{j}" for j in range(n)))),
        Histories.from_interest(csr_array(interest)),
        CleaningReport(0, 0),
    )


def four_groups():
    """A hundred users in four groups of their own ten items; each met about seven of them."""
    groups = np.kron(np.eye(4), np.ones((25, 10)))
    return np.where(np.random.default_rng(0).random(groups.shape) < 0.7, groups, 0.0)


@pytest.fixture(scope="module")
def grouped():
    return CFGAN(**SMALL, epochs=40).fit(dataset(four_groups()))


@pytest.fixture(scope="module")
def model(toys):
    return CFGAN(**SMALL, epochs=5, validation=0.0).fit(toys.world(), seed=1)


@pytest.fixture(scope="module")
def unseen(model):
    rng = np.random.default_rng(5)
    n_items = model.data.n_items
    interest = np.where(rng.random((6, n_items)) < 0.5, rng.normal(1.0, 1.0, (6, n_items)), 0.0)
    interest[3] = 0.0
    return Histories.from_interest(csr_array(interest))


def test_users_of_a_group_get_its_items(grouped):
    best = grouped.top(grouped.data.histories, 1).items[:, 0]
    assert (best // 10 == np.arange(100) // 25).mean() > 0.9  # by chance: one in four


def test_the_curve_has_both_sides_of_the_game(grouped):
    curve = grouped.training_curve()
    assert set(curve) == {"loss", "adversary", "val_loss", "val_ndcg"}
    assert curve["adversary"][0] == pytest.approx(2 * np.log(2), rel=0.5)  # it begins by tossing coins
    assert curve["loss"][-1] < curve["loss"][0]


def test_each_side_moves_its_own_weights_only():
    network = CFGAN(**SMALL)._network(dataset(four_groups()), 3)
    generator, discriminator = ({v.path.split("/")[0] for v in o.variables} for o in network.objectives)
    assert generator == {"read", "items"}
    assert discriminator == {"judged", "verdict"}


def test_zeros_are_pulled_by_alpha_and_only_without_interest():
    X = four_groups()
    users = np.arange(100)
    losses = {
        alpha: np.asarray(
            CFGAN(**SMALL, alpha=alpha, zeros=1.0, dropout=0.0)
            ._network(dataset(X), 3)
            .objectives[0]
            .loss(np.int64(0), users)[0],
            np.float64,
        )
        for alpha in (0.0, 1.0)
    }
    # Untrained, everything is half liked: a square of ¼ for each of the items without interest.
    np.testing.assert_allclose(losses[1.0] - losses[0.0], 0.25 * (X == 0).sum(axis=1), rtol=0.1)


def test_scores_are_those_of_the_generator_and_need_no_tensorflow(model, unseen, monkeypatch):
    network = model._network(model.data, 0)
    network.load(model._weights)
    read, items, _, _ = network.layers
    x = unseen.interest.toarray()
    x /= np.maximum(np.linalg.norm(x, axis=1), 1e-12)[:, None]
    monkeypatch.setattr("whyrec_plugins.recommenders.cfgan.tensorflow", None)
    np.testing.assert_allclose(model.score(unseen), items(read(x.astype(np.float32))), rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(model.score(unseen, ITEMS), model.score(unseen)[:, ITEMS], rtol=1e-9)


def test_capabilities(model):
    assert all(model.can(c) for c in (AdditiveInHistory, Differentiable, LinearFirstLayer, ScoresMasked, Trained))


def test_contributions_add_up(model, unseen):
    contributions, base = model.history_contributions(unseen, ITEMS)
    row = np.repeat(np.arange(6), np.diff(unseen.interest.indptr))
    summed = base.copy()
    np.add.at(summed, row, contributions)
    np.testing.assert_allclose(summed, model.score(unseen, ITEMS), rtol=0, atol=1e-10)


def test_the_seed_decides_and_a_refit_forgets(model, toys, unseen):
    again = CFGAN(**model.settings())
    again.fit(toys.world(seed=8), seed=2)
    assert np.abs(again.score(unseen) - model.score(unseen)).max() > 1e-6
    again.fit(model.data, seed=1)
    np.testing.assert_array_equal(again.score(unseen), model.score(unseen))


@pytest.mark.parametrize("X", [np.zeros((2, 4)), np.ones((1, 1)), -np.ones((2, 3)), np.array([[1.0, 0.0, 0.0]])])
def test_data_that_teach_little_are_lived_with(X):
    assert CFGAN(**SMALL, epochs=1).fit(dataset(X)).score(dataset(X).histories).shape == X.shape


@pytest.mark.slow
@pytest.mark.data
def test_movielens(movielens):
    assert movielens.ndcg(CFGAN()) > 0.1  # drawn items: below 0.01; popularity, which it does not reach here: 0.138
