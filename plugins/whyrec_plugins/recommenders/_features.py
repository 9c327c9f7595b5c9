"""Item features that a model cannot do without."""

from __future__ import annotations

from whyrec import Dataset, Features, UnsupportedError


def features_of(data: Dataset, needed_by: str) -> Features:
    """The catalog's features. Raises UnsupportedError if there are none."""
    features = data.catalog.features
    if features is None or len(features) == 0:
        raise UnsupportedError(
            f"{needed_by} needs item features, and the data {data.name!r} have none",
            hint="name feature columns in [data], or choose a model that learns from the events alone",
        )
    return features
