"""A comparison as tables: recommender quality, explanation quality, what was skipped, what failed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from whyrec_cli.judged import KEYS, figures, judged, named_columns, plain, usual, with_interval
from whyrec_cli.output import Page, Table

_RECORD = (
    "table", "recommender", "explainer", "players", "state", "reason", "metric", "mean", "low", "high", "n",
    "model_calls", "seconds", "role", "normalized", "normalized_low", "normalized_high",
    "to_best", "to_best_low", "to_best_high", "to_floor", "to_floor_low", "to_floor_high",
)  # fmt: skip
_NUMBERS = ("mean", "low", "high")
_ENDS = {"skipped": "Skipped", "failed": "Failed", "timeout": "Timed out", "oom": "Out of memory"}
"""How cells end that are not done, as titles of tables."""
_SAID = {"timeout": "timed out", "oom": "out of memory"}


def page(result: Mapping[str, Any], named: Sequence[str] = ()) -> Page:
    """The page of ``whyrec compare``, from the object of docs/reference/result.md.

    ``named`` are the figures that were asked for; without, the tables leave a few out and say which.
    """
    better = result.get("better", {})
    models, cells = result["recommenders"], result["cells"]
    ranked = [m for m in models if m.get("state") not in _ENDS or m.get("state") == "skipped"]
    known = figures(ranked)
    shown = [f for f in known if f in named] if named else usual(known)
    tables, notes = [_recommenders(ranked, shown, better)], []
    if not named and (left := [f for f in known if f not in shown]):
        notes.append(
            f"Recommenders: {len(left)} more figures in --format json, csv, or by --metrics: {', '.join(left)}"
        )
    explained, said = judged([c for c in cells if c["state"] == "done"], named, better)
    tables, notes = [*tables, *explained], [*notes, *said]
    for state, title in _ENDS.items():
        ended = [c for c in cells if c["state"] == state]
        ended += [
            {**m, "recommender": m["id"], "explainer": "", "players": ""} for m in models if m.get("state") == state
        ]
        columns = (*KEYS, *(("blame",) if any(c.get("blame") for c in ended) else ()), "reason")
        if ended:
            rows = [tuple(c.get(k) for k in columns) for c in ended]
            tables.append(Table([{"blame": "plugin"}.get(k, k) for k in columns], rows, title=title, keep=3))
    notes = [*_head(result, cells), *notes]
    return Page(tables, data=result, rows=Table(_RECORD, list(_records(result))), notes=notes)


def _recommenders(models: Sequence[Mapping[str, Any]], shown: Sequence[str], better: Mapping[str, str | None]) -> Table:
    rows = [
        [m["id"], *(with_interval(m["metrics"].get(f)) for f in shown), plain(m.get("fit_seconds"), "fit_seconds")]
        for m in models
    ]
    return Table(["id", *named_columns(shown, better), "fit seconds"], rows, title="Recommenders")


def _head(result: Mapping[str, Any], cells: Sequence[Mapping[str, Any]]) -> list[str]:
    data = result["data"]
    counts = {s: sum(c["state"] == s for c in cells) for s in ("done", *_ENDS)}
    told = [f"{n} {_SAID.get(s, s)}" for s, n in counts.items() if n or s in ("done", "skipped", "failed")]
    facts = ", ".join(f"{data[k]} {k}" for k in ("users", "items", "events") if k in data)
    name = f"{data['name']}: " if "name" in data else ""
    return [
        f"data: {name}{facts}; fingerprint {str(data['fingerprint'])[:12]}; seed {result['seed']}",
        f"cells: {', '.join(told)}; ± is half of a 95 % bootstrap interval over users",
    ]


def _records(result: Mapping[str, Any]) -> Iterable[tuple[Any, ...]]:
    """One row a figure, tidy; a cell or model without figures is one row with its state and reason."""
    for model in result["recommenders"]:
        head = ("recommender", model["id"], "", "", model.get("state"), model.get("reason"))
        yield from _rows(head, model, (None, model.get("fit_seconds"), None))
    for cell in result["cells"]:
        head = ("explanation", *(cell[k] for k in KEYS), cell["state"], cell["reason"])
        yield from _rows(head, cell, (cell.get("model_calls"), cell.get("seconds"), cell.get("role")))


def _rows(head: tuple[Any, ...], one: Mapping[str, Any], tail: tuple[Any, ...]) -> Iterable[tuple[Any, ...]]:
    if not one["metrics"]:
        yield (*head, "", None, None, None, None, *tail, *[None] * 9)
    for name, figure in one["metrics"].items():
        between = one.get("differences", {}).get(name, {})
        beside = (one.get("normalized", {}).get(name), between.get("best"), between.get("floor"))
        yield (
            *head,
            name,
            *_numbers(figure, (*_NUMBERS, "n")),
            *tail,
            *(number for found in beside for number in _numbers(found, _NUMBERS)),
        )


def _numbers(figure: Any, keys: Sequence[str]) -> list[Any]:
    """The numbers of a figure; gaps where there is none."""
    return [figure.get(k) for k in keys] if isinstance(figure, Mapping) else [figure, *[None] * (len(keys) - 1)]
