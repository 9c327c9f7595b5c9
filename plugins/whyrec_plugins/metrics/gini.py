"""Gini: how few players carry an explanation."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from whyrec import Evidence, FloatArray, Measure, Metric


class Gini(Metric):
    """Sparsity of an explanation: 0 if all players weigh alike, near 1 if one carries everything.

    No direction is good in itself: a short explanation is easier to read, a true one may be long. The share of
    mass in few players can be told apart from truth only beside a measure of fidelity.
    """

    name = "gini"
    summary = "do few players carry the explanation?"

    def measures(self) -> tuple[Measure, ...]:
        return (
            Measure(
                "gini",
                None,
                "1 − 2 Σ_k |φ|_(k) / Σ|φ| · (n − k + ½)/n, |φ| ascending, k = 1 … n",
                "0 … 1 − 1/n",
                "Hurley & Rickard, Comparing Measures of Sparsity (2009), eq. 2",
            ),
        )

    def _measure(self, evidence: Evidence) -> Mapping[str, FloatArray]:
        return {"gini": np.array([_gini(np.abs(e.values)) for e in evidence.explanations], np.float64)}


def _gini(mass: FloatArray) -> float:
    n, total = len(mass), float(mass.sum())
    if total <= 0:
        return float("nan")
    place = np.arange(1, n + 1)
    return float(1.0 - 2.0 * np.sum(np.sort(mass) / total * (n - place + 0.5) / n))
