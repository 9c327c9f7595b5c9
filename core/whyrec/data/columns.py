"""One column as ids, numbers or times; a value that is none of these becomes null."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from whyrec.errors import DataError

if TYPE_CHECKING:
    import polars as pl

# ISO 8601 text; a time without an offset is taken as UTC.
_ISO_NAIVE = ("%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%dT%H:%M", "%Y-%m-%d")
_ISO_OFFSET = ("%Y-%m-%dT%H:%M:%S%.f%#z", "%Y-%m-%dT%H:%M%#z")
# Beyond this a whole float64 may stand for more than one integer.
_EXACT = 2**53


def text_of(value: Any) -> str | None:
    """A single value as an id: 7 and 7.0 are ``"7"``; None and NaN are none."""
    if value is None or value != value:
        return None
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def as_ids(column: pl.Series) -> pl.Series:
    """Ids as text, exactly as they stand; null stays null.

    Whole numbers lose no digit. A float column holds ids only if all are whole (what pandas makes of
    integers beside a missing value): 7.0 is ``"7"``.

    Raises
    ------
    DataError
        for fractions, and for floats so large that digits may already be lost.
    """
    import polars as pl

    if column.dtype == pl.String:
        return column
    if column.dtype.is_float():
        filled = column.fill_nan(None)
        wrong = filled.filter((filled != filled.round()) | (filled.abs() > _EXACT))
        if len(wrong):
            raise DataError(
                f"column {column.name!r}: {wrong[0]!r} is not an id",
                hint="ids are text or whole numbers; read the column as text",
                code="WR-D023",
            )
        return filled.cast(pl.Int64).cast(pl.String)
    if column.dtype == pl.Boolean:
        return column.replace_strict([True, False], ["True", "False"], return_dtype=pl.String)
    if column.dtype.is_integer() or column.dtype in (pl.Categorical, pl.Enum, pl.Null):
        return column.cast(pl.String)
    raise DataError(
        f"column {column.name!r}: ids cannot be of type {column.dtype}",
        hint="ids are text or whole numbers",
        code="WR-D023",
    )


def as_numbers(column: pl.Series) -> pl.Series:
    """Float64; null where there is no number. Infinite and NaN stay, for the caller to judge."""
    import polars as pl

    if column.dtype == pl.String:
        column = column.str.strip_chars()
    if column.dtype == pl.Categorical or column.dtype == pl.Enum:
        column = column.cast(pl.String).str.strip_chars()
    if not (column.dtype == pl.String or column.dtype.is_numeric() or column.dtype in (pl.Boolean, pl.Null)):
        return pl.repeat(None, len(column), dtype=pl.Float64, eager=True).alias(column.name)
    return column.cast(pl.Float64, strict=False)


def as_seconds(column: pl.Series, *, unit: str = "s") -> pl.Series:
    """Int64 unix seconds from numbers (in ``unit``, ``s`` or ``ms``), datetimes, or ISO 8601 text.

    Text without an offset is UTC. Fractions of a second are cut off. Null where there is no time.
    """
    import polars as pl

    if column.dtype == pl.Date or isinstance(column.dtype, pl.Datetime):
        return column.cast(pl.Datetime("us", getattr(column.dtype, "time_zone", None))).dt.epoch("s")
    divisor = 1000 if unit == "ms" else 1
    if column.dtype.is_integer():
        return column.cast(pl.Int64, strict=False) // divisor
    numbers = as_numbers(column)
    usable = numbers.set(~numbers.is_between(-1e15, 1e15), None)
    seconds = (usable / divisor).floor().cast(pl.Int64, strict=False)
    if column.dtype != pl.String or not numbers.null_count():
        return seconds
    text = column.str.strip_chars().str.replace(" ", "T", literal=True).str.replace(r"[zZ]$", "+00:00")
    text = text.set(numbers.is_not_null(), None)
    for pattern in _ISO_NAIVE:
        seconds = _either(seconds, text.str.to_datetime(pattern, time_unit="us", strict=False))
    for pattern in _ISO_OFFSET:
        seconds = _either(seconds, text.str.to_datetime(pattern, time_unit="us", time_zone="UTC", strict=False))
    return seconds


def _either(seconds: pl.Series, moments: pl.Series) -> pl.Series:
    return seconds.zip_with(seconds.is_not_null(), moments.dt.epoch("s"))
