"""Runs: each time that a comparison was started, what was asked, and what came of it."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from whyrec.store.database import Database
from whyrec.store.errors import StoreError
from whyrec.store.owner import Owner
from whyrec.store.packing import squeeze, unsqueeze


@dataclass(frozen=True)
class Run:
    """``plan``: one object for each cell, with the keys of its work. ``state``: running, done, failed, interrupted."""

    id: int
    started: float
    ended: float | None
    state: str
    source: str
    seed: int
    config: Mapping[str, Any]
    versions: Mapping[str, str]
    data: Mapping[str, Any]
    plan: list[dict[str, Any]]


class Runs:
    """The table of runs."""

    def __init__(self, database: Database, owner: Owner, clock: Callable[[], float]) -> None:
        self._db, self._me, self._clock = database, owner, clock

    def begin(
        self,
        *,
        source: str,
        seed: int,
        config: Mapping[str, Any],
        versions: Mapping[str, str],
        data: Mapping[str, Any],
        plan: list[dict[str, Any]],
    ) -> int:
        """Write a run down; its number. The counts of rejected rows stand in ``data``."""
        with self._db.transaction():
            made = self._db.execute(
                "INSERT INTO runs(started, state, source, seed, config, versions, data, plan, host, pid, born) "
                "VALUES (?, 'running', ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [self._clock(), source, seed, *(json.dumps(v) for v in (config, versions, data, plan)),
                 self._me.host, self._me.pid, self._me.born],
            )  # fmt: skip
            number = int(made.lastrowid or 0)
            for reason, rows in data.get("rows", {}).get("rejected", {}).items():
                self._db.execute("INSERT INTO rejected(run, reason, rows) VALUES (?, ?, ?)", [number, reason, rows])
        return number

    def end(self, run: int, state: str, result: Mapping[str, Any] | None = None) -> None:
        """Note how a run ended, with its result."""
        content = None if result is None else squeeze(result)
        with self._db.transaction():
            self._db.execute(
                "UPDATE runs SET ended = ?, state = ?, result = ?, crc = ? WHERE id = ?",
                [self._clock(), state, content, None if content is None else zlib.crc32(content), run],
            )

    def list(self) -> list[Run]:
        """All runs, the oldest first. One whose process is gone without a word was interrupted."""
        return [self._run(r) for r in self._db.rows("SELECT * FROM runs ORDER BY id")]

    def get(self, run: int | None = None) -> Run:
        """A run by its number, or the last one. Raises StoreError."""
        found = self._db.rows("SELECT * FROM runs WHERE id = coalesce(?, (SELECT max(id) FROM runs))", [run])
        if not found:
            what = "holds no run yet" if run is None else f"holds no run {run}"
            raise StoreError(f"{self._db.name}: {what}", hint="`whyrec runs list` shows those that are there")
        return self._run(found[0])

    def result(self, run: int) -> dict[str, Any] | None:
        """The result of a run that came to its end; None for others."""
        for r in self._db.rows("SELECT crc, result FROM runs WHERE id = ? AND result IS NOT NULL", [run]):
            if zlib.crc32(r["result"]) != r["crc"]:
                raise self._db.damaged(f"is damaged: the result of run {run} is not the one that was written")
            found: dict[str, Any] = unsqueeze(r["result"])
            return found
        return None

    def rejected(self, run: int) -> dict[str, int]:
        """Reason → rows that were rejected when the data were read."""
        found = self._db.rows("SELECT reason, rows FROM rejected WHERE run = ?", [run])
        return {r["reason"]: r["rows"] for r in found}

    def _run(self, r: Any) -> Run:
        state = r["state"]
        owner = Owner(r["host"], r["pid"], r["born"])
        if state == "running" and owner.is_here and not owner.lives:
            state = "interrupted"
        told = (json.loads(r[name]) for name in ("config", "versions", "data", "plan"))
        return Run(r["id"], r["started"], r["ended"], state, r["source"], r["seed"], *told)
