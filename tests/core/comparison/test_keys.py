"""Keys: the same for the same settings, however they are written, and another for anything that decides."""

import subprocess
import sys
from dataclasses import replace
from enum import Enum
from pathlib import Path

import numpy as np
import pytest

from whyrec.comparison.keys import data_key, identity, key_of, plain, truth_key


class Color(Enum):
    RED = "red"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ((1, 2.5, None), [1, 2.5, None]),
        ({"b": {1, 2}, "a": Path("x/y")}, {"a": "x/y", "b": [1, 2]}),
        (Color.RED, "red"),
    ],
)
def test_settings_as_json(value, expected) -> None:
    assert plain(value) == expected


def test_keys_do_not_depend_on_order_nor_process() -> None:
    assert key_of("a", {"x": 1, "y": 2}) == key_of("a", {"y": 2, "x": 1})
    assert len({key_of("a", 1), key_of("a", 1.5), key_of("a", "1"), key_of("b", 1), key_of("a", [1])}) == 5
    code = "from whyrec.comparison.keys import key_of; print(key_of('a', {'x': {'p', 'q', 'r'}}))"
    found = {
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
        for _ in range(2)
    }
    assert found == {key_of("a", {"x": {"p", "q", "r"}})}


def test_a_plugin_is_known_by_settings_version_and_code(toy_plugins) -> None:
    def known(instance, version="1.0"):
        return key_of("x", identity(instance, "toys", version))

    class Edited(toy_plugins.Rough):
        """The same name and settings, but written elsewhere."""

    class Packed(toy_plugins.Rough):
        packages = ("numpy",)

    same = known(toy_plugins.Rough())
    assert same == known(toy_plugins.Rough(share=0.5))  # the default, written out
    others = [known(toy_plugins.Rough(share=0.4)), known(toy_plugins.Rough(), "1.1"), known(Edited()), known(Packed())]
    assert len({same, *others}) == 5


def test_data_are_known_by_what_is_shown_of_them_too(toy_plugins) -> None:
    data = toy_plugins.Toy().load(seed=0)
    titles = replace(data, catalog=replace(data.catalog, titles={"": ("a", "b", "c", "d", "e")}))
    by = replace(data, interest_by="brand")
    assert data.fingerprint == titles.fingerprint == by.fingerprint
    assert len({data_key(data), data_key(titles), data_key(by)}) == 3
    assert data_key(data) == data_key(toy_plugins.Toy().load(seed=0))
    assert truth_key(data) is None


def test_numbers_are_known_by_their_digits() -> None:
    from whyrec.comparison.keys import arrays_key

    a = np.array([1, 2, 3])
    assert arrays_key([a]) == arrays_key([a.astype(np.int32)])
    assert arrays_key([a]) != arrays_key([a.astype(np.float64)])
    assert arrays_key([a]) != arrays_key([a[::-1]])
