"""Tables of every make become the same polars frame, and ids stay what they are."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

from whyrec.data.columns import as_ids, as_numbers, as_seconds
from whyrec.data.frames import history_columns, to_frame
from whyrec.dataset import Dataset
from whyrec.errors import DataError

HARD_IDS = ["NA", "null", "None", "True", "-0", "1e5", "0012", "9007199254740993", "9" * 400, "手机", "👟", "a\u200bb"]


class ArrowOnly:
    """A table that speaks nothing but the Arrow stream protocol."""

    def __init__(self, frame: pl.DataFrame) -> None:
        self.frame = frame
        self.schema = frame.schema

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        return self.frame.__arrow_c_stream__(requested_schema)


@pytest.mark.parametrize(
    "make",
    [pl.DataFrame, lambda d: pl.DataFrame(d).lazy(), pd.DataFrame, dict, lambda d: ArrowOnly(pl.DataFrame(d))],
    ids=["polars", "lazy", "pandas", "dict", "arrow"],
)
def test_every_kind_of_table_reads_the_same(make: Any) -> None:
    frame = to_frame(make({"id": HARD_IDS, "n": list(range(len(HARD_IDS)))}))
    assert as_ids(frame["id"]).to_list() == HARD_IDS
    assert as_ids(frame["n"]).to_list() == [str(i) for i in range(len(HARD_IDS))]


def test_pandas_without_pyarrow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    frame = pd.DataFrame(
        {
            "whole": pd.array([1, None, 3], dtype="Int64"),
            "spoilt": [7.0, float("nan"), 9.0],
            "text": ["NA", None, "0012"],
            "kind": pd.Categorical(["a", "b", "a"]),
            "when": pd.to_datetime(["2020-01-01", None, "2020-01-02"]),
        }
    )
    found = to_frame(frame)
    assert as_ids(found["whole"]).to_list() == ["1", None, "3"]
    assert as_ids(found["spoilt"]).to_list() == ["7", None, "9"]
    assert as_ids(found["text"]).to_list() == ["NA", None, "0012"]
    assert as_ids(found["kind"]).to_list() == ["a", "b", "a"]
    assert as_seconds(found["when"]).to_list() == [1577836800, None, 1577923200]


@pytest.mark.parametrize("values", [[7, "a", None, 8.0, True], np.array([7, "a", None, 8.0, True], dtype=object)])
def test_mixed_values_become_text_one_by_one(values: Any) -> None:
    assert as_ids(to_frame({"id": values})["id"]).to_list() == ["7", "a", None, "8", "True"]


def test_booleans_and_integers_of_any_size_are_ids() -> None:
    frame = to_frame({"yes": [True, False], "big": [2**64 - 1, 10**400]})
    assert as_ids(frame["yes"]).to_list() == ["True", "False"]
    assert as_ids(frame["big"]).to_list() == [str(2**64 - 1), str(10**400)]


def test_a_fraction_is_no_id() -> None:
    with pytest.raises(DataError, match=r"column 'id': 1\.5 is not an id"):
        as_ids(pl.Series("id", [1.0, 1.5]))


def test_a_float_that_may_have_lost_digits_is_no_id() -> None:
    with pytest.raises(DataError, match="read the column as text"):
        as_ids(pl.Series("id", [9.1e15]))


def test_a_list_column_is_no_id() -> None:
    with pytest.raises(DataError, match="ids cannot be of type List"):
        as_ids(pl.Series("id", [["a"]]))


def test_what_is_no_table() -> None:
    with pytest.raises(DataError, match="events: int is not a table"):
        to_frame(7, what="events")
    with pytest.raises(DataError, match=r"differ in length: \{'a': 1, 'b': 2\}"):
        to_frame({"a": [1], "b": [1, 2]})


def test_numbers() -> None:
    found = as_numbers(pl.Series([" 4.5", "1e999", "NaN", "four", "", None, "1_000"])).to_list()
    assert found[0] == pytest.approx(4.5)
    assert found[1] == float("inf")
    assert np.isnan(found[2])
    assert found[3:] == [None] * 4


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1577836800", 1577836800),
        ("1577836800.9", 1577836800),
        ("2020-01-01", 1577836800),
        ("2020-01-01T00:01", 1577836860),
        ("2020-01-01 00:00:01", 1577836801),
        ("2020-01-01T00:00:01.5Z", 1577836801),
        ("2020-01-01T02:00:00+02:00", 1577836800),
        ("2020-01-01T02:00+0200", 1577836800),
        ("-1", -1),
        ("yesterday", None),
        ("2020-13-01", None),
        ("inf", None),
        ("", None),
    ],
)
def test_times(text: str, seconds: int | None) -> None:
    assert as_seconds(pl.Series([text])).to_list() == [seconds]


def test_times_of_several_kinds_in_one_column() -> None:
    found = as_seconds(pl.Series(["1577836800", "2020-01-01", None, "2020-01-01T02:00:00+02:00", "x"]))
    assert found.to_list() == [1577836800, 1577836800, None, 1577836800, None]


def test_times_in_milliseconds() -> None:
    assert as_seconds(pl.Series([1577836800999]), unit="ms").to_list() == [1577836800]
    assert as_seconds(pl.Series(["1577836800999"]), unit="ms").to_list() == [1577836800]


def test_a_history_is_a_list_of_ids_or_a_table() -> None:
    assert history_columns([7, "0012"]) == {"item_id": ["7", "0012"]}
    assert history_columns(np.array([7, 8])) == {"item_id": ["7", "8"]}
    assert history_columns(pl.Series(["a"])) == {"item_id": ["a"]}
    assert history_columns(pd.Series(["a"])) == {"item_id": ["a"]}
    assert history_columns([]) == {"item_id": []}
    table = {"item_id": [1], "weight": ["2"], "timestamp": ["1970-01-02"], "behavior": ["click"], "more": [0]}
    assert history_columns(table) == {"item_id": ["1"], "weight": [2.0], "timestamp": [86400], "behavior": ["click"]}


@pytest.mark.parametrize(
    ("history", "message"),
    [
        ("i1", "a history is a list of item ids or a table, not the text 'i1'"),
        (7, "a history is a list of item ids or a table, not int"),
        (["a", None], "item_id in row 2 is None"),
        ({"item": ["a"]}, "no column 'item_id'; found: item"),
        ({"item_id": ["a"], "weight": ["heavy"]}, "weight in row 1 is 'heavy'"),
        ({"item_id": ["a"], "weight": [float("inf")]}, "weight in row 1 is inf"),
        ({"item_id": ["a"], "timestamp": ["noon"]}, "timestamp in row 1 is 'noon'"),
    ],
)
def test_what_is_no_history(history: Any, message: str) -> None:
    with pytest.raises(DataError, match=message):
        history_columns(history)


def test_events_table_gives_back_what_came_in() -> None:
    rows = {
        "user_id": ["b", "a", "a"],
        "item_id": ["y", "y", "x"],
        "weight": [1.0, 2.0, 3.0],
        "timestamp": [30, 20, 10],
        "behavior": ["click", "click", "browse"],
    }
    data = Dataset.from_frame(rows, scale="log")
    found = data.events()
    assert found.columns == list(rows)
    assert found.rows() == [("a", "x", 3.0, 10, "browse"), ("a", "y", 2.0, 20, "click"), ("b", "y", 1.0, 30, "click")]
    assert Dataset.from_frame(found, scale="log").fingerprint == data.fingerprint


def test_events_table_has_all_columns_also_without_times_and_behaviors() -> None:
    found = Dataset.from_frame({"user_id": ["a"], "item_id": ["x"]}).events()
    assert found.rows() == [("a", "x", 1.0, None, None)]
    assert found.schema["timestamp"] == pl.Int64
    assert found.schema["behavior"] == pl.String
