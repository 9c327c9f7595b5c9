"""Pictures of explanations: a waterfall from the base over the reasons to the score, signed bars, several together."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from whyrec.charts.picture import OPPOSES, PLAIN, SUPPORTS, Picture, altair, drawn, shortened
from whyrec.explanation import Explanation

Words = Mapping[str, str]
ENGLISH: Words = {
    "base": "Start (nothing known)",
    "others": "{n} others",
    "left": "left unexplained",
    "score": "Score",
    "value": "what each adds to the score",
    "order": "how much each matters",
    "for": "+ for it",
    "against": "− against it",
    "total": "base and score",
}
_COLORS = {"for": SUPPORTS, "against": OPPOSES, "total": PLAIN}


def waterfall(explanation: Explanation, *, top: int = 8, words: Words | None = None) -> Picture:
    """Base → the strongest players → the others in one step → score. For explanations that add up; others get bars.

    ``words`` replaces the chart's own words, see ``ENGLISH``.
    """
    said = {**ENGLISH, **(words or {})}
    return drawn(*_chart(explanation, top, said, bars_only=False))


def bars(explanation: Explanation, *, top: int = 8, words: Words | None = None) -> Picture:
    """Signed bars of the strongest players, the others in one (where values add up)."""
    said = {**ENGLISH, **(words or {})}
    return drawn(*_chart(explanation, top, said, bars_only=True))


def together(rows: Sequence[Sequence[Explanation]], *, top: int = 8, words: Words | None = None) -> Picture:
    """Several explanations in one picture: one row an item, its explainers side by side."""
    alt = altair()
    said = {**ENGLISH, **(words or {})}
    made = [[_chart(e, top, said, bars_only=False) for e in row] for row in rows]
    lines = [alt.hconcat(*(chart for chart, _ in row)).resolve_scale(color="shared") for row in made]
    chart = lines[0] if len(lines) == 1 else alt.vconcat(*lines).resolve_scale(color="shared")
    return drawn(chart, ". ".join(told for row in made for _, told in row))


def _chart(explanation: Explanation, top: int, said: Words, *, bars_only: bool) -> tuple[Any, str]:
    """The chart, and what it shows in words."""
    named, rest = _parts(explanation, top)
    steps: list[tuple[str, float]] = [(explanation.players[p], float(explanation.values[p])) for p in named]
    if explanation.additive and rest is not None:
        steps.append((said["others"].format(n=len(explanation.values) - len(named)), rest))
    if bars_only or not explanation.additive:
        rows = [_row(i, label, 0.0, value) for i, (label, value) in enumerate(steps)]
        if explanation.ordinal:  # their size means nothing
            rows = [row | {"number": row["number"][0]} for row in rows]
        return _bars(rows, explanation, said["value" if explanation.additive else "order"], said)
    left = explanation.residual
    if abs(left) > 1e-9 * (abs(explanation.full_value) + abs(explanation.base_value) + 1e-300):
        steps.append((said["left"], left))
    rows, at = [_row(0, said["base"], 0.0, explanation.base_value, total=True)], explanation.base_value
    for i, (label, value) in enumerate(steps, start=1):
        rows.append(_row(i, label, at, at + value))
        at += value
    rows.append(_row(len(rows), said["score"], 0.0, explanation.full_value, total=True))
    return _bars(rows, explanation, said["value"], said)


def _parts(explanation: Explanation, top: int) -> tuple[list[int], float | None]:
    """The named players, most supporting first; the sum of the others, None without others."""
    values = np.asarray(explanation.values, np.float64)
    strongest = np.argsort(-np.abs(values), kind="stable")
    strongest = strongest[np.abs(values[strongest]) > 0][:top]
    named = strongest[np.argsort(-values[strongest], kind="stable")].tolist()
    return named, None if len(named) == len(values) else math.fsum(np.delete(values, named).tolist())


def _row(place: int, label: str, start: float, end: float, *, total: bool = False) -> dict[str, Any]:
    moved = end - start
    return {
        # Two players may have one title; a place in front keeps them apart, and is taken off by the axis.
        "key": f"{place:03d}{shortened(label)}",
        "start": start,
        "end": end,
        "kind": "total" if total else "for" if moved >= 0 else "against",
        "number": f"{end:.3g}" if total else f"{'+' if moved >= 0 else '−'}{abs(moved):.3g}",
        "edge": max(start, end),
    }


def _bars(rows: Sequence[dict[str, Any]], explanation: Explanation, axis: str, said: Words) -> tuple[Any, str]:
    alt = altair()
    kinds = list(_COLORS)
    base = alt.Chart(alt.Data(values=[row | {"kind": said[row["kind"]]} for row in rows])).encode(
        y=alt.Y("key:N", sort=[r["key"] for r in rows], title=None, axis=alt.Axis(labelExpr="slice(datum.label, 3)"))
    )
    blocks = base.mark_bar(height={"band": 0.72}).encode(
        x=alt.X("start:Q", title=axis, axis=alt.Axis(tickCount=6, labels=not explanation.ordinal)),
        x2="end:Q",
        color=alt.Color(
            "kind:N",
            title=None,
            scale=alt.Scale(domain=[said[k] for k in kinds], range=[_COLORS[k] for k in kinds]),
            legend=alt.Legend(orient="top"),
        ),
    )
    numbers = base.mark_text(align="left", dx=4).encode(x="edge:Q", text="number:N")
    title = shortened(explanation.title or explanation.item_id, 60)
    chart = (blocks + numbers).properties(
        width=420,
        height=alt.Step(24),
        title=alt.Title(title, subtitle=[f"{explanation.recommender} · {explanation.explainer}"]),
    )
    told = "; ".join(f"{r['key'][3:]} {r['number']}" for r in rows)
    return chart, f"{title}: {told}"
