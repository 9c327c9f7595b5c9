"""Explanations of a run as Parquet and JSON lines: what docs/reference/explanations.md says."""

import json
from pathlib import Path

import polars as pl
import pytest

from whyrec import Explanation, InputError
from whyrec.comparison.export import SCHEMA, export
from whyrec.comparison.run import compare
from whyrec.config.load import load_config
from whyrec.store.store import Store

TEXT = """
[data]
use = "toy"
[split]
by = "none"
[[recommender]]
use = "linear"
id = "my-linear"
[[explainer]]
use = "exact"
[[explainer]]
use = "rough"
id = "my-rough"
[[metric]]
use = "residual"
[run]
k = 2
users = 3
"""
PAGE = Path(__file__).parents[3] / "docs" / "reference" / "explanations.md"


@pytest.fixture
def store(tmp_path, toy_registry):
    with Store(tmp_path / "s.db") as made:
        compare(load_config(text=TEXT, registry=toy_registry), toy_registry, store=made)
        yield made


def test_json_lines_read_back(store, tmp_path) -> None:
    path = tmp_path / "out.jsonl"
    assert export(store, store.runs.get(), path) == 12  # 3 users × 2 items × 2 explainers
    lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    assert len(lines) == 12
    found = [Explanation.from_dict(line) for line in lines]
    assert [line["explainer_id"] for line in lines] == ["exact"] * 6 + ["my-rough"] * 6
    assert {line["recommender_id"] for line in lines} == {"my-linear"}
    assert [line["rank"] for line in lines[:4]] == [1, 2, 1, 2]
    # anna's best item is i3: tea 1 × 0.5, coffee 2 × 0.25
    assert (found[0].user_id, found[0].item_id) == ("anna", "i3")
    assert found[0].values.tolist() == [0.5, 0.5]
    assert found[0].players == ("Tea", "Coffee")


def test_parquet_has_a_row_for_each_player(store, tmp_path) -> None:
    path = tmp_path / "out.parquet"
    path.write_bytes(b"old")
    export(store, store.runs.get(), path)
    table = pl.read_parquet(path)
    assert set(table["schema"]) == {SCHEMA}
    first = table.filter(user_id="anna", item_id="i3", explainer="exact")
    assert first.select("player_id", "player", "value", "rank", "full_value").rows() == [
        ("i1", "Tea", 0.5, 1, 1.0), ("i2", "Coffee", 0.5, 1, 1.0),
    ]  # fmt: skip
    assert table["std_error"].null_count() == len(table)
    assert list(tmp_path.glob("*.part")) == []


def test_the_page_names_every_column(store, tmp_path) -> None:
    text = PAGE.read_text("utf-8")
    export(store, store.runs.get(), tmp_path / "out.parquet")
    for name in pl.read_parquet_schema(tmp_path / "out.parquet"):
        assert f"| `{name}` |" in text, name
    export(store, store.runs.get(), tmp_path / "out.jsonl")
    for name in json.loads((tmp_path / "out.jsonl").read_text("utf-8").splitlines()[0]):
        assert f"`{name}`" in text, name
    assert f"`{SCHEMA}`" in text


def test_what_cannot_be_exported(store, tmp_path) -> None:
    with pytest.raises(InputError, match=r"out\.csv: explanations are written as \.parquet or \.jsonl"):
        export(store, store.runs.get(), tmp_path / "out.csv")
    empty = store.runs.begin(source="", seed=0, config={}, versions={}, data={}, plan=[])
    (tmp_path / "out.jsonl").write_text("old")
    with pytest.raises(InputError, match=f"run {empty} has no explanations in the store"):
        export(store, store.runs.get(empty), tmp_path / "out.jsonl")
    assert (tmp_path / "out.jsonl").read_text() == "old"
