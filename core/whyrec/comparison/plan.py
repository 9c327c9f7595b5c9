"""The plan: every recommender × explainer × players pair is a cell, planned or skipped with its reason."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from whyrec.comparison.interval import Figure
from whyrec.config.model import Chosen, ChosenExplainer, Config
from whyrec.dataset import Dataset
from whyrec.players import PlayerKind, unavailable

State = Literal["planned", "done", "skipped", "failed"]


@dataclass
class Cell:
    """One pair under one kind of players, and what became of it."""

    recommender: str
    explainer: str
    players: str
    state: State = "planned"
    reason: str | None = None
    metrics: dict[str, Figure] = field(default_factory=dict)
    model_calls: float | None = None
    seconds: float | None = None
    traceback: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """As in the result's schema; ``traceback`` stays out of it."""
        return {
            "recommender": self.recommender,
            "explainer": self.explainer,
            "players": self.players,
            "state": self.state,
            "reason": self.reason,
            "metrics": {name: f.to_dict() for name, f in self.metrics.items()},
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
    try:
        reason = (
            _missing(recommender)
            or _missing(explainer)
            or explainer.instance.refuses(recommender.instance, kind)
            or unavailable(data, _known(kind), explainer.by)
        )
    except Exception as error:  # noqa: BLE001  plugins answer here: a fault is the cell's, not the plan's
        return Cell(recommender.id, explainer.id, kind, "failed", f"{type(error).__name__}: {error}")
    return Cell(recommender.id, explainer.id, kind, "skipped" if reason else "planned", reason)


def _missing(chosen: Chosen) -> str | None:
    missing = type(chosen.instance).missing()
    if not missing:
        return None
    return f"{chosen.use} needs {', '.join(missing)}, not installed (pip install {' '.join(missing)})"


def _known(kind: str) -> PlayerKind:
    """The loader has checked the kinds; this tells the type checker."""
    kinds: dict[str, PlayerKind] = {"history": "history", "interests": "interests", "features": "features"}
    return kinds[kind]
