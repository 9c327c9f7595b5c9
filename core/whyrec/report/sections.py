"""The sections of a report, each a piece of HTML in all its languages."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from whyrec.charts.judged import agreement as agreement_picture, curves as curves_picture, matrix, pareto, training
from whyrec.comparison.interval import Figure
from whyrec.comparison.plan import Cell
from whyrec.comparison.result import Fitted
from whyrec.explanation import Explanation
from whyrec.metric import CURVE_POINT
from whyrec.report.examples import Example, agreement, chosen
from whyrec.report.gathered import Gathered, best_quality
from whyrec.report.html import Tongues, bar, csv_link, data_block, image, table, text
from whyrec.types import FloatArray

MOST = 10
"""Columns of figures that a table shows; all are in the JSON."""
SHOWN = 6
"""Players that an example shows."""
Section = Callable[[Gathered, Tongues], str]


def finding(found: Gathered, say: Tongues) -> str:
    """What came out, in two sentences."""
    data, cells = found.result["data"], found.comparison.cells
    states = [c.state for c in cells]
    parts = [say("report.done", done=states.count("done"), all=len(cells), data=data["name"], run=found.run.id)]
    best = _best(found)
    if best is not None and found.figure is not None:
        cell, floor = best
        value = _number(cell.metrics[found.figure].mean)
        key = (
            "report.finding_lower" if found.comparison.better.get(found.figure) == "lower" else "report.finding_higher"
        )
        about = {"explainer": cell.explainer, "model": cell.recommender, "figure": found.figure, "value": value}
        parts.append(say(key, **about))
        if floor is not None:
            parts.append(say("report.floor", value=_number(floor.metrics[found.figure].mean)))
    return f"<p class=finding>{' '.join(parts)}</p>"


def recommenders(found: Gathered, say: Tongues) -> str:
    """How good the recommendations are."""
    models = found.comparison.recommenders
    known = list(dict.fromkeys(name for m in models for name in m.metrics))[:MOST]
    rows = [
        [f"<b>{text(m.id)}</b>", *(_shown(m.metrics.get(f)) for f in known), _seconds(m.fit_seconds), _ended(m, say)]
        for m in models
    ]
    return table([say("report.recommender"), *map(text, known), say("report.fit_seconds"), say("report.state")], rows)


def cells(found: Gathered, say: Tongues) -> str:
    """The matrix as a picture, and every cell with its figures or with what became of it."""
    parts = []
    kinds = list(dict.fromkeys(c.players for c in found.comparison.cells))
    if found.figure is not None:
        parts = [
            image(matrix(found.comparison, found.figure, players=kind))
            for kind in kinds
            if any(c.players == kind and found.figure in c.metrics for c in found.comparison.cells)
        ]
    known = _columns(found)
    heads = [say("report.recommender"), say("report.explainer"), say("report.players"), say("report.state"),
             *map(text, known), say("report.calls"), say("report.seconds")]  # fmt: skip
    rows = [
        [f"<b>{text(c.recommender)}</b>", text(c.explainer), say(f"players.{c.players}"), _ended(c, say),
         *(_shown(c.metrics.get(f)) for f in known), _number(c.model_calls), _seconds(c.seconds)]
        for c in found.comparison.cells
    ]  # fmt: skip
    return "".join([*parts, f"<p>{say('report.signs')}</p>", table(heads, rows)])


def cost(found: Gathered, say: Tongues) -> str:
    """Seconds against fidelity, on the best recommender."""
    best = _best(found)
    if best is None or found.figure is None:
        return ""
    return image(pareto(found.comparison, found.figure, recommender=best[0].recommender))


def agreements(found: Gathered, say: Tongues) -> str:
    """How far explainers agree on each recommender."""
    parts = []
    for model in dict.fromkeys(model for model, _ in found.told):
        names, values = agreement(found, model)
        if len(names) > 1:
            parts.append(image(agreement_picture(names, values, title=model)))
    return f"<p>{say('report.agreement_how')}</p>{''.join(parts)}" if parts else ""


def removal(found: Gathered, say: Tongues) -> str:
    """Curves of figures, as ``Metric`` names them, on the best recommender; the band is the floor's interval."""
    best = _best(found)
    if best is None:
        return ""
    own = [
        c
        for c in found.comparison.cells
        if (c.recommender, c.players, c.state) == (best[0].recommender, "history", "done")
    ]
    parts = []
    for curve in dict.fromkeys(known[1] for c in own for name in c.metrics if (known := CURVE_POINT.fullmatch(name))):
        paths = {c.explainer: path for c in own if c.role == "explainer" and len(path := _path(c, curve)) > 1}
        floor = next((_path(c, curve, ends=True) for c in own if c.role == "floor"), None)
        if paths:
            title = f"{curve}, {best[0].recommender}"
            parts.append(image(curves_picture(paths, floor, title=title, y="score")))
    return f"<p>{say('report.removal_how')}</p>{''.join(parts)}" if parts else ""


