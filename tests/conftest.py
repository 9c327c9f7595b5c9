"""Fixtures that all tests share: the toy world, the toy plugins, and where the real data sets lie."""

import os
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest


def _load(name):
    """A module beside this file; tests are no package, so it cannot be imported by name."""
    spec = spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    module = module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def toys():
    """tests/toys.py: a toy world and toy models whose right answers can be counted out."""
    return _load("toys")


@pytest.fixture(scope="session")
def toy_plugins():
    """tests/toy_plugins.py: toy plugin classes, and ``hooks`` to offer others."""
    return _load("toy_plugins")


@pytest.fixture(scope="session")
def sites():
    """tests/sites.py: ``open_site`` gives the app of ``whyrec ui`` in this process, and a client."""
    return _load("sites")


@pytest.fixture
def toy_registry(toy_plugins):
    """A registry that holds the toy plugins."""
    return toy_plugins.toy_registry()


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """The folder of the real data sets: WHYREC_DATA, else ``../shared/data`` beside the project."""
    given = os.environ.get("WHYREC_DATA")
    folder = Path(given) if given else Path(__file__).resolve().parents[1].parent / "shared" / "data"
    if (folder / "ml-latest-small").is_dir():
        return folder
    missing = f"the real data sets are not in {folder}; set WHYREC_DATA to their folder"
    if os.environ.get("CI"):
        pytest.fail(missing)
    pytest.skip(missing)


@pytest.fixture(autouse=True)
def no_store(monkeypatch):
    """Commands of tests leave no store behind, and find none, unless they name one."""
    monkeypatch.setenv("WHYREC_STORE", "none")
