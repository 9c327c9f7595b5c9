"""Splits: which pairs are held out, and that nothing of them stays behind."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from whyrec.data.splits import split
from whyrec.dataset import Dataset, Split
from whyrec.errors import DataError


def dataset(*rows: tuple[str, str, int]) -> Dataset:
    users, items, times = zip(*rows, strict=True)
    return Dataset.from_frame({"user_id": users, "item_id": items, "timestamp": times})


SHOP = dataset(
    ("a", "x", 1), ("a", "y", 2), ("a", "x", 9), ("a", "z", 3), ("b", "x", 4), ("b", "y", 4), ("c", "z", 8)
)  # fmt: skip


def held(found: Split) -> list[tuple[str, str]]:
    rows, items = found.test.nonzero()
    return sorted((found.train.users[r], found.train.catalog.items[i]) for r, i in zip(rows, items, strict=True))


def left(found: Split) -> list[tuple[str, str]]:
    events = found.train.events()
    return sorted(zip(events["user_id"], events["item_id"], strict=True))


def large(n_users: int = 200, n_items: int = 50) -> Dataset:
    rng = np.random.default_rng(5)
    users, items = np.nonzero(rng.random((n_users, n_items)) < rng.random((n_users, 1)) * 0.6)
    return Dataset.from_frame({"user_id": users, "item_id": items, "timestamp": rng.integers(1000, size=len(users))})


def test_last_holds_out_all_events_of_the_latest_pair() -> None:
    found = split(SHOP, by="last")
    assert held(found) == [("a", "x"), ("b", "y")]  # of b's two at the same time the higher index
    assert left(found) == [("a", "y"), ("a", "z"), ("b", "x"), ("c", "z")]
    assert held(split(SHOP, by="last", n=2)) == [("a", "x"), ("a", "z")]
    assert held(split(SHOP, by="last", n=2, min_events=2)) == [("a", "x"), ("a", "z"), ("b", "x"), ("b", "y")]


def test_time_keeps_nothing_after_the_moment_and_tests_what_is_new() -> None:
    found = split(SHOP, by="time", at=4)
    assert held(found) == [("b", "x"), ("b", "y"), ("c", "z")]
    assert left(found) == [("a", "x"), ("a", "y"), ("a", "z")]
    assert found.train.histories.times is not None
    assert found.train.histories.times.max() < 4
    assert found.train.n_users == 3
    assert found.how == "time: before 4"


@pytest.mark.parametrize(
    "at",
    [
        datetime(1970, 1, 1, 0, 0, 4),
        datetime(1970, 1, 1, 2, 0, 4, tzinfo=timezone(timedelta(hours=2))),
        datetime(1970, 1, 1, 0, 0, 4, tzinfo=UTC),
    ],
)
def test_time_as_a_moment_of_the_calendar(at: datetime) -> None:
    assert held(split(SHOP, by="time", at=at)) == [("b", "x"), ("b", "y"), ("c", "z")]
    assert held(split(SHOP, by="time", at=date(1970, 1, 1))) == sorted(set(left(split(SHOP, by="none"))))


def test_time_by_quantile() -> None:
    data = large()
    found = split(data, by="time", quantile=0.75)
    assert found.train.histories.n_events == pytest.approx(0.75 * data.histories.n_events, rel=0.01)
    assert found.test.nnz + found.train.histories.n_events == data.histories.n_events


def test_random_holds_out_a_share_of_each_user() -> None:
    data = large()
    found = split(data, by="random", share=0.2, seed=3)
    sizes = np.diff(data.histories.interest.indptr)
    tested = np.diff(found.test.indptr)
    np.testing.assert_array_equal(tested, np.where(sizes >= 5, np.maximum(1, sizes // 5), 0))
    assert (sizes < 5).any()
    assert not set(held(found)) & set(left(found))
    assert sorted(held(found) + left(found)) == left(split(data, by="none"))
    assert held(split(data, by="random", share=0.2, seed=3)) == held(found)
    assert held(split(data, by="random", share=0.2, seed=4)) != held(found)
    assert found.how == "random: 0.2 of each user's items, seed 3"


def test_random_takes_every_pair_as_likely() -> None:
    data = dataset(*[("a", f"{i:02}", 0) for i in range(10)])
    drawn = [int(item) for seed in range(200) for _, item in held(split(data, by="random", seed=seed))]
    counts = np.bincount(drawn, minlength=10)
    assert counts.sum() == 400
    assert counts.min() > 20
    assert counts.max() < 60


def test_random_leaves_small_users_alone_and_never_takes_everything() -> None:
    assert held(split(SHOP, by="random")) == []
    found = split(SHOP, by="random", share=0.99, min_events=1)
    assert np.diff(found.test.indptr).tolist() == [2, 1, 0]


def test_none() -> None:
    found = split(SHOP, by="none")
    assert (found.test.nnz, found.test.shape, found.train.histories.n_events) == (0, (3, 3), 7)


def test_file_reproduces_a_published_split(tmp_path: Path) -> None:
    path = tmp_path / "test.csv"
    path.write_text("userId,movieId\na,x\nb,y\na,x\nc,x\nz,x\n", encoding="utf-8")
    found = split(SHOP, by="file", test=path)
    assert held(found) == [("a", "x"), ("b", "y"), ("c", "x")]
    assert left(found) == [("a", "y"), ("a", "z"), ("b", "x"), ("c", "z")]
    assert found.how == "file: 3 pairs, 1 more name an unknown user or item"
    assert found.test.data.tolist() == [1.0] * 3


def test_file_as_a_frame_with_named_columns_and_chosen_rows() -> None:
    pairs = {"i": ["x", "y"], "part": ["test", "train"], "u": ["a", "a"]}
    assert held(split(SHOP, by="file", test=pairs, user="u", item="i", where={"part": ["test"]})) == [("a", "x")]


def test_a_user_may_lose_the_whole_history_and_keeps_the_row() -> None:
    found = split(SHOP, by="file", test={"u": ["c"], "i": ["z"]})
    assert found.train.users.ids == ("a", "b", "c")
    assert np.diff(found.train.histories.indptr).tolist() == [4, 2, 0]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"by": "randon"}, r"unknown split 'randon'\n  did you mean 'random'"),
        ({"by": "random", "share": 1.0}, "share = 1.0: the share held out lies between 0 and 1"),
        ({"by": "last", "n": 0}, "n = 0: at least one item is held out"),
        ({"by": "time", "quantile": 1.5}, "quantile = 1.5"),
        ({"by": "file"}, "a split by 'file' needs a table of test pairs"),
        ({"by": "file", "test": {"u": ["a"]}}, "a table of test pairs has two columns"),
        ({"by": "file", "test": {"u": ["a"], "i": ["x"]}, "user": "us"}, "no column 'us'; wanted: us, i; found: u, i"),
        (
            {"by": "file", "test": {"u": ["a"], "i": ["x"]}, "where": {"u": ["b", "c"]}},
            "test pairs: there are no rows where u is b or c",
        ),
        (
            {"by": "file", "test": {"i": ["x", "y"], "u": ["a", "b"]}},
            r"2 of 2 name a user or item that 'frame' does not hold, such as user 'x', item 'a'\n  are 'i' and 'u' the",
        ),
    ],
)
def test_what_cannot_be_split(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(DataError, match=message):
        split(SHOP, **settings)


@pytest.mark.parametrize("by", ["last", "time"])
def test_times_are_needed(by: str) -> None:
    data = Dataset.from_frame({"user_id": ["a"], "item_id": ["x"]})
    with pytest.raises(DataError, match=f"a split by '{by}' needs the time of each event, and 'frame' has none"):
        split(data, by=by)  # type: ignore[arg-type]


def test_a_ragged_test_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "test.csv"
    path.write_text("u,i\na,x\nb\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"test\.csv:3:1: test pairs: too few fields"):
        split(SHOP, by="file", test=path)
