"""interest: the worked case by hand, planted structure, the promises of its capabilities, then real data."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from whyrec import (
    AdditiveInFeatures,
    AdditiveInHistory,
    Catalog,
    CleaningReport,
    DataError,
    Dataset,
    Differentiable,
    Features,
    Histories,
    Index,
    LinearInHistory,
    NotFittedError,
    Probabilistic,
    ScoresFeatures,
    Trained,
    UnsupportedError,
)
from whyrec_plugins.recommenders.interest import Interest

ITEMS = np.array([9, 2, 2, 13])


def dataset(interest, features=None):
    rows, n = np.shape(interest)
    kept = None
    if features is not None:
        values = tuple("ABCDEF"[: features.shape[1]])
        kept = Features(csr_array(features), ("kind",) * len(values), values, {"kind": "multi"})
    return Dataset(
        "toy",
        Index(tuple(f"u{u}" for u in range(rows))),
        Catalog(Index(tuple(f"i{j}" for j in range(n))), features=kept),
        Histories.from_interest(csr_array(interest)),
        CleaningReport(0, 0),
    )


# -- the worked case: three interests are the first items of a catalog, three products the others ---------------

WEIGHTS = np.array([[0.8, 0.6, 0.4], [0.5, 0.4, 0.6], [0.3, 0.6, 0.4]])  # a product a row, an interest a column


def worked_case(bias):
    data = dataset(np.array([[0.8, 0.5, 0.3, 0.0, 0.0, 0.0]]))
    interests, products = np.eye(6, 3), np.vstack([np.zeros((3, 3)), WEIGHTS])
    return data, Interest.from_arrays(data, history=interests, item_factors=products, bias=bias)


@pytest.mark.parametrize("bias", [0.0, -1.5])
def test_the_worked_case(bias):
    data, model = worked_case(bias)
    products = np.array([3, 4, 5])
    np.testing.assert_allclose(model.score(data.histories, products), [[1.06 + bias, 0.78 + bias, 0.66 + bias]])
    W, b = model.history_weights(products)
    np.testing.assert_allclose(W[:3], WEIGHTS.T)
    contributions = data.histories.interest.toarray()[0, :3] * W[:3, 0]
    np.testing.assert_allclose(contributions, [0.64, 0.30, 0.12])
    np.testing.assert_allclose(b, [bias] * 3)
    expected = 1 / (1 + np.exp(-np.array([[1.06 + bias]])))
    np.testing.assert_allclose(model.probability(model.score(data.histories, products[:1])), expected)
    assert model.recommend(k=3)["item_id"].to_list() == ["i3", "i4", "i5"]
    assert model.training_curve() == {"loss": [], "accuracy": []}


def test_arrays_that_do_not_fit_are_refused():
    data, _ = worked_case(0.0)
    with pytest.raises(DataError, match=r"item_bias has shape \(5,\); these data need \(6,\)"):
        Interest.from_arrays(data, history=np.eye(6, 3), item_factors=np.zeros((6, 3)), item_bias=np.zeros(5))
    with pytest.raises(DataError, match="history holds a number that is not finite"):
        Interest.from_arrays(data, history=np.full((6, 3), np.nan), item_factors=np.zeros((6, 3)))


# -- planted structure ------------------------------------------------------------------------------------------


def two_groups():
    """Twelve users, ten items; each user met all items of the own group but one."""
    X = np.kron(np.eye(2), np.ones((6, 5)))
    missing = [(u // 6) * 5 + u % 5 for u in range(12)]
    X[np.arange(12), missing] = 0.0
    return X, missing


def test_two_groups_of_users_get_their_own_missing_item():
    X, missing = two_groups()
    model = Interest(size=8, epochs=200, l2=0.1).fit(dataset(X))
    assert model.top(dataset(X).histories, 1).items[:, 0].tolist() == missing
    curve = model.training_curve()
    assert len(curve["loss"]) == len(curve["accuracy"]) == 200
    assert curve["loss"][-1] < 0.3 < curve["loss"][0]
    assert curve["accuracy"][-1] > 0.84  # of the negatives, the own group's missing item is taken for a positive


def test_an_item_never_met_is_scored_from_its_features():
    X, _ = two_groups()
    X = np.hstack([X, np.zeros((12, 2))])  # two new items, one like each group's
    features = np.kron(np.eye(2), np.ones((5, 1)))
    model = Interest(size=8, epochs=200, l2=0.1).fit(dataset(X, np.vstack([features, np.eye(2)])))
    new = model.score(dataset(X).histories, np.array([10, 11]))
    assert (new[:6, 0] > new[:6, 1]).all()
    assert (new[6:, 0] < new[6:, 1]).all()
    described = model.score_features(dataset(X).histories, csr_array(np.eye(2)))
    np.testing.assert_allclose(described, new, rtol=0, atol=1e-9)  # in the catalog or not, nobody met it


def test_training_does_not_learn_that_what_is_in_the_history_is_liked():
    # Nothing relates the items, so no history says anything: the best loss is that of 1 positive in 5.
    X = (np.random.default_rng(0).random((600, 12)) < 0.3).astype(float)
    curve = Interest(size=12, epochs=40, learning_rate=0.02, l2=0.1).fit(dataset(X)).training_curve()
    assert 0.47 < curve["loss"][-1] < 0.51  # entropy of one in five: 0.5004


# -- promises ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def data(toys):
    return toys.world()


@pytest.fixture(scope="module")
def model(data):
    return Interest(epochs=40, l2=0.1).fit(data, seed=1)


@pytest.fixture(scope="module")
def unseen(data):
    rng = np.random.default_rng(5)
    interest = np.where(rng.random((6, data.n_items)) < 0.5, rng.normal(1.0, 1.0, (6, data.n_items)), 0.0)
    interest[3] = 0.0
    return Histories.from_interest(csr_array(interest))


def test_capabilities(model):
    for one in (Interest(), model):
        for capability in (LinearInHistory, ScoresFeatures, AdditiveInFeatures, Probabilistic, Trained, Differentiable):
            assert one.can(capability)
        assert not one.can(AdditiveInHistory)


def test_rows_are_independent_and_items_are_columns(model, unseen):
    together = model.score(unseen)
    alone = np.concatenate([model.score(unseen.take(np.array([row]))) for row in range(len(unseen))])
    np.testing.assert_allclose(together, alone, rtol=0, atol=1e-12)
    np.testing.assert_allclose(model.score(unseen, ITEMS), together[:, ITEMS], rtol=0, atol=1e-12)


def test_linear_in_history_and_its_gradient(model, unseen):
    W, b = model.history_weights(ITEMS)
    np.testing.assert_allclose(model.score(unseen, ITEMS), unseen.interest @ W + b, rtol=0, atol=1e-12)
    history = unseen.take(np.array([0]))
    own, presence = history.interest, np.random.default_rng(2).random((4, history.interest.nnz))
    scores, gradients = model.presence_gradients(history, presence, ITEMS)
    np.testing.assert_allclose(scores, (presence * own.data) @ W[own.indices] + b, rtol=0, atol=1e-12)
    expected = np.broadcast_to((own.data[:, None] * W[own.indices]).T, (4, len(ITEMS), own.nnz))
    np.testing.assert_allclose(gradients, expected, rtol=0, atol=1e-12)
    assert np.abs(W).max() > 0.01


def test_scores_from_features(model, data, unseen):
    described = data.catalog.features.matrix[ITEMS]
    known = model.score_features(unseen, described, ITEMS)
    np.testing.assert_allclose(known, model.score(unseen, ITEMS), rtol=0, atol=1e-12)
    half = model.score_features(unseen, described, np.array([9, -1, 2, -1]))
    np.testing.assert_allclose(half[:, [0, 2]], known[:, [0, 2]], rtol=0, atol=1e-12)
    strangers = model.score_features(unseen, described)
    np.testing.assert_allclose(half[:, [1, 3]], strangers[:, [1, 3]], rtol=0, atol=1e-12)
    assert np.abs(strangers - known).max() > 1e-3  # a known item has a part of its own


def test_additive_in_features_is_what_hiding_each_feature_takes_away(model, data, unseen):
    contributions, base = model.feature_contributions(unseen, ITEMS)
    assert contributions.shape == (6, 4, 8)
    np.testing.assert_allclose(base + contributions.sum(axis=2), model.score(unseen, ITEMS), rtol=0, atol=1e-12)
    for k, item in enumerate(ITEMS):
        own = np.tile(data.catalog.features.matrix[[item]].toarray(), (8, 1))
        masked = model.score_features(unseen, csr_array(own * (1 - np.eye(8))), np.full(8, item))
        full = model.score(unseen, np.array([item]))
        np.testing.assert_allclose(full - masked, contributions[:, k], rtol=0, atol=1e-12)


def test_probability_is_the_sigmoid_and_stays_finite(model):
    found = model.probability(np.array([[0.0, np.log(3.0), -1e9, 1e9]]))
    np.testing.assert_allclose(found, [[0.5, 0.75, 0.0, 1.0]], rtol=0, atol=1e-15)


def test_without_item_features_only_the_free_part_remains(toys, unseen):
    bare = toys.world(features=False)
    model = Interest(epochs=2).fit(bare)
    assert np.isfinite(model.score(unseen)).all()
    assert not model.can(ScoresFeatures)
    assert not model.can(AdditiveInFeatures)
    assert model.can(LinearInHistory)
    with pytest.raises(UnsupportedError, match="fitted on 'toy', whose items have no features"):
        model.score_features(unseen, csr_array((1, 8)))
    with pytest.raises(UnsupportedError, match="give the data an items table with feature columns"):
        model.feature_contributions(unseen, ITEMS)


def test_before_a_fit_everything_is_refused(unseen):
    for ask in (
        lambda m: m.score(unseen),
        lambda m: m.training_curve(),
        lambda m: m.history_weights(ITEMS),
        lambda m: m.feature_contributions(unseen, ITEMS),
    ):
        with pytest.raises(NotFittedError, match="interest was not fitted yet"):
            ask(Interest())


def test_the_seed_decides_and_a_refit_forgets(data, model, toys, unseen):
    again = Interest(epochs=40, l2=0.1)
    again.fit(toys.world(seed=8), seed=2)
    assert np.abs(again.score(unseen) - model.score(unseen)).max() > 1e-6
    again.fit(data, seed=1)
    np.testing.assert_array_equal(again.score(unseen), model.score(unseen))
    assert again.training_curve() == model.training_curve()
    assert np.abs(again.fit(data, seed=2).score(unseen) - model.score(unseen)).max() > 1e-6


def test_a_model_from_arrays_trains_when_it_is_fitted_again():
    _, model = worked_case(0.0)
    model.fit(dataset(two_groups()[0]))
    assert len(model.training_curve()["loss"]) == model.epochs


def test_progress_is_told_each_epoch(data):
    told = []
    Interest(epochs=3).fit(data, progress=lambda share, text: told.append((share, text)))
    assert [share for share, _ in told] == [pytest.approx(1 / 3), pytest.approx(2 / 3), 1.0]
    assert told[1][1].startswith("epoch 2/3, loss 0.")


@pytest.mark.parametrize("X", [np.zeros((2, 4)), np.ones((1, 1)), np.ones((3, 2)), -np.ones((2, 3))])
def test_data_that_teach_nothing_are_lived_with(X):
    model = Interest(epochs=2).fit(dataset(X))
    assert model.score(dataset(X).histories).shape == X.shape


@pytest.mark.slow
@pytest.mark.data
def test_movielens_is_ranked_well_above_popularity(movielens):
    assert movielens.ndcg(Interest()) > 0.19  # popularity: 0.138
