"""The network of ``deep-embedding``, and the rows that it is trained on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import numpy as np

from whyrec import CSR
from whyrec_plugins.recommenders._deep import Layers, Network, Objective, Weights, mean_without
from whyrec_plugins.recommenders._head import Head
from whyrec_plugins.recommenders._keras import tensorflow
from whyrec_plugins.recommenders._sampling import Positives

Tower = Literal["history", "id"]
RUN = 8  # positives of one user that follow each other, so that a batch reads few histories


def network(tower: Tower, interest: CSR, size: int, seed: int) -> Network:
    """user Embedding, item Embedding, Dot, Dense(64, relu), Dense(1, sigmoid).

    Tower ``history`` has the mean of the history's item embeddings in place of the user Embedding.

    One training row is an entry of ``interest`` (a user and a liked item, which is left out of the user's history),
    items to judge and their labels; so the user's vector is made once for the positive and all its negatives.
    """
    tf, layers, (n_users, n_items) = tensorflow(), Layers(seed), interest.shape
    items = layers.embedding("items", n_items, size)
    hidden, out = layers.dense("hidden", 1, 64, "relu"), layers.dense("out", 64, 1)
    # The head starts as a rising function of the dot product. One that falls by chance costs epochs, and NDCG for good.
    out.kernel.assign(tf.abs(out.kernel) * tf.sign(tf.transpose(hidden.kernel)))
    tables: tuple[Any, ...]
    vector: Callable[[Any], Any]
    if tower == "id":
        users = layers.embedding("users", n_users, size)
        tables = (users, items)
        owner = tf.constant(np.repeat(np.arange(n_users), np.diff(interest.indptr)), tf.int64)

        def vector(entry: Any) -> Any:
            return users(tf.gather(owner, entry))
    else:
        tables = (items,)
        vector = mean_without(interest, lambda _, item: items(item))

    def loss(step: Any, entry: Any, judged: Any, labels: Any) -> tuple[Any, Any]:
        logits = out(hidden(tf.einsum("bs,bks->bk", vector(entry), items(judged))[:, :, None]))[:, :, 0]
        return (
            tf.nn.sigmoid_cross_entropy_with_logits(labels, logits),  # the sigmoid of the last layer, and its loss
            tf.cast(tf.equal(logits > 0, labels > 0.5), tf.float32),
        )

    return Network((*tables, hidden, out), (Objective(loss, ("loss", "accuracy")),))


def training_rows(positives: Positives, negatives: int, rng: np.random.Generator) -> tuple[Any, ...]:
    """One epoch: each positive once, with negatives drawn anew."""
    order = positives.in_runs(RUN, rng)
    own = positives.items[order, None]
    items = np.concatenate([own, positives.negatives(order, negatives, rng)], axis=1)
    labels = np.zeros(items.shape, np.float32)
    labels[:, 0] = 1.0
    return positives.entries[order], items, labels


def head_of(weights: Weights) -> Head:
    """The two dense layers as a function of one number."""
    slope, shift, out = (
        weights[path].astype(np.float64).ravel() for path in ("hidden/kernel", "hidden/bias", "out/kernel")
    )
    return Head(slope, shift, out, float(weights["out/bias"][0]))
