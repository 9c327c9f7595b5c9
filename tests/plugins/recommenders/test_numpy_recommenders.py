"""What holds for every recommender that is made of arrays: promises of the interface and of its capabilities."""

from types import SimpleNamespace

import numpy as np
import pytest
from scipy.sparse import csr_array

from whyrec import (
    AdditiveInFeatures,
    AdditiveInHistory,
    Histories,
    LinearInHistory,
    NotFittedError,
    Registry,
    ScoresFeatures,
    hookimpl,
)
from whyrec_plugins.recommenders.als import ALS
from whyrec_plugins.recommenders.content import Content
from whyrec_plugins.recommenders.ease import EASE
from whyrec_plugins.recommenders.edlae import EDLAE
from whyrec_plugins.recommenders.hybrid import Hybrid
from whyrec_plugins.recommenders.item_knn import ItemKNN
from whyrec_plugins.recommenders.popular import Popular
from whyrec_plugins.recommenders.sparse_ease import SparseEASE

L, A, S, F = LinearInHistory, AdditiveInHistory, ScoresFeatures, AdditiveInFeatures
LINEAR_BLEND = [{"use": "ease", "l2": 3.0, "weight": 0.7}, {"use": "content", "weight": 0.3}]
MIXED_BLEND = [
    {"use": "als", "factors": 3},
    {"use": "content", "similarity": "cosine"},
    {"use": "popular", "weight": -0.5},
]

# Each model: how it is made, and what it can do.
MODELS = {
    "popular": (lambda: Popular(), {L}),
    "popular by interest": (lambda: Popular(by="interest"), {L}),
    "content, no idf": (lambda: Content(idf=False), {L, A, S, F}),
    "content, cosine": (lambda: Content(similarity="cosine"), {A, S, F}),
    "item-knn": (lambda: ItemKNN(), {L}),
    "item-knn, two neighbors": (lambda: ItemKNN(k=2, shrinkage=0.0), {L}),
    "ease": (lambda: EASE(l2=3.0), {L}),
    "edlae": (lambda: EDLAE(l2=3.0, dropout=0.4), {L}),
    "sparse-ease": (lambda: SparseEASE(l2=3.0, k=4), {L}),
    "als": (lambda: ALS(), {A}),  # more factors than items: the small systems
    "als, three factors": (lambda: ALS(factors=3), {A}),
    "add-ease": (lambda: Hybrid(l2=3.0), {L, A, S, F}),
    "blend of linear ones": (lambda: Hybrid(method="blend", parts=LINEAR_BLEND), {L, A, S, F}),
    "blend of additive ones": (lambda: Hybrid(method="blend", parts=MIXED_BLEND), {A, S, F}),
}


@pytest.fixture(autouse=True)
def registry(monkeypatch):
    """Blends look their parts up in a registry of these models alone."""
    own = Registry()
    classes = (Popular, Content, ItemKNN, EASE, ALS, Hybrid)
    own.add(SimpleNamespace(whyrec_recommenders=hookimpl(lambda: classes, specname="whyrec_recommenders")), name="own")
    assert own.broken == []
    monkeypatch.setattr(Registry, "discover", classmethod(lambda cls: own))


@pytest.fixture(params=[make for make, _ in MODELS.values()], ids=list(MODELS))
def make(request):
    return request.param


@pytest.fixture
def data(toys):
    return toys.world()


@pytest.fixture
def model(make, data):
    return make().fit(data, seed=1)


@pytest.fixture
def unseen(data):
    """Histories that no training user has: other items, other interests, a dislike, and an empty one."""
    rng = np.random.default_rng(5)
    interest = np.where(rng.random((6, data.n_items)) < 0.5, rng.normal(1.0, 1.0, (6, data.n_items)), 0.0)
    interest[3] = 0.0
    return Histories.from_interest(csr_array(interest))


ITEMS = np.array([9, 2, 2, 13])


def able(capability):
    """The test runs for all models that promise a capability."""
    names = [name for name, (_, promised) in MODELS.items() if capability in promised]
    cases = [MODELS[name][0] for name in names]
    return pytest.mark.parametrize("make", cases, ids=names)


@pytest.mark.parametrize("which", list(MODELS))
def test_capabilities_are_what_is_promised_before_a_fit_and_after(which, data):
    make, promised = MODELS[which]
    for model in (make(), make().fit(data)):
        assert {c for c in (L, A, S, F) if model.can(c)} == promised


def test_a_history_never_met_scores_alone_as_in_a_batch(model, unseen):
    together = model.score(unseen)
    assert together.shape == (6, 14)
    alone = np.concatenate([model.score(unseen.take(np.array([row]))) for row in range(len(unseen))])
    np.testing.assert_allclose(together, alone, rtol=0, atol=1e-9)


