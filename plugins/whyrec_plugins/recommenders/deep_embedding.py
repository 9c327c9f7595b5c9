"""deep-embedding: two embeddings, their dot product and a small dense head, trained in Keras."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
from pydantic import Field

from whyrec import Dataset, FirstLayer, FloatArray, Histories, IntArray, SumScorer, UnsupportedError, top_k
from whyrec_plugins.recommenders._deep import Deep, HeldOut, Network
from whyrec_plugins.recommenders._deep_network import Tower, head_of, network, training_rows
from whyrec_plugins.recommenders._fold_in import FoldIn, pooled
from whyrec_plugins.recommenders._head import Head
from whyrec_plugins.recommenders._sampling import Positives


class DeepEmbedding(Deep):
    """Embedding × Embedding → Dot → Dense(64, relu) → Dense(1, sigmoid); the score is the logit of the last layer.

    A user is a history, so every user, trained on or not, gets the vector u = c + Σ_j (I_uj / Σ_l |I_ul|) g_j, the
    interest-weighted mean of one vector g_j for each item of the history:

    - ``tower="history"``: g_j = v_j, the item embedding, and c = 0. A training positive is left out of its own
      history.
    - ``tower="id"``: trained with one embedding for each user id, as the network is usually drawn. Then g_j = B v_j,
      where B and c are the ridge regression of the trained users' embeddings on their histories' mean item
      embedding. Training users too are scored so; :meth:`fold_in_fidelity` says what that costs.

    Items are scored all at once, s = u · v_i by matrix product and the head h(s), a piecewise linear function of
    one number, exactly. h may fall, so the ranking goes through it.

    Parameters
    ----------
    size : length of the embeddings
    tower : ``history`` or ``id``
    epochs : passes over the positives, at most
    batch_size : positives in one step, each with its negatives
    learning_rate : Adam's
    negatives : items without interest drawn for each positive, anew in each epoch
    validation : share of the users of whose liked items a fifth is hidden from training, to choose the epoch by
    patience : epochs without a better NDCG@10 of the hidden items before training stops; 0: never stop early
    keep_best : keep the weights of the epoch with the best NDCG@10 rather than the last
    refit : train once more, with nothing hidden, for as many epochs as were best
    """

    name = "deep-embedding"
    summary = "user and item embeddings, dot product and a dense head (Keras)"

    def __init__(
        self,
        *,
        size: Annotated[int, Field(gt=0, le=4096)] = 64,
        tower: Tower = "history",
        epochs: Annotated[int, Field(gt=0, le=100_000)] = 10,
        batch_size: Annotated[int, Field(gt=0)] = 256,
        learning_rate: Annotated[float, Field(gt=0, le=1)] = 0.002,
        negatives: Annotated[int, Field(gt=0, le=1000)] = 4,
        validation: Annotated[float, Field(ge=0, le=1)] = 0.5,
        patience: Annotated[int, Field(ge=0)] = 5,
        keep_best: bool = True,
        refit: bool = True,
    ) -> None:
        self.size = size
        self.tower = tower
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.negatives = negatives
        self.validation = validation
        self.patience = patience
        self.keep_best = keep_best
        self.refit = refit

    # -- training ---------------------------------------------------------------------------------------

    def _network(self, data: Dataset, seed: int) -> Network:
        return network(self.tower, data.histories.interest, self.size, seed)

    def _rows(self, histories: Histories, rng: np.random.Generator) -> tuple[Any, ...]:
        return training_rows(Positives.of(histories.interest), self.negatives, rng)

    def _judged(self, scores: FloatArray, held: HeldOut, rng: np.random.Generator) -> dict[str, float]:
        """Cross-entropy and accuracy of the hidden items, each with as many negatives as in training."""
        positives = Positives.of(held.seen.interest + held.hidden)
        hidden = np.flatnonzero(np.asarray(held.hidden[positives.rows, positives.items]) > 0)
        if not len(hidden):
            return {}
        drawn = positives.negatives(hidden, self.negatives, rng)
        items = np.column_stack([positives.items[hidden], drawn])
        logits = np.take_along_axis(scores[positives.rows[hidden]], items, axis=1)
        logits[:, 0] *= -1  # of a positive the probability that it is none
        return {"val_loss": float(np.logaddexp(0.0, logits).mean()), "val_accuracy": float((logits < 0).mean())}

    # -- what was learned, as vectors ---------------------------------------------------------------------

    @property
    def _head(self) -> Head:
        return self._once("head", lambda: head_of(self._weights))

    @property
    def _items(self) -> FloatArray:
        """v (n_items, size)."""
        return self._once("items", lambda: self._weights["items/embeddings"].astype(np.float64))

    def _item_side(self) -> tuple[FloatArray, FloatArray]:
        return self._items, np.zeros(len(self._items))

    @property
    def _id_vectors(self) -> tuple[IntArray, FloatArray]:
        """The trained users, and their vectors; tower ``history`` has none."""
        if self.tower == "history":
            return np.empty(0, np.int64), np.empty((0, self.size))
        trained = np.unique(Positives.of(self._known.histories.interest).rows)
        return trained, self._weights["users/embeddings"][trained].astype(np.float64)

    @property
    def _users(self) -> FoldIn:
        return self._once("users", self._folded_in)

    def _folded_in(self) -> FoldIn:
        if self.tower == "history":
            return FoldIn(self._items, np.zeros(self.size))
        trained, vectors = self._id_vectors
        return FoldIn.ridge(pooled(self._known.histories.interest, self._items)[trained], vectors, self._items)

    def fold_in_fidelity(self, k: int = 10) -> dict[str, float]:
        """How well folded-in users stand for trained ones (``tower="id"``), means over the training users.

        Each user is folded in by the map fitted on all the others. ``cosine``: between the two vectors;
        ``overlap``: the share of the k best new items that both choose; ``users``: how many were compared.
        Raises UnsupportedError for ``tower="history"``, which folds nothing in.
        """
        data = self.data
        if self.tower == "history":
            raise UnsupportedError(
                "deep-embedding with tower 'history' has no user vectors besides the folded-in ones",
                hint="fold_in_fidelity() is for tower='id'",
            )
        users, trained = self._id_vectors
        own = data.histories.take(users)
        folded = FoldIn.left_out(pooled(own.interest, self._items), trained)
        norms = np.linalg.norm(trained, axis=1) * np.linalg.norm(folded, axis=1)
        cosine = np.divide((trained * folded).sum(1), norms, out=np.zeros(len(users)), where=norms > 0)
        tops = []
        for vectors in (trained, folded):
            scores = self._head(vectors @ self._items.T)
            scores[own.rows, own.items] = -np.inf
            tops.append(top_k(scores, k).items)
        both = (tops[0][:, :, None] == tops[1][:, None, :]) & (tops[0][:, :, None] >= 0)
        shares = both.sum(axis=(1, 2)) / np.maximum(1, (tops[0] >= 0).sum(axis=1))
        n = max(1, len(users))
        return {"cosine": float(cosine.sum() / n), "overlap": float(shares.sum() / n), "users": float(len(users))}

    # -- scoring ----------------------------------------------------------------------------------------

    def _score(self, histories: Histories, items: IntArray | None) -> FloatArray:
        vectors = self._items if items is None else self._items[items]
        return self._head(self._users(histories.interest) @ vectors.T)

    def probability(self, scores: FloatArray) -> FloatArray:
        """σ(score), element by element: what the network itself puts out."""
        return 0.5 * (1.0 + np.tanh(0.5 * np.asarray(scores, np.float64)))

    def masked_scorer(self, history: Histories, items: IntArray, *, removal: str = "drop") -> SumScorer:
        """Scores of altered copies of one history, by the dot products of its own items; see ``ScoresMasked``."""
        own, targets = history.interest, self._items[items].T
        dots = self._users.vectors[own.indices] @ targets
        start = self._users.constant @ targets
        whole = float(np.abs(own.data).sum())
        filled = self.data.popularity @ self._users.vectors @ targets if removal == "fill" else None

        def finish(sums: FloatArray) -> FloatArray:
            total, present = sums[:, :-1], sums[:, -1]
            length = present if removal == "drop" else np.full(len(sums), whole)
            if filled is not None:
                total = total + (whole - present)[:, None] * filled
            return self._head(total / np.where(length > 0, length, 1.0)[:, None] + start)

        def altered(interest: FloatArray) -> FloatArray:
            return finish(np.column_stack([interest @ dots, np.abs(interest).sum(axis=1)]))

        return SumScorer(np.column_stack([own.data[:, None] * dots, np.abs(own.data)]), finish, altered)

    def history_contributions(self, histories: Histories, items: IntArray) -> tuple[FloatArray, FloatArray]:
        """φ_j = s_j (h(s) − h(s₀)) / (s − s₀), (nnz, K), and the base h(s₀), (rows, K); see ``AdditiveInHistory``.

        s₀ = c · v_i is the dot product of an empty history and s = s₀ + Σ_j s_j, split exactly over the mean.
        The head passes on to each its mean slope between the two: the rescale rule of Shrikumar, Greenside and
        Kundaje, "Learning Important Features Through Propagating Activation Differences" (DeepLIFT), ICML 2017.
        """
        _ = self.data
        interest, vectors = histories.interest, self._items[items]
        rows = np.repeat(np.arange(len(histories)), np.diff(interest.indptr))
        shares = self._users.shares(interest)
        parts = shares[:, None] * (self._users.vectors @ vectors.T)[interest.indices]
        start = np.broadcast_to(self._users.constant @ vectors.T, (len(histories), len(items)))
        end = self._users(interest) @ vectors.T
        slopes: Any = self._head.mean_slope(start, end)
        return parts * slopes[rows], self._head(start)

    def presence_gradients(
        self, history: Histories, presence: FloatArray, items: IntArray
    ) -> tuple[FloatArray, FloatArray]:
        """Scores (m, K) and gradients (m, K, n_entries), see ``Differentiable``.

        The mean keeps the length of the whole history: an item that is half present adds half of its share.
        """
        return self.first_layer(history, items).gated(presence)

    def first_layer(self, histories: Histories, items: IntArray) -> FirstLayer:
        """The user's vector, item by item, then the dot product and the head; see ``LinearFirstLayer``."""
        _ = self.data
        interest, vectors, head = histories.interest, self._items[items], self._head

        def rest(users: FloatArray) -> tuple[FloatArray, FloatArray]:
            dots = users @ vectors.T
            return head(dots), head.slope_at(dots)[:, :, None] * vectors

        parts = self._users.shares(interest)[:, None] * self._users.vectors[interest.indices]
        return FirstLayer(parts, self._users.constant, rest)
