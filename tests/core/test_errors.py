"""Errors: place, message, hint, exit code; near names."""

import pytest

from whyrec import errors
from whyrec.errors import Location, WhyrecError, near, suggest


@pytest.mark.parametrize(
    ("location", "text"),
    [
        (Location("a.toml"), "a.toml"),
        (Location("a.toml", 3), "a.toml:3"),
        (Location("a.toml", 3, 5), "a.toml:3:5"),
    ],
)
def test_a_place_shows_what_is_known(location: Location, text: str) -> None:
    assert str(location) == text


def test_an_error_says_where_what_and_what_to_do() -> None:
    error = errors.ConfigError("bad value", where=Location("a.toml", 3, 5), hint="write a good one")
    assert str(error) == "a.toml:3:5: bad value\n  write a good one"
    assert str(errors.DataError("bad row")) == "bad row"


def test_exit_codes() -> None:
    codes = {name: cls.exit_code for name, cls in vars(errors).items() if _is_error(cls)}
    assert codes == {
        "WhyrecError": 3,
        "InputError": 2,
        "ConfigError": 2,
        "DataError": 2,
        "UnknownNameError": 2,
        "UnknownIdError": 2,
        "MissingPackageError": 2,
        "UnsupportedError": 2,
        "NotFittedError": 2,
        "PluginError": 1,
        "CompletenessError": 1,
    }


def _is_error(value: object) -> bool:
    return isinstance(value, type) and issubclass(value, WhyrecError)


def test_near_names() -> None:
    assert near("Eese", ["ease", "als", "item-knn"]) == ["ease"]
    assert near("xyz", ["ease", "als"]) == []


def test_suggestions() -> None:
    assert suggest("eas", ["ease", "item-knn"]) == "did you mean 'ease'?"
    assert suggest("xyz", ["ease", "als"], what="models") == "known models: als, ease"
    assert suggest("xyz", [], what="models") == "there are no models"
    assert suggest("x", [f"long-{i:02}" for i in range(30)]).endswith("long-19, … (30 in all)")
