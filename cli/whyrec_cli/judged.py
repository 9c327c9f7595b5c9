"""Explanations' quality as tables: one flat table for a few figures, else one for each recommender."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from whyrec_cli.output import Table

Cells = Sequence[Mapping[str, Any]]

KEYS = ("recommender", "explainer", "players")
BELOW = " -"
"""Follows a figure that is surely worse than the best one beside it."""

_FEW = 6  # figures that fit into a flat table
_BESIDE = 5  # explanations that fit side by side into 120 columns
_NAMED = 8  # figures that are left out and named one by one
_USUAL_K = 10
_FAMILY = re.compile(r"@\d+(:\d+)?$")
_NOTHING = 1e-12
_ARROWS = {"higher": " ↑", "lower": " ↓"}


def judged(cells: Cells, named: Sequence[str], better: Mapping[str, str | None]) -> tuple[list[Table], list[str]]:
    """Tables of the cells that are done, and lines that say what they leave out and how they are read."""
    known = figures(cells)
    shown = [f for f in known if f in named] if named else varying(directed(usual(known), better), cells)
    tables = [_flat(cells, shown, better)] if len(shown) <= _FEW else list(_by_recommender(cells, shown, better))
    notes = list(_left_out(cells, known, shown)) if not named else []
    if len(shown) > _FEW:
        notes.append("Explanations: in each table, figures that are the same for all are left out")
    if any(row for c in cells for row in _differences(c) if worse(c, row, better)):
        notes.append(f"'{BELOW.strip()}' after a figure: surely worse than the best beside it (paired, 95 %)")
    if len(shown) > _FEW and any(c.get("normalized") for c in cells):
        notes.append(
            "normalized: 0 is the mean of several random orders, 1 the ceiling: a search for each figure by itself, "
            "whose model calls and seconds are added up"
        )
    return tables, notes


def named_columns(figures: Iterable[str], better: Mapping[str, str | None]) -> list[str]:
    """Figures with an arrow to where they are good."""
    return [f + _ARROWS.get(better.get(f) or "", "") for f in figures]


def with_interval(figure: Any) -> str | None:
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


def plain(value: float | None, name: str) -> str | None:
    """Seconds, or model calls."""
    if value is None:
        return None
    return f"{value:.3f}" if "seconds" in name else f"{value:.0f}" if float(value).is_integer() else f"{value:.1f}"


def figures(rows: Iterable[Mapping[str, Any]]) -> list[str]:
    """The figures that are defined in any row, in the order in which they first occur."""
    return list(
        dict.fromkeys(name for row in rows for name, f in row["metrics"].items() if with_interval(f) is not None)
    )


def usual(figures: Sequence[str]) -> list[str]:
    """Of figures that differ in ``@k`` alone, the one at 10 (or the first): a table is for reading."""
    families: dict[str, list[str]] = {}
    for name in figures:
        families.setdefault(_FAMILY.sub("@", name), []).append(name)
    return [next((n for n in family if n.endswith(f"@{_USUAL_K}")), family[0]) for family in families.values()]


def directed(figures: Sequence[str], better: Mapping[str, str | None]) -> list[str]:
    """Without all but the first of a metric's figures that no direction is good for."""
    seen: set[str] = set()
    out = []
    for name in figures:
        metric = name.partition(".")[0]
        if better.get(name) is not None or metric not in seen:
            out.append(name)
        if better.get(name) is None:
            seen.add(metric)
    return out


def varying(figures: Sequence[str], cells: Cells) -> list[str]:
    """The figures that are not the same in all cells; all, where there is but one cell."""
    return [f for f in figures if len(cells) < 2 or _constant(f, cells) is None]


def worse(cell: Mapping[str, Any], figure: str, better: Mapping[str, str | None]) -> bool:
    """Whether the cell's figure is surely worse than the best explainer's; never asked of a ceiling."""
    if cell.get("role") == "ceiling":
        return False
    best = _differences(cell).get(figure, {}).get("best")
    if best is None or best["low"] is None:
        return False
    return bool(best["high"] < -_NOTHING if better.get(figure) == "higher" else best["low"] > _NOTHING)


# -- inside -----------------------------------------------------------------------------------------


def _flat(cells: Cells, shown: Sequence[str], better: Mapping[str, str | None]) -> Table:
    rows = [
        [
            *(c[k] for k in KEYS),
            *(_marked(c, f, better) for f in shown),
            *(plain(c.get(k), k) for k in ("model_calls", "seconds")),
        ]
        for c in cells
    ]
    columns = [*KEYS, *named_columns(shown, better), "model calls", "seconds"]
    return Table(columns, rows, title="Explanations", keep=len(KEYS))


