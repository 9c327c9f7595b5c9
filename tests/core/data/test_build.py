"""Events and items become a Dataset."""

from __future__ import annotations

import random

import numpy as np
import pandas as pd
import polars as pl
import pytest

from whyrec.data.order import codes_of, index_of
from whyrec.dataset import Dataset
from whyrec.errors import DataError

EVENTS = {
    "user": [2, 10, 2, 10],
    "item": ["y", "x", "x", "w"],
    "rating": [5, 4, 1, 3],
    "when": ["1970-01-02", "1970-01-01T00:00:10Z", "5", "7"],
}
RENAME = {"user": "user_id", "item": "item_id", "rating": "weight", "when": "timestamp"}
ITEMS = {
    "item_id": ["x", "y", "z", "x", None],
    "title": ["old", "Ypsilon", "Zet", "Iks", "nobody"],
    "title_zh": ["", "伊", None, "克", "无"],
    "genre": ["a", "a|b", "c", "b", "z"],
}


def test_numeric_ids_stand_in_numeric_order_others_in_order_of_the_text() -> None:
    assert index_of(pl.Series(["10", "9", "0", "9" * 50]), "id").ids == ("0", "9", "10", "9" * 50)
    assert index_of(pl.Series(["10", "9", "007"]), "id").ids == ("007", "10", "9")
    assert index_of(pl.Series(["b", "a", "b"]), "id").ids == ("a", "b")
    index = index_of(pl.Series(["b", "a"]), "id")
    assert codes_of(pl.Series(["a", "c", "b", "a"]), index).tolist() == [0, -1, 1, 0]


def test_renamed_columns() -> None:
    data = Dataset.from_frame(EVENTS, rename=RENAME, name="toy")
    assert data.name == "toy"
    assert data.users.ids == ("2", "10")
    assert data.catalog.items.ids == ("w", "x", "y")
    np.testing.assert_array_equal(data.histories.interest.toarray(), [[0, 1, 5], [3, 4, 0]])
    assert data.histories.times is not None
    assert data.histories.times.tolist() == [5, 86400, 7, 10]
    assert (data.behaviors, data.interest_by) == ({}, None)
    other = Dataset.from_frame(EVENTS, columns={ours: theirs for theirs, ours in RENAME.items()})
    assert other.fingerprint == data.fingerprint


def test_columns_that_are_there_but_not_wanted() -> None:
    rows = {"user_id": ["a"], "item_id": ["x"], "weight": ["heavy"]}
    with pytest.raises(DataError, match="value is not a finite number"):
        Dataset.from_frame(rows)
    assert Dataset.from_frame(rows, columns={"weight": None}).histories.weights.tolist() == [1.0]


def test_the_order_of_the_rows_does_not_matter() -> None:
    shuffled = pl.DataFrame(EVENTS).sample(fraction=1.0, shuffle=True, seed=random.Random(0).randrange(99))
    wanted = Dataset.from_frame(EVENTS, rename=RENAME).fingerprint
    assert Dataset.from_frame(shuffled, rename=RENAME).fingerprint == wanted
    assert Dataset.from_frame(pd.DataFrame(EVENTS), rename=RENAME).fingerprint == wanted


def test_a_threshold_leaves_users_with_an_empty_history() -> None:
    data = Dataset.from_frame(EVENTS, rename=RENAME, min_weight=5, binary=True)
    assert data.users.ids == ("2", "10")
    assert data.catalog.items.ids == ("y",)
    np.testing.assert_array_equal(data.histories.interest.toarray(), [[1], [0]])
    assert data.report.filtered == {"rating below 5": 3}


def test_items_seen_and_all() -> None:
    seen = Dataset.from_frame(EVENTS, ITEMS, rename=RENAME, multi=["genre"])
    assert seen.catalog.items.ids == ("w", "x", "y")
    assert [seen.catalog.title(i) for i in range(3)] == ["w", "Iks", "Ypsilon"]
    assert seen.catalog.title(2, "zh") == "伊"
    assert seen.catalog.features is not None
    assert seen.catalog.features.values == ("a", "b")
    np.testing.assert_array_equal(seen.catalog.features.matrix.toarray(), [[0, 0], [0, 1], [1, 1]])
    assert seen.interest_by == "genre"
    assert seen.report.warnings == (
        "items: 1 row(s) without an id left out",
        "items: 1 row(s) left out whose id comes again later, such as 'x'",
        "items: 1 item(s) with events have no row in the items table",
    )
    every = Dataset.from_frame(EVENTS, ITEMS, rename=RENAME, multi=["genre"], catalog="all")
    assert every.catalog.items.ids == ("w", "x", "y", "z")
    assert every.catalog.features is not None
    assert every.catalog.features.values == ("a", "b", "c")


def test_values_of_number_columns_that_are_no_numbers_are_warned_about() -> None:
    items = {"item_id": ["w", "x", "y"], "price": ["1", "cheap", ""]}
    data = Dataset.from_frame(EVENTS, items, rename=RENAME, number=["price"])
    assert data.report.warnings == ("items: 1 price value(s) are no numbers and count as missing: 'cheap'",)


def test_users_beyond_those_with_events() -> None:
    data = Dataset.from_frame({"user_id": ["b"], "item_id": ["x"]}, users=["a", "b", "c"])
    assert data.users.ids == ("a", "b", "c")
    assert np.diff(data.histories.indptr).tolist() == [0, 1, 0]


def test_behaviors_keep_the_order_of_their_weights() -> None:
    rows = {"user_id": ["a", "a"], "item_id": ["x", "y"], "behavior": ["view", "buy"]}
    data = Dataset.from_frame(rows, behaviors={"view": 0.2, "cart": 0.5, "buy": 1.0})
    assert data.histories.behavior_names == ("view", "cart", "buy")
    assert data.behaviors == {"view": 0.2, "cart": 0.5, "buy": 1.0}
    assert data.histories.weights.tolist() == [0.2, 1.0]
    assert data.interest_by == "behavior"
    assert Dataset.from_frame(rows).behaviors == {"buy": 1.0, "view": 1.0}


def test_one_user_one_item_all_values_equal() -> None:
    data = Dataset.from_frame(
        {"user_id": ["a"], "item_id": ["x"]}, {"item_id": ["x"], "n": [3], "c": ["k"]}, number=["n"], category=["c"]
    )
    assert (data.n_users, data.n_items, data.histories.n_events) == (1, 1, 1)
    assert data.catalog.features is not None
    np.testing.assert_array_equal(data.catalog.features.matrix.toarray(), [[1, 0]])


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({}, r"no column 'user_id'; wanted: user_id, item_id; found: user, item"),
        ({"rename": {"usr": "user_id", "item": "item_id"}}, r"no column 'usr'.*\n  did you mean 'user'\?"),
        ({"rename": {"user": "userid"}}, r"'userid' is no column that whyrec reads\n  did you mean 'user_id'\?"),
        ({"rename": RENAME, "multi": ["genre"]}, r"feature columns are named \(genre\) but no items table"),
        ({"rename": RENAME, "interest_by": "genre"}, r"interest_by = 'genre': no such grouping"),
        ({"rename": RENAME, "items": {"id": ["x"]}}, r"no column 'item_id'; wanted: item_id; found: id"),
        ({"rename": RENAME, "items": {"item_id": [None]}}, "the items table has no rows"),
    ],
)
def test_what_cannot_be_built(settings: dict[str, object], message: str) -> None:
    with pytest.raises(DataError, match=message):
        Dataset.from_frame(EVENTS, **settings)
