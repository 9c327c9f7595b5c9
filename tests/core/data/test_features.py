"""Columns of an items table become features."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from whyrec.catalog import Features
from whyrec.data.features import FeatureColumns, build_features
from whyrec.data.text import tokens
from whyrec.errors import DataError

ITEMS = pl.DataFrame(
    {
        "genres": ["Comedy|Drama", "Drama", "(no genres listed)", None],
        "brand": ["Nova", "", "Nova", "Kalo"],
        "price": ["1", "3", None, "x"],
        "title": ["Red shoes", "red RED hat", "红跑鞋", "帽"],
    }
)


def build(frame: pl.DataFrame = ITEMS, **columns: object) -> Features:
    found = build_features(frame, FeatureColumns(**columns))  # type: ignore[arg-type]
    assert found is not None
    return found


def test_multi_valued_and_categorical() -> None:
    found = build(multi=["genres"], category=["brand"])
    assert [found.label(i) for i in range(len(found))] == [
        "genres: Comedy",
        "genres: Drama",
        "brand: Kalo",
        "brand: Nova",
    ]
    np.testing.assert_array_equal(found.matrix.toarray(), [[1, 1, 0, 1], [0, 1, 0, 0], [0, 0, 0, 1], [0, 0, 1, 0]])
    assert found.kinds == {"genres": "multi", "brand": "category"}
    assert found.groupable == ("genres", "brand")


def test_a_value_named_twice_counts_once() -> None:
    found = build(pl.DataFrame({"g": ["a|a | b", "b"]}), multi=["g"])
    np.testing.assert_array_equal(found.matrix.toarray(), [[1, 1], [0, 1]])


def test_other_separators_lists_and_numbers_as_values() -> None:
    assert build(pl.DataFrame({"g": ["a, b", "b"]}), multi=["g"], separator=",").values == ("a", "b")
    assert build(pl.DataFrame({"g": [["a|c", "b"], None]}), multi=["g"]).values == ("a|c", "b")
    assert build(pl.DataFrame({"g": [7, 8]}), category=["g"]).values == ("7", "8")


def test_numbers_are_standardized_and_missing_ones_are_zero() -> None:
    found = build(number=["price"], weights={"price": 0.5})
    np.testing.assert_allclose(found.matrix.toarray()[:, 0], [-0.5, 0.5, 0.0, 0.0])
    assert found.label(0) == "price"
    assert not build(pl.DataFrame({"n": [0.1 + 0.2, 0.3, 0.3]}), number=["n"]).matrix.toarray().any()
    assert not build(pl.DataFrame({"n": [None, None]}), number=["n"]).matrix.toarray().any()


def test_text_is_tf_idf() -> None:
    frame = pl.DataFrame({"t": ["red shoes", "red red hat", "(no genres listed)"]})
    found = build(frame, text=["t"])
    assert found.values == ("hat", "red", "shoes")
    rare, common = np.log(4 / 2) + 1, np.log(4 / 3) + 1
    first, second = np.array([0, common, rare]), np.array([rare, 2 * common, 0])
    expected = [first / np.linalg.norm(first), second / np.linalg.norm(second), np.zeros(3)]
    np.testing.assert_allclose(found.matrix.toarray(), expected)


def test_tokens_of_every_script() -> None:
    texts = pl.Series(["Red SHOES a 2x", "红跑鞋", "帽", "Ｎova跑鞋 x9", None, "Überraschung"])
    found = tokens(texts).group_by("row").agg(pl.col("token").sort()).sort("row")
    assert dict(found.iter_rows()) == {
        0: ["2x", "red", "shoes"],
        1: ["红跑", "跑鞋"],
        2: ["帽"],
        3: ["nova", "x9", "跑鞋"],
        5: ["überraschung"],
    }


def test_selection_by_document_frequency() -> None:
    frame = pl.DataFrame({"g": ["a|b|c", "a|b", "a", "a|d"]})
    assert build(frame, multi=["g"], min_df=2).values == ("a", "b")
    assert build(frame, multi=["g"], max_df=0.5).values == ("b", "c", "d")
    assert build(frame, multi=["g"], max_features=3).values == ("a", "b", "c")
    assert build(frame, multi=["g"], max_features=1, max_df=0.9).values == ("b",)


def test_a_selection_may_leave_nothing_of_a_column() -> None:
    found = build(multi=["genres"], number=["price"], min_df=3)
    assert (found.columns, found.matrix.shape) == (("price",), (4, 1))


def test_own_placeholders() -> None:
    assert build(multi=["genres"], placeholders=["Drama"]).values == ("(no genres listed)", "Comedy")


def test_no_columns_no_features() -> None:
    assert build_features(ITEMS, FeatureColumns()) is None


def test_columns_that_do_not_exist_or_clash() -> None:
    with pytest.raises(DataError, match=r"items table: no column 'genre'; found: genres.*\n  did you mean 'genres'\?"):
        build(multi=["genre"])
    with pytest.raises(DataError, match="feature column 'brand' is named twice, as multi and category"):
        build(multi=["brand"], category=["brand"])
    with pytest.raises(
        DataError, match=r"a weight is given for 'brnd', which is no feature.*\n  did you mean 'brand'\?"
    ):
        build(category=["brand"], weights={"brnd": 2.0})
    with pytest.raises(DataError, match="the weight of feature column 'brand' is inf"):
        build(category=["brand"], weights={"brand": float("inf")})
