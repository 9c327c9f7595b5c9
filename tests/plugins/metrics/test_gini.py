"""Gini: known values, and the properties that make it a measure of sparsity."""

from dataclasses import replace

import numpy as np
import pytest

from whyrec_plugins.explainers.weights import Weights
from whyrec_plugins.metrics.gini import Gini


@pytest.fixture
def gini(toys, evidence):
    model = toys.Linear().fit(toys.world())
    games = toys.games(model, users=[4], k=1)
    (told,) = Weights().explain(model, games)

    def of(values):
        names = tuple(map(str, range(len(values))))
        other = replace(told, values=np.asarray(values, float), players=names, player_ids=names)
        return Gini().measure(evidence(model, games, [other]))["gini"][0]

    return of


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([1, 1, 1, 1], 0.0),
        ([0, 0, 0, 5], 0.75),
        ([-2, 2], 0.0),
        ([7], 0.0),
        ([1, 3], 0.25),
        ([0, 0], np.nan),
        ([], np.nan),
    ],
)
def test_known_values(gini, values, expected):
    assert gini(values) == pytest.approx(expected, nan_ok=True, abs=1e-12)


def test_scale_order_and_sign_do_not_matter_and_robbing_the_poor_raises_it(gini):
    values = np.array([0.5, 2.0, 1.0, 4.0])
    assert gini(-3 * values[::-1]) == pytest.approx(gini(values))
    assert gini([0.3, 2.0, 1.0, 4.2]) > gini(values)
