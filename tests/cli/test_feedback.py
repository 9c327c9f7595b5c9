"""``whyrec feedback``, and what ``recommend``, ``explain`` and ``train`` make of it."""

import json

import numpy as np
import pytest


@pytest.fixture
def store(tmp_path):
    return tmp_path / "f.db"


@pytest.fixture
def call(run, config, store):
    """``call("add", …)`` with the config and the store; the answer as JSON."""

    def made(*args, config_too=True, code=0):
        verb, rest = list(args[: 1 + (args[0] == "feedback")]), list(args[1 + (args[0] == "feedback") :])
        result = run(*verb, *([config] if config_too else []), *rest, "--store", store, "--format", "json")
        assert result.exit_code == code, result.stderr
        return json.loads(result.stdout) if code == 0 else result.stderr

    return made


def best(call, *args):
    return [row["item_id"] for row in call("recommend", "--user", "anna", *args)]


def test_added_listed_undone(call) -> None:
    (added,) = call("feedback", "add", "--user", "anna", "--item", "i3", "--answer", "not-right")
    assert (added["id"], added["about"], added["answer"], added["subject"]) == (1, "item", "not-right", "i3")
    (interest,) = call("feedback", "add", "--user", "ben", "--interest", "thing", "--answer", "less")
    assert (interest["about"], interest["by"]) == ("interest", "genre")
    call("feedback", "add", "--user", "ben", "--reason", "i2", "--answer", "hide")
    call("feedback", "add", "--user", "ben", "--answer", "off")
    listed = call("feedback", "list", config_too=False)
    assert [row["about"] for row in listed] == ["item", "interest", "reason", "user"]
    assert [row["id"] for row in call("feedback", "list", "--user", "ben", config_too=False)] == [2, 3, 4]
    (undone,) = call("feedback", "undo", "3", config_too=False)
    assert undone["undone"]
    assert [row["id"] for row in call("feedback", "list", config_too=False)] == [1, 2, 4]
    every = call("feedback", "list", "--all", config_too=False)
    assert [row["undone"] for row in every] == [False, False, True, False]


def test_it_counts_at_once_and_no_longer_when_undone(call) -> None:
    before = best(call)
    assert before == ["i3", "i4", "i5"]
    call("feedback", "add", "--user", "anna", "--item", "i3", "--answer", "not-right")
    assert best(call) == ["i4", "i5"]
    assert best(call, "--no-feedback") == before
    told = call("explain", "--user", "anna", "-k", "1")
    assert told[0]["item_id"] == "i4"
    call("feedback", "undo", "1", config_too=False)
    assert best(call) == before


def test_explanations_are_of_the_history_that_is_left(call, run, config, store) -> None:
    call("feedback", "add", "--user", "anna", "--reason", "i2", "--answer", "not-why")
    (told,) = call("explain", "--user", "anna", "--item", "i4")
    assert told["player_ids"] == ["i1"]
    assert told["full_value"] == pytest.approx(0.1)  # Tea 1 × 0.1; Coffee no longer counts
    (plain,) = call("explain", "--user", "anna", "--item", "i4", "--no-feedback")
    assert plain["player_ids"] == ["i1", "i2"]
    text = run("explain", config, "--user", "anna", "--item", "i4", "--store", store).stdout
    assert "What user 'anna' said counts here (1); --no-feedback leaves it out." in text
    text = run("recommend", config, "--user", "anna", "--user", "ben", "--store", store).stdout
    assert text.count("counts here") == 1


def test_without_a_store_nothing_is_made_and_nothing_counts(run, config, store) -> None:
    assert run("recommend", config, "--user", "anna", "--store", store).exit_code == 0
    assert not store.exists()
    result = run("recommend", config, "--user", "anna", "--store", store, "--feedback")
    assert result.exit_code == 2
    assert "there is no store" in result.stderr
    result = run("explain", config, "--user", "anna", "--feedback")
    assert result.exit_code == 2
    assert "--feedback needs a store: leave --store none out" in result.stderr


