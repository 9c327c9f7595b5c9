"""The commands, on toy plugins whose answers are known by hand."""

import csv
import io
import json

import pytest

from whyrec import Registry

FORMATS = ("table", "json", "csv", "md")


def rows(text):
    return list(csv.DictReader(io.StringIO(text)))


# -- plugins ----------------------------------------------------------------------------------------


def test_plugins_lists_what_is_there(run) -> None:
    found = json.loads(run("plugins", "--format", "json").stdout)
    linear = next(p for p in found["plugins"] if p["name"] == "linear")
    assert linear == {
        "kind": "recommender",
        "name": "linear",
        "distribution": "toys",
        "version": "1.0",
        "can": ["LinearInHistory"],
        "needs": [],
        "missing": [],
        "install": "",
        "summary": "a fixed linear model",
    }
    exact = next(p for p in found["plugins"] if p["name"] == "exact")
    assert exact["can"] == ["history", "features"]
    text = run("plugins").stdout
    assert "package_that_is_not_there (missing)" in text
    assert "\ngap needs package_that_is_not_there: pip install package_that_is_not_there\n" in text


def test_plugins_of_one_kind(run) -> None:
    assert {r["name"] for r in rows(run("plugins", "--kind", "explainer", "--format", "csv").stdout)} == {
        "exact",
        "rough",
    }


def test_broken_plugins_are_rows_with_stage_and_reason(run, toy_registry, toy_plugins) -> None:
    toy_registry.add(toy_plugins.hooks([3]), name="stranger", distribution="strangers", version="9")
    result = run("plugins")
    assert result.exit_code == 0
    assert "Broken" in result.stdout
    row = rows(run("plugins", "--format", "csv").stdout)[-1]
    assert (row["state"], row["distribution"], row["stage"]) == ("broken", "strangers", "class")
    assert row["reason"] == "hooks return classes; got 3"


def test_strict(run, toy_plugins) -> None:
    sound = Registry()
    sound.add(toy_plugins.hooks([toy_plugins.Linear]), name="sound")
    assert run("plugins", "--strict", registry=sound).exit_code == 0
    sound.add(toy_plugins.hooks(metrics=[toy_plugins.Gap]), name="lacking")  # a package that is not installed
    assert run("plugins", "--strict", registry=sound).exit_code == 0
    broken = Registry()
    broken.add(toy_plugins.hooks([3]), name="stranger")
    assert run("plugins", "--strict", registry=broken).exit_code == 1
    assert run("plugins", registry=broken).exit_code == 0


def test_what_waits_for_packages_says_how_to_install_them(run, toy_plugins) -> None:
    def lacking(name, *packages, install=""):
        return type(name, (toy_plugins.Linear,), {"name": name, "packages": packages, "install": install})

    found = Registry()
    many = [lacking(f"m{n}", "absent_one") for n in range(6)]
    found.add(
        toy_plugins.hooks([*many, lacking("meaning", "absent_two", "absent_three", install="whyrec[x]")]), name="x"
    )
    text = run("plugins", registry=found).stdout
    assert "\nm0, m1, m2 and 3 more need absent_one: pip install absent_one\n" in text
    assert '\nmeaning needs absent_two, absent_three: pip install "whyrec[x]"\n' in text
    rows_ = json.loads(run("plugins", "--format", "json", registry=found).stdout)["plugins"]
    assert {r["name"]: r["install"] for r in rows_}["meaning"] == 'pip install "whyrec[x]"'
    assert run("plugins", "--strict", registry=found).exit_code == 0


# -- data -------------------------------------------------------------------------------------------


def test_data_describe(run, config) -> None:
    said = json.loads(run("data", "describe", config, "--format", "json").stdout)
    assert (said["users"], said["items"], said["events"], said["pairs"]) == (4, 5, 6, 6)
    assert said["density"] == pytest.approx(6 / 20)
    assert said["users_without_events"] == 1
    assert said["rows"] == {"read": 8, "kept": 6, "rejected": {"no user": 2}, "filtered": {}}
    assert said["features"] == [{"column": "genre", "kind": "multi", "features": 2}]
    assert len(said["fingerprint"]) == 64
    text = run("data", "describe", config).stdout
    assert "rows rejected: no user" in text
    assert "warning: a warning" in text
    assert {"fact": "rows rejected: no user", "value": "2"} in rows(
        run("data", "describe", config, "--format", "csv").stdout
    )


