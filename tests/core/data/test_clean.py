"""Cleaning: each fault has its reason, nothing vanishes uncounted."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from whyrec.data.clean import DUPLICATE, SUPERSEDED, Cleaned, clean
from whyrec.data.lookalike import lookalikes
from whyrec.data.read import read_table
from whyrec.data.table import Table
from whyrec.errors import DataError

ROLES = {name: name for name in ("user_id", "item_id", "weight", "timestamp", "behavior")}
HEADER = "user_id,item_id,weight,timestamp,behavior\n"
NOW = 1_700_000_000.0
GOOD = "a,x,1,1600000000,click"


def cleaned(path: Path, text: str, **settings: Any) -> Cleaned:
    path.write_text(HEADER + text + "\n", encoding="utf-8")
    given = {"behaviors": {"click": 1.0, "browse": 0.5}, "now": NOW, "max_rejected": 1.0, **settings}
    return clean(read_table(path), ROLES, **given)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "events.csv"


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("a,y", "too few fields"),
        ("a,y,1,1600000000,click,more", "too many fields"),
        (",y,1,1600000000,click", "empty user"),
        ("  ,y,1,1600000000,click", "empty user"),
        ("a,,1,1600000000,click", "empty item"),
        ("a,y,NaN,1600000000,click", "value is not a finite number"),
        ("a,y,inf,1600000000,click", "value is not a finite number"),
        ("a,y,1e999,1600000000,click", "value is not a finite number"),
        ("a,y,four,1600000000,click", "value is not a finite number"),
        ("a,y,,1600000000,click", "value is not a finite number"),
        ("a,y,1,1600000000,clack", "unknown behavior"),
        ("a,y,1,1600000000,", "unknown behavior"),
        ("a,y,1,noon,click", "time is not a number"),
        ("a,y,1,,click", "time is not a number"),
        ("a,y,1,nan,click", "time is not a number"),
        ("a,y,1,-1,click", "negative time"),
        ("a,y,1,1600000000000,click", "milliseconds among seconds"),
        ("a,y,1,1700086401,click", "time in the future"),
    ],
)
def test_a_row_that_cannot_be_used_is_counted(path: Path, row: str, reason: str) -> None:
    found = cleaned(path, f"{GOOD}\n{row}")
    assert found.report.rejected == {reason: 1}
    assert (found.report.read, found.report.kept) == (2, 1)
    assert found.events.rows() == [("a", "x", 1.0, 1600000000, "click")]


def test_a_clock_may_be_a_day_ahead(path: Path) -> None:
    assert cleaned(path, "a,x,1,1700086400,click").report.kept == 1


def test_hard_ids_stay_what_they_are(path: Path) -> None:
    ids = ["NA", "null", "None", "True", "-0", "1e5", "0012", "nan", "9007199254740993", "9" * 400]
    ids += ["手机", "👟", "مرحبا", "a/../b", "%2F", "<script>"]
    found = cleaned(path, "\n".join(f"{name},{name},1,1600000000,click" for name in ids))
    assert found.events["user_id"].to_list() == ids
    assert found.events["item_id"].to_list() == ids


def test_repeats(path: Path) -> None:
    rows = ["a,x,1,5,click", "a,x,2,5,click", "b,x,1,5,click", "a,x,1,5,click", "a,x,1,6,click", "a,x,1,5,browse"]
    found = cleaned(path, "\n".join(rows), max_rejected=0.0)
    assert found.report.rejected == {DUPLICATE: 1, SUPERSEDED: 1}
    assert found.events.rows() == [
        ("b", "x", 1.0, 5, "click"),
        ("a", "x", 1.0, 5, "click"),
        ("a", "x", 1.0, 6, "click"),
        ("a", "x", 1.0, 5, "browse"),
    ]


def test_without_times_and_behaviors_a_pair_counts_once() -> None:
    table = Table.of({"user_id": ["a", "a", "b"], "item_id": ["x", "x", "x"]})
    found = clean(table, {"user_id": "user_id", "item_id": "item_id"})
    assert found.report.rejected == {DUPLICATE: 1}


def test_without_known_behaviors_every_name_is_one(path: Path) -> None:
    assert cleaned(path, "a,x,1,5,whatever", behaviors=None).report.kept == 1
    found = cleaned(path, f"{GOOD}\na,x,1,5, ", behaviors=None)
    assert found.report.rejected == {"unknown behavior": 1}


def test_too_many_rejected_rows_stop_the_run_and_stay_for_a_look(path: Path, tmp_path: Path) -> None:
    rows = [f"u{i},x,1,{i},click" for i in range(18)] + ["u,x,?,5,click", "u,x"]
    kept = tmp_path / "rejected.csv"
    with pytest.raises(DataError) as caught:
        cleaned(path, "\n".join(rows), max_rejected=0.05, rejected=kept)
    message = str(caught.value)
    assert message.startswith(f"{path}:20:1: 2 of 20 rows rejected (10.0%), more than max_rejected = 0.05: ")
    assert "value is not a finite number: 1" in message
    assert "too few fields: 1" in message
    assert str(kept) in message
    assert caught.value.exit_code == 2
    with kept.open(encoding="utf-8", newline="") as file:
        assert [row[:2] for row in csv.reader(file)][1:] == [
            ["20", "value is not a finite number"],
            ["21", "too few fields"],
        ]
    assert cleaned(path, "\n".join(rows), max_rejected=0.1).report.kept == 18


def test_rejected_rows_keep_their_fields(path: Path, tmp_path: Path) -> None:
    kept = tmp_path / "rejected.csv"
    cleaned(path, f'{GOOD}\n"a,b",y,1,noon,click\na,y,1,5,click,more,still\n{GOOD}', rejected=kept)
    with kept.open(encoding="utf-8", newline="") as file:
        assert list(csv.reader(file)) == [
            ["line", "reason", "user_id", "item_id", "weight", "timestamp", "behavior", "more"],
            ["2", DUPLICATE, "a", "x", "1", "1600000000", "click", ""],
            ["3", "time is not a number", "a,b", "y", "1", "noon", "click", ""],
            ["4", "too many fields", "a", "y", "1", "5", "click", "more|still"],
        ]
    assert list(tmp_path.glob("*.part")) == []


def test_rejected_rows_that_cannot_be_written(path: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"cannot write the rejected rows: .*No such file or directory"):
        cleaned(path, GOOD, rejected=tmp_path / "no" / "rejected.csv")


def test_nothing_is_written_over_but_rejected_rows(path: Path, tmp_path: Path) -> None:
    for place in (path, tmp_path):
        with pytest.raises(DataError, match="rejected rows would be written over this"):
            cleaned(path, f"{GOOD}\n,,,,", rejected=place)
    assert path.read_text(encoding="utf-8").startswith(HEADER)
    kept = tmp_path / "rejected.csv"
    cleaned(path, f"{GOOD}\n,,,,", rejected=kept)
    cleaned(path, GOOD, rejected=kept)
    assert kept.read_text(encoding="utf-8").splitlines() == ["line,reason," + HEADER.strip() + ",more"]


def test_milliseconds_throughout_are_a_setting(path: Path) -> None:
    rows = "\n".join(f"u{i},x,1,16000000000{i:02},click" for i in range(20))
    with pytest.raises(DataError, match='the times look like milliseconds: time_unit = "ms"'):
        cleaned(path, rows, max_rejected=0.05)
    assert cleaned(path, rows, time_unit="ms").events["timestamp"].unique().to_list() == [1600000000]


def test_rows_left_aside_on_purpose_are_not_checked_and_not_rejected(path: Path) -> None:
    rows = [GOOD, "b,y,9,-1,browse", "c,z,0.5,7,click"]
    found = cleaned(path, "\n".join(rows), where={"behavior": ["click"]}, min_weight=1.0)
    assert found.report.rejected == {}
    assert found.report.filtered == {"behavior is not click": 1, "weight below 1": 1}
    assert (found.report.read, found.report.kept) == (3, 1)
    assert sorted(found.users.to_list()) == ["a", "c"]


def test_a_filter_that_nothing_passes(path: Path) -> None:
    with pytest.raises(DataError, match=r"no row has behavior = 'clic'\n  did you mean 'click'\?"):
        cleaned(path, GOOD, where={"behavior": ["clic"]})
    with pytest.raises(DataError, match="no column 'split'"):
        cleaned(path, GOOD, where={"split": ["train"]})


def test_nothing_left(path: Path) -> None:
    with pytest.raises(DataError, match="none of 1 rows is left as an event\n  weight below 3: 1"):
        cleaned(path, GOOD, min_weight=3.0)
    with pytest.raises(DataError, match="none of 1 rows is left as an event\n  empty user: 1"):
        cleaned(path, ",x,1,5,click")


def test_weights_of_behaviors_without_their_column() -> None:
    with pytest.raises(DataError, match=r"behavior weights are given \(click\) but no behavior column"):
        clean(Table.of({"u": ["a"], "i": ["x"]}), {"user_id": "u", "item_id": "i"}, behaviors={"click": 1.0})


def test_a_threshold_without_values() -> None:
    with pytest.raises(DataError, match=r"a smallest value is given \(4\) but no value column"):
        clean(Table.of({"u": ["a"], "i": ["x"]}), {"user_id": "u", "item_id": "i"}, min_weight=4.0)


def test_a_frame_names_the_row() -> None:
    table = Table.of({"user_id": ["a", None], "item_id": ["x", "y"]})
    with pytest.raises(DataError, match=r"row 2: 1 of 2 rows rejected \(50\.0%\).*empty user: 1"):
        clean(table, {"user_id": "user_id", "item_id": "item_id"})


def test_ids_that_look_alike_are_warned_about_and_kept_apart(path: Path) -> None:
    names = ["ﬁ", "fi", "a\u200bb", "ab", "中", "cd"]
    found = cleaned(path, "\n".join(f"{name},x,1,5,click" for name in names))
    assert found.events["user_id"].n_unique() == len(names)
    (warning,) = found.report.warnings
    assert warning.startswith("user_id: 2 group(s) of ids look alike but are kept apart, such as ")
    assert r"'a\u200bb'" in warning
    assert lookalikes(found.events["item_id"]) == []


def test_ids_of_a_type_that_cannot_be_one_name_the_file(tmp_path: Path) -> None:
    path = tmp_path / "events.parquet"
    pl.DataFrame({"user_id": [1.5], "item_id": ["x"]}).write_parquet(path)
    with pytest.raises(DataError, match=r"events\.parquet: column 'user_id': 1\.5 is not an id"):
        clean(read_table(path), {"user_id": "user_id", "item_id": "item_id"})
