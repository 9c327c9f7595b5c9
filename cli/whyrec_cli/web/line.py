"""Line: model work in a few threads; how many questions may wait for one, and how long for each other."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, TypeVar

from whyrec_cli.web.errors import busy

if TYPE_CHECKING:
    from anyio import CapacityLimiter

T = TypeVar("T")
WAITING = 64
"""Questions that wait for a thread; one more is told to come again."""
PATIENCE = 30.0
"""Seconds to wait for what only one thread may use: behind a plugin that hangs, nobody waits for ever."""


@contextlib.contextmanager
def holding(lock: threading.Lock | None) -> Iterator[None]:
    """Hold a lock, if there is one. Raises WebError (503) if another thread keeps it."""
    if lock is None:
        yield
        return
    if not lock.acquire(timeout=PATIENCE):
        raise busy()
    try:
        yield
    finally:
        lock.release()


class Line:
    """Runs functions in at most ``threads`` threads."""

    def __init__(self, threads: int, waiting: int = WAITING) -> None:
        self._threads, self._most = threads, threads + waiting
        self._limiter: CapacityLimiter | None = None
        self._inside = 0

    async def run(self, work: Callable[[], T]) -> T:
        """What ``work`` gives, once it was its turn. Raises WebError (503) where too many wait."""
        import anyio

        if self._inside >= self._most:
            raise busy()
        self._limiter = self._limiter or anyio.CapacityLimiter(self._threads)
        self._inside += 1
        try:
            return await anyio.to_thread.run_sync(work, limiter=self._limiter)
        finally:
            self._inside -= 1
