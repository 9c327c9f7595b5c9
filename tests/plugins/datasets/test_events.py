"""Events from files, toy ones first."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from whyrec import DataError, DataSource, Vectors
from whyrec.data.splits import split
from whyrec.errors import ConfigError
from whyrec.settings import build
from whyrec_plugins.datasets.events import Events

TEXT = """visitor,thing,what,when,part
2,x,buy,1970-01-01,train
10,y,look,1970-01-02,train
10,x,look,1970-01-02,train
10,x,look,-1,test
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "events.csv"
    file.write_text(TEXT, encoding="utf-8")
    return file


def settings(path: Path) -> dict[str, object]:
    return {
        "path": str(path),
        "user": "visitor",
        "item": "thing",
        "behavior": "what",
        "time": "when",
        "behaviors": {"buy": 1, "look": 0.5},
        "half_life_days": 1,
        "scale": "none",
        "where": {"part": ["train"]},
    }


def load(path: Path, **more: object):
    return build(Events, {**settings(path), **more}).load()


def test_weights_times_and_filters(path: Path) -> None:
    data = load(path)
    assert (data.name, data.users.ids, data.catalog.items.ids) == ("events.csv", ("2", "10"), ("x", "y"))
    np.testing.assert_allclose(data.histories.interest.toarray(), [[0.5, 0.0], [0.5, 0.5]])
    assert data.report.filtered == {"part is not train": 1}
    assert data.groupings() == ("behavior",)


@pytest.mark.parametrize("suffix", [".tsv", ".parquet"])
def test_other_forms_of_the_same_table(path: Path, suffix: str) -> None:
    other = path.with_suffix(suffix)
    frame = pl.read_csv(path, infer_schema=False)
    frame.write_parquet(other) if suffix == ".parquet" else frame.write_csv(other, separator="\t")
    assert load(other).fingerprint == load(path).fingerprint


def test_a_file_without_a_header(tmp_path: Path) -> None:
    path = tmp_path / "ratings.dat"
    path.write_text("1::a::5\n1::b::2\n2::b::4\n", encoding="utf-8")
    data = Events(path=path, delimiter="::", header=False, user="1", item="2", value="3", min_value=4).load()
    assert [tuple(row) for row in data.events().select("user_id", "item_id").rows()] == [("1", "a"), ("2", "b")]
    np.testing.assert_allclose(data.histories.interest.data, np.log1p([5.0, 4.0]))


def test_only_named_columns_are_read(tmp_path: Path) -> None:
    path = tmp_path / "events.csv"
    path.write_text("user_id,item_id,weight,timestamp,behavior\na,x,heavy,noon,\n", encoding="utf-8")
    data = Events(path=path).load()
    assert data.histories.weights.tolist() == [1.0]
    assert (data.histories.times, data.histories.behaviors) == (None, None)


def test_items_with_features_of_every_kind(path: Path) -> None:
    items = path.with_name("items.csv")
    items.write_text(
        "id,name,name_zh,tags,kind,price\nx,Shoe,跑鞋,a;b,k,1\ny,Hat,帽,b,l,3\nz,Bag,包,c,k,9\n", encoding="utf-8"
    )
    data = load(
        path,
        items=str(items),
        item_id="id",
        title="name",
        multi=["tags"],
        separator=";",
        category=["kind"],
        number=["price"],
        text=["name_zh"],
        feature_weights={"price": 2},
        interest_by="kind",
    )
    features = data.catalog.features
    assert features is not None
    assert [features.label(i) for i in range(len(features))] == [
        "tags: a", "tags: b", "kind: k", "kind: l", "price", "name_zh: 帽", "name_zh: 跑鞋",
    ]  # fmt: skip
    np.testing.assert_allclose(features.matrix.toarray(), [[1, 1, 1, 0, -2, 0, 1], [0, 1, 0, 1, 2, 1, 0]])
    assert (data.catalog.title(0), data.catalog.title(0, "zh")) == ("Shoe", "跑鞋")
    assert data.interest_by == "kind"
    assert load(path, items=str(items), item_id="id", title="name", catalog="all").n_items == 3


