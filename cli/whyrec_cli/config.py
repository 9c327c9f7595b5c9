"""``whyrec config``: what a config would do, before anything is done."""

from __future__ import annotations

import click

from whyrec_cli.output import Page, Table
from whyrec_cli.request import Request, chosen_recommender, load_data, request


@click.group("config")
def command() -> None:
    """Check a config."""


@command.command("check")
@request()
def check(asked: Request) -> None:
    """Say what a config would do: each recommender, and each explanation cell, planned or skipped and why.

    The data are read, nothing is trained. Exit 2 if the config cannot be followed.
    """
    from whyrec.comparison.plan import plan

    config = asked.config()
    chosen_recommender(config, None)
    data = load_data(config)
    cells = plan(config, data)
    plugins = [("dataset", config.data), *(("recommender", r) for r in config.recommenders)]
    plugins += [*(("explainer", e) for e in config.explainers), *(("metric", m) for m in config.metrics)]
    used = Table(
        ("section", "id", "plugin", "settings"),
        [(kind, c.id, c.use, ", ".join(f"{k} = {v}" for k, v in c.settings.items())) for kind, c in plugins],
        title=f"{config.source}: fine",
        keep=2,
    )
    columns = ("recommender", "explainer", "players", "state", "reason")
    rows = [tuple(getattr(c, name) for name in columns) for c in cells]
    planned = sum(c.state == "planned" for c in cells)
    notes = [
        f"data: {data.n_users} users, {data.n_items} items, {data.histories.n_events} events",
        f"{planned} cells planned, {len(cells) - planned} skipped; {config.run.users} users, {config.run.k} items each",
    ]
    asked.answer(
        Page(
            [used, Table(columns, rows, title="Cells", keep=3)] if rows else [used],
            data={
                "source": config.source,
                "config": config.raw,
                "run": config.run.model_dump(),
                "plugins": used.records(),
                "cells": [dict(zip(columns, row, strict=True)) for row in rows],
            },
            rows=Table(columns, rows),
            notes=notes,
        )
    )
