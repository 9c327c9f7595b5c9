"""Feedback in the training data: events of behavior feedback that make the histories what models saw at once."""

import numpy as np
import pytest

from whyrec import Dataset, Registry
from whyrec.feedback.effect import Effect
from whyrec.feedback.said import Said
from whyrec.feedback.training import with_feedback

SAID = {
    "u": [
        Said("u", "interest", "more", "Z", "genre"),
        Said("u", "reason", "not-why", "a"),
        Said("u", "item", "useful", "e"),
    ],
    "v": [Said("v", "interest", "delete", "Y", "genre")],
    "w": [Said("w", "user", "off")],
    "stranger": [Said("stranger", "user", "off")],
}


def totals(data, user):
    history = data.histories.take(np.array([data.users.find(user)]))
    return np.bincount(history.items, history.weights, minlength=data.n_items)


def test_what_is_learnt_is_what_was_seen(shop):
    learnt = with_feedback(shop, SAID)
    for user in ("u", "v"):
        row = np.array([shop.users.find(user)])
        seen = Effect.of(SAID[user], shop).history(shop, shop.histories.take(row))
        np.testing.assert_allclose(totals(learnt, user), np.bincount(seen.items, seen.weights, minlength=8), atol=1e-12)
    for user in ("w", "new"):
        np.testing.assert_array_equal(totals(learnt, user), totals(shop, user))


def test_its_events_are_of_a_behavior_of_their_own(shop):
    learnt = with_feedback(shop, SAID)
    assert learnt.histories.behavior_names == (*shop.histories.behavior_names, "feedback")
    assert learnt.behaviors["feedback"] == 1.0
    events = learnt.events().filter(learnt.events()["behavior"] == "feedback")
    assert {(r["user_id"], r["item_id"]): r["weight"] for r in events.to_dicts()} == pytest.approx(
        {("u", "a"): -1.0, ("u", "d"): 1.0, ("u", "e"): 1.0}
    )
    assert set(events["timestamp"]) == {int(shop.histories.times.max())}
    assert learnt.histories.n_events == shop.histories.n_events + len(events)
    assert learnt.fingerprint != shop.fingerprint


def test_what_was_learnt_is_not_counted_twice(shop):
    """On data that hold the feedback's events, the effect gives the same history as on the plain data."""
    learnt = with_feedback(shop, SAID)
    effect = Effect.of(SAID["u"], learnt)
    row = np.array([shop.users.find("u")])
    plain = Effect.of(SAID["u"], shop).history(shop, shop.histories.take(row))
    again = effect.history(learnt, learnt.histories.take(row))
    np.testing.assert_array_equal(plain.items, again.items)
    np.testing.assert_array_equal(plain.weights, again.weights)


def test_nothing_said_leaves_the_data_as_they_are(shop):
    assert with_feedback(shop, {}) is shop
    assert with_feedback(shop, {"w": SAID["w"]}) is shop


def test_data_without_behaviors_and_times():
    plain = Dataset.from_frame({"user_id": ["u", "u", "v"], "item_id": ["a", "b", "c"]})
    learnt = with_feedback(plain, {"u": [Said("u", "item", "useful", "c")]})
    assert learnt.histories.behavior_names == ("event", "feedback")
    assert totals(learnt, "u").tolist() == [1.0, 1.0, 1.0]


@pytest.mark.parametrize("name", ["content", "ease", "als", "item-knn"])
def test_models_learn_from_it(shop, name):
    learnt = with_feedback(shop, SAID)
    model = Registry.discover().make_recommender(name).fit(learnt)
    assert np.isfinite(model.score(learnt.histories)).all()
