"""--lang and --plot of ``whyrec explain``: every message in both languages, pictures without a browser."""

import json
import re

import pytest

from whyrec_cli.words import of_environment

KNOWN = ("en", "pt-BR", "zh")
CHINESE = re.compile("[\u4e00-\u9fff]")


@pytest.mark.parametrize(
    ("variables", "tag"),
    [
        ({}, "en"),
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "C.UTF-8"}, "en"),
        ({"LANG": "en_US.UTF-8", "LC_MESSAGES": "zh_TW"}, "zh"),
        ({"LANG": "zh", "LC_ALL": ""}, "zh"),
        ({"LANG": "fr_FR.UTF-8"}, "en"),
        ({"LANG": "pt_BR.UTF-8@latin"}, "pt-BR"),
        ({"LANG": "POSIX"}, "en"),
    ],
)
def test_the_language_of_the_environment(variables, tag) -> None:
    assert of_environment(variables, KNOWN) == tag


@pytest.fixture
def plain(monkeypatch):
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)


def test_the_sentence_stands_under_the_table(run, config, plain) -> None:
    text = run("explain", config, "--user", "anna", "--item", "i3").stdout
    assert (
        "\n“Cup [red]x[/]” is recommended mostly because your history has “Tea” (50 % of what speaks for it).\n" in text
    )
    (told,) = json.loads(run("explain", config, "--user", "anna", "--item", "i3", "--format", "json").stdout)
    assert told["text"].startswith("“Cup [red]x[/]” is recommended ")
    markdown = run("explain", config, "--user", "anna", "--item", "i3", "--format", "md").stdout
    assert "\n\n“Cup \\[red\\]x\\[/\\]” is recommended mostly because" in markdown


@pytest.mark.parametrize("players", ["history", "interests"])
def test_in_chinese_nothing_of_ours_is_left_in_english(run, config, plain, players) -> None:
    args = ["explain", config, "--user", "anna", "--item", "i5", "--players", players, "--top", "1", "--lang", "zh"]
    args += ["--explainer", "exact", "--explainer", "rough", "--no-feedback"]
    text = run(*args).stdout
    left = re.sub(
        r"(?i)anna|linear|exact|rough|tea|coffee|drink|genre|i5|history, features; not interests|explains players",
        "",
        text,
    )
    assert re.findall("[A-Za-z]{2,}", left) == []
    assert len(CHINESE.findall(text)) > 30


def test_a_user_without_history_in_chinese(run, config, plain) -> None:
    text = run("explain", config, "--user", "dora", "--item", "i1", "--lang", "zh").stdout
    assert "对用户 'dora' 一无所知" in text
    assert "我们对您还一无所知，所以先为您展示《Tea》" in text


def test_the_environment_decides_without_lang(run, config, plain, monkeypatch) -> None:
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    assert "为您推荐" in run("explain", config, "--user", "anna", "--item", "i3").stdout
    assert "is recommended" in run("explain", config, "--user", "anna", "--item", "i3", "--lang", "en").stdout


def test_an_unknown_language(run, config) -> None:
    result = run("explain", config, "--user", "anna", "--lang", "zn")
    assert result.exit_code == 2
    assert "unknown language 'zn'\n  known languages: en, zh" in result.stderr


@pytest.mark.parametrize(("name", "head"), [("p.svg", b"<svg"), ("p.png", b"\x89PNG")])
def test_plot(run, config, plain, tmp_path, name, head) -> None:
    path = tmp_path / name
    result = run("explain", config, "--user", "anna", "--item", "i3", "--item", "i5", "--plot", path, "--lang", "zh")
    assert result.exit_code == 0, result.stderr
    assert f"图片：{path}" in result.stdout.replace("\n", "")
    assert path.read_bytes().startswith(head)
    if name == "p.svg":
        text = path.read_text(encoding="utf-8")
        for label in ("学习手册", "Tea", "+ 支持", "得分"):
            assert label in text


def test_plot_says_what_is_wrong_before_anything_is_trained(run, config, tmp_path) -> None:
    result = run("explain", config, "--user", "anna", "--plot", tmp_path / "p.gif", "--set", "recommender.0.use=broke")
    assert result.exit_code == 2
    assert "a picture cannot be written as '.gif'" in result.stderr
    assert list(tmp_path.glob("p.*")) == []


def test_plot_of_training_needs_a_curve(run, config, tmp_path) -> None:
    result = run("train", config, "-o", tmp_path / "m", "--plot", tmp_path / "p.svg")
    assert result.exit_code == 2
    assert "linear keeps no training curve: it is not trained step by step\n  leave --plot out" in result.stderr


def test_plot_of_training(run, config, tmp_path, toy_registry, toy_plugins) -> None:
    class Stepwise(toy_plugins.Linear):
        name = "stepwise"

        def training_curve(self):
            return {"loss": [3.0, 2.0, 1.5]}

    toy_registry.add(toy_plugins.hooks([Stepwise]), name="stepwise")
    path = tmp_path / "p.svg"
    result = run("train", config, "--set", "recommender.0.use=stepwise", "-o", tmp_path / "m", "--plot", path)
    assert result.exit_code == 0, result.stderr
    assert ">loss</text>" in path.read_text(encoding="utf-8")
