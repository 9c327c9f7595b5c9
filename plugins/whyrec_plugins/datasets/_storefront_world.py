"""The storefront's shelves and people: items with features and popularity, users with planted likes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from whyrec import FloatArray, IntArray
from whyrec_plugins.datasets._storefront_words import BAND_EDGES, BANDS, CATEGORIES, MAX_BRANDS, STYLES, brands

N_CATEGORIES, N_STYLES, N_BANDS = len(CATEGORIES), len(STYLES), len(BANDS)
MAX_STYLES = 3


@dataclass(frozen=True, eq=False)
class Shelves:
    """The items. Features are numbered categories first, then brands, styles, price bands.

    features : (n_items, 6) int64: category, brand, three styles, band; −1 where an item has two styles
    prices : (n_items,) float64
    popularity : (n_items,) float64, sums to 1
    n_brands : how many brands there are
    """

    features: IntArray
    prices: FloatArray
    popularity: FloatArray
    n_brands: int

    @property
    def n_features(self) -> int:
        return N_CATEGORIES + self.n_brands + N_STYLES + N_BANDS

    def names(self) -> list[tuple[str, str]]:
        """(column, value) of each feature."""
        return [
            *(("category", english) for english, _, _ in CATEGORIES),
            *(("brand", english) for english, _ in brands(self.n_brands)),
            *(("style", english) for english, _ in STYLES),
            *(("price_band", band) for band in BANDS),
        ]


def stock(n_items: int, rng: np.random.Generator) -> Shelves:
    """Draw the items.

    A brand has five home categories, which it serves half of the time; a category has ten home styles,
    three times as likely as others; a price is log-normal around the category's usual one, moved by how
    dear the brand is. Popularity falls with the 0.7th power of a random rank.
    """
    n_brands = int(np.clip(n_items // 25, 12, MAX_BRANDS))
    brand = rng.integers(n_brands, size=n_items)
    homes = rng.integers(N_CATEGORIES, size=(n_brands, 5))
    at_home = rng.random(n_items) < 0.5
    category = np.where(at_home, homes[brand, rng.integers(5, size=n_items)], rng.integers(N_CATEGORIES, size=n_items))
    tilt = np.ones((N_CATEGORIES, N_STYLES))
    np.put_along_axis(tilt, rng.permuted(np.tile(np.arange(N_STYLES), (N_CATEGORIES, 1)), axis=1)[:, :10], 3.0, axis=1)
    # The largest of log weights plus Gumbel noise are a weighted draw without replacement.
    noisy = np.log(tilt)[category] + rng.gumbel(size=(n_items, N_STYLES))
    style = np.argsort(-noisy, axis=1)[:, :MAX_STYLES] + N_CATEGORIES + n_brands
    style[rng.random(n_items) < 0.6, 2] = -1
    usual = np.log([price for _, _, price in CATEGORIES])[category]
    dear = rng.normal(0, 0.35, n_brands)[brand] + rng.normal(0, 0.35, n_items)
    prices = np.exp(usual + dear).astype(np.float64).round(2)
    band = np.searchsorted(BAND_EDGES, prices, side="right") + N_CATEGORIES + n_brands + N_STYLES
    popularity = (1.0 + rng.permutation(n_items)) ** -0.7
    features = np.column_stack([category, brand + N_CATEGORIES, style, band]).astype(np.int64)
    return Shelves(features, prices, popularity / popularity.sum(), n_brands)


@dataclass(frozen=True, eq=False)
class Tastes:
    """What each user cares about.

    features : (n_users, 8) int64: two categories, two brands, two styles and a price band that the user
        likes, then one style that the user dislikes
    strengths : (n_users, 8) float64: likes above 0, the dislike below
    """

    features: IntArray
    strengths: FloatArray

    def dense(self, n_features: int) -> FloatArray:
        """(n_users, n_features): the strengths in place. Only for a block of users."""
        out = np.zeros((len(self.features), n_features))
        np.put_along_axis(out, self.features, self.strengths, axis=1)
        return out

    def __getitem__(self, rows: slice) -> Tastes:
        return Tastes(self.features[rows], self.strengths[rows])


def plant(n_users: int, shelves: Shelves, rng: np.random.Generator) -> Tastes:
    """Draw what each user likes: two categories, brands and styles, a price band; and one style disliked."""

    def distinct(n: int, k: int) -> IntArray:
        """k different numbers below n for each user: the first is free, each next one a step from it."""
        steps = np.cumsum(rng.integers(1, max(2, n // k), size=(n_users, k)), axis=1)
        return (rng.integers(n, size=(n_users, 1)) + steps) % n

    first_style = N_CATEGORIES + shelves.n_brands
    styles = distinct(N_STYLES, 3) + first_style
    # Price bands are liked as often as they are stocked: a band with a handful of items is nobody's habit.
    bands = np.bincount(shelves.features[:, -1] - first_style - N_STYLES, minlength=N_BANDS)
    band = rng.choice(N_BANDS, size=(n_users, 1), p=bands / bands.sum()) + first_style + N_STYLES
    features = np.hstack(
        [
            distinct(N_CATEGORIES, 2),
            distinct(shelves.n_brands, 2) + N_CATEGORIES,
            styles[:, :2],
            band,
            styles[:, 2:],
        ]
    )
    strengths = 0.6 + 0.8 * np.asarray(rng.random(features.shape), np.float64)
    strengths[:, -1] *= -1
    return Tastes(features.astype(np.int64), strengths)
