"""Opening the file: checked before it is touched, made or brought up to date in one transaction, never overwritten."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from whyrec.store.errors import DiskError, StoreError, not_writable
from whyrec.store.schema import APPLICATION, STEPS

_PATIENCE = 30.0  # seconds to wait for another process's transaction
_CHECKED = 64 * 2**20  # bytes: a larger file is not read through when it is opened


class Database:
    """A connection whose errors say what to do. ``name`` is the path as it was given.

    Parameters
    ----------
    durable : every commit is on the disk before it returns (``synchronous=FULL``)
    checked : read a file through before using it, unless it is large
    steps : the schema; others than the real one are for tests
    """

    def __init__(
        self,
        path: Path,
        *,
        name: str = "",
        durable: bool = True,
        checked: bool = True,
        steps: Sequence[Sequence[str]] = STEPS,
    ) -> None:
        self.path = path
        self.name = name or str(path)
        self._sync = "FULL" if durable else "OFF"
        with self.speaking():
            if path.is_dir():
                raise StoreError(f"{self.name}: is a folder", hint="a store is a file: --store whyrec.db")
            self.connection = sqlite3.connect(path, timeout=_PATIENCE, isolation_level=None)
            try:
                self._prepare(steps, checked)
            except BaseException:
                self.connection.close()
                raise

    def execute(self, statement: str, values: Sequence[object] = ()) -> sqlite3.Cursor:
        with self.speaking():
            return self.connection.execute(statement, values)

    def rows(self, statement: str, values: Sequence[object] = ()) -> list[sqlite3.Row]:
        with self.speaking():
            return self.connection.execute(statement, values).fetchall()

    @contextmanager
    def transaction(self, *, durable: bool = True) -> Iterator[None]:
        """All or nothing. Not ``durable``: it may be lost if the machine (not the program) fails right afterwards."""
        if self.connection.in_transaction:
            yield
            return
        with self.speaking():
            if not durable and self._sync == "FULL":
                self.connection.execute("PRAGMA synchronous=NORMAL")
            try:
                self.connection.execute("BEGIN IMMEDIATE")
                yield
                self.connection.execute("COMMIT")
            finally:
                if self.connection.in_transaction:
                    self.connection.execute("ROLLBACK")
                if not durable and self._sync == "FULL":
                    self.connection.execute("PRAGMA synchronous=FULL")

    @contextmanager
    def speaking(self) -> Iterator[None]:
        """SQLite's errors as messages that one can act on."""
        try:
            yield
        except sqlite3.Error as error:
            raise self._said(error) from error

    def damaged(self, what: str, code: str = "WR-S002") -> StoreError:
        return StoreError(
            f"{self.name}: {what}",
            hint="nothing was changed; move the file away, or name another: --store PATH",
            code=code,
        )

    def close(self) -> None:
        with self.speaking():
            self.connection.close()

    # -- inside -----------------------------------------------------------------------------------------

    def _said(self, error: sqlite3.Error) -> Exception:
        code = (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF
        if code in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR):
            return DiskError(
                f"{self.name}: could not be written: {error}",
                hint="whatever was finished is kept; make room on the disk, then give the same command again",
            )
        if code in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
            return self.damaged(f"is no store, or is damaged: {error}")
        if code in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM):
            return not_writable(self.name, error)
        if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            return StoreError(
                f"{self.name}: another process has held it for {_PATIENCE:.0f} seconds", hint="wait for it, or end it"
            )
        return error

    def _prepare(self, steps: Sequence[Sequence[str]], checked: bool) -> None:
        self.connection.row_factory = sqlite3.Row
        version = self._at_one_moment(len(steps))
        if checked and 0 < self.path.stat().st_size <= _CHECKED:
            found = self.connection.execute("PRAGMA quick_check(1)").fetchone()[0]
            if found != "ok":
                raise self.damaged(f"is damaged: {found}")
        self._to_wal()
        self.connection.execute(f"PRAGMA synchronous={self._sync}")
        if version < len(steps):
            if version:
                self._back_up(version)
            self._update(steps)

    def _at_one_moment(self, newest: int) -> int:
        """:meth:`_known`, of one state of the file: another process may be making it."""
        self.connection.execute("BEGIN")
        try:
            return self._known(newest)
        finally:
            self.connection.execute("ROLLBACK")

    def _known(self, newest: int) -> int:
        """How many steps the file has behind it. Raises StoreError if it is not ours, or newer."""
        application = self.connection.execute("PRAGMA application_id").fetchone()[0]
        version: int = self.connection.execute("PRAGMA user_version").fetchone()[0]
        if application != APPLICATION:
            if self.connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] or version:
                raise self.damaged("is the database of another program")
            return 0
        if version > newest:
            raise self.damaged(f"was written by a newer whyrec (schema {version}; this one knows {newest})", "WR-S003")
        return version

    def _to_wal(self) -> None:
        deadline = time.monotonic() + _PATIENCE
        while True:
            try:
                self.connection.execute("PRAGMA journal_mode=WAL")
                return
            except sqlite3.OperationalError:  # two processes make the file at once: SQLite does not wait here
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.01)

    def _back_up(self, version: int) -> None:
        """The file as it was, beside it; an earlier backup is not overwritten."""
        number = 0
        while (
            to := self.path.with_name(f"{self.path.name}.schema-{version}{f'-{number}' * (number > 0)}.bak")
        ).exists():
            number += 1
        part = to.with_name(f"{to.name}.part")
        part.unlink(missing_ok=True)
        copy = sqlite3.connect(part)
        try:
            self.connection.backup(copy)
        finally:
            copy.close()
        part.replace(to)

    def _update(self, steps: Sequence[Sequence[str]]) -> None:
        with self.transaction():
            done = self._known(len(steps))  # another process may have been faster
            for step in steps[done:]:
                for statement in step:
                    self.connection.execute(statement)
            self.connection.execute(f"PRAGMA application_id={APPLICATION}")
            self.connection.execute(f"PRAGMA user_version={len(steps)}")
