"""Profiles: interests over time, worked out on paper and the same from every model."""

from __future__ import annotations

import json

import numpy as np
import pytest

from whyrec import (
    Dataset,
    Registry,
    UnknownIdError,
    UnsupportedError,
    games_for,
    profile,
    wrap,
)
from whyrec.profiles import interest_of

DAY = 86_400
EVENTS = {
    "user_id": ["u"] * 4 + ["v", "v"],
    "item_id": ["a", "b", "c", "d", "a", "e"],
    "timestamp": [0, 10 * DAY, 20 * DAY, 30 * DAY, 5, 6],
}
ITEMS = {"item_id": ["a", "b", "c", "d", "e", "f"], "genre": ["X", "X|Y", "Y", "Z", "X", "Y"]}


@pytest.fixture(scope="module")
def data() -> Dataset:
    return Dataset.from_frame(EVENTS, ITEMS, multi=["genre"], catalog="all", now=100.0 * DAY)


def linear(data: Dataset):
    """score of item k = Σ_j I_j W_jk with W known."""
    W = np.arange(36, dtype=float).reshape(6, 6) - 10.0
    return wrap(lambda interest: np.asarray(interest @ W), data), W


def test_on_paper(data: Dataset) -> None:
    model, W = linear(data)
    found = profile(model, "u", periods=4, k=1, explainer="shapley")
    assert (found.by, found.recommender, found.explainer) == ("genre", model.name, "shapley")
    np.testing.assert_array_equal(found.times, np.array([0, 10, 20, 30]) * DAY)
    np.testing.assert_array_equal(found.events, [1, 2, 3, 4])
    x, y, z = (found.interests.index(name) for name in "XYZ")
    np.testing.assert_allclose(
        found.history[:, [x, y, z]], [[1, 0, 0], [3 / 4, 1 / 4, 0], [1 / 2, 1 / 2, 0], [3 / 8, 3 / 8, 1 / 4]]
    )
    assert found.items == (("f",),) * 4  # the last column of W is the largest
    w = W[:, 5]
    phi = np.array([[w[0], 0, 0], [w[0] + w[1] / 2, w[1] / 2, 0], [w[0] + w[1] / 2, w[1] / 2 + w[2], 0]])
    np.testing.assert_allclose(found.values[:3][:, [x, y, z]], phi)
    np.testing.assert_allclose(found.influence[:3][:, [x, y, z]], np.abs(phi) / np.abs(phi).sum(axis=1)[:, None])


def test_several_items_are_averaged(data: Dataset) -> None:
    model, _ = linear(data)
    found = profile(model, "u", at=[30 * DAY], k=2)
    told = model.explain("u", list(found.items[0]), players="interests", explainer=found.explainer)
    order = [told[0].player_ids.index(name) for name in found.interests]
    np.testing.assert_allclose(found.values[0], np.mean([e.values for e in told], axis=0)[order])
    mass = np.sum([np.abs(e.values) for e in told], axis=0)[order]
    np.testing.assert_allclose(found.influence[0], mass / mass.sum())


@pytest.mark.parametrize("name", ["ease", "als", "item-knn", "content", "popular"])
def test_any_recommender(data: Dataset, name: str) -> None:
    model = Registry.discover().make_recommender(name).fit(data)
    found = profile(model, "u", periods=3, k=2)
    assert found.explainer in ("weights", "shapley")
    np.testing.assert_allclose(np.nansum(found.history, axis=1), 1.0)
    assert all(total == pytest.approx(1.0) or np.isnan(row).all() for row in found.influence for total in [row.sum()])
    last = model.recommend(["u"], k=2)["item_id"].to_list()
    assert list(found.items[-1]) == last


def test_moments_of_ones_own_also_before_the_first_event(data: Dataset) -> None:
    model, _ = linear(data)
    found = profile(model, "u", at=["1969-12-31", "1970-01-11", 10 * DAY], k=1)
    np.testing.assert_array_equal(found.events, [0, 2])
    assert np.isnan(found.history[0]).all()
    assert np.isnan(found.influence[0]).all()
    np.testing.assert_array_equal(found.values[0], np.zeros(2))


def test_with_a_half_life_old_interests_fade() -> None:
    faded = Dataset.from_frame(EVENTS, ITEMS, multi=["genre"], catalog="all", half_life_days=10, now=100.0 * DAY)
    found = profile(linear(faded)[0], "u", at=[10 * DAY, 20 * DAY], k=1)
    x = found.interests.index("X")
    np.testing.assert_allclose(found.history[:, x], [(0.5 + 0.5) / 1.5, (0.25 + 0.25) / 1.75])


def test_shares_of_behaviors_follow_the_weights() -> None:
    events = {
        "user_id": ["u"] * 3,
        "item_id": ["a", "a", "b"],
        "behavior": ["buy", "look", "look"],
        "timestamp": [1, 2, 3],
    }
    data = Dataset.from_frame(events, behaviors={"buy": 3.0, "look": 1.0}, now=10.0, scale="log")
    model = Registry.discover().make_recommender("popular").fit(data)
    (game,) = games_for(model, data.histories, np.array([[0]]), kind="interests", by="behavior")
    expected = [0.75 * np.log(5), 0.25 * np.log(5) + np.log(2)]
    np.testing.assert_allclose(interest_of(game), expected)


def test_rows_frames_and_json(data: Dataset) -> None:
    model, _ = linear(data)
    found = profile(model, "u", periods=2, k=1)
    rows = found.to_rows()
    assert len(rows) == 2 * 3
    assert found.to_frame().columns == ["user_id", "time", "events", "interest", "history", "influence", "value"]
    first = [row["interest"] for row in rows[:3]]
    assert first == [found.interests[g] for g in found.order()]
    again = json.loads(json.dumps(found.to_dict()))
    np.testing.assert_allclose(again["moments"][1]["influence"], found.influence[1])
    assert again["moments"][1]["items"] == ["f"]


def test_what_cannot_be_told(data: Dataset) -> None:
    model, _ = linear(data)
    with pytest.raises(UnknownIdError, match="unknown user 'w'"):
        profile(model, "w")
    with pytest.raises(UnsupportedError, match="periods = 0"):
        profile(model, "u", periods=0)
    with pytest.raises(UnsupportedError, match="players 'interests' cannot be grouped by 'genres'"):
        profile(model, "u", by="genres")
    silent = Dataset.from_frame(EVENTS, ITEMS, multi=["genre"], users=["w"], now=100.0 * DAY)
    other = Registry.discover().make_recommender("popular").fit(silent)
    with pytest.raises(UnsupportedError, match=r"nothing is known of user 'w'"):
        profile(other, "w")
    timeless = Dataset.from_frame({k: v for k, v in EVENTS.items() if k != "timestamp"}, ITEMS, multi=["genre"])
    with pytest.raises(UnsupportedError, match="the data 'frame' have no times"):
        profile(Registry.discover().make_recommender("popular").fit(timeless), "u")
    with pytest.raises(UnsupportedError, match="no usual explainer splits"):
        profile(model, "u", registry=Registry())