def test_bins_vectors_and_embedded_texts(path: Path) -> None:
    items = path.with_name("items.csv")
    items.write_text("id,price,plot\nx,1,red shoes\ny,3,blue hat\n", encoding="utf-8")
    poster = path.with_name("poster.safetensors")
    Vectors(("x", "y"), np.array([[1.0, 2.0], [3.0, 2.0]])).save(poster)
    data = load(
        path,
        items=str(items),
        item_id="id",
        number=["price"],
        bins={"price": 2},
        dense={"poster": str(poster)},
        embed={"plot": {"use": "tfidf-svd", "size": 1}},
        feature_weights={"poster": 0.5},
    )
    features = data.catalog.features
    assert features is not None
    assert features.kinds == {"price": "number", "poster": "dense", "plot": "dense"}
    np.testing.assert_allclose(features.matrix.toarray()[:, :4], [[1, 0, -0.5, 0], [0, 1, 0.5, 0]])
    np.testing.assert_allclose(np.abs(features.matrix.toarray()[:, 4:]), [[1.0], [1.0]])


def test_a_misspelt_column_names_its_place(path: Path) -> None:
    with pytest.raises(DataError) as caught:
        load(path, user="visiter")
    assert str(caught.value).startswith(f"{path}:1:1: no column 'visiter'; wanted: visiter, thing")
    assert caught.value.hint == """say what it is called here: user = "…"; did you mean 'visitor'?"""
    assert caught.value.exit_code == 2


def test_too_many_bad_rows_stop_the_run_and_are_kept(path: Path) -> None:
    kept = path.with_name("rejected.csv")
    with pytest.raises(DataError, match=r"events\.csv:5:1: 1 of 4 rows rejected .* negative time: 1"):
        load(path, where={}, rejected=str(kept))
    with kept.open(encoding="utf-8", newline="") as file:
        assert list(csv.reader(file))[1] == ["5", "negative time", "10", "x", "look", "-1", "test", ""]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"half_life_days": 0}, "half_life_days = 0"),
        ({"max_rejected": 2}, "max_rejected = 2"),
        ({"min_df": 0}, "min_df = 0"),
        ({"scale": "logg"}, "scale = 'logg'"),
        ({"delimiter": ""}, "delimiter = ''"),
        ({"usr": "a"}, "events has no setting 'usr'"),
    ],
)
def test_settings_out_of_range(given: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        build(Events, given)


def test_files_of_a_published_split_lie_beside_the_events(path: Path) -> None:
    source: DataSource = Events(path=path)
    assert source.folder() == path.parent


@pytest.mark.data
def test_retailrocket(data_dir: Path) -> None:
    path = data_dir / "retailrocket-3b" / "events.csv.gz"
    source = Events(
        path=path,
        behavior="event",
        time="timestamp",
        behaviors={"transaction": 1.0, "addtocart": 0.5, "view": 0.2},
        half_life_days=60,
        where={"split": ["train"]},
    )
    data = source.load()
    assert (data.report.read, data.report.kept) == (99_555, 97_381)
    assert data.report.rejected == {}
    assert data.report.filtered == {"split is not train": 2174}
    assert data.n_users == 2174
    assert data.interest_by == "behavior"
    counts = data.events()["behavior"].value_counts()
    assert dict(counts.iter_rows()) == {"view": 75_374, "addtocart": 12_456, "transaction": 9_551}
    heaviest = data.events().group_by("behavior").agg(pl.col("weight").max())
    assert dict(heaviest.iter_rows()) == pytest.approx({"view": 0.2, "addtocart": 0.5, "transaction": 1.0}, rel=0.05)
    found = split(data, by="file", test=path, where={"split": ["test"]})
    assert found.train.histories.n_events == 97_381
    assert found.test.sum(axis=1).max() == 1
