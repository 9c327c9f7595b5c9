"""Dense blocks among the features: one player of an explanation, which still adds up and tells the truth."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from whyrec import Dataset, Registry, Vectors, games_for

N = 12


@pytest.fixture(scope="module")
def data() -> Dataset:
    rng = np.random.default_rng(4)
    ids = [f"i{j:02d}" for j in range(N)]
    met = [(f"u{u}", ids[j]) for u in range(15) for j in rng.choice(N, 5, replace=False)]
    events = dict(zip(("user_id", "item_id"), zip(*met, strict=True), strict=True))
    items = {
        "item_id": ids,
        "genre": rng.choice(["a", "a|b", "b|c", "c"], N).tolist(),
        "year": rng.integers(1950, 2020, N).tolist(),
        "plot": rng.choice(["stars and ships", "ships at sea", "love at sea", "love and stars"], N).tolist(),
    }
    return Dataset.from_frame(
        {key: list(column) for key, column in events.items()},
        items,
        multi=["genre"],
        number=["year"],
        bins={"year": 4},
        dense={"poster": Vectors(tuple(ids[:-1]), rng.normal(size=(N - 1, 6)))},
        embed={"plot": {"use": "tfidf-svd", "size": 3}},
        feature_weights={"poster": 0.7},
    )


@pytest.fixture(scope="module")
def registry() -> Registry:
    return Registry.discover()


@pytest.mark.parametrize("name", ["content", "hybrid"])
@pytest.mark.parametrize("explainer", ["weights", "shapley", "shap"])
def test_a_block_is_one_player_and_its_value_is_what_it_adds(data, registry, name, explainer) -> None:
    model = registry.make_recommender(name).fit(data)
    item = int(model.top(data.histories.take(np.array([0])), 1).items[0, 0])
    (told,) = model.explain("u0", data.catalog.items[item], players="features", explainer=explainer)
    features = data.catalog.features
    assert {"year", "poster", "plot"} <= set(told.players)
    assert len(told.players) == len(set(told.players)) < np.count_nonzero(features.matrix[[item]].toarray())
    assert told.base_value + told.values.sum() == pytest.approx(told.full_value, rel=1e-9)
    # Both models are linear in an item's features: a player is worth what the score loses without it.
    for player, value in zip(told.players, told.values, strict=True):
        described = features.matrix[[item]].toarray()
        named = [f for f in range(len(features)) if features.block_label(features.blocks[f]) == player]
        described[0, named] = 0.0
        left = model.score_features(data.histories.take(np.array([0])), csr_array(described), np.array([item]))[0, 0]
        if name == "content" or explainer == "weights":
            assert told.full_value - left == pytest.approx(value, abs=1e-9)


def test_a_game_hides_whole_blocks(data, registry) -> None:
    model = registry.make_recommender("content").fit(data)
    (game,) = games_for(model, data.histories.take(np.array([1])), np.array([[2]]), kind="features")
    coalitions = np.random.default_rng(1).random((20, game.n_players)) < 0.5
    split, base = model.feature_contributions(game.history, np.array([2]))
    by_player = game.players.membership @ split[0].T
    np.testing.assert_allclose(game.values(coalitions), coalitions @ by_player + base, atol=1e-12)


def test_an_item_without_a_vector_has_no_such_player(data, registry) -> None:
    model = registry.make_recommender("content").fit(data)
    (told,) = model.explain("u0", data.catalog.items[N - 1], players="features", explainer="weights")
    assert "poster" not in told.players


def test_similar_vectors_are_recommended(registry) -> None:
    """The multimodal door, end to end: likes follow the pictures, and content finds it by them."""
    rng = np.random.default_rng(0)
    ids = [f"i{j:03d}" for j in range(200)]
    style = np.arange(200) % 4
    pictures = np.eye(4)[style] + rng.normal(0, 0.2, (200, 4)) + 5.0  # with a large part that all share
    met = [(f"u{u}", ids[j]) for u in range(40) for j in rng.choice(np.flatnonzero(style == u % 4), 8, replace=False)]
    data = Dataset.from_frame(
        {"user_id": [u for u, _ in met], "item_id": [i for _, i in met]},
        {"item_id": ids},
        catalog="all",
        dense={"picture": Vectors(tuple(ids), pictures)},
    )
    model = registry.make_recommender("content").fit(data)
    top = model.top(data.histories, 5).items
    assert (style[top] == (np.array([int(name[1:]) for name in data.users.ids]) % 4)[:, None]).mean() > 0.95
