"""interest: r = σ(W_uᵀ I_u + W_iᵀ F_i + b), learned by gradient descent in TensorFlow."""

from __future__ import annotations

from typing import Annotated, Any, Self

import numpy as np
from pydantic import Field

from whyrec import (
    CSR,
    AdditiveInFeatures,
    DataError,
    Dataset,
    FirstLayer,
    FloatArray,
    Histories,
    IntArray,
    Progress,
    Recommender,
    ScoresFeatures,
    UnsupportedError,
)
from whyrec_plugins.recommenders._interest_training import InterestWeights, initial, train


class Interest(Recommender):
    """The logit of item i is Σ_j W_ji I_uj + Σ_f V_f F_if + b_i + b, and the score is that logit.

    W has low rank: W_ji = p_j · θ_i, where θ_i = T F_i + q_i adds what the item's features say and a free part.
    An item that nobody met keeps q_i = 0 and b_i = 0 and is scored from its features, as is one never seen.
    Without item features only the free part remains.

    Trained by Adam on the binary cross-entropy of positives (interest above 0) and sampled negatives. While a
    positive is judged its own term is left out of the sum: the model would else learn that what is in the history
    is liked.

    Parameters
    ----------
    size : rank of W
    epochs : passes over the positives
    batch_users : users in one step, with all their positives
    learning_rate : Adam's
    negatives : items drawn for each positive, anew in each epoch, among items that somebody met
    l2 : weight of ½ ‖parameters‖² against the summed loss of one pass

    Notes
    -----
    Leaving the positive out of a sum of item vectors is the device of Kabbur, Ning and Karypis, "FISM: Factored
    Item Similarity Models", KDD 2013.
    """

    name = "interest"
    summary = "degrees of interest and item features, each with a learned weight (TensorFlow)"
    packages = ("tensorflow",)
    state = ("_weights", "_features", "_curve")

    _given: InterestWeights | None = None
    _weights: InterestWeights
    _features: CSR | None

    def __init__(
        self,
        *,
        size: Annotated[int, Field(gt=0, le=4096)] = 64,
        epochs: Annotated[int, Field(gt=0, le=100_000)] = 30,
        batch_users: Annotated[int, Field(gt=0)] = 32,
        learning_rate: Annotated[float, Field(gt=0, le=1)] = 0.01,
        negatives: Annotated[int, Field(gt=0, le=1000)] = 4,
        l2: Annotated[float, Field(ge=0)] = 2.0,
    ) -> None:
        self.size = size
        self.epochs = epochs
        self.batch_users = batch_users
        self.learning_rate = learning_rate
        self.negatives = negatives
        self.l2 = l2

    @classmethod
    def from_arrays(
        cls,
        data: Dataset,
        *,
        history: FloatArray,
        item_factors: FloatArray,
        item_bias: FloatArray | None = None,
        bias: float = 0.0,
        feature_factors: FloatArray | None = None,
        feature_weights: FloatArray | None = None,
    ) -> Self:
        """A model with the given weights instead of trained ones; what is left out is 0.

        Parameters
        ----------
        history, item_factors : (n_items, size), the p_j and q_i
        item_bias : (n_items,), the b_i
        feature_factors, feature_weights : (n_features, size) and (n_features,), T and V

        Raises
        ------
        DataError
            for an array whose shape does not fit the data, or that holds a number that is not finite.
        """
        features = data.catalog.features
        n, m, size = data.n_items, 0 if features is None else len(features), np.shape(history)[-1]
        expected = {
            "history": (history, (n, size)),
            "item_factors": (item_factors, (n, size)),
            "item_bias": (item_bias, (n,)),
            "bias": (bias, ()),
            "feature_factors": (feature_factors, (m, size)),
            "feature_weights": (feature_weights, (m,)),
        }
        model = cls(size=size)
        model._given = InterestWeights(*(_array(key, *pair) for key, pair in expected.items()))
        return model.fit(data)

    # -- training ---------------------------------------------------------------------------------------

    def _fit(self, data: Dataset, rng: np.random.Generator, progress: Progress) -> None:
        features = None if data.catalog.features is None else data.catalog.features.matrix
        self._features = features
        self._curve: dict[str, list[float]] = {"loss": [], "accuracy": []}
        if self._given is not None:
            self._weights, self._given = self._given, None  # a second fit trains
            return
        interest = data.histories.interest
        met = np.zeros(data.n_items, bool)
        met[interest.indices] = True

        def each_epoch(loss: float, accuracy: float) -> None:
            self._curve["loss"].append(float(loss))
            self._curve["accuracy"].append(float(accuracy))
            done = len(self._curve["loss"])
            progress(done / self.epochs, f"epoch {done}/{self.epochs}, loss {loss:.4f}")

        n_features = 0 if features is None else features.shape[1]
        self._weights = train(
            initial(data.n_items, n_features, self.size, met, rng),
            interest,
            features,
            epochs=self.epochs,
            batch_users=self.batch_users,
            learning_rate=self.learning_rate,
            negatives=self.negatives,
            l2=self.l2,
            rng=rng,
            each_epoch=each_epoch,
        )

    def training_curve(self) -> dict[str, list[float]]:
        """``loss`` (mean cross-entropy of a pair) and ``accuracy``, one number an epoch, as seen while training."""
        _ = self.data  # raises NotFittedError
        return {name: list(values) for name, values in self._curve.items()}

    # -- scoring ----------------------------------------------------------------------------------------

    def _score(self, histories: Histories, items: IntArray | None) -> FloatArray:
        theta, offset = self._items(items)
        scores: FloatArray = (histories.interest @ self._weights.history) @ theta.T + offset
        return scores

    def probability(self, scores: FloatArray) -> FloatArray:
        """σ(score), element by element."""
        return 0.5 * (1.0 + np.tanh(0.5 * np.asarray(scores, np.float64)))

    def _items(self, items: IntArray | None = None) -> tuple[FloatArray, FloatArray]:
        """θ (K, size) and the logits of an empty history (K,)."""
        chosen = slice(None) if items is None else items
        features = None if self._features is None else self._features[chosen]
        return self._weights.item_vectors(features, chosen), self._weights.item_offsets(features, chosen)

    # -- what else the model can do ----------------------------------------------------------------------

    def can(self, capability: type) -> bool:
        """As always; but fitted on items without features, nothing about features."""
        if capability in (ScoresFeatures, AdditiveInFeatures) and self._fitted is not None and self._features is None:
            return False
        return super().can(capability)

    def history_weights(self, items: IntArray) -> tuple[FloatArray, FloatArray]:
        """W (n_items, K) and the logits of an empty history (K,)."""
        _ = self.data
        theta, offset = self._items(items)
        return self._weights.history @ theta.T, offset

    def presence_gradients(
        self, history: Histories, presence: FloatArray, items: IntArray
    ) -> tuple[FloatArray, FloatArray]:
        """Logits (m, K) and gradients (m, K, n_entries), see ``Differentiable``: presence multiplies the interest."""
        return self.first_layer(history, items).gated(presence)

    def first_layer(self, histories: Histories, items: IntArray) -> FirstLayer:
        """The sum Σ_j I_uj p_j and what is linear in it, see ``LinearFirstLayer``."""
        _ = self.data
        theta, offset = self._items(items)
        interest, vectors = histories.interest, self._weights.history
        return FirstLayer(
            interest.data[:, None] * vectors[interest.indices],
            np.zeros(vectors.shape[1]),
            lambda users: (users @ theta.T + offset, np.broadcast_to(theta, (len(users), *theta.shape))),
        )

    def score_features(self, histories: Histories, features: CSR, items: IntArray | None = None) -> FloatArray:
        """Logits (rows, m) of items described by ``features`` (m, n_features); see ``ScoresFeatures``."""
        self._need_features()
        weights = self._weights
        theta, offset = features @ weights.feature_factors, features @ weights.feature_weights + weights.bias
        if items is not None:
            known = items >= 0
            theta = theta + np.where(known[:, None], weights.item_factors[items], 0.0)
            offset = offset + np.where(known, weights.item_bias[items], 0.0)
        scores: FloatArray = (histories.interest @ weights.history) @ theta.T + offset
        return scores

    def feature_contributions(self, histories: Histories, items: IntArray) -> tuple[FloatArray, FloatArray]:
        """F_if (u · T_f + V_f) for each feature (rows, K, n_features), and the base u · q_i + b_i + b (rows, K)."""
        own = self._need_features()[items].toarray()
        weights = self._weights
        users = histories.interest @ weights.history
        by_feature = users @ weights.feature_factors.T + weights.feature_weights
        base = users @ weights.item_factors[items].T + weights.item_bias[items] + weights.bias
        return by_feature[:, None, :] * own[None, :, :], base

    def _need_features(self) -> Any:
        name = self.data.name
        if self._features is None:
            raise UnsupportedError(
                f"interest was fitted on {name!r}, whose items have no features",
                hint="give the data an items table with feature columns",
            )
        return self._features


def _array(key: str, given: Any, shape: tuple[int, ...]) -> FloatArray:
    array = np.zeros(shape) if given is None else np.array(given, np.float64)
    if array.shape != shape:
        raise DataError(f"interest: {key} has shape {array.shape}; these data need {shape}")
    if not np.isfinite(array).all():
        raise DataError(f"interest: {key} holds a number that is not finite")
    return array