# -- recommend --------------------------------------------------------------------------------------


def test_recommend(run, config) -> None:
    # anna: 1·row i1 + 2·row i2 of the toy's weights: i3 1.0, i4 0.7, i5 0.4
    result = run("recommend", config, "--user", "anna", "-k", 2, "--format", "json")
    assert json.loads(result.stdout) == [
        {"user_id": "anna", "item_id": "i3", "title": "Cup [red]x[/]", "score": 1.0, "rank": 1},
        {"user_id": "anna", "item_id": "i4", "title": "=1+1", "score": pytest.approx(0.7), "rank": 2},
    ]
    table = run("recommend", config, "--user", "anna", "--user", "ben").stdout
    assert "Cup [red]x[/]" in table
    assert table.count("anna") == 3
    assert "'=1+1" in run("recommend", config, "--user", "anna", "--format", "csv").stdout


def test_recommend_for_a_user_without_history(run, config) -> None:
    result = run("recommend", config, "--user", "dora")
    assert result.exit_code == 0
    assert "nothing is known of user 'dora': these are the items that linear gives to anybody" in result.stderr


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("--user", "ana"), "error: unknown user 'ana'\n  did you mean 'anna'?"),
        (("--user", "anna", "--recommender", "liner"), "error: the config has no recommender 'liner'\n  did you mean"),
        (
            ("--user", "anna", "--set", "recommender.0.scale=-1"),
            "error: --set recommender.0.scale=-1: scale = -1: should",
        ),
        (("--user", "anna", "-k", "0"), "0 is not in the range"),
        (("--user", "anna", "--seed", "-1"), "-1 is not in the range"),
        ((), "Missing option '--user'"),
    ],
)
def test_recommend_says_what_is_wrong(args, words, run, config) -> None:
    result = run("recommend", config, *args)
    assert result.exit_code == 2
    assert words in result.stderr
    assert result.stdout == ""


def test_a_model_that_cannot_be_fitted(run, config) -> None:
    result = run("recommend", config, "--user", "anna", "--set", "recommender.0.use=broke")
    assert result.exit_code == 1
    assert "error: broke could not be fitted: RuntimeError: no luck today" in result.stderr


def test_what_plugins_print_does_not_reach_stdout(run, config, toy_registry, toy_plugins) -> None:
    class Loud(toy_plugins.Linear):
        name = "loud"

        def _fit(self, data, rng, progress):
            print("LOUD")
            super()._fit(data, rng, progress)

    toy_registry.add(toy_plugins.hooks([Loud]), name="loud")
    result = run("recommend", config, "--user", "anna", "--set", "recommender.0.use=loud", "--format", "json")
    assert len(json.loads(result.stdout)) == 3
    assert "LOUD" in result.stderr


# -- explain ----------------------------------------------------------------------------------------


def test_explain_adds_up(run, config) -> None:
    result = run("explain", config, "--user", "anna", "--item", "i3")
    assert result.exit_code == 0
    assert "Cup [red]x[/] (i3) for anna, by linear: score 1.0000, base 0.0000" in result.stdout
    lines = [line.rsplit(maxsplit=1) for line in result.stdout.split("\n") if line]
    shown = {label.strip(): value for label, value in (p for p in lines if len(p) == 2)}
    assert shown["Tea"] == "+0.5000"
    assert shown["Coffee"] == "+0.5000"
    assert shown["score"] == "1.0000"
    assert "exact: 0 model calls, 0.0" in result.stdout


