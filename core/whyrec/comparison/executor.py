"""Executors: who does tasks. Here, in this very process; in workers: see ``isolated``."""

from __future__ import annotations

from typing import Protocol

from whyrec.comparison.bench import Bench
from whyrec.comparison.task import Outcome, Task


class Executor(Protocol):
    """Does tasks. ``slots``: how many it likes to have at hand."""

    @property
    def slots(self) -> int: ...

    @property
    def jobs(self) -> int: ...

    def submit(self, task: Task) -> None: ...

    def wait(self, seconds: float) -> list[tuple[Task, Outcome]]:
        """What has come to its end, after at most so many seconds."""
        ...

    def close(self) -> None: ...


class Inline:
    """In this process, one after the other: no deadline, no cap; what a plugin prints or breaks stays."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._task: Task | None = None

    @property
    def slots(self) -> int:
        return 1

    @property
    def jobs(self) -> int:
        return 1

    def submit(self, task: Task) -> None:
        self._task = task

    def wait(self, seconds: float) -> list[tuple[Task, Outcome]]:
        if self._task is None:
            return []
        task, self._task = self._task, None
        return [(task, self._bench.run(task))]

    def close(self) -> None:
        pass
