"""Moments: a history as it was known at a time, later events gone and ages counted from then."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from whyrec.errors import DataError, UnsupportedError
from whyrec.histories import Histories

if TYPE_CHECKING:
    from whyrec.dataset import Dataset

Moment: TypeAlias = float | str | date
_DAY = 86_400.0


def moment(given: Moment) -> float:
    """Unix seconds from unix seconds, ISO 8601 text or a date or datetime; without an offset it is UTC.

    A date alone is its first second. Raises DataError for what is no time.
    """
    import polars as pl

    from whyrec.data.columns import as_seconds

    try:
        found = as_seconds(pl.Series("time", [given])).item()
    except (TypeError, ValueError, OverflowError, pl.exceptions.PolarsError):
        found = None
    if found is None:
        raise DataError(
            f"{given!r} is no time", hint='give unix seconds, or ISO 8601 as in "2024-07-05" or "2024-07-05T12:30:00Z"'
        )
    return float(found)


def as_of(data: Dataset, histories: Histories, at: Moment) -> Histories:
    """The histories as they were known at a moment: what came later is dropped, and the decay is of that day.

    With a half-life in the data, an event's weight becomes behavior weight × value × 2^(−(at − its time) / half-life).
    Weights that have decayed to nothing (over a thousand half-lives) cannot be brought back.

    Raises
    ------
    UnsupportedError
        for data without times.
    """
    at = moment(at)
    if histories.times is None:
        raise UnsupportedError(
            f"the data {data.name!r} have no times, so nothing tells what was known when",
            hint="name the time column in [data]",
        )
    kept = histories.keep(histories.times <= at)
    decay, times = data.decay, kept.times
    if decay is None or times is None:
        return kept
    counted = np.maximum(0.0, decay.at - times)
    power = (counted - (at - times)) / (_DAY * decay.half_life_days)
    # In two steps, since the factor alone may be too large to write down where the weight is as small.
    half = np.exp2(np.clip(0.5 * power, -1000.0, 1000.0))
    return kept.reweighted(kept.weights * half * half)
