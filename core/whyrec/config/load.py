"""Loading: a config file, overrides laid over it, checked against the plugins that are there."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

from whyrec.config.document import Document, parse, read_document
from whyrec.config.model import Config
from whyrec.config.overrides import overlay
from whyrec.config.sections import choose, choose_explainer, choose_metrics, distinct, run_settings, section, sections
from whyrec.config.split import split_settings
from whyrec.errors import ConfigError, Location
from whyrec.registry import Registry

DEFAULT = "storefront.toml"
SECTIONS = ("data", "split", "recommender", "explainer", "metric", "run")


def load_config(
    path: Path | None = None,
    *,
    text: str | None = None,
    source: str = "(text)",
    overrides: Sequence[str] = (),
    registry: Registry,
) -> Config:
    """A checked config: from a file, from a text, or the storefront default if neither is given.

    Parameters
    ----------
    path : the file; relative paths inside it start from its folder
    text : the config itself instead of a file, known as ``source``; paths start from the current directory
    overrides : ``KEY=VALUE``, keys as in ``recommender.0.l2``; paths start from the current directory
    registry : who knows the plugins

    Raises
    ------
    ConfigError
        for whatever cannot be followed, with file, line, column and the nearest right key.
    UnknownNameError
        for a plugin that is not there, with the same.
    """
    if path is not None:
        document = read_document(path)
    elif text is not None:
        document = parse(text, source=source, folder=Path.cwd())
    else:
        document = parse(default_text(), source="(default)", folder=Path.cwd())
    return _checked(overlay(document, overrides), registry)


def default_text() -> str:
    """The config that is used where none is given: a made storefront, all models, all explainers."""
    return files("whyrec.config").joinpath(DEFAULT).read_text("utf-8")


def _checked(document: Document, registry: Registry) -> Config:
    _only_known_sections(document)
    if "data" not in document.values:
        known = ", ".join(registry.names("dataset"))
        raise ConfigError(
            "there is no [data] section",
            where=Location(document.source, 1, 1),
            hint=f'write [data] and use = "…"; known: {known}',
            code="WR-C009",
        )
    section(document, "data")
    data = choose(document, registry, "dataset", ("data",))
    run = run_settings(document)
    return Config(
        source=document.source,
        folder=document.folder,
        data=data,
        split=split_settings(document, data.instance, seed=run.seed),
        recommenders=distinct(
            "recommender", [choose(document, registry, "recommender", p) for p in sections(document, "recommender")]
        ),
        explainers=distinct(
            "explainer", [choose_explainer(document, registry, p) for p in sections(document, "explainer")]
        ),
        metrics=choose_metrics(document, registry),
        run=run,
        raw=_plain(document.values),
    )


def _only_known_sections(document: Document) -> None:
    from whyrec.config.model import RunSettings
    from whyrec.errors import suggest

    for name, value in document.values.items():
        if name in SECTIONS:
            continue
        if isinstance(value, dict | list):
            raise ConfigError(
                f"unknown section [{name}]",
                where=document.where(name),
                hint=suggest(name, SECTIONS, what="sections"),
                code="WR-C008",
            )
        hint = f"write it under [run]: {name} = …" if name in RunSettings.model_fields else "keys stand in sections"
        raise ConfigError(
            f"{name!r} stands outside of any section", where=document.where(name), hint=hint, code="WR-C008"
        )


def _plain(value: Any) -> Any:
    """The values as JSON knows them: dates and times as text."""
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_plain(v) for v in value]
    return value.isoformat() if isinstance(value, datetime.date | datetime.time) else value
