"""The journal: nothing is lost, undoing is as if it had not been said, to the digit of the list."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from whyrec import InputError, UnknownIdError
from whyrec.feedback.effect import Effect
from whyrec.feedback.export import export
from whyrec.feedback.journal import Journal
from whyrec.feedback.said import Said
from whyrec.store.errors import StoreError
from whyrec.store.store import Store

LESS = Said("u", "interest", "less", "X")
OWN = Said("v", "item", "own", "b")


@pytest.fixture
def store(tmp_path):
    with Store(tmp_path / "s.db", clock=lambda: 12.5) as made:
        yield made


def test_there_and_back(store, shop):
    journal = Journal(store)
    first, second = journal.add_all([LESS, OWN], shop)
    assert (first.id, first.at, first.said.by, first.undone) == (1, 12.5, "genre", False)
    assert [e.said.answer for e in journal.list()] == ["less", "own"]
    assert journal.list("v") == [second]
    assert journal.standing("u") == [first.said]
    assert list(journal.by_user()) == ["u", "v"]


def test_what_does_not_fit_is_not_written(store, shop):
    with pytest.raises(UnknownIdError, match="unknown item 'zz'"):
        Journal(store).add_all([LESS, Said("u", "item", "own", "zz")], shop)
    assert Journal(store).list() == []


def test_undone_is_absent_but_not_forgotten(store, shop):
    journal = Journal(store)
    journal.add_all([LESS, OWN], shop)
    assert journal.undo(1).undone
    assert [e.id for e in journal.list()] == [2]
    assert [(e.id, e.undone) for e in journal.list(undone=True)] == [(1, True), (2, False)]
    with pytest.raises(StoreError, match="event 1 was undone already"):
        journal.undo(1)
    with pytest.raises(StoreError, match="there is no feedback 9\n  `whyrec feedback list`"):
        journal.undo(9)
    with pytest.raises(StoreError, match="there is no feedback 3"):  # the undoing itself
        journal.undo(3)


def test_undo_restores_the_exact_list(store, shop, content):
    journal = Journal(store)
    history = shop.histories.take(np.array([shop.users.find("u")]))

    def now():
        return Effect.of(journal.standing("u"), shop).top(content, history, 4)

    before = now()
    entries = journal.add_all([LESS, Said("u", "item", "useful", "e"), Said("u", "user", "off")], shop)
    assert now().items.tolist() != before.items.tolist()
    for entry in entries:
        journal.undo(entry.id)
    np.testing.assert_array_equal(now().items, before.items)
    np.testing.assert_array_equal(now().scores, before.scores)


def test_export(store, shop, tmp_path):
    journal = Journal(store)
    journal.add_all([LESS, OWN], shop)
    journal.undo(2)
    assert export(journal.list(undone=True), tmp_path / "f.parquet") == 2
    frame = pl.read_parquet(tmp_path / "f.parquet")
    assert frame.rows() == [
        (1, 12.5, "u", "interest", "less", "X", "genre", False), (2, 12.5, "v", "item", "own", "b", None, True),
    ]  # fmt: skip
    assert export(journal.list(undone=True), tmp_path / "f.jsonl") == 2
    assert pl.read_ndjson(tmp_path / "f.jsonl")["answer"].to_list() == ["less", "own"]
    with pytest.raises(InputError, match=r"f\.csv: feedback is written as \.parquet or \.jsonl\n  name it f\.parquet"):
        export([], tmp_path / "f.csv")
    assert sorted(p.name for p in tmp_path.iterdir() if p.name.startswith("f.")) == ["f.jsonl", "f.parquet"]


WRITER = """
import sys
from pathlib import Path
from whyrec.feedback.journal import KIND
from whyrec.feedback.said import Said
from whyrec.store.store import Store
with Store(Path(sys.argv[1])) as store:
    for number in range(1000):
        store.events.append(KIND, Said(sys.argv[2], "interest", "less", str(number), "genre").to_dict())
"""


@pytest.mark.slow
def test_four_writers_and_a_reader_lose_nothing(tmp_path):
    path = tmp_path / "s.db"
    Store(path).close()
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, str(path), name]) for name in "abcd"]
    seen = 0
    with Store(path) as store:
        journal = Journal(store)
        while any(w.poll() is None for w in writers):
            entries = journal.list()
            assert len(entries) >= seen
            seen = len(entries)
        assert [w.wait() for w in writers] == [0] * 4
        said = journal.by_user()
    assert {name: [s.subject for s in own] for name, own in said.items()} == {
        name: [str(n) for n in range(1000)] for name in "abcd"
    }


@pytest.mark.slow
def test_a_writer_that_is_killed_loses_nothing_that_was_confirmed(tmp_path):
    path = tmp_path / "s.db"
    code = WRITER.replace("to_dict())", "to_dict()); print(number, flush=True)")
    writer = subprocess.Popen([sys.executable, "-c", code, str(path), "a"], stdout=subprocess.PIPE, text=True)
    confirmed = -1
    for line in writer.stdout:
        confirmed = int(line)
        if confirmed >= 50:
            writer.kill()
            break
    confirmed = max([confirmed, *(int(line) for line in writer.stdout if line.strip())])
    writer.wait()
    with Store(Path(path)) as store:
        subjects = [int(s.subject) for s in Journal(store).standing("a")]
    assert subjects == list(range(len(subjects)))
    assert len(subjects) >= confirmed + 1
