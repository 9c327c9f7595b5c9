"""List: a reader's history, profile of interests, and next items."""

from __future__ import annotations

from typing import Any

import numpy as np

from whyrec import Dataset, Histories, Recommender
from whyrec.feedback.said import values_of
from whyrec.game import Game
from whyrec.players import history_players, interest_players
from whyrec.profiles import interest_of
from whyrec_cli.web.asked import ForList
from whyrec_cli.web.reader import Ranked, Reader, ranked, reader_of
from whyrec_cli.web.site import Site

STRONGEST = 50
"""Items of a history that an answer shows."""


def list_of(site: Site, asked: ForList, lang: str) -> dict[str, Any]:
    """What a reader met, what that says of their interests, and what they get."""
    reader = reader_of(site, asked)
    with site.models.asked(asked.recommender) as model:
        found = ranked(site, model, asked.recommender, reader)
        by = asked.by or site.data.interest_by or next(iter(site.data.groupings()), None)
        profile = [] if by is None else profile_of(model, reader, by)
    history = history_of(site.data, reader, lang)
    return {
        "history": history[:STRONGEST],
        "history_total": len(history),
        "by": by,
        "profile": profile,
        "items": listed(site.data, found, asked.k, lang),
        "personal": reader.effect.personal,
        "feedback": reader.pieces,
    }


def listed(data: Dataset, found: Ranked, k: int, lang: str) -> list[dict[str, Any]]:
    """The k best items, best first."""
    return [
        {"rank": place, **named(data, item, lang), "score": float(found.scores[item])}
        for place, item in enumerate(found.top(k), 1)
    ]


def named(data: Dataset, item: int, lang: str) -> dict[str, str]:
    """An item's id and title."""
    return {"item": data.catalog.items[item], "title": data.catalog.title(item, lang)}


def history_of(data: Dataset, reader: Reader, lang: str) -> list[dict[str, Any]]:
    """Each item on record with the interest in it, strongest first. ``forgotten``: it no longer counts."""
    interest, behaviors = reader.history.interest, history_players(reader.history, data.catalog).behaviors
    seen = set(reader.seen.items.tolist())
    order = np.lexsort((interest.indices, -np.abs(interest.data)))
    return [
        {
            **named(data, item := int(interest.indices[place]), lang),
            "interest": float(interest.data[place]),
            **({} if behaviors is None else {"behavior": behaviors[place]}),
            "forgotten": item not in seen,
        }
        for place in order.tolist()
    ]


def profile_of(model: Recommender, reader: Reader, by: str) -> list[dict[str, Any]]:
    """Each interest's share of all degrees of interest, and the share it had without feedback; largest first.

    Raises UnsupportedError for what the data cannot be grouped by.
    """
    data = model.data
    now, before = (_shares(model, history, by) for history in (reader.seen, reader.history))
    multipliers = {value: factor for (column, value), factor in reader.effect.multipliers.items() if column == by}
    known = set(values_of(data, by))
    names = [*before, *(name for name in now if name not in before)]
    names += [name for name in multipliers if name in known and name not in names]
    names.sort(key=lambda name: (-max(now.get(name, 0.0), 0.0), -before.get(name, 0.0), name))
    return [
        {
            "interest": name,
            "share": now.get(name, 0.0),
            "before": before.get(name, 0.0),
            **({"multiplier": multipliers[name]} if name in multipliers else {}),
        }
        for name in names
    ]


def _shares(model: Recommender, history: Histories, by: str) -> dict[str, float]:
    players = interest_players(history, model.data, by)
    mass = interest_of(Game(model, history, np.zeros(0, np.int64), players))
    total = float(mass.sum())
    return {name: float(part) / total for name, part in zip(players.ids, mass, strict=True)} if total > 0 else {}
