"""Sections: each ``[[recommender]]``, ``[[explainer]]``, ``[[metric]]``, ``[data]`` and ``[run]`` checked and made."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from whyrec.config.document import Document
from whyrec.config.model import Chosen, ChosenExplainer, RunSettings
from whyrec.config.positions import KeyPath
from whyrec.embedding import EmbedSettings
from whyrec.errors import (
    ConfigError,
    Location,
    PluginError,
    UnknownNameError,
    UnsupportedError,
    WhyrecError,
    suggest,
)
from whyrec.game import check_removal
from whyrec.players import PLAYER_KINDS
from whyrec.registry import Registry
from whyrec.settings import KeyedConfigError, check, from_validation, parameters, resolved, shown
from whyrec.targets import Target

C = TypeVar("C", bound=Chosen)

DEFAULT_METRICS = (
    "ndcg", "recall", "hit-rate", "coverage", "support",
    "completeness", "lxr11", "necessity", "stability", "agreement", "gini", "explained", "adherence", "planted",
)  # fmt: skip
_OWN = ("use", "id")
_PART = (*_OWN, "weight")  # a recommender inside another one: its share, beside its own settings
_EXPLAINER_OWN = (*_OWN, "players", "by", "target", "removal")


def section(document: Document, name: str) -> dict[str, Any]:
    """A section that stands once, ``[name]``; empty if it is not there."""
    value = document.values.get(name, {})
    if not isinstance(value, dict):
        raise ConfigError(
            f"[{name}] stands once, as a table", where=document.where(name), hint=f"write [{name}]", code="WR-C010"
        )
    return value


def sections(document: Document, name: str) -> list[KeyPath]:
    """The ways to all tables of a section that may be repeated, ``[[name]]``."""
    value = document.values.get(name, [])
    if not isinstance(value, list):
        raise ConfigError(
            f"{name} is a list of tables", where=document.where(name), hint=f"write [[{name}]]", code="WR-C010"
        )
    for index, one in enumerate(value):
        if not isinstance(one, dict):
            raise ConfigError(
                f"{name}.{index} = {shown(one)}: should be a table",
                where=document.where(name, index),
                hint=f"write [[{name}]]",
                code="WR-C010",
            )
    return [(name, index) for index in range(len(value))]


def choose(document: Document, registry: Registry, kind: str, path: KeyPath, own: Sequence[str] = _OWN) -> Chosen:
    """The plugin that the table at ``path`` picks, its settings checked, its instance made."""
    table = _at(document, path)
    use = _text(document, path, table, "use")
    if use is None:
        raise ConfigError(
            f"this section does not say which {kind} to use",
            where=document.where(*path),
            hint=f'write use = "…"; known: {", ".join(registry.names(kind))}',
            code="WR-C013",
        )
    cls = _find(document, registry, kind, use, (*path, "use"))
    name = _text(document, path, table, "id") or use
    given = {k: v for k, v in table.items() if k not in own}
    settings = _settings(document, cls, given, path, own)
    if kind == "recommender":
        _check_nested(document, registry, given, path)
    if kind == "dataset":
        _check_paths(document, settings, path)
        _check_embeddings(document, registry, cls, given, path)
    return Chosen(use, name, settings, _made(document, cls, settings, path), document.where(*path))


def choose_explainer(document: Document, registry: Registry, path: KeyPath) -> ChosenExplainer:
    """An explainer with its players: one kind, or a list of kinds."""
    chosen = choose(document, registry, "explainer", path, _EXPLAINER_OWN)
    table = _at(document, path)
    players = table.get("players", "history")
    kinds = players if isinstance(players, list) else [players]
    for index, kind in enumerate(kinds):
        if not isinstance(kind, str) or kind not in PLAYER_KINDS:
            hint = suggest(kind, PLAYER_KINDS, what="kinds") if isinstance(kind, str) else None
            raise ConfigError(
                f"players = {shown(kind)}: no such kind of players",
                where=document.where(*path, "players", index),
                hint=hint or f"known kinds: {', '.join(PLAYER_KINDS)}",
                code="WR-C016",
            )
    if not kinds or len(set(kinds)) < len(kinds):
        raise ConfigError(
            f"players = {shown(players)}: name each kind once", where=document.where(*path, "players"), code="WR-C016"
        )
    by = _text(document, path, table, "by")
    target = _text(document, path, table, "target") or "score"
    removal = _text(document, path, table, "removal") or "drop"
    checks: tuple[tuple[str, str, Callable[[str], object]], ...] = (
        ("target", target, Target.parse),
        ("removal", removal, check_removal),
    )
    for key, value, known in checks:
        try:
            known(value)
        except UnsupportedError as error:
            raise ConfigError(
                error.message, where=document.where(*path, key), hint=error.hint, code="WR-C016"
            ) from None
    return ChosenExplainer(**vars(chosen), players=tuple(kinds), by=by, target=target, removal=removal)


def choose_metrics(document: Document, registry: Registry) -> tuple[Chosen, ...]:
    """The metrics named, or the default ones that are there if none is."""
    if "metric" in document.values:
        return distinct("metric", [choose(document, registry, "metric", p) for p in sections(document, "metric")])
    names = [name for name in DEFAULT_METRICS if name in registry.names("metric")]
    if len(names) < len(DEFAULT_METRICS) and any(b.distribution == "whyrec" for b in registry.broken):
        registry.find("metric", next(name for name in DEFAULT_METRICS if name not in names))  # says what failed
    return tuple(Chosen(name, name, {}, registry.make("metric", name)) for name in names)


def distinct(kind: str, chosen: Sequence[C]) -> tuple[C, ...]:
    """Refuses two rows under one id."""
    seen: dict[str, C] = {}
    for one in chosen:
        if one.id in seen:
            first = seen[one.id].where
            raise ConfigError(
                f"two {kind}s have the id {one.id!r}; the first stands at {first}",
                where=one.where,
                hint=f'give one of them another name: id = "{one.id}-2"',
                code="WR-C014",
            )
        seen[one.id] = one
    return tuple(chosen)


def run_settings(document: Document) -> RunSettings:
    """``[run]``, checked."""
    from pydantic import ValidationError

    given = section(document, "run")
    for key in given:
        if key not in RunSettings.model_fields:
            raise ConfigError(
                f"[run] has no key {key!r}",
                where=document.where("run", key),
                hint=suggest(key, RunSettings.model_fields, what="keys"),
                code="WR-C011",
            )
    try:
        return RunSettings.model_validate(given, strict=True)
    except ValidationError as error:
        raise _placed(document, from_validation(error, ("run",), given), ()) from None


# -- inside -----------------------------------------------------------------------------------------


def _at(document: Document, path: KeyPath) -> dict[str, Any]:
    value: Any = document.values
    for part in path:
        value = value[part]
    return dict(value)


def _text(document: Document, path: KeyPath, table: Mapping[str, Any], key: str) -> str | None:
    value = table.get(key)
    if key in table and (not isinstance(value, str) or not value.strip() or not value.isprintable()):
        raise ConfigError(
            f"{key} = {shown(value)}: should be a name, as text", where=document.where(*path, key), code="WR-C012"
        )
    return value


def _find(document: Document, registry: Registry, kind: str, name: str, path: KeyPath) -> type:
    try:
        return registry.find(kind, name).cls
    except UnknownNameError as error:
        raise UnknownNameError(error.message, where=document.where(*path), hint=error.hint) from None


def _settings(
    document: Document, cls: type, given: Mapping[str, Any], path: KeyPath, own: Sequence[str] = ()
) -> dict[str, Any]:
    """Checked settings; paths, given or by default, made absolute."""
    try:
        checked = check(cls, given)
    except KeyedConfigError as error:
        if error.key in given and error.key not in parameters(cls):
            error.hint = suggest(error.key, [*parameters(cls), *own], what="settings")
        raise _placed(document, error, path) from None
    found = {k: resolved(v, document.base(*path, k)) for k, v in checked.items()}
    for name, parameter in parameters(cls).items():
        if isinstance(parameter.default, Path) and name not in found:
            found[name] = resolved(parameter.default, document.folder)
    return found


def _check_nested(document: Document, registry: Registry, value: Any, path: KeyPath) -> None:
    """Recommenders inside a recommender's settings (the parts of a blend) are checked where they stand."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        at = (*path, key)
        if isinstance(inner, dict) and isinstance(inner.get("use"), str):
            cls = _find(document, registry, "recommender", inner["use"], (*at, "use"))
            known = parameters(cls)
            own = [key for key in _PART if key not in known]
            _settings(document, cls, {k: v for k, v in inner.items() if k not in own}, at, own)
        _check_nested(document, registry, inner, at)


