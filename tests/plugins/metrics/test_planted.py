"""Planted truth: a world whose likes are written down by hand."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.sparse import csr_array

from whyrec import Catalog, Features, Game, Index, PlantedTruth, feature_players, history_players, interest_players
from whyrec_plugins.explainers.random import Random
from whyrec_plugins.metrics.planted import Planted


@pytest.fixture
def stage(toys, evidence):
    """Four items: i0 Action, i1 Comedy, i2 Action + Drama, i3 Action + Comedy; user 1 likes Action, dislikes Drama."""
    plain = toys.world(n_items=4, n_users=3)
    matrix = csr_array(np.array([[1, 0, 0], [0, 1, 0], [1, 0, 1], [1, 1, 0]], float))
    features = Features(matrix, ("genre",) * 3, ("Action", "Comedy", "Drama"), {"genre": "multi"})
    catalog = Catalog(Index(("i0", "i1", "i2", "i3"), "item"), features=features)
    likes = csr_array(np.array([[0, 0, 0], [2, 0, -1], [0, 5, 0]], float))
    data = replace(plain, catalog=catalog, truth=PlantedTruth(likes))
    model = toys.Linear().fit(data)
    history = data.encode(["i0", "i1", "i2"])

    def of(kind, values, *, item=3, row=1, k=2, by="genre", truth=True):
        players = {
            "history": lambda: history_players(history, catalog),
            "interests": lambda: interest_players(history, data, by),
            "features": lambda: feature_players(catalog, item),
        }[kind]()
        game = Game(model, history, np.array([item]), players, row=row)
        (told,) = Random().explain(model, [replace_kind(game)])
        told = replace(told, values=np.array(values, float), players=players.labels, player_ids=players.ids)
        proof = evidence(model, [game], [told])
        return Planted(k=k).measure(proof if truth else replace(proof, data=replace(data, truth=None)))[
            f"planted_recall@{k}"
        ][0]

    def replace_kind(game):
        return Game(model, history, game.items, history_players(history, catalog), row=game.row)

    return of


def test_items_that_share_a_liked_feature_with_the_item(stage):
    """Planted for i3 (Action, Comedy): i0 and i2 by Action; i1 shares only Comedy, which user 1 does not care for."""
    assert stage("history", [3, 1, 2]) == 1.0
    assert stage("history", [3, 2, 1]) == 0.5
    assert stage("history", [3, 2, 1], k=1) == 1.0
    assert stage("history", [1, 3, 2], k=1) == 0.0


def test_interests_that_are_liked_and_carried(stage):
    assert stage("interests", [3, 2, 1], k=1) == 1.0
    assert stage("interests", [1, 3, 2], k=1) == 0.0
    assert stage("interests", [1, 3, 2], k=2) == 0.0
    assert stage("interests", [2, 1, 3], k=2) == 1.0


def test_features_that_are_liked(stage):
    assert stage("features", [1, 2], k=1) == 0.0
    assert stage("features", [2, 1], k=1) == 1.0


def test_equal_values_do_as_well_as_chance(stage):
    assert stage("history", [0, 0, 0], k=1) == pytest.approx(2 / 3)
    assert stage("history", [1, 5, 1], k=2) == pytest.approx(1 / 2)  # i1 for sure, then i0 or i2
    assert stage("interests", [0, 0, 0], k=1) == pytest.approx(1 / 3)


def test_a_dislike_is_not_planted_and_nothing_planted_is_undefined(stage):
    assert stage("features", [1, 2], item=2, k=1) == 0.0  # Action liked, Drama disliked
    assert np.isnan(stage("history", [1, 2, 3], row=0))
    assert np.isnan(stage("history", [1, 2, 3], item=1))


def test_each_user_has_likes_of_their_own(stage):
    assert stage("history", [1, 3, 2], row=2, k=1) == 1.0


def test_undefined_by_behavior_and_without_truth(stage):
    assert np.isnan(stage("interests", [1.0], by="behavior"))
    assert np.isnan(stage("history", [3, 1, 2], truth=False))


def test_the_player_for_the_rest_is_never_planted(toys, evidence):
    model = toys.Linear().fit(toys.world())
    history = model.data.encode(["i0"])  # an item without a genre
    players = interest_players(history, model.data, "genre")
    assert players.ids == ("(other)",)
    likes = csr_array(np.ones((8, 8)))
    game = Game(model, history, np.array([1]), players, row=2)
    told = Random().explain(model, [game])
    proof = replace(evidence(model, [game], told), data=replace(model.data, truth=PlantedTruth(likes)))
    assert np.isnan(Planted().measure(proof)["planted_recall@3"]).all()
