"""The items table brought into the order of the catalog, and the titles in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from whyrec.data.columns import as_numbers
from whyrec.data.table import Table, placed_ids
from whyrec.errors import DataError

if TYPE_CHECKING:
    import polars as pl

    from whyrec.catalog import Index


def clean_items(table: Table, item_id: str) -> tuple[pl.DataFrame, list[str]]:
    """The table with ids as text in ``item_id``, each once, and warnings about the rows left out.

    Rows without an id and ragged rows are left out; of rows with the same id the last one is kept.
    """
    import polars as pl

    table.require(item_id)
    frame = table.frame.with_columns(placed_ids(table, table.frame[item_id]).alias(item_id))
    warnings = []
    if table.ragged:
        first = table.ragged[0]
        warnings.append(f"items: {len(table.ragged)} row(s) left out, first at {table.at(first.line)}: {first.reason}")
    blank = pl.col(item_id).is_null() | (pl.col(item_id).str.strip_chars() == "")
    if n := frame.select(blank.sum()).item():
        warnings.append(f"items: {n} row(s) without an id left out")
        frame = frame.filter(~blank)
    last = frame.select(pl.col(item_id).is_last_distinct()).to_series()
    if n := int((~last).sum()):
        example = frame.filter(~last)[item_id][0]
        warnings.append(f"items: {n} row(s) left out whose id comes again later, such as {example!r}")
        frame = frame.filter(last)
    if not len(frame):
        raise DataError("the items table has no rows", where=table.at())
    return frame, warnings


def aligned(frame: pl.DataFrame, item_id: str, index: Index) -> tuple[pl.DataFrame, list[str]]:
    """One row per item of the catalog, in its order; nulls where the table has no such item."""
    import polars as pl

    ids = pl.DataFrame({item_id: pl.Series(index.ids, dtype=pl.String)})
    missing = len(ids.join(frame, on=item_id, how="anti"))
    warnings = [f"items: {missing} item(s) with events have no row in the items table"] if missing else []
    return ids.join(frame, on=item_id, how="left", maintain_order="left"), warnings


def not_numbers(frame: pl.DataFrame, columns: Sequence[str]) -> list[str]:
    """Warnings for number columns with values that are none; they count as missing."""
    import polars as pl

    warnings = []
    for column in columns:
        given = frame[column].cast(pl.String)
        blank = given.is_null() | (given.str.strip_chars() == "")
        wrong = given.filter(~blank & ~as_numbers(frame[column]).is_finite().fill_null(False))
        if len(wrong):
            warnings.append(f"items: {len(wrong)} {column} value(s) are no numbers and count as missing: {wrong[0]!r}")
    return warnings


def titles_of(frame: pl.DataFrame, title: str) -> dict[str, tuple[str, ...]]:
    """Titles by language: column ``title`` is the plain one (``""``), ``title_zh`` the one in ``zh``."""
    import polars as pl

    found: dict[str, tuple[str, ...]] = {}
    for column in frame.columns:
        if column == title or column.startswith(f"{title}_"):
            texts = frame[column].cast(pl.String).fill_null("")
            found[column[len(title) :].lstrip("_")] = tuple(texts.to_list())
    return found
