"""User vectors and their gradients from a network, in large batches of few shapes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from whyrec import FloatArray, IntArray, PluginError
from whyrec_plugins.recommenders._deep.inputs import Inputs, padded
from whyrec_plugins.recommenders._keras import hushed, tensorflow

BATCH = 512
"""Rows of a call; one small batch has SMALL, so that one user is served fast. Few shapes: each is compiled once."""
SMALL = 32


class Encoder:
    """``encode`` of a network, compiled for prediction and for gradients."""

    def __init__(self, encode: Callable[..., Any], attend: Callable[..., Any] | None = None) -> None:
        tf = tensorflow()

        @tf.function(reduce_retracing=False)  # type: ignore[untyped-decorator]  # TensorFlow says no types
        def forward(gates: Any, items: Any, *context: Any) -> Any:
            return encode(gates, items, *context)

        @tf.function(reduce_retracing=False)  # type: ignore[untyped-decorator]  # TensorFlow says no types
        def pull(along: Any, gates: Any, items: Any, *context: Any) -> Any:
            with tf.GradientTape() as tape:
                tape.watch(gates)
                vectors = encode(gates, items, *context)
            return vectors, tape.gradient(vectors, gates, output_gradients=along, unconnected_gradients="zero")

        self._forward, self._pull = forward, pull
        self._attend = None if attend is None else tf.function(attend)

    @hushed()
    def vectors(self, inputs: Inputs) -> FloatArray:
        """(rows, size) float64."""
        return _batched(lambda *arrays: (self._forward(*arrays),), inputs.arrays())[0]

    @hushed()
    def attention(self, inputs: Inputs) -> FloatArray:
        """(rows, slots) float64; only of a network that attends."""
        if self._attend is None:
            raise PluginError("this network has no attention", hint="give its Network attend=")
        attend = self._attend
        return _batched(lambda *arrays: (attend(*arrays),), inputs.arrays())[0]

    @hushed()
    def gradients(self, inputs: Inputs, along: FloatArray) -> tuple[FloatArray, FloatArray]:
        """User vectors (rows, size), and ∂(vector · along) / ∂gates (rows, slots) for each row's own ``along``."""
        vectors, gradients = _batched(self._pull, (np.asarray(along, np.float32), *inputs.arrays()))
        return vectors, gradients


def _batched(call: Callable[..., Any], arrays: tuple[Any, ...]) -> tuple[FloatArray, ...]:
    """The answers of ``call`` for all rows; batches are filled up with zeros, which no other row sees."""
    tf = tensorflow()
    rows = len(arrays[0])
    size = SMALL if rows <= SMALL else BATCH
    parts = []
    for start in range(0, max(1, rows), size):
        block = [padded(array[start : start + size], size) for array in arrays]
        found = call(*(tf.constant(array) for array in block))
        parts.append([np.asarray(part, np.float64)[: rows - start] for part in found])
    return tuple(np.concatenate(part) for part in zip(*parts, strict=True))


def slots_of(history_items: IntArray, slots: IntArray) -> tuple[IntArray, Any]:
    """For each slot the position of its item among ``history_items`` (ascending), and whether it has one.

    slots : (n_slots,) item indices, −1 for an empty slot.
    """
    place = np.searchsorted(history_items, slots)
    place = np.minimum(place, max(0, len(history_items) - 1))
    there = (slots >= 0) & (history_items[place] == slots) if len(history_items) else np.zeros(len(slots), bool)
    return place, there
