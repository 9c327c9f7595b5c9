"""The result of a comparison: plain values, ready for a table or for JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from whyrec.comparison.interval import Figure
from whyrec.comparison.plan import Cell

SCHEMA = "whyrec.comparison/1"


@dataclass
class Fitted:
    """One recommender of the comparison: its quality, or why it could not be fitted."""

    id: str
    plugin: str
    metrics: dict[str, Figure] = field(default_factory=dict)
    fit_seconds: float | None = None
    state: str = "planned"
    reason: str | None = None
    curve: dict[str, list[float]] | None = None
    traceback: str | None = None
    blame: str | None = None

    def to_dict(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "plugin": self.plugin,
            "metrics": {name: f.to_dict() for name, f in self.metrics.items()},
            "fit_seconds": self.fit_seconds,
            "state": self.state,
            "reason": self.reason,
            "blame": self.blame,
            "training_curve": self.curve,
        }


@dataclass
class Comparison:
    """Everything that ``whyrec compare`` found, and all that decided it."""

    config: Mapping[str, Any]
    versions: Mapping[str, str]
    seed: int
    data: Mapping[str, Any]
    recommenders: list[Fitted]
    cells: list[Cell]
    better: Mapping[str, str | None] = field(default_factory=dict)
    """Figure → ``higher``, ``lower`` or None: which way is good."""
    run: int | None = None
    """Its number in the store; None where nothing was kept."""
    computed: int = 0
    """How many cells were computed now; the others were in the store."""

    @property
    def failed(self) -> bool:
        """Whether any recommender or cell failed, took too long, or ran out of memory."""
        states = {*(r.state for r in self.recommenders), *(c.state for c in self.cells)}
        return bool(states & {"failed", "timeout", "oom"})

    def cell(self, recommender: str, explainer: str, players: str = "history") -> Cell:
        """The cell of a pair. Raises KeyError if the plan has none."""
        for c in self.cells:
            if (c.recommender, c.explainer, c.players) == (recommender, explainer, players):
                return c
        raise KeyError((recommender, explainer, players))

    def to_dict(self) -> dict[str, Any]:
        """The JSON object of docs/reference/result.md."""
        return {
            "schema": SCHEMA,
            "config": dict(self.config),
            "versions": dict(self.versions),
            "seed": self.seed,
            "data": dict(self.data),
            "better": dict(self.better),
            "recommenders": [r.to_dict() for r in self.recommenders],
            "cells": [c.to_dict() for c in self.cells],
        }
