"""Squared Shapley error at equal numbers of coalitions: ours, shap's and shapiq's estimators on the same games.

Run: python tests/benchmarks/shapley_error.py --data FOLDER     (FOLDER: an ml-latest-small folder)

Two regimes: users with 8 to 14 players, exact by enumeration; users with 100 to 200 players, against a reference of
many antithetic permutations (--permutations, both directions counted), whose own squared error is told beside. Error is
‖φ̂ − φ‖² / ‖φ‖², per user the mean over K items, then the geometric mean over users and seeds; beside it the largest and
the smallest user. The empty and the full coalition are not counted, for anybody. Intervals are 1.96 standard errors,
with those of the reference; values known without error are left out of the coverage.

--compact prints one row for each estimator, one column for each budget. A last line tells the relative error
‖φ̂ − φ‖ / ‖φ‖ at 10n coalitions of the users nearest to 165 players.
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
from reference import by_permutations, games_of, squared_error

from whyrec import Explainer, FloatArray, Game, Recommender, Registry

Reference = tuple[FloatArray, FloatArray]
"""Shapley values and their standard errors, (K, n) each."""

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


def measure(
    registry: Registry, games: list[Game], exact: list[Reference], budgets: list[int], seeds: int
) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for budget in budgets:
        for name, make in estimators(registry, budget, min(g.n_players for g in games)).items():
            errors, covered, calls, begun = [], [], [], time.perf_counter()
            try:
                for game, (phi, doubt) in zip(games, exact, strict=True):
                    per_seed = []
                    for seed in range(seeds):
                        before = game.calls
                        found = make(game.n_players).explain(game.model, [game], seed=seed)
                        values = np.array([e.values for e in found])
                        per_seed.append(squared_error(values, phi))
                        calls.append((game.calls - before) / game.n_players)
                        if found[0].std_error is not None:
                            spread = np.array([e.std_error for e in found])
                            inside = np.abs(values - phi) <= 1.96 * np.hypot(spread, doubt)
                            covered.append(inside[spread > 1e-12 * np.abs(phi).max()])
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


def compact(title: str, rows: list[dict[str, object]], budgets: list[int]) -> str:
    """One row an estimator, one column a budget: the squared error, and for ours the coverage."""
    told = {(r["estimator"], r["budget"]): r for r in rows}
    cells = []
    for name in dict.fromkeys(r["estimator"] for r in rows):
        own = [told.get((name, b), {}) for b in budgets]
        errors = [f"{r['error']:.3g}" if "error" in r else "failed" for r in own]
        covers = [f"{r['coverage']:.0%}" for r in own if r.get("coverage") is not None]
        cells.append((name, *errors, " ".join(covers)))
    return f"**{title}**\n\n{markdown(('squared error', *(f'{b}n' for b in budgets), '95 % covers'), cells)}"


def relative_at_165(registry: Registry, model: Recommender, permutations: int, seeds: int, k: int) -> str:
    """What the issue asks of long histories, in one line: the relative error at 10n coalitions."""
    games = sorted(games_of(model, 100, 250, 10_000, k), key=lambda g: abs(g.n_players - 165))[:4]
    errors, doubts = [], []
    for game in games:
        phi, doubt = by_permutations(game, permutations, np.random.default_rng(99))
        size = (phi**2).sum(axis=1)
        doubts.append(float(((doubt**2).sum(axis=1) / size).mean()))
        for seed in range(seeds):
            found = registry.make_explainer("shapley", budget=10.0).explain(game.model, [game], seed=seed)
            errors.append(squared_error(np.array([e.values for e in found]), phi))
    lengths = ", ".join(str(g.n_players) for g in games)
    return (
        f"{model.name} at 10n coalitions, users with {lengths} players, K = {k}, {seeds} seeds: relative error "
        f"{np.exp(np.mean(np.log(errors)) / 2):.3f} ({min(errors) ** 0.5:.3f} to {max(errors) ** 0.5:.3f}), that of "
        f"the reference of {permutations:,} orders {np.mean(doubts) ** 0.5:.3f}."
    )


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
    parser.add_argument("--compact", action="store_true", help="budgets as columns")
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
        whole = registry.make_explainer("shapley")
        exact = [(np.array([e.values for e in whole.explain(model, [g])]), np.zeros(1)) for g in few]
        many = games_of(model, 100, 200, asked.large_users, asked.large_k)
        reference = [by_permutations(g, asked.permutations, np.random.default_rng(99)) for g in many]
        for label, games, phi in (("8 to 14 players", few, exact), ("100 to 200 players", many, reference)):
            if not games:
                continue
            print(f"{name}, {label}, {len(games)} users", file=sys.stderr)
            rows = measure(registry, games, phi, asked.budgets, asked.seeds)
            size = f"{len(games)} users with {label}, K = {len(games[0].items)}, {asked.seeds} seeds"
            doubt = np.mean([((d**2).sum(axis=-1) / (p**2).sum(axis=1)).mean() for p, d in phi])
            size += f"; squared error of the reference {doubt:.2g}" if doubt > 0 else "; exact by enumeration"
            made = compact(f"{name}: {size}", rows, asked.budgets) if asked.compact else table(f"{name}: {size}", rows)
            tables.append(made)
            print(tables[-1], flush=True)
            everything[f"{name}, {label}"] = rows
            if asked.json:  # after each, so that a long run leaves what it has
                asked.json.write_text(json.dumps(everything, indent=1), encoding="utf-8")
        if not name.startswith("interactions"):
            tables.append(relative_at_165(registry, model, asked.permutations, asked.seeds, asked.large_k))
            print(tables[-1], flush=True)
    if asked.page:
        put(asked.page, asked.block, tables, ("shap", "shapiq"))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
