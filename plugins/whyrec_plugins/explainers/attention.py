"""Attention: where a self-attention model looked when it scored."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.sparse import csr_array

from whyrec import AttendsHistory, Attribution, Explainer, Game, Recommender, Streams

NOTE = "attention says where the network looked, not what moved the score; its order need not be that of removal"


class Attention(Explainer):
    """The model's own attention weights. For ``interests`` an item's weight is spread evenly over its events, and that
    of an event evenly over its interests.

    They are here because they are often shown, to be compared. A weight says nothing of the sign of an effect, nor of
    what the layers after it make of what was looked at; other weights can give the same prediction (Jain and
    Wallace, "Attention is not Explanation", NAACL 2019). They are not in the units of the score and do not add up to
    it, whatever the target.
    """

    name = "attention"
    summary = "where a self-attention model looked; not what moved the score"
    needs = {"history": (AttendsHistory,), "interests": (AttendsHistory,)}  # noqa: RUF012  a ClassVar by its base class
    additive = False
    ordinal = True
    exact = True

    def _explain(self, model: Recommender, games: Sequence[Game], rngs: Streams) -> list[Attribution]:
        return [_attention(game) for game in games]


def _attention(game: Game) -> Attribution:
    model: Any = game.model
    begun = time.perf_counter()
    weights = np.asarray(model.attention(game.history, game.items), np.float64)
    game.count(1, time.perf_counter() - begun)
    if game.players.kind == "interests":
        entry = game.history.entry_of_event
        member = csr_array(game.players.membership)
        sharers = np.bincount(entry)[entry] * np.maximum(1.0, np.asarray(member.sum(axis=0)).ravel())
        weights = member @ (weights[entry] / sharers[:, None])
    return Attribution(weights.T, np.zeros(len(game.items)), notes=[NOTE] * len(game.items))
