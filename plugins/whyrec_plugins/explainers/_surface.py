"""Surface: the value of a game and its slopes, as a history is gradually present."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from whyrec import FirstLayer, FloatArray, Game, Histories, IntArray, LinearInHistory, Recommender, Target

_STEP = 6e-6  # of a score's size: the cube root of the machine's precision, best for a central difference


class Surface:
    """Values (m, K) of a game and their slopes, for histories that are partly present.

    Rivals are those of the game. A probability is a smooth function of one score: its slope is a central difference.
    Every row that the model answers is counted on the game as one call.
    """

    def __init__(self, game: Game) -> None:
        self.game = game
        scores = game.model.score(game.history)[0] if game.target.startswith("margin") else np.empty(0)
        rivals, weights = Target.parse(game.target).rivals(scores, game.items, game.candidates)
        self.asked = np.concatenate([game.items, rivals])
        self.mix = np.concatenate([np.eye(len(game.items)), weights])
        linear = game.model.can(LinearInHistory)
        self._layer = first_layer(game.model, game.history, self.asked) if linear else None

    def by_presence(self, presence: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Values (m, K) and slopes (m, K, n_entries) by the presence (m, n_entries) of each item."""
        begun = time.perf_counter()
        if self._layer is not None:
            scores, slopes = self._layer.gated(presence)
        else:
            model: Any = self.game.model
            scores, slopes = model.presence_gradients(self.game.history, presence, self.asked)
        self.game.count(len(presence), time.perf_counter() - begun)
        return self.worth(np.asarray(scores, np.float64), np.asarray(slopes, np.float64))

    def by_sums(self, layer: FirstLayer, sums: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Values (m, K) and slopes (m, K, d) by what the first layer sums (m, d); ``layer`` is for ``asked``."""
        begun = time.perf_counter()
        scores, slopes = layer.rest(sums)
        self.game.count(len(sums), time.perf_counter() - begun)
        return self.worth(np.asarray(scores, np.float64), np.asarray(slopes, np.float64))

    def worth(self, scores: FloatArray, slopes: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Scores (m, asked) and slopes (m, asked, d) → values and slopes (m, K, …) of the game's target."""
        if self.game.target == "score":
            return scores, slopes
        if self.game.target != "probability":
            return scores @ self.mix, self.mix.T @ slopes
        probability = self.game.model.probability  # type: ignore[attr-defined]  # it can: that was asked
        step = _STEP * np.maximum(1.0, np.abs(scores))
        above, below = scores + step, scores - step
        rise = (np.asarray(probability(above)) - np.asarray(probability(below))) / (above - below)
        return np.asarray(probability(scores), np.float64), slopes * rise[:, :, None]


def first_layer(model: Recommender, histories: Histories, items: IntArray) -> FirstLayer:
    """A model's own first layer; one that is linear in the interests is all first layer, and nothing is behind it."""
    if not model.can(LinearInHistory):
        found: FirstLayer = model.first_layer(histories, items)  # type: ignore[attr-defined]  # it can: that was asked
        return found
    W, b = model.history_weights(items)  # type: ignore[attr-defined]  # it can: that was asked
    interest, unit = histories.interest, np.eye(len(items))
    parts = interest.data[:, None] * np.asarray(W, np.float64)[interest.indices]
    return FirstLayer(
        parts, np.asarray(b, np.float64), lambda sums: (sums, np.broadcast_to(unit, (len(sums), *unit.shape)))
    )


def refused(name: str, target: str, removal: str) -> str | None:
    """Why an explainer that follows slopes does not fit what is asked of it."""
    if target == "rank":
        return f"{name} follows slopes, and target 'rank' moves in jumps"
    if removal == "fill":
        return f"{name} starts from an empty history; removal 'fill' knows none"
    return None
