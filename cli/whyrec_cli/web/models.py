"""Models: the recommenders of a page, fitted one after the other in the background; the one asked for comes next."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from whyrec.comparison.cast import BUNDLED
from whyrec.errors import PluginError, UnknownNameError, WhyrecError, suggest
from whyrec_cli.web.errors import still_fitting
from whyrec_cli.web.line import holding

if TYPE_CHECKING:
    from whyrec import Progress, Recommender

Fit = Callable[["Progress"], "Recommender"]
"""Trains a model; is told where to tell how far that is."""


@dataclass
class Seat:
    """One recommender: its id, what it is, and how far it is.

    ``alone``: it may not be asked by two threads at once.
    """

    id: str
    name: str
    version: str
    summary: str
    fit: Fit
    alone: bool
    progress: float = 0.0
    model: Recommender | None = None
    error: WhyrecError | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def waits(self) -> bool:
        return self.model is None and self.error is None


class Models:
    """All of them, those on packages of others, which take longer, last. A failure to fit spoils only itself."""

    def __init__(self, seats: list[Seat]) -> None:
        self.seats = {seat.id: seat for seat in seats}
        self._queue = sorted((seat for seat in seats if seat.waits), key=lambda seat: seat.alone)
        self._lock = threading.Lock()

    def fit_all(self) -> None:
        """Fit what waits, until nothing does."""
        while True:
            with self._lock:
                if not self._queue:
                    return
                seat = self._queue.pop(0)
            self._fit(seat)

    def find(self, name: str) -> Seat:
        """Raises UnknownNameError."""
        if name not in self.seats:
            raise UnknownNameError(f"unknown recommender {name!r}", hint=suggest(name, self.seats, what="recommenders"))
        return self.seats[name]

    @contextlib.contextmanager
    def asked(self, name: str) -> Iterator[Recommender]:
        """A fitted model, for this thread alone where it needs that.

        Raises UnknownNameError, WebError (503) while it is not fitted yet, and what went wrong if it cannot be.
        """
        seat = self.find(name)
        if seat.error is not None:
            raise seat.error
        if seat.model is None:
            with self._lock:
                if seat in self._queue:
                    self._queue.remove(seat)
                    self._queue.insert(0, seat)
            raise still_fitting(name, seat.progress)
        with holding(seat.lock if seat.alone else None):
            yield seat.model

    def _fit(self, seat: Seat) -> None:
        def progress(share: float, text: str) -> None:
            seat.progress = min(1.0, max(0.0, float(share)))

        try:
            seat.model = seat.fit(progress)
        except WhyrecError as error:
            seat.error = error
        except (Exception, SystemExit) as error:  # noqa: BLE001  a plugin's code may raise anything
            seat.error = PluginError(f"{seat.id} could not be fitted: {type(error).__name__}: {error}")


def needs_to_be_alone(plugin: Any, distribution: str) -> bool:
    """Whether two threads may not use it at once: it rests on other packages or models, or is a stranger's."""
    return distribution != BUNDLED or bool(type(plugin).packages) or hasattr(plugin, "parts")
