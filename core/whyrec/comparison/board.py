"""The board: every task of a comparison with its keys, what it waits for, and what may be done next."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from whyrec.comparison import keys
from whyrec.comparison.cast import Cast, Part
from whyrec.comparison.plan import Cell
from whyrec.comparison.rows import ORDERS
from whyrec.comparison.scene import Scene, aimed, is_repeated, is_shared
from whyrec.comparison.task import Task
from whyrec.metric import Metric
from whyrec.store.work import Status, Unit

ENDED = ("done", "failed", "timeout", "oom", "skipped")


@dataclass
class Entry:
    """A cell of the plan and its task. ``shared``: the figures that wait for the others, once these are known."""

    cell: Cell
    task: Task
    shared: Task | None = None


@dataclass
class Stage:
    """One recommender: its fit, then its cells."""

    recommender: str
    fit: Task | None
    entries: list[Entry] = field(default_factory=list)


class Board:
    """All stages, and the keys of everything.

    Parameters
    ----------
    folder : where models are saved; None: they are not
    """

    def __init__(self, scene: Scene, cells: Sequence[Cell], folder: Path | None) -> None:
        self._scene, self._folder = scene, folder
        self._keys = _Keys(scene)
        metrics = scene.cast.of_kind("metric")
        self._judging = [(p, scene.cast.instance("metric", p.chosen.id)) for p in metrics]
        self.stages = [self._stage(p, cells) for p in scene.cast.of_kind("recommender")]

    @property
    def tasks(self) -> list[Task]:
        """All that are known so far."""
        found = [s.fit for s in self.stages if s.fit is not None]
        for entry in self.entries:
            if entry.cell.state == "planned":
                found += [entry.task, *([entry.shared] if entry.shared else [])]
        return found

    @property
    def entries(self) -> Iterator[Entry]:
        return (entry for stage in self.stages for entry in stage.entries)

    def units(self) -> list[Unit]:
        return [unit_of(task) for task in self.tasks]

    def join(self, status: Mapping[str, Status]) -> list[Task]:
        """Tasks that have become known: figures beside others, once all cells of a group have ended."""
        found = []
        for stage in self.stages:
            for entry in stage.entries:
                if entry.shared is None and (shared := self._beside(stage, entry, status)) is not None:
                    entry.shared = shared
                    found.append(shared)
        return found

    def next(self, status: Mapping[str, Status], *, fits: bool) -> Iterator[Task]:
        """What may be done now, in order: cells of fitted models first, then (if ``fits``) further fits."""
        for stage in self.stages:
            if stage.fit is not None and _state(status, stage.fit) == "done":
                for entry in stage.entries:
                    if entry.cell.state == "planned":
                        yield from (t for t in (entry.task, entry.shared) if t is not None)
        if fits:
            yield from (s.fit for s in self.stages if s.fit is not None)

    def is_open(self, status: Mapping[str, Status]) -> bool:
        """Whether anything is left to be done, by whomever."""
        for stage in self.stages:
            if stage.fit is None:
                continue
            state = _state(status, stage.fit)
            if state not in ENDED:
                return True
            if state == "done" and any(
                task is not None and _state(status, task) not in ENDED
                for entry in stage.entries
                if entry.cell.state == "planned"
                for task in (entry.task, entry.shared)
            ):
                return True
        return False

    def metrics_of(self, entry: Entry) -> list[tuple[Metric, str]]:
        """The metrics of explanations that a cell has, each with the key of its figures, in the config's order."""
        found = {name: key for task in (entry.task, entry.shared) if task for name, key in task.metrics}
        return [(m, found[p.chosen.id]) for p, m in self._explaining if p.chosen.id in found]

    # -- inside -----------------------------------------------------------------------------------------

    @property
    def _explaining(self) -> list[tuple[Part, Metric]]:
        """Metrics of explanations: those of a cell, then those made again, then those beside others."""
        own = [(p, m) for p, m in self._judging if isinstance(m, Metric)]
        return sorted(own, key=lambda pm: (is_shared(pm[1]), is_repeated(pm[1])))

    def _stage(self, part: Part, cells: Sequence[Cell]) -> Stage:
        name, cast = part.chosen.id, self._scene.cast
        model = self._keys.model(part)
        ranking = tuple((p.chosen.id, self._keys.ranking(p)) for p, m in self._judging if not isinstance(m, Metric))
        folder = None if self._folder is None else str(self._folder / model[:32])
        fit = None
        if not type(cast.instance("recommender", name)).missing():
            fit = Task("fit", keys.key_of("fit", model, ranking), name, model, folder, metrics=ranking)
        return Stage(name, fit, [self._entry(c, model, folder) for c in cells if c.recommender == name])

    def _entry(self, cell: Cell, model: str, folder: str | None) -> Entry:
        part = self._scene.cast.part("explainer", cell.explainer)
        told, known = self._keys.told(part, cell, model)
        wanted = aimed([m for _, m in self._explaining], cell.role)
        metrics = tuple((p.chosen.id, self._keys.metric(p, m, cell)) for p, m in self._explaining if m in wanted)
        task = Task(
            "cell", keys.key_of("cell", told, metrics), cell.recommender, model, folder,
            explainer=cell.explainer, players=cell.players, told=told, known=known, metrics=metrics,
        )  # fmt: skip
        return Entry(cell, task)

    def _beside(self, stage: Stage, entry: Entry, status: Mapping[str, Status]) -> Task | None:
        cell, own = entry.cell, entry.task
        shared = [(p, m) for p, m in self._explaining if is_shared(m)]
        if not shared or cell.role == "ceiling" or _state(status, own) != "done":
            return None
        group = [
            e
            for e in stage.entries
            if (e.cell.players, e.cell.by) == (cell.players, cell.by) and e.cell.state == "planned"
        ]
        if any(_state(status, e.task) not in ENDED for e in group):
            return None
        others = tuple(
            (e.cell.explainer, e.task.told)
            for e in group
            if e is not entry and e.cell.role == "explainer" and _state(status, e.task) == "done"
        )
        metrics = tuple((p.chosen.id, keys.key_of("beside", self._keys.metric(p, m, cell), others)) for p, m in shared)
        return Task(
            "beside", keys.key_of("work beside", own.told, metrics), own.recommender, own.model, own.folder,
            explainer=own.explainer, players=own.players, told=own.told, known=own.known, metrics=metrics,
            others=others, has_told=True, has_known=True,
        )  # fmt: skip


