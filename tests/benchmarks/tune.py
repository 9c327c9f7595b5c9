"""Settings of a recommender, chosen on a validation part of the training data; the test pairs are never looked at.

Run: python tests/benchmarks/tune.py CONFIG --model ease --grid l2=50,100,200,400 --set data.path=FOLDER
     python tests/benchmarks/tune.py CONFIG --model als --grid-file grid.toml --sample 20 --seeds 2 --folds 2

CONFIG gives the data, the split and the model's other settings (its first recommender with that id or ``use``; a model
that it does not name starts from its defaults). Each fold holds out another random fifth of every user's *training*
items (``--by last``: the latest item, one fold). Every combination of the grid is fitted on the rest with each seed;
the table has NDCG@10 and Recall@10 on what was held out, best first, and how far each lies behind the best with the
standard error of that difference over users. ``--test`` then fits the best settings on all training data and prints
the test figure: once, at the end. A grid file is a TOML table from setting to list of values.
"""

from __future__ import annotations

import argparse
import itertools
import json
import random
import sys
import time
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from judging import FIGURES, judged, loaded, validation
from page import markdown

from whyrec import FloatArray, Recommender, Registry, Split, WhyrecError
from whyrec.config.model import Config

Settings = dict[str, Any]


@dataclass
class Trial:
    """One combination: the mean over folds and seeds, fold by fold and user by user, or why there is none."""

    settings: Settings
    users: dict[str, FloatArray]
    by_run: list[float]
    seconds: float
    failed: str = ""

    @property
    def mean(self) -> float:
        return float(np.mean(self.by_run)) if self.by_run else float("-inf")


def parsed(text: str) -> tuple[str, list[Any]]:
    """``l2=50,100`` as a key and TOML values; what is no TOML is text."""
    key, sign, values = text.partition("=")
    if not sign or not values:
        raise argparse.ArgumentTypeError(f"{text!r} is not SETTING=VALUE,VALUE")
    try:
        return key, list(tomllib.loads(f"x = [{values}]")["x"])
    except tomllib.TOMLDecodeError:
        return key, values.split(",")


def combinations(grid: Mapping[str, list[Any]], sample: int | None, seed: int) -> list[Settings]:
    """All combinations, or a random ``sample`` of them, in the grid's order."""
    every = [dict(zip(grid, values, strict=True)) for values in itertools.product(*grid.values())]
    if sample is None or sample >= len(every):
        return every
    chosen = sorted(random.Random(seed).sample(range(len(every)), sample))
    return [every[place] for place in chosen]


def base_of(config: Config, model: str) -> tuple[str, Settings]:
    """The plugin's name and the settings that the config gives it."""
    for chosen in config.recommenders:
        if model in (chosen.id, chosen.use):
            return chosen.use, dict(chosen.settings)
    return model, {}


def tried(make: Any, settings: Settings, folds: list[Split], seeds: int, registry: Registry) -> Trial:
    """Fit and judge one combination on every fold with every seed."""
    users: dict[str, list[FloatArray]] = {name: [] for name in FIGURES}
    by_run: list[float] = []
    begun = time.perf_counter()
    try:
        for fold in folds:
            runs = []
            for seed in range(seeds):
                model: Recommender = make(settings)
                runs.append(judged(model.fit(fold.train, seed=seed), fold, registry))
                by_run.append(float(runs[-1]["ndcg@10"].mean()))
            for name in FIGURES:
                users[name].append(np.mean([run[name] for run in runs], axis=0))
    except (WhyrecError, FloatingPointError, np.linalg.LinAlgError) as error:
        return Trial(settings, {}, [], time.perf_counter() - begun, f"{type(error).__name__}: {error}"[:100])
    joined = {name: np.concatenate(parts) for name, parts in users.items()}
    return Trial(settings, joined, by_run, (time.perf_counter() - begun) / len(by_run))


