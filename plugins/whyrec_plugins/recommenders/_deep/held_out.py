"""The held-out part of histories that early stopping looks at: some users' items are hidden, and should rank high."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.sparse import csr_array

from whyrec import CSR, FloatArray, Histories, IntArray, top_k

HIDDEN = 0.2
"""Share of each judged history that is hidden, rounded down, but at least one item."""
FEWEST = 3
"""Liked items that a history needs to be judged."""
MOST = 1000
"""Histories judged at most: more would tell no more."""
DEPTH = 10

Hide = Literal["random", "last"]


@dataclass(frozen=True, eq=False)
class HeldOut:
    """users : (n,) the judged rows; seen : what is left of their histories; hidden : (n, n_items) CSR of ones."""

    users: IntArray
    seen: Histories
    hidden: CSR

    def ndcg(self, scores: FloatArray) -> float:
        """Mean NDCG@10 of the hidden items by scores (n, n_items), with what is seen left out of the ranking."""
        scores = np.array(scores)
        scores[self.seen.rows, self.seen.items] = -np.inf
        items = top_k(scores, DEPTH).items
        rows = np.repeat(np.arange(len(items)), items.shape[1])
        hits = np.asarray(self.hidden[rows, np.maximum(items, 0).ravel()]).reshape(items.shape) * (items >= 0)
        discount = 1.0 / np.log2(np.arange(2, DEPTH + 2))
        best = np.cumsum(discount)[np.minimum(np.diff(self.hidden.indptr), DEPTH) - 1]
        return float((hits @ discount / best).mean())

    def surprise(self, scores: FloatArray) -> float:
        """Mean −log of the softmax share of a hidden item among all items that are not seen."""
        scores = np.array(scores)
        scores[self.seen.rows, self.seen.items] = -np.inf
        scores -= scores.max(axis=1, keepdims=True)
        whole = np.log(np.exp(scores).sum(axis=1))
        rows = np.repeat(np.arange(len(scores)), np.diff(self.hidden.indptr))
        return float((whole[rows] - scores[rows, self.hidden.indices]).mean())


def hold_out(
    histories: Histories, share: float, rng: np.random.Generator, *, hide: Hide = "random"
) -> tuple[Histories, HeldOut | None]:
    """What to train on (all rows, less what is hidden), and what to judge by.

    Of the users with at least three liked items (interest above 0), ``share`` are drawn, a thousand at most; a fifth of
    the liked items of each is hidden: random ones, or with ``hide="last"`` those met last. What is left of those
    histories is trained on too, as that of any user who is recommended to. None if nobody can be judged.
    """
    interest = histories.interest
    liked = interest.data > 0
    rows = np.repeat(np.arange(len(histories)), np.diff(interest.indptr))
    counts = np.bincount(rows[liked], minlength=len(histories))
    able = np.flatnonzero(counts >= FEWEST)
    users = np.sort(rng.choice(able, min(MOST, round(share * len(able))), replace=False))
    if not len(users):
        return histories, None
    order = rng.random(interest.nnz)
    if hide == "last" and histories.times is not None:
        latest = np.full(interest.nnz, -np.inf)
        np.maximum.at(latest, histories.entry_of_event, histories.times.astype(np.float64))
        order = np.lexsort((order, -latest)).argsort().astype(np.float64)
    order[~liked] = np.inf
    place = np.empty(interest.nnz, np.int64)
    place[np.lexsort((order, rows))] = np.arange(interest.nnz)
    place -= interest.indptr[:-1][rows]
    wanted = np.zeros(len(histories), np.int64)
    wanted[users] = np.maximum(1, np.floor(HIDDEN * counts[users] + 1e-9))
    hidden = place < wanted[rows]
    ones = csr_array((np.ones(int(hidden.sum())), (rows[hidden], interest.indices[hidden])), shape=interest.shape)
    left = histories.keep(~hidden[histories.entry_of_event])
    return left, HeldOut(users.astype(np.int64), left.take(users), ones[users])
