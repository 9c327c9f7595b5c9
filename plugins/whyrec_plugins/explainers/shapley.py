"""Shapley: exact wherever mathematics allows, else estimated by one matrix for all games of as many players."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from whyrec import Attribution, Explainer, FloatArray, Game, Recommender, ScoresFeatures, Streams, evaluate_odd
from whyrec_plugins.explainers._enumeration import every_coalition, shapley_operator
from whyrec_plugins.explainers._pair_operator import PairOperator
from whyrec_plugins.explainers._pairs import Pairs
from whyrec_plugins.explainers.shares import linear_split

_KEPT = 512 * 2**20  # bytes of operators that are kept for the next call
_TOGETHER = 16  # games whose values are held and mapped at once


class Shapley(Explainer):
    """Shapley values of the game, by the cheapest of three ways.

    - A model that is linear in the history: in closed form, without asking the model anything.
    - At most ``exact_below`` players: all 2ⁿ coalitions.
    - More players: ``budget``·n coalitions at the most, in pairs of a coalition and its complement, more of them
      small; a surrogate is fitted whose Shapley values are known, and the rest is estimated from its residuals (see
      ``Surrogate``). ``method="leverage"`` spreads pairs evenly over sizes and leaves out the surrogate's terms that
      depend on the coalition's size, and is then the estimator of Musco and Witter (2024). Standard errors are
      reported from budget 3; they are of sampling alone.

    What maps coalition values to Shapley values depends on the number of players and the seed only. It is made once and
    serves all users with as many players and all their items.

    Parameters
    ----------
    budget : coalitions asked for each player, the empty and the full one aside
    tolerance : if given, the budget is doubled until the estimated error ‖std_error‖ / ‖values‖ of every item falls
        below it, or ``most`` coalitions are asked
    exact_below : up to this number of players, all coalitions are asked
    most : coalitions asked at the most for a game under a tolerance
    errors : whether standard errors are estimated, which takes little beside the model. A tolerance needs them.
    """

    name = "shapley"
    summary = "Shapley values: closed form, enumeration, or a regression-adjusted estimate with standard errors"
    needs = {"history": (), "interests": (), "features": (ScoresFeatures,)}  # noqa: RUF012  a ClassVar by its base class

    _operators: dict[tuple[int, ...], PairOperator] | None = None

    def __init__(
        self,
        *,
        budget: Annotated[float, Field(gt=0, le=100_000)] = 16.0,
        tolerance: Annotated[float, Field(gt=0, lt=1)] | None = None,
        exact_below: Annotated[int, Field(ge=1, le=20)] = 14,
        method: Literal["regression", "leverage"] = "regression",
        most: Annotated[int, Field(ge=1)] = 1_000_000,
        errors: bool = True,
    ) -> None:
        self.budget = budget
        self.tolerance = tolerance
        self.exact_below = exact_below
        self.method = method
        self.most = most
        self.errors = errors

    def _explain(self, model: Recommender, games: Sequence[Game], rngs: Streams) -> list[Attribution]:
        found: dict[int, Attribution] = {}
        buckets: dict[int, list[int]] = defaultdict(list)
        for g, game in enumerate(games):
            exact = linear_split(game)
            if exact is not None:
                found[g] = exact
            else:
                buckets[game.n_players].append(g)
        for n, members in sorted(buckets.items()):
            own = [games[g] for g in members]
            made = self._enumerated(own, n) if self._enumerable(n) else self._estimated(own, n, rngs)
            found.update(zip(members, made, strict=True))
        return [found[g] for g in range(len(games))]

    def _enumerable(self, n: int) -> bool:
        """Few enough to enumerate, or so few that as many coalitions would be sampled anyway."""
        return n <= max(self.exact_below, 3) or 2.0**n <= self.budget * n

    def _enumerated(self, games: Sequence[Game], n: int) -> list[Attribution]:
        coalitions, operator = every_coalition(n), shapley_operator(n)
        made = []
        for game in games:  # one game's 2ⁿ values at a time: that is where the memory goes
            values = game.values(coalitions)
            made.append(Attribution((operator @ values).T, values[0], np.zeros((values.shape[1], n))))
        return made

    def _estimated(self, games: Sequence[Game], n: int, rngs: Streams) -> list[Attribution]:
        coalitions = max(2 * round(self.budget * n / 2), 4)
        errors = self.errors or self.tolerance is not None
        made: dict[int, Attribution] = {}
        waiting = list(range(len(games)))
        while waiting:
            operator = self._operator(n, coalitions // 2, rngs)
            for start in range(0, len(waiting), _TOGETHER):
                some = waiting[start : start + _TOGETHER]
                made.update(zip(some, _applied(operator, [games[g] for g in some], errors), strict=True))
            coalitions *= 2
            if self.tolerance is None or coalitions > self.most:
                break
            waiting = [g for g in waiting if _error(made[g]) > self.tolerance]
        return [made[g] for g in range(len(games))]

    def _operator(self, n: int, pairs: int, rngs: Streams) -> PairOperator:
        """The operator for n players, made or remembered; the oldest are forgotten beyond ``_KEPT`` bytes."""
        key = (n, pairs, rngs.seed)
        if self._operators is None:
            self._operators = {}
        if key not in self._operators:
            sized = self.method == "regression"
            drawn = Pairs.draw(n, pairs, rngs.shared(n, pairs), even=not sized)
            self._operators[key] = PairOperator.of(drawn, sized=sized)
            while len(self._operators) > 1 and sum(o.nbytes for o in self._operators.values()) > _KEPT:
                del self._operators[next(iter(self._operators))]
        return self._operators[key]


def _applied(operator: PairOperator, games: Sequence[Game], errors: bool) -> list[Attribution]:
    """The estimates for games of as many players: one product for all of them and their items."""
    odd = evaluate_odd(games, operator.coalitions, operator.sums)
    moved = np.concatenate([game.full_value - game.base_value for game in games])
    found, deviations = operator(odd, moved, errors=errors)
    values = np.ascontiguousarray(found.T)
    spread = None if deviations is None else np.ascontiguousarray(deviations.T)
    made, at = [], 0
    for game in games:
        own = slice(at, at + len(game.items))
        made.append(Attribution(values[own], game.base_value, None if spread is None else spread[own]))
        at = own.stop
    return made


def _error(made: Attribution) -> float:
    """The largest over items of ‖std_error‖ / ‖values‖; 0 for an item that nothing moves, ∞ if errors are unknown."""
    if made.std_error is None:
        return np.inf
    spread: FloatArray = np.sqrt((made.std_error**2).sum(axis=1))
    size: FloatArray = np.sqrt((made.values**2).sum(axis=1))
    return float(np.max(np.divide(spread, size, out=np.zeros_like(size), where=size > 0)))
