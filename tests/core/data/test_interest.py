"""What an event weighs."""

from __future__ import annotations

import numpy as np
import pytest

from whyrec.data.interest import event_weights
from whyrec.dataset import Dataset
from whyrec.errors import DataError

DAY = 86_400


def test_behavior_times_value_times_decay() -> None:
    found = event_weights(
        np.array([1.0, 2.0, 3.0, 1.0]),
        behaviors=np.array([0, 1, 1, 2]),
        behavior_names=("purchase", "click", "other"),
        behavior_weights={"purchase": 1.0, "click": 0.5},
        times=np.array([0, 10, 20, 20]) * DAY,
        half_life_days=10.0,
    )
    np.testing.assert_allclose(found, [0.25, 0.5, 1.5, 1.0])


def test_the_moment_that_ages_are_counted_from() -> None:
    times = np.array([0, 10, 20]) * DAY
    found = event_weights(np.ones(3), times=times, half_life_days=10.0, at=10.0 * DAY)
    np.testing.assert_allclose(found, [0.5, 1.0, 1.0])


def test_values_alone_and_unchanged_input() -> None:
    values = np.array([4.0, -1.0])
    found = event_weights(values)
    np.testing.assert_allclose(found, values)
    assert found is not values


def test_a_half_life_needs_times_and_is_above_zero() -> None:
    with pytest.raises(DataError, match=r"half_life_days = 30 needs the time of each event"):
        event_weights(np.ones(1), half_life_days=30)
    with pytest.raises(DataError, match=r"half_life_days = 0: a half-life is above 0"):
        event_weights(np.ones(1), times=np.zeros(1, np.int64), half_life_days=0)


def test_weights_are_finite() -> None:
    with pytest.raises(DataError, match="the weight of behavior 'click' is nan"):
        event_weights(np.ones(1), behaviors=np.zeros(1, np.int64), behavior_weights={"click": float("nan")})


def test_interest_is_the_scaled_sum() -> None:
    rows = {
        "user_id": ["a"] * 3,
        "item_id": ["x", "x", "y"],
        "behavior": ["click", "purchase", "click"],
        "timestamp": [0, 0, 10 * DAY],
    }
    settings = {"behaviors": {"purchase": 1.0, "click": 0.5}, "half_life_days": 10.0}
    plain = Dataset.from_frame(rows, **settings)
    np.testing.assert_allclose(plain.histories.interest.toarray(), [[0.75, 0.5]])
    scaled = Dataset.from_frame(rows, scale="log", **settings)
    np.testing.assert_allclose(scaled.histories.interest.toarray(), np.log1p([[0.75, 0.5]]))
