"""Gathered: what the store knows of a run, in the form in which a report needs it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from whyrec.comparison.interval import Figure
from whyrec.comparison.plan import Cell
from whyrec.comparison.result import Comparison
from whyrec.comparison.told import decode
from whyrec.explanation import Explanation
from whyrec.store.errors import StoreError
from whyrec.store.runs import Run
from whyrec.store.store import Store
from whyrec.types import FloatArray

PREFERRED = ("lxr11.del", "lxr11.pos@10", "ke", "necessity", "shapley-error")
"""The figure of fidelity that a report is about: the first of these that is there, else the first with a good side."""
QUALITY = ("ndcg@10", "ndcg")
Key = tuple[str, str]


@dataclass(frozen=True)
class Gathered:
    """A run for its report.

    Parameters
    ----------
    run, result : the run, and its result as in docs/reference/result.md
    comparison : the cells as objects: what pictures are drawn from
    figure : the figure of fidelity that the report is about; None if no cell has any
    told : (recommender, explainer) → the explanations over players ``history`` of cells that are done
    by_user : (recommender, explainer) → user id → ``figure``
    """

    run: Run
    result: Mapping[str, Any]
    comparison: Comparison
    figure: str | None
    told: Mapping[Key, list[Explanation]] = field(default_factory=dict)
    by_user: Mapping[Key, Mapping[str, float]] = field(default_factory=dict)


def gather(store: Store, number: int | None = None) -> Gathered:
    """A run by its number, or the last one. Raises StoreError if it is not there, or did not come to its end."""
    run = store.runs.get(number)
    result = store.runs.result(run.id)
    if result is None:
        raise StoreError(f"run {run.id} did not come to its end", hint="give its command again, then report it")
    comparison = _comparison(result)
    figure = _figure(comparison)
    told: dict[Key, list[Explanation]] = {}
    by_user: dict[Key, dict[str, float]] = {}
    done = {(c.recommender, c.explainer): c for c in comparison.cells if c.state == "done" and c.players == "history"}
    for planned in run.plan:
        key = planned["recommender"], planned["explainer"]
        if planned["players"] != "history" or key not in done or done[key].role == "ceiling":
            continue
        kept = store.kept.told(planned["told"])
        if kept is None:
            continue
        told[key] = decode(kept)
        values = None if figure is None else _values(store, planned["told"], figure)
        users = list(kept.players["users"])
        if values is not None and len(values) == len(users):
            by_user[key] = {user: float(v) for user, v in zip(users, values, strict=True) if np.isfinite(v)}
    return Gathered(run, result, comparison, figure, told, by_user)


def best_quality(comparison: Comparison) -> str | None:
    """The figure by which recommenders are judged first."""
    known = list(dict.fromkeys(name for r in comparison.recommenders for name in r.metrics))
    return next((name for name in QUALITY if name in known), known[0] if known else None)


def _comparison(result: Mapping[str, Any]) -> Comparison:
    from whyrec.comparison.result import Fitted

    fitted = [
        Fitted(
            m["id"], m["plugin"], _figures(m["metrics"]), m["fit_seconds"], m["state"], m["reason"],
            m["training_curve"], blame=m.get("blame"),
        )
        for m in result["recommenders"]
    ]  # fmt: skip
    plain = ("recommender", "explainer", "players", "state", "reason", "blame", "role", "by", "target", "removal")
    cells = [
        Cell(
            **{name: c[name] for name in plain},
            metrics=_figures(c["metrics"]),
            normalized=_figures(c["normalized"]),
            model_calls=c["model_calls"],
            seconds=c["seconds"],
        )
        for c in result["cells"]
    ]
    return Comparison(
        result["config"], result["versions"], result["seed"], result["data"], fitted, cells, result["better"]
    )


def _figures(found: Mapping[str, Any]) -> dict[str, Figure]:
    return {name: Figure(f["mean"], f["low"], f["high"], f["n"]) for name, f in found.items()}


def _figure(comparison: Comparison) -> str | None:
    known = [name for c in comparison.cells if c.role == "explainer" for name in c.metrics]
    good = [name for name in dict.fromkeys(known) if comparison.better.get(name) in ("higher", "lower")]
    return next((name for name in PREFERRED if name in good), good[0] if good else None)


def _values(store: Store, subject: str, figure: str) -> FloatArray | None:
    """One number a user, where the store has the figure as one column."""
    for row in store.database.rows("SELECT metric FROM figures WHERE subject = ?", [subject]):
        found = store.kept.figures(subject, row["metric"]) or {}
        if figure in found:
            return np.asarray(found[figure], np.float64).ravel()
    return None
