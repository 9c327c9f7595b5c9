"""Results and runs: read back digit for digit, found damaged if they are."""

import sqlite3

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from hypothesis.extra.numpy import arrays

from whyrec.store.errors import StoreError
from whyrec.store.kept import KeptModel, KeptTold
from whyrec.store.packing import pack, squeeze, unpack, unsqueeze
from whyrec.store.store import Store


@pytest.fixture
def store(tmp_path):
    with Store(tmp_path / "s.db") as made:
        yield made


FLOATS = arrays(np.float64, st.tuples(st.integers(0, 4), st.integers(0, 3)), elements=st.floats(width=64))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.text("abc/:", min_size=1, max_size=8), FLOATS, max_size=4), st.dictionaries(st.text(), JSON))
def test_packing_loses_nothing(found, meta) -> None:
    back, same = unpack(pack(meta, found))
    assert back == meta
    assert set(same) == set(found)
    for name, array in found.items():
        assert same[name].shape == array.shape
        np.testing.assert_array_equal(same[name], array)


@settings(max_examples=40, deadline=None)
@given(JSON)
def test_squeezing_loses_nothing(value) -> None:
    assert unsqueeze(squeeze(value)) == value


@settings(max_examples=40, deadline=None)
@given(st.binary(max_size=64))
def test_other_bytes_are_refused(raw) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  the words are the library's
        unpack(raw)


def test_models(store) -> None:
    assert store.kept.model("m") is None
    model = KeptModel("folder", "ab" * 32, 0.1 + 0.2, {"loss": [0.5, 1 / 3]})
    store.kept.put_model("m", model)
    assert store.kept.model("m") == model


def test_figures(store) -> None:
    store.kept.put_figures("cell", "m1", {"f": np.array([1.0, np.nan, 1 / 3])})
    np.testing.assert_array_equal(store.kept.figures("cell", "m1")["f"], [1.0, np.nan, 1 / 3])
    assert store.kept.figures("cell", "m2") is None
    assert store.kept.has_figures("cell", ["m1", "m2"]) == {"m1"}
    store.kept.forget(["cell"])
    assert store.kept.figures("cell", "m1") is None


def test_explanations_share_their_players(store) -> None:
    told = KeptTold(True, 1.5, 3.0, {"items": ["i"]}, {"values": np.array([1.0])}, {"users": ["u"]})
    store.kept.put_told("one", "who", told)
    store.kept.put_told("two", "who", KeptTold(False, 2.5, 4.0, {}, {}))
    assert (store.kept.has_told("one"), store.kept.has_told("two"), store.kept.has_told("three")) == (True, False, None)
    assert store.kept.told("two").players == {"users": ["u"]}
    assert store.kept.told("two", players=False).players == {}
    assert store.kept.cost("one") == (1.5, 3.0)
    assert store.kept.cost("three") == (None, None)


@pytest.mark.parametrize("table", ["figures", "explanations", "players"])
def test_content_that_changed_is_not_taken(table, store) -> None:
    store.kept.put_figures("k", "m", {"f": np.ones(3)})
    store.kept.put_told("k", "who", KeptTold(True, 0, 0, {}, {"values": np.ones(3)}, {"users": []}))
    store.database.execute(f"UPDATE {table} SET crc = crc + 1")
    with pytest.raises(StoreError, match=f"is damaged: the {table} read are not those that were written"):
        store.kept.figures("k", "m") if table == "figures" else store.kept.told("k")


def test_runs(store) -> None:
    with pytest.raises(StoreError, match="holds no run yet"):
        store.runs.get()
    asked = {"source": "a.toml", "seed": 7, "config": {"run": {"k": 2}}, "versions": {"whyrec": "1"}, "plan": []}
    data = {"rows": {"rejected": {"no user": 2, "no item": 1}}}
    first = store.runs.begin(**asked, data=data)
    assert store.runs.get().state == "running"
    assert store.runs.rejected(first) == {"no user": 2, "no item": 1}
    assert store.runs.result(first) is None
    store.runs.end(first, "done", {"cells": [1.5]})
    second = store.runs.begin(**asked, data={})
    assert [r.id for r in store.runs.list()] == [first, second]
    assert (store.runs.get(first).state, store.runs.get().id) == ("done", second)
    assert store.runs.result(first) == {"cells": [1.5]}
    with pytest.raises(StoreError, match="holds no run 9\n  `whyrec runs list`"):
        store.runs.get(9)


def test_a_run_whose_process_is_gone_was_interrupted(store) -> None:
    run = store.runs.begin(source="", seed=0, config={}, versions={}, data={}, plan=[])
    store.database.execute("UPDATE runs SET pid = 0")
    assert store.runs.get(run).state == "interrupted"


# -- events -------------------------------------------------------------------------------------------


def test_events_are_only_added(store) -> None:
    first = store.events.append("feedback", {"user": "u", "value": 1})
    second = store.events.append("other", {})
    assert [e.id for e in store.events.list()] == [first.id, second.id] == [1, 2]
    assert store.events.list("feedback") == [first]
    assert store.events.list(after=1) == [second]
    for statement in ("DELETE FROM events", "UPDATE events SET kind = 'x'", "UPDATE events SET at = 0 WHERE id = 1"):
        with pytest.raises(sqlite3.IntegrityError, match="events are only added"):
            store.database.execute(statement)


def test_undoing_is_an_event_too(store) -> None:
    first, second = store.events.append("feedback", {"n": 1}), store.events.append("feedback", {"n": 2})
    undo = store.events.undo(first.id)
    assert (undo.kind, undo.undoes) == ("feedback", first.id)
    assert [(e.id, e.undone) for e in store.events.list()] == [(1, True), (2, False), (3, False)]
    assert store.events.list(standing=True) == [second]
    with pytest.raises(StoreError, match="event 1 was undone already"):
        store.events.undo(1)
    with pytest.raises(StoreError, match="there is no event 9 to undo"):
        store.events.undo(9)
    store.events.undo(undo.id)  # which does not bring the first one back: it is said anew
    assert store.events.list(standing=True) == [second]
