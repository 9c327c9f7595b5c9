"""Completeness: the gap, figure by figure."""

from dataclasses import replace

import numpy as np
import pytest

from whyrec_plugins.explainers.weights import Weights
from whyrec_plugins.metrics.completeness import Completeness


def test_gap_of_a_known_distance(toys, evidence):
    model = toys.Linear().fit(toys.world())
    games = toys.games(model, users=[0, 4], k=1)
    nobody, told = Weights().explain(model, games)
    off = replace(told, values=np.array([3.0, 1.0] + [0.0] * (len(told.values) - 2)), base_value=-1.0, full_value=2.0)
    found = Completeness().measure(evidence(model, games, [nobody, off]))["completeness_gap"]
    assert np.isnan(found[0])
    assert found[1] == pytest.approx(1.0 / 7.0)  # |4 − 3| over 1 + 2 + 4
    assert Completeness().measure(evidence(model, games, [nobody, told]))["completeness_gap"][1] < 1e-12
