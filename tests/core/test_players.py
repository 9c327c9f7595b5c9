"""Players: who they are, and which events go when they do."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.sparse import csr_array

from whyrec import Catalog, UnsupportedError, feature_players, history_players, interest_players
from whyrec.players import OTHER, unavailable


@pytest.fixture
def data(toys):
    return toys.world()


def test_one_history_player_an_item_with_all_its_events(data):
    history = data.histories.take(np.array([5]))
    players = history_players(history, data.catalog)
    assert players.ids == tuple(f"i{j}" for j in sorted(set(history.items.tolist())))
    assert players.labels[0] == f"Title {players.parts[0]}"
    for p, item in enumerate(players.parts):
        hidden = ~players.present(np.arange(len(players))[None, :] != p)[0]
        np.testing.assert_array_equal(hidden, history.items == item)


def test_an_event_goes_with_any_of_its_interests(data):
    """i1 has all four genres, i0 none: it is the rest."""
    history = data.encode(["i0", "i1"])
    players = interest_players(history, data, "genre")
    assert players.ids == ("Action", "Comedy", "Drama", "Noir", OTHER)
    assert players.parts.tolist() == [0, 1, 2, 3, -1]
    one_hidden = ~np.eye(5, dtype=bool)
    np.testing.assert_array_equal(players.present(one_hidden), [[True, False]] * 4 + [[False, True]])


def test_only_values_that_occur_are_players_and_each_hides_its_carriers(data):
    matrix = data.catalog.features.matrix.toarray()
    for user in range(1, data.n_users):
        history = data.histories.take(np.array([user]))
        for by in ("genre", "brand"):
            players = interest_players(history, data, by)
            for p, feature in enumerate(players.parts):
                carries = (
                    matrix[history.items, feature] > 0
                    if feature >= 0
                    else matrix[history.items][:, data.catalog.features.of_column(by)].sum(axis=1) == 0
                )
                assert carries.any()
                hidden = ~players.present(np.arange(len(players))[None, :] != p)[0]
                np.testing.assert_array_equal(hidden, carries)


def test_everybody_present_hides_nothing_and_nobody_leaves_nothing(data):
    for by in ("genre", "brand", "behavior"):
        players = interest_players(data.histories.take(np.array([6])), data, by)
        assert players.present(np.ones((1, len(players)), bool)).all()
        assert not players.present(np.zeros((1, len(players)), bool)).any()


def test_behaviors_are_interests(data):
    history = data.histories.take(np.array([7]))
    players = interest_players(history, data, "behavior")
    assert players.by == "behavior"
    for p, name in enumerate(players.ids):
        hidden = ~players.present(np.arange(len(players))[None, :] != p)[0]
        code = history.behavior_names.index(name)
        np.testing.assert_array_equal(hidden, history.behaviors == code)


def test_the_default_grouping_is_the_datas(data):
    history = data.histories.take(np.array([3]))
    assert interest_players(history, data).by == "genre"
    assert interest_players(history, replace(data, interest_by=None)).by == "genre"
    assert interest_players(history, replace(data, interest_by="brand")).by == "brand"


def test_an_unknown_grouping_names_the_near_ones(data):
    with pytest.raises(UnsupportedError, match=r"cannot be grouped by 'genres'\n  did you mean 'genre'\?"):
        interest_players(data.histories.take(np.array([3])), data, "genres")
    with pytest.raises(UnsupportedError, match="cannot be grouped by 'price'"):
        interest_players(data.histories.take(np.array([3])), data, "price")


def test_feature_players_are_the_items_own_features(data):
    players = feature_players(data.catalog, 1)
    assert players.labels[:4] == ("genre: Action", "genre: Comedy", "genre: Drama", "genre: Noir")
    assert players.labels[-1] == "price"
    assert (data.catalog.features.matrix[[1]].toarray()[0, players.parts] != 0).all()
    assert len(players) == data.catalog.features.matrix[[1]].nnz


def test_a_stored_zero_is_no_feature(data):
    matrix = csr_array(data.catalog.features.matrix, copy=True)
    matrix.data[0] = 0.0
    stored = replace(data.catalog, features=replace(data.catalog.features, matrix=matrix))
    item = int(np.flatnonzero(np.diff(matrix.indptr))[0])
    assert len(feature_players(stored, item)) == len(feature_players(data.catalog, item)) - 1


def test_what_data_cannot_offer_is_said(toys, data):
    bare = toys.world(features=False)
    assert unavailable(bare, "features") == "players 'features' need item features, and these data have none"
    assert unavailable(bare, "interests") is None  # by behavior
    assert unavailable(data, "interests", "genre") is None
    assert unavailable(data, "interests", "color") == (
        "interests cannot be grouped by 'color' here; known: genre, brand, behavior"
    )
    silent = replace(bare, histories=replace(bare.histories, behaviors=None, behavior_names=()))
    assert unavailable(silent, "interests") == (
        "players 'interests' need item features or behaviors, and these data have neither"
    )
    with pytest.raises(UnsupportedError, match="there is nothing to group interests by"):
        interest_players(silent.histories.take(np.array([3])), silent)
    with pytest.raises(UnsupportedError, match="players 'features' need item features"):
        feature_players(Catalog(data.catalog.items), 0)