def table(trials: list[Trial], grid: Mapping[str, list[Any]]) -> str:
    best = trials[0]
    rows = []
    for trial in trials:
        label = ", ".join(f"{key} = {trial.settings[key]}" for key in grid) or "as configured"
        if trial.failed:
            rows.append((label, trial.failed, "", "", ""))
            continue
        behind = best.users["ndcg@10"] - trial.users["ndcg@10"]
        error = behind.std(ddof=1) / np.sqrt(len(behind)) if trial is not best else 0.0
        spread = f"{trial.mean:.4f} ({min(trial.by_run):.4f}–{max(trial.by_run):.4f})"
        gap = "" if trial is best else f"{behind.mean():.4f} ± {error:.4f}"
        rows.append((label, spread, f"{trial.users['recall@10'].mean():.4f}", gap, f"{trial.seconds:.1f}"))
    return markdown(("settings", "NDCG@10 (lowest–highest run)", "Recall@10", "behind the best", "seconds a run"), rows)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("config", type=Path)
    parser.add_argument("--model", required=True, help="id or name of the recommender")
    parser.add_argument("--grid", type=parsed, action="append", default=[], metavar="SETTING=VALUE,VALUE")
    parser.add_argument("--grid-file", type=Path, help="TOML: setting = [values]")
    parser.add_argument("--fix", type=parsed, action="append", default=[], metavar="SETTING=VALUE")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="overrides of the config")
    parser.add_argument("--sample", type=int, help="try only so many combinations, drawn at random")
    parser.add_argument("--seeds", type=int, default=1, help="fits of each combination (seeds 0, 1, …)")
    parser.add_argument("--folds", type=int, default=1, help="validation splits (seeds 0, 1, …)")
    parser.add_argument("--by", choices=("random", "last"), default="random", help="how validation pairs are held out")
    parser.add_argument("--share", type=float, default=0.2)
    parser.add_argument("--test", action="store_true", help="at last, the best settings on the test pairs")
    parser.add_argument("--test-seeds", type=int, default=5)
    parser.add_argument("--json", type=Path, help="also write settings and figures here")
    asked = parser.parse_args()

    registry = Registry.discover()
    config, parts = loaded(asked.config, asked.set, registry)
    use, base = base_of(config, asked.model)
    base |= {key: values[0] for key, values in asked.fix}
    grid: dict[str, list[Any]] = dict(asked.grid)
    if asked.grid_file:
        grid |= tomllib.loads(asked.grid_file.read_text(encoding="utf-8"))
    folds = [
        validation(parts, by=asked.by, share=asked.share, seed=f)
        for f in range(1 if asked.by == "last" else asked.folds)
    ]
    trials = []
    for settings in combinations(grid, asked.sample, seed=0):
        trials.append(
            tried(lambda s: registry.make_recommender(use, **{**base, **s}), settings, folds, asked.seeds, registry)
        )
        print(f"{trials[-1].mean:.4f} {settings} {trials[-1].failed}", file=sys.stderr, flush=True)
    trials.sort(key=lambda trial: -trial.mean)
    held = f"{len(folds)} × {folds[0].how}, of the training data; {asked.seeds} seeds"
    print(f"**{use} on {parts.train.name}: validation by {held}**\n\n{table(trials, grid)}")
    result: dict[str, Any] = {
        "model": use,
        "base": base,
        "trials": [{"settings": t.settings, "ndcg@10": t.mean, "failed": t.failed} for t in trials],
    }
    if asked.test and not trials[0].failed:
        final = tried(
            lambda s: registry.make_recommender(use, **{**base, **s}),
            trials[0].settings,
            [parts],
            asked.test_seeds,
            registry,
        )
        spread = float(np.std(final.by_run, ddof=1)) if len(final.by_run) > 1 else 0.0
        print(f"\nTest pairs, {asked.test_seeds} seeds, {final.settings}: NDCG@10 {final.mean:.4f} ± {spread:.4f}")
        result["test"] = {"settings": final.settings, "ndcg@10": final.by_run}
    if asked.json:
        asked.json.write_text(json.dumps(result, indent=1, default=str), encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
