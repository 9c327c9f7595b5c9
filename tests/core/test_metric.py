"""Metrics: what the base classes hold plugins to."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from whyrec import Evidence, Measure, Metric, PluginError, Ranking, RankingMetric, Recommendations


class Fixed(Metric):
    name = "fixed"

    def __init__(self, found):
        self.found = found

    def measures(self):
        return (Measure("a", "higher", "", ""),)

    def _measure(self, evidence):
        return self.found


@pytest.fixture
def evidence(toys):
    return Evidence(toys.world(), [None] * 3, [0] * 3, [None] * 3)


def test_a_figure_for_each_explanation_or_one_for_all(evidence):
    np.testing.assert_array_equal(Fixed({"a": [1, np.nan, 3]}).measure(evidence)["a"], [1, np.nan, 3])
    assert Fixed({"a": [1]}).measure(evidence)["a"].dtype == np.float64


def test_broken_promises_are_named(evidence):
    with pytest.raises(PluginError, match=r"metric 'fixed' gave \['b'\]; its cards say \['a'\]"):
        Fixed({"b": [1, 2, 3]}).measure(evidence)
    with pytest.raises(PluginError, match=r"a has shape \(2,\); \(3,\) was expected"):
        Fixed({"a": [1, 2]}).measure(evidence)
    with pytest.raises(PluginError, match="a is infinite for 1 rows"):
        Fixed({"a": [1, np.inf, 2]}).measure(evidence)


def test_ranking_metrics_are_held_to_the_same(toys):
    class Wrong(RankingMetric):
        name = "wrong"

        def measures(self):
            return (Measure("a", "higher", "", ""),)

        def _measure(self, ranking):
            return {"a": np.zeros(5)}

    ranking = Ranking(toys.world(), Recommendations(np.zeros((2, 3), int), np.zeros((2, 3))), csr_array((2, 14)))
    with pytest.raises(PluginError, match=r"a has shape \(5,\); \(2,\) was expected"):
        Wrong().measure(ranking)


def test_hits_and_relevant(toys):
    test = np.zeros((2, 14))
    test[0, [0, 3]] = test[1, 5] = 1
    items = np.array([[3, 1, -1], [-1, -1, -1]])
    ranking = Ranking(toys.world(), Recommendations(items, np.zeros((2, 3))), csr_array(test))
    np.testing.assert_array_equal(ranking.hits, [[1, 0, 0], [0, 0, 0]])
    np.testing.assert_array_equal(ranking.relevant, [2, 1])
