"""Agreement: whether the other explainers say the same."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import numpy as np
from pydantic import Field

from whyrec import Evidence, FloatArray, Measure, Metric
from whyrec_plugins.metrics._orders import largest, rank_biased_overlap, spearman

SOURCE = "Krishna et al., The Disagreement Problem in Explainable Machine Learning (2022), sec. 3"


class Agreement(Metric):
    """Agreement with the other explainers of the same model and players, mean over them.

    The top k are the players of largest magnitude. An explanation with no more than k players shares all of them with
    any other: the overlap is then undefined, but not the ranks and signs. Two explainers that agree may both be wrong:
    without a measure of fidelity beside it, agreement says nothing of truth, so that no direction is good in itself.

    Parameters
    ----------
    k : how many players are compared
    p : persistence of the rank-biased overlap: the first 1/(1 − p) places carry most of the weight
    """

    name = "agreement"
    summary = "do the other explainers say the same?"
    needs = frozenset({"others"})

    def __init__(self, *, k: Annotated[int, Field(ge=1)] = 5, p: Annotated[float, Field(gt=0, lt=1)] = 0.9) -> None:
        self.k = k
        self.p = p

    def measures(self) -> tuple[Measure, ...]:
        k = self.k
        rbo = "Webber, Moffat & Zobel, A Similarity Measure for Indefinite Rankings (2010), eq. 32"
        return (
            Measure(f"agreement.feature@{k}", None, f"|top {k} ∩ top {k}′| / {k}", "0 … 1", SOURCE),
            Measure(f"agreement.rank@{k}", None, f"share of {k} places with the same player", "0 … 1", SOURCE),
            Measure(f"agreement.sign@{k}", None, f"players in both tops with the same sign / {k}", "0 … 1", SOURCE),
            Measure(
                "agreement.rbo", None, f"rank-biased overlap of the orders by magnitude, p = {self.p}", "0 … 1", rbo
            ),
            Measure("agreement.spearman", None, "Spearman's ρ of φ and φ′", "−1 … 1", SOURCE),
        )

    def _measure(self, evidence: Evidence) -> Mapping[str, FloatArray]:
        names = [card.name for card in self.measures()]
        total, known = np.zeros((2, len(names), len(evidence.explanations)))
        starts = [e for e, game in enumerate(evidence.games) if e == 0 or evidence.games[e - 1] is not game]
        for start, end in zip(starts, [*starts[1:], len(evidence.games)], strict=True):
            own = np.array([e.values for e in evidence.explanations[start:end]])
            if own.shape[1] == 0:
                continue
            for others in evidence.others.values():
                found = self._pair(own, np.array(others[start:end]))
                total[:, start:end] += np.nan_to_num(found)
                known[:, start:end] += ~np.isnan(found)
        means = np.divide(total, known, out=np.full(total.shape, np.nan), where=known > 0)
        return dict(zip(names, means, strict=True))

    def _pair(self, a: FloatArray, b: FloatArray) -> FloatArray:
        """(5, rows) for two explainers' values (rows, n) of the same players."""
        rows, n = a.shape
        k = min(self.k, n)
        first, second = largest(a, n), largest(b, n)
        both = np.zeros((rows, n), bool)
        np.put_along_axis(both, first[:, :k], True, axis=1)
        other = np.zeros((rows, n), bool)
        np.put_along_axis(other, second[:, :k], True, axis=1)
        both &= other
        shared = both.sum(axis=1) / k if n > self.k else np.full(rows, np.nan)
        rank = (first[:, :k] == second[:, :k]).mean(axis=1)
        sign = (both & (np.sign(a) == np.sign(b))).sum(axis=1) / k
        return np.array([shared, rank, sign, rank_biased_overlap(first, second, self.p), spearman(a, b)])
