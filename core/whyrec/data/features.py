"""Item features: multi-valued, categorical, numeric and text columns of a table, fused into one matrix."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_array, hstack

from whyrec.catalog import FeatureKind, Features
from whyrec.data.columns import as_numbers
from whyrec.data.frames import require_columns
from whyrec.data.text import tfidf, tokens
from whyrec.errors import DataError, suggest
from whyrec.types import CSR

if TYPE_CHECKING:
    import polars as pl

PLACEHOLDERS = ("(no genres listed)",)


@dataclass(frozen=True, kw_only=True)
class FeatureColumns:
    """Which columns of an items table become features, and which of their values are kept.

    Parameters
    ----------
    multi : columns with several values in one field, divided by ``separator``; 1 per value held
    category : columns with one value; 1 for it
    number : standardized to mean 0 and deviation 1 over the items; a missing number is 0
    text : TF-IDF over words, see ``whyrec.data.text``
    min_df : a value is kept if at least so many items have it
    max_df : … and at most this share of the items
    max_features : … and it is among so many most frequent of its column (ties: by value)
    weights : factor by column, 1 where none is given
    placeholders : values that mean "nothing known"; they give no feature
    """

    multi: Sequence[str] = ()
    category: Sequence[str] = ()
    number: Sequence[str] = ()
    text: Sequence[str] = ()
    separator: str = "|"
    min_df: int = 1
    max_df: float = 1.0
    max_features: int | None = None
    weights: Mapping[str, float] = field(default_factory=dict)
    placeholders: Sequence[str] = PLACEHOLDERS

    @property
    def kinds(self) -> dict[str, FeatureKind]:
        """Column → kind, in the order multi, category, number, text."""
        found: dict[str, FeatureKind] = {}
        for kind, columns in self._by_kind:
            for column in columns:
                if column in found:
                    raise DataError(
                        f"feature column {column!r} is named twice, as {found[column]} and {kind}",
                        hint="a column has one kind",
                    )
                found[column] = kind
        return found

    @property
    def _by_kind(self) -> tuple[tuple[FeatureKind, Sequence[str]], ...]:
        return (
            ("multi", self.multi),
            ("category", self.category),
            ("number", self.number),
            ("text", self.text),
        )


def build_features(items: pl.DataFrame, columns: FeatureColumns) -> Features | None:
    """The features of the items, one row of ``items`` each; None if no column is named.

    Raises
    ------
    DataError
        if a named column is missing, named twice, or weighed without being a feature column.
    """
    kinds = columns.kinds
    require_columns(items, kinds, what="items table")
    for column, weight in columns.weights.items():
        if not np.isfinite(weight):
            raise DataError(f"the weight of feature column {column!r} is {weight}", hint="weights are finite numbers")
        if column not in kinds:
            raise DataError(
                f"a weight is given for {column!r}, which is no feature column",
                hint=suggest(column, kinds, what="feature columns"),
            )
    if not kinds:
        return None
    blocks: list[CSR] = []
    names: list[str] = []
    values: list[str] = []
    for column, kind in kinds.items():
        block, found = _number(items[column]) if kind == "number" else _values(items[column], kind, columns)
        blocks.append(block * columns.weights.get(column, 1.0))
        names += [column] * len(found)
        values += found
    matrix = csr_array(hstack(blocks, format="csr"), dtype=np.float64)
    return Features(matrix=matrix, columns=tuple(names), values=tuple(values), kinds=kinds)


def _number(column: pl.Series) -> tuple[CSR, list[str]]:
    raw = as_numbers(column).fill_null(np.nan).to_numpy().astype(np.float64)
    known = np.isfinite(raw)
    deviation = raw[known].std() if known.any() else 0.0
    standard = np.zeros(len(raw))
    # Rounding leaves a deviation just above 0 where all values are equal.
    if known.any() and deviation > 1e-12 * max(1.0, float(np.abs(raw[known]).max())):
        standard[known] = (raw[known] - raw[known].mean()) / deviation
    return csr_array(standard[:, None]), [""]


def _values(column: pl.Series, kind: FeatureKind, settings: FeatureColumns) -> tuple[CSR, list[str]]:
    """A block with one feature per kept value (or token), values in order of their text."""
    import polars as pl

    entries = _entries(column, kind, settings).group_by("row", "token").len()
    frequency = entries.group_by("token").agg(df=pl.len()).sort(["df", "token"], descending=[True, False])
    kept = frequency.filter(pl.col("df") >= settings.min_df, pl.col("df") <= settings.max_df * len(column))
    if settings.max_features is not None:
        kept = kept.head(settings.max_features)
    vocabulary = kept.select("token").sort("token").with_row_index("term")
    entries = entries.join(vocabulary, on="token").sort("row", "term")
    rows, terms = entries["row"].to_numpy().astype(np.int64), entries["term"].to_numpy().astype(np.int64)
    shape = (len(column), len(vocabulary))
    data = np.ones(len(entries))
    if kind == "text":
        counts = entries["len"].to_numpy().astype(np.float64)
        data = tfidf(rows, terms, counts, n_rows=shape[0], n_terms=shape[1])
    return csr_array((data, (rows, terms)), shape=shape), vocabulary["token"].to_list()


def _entries(column: pl.Series, kind: FeatureKind, settings: FeatureColumns) -> pl.DataFrame:
    """Row and value of everything that the fields hold, placeholders and blanks left out."""
    import polars as pl

    nothing = [value.strip() for value in settings.placeholders]
    if kind == "text":
        return tokens(column.cast(pl.String).replace(nothing, None))
    frame = pl.DataFrame({"token": column}).with_row_index("row")
    if isinstance(column.dtype, pl.List):
        frame = frame.explode("token")
    elif kind == "multi":
        frame = frame.with_columns(pl.col("token").cast(pl.String).str.split(settings.separator)).explode("token")
    token = pl.col("token").cast(pl.String).str.strip_chars()
    return frame.with_columns(token).filter(pl.col("token").is_not_null(), pl.col("token") != "", ~token.is_in(nothing))
