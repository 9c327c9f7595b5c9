"""Support: how many of the recommended items a like-minded user knows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import numpy as np
from pydantic import Field
from scipy.sparse import csr_array, diags_array

from whyrec import CSR, FloatArray, IntArray, Measure, Ranking, RankingMetric

_CELLS = 4_000_000  # similarities held at once: 32 MB


class Support(RankingMetric):
    """Mean explainability precision: the share of the top N that some neighbor liked.

    Neighbors are the users of largest cosine between histories, equal ones by index; a user without anything in common
    with a neighbor has fewer. Liked is an interest above 0.

    Parameters
    ----------
    k : the N
    neighbors : how many there are
    least : how many of them must have liked the item
    """

    name = "support"
    summary = "are recommended items liked by like-minded users?"

    def __init__(
        self,
        *,
        k: Annotated[int, Field(ge=1)] = 10,
        neighbors: Annotated[int, Field(ge=1)] = 50,
        least: Annotated[int, Field(ge=1)] = 1,
    ) -> None:
        self.k = self.depth = k
        self.neighbors = neighbors
        self.least = least

    def measures(self) -> tuple[Measure, ...]:
        formula = f"|items that ≥ {self.least} of {self.neighbors} neighbors liked| / |top {self.k}|"
        source = "Abdollahi & Nasraoui, Explainable Matrix Factorization (WWW 2016), MEP"
        return (Measure(f"mep@{self.k}", "higher", formula, "0 … 1", source),)

    def _measure(self, ranking: Ranking) -> Mapping[str, FloatArray]:
        items = ranking.recommendations.items[:, : self.k]
        found = np.full(len(items), np.nan)
        if ranking.users is not None:
            interest = ranking.data.histories.interest
            unit = _unit(interest)
            liked = _ones(interest)
            block = max(1, _CELLS // max(1, ranking.data.n_users, ranking.data.n_items))
            for start in range(0, len(items), block):
                rows = slice(start, start + block)
                near = self._near(unit, ranking.users[rows])
                counts = (near @ liked).toarray()
                shown = items[rows]
                known = np.take_along_axis(counts, np.maximum(shown, 0), axis=1) >= self.least
                there = shown >= 0
                size = there.sum(axis=1)
                found[rows] = np.divide((known & there).sum(axis=1), size, out=found[rows].copy(), where=size > 0)
        return {f"mep@{self.k}": found}

    def _near(self, unit: CSR, users: IntArray) -> CSR:
        """(rows, n_users) ones where a user is a neighbor."""
        alike = (unit[users] @ unit.T).toarray()
        alike[np.arange(len(users)), users] = 0.0
        order = np.argsort(-alike, axis=1, kind="stable")[:, : self.neighbors]
        near = np.zeros(alike.shape)
        np.put_along_axis(near, order, 1.0, axis=1)
        return csr_array(near * (alike > 0))


def _unit(matrix: CSR) -> CSR:
    """Rows scaled to length 1; empty ones stay empty."""
    length = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel())
    return csr_array(diags_array(1.0 / np.where(length > 0, length, 1.0)) @ matrix)


def _ones(matrix: CSR) -> CSR:
    """1 where an entry is above 0."""
    found = matrix.copy()
    found.data = (found.data > 0).astype(np.float64)
    return csr_array(found)
