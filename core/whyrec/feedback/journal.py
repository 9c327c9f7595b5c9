"""Journal: feedback in the store, only ever added to. Undoing takes a piece back; what stands is the rest, in order."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from whyrec.dataset import Dataset
from whyrec.feedback.said import Said, checked
from whyrec.store.errors import StoreError
from whyrec.store.events import Event
from whyrec.store.store import Store

KIND = "feedback"


@dataclass(frozen=True)
class Entry:
    """One piece of feedback in the store: its number, the moment (unix seconds), whether it was taken back."""

    id: int
    at: float
    said: Said
    undone: bool = False


class Journal:
    """The feedback in a store. Any number of processes may write and read at once."""

    def __init__(self, store: Store) -> None:
        self._events = store.events

    def add(self, said: Said, data: Dataset) -> Entry:
        """Write one piece down; it is on the disk when this returns.

        Raises UnknownIdError, UnsupportedError for what the data do not know, see :func:`whyrec.feedback.said.checked`.
        """
        return self.add_all([said], data)[0]

    def add_all(self, said: Iterable[Said], data: Dataset) -> list[Entry]:
        """Several, after all of them were checked."""
        good = [checked(one, data) for one in said]
        return [_entry(self._events.append(KIND, one.to_dict())) for one in good]

    def undo(self, number: int) -> Entry:
        """Take a piece back; the answer is that piece. Raises StoreError if there is none, or it was taken back."""
        found = [e for e in self._events.list(KIND, after=number - 1) if e.id == number and e.undoes is None]
        if not found:
            raise StoreError(f"there is no feedback {number}", hint="`whyrec feedback list` shows what there is")
        self._events.undo(number)
        return Entry(number, found[0].at, Said.from_dict(found[0].content), undone=True)

    def standing(self, user: str) -> list[Said]:
        """What stands of a user's feedback, oldest first: for :meth:`whyrec.feedback.effect.Effect.of`."""
        return [e.said for e in self.list(user)]

    def by_user(self) -> dict[str, list[Said]]:
        """What stands of everybody's, users in the order of their first word."""
        found: dict[str, list[Said]] = {}
        for entry in self.list():
            found.setdefault(entry.said.user, []).append(entry.said)
        return found

    # Last, since its name hides the type's from what follows.
    def list(self, user: str | None = None, *, undone: bool = False) -> list[Entry]:
        """What was said, oldest first; with ``undone`` also what was taken back."""
        entries = [_entry(e) for e in self._events.list(KIND) if e.undoes is None]
        return [e for e in entries if (undone or not e.undone) and user in (None, e.said.user)]


def _entry(event: Event) -> Entry:
    return Entry(event.id, event.at, Said.from_dict(event.content), event.undone)
