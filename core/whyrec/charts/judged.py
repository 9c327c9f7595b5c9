"""Pictures of a comparison: the matrix, seconds against fidelity, agreement, training curves, removal curves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from whyrec.charts.picture import Picture, altair, drawn
from whyrec.comparison.plan import Cell
from whyrec.comparison.result import Comparison
from whyrec.types import FloatArray

_STATES = {"failed": "✕ failed", "skipped": "– skipped", "timeout": "⌛ timeout", "oom": "✕ memory"}

_SLOTS = 3
"""Heights at which a name may stand beside its mark."""
_NEAR = 3.0, 0.06
"""Marks are near up to this ratio of seconds, and this part of the whole height."""


def matrix(result: Comparison, figure: str, *, players: str = "history", normalized: bool = False) -> Picture:
    """Recommenders × explainers, each cell with its number, or with what became of it."""
    alt = altair()
    rows: list[dict[str, Any]] = []
    for cell in _cells(result, players):
        found = (cell.normalized if normalized else cell.metrics).get(figure)
        mean = None if found is None else found.mean
        rows.append(
            {
                "recommender": cell.recommender,
                "explainer": cell.explainer,
                "value": mean,
                "text": _STATES.get(cell.state, "") if mean is None else f"{mean:.3g}",
            }
        )
    order_y, order_x = (list(dict.fromkeys(r[k] for r in rows)) for k in ("recommender", "explainer"))
    reverse = result.better.get(figure) == "lower" and not normalized
    base = alt.Chart(alt.Data(values=rows)).encode(
        x=alt.X("explainer:N", sort=order_x, title=None, axis=alt.Axis(orient="top", labelAngle=-40)),
        y=alt.Y("recommender:N", sort=order_y, title=None),
    )
    known = base.transform_filter("isValid(datum.value)")
    tiles = known.mark_rect().encode(
        color=alt.Color("value:Q", title=figure, scale=alt.Scale(scheme="blues", reverse=reverse))
    )
    values = [r["value"] for r in rows if r["value"] is not None]
    middle = (min(values) + max(values)) / 2 if values else 0.0
    dark = f"isValid(datum.value) && datum.value {'<' if reverse else '>'} {middle!r}"
    text = base.mark_text(fontSize=11).encode(
        text="text:N", color=alt.condition(dark, alt.value("white"), alt.value("#222222"))
    )
    chart = (tiles + text).properties(width=alt.Step(64), height=alt.Step(28), title=f"{figure} · {players}")
    told = "; ".join(f"{r['recommender']} × {r['explainer']}: {r['text']}" for r in rows)
    return drawn(chart, f"{figure}: {told}")


def pareto(result: Comparison, figure: str, *, recommender: str | None = None, players: str = "history") -> Picture:
    """Seconds against fidelity, one mark an explainer; the line joins those that none is better and faster than."""
    alt = altair()
    rows: list[dict[str, Any]] = []
    for cell in _cells(result, players):
        found = cell.metrics.get(figure)
        mine = recommender is None or cell.recommender == recommender
        if (
            mine
            and cell.role != "ceiling"
            and found is not None
            and found.mean is not None
            and cell.seconds is not None
        ):
            rows.append(
                {
                    "explainer": cell.explainer,
                    "recommender": cell.recommender,
                    "seconds": max(cell.seconds, 1e-4),
                    "value": found.mean,
                    "front": False,
                }
            )
    sign = -1.0 if result.better.get(figure) == "lower" else 1.0
    best: dict[str, float] = {}
    for row in sorted(rows, key=lambda r: (r["seconds"], -sign * r["value"])):
        if sign * row["value"] > best.get(row["recommender"], -np.inf):
            best[row["recommender"]] = sign * row["value"]
            row["front"] = True
    base = alt.Chart(alt.Data(values=rows)).encode(
        x=alt.X("seconds:Q", scale=alt.Scale(type="log"), title="seconds for all users"),
        y=alt.Y("value:Q", scale=alt.Scale(zero=False), title=figure),
    )
    marks = base.mark_point(filled=True, size=70).encode(shape=alt.Shape("recommender:N", title=None))
    line = (
        base.transform_filter("datum.front")
        .mark_line(strokeDash=[4, 3], color="#555555")
        .encode(detail="recommender:N")
    )
    _apart(rows)
    names = [
        base.transform_filter(f"datum.slot == {slot}")
        .mark_text(align="left", dx=7, dy=-5 + 12 * slot, fontSize=10)
        .encode(text="explainer:N")
        for slot in range(_SLOTS)
    ]
    chart = alt.layer(line, marks, *names).properties(width=460, height=280, title=f"{figure} against seconds")
    told = "; ".join(f"{r['explainer']} on {r['recommender']}: {r['value']:.3g} in {r['seconds']:.2g} s" for r in rows)
    return drawn(chart, told or "nothing to show")


def agreement(names: Sequence[str], table: FloatArray, *, title: str = "agreement") -> Picture:
    """A symmetric table (n, n) of agreement between explainers, −1 … 1 or 0 … 1, NaN where unknown."""
    alt = altair()
    rows = [
        {
            "a": a,
            "b": b,
            "value": None if np.isnan(table[i, j]) else float(table[i, j]),
            "text": "" if np.isnan(table[i, j]) else f"{table[i, j]:.2f}",
        }
        for i, a in enumerate(names)
        for j, b in enumerate(names)
    ]
    base = alt.Chart(alt.Data(values=rows)).encode(
        x=alt.X("b:N", sort=list(names), title=None, axis=alt.Axis(orient="top", labelAngle=-40)),
        y=alt.Y("a:N", sort=list(names), title=None),
    )
    tiles = base.mark_rect().encode(color=alt.Color("value:Q", title=None, scale=alt.Scale(scheme="blues")))
    text = base.mark_text(fontSize=11).encode(
        text="text:N", color=alt.condition("datum.value > 0.6", alt.value("white"), alt.value("#222222"))
    )
    chart = (tiles + text).properties(width=alt.Step(56), height=alt.Step(28), title=title)
    return drawn(chart, title)


def training(curves: Mapping[str, Mapping[str, Sequence[float]]]) -> Picture:
    """Training curves: model → figure → one number an epoch. One panel a figure, one line a model."""
    alt = altair()
    rows = [
        {"model": model, "figure": figure, "epoch": epoch, "value": float(value)}
        for model, found in curves.items()
        for figure, values in found.items()
        for epoch, value in enumerate(values, start=1)
        if np.isfinite(value)
    ]
    figures = list(dict.fromkeys(r["figure"] for r in rows))
    panels = [
        alt.Chart(alt.Data(values=[r for r in rows if r["figure"] == figure]))
        .mark_line(point=True)
        .encode(
            x=alt.X("epoch:Q", axis=alt.Axis(tickMinStep=1)),
            y=alt.Y("value:Q", title=figure, scale=alt.Scale(zero=False)),
            color=alt.Color("model:N", title=None),
            strokeDash=alt.StrokeDash("model:N", title=None),
        )
        .properties(width=220, height=160)
        for figure in figures
    ]
    chart = alt.concat(*panels, columns=2) if panels else alt.Chart(alt.Data(values=[])).mark_point()
    told = "; ".join(f"{m}: {', '.join(f)}" for m, f in curves.items())
    return drawn(chart, f"Training curves of {told}")


def curves(
    paths: Mapping[str, FloatArray], floor: FloatArray | None = None, *, title: str = "", y: str = "score left"
) -> Picture:
    """Removal (or insertion) curves: explainer → (steps + 1,) means, from nothing hidden to all.

    ``floor`` (orders, steps + 1): those of random orders; a band from the lowest to the highest of them.
    """
    alt = altair()
    rows: list[dict[str, Any]] = []
    for name, path in paths.items():
        steps = max(1, len(path) - 1)
        rows += [{"explainer": name, "share": i / steps, "value": float(v)} for i, v in enumerate(path)]
    lines = (
        alt.Chart(alt.Data(values=rows))
        .mark_line()
        .encode(
            x=alt.X("share:Q", title="share of players, strongest first", axis=alt.Axis(format="%")),
            y=alt.Y("value:Q", title=y),
            color=alt.Color("explainer:N", title=None),
            strokeDash=alt.StrokeDash("explainer:N", title=None),
        )
    )
    chart = lines
    if floor is not None and len(floor):
        steps = max(1, floor.shape[1] - 1)
        band = [
            {"share": i / steps, "low": float(low), "high": float(high)}
            for i, (low, high) in enumerate(zip(floor.min(axis=0), floor.max(axis=0), strict=True))
        ]
        area = alt.Chart(alt.Data(values=band)).mark_area(opacity=0.25, color="#8a8f98")
        chart = area.encode(x="share:Q", y="low:Q", y2="high:Q") + lines
    return drawn(chart.properties(width=420, height=260, title=title), f"{title}: {', '.join(paths)}")


def _apart(rows: list[dict[str, Any]]) -> None:
    """Give each mark the first slot for its name that no near mark before it has: there names would overlap."""
    values = [row["value"] for row in rows]
    height = max(max(values) - min(values), 1e-12) if rows else 1.0
    done: list[dict[str, Any]] = []
    for row in sorted(rows, key=lambda r: (r["seconds"], r["value"])):
        near = [
            r["slot"]
            for r in done
            if row["seconds"] / r["seconds"] < _NEAR[0] and abs(row["value"] - r["value"]) < _NEAR[1] * height
        ]
        row["slot"] = min(range(_SLOTS), key=lambda slot: (near.count(slot), slot))
        done.append(row)


def _cells(result: Comparison, players: str) -> list[Cell]:
    return [c for c in result.cells if c.players == players]
