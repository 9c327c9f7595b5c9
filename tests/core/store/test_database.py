"""Opening: made once, checked before it is touched, brought up to date after a backup, never overwritten."""

import sqlite3
import threading

import pytest

from whyrec.store.database import Database
from whyrec.store.errors import DiskError, StoreError
from whyrec.store.schema import STEPS
from whyrec.store.store import Store


def refused(path, words):
    before = path.read_bytes() if path.is_file() else None
    with pytest.raises(StoreError, match=words) as caught:
        Store(path)
    assert caught.value.exit_code == 2
    if before is not None:
        assert path.read_bytes() == before
    return caught.value


def test_a_new_file_is_ours_and_durable(tmp_path) -> None:
    with Store(tmp_path / "new.db") as store:
        ask = store.database.connection.execute
        assert ask("PRAGMA journal_mode").fetchone()[0] == "wal"
        assert ask("PRAGMA synchronous").fetchone()[0] == 2  # FULL
        assert ask("PRAGMA user_version").fetchone()[0] == len(STEPS)
    with Store(tmp_path / "new.db") as store:
        assert store.runs.list() == []


def test_an_empty_file_becomes_a_store(tmp_path) -> None:
    (tmp_path / "empty.db").touch()
    Store(tmp_path / "empty.db").close()
    Store.existing(tmp_path / "empty.db").close()


def test_what_is_no_store_is_refused_and_left_as_it_is(tmp_path) -> None:
    (tmp_path / "text.db").write_text("a diary, not a database\n" * 400)
    error = refused(tmp_path / "text.db", "text.db: is no store, or is damaged: file is not a database")
    assert error.hint == "nothing was changed; move the file away, or name another: --store PATH"
    other = sqlite3.connect(tmp_path / "other.db")
    other.execute("CREATE TABLE diary(day)")
    other.commit()
    other.close()
    refused(tmp_path / "other.db", "other.db: is the database of another program")
    refused(tmp_path, "is a folder")
    with pytest.raises(StoreError, match=r"none.db: there is no store"):
        Store.existing(tmp_path / "none.db", name="none.db")
    with pytest.raises(StoreError, match="cannot be opened for writing"):
        Store(tmp_path / "no" / "folder.db")


def test_a_damaged_store_is_refused(tmp_path) -> None:
    path = tmp_path / "s.db"
    with Store(path) as store:
        for n in range(50):
            store.events.append("kind", {"n": n, "text": "x" * 500})
    whole = path.read_bytes()
    path.write_bytes(whole[:8192] + b"\xff" * 8192 + whole[16384:])
    refused(path, "s.db: is .*damaged")
    path.write_bytes(whole[: len(whole) // 2])
    refused(path, "s.db: is .*damaged")


def test_a_newer_store_is_refused(tmp_path) -> None:
    Store(tmp_path / "s.db").close()
    connection = sqlite3.connect(tmp_path / "s.db")
    connection.execute("PRAGMA user_version=99")
    connection.close()
    error = refused(tmp_path / "s.db", r"was written by a newer whyrec \(schema 99; this one knows 2\)")
    assert error.code == "WR-S003"


def test_an_older_store_is_brought_up_to_date_after_a_backup(tmp_path) -> None:
    path = tmp_path / "s.db"
    old = Database(path, steps=STEPS[:1])
    old.execute("INSERT INTO work(key, kind, label, state, updated) VALUES ('k', 'cell', '{}', 'done', 0)")
    old.close()
    with Store(path) as store:
        assert store.work.states(["k"])["k"].state == "done"
        assert store.events.append("kind", {}).id == 1
    backup = tmp_path / "s.db.schema-1.bak"
    kept = sqlite3.connect(backup)
    assert kept.execute("PRAGMA user_version").fetchone()[0] == 1
    assert kept.execute("SELECT key FROM work").fetchall() == [("k",)]
    kept.close()
    assert [p.name for p in tmp_path.glob("*.part")] == []


def test_a_step_that_fails_leaves_the_file_as_it_was(tmp_path) -> None:
    path = tmp_path / "s.db"
    Database(path, steps=STEPS[:1]).close()
    with pytest.raises(sqlite3.OperationalError):
        Database(path, steps=(STEPS[0], ("CREATE TABLE one(x)", "no SQL at all")))
    again = Database(path, steps=STEPS[:1])
    assert again.rows("SELECT name FROM sqlite_master WHERE name = 'one'") == []
    again.close()


def append_two(store):
    with store.transaction():
        store.events.append("kind", {"n": 1})
        store.events.append("kind", {"text": "x" * 100_000})


def test_a_full_disk_is_said_and_nothing_is_half_written(tmp_path) -> None:
    with Store(tmp_path / "s.db") as store:
        store.events.append("kind", {"n": 0})
        pages = store.database.connection.execute("PRAGMA page_count").fetchone()[0]
        store.database.connection.execute(f"PRAGMA max_page_count={pages}")
        with pytest.raises(DiskError, match="could not be written: database or disk is full") as caught:
            append_two(store)
        assert caught.value.exit_code == 4
        store.database.connection.execute("PRAGMA max_page_count=100000")
        assert [e.content["n"] for e in store.events.list()] == [0]


def test_several_processes_may_make_it_at_once(tmp_path) -> None:
    """Many times over: about one time in five, somebody looks while another is half way."""
    errors = []

    def make(path):
        try:
            Store(path).close()
        except Exception as error:  # noqa: BLE001  whatever it is, the test tells
            errors.append(error)

    for turn in range(30):
        threads = [threading.Thread(target=make, args=(tmp_path / f"{turn}.db",)) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert errors == []
    assert not list(tmp_path.glob("*.bak"))