def unit_of(task: Task) -> Unit:
    label = {"recommender": task.recommender, "explainer": task.explainer, "players": task.players}
    return Unit(task.key, task.kind, {k: v for k, v in label.items() if v})


def _state(status: Mapping[str, Status], task: Task) -> str:
    known = status.get(task.key)
    return "todo" if known is None else known.state


class _Keys:
    """The keys of one scene. See docs/guide/comparison.md for what is in them."""

    def __init__(self, scene: Scene) -> None:
        self._run = scene.run
        self._train = scene.split.train
        self._data = keys.data_key(scene.split.train)
        self._users = keys.users_key(scene.users)
        self._test = keys.test_key(scene.split)
        self._truth = keys.truth_key(scene.split.train)
        self._known: dict[tuple[str, str], object] = {}
        self._cast: Cast = scene.cast

    def model(self, part: Part) -> str:
        return keys.key_of("model", self._train.fingerprint, self._identity(part), self._run.seed)

    def ranking(self, part: Part) -> str:
        return keys.key_of("ranking", self._identity(part), self._test)

    def told(self, part: Part, cell: Cell, model: str) -> tuple[str, str]:
        """The key of a cell's explanations, and that of the players they speak of, which other cells may share."""
        by = (cell.by or self._train.interest_by) if cell.players == "interests" else None
        told = keys.key_of(
            "explanations", self._data, model, self._identity(part), cell.players, by, cell.target, cell.removal,
            self._users, self._run.k, self._run.seed,
        )  # fmt: skip
        shared = keys.key_of("players", self._data, self._users, cell.players, by)
        return told, told if cell.players == "features" else shared

    def metric(self, part: Part, metric: Metric, cell: Cell) -> str:
        run = self._run
        return keys.key_of(
            "metric",
            self._identity(part),
            [run.repeats, run.repeat_users] if is_repeated(metric) else None,
            ORDERS if cell.role == "floor" else 1,
            self._truth,
        )

    def _identity(self, part: Part) -> object:
        key = (part.kind, part.chosen.id)
        if key not in self._known:
            instance = self._cast.instance(*key)
            self._known[key] = keys.identity(instance, part.distribution, part.version)
        return self._known[key]
