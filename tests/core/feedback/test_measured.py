"""What feedback does to the next list: the change before it is given, and what is gone afterwards."""

import numpy as np
import pytest

from whyrec import Registry, UnknownIdError
from whyrec.feedback.effect import Effect, shares
from whyrec.feedback.measured import change, measured
from whyrec.feedback.said import Said


def test_the_change_is_the_difference_of_the_two_lists(shop, content):
    said = Said("u", "interest", "delete", "X", "genre")
    found = change(content, "u", [], [said], k=3)
    history = shop.histories.take(np.array([shop.users.find("u")]))
    np.testing.assert_array_equal(found.before, content.top(history, 3).items[0])
    assert set(found.left) == set(found.before.tolist()) - set(found.after.tolist())
    assert set(found.came) == set(found.after.tolist()) - set(found.before.tolist())
    assert found.left
    assert not {shop.catalog.items[i] for i in found.after.tolist()} & set("abeg")
    assert change(content, "u", [said], [said], k=3).left == []
    with pytest.raises(UnknownIdError, match="unknown user 'x'"):
        change(content, "x", [], [])


def test_deleted_interests_are_gone(shop, content):
    said = {
        "u": [Said("u", "interest", "delete", "X", "genre")],
        "stranger": [Said("stranger", "interest", "less", "X", "genre")],
    }
    (one,) = measured(content, said, k=3)
    assert (one.user, one.by, one.interest, one.after, one.gone) == ("u", "genre", "X", 0.0, 1.0)
    assert one.before > 0
    assert measured(content, {"u": [Said("u", "interest", "more", "X", "genre")]}) == []


def test_what_was_not_there_cannot_go(shop, content):
    said = [Said("u", "interest", "less", "Z", "genre")]
    history = shop.histories.take(np.array([shop.users.find("u")]))
    before = shares(shop, content.top(history, 1).items[0], "genre").get("Z", 0.0)
    (one,) = measured(content, {"u": said}, k=1)
    assert one.before == before
    assert (one.gone is None) == (before == 0)


@pytest.mark.parametrize("name", ["content", "ease", "als"])
def test_less_of_the_largest_interest_takes_most_of_it_away(name):
    """A fifth of the issue's promise, small enough for every run; the whole is tests/benchmarks/feedback.py."""
    registry = Registry.discover()
    data = registry.make_dataset("storefront", users=100, items=400).load(seed=7)
    model = registry.make_recommender(name).fit(data)
    gone = []
    for user in data.users.ids[:20]:
        history = data.histories.take(data.users.find_all([user]))
        found = shares(data, Effect().top(model, history).items[0], "category")
        interest = max(found, key=lambda value: (found[value], value))
        (one,) = measured(model, {user: [Said(user, "interest", "less", interest, "category")]})
        gone.append(one.gone)
    assert np.mean(gone) >= 0.8
