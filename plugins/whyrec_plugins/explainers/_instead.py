"""Instead: which item comes into the list once a set of players is gone."""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np

from whyrec import Game, IntArray, evaluate_tops


def titles_instead(games: Sequence[Game], sets: Sequence[Sequence[IntArray | None]], k: int) -> list[list[str | None]]:
    """For each item of each game the title of the best item that its set's removal brings into the top k.

    None where there is no set, or an empty one, or nothing comes in. What is asked of the models is counted: once with
    everybody, and once for each set.
    """
    out: list[list[str | None]] = [[None] * len(game.items) for game in games]
    asked = [[i for i, one in enumerate(own) if one is not None and len(one)] for own in sets]
    used = [g for g, items in enumerate(asked) if items]
    coalitions = []
    for g in used:
        present = np.ones((1 + len(asked[g]), games[g].n_players), bool)
        for row, i in enumerate(asked[g], start=1):
            present[row, sets[g][i]] = False
        coalitions.append(present)
    begun = time.perf_counter()
    tops = evaluate_tops([games[g] for g in used], coalitions, k)
    share = (time.perf_counter() - begun) / max(1, sum(len(c) for c in coalitions))
    for g, top in zip(used, tops, strict=True):
        game, before = games[g], set(top[0].tolist())
        game.count(len(top), share * len(top))
        for i, row in zip(asked[g], top[1:].tolist(), strict=True):
            come = next((item for item in row if item >= 0 and item not in before), None)
            out[g][i] = None if come is None else game.model.data.catalog.title(come, game.language)
    return out
