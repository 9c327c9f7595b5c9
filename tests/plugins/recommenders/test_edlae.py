"""EDLAE: the closed form against the dropout that it stands for."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from whyrec import Catalog, CleaningReport, ConfigError, Dataset, Histories, Index, UnsupportedError
from whyrec.settings import build
from whyrec_plugins.recommenders.ease import EASE
from whyrec_plugins.recommenders.edlae import EDLAE


def dataset(interest):
    rows, n = np.shape(interest)
    return Dataset(
        "toy",
        Index(tuple(f"u{u}" for u in range(rows))),
        Catalog(Index(tuple(f"i{j}" for j in range(n)))),
        Histories.from_interest(csr_array(interest)),
        CleaningReport(0, 0),
    )


def sparse(rows, n, density=0.3, seed=0):
    rng = np.random.default_rng(seed)
    return np.where(rng.random((rows, n)) < density, rng.uniform(0.2, 2.0, (rows, n)), 0.0)


def test_weights_are_those_of_many_copies_with_entries_dropped_at_random():
    X, p = sparse(30, 7), 0.4
    W, _ = EDLAE(l2=1e-9, dropout=p).fit(dataset(X)).history_weights(np.arange(7))
    rng = np.random.default_rng(1)
    kept = [np.where(rng.random(X.shape) < p, 0.0, X) for _ in range(4000)]
    for target in range(7):
        others = np.delete(np.arange(7), target)
        Z = np.concatenate([copy[:, others] for copy in kept])
        # Each other item is seen with probability q = 1 − p only, so it must carry 1 / q as much.
        dropped, *_ = np.linalg.lstsq(Z, np.tile(X[:, target], len(kept)), rcond=None)
        np.testing.assert_allclose(W[others, target], (1 - p) * dropped, atol=0.01)
        assert W[target, target] == 0
    assert np.abs(W).max() > 0.1


def test_without_dropout_it_is_ease():
    data = dataset(sparse(30, 9))
    plain = EASE(l2=1.7).fit(data).history_weights(np.arange(9))[0]
    np.testing.assert_allclose(EDLAE(l2=1.7, dropout=0.0).fit(data).history_weights(np.arange(9))[0], plain, atol=1e-12)


def test_a_matrix_too_large_is_refused_and_the_sparse_model_named():
    with pytest.raises(UnsupportedError, match="edlae needs a dense matrix over 9 items") as caught:
        EDLAE(max_items=8).fit(dataset(sparse(30, 9)))
    assert "sparse-ease" in (caught.value.hint or "")


@pytest.mark.parametrize("value", [-0.1, 1.0])
def test_dropout_is_a_share(value):
    with pytest.raises(ConfigError, match=f"dropout = {value}"):
        build(EDLAE, {"dropout": value})


@pytest.mark.data
def test_movielens(movielens):
    assert movielens.ndcg(EDLAE()) >= 0.263
