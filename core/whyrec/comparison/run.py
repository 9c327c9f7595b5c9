"""Running a comparison: each model fitted once, each cell done, skipped or failed; a failure spoils only itself."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable
from importlib import metadata

import numpy as np

from whyrec.comparison.judge import Judge, Scene, reason_of, scene_of
from whyrec.comparison.plan import plan
from whyrec.comparison.result import Comparison, Fitted
from whyrec.comparison.rows import with_floor
from whyrec.config.model import Chosen, Config
from whyrec.data.splits import split
from whyrec.dataset import Split
from whyrec.metric import Ranking
from whyrec.ranking import Recommendations
from whyrec.recommender import Recommender
from whyrec.registry import Registry

Progress = Callable[[float, str], None]


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
    config = with_floor(config, registry)
    cells = plan(config, parts.train)
    scene = scene_of(config, parts)
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
        judge = None if model is None else Judge(model, scene)
        for cell in own:
            tell(done / steps, f"{cell.explainer} on {cell.recommender}, players {cell.players}")
            if judge is None:
                cell.state, cell.reason = "failed", f"{chosen.id} could not be fitted: {fitted.reason}"
            else:
                judge.run(cell)
            done += 1
        if judge is not None:
            judge.conclude(result.better)
    tell(1.0, "done")
    return result


def _fit(chosen: Chosen, fitted: Fitted, scene: Scene, progress: Progress) -> Recommender | None:
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
        fitted.state, fitted.reason, fitted.traceback = "failed", reason_of(error), traceback.format_exc()
        return None
    fitted.state = "done"
    return model


def _judge(model: Recommender, fitted: Fitted, scene: Scene) -> None:
    test = scene.split.test
    rows = np.flatnonzero(np.diff(test.indptr) > 0).astype(np.int64)
    if not scene.rankings or len(rows) == 0:
        return
    depth = max(m.depth for m in scene.rankings)
    top = model.top(scene.split.train.histories.take(rows), depth)
    for metric in scene.rankings:
        cut = Recommendations(top.items[:, : metric.depth], top.scores[:, : metric.depth])
        found = metric.measure(Ranking(scene.split.train, cut, test[rows], rows))
        for name, values in found.items():
            fitted.metrics[name] = scene.bootstrap.figure(values)


def _facts(parts: Split, scene: Scene) -> dict[str, object]:
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