def training_curves(found: Gathered, say: Tongues) -> str:
    """Training curves, of models that have such."""
    known = {m.id: m.curve for m in found.comparison.recommenders if m.curve}
    return image(training(known)) if known else ""


def examples(found: Gathered, say: Tongues) -> str:
    """Twenty explanations by a stated rule."""
    told = chosen(found)
    if not told:
        return ""
    figure = found.figure or ""
    return f"<p>{say('report.rule', figure=figure)}</p>" + "".join(_example(one, figure, say) for one in told)


def data_card(found: Gathered, say: Tongues) -> str:
    """What was compared on: rows kept and rejected, and why."""
    data = found.result["data"]
    rows: list[tuple[str, Any]] = [(say("report.data"), data["name"])]
    rows += [(say(f"report.{k}"), data[k]) for k in ("users", "items", "events", "test_pairs", "explained_users")]
    rows += [(say("report.read"), data["rows"]["read"]), (say("report.kept"), data["rows"]["kept"])]
    for what in ("rejected", "filtered"):
        rows += [(f"{say(f'report.{what}')}: {text(why)}", n) for why, n in data["rows"][what].items()]
    rows += [(say("report.warning"), warning) for warning in data["warnings"]]
    return table(["", ""], [[k, text(v)] for k, v in rows])


def reproduce(found: Gathered, say: Tongues) -> str:
    """What decided the result, and how to get it again."""
    versions = ", ".join(f"{k} {v}" for k, v in found.result["versions"].items())
    config = json.dumps(found.result["config"], ensure_ascii=False, indent=1, default=str)
    source = found.run.source
    command = "whyrec compare" if source.startswith("(") else f"whyrec compare {source}"
    parts = [
        f"<pre>{text(command)} --seed {int(found.result['seed'])}</pre>",
        f"<p>{say('report.versions')}: {text(versions)}</p>",
        f"<p>{say('report.fingerprint')}: <code>{text(found.result['data']['fingerprint'])}</code></p>",
        f"<details><summary>{say('report.config')}</summary><pre>{_lines(config)}</pre></details>",
    ]
    return "".join(parts)


def downloads(found: Gathered, say: Tongues) -> str:
    """The result as data: CSV to save, JSON inside the page."""
    columns = ("recommender", "explainer", "players", "state", "reason", "metric", "mean", "low", "high", "n")
    rows = [
        (c.recommender, c.explainer, c.players, c.state, c.reason or "", name, f.mean, f.low, f.high, f.n)
        for c in found.comparison.cells
        for name, f in (c.metrics or {"": Figure(None, None, None, 0)}).items()
        if not CURVE_POINT.fullmatch(name)
    ]
    link = csv_link(f"run-{found.run.id}.csv", columns, rows, "CSV")
    return f"<p>{say('report.inside')} {link}</p>{data_block('result', _without_points(found.result))}"


SECTIONS: tuple[tuple[str, Section], ...] = (
    ("finding", finding),
    ("recommenders", recommenders),
    ("cells", cells),
    ("removal", removal),
    ("cost", cost),
    ("agreement", agreements),
    ("training", training_curves),
    ("examples", examples),
    ("data_card", data_card),
    ("reproduce", reproduce),
    ("downloads", downloads),
)


def written(found: Gathered, say: Tongues) -> Iterator[tuple[str, str]]:
    """Name → HTML of every section that has something to say."""
    for name, section in SECTIONS:
        if content := section(found, say):
            yield name, content


# -- inside -----------------------------------------------------------------------------------------


def _path(cell: Cell, curve: str, *, ends: bool = False) -> FloatArray:
    """(points,) the means of a cell's curve, or (2, points) the ends of their intervals; of points that are defined."""
    points = [
        (int(known[2]), f)
        for name, f in cell.metrics.items()
        if (known := CURVE_POINT.fullmatch(name)) and known[1] == curve
    ]
    found = [f for _, f in sorted(points, key=lambda point: point[0]) if f.mean is not None]
    if ends:
        return np.array([[f.low for f in found], [f.high for f in found]], np.float64)
    return np.array([f.mean for f in found], np.float64)


