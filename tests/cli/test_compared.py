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
