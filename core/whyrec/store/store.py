"""Store: the one file, and its tables as objects."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Self

from whyrec.store.database import Database
from whyrec.store.errors import StoreError, not_writable
from whyrec.store.events import Events
from whyrec.store.kept import Kept
from whyrec.store.owner import Owner
from whyrec.store.runs import Runs
from whyrec.store.work import Work

DEFAULT = "whyrec.db"
"""The file of a project folder."""


class Store:
    """Runs, work, results and events of one project.

    Parameters
    ----------
    path : the file; made if it is not there
    name : the path as messages show it
    durable : False for a store that nobody needs after this process
    checked : read the file through first, unless it is large
    clock : unix seconds; another one is for tests
    owner : the process that works; another one is for tests

    Raises
    ------
    StoreError
        for a file that is damaged, of another program, or of a newer whyrec. It is left as it is.
    DiskError
        if the disk is full.
    """

    def __init__(
        self,
        path: Path,
        *,
        name: str = "",
        durable: bool = True,
        checked: bool = True,
        clock: Callable[[], float] = time.time,
        owner: Owner | None = None,
    ) -> None:
        self.path = path
        me = owner or Owner.me()
        self.database = Database(path, name=name, durable=durable, checked=checked)
        self.work = Work(self.database, me, clock)
        self.kept = Kept(self.database)
        self.runs = Runs(self.database, me, clock)
        self.events = Events(self.database, clock)

    @classmethod
    def existing(cls, path: Path, *, name: str = "") -> Self:
        """A store that must be there. Raises StoreError."""
        if not path.exists():
            raise StoreError(f"{name or path}: there is no store", hint="`whyrec compare` makes one")
        return cls(path, name=name)

    @classmethod
    def to_be_made(cls, path: Path, *, name: str = "") -> Callable[[], Self]:
        """What makes a store when it is called. Raises StoreError now where that could not be: no folder, no right."""
        folder = path.absolute().parent
        if not (folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)):
            raise not_writable(name or str(path), "its folder is not there, or not writable")
        return partial(cls, path, name=name)

    @property
    def cache(self) -> Path:
        """The folder of the models, beside the file."""
        return self.path.with_name(f"{self.path.name}.models")

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing, over all tables."""
        with self.database.transaction():
            yield

    def close(self) -> None:
        self.database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
