"""Popular: counts and shares, counted by hand."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from whyrec import Catalog, CleaningReport, Dataset, Histories, Index
from whyrec_plugins.recommenders.popular import Popular


@pytest.fixture
def data():
    interest = csr_array([[1.0, 0.0, 3.0, 0.0], [1.0, 0.5, 0.0, 0.0], [1.0, 0.0, -2.0, 0.0]])
    return Dataset(
        "three users",
        Index(("a", "b", "c")),
        Catalog(Index(tuple("wxyz"))),
        Histories.from_interest(interest),
        CleaningReport(6, 6),
    )


def test_users_are_counted_and_a_dislike_is_no_vote(data):
    scores = Popular().fit(data).score(data.histories)
    np.testing.assert_allclose(scores, np.log([[4, 2, 2, 1]] * 3))


def test_the_share_of_all_positive_interest(data):
    scores = Popular(by="interest").fit(data).score(data.histories)
    np.testing.assert_allclose(scores, np.array([[3, 0.5, 3, 0]] * 3) / 6.5)


def test_nothing_in_the_history_moves_it(data):
    W, b = Popular().fit(data).history_weights(np.array([2, 0]))
    np.testing.assert_array_equal(W, np.zeros((4, 2)))
    np.testing.assert_allclose(b, np.log([2, 4]))
