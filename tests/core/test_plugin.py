"""Plugin: missing packages, stored settings."""

from typing import Any

import pytest

from whyrec import MissingPackageError, Plugin


class Needy(Plugin):
    name = "needy"
    packages = ("numpy.linalg", "package_that_is_not_there", "another_absent_one.part")

    def __init__(self, *, size: int = 3) -> None:
        self.size = size


def test_missing_packages_are_looked_up() -> None:
    assert Needy.missing() == ("package_that_is_not_there", "another_absent_one.part")
    with pytest.raises(MissingPackageError) as caught:
        Needy.require()
    assert caught.value.exit_code == 2
    assert "needy needs the package 'package_that_is_not_there', which is not installed\n  pip install" in str(
        caught.value
    )


def test_settings_are_those_stored() -> None:
    plugin = Needy(size=5)
    assert plugin.settings() == {"size": 5}
    assert repr(plugin) == "Needy(size=5)"


def test_a_plugin_without_needs_is_content(toy_plugins: Any) -> None:
    toy_plugins.Linear.require()
    assert toy_plugins.Linear.missing() == ()
