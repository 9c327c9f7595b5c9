"""Randomization: an explanation of a model that has learnt nothing must be another one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated

import numpy as np
from pydantic import Field

from whyrec import Evidence, Explainer, Explanation, FloatArray, Game, Measure, Metric, UnsupportedError
from whyrec_plugins.metrics._again import distinct, explained_again, retold
from whyrec_plugins.metrics._orders import spearman
from whyrec_plugins.metrics._shuffled import Shuffled


class Randomization(Metric):
    """Rank correlation of the explanation with that of the same model after its input weights were shuffled.

    The shuffled model takes every item of a history for another one, drawn at random: s′(x) = s(x permuted). The same
    explainer, with the same seed, explains the same items to the same users again. What stays alike does not come from
    what the model has learnt about the items; some may, such as how much of an interest each player is. An explainer
    that does not look at the model at all gives 1. Features of the recommended item change through the user's side.

    Undefined where either explanation is constant (a model that does not use the history), and where the explainer
    needs more of a model than its scores and the capabilities of ``whyrec``.

    Parameters
    ----------
    shuffles : how many are drawn; the figure is their mean
    """

    name = "randomization"
    summary = "does the explanation change when the model's weights are shuffled?"
    needs = frozenset({"explainer"})

    def __init__(self, *, shuffles: Annotated[int, Field(ge=1)] = 1) -> None:
        self.shuffles = shuffles

    def measures(self) -> tuple[Measure, ...]:
        return (
            Measure(
                "randomization",
                "lower",
                "Spearman's ρ of φ and φ under shuffled weights",
                "−1 … 1",
                "Adebayo et al., Sanity Checks for Saliency Maps (NeurIPS 2018)",
            ),
        )

    def _measure(self, evidence: Evidence) -> Mapping[str, FloatArray]:
        found = np.full((self.shuffles, len(evidence.explanations)), np.nan)
        games, firsts = distinct(evidence.games)
        if evidence.explainer is not None and games:
            for r, row in enumerate(found):
                told = _shuffled(evidence.explainer, games, [evidence.seed, r], evidence.seed)
                for start, after in zip(firsts, told, strict=False):
                    before = evidence.explanations[start : start + len(after)]
                    row[start : start + len(after)] = spearman(_values(before), _values(after))
        total, count = np.nansum(found, axis=0), (~np.isnan(found)).sum(axis=0)
        return {"randomization": np.divide(total, count, out=np.full(len(total), np.nan), where=count > 0)}


def _shuffled(explainer: Explainer, games: Sequence[Game], draw: list[int], seed: int) -> list[list[Explanation]]:
    """The games explained under one shuffled model; none where that cannot be done."""
    model = games[0].model
    order = np.random.default_rng(draw).permutation(model.data.n_items)
    other = Shuffled(model=model, order=order).fit(model.data)
    try:
        return explained_again(explainer, other, [retold(g, other, g.history) for g in games], seed) or []
    except (UnsupportedError, AttributeError):
        return []  # the explainer knows this one model from inside: that cannot be told of another


def _values(told: Sequence[Explanation]) -> FloatArray:
    return np.array([e.values for e in told])