def _by_recommender(cells: Cells, shown: Sequence[str], better: Mapping[str, str | None]) -> Iterable[Table]:
    """Figures below each other, explanations side by side; kinds of players share a table where they fit."""
    for model in dict.fromkeys(c["recommender"] for c in cells):
        own = [c for c in cells if c["recommender"] == model]
        groups: list[list[Mapping[str, Any]]] = []
        for kind in dict.fromkeys(c["players"] for c in own):
            same = _one_ceiling([c for c in own if c["players"] == kind])
            if groups and len(groups[-1]) + len(same) <= _BESIDE:
                groups[-1] += same
            else:
                groups.append(same)
        for group in groups:
            yield _beside(model, group, shown, better)


def _one_ceiling(cells: Cells) -> list[Mapping[str, Any]]:
    """The cells with all ceilings as one column: each is a search on a figure of its own."""
    ceilings = [c for c in cells if c.get("role") == "ceiling"]
    if not ceilings:
        return list(cells)
    merged: dict[str, Any] = {**ceilings[0], "explainer": "ceiling", "metrics": {}}
    for cell in ceilings:
        merged["metrics"] = {**cell["metrics"], **merged["metrics"]}
    for cost in ("model_calls", "seconds"):
        merged[cost] = sum(c.get(cost) or 0 for c in ceilings)
    return [*(c for c in cells if c not in ceilings), merged]


def _beside(model: str, cells: Cells, shown: Sequence[str], better: Mapping[str, str | None]) -> Table:
    kinds = list(dict.fromkeys(c["players"] for c in cells))
    names = [c["explainer"] + (f" {c['players']}" if len(kinds) > 1 else "") for c in cells]
    rows: list[list[str | None]] = []
    for figure, name in zip(shown, named_columns(shown, better), strict=True):
        values = [_marked(c, figure, better) for c in cells]
        if any(v is not None for v in values) and (len(cells) < 2 or _constant(figure, cells) is None):
            rows.append([name, *values])
        placed = [with_interval(c.get("normalized", {}).get(figure)) for c in cells]
        if any(v is not None for v in placed):
            rows.append(["  normalized ↑", *placed])
    for key in ("model_calls", "seconds"):
        rows.append([key.replace("_", " "), *(plain(c.get(key), key) for c in cells)])
    return Table(["figure", *names], rows, title=f"Explanations of {model}: players {', '.join(kinds)}")


def _marked(cell: Mapping[str, Any], figure: str, better: Mapping[str, str | None]) -> str | None:
    text = with_interval(cell["metrics"].get(figure))
    return text if text is None or not worse(cell, figure, better) else text + BELOW


def _differences(cell: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = cell.get("differences", {})
    return found


def _left_out(cells: Cells, known: Sequence[str], shown: Sequence[str]) -> Iterable[str]:
    same = [f for f in usual(known) if f not in shown and _constant(f, cells) is not None]
    if same:
        told = ", ".join(f"{f} = {_constant(f, cells)}" for f in same)
        yield f"Explanations: the same everywhere: {told}"
    undefined = [f for c in cells for f in c["metrics"] if f not in known]
    if undefined:
        yield f"Explanations: nowhere defined: {', '.join(dict.fromkeys(undefined))}"
    more = [f for f in known if f not in shown and f not in same]
    if more:
        names = more if len(more) <= _NAMED else list(dict.fromkeys(_FAMILY.sub("@…", f) for f in more))
        yield f"Explanations: {len(more)} more figures in --format json, csv, or by --metrics: {', '.join(names)}"


def _constant(figure: str, cells: Cells) -> str | None:
    """The value of a figure, if it is the same wherever it is defined."""
    means = [f["mean"] for c in cells if isinstance(f := c["metrics"].get(figure), Mapping) and f["mean"] is not None]
    if not means or max(means) - min(means) > _NOTHING:
        return None
    return _short(means[0], 4)


def _short(value: float, digits: int) -> str:
    """Fixed decimals, powers of ten for what they cannot show; rounding errors are nothing."""
    if abs(value) < _NOTHING:
        return "0"
    return f"{value:.1e}" if abs(value) < 0.5 * 10**-digits else f"{value:.{digits}f}"
