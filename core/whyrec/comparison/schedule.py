"""Scheduling: tasks claimed, done and written down, until all have ended, here or in another process's hands."""

from __future__ import annotations

import time
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass, field, replace

from whyrec.comparison.board import ENDED, Board, unit_of
from whyrec.comparison.executor import Executor
from whyrec.comparison.stop import Interrupted, Stop
from whyrec.comparison.task import Outcome, Task
from whyrec.recommender import Progress
from whyrec.store.errors import DiskError, StoreError
from whyrec.store.kept import KeptModel
from whyrec.store.store import Store
from whyrec.store.work import LEASE, Status

_TICK = 0.2  # seconds between looks at what other processes do


@dataclass
class Schedule:
    """One comparison on its way. ``computed`` counts the cells that this process has done."""

    board: Board
    store: Store
    executor: Executor
    stop: Stop
    tell: Progress
    computed: int = 0
    status: dict[str, Status] = field(default_factory=dict)
    _mine: dict[str, Task] = field(default_factory=dict)
    _looked: float = 0.0
    _renewed: float = field(default_factory=time.monotonic)

    def run(self, *, again: Collection[str] = (), fresh: bool = False) -> None:
        """Do everything that is to do. Raises Interrupted, DiskError."""
        if fresh:
            self.store.kept.forget([t.subject for t in self.board.tasks])
        self.store.work.ensure(self.board.units(), again=again, fresh=fresh)
        self._look()
        try:
            while True:
                self._join(again, fresh)
                if self.stop.urgency == 0:
                    self._fill()
                if self.stop.urgency >= 2 or (self.stop.urgency == 1 and not self._mine):
                    raise Interrupted(*self.count())
                if not self._mine and not self.board.is_open(self.status):
                    return
                self._wait()
        finally:
            self.executor.close()
            with suppress(DiskError, StoreError):  # then the lease ends with this process
                self.store.work.release(list(self._mine))

    # -- inside -----------------------------------------------------------------------------------------

    def _join(self, again: Collection[str], fresh: bool) -> None:
        if found := self.board.join(self.status):
            self.store.work.ensure([unit_of(t) for t in found], again=again, fresh=fresh)
            self._look()

    def _fill(self) -> None:
        """Claim as much as the executor likes to have."""
        while len(self._mine) < self.executor.slots:
            for task in self.board.next(self.status, fits=len(self._mine) < self.executor.jobs):
                if task.key not in self._mine and self._is_free(task) and self._take(task):
                    break
            else:
                return

    def _is_free(self, task: Task) -> bool:
        known = self.status.get(task.key)
        return known is not None and self.store.work.is_free(known)

    def _take(self, task: Task) -> bool:
        if not self.store.work.claim(task.key):
            self._look()
            return False
        ready = self._with_what_is_there(task)
        if ready.kind != "fit" and ready.has_told and not ready.metrics:
            self._write(ready, Outcome())
            return True
        self._mine[task.key] = task
        self.status[task.key] = Status("running")
        self.tell(self._share(), task.text)
        self.executor.submit(ready)
        return True

    def _with_what_is_there(self, task: Task) -> Task:
        """The task without what the store has already."""
        kept = self.store.kept
        model = kept.model(task.model)
        if model is not None and model.sha256 is not None:
            task = replace(task, folder=model.folder, sha256=model.sha256)
        there = kept.has_figures(task.subject, [key for _, key in task.metrics])
        missing = tuple((name, key) for name, key in task.metrics if key not in there)
        if task.kind == "fit":
            return replace(task, metrics=missing)
        told = kept.has_told(task.told)
        return replace(
            task,
            metrics=missing,
            has_told=told is True or (told is not None and (task.kind == "beside" or not missing)),
            has_known=kept.has_players(task.known),
        )

    def _wait(self) -> None:
        done = self.executor.wait(_TICK)
        if self.stop.urgency == 0:
            for task, _ in done:
                self._mine.pop(task.key, None)
            self._fill()  # the workers go on while the results are written down
        for task, outcome in done:
            self._write(task, outcome)
        if not self._mine and not done:
            time.sleep(_TICK)
        now = time.monotonic()
        if now - self._looked > _TICK and any(
            s.state == "running" and k not in self._mine for k, s in self.status.items()
        ):
            self._look()
        if now - self._renewed > LEASE / 10:
            self.store.work.renew(list(self._mine))
            self._renewed = now

    def _write(self, task: Task, out: Outcome) -> None:
        """A result and the state of its work: both or none."""
        kept = self.store.kept
        with self.store.transaction():
            if out.told is not None:
                kept.put_told(task.told, task.known, out.told)
            for key, columns in out.figures.items():
                kept.put_figures(task.subject, key, columns)
            if out.fit_seconds is not None:
                folder = task.folder if out.sha256 is not None else None
                kept.put_model(task.model, KeptModel(folder, out.sha256, out.fit_seconds, out.curve))
            self.store.work.finish(task.key, out.state, reason=out.reason, traceback=out.traceback, blame=out.blame)
        self._mine.pop(task.key, None)
        self.computed += task.kind == "cell"
        self.status[task.key] = Status(out.state, out.reason, out.traceback, out.blame)
        self.tell(self._share(), task.text)

    def _look(self) -> None:
        self.status = self.store.work.states([t.key for t in self.board.tasks])
        self._looked = time.monotonic()

    def _share(self) -> float:
        tasks = self.board.tasks
        return sum(self.status[t.key].state in ENDED for t in tasks if t.key in self.status) / max(1, len(tasks))

    def count(self) -> tuple[int, int]:
        """How many of all cells are done."""
        cells = [e for e in self.board.entries if e.cell.state == "planned"]
        done = sum(e.task.key in self.status and self.status[e.task.key].state == "done" for e in cells)
        return done, len(cells)
