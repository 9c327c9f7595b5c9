"""Smooth path: the model's slopes, summed from other people's histories to one's own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import numpy as np
from pydantic import Field as Setting
from scipy.sparse import csr_array

from whyrec import (
    Attribution,
    Explainer,
    FirstLayer,
    FloatArray,
    Game,
    Histories,
    IntArray,
    LinearFirstLayer,
    LinearInHistory,
    Recommender,
    Streams,
    UnsupportedError,
)
from whyrec_plugins.explainers._completed import completed
from whyrec_plugins.explainers._gates import Gates
from whyrec_plugins.explainers._quadrature import Integral, integrate
from whyrec_plugins.explainers._surface import Surface, first_layer, refused


class SmoothPath(Explainer):
    """Integrated gradients whose baselines are real histories instead of an empty one, averaged.

    For each of ``baselines`` histories b of other users, drawn at random and the same for everybody, the path leads
    from what the first layer sums of b to what it sums of the own history: as the players come in, each replaces an
    equal share of b. The value of a player is the mean over all b of

        ∫₀¹ ∂v/∂t_p (α, …, α) dα     with the sum  Σ_j presence_j(t) part_j + (1 − mean(t)) · sum of b.

    The values add up to the value of the own history less the *mean value of the drawn histories*, which is the base:
    they say what sets the user apart from others, not from somebody without a history. Expected gradients (Erion et al.
    2021, "Improving performance of deep learning models with axiomatic attribution priors and expected gradients",
    Nature Machine Intelligence) with the integral taken exactly. There is one average: no baseline is chosen
    for what it does to a metric. ``std_error`` is that of the mean over the histories drawn.

    Parameters
    ----------
    baselines : how many histories are drawn
    steps, most, tolerance : of each path, as in ``integrated-gradients``

    Raises CompletenessError where ``most`` steps do not meet the tolerance, UnsupportedError without other histories.
    """

    name = "smooth-path"
    summary = "gradients summed from other users' histories to one's own, averaged"
    needs = {"history": (LinearFirstLayer, LinearInHistory), "interests": (LinearFirstLayer, LinearInHistory)}  # noqa: RUF012  a ClassVar by its base class
    exempt = dict.fromkeys(
        ("base_and_full", "known_answers", "dummy"), "it tells what sets a user apart from others, not from nobody"
    )

    def __init__(
        self,
        *,
        baselines: Annotated[int, Setting(ge=1)] = 16,
        steps: Annotated[int, Setting(ge=1, le=100_000)] = 8,
        most: Annotated[int, Setting(ge=1)] = 4000,
        tolerance: Annotated[float, Setting(gt=0, lt=1)] = 0.01,
    ) -> None:
        self.baselines = baselines
        self.steps = steps
        self.most = most
        self.tolerance = tolerance

    def refuses(self, model: Recommender, kind: str, *, target: str = "score", removal: str = "drop") -> str | None:
        """Ranks have no slope; the other history stands in place of the absent, so no other removal rule applies."""
        reason = super().refuses(model, kind, target=target, removal=removal) or refused(self.name, target, removal)
        if reason is None and removal != "drop":
            return f"{self.name} puts other histories in place of the absent; removal {removal!r} does not apply"
        return reason

    def _explain(self, model: Recommender, games: Sequence[Game], rngs: Streams) -> list[Attribution]:
        pool = model.data.histories
        order = rngs.shared().permutation(np.flatnonzero(np.diff(pool.interest.indptr)))
        return [self._smoothed(game, pool, order) for game in games]

    def _smoothed(self, game: Game, pool: Histories, order: IntArray) -> Attribution:
        others = order[order != game.model.data.users.positions.get(game.user_id, -1)]
        if not len(others):
            raise UnsupportedError(f"{self.name} needs histories of other users, and {game.model.data.name!r} has none")
        surface, gates = Surface(game), Gates.of(game.history, game.players)
        drawn = pool.take(others[: self.baselines])
        layer = first_layer(game.model, game.history, surface.asked)
        sums = _sums(first_layer(game.model, drawn, surface.asked), drawn) - layer.start
        paths = [self._path(surface, gates, layer, other) for other in sums]
        each = np.array([p.values for p in paths])
        base = np.mean([p.start for p in paths], axis=0)
        missed, steps = np.max([p.gap for p in paths], axis=0), max(p.steps for p in paths)
        values, _ = completed(self.name, game, each.mean(axis=0), base, missed, self.tolerance, steps)
        error = None
        if len(each) > 1:  # of a mean over a part of all histories, drawn without replacement
            error = each.std(axis=0, ddof=1) * np.sqrt((1.0 - len(each) / len(others)) / len(each))
        note = f"the base is the mean over {len(each)} other histories, not an empty one"
        return Attribution(values, base, std_error=error, notes=[note] * len(game.items))

    def _path(self, surface: Surface, gates: Gates, layer: FirstLayer, other: FloatArray) -> Integral:
        n = surface.game.n_players

        def along(alphas: FloatArray) -> tuple[FloatArray, FloatArray]:
            sums = gates.presence(alphas) @ layer.parts + (1.0 - alphas)[:, None] * other + layer.start
            values, slopes = surface.by_sums(layer, sums)
            return values, gates.pull(alphas, slopes @ layer.parts.T) - (slopes @ other)[:, :, None] / n

        held = len(surface.asked) * max(n, surface.game.history.n_events, layer.parts.shape[1])
        return integrate(along, held=held, steps=self.steps, most=self.most, tolerance=self.tolerance)


def _sums(layer: FirstLayer, histories: Histories) -> FloatArray:
    """(rows, d) what the first layer sums of each history."""
    interest = histories.interest
    holds = csr_array(
        (np.ones(interest.nnz), np.arange(interest.nnz), interest.indptr), shape=(len(histories), interest.nnz)
    )
    return np.asarray(holds @ layer.parts + layer.start)
