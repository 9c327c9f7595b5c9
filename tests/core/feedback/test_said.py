"""What can be said, and of what: checked against the data."""

import json

import pytest

from whyrec import UnknownIdError, UnsupportedError
from whyrec.feedback.said import ANSWERS, Said, checked, values_of

SUBJECT = {"item": "a", "reason": "b", "interest": "X", "user": ""}


@pytest.mark.parametrize(("about", "answer"), [(about, one) for about, own in ANSWERS.items() for one in own])
def test_every_answer_fits_and_survives_json(shop, about, answer):
    said = checked(Said("u", about, answer, SUBJECT[about]), shop)
    assert said.by == ("genre" if about == "interest" else None)
    assert Said.from_dict(json.loads(json.dumps(said.to_dict()))) == said


@pytest.mark.parametrize(
    ("said", "error", "words"),
    [
        (Said("x", "user", "off"), UnknownIdError, "unknown user 'x'"),
        (Said("u", "item", "useful", "z"), UnknownIdError, "unknown item 'z'"),
        (Said("u", "reason", "not-why", "z"), UnknownIdError, "unknown item 'z'"),
        (Said("u", "item", "mor", "a"), UnsupportedError, "'mor' cannot be said of an item\n  known answers: less, "),
        (Said("u", "reason", "hid", "a"), UnsupportedError, "'hid' cannot be said of a reason\n  did you mean 'hide'?"),
        (Said("u", "itm", "less", "a"), UnsupportedError, "feedback about 'itm'\n  did you mean 'item'?"),
        (Said("u", "interest", "less", "W"), UnsupportedError, "no item has genre 'W'"),
        (Said("u", "interest", "less", "X", "gender"), UnsupportedError, "by 'gender'\n  did you mean 'genre'?"),
    ],
)  # fmt: skip
def test_what_the_data_do_not_know_is_refused(shop, said, error, words):
    with pytest.raises(error) as caught:
        checked(said, shop)
    assert words in str(caught.value)


def test_interests_by_behavior(shop):
    assert values_of(shop, "behavior") == shop.histories.behavior_names
    assert checked(Said("u", "interest", "less", "look", "behavior"), shop).by == "behavior"
