"""A Table: the rows of a file or frame, with the place where each one stood."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from whyrec.data.columns import as_ids
from whyrec.data.frames import to_frame
from whyrec.errors import DataError, Location, suggest
from whyrec.safe import csv_cell
from whyrec.types import BoolArray, IntArray

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True)
class Ragged:
    """A row with too few or too many fields."""

    line: int
    reason: str
    fields: Sequence[str]


@dataclass(frozen=True, eq=False)
class Table:
    """Rows that fit their columns, and the ragged ones set aside.

    Parameters
    ----------
    frame : the rows; all columns are text if they come from a text file
    lines : (rows,) int64, 1-based: the line where a row begins in a text file, else its number
    file : the file's name, ``""`` for a frame in memory
    header : whether line 1 of the file names the columns
    ragged : rows with too few or too many fields, in order
    """

    frame: pl.DataFrame
    lines: IntArray
    file: str = ""
    header: bool = False
    ragged: tuple[Ragged, ...] = ()

    @classmethod
    def of(cls, given: Any, *, what: str = "table") -> Table:
        """A Table as it is; any other frame with its rows numbered from 1."""
        if isinstance(given, Table):
            return given
        frame = to_frame(given, what=what)
        return cls(frame=frame, lines=np.arange(1, len(frame) + 1, dtype=np.int64))

    def at(self, line: int | None = None, column: int | None = None) -> Location | None:
        """A place in this table: ``file:line:col``, ``row 7`` of a frame."""
        if self.file:
            return Location(self.file, line, column)
        return Location(f"row {line}") if line is not None else None

    def require(self, *columns: str, settings: Mapping[str, str] | None = None) -> None:
        """Raise DataError for the first column that is missing: what was wanted, found and near.

        ``settings`` tells which one names a column, for those of which a user can say what they are called.
        """
        for name in columns:
            if name not in self.frame.columns:
                hint = suggest(name, self.frame.columns, what="columns")
                if settings and name in settings:
                    hint = f'say what it is called here: {settings[name]} = "…"; {hint}'
                raise DataError(
                    f"no column {name!r}; wanted: {', '.join(columns)}; "
                    f"found: {', '.join(self.frame.columns) or 'none'}",
                    where=self.at(1, 1) if self.header else self.at(),
                    hint=hint,
                    code="WR-D018",
                )

    def with_frame(self, frame: pl.DataFrame) -> Self:
        """The same rows with other columns."""
        return replace(self, frame=frame)

    def filter(self, mask: BoolArray) -> Self:
        """Only the rows where ``mask`` is true; the ragged ones stay."""
        import polars as pl

        return replace(self, frame=self.frame.filter(pl.Series(mask)), lines=self.lines[mask])


def placed_ids(table: Table, column: pl.Series) -> pl.Series:
    """``as_ids``, whose error then names the file."""
    try:
        return as_ids(column)
    except DataError as error:
        error.where = table.at()
        raise


def write_rejected(path: Path, table: Table, rows: IntArray, reasons: Sequence[str]) -> None:
    """Write rejected rows as CSV: line, reason, the original fields, and in ``more`` what was too much.

    People open it in spreadsheets: a field that one would take for a formula gets an apostrophe.

    The file is written beside its place and then moved there, so that it is never half.

    Parameters
    ----------
    rows : (n,) positions in ``table.frame``
    reasons : (n,) one per row

    Raises
    ------
    DataError
        if the folder cannot be written to, or the path is a file of another kind.
    """
    _must_be_ours(path)
    names = table.frame.columns
    found: list[tuple[int, str, list[Any]]] = [
        (line, reason, ["" if value is None else value for value in fields])
        for line, reason, fields in zip(table.lines[rows].tolist(), reasons, table.frame[rows].iter_rows(), strict=True)
    ]
    found += [(r.line, r.reason, [*r.fields[: len(names)], *[""] * (len(names) - len(r.fields))]) for r in table.ragged]
    more = {r.line: "|".join(r.fields[len(names) :]) for r in table.ragged}
    beside = path.with_name(path.name + ".part")
    try:
        with beside.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["line", "reason", *map(csv_cell, names), "more"])
            for line, reason, fields in sorted(found, key=lambda row: row[0]):
                cells = [csv_cell(c) if isinstance(c, str) else c for c in (*fields, more.get(line, ""))]
                writer.writerow([line, reason, *cells])
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise DataError(f"cannot write the rejected rows: {error}", where=Location(str(path)), code="WR-D019") from None


def _must_be_ours(path: Path) -> None:
    """Raise DataError rather than write over a file that is not one of rejected rows, such as the data."""
    if not path.exists():
        return
    start = b"line,reason,"
    ours = False
    if path.is_file():
        with path.open("rb") as file:
            ours = file.read(len(start)) == start
    if not ours:
        raise DataError(
            "rejected rows would be written over this, which holds something else",
            where=Location(str(path)),
            hint="choose another name, or move it away",
            code="WR-D019",
        )
