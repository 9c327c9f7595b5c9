"""Gradient descent for ``interest``: batches of users, each positive left out of its own history."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from whyrec import CSR, FloatArray
from whyrec_plugins.recommenders._keras import hushed, tensorflow
from whyrec_plugins.recommenders._sampling import Positives


@dataclass(frozen=True, eq=False)
class InterestWeights:
    """The parameters of ``interest``; F is the (n_items, n_features) matrix of item features.

    W_ji = history[j] · (F @ feature_factors + item_factors)[i];
    logit_i = Σ_j W_ji I_uj + (F @ feature_weights)_i + item_bias_i + bias.
    """

    history: FloatArray  # p (n_items, size)
    item_factors: FloatArray  # q (n_items, size)
    item_bias: FloatArray  # b_i (n_items,)
    bias: FloatArray  # b ()
    feature_factors: FloatArray  # T (n_features, size)
    feature_weights: FloatArray  # V (n_features,)

    def item_vectors(self, features: CSR | None, items: Any = slice(None)) -> FloatArray:
        """θ = F T + q of the chosen items (K, size); ``features`` are their rows of F."""
        own: FloatArray = self.item_factors[items]
        if features is not None:
            own = features @ self.feature_factors + own
        return own

    def item_offsets(self, features: CSR | None, items: Any = slice(None)) -> FloatArray:
        """F V + b_i + b of the chosen items (K,): the logits of an empty history."""
        own: FloatArray = self.item_bias[items] + self.bias
        if features is not None:
            own = features @ self.feature_weights + own
        return own


def initial(n_items: int, n_features: int, size: int, met: Any, rng: np.random.Generator) -> InterestWeights:
    """Small random history vectors, all else 0; an item that nobody met keeps 0, so only its features speak."""
    history = rng.normal(0.0, 1.0 / np.sqrt(size), (n_items, size)) * met[:, None]
    zeros = np.zeros
    return InterestWeights(
        history, zeros((n_items, size)), zeros(n_items), zeros(()), zeros((n_features, size)), zeros(n_features)
    )


@hushed()
def train(
    start: InterestWeights,
    interest: CSR,
    features: CSR | None,
    *,
    epochs: int,
    batch_users: int,
    learning_rate: float,
    negatives: int,
    l2: float,
    rng: np.random.Generator,
    each_epoch: Callable[[float, float], None],
) -> InterestWeights:
    """Adam on the binary cross-entropy of positives and sampled negatives, plus ½ l2 ‖weights‖² a pass."""
    tf = tensorflow()
    positives = Positives.of(interest, met_only=True)
    if not len(positives):
        return start
    mean_mass = float(np.abs(interest.data).sum()) / int(np.count_nonzero(np.diff(interest.indptr)))
    variables = [tf.Variable(np.asarray(getattr(start, f.name), np.float32)) for f in fields(start)]
    P, Q, b, b0, T, V = variables
    decayed = [P, Q, b, T, V]
    adam = tf.keras.optimizers.Adam(learning_rate)
    adam.build(variables)
    F = None if features is None else _sparse(tf, features)
    share = l2 / (len(positives) * (1 + negatives))
    ints, floats = tf.TensorSpec([None], tf.int64), tf.TensorSpec([None], tf.float32)

    @tf.function(  # type: ignore[untyped-decorator]  # TensorFlow says no types
        input_signature=[ints, floats, ints, ints, tf.TensorSpec([None, None], tf.int64), floats]
    )
    def step(met: Any, degrees: Any, owner: Any, rows: Any, items: Any, own: Any) -> Any:
        with tf.GradientTape() as tape:
            users = tf.math.segment_sum(tf.gather(P, met) * degrees[:, None], owner)
            z = tf.gather(users, rows) - own[:, None] * tf.gather(P, items[:, 0])
            theta, offset = (Q, b) if F is None else (_dense(tf, F, T) + Q, _dense(tf, F, V[:, None])[:, 0] + b)
            logits = tf.einsum("gs,gks->gk", z, tf.gather(theta, items)) + tf.gather(offset, items) + b0
            labels = tf.concat([tf.ones_like(logits[:, :1]), tf.zeros_like(logits[:, 1:])], axis=1)
            losses = tf.nn.sigmoid_cross_entropy_with_logits(labels, logits)
            penalty = tf.add_n([tf.nn.l2_loss(v) for v in decayed])
            objective = tf.reduce_mean(losses) + share * penalty
        gradients = tape.gradient(objective, variables, unconnected_gradients="zero")
        adam.apply_gradients(zip([tf.convert_to_tensor(g) for g in gradients], variables, strict=True))
        right = tf.cast(tf.equal(logits > 0, labels > 0.5), tf.float32)
        return tf.stack([tf.reduce_sum(losses), tf.reduce_sum(right), tf.cast(tf.size(losses), tf.float32)])

    trained = np.unique(positives.rows)
    bounds = np.searchsorted(positives.rows, np.arange(interest.shape[0] + 1))
    for _ in range(epochs):
        totals = np.zeros(3)
        for batch in np.array_split(rng.permutation(trained), max(1, round(len(trained) / batch_users))):
            own_rows = interest[batch]
            chosen = np.concatenate([np.arange(bounds[u], bounds[u + 1]) for u in batch])
            items = np.column_stack([positives.items[chosen], positives.negatives(chosen, negatives, rng)])
            totals += step(
                own_rows.indices.astype(np.int64),
                (own_rows.data / mean_mass).astype(np.float32),
                np.repeat(np.arange(len(batch)), np.diff(own_rows.indptr)),
                np.repeat(np.arange(len(batch)), np.diff(bounds)[batch]),
                items,
                (positives.interest[chosen] / mean_mass).astype(np.float32),
            ).numpy()
        each_epoch(totals[0] / totals[2], totals[1] / totals[2])
    found = InterestWeights(*(np.asarray(v.numpy(), np.float64) for v in variables))
    return InterestWeights(found.history / mean_mass, *(getattr(found, f.name) for f in fields(found)[1:]))


def _sparse(tf: Any, matrix: CSR) -> Any:
    rows = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    return tf.SparseTensor(
        np.column_stack([rows, matrix.indices]).astype(np.int64), matrix.data.astype(np.float32), matrix.shape
    )


def _dense(tf: Any, sparse: Any, dense: Any) -> Any:
    return tf.sparse.sparse_dense_matmul(sparse, dense)
