"""Exporting the explanations of a run: Parquet, one row a player, or JSON lines, one line an explanation.

The schemas: docs/reference/explanations.md.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from whyrec.comparison.told import decode
from whyrec.errors import InputError
from whyrec.explanation import Explanation
from whyrec.store.runs import Run
from whyrec.store.store import Store

if TYPE_CHECKING:
    import polars as pl

SCHEMA = "whyrec.explanations/1"
"""Of the table. A line of JSON is of the schema of one explanation, ``whyrec.explanation/1``, with four keys more."""

FORMS = (".parquet", ".jsonl")


def export(store: Store, run: Run, path: Path) -> int:
    """Write the explanations of a run's cells that are in the store, by the path's ending; how many they are.

    An old file is replaced only when the new one is whole. Raises InputError for another ending, or a run without any.
    """
    if path.suffix not in FORMS:
        raise InputError(
            f"{path}: explanations are written as {' or '.join(FORMS)}", hint=f"name it {path.stem}.parquet"
        )
    part = path.with_name(f"{path.name}.part")
    try:
        count = (_parquet if path.suffix == ".parquet" else _lines)(store, run, part)
        if not count:
            raise InputError(f"run {run.id} has no explanations in the store")
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return count


def explanations(store: Store, run: Run) -> Iterator[tuple[dict[str, Any], list[Explanation], list[int]]]:
    """For each cell that has been explained: what the plan calls it, its explanations, and each item's rank."""
    for cell in run.plan:
        told = store.kept.told(cell["told"])
        if told is not None:
            yield cell, decode(told), [int(place) + 1 for place in told.arrays["place"]]


def _lines(store: Store, run: Run, path: Path) -> int:
    count = 0
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for cell, found, ranks in explanations(store, run):
            for one, rank in zip(found, ranks, strict=True):
                more = {"run": run.id, "recommender_id": cell["recommender"], "explainer_id": cell["explainer"]}
                file.write(json.dumps({**one.to_dict(), **more, "rank": rank}, ensure_ascii=False) + "\n")
                count += 1
    return count


def _parquet(store: Store, run: Run, path: Path) -> int:
    """Cell by cell, so that memory holds one at a time."""
    import polars as pl

    folder, count = Path(tempfile.mkdtemp(prefix="whyrec-")), 0
    try:
        for number, (cell, found, ranks) in enumerate(explanations(store, run)):
            _table(run, cell, found, ranks).write_parquet(folder / f"{number:06d}.parquet")
            count += len(found)
        if count:
            pl.scan_parquet(folder / "*.parquet").sink_parquet(path)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return count


def _table(run: Run, cell: dict[str, Any], found: Sequence[Explanation], ranks: Sequence[int]) -> pl.DataFrame:
    import polars as pl

    lengths = [len(e.values) for e in found]
    errors = [e.std_error if e.std_error is not None else [None] * len(e.values) for e in found]

    def spread(values: Sequence[Any]) -> list[Any]:
        return [v for v, n in zip(values, lengths, strict=True) for _ in range(n)]

    columns: dict[str, tuple[Any, list[Any]]] = {
        "user_id": (pl.String, spread([e.user_id for e in found])),
        "item_id": (pl.String, spread([e.item_id for e in found])),
        "title": (pl.String, spread([e.title for e in found])),
        "rank": (pl.Int64, spread(ranks)),
        "player_id": (pl.String, [p for e in found for p in e.player_ids]),
        "player": (pl.String, [p for e in found for p in e.players]),
        "value": (pl.Float64, [float(v) for e in found for v in e.values]),
        "std_error": (pl.Float64, [None if v is None else float(v) for own in errors for v in own]),
        "base_value": (pl.Float64, spread([e.base_value for e in found])),
        "full_value": (pl.Float64, spread([e.full_value for e in found])),
        "note": (pl.String, spread([e.note for e in found])),
    }
    table = pl.DataFrame({n: v for n, (_, v) in columns.items()}, schema={n: t for n, (t, _) in columns.items()})
    first = found[0] if found else None
    same = {
        "schema": SCHEMA,
        "recommender": cell["recommender"],
        "explainer": cell["explainer"],
        "kind": cell["players"],
        **{n: getattr(first, n, None) for n in ("target", "removal", "additive", "ordinal", "seed")},
        "run": run.id,
    }
    types: dict[str, Any] = {"additive": pl.Boolean, "ordinal": pl.Boolean, "seed": pl.Int64, "run": pl.Int64}
    heads = [pl.lit(value, dtype=types.get(name, pl.String)).alias(name) for name, value in same.items()]
    return table.select(*heads, *columns)
