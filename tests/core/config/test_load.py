"""Configs that are followed, and what is said of those that cannot be."""

import random
import time
from pathlib import Path
from typing import Any

import pytest

from whyrec import ConfigError, Registry, UnknownNameError, WhyrecError
from whyrec.config.load import default_text, load_config

WHOLE = """\
[data]
use = "toy"
weights = { buy = 1, look = 0.5 }

[split]
share = 0.25

[[recommender]]
use = "linear"
scale = 2

[[recommender]]
use = "linear"
id = "big"
parts = [{ use = "linear", size = 9, weight = 3 }]

[[explainer]]
use = "exact"
players = ["history", "features"]

[[explainer]]
use = "rough"
by = "genre"

[[metric]]
use = "gap"

[run]
users = 20
"""


def load(text: str, registry: Registry, *overrides: str) -> Any:
    return load_config(text=text, source="c.toml", overrides=overrides, registry=registry)


def refused(text: str, registry: Registry, *overrides: str) -> str:
    with pytest.raises((ConfigError, UnknownNameError)) as caught:
        load(text, registry, *overrides)
    assert caught.value.exit_code == 2
    return str(caught.value)


def test_a_whole_config(toy_registry: Registry, toy_plugins: Any) -> None:
    config = load(WHOLE, toy_registry)
    assert config.source == "c.toml"
    assert config.data.instance.weights == {"buy": 1.0, "look": 0.5}
    assert dict(config.split) == {"seed": 7, "share": 0.25}
    assert [r.id for r in config.recommenders] == ["linear", "big"]
    assert isinstance(config.recommenders[0].instance, toy_plugins.Linear)
    assert config.recommenders[0].instance.scale == 2.0
    assert config.recommenders[1].instance.parts == [{"use": "linear", "size": 9, "weight": 3}]
    assert [(e.id, e.players, e.by) for e in config.explainers] == [
        ("exact", ("history", "features"), None),
        ("rough", ("history",), "genre"),
    ]
    assert [m.use for m in config.metrics] == ["gap"]
    assert (config.run.users, config.run.k, config.run.seed) == (20, 10, 7)
    assert config.raw["recommender"][1]["id"] == "big"
    assert str(config.recommenders[1].where) == "c.toml:12:3"


def test_only_data_is_needed(toy_registry: Registry) -> None:
    config = load('[data]\nuse = "toy"\n', toy_registry)
    assert (config.recommenders, config.explainers) == ((), ())


