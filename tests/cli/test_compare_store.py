"""``whyrec compare`` makes its store when there is something to keep, and refuses one that is not its own before."""

import sqlite3

import pytest

from whyrec import DataError
from whyrec.store.store import Store


@pytest.fixture
def broken_data(toy_registry, toy_plugins, config):
    """The config, on data that cannot be read; how often they were asked for."""
    asked = []

    class Torn(toy_plugins.Toy):
        name = "torn"

        def _load(self, seed):
            asked.append(seed)
            raise DataError("events.csv: is torn")

    toy_registry.add(toy_plugins.hooks(datasets=[Torn]), name="torn")
    config.write_text(config.read_text().replace('"toy"', '"torn"'))
    return asked


def files(folder):
    return sorted(p.name for p in folder.iterdir())


def test_bad_data_leave_no_store_behind(run, config, tmp_path, broken_data) -> None:
    result = run("compare", config, "--store", tmp_path / "whyrec.db")
    assert result.exit_code == 2
    assert "error: events.csv: is torn" in result.stderr
    assert broken_data
    assert files(tmp_path) == ["small.toml"]


def test_a_bad_config_leaves_no_store_behind(run, config, tmp_path) -> None:
    config.write_text(config.read_text() + "usres = 3\n")
    assert run("compare", config, "--store", tmp_path / "whyrec.db").exit_code == 2
    assert files(tmp_path) == ["small.toml"]


def test_good_data_make_the_store_and_it_is_closed(run, config, tmp_path) -> None:
    path = tmp_path / "whyrec.db"
    first = run("compare", config, "--store", path)
    assert (first.exit_code, path.exists()) == (0, True)
    assert not (tmp_path / "whyrec.db-wal").exists()  # removed by the last one who closes
    assert f"{path}: run 2, 0 cells computed" in run("compare", config, "--store", path).stderr


@pytest.mark.parametrize("how", ["damaged", "newer", "no folder", "a folder"])
def test_a_store_that_cannot_be_used_is_refused_before_the_data_are_read(
    how, run, config, tmp_path, broken_data
) -> None:
    path = tmp_path / "whyrec.db"
    if how == "damaged":
        path.write_bytes(b"x" * 5000)
        words = "is no store, or is damaged"
    elif how == "newer":
        Store(path).close()
        connection = sqlite3.connect(path)
        connection.execute("PRAGMA user_version=99")
        connection.close()
        words = "was written by a newer whyrec (schema 99"
    elif how == "no folder":
        path = tmp_path / "nowhere" / "whyrec.db"
        words = "cannot be opened for writing: its folder is not there, or not writable"
    else:
        path.mkdir()
        words = "is a folder"
    result = run("compare", config, "--store", path)
    assert result.exit_code == 2
    assert words in result.stderr
    assert broken_data == []
