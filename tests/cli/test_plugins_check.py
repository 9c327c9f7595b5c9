"""``whyrec plugins check``: the checks of a plugin, one by one, and the exit code."""

import csv
import io
import json

import pytest


@pytest.fixture
def kit(toy_registry, toy_plugins):
    """A registry with a plugin that passes, and one that does not."""
    from whyrec.testing.models import Open

    class Fine(Open):
        name = "fine"
        summary = "keeps every promise"
        state = ("_F", "_A", "_a", "_c")

        def __init__(self, *, shift: float = 0.0) -> None:
            self.shift = shift

    class Centered(Fine):
        name = "centered"

        def _score(self, histories, items):
            scores = super()._score(histories, items)
            return scores - self.shift * scores.mean(axis=0)

    toy_registry.add(toy_plugins.hooks([Fine, Centered]), name="kit", distribution="kit", version="3.0")
    return toy_registry


def test_every_check_is_printed_with_its_state(run, kit) -> None:
    result = run("plugins", "check", "fine", registry=kit)
    assert result.exit_code == 0
    assert "recommender fine, kit 3.0" in result.stdout
    assert "rows are independent            ok" in result.stdout
    assert "trained                         skipped   fine is not Trained" in result.stdout
    assert "0 failed" in result.stdout


def test_a_broken_promise_ends_with_1_and_its_reason(run, kit) -> None:
    result = run("plugins", "check", "centered", "--set", "shift=1.0", "--format", "json", registry=kit)
    assert result.exit_code == 1
    found = json.loads(result.stdout)
    assert (found["kind"], found["distribution"], found["version"]) == ("recommender", "kit", "3.0")
    checks = {c["check"]: c for c in found["checks"]}
    assert checks["rows are independent"]["state"] == "failed"
    assert checks["rows are independent"]["reason"].startswith("rows alone: ")
    assert checks["settings"]["state"] == "ok"
    assert "a history scores the same alone" in checks["rows are independent"]["promise"].lower()
    again = run("plugins", "check", "centered", "--format", "csv", registry=kit)
    assert again.exit_code == 0
    assert {row["state"] for row in csv.DictReader(io.StringIO(again.stdout))} == {"ok", "skipped"}


def test_bundled_plugins_of_every_kind_pass(run) -> None:
    from whyrec import Registry

    for name in ("popular", "weights", "ndcg"):
        assert run("plugins", "check", name, registry=Registry.discover()).exit_code == 0, name


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (["fin"], "did you mean 'fine'?"),
        (["fine", "--kind", "metric"], "unknown plugin 'fine'"),
        (["fine", "--set", "shift=big"], "shift = 'big': should be a valid number"),
        (["fine", "--set", "shfit=1.0"], "fine has no setting 'shfit'"),
        (["fine", "--set", "shift"], "no value was given"),
        (["gap"], "gap needs the package 'package_that_is_not_there'"),
    ],
)
def test_what_the_user_can_mend_ends_with_2(run, kit, asked, message) -> None:
    result = run("plugins", "check", *asked, registry=kit)
    assert result.exit_code == 2
    assert message in result.stderr


def test_a_name_of_two_kinds_and_a_broken_plugin(run, kit, toy_plugins) -> None:
    class Twin(toy_plugins.Residual):
        name = "fine"

    kit.add(toy_plugins.hooks([], [], [Twin]), name="twin", distribution="twin", version="1")
    result = run("plugins", "check", "fine", registry=kit)
    assert result.exit_code == 2
    assert "several plugins are named 'fine'" in result.stderr
    assert "say which one: --kind recommender or --kind metric" in result.stderr

    class Nameless(toy_plugins.Linear):
        name = "half"

        def __init__(self, size=3):
            pass

    kit.add(toy_plugins.hooks([Nameless]), name="half", distribution="half", version="1")
    result = run("plugins", "check", "half", registry=kit)
    assert result.exit_code == 2
    assert "plugin 'half' failed to load, at stage class: PluginError" in result.stderr
