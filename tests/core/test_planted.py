"""Planted functions: scores counted out by hand, and closed forms held against the definition of Shapley values."""

from itertools import combinations
from math import prod

import numpy as np
import pytest
from scipy.sparse import csr_array

from whyrec import DataError, Histories, PlantedFunction, PlantedTerm, UnsupportedError, symmetric_polynomials


def term(n_items=7, d=2, *, order=1, mean=False, seed=0):
    rng = np.random.default_rng(seed)
    return PlantedTerm(rng.normal(size=(n_items, d)), rng.normal(size=(n_items, d)), order=order, mean=mean)


def history(*rows):
    return Histories.from_interest(csr_array(np.array(rows, float)))


TERMS = {
    "sum": (term(),),
    "pairs": (term(order=2),),
    "triples": (term(order=3),),
    "fours": (term(order=4),),
    "mean": (term(mean=True),),
    "all": (term(), term(order=2, seed=1), term(order=3, seed=2), term(mean=True, seed=3)),
}


def test_symmetric_polynomials_are_sums_of_products() -> None:
    a = np.array([2.0, -1.0, 3.0, 0.5])
    found = symmetric_polynomials([np.array([(a**k).sum()]) for k in (1, 2, 3, 4)])
    for q, value in enumerate(found):
        np.testing.assert_allclose(value, [sum(prod(c) for c in combinations(a, q))])


def test_a_case_by_hand() -> None:
    """Items 0, 1 with interests 2, 3 carry 1 and 10; item 2 wants 1 of each."""
    carried = np.array([[1.0], [10.0], [0.0]])
    own = history([2.0, 3.0, 0.0])
    two = np.array([2])

    def of(**settings):
        return PlantedFunction(np.array([0.0, 0.0, 5.0]), (PlantedTerm(carried, np.ones((3, 1)), **settings),))

    np.testing.assert_allclose(of().scores(own, two), [[5 + 2 * 1 + 3 * 10]])
    np.testing.assert_allclose(of().shapley_values(own, two)[:, 0], [2, 30])
    np.testing.assert_allclose(of(order=2).scores(own, two), [[5 + 2 * 30]])
    np.testing.assert_allclose(of(order=2).shapley_values(own, two)[:, 0], [30, 30])
    np.testing.assert_allclose(of(mean=True).scores(own, two), [[5 + 32 / 2]])
    # Alone first: 2; after item 1: 16 − 30. The mean of both orders.
    np.testing.assert_allclose(of(mean=True).shapley_values(own, two)[:, 0], [(2 - 14) / 2, (30 + 14) / 2])


@pytest.mark.parametrize("name", TERMS)
def test_closed_forms_are_the_definition(name: str, toys) -> None:
    function = PlantedFunction(np.random.default_rng(9).normal(size=7), TERMS[name])
    x = np.array([0.7, 1.3, 0.0, -0.4, 0.9, 0.0, 2.0])
    own = np.flatnonzero(x)
    items = np.array([2, 5])

    def worth(present):
        kept = np.zeros(7)
        kept[own[list(present)]] = x[own[list(present)]]
        return function.scores(history(kept), items)[0]

    found = function.shapley_values(history(x), items)
    np.testing.assert_allclose(found, toys.shapley(worth, len(own)), atol=1e-12)


@pytest.mark.parametrize("name", TERMS)
def test_the_split_adds_up_in_every_row(name: str) -> None:
    rows = history([1, 0, 2, 1, 0, 0, 1], [0] * 7, [0, 0, 0, 0, 0.5, 0, 0])
    items = np.arange(7)
    for one in TERMS[name]:
        split = one.split(rows.interest, items)
        bounds = zip(rows.interest.indptr, rows.interest.indptr[1:], strict=False)
        sums = np.array([split[a:b].sum(axis=0) for a, b in bounds])
        np.testing.assert_allclose(sums, one.scores(rows.interest, items), atol=1e-12)


def test_an_item_whose_interest_cancels_is_a_dummy_of_the_mean() -> None:
    function = PlantedFunction(np.zeros(7), (term(mean=True),))
    events = Histories.from_events(
        np.zeros(4, np.int64), np.array([0, 1, 1, 3]), np.array([1.0, 1.0, -1.0, 2.0]), n_rows=1, n_items=7
    )
    found = function.shapley_values(events, np.array([5]))
    plain = function.shapley_values(history([1, 0, 0, 2, 0, 0, 0]), np.array([5]))
    np.testing.assert_allclose(found[:, 0], [plain[0, 0], 0.0, plain[1, 0]])


def test_linear_says_whether_it_is() -> None:
    linear = {name: PlantedFunction(np.zeros(7), terms).linear for name, terms in TERMS.items()}
    assert [name for name, yes in linear.items() if yes] == ["sum"]


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(DataError, match=r"carried \(3, 2\) and wanted \(2, 2\) must both be \(n_items, d\)"):
        PlantedTerm(np.zeros((3, 2)), np.zeros((2, 2)))
    with pytest.raises(DataError, match="order 2 with mean=True"):
        PlantedTerm(np.zeros((3, 2)), np.zeros((3, 2)), order=2, mean=True)
    with pytest.raises(DataError, match="order 0"):
        PlantedTerm(np.zeros((3, 2)), np.zeros((3, 2)), order=0)
    with pytest.raises(DataError, match=r"bias \(4,\) and a term of 7 items"):
        PlantedFunction(np.zeros(4), (term(),))
    with pytest.raises(UnsupportedError, match="one history at a time; 2 were given"):
        PlantedFunction(np.zeros(7), (term(),)).shapley_values(history([1] * 7, [1] * 7), np.array([0]))
