"""``whyrec runs``: what was compared before, as the store remembers it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from whyrec_cli.compared import page
from whyrec_cli.judged import KEYS
from whyrec_cli.output import Page, Table
from whyrec_cli.request import Request, request
from whyrec_cli.stored import existing, store_option

if TYPE_CHECKING:
    from whyrec.store.runs import Run
    from whyrec.store.store import Store

_FAILED = ("failed", "timeout", "oom")


@click.group("runs")
def command() -> None:
    """Look at what was compared before."""


@command.command("list")
@store_option
@request(config=False)
def list_runs(asked: Request, stored: str) -> None:
    """List all runs: when, of which config, how they ended."""
    with existing(stored) as store:
        rows = [_row(store, run) for run in store.runs.list()]
    asked.answer(Page([Table(("run", "started", "seconds", "state", "seed", "cells", "config"), rows)]))


@command.command("show")
@click.argument("run", required=False, type=int)
@click.option("--tracebacks", is_flag=True, help="Show where failed cells failed.")
@click.option("--export", "target", type=click.Path(path_type=Path), help="Write the explanations: .parquet or .jsonl.")
@store_option
@request(config=False)
def show(asked: Request, stored: str, run: int | None, tracebacks: bool, target: Path | None) -> None:
    """Show what a run found; without RUN, the last one."""
    with existing(stored) as store:
        found = store.runs.get(run)
        if target is not None:
            from whyrec.comparison.export import export

            click.echo(f"{target}: {export(store, found, target)} explanations", err=True)
            return
        result = store.runs.result(found.id)
        if tracebacks:
            asked.answer(_tracebacks(store, found))
        elif result is not None:
            asked.answer(page(result))
        else:
            asked.answer(_unfinished(store, found))


@command.command("diff")
@click.argument("first", type=int)
@click.argument("second", type=int)
@store_option
@request(config=False)
def diff(asked: Request, stored: str, first: int, second: int) -> None:
    """What differs between two runs: settings, versions, states, figures."""
    from whyrec.store.errors import StoreError

    with existing(stored) as store:
        results = []
        for number in (first, second):
            result = store.runs.result(store.runs.get(number).id)
            if result is None:
                raise StoreError(f"run {number} did not come to its end", hint="give its command again, then compare")
            results.append(result)
    a, b = results
    settings = [(k, _said(x), _said(y)) for k, x, y in _different(_settings(a), _settings(b))]
    columns = (*KEYS, "figure", f"run {first}", f"run {second}", "difference")
    figures = [
        (*k, x, y, y - x if isinstance(x, float) and isinstance(y, float) else None)
        for k, x, y in _different(dict(_figures(a)), dict(_figures(b)))
    ]
    tables = [
        Table(("setting", f"run {first}", f"run {second}"), settings, title="Settings"),
        Table(columns, figures, title="Figures", keep=4),
    ]
    data = {
        "settings": [dict(zip(("setting", "first", "second"), row, strict=True)) for row in settings],
        "figures": [dict(zip((*KEYS, "figure", "first", "second", "difference"), row, strict=True)) for row in figures],
    }
    notes = [] if settings or figures else ["the same settings, states and figures"]
    asked.answer(Page([t for t in tables if t.rows] or tables[:1], data=data, rows=tables[1], notes=notes))


# -- inside -----------------------------------------------------------------------------------------


def _row(store: Store, run: Run) -> tuple[Any, ...]:
    states = Counter(cell["state"] for cell in _cells(store, run))
    counts = ", ".join(f"{n} {state}" for state, n in states.items())
    started = datetime.fromtimestamp(run.started).astimezone().isoformat(sep=" ", timespec="seconds")
    seconds = None if run.ended is None else run.ended - run.started
    return run.id, started, seconds, run.state, run.seed, counts, run.source


def _cells(store: Store, run: Run) -> list[dict[str, Any]]:
    """The cells of a run: as it ended, or, if it did not, as they stand now."""
    result = store.runs.result(run.id)
    if result is not None:
        cells: list[dict[str, Any]] = result["cells"]
        return cells
    states = store.work.states([cell["key"] for cell in run.plan])
    return [
        {**{k: c[k] for k in KEYS}, "state": states[c["key"]].state, "reason": states[c["key"]].reason}
        for c in run.plan
        if c["key"] in states
    ]


def _unfinished(store: Store, run: Run) -> Page:
    cells = _cells(store, run)
    table = Table((*KEYS, "state", "reason"), [tuple(c[k] for k in (*KEYS, "state", "reason")) for c in cells], keep=3)
    notes = [f"run {run.id} of {run.source}: {run.state}; give its command again, and it goes on"]
    return Page([table], data={"run": run.id, "state": run.state, "cells": cells}, notes=notes)


def _tracebacks(store: Store, run: Run) -> Page:
    """Each failed fit and cell with the plugin at fault and the traceback."""
    keys = {cell["key"]: cell for cell in run.plan}
    rows, notes = [], []
    for key, status in store.work.states([*keys, *{c["fit"]: c for c in run.plan}]).items():
        if status.state in _FAILED:
            cell = keys.get(key) or next(c for c in run.plan if c["fit"] == key)
            names = tuple(cell[k] for k in KEYS) if key in keys else (cell["recommender"], "", "")
            rows.append((*names, status.state, status.blame, status.reason, status.traceback))
            notes.append(f"{' '.join(filter(None, names))}: {status.state}, {status.blame}\n{status.traceback}")
    columns = (*KEYS, "state", "blame", "reason", "traceback")
    shown = Table(columns[:-1], [row[:-1] for row in rows], keep=3)
    whole = Table(columns, rows)
    return Page([shown], data=whole.records(), rows=whole, notes=notes or ["nothing failed"])


def _settings(result: Mapping[str, Any]) -> dict[str, Any]:
    """Everything that decides a result, flat."""
    found = dict(_flat(result["config"], "")) | {f"version of {k}": v for k, v in result["versions"].items()}
    return found | {"seed": result["seed"], "data": result["data"]["fingerprint"]}


def _flat(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    inner: Any = value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list) else None
    if inner is None:
        yield path, value
        return
    for key, one in inner:
        yield from _flat(one, f"{path}.{key}" if path else str(key))


def _figures(result: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], Any]]:
    for model in result["recommenders"]:
        yield from _of(model, (model["id"], "", ""))
    for cell in result["cells"]:
        yield from _of(cell, tuple(cell[k] for k in KEYS))


def _of(one: Mapping[str, Any], names: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    if one["state"] != "done":
        yield (*names, "state"), one["state"]
    for name, figure in one["metrics"].items():
        yield (*names, name), figure["mean"]


def _different(a: Mapping[Any, Any], b: Mapping[Any, Any]) -> list[tuple[Any, Any, Any]]:
    return [(k, a.get(k), b.get(k)) for k in {**a, **b} if a.get(k) != b.get(k)]


def _said(value: Any) -> str | None:
    return None if value is None else str(value)
