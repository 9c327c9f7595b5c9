"""The network of ``two-tower``, and its softmax over all items or over drawn ones."""

from __future__ import annotations

from typing import Any

import numpy as np

from whyrec import CSR
from whyrec_plugins.recommenders._deep import Layers, Network, Objective, mean_without
from whyrec_plugins.recommenders._keras import tensorflow


def network(
    interest: CSR,
    circumstances: CSR,
    features: CSR | None,
    *,
    size: int,
    hidden: int,
    negatives: int,
    dropout: float,
    id_dropout: float,
    decay: float,
    seed: int,
) -> Network:
    """A training row is an entry of ``interest`` and the place of its item among those that somebody likes.

    circumstances : (nnz, columns), aligned with ``interest.data``; features : (n_items, n_features)
    """
    tf, layers = tensorflow(), Layers(seed)
    n_items, keras = interest.shape[1], layers.keras
    zeros = keras.initializers.Zeros()
    history = layers.embedding("history", n_items, size, layers.normal(size**-0.5))
    around = layers.embedding("circumstances", max(1, circumstances.shape[1]), size, zeros)
    ids, bias = layers.embedding("ids", n_items, size, zeros), layers.embedding("bias", n_items, 1, zeros)
    n_features = 0 if features is None else features.shape[1]
    said = layers.embedding("features", max(1, n_features), size + 1, zeros)  # T and, as the last column, V
    dense = (layers.dense("hidden", size, hidden, "relu"), layers.dense("user", hidden, size)) if hidden else ()
    drop = layers.dropout(dropout)
    draws = tf.constant([layers.seed(), layers.seed()], tf.int64)
    held = tf.constant(circumstances.toarray().astype(np.float32))
    liked = interest.indices[interest.data > 0]
    pool, counts = np.unique(liked, return_counts=True)
    met = tf.constant(pool.astype(np.int64))
    popularity = tf.constant(np.log(counts / max(1, counts.sum())).astype(np.float32))
    own_features = None if features is None else sparse(features[pool])

    def described(entry: Any, item: Any) -> Any:
        vectors = history(item)
        return vectors + tf.gather(held, entry) @ around.embeddings if circumstances.shape[1] else vectors

    mean = mean_without(interest, described)

    def users(entry: Any) -> Any:
        vector = drop(mean(entry), training=True)
        for layer in dense:
            vector = layer(vector)
        return vector

    def items(step: Any) -> tuple[Any, Any]:
        """Vectors and offsets of all items that somebody likes."""
        known = tf.random.stateless_uniform((len(pool), 1), tf.stack([draws[0], step])) >= id_dropout
        own = tf.concat([ids(met), bias(met)], axis=1) * tf.cast(known, tf.float32)
        if own_features is not None:
            own += tf.sparse.sparse_dense_matmul(own_features, said.embeddings)
        return own[:, :-1], own[:, -1]

    def loss(step: Any, entry: Any, target: Any) -> tuple[Any, ...]:
        vectors, offsets = items(step)
        user = users(entry)
        if negatives:
            logits, target = sampled(step, user, vectors, offsets, target)
        else:
            logits = tf.matmul(user, vectors, transpose_b=True) + offsets
        found = tf.nn.sparse_softmax_cross_entropy_with_logits(target, logits)
        penalty = tf.add_n([tf.nn.l2_loss(layer.embeddings) for layer in (history, ids, bias, said)])
        right = tf.cast(tf.equal(tf.argmax(logits, axis=1), target), tf.float32)
        return found + decay * penalty, right

    def sampled(step: Any, user: Any, vectors: Any, offsets: Any, target: Any) -> tuple[Any, Any]:
        """Logits of the positive, in column 0, and of drawn items, corrected by how often they are expected."""
        seed = tf.stack([draws[1], step])
        drawn = tf.random.stateless_categorical(popularity[None, :], negatives, seed)[0]
        positive = tf.reduce_sum(user * tf.gather(vectors, target), axis=1) + tf.gather(offsets, target)
        others = tf.matmul(user, tf.gather(vectors, drawn), transpose_b=True) + tf.gather(offsets, drawn)
        others -= tf.gather(popularity, drawn) + float(np.log(negatives))
        others = tf.where(drawn[None, :] == target[:, None], -1e9, others)  # the positive drawn again
        return tf.concat([positive[:, None], others], axis=1), tf.zeros_like(target)

    tables = (history, around, ids, bias, said)
    return Network((*tables, *dense), (Objective(loss, ("loss", "accuracy")),))


def sparse(matrix: CSR) -> Any:
    """A TensorFlow sparse matrix of float32."""
    rows = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    places = np.column_stack([rows, matrix.indices]).astype(np.int64)
    return tensorflow().SparseTensor(places, matrix.data.astype(np.float32), matrix.shape)
