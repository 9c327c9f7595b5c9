"""``[split]``: which pairs are held out, checked against the arguments of the split itself."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from whyrec.config.document import Document
from whyrec.config.sections import must_exist, section
from whyrec.errors import ConfigError
from whyrec.settings import KeyedConfigError, check_all, keywords
from whyrec.source import DataSource


def split_settings(document: Document, source: DataSource, *, seed: int) -> Mapping[str, Any]:
    """The keyword arguments for :func:`whyrec.data.splits.split`: ``split(data, **settings)``.

    ``path`` (the file of a published split) is looked for beside the data, else beside the config; it
    becomes the argument ``test``. The seed is that of ``[run]`` unless ``[split]`` has its own.
    """
    given = section(document, "split")
    try:
        checked = check_all(split_keys(), given, owner="[split]")
    except KeyedConfigError as error:
        raise ConfigError(
            error.message, where=document.where("split", *error.path), hint=error.hint, code=error.code
        ) from None
    settings = {"seed": seed, **checked}
    path = settings.pop("path", None)
    by = settings.get("by")
    if path is not None and by != "file":
        raise ConfigError(
            "[split] has a path, but does not split by file",
            where=document.where("split", "path"),
            hint='write by = "file"',
            code="WR-C017",
        )
    if by == "file":
        if path is None:
            raise ConfigError(
                '[split] by = "file" needs a path',
                where=document.where("split", "by"),
                hint='path = "test.csv"',
                code="WR-C017",
            )
        settings["test"] = _found(document, source, path)
    return settings


def split_keys() -> dict[str, inspect.Parameter]:
    """The keys of ``[split]``: the arguments of the split, the table of test pairs as a path."""
    from whyrec.data.splits import split

    known = keywords(split)
    test = known.pop("test")
    known["path"] = test.replace(name="path", annotation=Path | None)
    return known


def _found(document: Document, source: DataSource, path: Path) -> Path:
    """The file beside the data if it is there, else beside the config; an override's in the current directory."""
    base = document.base("split", "path")
    places = [base / path.expanduser()]
    if not document.is_overridden("split", "path") and (folder := source.folder()) is not None:
        places.insert(0, folder / path.expanduser())
    for place in places:
        if place.exists():
            return place
    must_exist(places[0], "split.path", document.where("split", "path"))
    return places[0]
