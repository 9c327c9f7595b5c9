"""Events: what people said, in order, each with its moment. They are only ever added; undoing one is an event too."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from whyrec.store.database import Database
from whyrec.store.errors import StoreError


@dataclass(frozen=True)
class Event:
    """``undoes``: the event that this one takes back; ``undone``: whether a later one takes this one back."""

    id: int
    at: float
    kind: str
    content: Mapping[str, Any]
    undoes: int | None = None
    undone: bool = False


class Events:
    """The table of events. Any number of processes may write and read at once."""

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self._db = database
        self._clock = clock

    def append(self, kind: str, content: Mapping[str, Any]) -> Event:
        """Add an event. It is on the disk when this returns."""
        return self._add(kind, json.dumps(dict(content), allow_nan=False), None)

    def undo(self, event: int) -> Event:
        """Take an event back, by an event of the same kind. Raises StoreError if it is not there or taken back."""
        with self._db.transaction():
            found = self._db.rows("SELECT kind, undoes FROM events WHERE id = ?", [event])
            if not found:
                raise StoreError(f"there is no event {event} to undo")
            if self._db.rows("SELECT 1 FROM events WHERE undoes = ?", [event]):
                raise StoreError(f"event {event} was undone already")
            return self._add(found[0]["kind"], "{}", event)

    def list(self, kind: str | None = None, *, after: int = 0, standing: bool = False) -> list[Event]:
        """Events in order, those with an id above ``after``; ``standing``: without the undone and the undoing ones."""
        found = self._db.rows(
            "SELECT e.*, u.id IS NOT NULL AS undone FROM events e LEFT JOIN events u ON u.undoes = e.id "
            "WHERE e.id > ? AND (? IS NULL OR e.kind = ?) ORDER BY e.id",
            [after, kind, kind],
        )
        events = [
            Event(r["id"], r["at"], r["kind"], json.loads(r["content"]), r["undoes"], bool(r["undone"])) for r in found
        ]
        return [e for e in events if not (e.undone or e.undoes)] if standing else events

    def latest(self) -> int:
        """The id of the last event, 0 without any: whoever has seen it knows all."""
        return int(self._db.rows("SELECT coalesce(max(id), 0) AS id FROM events")[0]["id"])

    def _add(self, kind: str, content: str, undoes: int | None) -> Event:
        at = self._clock()
        with self._db.transaction():
            made = self._db.execute(
                "INSERT INTO events(at, kind, content, undoes) VALUES (?, ?, ?, ?)", [at, kind, content, undoes]
            )
        return Event(int(made.lastrowid or 0), at, kind, json.loads(content), undoes)
