"""The published MovieLens split, with figures computed without the project's own metrics."""

import os
from pathlib import Path

import numpy as np
import pytest

from whyrec.data.splits import split
from whyrec_plugins.datasets.movielens import MovieLens


class Judge:
    """NDCG@10 and Recall@10 over the full catalog without training items, mean over users with test items."""

    def __init__(self, folder):
        made = split(MovieLens(path=folder).load(), by="file", test=folder / "test-80-20.csv.gz")
        self.train, self.test = made.train, made.test.toarray()
        self._ranked = {}

    def ndcg(self, model, *, seed=0):
        hits, count = self._hits(model, seed)
        discount = 1 / np.log2(np.arange(2, 12))
        ideal = np.array([discount[: min(10, n)].sum() for n in count])
        return float(np.mean(hits @ discount / ideal))

    def recall(self, model, *, seed=0):
        hits, count = self._hits(model, seed)
        return float(np.mean(hits.sum(axis=1) / count))

    def _hits(self, model, seed):
        if (repr(model), seed) not in self._ranked:
            scores = model.fit(self.train, seed=seed).score(self.train.histories)
            scores[self.train.histories.interest.toarray() > 0] = -np.inf
            best = np.argsort(-scores, axis=1, kind="stable")[:, :10]
            self._ranked[repr(model), seed] = np.take_along_axis(self.test, best, axis=1)
        tested = self.test.sum(axis=1) > 0
        return self._ranked[repr(model), seed][tested], self.test.sum(axis=1)[tested].astype(int)


@pytest.fixture(scope="session")
def movielens():
    default = Path(__file__).parents[4] / "shared" / "data"
    folder = Path(os.environ.get("WHYREC_DATA", default)) / "ml-latest-small"
    if not folder.is_dir():
        pytest.skip(f"no MovieLens data in {folder}; set WHYREC_DATA")
    return Judge(folder)
