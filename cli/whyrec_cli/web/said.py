"""Said: feedback from the page: what it would change, writing it down, taking it back, and what was said before."""

from __future__ import annotations

from typing import Any

from whyrec.feedback.journal import Entry
from whyrec.feedback.measured import change
from whyrec.feedback.said import Said, checked
from whyrec_cli.stored import NONE
from whyrec_cli.web.asked import OfUser, ToPreview, ToSay, ToUndo
from whyrec_cli.web.errors import read_only
from whyrec_cli.web.listed import named
from whyrec_cli.web.site import Site

NEWEST = 200
"""Entries that an answer holds."""


def preview(site: Site, asked: ToPreview, lang: str) -> dict[str, Any]:
    """Which of the next items would change. Nothing is written."""
    data = site.data
    said = _said(site, asked)
    before = site.shelf.standing(said.user)
    with site.models.asked(asked.recommender) as model:
        found = change(model, said.user, before, [*before, said], asked.k)
    return {
        "before": [named(data, item, lang) for item in found.before.tolist()],
        "after": [named(data, item, lang) for item in found.after.tolist()],
        "left": [data.catalog.items[item] for item in found.left],
        "came": [data.catalog.items[item] for item in found.came],
    }


def add(site: Site, asked: ToSay, lang: str) -> dict[str, Any]:
    """Write a piece down; it counts from the next answer on."""
    _check_writable(site)
    entry = site.shelf.add(_said(site, asked), site.data)
    text = site.say(lang)(f"said.{entry.said.about}.{entry.said.answer}", subject=_subject(site, entry, lang))
    return {"id": entry.id, "at": entry.at, "said": entry.said.to_dict(), "text": text}


def undo(site: Site, asked: ToUndo, lang: str) -> dict[str, Any]:
    """Take a piece back: the list is what it was."""
    _check_writable(site)
    return {"id": site.shelf.undo(asked.id).id, "undone": True}


def entries(site: Site, asked: OfUser, lang: str) -> dict[str, Any]:
    """What a user said, newest first. Raises UnknownIdError."""
    site.data.users.find(asked.user)
    found = site.shelf.entries(asked.user)[::-1][:NEWEST]
    return {"entries": [_entry(site, entry, lang) for entry in found]}


def _entry(site: Site, entry: Entry, lang: str) -> dict[str, Any]:
    said = entry.said
    title = {"title": _subject(site, entry, lang)} if said.about in ("item", "reason") else {}
    return {"id": entry.id, "at": entry.at, **said.to_dict(), **title, "undone": entry.undone}


def _subject(site: Site, entry: Entry, lang: str) -> str:
    """What was spoken of, as people call it."""
    said, items = entry.said, site.data.catalog.items
    if said.about in ("item", "reason") and said.subject in items:
        return site.data.catalog.title(items.find(said.subject), lang)
    return said.subject


def _said(site: Site, asked: ToSay) -> Said:
    """Raises UnknownIdError, UnsupportedError for what the data do not know."""
    return checked(Said(asked.user, asked.about, asked.answer, asked.subject, asked.by), site.data)


def _check_writable(site: Site) -> None:
    if site.read_only:
        raise read_only("--store none" if site.shelf.stored == NONE else "--read-only")
