"""Claims: what values allow to be said, counted out by hand."""

from dataclasses import replace

import numpy as np
import pytest

from whyrec import Explanation, claims_of
from whyrec.players import OTHER


def told(*values, **more):
    n = len(values)
    fields = {
        "user_id": "u", "item_id": "i", "title": "T", "kind": "history",
        "player_ids": tuple(f"p{j}" for j in range(n)), "players": tuple(f"Player {j}" for j in range(n)),
        "values": np.array(values, float), "base_value": 0.0, "full_value": float(sum(values)),
        "recommender": "r", "explainer": "e", "additive": True,
    }  # fmt: skip
    return Explanation(**{**fields, **more})


def named(reasons):
    return [r.position for r in reasons]


def test_the_fewest_that_make_half_are_named():
    claims = claims_of(told(1.0, 4.0, 2.0, 3.0))
    assert claims.form == "shares"
    assert named(claims.for_it) == [1, 3]
    assert claims.share == pytest.approx(0.7)
    assert (claims.percent, claims.rest, claims.mostly) == (70, 2, True)


def test_exactly_half_is_most():
    claims = claims_of(told(1.0, 2.0, 1.0))
    assert named(claims.for_it) == [1]
    assert (claims.percent, claims.mostly) == (50, True)


def test_at_most_three_are_named_and_then_they_may_be_a_minority():
    claims = claims_of(told(*[1.0] * 10))
    assert named(claims.for_it) == [0, 1, 2]
    assert (claims.percent, claims.rest, claims.mostly) == (30, 7, False)


def test_all_of_it_is_said_without_a_rest():
    claims = claims_of(told(0.0, 2.0, 0.0))
    assert (named(claims.for_it), claims.percent, claims.rest) == ([1], 100, 0)


def test_never_a_hundred_while_something_is_left_out():
    claims = claims_of(told(1.0, 1e-6))
    assert (claims.percent, claims.rest) == (99, 1)


def test_what_speaks_against_it_is_said_from_a_tenth_on():
    claims = claims_of(told(10.0, -1.0, -0.99, -3.0, -2.0))
    assert named(claims.against) == [3, 4]
    assert named(claims_of(told(10.0, -1.0)).against) == [1]
    assert named(claims_of(told(10.0, -0.99)).against) == []


def test_nobody_for_it():
    claims = claims_of(told(-1.0, 0.0, -2.0, -3.0))
    assert (claims.form, claims.empty) == ("none", False)
    assert named(claims.against) == [3, 2]
    assert claims_of(told(0.0)).against == ()
    assert claims_of(told()).empty


def test_values_that_do_not_add_up_get_no_shares():
    claims = claims_of(told(1.0, 5.0, 2.0, 3.0, -9.0, additive=False))
    assert claims.form == "order"
    assert (named(claims.for_it), claims.share, claims.percent, claims.rest) == ([1, 3, 2], None, None, 1)


def test_a_set_is_named_up_to_five_members():
    one = told(1.0, 0.0, 0.75, 0.5, 0.25, additive=False, ordinal=True, chosen="remove", instead="Other")
    claims = claims_of(one)
    assert (claims.form, named(claims.for_it), claims.instead, claims.kept) == ("set", [0, 2, 3, 4], "Other", False)
    assert claims_of(replace(one, chosen="keep", instead=None)).kept
    many = claims_of(told(*[1.0] * 8, additive=False, ordinal=True, chosen="remove"))
    assert (named(many.for_it), many.rest) == ([0, 1, 2, 3, 4], 3)


def test_no_set_is_no_claim_about_most_people():
    claims = claims_of(told(0.0, 0.0, additive=False, ordinal=True, chosen="remove"))
    assert (claims.form, claims.for_it) == ("unfound", ())
    assert claims_of(told(additive=False, chosen="remove")).form == "none"


def test_behaviors_go_with_the_reasons():
    claims = claims_of(told(1.0, 2.0, behaviors=("click", "purchase")))
    assert [(r.label, r.behavior) for r in claims.for_it] == [("Player 1", "purchase")]


def test_items_without_a_value_are_marked_in_interests_only():
    one = told(1.0, kind="interests", by="genre", player_ids=(OTHER,), players=(OTHER,))
    assert claims_of(one).for_it[0].unsorted
    assert not claims_of(replace(one, kind="history", by=None)).for_it[0].unsorted
    assert not claims_of(replace(one, by="behavior")).for_it[0].unsorted


def test_rounding_is_no_reason():
    """A surrogate of a model that nothing moves finds values of 1e-31: nobody speaks for it, nobody against it."""
    claims = claims_of(told(1e-31, -2e-31, base_value=0.003, full_value=0.003, additive=False))
    assert (claims.form, claims.for_it, claims.against) == ("none", (), ())
    assert claims_of(told(1e-31, 1.0, full_value=1.0)).rest == 0
