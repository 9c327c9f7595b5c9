"""Explanation: it adds up, it says what moved most, it survives a trip through JSON."""

import json
from dataclasses import replace

import numpy as np
import pytest

from whyrec import DataError, Explanation


@pytest.fixture
def told():
    return Explanation(
        user_id="u1",
        item_id="i9",
        title="A <b>title</b>",
        kind="history",
        player_ids=("i0", "i1", "i2", "i3"),
        players=("Zero", "One", "<script>", "Three"),
        values=np.array([0.1, -0.7, 0.4, 0.1]),
        base_value=1.0,
        full_value=0.9,
        recommender="ease",
        explainer="weights",
        additive=True,
        std_error=np.array([0.0, 0.1, 0.2, 1 / 3]),
        seed=7,
    )


def test_residual_and_gap(told):
    assert told.residual == pytest.approx(0.0, abs=1e-12)
    off = replace(told, full_value=1.1)
    assert off.residual == pytest.approx(0.2)
    assert off.gap == pytest.approx(0.2 / (1.0 + 1.1 + 1.3))


def test_nothing_moved_is_no_gap(told):
    assert replace(told, values=np.zeros(4), base_value=0.0, full_value=0.0).gap == 0.0


def test_order_and_top(told):
    assert told.order().tolist() == [2, 0, 3, 1]
    assert told.top(2) == [("One", -0.7), ("<script>", 0.4)]
    assert [r["player_id"] for r in told.to_rows()] == ["i2", "i0", "i3", "i1"]


def test_json_round_trip_is_exact(told):
    text = json.dumps(told.to_dict(), allow_nan=False)
    back = Explanation.from_dict(json.loads(text))
    assert back.to_dict() == told.to_dict()
    np.testing.assert_array_equal(back.values, told.values)
    np.testing.assert_array_equal(back.std_error, told.std_error)
    assert isinstance(back.players, tuple)


def test_notes_and_pairs_survive_json(told):
    noted = replace(told, note="none of them", pairs=((0, 2, 0.25), (1, 3, -1 / 3)))
    back = Explanation.from_dict(json.loads(json.dumps(noted.to_dict())))
    assert (back.note, back.pairs) == (noted.note, noted.pairs)
    assert back.to_dict() == noted.to_dict()
    older = {k: v for k, v in told.to_dict().items() if k not in ("note", "pairs")}
    assert Explanation.from_dict(older).to_dict() == told.to_dict()


def test_another_schema_or_missing_fields_are_refused(told):
    with pytest.raises(DataError, match=r"schema 'x'\n  expected 'whyrec.explanation/1'"):
        Explanation.from_dict({**told.to_dict(), "schema": "x"})
    given = told.to_dict()
    del given["values"]
    with pytest.raises(DataError, match="not an explanation: 'values'"):
        Explanation.from_dict(given)
    given = told.to_dict()
    del given["user_id"]
    with pytest.raises(DataError, match=r"not an explanation: .*user_id"):
        Explanation.from_dict(given)


def test_as_many_values_as_players(told):
    with pytest.raises(DataError, match="4 players but 2 values"):
        replace(told, values=np.zeros(2))


def test_html_is_escaped(told):
    html = told._repr_html_()
    assert "<script>" not in html
    assert "&lt;script&gt;" in html
    assert "<b>" not in html


def test_explanations_of_a_game_are_made_like_any_other(told):
    fields = {name: getattr(told, name) for name in told.__dataclass_fields__}
    own = {name: fields.pop(name) for name in ("item_id", "title", "values")}
    (found,) = Explanation.of_game(fields, [own])
    assert found.to_dict() == told.to_dict()
    with pytest.raises(DataError, match="4 players but 3 values"):
        Explanation.of_game(fields, [own | {"values": np.zeros(3)}])
