"""Counterfactual: the fewest players without whom (or with whom alone) the item would stand otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

import numpy as np
from pydantic import Field as Setting

from whyrec import Attribution, BoolArray, Explainer, FloatArray, Game, IntArray, Recommender, ScoresFeatures, Streams
from whyrec_plugins.explainers._field import Field, fields
from whyrec_plugins.explainers._instead import titles_instead
from whyrec_plugins.explainers._moved import Pair
from whyrec_plugins.explainers._rivals import leads
from whyrec_plugins.explainers._small_sets import Wish, beam_sets, every_small, pared
from whyrec_plugins.explainers._smallest_sets import Passing


class Counterfactual(Explainer):
    """The smallest set of players whose removal takes the item out of the top ``k`` of all candidates.

    Or, with ``direction="keep"``, the smallest set that alone keeps it there. Members of the set have values above 0,
    from 1 for the one that matters most (the item recovers most when it alone is spared) evenly down; all others 0.
    The note says what was found, and whether no smaller set exists; ``instead`` names the best item that a removal
    brings into the top ``k``. If none of at most ``limit`` players
    was found, all values are 0, and the note says so.

    - At most ``exact_below`` players: all sets, by growing size.
    - Linear models with players ``history``: by branch and bound, exact as long as ``most`` partial sets are enough.
    - Else ``width`` sets grow player by player, by the margin to the k-th rival. No player of the set found can be
      spared, but where it has three or more, a smaller set may exist.

    Sets are about ranks, whatever the target.

    Parameters
    ----------
    k : length of the list that the item shall leave, or stay in
    direction : ``remove`` or ``keep``
    limit : players in a set, at the most
    exact_below : up to this number of players all sets are asked
    width : sets that grow side by side
    most : partial sets looked at for an item of a linear model
    """

    name = "counterfactual"
    summary = "the smallest set of players whose removal takes the item out of the top k"
    needs = {"history": (), "interests": (), "features": (ScoresFeatures,)}  # noqa: RUF012  a ClassVar by its base class
    additive = False
    ordinal = True

    def __init__(
        self,
        *,
        k: Annotated[int, Setting(ge=1)] = 10,
        direction: Literal["remove", "keep"] = "remove",
        limit: Annotated[int, Setting(ge=1)] = 20,
        exact_below: Annotated[int, Setting(ge=1, le=16)] = 14,
        width: Annotated[int, Setting(ge=1, le=1000)] = 2,
        most: Annotated[int, Setting(ge=1)] = 100_000,
    ) -> None:
        self.k = k
        self.direction = direction
        self.limit = limit
        self.exact_below = exact_below
        self.width = width
        self.most = most

    def _explain(self, model: Recommender, games: Sequence[Game], rngs: Streams) -> list[Attribution]:
        found: dict[int, Attribution] = {}
        for places, field in fields(games):
            pairs = [(g, k) for g, game in enumerate(field.games) for k in range(len(game.items))]
            sets, proven = self._sets(field, pairs)
            sets, works = pared(field, pairs, self._wish, sets)
            # A set that works by the matrix product, but not when asked, decides a tie by its last digit: ask for all.
            if missed := [p for p, one in enumerate(sets) if one is not None and not works[p]]:
                plain, again = Field(field.games, plain=True), [pairs[p] for p in missed]
                grown = beam_sets(plain, again, self._wish, self.limit, self.width)
                for p, one in zip(missed, pared(plain, again, self._wish, grown)[0], strict=True):
                    sets[p], proven[p] = one, False
            # Beams try every single player first: a set of two that they end with is as small as can be.
            proven = [exact or (one is not None and len(one) <= 2) for one, exact in zip(sets, proven, strict=True)]
            told = iter(zip(sets, proven, strict=True))
            by_game = [[next(told) for _ in game.items] for game in field.games]
            gone = [[None if self._wish.keep else one for one, _ in own] for own in by_game]
            instead = titles_instead(field.games, gone, self.k)
            for place, game, own, titles in zip(places, field.games, by_game, instead, strict=True):
                values = np.array([_values(one, game.n_players) for one, _ in own])
                notes = [self._note(one, game.n_players, exact=exact) for one, exact in own]
                found[place] = Attribution(values, game.base_value, notes=notes, chosen=self.direction, instead=titles)
        return [found[g] for g in range(len(games))]

    @property
    def _wish(self) -> Wish:
        return Wish(self.k, self.direction == "keep")

    def _sets(self, field: Field, pairs: Sequence[Pair]) -> tuple[list[IntArray | None], list[bool]]:
        """For each pair a set, or None; and whether it is proven that there is no smaller one."""
        linear = field.unit is not None and field.games[0].players.kind == "history"
        sets: dict[Pair, IntArray | None] = {}
        proven: dict[Pair, bool] = dict.fromkeys(pairs, True)
        for g, game in enumerate(field.games):
            if not linear and game.n_players <= self.exact_below:
                sets.update(((g, k), one) for k, one in enumerate(every_small(field, g, self._wish, self.limit)))
        if linear:
            for pair in pairs:
                sets[pair], proven[pair] = self._bounded(field, pair)
        left = [pair for pair in pairs if pair not in sets or not proven[pair]]
        grown = beam_sets(field, left, self._wish, self.limit, self.width) if left else []
        for pair, one in zip(left, grown, strict=True):
            single = min(self.limit, field.games[pair[0]].n_players) <= 1
            sets[pair], proven[pair] = one, single
        return [sets[pair] for pair in pairs], [proven[pair] for pair in pairs]

    def _bounded(self, field: Field, pair: Pair) -> tuple[IntArray | None, bool]:
        lead, gain, first = leads(field, pair[1])
        wish = self._wish

        def works(sets: BoolArray) -> BoolArray:
            after = lead + wish.coalition(sets).astype(np.float64) @ gain
            return wish.granted(1 + np.count_nonzero((after < 0) | ((after == 0) & first), axis=1))

        if wish.keep:
            task = Passing(gain, -lead, len(lead) - self.k + 1, works)
        else:
            task = Passing(gain, lead + gain.sum(axis=0), self.k, works)
        return task.smallest(self.limit, self.most)

    def _note(self, members: IntArray | None, n: int, *, exact: bool) -> str:
        keep, top = self.direction == "keep", f"the top {self.k}"
        if members is None:
            sized = "" if self.limit >= n else f" of at most {self.limit} players"
            what = f"no set{sized} alone keeps it in {top}" if keep else f"no removal{sized} takes it out of {top}"
            return what if exact else f"{what}, as far as was searched"
        if not len(members):
            return f"it stands in {top} with nothing at all" if keep else f"it does not stand in {top} to begin with"
        those = "this one alone" if len(members) == 1 else f"these {len(members)} alone"
        gone = "this one" if len(members) == 1 else f"these {len(members)}"
        said = (
            f"{those} keep{'s' * (len(members) == 1)} it in {top}" if keep else f"removing {gone} takes it out of {top}"
        )
        return f"{said}; " + ("no fewer do" if exact else "none of them can be spared, but fewer others may do")


def _values(members: IntArray | None, n: int) -> FloatArray:
    values = np.zeros(n)
    if members is not None and len(members):
        values[members] = 1.0 - np.arange(len(members)) / len(members)
    return values
