"""``--set``: values laid over a config, and the override named where it is wrong."""

from pathlib import Path
from typing import Any

import pytest

from whyrec import ConfigError, Registry, WhyrecError
from whyrec.config.document import parse
from whyrec.config.load import load_config
from whyrec.config.overrides import overlay

TEXT = '[data]\nuse = "toy"\n[[recommender]]\nuse = "linear"\nscale = 3\n'


def laid(*overrides: str) -> Any:
    return overlay(parse(TEXT, source="c.toml", folder=Path()), overrides).values


@pytest.mark.parametrize(
    ("override", "value"),
    [
        ("run.x=50", 50),
        ("run.x=5e1", 50.0),
        ("run.x=true", True),
        ('run.x="50"', "50"),
        ("run.x=some text", "some text"),
        ("run.x=a=b", "a=b"),
        ("run.x=", ""),
        ('run.x=["a", 1]', ["a", 1]),
        ("run.x={ a = 1 }", {"a": 1}),
        ("run.x=../data", "../data"),
        ("run.x=1\ny = 2", "1\ny = 2"),
        ("run.x=0012", "0012"),
        ('run."x"=1', 1),
    ],
)
def test_values_are_toml_else_text(override: str, value: Any) -> None:
    assert laid(override)["run"]["x"] == value


def test_lists_are_reached_by_position_and_later_overrides_win() -> None:
    assert laid("recommender.0.scale=5", "recommender.0.scale=6")["recommender"] == [{"use": "linear", "scale": 6}]
    assert laid("a.b.c=1", "a.b.d=2")["a"] == {"b": {"c": 1, "d": 2}}


def test_the_config_itself_stays_as_it_was() -> None:
    document = parse(TEXT, source="c.toml", folder=Path())
    overlay(document, ["recommender.0.scale=5"])
    assert document.values["recommender"][0]["scale"] == 3


@pytest.mark.parametrize(
    ("override", "words"),
    [
        ("run.users", "no value was given\n  write KEY=VALUE"),
        ("=3", "'' is not a key"),
        ("a..b=3", "'a..b' is not a key\n  keys are joined by dots"),
        ("a b=3", "'a b' is not a key"),
        ("recommender.3.scale=1", "there is no recommender.3\n  known positions: 0"),
        ("recommender.scale=1", "recommender is a list; 'scale' is not a position in it\n  write recommender.0"),
        ("data.use.deep=1", "data.use is a value, not a table"),
        ("recommender.0.scal=1", "linear has no setting 'scal'\n  did you mean 'scale'?"),
        ("recommender.0.scale=-1", "scale = -1: should be greater than 0"),
        ("data.path=/no/such/place", "there is no file or folder '/no/such/place'"),
        ("recomender.0.scale=1", "unknown section [recomender]"),
        ("recommender.0.use=liner", "unknown recommender 'liner'"),
        ("run.seed=x", "run.seed = 'x': should be a valid integer"),
        ('data={ use = "toy", pat = 1 }', "toy has no setting 'pat'"),
    ],
)
def test_a_wrong_override_is_its_own_place(override: str, words: str, toy_registry: Registry) -> None:
    with pytest.raises(WhyrecError) as caught:
        load_config(text=TEXT, overrides=[override], registry=toy_registry)
    message = str(caught.value)
    assert caught.value.exit_code == 2
    assert message.startswith(f"--set {override}: ")
    assert words in message


@pytest.mark.parametrize("override", ["a" + ".a" * 20_000 + "=1", "a=" + "[" * 20_000, "a=" + "[" * 400 + "]" * 400])
def test_an_override_that_is_nested_too_deeply(override: str) -> None:
    with pytest.raises(ConfigError, match=r"--set a.{53}…: nested more than 64 levels deep"):
        laid(override)
