"""Running a comparison: each model fitted once, each cell done, skipped or failed; a failure spoils only itself."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import metadata

import numpy as np

from whyrec.comparison.interval import by_user, figure
from whyrec.comparison.plan import Cell, plan
from whyrec.comparison.result import Comparison, Fitted
from whyrec.config.model import Chosen, ChosenExplainer, Config
from whyrec.data.splits import split
from whyrec.dataset import Dataset, Split
from whyrec.explanation import Explanation
from whyrec.game import Game, games_for
from whyrec.metric import Evidence, Metric, Ranking, RankingMetric
from whyrec.ranking import Recommendations
from whyrec.recommender import Recommender
from whyrec.registry import Registry
from whyrec.types import IntArray

Progress = Callable[[float, str], None]


@dataclass(frozen=True)
class _Scene:
    """What all cells share: the settings, the data, and who is explained."""

    config: Config
    split: Split
    users: IntArray
    metrics: tuple[Metric, ...]
    rankings: tuple[RankingMetric, ...]


def prepare(config: Config) -> Split:
    """Load the data of a config and split them. Raises DataError, ConfigError."""
    data = config.data.instance.load(seed=config.run.seed)
    return split(data, **{"seed": config.run.seed, **config.split})


def compare(config: Config, registry: Registry, *, progress: Progress | None = None) -> Comparison:
    """Run every planned cell of a config.

    Raises
    ------
    InputError
        for data or a split that cannot be used. Whatever a plugin does wrong ends as a failed cell instead.
    """
    tell = progress or (lambda share, text: None)
    tell(0.0, f"loading {config.data.use}")
    parts = prepare(config)
    cells = plan(config, parts.train)
    scene = _scene(config, parts)
    result = Comparison(
        config=config.raw,
        versions=_versions(config, registry),
        seed=config.run.seed,
        data=_facts(parts, scene),
        recommenders=[Fitted(r.id, r.use) for r in config.recommenders],
        cells=cells,
        better={m.name: m.better for metric in config.metrics for m in metric.instance.measures()},
    )
    steps = len(config.recommenders) + sum(c.state == "planned" for c in cells)
    done = 0
    for chosen, fitted in zip(config.recommenders, result.recommenders, strict=True):
        own = [c for c in cells if c.recommender == chosen.id and c.state == "planned"]
        tell(done / steps, f"fitting {chosen.id}")
        model = _fit(chosen, fitted, scene, lambda share, text, d=done: tell((d + share) / steps, text))  # type: ignore[misc]
        done += 1
        for cell in own:
            tell(done / steps, f"{cell.explainer} on {cell.recommender}, players {cell.players}")
            if model is None:
                cell.state, cell.reason = "failed", f"{chosen.id} could not be fitted: {fitted.reason}"
            else:
                _run_cell(cell, model, _explainer(config, cell), scene)
            done += 1
    tell(1.0, "done")
    return result


def _scene(config: Config, parts: Split) -> _Scene:
    lengths = np.diff(parts.train.histories.indptr)
    known = np.flatnonzero(lengths > 0)
    rng = np.random.default_rng(config.run.seed)
    users = np.sort(rng.choice(known, min(config.run.users, len(known)), replace=False)).astype(np.int64)
    chosen = [m.instance for m in config.metrics]
    return _Scene(
        config,
        parts,
        users,
        tuple(m for m in chosen if isinstance(m, Metric)),
        tuple(m for m in chosen if isinstance(m, RankingMetric)),
    )


def _fit(chosen: Chosen, fitted: Fitted, scene: _Scene, progress: Progress) -> Recommender | None:
    """Fit one model and judge its recommendations; None (and the reason kept) if either fails."""
    model: Recommender = chosen.instance
    if missing := type(model).missing():
        fitted.state, fitted.reason = "skipped", f"needs {', '.join(missing)}, not installed"
        return None
    try:
        begun = time.perf_counter()
        model.fit(scene.split.train, seed=scene.config.run.seed, progress=progress)
        fitted.fit_seconds = time.perf_counter() - begun
        curve = getattr(model, "training_curve", None)
        fitted.curve = curve() if curve is not None else None
        _judge(model, fitted, scene)
    except Exception as error:  # noqa: BLE001  a plugin's code: it may spoil only its own results
        fitted.state, fitted.reason, fitted.traceback = "failed", _reason(error), traceback.format_exc()
        return None
    fitted.state = "done"
    return model


def _judge(model: Recommender, fitted: Fitted, scene: _Scene) -> None:
    test = scene.split.test
    rows = np.flatnonzero(np.diff(test.indptr) > 0).astype(np.int64)
    if not scene.rankings or len(rows) == 0:
        return
    depth = max(m.depth for m in scene.rankings)
    top = model.top(scene.split.train.histories.take(rows), depth)
    run = scene.config.run
    for metric in scene.rankings:
        cut = Recommendations(top.items[:, : metric.depth], top.scores[:, : metric.depth])
        found = metric.measure(Ranking(scene.split.train, cut, test[rows]))
        for name, values in found.items():
            fitted.metrics[name] = figure(values, resamples=run.bootstrap, seed=run.seed)


def _explainer(config: Config, cell: Cell) -> ChosenExplainer:
    return next(e for e in config.explainers if e.id == cell.explainer)


def _run_cell(cell: Cell, model: Recommender, chosen: ChosenExplainer, scene: _Scene) -> None:
    run = scene.config.run
    try:
        games = _games(model, scene, scene.users, cell.players, chosen)
        begun = time.perf_counter()
        explanations = chosen.instance.explain(model, games, seed=run.seed)
        cell.seconds = time.perf_counter() - begun
        cell.model_calls = float(np.mean([g.calls for g in games])) if games else 0.0
        plain = [m for m in scene.metrics if "repeats" not in m.needs]
        _measure(cell, plain, _evidence(scene.split.train, games, explanations), scene)
        if repeated := [m for m in scene.metrics if "repeats" in m.needs]:
            _measure(cell, repeated, _repeats(cell, model, chosen, scene), scene)
        cell.state = "done"
    except Exception as error:  # noqa: BLE001  a plugin's code: it may spoil only its own results
        cell.state, cell.reason, cell.traceback = "failed", _reason(error), traceback.format_exc()


def _games(model: Recommender, scene: _Scene, users: IntArray, kind: str, asked: ChosenExplainer) -> list[Game]:
    train = scene.split.train
    histories = train.histories.take(users)
    items = model.top(histories, scene.config.run.k).items
    names = [train.users[int(u)] for u in users]
    return games_for(
        model,
        histories,
        items,
        kind=kind,
        by=asked.by,
        users=names,
        rows=users,
        target=asked.target,
        removal=asked.removal,
    )


def _evidence(
    data: Dataset,
    games: Sequence[Game],
    explanations: Sequence[Explanation],
    repeats: Sequence[Sequence[Explanation]] = (),
) -> Evidence:
    """Explanations stand game after game, item after item; a user's items stand in order of recommendation."""
    of = [g for g in games for _ in g.items]
    column = [k for g in games for k in range(len(g.items))]
    place: list[int] = []
    for game in of:
        place.append(place[-1] + 1 if place and of[len(place) - 1].row == game.row else 0)
    return Evidence(data, of, column, explanations, repeats, place)


