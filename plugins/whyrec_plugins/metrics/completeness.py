"""Completeness: how far an explanation is from adding up."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from whyrec import Evidence, FloatArray, Measure, Metric


class Completeness(Metric):
    """The part of the movement from nobody to everybody that the values leave unexplained."""

    name = "completeness"
    summary = "do the values add up to the score?"

    def measures(self) -> tuple[Measure, ...]:
        return (
            Measure(
                "completeness_gap",
                "lower",
                "|Σφ − (f(x) − f(∅))| / (|f(∅)| + |f(x)| + Σ|φ|)",
                "0 … 1",
                "the efficiency axiom (Shapley 1953)",
            ),
        )

    def _measure(self, evidence: Evidence) -> Mapping[str, FloatArray]:
        gaps = [e.gap if len(e.values) else np.nan for e in evidence.explanations]
        return {"completeness_gap": np.array(gaps, np.float64)}
