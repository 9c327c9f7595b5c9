"""A comparison as tables: recommender quality, explanation quality, what was skipped, what failed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from whyrec_cli.output import Page, Table

_CELL = ("recommender", "explainer", "players")
_USUAL_K = 10
_NOTHING = 1e-12
_RECORD = (
    "table", "recommender", "explainer", "players", "state", "reason", "metric", "mean", "low", "high", "n",
    "model_calls", "seconds",
)  # fmt: skip


def page(result: Mapping[str, Any], named: Sequence[str] = ()) -> Page:
    """The page of ``whyrec compare``, from the object of docs/reference/result.md.

    ``named`` are the figures that were asked for; without, the tables leave a few out and say which.
    """
    better = result.get("better", {})
    models, cells = result["recommenders"], result["cells"]
    done = [c for c in cells if c["state"] == "done"]
    tables = []
    notes = []
    for title, rows, keys, last in (
        ("Recommenders", [m for m in models if m.get("state") != "failed"], ("id",), ("fit_seconds",)),
        ("Explanations", done, _CELL, ("model_calls", "seconds")),
    ):
        figures = _figures(rows)
        shown = [f for f in figures if f in named] if named else _usual(figures)
        tables.append(_table(title, rows, keys, shown, last, better))
        if not named and (left := [f for f in figures if f not in shown]):
            notes.append(f"{title}: {len(left)} more figures in --format json, csv, or by --metrics: {', '.join(left)}")
    for state in ("skipped", "failed"):
        rows = [(*(c[k] for k in _CELL), c["reason"]) for c in cells if c["state"] == state]
        rows += [(m["id"], "", "", m["reason"]) for m in models if m.get("state") == state]
        if rows:
            tables.append(Table((*_CELL, "reason"), rows, title=state.capitalize(), keep=3))
    notes = [*_head(result, cells), *notes]
    return Page(tables, data=result, rows=Table(_RECORD, list(_records(result))), notes=notes)


def _table(
    title: str,
    rows: Sequence[Mapping[str, Any]],
    keys: Sequence[str],
    figures: Sequence[str],
    last: Sequence[str],
    better: Mapping[str, str | None],
) -> Table:
    arrows = {"higher": " ↑", "lower": " ↓"}
    columns = [
        *keys,
        *(f + arrows.get(better.get(f) or "", "") for f in figures),
        *(name.replace("_", " ") for name in last),
    ]
    cells = [
        [
            *(row[k] for k in keys),
            *(_with_interval(row["metrics"].get(f)) for f in figures),
            *(_plain(row.get(c), c) for c in last),
        ]
        for row in rows
    ]
    return Table(columns, cells, title=title, keep=len(keys))


def _with_interval(figure: Any) -> str | None:
    """``0.264 ±0.012``: the mean, and half of its 95 % interval."""
    if not isinstance(figure, Mapping):
        return None if figure is None else f"{figure:.4f}"
    mean, low, high = figure["mean"], figure.get("low"), figure.get("high")
    if mean is None:
        return None
    digits = 4 if abs(mean) < 100 else 2
    text = _short(mean, digits)
    if low is None or high is None or high - low < _NOTHING:
        return text
    return f"{text} ±{_short((high - low) / 2, digits)}"


def _short(value: float, digits: int) -> str:
    """Fixed decimals, powers of ten for what they cannot show; rounding errors are nothing."""
    if abs(value) < _NOTHING:
        return "0"
    return f"{value:.1e}" if abs(value) < 0.5 * 10**-digits else f"{value:.{digits}f}"


def _plain(value: float | None, name: str) -> str | None:
    """Seconds, or model calls."""
    if value is None:
        return None
    return f"{value:.3f}" if "seconds" in name else f"{value:.0f}" if float(value).is_integer() else f"{value:.1f}"


def _figures(rows: Iterable[Mapping[str, Any]]) -> list[str]:
    """The figures that are defined in any row, in the order in which they first occur."""
    return list(
        dict.fromkeys(name for row in rows for name, f in row["metrics"].items() if _with_interval(f) is not None)
    )


def _usual(figures: Sequence[str]) -> list[str]:
    """Of figures that differ in ``@k`` alone, the one at 10 (or the first): a table is for reading."""
    families: dict[str, list[str]] = {}
    for name in figures:
        families.setdefault(re.sub(r"@\d+$", "@", name), []).append(name)
    return [next((n for n in family if n.endswith(f"@{_USUAL_K}")), family[0]) for family in families.values()]


def _head(result: Mapping[str, Any], cells: Sequence[Mapping[str, Any]]) -> list[str]:
    data = result["data"]
    counts = {s: sum(c["state"] == s for c in cells) for s in ("done", "skipped", "failed")}
    facts = ", ".join(f"{data[k]} {k}" for k in ("users", "items", "events") if k in data)
    name = f"{data['name']}: " if "name" in data else ""
    return [
        f"data: {name}{facts}; fingerprint {str(data['fingerprint'])[:12]}; seed {result['seed']}",
        f"cells: {counts['done']} done, {counts['skipped']} skipped, {counts['failed']} failed; "
        "± is half of a 95 % bootstrap interval over users",
    ]


def _records(result: Mapping[str, Any]) -> Iterable[tuple[Any, ...]]:
    """One row a figure, tidy; a cell or model without figures is one row with its state and reason."""
    for model in result["recommenders"]:
        head = ("recommender", model["id"], "", "", model.get("state"), model.get("reason"))
        yield from _rows(head, model["metrics"], (None, model.get("fit_seconds")))
    for cell in result["cells"]:
        head = ("explanation", *(cell[k] for k in _CELL), cell["state"], cell["reason"])
        yield from _rows(head, cell["metrics"], (cell.get("model_calls"), cell.get("seconds")))


def _rows(head: tuple[Any, ...], metrics: Mapping[str, Any], tail: tuple[Any, ...]) -> Iterable[tuple[Any, ...]]:
    if not metrics:
        yield (*head, "", None, None, None, None, *tail)
    for name, figure in metrics.items():
        numbers = (
            [figure.get(k) for k in ("mean", "low", "high", "n")]
            if isinstance(figure, Mapping)
            else [figure, *[None] * 3]
        )
        yield (*head, name, *numbers, *tail)
