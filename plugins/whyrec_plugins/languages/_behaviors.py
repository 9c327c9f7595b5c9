"""What a user did with an item, from the words that data sets use for it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Literal

from whyrec import Reason

Deed = Literal["bought", "carted", "liked", "rated", "saw", "met"]

DEEDS: dict[Deed, tuple[str, ...]] = {
    "bought": ("purchase", "purchased", "transaction", "buy", "bought", "order", "购买", "下单"),
    "carted": ("cart", "addtocart", "add_to_cart", "add to cart", "basket", "加购"),
    "liked": ("like", "liked", "favorite", "favourite", "喜欢"),
    "rated": ("rating", "rate", "rated", "评分"),  # a low rating is one too: it is not said that they liked it
    "saw": ("view", "click", "browse", "browsed", "visit", "浏览", "点击"),
}
_KNOWN: dict[str, Deed] = {word: deed for deed, words in DEEDS.items() for word in words}
_ORDER: tuple[Deed, ...] = (*DEEDS, "met")


def deed_of(behavior: str | None) -> Deed:
    """``met`` where the word is not known."""
    return "met" if behavior is None else _KNOWN.get(behavior.strip().lower(), "met")


def by_deed(reasons: Sequence[Reason]) -> list[tuple[Deed, list[Reason]]]:
    """Reasons by what was done with them, the strongest deed first, each deed's in their order."""

    def deed(reason: Reason) -> Deed:
        return deed_of(reason.behavior)

    ordered = sorted(reasons, key=lambda reason: _ORDER.index(deed(reason)))
    return [(done, list(group)) for done, group in groupby(ordered, deed)]
