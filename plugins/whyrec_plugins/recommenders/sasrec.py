"""sasrec: self-attention over the time-ordered history."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

import numpy as np
from pydantic import Field

from whyrec import FloatArray, Histories, IntArray, UnsupportedError
from whyrec_plugins.recommenders._deep.encoder import slots_of
from whyrec_plugins.recommenders._deep.layers import Layers
from whyrec_plugins.recommenders._deep.sequence import Initial, Sequence, Tower
from whyrec_plugins.recommenders._keras import tensorflow


class SASRec(Sequence):
    """SASRec (Kang and McAuley, "Self-Attentive Sequential Recommendation", ICDM 2018), trained by a full softmax.

    Every slot attends to itself and to those before it; the state of the last slot is the user's vector. In place of
    one drawn negative, the next item is predicted against all items or many: that, not the architecture, is what its
    accuracy hangs on (Klenitskiy and Vasilev, "Turning Dross Into Gold Loss", RecSys 2023).

    A gate scales what other slots receive of an item by attention, while the attention that the rest receive stays as
    it was; and the embedding of the very last item, which the user's vector starts from.

    Parameters
    ----------
    size : length of the embeddings and states
    length : items of a history that are read, the last ones
    blocks : layers of attention
    heads : of each attention; divides ``size``
    ahead : items that are predicted after each, in equal shares: the next, and those that follow
    initial : where the embeddings start; ``neighbors``: items met close to each other have them alike
    dropout : share of the elements dropped in training
    negatives : items drawn for a batch to predict against; 0: all items
    epochs : passes over the histories, at most
    batch_size : windows in one step
    learning_rate : Adam's
    validation : share of the users whose last items are hidden from training, to choose the epoch by
    patience : epochs without a better NDCG@10 of the hidden items before training stops; 0: never stop early
    refit : train once more, with nothing hidden, for as many epochs as were best
    """

    name = "sasrec"
    summary = "self-attention over the history in order of time (Keras)"

    def __init__(
        self,
        *,
        size: Annotated[int, Field(gt=0, le=4096)] = 64,
        length: Annotated[int, Field(gt=0, le=2000)] = 50,
        blocks: Annotated[int, Field(gt=0, le=24)] = 2,
        heads: Annotated[int, Field(gt=0, le=64)] = 1,
        ahead: Annotated[int, Field(gt=0, le=100)] = 5,
        initial: Initial = "neighbors",
        dropout: Annotated[float, Field(ge=0, lt=1)] = 0.3,
        negatives: Annotated[int, Field(ge=0)] = 1000,
        epochs: Annotated[int, Field(gt=0, le=100_000)] = 20,
        batch_size: Annotated[int, Field(gt=0)] = 32,
        learning_rate: Annotated[float, Field(gt=0, le=1)] = 0.001,
        validation: Annotated[float, Field(ge=0, le=1)] = 0.5,
        patience: Annotated[int, Field(ge=0)] = 5,
        refit: bool = True,
    ) -> None:
        self.size = size
        self.length = length
        self.blocks = blocks
        self.heads = heads
        self.ahead = ahead
        self.initial = initial
        self.dropout = dropout
        self.negatives = negatives
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.validation = validation
        self.patience = patience
        self.refit = refit

    def _tower(self, layers: Layers) -> Tower:
        if self.size % self.heads:
            raise UnsupportedError(
                f"sasrec: {self.heads} heads do not divide size {self.size}", hint="choose heads that divide the size"
            )
        places = layers.embedding("places", self.length, self.size, layers.normal(0.02))
        blocks = [_Block(layers, b, self.size, self.heads) for b in range(self.blocks)]
        norm = layers.norm("norm", self.size)

        def start(gates: Any, vectors: Any, real: Any, drop: Callable[[Any], Any]) -> tuple[Any, Any]:
            tf = tensorflow()
            vectors = tf.concat([vectors[:, :-1], vectors[:, -1:] * gates[:, -1:, None]], axis=1)
            before = tf.linalg.band_part(tf.ones((self.length, self.length), tf.bool), -1, 0)
            state = drop(vectors * self.size**0.5 + places.embeddings.value)
            return state, before[None, None] & real[:, None, None, :]

        def states(gates: Any, vectors: Any, real: Any, drop: Callable[[Any], Any]) -> Any:
            state, seen = start(gates, vectors, real, drop)
            for block in blocks:
                state = block(state, seen, gates, drop)
            return norm(state)

        def attend(gates: Any, vectors: Any, real: Any) -> Any:
            tf = tensorflow()
            state, seen = start(gates, vectors, real, _as_is)
            for block in blocks[:-1]:
                state = block(state, seen, gates, _as_is)
            return tf.reduce_mean(blocks[-1].shares(state, seen)[:, :, -1], axis=1) * gates

        def encode(gates: Any, vectors: Any, real: Any) -> Any:
            return states(gates, vectors, real, _as_is)[:, -1]

        def train(vectors: Any, real: Any, drop: Callable[[Any], Any]) -> Any:
            tf = tensorflow()
            return states(tf.cast(real, tf.float32), vectors, real, drop)

        inside = (layer for block in blocks for layer in block.layers)
        return Tower((places, norm, *inside), encode, train, attend)

    def attention(self, history: Histories, items: IntArray) -> FloatArray:
        """The last slot's attention in the last block, the mean over heads; alike for all items. See AttendsHistory."""
        inputs = self._inputs(history)
        shares = self._encoder.attention(inputs)[0]
        place, there = slots_of(history.interest.indices, inputs.items[0])
        found = np.bincount(place[there], shares[there], minlength=history.interest.nnz)
        return np.repeat(found[:, None], len(items), axis=1)


