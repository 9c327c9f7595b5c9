"""A comparison as tables, from its JSON object."""

import pytest

from whyrec_cli.compared import page


def figure(mean, low=None, high=None):
    return {"mean": mean, "low": low, "high": high, "n": 3}


def result(metrics, state="done", reason=None):
    cell = {
        "recommender": "r", "explainer": "e", "players": "history", "state": state, "reason": reason,
        "metrics": metrics, "model_calls": 12.5, "seconds": 0.1234,
    }  # fmt: skip
    model = {
        "id": "r",
        "plugin": "ease",
        "metrics": {"ndcg@10": figure(0.25)},
        "fit_seconds": 2.0,
        "state": "done",
        "reason": None,
    }
    data = {"name": "toy", "users": 3, "items": 4, "events": 5, "fingerprint": "f" * 64}
    better = {"del": "lower", "ins": "higher", "gini": None}
    return {"schema": "s", "seed": 7, "data": data, "better": better, "recommenders": [model], "cells": [cell]}


@pytest.mark.parametrize(
    ("given", "text"),
    [
        (figure(0.25, 0.2, 0.3), "0.2500 ±0.0500"),
        (figure(0.25), "0.2500"),
        (figure(1.0, 1.0, 1.0), "1.0000"),
        (figure(2e-17, 1e-17, 3e-17), "0"),
        (figure(-0.00001, -0.00002, 0.0), "-1.0e-05 ±1.0e-05"),
        (figure(12345.678, 12340.0, 12350.0), "12345.68 ±5.00"),
        (0.5, "0.5000"),
    ],
)
def test_a_figure_with_half_of_its_interval(given, text) -> None:
    explanations = page(result({"del": given})).tables[1]
    assert explanations.columns == ["recommender", "explainer", "players", "del ↓", "model calls", "seconds"]
    assert explanations.rows == [["r", "e", "history", text, "12.5", "0.123"]]


def test_of_figures_at_several_k_one_is_shown_and_the_others_are_named() -> None:
    shown = page(
        result({f"pos@{k}": figure(0.5) for k in (1, 10, 100)} | {"neg@5": figure(0.5), "neg@20": figure(0.5)})
    )
    assert list(shown.tables[1].columns[3:5]) == ["pos@10", "neg@5"]
    assert shown.notes[-1] == (
        "Explanations: 3 more figures in --format json, csv, or by --metrics: pos@1, pos@100, neg@20"
    )
    named = page(result({f"pos@{k}": figure(0.5) for k in (1, 10)}), ["pos@1"])
    assert list(named.tables[1].columns[3:4]) == ["pos@1"]


def test_a_figure_that_is_nowhere_defined_has_no_column() -> None:
    assert "gini" not in page(result({"gini": figure(None), "ins": figure(1.0)})).tables[1].columns


@pytest.mark.parametrize("state", ["skipped", "failed"])
def test_cells_that_are_not_done_are_listed_with_their_reason(state) -> None:
    shown = page(result({}, state, "because"))
    assert (shown.tables[2].title, shown.tables[2].rows) == (state.capitalize(), [("r", "e", "history", "because")])
    assert f"1 {state}" in shown.notes[1]
    assert shown.rows.records()[-1]["reason"] == "because"


# -- explanations side by side ------------------------------------------------------------------------


def many(*cells, better=None):
    """A result whose cells have more figures than a flat table holds."""
    found = result({})
    found["better"] = {f"f{i}": "higher" for i in range(8)} | {"f7": "lower"} | (better or {})
    found["cells"] = [
        {
            "recommender": model, "explainer": name, "players": kind, "role": "explainer",
            "state": "done", "reason": None,
            "metrics": {f"f{i}": figure(value + i, value, value + 2 * i) for i in range(8)} | {"same": figure(2.0)},
            "normalized": {}, "differences": {}, "model_calls": 3, "seconds": 0.5,
        }
        for model, name, kind, value in cells
    ]  # fmt: skip
    return found


def test_many_figures_stand_below_each_other_in_a_table_for_each_recommender() -> None:
    shown = page(many(("r", "a", "history", 0.5), ("r", "b", "history", 1.5), ("s", "a", "history", 2.5)))
    first, second = shown.tables[1:]
    assert (first.title, first.columns) == ("Explanations of r: players history", ["figure", "a", "b"])
    assert second.title == "Explanations of s: players history"
    assert first.rows[0] == ["f0 ↑", "0.5000", "1.5000"]
    assert first.rows[7][0] == "f7 ↓"
    assert first.rows[-2:] == [["model calls", "3", "3"], ["seconds", "0.500", "0.500"]]
    assert "Explanations: the same everywhere: same = 2.0000" in shown.notes


def test_figures_that_are_the_same_for_all_in_a_table_are_left_out_of_it() -> None:
    given = many(("r", "a", "history", 0.5), ("r", "b", "history", 0.5), ("s", "a", "history", 1.5))
    given["cells"][2]["metrics"]["same"] = figure(3.0)
    first, second = page(given).tables[1:]
    assert [row[0] for row in first.rows] == ["model calls", "seconds"]
    assert "same" in [row[0] for row in second.rows]  # a single column is shown whole
    assert "Explanations: in each table, figures that are the same for all are left out" in page(given).notes


