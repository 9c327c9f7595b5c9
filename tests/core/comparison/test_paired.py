"""Differences on the same users, and the place between floor and ceiling."""

import numpy as np
import pytest

from whyrec.comparison.interval import Bootstrap, harmonic
from whyrec.comparison.paired import conclude, difference, normalized
from whyrec.comparison.plan import Cell

BOOTSTRAP = Bootstrap(800, 1)


def column(values):
    return np.asarray(values, float)[:, None]


def users(seed, n=100):
    return np.random.default_rng(seed).normal(size=n)


def test_a_small_difference_is_seen_in_pairs_though_the_intervals_overlap():
    base = users(0)
    own, other = column(base + 0.05 + 0.02 * users(1)), column(base)
    apart = [BOOTSTRAP.figure(c) for c in (own, other)]
    assert apart[0].low < apart[1].high
    found = difference(own, other, BOOTSTRAP)
    assert found.mean == pytest.approx((own - other).mean())
    assert found.low > 0


def test_only_users_that_both_have_are_compared():
    own, other = column([1.0, 2.0, np.nan, 9.0]), column([0.0, 1.0, 50.0, np.nan])
    found = difference(own, other, BOOTSTRAP)
    assert (found.mean, found.low, found.high, found.n) == (1.0, 1.0, 1.0, 2)
    assert difference(column([np.nan]), column([1.0]), BOOTSTRAP).mean is None


def test_a_harmonic_mean_differs_by_itself():
    own, other = np.full((4, 2), 0.5), np.column_stack([np.full(4, 0.25), np.full(4, 0.75)])
    assert difference(own, other, BOOTSTRAP).mean == pytest.approx(0.5 - 2 * 0.25 * 0.75)
    assert harmonic(np.array([0.5, 0.5])) == pytest.approx(0.5)


def test_floor_is_0_ceiling_is_1():
    floor, ceiling = column(2 + 0.1 * users(0)), column(1 + 0.1 * users(1))
    assert normalized(floor, floor, ceiling, BOOTSTRAP).mean == pytest.approx(0.0)
    assert normalized(ceiling, floor, ceiling, BOOTSTRAP).mean == pytest.approx(1.0)
    half = normalized((floor + ceiling) / 2, floor, ceiling, BOOTSTRAP)
    assert (half.mean, half.low, half.high) == pytest.approx((0.5, 0.5, 0.5))
    # a ratio of means, not a mean of ratios
    some = column([1.0, 0.0, 1.0, 1.0])
    found = normalized(some, column([0.0] * 4), column([1.0, 2.0, 3.0, 2.0]), BOOTSTRAP)
    assert found.mean == pytest.approx(3 / 8)


def test_nothing_is_normalized_where_the_span_may_be_nothing():
    noise = users(0)
    assert normalized(column(noise), column(noise), column(users(1)), BOOTSTRAP) is None
    assert normalized(column(noise), column(noise + 1), column(noise), Bootstrap(0, 0)) is None


def cell(explainer, values, role="explainer", **settings):
    made = Cell("model", explainer, "history", "done", role=role, **settings)
    made.columns["f"] = column(values)
    made.metrics["f"] = BOOTSTRAP.figure(made.columns["f"])
    return made


def test_cells_side_by_side():
    base = users(0)
    good, same, bad = cell("good", base + 2), cell("same", base + 2), cell("bad", base + 1)
    floor, ceiling = cell("random", base, "floor"), cell("search", base + 4, "ceiling")
    other = cell("other", base - 9, removal="shrink")
    conclude([good, same, bad, floor, ceiling, other], {"f": "higher"}, BOOTSTRAP, lambda c, figure: figure == "f")
    assert (bad.differences["f"]["best"].to, bad.differences["f"]["floor"].to) == ("good", "random")
    assert bad.differences["f"]["best"].by.mean == pytest.approx(-1)
    assert bad.differences["f"]["best"].sure
    assert not same.differences["f"]["best"].sure
    assert set(good.differences["f"]) == {"floor"}
    assert floor.differences["f"]["best"].by.mean == pytest.approx(-2)
    assert ceiling.differences["f"]["best"].by.mean == pytest.approx(2)  # a ceiling is never the best explainer
    assert [c.normalized["f"].mean for c in (good, bad)] == pytest.approx([0.5, 0.25])
    assert (ceiling.normalized, floor.normalized) == ({}, {})
    assert (other.normalized, other.differences) == ({}, {})  # another question


def test_lower_may_be_better_and_no_direction_is_no_comparison():
    base = users(0)
    low, high = cell("low", base), cell("high", base + 1)
    conclude([low, high], {"f": "lower"}, BOOTSTRAP, lambda c, figure: False)
    assert (high.differences["f"]["best"].to, low.differences) == ("low", {})
    low, high = cell("low", base), cell("high", base + 1)
    conclude([low, high], {"f": None}, BOOTSTRAP, lambda c, figure: False)
    assert (low.differences, high.differences) == ({}, {})


def test_failed_cells_and_undefined_figures_are_left_aside():
    base = users(0)
    good, failed, empty = cell("good", base), cell("failed", base + 9), cell("empty", np.full(100, np.nan))
    failed.state = "failed"
    conclude([good, failed, empty], {"f": "higher"}, BOOTSTRAP, lambda c, figure: False)
    assert (good.differences, failed.differences, empty.differences) == ({}, {}, {})
