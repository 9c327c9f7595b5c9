"""Blend: a weighted sum of other recommenders, their scores made comparable by constants fixed at fit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

import numpy as np

from whyrec import (
    CSR,
    AdditiveInFeatures,
    AdditiveInHistory,
    ConfigError,
    Dataset,
    FloatArray,
    Histories,
    IntArray,
    LinearInHistory,
    Progress,
    Recommender,
    Registry,
    ScoresFeatures,
    UnsupportedError,
    WhyrecError,
)
from whyrec_plugins.recommenders._linear import split_history, splits_history

_CELLS = 8_000_000  # scores of training histories that the constants are taken from


@dataclass(frozen=True)
class _Part:
    """One recommender of the blend; ``label`` is how errors name it."""

    label: str
    weight: float
    model: Recommender


class Blend(Recommender):
    """score = Σ_p weight_p (score_p − μ_p) / σ_p.

    μ_p and σ_p, a part's mean score and standard deviation over (a sample of) the training histories and all items,
    are fixed at fit: so the blend stays linear where its parts are, and its contributions are exactly those of its
    parts, combined. A part whose scores never differ is divided by 1.

    Parameters
    ----------
    parts : one table for each recommender: ``use`` its name, ``weight`` (default 1), and its own settings
    """

    name = "blend"
    summary = "a weighted sum of other recommenders"
    state = ("_models", "_means", "_factors")

    def __init__(self, *, parts: list[dict[str, Any]] | None = None) -> None:
        self.parts = parts

    @cached_property
    def _made(self) -> list[_Part]:
        """The parts, not yet fitted. Raises ConfigError, UnknownNameError."""
        if not self.parts:
            raise ConfigError(
                "a blend needs parts, and none are named",
                hint='parts = [{ use = "ease" }, { use = "content", weight = 0.3 }]',
            )
        registry = Registry.discover()
        return [_make(registry, place, dict(part)) for place, part in enumerate(self.parts)]

    @property
    def _models(self) -> list[Recommender]:
        """What the parts have learnt is all that a saved blend holds of them: the settings make them again."""
        return [part.model for part in self._made]

    def can(self, capability: type) -> bool:
        """What the parts allow: linear if all are, scoring features if any does, and so on."""
        models = [part.model for part in self._made]
        if capability is LinearInHistory:
            return all(m.can(LinearInHistory) for m in models)
        if capability is AdditiveInHistory:
            return all(splits_history(m) for m in models)
        if capability is ScoresFeatures:
            return any(m.can(ScoresFeatures) for m in models)
        if capability is AdditiveInFeatures:
            scoring = [m for m in models if m.can(ScoresFeatures)]
            return bool(scoring) and all(m.can(AdditiveInFeatures) for m in scoring)
        return super().can(capability)

    def _fit(self, data: Dataset, rng: np.random.Generator, progress: Progress) -> None:
        sample = min(data.n_users, max(1, _CELLS // max(1, data.n_items)))
        rows = data.histories.take(np.sort(rng.choice(data.n_users, sample, replace=False)))
        seeds = rng.integers(2**32, size=len(self._made))
        self._means, self._factors = np.zeros(len(seeds)), np.zeros(len(seeds))
        for p, part in enumerate(self._made):
            progress(p / len(seeds), part.label)
            with _named(part.label):
                scores = part.model.fit(data, seed=int(seeds[p])).score(rows)
            mean, deviation = (float(scores.mean()), float(scores.std())) if scores.size else (0.0, 0.0)
            # Rounding leaves a deviation just above 0 where all scores are equal.
            differs = deviation > 1e-12 * max(1.0, abs(mean))
            self._means[p], self._factors[p] = mean, part.weight / (deviation if differs else 1.0)

    def _score(self, histories: Histories, items: IntArray | None) -> FloatArray:
        return self._sum([(part.model.score(histories, items) - m) for part, m in self._centered()])

    def history_weights(self, items: IntArray) -> tuple[FloatArray, FloatArray]:
        """The weighted sum of the parts' ``W`` (n_items, K) and ``b`` (K,), all divided by their σ."""
        self._check(LinearInHistory)
        found = [cast(LinearInHistory, part.model).history_weights(items) for part in self._made]
        return self._sum([W for W, _ in found]), self._sum(
            [b - m for (_, b), m in zip(found, self._means, strict=True)]
        )

    def history_contributions(self, histories: Histories, items: IntArray) -> tuple[FloatArray, FloatArray]:
        """The weighted sum of the parts' contributions (nnz, K) and base (rows, K), all divided by their σ."""
        self._check(AdditiveInHistory)
        found = [split_history(part.model, histories, items) for part in self._made]
        return self._sum([c for c, _ in found]), self._sum(
            [b - m for (_, b), m in zip(found, self._means, strict=True)]
        )

    def score_features(self, histories: Histories, features: CSR, items: IntArray | None = None) -> FloatArray:
        """(rows, m). A part that reads no features gives a known item its plain score, an unknown one its mean."""
        self._check(ScoresFeatures)
        return self._sum(
            [_from_features(part.model, histories, features, items, m) - m for part, m in self._centered()]
        )

    def feature_contributions(self, histories: Histories, items: IntArray) -> tuple[FloatArray, FloatArray]:
        """(rows, K, n_features) from the parts that read features; the others stand whole in the base (rows, K)."""
        self._check(AdditiveInFeatures)
        readers = [p for p, part in enumerate(self._made) if part.model.can(ScoresFeatures)]
        found = [
            cast(AdditiveInFeatures, self._made[p].model).feature_contributions(histories, items)[0] * self._factors[p]
            for p in readers
        ]
        values = np.sum(found, axis=0)
        return values, self.score(histories, items) - values.sum(axis=2)

    def _centered(self) -> Iterator[tuple[_Part, float]]:
        return zip(self._made, self._means.tolist(), strict=True)

    def _sum(self, terms: Sequence[FloatArray]) -> FloatArray:
        """Σ_p factor_p term_p."""
        total = np.zeros_like(terms[0])
        for factor, term in zip(self._factors, terms, strict=True):
            total += factor * term
        return total

    def _check(self, capability: type) -> None:
        if not self.can(capability):
            labels = ", ".join(part.label for part in self._made)
            raise UnsupportedError(f"the blend of {labels} is not {capability.__name__}: not all its parts allow it")