@pytest.mark.parametrize(
    ("old", "new", "place", "words"),
    [
        ("[split]", "[split", "c.toml:5:7", "not TOML: expected ']' at the end of a table declaration"),
        ("scale = 2", "scal = 2", "c.toml:10:1", "linear has no setting 'scal'\n  did you mean 'scale'?"),
        ("users = 20", "user = 20", "c.toml:29:1", "[run] has no key 'user'\n  did you mean 'users'?"),
        ("share = 0.25", "shar = 0.25", "c.toml:6:1", "[split] has no setting 'shar'\n  did you mean 'share'?"),
        ("players =", "plaiers =", "c.toml:19:1", "exact has no setting 'plaiers'\n  did you mean 'players'?"),
        ("[run]", "[runs]", "c.toml:28:2", "unknown section [runs]\n  did you mean 'run'?"),
        ("scale = 2", "scale = 2\nscale = 3", "c.toml:11:1", "duplicate key 'scale'\n  it stands already at line 10"),
        ("scale = 2", 'scale = "2"', "c.toml:10:1", "scale = '2': should be a valid number"),
        ("scale = 2", "scale = true", "c.toml:10:1", "scale = true: should be a valid number"),
        ("scale = 2", "scale = 0", "c.toml:10:1", "scale = 0: should be greater than 0"),
        ("scale = 2", "scale = -1", "c.toml:10:1", "scale = -1: should be greater than 0"),
        ("scale = 2", "scale = 1_000_000_000_000", "c.toml:10:1", "should be less than or equal to 1000"),
        ("scale = 2", "scale = nan", "c.toml:10:1", "scale = nan: should be"),
        ("scale = 2", "size = 1.5", "c.toml:10:1", "size = 1.5: should be a valid integer"),
        ("scale = 2", 'mode = "bosted"', "c.toml:10:1", "should be 'plain' or 'boosted'\n  did you mean 'boosted'?"),
        ("scale = 2", "flag = 1", "c.toml:10:1", "flag = 1: should be a valid boolean"),
        ("look = 0.5", 'look = "x"', "c.toml:3:22", "weights.look = 'x': should be a valid number"),
        ("size = 9", "size = 0", "c.toml:15:28", "size = 0: should be greater than or equal to 1"),
        ('[{ use = "linear"', '[{ use = "liner"', "c.toml:15:12", "'liner'\n  did you mean 'linear'?"),
        ('use = "toy"', 'use = "toi"', "c.toml:2:1", "unknown dataset 'toi'\n  did you mean 'toy'?"),
        ('use = "toy"', "use = 3", "c.toml:2:1", "use = 3: should be a name, as text"),
        ('use = "exact"', 'use = "gap"', "c.toml:18:1", "unknown explainer 'gap'\n  known explainers: exact, rough"),
        ('id = "big"', "", "c.toml:12:3", "two recommenders have the id 'linear'; the first stands at c.toml:8:3"),
        ('"features"]', '"fetures"]', "c.toml:19:23", "no such kind of players\n  did you mean 'features'?"),
        ('"features"]', '"history"]', "c.toml:19:1", "name each kind once"),
        ("users = 20", "users = 0", "c.toml:29:1", "run.users = 0: should be greater than or equal to 1"),
        ("users = 20", "users = 1_000_000_000_000", "c.toml:29:1", "should be less than or equal to 10000000"),
        ("users = 20", 'users = "20"', "c.toml:29:1", "run.users = '20': should be a valid integer"),
        ('use = "toy"', 'use = "toy"\npath = "no/where"', "c.toml:3:1", "data.path: there is no file or folder"),
        ("[data]", "[dat]", "c.toml:1:2", "unknown section [dat]\n  did you mean 'data'?"),
        ("[data]", "seed = 1\n[data]", "c.toml:1:1", "'seed' stands outside of any section\n  write it under [run]"),
        ("[data]", "[[data]]", "c.toml:1:3", "[data] stands once, as a table\n  write [data]"),
        ('[[metric]]\nuse = "gap"', '[metric]\nuse = "gap"', "c.toml:25:2", "metric is a list of tables\n  write [["),
        ('use = "rough"', "", "c.toml:21:3", "say which explainer to use\n  write use = \"…\"; known: exact, rough"),
        ("share = 0.25", 'by = "file"', "c.toml:6:1", '[split] by = "file" needs a path'),
        ("share = 0.25", 'path = "x.csv"', "c.toml:6:1", "[split] has a path, but does not split by file"),
        ("share = 0.25", 'by = "file"\npath = "x.csv"', "c.toml:7:1", "split.path: there is no file or folder"),
        ("share = 0.25", 'by = "randm"', "c.toml:6:1", "did you mean 'random'?"),
    ],
)  # fmt: skip
def test_what_cannot_be_followed(old: str, new: str, place: str, words: str, toy_registry: Registry) -> None:
    assert old in WHOLE
    message = refused(WHOLE.replace(old, new, 1), toy_registry)
    assert message.startswith(f"{place}: "), message
    assert words in message


@pytest.mark.parametrize("text", ["", "  \n", "\ufeff", "# nothing\n"])
def test_an_empty_config_says_how_to_begin(text: str, toy_registry: Registry) -> None:
    message = refused(text, toy_registry)
    assert message.startswith("c.toml:1:1: the config")
    assert '[data]\n    use = "storefront"' in message


def test_no_data(toy_registry: Registry) -> None:
    assert "c.toml:1:1: there is no [data] section" in refused("[run]\nk = 3", toy_registry)


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ("x = " + "[" * 20_000, 1),
        ("x = " + "{a=" * 20_000, 195),
        ("x." + "a." * 20_000 + "a = 1", 127),
        ("[x." + "a." * 20_000 + "a]", 128),
    ],
)
def test_deep_nesting_is_refused_at_once(text: str, column: int, toy_registry: Registry) -> None:
    begun = time.perf_counter()
    said = refused(text, toy_registry)
    assert said.startswith(f"c.toml:1:{column}: the config is nested more than 64 levels deep")
    assert time.perf_counter() - begun < 2


def test_a_number_of_thousands_of_digits(toy_registry: Registry) -> None:
    assert refused("[run]\nk = " + "9" * 5000, toy_registry).startswith("c.toml:2:5: not TOML: exceeds the limit")


def test_a_text_that_ends_too_early(toy_registry: Registry) -> None:
    assert refused("[run]\nk =", toy_registry).startswith("c.toml:2:4: not TOML: invalid value")


def test_an_open_array_is_named_where_it_opens(toy_registry: Registry) -> None:
    message = refused("[data]\nuse = [1,\n2\n", toy_registry)
    assert message.startswith("c.toml:2:7: not TOML: unclosed array: it opens here")


def test_bytes_that_are_no_text(tmp_path: Path, toy_registry: Registry) -> None:
    path = tmp_path / "c.toml"
    path.write_bytes("[data]\n# 学".encode() + b"\xc3\n")
    with pytest.raises(ConfigError, match=r"c\.toml:2:4: byte 0xc3 is not UTF-8"):
        load_config(path, registry=toy_registry)
    path.write_text(WHOLE, encoding="utf-16")
    with pytest.raises(ConfigError, match="the config is UTF-16; TOML is UTF-8"):
        load_config(path, registry=toy_registry)
    path.write_text(WHOLE, encoding="utf-8-sig")
    assert load_config(path, registry=toy_registry).data.use == "toy"