def test_several_explainers_stand_side_by_side(run, config) -> None:
    args = ["explain", config, "--user", "anna", "--item", "i4", "--item", "i5"]
    args += ["--explainer", "exact", "--explainer", "rough"]
    text = run(*args, "--top", 1).stdout
    assert "history" in text
    table = text.split("\n\n")[0].split("\n")
    assert table[1].split() == ["history", "exact", "rough"]
    assert table[-1].startswith("“=1+1” is recommended ")
    cells = {name.strip(): [float(a), float(b)] for name, a, b in (line.rsplit(maxsplit=2) for line in table[3:-1])}
    # i4 for anna: Tea 1 × 0.1, Coffee 2 × 0.3
    assert cells["Coffee"] == [0.6, 0.3]
    assert cells["everything else (1)"] == [0.1, 0.05]
    assert cells["left unexplained"] == [0.0, 0.35]
    for column in (0, 1):
        parts = [v[column] for k, v in cells.items() if k != "score"]
        assert sum(parts) == pytest.approx(cells["score"][column], abs=1e-3)
    data = json.loads(run(*args, "--format", "json").stdout)
    assert [(e["explainer"], e["item_id"]) for e in data] == [
        ("exact", "i4"), ("exact", "i5"), ("rough", "i4"), ("rough", "i5"),
    ]  # fmt: skip
    assert data[0]["values"] == pytest.approx([0.1, 0.6])
    flat = rows(run(*args, "--format", "csv").stdout)
    assert len(flat) == 8
    assert (flat[0]["player"], float(flat[0]["value"])) == ("Coffee", pytest.approx(0.6))


def test_explain_takes_the_best_items_by_default(run, config) -> None:
    data = json.loads(run("explain", config, "--user", "anna", "-k", 2, "--format", "json").stdout)
    assert [e["item_id"] for e in data] == ["i3", "i4"]


def test_explain_chooses_an_explainer_that_fits(run, config) -> None:
    data = json.loads(run("explain", config, "--user", "anna", "--players", "interests", "--format", "json").stdout)
    assert {e["explainer"] for e in data} == {"rough"}
    assert data[0]["players"] == ["drink"]


def test_an_explainer_that_does_not_fit_is_a_note(run, config) -> None:
    result = run(
        "explain", config, "--user", "anna", "--players", "interests", "--explainer", "exact", "--explainer", "rough"
    )
    assert result.exit_code == 0
    assert "exact: skipped: exact explains players history, features; not interests" in result.stdout


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("--user", "ana"), "unknown user 'ana'\n  did you mean 'anna'?"),
        (("--user", "anna", "--item", "i9"), "unknown item 'i9'"),
        (("--user", "anna", "--explainer", "exat"), "unknown explainer 'exat'\n  did you mean 'exact'?"),
        (("--user", "anna", "--players", "features"), "no explainer fits linear with players 'features'"),
        (("--user", "anna", "--players", "features", "--explainer", "exact"), "exact: skipped: "),
        (("--user", "anna", "--players", "interests", "--by", "gender"), "by 'gender'\n  did you mean 'genre'?"),
        (("--user", "anna", "--players", "friends"), "'friends' is not one of"),
    ],
)  # fmt: skip
def test_explain_says_what_is_wrong(args, words, run, config) -> None:
    result = run("explain", config, *args)
    assert result.exit_code == 2
    assert words in result.stderr


def test_explain_a_user_without_history(run, config) -> None:
    result = run("explain", config, "--user", "dora", "--item", "i1")
    assert result.exit_code == 0
    assert "Nothing is known of user 'dora': no event is on record." in result.stdout
    assert "score" in result.stdout


def test_an_explainer_that_fails_spoils_only_its_column(run, config, toy_registry, toy_plugins) -> None:
    class Wild(toy_plugins.Rough):
        name = "wild"

        def _explain(self, model, games, rngs):
            raise RuntimeError("lost the thread")

    toy_registry.add(toy_plugins.hooks(explainers=[Wild]), name="wild")
    result = run("explain", config, "--user", "anna", "--explainer", "wild", "--explainer", "exact")
    assert result.exit_code == 1
    assert "wild: failed: RuntimeError: lost the thread" in result.stdout
    assert "+0.5000" in result.stdout


# -- config, compare --------------------------------------------------------------------------------


def test_config_check_prints_the_plan(run, config) -> None:
    result = run("config", "check", config)
    assert result.exit_code == 0
    assert f"{config}: fine" in result.stdout
    assert "2 cells planned, 1 skipped; 3 users, 2 items each" in result.stdout
    cells = json.loads(run("config", "check", config, "--format", "json").stdout)["cells"]
    assert [(c["explainer"], c["players"], c["state"]) for c in cells] == [
        ("exact", "history", "planned"), ("exact", "features", "skipped"), ("rough", "history", "planned"),
    ]  # fmt: skip
    assert "ScoresFeatures" in cells[1]["reason"]


