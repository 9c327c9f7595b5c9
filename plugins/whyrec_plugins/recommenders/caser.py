"""caser: convolutions over the recent history."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, ClassVar

from pydantic import Field

from whyrec_plugins.recommenders._deep.layers import Layers
from whyrec_plugins.recommenders._deep.sequence import Initial, Predicts, Sequence, Tower
from whyrec_plugins.recommenders._keras import tensorflow


class Caser(Sequence):
    """Caser (Tang and Wang, "Personalized Top-N Sequential Recommendation via Convolutional Sequence Embedding",
    WSDM 2018).

    The embeddings of the ``recent`` last items are an image: horizontal filters of every height look at runs of items,
    and vertical ones at weighted sums. What they find is joined by a dense layer. Where the paper adds a vector
    learned for each user id, here stands the mean of the items read, so that any history has one.

    A gate scales an item's embedding; the mean still divides by all items of the history.

    Parameters
    ----------
    size : length of the embeddings
    length : items of a history that are read, the last ones
    recent : items that the filters look at, at most ``length``
    horizontal : filters of each height
    vertical : vertical filters
    ahead : items that are predicted after each, in equal shares: the next, and those that follow
    initial : where the embeddings start; ``neighbors``: items met close to each other have them alike
    dropout : share of the elements dropped in training
    negatives : items drawn for a batch to predict against; 0: all items
    epochs : passes over the histories, at most
    batch_size : predicted items in one step
    learning_rate : Adam's
    validation : share of the users whose last items are hidden from training, to choose the epoch by
    patience : epochs without a better NDCG@10 of the hidden items before training stops; 0: never stop early
    refit : train once more, with nothing hidden, for as many epochs as were best
    """

    name = "caser"
    summary = "convolutions over the recent history (Keras)"
    predicts: ClassVar[Predicts] = "last"

    def __init__(
        self,
        *,
        size: Annotated[int, Field(gt=0, le=4096)] = 64,
        length: Annotated[int, Field(gt=0, le=2000)] = 50,
        recent: Annotated[int, Field(gt=0, le=100)] = 5,
        horizontal: Annotated[int, Field(gt=0, le=1024)] = 16,
        vertical: Annotated[int, Field(gt=0, le=1024)] = 4,
        ahead: Annotated[int, Field(gt=0, le=100)] = 5,
        initial: Initial = "neighbors",
        dropout: Annotated[float, Field(ge=0, lt=1)] = 0.3,
        negatives: Annotated[int, Field(ge=0)] = 1000,
        epochs: Annotated[int, Field(gt=0, le=100_000)] = 20,
        batch_size: Annotated[int, Field(gt=0)] = 512,
        learning_rate: Annotated[float, Field(gt=0, le=1)] = 0.001,
        validation: Annotated[float, Field(ge=0, le=1)] = 0.5,
        patience: Annotated[int, Field(ge=0)] = 5,
        refit: bool = True,
    ) -> None:
        self.size = size
        self.length = length
        self.recent = recent
        self.horizontal = horizontal
        self.vertical = vertical
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
        recent, size = min(self.recent, self.length), self.size
        # A filter of height h is a dense layer on the h embeddings that it lies on.
        runs = [layers.dense(f"run{h}", h * size, self.horizontal, "relu") for h in range(1, recent + 1)]
        sums = layers.dense("sums", recent, self.vertical)
        joined = layers.dense("joined", recent * self.horizontal + self.vertical * size, size, "relu")
        whole = layers.dense("whole", 2 * size, size, kernel_initializer=layers.identity(size**0.5))

        def look(vectors: Any, real: Any, drop: Callable[[Any], Any]) -> Any:
            tf = tensorflow()
            image = vectors[:, -recent:]
            found = []
            for height, run in enumerate(runs, start=1):
                tops = [tf.reshape(image[:, i : i + height], [-1, height * size]) for i in range(recent - height + 1)]
                found.append(tf.reduce_max(tf.stack([run(top) for top in tops], axis=1), axis=1))
            found.append(tf.reshape(sums(tf.transpose(image, [0, 2, 1])), [-1, self.vertical * size]))
            short = joined(drop(tf.concat(found, axis=1)))
            count = tf.reduce_sum(tf.cast(real, tf.float32), axis=1, keepdims=True)
            long = tf.math.divide_no_nan(tf.reduce_sum(vectors, axis=1), count)
            return whole(tf.concat([long, short], axis=1))

        def encode(gates: Any, vectors: Any, real: Any) -> Any:
            return look(vectors * gates[:, :, None], real, lambda tensor: tensor)

        return Tower((*runs, sums, joined, whole), encode, look)
