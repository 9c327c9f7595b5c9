"""The plan: every recommender × explainer × players pair is a cell, planned or skipped with its reason."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from whyrec.comparison.interval import Figure
from whyrec.comparison.rows import Role, role_of
from whyrec.config.model import Chosen, ChosenExplainer, Config
from whyrec.dataset import Dataset
from whyrec.players import PlayerKind, unavailable
from whyrec.types import FloatArray

State = Literal["planned", "done", "skipped", "failed", "timeout", "oom"]


@dataclass(frozen=True)
class Difference:
    """By how much a figure differs from another explainer's, over the users of both; paired, see ``Bootstrap``."""

    to: str
    by: Figure

    @property
    def sure(self) -> bool:
        """Whether the 95 % interval leaves out 0."""
        low, high = self.by.low, self.by.high
        return low is not None and high is not None and not low <= 0 <= high

    def to_dict(self) -> dict[str, Any]:
        return {"to": self.to, **self.by.to_dict()}


@dataclass
class Cell:
    """One pair under one kind of players, and what became of it.

    ``differences``: figure → ``best`` and ``floor`` → the difference to them. ``normalized``: figure → its place
    between floor (0) and ceiling (1). ``columns``: figure → (n_users, c), what its mean is taken of; kept only while
    the cells of a model are compared.
    """

    recommender: str
    explainer: str
    players: str
    state: State = "planned"
    reason: str | None = None
    metrics: dict[str, Figure] = field(default_factory=dict)
    model_calls: float | None = None
    seconds: float | None = None
    traceback: str | None = None
    blame: str | None = None
    role: Role = "explainer"
    by: str | None = None
    target: str = "score"
    removal: str = "drop"
    normalized: dict[str, Figure] = field(default_factory=dict)
    differences: dict[str, dict[str, Difference]] = field(default_factory=dict)
    columns: dict[str, FloatArray] = field(default_factory=dict, repr=False)

    def to_dict(self) -> dict[str, Any]:
        """As in the result's schema; ``traceback`` stays out of it."""
        return {
            "recommender": self.recommender,
            "explainer": self.explainer,
            "players": self.players,
            "by": self.by,
            "target": self.target,
            "removal": self.removal,
            "role": self.role,
            "state": self.state,
            "reason": self.reason,
            "blame": self.blame,
            "metrics": {name: f.to_dict() for name, f in self.metrics.items()},
            "normalized": {name: f.to_dict() for name, f in self.normalized.items()},
            "differences": {
                name: {to: d.to_dict() for to, d in found.items()} for name, found in self.differences.items()
            },
            "model_calls": self.model_calls,
            "seconds": self.seconds,
        }


def plan(config: Config, data: Dataset) -> list[Cell]:
    """All cells, in the config's order: recommenders, then explainers, then kinds of players."""
    return [
        _cell(recommender, explainer, kind, data)
        for recommender in config.recommenders
        for explainer in config.explainers
        for kind in explainer.players
    ]


def _cell(recommender: Chosen, explainer: ChosenExplainer, kind: str, data: Dataset) -> Cell:
    cell = Cell(
        recommender.id,
        explainer.id,
        kind,
        role=role_of(explainer.use),
        by=explainer.by,
        target=explainer.target,
        removal=explainer.removal,
    )
    try:
        cell.reason = (
            _missing(recommender)
            or _missing(explainer)
            or explainer.instance.refuses(
                recommender.instance, kind, target=explainer.target, removal=explainer.removal
            )
            or unavailable(data, _known(kind), explainer.by)
        )
        cell.state = "skipped" if cell.reason else "planned"
    except Exception as error:  # noqa: BLE001  plugins answer here: a fault is the cell's, not the plan's
        cell.state, cell.reason = "failed", f"{type(error).__name__}: {error}"
    return cell


def _missing(chosen: Chosen) -> str | None:
    cls = type(chosen.instance)
    missing = cls.missing()
    return f"{chosen.use} needs {', '.join(missing)}, not installed ({cls.remedy()})" if missing else None


def _known(kind: str) -> PlayerKind:
    """The loader has checked the kinds; this tells the type checker."""
    kinds: dict[str, PlayerKind] = {"history": "history", "interests": "interests", "features": "features"}
    return kinds[kind]
