"""Settings: what a constructor's types and ranges let through, and what is said of the rest."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, Field

from whyrec.errors import ConfigError, PluginError
from whyrec.settings import KeyedConfigError, build, check, check_all, keywords, parameters, resolved, shown


class Inner(BaseModel):
    depth: int = 1


@dataclass
class Pair:
    a: int = 1


class Many:
    name = "many"

    def __init__(
        self,
        *,
        size: Annotated[int, Field(ge=1, le=100)] = 8,
        rate: Annotated[float, Field(gt=0)] = 0.1,
        maybe: Annotated[float, Field(gt=0)] | None = None,
        flag: bool = False,
        mode: Literal["plain", "boosted"] = "plain",
        names: list[str] | None = None,
        pair: tuple[int, int] = (1, 2),
        weights: dict[str, float] | None = None,
        parts: list[dict[str, Any]] | None = None,
        either: int | Literal["auto"] = "auto",
        path: Path | None = None,
        paths: dict[str, list[Path]] | None = None,
        inner: Inner | None = None,
        pairs: Pair | None = None,
        function: Callable[[int], int] | None = None,
    ) -> None:
        self.__dict__.update({k: v for k, v in locals().items() if k != "self"})


@pytest.mark.parametrize(
    ("key", "given", "wanted"),
    [
        ("size", 5, 5),
        ("rate", 3, 3.0),
        ("maybe", None, None),
        ("maybe", 2, 2.0),
        ("flag", True, True),
        ("mode", "boosted", "boosted"),
        ("names", ["a"], ["a"]),
        ("pair", [3, 4], (3, 4)),
        ("pair", (3, 4), (3, 4)),
        ("weights", {"a": 1}, {"a": 1.0}),
        ("parts", [{"use": "x", "l2": 3}], [{"use": "x", "l2": 3}]),
        ("either", "auto", "auto"),
        ("either", 4, 4),
        ("path", "a/b", Path("a/b")),
        ("path", Path("a"), Path("a")),
        ("paths", {"x": ["a"]}, {"x": [Path("a")]}),
        ("inner", {"depth": 3}, Inner(depth=3)),
        ("pairs", {"a": 3}, Pair(3)),
        ("function", len, len),
    ],
)
def test_what_fits_passes(key: str, given: Any, wanted: Any) -> None:
    found = check(Many, {key: given})[key]
    assert found == wanted
    assert type(found) is type(wanted)


@pytest.mark.parametrize(
    ("key", "given", "path", "words"),
    [
        ("size", "5", ("size",), "size = '5': should be a valid integer"),
        ("size", True, ("size",), "size = true: should be a valid integer"),
        ("size", 5.0, ("size",), "size = 5.0: should be a valid integer"),
        ("size", 0, ("size",), "size = 0: should be greater than or equal to 1"),
        ("size", 10**12, ("size",), "should be less than or equal to 100"),
        ("rate", "0.1", ("rate",), "rate = '0.1': should be a valid number"),
        ("rate", False, ("rate",), "rate = false: should be a valid number"),
        ("rate", 0, ("rate",), "rate = 0: should be greater than 0"),
        ("rate", float("nan"), ("rate",), "rate = nan: should be greater than 0"),
        ("rate", float("inf"), ("rate",), "rate = inf: should be a finite number"),
        ("rate", 10**400, ("rate",), "should be a finite number"),
        ("maybe", -1, ("maybe",), "maybe = -1: should be greater than 0"),
        ("flag", 1, ("flag",), "flag = 1: should be a valid boolean"),
        ("mode", "bosted", ("mode",), "mode = 'bosted': should be 'plain' or 'boosted'\n  did you mean 'boosted'?"),
        ("names", "a", ("names",), "names = 'a': should be a valid"),
        ("names", ["a", 3], ("names", 1), "names.1 = 3: should be a valid string"),
        ("pair", [1, 2, 3], ("pair",), "pair = [1, 2, 3]: "),
        ("pair", [1, "2"], ("pair", 1), "pair.1 = '2': should be a valid integer"),
        ("weights", {"a": "x"}, ("weights", "a"), "weights.a = 'x': should be a valid number"),
        ("weights", {"a": True}, ("weights", "a"), "weights.a = true: should be a valid number"),
        ("weights", {"a": float("nan")}, ("weights", "a"), "weights.a = nan: should be a finite number"),
        ("parts", ["x"], ("parts", 0), "parts.0 = 'x': should be"),
        ("either", "other", ("either",), "either = 'other': should be a valid integer, or 'auto'"),
        ("path", 3, ("path",), "path = 3: should be a valid string"),
        ("inner", {"depth": "3"}, ("inner", "depth"), "inner.depth = '3': should be a valid integer"),
        ("function", 3, ("function",), "function = 3: should be callable"),
        ("siez", 3, ("siez",), "many has no setting 'siez'\n  did you mean 'size'?"),
    ],
)
def test_what_does_not_fit_is_named(key: str, given: Any, path: tuple[str | int, ...], words: str) -> None:
    with pytest.raises(KeyedConfigError) as caught:
        check(Many, {key: given})
    assert isinstance(caught.value, ConfigError)
    assert caught.value.path == path
    assert caught.value.key == key
    assert words in str(caught.value)


def test_long_values_are_cut() -> None:
    assert shown("x" * 1000) == "'" + "x" * 58 + "…"


def test_build_makes_an_instance_with_defaults() -> None:
    made = build(Many, {"size": 3})
    assert (made.size, made.rate) == (3, 0.1)  # type: ignore[attr-defined]


def test_a_class_without_constructor_has_no_settings() -> None:
    class Bare:
        name = "bare"

    assert parameters(Bare) == {}
    with pytest.raises(ConfigError, match="bare has no setting 'x'\n  bare has no settings"):
        check(Bare, {"x": 1})


@pytest.mark.parametrize(
    "signature", ["self, size: int = 3", "self, *, size: int", "self, *, size=3", "self, **rest: int"]
)
def test_a_constructor_that_is_no_schema(signature: str) -> None:
    space: dict[str, Any] = {}
    exec(f"class Bad:\n    def __init__({signature}) -> None: ...", space)
    with pytest.raises(PluginError, match="must be keyword-only, typed and have a default"):
        parameters(space["Bad"])


def test_a_type_that_cannot_be_checked_is_the_plugins_fault() -> None:
    class Odd:
        name = "odd"

        def __init__(self, *, size: Annotated[Mapping[str, "no such type"], 3] | None = None) -> None:  # noqa: F722  the name that cannot be resolved
            self.size = size

    with pytest.raises((PluginError, SyntaxError)):
        check(Odd, {"size": 3})


def test_keywords_of_a_function() -> None:
    def function(data: int, *, share: float = 0.2, other: Any = None) -> None: ...

    known = keywords(function)
    assert list(known) == ["share", "other"]
    assert check_all(known, {"share": 1, "other": "x"}, owner="[split]") == {"share": 1.0, "other": "x"}
    with pytest.raises(ConfigError, match=r"\[split\] has no setting 'shar'\n  did you mean 'share'\?"):
        check_all(known, {"shar": 1}, owner="[split]")


def test_paths_are_resolved_wherever_they_stand(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/me")
    given = {"a": [Path("x"), Path("/y")], "b": (Path("~/z"),), "c": "text", "d": 1}
    found = resolved(given, Path("/base"))
    assert found == {"a": [Path("/base/x"), Path("/y")], "b": (Path("/home/me/z"),), "c": "text", "d": 1}
