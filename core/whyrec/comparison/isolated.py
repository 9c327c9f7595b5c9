"""Isolated: each task in a worker process, with a deadline and a memory cap, whatever it does to its process."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
import time
from concurrent.futures import CancelledError, Future, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from whyrec.comparison.cast import Part
from whyrec.comparison.processes import LAST_WORDS, READY, kill, lives
from whyrec.comparison.scene import Scene
from whyrec.comparison.task import Outcome, Task
from whyrec.errors import UnsupportedError
from whyrec.store.errors import DiskError

_SPEAKING = 0.3  # seconds for a worker to write where it is, before it is ended
_GRACE = 2.0  # seconds for a worker's last words to arrive after it has ended
_BREAKS = 5  # times that the pool may break without a single outcome in between
_DEATHS = 3  # tries of a task whose worker dies by what may not be its fault


@dataclass
class _Running:
    task: Task
    future: Future[Any]
    began: float | None = None
    gone: float | None = None
    deaths: int = 0


@dataclass
class Isolated:
    """In workers of a pool: each task within its deadline and memory, whatever it does to its process.

    Deadlines are kept here, by a clock that never jumps, and not by the pool, which goes by the time of day.

    Parameters
    ----------
    scene : given to every worker once, as a file that they share
    store : path of the store, for explanations that a task needs
    jobs : how many workers
    timeout : seconds a task may take
    memory : bytes that a worker may address; None: as many as the machine has
    """

    scene: Scene
    store: Path
    jobs: int
    timeout: float
    memory: int | None
    _running: list[_Running] = field(default_factory=list, repr=False)
    _pool: Any = field(default=None, repr=False)
    _folder: Path | None = field(default=None, repr=False)
    _broken: int = 0

    @property
    def slots(self) -> int:
        """One more than there are workers, so that none of them waits while a result is written down."""
        return self.jobs + 1

    def submit(self, task: Task) -> None:
        self._start(_Running(task, Future()))

    def wait(self, seconds: float) -> list[tuple[Task, Outcome]]:
        if not self._running:
            return []
        wait([r.future for r in self._running], timeout=seconds, return_when="FIRST_COMPLETED")
        done = []
        for running in list(self._running):
            outcome = self._outcome(running)
            if outcome is not None:
                done.append((running.task, outcome))
        return done

    def close(self) -> None:
        """End the workers, whatever they do, and remove what they shared."""
        self._stop()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None

    # -- inside -----------------------------------------------------------------------------------------

    def _start(self, running: _Running) -> None:
        from whyrec.comparison.worker import work

        if self._pool is None:
            self._open()
        try:
            running.future = self._pool.schedule(work, args=(running.task,))
        except RuntimeError:  # it broke while nothing ran
            self._reopen()
            if self._pool is None:
                self._open()
            running.future = self._pool.schedule(work, args=(running.task,))
        running.began = running.gone = None
        if running not in self._running:
            self._running.append(running)

    def _open(self) -> None:
        from pebble import ProcessPool

        from whyrec.comparison.worker import Setup, context, hand_over, settle

        if self._folder is None:
            try:
                self._folder = Path(tempfile.mkdtemp(prefix="whyrec-"))
                hand_over(self.scene, self._folder)
            except OSError as error:
                raise _full(f"the data could not be handed over to workers: {error}") from None
        setup = Setup(self._folder, self.store.absolute(), self.memory)
        with context() as processes:
            self._pool = ProcessPool(max_workers=self.jobs, initializer=settle, initargs=(setup,), context=processes)
            self._pool.active  # noqa: B018  asking starts the workers, here, where their environment is cut down

    def _stop(self) -> None:
        if self._pool is None:
            return
        for pid in self._pids():
            kill(pid)
        self._pool.stop()
        self._pool.join()
        self._pool = None

    def _pids(self) -> list[int]:
        found = [self._pid_of(r.task) for r in self._running] if self._folder is not None else []
        return [pid for pid in found if pid is not None]

    def _outcome(self, running: _Running) -> Outcome | None:
        """What became of a task; None while it runs, or is to run again."""
        future, now = running.future, time.monotonic()
        if not future.done():
            if running.began is None and future.running():
                running.began = now
            if running.began is not None and now - running.began > self.timeout:
                return self._ended(running, self._late(running))
            # A worker that leaves with exit code 0 is not missed by the pool.
            pid = self._pid_of(running.task)
            if pid is not None and not lives(pid):
                running.gone = running.gone or now
                if now - running.gone > _GRACE:
                    future.cancel()
                    return self._ended(running, self._dead(running.task, 0))
            return None
        try:
            path = future.result()
            outcome = Outcome.from_bytes(Path(path).read_bytes())
            Path(path).unlink(missing_ok=True)
            self._broken = 0
            return self._ended(running, outcome)
        except BrokenProcessPool:
            if running.deaths >= _DEATHS:
                return self._ended(running, self._killed(running.task))
            self._reopen()
            return None
        except (CancelledError, Exception) as error:  # noqa: BLE001  the pool says in many ways that a worker is gone
            return self._expired(running, error)

    def _expired(self, running: _Running, error: BaseException) -> Outcome | None:
        from whyrec.comparison.worker import RETIRED

        code = getattr(error, "exitcode", None)
        if code is None and isinstance(error, OSError):  # the pool's own errors are OSErrors too
            raise _full(f"a worker could not write its results: {error}")
        if code is None:
            raise error
        if code == RETIRED:  # it has handed the task back
            self._start(running)
            return None
        if code in (-signal.SIGKILL, -signal.SIGTERM, signal.SIGTERM):
            running.deaths += 1
            if running.deaths < _DEATHS:
                self._clear(running.task)
                self._start(running)
                return None
            return self._ended(running, self._killed(running.task))
        return self._ended(running, self._dead(running.task, code))

    def _reopen(self) -> None:
        """A worker that dies while no task runs breaks the pool: all that was in it starts again."""
        self._stop()
        self._broken += 1
        if self._broken > _BREAKS:
            raise UnsupportedError(
                f"{self._broken} times, worker processes ended before they did anything",
                hint="is memory_gb under [run] too small? --isolation none shows what they meet",
            )
        if self._folder is not None and not (self._folder / READY).exists():
            raise UnsupportedError(
                "no worker process could start",
                hint="is memory_gb under [run] too small? A script compares in workers under "
                '`if __name__ == "__main__":`, as they import it',
            )
        for running in self._running:
            future = running.future
            if not future.done() or future.cancelled() or future.exception() is not None:
                running.deaths += 1
                self._clear(running.task)
                self._start(running)

    def _ended(self, running: _Running, outcome: Outcome) -> Outcome:
        self._running.remove(running)
        self._clear(running.task)
        return outcome

    def _clear(self, task: Task) -> None:
        pid = self._pid_of(task)
        for path in (self._at(task, "pid"), self._at(task, "words")):
            path.unlink(missing_ok=True)
        if pid is not None and not lives(pid):
            kill(pid)  # what it left behind

    # -- last words -------------------------------------------------------------------------------------

    def _late(self, running: _Running) -> Outcome:
        pid = self._pid_of(running.task)
        if pid is not None and LAST_WORDS is not None:
            with suppress(OSError):
                os.kill(pid, LAST_WORDS)
            time.sleep(_SPEAKING)
        who, words = self._words(running.task)
        running.future.cancel()
        if pid is not None:
            kill(pid)
        return Outcome("timeout", f"took longer than {self.timeout:g} seconds", words, who)

    def _killed(self, task: Task) -> Outcome:
        who, words = self._words(task)
        reason = f"its process was killed {_DEATHS} times (SIGKILL): the machine may have run out of memory"
        return Outcome("oom", reason, words, who)

    def _dead(self, task: Task, code: int) -> Outcome:
        who, words = self._words(task)
        how = f"exit code {code}" if code >= 0 else signal.Signals(-code).name
        return Outcome("failed", f"its process ended with {how}", words, who)

    def _words(self, task: Task) -> tuple[str, str]:
        """Who was at work, and where: as the worker left it in its file."""
        try:
            text = self._at(task, "words").read_text("utf-8", errors="replace")
        except OSError:
            text = ""
        who, _, rest = text.partition("\n")
        blame = who.partition(", ")[0] or self._origin(task)
        return blame, f"{who}\n{rest}".strip() or "the process left no words"

    def _origin(self, task: Task) -> str:
        part: Part = self.scene.cast.part("recommender", task.recommender)
        return part.origin

    def _pid_of(self, task: Task) -> int | None:
        try:
            return int(self._at(task, "pid").read_text())
        except (OSError, ValueError):
            return None

    def _at(self, task: Task, what: str) -> Path:
        if self._folder is None:
            raise RuntimeError("no worker was started")
        return self._folder / f"{task.key[:32]}.{what}"


def _full(what: str) -> DiskError:
    hint = f"whatever was finished is kept; make room in {tempfile.gettempdir()}, then give the same command again"
    return DiskError(what, hint=hint)
