"""Blocks: one column of the items table as a matrix of features, with the value that each one stands for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_array

from whyrec.catalog import FeatureKind
from whyrec.data.columns import as_numbers
from whyrec.data.text import tfidf, tokens
from whyrec.types import CSR, BoolArray, FloatArray

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True, eq=False)
class Block:
    """What one column gives: ``matrix`` (n_items, n_features) CSR, ``values`` (n_features,) its values as text."""

    matrix: CSR
    values: tuple[str, ...]


def number_block(column: pl.Series) -> Block:
    """One feature: mean 0 and deviation 1 over the items; a missing number is 0."""
    raw, known = _numbers(column)
    deviation = raw[known].std() if known.any() else 0.0
    standard = np.zeros(len(raw))
    # Rounding leaves a deviation just above 0 where all values are equal.
    if known.any() and deviation > 1e-12 * max(1.0, float(np.abs(raw[known]).max())):
        standard[known] = (raw[known] - raw[known].mean()) / deviation
    return Block(csr_array(standard[:, None]), ("",))


def binned_block(column: pl.Series, knots: int) -> Block:
    """A number by its nearness to ``knots`` values that divide the items evenly; a missing number is near none.

    A number between two knots belongs to both, by linear interpolation: parts that sum to 1. So two items have a
    large product where their numbers are close, which standardized numbers do not give.
    """
    raw, known = _numbers(column)
    at = np.unique(np.quantile(raw[known], np.linspace(0, 1, knots))) if known.any() else np.zeros(0)
    rows = np.flatnonzero(known)
    if len(at) < 2:
        data, columns, doubled = np.ones(len(rows)), np.zeros(len(rows), np.int64), rows
    else:
        left = np.clip(np.searchsorted(at, raw[rows], side="right") - 1, 0, len(at) - 2)
        share = (raw[rows] - at[left]) / (at[left + 1] - at[left])
        data, columns = np.concatenate([1.0 - share, share]), np.concatenate([left, left + 1])
        doubled = np.concatenate([rows, rows])
    matrix = csr_array((data, (doubled, columns)), shape=(len(raw), len(at)))
    matrix.eliminate_zeros()
    return Block(matrix, tuple(f"near {value:.6g}" for value in at))


def value_block(
    column: pl.Series,
    kind: FeatureKind,
    *,
    separator: str,
    min_df: int,
    max_df: float,
    max_features: int | None,
    placeholders: Sequence[str],
) -> Block:
    """One feature per kept value (or word), values in order of their text; see ``FeatureColumns``."""
    import polars as pl

    entries = _entries(column, kind, separator, placeholders).group_by("row", "token").len()
    frequency = entries.group_by("token").agg(df=pl.len()).sort(["df", "token"], descending=[True, False])
    kept = frequency.filter(pl.col("df") >= min_df, pl.col("df") <= max_df * len(column))
    if max_features is not None:
        kept = kept.head(max_features)
    vocabulary = kept.select("token").sort("token").with_row_index("term")
    entries = entries.join(vocabulary, on="token").sort("row", "term")
    rows, terms = entries["row"].to_numpy().astype(np.int64), entries["term"].to_numpy().astype(np.int64)
    shape = (len(column), len(vocabulary))
    data = np.ones(len(entries))
    if kind == "text":
        counts = entries["len"].to_numpy().astype(np.float64)
        data = tfidf(rows, terms, counts, n_rows=shape[0], n_terms=shape[1])
    return Block(csr_array((data, (rows, terms)), shape=shape), tuple(vocabulary["token"].to_list()))


def dense_block(vectors: FloatArray, known: BoolArray) -> Block:
    """Vectors (n_known, d) of the items where ``known`` (n_items,) is true: centered, each scaled to length 1.

    An item without a vector is 0: it counts as average. Embeddings share a large common part, which would make every
    item resemble every other; the mean takes it away.
    """
    centered = vectors - vectors.mean(axis=0)
    lengths = np.sqrt((centered**2).sum(axis=1))
    # What is left of equal vectors is rounding: it has no direction.
    usable = lengths > 1e-12 * max(1.0, float(np.abs(vectors).max(initial=0.0)))
    matrix = np.zeros((len(known), vectors.shape[1]))
    matrix[np.flatnonzero(known)[usable]] = centered[usable] / lengths[usable, None]
    return Block(csr_array(matrix), ("",) * vectors.shape[1])


def _numbers(column: pl.Series) -> tuple[FloatArray, BoolArray]:
    raw = as_numbers(column).fill_null(np.nan).to_numpy().astype(np.float64)
    return raw, np.isfinite(raw)


def _entries(column: pl.Series, kind: FeatureKind, separator: str, placeholders: Sequence[str]) -> pl.DataFrame:
    """Row and value of everything that the fields hold, placeholders and blanks left out."""
    import polars as pl

    nothing = [value.strip() for value in placeholders]
    if kind == "text":
        return tokens(column.cast(pl.String).replace(nothing, None))
    frame = pl.DataFrame({"token": column}).with_row_index("row")
    if isinstance(column.dtype, pl.List):
        frame = frame.explode("token")
    elif kind == "multi":
        frame = frame.with_columns(pl.col("token").cast(pl.String).str.split(separator)).explode("token")
    token = pl.col("token").cast(pl.String).str.strip_chars()
    return frame.with_columns(token).filter(pl.col("token").is_not_null(), pl.col("token") != "", ~token.is_in(nothing))
