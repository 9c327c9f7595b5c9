"""Ranking: how good recommendations are, against the items held out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import numpy as np
from pydantic import Field

from whyrec import FloatArray, Measure, Ranking, RankingMetric

Depth = Annotated[int, Field(ge=1)]


class NDCG(RankingMetric):
    """Normalized discounted cumulative gain with binary relevance; undefined for users without held-out items."""

    name = "ndcg"
    summary = "are held-out items ranked high?"

    def __init__(self, *, k: Depth = 10) -> None:
        self.k = self.depth = k

    def measures(self) -> tuple[Measure, ...]:
        return (
            Measure(
                f"ndcg@{self.k}",
                "higher",
                f"Σ_r hit_r / log2(1 + r) ÷ Σ_(r ≤ min({self.k}, |test|)) 1 / log2(1 + r)",
                "0 … 1",
                "Järvelin & Kekäläinen 2002",
            ),
        )

    def _measure(self, ranking: Ranking) -> Mapping[str, FloatArray]:
        discount = 1.0 / np.log2(np.arange(2, self.k + 2))
        hits = ranking.hits[:, : self.k]
        ideal = np.concatenate([[np.nan], np.cumsum(discount)])
        best = ideal[np.minimum(ranking.relevant, self.k).astype(np.int64)]
        return {f"ndcg@{self.k}": hits @ discount[: hits.shape[1]] / best}


class Recall(RankingMetric):
    """The share of a user's held-out items that is recommended; undefined for users without any."""

    name = "recall"
    summary = "how many held-out items are recommended?"

    def __init__(self, *, k: Depth = 10) -> None:
        self.k = self.depth = k

    def measures(self) -> tuple[Measure, ...]:
        return (Measure(f"recall@{self.k}", "higher", "hits / |test|", "0 … 1"),)

    def _measure(self, ranking: Ranking) -> Mapping[str, FloatArray]:
        relevant = np.where(ranking.relevant > 0, ranking.relevant, np.nan)
        return {f"recall@{self.k}": ranking.hits[:, : self.k].sum(axis=1) / relevant}


class HitRate(RankingMetric):
    """Whether any held-out item is recommended; undefined for users without any."""

    name = "hit-rate"
    summary = "is any held-out item recommended?"

    def __init__(self, *, k: Depth = 10) -> None:
        self.k = self.depth = k

    def measures(self) -> tuple[Measure, ...]:
        return (Measure(f"hit@{self.k}", "higher", "1[hits > 0]", "0 or 1"),)

    def _measure(self, ranking: Ranking) -> Mapping[str, FloatArray]:
        hit = ranking.hits[:, : self.k].any(axis=1)
        return {f"hit@{self.k}": np.where(ranking.relevant > 0, hit, np.nan)}


class Coverage(RankingMetric):
    """How much of the catalog is recommended to anybody: one number for all users."""

    name = "coverage"
    summary = "how much of the catalog is recommended to anybody?"

    def __init__(self, *, k: Depth = 10) -> None:
        self.k = self.depth = k

    def measures(self) -> tuple[Measure, ...]:
        return (Measure(f"coverage@{self.k}", "higher", "|items recommended to anybody| / |catalog|", "0 … 1"),)

    def _measure(self, ranking: Ranking) -> Mapping[str, FloatArray]:
        items = ranking.recommendations.items[:, : self.k]
        return {f"coverage@{self.k}": np.array([len(np.unique(items[items >= 0])) / ranking.data.n_items])}
