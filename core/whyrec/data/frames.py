"""Any table from outside (polars, pandas, Arrow, a dict of lists) as a polars frame, and a Dataset as one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from whyrec.data.columns import as_ids, as_numbers, as_seconds, text_of
from whyrec.errors import DataError, suggest

if TYPE_CHECKING:
    import polars as pl

    from whyrec.dataset import Dataset


def to_frame(table: Any, *, what: str = "table") -> pl.DataFrame:
    """A polars DataFrame from whatever holds columns; column types are kept.

    Accepts polars frames (eager or lazy), pandas frames (pyarrow is not needed), anything with
    ``__arrow_c_stream__`` and a mapping of column names to lists or arrays. A column of mixed types
    becomes text, value by value.

    Raises
    ------
    DataError
        if it is none of these, or its columns differ in length.
    """
    import polars as pl

    if isinstance(table, pl.DataFrame):
        return table
    if isinstance(table, pl.LazyFrame):
        return table.collect()
    if _is_pandas(table):
        return pl.DataFrame([_pandas_column(str(name), table[name]) for name in table.columns])
    if isinstance(table, Mapping):
        columns = [_column(str(name), values) for name, values in table.items()]
        lengths = {column.name: len(column) for column in columns}
        if len(set(lengths.values())) > 1:
            raise DataError(f"{what}: the columns differ in length: {lengths}", code="WR-D024")
        return pl.DataFrame(columns)
    if hasattr(table, "__arrow_c_stream__"):
        return pl.DataFrame(table)
    raise DataError(
        f"{what}: {type(table).__name__} is not a table",
        hint="give a polars or pandas frame, an Arrow table, or a dict of lists",
        code="WR-D024",
    )


def require_columns(frame: pl.DataFrame, wanted: Iterable[str], *, what: str) -> None:
    """Raise DataError for the first wanted column that a frame lacks."""
    for name in wanted:
        if name not in frame.columns:
            raise DataError(
                f"{what}: no column {name!r}; found: {', '.join(frame.columns) or 'none'}",
                hint=suggest(name, frame.columns, what="columns"),
                code="WR-D018",
            )


def history_columns(history: Any) -> dict[str, list[Any]]:
    """The columns of a history given from outside: ``item_id`` and whichever of the others are there.

    ``history`` is an iterable of item ids, or a table with ``item_id`` and optionally ``weight``
    (finite numbers), ``timestamp`` (unix seconds, datetimes or ISO 8601 text) and ``behavior``.

    Raises
    ------
    DataError
        for a single string, an empty id, and a weight or time that is not a number, naming the row.
    """
    import polars as pl

    if isinstance(history, str | bytes):
        raise DataError(
            f"a history is a list of item ids or a table, not the text {history!r}",
            hint=f"[{history!r}]",
            code="WR-D025",
        )
    if _is_table(history):
        frame = to_frame(history, what="history")
    else:
        if not isinstance(history, Iterable):
            raise DataError(f"a history is a list of item ids or a table, not {type(history).__name__}", code="WR-D025")
        frame = pl.DataFrame([_column("item_id", list(history))])
    require_columns(frame, ["item_id"], what="history")
    columns = {"item_id": as_ids(frame["item_id"])}
    if "weight" in frame.columns:
        weights = as_numbers(frame["weight"])
        columns["weight"] = weights.set(~weights.is_finite().fill_null(False), None)
    if "timestamp" in frame.columns:
        columns["timestamp"] = as_seconds(frame["timestamp"])
    if "behavior" in frame.columns:
        columns["behavior"] = as_ids(frame["behavior"])
    for name, column in columns.items():
        if column.null_count():
            row = int(column.is_null().arg_max() or 0)
            raise DataError(
                f"history: {name} in row {row + 1} is {frame[name][row]!r}", hint=_EXPECTED[name], code="WR-D025"
            )
    return {name: column.to_list() for name, column in columns.items()}


_EXPECTED = {
    "item_id": "every row needs an item id",
    "weight": "weights are finite numbers",
    "timestamp": "times are unix seconds or ISO 8601 text",
    "behavior": "every row needs a behavior, or leave the column out",
}


def events_table(dataset: Dataset) -> pl.DataFrame:
    """A dataset's events: ``user_id, item_id, weight, timestamp, behavior``, in row order.

    ``weight`` is what the models see (behavior weight × value × decay); ``timestamp`` (unix seconds)
    and ``behavior`` are null where the data have none.
    """
    import polars as pl

    h = dataset.histories
    users = pl.Series(dataset.users.ids, dtype=pl.String)
    items = pl.Series(dataset.catalog.items.ids, dtype=pl.String)
    nothing = pl.repeat(None, h.n_events, dtype=pl.Int64, eager=True)
    names = pl.Series(h.behavior_names, dtype=pl.String)
    return pl.DataFrame(
        [
            users.gather(h.rows).alias("user_id"),
            items.gather(h.items).alias("item_id"),
            pl.Series("weight", h.weights, dtype=pl.Float64),
            (nothing if h.times is None else pl.Series(h.times, dtype=pl.Int64)).alias("timestamp"),
            (nothing.cast(pl.String) if h.behaviors is None else names.gather(h.behaviors)).alias("behavior"),
        ]
    )


def _is_pandas(table: Any) -> bool:
    return type(table).__module__.partition(".")[0] == "pandas" and hasattr(table, "columns")


def _is_table(given: Any) -> bool:
    import polars as pl

    if isinstance(given, pl.Series):
        return False
    is_arrow_table = hasattr(given, "__arrow_c_stream__") and hasattr(given, "schema")
    return isinstance(given, pl.DataFrame | pl.LazyFrame | Mapping) or _is_pandas(given) or is_arrow_table


def _column(name: str, values: Any) -> pl.Series:
    """A column of its own type if there is one, else of text."""
    import polars as pl

    if isinstance(values, pl.Series):
        return values.alias(name)
    if isinstance(values, np.ndarray) and values.dtype.kind in "iufb":
        return pl.Series(name, values)
    plain = list(values.tolist() if isinstance(values, np.ndarray) else values)
    try:
        return pl.Series(name, plain, strict=True)
    except (TypeError, OverflowError):
        return pl.Series(name, [text_of(value) for value in plain], dtype=pl.String)


def _pandas_column(name: str, column: Any) -> pl.Series:
    """A pandas column without going through Arrow, which pandas only speaks where pyarrow is installed."""
    import polars as pl

    missing = column.isna().to_numpy()
    if isinstance(column.dtype, np.dtype) and column.dtype.kind in "iufb":
        numbers = pl.Series(name, column.to_numpy())
        return numbers.set(pl.Series(missing), None) if missing.any() else numbers
    if isinstance(column.dtype, np.dtype) and column.dtype.kind == "M":
        return pl.Series(name, column.to_numpy().astype("datetime64[us]"))
    values = column.astype(object).to_numpy()
    return _column(name, [None if gone else value for value, gone in zip(values, missing, strict=True)])
