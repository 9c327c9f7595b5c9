"""Exporting feedback: every piece, also what was taken back, as Parquet or JSON lines."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from whyrec.errors import InputError
from whyrec.feedback.journal import Entry

FORMS = (".parquet", ".jsonl")


def row(entry: Entry) -> dict[str, Any]:
    """One piece as plain values: ``id, at, user, about, answer, subject, by, undone``."""
    return {"id": entry.id, "at": entry.at, **entry.said.to_dict(), "undone": entry.undone}


def export(entries: Sequence[Entry], path: Path) -> int:
    """Write them by the path's ending; how many they are. An old file is replaced only when the new one is whole.

    Raises InputError for another ending.
    """
    if path.suffix not in FORMS:
        raise InputError(f"{path}: feedback is written as {' or '.join(FORMS)}", hint=f"name it {path.stem}.parquet")
    rows = [row(entry) for entry in entries]
    part = path.with_name(f"{path.name}.part")
    try:
        if path.suffix == ".jsonl":
            lines = "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in rows)
            part.write_text(lines, encoding="utf-8", newline="\n")
        else:
            import polars as pl

            texts = dict.fromkeys(("user", "about", "answer", "subject", "by"), pl.String)
            schema = {"id": pl.Int64, "at": pl.Float64, **texts, "undone": pl.Boolean}
            pl.DataFrame(rows, schema=schema).write_parquet(part)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return len(rows)
