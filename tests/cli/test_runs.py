"""The store on the command line: compare writes it, runs reads it."""

import json
import re

import pytest

from whyrec.store.store import Store


@pytest.fixture
def project(tmp_path, monkeypatch, config):
    """A folder with a config, where commands use the store."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("WHYREC_STORE")
    return tmp_path


def test_compare_keeps_its_results_in_the_folder(run, project) -> None:
    first = run("compare", "small.toml", "--format", "json")
    assert first.stderr == "whyrec.db: run 1, 2 cells computed, 0 there already\n"
    assert (project / "whyrec.db").is_file()
    second = run("compare", "small.toml", "--format", "json")
    assert second.stderr == "whyrec.db: run 2, 0 cells computed, 2 there already\n"
    assert second.stdout == first.stdout
    assert "2 cells computed" in run("compare", "small.toml", "--fresh").stderr
    assert "whyrec.db: run 4, 1 cells computed" in run("compare", "small.toml", "--set", "explainer.1.share=0.4").stderr


def test_another_store_or_none(run, project) -> None:
    assert run("compare", "small.toml", "--store", "none").stderr == ""
    assert not (project / "whyrec.db").exists()
    assert run("compare", "small.toml", "--store", "my.db").stderr.startswith("my.db: run 1, ")
    assert run("runs", "list", "--store", "my.db", "--format", "csv").stdout.count("small.toml") == 1


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("runs", "list"), "error: whyrec.db: there is no store\n  `whyrec compare` makes one"),
        (("runs", "show", "--store", "small.toml"), "error: small.toml: is no store, or is damaged"),
        (("compare", "small.toml", "--store", "."), "error: .: is a folder\n  a store is a file"),
        (("compare", "small.toml", "--jobs", "0"), "0 is not in the range"),
        (("compare", "small.toml", "--retry", "done"), "'done' is not one of 'failed', 'timeout', 'all'"),
        (("compare", "small.toml", "--set", "run.timeout_seconds=0"), "timeout_seconds = 0: should be greater than 0"),
        (("compare", "small.toml", "--set", "run.memory_gb=-1"), "memory_gb = -1: should be greater than 0"),
    ],
)
def test_what_is_wrong_is_said(args, words, run, project) -> None:
    before = (project / "small.toml").read_bytes()
    result = run(*args)
    assert (result.exit_code, result.stdout) == (2, "")
    assert words in result.stderr
    assert (project / "small.toml").read_bytes() == before


def test_runs_list(run, project) -> None:
    run("compare", "small.toml")
    run("compare", "small.toml", "--set", "recommender.0.use=broke", "--seed", 3)
    found = json.loads(run("runs", "list", "--format", "json").stdout)
    assert [(r["run"], r["state"], r["seed"], r["cells"], r["config"]) for r in found] == [
        (1, "done", 7, "2 done, 1 skipped", "small.toml"),
        (2, "failed", 3, "2 failed, 1 skipped", "small.toml"),
    ]
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[+-]\d\d:\d\d", r["started"]) for r in found)


def test_runs_show_is_what_compare_printed(run, project) -> None:
    first = run("compare", "small.toml")
    run("compare", "small.toml", "--seed", 3)
    assert run("runs", "show", 1).stdout == first.stdout
    assert "seed 3" in run("runs", "show").stdout
    missing = run("runs", "show", 9)
    assert missing.exit_code == 2
    assert "error: whyrec.db: holds no run 9\n  `whyrec runs list` shows those that are there" in missing.stderr


def test_runs_show_of_a_run_that_was_interrupted(run, project) -> None:
    run("compare", "small.toml")
    with Store(project / "whyrec.db") as store:
        store.database.execute("UPDATE runs SET result = NULL, state = 'running', pid = 0")
        key = store.runs.get().plan[0]["key"]
        store.database.execute("UPDATE work SET state = 'interrupted' WHERE key = ?", [key])
    text = run("runs", "show").stdout
    assert "interrupted" in text
    assert "run 1 of small.toml: interrupted; give its command again, and it goes on" in text
    cells = json.loads(run("runs", "show", "--format", "json").stdout)["cells"]
    assert [c["state"] for c in cells] == ["interrupted", "skipped", "done"]
    assert "did not come to its end" in run("runs", "diff", 1, 1).stderr


def test_runs_show_tracebacks(run, project, toy_registry, toy_plugins) -> None:
    class Wild(toy_plugins.Rough):
        name = "wild"

        def _explain(self, model, games, rngs):
            raise RuntimeError("lost the thread")

    toy_registry.add(toy_plugins.hooks(explainers=[Wild]), name="wild", distribution="wilds", version="2.0")
    result = run("compare", "small.toml", "--set", "explainer.1.use=wild")
    assert result.exit_code == 1
    assert "explainer 'wild' (wilds 2.0)" in result.stdout
    (row,) = json.loads(run("runs", "show", "--tracebacks", "--format", "json").stdout)
    assert (row["explainer"], row["state"], row["blame"]) == ("wild", "failed", "explainer 'wild' (wilds 2.0)")
    assert "in _explain" in row["traceback"]
    text = run("runs", "show", "--tracebacks").stdout
    assert 'raise RuntimeError("lost the thread")' in text
    run("compare", "small.toml")
    assert "nothing failed" in run("runs", "show", "--tracebacks").stdout


def test_runs_diff(run, project) -> None:
    run("compare", "small.toml")
    run("compare", "small.toml", "--set", "explainer.1.share=0.4")
    run("compare", "small.toml")
    found = json.loads(run("runs", "diff", 1, 2, "--format", "json").stdout)
    assert found["settings"] == [{"setting": "explainer.1.share", "first": None, "second": "0.4"}]
    assert {(f["explainer"], f["figure"]) for f in found["figures"]} == {("rough", "left@5"), ("rough", "left@10")}
    one = next(f for f in found["figures"] if f["figure"] == "left@5")
    assert one["difference"] == pytest.approx(one["second"] - one["first"])
    assert one["first"] / one["second"] == pytest.approx(0.5 / 0.6)  # a half is left of what a share of 0.6 leaves
    text = run("runs", "diff", 1, 2).stdout
    assert "Settings" in text
    assert "Figures" in text
    assert "the same settings, states and figures" in run("runs", "diff", 1, 3).stdout


def test_runs_show_exports_explanations(run, project) -> None:
    run("compare", "small.toml")
    result = run("runs", "show", "--export", "out.jsonl")
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == "out.jsonl: 12 explanations\n"
    assert len((project / "out.jsonl").read_text("utf-8").splitlines()) == 12
    refused = run("runs", "show", "--export", "out.xlsx")
    assert refused.exit_code == 2
    assert "out.xlsx: explanations are written as .parquet or .jsonl\n  name it out.parquet" in refused.stderr


def test_the_line_that_resumes(run, project, toy_registry, toy_plugins) -> None:
    class Stops(toy_plugins.Rough):
        name = "stops"

        def _explain(self, model, games, rngs):
            raise KeyboardInterrupt  # as if the user had pressed Ctrl-C twice, in a process without workers

    toy_registry.add(toy_plugins.hooks(explainers=[Stops]), name="stops", distribution="s", version="1")
    args = ["small.toml", "--set", "explainer.1.use=stops", "--seed", "3", "--format", "json", "--store", "my file.db"]
    result = run("compare", *args)
    assert (result.exit_code, result.stdout) == (130, "")
    assert "interrupted: 1 of 2 cells are done\n" in result.stderr
    line = "whyrec compare small.toml --set explainer.1.use=stops --set run.seed=3 --format json --store 'my file.db'"
    assert f"go on with: {line}\n" in result.stderr
