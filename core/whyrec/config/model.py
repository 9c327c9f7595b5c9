"""Config, as checked values: which data, split, recommenders, explainers, metrics, and how it is run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from whyrec.errors import Location


@dataclass(frozen=True)
class Chosen:
    """One plugin that a config picks: its name, the id of its rows, its settings as written and checked.

    ``instance`` is made from the checked settings; it is not fitted and has loaded nothing.
    """

    use: str
    id: str
    settings: Mapping[str, Any]
    instance: Any
    where: Location | None = None


@dataclass(frozen=True)
class ChosenExplainer(Chosen):
    """An explainer with what it is asked: kinds of players, what interests are grouped by, target and removal rule."""

    players: tuple[str, ...] = ("history",)
    by: str | None = None
    target: str = "score"
    removal: str = "drop"


class RunSettings(BaseModel):
    """``[run]``: how much is explained, and the seed of everything."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    users: Annotated[int, Field(ge=1, le=10_000_000)] = 200
    """How many users are explained (drawn by the seed; all, if there are fewer)."""
    k: Annotated[int, Field(ge=1, le=1000)] = 10
    """How many of each user's best items are explained."""
    seed: Annotated[int, Field(ge=0, le=2**31 - 1)] = 7
    repeats: Annotated[int, Field(ge=2, le=100)] = 3
    """How many seeds a metric that compares repeated explanations sees."""
    repeat_users: Annotated[int, Field(ge=1)] = 20
    """For how many of the users explanations are repeated."""
    bootstrap: Annotated[int, Field(ge=0, le=100_000)] = 1000
    """Resamples of the users for the 95 % intervals; 0: none."""
    timeout_seconds: Annotated[float, Field(gt=0, le=10_000_000)] = 7200.0
    """How long one cell, or one fit, may take."""
    memory_gb: Annotated[float, Field(gt=0, le=1_000_000)] | None = None
    """What a worker process may address; None: as much as the machine has."""


@dataclass(frozen=True)
class Config:
    """A checked config. ``source`` is its text's name (a file, or ``(default)``)."""

    source: str
    folder: Path
    data: Chosen
    split: Mapping[str, Any]
    recommenders: tuple[Chosen, ...]
    explainers: tuple[ChosenExplainer, ...]
    metrics: tuple[Chosen, ...]
    run: RunSettings = field(default_factory=RunSettings)
    raw: Mapping[str, Any] = field(default_factory=dict)
    """The settings as written, overrides applied: what the result records."""
