"""The storefront: a made world of purchases, clicks and browses in which it is known what each user likes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import numpy as np
from pydantic import Field
from scipy.sparse import csr_array

from whyrec import Dataset, DataSource, Features, PlantedTruth, Scale
from whyrec_plugins.datasets._storefront_events import BEHAVIORS, Log, live
from whyrec_plugins.datasets._storefront_words import BANDS, CATEGORIES, STYLES, brands
from whyrec_plugins.datasets._storefront_world import N_CATEGORIES, N_STYLES, Shelves, Tastes, plant, stock

if TYPE_CHECKING:
    import polars as pl

_WEIGHTS = {"purchase": 1.0, "click": 0.5, "browse": 0.2}


class Storefront(DataSource):
    """A web shop made from a seed: no files, and the reasons behind every event are known.

    The story, in the order in which it is drawn:

    **Items.** Each has one of 20 categories, a brand (one for every 25 items, 12 to 400), two or three of
    24 style tags, a price, and a title in English and Chinese made of these. A brand mostly serves five
    home categories and a category has styles that suit it, so features are correlated, as in life. The
    price is log-normal around the usual one of the category, times how dear the brand is; it falls into one
    of six price bands. Popularity is skewed: it falls with the 0.7th power of the rank.

    **Likes.** Each user likes two categories, two brands, two styles and one price band, each with a
    strength between 0.6 and 1.4, and dislikes one style as strongly. How much a user really likes an item
    is the sum of the strengths of its features. Likes do not change over time.

    **Showings.** A user is shown ``shown`` items on average (log-normal over users). A share ``noise`` of
    them is drawn by popularity alone; the others come from searching for one of the liked features, the
    stronger the likelier, and among the items that have it again by popularity.

    **Behavior.** Of what is shown some is browsed, of that some is clicked, of that some is purchased:
    with probabilities σ(−1 + 1.2 a), σ(−1.6 + a), σ(−3 + 1.1 a), where a is how much the user really likes
    the item. Showings fall into visits of half an hour, mostly in the evening, over ``days`` days before
    2025-01-01 (UTC). A click follows the browse by up to two minutes, a purchase the click by up to half
    an hour.

    What a user likes is kept as ``Dataset.truth``, aligned with the catalog's features: an explanation of
    a recommendation can be held against it. The numeric price has feature weight 0.25, since the price
    band, on which likes are planted, says the same.

    Parameters
    ----------
    users, items : how many; time and memory grow with the events, never with users × items
    shown : items shown to a user on average; 1 showing makes about 0.8 events
    noise : share of showings that are not for the user's likes
    days : how long the storefront is watched
    behaviors : weight of each behavior in the degree of interest
    half_life_days : after so many days an event counts half
    scale : see ``whyrec.scaled``
    """

    name: ClassVar[str] = "storefront"
    summary: ClassVar[str] = "a made web shop with planted interests: purchases, clicks, browses"

    def __init__(
        self,
        *,
        users: Annotated[int, Field(ge=1, le=1_000_000)] = 1000,
        items: Annotated[int, Field(ge=10, le=1_000_000)] = 1000,
        shown: Annotated[float, Field(ge=5, le=10_000)] = 100.0,
        noise: Annotated[float, Field(ge=0, le=1)] = 0.25,
        days: Annotated[int, Field(ge=1, le=3650)] = 180,
        behaviors: Mapping[str, float] = _WEIGHTS,
        half_life_days: Annotated[float, Field(gt=0)] | None = 90.0,
        scale: Scale = "log",
    ) -> None:
        self.users = users
        self.items = items
        self.shown = shown
        self.noise = noise
        self.days = days
        self.behaviors = behaviors
        self.half_life_days = half_life_days
        self.scale = scale

    def _load(self, seed: int) -> Dataset:
        for_items, for_users, for_events = np.random.SeedSequence(seed).spawn(3)
        shelves = stock(self.items, np.random.default_rng(for_items))
        tastes = plant(self.users, shelves, np.random.default_rng(for_users))
        log = live(shelves, tastes, shown=self.shown, noise=self.noise, days=self.days, seeds=for_events)
        people = _ids("u", self.users)
        things = _ids("i", self.items)
        data = Dataset.from_frame(
            _events_frame(log, people, things),
            _items_frame(shelves, things),
            name=self.name,
            behaviors=dict(self.behaviors),
            half_life_days=self.half_life_days,
            scale=self.scale,
            users=people,
            catalog="all",
            multi=["style"],
            category=["category", "brand", "price_band"],
            number=["price"],
            feature_weights={"price": 0.25},
            interest_by="category",
        )
        return replace(data, truth=PlantedTruth(_likes(tastes, shelves, data.catalog.features)))


def _ids(letter: str, n: int) -> list[str]:
    """Ids of equal length, so that their order is that of their numbers."""
    width = len(str(n))
    return [f"{letter}{number:0{width}}" for number in range(1, n + 1)]


def _events_frame(log: Log, people: list[str], things: list[str]) -> pl.DataFrame:
    import polars as pl

    return pl.DataFrame(
        {
            "user_id": pl.Series(people).gather(log.users),
            "item_id": pl.Series(things).gather(log.items),
            "behavior": pl.Series(BEHAVIORS).gather(log.behaviors),
            "timestamp": log.times,
        }
    )


def _items_frame(shelves: Shelves, things: list[str]) -> pl.DataFrame:
    import polars as pl

    def word(names: Any, codes: Any) -> pl.Series:
        return pl.Series(names, dtype=pl.String).gather(codes)

    category, brand, *styles, band = shelves.features.T
    brand = brand - N_CATEGORIES
    makers = brands(shelves.n_brands)
    style_codes = [code - N_CATEGORIES - shelves.n_brands for code in styles]
    first = style_codes[0]
    kept = [pl.Series(np.where(code < 0, -1, code)).replace(-1, None) for code in style_codes]
    tags = [word([english for english, _ in STYLES], code.cast(pl.UInt32)).alias(str(i)) for i, code in enumerate(kept)]
    number = pl.Series(100 + np.arange(len(things)) % 900).cast(pl.String)
    english, chinese = (
        word([m[language] for m in makers], brand)
        + " "
        + word([s[language].title() for s in STYLES], first)
        + " "
        + word([c[language] for c in CATEGORIES], category)
        + " "
        + number
        for language in (0, 1)
    )
    return pl.DataFrame(
        {
            "item_id": things,
            "title": english,
            "title_zh": chinese,
            "category": word([c[0] for c in CATEGORIES], category),
            "brand": word([m[0] for m in makers], brand),
            "style": pl.DataFrame(tags).select(pl.concat_str(pl.all(), separator="|", ignore_nulls=True)).to_series(),
            "price": shelves.prices,
            "price_band": word(BANDS, band - N_CATEGORIES - shelves.n_brands - N_STYLES),
        }
    )


def _likes(tastes: Tastes, shelves: Shelves, features: Features | None) -> Any:
    """(n_users, n_features) CSR of strengths in terms of the catalog; a like that no item satisfies is left out."""
    if features is None:
        raise RuntimeError("the storefront's items have features")
    place = {pair: i for i, pair in enumerate(zip(features.columns, features.values, strict=True))}
    ours = np.array([place.get(pair, -1) for pair in shelves.names()])[tastes.features]
    rows = np.repeat(np.arange(len(ours)), ours.shape[1])
    known = ours.ravel() >= 0
    return csr_array(
        (tastes.strengths.ravel()[known], (rows[known], ours.ravel()[known])), shape=(len(ours), len(features))
    )
