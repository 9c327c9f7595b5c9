"""Output: tables and what is written of them as a terminal table, JSON, CSV or Markdown."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TextIO, TypeAlias

from whyrec_cli.safe import csv_cell, json_text, lines, markdown_cell, plain

Format: TypeAlias = Literal["table", "json", "csv", "md"]
FORMATS: tuple[Format, ...] = ("table", "json", "csv", "md")


@dataclass(frozen=True)
class Table:
    """Columns and rows. Cells are text, numbers, truth values or None; text may come from strangers.

    ``keep`` leading columns name a row: they are repeated where a table is too wide for the terminal. ``below`` is a
    sentence under the table, for people.
    """

    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]
    title: str = ""
    keep: int = 1
    digits: int = 4
    below: str = ""

    def records(self) -> list[dict[str, Any]]:
        """One dictionary a row."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]

    def is_number(self, column: int) -> bool:
        """Whether a column holds numbers only (and gaps)."""
        cells = [row[column] for row in self.rows if row[column] is not None]
        return bool(cells) and all(isinstance(c, int | float) or _looks_numeric(c) for c in cells)


@dataclass(frozen=True)
class Page:
    """What a command answers.

    Parameters
    ----------
    tables : for people (terminal, Markdown)
    data : for JSON; default the rows of the first table
    rows : for CSV, one tidy table; default the first table
    notes : lines under the tables
    """

    tables: Sequence[Table]
    data: Any = None
    rows: Table | None = None
    notes: Sequence[str] = field(default_factory=tuple)


def emit(page: Page, form: Format, out: TextIO) -> None:
    """Write a page to a stream and flush it."""
    if form == "json":
        text = as_json(page)
    elif form == "csv":
        text = lines(as_csv(page)) if out.isatty() else as_csv(page)
    elif form == "md":
        text = as_markdown(page)
    else:
        from whyrec_cli.terminal import as_text

        text = as_text(page, out)
    encoding = getattr(out, "encoding", None) or "utf-8"
    out.write(text.encode(encoding, "backslashreplace").decode(encoding))
    out.flush()


def as_json(page: Page) -> str:
    data = page.tables[0].records() if page.data is None else page.data
    return json_text(json.dumps(cleaned(data), ensure_ascii=False, indent=2, allow_nan=False)) + "\n"


def as_csv(page: Page) -> str:
    table = page.rows or page.tables[0]
    text = io.StringIO(newline="")
    writer = csv.writer(_Rows(text))
    writer.writerow([csv_cell(c) for c in table.columns])
    for row in table.rows:
        writer.writerow([csv_cell(c) if isinstance(c, str) else "" if _is_gap(c) else c for c in row])
    return text.getvalue()


class _Rows:
    """Ends the writer's rows with a newline alone: told to do so itself, it leaves a bare CR unquoted."""

    def __init__(self, out: TextIO) -> None:
        self.out = out

    def write(self, row: str) -> int:
        return self.out.write(row.removesuffix("\r\n") + "\n")


def as_markdown(page: Page) -> str:
    blocks = []
    for table in page.tables:
        head = [f"### {markdown_cell(table.title)}\n"] if table.title else []
        marks = ["---:" if table.is_number(i) else "---" for i in range(len(table.columns))]
        cells = [table.columns, *([shown(c, table.digits) for c in row] for row in table.rows)]
        written = ["| " + " | ".join(markdown_cell(c) for c in row) + " |" for row in cells]
        written.insert(1, "| " + " | ".join(marks) + " |")
        below = ["", markdown_cell(table.below)] if table.below else []
        blocks.append("\n".join([*head, *written, *below]))
    blocks += ["\n".join(f"- {markdown_cell(note)}" for note in page.notes)] if page.notes else []
    return "\n\n".join(blocks) + "\n"


def shown(cell: Any, digits: int = 4) -> str:
    """A cell for people: gaps empty, numbers short, text on one line."""
    if _is_gap(cell):
        return ""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, float):
        small = 0 < abs(cell) < 0.5 * 10**-digits
        return f"{cell:.1e}" if small or abs(cell) >= 1e9 else f"{cell:.{digits}f}"
    return plain(str(cell))


def notes_of(page: Page) -> list[str]:
    """The notes, harmless."""
    return [lines(note) for note in page.notes]


def _is_gap(cell: Any) -> bool:
    return cell is None or (isinstance(cell, float) and math.isnan(cell))


def _looks_numeric(cell: Any) -> bool:
    """Text that the commands made of a number: signed, or with its interval."""
    return isinstance(cell, str) and cell[:1] in "+-0123456789" and cell.strip("+-±.,e0123456789 ") == "" and cell != ""


def cleaned(value: Any) -> Any:
    """The value as JSON can hold it, which has no NaN: null."""
    if isinstance(value, dict):
        return {str(k): cleaned(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [cleaned(v) for v in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
