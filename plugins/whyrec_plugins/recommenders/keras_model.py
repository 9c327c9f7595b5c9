"""A Keras model of your own over dense item vectors, scored in large fixed-shape batches."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any, ClassVar, cast

import numpy as np

from whyrec import (
    Dataset,
    FirstLayer,
    FloatArray,
    Histories,
    IntArray,
    LinearFirstLayer,
    PluginError,
    Progress,
    Recommender,
    UnsupportedError,
)
from whyrec_plugins.recommenders._keras import tensorflow

BATCH = 1024
"""Rows of every call: one shape, compiled once."""

_ELEMENTWISE = ("linear", "sigmoid", "relu", "tanh", "softplus", "elu", "selu", "gelu", "silu")


class KerasModel(Recommender):
    """Scores of a trained Sequential model from interests (rows, n_items) to scores (rows, n_items).

    Where its first and last layers are Dense, altered copies of one history need only the first kernel's rows of
    that history and the last kernel's columns of the items asked, whatever lies between. Others are called whole.
    Dropout and batch normalization act as in prediction. Gradients come from TensorFlow; presence multiplies the
    interest. Made by :func:`wrap_keras`.
    """

    name = "keras"
    summary = "a Keras model of your own, over dense item vectors"
    packages: ClassVar[tuple[str, ...]] = ("tensorflow",)

    def __init__(self, *, model: Any = None) -> None:
        self.model = model

    def _fit(self, data: Dataset, rng: np.random.Generator, progress: Progress) -> None:
        if self.model is None:
            raise UnsupportedError("KerasModel needs a trained model", hint="use wrap_keras(model, data)")
        shapes = (self.model.input_shape, self.model.output_shape)
        if any(shape != (None, data.n_items) for shape in shapes):
            raise PluginError(f"the Keras model maps {shapes[0]} to {shapes[1]}; both must be (None, {data.n_items})")

    def _score(self, histories: Histories, items: IntArray | None) -> FloatArray:
        parts = [
            self._batched(self._whole, histories.take(np.arange(s, min(s + BATCH, len(histories)))).interest.toarray())
            for s in range(0, len(histories), BATCH)
        ]
        scores = np.concatenate(parts) if parts else np.empty((0, histories.n_items))
        return scores if items is None else scores[:, items]

    def masked_scorer(
        self, history: Histories, items: IntArray, *, removal: str = "drop"
    ) -> Callable[[FloatArray], FloatArray]:
        """Scores of altered copies of one history, see ``ScoresMasked``; only the removal rule ``drop``."""
        if removal != "drop":
            raise UnsupportedError(f"removal {removal!r} has no meaning for a Keras model of unknown inside")
        own = history.interest.indices
        if self._ends is None:
            return lambda interest: self._called_whole(interest, own, history.n_items)[:, items]
        first, last = self._ends
        kernel, shift = (w.numpy() for w in first)
        columns, lift = last[0].numpy()[:, items], last[1].numpy()[items]

        def scores(interest: FloatArray) -> FloatArray:
            entered = interest.astype(np.float32) @ kernel[own] + shift
            return self._batched(lambda x: self._between(x, columns, lift), entered)

        return scores

    def can(self, capability: type) -> bool:
        """As always; but a model whose first and last layers are not Dense has no first layer to be looked behind."""
        if capability is LinearFirstLayer and self.model is not None and self._ends is None:
            return False
        return super().can(capability)

    def presence_gradients(
        self, history: Histories, presence: FloatArray, items: IntArray
    ) -> tuple[FloatArray, FloatArray]:
        """Scores (m, K) and gradients (m, K, n_entries), see ``Differentiable``: presence multiplies the interest."""
        if self._ends is not None:
            return self.first_layer(history, items).gated(presence)
        own, degrees = history.interest.indices, history.interest.data
        dense = np.zeros((len(presence), history.n_items))
        dense[:, own] = presence * degrees
        scores, slopes = self._sloped(self._whole_slopes, dense, items, own)
        return scores, slopes * degrees

    def first_layer(self, histories: Histories, items: IntArray) -> FirstLayer:
        """What the first Dense layer sums, and the rest; see ``LinearFirstLayer``. Only where both ends are Dense."""
        if self._ends is None:
            raise UnsupportedError("this Keras model does not begin and end with a Dense layer")
        (kernel, shift), last = ((np.asarray(w, np.float64) for w in end) for end in self._ends)
        columns, lift = (np.asarray(w, np.float32)[..., items] for w in last)
        interest = histories.interest

        def rest(sums: FloatArray) -> tuple[FloatArray, FloatArray]:
            each = np.arange(len(items))
            return self._sloped(lambda x, k: self._between_slopes(x, k, columns, lift), sums, each, slice(None))

        return FirstLayer(interest.data[:, None] * kernel[interest.indices], shift, rest)

    # -- inside -------------------------------------------------------------------------------------------

    @cached_property
    def _ends(self) -> tuple[tuple[Any, Any], tuple[Any, Any]] | None:
        """Kernel and bias of the first and last layer; None unless both are Dense and the last acts item by item."""
        layers = [layer for layer in self.model.layers if type(layer).__name__ != "InputLayer"]
        ends = (layers[0], layers[-1])
        plain = type(self.model).__name__ == "Sequential" and len(layers) > 1
        dense = all(type(layer).__name__ == "Dense" and layer.use_bias for layer in ends)
        if not (plain and dense and layers[-1].activation.__name__ in _ELEMENTWISE):
            return None
        return (ends[0].kernel, ends[0].bias), (ends[1].kernel, ends[1].bias)

    @cached_property
    def _whole(self) -> Callable[[Any], Any]:
        tf = tensorflow()
        return cast("Callable[[Any], Any]", tf.function(lambda x: self.model(x, training=False), reduce_retracing=True))

    @cached_property
    def _between(self) -> Callable[[Any, Any, Any], Any]:
        """From what enters the first activation to the scores of the last layer's given columns."""
        tf = tensorflow()
        layers = [layer for layer in self.model.layers if type(layer).__name__ != "InputLayer"]

        def run(x: Any, columns: Any, lift: Any) -> Any:
            x = layers[0].activation(x)
            for layer in layers[1:-1]:
                x = layer(x, training=False)
            return layers[-1].activation(tf.matmul(x, columns) + lift)

        return cast("Callable[[Any, Any, Any], Any]", tf.function(run, reduce_retracing=True))

    @cached_property
    def _whole_slopes(self) -> Callable[[Any, Any], Any]:
        """From interests and one item for each row to its scores and their gradients."""
        tf = tensorflow()

        def run(x: Any, item: Any) -> Any:
            with tf.GradientTape() as tape:
                tape.watch(x)
                scores = tf.gather(self.model(x, training=False), item, axis=1, batch_dims=1)
            return scores, tape.gradient(scores, x)

        return cast("Callable[[Any, Any], Any]", tf.function(run, reduce_retracing=True))

    @cached_property
    def _between_slopes(self) -> Callable[[Any, Any, Any, Any], Any]:
        """As ``_between``, for one of the columns in each row, with gradients by what entered."""
        tf = tensorflow()

        def run(x: Any, k: Any, columns: Any, lift: Any) -> Any:
            with tf.GradientTape() as tape:
                tape.watch(x)
                scores = tf.gather(self._between(x, columns, lift), k, axis=1, batch_dims=1)
            return scores, tape.gradient(scores, x)

        return cast("Callable[[Any, Any, Any, Any], Any]", tf.function(run, reduce_retracing=True))

    def _sloped(
        self, call: Callable[[Any, Any], Any], rows: FloatArray, items: IntArray, own: IntArray | slice
    ) -> tuple[FloatArray, FloatArray]:
        """Scores (m, K) and the columns ``own`` of the gradients (m, K, …): each row once for each item."""
        tf = tensorflow()
        m, k, scores, slopes = len(rows), len(items), [], []
        row, item = np.repeat(np.arange(m), k), np.tile(np.asarray(items, np.int64), m)
        for start in range(0, m * k, BATCH):
            block = slice(start, start + BATCH)
            padded, asked = np.zeros((BATCH, rows.shape[1]), np.float32), np.zeros(BATCH, np.int64)
            n = len(row[block])
            padded[:n], asked[:n] = rows[row[block]], item[block]
            found, steep = call(tf.constant(padded), tf.constant(asked))
            scores.append(np.asarray(found, np.float64)[:n])
            slopes.append(np.asarray(steep, np.float64)[:n, own])
        return np.concatenate(scores).reshape(m, k), np.concatenate(slopes).reshape(m, k, -1)

    def _called_whole(self, interest: FloatArray, own: IntArray, n_items: int) -> FloatArray:
        parts = []
        for start in range(0, len(interest), BATCH):
            block = interest[start : start + BATCH]
            dense = np.zeros((len(block), n_items), np.float32)
            dense[:, own] = block
            parts.append(self._batched(self._whole, dense))
        return np.concatenate(parts) if parts else np.empty((0, n_items))

    def _batched(self, call: Callable[[Any], Any], rows: Any) -> FloatArray:
        """Every call sees BATCH rows, the last one filled up with zeros: one compiled shape, the same digits."""
        parts = []
        for start in range(0, len(rows), BATCH):
            block = np.asarray(rows[start : start + BATCH], np.float32)
            padded = np.zeros((BATCH, block.shape[1]), np.float32)
            padded[: len(block)] = block
            parts.append(np.asarray(call(padded), np.float64)[: len(block)])
        return np.concatenate(parts) if parts else np.empty((0, 0))


def wrap_keras(model: Any, data: Dataset) -> KerasModel:
    """A trained Keras model from interests (rows, n_items) to scores (rows, n_items), as one that can be explained.

    Columns of both are in the order of ``data.catalog.items``.
    """
    return KerasModel(model=model).fit(data)
