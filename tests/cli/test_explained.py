"""The page of explanations says what an explainer has to say in words."""

from dataclasses import replace

import numpy as np

from whyrec import Explanation
from whyrec_cli.explained import page

TOLD = Explanation(
    user_id="u",
    item_id="i9",
    title="Nine",
    kind="history",
    player_ids=("i0",),
    players=("Zero",),
    values=np.array([0.25]),
    base_value=0.0,
    full_value=1.0,
    recommender="ease",
    explainer="counterfactual",
    additive=False,
)


def test_notes_stand_under_the_explainers_name():
    told = replace(TOLD, note="no removal takes it out of the top 10")
    made = page({"cf": [told]}, {}, history=None, top=5, model="ease")
    assert "cf: Nine: no removal takes it out of the top 10" in made.notes
    assert made.data[0]["note"] == told.note


def test_an_order_has_no_base_and_leaves_nothing_over():
    """Sums of values that only tell an order mean nothing: they are not shown."""
    order = replace(TOLD, ordinal=True)
    (table,) = page({"lime": [TOLD], "order": [order]}, {}, history=None, top=5, model="ease").tables
    assert table.rows == [
        ("(empty history)", "0.0000", ""),
        ("Zero", "+0.2500", "+0.2500"),
        ("left unexplained", "+0.7500", ""),
        ("score", "1.0000", "1.0000"),
    ]
    (alone,) = page({"order": [order]}, {}, history=None, top=5, model="ease").tables
    assert [row[0] for row in alone.rows] == ["(empty history)", "Zero", "score"]


def test_the_last_row_is_what_was_explained():
    (table,) = page({"x": [replace(TOLD, target="margin@3")]}, {}, history=None, top=5, model="ease").tables
    assert table.rows[-1] == ("margin@3", "1.0000")
    assert "by ease: margin@3 1.0000" in table.title
