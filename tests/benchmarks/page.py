"""Puts a benchmark's tables into its marked block of a page, with the command that made them and the machine."""

from __future__ import annotations

import os
import platform
import re
import shlex
import sys
from collections.abc import Sequence
from datetime import date
from importlib import metadata
from pathlib import Path


def markdown(heads: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A table: the first column is text, the others are numbers."""
    lines = ["| " + " | ".join(heads) + " |", "| --- |" + " ---: |" * (len(heads) - 1)]
    return "\n".join([*lines, *("| " + " | ".join(str(cell) for cell in row) + " |" for row in rows)])


def put(page: Path, name: str, parts: Sequence[str], packages: Sequence[str] = ()) -> None:
    """Replace a page's block between ``bench: name`` and ``done: name``. Raises ValueError if it has none."""
    text = page.read_text(encoding="utf-8")
    versions = ", ".join(f"{p} {metadata.version(p)}" for p in ("whyrec", "numpy", *packages))
    command = " ".join(["python", *(_plain(a) for a in sys.argv)])
    run = f"`{command}`\n\n{date.today()}, {platform.machine()}, {os.cpu_count()} cores; {versions}."
    block = "\n\n".join([f"<!-- bench: {name} -->", run, *parts, f"<!-- done: {name} -->"])
    pattern = re.compile(rf"<!-- bench: {re.escape(name)} -->.*?<!-- done: {re.escape(name)} -->", re.S)
    if not pattern.search(text):
        raise ValueError(f"{page} has no block {name!r}")
    page.write_text(pattern.sub(lambda _: block, text), encoding="utf-8")


def _plain(argument: str) -> str:
    """An argument as a shell takes it, without this machine's folders: a data folder is shown by its name."""
    path = Path(argument)
    return f"$WHYREC_DATA/{path.name}" if path.is_dir() and "/" in argument else shlex.quote(argument)
