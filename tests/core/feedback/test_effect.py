"""What feedback changes at once: followed by hand, answer by answer, and all of it gone when nothing stands."""

import numpy as np
import pytest

from whyrec.feedback.effect import KEPT, LESS, MORE, Effect, shares
from whyrec.feedback.said import Said


def of(shop, *said):
    return Effect.of(said, shop)


def history(shop, user="u"):
    return shop.histories.take(np.array([shop.users.find(user)]))


def weights(shop, seen):
    """Item → summed weight."""
    totals = np.bincount(seen.items, seen.weights, minlength=shop.n_items)
    return {shop.catalog.items[i]: totals[i] for i in np.unique(seen.items)}


PLAIN = {"a": 1.0, "b": 0.25, "c": 0.25, "d": 1.0}


@pytest.mark.parametrize(
    ("answer", "factor"), [("more", MORE), ("less", LESS), ("delete", 0.0)]
)  # fmt: skip
def test_an_interest_counts_more_less_or_not_at_all(shop, answer, factor):
    seen = of(shop, Said("u", "interest", answer, "Y", "genre")).history(shop, history(shop))
    expected = {item: weight * (factor if item in "bc" else 1.0) for item, weight in PLAIN.items()}
    assert weights(shop, seen) == pytest.approx({i: w for i, w in expected.items() if w > 0})


def test_interests_by_behavior(shop):
    seen = of(shop, Said("u", "interest", "delete", "look", "behavior")).history(shop, history(shop))
    assert weights(shop, seen) == {"a": 1.0, "d": 1.0}


@pytest.mark.parametrize("answer", ["not-why", "hide"])
def test_a_reason_that_is_none_no_longer_counts_and_is_not_recommended(shop, content, answer):
    effect = of(shop, Said("u", "reason", answer, "a"))
    assert "a" not in weights(shop, effect.history(shop, history(shop)))
    assert shop.catalog.items.find("a") not in effect.top(content, history(shop), 8).items[0]


@pytest.mark.parametrize("answer", ["not-right", "own", "less"])
def test_an_item_may_no_longer_appear(shop, content, answer):
    plain = content.top(history(shop), 4).items[0]
    first = shop.catalog.items[int(plain[0])]
    after = of(shop, Said("u", "item", answer, first)).top(content, history(shop), 4).items[0]
    assert plain[0] not in after
    if answer != "less":
        np.testing.assert_array_equal(after[:3], plain[1:])


def test_less_of_an_item_is_less_of_what_it_is_most_particular_for(shop):
    effect = of(shop, Said("u", "item", "less", "b"))  # X occurs 4 times, Y 3 times
    assert effect.multipliers == {("genre", "Y"): LESS}
    assert effect.forgotten == {shop.catalog.items.find("b")}


def test_useful_counts_as_an_event(shop):
    seen = of(shop, Said("u", "item", "useful", "e")).history(shop, history(shop))
    assert weights(shop, seen) == {**PLAIN, "e": 1.0}
    assert seen.behavior_names[seen.behaviors[seen.items.tolist().index(shop.catalog.items.find("e"))]] == "look"
    assert seen.times.max() == shop.histories.times.max()
    met = of(shop, Said("u", "item", "useful", "a")).history(shop, history(shop))
    assert weights(shop, met) == PLAIN  # it counts already


def test_without_personalization_all_see_what_a_stranger_sees(shop, content):
    effect = of(shop, Said("u", "user", "off"))
    assert effect.history(shop, history(shop)).n_events == 0
    stranger = content.top(history(shop, "new"), 8).items[0]
    met = set(history(shop).items.tolist())
    assert effect.top(content, history(shop), 4).items[0].tolist() == [i for i in stranger.tolist() if i not in met][:4]
    assert of(shop, Said("u", "user", "off"), Said("u", "user", "on")).nothing


def test_of_two_answers_about_the_same_the_later_one_counts(shop):
    less, more = (Said("u", "interest", answer, "X", "genre") for answer in ("less", "more"))
    assert of(shop, less, more).multipliers == {("genre", "X"): MORE}
    assert of(shop, more, less).multipliers == {("genre", "X"): LESS}
    bad, good = (Said("u", "item", answer, "b") for answer in ("less", "useful"))
    assert of(shop, bad, good) == Effect(liked=frozenset([shop.catalog.items.find("b")]))
    assert of(shop, good, bad).liked == frozenset()


def test_what_the_data_no_longer_know_is_passed_over(shop):
    gone = (
        Said("u", "item", "less", "zz"),
        Said("u", "reason", "hide", "zz"),
        Said("u", "interest", "more", "W", "genre"),
    )
    effect = of(shop, *gone)
    assert weights(shop, effect.history(shop, history(shop))) == PLAIN


def test_nothing_said_is_the_very_list_of_the_model(shop, content):
    for user in shop.users:
        plain, now = content.top(history(shop, user), 10), Effect().top(content, history(shop, user), 10)
        np.testing.assert_array_equal(plain.items, now.items)
        np.testing.assert_array_equal(plain.scores, now.scores)
    assert of(shop).nothing


def test_of_an_interest_that_should_be_less_every_tenth_may_appear(shop):
    effect = Effect(multipliers={("genre", "X"): LESS})
    x = [shop.catalog.items.find(i) for i in "abeg"]
    ranking = np.array([*x, *x, shop.catalog.items.find("c"), *x])  # as if there were twelve of them
    assert effect.allowed(shop, ranking).tolist() == [False] * 8 + [True] + [False, True, False, False]
    assert KEPT == 10
    deleted = Effect(multipliers={("genre", "X"): 0.0})
    assert deleted.allowed(shop, ranking).tolist() == [False] * 8 + [True] + [False] * 4


def test_a_user_of_whom_nothing_is_known(shop, content):
    effect = of(shop, Said("new", "interest", "less", "X", "genre"), Said("new", "item", "useful", "e"))
    seen = effect.history(shop, history(shop, "new"))
    assert weights(shop, seen) == {"e": 1.0}
    assert len(effect.top(content, history(shop, "new"), 3).items[0]) == 3


def test_shares_count_an_items_interests_in_equal_parts(shop):
    items = np.array([shop.catalog.items.find(i) for i in "abd"])
    assert shares(shop, items, "genre") == pytest.approx({"X": 1.5 / 3, "Y": 0.5 / 3, "Z": 1 / 3})
    assert shares(shop, np.array([-1, -1]), "genre") == {}
