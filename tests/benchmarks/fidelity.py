"""Fidelity of the bundled explainers on three models over the real data sets, between floor and ceiling.

Run: python tests/benchmarks/fidelity.py --data FOLDER [FOLDER …]     (MovieLens or MovieTweetings folders)

The settings are docs/examples/fidelity.toml; each folder takes the place of its ``data.path``. Sixty users a folder
take about ten minutes in all on one core; most of that is the ceilings.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

from page import markdown, put

from whyrec import Comparison, Registry, compare, load_config

ROOT = Path(__file__).parents[2]
FIGURES = ("lxr11.del", "lxr11.ins", "lxr11.ndcg", "lxr11.pos@10", "cf10.pos@5")


def table(name: str, found: Comparison) -> str:
    """One row for each explainer of each model: normalized fidelity with its interval, coalitions and seconds."""
    rows = []
    for cell in found.cells:
        if cell.role == "ceiling":
            continue
        label = f"{cell.recommender} × {cell.explainer}"
        if cell.state != "done":
            rows.append((label, cell.reason or cell.state, *[""] * (len(FIGURES) + 1)))
            continue
        figures = []
        for figure in FIGURES:
            one = cell.normalized.get(figure)
            shown = one is not None and one.mean is not None and one.low is not None and one.high is not None
            figures.append(f"{one.mean:.3f} ({one.low:.3f}–{one.high:.3f})" if shown else "")  # type: ignore[union-attr]
        calls = "" if cell.model_calls is None else f"{cell.model_calls:,.0f}"
        rows.append((label, *figures, calls, "" if cell.seconds is None else f"{cell.seconds:.2f}"))
    facts = found.data
    size = f"{facts['users']} users, {facts['items']} items, {facts['explained_users']} explained"
    return f"**{name}: {size}**\n\n{markdown(('model × explainer', *FIGURES, 'coalitions', 'seconds'), rows)}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, nargs="+", required=True)
    parser.add_argument("--users", type=int, default=60, help="how many users are explained, of each folder")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--page", type=Path, help="a page whose block is rewritten")
    parser.add_argument("--block", default="fidelity", help="the name of the block")
    asked = parser.parse_args()
    tables, results = [], {}
    for folder in asked.data:
        registry = Registry.discover()
        overrides = [f'data.path="{folder.resolve()}"', f"run.users={asked.users}", *asked.set]
        begun = time.perf_counter()
        config = load_config(ROOT / "docs" / "examples" / "fidelity.toml", overrides=overrides, registry=registry)
        found = compare(config, registry, progress=lambda share, text: print(f"{share:.0%} {text}", file=sys.stderr))
        print(f"{folder.name}: {time.perf_counter() - begun:.0f} s", file=sys.stderr)
        tables.append(table(folder.name, found))
        results[folder.name] = found.to_dict()
        print(tables[-1], flush=True)
        if asked.json:
            asked.json.write_text(json.dumps(results, indent=1), encoding="utf-8")
    if asked.page:
        put(asked.page, asked.block, tables, ("shap", "lime", "tensorflow"))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
