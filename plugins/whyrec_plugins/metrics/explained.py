"""Explained: how many of the recommendations an explainer has anything to say about."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from whyrec import Evidence, FloatArray, Measure, Metric


class Explained(Metric):
    """The share of recommended items whose explanation names any player at all."""

    name = "explained"
    summary = "how many of the recommendations are explained?"

    def measures(self) -> tuple[Measure, ...]:
        return (Measure("explained", "higher", "1[some φ ≠ 0]", "0 or 1"),)

    def _measure(self, evidence: Evidence) -> Mapping[str, FloatArray]:
        return {"explained": np.array([bool(np.any(e.values)) for e in evidence.explanations], np.float64)}
