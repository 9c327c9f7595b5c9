"""The order of ids: numeric if all are plain whole numbers, else by text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from whyrec.catalog import Index
from whyrec.types import IntArray

if TYPE_CHECKING:
    import polars as pl

_CANONICAL = r"^(0|[1-9][0-9]*)$"


def index_of(ids: pl.Series, what: str) -> Index:
    """An Index of the distinct ids, in an order that does not depend on theirs.

    If every id is a plain whole number ("0", "12", not "007"), numeric order; else the order of the
    text. Numbers may be of any length.
    """
    import polars as pl

    distinct = pl.DataFrame({"id": ids.unique()})
    if distinct.select(pl.col("id").str.contains(_CANONICAL).all()).item():
        distinct = distinct.sort(pl.col("id").str.len_bytes(), "id")
    else:
        distinct = distinct.sort("id")
    return Index(tuple(distinct["id"].to_list()), what)


def codes_of(ids: pl.Series, index: Index) -> IntArray:
    """(n,) int64 positions of ids in an index; −1 where an id is not in it."""
    import polars as pl

    known = pl.DataFrame({"id": pl.Series(index.ids, dtype=pl.String)}).with_row_index("code")
    found = pl.DataFrame({"id": ids}).join(known, on="id", how="left", maintain_order="left")["code"]
    return found.cast(pl.Int64).fill_null(-1).to_numpy()
