"""Memory and time of item-to-item models on a catalog of 100,000 items, where a dense matrix would need 75 GiB.

Run: python tests/benchmarks/large_catalog.py [--items 100000 --users 100000 --events 30] [--page docs/benchmarks.md]

Made events: items lie in groups of 200, users in two groups each; within a group, and over all, few items are popular.
A tenth of each user's items is held out. Each model is fitted in a process of its own, whose peak is printed; *hit@10*
is the share of 2,000 users with a held-out item among their 10 best, so that a model that fits in the memory by
learning nothing would show.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
from page import markdown, put

from whyrec import Catalog, CleaningReport, Dataset, Histories, Index, Registry, UnsupportedError, split

MODELS = ("popular", "item-knn", "sparse-ease", "als", "ease")
_GROUP = 200


def made(users: int, items: int, events: int, seed: int) -> Dataset:
    """Users with a geometric number of events, ``events`` on average, nine in ten of them within their two groups."""
    rng = np.random.default_rng(seed)
    lengths = 2 + rng.geometric(1.0 / events, users)
    rows = np.repeat(np.arange(users), lengths)
    groups = np.minimum((rng.random((users, 2)) ** 1.5 * (items // _GROUP)).astype(np.int64), items // _GROUP - 1)
    own = groups[rows, rng.integers(2, size=len(rows))] * _GROUP + (rng.random(len(rows)) ** 2 * _GROUP).astype(
        np.int64
    )
    anywhere = np.minimum((rng.random(len(rows)) ** 3 * items).astype(np.int64), items - 1)
    pairs = np.unique(rows * items + np.where(rng.random(len(rows)) < 0.9, own, anywhere))
    histories = Histories.from_events(pairs // items, pairs % items, np.ones(len(pairs)), n_rows=users, n_items=items)
    index = Index(tuple(f"i{j}" for j in range(items)))
    return Dataset("made", Index(tuple(f"u{u}" for u in range(users))), Catalog(index), histories, CleaningReport(0, 0))


def peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def measured(name: str, data: Dataset) -> dict[str, float | str]:
    parts = split(data, by="random", share=0.1, seed=1)
    model = Registry.discover().make_recommender(name)
    before, begun = peak(), time.perf_counter()
    try:
        model.fit(parts.train, seed=1)
    except UnsupportedError as error:
        return {"model": name, "refused": error.message}
    seconds = time.perf_counter() - begun
    rows = np.flatnonzero(np.diff(parts.test.indptr) > 0)[:2000].astype(np.int64)
    begun = time.perf_counter()
    top = model.top(parts.train.histories.take(rows), 10).items
    ranked = time.perf_counter() - begun
    hits = np.asarray(parts.test[np.repeat(rows, 10), top.ravel()]).reshape(top.shape)
    return {
        "model": name,
        "data": before,
        "peak": peak(),
        "fit": seconds,
        "rank": ranked / len(rows) * 1e3,
        "hit": float(hits.any(axis=1).mean()),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--items", type=int, default=100_000)
    parser.add_argument("--users", type=int, default=100_000)
    parser.add_argument("--events", type=int, default=30)
    parser.add_argument("--models", nargs="+", default=list(MODELS))
    parser.add_argument("--one", help=argparse.SUPPRESS)
    parser.add_argument("--page", type=Path, help="a page whose block large-catalog is rewritten")
    asked = parser.parse_args()
    if asked.one:
        data = made(asked.users, asked.items, asked.events, seed=0)
        print(json.dumps({**measured(asked.one, data), "events": data.histories.n_events}))
        return 0
    rows: list[tuple[str, ...]] = []
    size = ["--items", str(asked.items), "--users", str(asked.users), "--events", str(asked.events)]
    for name in asked.models:
        command = [sys.executable, __file__, *size, "--one", name]
        found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        if "refused" in found:
            rows.append((name, found["refused"], "", "", "", ""))
            continue
        figures = (f"{found['data']:.2f}", f"{found['peak']:.2f}", f"{found['fit']:.0f}", f"{found['rank']:.1f}")
        rows.append((name, *figures, f"{found['hit']:.3f}"))
        print(rows[-1], file=sys.stderr, flush=True)
    heads = ("model", "peak with the data, GB", "peak after fit and ranking, GB", "fit, s", "rank a user, ms", "hit@10")
    table = f"**{asked.items:,} items, {asked.users:,} users, {found['events']:,} events**\n\n{markdown(heads, rows)}"
    print(table)
    if asked.page:
        put(asked.page, "large-catalog", [table])
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
