"""Sequence: a deep recommender that reads the last items of a history in their order of time."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np

from whyrec import Dataset, FloatArray, Histories, Progress, UnsupportedError
from whyrec_plugins.recommenders._deep.held_out import Hide
from whyrec_plugins.recommenders._deep.inputs import Inputs
from whyrec_plugins.recommenders._deep.layers import Layers
from whyrec_plugins.recommenders._deep.model import Deep
from whyrec_plugins.recommenders._deep.neighbors import neighbors
from whyrec_plugins.recommenders._deep.network import Network, Objective
from whyrec_plugins.recommenders._deep.order import in_order, last_items, moments, windows
from whyrec_plugins.recommenders._keras import tensorflow

Predicts = Literal["every", "last"]
Initial = Literal["neighbors", "random"]


@dataclass(frozen=True, eq=False)
class Tower:
    """Layers from a sequence to user vectors.

    Here gates are (rows, slots); vectors (rows, slots, size) the items' embeddings, zeros in empty slots; real (rows,
    slots) whether a slot holds an item.

    Parameters
    ----------
    layers : all that hold weights
    encode : ``encode(gates, vectors, real)``: user vectors (rows, size)
    train : ``train(vectors, real, drop)``, with all gates open and ``drop`` to drop out elements of a tensor: the user
        vectors after every slot, (rows, slots, size), or for models that predict ``last`` as ``encode``
    attend : called like ``encode``: (rows, slots) the attention that each slot gets
    """

    layers: tuple[Any, ...]
    encode: Callable[..., Any]
    train: Callable[..., Any]
    attend: Callable[..., Any] | None = None


class Sequence(Deep):
    """Predicts the items that follow from those before, and scores by user vector · item vector + item bias.

    Small data tell too little of what follows what to find the embeddings from nothing. They start with items that are
    met close to each other close together, and towers start by passing on what they read: before its first step a model
    recommends what lies close to the last items. Asking for the ``ahead`` next items, not for one, tells more of every
    history.

    A history is read as its ``length`` items met last, each once, at the time it was met last; items without liking
    (interest not above 0) are passed over. Hiding an item takes it out of the sequence. Where a given history has no
    times, its events count as in order.

    Gates, for explanations by gradients, scale what an item puts in, after whatever would make up for it (a
    normalization). A gate of 0 puts in nothing, as an empty slot, but leaves the others in their places; an empty
    history is one of empty slots.

    A model writes ``_tower``; its constructor has the settings of :class:`Deep` and the six below.
    """

    hide: ClassVar[Hide] = "last"
    predicts: ClassVar[Predicts] = "every"
    """``every``: a training row is a window, and what follows each slot is predicted; ``last``: only its end."""

    size: int  # length of the embeddings
    length: int  # slots
    ahead: int  # how many of the items that follow are asked for
    initial: Initial  # where the embeddings start
    negatives: int  # items drawn for a batch to predict against; 0: all items
    dropout: float

    @abstractmethod
    def _tower(self, layers: Layers) -> Tower:
        """What makes user vectors of a sequence, untrained."""

    def _fit(self, data: Dataset, rng: np.random.Generator, progress: Progress) -> None:
        if data.histories.times is None:
            raise UnsupportedError(
                f"{self.name} reads histories in order of time, and these data have no times",
                hint="name the column of the times in [data], or use a model that reads no order",
            )
        super()._fit(data, rng, progress)

    # -- the network ------------------------------------------------------------------------------------

    def _network(self, data: Dataset, seed: int) -> Network:
        tf = tensorflow()
        layers = Layers(seed)
        table = layers.embedding("items", data.n_items, self.size, layers.normal(0.02))
        bias = layers.embedding("bias", data.n_items, 1, "zeros")
        if self._training is not None:  # else the weights are known, and put in
            self._start(data.histories, table.embeddings, bias.embeddings)
        tower = self._tower(layers)
        key = layers.seed()

        def looked_up(items: Any) -> tuple[Any, Any]:
            real = items >= 0
            return table(tf.maximum(items, 0)) * tf.cast(real, tf.float32)[:, :, None], real

        def reading(tell: Callable[..., Any]) -> Callable[..., Any]:
            def read(gates: Any, items: Any) -> Any:
                vectors, real = looked_up(items)
                return tell(gates, vectors, real)

            return read

        def loss(step: Any, items: Any, target: Any) -> tuple[Any, ...]:
            vectors, real = looked_up(items)
            found = tower.train(vectors, real, _Dropout(self.dropout, key, step))
            wanted = tf.reshape(target, [-1, self.ahead])
            there = tf.where(wanted[:, 0] >= 0)[:, 0]
            found = tf.gather(tf.reshape(found, [-1, self.size]), there)
            return (_next_item(found, tf.gather(wanted, there), table, bias, self.negatives, key, step),)

        return Network(
            (table, bias, *tower.layers),
            (Objective(loss),),
            reading(tower.encode),
            attend=None if tower.attend is None else reading(tower.attend),
        )

    def _start(self, histories: Histories, vectors: Any, bias: Any) -> None:
        """Biases begin at the log of how often an item is met, so that training goes on from popularity."""
        indptr, items = in_order(histories)
        met = np.bincount(items, minlength=histories.n_items) + 1.0
        bias.assign(np.log(met / met.mean())[:, None])
        if self.initial == "neighbors":
            found = vectors.numpy()
            near = neighbors(indptr, items, histories.n_items, self.size)
            found[:, : near.shape[1]] = near
            vectors.assign(found)

    def _item_side(self) -> tuple[FloatArray, FloatArray]:
        weights = self._weights
        return weights["items/embeddings"].astype(np.float64), weights["bias/embeddings"][:, 0].astype(np.float64)

    # -- what it reads ------------------------------------------------------------------------------------

    def _inputs(self, histories: Histories) -> Inputs:
        items = last_items(histories, self.length)
        return Inputs((items >= 0).astype(np.float32), items)

    def _rows(self, histories: Histories, rng: np.random.Generator) -> tuple[Any, ...]:
        indptr, items = in_order(histories)
        if self.predicts == "every":
            first = rng.integers(1, self.length, len(histories), endpoint=True)
            items, target = windows(indptr, items, self.length, ahead=self.ahead, first=first)
        else:
            items, target = moments(indptr, items, self.length, ahead=self.ahead)
        order = rng.permutation(len(items))
        return items[order], target[order]


class _Dropout:
    """Drops out elements; every call within a step draws its own."""

    def __init__(self, rate: float, key: int, step: Any) -> None:
        self.rate, self.key, self.step, self.calls = rate, key, step, 0

    def __call__(self, tensor: Any) -> Any:
        if self.rate <= 0:
            return tensor
        tf = tensorflow()
        self.calls += 1
        seed = tf.stack([tf.constant(self.key * 1000 + self.calls, tf.int64), tf.cast(self.step, tf.int64)])
        return tf.nn.experimental.stateless_dropout(tensor, self.rate, seed=seed)


def _next_item(found: Any, wanted: Any, table: Any, bias: Any, negatives: int, key: int, step: Any) -> Any:
    """Cross-entropy of the softmax over all items, or an estimate of it from ``negatives`` uniform ones.

    wanted : (n, ahead) items that follow, −1 where the history has ended; each of a row has an equal share

    Drawn items stand for n_items / negatives items each, so that the sum under the fraction is estimated without bias
    (importance sampling: Bengio and Senécal 2003, "Quick training of probabilistic neural nets").
    """
    tf = tensorflow()
    all_vectors, all_bias = table.embeddings.value, bias.embeddings.value[:, 0]
    n_items = table.input_dim
    real = tf.cast(wanted >= 0, tf.float32)
    known = tf.maximum(wanted, 0)
    own = tf.einsum("nd,nad->na", found, tf.gather(all_vectors, known)) + tf.gather(all_bias, known)
    share = real / tf.reduce_sum(real, axis=1, keepdims=True)
    mean = tf.reduce_sum(share * own, axis=1)
    if not negatives or negatives >= n_items:
        return tf.reduce_logsumexp(tf.matmul(found, all_vectors, transpose_b=True) + all_bias, axis=1) - mean
    seed = tf.stack([tf.constant(key * 1000, tf.int64), tf.cast(step, tf.int64)])
    drawn = tf.random.stateless_uniform((negatives,), seed, 0, n_items, tf.int64)
    others = tf.matmul(found, tf.gather(all_vectors, drawn), transpose_b=True) + tf.gather(all_bias, drawn)
    others += float(np.log(n_items / negatives))
    # What is wanted counts exactly, and is taken out of what is drawn.
    others = tf.where(tf.reduce_any(known[:, :, None] == drawn, axis=1), -1e9, others)
    return tf.reduce_logsumexp(tf.concat([tf.where(wanted >= 0, own, -1e9), others], axis=1), axis=1) - mean
