"""cfgan: a generator of interests and a discriminator that tells them from real ones."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
from pydantic import Field

from whyrec import Dataset, FloatArray, Histories, IntArray
from whyrec_plugins.recommenders._deep import Layers, Network, Objective, Stacked, dense_rows
from whyrec_plugins.recommenders._deep.stacked import dense_of
from whyrec_plugins.recommenders._keras import tensorflow
from whyrec_plugins.recommenders._rescale import Layer, Rest


class CFGAN(Stacked):
    """Generator: x / ‖x‖₂ → Dense(hidden, tanh) → Dense(n_items); the sigmoid of its output is a made up row of likes.

    Chae, Kang, Kim and Lee, "CFGAN: A Generic Collaborative Filtering Framework based on Generative Adversarial
    Networks", CIKM 2018, in its variant ZP. The discriminator is given a user's history and a row of likes, the true
    one or one made up, and says which; the generator learns to mislead it. Of what is made up the discriminator sees
    the user's items and, drawn anew in each step, a share of the others (partial masking); another draw of the others
    is pulled to 0 (zero reconstruction), or else "everything is liked" would do. Dislikes are read, and are not liked.

    Unlike in the paper, a share of the history is dropped before the generator reads it, so that it has to tell an item
    from the others rather than from itself.

    Scored by the generator's logit, by matrix products.

    Parameters
    ----------
    hidden : units of the generator's layer
    judge : units of the discriminator's layer
    dropout : share of the history that the generator is not shown in each step
    masking : share of the items without interest that the discriminator is shown
    zeros : share of the items without interest that are pulled to 0
    alpha : weight of these pulls (their squares summed over items) beside the discriminator's verdict
    epochs : passes over the users, at most
    batch_size : users in one step
    learning_rate : Adam's, of both
    validation : share of the users of whose liked items a fifth is hidden from training, to choose the epoch by
    patience : epochs without a better NDCG@10 of the hidden items before training stops; 0: never stop early
    refit : train once more, with nothing hidden, for as many epochs as were best
    """

    name = "cfgan"
    summary = "adversarial: a generator of interests against a discriminator (Keras)"

    def __init__(
        self,
        *,
        hidden: Annotated[int, Field(gt=0, le=16384)] = 256,
        judge: Annotated[int, Field(gt=0, le=16384)] = 128,
        dropout: Annotated[float, Field(ge=0, lt=1)] = 0.5,
        masking: Annotated[float, Field(ge=0, le=1)] = 0.3,
        zeros: Annotated[float, Field(ge=0, le=1)] = 0.3,
        alpha: Annotated[float, Field(ge=0)] = 0.1,
        epochs: Annotated[int, Field(gt=0, le=100_000)] = 150,
        batch_size: Annotated[int, Field(gt=0)] = 64,
        learning_rate: Annotated[float, Field(gt=0, le=1)] = 0.001,
        validation: Annotated[float, Field(ge=0, le=1)] = 0.5,
        patience: Annotated[int, Field(ge=0)] = 20,
        refit: bool = True,
    ) -> None:
        self.hidden = hidden
        self.judge = judge
        self.dropout = dropout
        self.masking = masking
        self.zeros = zeros
        self.alpha = alpha
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.validation = validation
        self.patience = patience
        self.refit = refit

    # -- training ---------------------------------------------------------------------------------------

    def _network(self, data: Dataset, seed: int) -> Network:
        tf, layers, n_items = tensorflow(), Layers(seed), data.n_items
        read = layers.dense("read", n_items, self.hidden, "tanh")
        items = layers.dense("items", self.hidden, n_items)
        judged = layers.dense("judged", 2 * n_items, self.judge, "tanh")
        verdict = layers.dense("verdict", self.judge, 1)
        drop, key = layers.dropout(self.dropout), layers.seed()
        dense = dense_rows(data.histories.interest)

        def some(like: Any, share: float, number: int, step: Any) -> Any:
            """1 where a draw falls, each cell with probability ``share``."""
            seed = tf.stack([tf.constant(key * 10 + number, tf.int64), step])
            return tf.cast(tf.random.stateless_uniform(tf.shape(like), seed) < share, tf.float32)

        def real(row: Any, history: Any) -> Any:
            """The logit of the discriminator's belief that a row of likes is a true one."""
            return verdict(judged(tf.concat([row, history], axis=1)))[:, 0]

        def made(step: Any, user: Any) -> tuple[Any, Any, Any, Any]:
            x = dense(user)
            history, likes = tf.math.l2_normalize(x, axis=1), tf.cast(x > 0, tf.float32)
            found = tf.sigmoid(items(read(drop(history, training=True))))
            shown = tf.maximum(likes, some(x, self.masking, 0, step))
            return history, likes, found, found * shown

        def generate(step: Any, user: Any) -> tuple[Any, ...]:
            history, likes, found, shown = made(step, user)
            pulled = some(likes, self.zeros, 1, step) * (1.0 - likes)
            return (tf.nn.softplus(-real(shown, history)) + self.alpha * tf.reduce_sum(pulled * found**2, axis=1),)

        def discriminate(step: Any, user: Any) -> tuple[Any, ...]:
            history, likes, _, shown = made(step, user)
            return (tf.nn.softplus(-real(likes, history)) + tf.nn.softplus(real(shown, history)),)

        return Network(
            (read, items, judged, verdict),
            (
                Objective(generate, ("loss",), (*read.trainable_weights, *items.trainable_weights)),
                Objective(discriminate, ("adversary",), (*judged.trainable_weights, *verdict.trainable_weights)),
            ),
        )

    def _rows(self, histories: Histories, rng: np.random.Generator) -> tuple[Any, ...]:
        interest = histories.interest
        rows = np.repeat(np.arange(len(histories)), np.diff(interest.indptr))
        return (rng.permutation(np.unique(rows[interest.data > 0]).astype(np.int64)),)

    # -- scoring ----------------------------------------------------------------------------------------

    def _first(self) -> tuple[FloatArray, FloatArray]:
        return dense_of(self._weights, "read")

    def _rest(self, items: IntArray | None) -> Rest:
        kernel, bias = self._once("rest", lambda: dense_of(self._weights, "items"))
        chosen = slice(None) if items is None else items
        return Rest((Layer("tanh", kernel[:, chosen], bias[chosen]),))
