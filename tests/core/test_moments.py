"""Histories as they were known at a time: later events gone, ages counted from then."""

from __future__ import annotations

import datetime

import numpy as np
import pytest

from whyrec import DataError, Dataset, Registry, UnsupportedError, as_of, moment

DAY = 86_400
EVENTS = {
    "user_id": ["u", "u", "u", "v"],
    "item_id": ["a", "b", "a", "c"],
    "behavior": ["buy", "look", "look", "buy"],
    "timestamp": [0, 10 * DAY, 30 * DAY, 40 * DAY],
}
SETTINGS = {"behaviors": {"buy": 1.0, "look": 0.5}, "now": 100.0 * DAY}


def world(**more) -> Dataset:
    return Dataset.from_frame(EVENTS, **{**SETTINGS, **more})


def test_without_decay_only_later_events_go() -> None:
    data = world()
    then = as_of(data, data.histories, 10 * DAY)
    np.testing.assert_array_equal(then.items, [0, 1])
    np.testing.assert_array_equal(then.interest.toarray(), [[1.0, 0.5, 0.0], [0.0, 0.0, 0.0]])
    assert len(as_of(data, data.histories, -1)) == 2
    assert as_of(data, data.histories, -1).n_events == 0


@pytest.mark.parametrize("at", [10, 25, 30, 40, 90])
@pytest.mark.parametrize("scale", ["none", "log"])
def test_decay_is_that_of_data_which_end_there(at: int, scale: str) -> None:
    """The oracle: load only the events until then, ages counted from then."""
    data = world(half_life_days=10, scale=scale)
    until = {
        name: [x for x, t in zip(column, EVENTS["timestamp"], strict=True) if t <= at * DAY]
        for name, column in EVENTS.items()
    }
    loaded = Dataset.from_frame(until, **SETTINGS, half_life_days=10, scale=scale, at=at * DAY)
    expected = loaded.histories.interest.toarray()[loaded.users.find("u")]
    found = as_of(data, data.histories, at * DAY).interest.toarray()[0]
    np.testing.assert_allclose(found[: len(expected)], expected, rtol=1e-12)
    assert (data.decay.half_life_days, data.decay.at) == (10, 40 * DAY)


def test_at_the_end_of_the_data_nothing_changes() -> None:
    data = world(half_life_days=3)
    np.testing.assert_array_equal(as_of(data, data.histories, 40 * DAY).weights, data.histories.weights)


def test_ages_counted_from_an_earlier_moment_are_told_apart() -> None:
    """With at = day 10, an event of day 30 has age 0 and not less: the way back must know that."""
    data = world(half_life_days=10, at=10 * DAY)
    found = as_of(data, data.histories, 40 * DAY)
    np.testing.assert_allclose(found.weights, [2.0**-4, 0.5 * 2.0**-3, 0.5 * 2.0**-1, 1.0])


def test_what_has_nearly_vanished_comes_back() -> None:
    events = {"user_id": ["u", "u"], "item_id": ["a", "b"], "timestamp": [0, 1040 * DAY]}
    data = Dataset.from_frame(events, half_life_days=1, now=2000.0 * DAY)
    assert 0 < data.histories.weights[0] < 1e-300
    np.testing.assert_allclose(as_of(data, data.histories, 0).weights, [1.0])


@pytest.mark.parametrize(
    ("given", "seconds"),
    [
        (12, 12),
        ("12", 12),
        (12.9, 12),
        ("1970-01-02", DAY),
        ("1970-01-02T00:01:00Z", DAY + 60),
        ("1970-01-02T01:00:00+01:00", DAY),
        (datetime.date(1970, 1, 2), DAY),
        (datetime.datetime(1970, 1, 2, 1, tzinfo=datetime.UTC), DAY + 3600),
    ],
)
def test_moments(given, seconds) -> None:
    assert moment(given) == seconds


@pytest.mark.parametrize("given", ["yesterday", "", float("nan"), None, "2024-13-01", object()])
def test_what_is_no_time(given) -> None:
    with pytest.raises(DataError, match=r"is no time\n  give unix seconds, or ISO 8601"):
        moment(given)


def test_data_without_times() -> None:
    data = Dataset.from_frame({"user_id": ["u"], "item_id": ["a"]})
    with pytest.raises(UnsupportedError, match=r"the data 'frame' have no times.*\n  name the time column in \[data\]"):
        as_of(data, data.histories, 0)


def test_a_model_recommends_and_explains_as_of_then() -> None:
    data = world()
    model = Registry.discover().make_recommender("ease", l2=1.0).fit(data)
    assert set(model.recommend(["u"], at=0)["item_id"]) == {"b", "c"}  # b was met on day 10 only
    (then,) = model.explain("u", "c", at=10 * DAY)
    (given,) = model.explain(None, "c", history={"item_id": ["a", "b"], "weight": [1.0, 0.5]})
    assert then.player_ids == ("a", "b")
    np.testing.assert_allclose(then.values, given.values)
    assert then.full_value == pytest.approx(given.full_value)


def test_a_given_history_fades_by_its_timestamps() -> None:
    data = world(half_life_days=10)
    given = {"item_id": ["a", "b"], "timestamp": [30 * DAY, 40 * DAY], "behavior": ["buy", "look"]}
    np.testing.assert_allclose(data.encode(given).weights, [0.5, 0.5])
    np.testing.assert_allclose(data.encode(given | {"weight": [1.0, 1.0]}).weights, [1.0, 1.0])
    np.testing.assert_allclose(as_of(data, data.encode(given), 30 * DAY).weights, [1.0])
    np.testing.assert_allclose(data.encode(["a"]).weights, [1.0])
