"""Squared Shapley error at equal numbers of coalitions: ours, shap's and shapiq's estimators on the same games.

Run: python tests/benchmarks/shapley_error.py --data FOLDER     (FOLDER: an ml-latest-small folder)

Two regimes: users with 8 to 14 players, exact by enumeration; users with 100 to 200 players, against a reference of
many antithetic permutations (--permutations, both directions counted). Error is ‖φ̂ − φ‖² / ‖φ‖², per user the mean
over K items, then the geometric mean over users and seeds; beside it the largest and the smallest user. The empty
and the full coalition are not counted, for anybody.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from page import markdown, put

from whyrec import Explainer, FloatArray, Game, Recommender, Registry, games_for

PEERS = ("kernel", "kernel-paired", "unbiased-kernel", "permutation", "stratified", "svarm", "owen", "k-add")


MANY = 100
"""From this number of players kADD-SHAP is left out: its least squares have n²/2 columns, minutes for a game."""


def estimators(registry: Registry, budget: int, players: int) -> dict[str, Callable[[int], Explainer]]:
    """Name → the explainer at ``budget``·n coalitions; ``players``: how many the games have at least."""
    make = registry.make_explainer
    known: dict[str, Callable[[int], Explainer]] = {
        "whyrec shapley": lambda n: make("shapley", budget=float(budget), exact_below=1),
        "whyrec leverage": lambda n: make("shapley", budget=float(budget), exact_below=1, method="leverage"),
        "shap kernel": lambda n: make("shap", samples=budget * n, exact_below=0),
        "shap permutation": lambda n: make("shap", samples=budget * n, exact_below=0, method="permutation"),
    }
    for method in (m for m in PEERS if m != "k-add" or players < MANY):
        known[f"shapiq {method}"] = lambda n, m=method: make("shapiq", method=m, budget=float(budget))  # type: ignore[misc]
    return known


def by_permutations(game: Game, permutations: int, rng: np.random.Generator) -> FloatArray:
    """(K, n) mean marginal contributions over random orders, each walked both ways (Mitchell et al. 2022)."""
    n, k = game.n_players, len(game.items)
    total = np.zeros((n, k))
    block = max(1, 200_000 // (n + 1) // n)
    done = 0
    while done < permutations:
        orders = rng.permuted(np.tile(np.arange(n), (max(1, block // 2), 1)), axis=1)
        orders = np.concatenate([orders, orders[:, ::-1]])
        place = np.argsort(orders, axis=1)
        walk = place[:, None, :] < np.arange(n + 1)[None, :, None]
        values = game.values(walk.reshape(-1, n)).reshape(len(orders), n + 1, k)
        total += np.take_along_axis(np.diff(values, axis=1), place[:, :, None], axis=1).sum(axis=0)
        done += len(orders)
    return (total / done).T


def games_of(model: Recommender, low: int, high: int, users: int, k: int) -> list[Game]:
    lengths = np.diff(model.data.histories.interest.indptr)
    chosen = np.flatnonzero((lengths >= low) & (lengths <= high))
    chosen = chosen[np.linspace(0, len(chosen) - 1, min(users, len(chosen))).astype(int)]
    histories = model.data.histories.take(chosen)
    return games_for(model, histories, model.top(histories, k).items, rows=chosen)


def squared_error(found: FloatArray, exact: FloatArray) -> float:
    return float((((found - exact) ** 2).sum(axis=1) / (exact**2).sum(axis=1)).mean())


def measure(
    registry: Registry, games: list[Game], exact: list[FloatArray], budgets: list[int], seeds: int
) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for budget in budgets:
        for name, make in estimators(registry, budget, min(g.n_players for g in games)).items():
            errors, covered, calls, begun = [], [], [], time.perf_counter()
            try:
                for game, phi in zip(games, exact, strict=True):
                    per_seed = []
                    for seed in range(seeds):
                        before = game.calls
                        found = make(game.n_players).explain(game.model, [game], seed=seed)
                        values = np.array([e.values for e in found])
                        per_seed.append(squared_error(values, phi))
                        calls.append((game.calls - before) / game.n_players)
                        if found[0].std_error is not None:
                            spread = np.array([e.std_error for e in found])
                            covered.append((np.abs(values - phi) <= 1.96 * spread).ravel())
                    errors.append(float(np.exp(np.mean(np.log(np.array(per_seed) + 1e-300)))))
            except Exception as error:  # noqa: BLE001  a peer's estimator may fail on a size: the table says so
                rows.append({"estimator": name, "budget": budget, "failed": f"{type(error).__name__}: {error}"[:80]})
                continue
            rows.append(
                {
                    "estimator": name,
                    "budget": budget,
                    "error": float(np.exp(np.mean(np.log(errors)))),
                    "low": min(errors),
                    "high": max(errors),
                    "root_mean": float(np.sqrt(np.mean(errors))),
                    "calls_per_player": float(np.mean(calls)),
                    "coverage": float(np.mean(np.concatenate(covered))) if covered else None,
                    "seconds": time.perf_counter() - begun,
                }
            )
            print(f"  {budget}n {name}: {rows[-1]['error']:.3g}", file=sys.stderr)
    return rows


HEADS = ("estimator", "coalitions", "squared error", "smallest user", "largest user", "× ours", "95 % covers")


def table(title: str, rows: list[dict[str, object]]) -> str:
    ours = {r["budget"]: r["error"] for r in rows if r["estimator"] == "whyrec shapley" and "error" in r}
    cells = []
    for r in rows:
        if "failed" in r:
            cells.append((r["estimator"], f"{r['budget']}n", r["failed"], "", "", "", ""))
            continue
        cover = "" if r["coverage"] is None else f"{r['coverage']:.1%}"
        ratio = f"{float(r['error']) / float(ours[r['budget']]):,.3g}" if r["budget"] in ours else ""  # type: ignore[arg-type]
        errors = (f"{r[c]:.3g}" for c in ("error", "low", "high"))
        cells.append((r["estimator"], f"{r['budget']}n", *errors, ratio, cover))
    return f"**{title}**\n\n{markdown(HEADS, cells)}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--models", nargs="+", default=["deep-embedding", "als", "interactions-2", "interactions-3"])
    parser.add_argument("--budgets", nargs="+", type=int, default=[4, 8, 16, 32])
    parser.add_argument("--users", type=int, default=20)
    parser.add_argument("--large-users", type=int, default=4)
    parser.add_argument("--permutations", type=int, default=20_000)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--k", type=int, default=10)
    parser.add_argument("--large-k", type=int, default=2, help="items a user in the second regime: some peers are slow")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--page", type=Path, help="a page whose block is rewritten")
    parser.add_argument("--block", default="shapley-error", help="the name of the block")
    asked = parser.parse_args()
    registry = Registry.discover()
    everything: dict[str, object] = {}
    tables: list[str] = []
    for name in asked.models:
        if name.startswith("interactions"):
            order = int(name.partition("-")[2] or 2)
            data = registry.make_dataset("planted", world="interactions", order=order).load(seed=1)
            model = registry.make_recommender("oracle").fit(data, seed=1)
        else:
            data = registry.make_dataset("movielens", path=asked.data).load(seed=1)
            model = registry.make_recommender(name).fit(data, seed=1)
        few = games_of(model, 8, 14, asked.users, asked.k)
        exact = [np.array([e.values for e in registry.make_explainer("shapley").explain(model, [g])]) for g in few]
        many = games_of(model, 100, 200, asked.large_users, asked.large_k)
        reference = [by_permutations(g, asked.permutations, np.random.default_rng(99)) for g in many]
        for label, games, phi in (("8 to 14 players", few, exact), ("100 to 200 players", many, reference)):
            if not games:
                continue
            print(f"{name}, {label}, {len(games)} users", file=sys.stderr)
            rows = measure(registry, games, phi, asked.budgets, asked.seeds)
            size = f"{len(games)} users with {label}, K = {len(games[0].items)}, {asked.seeds} seeds"
            tables.append(table(f"{name}: {size}", rows))
            print(tables[-1], flush=True)
            everything[f"{name}, {label}"] = rows
            if asked.json:  # after each, so that a long run leaves what it has
                asked.json.write_text(json.dumps(everything, indent=1), encoding="utf-8")
    if asked.page:
        put(asked.page, asked.block, tables, ("shap", "shapiq"))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