def _make(registry: Registry, place: int, part: dict[str, Any]) -> _Part:
    use, weight = part.pop("use", None), part.pop("weight", 1.0)
    label = f"part {place + 1}"
    if not isinstance(use, str):
        raise ConfigError(f"{label} of the blend names no recommender: use = {use!r}", hint='write { use = "ease", … }')
    label = f"part {place + 1} ({use})"
    if isinstance(weight, bool) or not isinstance(weight, int | float) or not np.isfinite(weight):
        raise ConfigError(f"{label} of the blend: weight = {weight!r} is not a finite number")
    with _named(label):
        return _Part(label, float(weight), registry.make_recommender(use, **part))


def _from_features(
    model: Recommender, histories: Histories, features: CSR, items: IntArray | None, mean: float
) -> FloatArray:
    if model.can(ScoresFeatures):
        return np.asarray(cast(ScoresFeatures, model).score_features(histories, features, items), np.float64)
    scores = np.full((len(histories), features.shape[0]), mean)
    if items is not None:
        known = np.flatnonzero(items >= 0)
        distinct, place = np.unique(items[known], return_inverse=True)
        scores[:, known] = model.score(histories, distinct)[:, place]
    return scores


@contextmanager
def _named(label: str) -> Iterator[None]:
    """Let an error of a part say which part it was."""
    try:
        yield
    except WhyrecError as error:
        error.message = f"{label}: {error.message}"
        raise
