"""The network of ``deep-embedding`` in Keras, and its training."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from whyrec import CSR, FloatArray, IntArray
from whyrec_plugins.recommenders._head import Head
from whyrec_plugins.recommenders._keras import hushed, tensorflow
from whyrec_plugins.recommenders._sampling import Positives

Tower = Literal["history", "id"]
RUN = 8  # positives of one user that follow each other, so that a batch reads few histories
STEPS_PER_CALL = 64  # steps run inside one call of the graph: the same weights in less than half the time


@dataclass(frozen=True, eq=False)
class Learned:
    """What training leaves. ``users`` are the ids' own vectors; tower ``history`` has none (no rows)."""

    trained: IntArray  # (n,) the users that had a positive to learn from
    users: FloatArray  # (n, size)
    items: FloatArray  # (n_items, size)
    head: Head


def network(tower: Tower, interest: CSR, size: int, per_row: int, seed: int) -> Any:
    """user Embedding, item Embedding, Flatten, Dot, Dense(64, relu), Dense(1, sigmoid).

    Tower ``history`` has the mean of the history's item embeddings in place of the user Embedding.

    One training row is a user, the positive left out of the user's history, and ``per_row`` items to judge (the
    positive and its negatives), so that the user's vector is made once for all of them.
    """
    keras = tensorflow().keras
    layers, (n_users, n_items) = keras.layers, interest.shape

    def uniform(stream: int) -> Any:
        # A seed of its own for every table: Keras would else draw one from the process's random numbers.
        return keras.initializers.RandomUniform(-0.05, 0.05, seed=seed + stream)

    user, left_out = keras.Input((1,), dtype="int64", name="user"), keras.Input((1,), dtype="int64", name="left_out")
    degree = keras.Input((1,), name="degree")
    items = keras.Input((per_row,), dtype="int64", name="items")
    embedding = layers.Embedding(n_items, size, embeddings_initializer=uniform(1), name="item_vectors")
    if tower == "id":
        user_vector = layers.Embedding(n_users, size, embeddings_initializer=uniform(0), name="user_vectors")(user)
    else:
        user_vector = _pooling(embedding, interest)([user, left_out, degree])
    dot = layers.Dot(axes=(2, 1))([embedding(items), layers.Flatten()(user_vector)])
    hidden = layers.Dense(64, "relu", kernel_initializer=_glorot(keras, seed + 2), name="hidden")
    out = layers.Dense(1, "sigmoid", kernel_initializer=_glorot(keras, seed + 3), name="out")
    return keras.Model([user, left_out, degree, items], out(hidden(layers.Reshape((per_row, 1))(dot))))


def _glorot(keras: Any, seed: int) -> Any:
    return keras.initializers.GlorotUniform(seed=seed)


def _pooling(embedding: Any, interest: CSR) -> Any:
    """A layer: the interest-weighted mean of the embeddings of a user's history, one item of it left out."""
    tf = tensorflow()
    indptr, indices = interest.indptr.astype(np.int64), interest.indices.astype(np.int64)
    degrees = interest.data.astype(np.float32)

    class Pooling(tf.keras.layers.Layer):  # type: ignore[name-defined,misc]
        def __init__(self) -> None:
            super().__init__()
            self.embedding = embedding

        def call(self, inputs: Any) -> Any:
            given, left_out, degree = (tf.reshape(i, [-1]) for i in inputs)
            user, place = tf.unique(given, out_idx=tf.int64)  # a user's history is read once for all rows of a batch
            entries = tf.ragged.range(tf.gather(indptr, user), tf.gather(indptr, user + 1))
            owner, entry = entries.value_rowids(), entries.values
            weights = tf.gather(degrees, entry)
            weighted = weights[:, None] * self.embedding(tf.gather(indices, entry))
            whole = tf.math.segment_sum(weighted, owner)
            mass = tf.math.segment_sum(tf.abs(weights), owner)
            rest = tf.gather(whole, place) - degree[:, None] * self.embedding(left_out)
            return tf.math.divide_no_nan(rest, (tf.gather(mass, place) - tf.abs(degree))[:, None])

        def compute_output_shape(self, _: Any) -> Any:
            return (None, embedding.output_dim)

    return Pooling()


@hushed()
def train(
    tower: Tower,
    interest: CSR,
    *,
    size: int,
    epochs: int,
    batch_size: int,
    validation_split: float,
    learning_rate: float,
    negatives: int,
    rng: np.random.Generator,
    each_epoch: Callable[[dict[str, float]], None],
    keep_best: bool,
) -> Learned:
    """Adam on the binary cross-entropy; negatives are drawn anew in each epoch, those of validation once."""
    model = network(tower, interest, size, 1 + negatives, int(rng.integers(2**31 - 8)))
    keras = tensorflow().keras
    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate),
        loss="binary_crossentropy",
        metrics=["accuracy"],
        steps_per_execution=STEPS_PER_CALL,
        jit_compile=False,  # would change digits, for little gain
    )
    positives = Positives.of(interest)
    order = rng.permutation(len(positives))
    held = int(len(order) * validation_split)
    fitting, held_out = order[: len(order) - held], order[len(order) - held :]

    def pairs(chosen: Any) -> tuple[list[Any], Any]:
        users, own = positives.rows[chosen, None], positives.items[chosen, None]
        items = np.concatenate([own, positives.negatives(chosen, negatives, rng)], axis=1)
        labels = np.zeros((*items.shape, 1), np.float32)
        labels[:, 0] = 1.0
        return [users, own, positives.interest[chosen, None].astype(np.float32), items], labels

    def shuffled(chosen: Any) -> Any:
        mixed = rng.permutation(chosen)
        if tower == "id":
            return mixed
        mixed = mixed[np.argsort(positives.rows[mixed], kind="stable")]
        runs = np.array_split(mixed, range(RUN, len(mixed), RUN))
        return np.concatenate([runs[r] for r in rng.permutation(len(runs))])

    validation = pairs(held_out) if held else None
    best, kept = np.inf, model.get_weights()
    for epoch in range(epochs if len(fitting) else 0):
        x, y = pairs(shuffled(fitting))
        past = model.fit(
            x,
            y,
            batch_size=batch_size,
            initial_epoch=epoch,
            epochs=epoch + 1,
            validation_data=validation,
            validation_batch_size=4096,
            shuffle=False,
            verbose=0,
        )
        figures = {name: float(values[0]) for name, values in past.history.items()}
        each_epoch(figures)
        if figures.get("val_loss", -np.inf) < best:
            best, kept = figures.get("val_loss", np.inf), model.get_weights()
    if keep_best:
        model.set_weights(kept)
    (slope, shift), (out, bias) = (model.get_layer(name).get_weights() for name in ("hidden", "out"))
    trained = np.unique(positives.rows[fitting]) if tower == "id" else np.empty(0, np.int64)
    users = model.get_layer("user_vectors").get_weights()[0][trained] if tower == "id" else np.empty((0, size))
    return Learned(
        trained,
        np.asarray(users, np.float64),
        np.asarray(model.get_layer("item_vectors").get_weights()[0], np.float64),
        Head(_double(slope), _double(shift), _double(out), float(bias[0])),
    )


def _double(weights: Any) -> FloatArray:
    flat: FloatArray = np.asarray(weights, np.float64).ravel()
    return flat
