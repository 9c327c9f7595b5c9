"""Terminal: tables drawn by rich, cut into pieces where the window is too narrow; progress on stderr."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

from whyrec_cli.output import Page, Table, notes_of, shown
from whyrec_cli.safe import plain

if TYPE_CHECKING:
    from rich.console import Console

    from whyrec import Progress

_WIDE = 100_000  # no window: in a file or a pipe no text is folded,
_PIECE = 200  # but tables of many columns are cut all the same


def as_text(page: Page, out: TextIO) -> str:
    """The page as the stream's window shows it."""
    from rich.console import Console

    terminal = out.isatty()
    console = Console(file=out, width=None if terminal else _WIDE, force_terminal=terminal, highlight=False)
    with console.capture() as captured:
        for index, table in enumerate(page.tables):
            if index:
                console.print()
            for piece in pieces(table, console.width if terminal else _PIECE):
                _draw(console, piece)
        if page.notes and page.tables:
            console.print()
        for note in notes_of(page):
            console.print(note, markup=False, soft_wrap=True)
    return "\n".join(line.rstrip() for line in captured.get().rstrip("\n").split("\n")) + "\n"


def pieces(table: Table, width: int) -> list[Table]:
    """The table, or several that fit into the width, each with the columns that name a row."""
    from rich.cells import cell_len

    cells = [[shown(c, table.digits) for c in row] for row in table.rows]
    widths = [3 + max([cell_len(name), *(cell_len(row[i]) for row in cells)]) for i, name in enumerate(table.columns)]
    kept = list(range(table.keep))
    groups: list[list[int]] = [[]]
    for i in range(table.keep, len(widths)):
        if groups[-1] and sum(widths[j] for j in (*kept, *groups[-1], i)) > width:
            groups.append([])
        groups[-1].append(i)
    last = len(groups) - 1
    return [_some(table, [*kept, *group], first=not at, last=at == last) for at, group in enumerate(groups)]


def _some(table: Table, columns: list[int], *, first: bool, last: bool) -> Table:
    return Table(
        [table.columns[i] for i in columns],
        [[row[i] for i in columns] for row in table.rows],
        title=table.title if first else "",
        keep=table.keep,
        digits=table.digits,
        below=table.below if last else "",
    )


def _draw(console: Console, table: Table) -> None:
    from rich import box
    from rich.table import Table as Drawn
    from rich.text import Text

    if table.title:
        console.print(Text(plain(table.title), style="bold"), soft_wrap=True)
    drawn = Drawn(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for i, name in enumerate(table.columns):
        drawn.add_column(Text(plain(name)), justify="right" if table.is_number(i) else "left", overflow="fold")
    for row in table.rows:
        drawn.add_row(*(Text(shown(c, table.digits)) for c in row))
    console.print(drawn)
    if table.below:
        console.print(Text(plain(table.below)), soft_wrap=True)


@contextmanager
def progress_bar() -> Iterator[Progress | None]:
    """A bar on stderr that takes ``(share, text)``; None where stderr is no terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress as Bar, TaskProgressColumn, TextColumn, TimeElapsedColumn

    columns = (BarColumn(24), TaskProgressColumn(), TimeElapsedColumn(), TextColumn("{task.description}", markup=False))
    with Bar(*columns, console=Console(file=sys.stderr), transient=True) as bar:
        task = bar.add_task("", total=1.0)
        yield lambda share, text: bar.update(task, completed=share, description=plain(text))
