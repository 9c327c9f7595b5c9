"""``whyrec train``, and ``--model`` of ``recommend`` and ``explain``."""

import csv
import io
import json

import pytest

from whyrec.saved_manifest import read_manifest


@pytest.fixture
def trained(run, config, tmp_path):
    result = run("train", config, "-o", tmp_path / "model", "--set", "recommender.0.scale=2.0", "--format", "json")
    assert result.exit_code == 0, result.stderr
    return tmp_path / "model", json.loads(result.stdout)


def rows(result):
    assert result.exit_code == 0, result.stderr
    return list(csv.DictReader(io.StringIO(result.stdout)))


def test_train_says_what_it_kept(trained) -> None:
    folder, (row,) = trained
    kept = read_manifest(folder)
    assert (row["recommender"], row["plugin"], row["version"], row["data"]) == ("linear", "linear", "1.0", "toy")
    assert row["fingerprint"] == kept.data.fingerprint[:12]
    assert (row["seed"], row["arrays"], row["bytes"]) == (7, 1, kept.arrays.bytes)
    assert row["folder"] == str(folder)
    assert kept.settings["scale"] == 2.0


def test_recommend_and_explain_use_the_saved_model_and_not_the_config_s(run, config, trained) -> None:
    folder, _ = trained
    plain = rows(run("recommend", config, "--user", "anna", "--format", "csv"))
    saved = rows(run("recommend", config, "--user", "anna", "--model", folder, "--format", "csv"))
    assert [float(r["score"]) for r in saved] == [2 * float(r["score"]) for r in plain]
    explained = rows(run("explain", config, "--user", "anna", "--item", "i3", "--model", folder, "--format", "csv"))
    assert {r["recommender"] for r in explained} <= {"linear"}
    assert sum(float(r["value"]) for r in explained) == pytest.approx(float(saved[0]["score"]))


def test_the_chosen_recommender_is_trained(run, config, tmp_path) -> None:
    config.write_text(config.read_text() + '[[recommender]]\nuse = "linear"\nid = "strong"\nscale = 9.0\n')
    (row,) = rows(run("train", config, "-o", tmp_path / "m", "--recommender", "strong", "--format", "csv"))
    assert row["recommender"] == "strong"
    assert read_manifest(tmp_path / "m").settings["scale"] == 9.0


def test_a_smaller_model_is_kept_and_used(run, config, tmp_path) -> None:
    result = run("train", config, "-o", tmp_path / "m", "--dtype", "int8", "--format", "json")
    assert result.exit_code == 0, result.stderr
    assert "int8" in {t.dtype for t in read_manifest(tmp_path / "m").arrays.tensors.values()}
    rows(run("recommend", config, "--user", "anna", "--model", tmp_path / "m", "--format", "csv"))


def test_a_damaged_model_ends_with_2_and_the_reason(run, config, trained) -> None:
    folder, _ = trained
    (path,) = folder.glob("arrays-*")
    path.write_bytes(b"\x80\x04K\x01.")
    for command in (["recommend"], ["explain"]):
        result = run(*command, config, "--user", "anna", "--model", folder)
        assert result.exit_code == 2
        assert f"error: {path}: is a pickle, which would run code" in result.stderr.replace("\n", "")
        assert "Traceback" not in result.stderr


def test_other_data_end_with_2_and_other_events_can_be_accepted(run, config, trained, toy_plugins, monkeypatch) -> None:
    folder, _ = trained
    load = toy_plugins.Toy._load

    def fewer(self, seed):
        data = load(self, seed)
        return data.with_histories(data.histories.keep(data.histories.items > 0))

    monkeypatch.setattr(toy_plugins.Toy, "_load", fewer)
    refused = run("recommend", config, "--user", "anna", "--model", folder)
    assert refused.exit_code == 2
    assert "the model learnt from other events" in refused.stderr
    assert rows(run("recommend", config, "--user", "anna", "--model", folder, "--accept", "events", "--format", "csv"))


def test_options_that_do_not_go_together(run, config, trained) -> None:
    folder, _ = trained
    for command in ("recommend", "explain"):
        both = run(command, config, "--user", "anna", "--model", folder, "--recommender", "linear")
        assert both.exit_code == 2
        assert "leave --recommender out" in both.stderr
        alone = run(command, config, "--user", "anna", "--accept", "events")
        assert alone.exit_code == 2
        assert "name it with --model" in alone.stderr


def test_nothing_is_trained_into_a_folder_with_something_else(run, config, tmp_path) -> None:
    result = run("train", config, "-o", tmp_path)
    assert result.exit_code == 2
    assert "holds something else; nothing was written" in result.stderr


def test_a_model_that_fails_to_fit_ends_with_1_and_leaves_nothing(run, config, tmp_path) -> None:
    config.write_text(config.read_text() + '[[recommender]]\nuse = "broke"\n')
    result = run("train", config, "-o", tmp_path / "m", "--recommender", "broke")
    assert result.exit_code == 1
    assert "broke could not be fitted: RuntimeError: no luck today" in result.stderr
    assert not (tmp_path / "m").exists()


def test_a_model_that_cannot_be_saved_says_so_before_it_is_trained(
    run, config, tmp_path, toy_plugins, monkeypatch
) -> None:
    monkeypatch.setattr(toy_plugins.Linear, "state", None)
    monkeypatch.setattr(toy_plugins.Linear, "_fit", None)
    result = run("train", config, "-o", tmp_path / "m")
    assert result.exit_code == 2
    assert "linear cannot be saved: its class does not say what it learns" in result.stderr
