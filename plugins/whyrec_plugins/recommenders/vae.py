"""vae: a variational autoencoder with multinomial likelihood (Mult-VAE)."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
from pydantic import Field

from whyrec import Dataset, FloatArray, Histories, IntArray
from whyrec_plugins.recommenders._deep import Layers, Network, Objective, Stacked, dense_rows
from whyrec_plugins.recommenders._deep.stacked import dense_of
from whyrec_plugins.recommenders._keras import tensorflow
from whyrec_plugins.recommenders._rescale import Activation, Layer, Rest


class VAE(Stacked):
    """x / ‖x‖₂ → [Dense(hidden, tanh)] → mean and log-variance of z → [Dense(hidden, tanh)] → Dense(n_items).

    Liang, Krishnan, Hoffman and Jebara, "Variational Autoencoders for Collaborative Filtering", WWW 2018. Trained on
    −Σ_i x_i log softmax_i(f(z)) + β KL(q(z | x) ‖ N(0, 1)), with dropout at the input and β growing from 0: a user's
    whole history is asked of what dropout leaves of it. Dislikes are read, but not asked.

    Scored by the mean of z, without drawing: the score is the last layer's logit. A score is exact and fast by matrix
    products; the first layer is a sum over the history, so that altered histories need its few rows only.

    Parameters
    ----------
    size : length of z
    hidden : units of the layers before and after; 0: none, x leads to z and z to the items at once
    dropout : share of the input that is dropped in each step
    beta : weight of the KL divergence once it has grown
    annealing : epochs until then
    decay : weight of ½ ‖kernels‖² of the layers, per user
    epochs : passes over the users, at most
    batch_size : users in one step
    learning_rate : Adam's
    validation : share of the users of whose liked items a fifth is hidden from training, to choose the epoch by
    patience : epochs without a better NDCG@10 of the hidden items before training stops; 0: never stop early
    refit : train once more, with nothing hidden, for as many epochs as were best
    """

    name = "vae"
    summary = "variational autoencoder with multinomial likelihood (Mult-VAE, Keras)"

    def __init__(
        self,
        *,
        size: Annotated[int, Field(gt=0, le=4096)] = 200,
        hidden: Annotated[int, Field(ge=0, le=16384)] = 0,
        dropout: Annotated[float, Field(ge=0, lt=1)] = 0.5,
        beta: Annotated[float, Field(ge=0)] = 0.2,
        annealing: Annotated[int, Field(ge=0)] = 20,
        decay: Annotated[float, Field(ge=0)] = 0.0,
        epochs: Annotated[int, Field(gt=0, le=100_000)] = 200,
        batch_size: Annotated[int, Field(gt=0)] = 100,
        learning_rate: Annotated[float, Field(gt=0, le=1)] = 0.001,
        validation: Annotated[float, Field(ge=0, le=1)] = 0.5,
        patience: Annotated[int, Field(ge=0)] = 25,
        refit: bool = True,
    ) -> None:
        self.size = size
        self.hidden = hidden
        self.dropout = dropout
        self.beta = beta
        self.annealing = annealing
        self.decay = decay
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.validation = validation
        self.patience = patience
        self.refit = refit

    # -- training ---------------------------------------------------------------------------------------

    def _network(self, data: Dataset, seed: int) -> Network:
        tf, layers, n_items = tensorflow(), Layers(seed), data.n_items
        read = [layers.dense("read", n_items, self.hidden, "tanh")] if self.hidden else []
        mean = layers.dense("mean", self.hidden or n_items, self.size)
        spread = layers.dense("spread", self.hidden or n_items, self.size, kernel_initializer=layers.normal(0.001))
        write = [layers.dense("write", self.size, self.hidden, "tanh")] if self.hidden else []
        items = layers.dense("items", self.hidden or self.size, n_items)
        path = (*read, mean, *write, items)
        # Popularity is known beforehand; what is left to learn is how users differ from it.
        liked = np.bincount(data.histories.interest.indices, data.histories.interest.data > 0, minlength=n_items)
        items.bias.assign(np.log((liked + 0.5) / (liked + 0.5).sum()))
        drop, noise = layers.dropout(self.dropout), tf.constant(layers.seed(), tf.int64)
        dense = dense_rows(data.histories.interest)
        rising = max(1, self.annealing * -(-len(_teaching(data.histories)) // self.batch_size))

        def through(some: list[Any], entering: Any) -> Any:
            return some[0](entering) if some else entering

        def loss(step: Any, user: Any) -> tuple[Any, Any, Any]:
            x = dense(user)
            h = through(read, drop(tf.math.l2_normalize(x, axis=1), training=True))
            mu, log_variance = mean(h), spread(h)
            drawn = tf.random.stateless_normal(tf.shape(mu), tf.stack([noise, step]))
            z = mu + tf.exp(0.5 * log_variance) * drawn
            asked = tf.maximum(x, 0.0)
            surprise = -tf.reduce_sum(tf.nn.log_softmax(items(through(write, z))) * asked, axis=1)
            divergence = 0.5 * tf.reduce_sum(tf.exp(log_variance) + mu**2 - 1.0 - log_variance, axis=1)
            beta = self.beta * tf.minimum(1.0, tf.cast(step, tf.float32) / rising)
            penalty = tf.add_n([tf.nn.l2_loss(layer.kernel) for layer in path])
            return surprise + beta * divergence + self.decay * penalty, surprise / tf.reduce_sum(asked, 1), divergence

        return Network((*read, mean, spread, *write, items), (Objective(loss, ("loss", "surprise", "divergence")),))

    def _rows(self, histories: Histories, rng: np.random.Generator) -> tuple[Any, ...]:
        return (rng.permutation(_teaching(histories)),)

    # -- scoring ----------------------------------------------------------------------------------------

    def _first(self) -> tuple[FloatArray, FloatArray]:
        return dense_of(self._weights, "read" if self.hidden else "mean")

    def _rest(self, items: IntArray | None) -> Rest:
        names = ("mean", "write", "items") if self.hidden else ("items",)
        *before, (kernel, bias) = self._once("rest", lambda: [dense_of(self._weights, name) for name in names])
        chosen = slice(None) if items is None else items
        layers = (*before, (kernel[:, chosen], bias[chosen]))
        activations: tuple[Activation, ...] = ("tanh", "linear", "tanh") if self.hidden else ("linear",)
        return Rest(tuple(Layer(how, *layer) for how, layer in zip(activations, layers, strict=True)))


def _teaching(histories: Histories) -> IntArray:
    """The users that like something."""
    interest = histories.interest
    rows = np.repeat(np.arange(len(histories)), np.diff(interest.indptr))
    return np.unique(rows[interest.data > 0]).astype(np.int64)
