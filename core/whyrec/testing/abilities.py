"""What each capability promises, as a function that asks a fitted model and raises Failed where it does not hold."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import numpy as np

from whyrec.capabilities import (
    AdditiveInFeatures,
    AdditiveInHistory,
    AttendsHistory,
    Differentiable,
    KnownShapley,
    LinearFirstLayer,
    LinearInHistory,
    Probabilistic,
    ScoresFeatures,
    ScoresMasked,
    ScoresWithoutEach,
    Trained,
)
from whyrec.errors import UnsupportedError
from whyrec.game import REMOVALS
from whyrec.histories import Histories
from whyrec.testing.check import near, need
from whyrec.testing.world import odd_histories
from whyrec.types import BoolArray, FloatArray

Model: TypeAlias = Any
Check: TypeAlias = Callable[[Model, float], None]

ITEMS = np.array([4, 1, 17, 0], np.int64)
"""Asked in no order; one of them was never met."""


def longest(model: Model) -> Histories:
    """The longest history that the model learnt from, as one row."""
    lengths = np.diff(model.data.histories.interest.indptr)
    row: Histories = model.data.histories.take(np.array([int(np.argmax(lengths))]))
    return row


def coalitions(history: Histories, m: int = 12) -> BoolArray:
    """(m, n_entries) which items stay: all, none, and random ones."""
    n = history.interest.nnz
    kept = np.random.default_rng(4).random((m, n)) < 0.6
    kept[0], kept[1] = True, False
    return kept


def scores_of(model: Model, history: Histories, kept: BoolArray) -> FloatArray:
    """(m, K) by the long way: each history written down and scored."""
    found: FloatArray = model.score(history.masked(kept[:, history.entry_of_event]), ITEMS)
    return found


def _empty(model: Model) -> FloatArray:
    found: FloatArray = model.score(odd_histories(model.data)["nothing"], ITEMS)[0]
    return found


def _all_histories(model: Model) -> Histories:
    return Histories.concat([model.data.histories, *odd_histories(model.data).values()])


def linear_in_history(model: Model, relative: float) -> None:
    W, b = model.history_weights(ITEMS)
    need(np.shape(W) == (model.data.n_items, len(ITEMS)) and np.shape(b) == (len(ITEMS),), f"W {np.shape(W)}")
    h = _all_histories(model)
    near(h.interest @ np.asarray(W) + b, model.score(h, ITEMS), "interest @ W + b", relative=relative)


def additive_in_history(model: Model, relative: float) -> None:
    h = model.data.histories
    parts, base = model.history_contributions(h, ITEMS)
    need(np.shape(parts) == (h.interest.nnz, len(ITEMS)), f"contributions are {np.shape(parts)}")
    near(
        base, np.tile(_empty(model), (len(h), 1)), "the base, against the score of an empty history", relative=relative
    )
    sums = np.array(base, np.float64)
    np.add.at(sums, np.repeat(np.arange(len(h)), np.diff(h.interest.indptr)), np.asarray(parts))
    near(sums, model.score(h, ITEMS), "base + contributions", relative=relative)


def scores_masked(model: Model, relative: float) -> None:
    history = longest(model)
    kept, full = coalitions(history), history.interest.data
    for removal in REMOVALS:
        try:
            scorer = model.masked_scorer(history, ITEMS, removal=removal)
        except UnsupportedError:
            need(removal != "drop", "masked_scorer() refuses removal 'drop'")
            continue
        near(scorer(full[None, :]), model.score(history, ITEMS), f"nothing masked ({removal})", relative=relative)
        found = scorer(kept * full)
        need(bool(np.isfinite(found).all()), f"masked scores ({removal}) are not finite")
        if removal == "drop":
            near(found, scores_of(model, history, kept), "masked scores", relative=relative)


def scores_without_each(model: Model, relative: float) -> None:
    history = longest(model)
    found = model.scores_without_each(history, ITEMS)
    wanted = scores_of(model, history, ~np.eye(history.interest.nnz, dtype=bool))
    near(found, wanted, "scores without each item", relative=relative)


def scores_features(model: Model, relative: float) -> None:
    h, F = model.data.histories, model.data.catalog.features.matrix
    near(model.score_features(h, F[ITEMS], ITEMS), model.score(h, ITEMS), "known items by features", relative=relative)
    found = np.asarray(model.score_features(h, F[ITEMS]), np.float64)
    need(found.shape == (len(h), len(ITEMS)) and bool(np.isfinite(found).all()), "unknown items have no finite scores")
    alone = model.score_features(h.take(np.array([5])), F[ITEMS[:1]], ITEMS[:1])
    near(alone, model.score(h, ITEMS)[5:6, :1], "one item by its features, alone", relative=relative)


def additive_in_features(model: Model, relative: float) -> None:
    h, F = model.data.histories, model.data.catalog.features.matrix
    parts, base = model.feature_contributions(h, ITEMS)
    need(np.shape(parts) == (len(h), len(ITEMS), F.shape[1]), f"contributions are {np.shape(parts)}")
    near(np.asarray(base) + np.sum(parts, axis=2), model.score(h, ITEMS), "base + contributions", relative=relative)
    lacking = F[ITEMS].toarray() == 0
    stray = np.abs(np.asarray(parts) * lacking).max(initial=0.0)
    need(stray <= relative * np.abs(parts).max(initial=1e-9), f"a feature that the item lacks contributes {stray:.3g}")


def differentiable(model: Model, relative: float) -> None:
    history = longest(model)
    n = history.interest.nnz
    ends = np.array([np.ones(n), np.zeros(n)])
    scores, _ = model.presence_gradients(history, ends, ITEMS)
    near(scores[:1], model.score(history, ITEMS), "presence 1, against the score", relative=relative)
    near(scores[1], _empty(model), "presence 0, against an empty history", relative=relative)
    rng, step = np.random.default_rng(2), 1e-3
    at = rng.uniform(0.2, 0.8, (3, n))
    value, gradient = model.presence_gradients(history, at, ITEMS)
    need(np.shape(gradient) == (3, len(ITEMS), n), f"gradients are {np.shape(gradient)}")
    way = rng.choice([-1.0, 1.0], (8, 1, n)) * step
    up, down = (model.presence_gradients(history, (at + s * way).reshape(-1, n), ITEMS)[0] for s in (1, -1))
    moved = (up - down).reshape(8, *np.shape(value)) / 2
    told = (gradient[None] * way[:, :, None, :]).sum(axis=3)
    # A kink of the network, or its 32-bit numbers, may lie in the way of some of the steps, but not of most.
    allowed = 0.05 * np.abs(told) + 1e-5 * np.abs(value) + 0.02 * np.abs(told).mean() + 1e-12
    share = float((np.abs(moved - told) <= allowed).mean())
    need(share >= 0.9, f"only {share:.0%} of the steps move the score as the gradients say")


def linear_first_layer(model: Model, relative: float) -> None:
    h = model.data.histories.take(np.arange(6))
    layer = model.first_layer(h, ITEMS)
    sums = np.tile(np.asarray(layer.start, np.float64), (len(h), 1))
    np.add.at(sums, np.repeat(np.arange(len(h)), np.diff(h.interest.indptr)), np.asarray(layer.parts))
    scores, slopes = layer.rest(sums)
    near(scores, model.score(h, ITEMS), "what lies behind the sum", relative=relative)
    need(np.shape(slopes) == (len(h), len(ITEMS), sums.shape[1]), f"gradients are {np.shape(slopes)}")


def attends_history(model: Model, relative: float) -> None:
    history = longest(model)
    found = np.asarray(model.attention(history, ITEMS), np.float64)
    need(found.shape == (history.interest.nnz, len(ITEMS)), f"attention is {found.shape}")
    least, most = float(found.min()), float(found.sum(axis=0).max())
    need(least >= 0 and most <= 1 + relative, f"attention goes from {least:.3g}, and sums to {most:.6g}")


def probabilistic(model: Model, relative: float) -> None:
    scores = model.score(model.data.histories)
    found = np.asarray(model.probability(scores), np.float64)
    need(found.shape == scores.shape, f"probabilities are {found.shape}, scores {scores.shape}")
    need(bool(((found >= 0) & (found <= 1)).all()), f"probabilities go from {found.min():.3g} to {found.max():.3g}")
    ladder = np.linspace(scores.min() - 1, scores.max() + 1, 50)[None, :]
    need(bool((np.diff(model.probability(ladder)) >= 0).all()), "a higher score has a lower probability")


def trained(model: Model, relative: float) -> None:
    curve = model.training_curve()
    need("loss" in curve, f"the curve holds {sorted(curve)}, and no loss")
    need(len({len(v) for v in curve.values()}) == 1, "the curves have different lengths")
    need(all(np.isfinite(v).all() for v in curve.values()), "a curve is not finite")


def known_shapley(model: Model, relative: float) -> None:
    history = longest(model)
    found = np.asarray(model.shapley_values(history, ITEMS), np.float64)
    need(found.shape == (history.interest.nnz, len(ITEMS)), f"Shapley values are {found.shape}")
    moved = model.score(history, ITEMS)[0] - _empty(model)
    near(found.sum(axis=0), moved, "the sum of the Shapley values", relative=relative)


PROMISES: Mapping[type, Check] = {
    LinearInHistory: linear_in_history,
    AdditiveInHistory: additive_in_history,
    ScoresMasked: scores_masked,
    ScoresWithoutEach: scores_without_each,
    ScoresFeatures: scores_features,
    AdditiveInFeatures: additive_in_features,
    Differentiable: differentiable,
    LinearFirstLayer: linear_first_layer,
    AttendsHistory: attends_history,
    Probabilistic: probabilistic,
    Trained: trained,
    KnownShapley: known_shapley,
}


def answers(model: Model) -> dict[str, FloatArray]:
    """What a fitted model gives when its capabilities are asked: to compare two models by."""
    history = longest(model)
    h, features = model.data.histories, model.data.catalog.features
    ask: dict[type, Callable[[], Any]] = {
        LinearInHistory: lambda: model.history_weights(ITEMS)[0],
        AdditiveInHistory: lambda: model.history_contributions(h, ITEMS)[0],
        ScoresMasked: lambda: model.masked_scorer(history, ITEMS)(coalitions(history) * history.interest.data),
        ScoresWithoutEach: lambda: model.scores_without_each(history, ITEMS),
        ScoresFeatures: lambda: model.score_features(h, features.matrix[ITEMS]),
        AdditiveInFeatures: lambda: model.feature_contributions(h, ITEMS)[0],
        Differentiable: lambda: model.presence_gradients(history, np.full((1, history.interest.nnz), 0.5), ITEMS)[1],
        LinearFirstLayer: lambda: model.first_layer(history, ITEMS).parts,
        AttendsHistory: lambda: model.attention(history, ITEMS),
        Probabilistic: lambda: model.probability(model.score(history)),
        Trained: lambda: model.training_curve()["loss"],
        KnownShapley: lambda: model.shapley_values(history, ITEMS),
    }
    return {c.__name__: np.array(give(), np.float64) for c, give in ask.items() if model.can(c)}
