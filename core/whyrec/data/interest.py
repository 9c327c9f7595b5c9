"""Degrees of interest: what one event weighs, from its behavior, its value and its age."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from whyrec.errors import DataError
from whyrec.types import FloatArray, IntArray

SECONDS_PER_DAY = 86_400.0


def event_weights(
    values: FloatArray,
    *,
    behaviors: IntArray | None = None,
    behavior_names: Sequence[str] = (),
    behavior_weights: Mapping[str, float] | None = None,
    times: IntArray | None = None,
    half_life_days: float | None = None,
    at: float | None = None,
) -> FloatArray:
    """Behavior weight × value × 2^(−age / half-life), one number per event.

    Parameters
    ----------
    values : (n_events,) float64, such as a rating or a quantity; 1 where there is none
    behaviors : (n_events,) int64 codes into ``behavior_names``
    behavior_weights : weight by name; a name that is not in it weighs 1
    times : (n_events,) int64 unix seconds, needed for a half-life
    half_life_days : after so many days an event counts half; None switches decay off
    at : the moment that ages are counted from, unix seconds; default the latest event. An event after
        it has age 0

    Raises
    ------
    DataError
        if a half-life is asked for and the events have no times, or is not above 0, and for a behavior's
        weight that is not finite.

    Notes
    -----
    Weights of one user and item are summed and scaled afterwards, see ``whyrec.histories.scaled``.
    """
    weights = np.array(values, dtype=np.float64)
    for name, weight in (behavior_weights or {}).items():
        if not np.isfinite(weight):
            raise DataError(f"the weight of behavior {name!r} is {weight}", hint="weights are finite numbers")
    if behaviors is not None and behavior_weights:
        by_code = np.array([behavior_weights.get(name, 1.0) for name in behavior_names], np.float64)
        weights *= by_code[behaviors]
    if half_life_days is not None:
        if times is None:
            raise DataError(
                f"half_life_days = {half_life_days} needs the time of each event, and there is no time column",
                hint="name the time column, or leave half_life_days out",
            )
        if not half_life_days > 0:
            raise DataError(f"half_life_days = {half_life_days}: a half-life is above 0")
        reference = float(times.max(initial=0)) if at is None else float(at)
        age = np.maximum(0.0, reference - times) / SECONDS_PER_DAY
        weights *= np.exp2(-age / half_life_days)
    return weights
