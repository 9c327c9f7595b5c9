"""gru: a recurrent network over the time-ordered history."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from pydantic import Field

from whyrec_plugins.recommenders._deep.layers import Layers
from whyrec_plugins.recommenders._deep.sequence import Initial, Sequence, Tower
from whyrec_plugins.recommenders._keras import tensorflow


class GRU4Rec(Sequence):
    """GRU4Rec (Hidasi et al., "Session-based Recommendations with Recurrent Neural Networks", ICLR 2016).

    One layer of gated recurrent units (Cho et al. 2014) goes through the items; its last state is the user's vector.
    Trained by a softmax over all items or many.

    A gate scales the step that the state takes at an item: a gate of 0 is no step.

    Parameters
    ----------
    size : length of the embeddings and of the state
    length : items of a history that are read, the last ones
    ahead : items that are predicted after each, in equal shares: the next, and those that follow
    initial : where the embeddings start; ``neighbors``: items met close to each other have them alike
    dropout : share of the elements dropped in training, before and after the recurrent layer
    negatives : items drawn for a batch to predict against; 0: all items
    epochs : passes over the histories, at most
    batch_size : windows in one step
    learning_rate : Adam's
    validation : share of the users whose last items are hidden from training, to choose the epoch by
    patience : epochs without a better NDCG@10 of the hidden items before training stops; 0: never stop early
    refit : train once more, with nothing hidden, for as many epochs as were best
    """

    name = "gru"
    summary = "gated recurrent units over the history in order of time (Keras)"

    def __init__(
        self,
        *,
        size: Annotated[int, Field(gt=0, le=4096)] = 64,
        length: Annotated[int, Field(gt=0, le=2000)] = 50,
        ahead: Annotated[int, Field(gt=0, le=100)] = 5,
        initial: Initial = "neighbors",
        dropout: Annotated[float, Field(ge=0, lt=1)] = 0.3,
        negatives: Annotated[int, Field(ge=0)] = 1000,
        epochs: Annotated[int, Field(gt=0, le=100_000)] = 20,
        batch_size: Annotated[int, Field(gt=0)] = 32,
        learning_rate: Annotated[float, Field(gt=0, le=1)] = 0.002,
        validation: Annotated[float, Field(ge=0, le=1)] = 0.5,
        patience: Annotated[int, Field(ge=0)] = 5,
        refit: bool = True,
    ) -> None:
        self.size = size
        self.length = length
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
        given = layers.dense("given", self.size, 2 * self.size)
        new = layers.dense("new", self.size, self.size, kernel_initializer=layers.identity(self.size**0.5))
        turned = layers.dense("turned", self.size, 2 * self.size, use_bias=False)
        renewed = layers.dense("renewed", self.size, self.size, use_bias=False, kernel_initializer=layers.normal(0.02))

        def states(gates: Any, vectors: Any) -> list[Any]:
            """The state after each slot."""
            tf = tensorflow()
            turns, news = tf.unstack(given(vectors), axis=1), tf.unstack(new(vectors), axis=1)
            state = tf.zeros_like(vectors[:, 0])
            found = []
            for turn, news_of, gate in zip(turns, news, tf.unstack(gates, axis=1), strict=True):
                update, reset = tf.split(tf.sigmoid(turn + turned(state)), 2, axis=1)
                wanted = tf.tanh(news_of + renewed(reset * state))
                state += gate[:, None] * update * (wanted - state)
                found.append(state)
            return found

        def encode(gates: Any, vectors: Any, real: Any) -> Any:
            return states(gates, vectors)[-1]

        def train(vectors: Any, real: Any, drop: Callable[[Any], Any]) -> Any:
            tf = tensorflow()
            return drop(tf.stack(states(tf.cast(real, tf.float32), drop(vectors)), axis=1))

        return Tower((given, new, turned, renewed), encode, train)
