"""Mutual information of features with interest: known for tastes that part, about nothing for noise."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.sparse import csr_array

from whyrec import Catalog, CleaningReport, Dataset, Features, Histories, Index, PlantedTruth, UnsupportedError
from whyrec.data.selection import informative, mutual_information, select_features


def world(interest, matrix, columns, kinds) -> Dataset:
    interest = np.asarray(interest, float)
    features = Features(csr_array(np.asarray(matrix, float)), columns, tuple(map(str, range(len(columns)))), kinds)
    items = Index(tuple(f"i{j}" for j in range(interest.shape[1])), "item")
    users = Index(tuple(f"u{r}" for r in range(len(interest))), "user")
    histories = Histories.from_interest(csr_array(interest))
    return Dataset("made", users, Catalog(items, features=features), histories, CleaningReport(1, 1))


@pytest.fixture(scope="module")
def parted() -> Dataset:
    """200 users who meet 40 of 1,000 items each; feature 0 parts them in two halves, 1 is for all, 2 to 5 are noise."""
    rng = np.random.default_rng(5)
    half = np.arange(1000) % 2
    interest = np.zeros((200, 1000))
    for user in range(200):
        interest[user, rng.choice(np.flatnonzero(half == user % 2), 40, replace=False)] = 1.0
    noise = rng.random((1000, 4)) < [0.5, 0.2, 0.02, 0.002]
    matrix = np.column_stack([half, np.ones(1000), noise, rng.normal(size=1000)])
    return world(interest, matrix, ("g",) * 6 + ("price",), {"g": "multi", "price": "number"})


def test_a_feature_that_parts_the_users_tells_log_two(parted: Dataset) -> None:
    found = mutual_information(parted)
    assert found[0] == pytest.approx(np.log(2), rel=0.03)  # less what chance would give: half a degree a user
    assert found[1] == pytest.approx(0.0, abs=1e-6)
    assert np.isnan(found[6])


def test_noise_tells_nothing_once_chance_is_taken_off(parted: Dataset) -> None:
    plain = 199 / (2 * 200 * 40)  # (users − 1) / 2n: the bias of the plain estimate
    found = mutual_information(parted)[2:6]
    assert np.abs(found).max() < plain / 4


def test_the_correction_is_what_chance_gives() -> None:
    """Features dealt out at random, many times: the mean is around 0 at every rarity."""
    rng = np.random.default_rng(2)
    interest = (rng.random((50, 4000)) < rng.uniform(0.002, 0.03, (50, 1))).astype(float)
    for share in (0.5, 0.1, 0.02, 0.005):
        dealt = rng.random((4000, 200)) < share
        data = world(interest, dealt, ("g",) * 200, {"g": "multi"})
        assert abs(mutual_information(data).mean()) < 0.15 * 49 / (2 * interest.sum())


def test_by_hand_without_correction() -> None:
    """Two users, two items each: one has the feature twice, one once. The plain estimate less what chance gives."""
    data = world([[1, 1, 0, 0], [0, 0, 1, 1]], [[1], [1], [1], [0]], ("g",), {"g": "multi"})
    q = 3 / 4
    plain = 0.5 * np.log(1 / q) + 0.5 * (0.5 * np.log(0.5 / q) + 0.5 * np.log(0.5 / (1 - q)))
    lam, n = 2 * (1 - q), np.arange(1, 60)
    p = np.exp(-lam) * np.cumprod(lam / n)
    chance = 2 * (p * n * np.log(n / lam)).sum() / 4
    assert mutual_information(data)[0] == pytest.approx(plain - chance, abs=1e-3)


def test_the_most_informative_stay_and_numbers_always_do(parted: Dataset) -> None:
    np.testing.assert_array_equal(informative(parted, 1), [True, False, False, False, False, False, True])
    assert informative(parted, 99).all()
    fewer = select_features(parted, 1)
    features = fewer.catalog.features
    assert features is not None
    assert (features.columns, features.values) == (("g", "price"), ("0", "6"))
    np.testing.assert_array_equal(features.matrix.toarray()[:, 0], np.arange(1000) % 2)


def test_planted_likes_follow_the_selection(parted: Dataset) -> None:
    likes = csr_array(np.arange(1400, dtype=float).reshape(200, 7))
    fewer = select_features(replace(parted, truth=PlantedTruth(likes)), 1)
    assert fewer.truth is not None
    assert fewer.truth.likes is not None
    np.testing.assert_array_equal(fewer.truth.likes.toarray(), likes.toarray()[:, [0, 6]])


def test_nothing_met_and_nothing_known() -> None:
    data = world(np.zeros((2, 3)), np.eye(3), ("g",) * 3, {"g": "multi"})
    np.testing.assert_array_equal(mutual_information(data), np.zeros(3))
    bare = replace(data, catalog=Catalog(data.catalog.items))
    with pytest.raises(UnsupportedError, match=r"the data 'made' have no item features to select from"):
        mutual_information(bare)
