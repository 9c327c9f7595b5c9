"""The page of explanations says what an explainer has to say in words."""

from dataclasses import replace

import numpy as np

from whyrec import Explanation, Registry, Words
from whyrec_cli.explained import page

WORDS = Words.find(Registry.discover())
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
    made = page({"cf": [told]}, {}, history=None, top=5, model="ease", words=WORDS)
    assert "cf: Nine: no removal takes it out of the top 10" in made.notes
    assert made.data[0]["note"] == told.note


def test_an_order_has_no_base_and_leaves_nothing_over():
    """Sums of values that only tell an order mean nothing: they are not shown."""
    order = replace(TOLD, ordinal=True)
    (table,) = page({"lime": [TOLD], "order": [order]}, {}, history=None, top=5, model="ease", words=WORDS).tables
    assert table.rows == [
        ("(empty history)", "0.0000", ""),
        ("Zero", "+0.2500", "+0.2500"),
        ("left unexplained", "+0.7500", ""),
        ("score", "1.0000", "1.0000"),
    ]
    (alone,) = page({"order": [order]}, {}, history=None, top=5, model="ease", words=WORDS).tables
    assert [row[0] for row in alone.rows] == ["(empty history)", "Zero", "score"]


def test_the_last_row_is_what_was_explained():
    (table,) = page(
        {"x": [replace(TOLD, target="margin@3")]}, {}, history=None, top=5, model="ease", words=WORDS
    ).tables
    assert table.rows[-1] == ("margin@3", "1.0000")
    assert "by ease: margin@3 1.0000" in table.title


PAIRED = replace(
    TOLD,
    explainer="interactions",
    player_ids=("i0", "i1", "i2"),
    players=("Zero", "One", "Two"),
    values=np.array([0.25, 0.5, 0.25]),
    pairs=((0, 1, 0.125), (1, 2, -0.5), (0, 2, 0.0)),
)


def test_what_two_do_together_is_a_table_of_its_own():
    """The strongest first, whichever way; pairs that do nothing together are left out of the table only."""
    made = page({"pairs": [PAIRED], "plain": [TOLD]}, {}, history=None, top=5, model="ease", words=WORDS)
    first, second = made.tables
    assert first.columns == ("history", "pairs", "plain")
    assert second.columns == ("history", "with", "together")
    assert second.rows == [("One", "Two", "-0.5000"), ("Zero", "One", "+0.1250")]
    assert second.title == "Nine (i9), by pairs: what two do only together, strongest first (2 pairs)"
    assert [(p["player_id"], p["with_player"], p["value"]) for p in made.data[0]["interactions"]] == [
        ("i1", "Two", -0.5),
        ("i0", "One", 0.125),
        ("i0", "Two", 0.0),
    ]
    assert "interactions" not in made.data[1]
    assert Explanation.from_dict(made.data[0]).pairs == PAIRED.pairs
    rows = [r for r in made.rows.records() if r["explainer"] == "pairs"]
    assert [(r["player_id"], r["with_player_id"], r["value"]) for r in rows] == [
        ("i1", "", 0.5),
        ("i0", "", 0.25),
        ("i2", "", 0.25),
        ("i1", "i2", -0.5),
        ("i0", "i1", 0.125),
        ("i0", "i2", 0.0),
    ]


def test_only_the_strongest_pairs_are_shown():
    (_, table) = page({"pairs": [PAIRED]}, {}, history=None, top=1, model="ease", words=WORDS).tables
    assert [row[:2] for row in table.rows] == [("One", "Two")]
    assert table.title.endswith("(1 of 2 pairs)")


def test_that_nobody_interacts_is_said():
    idle = replace(PAIRED, pairs=((0, 1, 0.0), (1, 2, 0.0), (0, 2, 0.0)))
    made = page({"pairs": [idle]}, {}, history=None, top=5, model="ease", words=WORDS)
    assert len(made.tables) == 1
    assert "pairs: no two players do anything together that they would not do apart" in made.notes
