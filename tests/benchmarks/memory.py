"""Memory and time of explaining many users on a large linear model, beyond the model itself.

Run: python tests/benchmarks/memory.py     (--users 10000 --items 10000 --k 10)

EASE on a made storefront; every user's k best items are explained by ``weights`` and by ``shapley``. *Beyond the model*
is the growth of the process's peak over what it held once the model was fitted.
"""

from __future__ import annotations

import argparse
import resource
import time
from pathlib import Path

import numpy as np
from page import markdown, put

from whyrec import Registry, games_for


def held() -> float:
    """GB that the process holds now."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 2**20
    return 0.0


def peak() -> float:
    """GB that the process held at its highest."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def forget_peak() -> None:
    """Start the kernel's high-water mark anew (Linux)."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def high_water() -> float:
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 2**20
    return peak()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--users", type=int, default=10_000)
    parser.add_argument("--items", type=int, default=10_000)
    parser.add_argument("--k", type=int, default=10)
    parser.add_argument("--page", type=Path, help="a page whose block memory is rewritten")
    asked = parser.parse_args()
    registry = Registry.discover()
    data = registry.make_dataset("storefront", users=asked.users, items=asked.items).load(seed=1)
    model = registry.make_recommender("ease").fit(data, seed=1)
    rows = []
    for name in ("weights", "shapley"):
        forget_peak()
        before, begun = held(), time.perf_counter()
        items = model.top(data.histories, asked.k).items
        games = games_for(model, data.histories, items, rows=np.arange(data.n_users))
        found = registry.make_explainer(name).explain(model, games, seed=1)
        seconds = time.perf_counter() - begun
        rows.append((name, f"{len(found):,}", f"{before:.2f}", f"{high_water() - before:.2f}", f"{seconds:.1f}"))
        del items, games, found
    heads = ("explainer", "explanations", "held before, GB", "beyond the model, GB", "seconds")
    size = (
        f"{data.n_users:,} users × {asked.k} items, EASE on {data.n_items:,} items, {data.histories.n_events:,} events"
    )
    table = f"**{size}; peak of the process with fitting {peak():.2f} GB**\n\n{markdown(heads, rows)}"
    print(table)
    if asked.page:
        put(asked.page, "memory", [table])
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
