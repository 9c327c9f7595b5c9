"""Reader: whose list it is, what stands of their feedback, and the ranking that follows."""

from __future__ import annotations

import hashlib
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

import numpy as np

from whyrec import FloatArray, Histories, IntArray, Recommender
from whyrec.errors import DataError, suggest
from whyrec.feedback.effect import BEHAVIOR, Effect, without_feedback
from whyrec_cli.web.asked import OfReader
from whyrec_cli.web.site import Site


@dataclass(frozen=True, eq=False)
class Reader:
    """``history`` is what is on record, ``seen`` what models see of it under ``effect``.

    ``user`` is None for a made-up history; ``pieces``: how many pieces of feedback stand; ``key`` tells readers, and
    states of their feedback, apart.
    """

    user: str | None
    history: Histories
    seen: Histories
    effect: Effect
    pieces: int
    key: Hashable


@dataclass(frozen=True, eq=False)
class Ranked:
    """scores (n_items,); ranking: the items that may appear, best first."""

    scores: FloatArray
    ranking: IntArray

    def top(self, k: int) -> list[int]:
        """The k best items."""
        found: list[int] = self.ranking[:k].tolist()
        return found

    def rank(self, item: int) -> int | None:
        """1 for the best; None for an item that may not appear."""
        place = np.flatnonzero(self.ranking == item)
        return int(place[0]) + 1 if len(place) else None


def reader_of(site: Site, asked: OfReader) -> Reader:
    """Raises UnknownIdError, DataError for an unknown behavior, StoreError."""
    data = site.data
    if asked.user is not None:
        row = data.users.find(asked.user)
        said = site.shelf.standing(asked.user)
        effect = Effect.of(said, data)
        history = without_feedback(data.histories.take(np.array([row])))
        return Reader(asked.user, history, effect.history(data, history), effect, len(said), (asked.user, said))
    met = asked.history or []
    history = data.encode({"item_id": [m.item for m in met], **_behaviors(site, [m.behavior for m in met])})
    key = hashlib.sha256(repr([(m.item, m.behavior) for m in met]).encode()).digest()  # short: keys are kept
    return Reader(None, history, history, Effect(), 0, key)


def ranked(site: Site, model: Recommender, name: str, reader: Reader) -> Ranked:
    """The ranking of a model for a reader, kept for a while."""

    def make() -> Ranked:
        scores = model.score(reader.seen)[0]
        return Ranked(scores, reader.effect.ranking(site.data, reader.history, scores))

    return site.ranked.get((name, reader.key), make)


def _behaviors(site: Site, given: list[str | None]) -> dict[str, Any]:
    """The column of behaviors, where the data have such; who names none did what weighs most."""
    names = [name for name in site.data.histories.behavior_names if name != BEHAVIOR]
    for one in given:
        if one is not None and one not in names:
            raise DataError(f"unknown behavior {one!r}", hint=suggest(one, names, what="behaviors"), code="WR-D025")
    if not names:
        return {}
    usual = max(names, key=lambda name: site.data.behaviors.get(name, 1.0))
    return {"behavior": [one or usual for one in given]}
