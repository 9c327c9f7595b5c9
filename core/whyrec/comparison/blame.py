"""Blame: which plugin failed. Told by the traceback, where there is one, else by who was at work."""

from __future__ import annotations

import inspect
import traceback
from collections.abc import Sequence
from pathlib import Path

from whyrec.comparison.cast import Part
from whyrec.errors import PluginError


def blame_of(error: BaseException, parts: Sequence[Part], classes: Sequence[type], at_work: Part) -> Part:
    """The part in whose file the error arose, the innermost first; one that its message names; else ``at_work``."""
    if isinstance(error, PluginError):
        for part in parts:
            if str(error).startswith(f"{part.chosen.use} returned"):
                return part
    files: dict[Path, list[Part]] = {}
    for part, cls in zip(parts, classes, strict=True):
        try:
            files.setdefault(Path(inspect.getfile(cls)).resolve(), []).append(part)
        except (TypeError, OSError):  # a class that was made in no file
            continue
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        found = files.get(Path(frame.filename).resolve(), [])
        if found:  # several plugins may live in one file
            return at_work if at_work in found else found[0]
    return at_work


def reason_of(error: BaseException) -> str:
    """Type and first line of the message."""
    return f"{type(error).__name__}: {error}".strip().splitlines()[0].rstrip(": ")
