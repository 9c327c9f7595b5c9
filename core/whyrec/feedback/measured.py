"""Measured: what feedback does to the next list, before it is given and afterwards."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from whyrec.feedback.effect import Effect, shares
from whyrec.feedback.said import Said
from whyrec.recommender import Recommender
from whyrec.types import IntArray


@dataclass(frozen=True, eq=False)
class Change:
    """A user's next list before and after; item indices, best first."""

    before: IntArray
    after: IntArray

    @property
    def left(self) -> list[int]:
        """Items that are no longer there."""
        return _without(self.before, self.after)

    @property
    def came(self) -> list[int]:
        """Items that were not there."""
        return _without(self.after, self.before)


@dataclass(frozen=True)
class Less:
    """An interest of which a user wants less: its share of the next list without any feedback, and now."""

    user: str
    by: str
    interest: str
    before: float
    after: float

    @property
    def gone(self) -> float | None:
        """The part of the share that is gone; None where there was nothing to lose."""
        return None if self.before <= 0 else 1.0 - self.after / self.before


def change(model: Recommender, user: str, before: Iterable[Said], after: Iterable[Said], k: int = 10) -> Change:
    """How a user's next list changes from what stands to what would stand. Raises UnknownIdError."""
    data = model.data
    history = data.histories.take(data.users.find_all([user]))
    lists = [Effect.of(said, data).top(model, history, k).items[0] for said in (before, after)]
    return Change(*(items[items >= 0] for items in lists))


def measured(model: Recommender, said: Mapping[str, Iterable[Said]], k: int = 10) -> list[Less]:
    """For everybody's interests that should be less, or gone: the share of the next k items, without feedback and now.

    Users whom the data do not know are passed over.
    """
    data, out = model.data, []
    for user, answers in said.items():
        if user not in data.users:
            continue
        effect = Effect.of(answers, data)
        wanted = [pair for pair, factor in effect.multipliers.items() if factor < 1 and pair[0] != "behavior"]
        if not wanted:
            continue
        history = data.histories.take(data.users.find_all([user]))
        plain, now = (e.top(model, history, k).items[0] for e in (Effect(), effect))
        for by, interest in wanted:
            before, after = (shares(data, np.asarray(items), by).get(interest, 0.0) for items in (plain, now))
            out.append(Less(user, by, interest, before, after))
    return out


def _without(items: IntArray, others: IntArray) -> list[int]:
    """The items that are not among the others, in their order."""
    found: list[int] = items[~np.isin(items, others)].tolist()
    return found
