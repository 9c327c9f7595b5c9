"""Pictures of interests: every moment's share is there, lines are told apart by their marks too."""

import numpy as np
import pytest

from whyrec.charts.interests import before_after, over_time
from whyrec.profiles import Profile

PROFILE = Profile(
    user_id="u", recommender="ease", explainer="weights", by="genre", interests=("Comedy", "喜剧", "Never"),
    times=np.array([0.0, 86_400.0]), events=np.array([1, 2]),
    history=np.full((2, 3), 1 / 3), influence=np.array([[0.25, 0.75, np.nan], [0.5, 0.5, np.nan]]),
    values=np.ones((2, 3)), items=(("a",), ("b",)),
)  # fmt: skip


def test_over_time():
    picture = over_time(PROFILE)
    rows = picture.spec["data"]["values"]
    assert {(r["time"][:10], r["interest"]): r["share"] for r in rows} == {
        ("1970-01-01", "喜剧"): 0.75, ("1970-01-02", "喜剧"): 0.5,
        ("1970-01-01", "Comedy"): 0.25, ("1970-01-02", "Comedy"): 0.5,
    }  # fmt: skip
    svg = picture.svg()
    assert svg.count(">喜剧</text>") == 1  # one legend, for colors and marks
    assert ">Never<" not in svg
    assert ">share of the reasons (genre)</text>" in svg
    assert ">占比 genre</text>" in over_time(PROFILE, y="占比 {by}").svg()


def test_only_the_strongest():
    assert "Comedy" not in over_time(PROFILE, top=1).svg()


def test_before_and_after():
    picture = before_after({"A": 0.5, "B": 0.5}, {"B": 0.75, "新": 0.25}, words=("vorher", "nachher"))
    assert picture.alt == "B 50% → 75%; A 50% → 0%; 新 0% → 25%"
    svg = picture.svg()
    for text in ("A", "B", "新", "vorher", "nachher"):
        assert f">{text}</text>" in svg
    assert before_after({}, {}).alt == "no interests"


@pytest.mark.parametrize("at", [0, 1])
def test_each_moment_is_whole(at):
    assert np.nansum(PROFILE.influence[at]) == pytest.approx(1.0)
