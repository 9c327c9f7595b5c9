"""Content: profiles and likeness that can be worked out on paper."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.sparse import csr_array

from whyrec import (
    Catalog,
    CleaningReport,
    Dataset,
    Features,
    Histories,
    Index,
    LinearInHistory,
    UnsupportedError,
)
from whyrec_plugins.recommenders.content import Content


def dataset(matrix, kinds=None, columns=None):
    matrix = np.array(matrix, float)
    columns = columns or ("genre",) * matrix.shape[1]
    names = tuple(f"v{f}" for f in range(matrix.shape[1]))
    features = Features(csr_array(matrix), columns, names, kinds or {"genre": "multi"})
    n = len(matrix)
    items = Catalog(Index(tuple(f"i{j}" for j in range(n))), features=features)
    histories = Histories.from_interest(csr_array(np.eye(1, n)))
    return Dataset("paper", Index(("u",)), items, histories, CleaningReport(1, 1))


def history(*interest):
    return Histories.from_interest(csr_array([list(interest)]))


@pytest.fixture
def data():
    # Two genres: the first alone, the second alone, both (length √2), none.
    return dataset([[1, 0], [0, 1], [1, 1], [0, 0]])


def test_the_score_is_the_profile_times_the_items_unit_features(data):
    scores = Content(idf=False).fit(data).score(history(2.0, 1.0, 0.0, 5.0))
    np.testing.assert_allclose(scores, [[2, 1, 3 / np.sqrt(2), 0]])


def test_cosine_divides_by_the_profiles_length_and_ranks_alike(data):
    rows = history(2.0, 1.0, 0.5, 0.0)
    dot, cosine = Content(idf=False).fit(data), Content(similarity="cosine", idf=False).fit(data)
    profile = np.array([2 + 0.5 / np.sqrt(2), 1 + 0.5 / np.sqrt(2)])
    np.testing.assert_allclose(cosine.score(rows), dot.score(rows) / np.linalg.norm(profile))
    assert not cosine.can(LinearInHistory)
    assert cosine.score(rows).max() <= 1 + 1e-12


def test_hiding_a_feature_of_a_known_item_leaves_the_others_as_they_were(data):
    model, rows = Content(idf=False).fit(data), history(2.0, 1.0, 0.0, 0.0)
    only_first = csr_array([[1.0, 0.0]])
    np.testing.assert_allclose(model.score_features(rows, only_first, np.array([2])), [[2 / np.sqrt(2)]])
    # An item never met has the length of what is said of it.
    np.testing.assert_allclose(model.score_features(rows, only_first, np.array([-1])), [[2.0]])
    np.testing.assert_allclose(model.score_features(rows, csr_array([[1.0, 1.0]])), [[3 / np.sqrt(2)]])


def test_idf_makes_rare_values_count_and_leaves_numbers_alone():
    # v0 is held by three of four items, v1 by one; the number by all.
    matrix = [[1, 0, 1.0], [1, 0, -1.0], [1, 1, 2.0], [0, 0, 0.5]]
    data = dataset(matrix, {"genre": "multi", "price": "number"}, ("genre", "genre", "price"))
    weights = np.array([np.log(5 / 4) + 1, np.log(5 / 2) + 1, 1.0])
    weighed = np.array(matrix) * weights
    unit = weighed / np.linalg.norm(weighed, axis=1, keepdims=True)
    interest = np.array([1.0, 0.0, 2.0, 0.0])
    scores = Content(idf=True).fit(data).score(history(*interest))
    np.testing.assert_allclose(scores, [interest @ unit @ unit.T])


@pytest.mark.parametrize("features", [None, Features(csr_array((4, 0)), (), (), {})])
def test_without_item_features_it_says_what_is_missing(data, features):
    bare = replace(data, catalog=replace(data.catalog, features=features))
    with pytest.raises(UnsupportedError, match="content needs item features, and the data 'paper' have none"):
        Content().fit(bare)


def test_length_says_how_far_many_features_are_set_off(data):
    rows = history(2.0, 1.0, 0.0, 0.0)
    np.testing.assert_allclose(Content(idf=False, length=0.0).fit(data).score(rows), [[2, 1, 3, 0]])
    half = Content(idf=False, length=0.5).fit(data)
    np.testing.assert_allclose(half.score(rows), [[2, 1, 3 / 2**0.25, 0]])
    np.testing.assert_allclose(half.score_features(rows, csr_array([[1.0, 1.0]])), [[3 / 2**0.25]])


def test_selected_features_alone_count_and_the_others_contribute_nothing():
    # Users part by genre; the other value is held by all.
    matrix = np.column_stack([np.arange(8) % 2, np.ones(8), np.linspace(-1, 1, 8)])
    made = dataset(matrix, {"genre": "multi", "price": "number"}, ("genre", "genre", "price"))
    interest = (np.arange(8) % 2 == np.arange(6)[:, None] % 2).astype(float)
    users = Index(tuple("abcdef"))
    made = replace(made, users=users, histories=Histories.from_interest(csr_array(interest)))
    model = Content(idf=False, select=1, length=0.0).fit(made)
    rows = history(1.0, 1.0, 0, 0, 0, 0, 0, 0)
    np.testing.assert_allclose(model.score(rows), rows.interest.toarray() @ matrix[:, [0, 2]] @ matrix[:, [0, 2]].T)
    split, base = model.feature_contributions(rows, np.array([3]))
    assert split[0, 0, 1] == pytest.approx(0.0)
    np.testing.assert_allclose(split.sum(axis=2) + base, model.score(rows, np.array([3])))
