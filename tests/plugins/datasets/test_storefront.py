"""The storefront: its story holds, and what was planted can be found."""

from __future__ import annotations

import numpy as np
import pytest

from whyrec import Dataset, FloatArray
from whyrec_plugins.datasets._storefront_events import END, live
from whyrec_plugins.datasets._storefront_words import brands
from whyrec_plugins.datasets._storefront_world import plant, stock
from whyrec_plugins.datasets.storefront import Storefront

DAY = 86_400


@pytest.fixture(scope="module")
def shop() -> Dataset:
    return Storefront().load(seed=7)


def recall_of_planted(data: Dataset) -> float:
    """recall@3 of planted features in the contributions of a content model written out by hand, top 10 items."""
    assert data.catalog.features is not None
    assert data.truth is not None
    features = data.catalog.features.matrix.toarray()
    features /= np.linalg.norm(features, axis=1, keepdims=True)
    interest = data.histories.interest.toarray()
    profile = interest @ features
    scores = np.where(interest > 0, -np.inf, profile @ features.T)
    top = np.argsort(-scores, axis=1, kind="stable")[:, :10]
    has = features[top] != 0
    contributions = profile[:, None, :] * features[top]
    best = np.argsort(-contributions, axis=2, kind="stable")[:, :, :3]
    planted = has & (data.truth.likes.toarray() > 0)[:, None, :]
    hits = np.take_along_axis(planted, best, axis=2).sum(axis=2)
    possible = np.minimum(3, planted.sum(axis=2))
    return float((hits[possible > 0] / possible[possible > 0]).mean())


@pytest.mark.parametrize("seed", [0, 1, 2, 7, 123])
def test_planted_likes_can_be_found(seed: int) -> None:
    assert recall_of_planted(Storefront().load(seed=seed)) >= 0.9


def test_nothing_is_found_where_nothing_was_shown_for_likes_or_chosen_by_them(shop: Dataset) -> None:
    """The measure itself does not find what is not there: likes of other users do not pass."""
    assert shop.truth is not None
    strangers = type(shop.truth)(shop.truth.likes[np.roll(np.arange(shop.n_users), 1)])
    wrong = Dataset(**{**vars(shop), "truth": strangers})
    assert recall_of_planted(wrong) < 0.7


def test_default_size_and_funnel(shop: Dataset) -> None:
    assert (shop.n_users, shop.n_items) == (1000, 1000)
    assert 60_000 <= shop.histories.n_events <= 100_000
    assert shop.histories.behavior_names == ("purchase", "click", "browse")
    purchases, clicks, browses = np.bincount(shop.histories.behaviors)
    assert purchases < clicks < browses
    assert shop.report.rejected == {}
    assert shop.report.warnings == ()
    assert shop.groupings() == ("style", "category", "brand", "price_band", "behavior")
    assert shop.interest_by == "category"


def test_every_purchase_follows_a_click_and_every_click_a_browse(shop: Dataset) -> None:
    h = shop.histories
    assert h.behaviors is not None
    pairs = [set(h.entry_of_event[h.behaviors == code].tolist()) for code in range(3)]
    assert pairs[0] <= pairs[1] <= pairs[2]


def test_times_cover_the_days(shop: Dataset) -> None:
    times = shop.histories.times
    assert times is not None
    assert END - 180 * DAY <= times.min() < END - 178 * DAY
    assert END - 2 * DAY < times.max() <= END + DAY


def test_popularity_is_skewed_and_everybody_is_active(shop: Dataset) -> None:
    events = np.sort(np.bincount(shop.histories.items, minlength=1000))[::-1]
    assert 0.3 < events[:100].sum() / events.sum() < 0.6
    assert np.diff(shop.histories.indptr).min() > 0


