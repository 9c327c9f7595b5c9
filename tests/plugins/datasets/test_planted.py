"""Planted worlds: their items do what their roles say, and their histories are as long as asked."""

import numpy as np
import pytest
from scipy.stats import spearmanr

from whyrec import ConfigError
from whyrec_plugins.datasets.planted import Planted

WORLDS = ("additive", "interactions", "duplicates", "inert", "popularity", "pooled")


def effects(data):
    """Everything that items do as members of a history, side by side."""
    return np.hstack([t.carried for t in data.truth.function.terms])


def sets(data):
    h = data.histories
    return [set(h.items[a:b].tolist()) for a, b in zip(h.indptr, h.indptr[1:], strict=False)]


@pytest.mark.parametrize("world", WORLDS)
def test_sizes_are_as_asked(world: str) -> None:
    data = Planted(world=world, users=40, items=90, shortest=5, longest=40).load(seed=3)
    assert (data.n_users, data.n_items) == (40, 90)
    lengths = np.diff(data.histories.indptr)
    assert (lengths.min(), lengths.max()) == (5, 40)
    assert len(np.unique(lengths)) > 15
    assert [len(s) for s in sets(data)] == lengths.tolist(), "no item stands twice in a history"
    assert data.histories.weights.min() >= 0.5
    assert data.histories.weights.max() <= 1.5
    assert data.truth.function.n_items == 90
    assert data.groupings() == ("group", "tag")


@pytest.mark.parametrize("world", WORLDS)
def test_a_seed_is_a_seed(world: str) -> None:
    one, again, other = (Planted(world=world, users=20).load(seed=s) for s in (1, 1, 2))
    assert one.fingerprint == again.fingerprint != other.fingerprint
    stronger = Planted(world=world, users=20, strength=2.0).load(seed=1)
    assert (stronger.fingerprint == one.fingerprint) == (world in ("additive", "pooled"))


@pytest.mark.parametrize(
    ("world", "orders", "mean"),
    [("additive", [1], False), ("pooled", [1], True), ("interactions", [1, 2, 3], False), ("inert", [1, 2, 3], False)],
)
def test_which_worlds_have_products(world: str, orders: list[int], mean: bool) -> None:
    terms = Planted(world=world, order=3).load().truth.function.terms
    assert [t.order for t in terms] == orders
    assert [t.mean for t in terms] == [mean] + [False] * (len(orders) - 1)


def test_products_are_as_strong_as_said_in_a_history_of_usual_length() -> None:
    data = Planted(users=300, items=2000, shortest=40, longest=40, strength=0.5, order=3).load(seed=0)
    first, *others = (t.scores(data.histories.interest, np.arange(2000)).std() for t in data.truth.function.terms)
    assert 0.8 < first < 1.3
    # Interests of 0.5 … 1.5 rather than 1 add a little with each factor.
    assert all(0.35 < other < 0.8 for other in others)


def test_duplicates_come_together_and_do_the_same() -> None:
    data = Planted(world="duplicates", users=50, items=101, longest=50).load(seed=5)
    does = effects(data)
    np.testing.assert_array_equal(does[0:100:2], does[1:101:2])
    assert len(np.unique(does, axis=0)) == 51
    interest = data.histories.interest.toarray()
    both = (interest[:, 0:100:2] > 0) & (interest[:, 1:101:2] > 0)
    np.testing.assert_array_equal(interest[:, 0:100:2][both], interest[:, 1:101:2][both])
    lengths = np.diff(data.histories.indptr)
    np.testing.assert_array_equal(both.sum(axis=1), lengths // 2)
    assert data.catalog.title(9) == "Item 8, again"
    scores = data.truth.function.scores(data.histories)
    np.testing.assert_array_equal(scores[:, 0:100:2], scores[:, 1:101:2])


def test_inert_items_do_nothing_and_are_met_as_often() -> None:
    data = Planted(world="inert", users=300).load(seed=5)
    silent = (np.abs(effects(data)) > 0).sum(axis=1) == 0
    assert silent.tolist() == [j % 3 == 2 for j in range(500)]
    assert data.catalog.title(5) == "Inert 5"
    assert silent[data.histories.items].mean() == pytest.approx(1 / 3, abs=0.02)


def test_popular_items_are_everywhere_go_with_a_target_and_do_nothing() -> None:
    data = Planted(world="popularity", users=100).load(seed=5)
    assert np.abs(effects(data)[:4]).max() == 0
    assert np.abs(effects(data)[4:]).max(axis=1).min() > 0
    assert all({0, 1, 2, 3} <= s for s in sets(data))
    interest = data.histories.interest.toarray()
    scores = data.truth.function.scores(data.histories)
    for popular in range(4):
        assert spearmanr(interest[:, popular], scores[:, popular + 4]).statistic > 0.999
    assert data.catalog.title(3) == "Popular 3"
    (lone,) = sets(Planted(world="popularity", users=1, shortest=2, longest=2).load())
    assert 0 in lone
    assert len(lone) == 2


@pytest.mark.parametrize("settings", [{"shortest": 30, "longest": 20}, {"longest": 60, "items": 100}])
def test_lengths_that_do_not_fit_are_refused(settings: dict[str, int]) -> None:
    with pytest.raises(ConfigError, match=r"histories of \d+ to \d+ out of .* items\n  shortest ≤ longest ≤ items / 2"):
        Planted(**settings).load()


@pytest.mark.parametrize("world", WORLDS)
def test_the_smallest_worlds_load(world: str) -> None:
    data = Planted(world=world, users=1, items=20, shortest=1, longest=1).load()
    assert len(data.histories.items) == 1
