"""Comparison: the matrix of a run in the store, as the page shows it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from whyrec.metric import CURVE_POINT
from whyrec.store.errors import StoreError
from whyrec_cli.web.asked import OfRun
from whyrec_cli.web.errors import WebError
from whyrec_cli.web.site import Site

if TYPE_CHECKING:
    from whyrec.store.store import Store

RUNS = 50
"""The newest runs, which an answer lists."""
EMPTY: dict[str, Any] = {"run": None, "recommenders": [], "explainers": [], "metrics": [], "cells": [], "runs": []}


def comparison(site: Site, asked: OfRun, lang: str) -> dict[str, Any]:
    """A run's cells with their figures, floor and ceiling beside them; the newest run that came to its end."""
    found = site.shelf.read(lambda store: _read(store, asked.run))
    if found is None:
        if asked.run is not None:
            raise WebError(404, f"there is no run {asked.run}", hint="`whyrec compare` makes one", code=StoreError.code)
        return EMPTY
    return found


def _read(store: Store, number: int | None) -> dict[str, Any] | None:
    runs = store.runs.list()
    listed = [{"id": run.id, "at": run.started, "state": run.state} for run in runs[::-1][:RUNS]]
    if number is not None:
        chosen = next((run for run in runs if run.id == number), None)
    else:
        ended = [run for run in runs if run.state in ("done", "failed")]
        chosen = (ended or runs)[-1] if runs else None
    if chosen is None:
        return None if number is not None else {**EMPTY, "runs": listed}
    result = store.runs.result(chosen.id)
    run = {"id": chosen.id, "at": chosen.started, "config": chosen.source, "state": chosen.state}
    return {**EMPTY, "run": run, "runs": listed, **({} if result is None else matrix(result))}


def matrix(result: Mapping[str, Any]) -> dict[str, Any]:
    """The JSON of docs/reference/result.md as rows, columns and cells."""
    cells: Sequence[Mapping[str, Any]] = result["cells"]
    names = dict.fromkeys(n for cell in cells for n in cell["metrics"] if not CURVE_POINT.fullmatch(n))
    return {
        "recommenders": [
            {
                "id": one["id"],
                "state": one["state"],
                "why": one["reason"],
                "figures": {name: _figure(figure) for name, figure in one["metrics"].items()},
            }
            for one in result["recommenders"]
        ],
        "explainers": list(dict.fromkeys(cell["explainer"] for cell in cells)),
        "metrics": [{"name": name, "better": result["better"].get(name), "title": name} for name in names],
        "cells": [
            {
                "recommender": cell["recommender"],
                "explainer": cell["explainer"],
                "players": cell["players"],
                "role": cell["role"],
                "state": cell["state"],
                "why": cell["reason"],
                "seconds": cell["seconds"],
                "model_calls": cell["model_calls"],
                "figures": {
                    name: {
                        **_figure(figure),
                        "floor": _of_role(cells, cell, "floor", name),
                        "ceiling": _of_role(cells, cell, "ceiling", name),
                        "normalised": (cell["normalized"].get(name) or {}).get("mean"),
                    }
                    for name, figure in cell["metrics"].items()
                    if name in names
                },
            }
            for cell in cells
        ],
    }


def _figure(figure: Mapping[str, Any]) -> dict[str, Any]:
    return {"value": figure["mean"], "low": figure["low"], "high": figure["high"]}


def _of_role(cells: Sequence[Mapping[str, Any]], cell: Mapping[str, Any], role: str, name: str) -> float | None:
    """The figure of the floor, or of a ceiling that has it, beside a cell: same model, players, grouping, removal."""
    same = ("recommender", "players", "by", "removal")
    for other in cells:
        if other["role"] == role and name in other["metrics"] and all(other[key] == cell[key] for key in same):
            value: float | None = other["metrics"][name]["mean"]
            return value
    return None
