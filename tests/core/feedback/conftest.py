"""A small shop whose feedback can be followed by hand."""

import pytest

from whyrec import Dataset, Registry

DAY = 86_400
EVENTS = {
    "user_id": ["u"] * 4 + ["v"] * 3 + ["w"] * 3,
    "item_id": ["a", "b", "c", "d", "a", "e", "g", "c", "f", "h"],
    "behavior": ["buy", "look", "look", "buy", "buy", "look", "buy", "look", "buy", "look"],
    "timestamp": [DAY * n for n in range(10)],
}
ITEMS = {
    "item_id": list("abcdefgh"),
    "genre": ["X", "X|Y", "Y", "Z", "X", "Y", "X", "Z"],
    "title": [f"Item {c}" for c in "abcdefgh"],
}


@pytest.fixture(scope="session")
def shop():
    return Dataset.from_frame(
        EVENTS, ITEMS, multi=["genre"], catalog="all", behaviors={"buy": 1.0, "look": 0.25},
        users=["new"], now=100.0 * DAY,
    )  # fmt: skip


@pytest.fixture(scope="session")
def content(shop):
    return Registry.discover().make_recommender("content").fit(shop)
