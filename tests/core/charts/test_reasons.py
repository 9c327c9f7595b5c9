"""Pictures of explanations: every bar is a value, signs are written, nothing is left out of the sum."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from whyrec import Explanation
from whyrec.charts.reasons import bars, together, waterfall

TOLD = Explanation(
    user_id="u", item_id="i9", title="学习手册", kind="history",
    player_ids=("a", "b", "c", "d", "e"), players=("Same", "Same", "跑鞋", "Three", "Nought"),
    values=np.array([0.1, -0.7, 0.4, 0.05, 0.0]), base_value=1.0, full_value=0.85,
    recommender="ease", explainer="weights", additive=True,
)  # fmt: skip


def rows_of(picture):
    """Label → row, in the order drawn; of one chart."""
    return [(row["key"][3:], row) for row in picture.spec["data"]["values"]]


def test_a_waterfall_goes_from_the_base_to_the_score():
    rows = rows_of(waterfall(TOLD, top=2))
    assert [label for label, _ in rows] == ["Start (nothing known)", "跑鞋", "Same", "3 others", "Score"]
    steps = [row for _, row in rows[1:-1]]
    assert [row["end"] - row["start"] for row in steps] == pytest.approx([0.4, -0.7, 0.15])
    assert steps[0]["start"] == pytest.approx(TOLD.base_value)
    for before, after in pairwise(steps):
        assert after["start"] == pytest.approx(before["end"])
    assert steps[-1]["end"] == pytest.approx(TOLD.full_value)
    assert [row["number"] for row in steps] == ["+0.4", "−0.7", "+0.15"]
    assert [row["kind"] for row in steps] == ["+ for it", "− against it", "+ for it"]


def test_what_is_left_unexplained_has_a_step():
    rows = rows_of(waterfall(replace(TOLD, full_value=1.0)))
    assert [label for label, _ in rows][-2:] == ["left unexplained", "Score"]
    assert rows[-2][1]["number"] == "+0.15"
    assert "left unexplained" not in [label for label, _ in rows_of(waterfall(TOLD))]


def test_two_players_of_one_title_have_two_bars():
    rows = rows_of(bars(TOLD))
    assert [(label, row["number"]) for label, row in rows] == [
        ("跑鞋", "+0.4"), ("Same", "+0.1"), ("Three", "+0.05"), ("Same", "−0.7"), ("1 others", "+0"),
    ]  # fmt: skip
    assert len({row["key"] for _, row in rows}) == 5


def test_values_that_tell_an_order_show_no_numbers_and_no_sum():
    order = replace(TOLD, additive=False, ordinal=True)
    rows = rows_of(waterfall(order, top=2))
    assert [(label, row["number"]) for label, row in rows] == [("跑鞋", "+"), ("Same", "−")]


def test_nobody_is_no_error():
    empty = replace(TOLD, player_ids=(), players=(), values=np.zeros(0), full_value=1.0)
    assert "<svg" in waterfall(empty).svg()
    assert "<svg" in bars(empty).svg()


def test_the_charts_words_can_be_others():
    picture = waterfall(TOLD, top=1, words={"others": "其余 {n} 项", "for": "+ 支持"})
    assert "其余 4 项" in [label for label, _ in rows_of(picture)]
    assert "+ 支持" in picture.svg()


def test_several_stand_in_one_picture():
    other = replace(TOLD, explainer="order", additive=False, ordinal=True, title="Second")
    picture = together([[TOLD, other], [other, TOLD]])
    svg = picture.svg()
    for text in ("学习手册", "Second", "ease · weights", "ease · order", "跑鞋"):
        assert f">{text}</text>" in svg
    assert svg.count(">+ for it</text>") == 1  # one legend for all
    assert picture.alt.count("学习手册:") == 2


def test_in_a_notebook(monkeypatch):
    import sys

    assert "<svg" in TOLD._repr_html_()
    monkeypatch.setitem(sys.modules, "vl_convert", None)
    assert TOLD._repr_html_().startswith("<table>")
