"""Interactions: Shapley values, and what each two of the top players do only together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated

import numpy as np
from pydantic import Field

from whyrec import Attribution, Explainer, FloatArray, Game, IntArray, Recommender, ScoresFeatures, Streams
from whyrec_plugins.explainers._enumeration import every_coalition, shapley_operator
from whyrec_plugins.explainers._pair_values import (
    drawn_coalitions,
    exact_pairs,
    toggled,
    toggled_pairs,
)
from whyrec_plugins.explainers.shapley import Shapley

Pairs = tuple[tuple[int, int, float], ...]


class Interactions(Explainer):
    """Shapley values of all players, and the Shapley interaction of each two of the ``top`` strongest.

    I_ij is the mean over coalitions S of the others, weighed by |S|! (n − |S| − 2)! / (n − 1)!, of
    v(S∪ij) − v(S∪i) − v(S∪j) + v(S) (Grabisch and Roubens 1999): above 0, two players do more together than the
    sum of what each does; below 0, they stand in for each other. The others range over *all* players, the top ones
    or not. These are also the pairs of the 2-Shapley values (k-SII of order 2, Bordt and von Luxburg 2023), whose main
    effects are the Shapley value less half of a player's interactions.

    ``top`` players are chosen for each item by the size of its Shapley values. Interactions are exact up to
    ``exact_below`` players, from the very coalitions that give the Shapley values. Above that, ``rounds`` random
    coalitions are drawn for all items, each asked as it is and with each one and each two of the top players turned,
    which serves all pairs and items at once: exact if players interact in twos only. On models that are linear in
    the history, with players ``history``, all interactions are 0, and nothing is asked.

    Parameters
    ----------
    top : players of which each two are looked at
    rounds : random coalitions drawn, where there are too many players for all of them
    exact_below : up to this number of players all coalitions are asked
    budget : coalitions asked for each player for the Shapley values, as in ``shapley``
    """

    name = "interactions"
    summary = "Shapley values, and interactions of each two of the top players"
    needs = {"history": (), "interests": (), "features": (ScoresFeatures,)}  # noqa: RUF012  a ClassVar by its base class

    def __init__(
        self,
        *,
        top: Annotated[int, Field(ge=2, le=64)] = 8,
        rounds: Annotated[int, Field(ge=2, le=100_000)] = 32,
        exact_below: Annotated[int, Field(ge=1, le=16)] = 14,
        budget: Annotated[float, Field(gt=0, le=100_000)] = 16.0,
    ) -> None:
        self.top = top
        self.rounds = rounds
        self.exact_below = exact_below
        self.budget = budget

    def _explain(self, model: Recommender, games: Sequence[Game], rngs: Streams) -> list[Attribution]:
        found: dict[int, Attribution] = {}
        rest = []
        for g, game in enumerate(games):
            if game.n_players <= self.exact_below and not _separable(game):
                found[g] = self._enumerated(game)
            else:
                rest.append(g)
        values = Shapley(budget=self.budget, exact_below=self.exact_below)
        for g, made in zip(rest, values._explain(model, [games[g] for g in rest], rngs), strict=True):
            found[g] = self._alone(made) if _separable(games[g]) else self._estimated(games[g], made, rngs)
        return [found[g] for g in range(len(games))]

    def _top(self, values: FloatArray) -> IntArray:
        """The strongest players, by position."""
        return np.sort(np.argsort(-np.abs(values), kind="stable")[: self.top]).astype(np.int64)

    def _alone(self, made: Attribution) -> Attribution:
        """Nobody interacts."""
        pairs = []
        for values in made.values:
            first, second = _each_two(self._top(values))
            pairs.append(_told(first, second, np.zeros(len(first))))
        return replace(made, pairs=pairs)

    def _enumerated(self, game: Game) -> Attribution:
        n = game.n_players
        worth = game.values(every_coalition(n))
        values = (shapley_operator(n) @ worth).T
        pairs = []
        for k, own in enumerate(values):
            first, second = _each_two(self._top(own))
            pairs.append(_told(first, second, exact_pairs(worth[:, [k]], first, second)[:, 0]))
        return Attribution(values, worth[0], np.zeros_like(values), pairs=pairs)

    def _estimated(self, game: Game, made: Attribution, rngs: Streams) -> Attribution:
        drawn = drawn_coalitions(game.n_players, self.rounds, rngs.shared(game.n_players, self.rounds))
        asked: dict[bytes, FloatArray] = {}  # items with the same top players share their coalitions
        pairs, notes = [], []
        for k, values in enumerate(made.values):
            players = self._top(values)
            if (name := players.tobytes()) not in asked:
                rows = toggled(drawn, players)
                told = game.values(rows.reshape(-1, rows.shape[2]))
                asked[name] = told.reshape(*rows.shape[:2], -1)
            found, errors = toggled_pairs(asked[name][:, :, k], drawn, players)
            pairs.append(_told(*_each_two(players), found))
            worst = errors.max(initial=0.0)
            notes.append(f"interactions from {len(drawn)} random coalitions, standard error at most {worst:.2g}")
        return replace(made, pairs=pairs, notes=notes)


def _separable(game: Game) -> bool:
    """Whether the value is a sum over players, so that nobody interacts."""
    return game.linear is not None and game.players.kind == "history"


def _each_two(players: IntArray) -> tuple[IntArray, IntArray]:
    first, second = np.triu_indices(len(players), 1)
    return players[first], players[second]


def _told(first: IntArray, second: IntArray, values: FloatArray) -> Pairs:
    """As an explanation holds them, strongest first."""
    order = np.argsort(-np.abs(values), kind="stable")
    return tuple((int(first[p]), int(second[p]), float(values[p])) for p in order)