def test_preview_writes_nothing(call, store) -> None:
    rows = call("feedback", "add", "--user", "anna", "--item", "i3", "--answer", "not-right", "--preview", "-k", "2")
    assert [(row["change"], row["item_id"]) for row in rows] == [("leaves", "i3"), ("comes", "i5")]
    assert not store.exists()


def test_stats_count_and_measure(call) -> None:
    call("feedback", "add", "--user", "anna", "--interest", "thing", "--answer", "delete")
    call("feedback", "add", "--user", "anna", "--item", "i5", "--answer", "useful")
    call("feedback", "undo", "2", config_too=False)
    found = call("feedback", "stats", "-k", "2")
    assert found["said"] == [
        {"about": "interest", "answer": "delete", "stands": 1, "undone": 0},
        {"about": "item", "answer": "useful", "stands": 0, "undone": 1},
    ]
    (one,) = found["less"]
    assert (one["user"], one["interest"], one["before"], one["after"], one["gone"]) == ("anna", "thing", 1.0, 0.0, 1.0)
    assert found["mean_gone"] == 1.0


def test_export(call, tmp_path) -> None:
    call("feedback", "add", "--user", "anna", "--item", "i3", "--answer", "less")
    (row,) = call("feedback", "export", "-o", tmp_path / "f.jsonl", config_too=False)
    assert row["pieces"] == 1
    assert json.loads((tmp_path / "f.jsonl").read_text())["subject"] == "i3"


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("--user", "ana", "--item", "i3", "--answer", "less"), "unknown user 'ana'\n  did you mean 'anna'?"),
        (("--user", "anna", "--item", "i9", "--answer", "less"), "unknown item 'i9'"),
        (("--user", "anna", "--item", "i3", "--answer", "more"), "'more' cannot be said of an item"),
        (("--user", "anna", "--answer", "less"), "'less' cannot be said of a user"),
        (("--user", "anna", "--item", "i3", "--reason", "i3", "--answer", "less"), "say one thing at a time"),
        (("--user", "anna", "--interest", "toys", "--answer", "less"), "no item has genre 'toys'"),
    ],
)  # fmt: skip
def test_add_says_what_is_wrong_and_writes_nothing(call, store, args, words) -> None:
    assert words in call("feedback", "add", *args, code=2)
    assert not store.exists()


def test_undo_says_what_is_wrong(call) -> None:
    assert "there is no store" in call("feedback", "undo", "1", config_too=False, code=2)
    call("feedback", "add", "--user", "anna", "--item", "i3", "--answer", "less")
    assert "there is no feedback 7" in call("feedback", "undo", "7", config_too=False, code=2)


def test_a_model_learns_from_it(call, run, config, store, tmp_path) -> None:
    call("feedback", "add", "--user", "anna", "--item", "i5", "--answer", "useful")
    (row,) = call("train", "-o", tmp_path / "m", "--feedback")
    (plain,) = call("train", "-o", tmp_path / "p")
    assert row["fingerprint"] != plain["fingerprint"]
    args = ["recommend", config, "--user", "anna", "--model", tmp_path / "m", "--store", store]
    assert run(*args).stdout == run("recommend", config, "--user", "anna", "--store", store).stdout
    assert run(*args, "--no-feedback").exit_code == 0
    call("feedback", "add", "--user", "ben", "--item", "i5", "--answer", "useful")
    refused = run(*args)
    assert refused.exit_code == 2
    assert "--accept events" in refused.stderr.replace("\n", " ")
    assert run(*args, "--accept", "events").exit_code == 0


def test_numbers_are_finite(call) -> None:
    call("feedback", "add", "--user", "dora", "--interest", "drink", "--answer", "less")
    rows = call("recommend", "--user", "dora")
    assert np.isfinite([row["score"] for row in rows]).all()
