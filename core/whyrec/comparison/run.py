"""Running a comparison: planned, done (or found in the store), written down, put together."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path
from typing import Literal

from whyrec.comparison.assemble import Assembly
from whyrec.comparison.bench import Bench
from whyrec.comparison.board import Board, unit_of
from whyrec.comparison.cast import Cast
from whyrec.comparison.executor import Executor, Inline
from whyrec.comparison.isolated import Isolated
from whyrec.comparison.plan import Cell, plan
from whyrec.comparison.processes import machine_memory
from whyrec.comparison.result import Comparison, Fitted
from whyrec.comparison.rows import with_floor
from whyrec.comparison.scene import Scene, users_of
from whyrec.comparison.schedule import Schedule
from whyrec.comparison.stop import Interrupted, Stop
from whyrec.config.model import Config
from whyrec.data.splits import split
from whyrec.dataset import Split
from whyrec.recommender import Progress
from whyrec.registry import Registry
from whyrec.store.kept import KeptTold
from whyrec.store.store import Store

Isolation = Literal["none", "process"]
RETRIES = {"failed": ("failed",), "timeout": ("timeout",), "all": ("failed", "timeout")}
"""What ``retry`` takes, and which states it tries again. What the machine did is always tried again."""


def prepare(config: Config) -> Split:
    """Load the data of a config and split them. Raises DataError, ConfigError."""
    data = config.data.instance.load(seed=config.run.seed)
    return split(data, **{"seed": config.run.seed, **config.split})


def compare(
    config: Config,
    registry: Registry,
    *,
    store: Store | Callable[[], Store] | None = None,
    jobs: int = 1,
    isolation: Isolation = "none",
    fresh: bool = False,
    retry: Collection[str] = (),
    stop: Stop | None = None,
    progress: Progress | None = None,
) -> Comparison:
    """Run every planned cell of a config that the store does not hold yet.

    Parameters
    ----------
    store : where results are kept, and found again; or what opens it, called when the data are read and all is planned;
        None: nothing is kept
    jobs : how many cells at a time; with ``isolation="process"``
    isolation : ``process``: each cell in a worker process, with the deadline and memory of ``[run]``; ``none``: in this
        one, and so are plugins whose classes another process cannot import
    fresh : compute everything anew
    retry : ``failed``, ``timeout`` or ``all``: try these cells again
    stop : how to be stopped

    Raises
    ------
    InputError
        for data or a split that cannot be used. Whatever a plugin does wrong ends as a failed cell instead.
    DiskError
        if the store cannot be written. What was finished is in it.
    Interrupted
        if ``stop`` said so.
    """
    tell = progress or (lambda share, text: None)
    tell(0.0, f"loading {config.data.use}")
    parts = prepare(config)
    config = with_floor(config, registry)
    cells = plan(config, parts.train)
    scene = Scene(parts, users_of(parts, config.run), config.run, Cast.of(config, registry))
    result = Comparison(
        config=config.raw,
        versions=_versions(config, registry),
        seed=config.run.seed,
        data=_facts(parts, scene),
        recommenders=[Fitted(r.id, r.use) for r in config.recommenders],
        cells=cells,
        better={m.name: m.better for metric in config.metrics for m in metric.instance.cards()},
    )
    with _open(store) as kept:
        board = Board(scene, cells, kept.cache if store is not None else None)
        run = _begin(kept, config, result, board)
        stop = stop or Stop()
        stop.is_inline = isolation == "none" or not scene.cast.can_be_handed_over
        executor = _executor(scene, registry, kept, jobs, tell, inline=stop.is_inline)
        schedule = Schedule(board, kept, executor, stop, tell)
        again = {state for name in retry for state in RETRIES[name]}
        try:
            schedule.run(again=again, fresh=fresh)
        except KeyboardInterrupt as error:
            kept.runs.end(run, "interrupted")
            raise error if isinstance(error, Interrupted) else Interrupted(*schedule.count()) from None
        assembly = Assembly(scene, board, kept.kept, schedule.status, result.better)
        for fitted, stage in zip(result.recommenders, board.stages, strict=True):
            assembly.fill(fitted, stage)
        result.run, result.computed = (run if store is not None else None), schedule.computed
        kept.runs.end(run, "failed" if result.failed else "done", result.to_dict())
    tell(1.0, "done")
    return result


# -- inside -----------------------------------------------------------------------------------------


@contextmanager
def _open(store: Store | Callable[[], Store] | None) -> Iterator[Store]:
    """The store, or one that is thrown away in the end."""
    if isinstance(store, Store):
        yield store
        return
    if store is not None:
        with store() as made:
            yield made
        return
    folder = Path(tempfile.mkdtemp(prefix="whyrec-"))
    try:
        with Store(folder / "store.db", durable=False) as made:
            yield made
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _executor(scene: Scene, registry: Registry, store: Store, jobs: int, tell: Progress, *, inline: bool) -> Executor:
    if not inline:
        gigabytes = scene.run.memory_gb
        memory = machine_memory() if gigabytes is None else int(gigabytes * 2**30)
        return Isolated(scene, store.path, jobs, scene.run.timeout_seconds, memory)

    def read(key: str) -> KeptTold:
        told = store.kept.told(key)
        if told is None:
            raise KeyError(key)
        return told

    return Inline(Bench(scene, registry, read, progress=tell))


def _begin(store: Store, config: Config, result: Comparison, board: Board) -> int:
    """Write the run down, with what it plans, and the cells that need no work."""
    entries = list(board.entries)
    with store.transaction():
        for entry in entries:
            if entry.cell.state != "planned":
                store.work.note(unit_of(entry.task), entry.cell.state, entry.cell.reason)
        return store.runs.begin(
            source=config.source,
            seed=config.run.seed,
            config=config.raw,
            versions=result.versions,
            data=result.data,
            plan=[
                {**_named(e.cell), "key": e.task.key, "told": e.task.told, "fit": stage.fit.key if stage.fit else ""}
                for stage in board.stages
                for e in stage.entries
            ],
        )


def _named(cell: Cell) -> dict[str, str]:
    return {"recommender": cell.recommender, "explainer": cell.explainer, "players": cell.players}


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
        except (metadata.PackageNotFoundError, ValueError):
            continue
    return found
