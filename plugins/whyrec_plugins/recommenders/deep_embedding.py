"""deep-embedding: two embeddings, their dot product and a small dense head, trained in Keras."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

import numpy as np
from pydantic import Field

from whyrec import Dataset, FloatArray, Histories, IntArray, Progress, Recommender, UnsupportedError, top_k
from whyrec_plugins.recommenders._deep_network import Tower, train
from whyrec_plugins.recommenders._fold_in import FoldIn, pooled
from whyrec_plugins.recommenders._head import Head


class DeepEmbedding(Recommender):
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
    epochs, batch_size, validation_split : as in Keras; a training row is a positive with its negatives
    learning_rate : Adam's
    negatives : items without interest drawn for each positive, anew in each epoch
    keep_best : keep the weights of the epoch with the lowest validation loss rather than the last
    """

    name = "deep-embedding"
    summary = "user and item embeddings, dot product and a dense head (Keras)"
    packages = ("tensorflow",)

    _head: Head
    _items: FloatArray  # v (n_items, size)
    _users: FoldIn
    _id_vectors: tuple[IntArray, FloatArray] | None  # the trained users, and their vectors

    def __init__(
        self,
        *,
        size: Annotated[int, Field(gt=0, le=4096)] = 64,
        tower: Tower = "history",
        epochs: Annotated[int, Field(gt=0, le=100_000)] = 10,
        batch_size: Annotated[int, Field(gt=0)] = 64,
        validation_split: Annotated[float, Field(ge=0, lt=1)] = 0.2,
        learning_rate: Annotated[float, Field(gt=0, le=1)] = 0.001,
        negatives: Annotated[int, Field(gt=0, le=1000)] = 4,
        keep_best: bool = True,
    ) -> None:
        self.size = size
        self.tower = tower
        self.epochs = epochs
        self.batch_size = batch_size
        self.validation_split = validation_split
        self.learning_rate = learning_rate
        self.negatives = negatives
        self.keep_best = keep_best

    # -- training ---------------------------------------------------------------------------------------

    def _fit(self, data: Dataset, rng: np.random.Generator, progress: Progress) -> None:
        self._curve: dict[str, list[float]] = {}

        def each_epoch(figures: dict[str, float]) -> None:
            for name, value in figures.items():
                self._curve.setdefault(name, []).append(value)
            done = len(self._curve["loss"])
            progress(done / self.epochs, f"epoch {done}/{self.epochs}, loss {figures['loss']:.4f}")

        interest = data.histories.interest
        found = train(
            self.tower,
            interest,
            size=self.size,
            epochs=self.epochs,
            batch_size=self.batch_size,
            validation_split=self.validation_split,
            learning_rate=self.learning_rate,
            negatives=self.negatives,
            keep_best=self.keep_best,
            rng=rng,
            each_epoch=each_epoch,
        )
        self._head, self._items = found.head, found.items
        if self.tower == "id":
            self._id_vectors = found.trained, found.users
            self._users = FoldIn.ridge(pooled(interest, found.items)[found.trained], found.users, found.items)
        else:
            self._id_vectors = None
            self._users = FoldIn(found.items, np.zeros(self.size))

    def training_curve(self) -> dict[str, list[float]]:
        """``loss``, ``accuracy``, ``val_loss`` and ``val_accuracy``, one number an epoch.

        The last two are missing with ``validation_split=0``.
        """
        _ = self.data  # raises NotFittedError
        return {name: list(values) for name, values in self._curve.items()}

    def fold_in_fidelity(self, k: int = 10) -> dict[str, float]:
        """How well folded-in users stand for trained ones (``tower="id"``), means over the training users.

        Each user is folded in by the map fitted on all the others. ``cosine``: between the two vectors;
        ``overlap``: the share of the k best new items that both choose; ``users``: how many were compared.
        Raises UnsupportedError for ``tower="history"``, which folds nothing in.
        """
        data = self.data
        if self._id_vectors is None:
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

    def masked_scorer(
        self, history: Histories, items: IntArray, *, removal: str = "drop"
    ) -> Callable[[FloatArray], FloatArray]:
        """Scores of altered copies of one history, by the dot products of its own items; see ``ScoresMasked``."""
        own, targets = history.interest, self._items[items].T
        dots = self._users.vectors[own.indices] @ targets
        start = self._users.constant @ targets
        whole = float(np.abs(own.data).sum())
        filled = self.data.popularity @ self._users.vectors @ targets if removal == "fill" else None

        def scores(interest: FloatArray) -> FloatArray:
            present = np.abs(interest).sum(axis=1)
            length = present if removal == "drop" else np.full(len(interest), whole)
            total = interest @ dots
            if filled is not None:
                total += (whole - present)[:, None] * filled
            total /= np.where(length > 0, length, 1.0)[:, None]
            return self._head(total + start)

        return scores

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