def _without_points(value: Any) -> Any:
    """Without the points of curves, which are many."""
    if isinstance(value, Mapping):
        return {key: _without_points(one) for key, one in value.items() if not CURVE_POINT.fullmatch(key)}
    return [_without_points(one) for one in value] if isinstance(value, list) else value


def _columns(found: Gathered) -> list[str]:
    """The figures that a table shows: that of the report, then one of each metric, then others, ``MOST`` in all."""
    known = list(dict.fromkeys(n for c in found.comparison.cells for n in c.metrics if not CURVE_POINT.fullmatch(n)))
    first = {re.split("[.@]", name)[0]: name for name in reversed(known)}
    wanted = [*([found.figure] if found.figure else []), *(name for name in known if name in first.values()), *known]
    return list(dict.fromkeys(wanted))[:MOST]


def _best(found: Gathered) -> tuple[Cell, Cell | None] | None:
    """The truest cell of the best recommender, over players history, and the floor beside it."""
    figure, quality = found.figure, best_quality(found.comparison)
    if figure is None:
        return None
    sign = -1.0 if found.comparison.better.get(figure) == "lower" else 1.0
    rank = {m.id: m.metrics[quality].mean or 0.0 for m in found.comparison.recommenders if quality in m.metrics}
    known = [
        c
        for c in found.comparison.cells
        if c.players == "history" and figure in c.metrics and c.metrics[figure].mean is not None
    ]
    real = [c for c in known if c.role == "explainer"]
    if not real:
        return None
    model = max((c.recommender for c in real), key=lambda name: rank.get(name, -np.inf))
    own = [c for c in real if c.recommender == model]
    cell = max(own, key=lambda c: sign * (c.metrics[figure].mean or 0.0))
    return cell, next((c for c in known if c.recommender == model and c.role == "floor"), None)


def _example(one: Example, figure: str, say: Tongues) -> str:
    e = one.told
    key = {"best": "report.best", "worst": "report.worst", "disputed": "report.disputed"}[one.why]
    head = f"{text(e.title)} · {text(one.key[0])} · {text(one.key[1])}"
    why = say(key, figure=figure, value=_number(one.value), other=one.other_key[1] if one.other_key else "")
    parts = [f"<article><h3>{head}</h3><p class=small>{text(e.user_id)}: {why}</p>"]
    parts.append(f"<p>{say.each(lambda w: w.sentence(e))}</p>{_players(e, say)}")
    if one.other is not None and one.other_key is not None:
        other = one.other
        parts.append(f"<p class=small>{text(one.other_key[1])}</p><p>{say.each(lambda w: w.sentence(other))}</p>")
        parts.append(_players(other, say))
    return "".join([*parts, "</article>"])


def _players(e: Explanation, say: Tongues) -> str:
    order = np.argsort(-np.abs(e.values), kind="stable")[:SHOWN]
    largest = float(np.abs(e.values).max(initial=0.0))
    rows = [
        [text(e.players[p]), bar(float(e.values[p]), largest), _signed(float(e.values[p]))]
        for p in order[np.argsort(-e.values[order], kind="stable")].tolist()
    ]
    if len(e.values) > SHOWN:
        left = float(e.values.sum() - e.values[order].sum())
        rows.append([say("explain.else", n=len(e.values) - SHOWN), "", _signed(left) if e.additive else ""])
    body = "".join(f"<tr><td>{a}</td><td class=b>{b}</td><td class=n>{c}</td></tr>" for a, b, c in rows)
    return f"<table class=players>{body}</table>"


def _ended(one: Cell | Fitted, say: Tongues) -> str:
    said = say(f"state.{one.state}")
    reason = " ".join(text(part) for part in (one.blame, one.reason) if part)
    role = "" if not isinstance(one, Cell) or one.role == "explainer" else f" ({say(f'role.{one.role}')})"
    return f"{said}{role}<br><small>{reason}</small>" if reason else f"{said}{role}"


def _shown(figure: Figure | None) -> str:
    if figure is None or figure.mean is None:
        return ""
    width = 0.0 if figure.low is None or figure.high is None else (figure.high - figure.low) / 2
    half = f" ± {width:.2g}" if width > 1e-6 * abs(figure.mean) else ""
    return f'<span data-v="{figure.mean!r}">{_number(figure.mean)}{half}</span>'


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.4g}"


def _signed(value: float) -> str:
    return f"{'+' if value >= 0 else '−'}{abs(value):.3g}"


def _seconds(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"


def _lines(content: str) -> str:
    return "\n".join(text(line) for line in content.split("\n"))
