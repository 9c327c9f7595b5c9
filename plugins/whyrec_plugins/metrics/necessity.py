"""Necessity: whether what an explanation names was needed for the recommendation, and would have been enough."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import numpy as np
from pydantic import Field

from whyrec import Evidence, FloatArray, Measure, Metric, evaluate_ranks
from whyrec_plugins.metrics._path import in_parts, judged_items, of_one_item, supporters

SOURCE = "Tan et al., Counterfactual Explainable Recommendation (CIKM 2021), sec. 6.3"


class Necessity(Metric):
    """Probability of necessity and of sufficiency of the set E that an explanation names, and their harmonic mean.

    E are the supporting players (value > 0), the first ``length`` of them. ``pn``: the share of items that leave the
    top K without E; ``ps``: the share that stay with E alone; ``fns`` = 2·PN·PS / (PN + PS), of the means over all
    users. An explanation that names nobody is neither needed nor, unless the item is recommended to anybody, enough.

    Parameters
    ----------
    k : the K; items within it are judged
    length : the largest E
    """

    name = "necessity"
    summary = "was what the explanation names needed, and would it be enough?"

    def __init__(self, *, k: Annotated[int, Field(ge=1)] = 10, length: Annotated[int, Field(ge=1)] = 5) -> None:
        self.k = k
        self.length = length

    def measures(self) -> tuple[Measure, ...]:
        pn, ps, fns = (f"{name}@{self.k}" for name in ("pn", "ps", "fns"))
        return (
            Measure(pn, "higher", f"1[rank_y(x∖E) > {self.k}]", "0 or 1", SOURCE),
            Measure(ps, "higher", f"1[rank_y(x^E) ≤ {self.k}]", "0 or 1", SOURCE),
            Measure(fns, "higher", "2·PN·PS / (PN + PS), of the means", "0 … 1", SOURCE, harmonic=(pn, ps)),
        )

    def _measure(self, evidence: Evidence) -> Mapping[str, FloatArray]:
        found = np.full((2, len(evidence.explanations)), np.nan)
        for part in in_parts(judged_items(evidence, self.k)):
            games = [of_one_item(evidence.games[e], evidence.column[e]) for e in part]
            named = [supporters(evidence.explanations[e], self.length) for e in part]
            for e, (_, ranks) in zip(part, evaluate_ranks(games, [np.stack([~n, n]) for n in named]), strict=True):
                found[:, e] = ranks[0, 0] > self.k, ranks[1, 0] <= self.k
        return {f"pn@{self.k}": found[0], f"ps@{self.k}": found[1]}
