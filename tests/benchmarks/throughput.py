"""Explanations a second for every explainer × recommender, and the share of that time spent inside the model.

Run: make bench            (or: python tests/benchmarks/throughput.py --users 50 --k 10 --rounds 3)

Each pair is timed several times on the same games; the median is printed with the smallest and largest. Memory is
the process's peak after all pairs.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import sys
import time
from pathlib import Path

import numpy as np
from page import markdown, put

from whyrec import Recommender, Registry, games_for
from whyrec.comparison.run import prepare
from whyrec.config.load import load_config


def measure(model: Recommender, explainer: object, users: np.ndarray, k: int, rounds: int) -> dict[str, object]:
    """One pair: explanations a second over the rounds, the model's share of the time, model calls a user."""
    histories = model.data.histories.take(users)
    items = model.top(histories, k).items
    rates, shares, calls = [], [], 0.0
    for _ in range(rounds):
        games = games_for(model, histories, items, rows=users)
        begun = time.perf_counter()
        found = explainer.explain(model, games, seed=1)  # type: ignore[attr-defined]
        seconds = time.perf_counter() - begun
        rates.append(len(found) / seconds)
        shares.append(sum(g.model_seconds for g in games) / seconds)
        calls = float(np.mean([g.calls for g in games]))
    return {
        "per_second": statistics.median(rates),
        "low": min(rates),
        "high": max(rates),
        "model_share": statistics.median(shares),
        "calls": calls,
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--config", type=Path, help="a config; default the storefront")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    parser.add_argument("--users", type=int, default=30)
    parser.add_argument("--k", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path, help="also write the figures here")
    parser.add_argument("--page", type=Path, help="a page whose block throughput is rewritten")
    asked = parser.parse_args()

    registry = Registry.discover()
    config = load_config(asked.config, overrides=asked.set, registry=registry)
    train = prepare(config).train
    users = np.flatnonzero(np.diff(train.histories.indptr) > 0)[: asked.users].astype(np.int64)
    rows = []
    for chosen in config.recommenders:
        model = chosen.instance.fit(train, seed=config.run.seed)
        for explainer in config.explainers:
            if explainer.use == "search" or explainer.instance.refuses(model, "history"):
                continue  # a search is a ceiling for one figure, not an explanation
            found = measure(model, explainer.instance, users, asked.k, asked.rounds)
            rows.append({"recommender": chosen.id, "explainer": explainer.id, **found})
            print(f"{chosen.id} × {explainer.id}", file=sys.stderr)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    size = f"{len(users)} users × {asked.k} items, players history, {asked.rounds} rounds"
    cells = [
        (
            f"{r['recommender']} × {r['explainer']}",
            *(f"{r[c]:,.0f}" for c in ("per_second", "low", "high")),
            f"{r['model_share']:.0%}",
            f"{r['calls']:,.0f}",
        )
        for r in rows
    ]
    heads = ("recommender × explainer", "explanations/s", "low", "high", "in the model", "coalitions a user")
    table = f"**{size}; peak memory {peak:.2f} GB**\n\n{markdown(heads, cells)}"
    print(table)
    if asked.page:
        put(asked.page, "throughput", [table], ("shap", "lime", "tensorflow"))
    if asked.json:
        asked.json.write_text(json.dumps({"rows": rows, "peak_gb": peak}, indent=1), encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
