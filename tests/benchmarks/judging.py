"""How good a recommender's rankings are, user by user: NDCG@10 and Recall@10 over the full catalog."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from whyrec import FloatArray, Ranking, RankingMetric, Recommender, Registry, Split, load_config, split
from whyrec.comparison.run import prepare
from whyrec.config.model import Config

FIGURES = ("ndcg@10", "recall@10")


def judged(model: Recommender, parts: Split, registry: Registry) -> dict[str, FloatArray]:
    """Figure → (users with held-out items,) of a fitted model; what trained is left out of the ranking."""
    rows = np.flatnonzero(np.diff(parts.test.indptr) > 0).astype(np.int64)
    top = model.top(parts.train.histories.take(rows), 10)
    return figures(Ranking(parts.train, top, parts.test[rows], rows), registry)


def figures(ranking: Ranking, registry: Registry) -> dict[str, FloatArray]:
    """The figures of a ranking that is already there, ours or a peer's."""
    metrics: list[RankingMetric] = [registry.make_metric("ndcg"), registry.make_metric("recall")]  # type: ignore[list-item]
    return {name: values for metric in metrics for name, values in metric.measure(ranking).items()}


def loaded(config: Path, overrides: list[str], registry: Registry) -> tuple[Config, Split]:
    """A config, and its data split as it says."""
    found = load_config(config, overrides=overrides, registry=registry)
    return found, prepare(found)


def validation(parts: Split, *, by: str = "random", share: float = 0.2, seed: int = 0) -> Split:
    """Training data split once more: settings are chosen on this, and the test pairs stay unseen."""
    how: Mapping[str, object] = {"by": "last"} if by == "last" else {"by": by, "share": share, "seed": seed}
    return split(parts.train, **how)  # type: ignore[arg-type]