class _Block:
    """Attention, then two dense layers, each on what is normalized before and added to what came in."""

    def __init__(self, layers: Layers, number: int, size: int, heads: int) -> None:
        name = f"block{number}"
        self.heads = heads
        self.norms = [layers.norm(f"{name}_norm{i}", size) for i in (0, 1)]
        self.q, self.k = (layers.dense(f"{name}_{part}", size, size) for part in ("query", "key"))
        self.v = layers.dense(f"{name}_value", size, size, kernel_initializer=layers.identity())
        self.inner = layers.dense(f"{name}_inner", size, size, "relu")
        self.outer = layers.dense(f"{name}_outer", size, size, kernel_initializer=layers.normal(0.02))
        self.layers = (*self.norms, self.q, self.k, self.v, self.inner, self.outer)

    def shares(self, state: Any, seen: Any) -> Any:
        """(rows, heads, slots, slots) how much each slot attends to each; nothing where there is nothing to see."""
        tf = tensorflow()
        normed = self.norms[0](state)
        q, k = (self._split(layer(normed)) for layer in (self.q, self.k))
        logits = tf.matmul(q, k, transpose_b=True) / float(q.shape[-1]) ** 0.5
        logits = tf.where(seen, logits, -1e9)
        # The largest is taken off as a constant, so that only the ratios carry gradients.
        worth = tf.exp(logits - tf.stop_gradient(tf.reduce_max(logits, -1, keepdims=True))) * tf.cast(seen, tf.float32)
        return tf.math.divide_no_nan(worth, tf.reduce_sum(worth, -1, keepdims=True))

    def __call__(self, state: Any, seen: Any, gates: Any, drop: Callable[[Any], Any]) -> Any:
        tf = tensorflow()
        value = self._split(self.v(self.norms[0](state)))
        got = tf.matmul(drop(self.shares(state, seen)) * gates[:, None, None, :], value)
        state += drop(tf.reshape(tf.transpose(got, [0, 2, 1, 3]), tf.shape(state)))
        return state + drop(self.outer(drop(self.inner(self.norms[1](state)))))

    def _split(self, tensor: Any) -> Any:
        """(rows, slots, size) → (rows, heads, slots, size / heads)."""
        tf = tensorflow()
        slots, size = tensor.shape[1:]
        return tf.transpose(tf.reshape(tensor, [-1, slots, self.heads, size // self.heads]), [0, 2, 1, 3])


def _as_is(tensor: Any) -> Any:
    return tensor
