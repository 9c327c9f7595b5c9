"""Integrated gradients: the model's slopes, summed from an empty history to the full one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field as Setting

from whyrec import Attribution, Differentiable, Explainer, FloatArray, Game, LinearInHistory, Recommender, Streams
from whyrec_plugins.explainers._completed import completed
from whyrec_plugins.explainers._gates import Gates
from whyrec_plugins.explainers._quadrature import integrate
from whyrec_plugins.explainers._surface import Surface, refused
from whyrec_plugins.explainers.shares import linear_split


class IntegratedGradients(Explainer):
    """value_p = ∫₀¹ ∂v/∂t_p (α, …, α) dα: all players come in together, from an empty history to the full one.

    Sundararajan, Taly and Yan, "Axiomatic Attribution for Deep Networks", ICML 2017, eq. 1, on the model's own
    relaxation of presence. The values add up to full − base. Gauss–Legendre quadrature on pieces of the path, which
    are halved where they do not add up; below ``tolerance`` the little that is missing is spread over the values in
    proportion to their size, and the note says how much it was. On models that are linear in the interests the
    integral is known: it is the Shapley value.

    Parameters
    ----------
    steps : places on the path at which the gradient is asked for at first
    most : places asked at the most
    tolerance : the largest part of |base| + |full| + Σ|values| that may be missing from the sum, and the largest
        estimated error of it. Smooth networks stay far below; one that bends at hundreds of places on the path may need
        thousands of steps for .0001

    Raises CompletenessError where ``most`` steps do not meet the tolerance.
    """

    name = "integrated-gradients"
    summary = "gradients summed from an empty history to the full one"
    needs = {"history": (Differentiable, LinearInHistory), "interests": (Differentiable, LinearInHistory)}  # noqa: RUF012  a ClassVar by its base class
    exact = True

    def __init__(
        self,
        *,
        steps: Annotated[int, Setting(ge=1, le=100_000)] = 16,
        most: Annotated[int, Setting(ge=1)] = 4000,
        tolerance: Annotated[float, Setting(gt=0, lt=1)] = 0.01,
    ) -> None:
        self.steps = steps
        self.most = most
        self.tolerance = tolerance

    def refuses(self, model: Recommender, kind: str, *, target: str = "score", removal: str = "drop") -> str | None:
        """Ranks have no slope, and no history is empty under ``fill``."""
        reason = super().refuses(model, kind, target=target, removal=removal)
        return reason or refused(self.name, target, removal)

    def _explain(self, model: Recommender, games: Sequence[Game], rngs: Streams) -> list[Attribution]:
        return [linear_split(game) or self._integrated(game) for game in games]

    def _integrated(self, game: Game) -> Attribution:
        surface, gates = Surface(game), Gates.of(game.history, game.players)

        def along(alphas: FloatArray) -> tuple[FloatArray, FloatArray]:
            values, slopes = surface.by_presence(gates.presence(alphas))
            return values, gates.pull(alphas, slopes)

        held = len(surface.asked) * max(game.history.n_events, game.n_players)
        found = integrate(along, held=held, steps=self.steps, most=self.most, tolerance=self.tolerance)
        base = game.base_value
        values, gap = completed(self.name, game, found.values, base, found.gap, self.tolerance, found.steps)
        notes = [f"{found.steps} steps; {missing:.1g} of what moved was missing and spread" for missing in gap]
        return Attribution(values, base, notes=notes)
