"""Targets: what about an item is explained. Scores of the item and of its rivals become the value of a coalition."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from whyrec.errors import UnsupportedError
from whyrec.types import BoolArray, FloatArray, IntArray

NEAREST = 20
"""How many rivals the target ``margin-near`` averages."""

KNOWN = "score, probability, margin, margin@K, margin-near, rank"


@dataclass(frozen=True)
class Target:
    """What is explained.

    - ``score``: the number that ranks; ``probability``: the model's probability of it
    - ``margin@K`` (``margin`` is ``margin@10``): the score less that of the K-th best other candidate: above 0, the
      item stands in the top K
    - ``margin-near``: the score less the mean of the 20 other candidates nearest in score
    - ``rank``: 1 / log2(1 + rank), the item's part of a DCG, with the rank among all candidates

    Rivals are chosen once, under the full history, and stay the same in every coalition.
    """

    name: str
    rival: int = 0

    @classmethod
    def parse(cls, text: str) -> Target:
        """Raises UnsupportedError for an unknown target."""
        if text in ("score", "probability", "margin-near", "rank"):
            return cls(text)
        if found := re.fullmatch(r"margin(?:@([1-9]\d{0,8}))?", text):
            return cls(text, int(found[1] or 10))
        raise UnsupportedError(f"unknown target {text!r}", hint=f"known targets: {KNOWN}")

    @property
    def linear(self) -> bool:
        """Whether the value is a weighted sum of scores."""
        return self.name == "score" or self.name.startswith("margin")

    def rivals(self, scores: FloatArray, items: IntArray, candidates: BoolArray) -> tuple[IntArray, FloatArray]:
        """The rivals' items (R,) and their weights (R, K) in the value of each item: −1 in all, for margins.

        scores, candidates (n_items,) under the full history; items (K,). Ties by index. Fewer candidates than K:
        the worst of them is the rival; none: the item has no rival, and its margin is its score.
        """
        if not self.name.startswith("margin"):
            return np.zeros(0, np.int64), np.zeros((0, len(items)))
        order = np.argsort(-np.where(candidates, scores, -np.inf), kind="stable")[: int(candidates.sum())]
        chosen: list[IntArray] = []
        for item in items:
            others = order[order != item]
            if self.name == "margin-near":
                near = np.argsort(np.abs(scores[others] - scores[item]), kind="stable")[:NEAREST]
                chosen.append(others[np.sort(near)])
            else:
                chosen.append(others[min(self.rival, len(others)) - 1 :][:1] if len(others) else others)
        every, place = np.unique(np.concatenate([*chosen, np.zeros(0, np.int64)]), return_inverse=True)
        weights = np.zeros((len(every), len(items)))
        column = np.repeat(np.arange(len(items)), [len(c) for c in chosen])
        weights[place, column] = -1.0 / np.array([len(c) for c in chosen])[column]
        return every.astype(np.int64), weights
