"""Hybrid: what users met and what items are, together: one linear model over both, or a blend of models."""

from __future__ import annotations

from functools import cached_property
from typing import Annotated, Any, Literal, cast

import numpy as np
from pydantic import Field

from whyrec import (
    CSR,
    AdditiveInFeatures,
    AdditiveInHistory,
    Dataset,
    FloatArray,
    Histories,
    IntArray,
    LinearInHistory,
    Progress,
    Recommender,
    ScoresFeatures,
)
from whyrec_plugins.recommenders._linear import split_history, splits_history
from whyrec_plugins.recommenders.add_ease import AddEASE
from whyrec_plugins.recommenders.blend import Blend


class Hybrid(Recommender):
    """By ``method``: ``add-ease`` (see :class:`AddEASE`) or ``blend`` (see :class:`Blend`).

    Parameters
    ----------
    l2, feature_weight, max_items : of ``add-ease``
    parts : of ``blend``: one table for each recommender, ``use`` its name, ``weight`` (default 1), its own settings
    """

    name = "hybrid"
    summary = "events and item features together: add-EASE, or a blend of other recommenders"
    state = ("_inner",)

    def __init__(
        self,
        *,
        method: Literal["add-ease", "blend"] = "add-ease",
        l2: Annotated[float, Field(gt=0)] = 200.0,
        feature_weight: Annotated[float, Field(ge=0)] = 3.0,
        max_items: Annotated[int, Field(ge=1)] = 20_000,
        parts: list[dict[str, Any]] | None = None,
    ) -> None:
        self.method = method
        self.l2 = l2
        self.feature_weight = feature_weight
        self.max_items = max_items
        self.parts = parts

    @cached_property
    def _inner(self) -> Recommender:
        if self.method == "blend":
            return Blend(parts=self.parts)
        return AddEASE(l2=self.l2, feature_weight=self.feature_weight, max_items=self.max_items)

    def can(self, capability: type) -> bool:
        """What the chosen method allows, before a fit and after."""
        return splits_history(self._inner) if capability is AdditiveInHistory else self._inner.can(capability)

    def _fit(self, data: Dataset, rng: np.random.Generator, progress: Progress) -> None:
        self._inner.fit(data, seed=int(rng.integers(2**32)), progress=progress)

    def _score(self, histories: Histories, items: IntArray | None) -> FloatArray:
        return self._inner.score(histories, items)

    def history_weights(self, items: IntArray) -> tuple[FloatArray, FloatArray]:
        """See :class:`LinearInHistory`."""
        return cast(LinearInHistory, self._inner).history_weights(items)

    def history_contributions(self, histories: Histories, items: IntArray) -> tuple[FloatArray, FloatArray]:
        """See :class:`AdditiveInHistory`."""
        return split_history(self._inner, histories, items)

    def score_features(self, histories: Histories, features: CSR, items: IntArray | None = None) -> FloatArray:
        """See :class:`ScoresFeatures`."""
        return cast(ScoresFeatures, self._inner).score_features(histories, features, items)

    def feature_contributions(self, histories: Histories, items: IntArray) -> tuple[FloatArray, FloatArray]:
        """See :class:`AdditiveInFeatures`."""
        return cast(AdditiveInFeatures, self._inner).feature_contributions(histories, items)
