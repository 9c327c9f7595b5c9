"""Owen: items inside interests, so that what the items of an interest get is what the interest gets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated

import numpy as np
from pydantic import Field

from whyrec import Attribution, Explainer, FloatArray, Game, Recommender, Streams, evaluate, interest_players
from whyrec_plugins.explainers._owen_values import Orders, cost, enumerated, of_unions
from whyrec_plugins.explainers._structure import Structure
from whyrec_plugins.explainers.shares import linear_split

_CELLS = 2**27  # coalitions × items held at once, a byte each

_Waiting = tuple[int, Structure, Game, Orders]
"""A game's place, its structure, the game of its units, and the orders in which they come."""


class Owen(Explainer):
    """Owen values (Owen 1977, *Values of Games with a Priori Unions*): the interests are the unions of the items.

    Items join in orders in which those of one interest come one after the other, all such orders alike. An
    interest's items so sum to its Shapley value in the game of players ``interests``.

    **Overlap.** An item of several interests has one membership in each, and is there while all of them are: the rule
    by which hiding any of its interests hides it. Its memberships are the players, and the interests partition them,
    so that Owen values are defined for any game. On a linear model each membership gets an equal part of what
    the item contributes. Players ``history`` get the sum over an item's memberships, players ``interests`` the sum over
    an interest's members. Equal seeds give both from one and the same computation.

    - A model that is linear in the history: in closed form.
    - Up to 2^``exact_below`` coalitions: all of them.
    - More: about ``budget``·n coalitions, along random orders, each walked forwards and backwards. Up to
      ``exact_below`` interests, the interests themselves are still exact, by all their coalitions, and what their items
      get is shifted evenly to add up to it. Standard errors are reported; they are of sampling alone.

    Parameters
    ----------
    grouping : for players ``history``, what interests are grouped by: a feature column or ``behavior``; the data's own
        default if not given. Players ``interests`` come grouped
    budget : coalitions asked for each item
    exact_below : 2 to this number of coalitions are enumerated
    """

    name = "owen"
    summary = "Owen values: items inside interests, adding up on both levels"
    needs = {"history": (), "interests": ()}  # noqa: RUF012  a ClassVar by its base class

    def __init__(
        self,
        *,
        grouping: str | None = None,
        budget: Annotated[float, Field(gt=0, le=100_000)] = 32.0,
        exact_below: Annotated[int, Field(ge=1, le=20)] = 14,
    ) -> None:
        self.grouping = grouping
        self.budget = budget
        self.exact_below = exact_below

    def _explain(self, model: Recommender, games: Sequence[Game], rngs: Streams) -> list[Attribution]:
        found: dict[int, Attribution] = {}
        waiting: list[_Waiting] = []
        for g, (game, rng) in enumerate(zip(games, rngs, strict=True)):
            interests = (
                game.players
                if game.players.kind == "interests"
                else interest_players(game.history, model.data, self.grouping)
            )
            if (exact := linear_split(game)) is not None:
                found[g] = exact
                continue
            structure = Structure.of(game.history, interests)
            inner = structure.game(game)
            if cost(structure) <= self.exact_below:
                found[g] = _attribution(game, structure, enumerated(structure, inner)[None])
                _counted(game, inner)
            else:
                pairs = max(2, round(self.budget / 2))
                waiting.append((g, structure, inner, Orders.draw(structure, pairs, rng)))
        for batch in _batches(waiting):
            values = evaluate([inner for _, _, inner, _ in batch], [orders.coalitions for _, _, _, orders in batch])
            for (g, structure, inner, orders), asked in zip(batch, values, strict=True):
                added = orders.added(asked, inner.base_value, inner.full_value)
                if structure.n_unions <= self.exact_below:
                    added = _moved_to(added, structure, of_unions(structure, inner))
                found[g] = _attribution(games[g], structure, added)
                _counted(games[g], inner)
        return [found[g] for g in range(len(games))]


def _batches(waiting: list[_Waiting]) -> Iterator[list[_Waiting]]:
    """Games that are evaluated together, so that they share model calls; few enough for the memory."""
    batch: list[_Waiting] = []
    cells = 0
    for one in waiting:
        orders, units = one[3].unit_order.shape
        if batch and cells + orders * units**2 > _CELLS:
            yield batch
            batch, cells = [], 0
        batch.append(one)
        cells += orders * units**2
    if batch:
        yield batch


def _moved_to(added: FloatArray, structure: Structure, unions: FloatArray) -> FloatArray:
    """(t, L, K) shifted evenly within each union, so that its members sum to ``unions`` (m, K) in every draw."""
    lack = (unions - structure.per_union(added)) / structure.sizes[:, None]
    moved: FloatArray = added + lack[:, structure.union]
    return moved


def _attribution(game: Game, structure: Structure, added: FloatArray) -> Attribution:
    """The mean over draws (t, L, K) on the level of the game's players, and its standard error; one draw is exact."""
    by_union = game.players.kind == "interests"
    per = structure.per_union(added) if by_union else structure.per_entry(added, game.n_players)
    t = len(per)
    error = np.sqrt(per.var(axis=0, ddof=1) / t) if t > 1 else np.zeros(per.shape[1:])
    return Attribution(per.mean(axis=0).T, game.base_value, error.T)


def _counted(game: Game, inner: Game) -> None:
    game.count(inner.calls, inner.model_seconds)
