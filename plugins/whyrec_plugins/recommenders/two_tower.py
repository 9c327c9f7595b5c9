"""two-tower: the pooled history on one side, item ids and features on the other, and their dot product."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
from pydantic import Field
from scipy.sparse import csr_array

from whyrec import (
    CSR,
    AdditiveInFeatures,
    Dataset,
    FloatArray,
    Histories,
    IntArray,
    Progress,
    ScoresFeatures,
    ScoresMasked,
    UnsupportedError,
)
from whyrec_plugins.recommenders._deep import Network, Stacked
from whyrec_plugins.recommenders._deep.circumstances import circumstances
from whyrec_plugins.recommenders._deep.stacked import dense_of, over_length
from whyrec_plugins.recommenders._rescale import Layer, Rest
from whyrec_plugins.recommenders._sampling import Positives
from whyrec_plugins.recommenders._two_tower_network import network

RUN = 8


class TwoTower(Stacked):
    """score_i = u · (q_i + T F_i) + b_i + V · F_i, with u from the mean Σ_j (x_j / ‖x‖₁) (e_j + its circumstances).

    After Covington, Adams and Sargin, "Deep Neural Networks for YouTube Recommendations", RecSys 2016: item vectors are
    averaged over the history, each with a vector for the behaviors and the age of its events where the data have them,
    and go through a dense layer. An item that nobody met keeps q_i = 0 and b_i = 0 and is scored by its features, as is
    one never seen; in training a share of the items is treated so in each step (Volkovs, Yu and Poutanen,
    "DropoutNet", NIPS 2017).

    Trained on the softmax over all items that somebody met, or over the positive and drawn items. These are drawn by
    popularity, and the logit of one drawn n times as often as others is lowered by log n, so that the sum stands for
    that over all items (Yi et al., "Sampling-Bias-Corrected Neural Modeling", RecSys 2019). A positive is left out of
    its own history.

    Parameters
    ----------
    size : length of the vectors
    hidden : units of the dense layer between the history's mean and u; 0: u is the mean
    behaviors, recency : whether the history's events have vectors for their behavior and for their age, counted to the
        newest event of the data
    negatives : items drawn for each batch; 0: all items
    dropout : share of the elements of the history's mean that is dropped in training
    id_dropout : share of the items that are judged by their features alone, drawn anew in each step
    decay : weight of ½ ‖vectors‖², per positive
    epochs : passes over the positives, at most
    batch_size : positives in one step
    learning_rate : Adam's
    validation : share of the users of whose liked items a fifth is hidden from training, to choose the epoch by
    patience : epochs without a better NDCG@10 of the hidden items before training stops; 0: never stop early
    refit : train once more, with nothing hidden, for as many epochs as were best
    """

    name = "two-tower"
    summary = "pooled history against item ids and features, sampled softmax (Keras)"
    state = (*Stacked.state, "_now")
    norm = "l1"

    _now: int | None

    def __init__(
        self,
        *,
        size: Annotated[int, Field(gt=0, le=4096)] = 64,
        hidden: Annotated[int, Field(ge=0, le=16384)] = 0,
        behaviors: bool = True,
        recency: bool = True,
        negatives: Annotated[int, Field(ge=0)] = 0,
        dropout: Annotated[float, Field(ge=0, lt=1)] = 0.2,
        id_dropout: Annotated[float, Field(ge=0, lt=1)] = 0.1,
        decay: Annotated[float, Field(ge=0)] = 0.0,
        epochs: Annotated[int, Field(gt=0, le=100_000)] = 40,
        batch_size: Annotated[int, Field(gt=0)] = 256,
        learning_rate: Annotated[float, Field(gt=0, le=1)] = 0.002,
        validation: Annotated[float, Field(ge=0, le=1)] = 0.5,
        patience: Annotated[int, Field(ge=0)] = 5,
        refit: bool = True,
    ) -> None:
        self.size = size
        self.hidden = hidden
        self.behaviors = behaviors
        self.recency = recency
        self.negatives = negatives
        self.dropout = dropout
        self.id_dropout = id_dropout
        self.decay = decay
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.validation = validation
        self.patience = patience
        self.refit = refit

    # -- training ---------------------------------------------------------------------------------------

    def _fit(self, data: Dataset, rng: np.random.Generator, progress: Progress) -> None:
        times = data.histories.times
        self._now = int(times.max()) if self.recency and times is not None and len(times) else None
        super()._fit(data, rng, progress)

    def _network(self, data: Dataset, seed: int) -> Network:
        return network(
            data.histories.interest,
            self._circumstances(data.histories),
            self._features,
            size=self.size,
            hidden=self.hidden,
            negatives=self.negatives,
            dropout=self.dropout,
            id_dropout=self.id_dropout,
            decay=self.decay,
            seed=seed,
        )

    def _rows(self, histories: Histories, rng: np.random.Generator) -> tuple[Any, ...]:
        positives = Positives.of(histories.interest, met_only=True)
        order = positives.in_runs(RUN, rng)
        return positives.entries[order], np.searchsorted(positives.pool, positives.items[order])

    # -- the user's side ----------------------------------------------------------------------------------

    @property
    def _detailed(self) -> bool:
        """Whether more than the items of a history is read."""
        return self._now is not None or self._several

    @property
    def _several(self) -> bool:
        return self.behaviors and len(self._known.histories.behavior_names) > 1

    def _circumstances(self, histories: Histories) -> CSR:
        return circumstances(histories, behaviors=self._several, now=self._now)

    def _first(self) -> tuple[FloatArray, FloatArray]:
        return self._array("history"), np.zeros(self.size)

    def _sums(self, histories: Histories) -> FloatArray:
        sums = super()._sums(histories)
        if self._detailed:
            shares = over_length(histories.interest, self.norm)
            entries = csr_array((shares.data, np.arange(shares.nnz), shares.indptr), shape=(len(histories), shares.nnz))
            sums = sums + (entries @ self._circumstances(histories)) @ self._array("circumstances")
        return sums

    def _parts(self, histories: Histories) -> FloatArray:
        parts = super()._parts(histories)
        if self._detailed:
            shares = over_length(histories.interest, self.norm).data
            parts = parts + shares[:, None] * (self._circumstances(histories) @ self._array("circumstances"))
        return parts

    def _rest(self, items: IntArray | None) -> Rest:
        vectors, offsets = self._once("items", self._item_side)
        chosen = slice(None) if items is None else items
        return self._towards(vectors[chosen], offsets[chosen])

    def _towards(self, vectors: FloatArray, offsets: FloatArray) -> Rest:
        """From the history's mean to the scores of items with these vectors and offsets."""
        last = vectors.T
        if not self.hidden:
            return Rest((Layer("linear", last, offsets),))
        first, second = self._once("dense", lambda: [dense_of(self._weights, name) for name in ("hidden", "user")])
        # The user's vector goes straight into the dot product: two linear layers are one.
        return Rest((Layer("linear", *first), Layer("relu", second[0] @ last, second[1] @ last + offsets)))

    # -- the items' side ----------------------------------------------------------------------------------

    @property
    def _features(self) -> CSR | None:
        features = self._known.catalog.features
        return None if features is None or not len(features) else features.matrix

    def _item_side(self) -> tuple[FloatArray, FloatArray]:
        """What the ids give, and the features."""
        own, offsets = self._own()
        if self._features is None:
            return own, offsets
        said = self._array("features")
        return own + self._features @ said[:, :-1], offsets + self._features @ said[:, -1]

    def _own(self) -> tuple[FloatArray, FloatArray]:
        """q (n_items, size) and b (n_items,); 0 for items that nobody likes, which training never moves."""
        return self._array("ids"), self._array("bias")[:, 0]

    def _array(self, table: str) -> FloatArray:
        return self._once(f"table {table}", lambda: self._weights[f"{table}/embeddings"].astype(np.float64))

    # -- what else the model can do -----------------------------------------------------------------------

    def can(self, capability: type) -> bool:
        """As always; but on data without item features nothing about features, and where events are told apart
        by behavior or age no short cut for altered histories: their interests do not say which events are left."""
        if self._fitted is None:
            return super().can(capability)
        if capability is ScoresMasked and self._detailed:
            return False
        if capability in (ScoresFeatures, AdditiveInFeatures) and self._features is None:
            return False
        return super().can(capability)

    def score_features(self, histories: Histories, features: CSR, items: IntArray | None = None) -> FloatArray:
        """Scores (rows, m) of items described by ``features`` (m, n_features); see ``ScoresFeatures``."""
        self._need_features()
        said = self._array("features")
        vectors, offsets = features @ said[:, :-1], features @ said[:, -1]
        if items is not None:
            own, lift = self._own()
            known = items >= 0
            vectors = vectors + np.where(known[:, None], own[items], 0.0)
            offsets = offsets + np.where(known, lift[items], 0.0)
        return self._towards(vectors, offsets).scores(self._sums(histories))

    def feature_contributions(self, histories: Histories, items: IntArray) -> tuple[FloatArray, FloatArray]:
        """F_if (u · T_f + V_f) for each feature (rows, K, n_features), and the base u · q_i + b_i (rows, K)."""
        described = self._need_features()[items].toarray()
        sums, said = self._sums(histories), self._array("features")
        by_feature = self._towards(said[:, :-1], said[:, -1]).scores(sums)
        own, offsets = self._own()
        return by_feature[:, None, :] * described[None, :, :], self._towards(own[items], offsets[items]).scores(sums)

    def _need_features(self) -> CSR:
        name = self.data.name
        if self._features is None:
            raise UnsupportedError(
                f"two-tower was fitted on {name!r}, whose items have no features",
                hint="give the data an items table with feature columns",
            )
        return self._features