@pytest.mark.parametrize("command", [("config", "check"), ("compare",)])
def test_a_config_that_cannot_be_followed(command, run, config) -> None:
    config.write_text(config.read_text().replace("users = 3", "usrs = 3"))
    result = run(*command, config)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == f"error: {config}:21:1: [run] has no key 'usrs'\n  did you mean 'users'? [WR-C011]\n"
    config.write_text('[data]\nuse = "toy"\n')
    assert "the config names no recommender\n  add [[recommender]]" in run(*command, config).stderr


def test_compare(run, config) -> None:
    result = run("compare", config)
    assert result.exit_code == 0, result.stderr
    assert "Recommenders" in result.stdout
    assert "Explanations" in result.stdout
    assert "left@10 ↓" in result.stdout
    assert "left@5" not in result.stdout.split("\n\ndata:")[0]
    assert "Explanations: 1 more figures in --format json, csv, or by --metrics: left@5" in result.stdout
    assert "Skipped" in result.stdout
    assert "cells: 2 done, 1 skipped, 0 failed" in result.stdout
    assert result.stderr == ""


def test_compare_in_other_formats(run, config) -> None:
    found = json.loads(run("compare", config, "--format", "json", "--seed", 3).stdout)
    assert (found["schema"], found["seed"]) == ("whyrec.comparison/1", 3)
    assert found["config"]["run"]["seed"] == 3
    flat = rows(run("compare", config, "--format", "csv").stdout)
    skipped = [r for r in flat if r["state"] == "skipped"]
    assert [(r["explainer"], r["players"], r["metric"]) for r in skipped] == [("exact", "features", "")]
    exact = next(r for r in flat if r["explainer"] == "exact" and r["metric"] == "left@10")
    assert float(exact["mean"]) == pytest.approx(0, abs=1e-12)
    assert "### Explanations" in run("compare", config, "--format", "md").stdout


def test_compare_only_some_metrics(run, config) -> None:
    assert "left@5" in run("compare", config, "--metrics", "residual").stdout
    only = run("compare", config, "--metrics", "left@5").stdout
    assert "left@5" in only
    assert "left@10" not in only
    result = run("compare", config, "--metrics", "residul")
    assert result.exit_code == 2
    assert "--metrics: unknown metric 'residul'\n  did you mean 'residual'?" in result.stderr


def test_a_failed_cell_is_shown_and_is_exit_1(run, config) -> None:
    result = run("compare", config, "--set", "recommender.0.use=broke")
    assert result.exit_code == 1
    assert "Failed" in result.stdout
    assert "RuntimeError: no luck today" in result.stdout


def test_compare_writes_a_file(run, config, tmp_path) -> None:
    output = tmp_path / "result.json"
    output.write_text("old")
    result = run("compare", config, "--output", output)
    assert (result.exit_code, result.stdout) == (0, "")
    assert json.loads(output.read_text())["schema"] == "whyrec.comparison/1"
    assert list(tmp_path.glob("*.part")) == []
    for bad in (tmp_path, tmp_path / "none" / "x.json"):
        refused = run("compare", config, "--output", bad)
        assert refused.exit_code == 2
        assert "not a file in a folder that exists" in refused.stderr


def test_the_format_of_a_file_is_as_its_name_says_unless_told(run, config, tmp_path) -> None:
    begins = {"a.json": "{", "a.CSV": "table,", "a.md": "### Recommenders", "a.txt": "Recommenders"}
    for name, start in begins.items():
        assert run("compare", config, "--output", tmp_path / name).exit_code == 0
        assert (tmp_path / name).read_text().startswith(start), name
    run("compare", config, "--format", "table", "--output", tmp_path / "a.json")
    assert (tmp_path / "a.json").read_text().startswith("Recommenders")


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize(
    "args",
    [
        ("data", "describe"),
        ("config", "check"),
        ("recommend", "--user", "anna"),
        ("explain", "--user", "anna"),
        ("compare",),
    ],
)
def test_every_command_speaks_every_format(args, form, run, config) -> None:
    head = args[:2] if args[0] in ("data", "config") else args[:1]
    result = run(*head, config, *args[len(head) :], "--format", form)
    assert result.exit_code == 0, result.stderr
    assert result.stdout.endswith("\n")
    assert result.stdout.strip()