def test_files_that_cannot_be_read(tmp_path: Path, toy_registry: Registry) -> None:
    with pytest.raises(ConfigError, match=r"none\.toml: cannot read the config: No such file.*\n  looked for /"):
        load_config(tmp_path / "none.toml", registry=toy_registry)
    with pytest.raises(ConfigError, match="cannot read the config: Is a directory"):
        load_config(tmp_path, registry=toy_registry)


def test_paths_start_from_the_config_and_overrides_from_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, toy_registry: Registry
) -> None:
    (tmp_path / "conf" / "events").mkdir(parents=True)
    (tmp_path / "here" / "events").mkdir(parents=True)
    (tmp_path / "conf" / "events" / "test.csv").touch()
    path = tmp_path / "conf" / "c.toml"
    path.write_text('[data]\nuse = "toy"\npath = "events"\n[split]\nby = "file"\npath = "test.csv"\n')
    monkeypatch.chdir(tmp_path / "here")
    config = load_config(path, registry=toy_registry)
    assert config.data.instance.path == tmp_path / "conf" / "events"
    assert config.split["test"] == tmp_path / "conf" / "events" / "test.csv"
    with pytest.raises(ConfigError, match=r"split\.path: there is no file or folder '.*here/events/test.csv'"):
        load_config(path, overrides=["data.path=events"], registry=toy_registry)
    (tmp_path / "conf" / "test.csv").touch()
    config = load_config(path, overrides=["data.path=events"], registry=toy_registry)
    assert config.data.instance.path == tmp_path / "here" / "events"
    assert config.split["test"] == tmp_path / "conf" / "test.csv"


def test_a_missing_data_path_is_named_as_resolved(tmp_path: Path, toy_registry: Registry) -> None:
    path = tmp_path / "c.toml"
    path.write_text('[data]\nuse = "toy"\npath = "gone"\n')
    with pytest.raises(ConfigError, match=rf"c\.toml:3:1: data\.path: .*'{tmp_path}/gone'"):
        load_config(path, registry=toy_registry)


def test_what_is_written_need_not_be_there(tmp_path: Path, toy_registry: Registry) -> None:
    path = tmp_path / "c.toml"
    path.write_text('[data]\nuse = "toy"\nrejected = "rejected.csv"\n')
    assert load_config(path, registry=toy_registry).data.instance.rejected == tmp_path / "rejected.csv"


def test_a_constructor_that_raises_is_the_plugins_fault(toy_plugins: Any) -> None:
    class Rash(toy_plugins.Linear):  # type: ignore[misc]
        name = "rash"

        def __init__(self, *, size: int = 1) -> None:
            raise RuntimeError("too early")

    registry = Registry()
    registry.add(toy_plugins.hooks([Rash], datasets=[toy_plugins.Toy]), name="rash")
    with pytest.raises(Exception, match=r"c\.toml:3:3: rash could not be made: RuntimeError: too early") as caught:
        load('[data]\nuse = "toy"\n[[recommender]]\nuse = "rash"\n', registry)
    assert caught.value.exit_code == 1  # type: ignore[attr-defined]


def test_default_metrics_are_those_that_are_there(toy_plugins: Any) -> None:
    class Gini(toy_plugins.Gap):  # type: ignore[misc]
        name = "gini"

    registry = Registry()
    registry.add(toy_plugins.hooks(metrics=[Gini, toy_plugins.Gap], datasets=[toy_plugins.Toy]), name="some")
    assert [m.id for m in load('[data]\nuse = "toy"\n', registry).metrics] == ["gini"]


def test_no_garbled_config_is_a_bug_of_ours(toy_registry: Registry) -> None:
    rng = random.Random(1)
    signs = "[]{}\"'=.,#\n \t\r\\01abx_-+:\x00\ufeff深"
    outcomes, places = set(), set()
    for _ in range(1500):
        text = list(WHOLE)
        for _ in range(rng.randint(1, 6)):
            at = rng.randrange(len(text))
            text[at : at + rng.randint(0, 2)] = rng.choice(
                [rng.choice(signs), *[WHOLE[at // 2 : at // 2 + 30]] * (at % 2)]
            )
        try:
            load("".join(text), toy_registry)
            outcomes.add(0)
        except WhyrecError as error:
            outcomes.add(error.exit_code)
            places.add(str(error).partition(":")[0])
    assert outcomes == {0, 2}
    assert places == {"c.toml"}


def test_the_default_config_is_shipped() -> None:
    assert 'use = "storefront"' in default_text()
