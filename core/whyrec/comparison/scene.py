"""Scene: what all tasks of a comparison share. The data, who is explained, the settings of the run, the plugins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from whyrec.comparison.cast import Cast
from whyrec.config.model import RunSettings
from whyrec.dataset import Split
from whyrec.metric import Metric
from whyrec.types import IntArray

AGAIN = {"repeats", "explainer"}
"""Needs of a metric for which explanations are made again: for a few users only."""


@dataclass(frozen=True)
class Scene:
    """``users`` are rows of the training data, ascending."""

    split: Split
    users: IntArray
    run: RunSettings
    cast: Cast


def users_of(parts: Split, run: RunSettings) -> IntArray:
    """Who is explained: drawn by the seed among those with a history."""
    known = np.flatnonzero(np.diff(parts.train.histories.indptr) > 0)
    rng = np.random.default_rng(run.seed)
    drawn: IntArray = np.sort(rng.choice(known, min(run.users, len(known)), replace=False)).astype(np.int64)
    return drawn


def is_shared(metric: Metric) -> bool:
    """Whether a metric looks at what the other explainers said: it waits for them."""
    return "others" in metric.needs and not metric.needs & AGAIN


def is_repeated(metric: Metric) -> bool:
    """Whether a metric has explanations made again."""
    return bool(metric.needs & AGAIN)


def aimed(metrics: Sequence[Metric], role: str) -> list[Metric]:
    """The metrics asked in the cell itself. A ceiling is fitted to its own figures, and asked for no others."""
    return [m for m in metrics if not is_shared(m) and (role != "ceiling" or not is_repeated(m))]
