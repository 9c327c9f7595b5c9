"""Shelf: the store for many threads. One thread of its own reads and writes it; what stands is kept in memory."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from whyrec.feedback.journal import Entry, Journal
from whyrec_cli.stored import NONE, existing, opened
from whyrec_cli.web.errors import WebError, read_only

if TYPE_CHECKING:
    from whyrec import Dataset
    from whyrec.feedback.said import Said
    from whyrec.store.store import Store

T = TypeVar("T")


class Shelf:
    """Feedback and runs of a store, which is made when something is first written to it."""

    def __init__(self, stored: str) -> None:
        self.stored = stored
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="store")
        self._store: Store | None = None
        self._latest = -1
        self._by_user: dict[str, tuple[Said, ...]] = {}

    def standing(self, user: str) -> tuple[Said, ...]:
        """What stands of a user's feedback, oldest first; other programs' words too. Raises StoreError."""
        return self._do(lambda: self._standing().get(user, ()))

    def entries(self, user: str | None) -> list[Entry]:
        """Everything that was said, by a user or by all, oldest first."""
        return self._do(lambda: [] if (store := self._there()) is None else Journal(store).list(user, undone=True))

    def add(self, said: Said, data: Dataset) -> Entry:
        """Write it down. Raises as :meth:`whyrec.feedback.journal.Journal.add`."""
        return self._do(lambda: Journal(self._made()).add(said, data))

    def undo(self, number: int) -> Entry:
        """Take a piece back. Raises WebError (404) if it does not stand."""
        from whyrec.store.errors import StoreError

        def work() -> Entry:
            store = self._there()
            if store is None:
                raise StoreError(f"there is no feedback {number}")
            return Journal(store).undo(number)

        try:
            return self._do(work)
        except StoreError as error:
            raise WebError(404, error.message, hint=error.hint, code=error.code) from error

    def read(self, work: Callable[[Store], T]) -> T | None:
        """What ``work`` reads out of the store; None where there is none."""
        return self._do(lambda: None if (store := self._there()) is None else work(store))

    def close(self) -> None:
        """Close the store, after what is under way."""
        self._do(lambda: None if self._store is None else self._store.close())
        self._thread.shutdown()

    # -- in the store's own thread ----------------------------------------------------------------------

    def _standing(self) -> dict[str, tuple[Said, ...]]:
        store = self._there()
        if store is None:
            return {}
        latest = store.events.latest()
        if latest != self._latest:
            self._by_user = {user: tuple(said) for user, said in Journal(store).by_user().items()}
            self._latest = latest
        return self._by_user

    def _there(self) -> Store | None:
        if self._store is None and self.stored != NONE and Path(self.stored).exists():
            self._store = existing(self.stored)
        return self._store

    def _made(self) -> Store:
        self._store = self._store or opened(self.stored)
        if self._store is None:
            raise read_only("--store none")
        return self._store

    def _do(self, work: Callable[[], T]) -> T:
        return self._thread.submit(work).result()
