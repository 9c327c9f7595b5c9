"""Stop: Ctrl-C once lets the running cells end, twice (or SIGTERM) stops them."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


class Interrupted(KeyboardInterrupt):
    """A comparison was stopped. Everything finished is in the store; ``done`` of ``all`` cells are."""

    def __init__(self, done: int, total: int) -> None:
        super().__init__(f"{done} of {total} cells are done")
        self.done, self.total = done, total


class Stop:
    """How urgently a comparison should stop: 0 not at all, 1 when the running cells have ended, 2 at once."""

    def __init__(self, tell: Callable[[str], None] = lambda text: None) -> None:
        self.urgency = 0
        self._tell = tell
        self.is_inline = False

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Take Ctrl-C and SIGTERM, while inside. Elsewhere than in the main thread, nothing is taken."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        taken = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
        before = {number: signal.signal(number, self._on_signal) for number in taken}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self.urgency = 2 if number != signal.SIGINT else min(2, self.urgency + 1)
        if self.urgency == 1:
            self._tell("stopping when the running cells have ended; Ctrl-C again stops them")
        elif self.is_inline:  # nobody else could end what runs in this very process
            raise KeyboardInterrupt
