"""ItemKNN: cosines and neighbors that can be counted, then a published split."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from whyrec import Catalog, CleaningReport, Dataset, Histories, Index
from whyrec_plugins.recommenders.item_knn import ItemKNN

X = np.array([[1.0, 1, 0, 0], [1, 1, 1, 0], [0, 1, 1, 0], [0, 0, 1, 2]])
EVERY = np.arange(4)


def dataset(interest):
    rows, n = np.shape(interest)
    return Dataset(
        "toy",
        Index(tuple(f"u{u}" for u in range(rows))),
        Catalog(Index(tuple(f"i{j}" for j in range(n)))),
        Histories.from_interest(csr_array(interest)),
        CleaningReport(0, 0),
    )


def weights(**settings):
    return ItemKNN(**settings).fit(dataset(X)).history_weights(EVERY)[0]


def test_all_neighbors_without_shrinkage_are_the_cosines():
    cosine = X.T @ X / np.outer(np.linalg.norm(X, axis=0), np.linalg.norm(X, axis=0))
    np.fill_diagonal(cosine, 0.0)
    np.testing.assert_allclose(weights(k=None, shrinkage=0.0), cosine)


def test_shrinkage_stands_beside_the_lengths():
    W = weights(k=None, shrinkage=2.0)
    np.testing.assert_allclose(W[0, 1], 2 / (np.sqrt(2) * np.sqrt(3) + 2))
    np.testing.assert_allclose(W[2, 3], 2 / (np.sqrt(3) * 2 + 2))


def test_neighbors_are_kept_for_each_target_column():
    W = weights(k=1, shrinkage=0.0)
    # Targets 0, 2 and 3 are nearest to 1, 1 and 2; target 1 to 0 (cosine .82 against .67).
    np.testing.assert_array_equal(W != 0, np.array([[0, 1, 0, 0], [1, 0, 1, 0], [0, 0, 0, 1], [0, 0, 0, 0]], bool))


def test_equal_neighbors_are_taken_by_index():
    data = dataset(np.ones((3, 5)))
    W, _ = ItemKNN(k=2).fit(data).history_weights(np.arange(5))
    kept = [np.flatnonzero(W[:, target]).tolist() for target in range(5)]
    assert kept == [[1, 2], [0, 2], [0, 1], [0, 1], [0, 1]]


def test_many_items_are_compared_block_by_block():
    interest = (np.random.default_rng(0).random((40, 1200)) < 0.05).astype(float)
    lengths = np.linalg.norm(interest, axis=0)
    expected = interest.T @ interest / (np.outer(lengths, lengths) + 5.0)
    np.fill_diagonal(expected, 0.0)
    W, _ = ItemKNN(k=None, shrinkage=5.0).fit(dataset(interest)).history_weights(np.arange(1200))
    np.testing.assert_allclose(W, expected, atol=1e-12)


@pytest.mark.data
def test_movielens(movielens):
    assert movielens.ndcg(ItemKNN()) >= 0.225
    assert movielens.ndcg(ItemKNN(k=None, shrinkage=0.0)) < 0.22
