"""Less of this: how much of an interest's share is gone from the next ten items once a user wants less of it.

Run: python tests/benchmarks/feedback.py --data FOLDER/ml-latest-small [--page docs/benchmarks.md] [--check]

100 random users of the storefront and of MovieLens (with an event and an interest in their list), each of four models.
Said is "less" of the interest with the largest share of the user's ten best items (an item with several interests
counts in equal parts; ties by name); measured is its share before and after, at once and without a refit. Then the
piece is taken back, and the list must be the first one, to the last digit. --check fails if less than 80 % is gone on
average.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import numpy as np
from page import markdown, put

from whyrec import Dataset, FloatArray, Recommender, Registry
from whyrec.feedback.effect import Effect, shares
from whyrec.feedback.said import Said

MODELS: dict[str, dict[str, object]] = {
    "content": {},
    "ease": {},
    "als": {},
    "deep-embedding": {"tower": "history", "size": 64, "epochs": 15, "learning_rate": 0.001},
}
K, LEAST = 10, 0.8
HEADS = ("data, model", "users", "share before", "share after", "gone", "worst tenth", "under 80 %", "ms a list")


def worlds(folder: Path | None, registry: Registry) -> list[Dataset]:
    """The made storefront, and MovieLens where it is at hand."""
    found = [registry.make_dataset("storefront").load(seed=7)]
    if folder is not None:
        found.append(registry.make_dataset("movielens", path=folder, min_rating=4.0).load(seed=7))
    return found


def measured(model: Recommender, users: int, seed: int) -> tuple[FloatArray, float]:
    """(n, 2) shares before and after, and the milliseconds that a list takes."""
    data = model.data
    by = data.interest_by or data.groupings()[0]
    rows = np.random.default_rng(seed).permutation(np.flatnonzero(np.diff(data.histories.indptr)))
    found, spent, lists = [], 0.0, 0
    for row in rows.tolist():
        if len(found) == users:
            break
        history = data.histories.take(np.array([row]))
        plain = Effect().top(model, history, K)
        own = shares(data, plain.items[0], by)
        if not own:
            continue
        interest = max(sorted(own), key=lambda value: own[value])
        said = Said(data.users[row], "interest", "less", interest, by)
        begun = time.perf_counter()
        after = Effect.of([said], data).top(model, history, K)
        spent, lists = spent + time.perf_counter() - begun, lists + 1
        found.append((own[interest], shares(data, after.items[0], by).get(interest, 0.0)))
        again = Effect.of([], data).top(model, history, K)
        if not (np.array_equal(again.items, plain.items) and np.array_equal(again.scores, plain.scores)):
            raise SystemExit(f"{model.name}: taking it back gives another list for user {data.users[row]!r}")
    return np.array(found), 1000 * spent / max(1, lists)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="the folder of ml-latest-small; without it only the storefront")
    parser.add_argument("--models", nargs="+", default=list(MODELS), choices=list(MODELS))
    parser.add_argument("--users", type=int, default=100)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--page", type=Path, help="write the table into this page's block 'feedback'")
    parser.add_argument("--check", action="store_true", help="exit 1 if less than 80 % is gone")
    asked = parser.parse_args()
    registry = Registry.discover()
    rows, least = [], 1.0
    for data in worlds(asked.data, registry):
        for name in asked.models:
            model = registry.make_recommender(name, **MODELS[name]).fit(data, seed=asked.seed)
            found, spent = measured(model, asked.users, asked.seed)
            before, after = found.T
            gone = 1.0 - after / before
            least = min(least, float(gone.mean()))
            parts = [f"{x:.1%}" for x in (before.mean(), after.mean(), gone.mean(), np.quantile(gone, 0.1))]
            row = (f"{data.name}, {name}", len(found), *parts, int((gone < LEAST).sum()), f"{spent:.1f}")
            rows.append(row)
            print(*row, sep="\t", flush=True)
    table = markdown(HEADS, rows)
    print(table)
    if asked.page:
        put(asked.page, "feedback", [table])
    if asked.check and least < LEAST:
        sys.exit(f"only {least:.1%} is gone on average")


if __name__ == "__main__":
    main()
