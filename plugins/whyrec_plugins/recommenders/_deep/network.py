"""A network of a deep recommender: its layers, its encoder, what it minimizes; weights in and out as plain arrays."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from whyrec import PluginError

Weights = dict[str, NDArray[np.float32]]
"""Weight path, such as ``hidden/kernel`` → array."""


@dataclass(frozen=True, eq=False)
class Objective:
    """What one optimizer minimizes.

    Parameters
    ----------
    loss : called in the graph as ``loss(step, *batch)``: ``step`` is the number of steps done (an int64 scalar), and
        ``batch`` the model's training rows, cut to one batch. Returns one tensor for each of ``figures``, a number for
        each row or one for all; the mean of the first is minimized, all are kept in the training curve.
    figures : names in the training curve, ``loss`` first (a second objective gives its own another name)
    variables : what it may move; None: all that the network can train
    """

    loss: Callable[..., tuple[Any, ...]]
    figures: tuple[str, ...] = ("loss",)
    variables: tuple[Any, ...] | None = None


@dataclass(frozen=True, eq=False)
class Network:
    """Keras layers and what is done with them.

    Parameters
    ----------
    layers : all layers and models that hold weights, built, every one with a name of its own
    encode : ``encode(gates, items, *context)``: user vectors (rows, size) from the inputs of one batch, see
        :class:`Inputs`, as in prediction (no dropout). None where the model scores by arrays alone.
    objectives : minimized in this order in every step; most networks have one, an adversary is a second
    jit : compile the training step by XLA. Faster where much is done element by element; sums are then taken in another
        order and dropout draws other numbers, so the weights differ from those without. Only for operations with
        fixed shapes (nothing ragged, no ``unique``).
    attend : called like ``encode``: (rows, slots), the attention that each slot gets in the end; None without any
    """

    layers: tuple[Any, ...]
    objectives: tuple[Objective, ...]
    encode: Callable[..., Any] | None = None
    jit: bool = False
    attend: Callable[..., Any] | None = None

    @property
    def variables(self) -> list[Any]:
        """All weights, each once, in the order of the layers."""
        return list({id(w): w for layer in self.layers for w in layer.weights}.values())

    @property
    def trainable(self) -> tuple[Any, ...]:
        return tuple({id(w): w for layer in self.layers for w in layer.trainable_weights}.values())

    def weights(self) -> Weights:
        """A copy of all weights. Raises PluginError if two have one path: their layers share a name."""
        found = {w.path: np.array(w.numpy(), np.float32) for w in self.variables}
        if len(found) < len(self.variables):
            raise PluginError("two weights of a network have one path", hint="give every layer a name of its own")
        return found

    def load(self, weights: Mapping[str, Any]) -> None:
        """Put the weights in. Raises PluginError if the paths or shapes are not those of this network."""
        own = {w.path: tuple(w.shape) for w in self.variables}
        given = {path: np.shape(array) for path, array in weights.items()}
        if own != given:
            path, shape = next(iter(sorted(own.items() ^ given.items())))
            raise PluginError(
                f"weights do not fit the network: {path} {shape} is only in one of them",
                hint="weights belong to the settings and the data that they were learned with",
            )
        for w in self.variables:
            w.assign(weights[w.path])