def _check_paths(document: Document, settings: Mapping[str, Any], path: KeyPath) -> None:
    """What the data are read from must be there; what is written (``rejected``, ``output…``) need not."""
    for key, value in settings.items():
        if key == "rejected" or key.startswith("output"):
            continue
        inside = {(key, name): one for name, one in value.items()} if isinstance(value, Mapping) else {(key,): value}
        for at, one in inside.items():
            if isinstance(one, Path):
                must_exist(one, ".".join(str(p) for p in (*path, *at)), document.where(*path, *at))


def _check_embeddings(
    document: Document, registry: Registry, cls: type, given: Mapping[str, Any], path: KeyPath
) -> None:
    """Embeddings that a dataset's settings name are checked where they stand, before anything is read."""
    for key, parameter in parameters(cls).items():
        if parameter.annotation != EmbedSettings or key not in given:
            continue
        for column, wanted in given[key].items():
            at = (*path, key, column)
            table = {"use": wanted} if isinstance(wanted, str) else wanted
            if not isinstance(table.get("use"), str):
                raise ConfigError(
                    f"{key}.{column} has no use",
                    where=document.where(*at),
                    hint=f'write use = "…"; known: {", ".join(registry.names("embedding"))}',
                    code="WR-C013",
                )
            place = at if isinstance(wanted, str) else (*at, "use")
            found = _find(document, registry, "embedding", table["use"], place)
            _settings(document, found, {k: v for k, v in table.items() if k != "use"}, at, ("use",))


def must_exist(path: Path, key: str, where: Location) -> None:
    """Raises ConfigError with the path as resolved."""
    try:
        there = path.exists()
    except OSError:
        there = False
    if not there:
        raise ConfigError(f"{key}: there is no file or folder {str(path)!r}", where=where, code="WR-C015")


def _made(document: Document, cls: type, settings: Mapping[str, Any], path: KeyPath) -> Any:
    try:
        return cls(**settings)
    except WhyrecError as error:
        error.where = error.where or document.where(*path)
        raise
    except Exception as error:  # a stranger's constructor, which should have only stored
        name = getattr(cls, "name", cls.__name__)
        raise PluginError(
            f"{name} could not be made: {type(error).__name__}: {error}", where=document.where(*path)
        ) from error


def _placed(document: Document, error: KeyedConfigError, path: KeyPath) -> ConfigError:
    return ConfigError(error.message, where=document.where(*path, *error.path), hint=error.hint, code=error.code)
