"""Work: what is to be computed, in which state it is, and which process works on it."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from whyrec.store.database import Database
from whyrec.store.owner import Owner

LEASE = 600.0
"""Seconds after which work that another machine has leased, and not renewed, may be taken over."""

_AGAIN = ("interrupted", "oom", "skipped")
"""What was left out, and what the machine did, is tried again; what a plugin did (failed, timeout), if asked for."""


@dataclass(frozen=True)
class Unit:
    """One piece of work. ``label`` says what it is, to people."""

    key: str
    kind: str
    label: Mapping[str, Any]


@dataclass(frozen=True)
class Status:
    """What is known of a piece of work."""

    state: str
    reason: str | None = None
    traceback: str | None = None
    blame: str | None = None
    attempts: int = 0
    details: Mapping[str, Any] = field(default_factory=dict)
    owner: Owner | None = None
    leased_until: float = 0.0


class Work:
    """The table of work. Changes of state are compare-and-swap: two processes never get the same piece."""

    def __init__(self, database: Database, owner: Owner, clock: Callable[[], float]) -> None:
        self._db, self._me, self._clock = database, owner, clock

    def ensure(self, units: Iterable[Unit], *, again: Collection[str] = (), fresh: bool = False) -> None:
        """Have a row for each; what ended in one of the states ``again`` (or at all, if ``fresh``) is to do again."""
        now = self._clock()
        retried = [*_AGAIN, *again]
        ended = "state NOT IN ('running', 'todo')" if fresh else f"state IN ({', '.join('?' * len(retried))})"
        with self._db.transaction():
            for unit in units:
                self._db.execute(
                    "INSERT INTO work(key, kind, label, state, updated) VALUES (?, ?, ?, 'todo', ?) "
                    "ON CONFLICT(key) DO UPDATE SET label = excluded.label, "
                    f"attempts = CASE WHEN {ended} THEN 0 ELSE attempts END, "
                    f"state = CASE WHEN {ended} THEN 'todo' ELSE state END",
                    [unit.key, unit.kind, json.dumps(dict(unit.label)), now, *([] if fresh else retried * 2)],
                )

    def note(self, unit: Unit, state: str, reason: str | None) -> None:
        """Write down what needs no work: skipped, or failed before it began."""
        self._db.execute(
            "INSERT OR REPLACE INTO work(key, kind, label, state, reason, updated) VALUES (?, ?, ?, ?, ?, ?)",
            [unit.key, unit.kind, json.dumps(dict(unit.label)), state, reason, self._clock()],
        )

    def states(self, keys: Sequence[str]) -> dict[str, Status]:
        """The status of each key that is there."""
        found = self._db.rows(
            "SELECT * FROM work WHERE key IN (SELECT value FROM json_each(?))", [json.dumps(list(keys))]
        )
        return {
            r["key"]: Status(
                r["state"], r["reason"], r["traceback"], r["blame"], r["attempts"], json.loads(r["details"]),
                Owner(r["host"], r["pid"], r["born"]) if r["pid"] is not None else None, r["leased_until"] or 0.0,
            )
            for r in found
        }  # fmt: skip

    def claim(self, key: str) -> bool:
        """Lease a piece of work that is to do, or whose owner is gone. False if somebody else has it, or it is done."""
        with self._db.transaction(durable=False):
            known = self.states([key]).get(key)
            if known is None or not self.is_free(known):
                return False
            self._db.execute(
                "UPDATE work SET state = 'running', reason = NULL, traceback = NULL, blame = NULL, "
                "attempts = attempts + 1, host = ?, pid = ?, born = ?, leased_until = ?, updated = ? WHERE key = ?",
                [*self._mine, self._clock() + LEASE, self._clock(), key],
            )
        return True

    def is_free(self, known: Status) -> bool:
        """Whether it is to do, and nobody alive has it.

        A process of this machine is looked up, so that no clock decides; of another one, only its lease is known.
        """
        if known.state != "running" or known.owner is None:
            return known.state == "todo"
        if known.owner.is_here:
            return not known.owner.lives
        return known.leased_until < self._clock()

    def finish(
        self,
        key: str,
        state: str,
        *,
        reason: str | None = None,
        traceback: str | None = None,
        blame: str | None = None,
        details: Mapping[str, Any] | None = None,
    ) -> bool:
        """End what this process has leased. False if it has it no more: then nothing is changed."""
        changed = self._db.execute(
            "UPDATE work SET state = ?, reason = ?, traceback = ?, blame = ?, details = ?, host = NULL, pid = NULL, "
            "born = NULL, leased_until = NULL, updated = ? "
            "WHERE key = ? AND state = 'running' AND host = ? AND pid = ? AND born = ?",
            [state, reason, traceback, blame, json.dumps(dict(details or {})), self._clock(), key, *self._mine],
        )
        return changed.rowcount == 1

    def release(self, keys: Sequence[str], state: str = "interrupted") -> None:
        """Give back what this process has leased and will not finish."""
        with self._db.transaction():
            for key in keys:
                self.finish(key, state)

    def renew(self, keys: Sequence[str]) -> None:
        """Prolong leases, for processes of other machines to see."""
        with self._db.transaction(durable=False):
            self._db.execute(
                "UPDATE work SET leased_until = ? WHERE state = 'running' AND host = ? AND pid = ? AND born = ? "
                "AND key IN (SELECT value FROM json_each(?))",
                [self._clock() + LEASE, *self._mine, json.dumps(list(keys))],
            )

    @property
    def _mine(self) -> tuple[str, int, str]:
        return self._me.host, self._me.pid, self._me.born
