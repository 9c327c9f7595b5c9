"""Columns of an items table become features."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from whyrec.catalog import Features
from whyrec.data.features import FeatureColumns, build_features
from whyrec.data.text import tokens
from whyrec.data.vectors import Vectors
from whyrec.embedding import TextEmbedding
from whyrec.errors import ConfigError, DataError, UnknownNameError

ITEMS = pl.DataFrame(
    {
        "genres": ["Comedy|Drama", "Drama", "(no genres listed)", None],
        "brand": ["Nova", "", "Nova", "Kalo"],
        "price": ["1", "3", None, "x"],
        "title": ["Red shoes", "red RED hat", "红跑鞋", "帽"],
    }
)


def build(frame: pl.DataFrame = ITEMS, **columns: object) -> Features:
    return told(frame, **columns)[0]


def told(frame: pl.DataFrame = ITEMS, **columns: object) -> tuple[Features, list[str]]:
    """The features of items "0", "1", …, and the warnings."""
    ids = [str(i) for i in range(len(frame))]
    found, warnings = build_features(frame, FeatureColumns(**columns), ids)  # type: ignore[arg-type]
    assert found is not None
    return found, warnings


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
    assert build_features(ITEMS, FeatureColumns()) == (None, [])


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


def test_a_binned_number_belongs_to_the_two_values_beside_it() -> None:
    frame = pl.DataFrame({"year": [1990, 1992, 2000, None, 1995]})
    found = build(frame, number=["year"], bins={"year": 2})
    assert found.values == ("near 1990", "near 2000")
    np.testing.assert_allclose(found.matrix.toarray(), [[1, 0], [0.8, 0.2], [0, 1], [0, 0], [0.5, 0.5]])
    assert found.kinds == {"year": "number"}
    near, far = found.matrix[[0]] @ found.matrix[[1]].T, found.matrix[[0]] @ found.matrix[[2]].T
    assert near.sum() > far.sum()


def test_bins_where_numbers_are_equal_few_or_missing() -> None:
    np.testing.assert_allclose(
        build(pl.DataFrame({"n": [7, 7, None]}), number=["n"], bins={"n": 5}).matrix.toarray(), [[1], [1], [0]]
    )
    assert build(pl.DataFrame({"n": [1, 2, 2, 2, 2]}), number=["n"], bins={"n": 9}).values[0] == "near 1"
    nothing = build(pl.DataFrame({"n": [None, None], "g": ["a", "b"]}), number=["n"], bins={"n": 3}, category=["g"])
    assert nothing.columns == ("g", "g")


def test_vectors_are_centered_and_of_length_one_and_who_has_none_is_average() -> None:
    vectors = Vectors(("3", "0", "1", "nobody"), np.array([[5.0, 3.0], [5.0, 1.0], [8.0, 2.0], [9.0, 9.0]]))
    found, warnings = told(dense={"poster": vectors}, weights={"poster": 0.5})
    rows = np.array([[5.0, 1.0], [8.0, 2.0], [5.0, 3.0]]) - [6.0, 2.0]
    expected = 0.5 * rows / np.linalg.norm(rows, axis=1, keepdims=True)
    np.testing.assert_allclose(found.matrix.toarray(), np.insert(expected, 2, 0.0, axis=0))
    assert found.kinds == {"poster": "dense"}
    assert (found.columns, found.label(1)) == (("poster", "poster"), "poster")
    assert warnings == ["items: 1 item(s) have no vector 'poster', such as '2': they count as average"]


def test_equal_vectors_say_nothing() -> None:
    found = build(dense={"p": Vectors(("0", "1"), np.full((2, 3), 0.1))})
    assert not found.matrix.toarray().any()


def test_a_block_is_a_value_a_number_or_a_whole_array() -> None:
    vectors = Vectors(("0", "1"), np.eye(2))
    found = build(multi=["genres"], number=["price"], bins={"price": 2}, dense={"poster": vectors})
    assert found.columns == ("genres", "genres", "price", "price", "poster", "poster")
    np.testing.assert_array_equal(found.blocks, [0, 1, 2, 2, 4, 4])
    assert [found.block_label(f) for f in (0, 2, 4)] == ["genres: Comedy", "price", "poster"]
    assert found.label(2) == "price: near 1"


class Lengths(TextEmbedding):
    """How long a text is, and whether it is long."""

    name = "lengths"

    def _embed(self, texts, rng):
        return np.array([[len(text), len(text) > 9] for text in texts], float)


def test_an_embedded_column() -> None:
    frame = pl.DataFrame({"plot": ["aa", " ", "aaaaaaaaaaaa", None, "(no genres listed)"]})
    found, warnings = told(frame, embed={"plot": Lengths()})
    assert (found.kinds, warnings) == ({"plot": "dense"}, [])
    step = np.array([5.0, 0.5]) / np.hypot(5.0, 0.5)
    np.testing.assert_allclose(found.matrix.toarray(), [-step, 0 * step, step, 0 * step, 0 * step])


def test_an_embedded_column_without_texts_gives_nothing_and_says_so() -> None:
    found, warnings = told(
        pl.DataFrame({"plot": ["", None], "g": ["a", "b"]}), category=["g"], embed={"plot": Lengths()}
    )
    assert found.columns == ("g", "g")
    assert warnings == ["items: no item has a text in 'plot', so nothing is embedded"]


def test_vectors_and_embeddings_that_do_not_exist_or_clash() -> None:
    with pytest.raises(DataError, match="feature column 'brand' is named twice, as category and dense"):
        build(category=["brand"], dense={"brand": Vectors(("0",), np.eye(1))})
    with pytest.raises(DataError, match="no column 'plot'"):
        build(embed={"plot": Lengths()})
    with pytest.raises(UnknownNameError, match=r"unknown embedding 'tfidf-svf'\n  did you mean 'tfidf-svd'\?"):
        build(embed={"title": "tfidf-svf"})
    with pytest.raises(ConfigError, match=r"an embedding without a name: \{'size': 3\}"):
        build(embed={"title": {"size": 3}})
    with pytest.raises(
        DataError, match=r"bins are given for 'brand', which is no number column\n  known number columns: price"
    ):
        build(category=["brand"], number=["price"], bins={"brand": 4})
    with pytest.raises(DataError, match="bins = 1 for 'price'"):
        build(number=["price"], bins={"price": 1})
