"""Cosine and Jaccard: counted out on a matrix of four users."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from whyrec import Catalog, CleaningReport, Dataset, Histories, Index, games_for
from whyrec_plugins.explainers.similarity import Cosine, Jaccard

X = np.array(
    [
        [1.0, 2.0, 0.0, 0.0],
        [0.0, 1.0, 2.0, 0.0],
        [0.0, -1.0, 1.0, 0.0],
        [3.0, 0.0, 0.0, 0.0],
    ]
)


@pytest.fixture
def told(toys):
    data = Dataset(
        "four",
        Index(("a", "b", "c", "d")),
        Catalog(Index(("i0", "i1", "i2", "i3"))),
        Histories.from_interest(csr_array(X)),
        CleaningReport(0, 0),
    )
    model = toys.Pooled().fit(data)
    games = games_for(model, data.histories.take(np.array([0])), np.array([[2, 3]]))
    return lambda explainer: (explainer.explain(model, games), games[0])


def test_cosine_of_interest_columns(told):
    (two, three), game = told(Cosine())
    np.testing.assert_allclose(two.values, [0.0, (1 * 2 - 1 * 1) / np.sqrt(6 * 5)])
    np.testing.assert_array_equal(three.values, [0.0, 0.0])  # nobody met item 3
    assert game.calls == 0
    assert not two.additive


def test_jaccard_of_users(told):
    (two, _), game = told(Jaccard())
    np.testing.assert_allclose(two.values, [0.0, 2 / 3])
    assert game.calls == 0


@pytest.mark.parametrize("explainer", [Cosine(), Jaccard()], ids=repr)
def test_many_items_and_users_by_brute_force(toys, explainer):
    model = toys.Linear().fit(toys.world())
    x = model.data.histories.interest.toarray()
    met = (x != 0).astype(float)
    games = [g for g in toys.games(model) if g.n_players]
    found = iter(explainer.explain(model, games))
    for game in games:
        for item in game.items:
            expected = []
            for j in game.history.interest.indices:
                if explainer.name == "cosine":
                    expected.append(
                        x[:, j] @ x[:, item] / max(1e-300, np.linalg.norm(x[:, j]) * np.linalg.norm(x[:, item]))
                    )
                else:
                    expected.append(met[:, j] @ met[:, item] / max(1, np.maximum(met[:, j], met[:, item]).sum()))
            np.testing.assert_allclose(next(found).values, expected, atol=1e-12)


def test_only_the_history_can_be_alike(toys):
    model = toys.Linear().fit(toys.world())
    assert Cosine().refuses(model, "interests") == "cosine explains players history; not interests"
