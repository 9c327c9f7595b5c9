"""Returned: what a plugin hands back, taken up to a limit, so that one without end costs neither time nor memory."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import metadata
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np

from whyrec.errors import PluginError

if TYPE_CHECKING:
    from whyrec.plugin import Plugin
    from whyrec.types import FloatArray


def at_most(n: int, found: Iterable[Any], plugin: Plugin, what: str) -> list[Any]:
    """All that an iterable gives, n at the most.

    Raises PluginError, with the plugin's distribution and version, for more than n and for what cannot be gone through.
    ``what`` names the things: ``attributions``.
    """
    try:
        taken = iter(found)
    except TypeError:
        raise _wrong(plugin, f"a {type(found).__name__}; {what} were expected") from None
    out = list(islice(taken, n + 1))
    if len(out) > n:
        raise _wrong(plugin, f"more than {n} {what}, perhaps without end")
    return out


def numbers(found: Any, plugin: Plugin, what: str) -> FloatArray:
    """An array of float64. Raises PluginError for what is none, such as a generator, which may be without end."""
    try:
        return np.asarray(found, np.float64)
    except (TypeError, ValueError) as error:
        reason = str(error).splitlines()[0]
        raise _wrong(plugin, f"{what} that are no array of numbers: {type(found).__name__}, {reason}") from None


def origin_of(cls: type[Plugin]) -> str:
    """Distribution and version of a plugin class, ``whyrec-mine 0.1.0``; empty for one that is not installed."""
    from whyrec.hookspecs import GROUP

    top = cls.__module__.partition(".")[0]
    for point in metadata.entry_points(group=GROUP):
        if point.module.partition(".")[0] == top and point.dist is not None:
            return f"{point.dist.name} {point.dist.version}"
    return ""


def _wrong(plugin: Plugin, what: str) -> PluginError:
    origin = origin_of(type(plugin))
    return PluginError(f"{plugin.name} returned {what}" + (f" ({origin})" if origin else ""))
