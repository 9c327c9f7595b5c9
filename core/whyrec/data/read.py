"""A checked reader of CSV, TSV and Parquet: whatever cannot be a table is refused, with its place."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from whyrec.data.decode import decode, place
from whyrec.data.files import DataFile, read_bytes
from whyrec.data.table import Ragged, Table
from whyrec.errors import DataError, Location
from whyrec.types import IntArray

if TYPE_CHECKING:
    from _csv import Reader as _CsvReader

    import polars as pl

_DELIMITERS = (",", ";", "\t", "|", "::")
_BLOCK = 200_000
_NEWLINE = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True, kw_only=True)
class Dialect:
    """How a text file is written.

    delimiter : ``None`` is a tab for ``.tsv`` and ``.tab``, else a comma; may be of several characters
    encoding : any name that Python knows; a UTF-8 byte order mark is dropped
    header : whether line 1 names the columns; if not, they are called ``1``, ``2``, …
    quoted : whether ``"`` encloses fields; never with a delimiter of several characters
    """

    delimiter: str | None = None
    encoding: str = "utf-8"
    header: bool = True
    quoted: bool = True

    def with_encoding(self, encoding: str) -> Dialect:
        return replace(self, encoding=encoding)

    def delimiter_for(self, name: str) -> str:
        if self.delimiter is not None:
            return self.delimiter
        plain = name.lower().removesuffix(".gz").removesuffix(".zip")
        return "\t" if plain.endswith((".tsv", ".tab")) else ","


def read_table(
    path: Path | DataFile,
    *,
    dialect: Dialect | None = None,
    columns: Sequence[str] = (),
    required: Sequence[str] = (),
    settings: Mapping[str, str] | None = None,
) -> Table:
    """Read a table; all columns of a text file stay text, exactly as it stands.

    Parameters
    ----------
    path : a CSV, TSV or Parquet file, also gzipped, or a zip (``DataFile`` names the member)
    columns : the names of the columns of a file without a header
    required : columns that must be there
    settings : column → the setting that names it, for the hint if it is not there

    Returns
    -------
    Table
        Rows with too few or too many fields stand in ``ragged``; blank lines are no rows.

    Raises
    ------
    DataError
        for a file that cannot be opened or unpacked (see ``whyrec.data.files.read_bytes``), that is empty or
        only a header, not in the encoding, holds NULs, an unclosed quote or a field longer than
        ``csv.field_size_limit()`` (131,072), has a column twice, lacks a required one, or is written with
        another delimiter; and for a delimiter that cannot be one.
    """
    source = path if isinstance(path, DataFile) else DataFile(path)
    how = dialect or Dialect()
    if how.delimiter is not None and (not how.delimiter or set(how.delimiter) & set('"\r\n\0')):
        raise DataError(
            f"{how.delimiter!r} cannot divide fields",
            where=Location(str(source)),
            hint="delimiters are such as , ; | :: or a tab",
            code="WR-D010",
        )
    data = read_bytes(source)
    if not data.strip():
        raise DataError("the file is empty", where=Location(str(source), 1, 1), code="WR-D008")
    if data[:4] == b"PAR1":
        table = _parquet(data, source)
    else:
        table = _Reader(str(source), decode(data, source, how.encoding), how).table(columns)
    table.require(*required, settings=settings)
    return table


def _parquet(data: bytes, source: DataFile) -> Table:
    import polars as pl

    try:
        frame = pl.read_parquet(io.BytesIO(data))
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:  # it panics at some damage
        said = str(error).partition("\n")[0][:200]
        raise DataError(f"the Parquet file is damaged: {said}", where=Location(str(source)), code="WR-D005") from None
    if not len(frame):
        raise DataError("the file has no rows", where=Location(str(source)), code="WR-D009")
    return Table(frame=frame, lines=np.arange(1, len(frame) + 1, dtype=np.int64), file=str(source))


class _Reader:
    """One text, read once."""

    def __init__(self, name: str, text: str, dialect: Dialect) -> None:
        self.name = name
        self.text = text
        self.delimiter = dialect.delimiter_for(name)
        self.header = dialect.header
        self.quoted = dialect.quoted and len(self.delimiter) == 1

    def table(self, columns: Sequence[str]) -> Table:
        import polars as pl

        frames: list[pl.DataFrame] = []
        lines: list[IntArray] = []
        ragged: list[Ragged] = []
        names = list(columns)
        for at, rows in self._blocks():
            if not lines:
                first = (int(at[0]), rows[0])
                if self.header:
                    names = [name.strip() for name in rows[0]]
                    self._check_header(names, first[0])
                    at, rows = at[1:], rows[1:]
                names = names or [str(i + 1) for i in range(len(rows[0]))]
            at, rows, wrong = _fitting(at, rows, len(names))
            ragged += wrong
            lines.append(at)
            frames.append(_frame(rows, names))
        if not lines:
            raise DataError("the file is empty", where=Location(self.name, 1, 1), code="WR-D008")
        table = Table(
            frame=pl.concat(frames),
            lines=np.concatenate(lines),
            file=self.name,
            header=self.header,
            ragged=tuple(ragged),
        )
        if not len(table.frame) and not ragged:
            raise DataError(
                "the file has a header and no rows", where=Location(self.name, first[0] + 1, 1), code="WR-D009"
            )
        self._check_delimiter(table, first)
        return table

    # -- rows -------------------------------------------------------------------------------------

    def _blocks(self) -> Iterator[tuple[IntArray, list[list[str]]]]:
        """The lines where rows begin, and the rows, a block at a time; blank lines left out."""
        if len(self.delimiter) > 1:
            rows = [line.removesuffix("\r").split(self.delimiter) for line in self.text.split("\n")]
            yield from _without_blanks(np.arange(1, len(rows) + 1), rows)
            return
        reader = self._csv()
        while True:
            before = reader.line_num
            try:
                rows = list(islice(reader, _BLOCK))
            except csv.Error as error:
                raise self._bad_row(error) from None
            if not rows:
                return
            spans = np.ones(len(rows), np.int64)
            if reader.line_num - before != len(rows):
                spans = np.array([1 + sum(len(_NEWLINE.findall(field)) for field in row) for row in rows], np.int64)
            yield from _without_blanks(before + 1 + np.cumsum(spans) - spans, rows)

    def _csv(self) -> _CsvReader:
        # Not a StringIO, which holds four bytes for every character.
        lines = io.TextIOWrapper(io.BytesIO(self.text.encode()), encoding="utf-8", newline="")
        return csv.reader(
            lines,
            delimiter=self.delimiter,
            strict=True,
            quoting=csv.QUOTE_MINIMAL if self.quoted else csv.QUOTE_NONE,
        )

    def _bad_row(self, error: csv.Error) -> DataError:
        """What stopped the csv module, and where that row began: an unclosed quote, or a field too long."""
        line, again = 1, self._csv()
        try:
            for _ in again:
                line = again.line_num + 1
        except csv.Error:
            pass
        text = _line(self.text, line)
        column = self._open_quote(text)
        if column is not None:
            return DataError(
                "a quote opens here and is not closed as it should be",
                where=Location(self.name, line, column),
                hint="close it; a quote within a field is written twice; quotes that mean nothing: quoted = false",
                code="WR-D012",
            )
        if "limit" in str(error):
            longest = max(text.split(self.delimiter), key=len)
            return DataError(
                f"a field is longer than {csv.field_size_limit():,} characters",
                where=Location(self.name, line, text.index(longest) + 1),
                hint="is this a table?",
                code="WR-D013",
            )
        return DataError(f"cannot be read as a row: {error}", where=Location(self.name, line, 1), code="WR-D014")

    def _open_quote(self, text: str) -> int | None:
        """The column of the quote that is open at the end of a line, or closed amid a field."""
        start = 0
        while self.quoted and start <= len(text):
            if text[start : start + 1] != '"':
                end = text.find(self.delimiter, start)
            else:
                end = start + 1
                while (end := text.find('"', end)) >= 0 and text[end + 1 : end + 2] == '"':
                    end += 2
                if end < 0 or text[end + 1 : end + 2] not in ("", self.delimiter):
                    return start + 1
                end = end + 1 if end + 1 < len(text) else -1
            if end < 0:
                return None
            start = end + 1
        return None

    # -- the header ---------------------------------------------------------------------------------

    def _check_header(self, names: Sequence[str], line: int) -> None:
        first: dict[str, int] = {}
        for i, name in enumerate(names):
            if first.setdefault(name, i) != i:
                raise DataError(
                    f"column {name!r} stands twice, as field {first[name] + 1} and field {i + 1}",
                    where=place(self.name, _line(self.text, line), line, names, i),
                    hint="rename or remove one of them",
                    code="WR-D015",
                )

    def _check_delimiter(self, table: Table, first: tuple[int, list[str]]) -> None:
        """One column throughout, with another delimiter in the first line, is a table read wrongly."""
        if len(table.frame.columns) != 1:
            return
        other = [d for d in _DELIMITERS if d != self.delimiter and d in first[1][0]]
        if other:
            best = max(other, key=first[1][0].count) if "::" not in other else "::"
            raise DataError(
                f"the first line has one field, {first[1][0]!r}: {self.delimiter!r} does not divide it",
                where=Location(self.name, first[0], first[1][0].index(best) + 1),
                hint=f"delimiter = {best!r}".replace("'", '"'),
                code="WR-D011",
            )


def _without_blanks(lines: IntArray, rows: list[list[str]]) -> Iterator[tuple[IntArray, list[list[str]]]]:
    """The block without blank lines, unless nothing is left of it."""
    full = [row for row in rows if row and row != [""]]
    if len(full) < len(rows):
        lines = lines[np.array([bool(row) and row != [""] for row in rows])]
    if full:
        yield lines, full


def _fitting(lines: IntArray, rows: list[list[str]], n: int) -> tuple[IntArray, list[list[str]], list[Ragged]]:
    """The rows of n fields, and the others."""
    sizes = np.fromiter(map(len, rows), np.int64, len(rows))
    fits = sizes == n
    if fits.all():
        return lines, rows, []
    wrong = [
        Ragged(int(lines[i]), "too few fields" if sizes[i] < n else "too many fields", tuple(rows[i]))
        for i in np.flatnonzero(~fits)
    ]
    return lines[fits], [row for row, ok in zip(rows, fits, strict=True) if ok], wrong


def _frame(rows: list[list[str]], names: Sequence[str]) -> pl.DataFrame:
    import polars as pl

    columns = zip(*rows, strict=True) if rows else ([] for _ in names)
    return pl.DataFrame(
        [pl.Series(name, list(column), dtype=pl.String) for name, column in zip(names, columns, strict=True)]
    )


def _line(text: str, number: int) -> str:
    """One line of a text, by its 1-based number."""
    return next(islice(io.StringIO(text, newline=""), number - 1, None), "").rstrip("\r\n")
