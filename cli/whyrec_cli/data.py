"""``whyrec data``: what the data hold, and what cleaning did to them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from whyrec_cli.output import Page, Table
from whyrec_cli.request import Request, load_data, request

if TYPE_CHECKING:
    from whyrec import Dataset


@click.group("data")
def command() -> None:
    """Look at the data that a config names."""


@command.command("describe")
@request()
def describe(asked: Request) -> None:
    """Users, items, events, behaviors, time span, density; rows read, kept and rejected by reason; features."""
    data = load_data(asked.config())
    asked.answer(_page(facts(data)))


def facts(data: Dataset) -> dict[str, Any]:
    """What is said of a dataset, as JSON values."""
    import numpy as np

    histories, features, report = data.histories, data.catalog.features, data.report
    pairs = histories.interest.nnz
    lengths = np.diff(histories.indptr)
    names = histories.behavior_names
    counts = [] if histories.behaviors is None else np.bincount(histories.behaviors, minlength=len(names)).tolist()
    times = histories.times
    columns = [] if features is None else list(dict.fromkeys(features.columns))
    return {
        "name": data.name,
        "fingerprint": data.fingerprint,
        "users": data.n_users,
        "items": data.n_items,
        "events": histories.n_events,
        "pairs": int(pairs),
        "density": pairs / (data.n_users * data.n_items) if data.n_users and data.n_items else None,
        "users_without_events": int((lengths == 0).sum()),
        "behaviors": [
            {"behavior": name, "weight": data.behaviors.get(name), "events": count}
            for name, count in zip(names, counts, strict=False)
        ],
        "from": _moment(times.min()) if times is not None and len(times) else None,
        "to": _moment(times.max()) if times is not None and len(times) else None,
        "interests_by": list(data.groupings()),
        "features": [
            {"column": c, "kind": features.kinds.get(c), "features": len(features.of_column(c))}
            for c in columns
            if features is not None
        ],
        "planted_truth": data.truth is not None,
        "rows": {
            "read": report.read,
            "kept": report.kept,
            "rejected": dict(report.rejected),
            "filtered": dict(report.filtered),
        },
        "warnings": list(report.warnings),
    }


def _page(said: dict[str, Any]) -> Page:
    plain = [
        "name", "users", "items", "events", "pairs", "density", "users_without_events", "from", "to", "planted_truth",
    ]  # fmt: skip
    rows: list[tuple[str, Any]] = [(name.replace("_", " "), said[name]) for name in plain if said[name] is not None]
    rows += [("interests by", ", ".join(said["interests_by"]))] if said["interests_by"] else []
    rows += [("rows read", said["rows"]["read"]), ("rows kept", said["rows"]["kept"])]
    for what in ("rejected", "filtered"):
        rows += [(f"rows {what}: {reason}", count) for reason, count in said["rows"][what].items()]
    rows.append(("fingerprint", said["fingerprint"]))
    tables = [Table(("data", "value"), rows, digits=6)]
    for title, key in (("Behaviors", "behaviors"), ("Item features", "features")):
        if said[key]:
            tables.append(Table(tuple(said[key][0]), [tuple(one.values()) for one in said[key]], title=title))
    flat = rows + [
        (f"{k}: {next(iter(one.values()))}: {name}", value)
        for k in ("behaviors", "features")
        for one in said[k]
        for name, value in list(one.items())[1:]
    ]
    return Page(
        tables, data=said, rows=Table(("fact", "value"), flat), notes=[f"warning: {w}" for w in said["warnings"]]
    )


def _moment(seconds: Any) -> str:
    try:
        return datetime.fromtimestamp(int(seconds), UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    except (OverflowError, ValueError, OSError):
        return f"{int(seconds)} s"
