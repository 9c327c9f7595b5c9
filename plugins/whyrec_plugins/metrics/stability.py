"""Stability: whether another seed tells another story."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import numpy as np
from pydantic import Field

from whyrec import Evidence, FloatArray, Measure, Metric


class Stability(Metric):
    """Agreement of the same explanation under several seeds.

    Parameters
    ----------
    top : how many of the most supporting players are compared. With no more players than that, all runs agree
        whatever they say, and the overlap is not defined.
    """

    name = "stability"
    summary = "does another seed give the same explanation?"
    needs = frozenset({"repeats"})

    def __init__(self, *, top: Annotated[int, Field(ge=1)] = 5) -> None:
        self.top = top

    def measures(self) -> tuple[Measure, ...]:
        return (
            Measure(
                "stability",
                "higher",
                f"mean over pairs of seeds of |top {self.top} ∩ top {self.top}′| / {self.top}",
                "0 … 1",
            ),
            Measure("seed_sd", "lower", "mean over players of the standard deviation over seeds / mean |φ|", "0 …"),
        )

    def _measure(self, evidence: Evidence) -> Mapping[str, FloatArray]:
        found = np.full((2, len(evidence.explanations)), np.nan)
        if len(evidence.repeats) > 1:
            for e, runs in enumerate(zip(*evidence.repeats, strict=True)):
                values = np.array([run.values for run in runs])
                found[:, e] = self._overlap(values), _spread(values)
        return {"stability": found[0], "seed_sd": found[1]}

    def _overlap(self, values: FloatArray) -> float:
        """Of (runs, n_players) values."""
        runs, n = values.shape
        if n <= self.top:
            return float("nan")
        chosen = np.zeros((runs, n))
        np.put_along_axis(chosen, np.argsort(-values, axis=1, kind="stable")[:, : self.top], 1.0, axis=1)
        shared = chosen @ chosen.T / self.top
        return float(shared[np.triu_indices(runs, 1)].mean())


def _spread(values: FloatArray) -> float:
    mass = float(np.abs(values).mean()) if values.size else 0.0
    return float(values.std(axis=0, ddof=1).mean() / mass) if mass > 0 else float("nan")
