"""Settings: a plugin's constructor read as a schema, and checked values turned into an instance."""

from __future__ import annotations

import inspect
import json
import math
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, get_type_hints

from whyrec.errors import ConfigError, PluginError, suggest

if TYPE_CHECKING:
    from pydantic import ValidationError

T = TypeVar("T")
Trail = tuple[str | int, ...]
_SHOWN = 60


class KeyedConfigError(ConfigError):
    """A ConfigError about one key; whoever knows the file adds the place.

    ``path`` leads to the value inside a nested setting: ``("weights", "click")``; ``key`` is its first part.
    """

    code = "WR-C012"

    def __init__(self, path: Trail, message: str, hint: str | None = None, *, code: str | None = None) -> None:
        super().__init__(message, hint=hint, code=code)
        self.path = path
        self.key = str(path[0])


def parameters(cls: type) -> dict[str, inspect.Parameter]:
    """The constructor's keyword parameters, annotations resolved, in order.

    Raises PluginError for a constructor that cannot be a schema: positional, untyped or without default.
    """
    if cls.__init__ is object.__init__:  # type: ignore[misc]  # of the class at hand, not of a subclass
        return {}
    found: dict[str, inspect.Parameter] = {}
    hints = get_type_hints(cls.__init__, include_extras=True)  # type: ignore[misc]  # of the class at hand, not of a subclass
    for p in list(inspect.signature(cls.__init__).parameters.values())[1:]:  # type: ignore[misc]  # of the class at hand, not of a subclass
        if p.kind is not p.KEYWORD_ONLY or p.default is p.empty or p.name not in hints:
            raise PluginError(
                f"{cls.__name__}.__init__: parameter {p.name!r} must be keyword-only, typed and have a default",
                hint="a plugin's constructor is its config schema: def __init__(self, *, size: int = 64) -> None",
            )
        found[p.name] = p.replace(annotation=hints[p.name])
    return found


def keywords(function: Callable[..., Any]) -> dict[str, inspect.Parameter]:
    """A function's keyword-only parameters, annotations resolved, in order."""
    hints = get_type_hints(function, include_extras=True)
    found = inspect.signature(function).parameters.values()
    return {p.name: p.replace(annotation=hints.get(p.name, Any)) for p in found if p.kind is p.KEYWORD_ONLY}


def check(cls: type, given: Mapping[str, Any]) -> dict[str, Any]:
    """The given settings, checked against the constructor's types and ranges.

    Raises
    ------
    ConfigError
        for an unknown key (with the nearest known one), a wrong type or a value out of range. It is a
        KeyedConfigError: its ``path`` names the setting, so that a caller can point at the line.
    """
    return check_all(parameters(cls), given, owner=str(getattr(cls, "name", cls.__name__)))


def check_all(known: Mapping[str, inspect.Parameter], given: Mapping[str, Any], *, owner: str) -> dict[str, Any]:
    """As :func:`check`, for parameters already read. ``owner`` is who has them, for the message."""
    checked: dict[str, Any] = {}
    for key, value in given.items():
        if key not in known:
            hint = suggest(key, known, what="settings") if known else f"{owner} has no settings"
            raise KeyedConfigError((key,), f"{owner} has no setting {key!r}", hint, code="WR-C011")
        checked[key] = _checked(key, known[key].annotation, value, owner)
    return checked


def build(cls: type[T], given: Mapping[str, Any]) -> T:
    """An instance from checked settings. Raises ConfigError."""
    return cls(**check(cls, given))


def _checked(key: str, annotation: Any, value: Any, owner: str) -> Any:
    from pydantic import ConfigDict, PydanticUserError, TypeAdapter, ValidationError
    from pydantic.errors import PydanticSchemaGenerationError

    try:
        try:
            adapter: TypeAdapter[Any] = TypeAdapter(annotation, config=ConfigDict(arbitrary_types_allowed=True))
        except PydanticUserError as error:
            if error.code != "type-adapter-config-unused":
                raise
            adapter = TypeAdapter(annotation)  # a model or dataclass, which brings its own configuration
    except (PydanticUserError, PydanticSchemaGenerationError) as error:
        text = str(error).splitlines()[0]
        raise PluginError(f"{owner}: the type of setting {key!r} cannot be checked: {text}") from None
    try:
        checked = _validated(adapter, value)
    except ValidationError as error:
        raise from_validation(error, (key,), value) from None
    for trail, number in _numbers((key,), checked):
        if not math.isfinite(number):
            raise KeyedConfigError(trail, f"{_dotted(trail)} = {number}: should be a finite number")
    return checked


def _validated(adapter: Any, value: Any) -> Any:
    """Strict, so that "5" is no int and true no number, but a list may become a tuple, and text a path."""
    from pydantic import ValidationError

    try:
        return adapter.validate_python(value, strict=True)
    except ValidationError as error:
        try:
            text = json.dumps(value)
        except (TypeError, ValueError):  # Python objects: not from a config
            raise error from None
        # JSON has no tuples, sets, paths and enums: in its terms a strict check still takes lists and text for them.
        return adapter.validate_json(text, strict=True)


def from_validation(error: ValidationError, trail: Trail, value: Any) -> KeyedConfigError:
    """Pydantic's first finding about ``value``, which stands at ``trail``, as one sentence with the value in it."""
    first = error.errors(include_url=False)[0]
    for part in first["loc"]:  # the branches of a union stand in ``loc`` too, but not in the value
        if isinstance(value, dict) and part in value:
            value = value[part]
        elif not (isinstance(value, list | tuple) and isinstance(part, int) and part < len(value)):
            continue
        else:
            value = value[part]
        trail = (*trail, part)
    message = first["msg"].removeprefix("Input ").removeprefix("Value error, ")
    others = {e["msg"].removeprefix("Input should be ") for e in error.errors(include_url=False)[1:]}
    if others and len(first["loc"]) and first["loc"][-1] not in trail:
        message += "".join(f", or {other}" for other in sorted(others) if other not in message)
    hint = None
    if first["type"] == "literal_error" and isinstance(value, str):
        hint = suggest(value, _literals(str(first["ctx"]["expected"])), what="values")
    return KeyedConfigError(trail, f"{_dotted(trail)} = {shown(value)}: {message}", hint)


def shown(value: Any) -> str:
    """A value as it may stand in a message: TOML's own spelling where that is easy, cut where it is long."""
    text = json.dumps(value) if isinstance(value, bool) else repr(value)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"


def _numbers(trail: Trail, value: Any) -> Iterator[tuple[Trail, float]]:
    """Every float inside a value, with the way to it."""
    if isinstance(value, float):
        yield trail, value
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _numbers((*trail, key), inner)
    elif isinstance(value, list | tuple | set | frozenset):
        for index, inner in enumerate(value):
            yield from _numbers((*trail, index), inner)


def resolved(value: Any, base: Path) -> Any:
    """The value with every relative path inside it made absolute: it starts from ``base``; ``~`` is the home."""
    if isinstance(value, Path):
        return base / value.expanduser() if str(value)[:1] == "~" else base / value
    if isinstance(value, Mapping):
        return {k: resolved(v, base) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(resolved(v, base) for v in value)
    return value


def _literals(expected: str) -> list[str]:
    """``'a', 'b' or 'c'`` → a, b, c."""
    return expected.split("'")[1::2]


def _dotted(trail: Trail) -> str:
    return ".".join(str(part) for part in trail)