def test_what_is_liked_is_purchased_more_often(shop: Dataset) -> None:
    assert shop.truth is not None
    assert shop.catalog.features is not None
    h = shop.histories
    has = (shop.catalog.features.matrix != 0).astype(np.float64)
    liking = np.asarray((shop.truth.likes[h.rows].multiply(has[h.items])).sum(axis=1)).ravel()
    means = [liking[h.behaviors == code].mean() for code in range(3)]
    assert means[0] > means[1] + 0.2 > means[2] + 0.4


def test_truth_is_in_terms_of_the_catalog(shop: Dataset) -> None:
    assert shop.truth is not None
    assert shop.catalog.features is not None
    likes = shop.truth.likes.toarray()
    assert likes.shape == (1000, len(shop.catalog.features))
    assert ((likes > 0).sum(axis=1) == 7).mean() > 0.99
    assert ((likes < 0).sum(axis=1) == 1).all()
    assert (np.abs(likes[likes != 0]) >= 0.6).all()
    assert (np.abs(likes[likes != 0]) <= 1.4).all()
    by_column = {
        column: (likes[:, shop.catalog.features.of_column(column)] > 0).sum() for column in shop.catalog.features.kinds
    }
    assert by_column == {"style": 2000, "category": 2000, "brand": 2000, "price_band": 1000, "price": 0}


def test_titles_in_two_languages_say_what_the_item_is(shop: Dataset) -> None:
    features = shop.catalog.features
    assert features is not None
    for item in range(0, 1000, 97):
        own = features.matrix[[item]].indices
        values = {features.columns[f]: features.values[f] for f in own}
        assert shop.catalog.title(item).startswith(values["brand"] + " ")
        assert values["category"] in shop.catalog.title(item)
        assert shop.catalog.title(item, "zh").isascii() is False
        assert shop.catalog.title(item, "zh").split()[-1] == shop.catalog.title(item).split()[-1]


def test_the_seed_decides(shop: Dataset) -> None:
    again = Storefront().load(seed=7)
    assert again.fingerprint == shop.fingerprint
    assert again.truth is not None
    assert shop.truth is not None
    assert abs(again.truth.likes - shop.truth.likes).sum() == 0
    assert Storefront().load(seed=8).fingerprint != shop.fingerprint


def test_without_likes_in_play_only_popularity_is_left() -> None:
    shelves = stock(500, np.random.default_rng(0))
    tastes = plant(400, shelves, np.random.default_rng(1))
    indifferent = type(tastes)(tastes.features, tastes.strengths * 1e-9)
    log = live(shelves, indifferent, shown=200.0, noise=1.0, days=10, seeds=np.random.SeedSequence(2))
    browsed = np.bincount(log.items[log.behaviors == 2], minlength=500)
    share: FloatArray = browsed / browsed.sum()
    np.testing.assert_allclose(share, shelves.popularity, atol=4 * np.sqrt(shelves.popularity.max() / browsed.sum()))


@pytest.mark.parametrize(("users", "items"), [(1, 10), (3, 20_000), (5000, 10)])
def test_small_and_lopsided_shops(users: int, items: int) -> None:
    data = Storefront(users=users, items=items).load(seed=1)
    assert (data.n_users, data.n_items) == (users, items)
    assert data.truth is not None
    assert data.truth.likes.shape[0] == users


def test_the_items_do_not_depend_on_how_many_users_there_are() -> None:
    few, many = Storefront(users=50, items=50).load(), Storefront(users=90, items=50).load()
    assert few.catalog.titles == many.catalog.titles
    assert few.catalog.features is not None
    assert many.catalog.features is not None
    assert abs(few.catalog.features.matrix - many.catalog.features.matrix).sum() == 0


def test_brand_names_are_distinct() -> None:
    names = brands(400)
    assert len({english for english, _ in names}) == len({chinese for _, chinese in names}) == 400


@pytest.mark.slow
def test_a_hundred_thousand_users_and_items() -> None:
    data = Storefront(users=100_000, items=100_000, shown=50).load()
    assert (data.n_users, data.n_items) == (100_000, 100_000)
    assert data.histories.n_events > 3_000_000