def _repeats(cell: Cell, model: Recommender, chosen: ChosenExplainer, scene: _Scene) -> Evidence:
    """The same explanations of a few users under several seeds."""
    run = scene.config.run
    users = scene.users[: run.repeat_users]
    games = _games(model, scene, users, cell.players, chosen)
    runs = [chosen.instance.explain(model, games, seed=run.seed + r) for r in range(run.repeats)]
    return _evidence(scene.split.train, games, runs[0], runs)


def _measure(cell: Cell, metrics: Sequence[Metric], evidence: Evidence, scene: _Scene) -> None:
    users = np.array([g.row for g in evidence.games], np.int64)
    run = scene.config.run
    for metric in metrics:
        for name, values in metric.measure(evidence).items():
            cell.metrics[name] = figure(by_user(values, users), resamples=run.bootstrap, seed=run.seed)


def _facts(parts: Split, scene: _Scene) -> dict[str, object]:
    data, report = parts.train, parts.train.report
    return {
        "name": data.name,
        "fingerprint": data.fingerprint,
        "users": data.n_users,
        "items": data.n_items,
        "events": data.histories.n_events,
        "rows": {
            "read": report.read,
            "kept": report.kept,
            "rejected": dict(report.rejected),
            "filtered": dict(report.filtered),
        },
        "warnings": list(report.warnings),
        "split": parts.how,
        "test_pairs": int(parts.test.nnz),
        "explained_users": len(scene.users),
    }


def _versions(config: Config, registry: Registry) -> dict[str, str]:
    """What decided the figures: whyrec, the array libraries, the plugins' distributions and their packages."""
    names = {"whyrec", "numpy", "scipy"}
    for kind, group in (
        ("dataset", (config.data,)),
        ("recommender", config.recommenders),
        ("explainer", config.explainers),
        ("metric", config.metrics),
    ):
        for chosen in group:
            listed = registry.find(kind, chosen.use)
            names |= {listed.distribution, *listed.cls.packages}
    found: dict[str, str] = {}
    for name in sorted(names):
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def _reason(error: Exception) -> str:
    return f"{type(error).__name__}: {error}".strip().splitlines()[0]
