"""Told: explanations as arrays and JSON, for the store and the way between processes, and back, digit for digit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

import numpy as np

from whyrec.explanation import Explanation
from whyrec.game import Game
from whyrec.store.kept import KeptTold
from whyrec.types import FloatArray

_OF_GAME = {"user_id": "users", "player_ids": "ids", "players": "labels", "behaviors": "behaviors"}
"""Fields that follow from the game: name → where they stand among its players."""
_NUMBERS = ("values", "base_value", "full_value", "std_error", "model_calls", "seconds", "pairs")
_PLAIN = tuple(f.name for f in fields(Explanation) if f.name not in _OF_GAME and f.name not in _NUMBERS)
"""Texts and the like: kept once where all explanations of a cell share them."""


def encode(
    games: Sequence[Game],
    of: Sequence[Game],
    explanations: Sequence[Explanation],
    place: Sequence[int],
    *,
    whole: bool,
    seconds: float,
    model_calls: float,
    players: bool,
) -> KeptTold:
    """``games`` are all that were asked, ``of[e]`` that of ``explanations[e]``; ``players``: these too."""
    position = {id(game): g for g, game in enumerate(games)}
    errors = [e.std_error for e in explanations]
    pairs = [(i, *pair) for i, e in enumerate(explanations) for pair in e.pairs or ()]
    plain = {name: [getattr(e, name) for e in explanations] for name in _PLAIN}
    same = {name: told[0] for name, told in plain.items() if told and all(v == told[0] for v in told)}
    meta = {"same": same, "each": {name: told for name, told in plain.items() if name not in same}}
    arrays = {
        "game": np.array([position[id(g)] for g in of], np.int64),
        "place": np.array(place, np.int64),
        "lengths": np.array([len(e.values) for e in explanations], np.int64),
        "values": _joined([e.values for e in explanations]),
        "base": np.array([e.base_value for e in explanations]),
        "full": np.array([e.full_value for e in explanations]),
        "calls": np.array([e.model_calls for e in explanations], np.int64),
        "seconds": np.array([e.seconds for e in explanations]),
        "has_error": np.array([e is not None for e in errors], np.bool_),
        "error": _joined([e for e in errors if e is not None]),
        "has_pairs": np.array([e.pairs is not None for e in explanations], np.bool_),
        "pairs": np.array(pairs, np.float64).reshape(-1, 4),
    }
    known = {
        "users": [g.user_id for g in games],
        "ids": [list(g.players.ids) for g in games],
        "labels": [list(g.players.labels) for g in games],
        "behaviors": [None if g.players.behaviors is None else list(g.players.behaviors) for g in games],
    }
    return KeptTold(whole, seconds, model_calls, meta, arrays, known if players else {})


def decode(told: KeptTold) -> list[Explanation]:
    """The explanations. ``told`` must have its players."""
    meta, arrays, known = told.meta, told.arrays, told.players
    of_game = {name: [_frozen(v) for v in known[place]] for name, place in _OF_GAME.items()}
    values = values_of(told)
    errors = iter(_split(arrays["error"], arrays["lengths"][arrays["has_error"]]))
    pairs = arrays["pairs"]
    out = []
    for e, game in enumerate(arrays["game"].tolist()):
        own = pairs[pairs[:, 0] == e] if arrays["has_pairs"][e] else None
        out.append(
            Explanation(
                **{name: told[game] for name, told in of_game.items()},
                values=values[e],
                base_value=float(arrays["base"][e]),
                full_value=float(arrays["full"][e]),
                std_error=next(errors) if arrays["has_error"][e] else None,
                model_calls=int(arrays["calls"][e]),
                seconds=float(arrays["seconds"][e]),
                pairs=None if own is None else tuple((int(i), int(j), float(v)) for _, i, j, v in own),
                **meta["same"],
                **{name: told[e] for name, told in meta["each"].items()},
            )
        )
    return out


def values_of(told: KeptTold) -> list[FloatArray]:
    """The values alone, one array an explanation."""
    return _split(told.arrays["values"], told.arrays["lengths"])


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _joined(arrays: Sequence[FloatArray]) -> FloatArray:
    return np.concatenate(arrays) if len(arrays) else np.zeros(0)


def _split(array: FloatArray, lengths: Any) -> list[FloatArray]:
    return np.split(array, np.cumsum(lengths)[:-1]) if len(lengths) else []
