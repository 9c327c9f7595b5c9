"""Explained, adherence and support: counted by hand."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.sparse import csr_array

from whyrec import Catalog, CleaningReport, Dataset, Histories, Index, Ranking, Recommendations
from whyrec_plugins.explainers.random import Random
from whyrec_plugins.explainers.weights import Weights
from whyrec_plugins.metrics.adherence import Adherence
from whyrec_plugins.metrics.explained import Explained
from whyrec_plugins.metrics.support import Support
from whyrec_plugins.recommenders.popular import Popular


def test_explained_is_naming_anybody(toys, evidence):
    for model, expected in ((Popular(), 0.0), (toys.Linear(), 1.0)):
        model.fit(toys.world())
        games = toys.games(model, users=[0, 4], k=1)  # user 0 has no history
        found = Explained().measure(evidence(model, games, Weights().explain(model, games)))["explained"]
        np.testing.assert_array_equal(found, [0.0, expected])


def test_adherence_counted_by_hand(toys, evidence):
    """Item 1 has all four genres, item 0 none."""
    model = toys.ByFeatures().fit(toys.world())
    games = toys.games(model, kind="interests", by="genre", users=[5], k=2)
    (game,) = games
    told = Random().explain(model, games)
    genres = [g for g in game.players.ids if g != "(other)"]
    values = np.array([1.0 if g in genres[:2] else -1.0 for g in game.players.ids])
    told = [replace(e, values=values) for e in told]
    for item, expected in ((1, 1.0), (0, 0.0)):
        game.items = np.array([item, item])
        found = Adherence(k=2).measure(evidence(model, games, told))["adherence@2"]
        np.testing.assert_allclose(found, expected)
    matrix = model.data.catalog.features.matrix
    own = [
        bool(p >= 0 and matrix[item, p] != 0)
        for p in game.players.parts[: len(game.players)]
        for item in game.items[:1]
    ]
    constant = [replace(e, values=np.ones(len(values))) for e in told]
    found = Adherence(k=2).measure(evidence(model, games, constant))["adherence@2"]
    np.testing.assert_allclose(found, np.mean(own))  # all tied: as an order at random


@pytest.mark.parametrize(("kind", "by"), [("history", None), ("interests", "behavior"), ("features", None)])
def test_adherence_is_undefined_elsewhere(toys, evidence, kind, by):
    model = toys.ByFeatures().fit(toys.world())
    games = toys.games(model, kind=kind, by=by)
    told = Random().explain(model, games)
    assert np.isnan(Adherence().measure(evidence(model, games, told))["adherence@3"]).all()


def small():
    """Users 0 and 1 are alike, 2 and 3 are alike; 4 has nothing. User 1 dislikes item 3."""
    interest = np.array(
        [[1, 1, 0, 0, 0], [1, 1, 1, -1, 0], [0, 0, 0, 1, 1], [1, 0, 0, 1, 1], [0, 0, 0, 0, 0]], np.float64
    )
    return Dataset(
        "small",
        Index(tuple("abcde"), "user"),
        Catalog(Index(tuple("vwxyz"), "item")),
        Histories.from_interest(csr_array(interest)),
        CleaningReport(0, 0),
    )


def mep(items, users, **settings):
    items = np.array(items)
    top = Recommendations(items, np.zeros(items.shape))
    ranking = Ranking(small(), top, csr_array((len(items), 5)), None if users is None else np.array(users))
    (found,) = Support(k=items.shape[1], **settings).measure(ranking).values()
    return found


def test_support_counted_by_hand():
    # the nearest of a is b (cosine 2/√8), who liked x but not y; then d (1/√6), who liked y and z
    np.testing.assert_allclose(mep([[2, 3]], [0], neighbors=1), [0.5])
    np.testing.assert_allclose(mep([[2, 3]], [0], neighbors=2), [1.0])
    np.testing.assert_allclose(mep([[2, 3]], [0], neighbors=2, least=2), [0.0])
    np.testing.assert_allclose(mep([[2, -1]], [0], neighbors=1), [1.0])  # one item is recommended


def test_support_where_there_is_nobody_or_nothing():
    np.testing.assert_allclose(mep([[2, 3]], [4]), [0.0])  # no history, no neighbors
    assert np.isnan(mep([[-1, -1]], [0])).all()
    assert np.isnan(mep([[2, 3]], None)).all()