def test_a_subset_of_items_gives_those_columns(model, unseen):
    np.testing.assert_allclose(model.score(unseen, ITEMS), model.score(unseen)[:, ITEMS], rtol=0, atol=1e-12)
    assert model.score(unseen, np.array([], np.int64)).shape == (6, 0)


def test_an_empty_history_gets_finite_scores_and_no_rows_get_none(model, unseen):
    assert np.isfinite(model.score(unseen.take(np.array([3])))).all()
    assert model.score(unseen.take(np.array([], np.int64))).shape == (0, 14)


def test_the_same_seed_gives_the_same_scores(make, model, data, unseen):
    np.testing.assert_array_equal(make().fit(data, seed=1).score(unseen), model.score(unseen))


def test_a_refit_forgets(make, toys, model, unseen):
    other = toys.world(seed=8)
    assert np.abs(make().fit(other, seed=2).score(unseen) - model.score(unseen)).max() > 1e-6
    np.testing.assert_array_equal(model.fit(other, seed=2).score(unseen), make().fit(other, seed=2).score(unseen))


def test_scores_before_a_fit_are_refused(make, unseen):
    with pytest.raises(NotFittedError, match="was not fitted yet"):
        make().score(unseen)


def test_the_smallest_world_is_learnt_from(make, toys):
    world = toys.world(n_users=2, n_items=4)
    lonely = world.with_histories(world.histories.keep(np.zeros(world.histories.n_events, bool)))
    scores = make().fit(lonely).score(lonely.histories)
    assert scores.shape == (2, 4)


@able(LinearInHistory)
def test_linear_in_history(model, unseen):
    W, b = model.history_weights(ITEMS)
    assert W.shape == (14, 4)
    assert b.shape == (4,)
    np.testing.assert_allclose(model.score(unseen, ITEMS), unseen.interest @ W + b, rtol=0, atol=1e-9)


@able(AdditiveInHistory)
def test_additive_in_history(model, unseen):
    contributions, base = model.history_contributions(unseen, ITEMS)
    assert contributions.shape == (unseen.interest.nnz, 4)
    row = np.repeat(np.arange(6), np.diff(unseen.interest.indptr))
    summed = base.copy()
    np.add.at(summed, row, contributions)
    np.testing.assert_allclose(summed, model.score(unseen, ITEMS), rtol=0, atol=1e-9)
    nothing = np.tile(model.score(unseen.take(np.array([3])), ITEMS), (6, 1))
    np.testing.assert_allclose(base, nothing, rtol=0, atol=1e-9)


@able(ScoresFeatures)
def test_scores_from_features(model, data, unseen):
    described = data.catalog.features.matrix[ITEMS]
    known = model.score_features(unseen, described, ITEMS)
    np.testing.assert_allclose(known, model.score(unseen, ITEMS), rtol=0, atol=1e-9)
    half = model.score_features(unseen, described, np.array([9, -1, 2, -1]))
    np.testing.assert_allclose(half[:, [0, 2]], known[:, [0, 2]], rtol=0, atol=1e-9)
    strangers = model.score_features(unseen, described)
    assert np.isfinite(strangers).all()
    np.testing.assert_allclose(half[:, [1, 3]], strangers[:, [1, 3]], rtol=0, atol=1e-9)
    # Two strangers described alike are alike, and described differently they differ.
    np.testing.assert_allclose(strangers[:, 1], strangers[:, 2], rtol=0, atol=1e-9)
    assert np.abs(strangers[:, 0] - strangers[:, 3]).max() > 1e-6


@able(AdditiveInFeatures)
def test_additive_in_features_is_what_hiding_each_feature_takes_away(model, data, unseen):
    contributions, base = model.feature_contributions(unseen, ITEMS)
    assert contributions.shape == (6, 4, 8)
    np.testing.assert_allclose(base + contributions.sum(axis=2), model.score(unseen, ITEMS), rtol=0, atol=1e-9)
    for k, item in enumerate(ITEMS):
        own = np.tile(data.catalog.features.matrix[[item]].toarray(), (8, 1))
        masked = model.score_features(unseen, csr_array(own * (1 - np.eye(8))), np.full(8, item))
        full = model.score(unseen, np.array([item]))
        np.testing.assert_allclose(full - masked, contributions[:, k], rtol=0, atol=1e-9)
        none = model.score_features(unseen, csr_array((1, 8)), np.array([item]))
        np.testing.assert_allclose(none[:, 0], base[:, k], rtol=0, atol=1e-9)
