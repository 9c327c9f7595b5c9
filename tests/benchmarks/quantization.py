"""Smaller models: size, NDCG@10 and agreement of explanations before and after float16 and int8, in one table.

Run: python tests/benchmarks/quantization.py CONFIG --set data.path=FOLDER [--explainer shapley] [--users 50] [--check]

CONFIG gives the data, the split and the recommenders; --also adds others. Every one is fitted, saved as it is, as
float16 and as int8, and loaded again. Size is that of the arrays' file. Explained is each user's best item by the
whole model; agreement is the mean share of the five history items of the highest value that a smaller model's
explanation, of the same item and by the same draws, has in common with the whole one's. --check fails if int8 takes
over 30 % or loses over 1 % of NDCG.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from judging import judged, loaded
from page import markdown, put

from whyrec import FloatArray, Game, IntArray, Recommender, Registry, Split, games_for, load_model
from whyrec.saved_manifest import read_manifest

DTYPES: tuple[Any, ...] = (None, "float16", "int8")
BEST = 5
MOST_SIZE, MOST_LOSS = 0.30, 0.01


def values_of(
    model: Recommender, users: IntArray, items: IntArray, explainer: str, registry: Registry
) -> list[FloatArray]:
    """The values of each user's history items for the user's item."""
    games: list[Game] = games_for(model, model.data.histories.take(users), items[:, None], rows=users)
    return [e.values for e in registry.make_explainer(explainer).explain(model, games, seed=0)]


def agreement(first: list[FloatArray], second: list[FloatArray]) -> float:
    """Mean share of the highest values in common; ties by place."""
    shares = []
    for a, b in zip(first, second, strict=True):
        best = [set(np.argsort(-v, kind="stable")[:BEST]) for v in (a, b)]
        shares.append(len(best[0] & best[1]) / len(best[0]))
    return float(np.mean(shares))


def measured(
    model: Recommender, parts: Split, users: IntArray, explainer: str, registry: Registry
) -> list[dict[str, Any]]:
    """A row for each dtype."""
    items = model.top(parts.train.histories.take(users), 1).items[:, 0]
    rows: list[dict[str, Any]] = []
    whole: list[FloatArray] = []
    with tempfile.TemporaryDirectory() as folder:
        for dtype in DTYPES:
            kept = model.save(Path(folder) / str(dtype), registry=registry, dtype=dtype)
            small = load_model(kept, parts.train, registry=registry)
            values = values_of(small, users, items, explainer, registry)
            whole = whole or values
            rows.append(
                {
                    "bytes": read_manifest(kept).arrays.bytes,
                    "ndcg": float(judged(small, parts, registry)["ndcg@10"].mean()),
                    "agreement": agreement(whole, values),
                }
            )
    return rows


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("config", type=Path)
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="overrides of the config")
    parser.add_argument("--also", action="append", default=[], metavar="NAME", help="a further recommender")
    parser.add_argument("--explainer", default="shapley")
    parser.add_argument("--users", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--page", type=Path, help="put the table into this page's block 'quantization'")
    asked = parser.parse_args()

    registry = Registry.discover()
    config, parts = loaded(asked.config, asked.set, registry)
    lengths = np.diff(parts.train.histories.interest.indptr)
    able = np.flatnonzero(lengths > BEST)
    users = np.sort(np.random.default_rng(asked.seed).choice(able, min(asked.users, len(able)), replace=False))
    table, failed = [], []
    wanted = [(c.id, c.use, dict(c.settings)) for c in config.recommenders] + [(n, n, {}) for n in asked.also]
    for name, use, settings in wanted:
        model = registry.make_recommender(use, **settings).fit(parts.train, seed=asked.seed)
        rows = measured(model, parts, users.astype(np.int64), asked.explainer, registry)
        for dtype, row in zip(DTYPES, rows, strict=True):
            share, loss = row["bytes"] / rows[0]["bytes"], 1.0 - row["ndcg"] / rows[0]["ndcg"]
            cells = (
                f"{row['bytes']:,}",
                f"{share:.1%}",
                f"{row['ndcg']:.4f}",
                f"{loss:+.2%}",
                f"{row['agreement']:.2f}",
            )
            table.append((f"`{name}`, {dtype or 'as trained'}", *cells))
            print(*table[-1], sep="  ", flush=True)
            if dtype == "int8" and (share > MOST_SIZE or loss > MOST_LOSS):
                failed.append(name)
    heads = ("model", "bytes", "size", "NDCG@10", "NDCG lost", f"top-{BEST} in common")
    print(text := markdown(heads, table))
    if asked.page:
        put(asked.page, "quantization", [text])
    if asked.check and failed:
        print(f"int8 takes over {MOST_SIZE:.0%} or loses over {MOST_LOSS:.0%}: {', '.join(failed)}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
