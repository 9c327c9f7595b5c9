"""About: what there is to choose from, the search for users and items, and how the data are."""

from __future__ import annotations

from typing import Any

from whyrec import __version__
from whyrec.feedback.effect import BEHAVIOR
from whyrec.feedback.said import ANSWERS
from whyrec_cli.data import facts
from whyrec_cli.web.asked import Found, Nothing
from whyrec_cli.web.errors import told
from whyrec_cli.web.listed import named
from whyrec_cli.web.site import Site

K = 10
TARGETS = ("score", "probability", "margin@10", "margin-near", "rank")


def about(site: Site, asked: Nothing, lang: str) -> dict[str, Any]:
    """The choices of the page."""
    data = site.data
    return {
        "version": __version__,
        "languages": [{"name": tag, "label": words.language.summary} for tag, words in site.words.items()],
        "recommenders": [
            {
                "id": seat.id,
                "name": seat.name,
                "version": seat.version,
                "summary": seat.summary,
                "ready": seat.model is not None,
                "progress": 1.0 if seat.model is not None else round(seat.progress, 4),
                "error": None if seat.error is None else told(seat.error),
            }
            for seat in site.models.seats.values()
        ],
        "explainers": [
            {"id": v.id, "name": v.explainer.name, "version": v.version, "summary": v.explainer.summary}
            for v in site.voices.values()
        ],
        "targets": list(TARGETS),
        "players": ["history", "interests", "features"],
        "behaviors": [name for name in data.histories.behavior_names if name != BEHAVIOR],
        "by": list(data.groupings()),
        "interest_by": data.interest_by or next(iter(data.groupings()), None),
        "users": data.n_users,
        "items": data.n_items,
        "read_only": site.read_only,
        "k": K,
        "answers": {thing: list(answers) for thing, answers in ANSWERS.items()},
    }


def users(site: Site, asked: Found, lang: str) -> dict[str, Any]:
    """Users whose id contains a text."""
    found, more = _search(site.user_texts, asked)
    ids = site.data.users
    return {"users": [{"id": ids[row], "items": int(site.lengths[row])} for row in found], "more": more}


def items(site: Site, asked: Found, lang: str) -> dict[str, Any]:
    """Items whose id or title, in any language, contains a text."""
    found, more = _search(site.item_texts, asked)
    pairs = [named(site.data, item, lang) for item in found]
    return {"items": [{"id": one["item"], "title": one["title"]} for one in pairs], "more": more}


def data_health(site: Site, asked: Nothing, lang: str) -> dict[str, Any]:
    """What the data hold, and what cleaning did to them."""
    said, times = facts(site.data), site.data.histories.times
    return {
        "name": said["name"],
        "source": site.config.source,
        "users": said["users"],
        "items": said["items"],
        "events": said["events"],
        "users_without_events": said["users_without_events"],
        "read": said["rows"]["read"],
        "kept": said["rows"]["kept"],
        "rejected": [{"reason": reason, "rows": rows} for reason, rows in said["rows"]["rejected"].items()],
        "filtered": [{"reason": reason, "rows": rows} for reason, rows in said["rows"]["filtered"].items()],
        "warnings": said["warnings"],
        "behaviors": [
            {"name": one["behavior"], "events": one["events"], "weight": one["weight"]} for one in said["behaviors"]
        ],
        "features": [
            {"column": one["column"], "values": one["features"], "items_with": _items_with(site, one["column"])}
            for one in said["features"]
        ],
        "times": None if times is None or not len(times) else {"first": int(times.min()), "last": int(times.max())},
    }


def _items_with(site: Site, column: str) -> int:
    """How many items have something in a column."""
    features = site.data.catalog.features
    if features is None:
        return 0
    part = features.matrix[:, features.of_column(column)] != 0
    return int((part.sum(axis=1) > 0).sum())


def _search(texts: tuple[str, ...], asked: Found) -> tuple[list[int], bool]:
    """The first places whose text contains what is looked for, and whether there are more."""
    wanted = asked.q.casefold()
    found: list[int] = []
    for place, text in enumerate(texts):
        if wanted in text:
            if len(found) == asked.limit:
                return found, True
            found.append(place)
    return found, False
