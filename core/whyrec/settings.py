"""Settings: a plugin's constructor read as a schema, and checked values turned into an instance."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any, TypeVar, get_type_hints

from whyrec.errors import ConfigError, PluginError, suggest

T = TypeVar("T")


def parameters(cls: type) -> dict[str, inspect.Parameter]:
    """The constructor's keyword parameters, annotations resolved, in order.

    Raises PluginError for a constructor that cannot be a schema: positional, untyped or without default.
    """
    if cls.__init__ is object.__init__:  # type: ignore[misc]
        return {}
    found: dict[str, inspect.Parameter] = {}
    hints = get_type_hints(cls.__init__, include_extras=True)  # type: ignore[misc]
    for p in list(inspect.signature(cls.__init__).parameters.values())[1:]:  # type: ignore[misc]
        if p.kind is not p.KEYWORD_ONLY or p.default is p.empty or p.name not in hints:
            raise PluginError(
                f"{cls.__name__}.__init__: parameter {p.name!r} must be keyword-only, typed and have a default",
                hint="a plugin's constructor is its config schema: def __init__(self, *, size: int = 64) -> None",
            )
        found[p.name] = p.replace(annotation=hints[p.name])
    return found


def check(cls: type, given: Mapping[str, Any]) -> dict[str, Any]:
    """The given settings, checked against the constructor's types and ranges.

    Raises
    ------
    ConfigError
        for an unknown key (with the nearest known one), a wrong type or a value out of range. Its
        attribute ``key`` names the setting, so that a caller can point at the line.
    """
    from pydantic import ConfigDict, TypeAdapter, ValidationError

    known = parameters(cls)
    checked: dict[str, Any] = {}
    for key, value in given.items():
        if key not in known:
            raise KeyedConfigError(
                key,
                f"{getattr(cls, 'name', cls.__name__)} has no setting {key!r}",
                suggest(key, known, what="settings"),
            )
        adapter: TypeAdapter[Any] = TypeAdapter(known[key].annotation, config=ConfigDict(arbitrary_types_allowed=True))
        try:
            if isinstance(value, bool) and bool not in _plain_types(known[key].annotation):
                raise KeyedConfigError(key, f"{key} = {value!r}: a number or text was expected, not a boolean", None)
            checked[key] = adapter.validate_python(value)
        except ValidationError as error:
            first = error.errors()[0]
            inner = "".join(f".{part}" for part in first["loc"] if isinstance(part, str) and not part[:1].isupper())
            raise KeyedConfigError(key, f"{key}{inner} = {value!r}: {first['msg'].lower()}", None) from None
    return checked


def build(cls: type[T], given: Mapping[str, Any]) -> T:
    """An instance from checked settings. Raises ConfigError."""
    return cls(**check(cls, given))


class KeyedConfigError(ConfigError):
    """A ConfigError about one key; whoever knows the file adds the place."""

    def __init__(self, key: str, message: str, hint: str | None) -> None:
        super().__init__(message, hint=hint)
        self.key = key


def _plain_types(annotation: Any) -> set[Any]:
    """All classes that occur in an annotation."""
    inner = getattr(annotation, "__args__", ())
    found = {annotation} if isinstance(annotation, type) else set()
    for a in inner:
        found |= _plain_types(a)
    return found
