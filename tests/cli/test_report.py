"""``whyrec report``: the last run, or the one named, as a file."""

import json

import pytest


@pytest.fixture
def store(run, config, tmp_path):
    path = tmp_path / "r.db"
    text = config.read_text(encoding="utf-8").replace('by = "none"', "min_events = 2")
    config.write_text(text, encoding="utf-8")
    done = run("compare", config, "--store", path, "--isolation", "none")
    assert done.exit_code == 0, done.stderr
    return path


def test_the_last_run_as_a_file(run, store, tmp_path) -> None:
    target = tmp_path / "report.html"
    result = run("report", "-o", target, "--store", store, "--format", "json")
    assert result.exit_code == 0, result.stderr
    (row,) = json.loads(result.stdout)
    assert (row["run"], row["file"], row["bytes"]) == (1, str(target), target.stat().st_size)
    html = target.read_text(encoding="utf-8")
    assert "2 of 3 cells of run 1 on toy are done." in html
    assert "is recommended" in html
    assert run("report", "1", "-o", target, "--store", store, "--lang", "zh").exit_code == 0
    assert '<html lang="zh">' in target.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("7",), "holds no run 7"),
        (("--lang", "zz"), "unknown language 'zz'"),
        (("--store", "nowhere.db"), "nowhere.db: there is no store"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_written(run, store, tmp_path, args, words) -> None:
    target = tmp_path / "report.html"
    result = run("report", "-o", target, "--store", store, *args)
    assert result.exit_code == 2
    assert words in result.stderr
    assert not target.exists()
