"""Overrides: ``--set recommender.0.l2=50`` laid over a config."""

from __future__ import annotations

import copy
import tomllib
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from whyrec.config.document import Document
from whyrec.config.positions import DEEPEST, DepthError, KeyPath, positions
from whyrec.errors import ConfigError, Location, suggest


def overlay(document: Document, overrides: Sequence[str]) -> Document:
    """The document with each ``KEY=VALUE`` laid over it, in order; the override becomes the key's place.

    A value is read as TOML (``50``, ``true``, ``["a", "b"]``), else taken as text.
    Raises ConfigError naming the override.
    """
    values = copy.deepcopy(document.values)
    places, overridden = dict(document.places), set(document.overridden)
    for override in overrides:
        place = Location(f"--set {override}")
        path = _laid(values, override, place)
        for key in [k for k in places if k[: len(path)] == path]:
            del places[key]
        for end in range(1, len(path) + 1):
            places.setdefault(path[:end], place)
        overridden.add(path)
    return replace(document, values=values, places=places, overridden=frozenset(overridden))


def settings_of(given: Sequence[str]) -> dict[str, Any]:
    """The settings that ``KEY=VALUE`` alone make, without a config. Raises ConfigError naming the override."""
    values: dict[str, Any] = {}
    for override in given:
        _laid(values, override, Location(f"--set {override}"))
    return values


def _laid(values: dict[str, Any], override: str, place: Location) -> KeyPath:
    """Write one override into the values; gives the path that it went to."""
    key, equals, text = override.partition("=")
    if not equals:
        raise ConfigError(
            "no value was given", where=place, hint="write KEY=VALUE, such as run.users=50", code="WR-C018"
        )
    parts = _parts(key, place)
    path: KeyPath = ()
    container: Any = values
    for depth, part in enumerate(parts):
        at: Any = _index(container, part, path, place) if isinstance(container, list) else part
        if not isinstance(container, list | dict):
            raise ConfigError(f"{_dotted(path)} is a value, not a table", where=place, code="WR-C018")
        path = (*path, at)
        if depth == len(parts) - 1:
            container[at] = _value(text, place)
        else:
            container = container.setdefault(at, {}) if isinstance(container, dict) else container[at]
    return path


def _parts(key: str, place: Location) -> list[str]:
    """A dotted key, quoted parts allowed."""
    if key.count(".") > DEEPEST:
        raise _too_deep(place)
    try:
        table: Any = tomllib.loads(f"{key} = 0")
    except (ValueError, RecursionError):
        table = {}
    parts = []
    while isinstance(table, dict) and len(table) == 1:
        part, table = next(iter(table.items()))
        parts.append(part)
    if table != 0 or "\n" in key:
        raise ConfigError(
            f"{key!r} is not a key", where=place, hint="keys are joined by dots: recommender.0.l2", code="WR-C018"
        )
    return parts


def _index(container: list[Any], part: str, path: KeyPath, place: Location) -> int:
    name = _dotted(path)
    if not part.isdecimal():
        raise ConfigError(
            f"{name} is a list; {part!r} is not a position in it",
            where=place,
            hint=f"write {name}.0",
            code="WR-C018",
        )
    if int(part[:9]) >= len(container):
        known = [str(i) for i in range(len(container))]
        raise ConfigError(
            f"there is no {name}.{part}",
            where=place,
            hint=suggest(part, known, what="positions"),
            code="WR-C018",
        )
    return int(part)


def _value(text: str, place: Location) -> Any:
    """TOML if it is one value, else text."""
    try:
        positions(f"value = {text}")
        found = tomllib.loads(f"value = {text}")
    except DepthError:
        raise _too_deep(place) from None
    except ValueError:
        return text
    return found["value"] if list(found) == ["value"] else text


def _too_deep(place: Location) -> ConfigError:
    shown = f"{str(place)[:60]}…"
    return ConfigError(f"nested more than {DEEPEST} levels deep", where=Location(shown), code="WR-C007")


def _dotted(path: KeyPath) -> str:
    return ".".join(str(part) for part in path)