def test_of_a_metrics_figures_without_direction_the_first_is_shown() -> None:
    given = many(("r", "a", "history", 0.5), ("r", "b", "history", 1.5))
    for i, cell in enumerate(given["cells"]):
        cell["metrics"] |= {"agree.one": figure(i), "agree.two": figure(i)}
    shown = page(given)
    assert [row[0] for row in shown.tables[1].rows if row[0].startswith("agree")] == ["agree.one"]
    assert "Explanations: 1 more figures in --format json, csv, or by --metrics: agree.two" in shown.notes


def test_many_figures_that_are_left_out_are_named_by_family() -> None:
    shown = page(result({f"pos@{k}": figure(0.5) for k in range(1, 20)}))
    assert shown.notes[-1] == "Explanations: 18 more figures in --format json, csv, or by --metrics: pos@…"


def test_kinds_of_players_share_a_table_where_they_fit() -> None:
    shown = page(many(*(("r", f"e{i}", "history", i) for i in range(3)), ("r", "w", "interests", 9)))
    assert shown.tables[1].title == "Explanations of r: players history, interests"
    assert shown.tables[1].columns[-1] == "w interests"
    shown = page(many(*(("r", f"e{i}", "history", i) for i in range(5)), ("r", "w", "interests", 9)))
    assert [t.title for t in shown.tables[1:]] == [
        "Explanations of r: players history",
        "Explanations of r: players interests",
    ]


def test_a_figure_that_is_surely_worse_than_the_best_is_marked() -> None:
    given = many(("r", "a", "history", 0.5), ("r", "b", "history", 1.5))
    given["cells"][0]["differences"] = {
        "f0": {"best": {"to": "b", "mean": -1.0, "low": -1.5, "high": -0.5, "n": 3}},
        "f1": {"best": {"to": "b", "mean": -1.0, "low": -2.5, "high": 0.5, "n": 3}},
        "f7": {"best": {"to": "b", "mean": 1.0, "low": 0.5, "high": 1.5, "n": 3}},
        "f2": {"floor": {"to": "random", "mean": -1.0, "low": -1.5, "high": -0.5, "n": 3}},
    }
    shown = page(given)
    marked = [row[0] for row in shown.tables[1].rows if row[1].endswith(" -")]
    assert marked == ["f0 ↑", "f7 ↓"]
    assert "'-' after a figure: surely worse than the best beside it (paired, 95 %)" in shown.notes
    assert shown.tables[1].is_number(1)
    plain = page(many(("r", "a", "history", 0.5), ("r", "b", "history", 1.5)))
    assert not any("surely" in note for note in plain.notes)
    flat = page(given, ["f0"])
    assert flat.tables[1].rows[0][3] == "0.5000 -"


def test_the_place_between_floor_and_ceiling_stands_below_its_figure() -> None:
    given = many(("r", "a", "history", 0.5), ("r", "b", "history", 1.5))
    given["cells"][1]["normalized"] = {"f1": figure(0.9, 0.8, 1.0)}
    shown = page(given)
    at = [row[0] for row in shown.tables[1].rows].index("f1 ↑")
    assert shown.tables[1].rows[at + 1] == ["  normalized ↑", None, "0.9000 ±0.1000"]
    assert any(note.startswith("normalized: 0 is the mean of several random orders, 1 the") for note in shown.notes)


def test_all_ceilings_are_one_column() -> None:
    given = many(
        ("r", "a", "history", 0.5), ("r", "s1", "history", 1.5), ("r", "b", "history", 2.5), ("r", "s2", "history", 1)
    )
    for cell, own in ((given["cells"][1], "f1"), (given["cells"][3], "f2")):
        cell["role"], cell["metrics"] = "ceiling", {own: figure(9.0)}
        cell["differences"] = {own: {"best": {"to": "b", "mean": -9.0, "low": -9.5, "high": -8.5, "n": 3}}}
    (table,) = page(given).tables[1:]
    assert table.columns == ["figure", "a", "b", "ceiling"]
    assert [row[3] for row in table.rows] == [None, "9.0000", "9.0000", *[None] * 5, "6", "1.000"]


def test_figures_nowhere_defined_are_named() -> None:
    given = many(("r", "a", "history", 0.5), ("r", "b", "history", 1.5))
    given["cells"][0]["metrics"]["nothing"] = figure(None)
    assert "Explanations: nowhere defined: nothing" in page(given).notes


def test_of_lengths_one_is_shown() -> None:
    shown = page(result({f"ke.pos@10:{k}": figure(0.5 + k) for k in (1, 2)}))
    assert shown.tables[1].columns[3] == "ke.pos@10:1"


def test_csv_holds_differences_and_places() -> None:
    given = many(("r", "a", "history", 0.5))
    given["cells"][0]["normalized"] = {"f1": figure(0.9, 0.8, 1.0)}
    given["cells"][0]["differences"] = {"f1": {"best": {"to": "b", "mean": -1.0, "low": -1.5, "high": -0.5, "n": 3}}}
    record = next(r for r in page(given).rows.records() if r["metric"] == "f1")
    assert (record["role"], record["normalized"], record["normalized_low"]) == ("explainer", 0.9, 0.8)
    assert (record["to_best"], record["to_best_high"], record["to_floor"]) == (-1.0, -0.5, None)
