"""Pictures of comparisons: numbers as they are, what failed says so, the front is the front."""

import numpy as np
import pytest

from whyrec import Comparison
from whyrec.charts.judged import agreement, curves, matrix, pareto, training
from whyrec.comparison.interval import Figure
from whyrec.comparison.plan import Cell


def figure(mean):
    return Figure(mean=mean, low=None, high=None, n=3)


def cell(recommender, explainer, mean, seconds=1.0, **more):
    metrics = {} if mean is None else {"lxr11.del": figure(mean)}
    return Cell(recommender, explainer, "history", **{"state": "done", "metrics": metrics, "seconds": seconds, **more})


@pytest.fixture
def result():
    cells = [
        cell("ease", "weights", 0.25, 0.1), cell("ease", "lime", 0.5, 5.0), cell("ease", "shapley", 0.125, 1.0),
        cell("模型", "weights", None, None, state="skipped", reason="not linear"),
        cell("模型", "lime", None, None, state="failed", reason="no luck"),
        cell("模型", "shapley", 0.75, 2.0), cell("模型", "search", 0.01, 60.0, role="ceiling"),
    ]  # fmt: skip
    return Comparison({}, {}, 7, {}, [], cells, {"lxr11.del": "lower"})


def data_of(part):
    """All rows inside, wherever altair put them."""
    part = part if isinstance(part, dict | list) else part.spec
    if isinstance(part, list):
        return [row for inner in part for row in data_of(inner)]
    own = part.get("data", {}).get("values", []) if isinstance(part.get("data"), dict) else []
    return own + [row for key in ("layer", "concat") for row in data_of(part.get(key, []))]


def test_every_cell_of_the_matrix_says_what_became_of_it(result):
    picture = matrix(result, "lxr11.del")
    texts = {(r["recommender"], r["explainer"]): r["text"] for r in data_of(picture)}
    assert texts["ease", "weights"] == "0.25"
    assert texts["模型", "weights"] == "– skipped"
    assert texts["模型", "lime"] == "✕ failed"
    svg = picture.svg()
    for text in ("0.25", "0.125", "– skipped", "✕ failed", "模型", "weights"):
        assert f">{text}</text>" in svg


def test_the_front_joins_those_that_none_is_better_and_faster_than(result):
    rows = data_of(pareto(result, "lxr11.del", recommender="ease"))
    assert {r["explainer"]: r["front"] for r in rows} == {"weights": True, "lime": False, "shapley": True}
    assert {r["recommender"] for r in data_of(pareto(result, "lxr11.del"))} == {"ease", "模型"}
    assert "search" not in {r["explainer"] for r in data_of(pareto(result, "lxr11.del"))}  # no explainer, a ceiling
    assert "<svg" in pareto(result, "lxr11.del").svg()


def test_agreement_leaves_gaps_where_nothing_is_known():
    picture = agreement(["a", "b"], np.array([[1.0, 0.5], [0.5, np.nan]]))
    assert [r["text"] for r in data_of(picture)] == ["1.00", "0.50", "0.50", ""]
    assert ">0.50</text>" in picture.svg()


def test_training_has_a_panel_for_each_figure():
    picture = training({"vae": {"loss": [3.0, 2.0], "ndcg": [0.1, float("nan")]}, "gru": {"loss": [4.0]}})
    rows = data_of(picture)
    assert sorted((r["model"], r["figure"], r["epoch"], r["value"]) for r in rows) == [
        ("gru", "loss", 1, 4.0), ("vae", "loss", 1, 3.0), ("vae", "loss", 2, 2.0), ("vae", "ndcg", 1, 0.1),
    ]  # fmt: skip
    svg = picture.svg()
    for text in ("loss", "ndcg", "vae", "gru"):
        assert f">{text}</text>" in svg
    assert "<svg" in training({}).svg()


def test_curves_go_from_nothing_hidden_to_all_with_the_band_of_random_orders():
    floor = np.array([[1.0, 0.8, 0.0], [1.0, 0.4, 0.0]])
    rows = data_of(curves({"weights": np.array([1.0, 0.25, 0.0])}, floor, title="删除曲线"))
    assert [(r["share"], r["value"]) for r in rows if "value" in r] == [(0.0, 1.0), (0.5, 0.25), (1.0, 0.0)]
    assert [(r["low"], r["high"]) for r in rows if "low" in r] == [(1.0, 1.0), (0.4, 0.8), (0.0, 0.0)]
    svg = curves({"weights": np.array([1.0, 0.0])}, floor, title="删除曲线").svg()
    assert ">删除曲线</text>" in svg


def test_names_of_marks_that_stand_close_get_slots_of_their_own():
    from whyrec.charts.judged import _apart

    rows = [{"seconds": t, "value": v} for t, v in ((1.0, 0.5), (1.2, 0.51), (1.3, 0.5), (50.0, 0.5), (1.0, 9.0))]
    _apart(rows)
    assert [row["slot"] for row in rows] == [0, 1, 2, 0, 0]
    _apart([])
