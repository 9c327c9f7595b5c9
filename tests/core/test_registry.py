"""The registry: what is found, and one row with stage and reason for everything that is broken."""

import sys
from abc import abstractmethod
from importlib import metadata
from types import SimpleNamespace
from typing import Any

import pytest

from whyrec import Recommender, Registry, UnknownNameError, hookimpl
from whyrec.hookspecs import API
from whyrec.registry import capabilities_of


def broken_by(toy_registry: Registry, plugin: Any) -> Any:
    """Adds a plugin to the toys; exactly one row is broken, and everything else works."""
    before = dict(toy_registry.listed)
    toy_registry.add(plugin, name="stranger", distribution="strangers", version="9")
    assert len(toy_registry.broken) == 1
    assert toy_registry.listed == before
    assert toy_registry.make_recommender("linear", size=3).size == 3  # type: ignore[attr-defined]
    row = toy_registry.broken[0]
    assert (row.distribution, row.version) == ("strangers", "9")
    return row


def test_what_is_offered_is_listed(toy_registry: Registry, toy_plugins: Any) -> None:
    assert toy_registry.broken == []
    assert toy_registry.names("recommender") == ("broke", "linear")
    assert toy_registry.names("explainer") == ("exact", "rough")
    found = toy_registry.find("metric", "gap")
    assert (found.cls, found.distribution, found.version) == (toy_plugins.Gap, "toys", "1.0")
    assert capabilities_of(toy_plugins.Linear) == ("LinearInHistory",)
    assert capabilities_of(toy_plugins.Exact) == ("history", "features")


def test_a_hook_that_raises(toy_registry: Registry, toy_plugins: Any) -> None:
    @hookimpl
    def whyrec_recommenders() -> Any:
        raise ValueError("no recommenders today\nand a second line")

    class Good(toy_plugins.Exact):  # type: ignore[misc]
        name = "good"

    plugin = toy_plugins.hooks(explainers=[Good])
    plugin.whyrec_recommenders = whyrec_recommenders
    toy_registry.add(plugin, name="stranger", distribution="strangers", version="9")
    row = toy_registry.broken[0]
    assert (row.kind, row.name, row.stage) == ("recommender", "stranger", "whyrec_recommenders")
    assert row.reason == "ValueError: no recommenders today"
    assert toy_registry.find("explainer", "good").cls is Good


@pytest.mark.parametrize("offered", [None, 3, Recommender])
def test_a_hook_that_gives_no_list(offered: Any, toy_registry: Registry, toy_plugins: Any) -> None:
    row = broken_by(toy_registry, toy_plugins.hooks(recommenders=offered))
    assert row.stage == "whyrec_recommenders"
    assert row.reason.startswith("TypeError: ")
    assert "not iterable" in row.reason


def test_a_hook_without_end(toy_registry: Registry, toy_plugins: Any) -> None:
    def endless() -> Any:
        while True:
            yield toy_plugins.Linear

    row = broken_by(toy_registry, toy_plugins.hooks(recommenders=endless()))
    assert row.reason == "it offers more than 1000 classes, perhaps without end"


def test_an_instance_is_no_class(toy_registry: Registry, toy_plugins: Any) -> None:
    row = broken_by(toy_registry, toy_plugins.hooks([toy_plugins.Linear(size=3)]))
    assert (row.stage, row.name) == ("class", "linear")
    assert row.reason.startswith("hooks return classes; got Linear(scale=1.0, size=3")


def test_an_object_that_cannot_even_be_shown(toy_registry: Registry, toy_plugins: Any) -> None:
    class Sly:
        def __repr__(self) -> str:
            raise RuntimeError("do not look at me")

    row = broken_by(toy_registry, toy_plugins.hooks([Sly()]))
    assert (row.stage, row.reason) == ("class", "RuntimeError: do not look at me")


def test_a_class_of_another_kind(toy_registry: Registry, toy_plugins: Any) -> None:
    row = broken_by(toy_registry, toy_plugins.hooks([toy_plugins.Exact]))
    assert (row.kind, row.stage, row.reason) == ("recommender", "class", "Exact is not a Recommender")


def test_an_abstract_class(toy_registry: Registry, toy_plugins: Any) -> None:
    class Half(Recommender):
        name = "half"

        def _fit(self, *given: Any) -> None: ...

        @abstractmethod
        def more(self) -> None: ...

    row = broken_by(toy_registry, toy_plugins.hooks([Half]))
    assert (row.name, row.stage, row.reason) == ("half", "class", "Half does not write _score, more")


def test_a_class_without_a_name(toy_registry: Registry, toy_plugins: Any) -> None:
    class Nameless(toy_plugins.Linear):  # type: ignore[misc]
        name = ""

    assert broken_by(toy_registry, toy_plugins.hooks([Nameless])).reason == "Nameless has no name"


def test_an_explainer_without_needs(toy_registry: Registry, toy_plugins: Any) -> None:
    class Needless(toy_plugins.Exact):  # type: ignore[misc]
        name = "needless"
        needs = ("history",)

    row = broken_by(toy_registry, toy_plugins.hooks(explainers=[Needless]))
    assert row.reason == "Needless has no needs: a mapping from kinds of players to capabilities"


def test_packages_that_are_one_text(toy_registry: Registry, toy_plugins: Any) -> None:
    class Careless(toy_plugins.Linear):  # type: ignore[misc]
        name = "careless"
        packages = "numpy"

    row = broken_by(toy_registry, toy_plugins.hooks([Careless]))
    assert row.reason == "Careless.packages is 'numpy'; a tuple of names was expected"


def test_a_constructor_that_is_no_schema(toy_registry: Registry, toy_plugins: Any) -> None:
    class Positional(toy_plugins.Linear):  # type: ignore[misc]
        name = "positional"

        def __init__(self, size: int = 3) -> None:
            self.size = size

    row = broken_by(toy_registry, toy_plugins.hooks([Positional]))
    assert row.reason == (
        "PluginError: Positional.__init__: parameter 'size' must be keyword-only, typed and have a default"
    )


def test_a_name_that_is_taken_names_both(toy_registry: Registry, toy_plugins: Any) -> None:
    class Linear(toy_plugins.Linear):  # type: ignore[misc]
        """Another one of the same name."""

    row = broken_by(toy_registry, toy_plugins.hooks([Linear]))
    assert row.reason == "the name 'linear' is taken by toys 1.0; strangers 9 offers it again"


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (2, "it was written for version 2 of the plugin interface; this whyrec speaks 1: upgrade whyrec"),
        (0, "it was written for version 0 of the plugin interface; this whyrec speaks 1: upgrade the plugin"),
        ("1.0", "whyrec_api is '1.0'; a whole number was expected"),
        (True, "whyrec_api is True; a whole number was expected"),
    ],
)
def test_another_version_of_the_interface(said: Any, reason: str, toy_registry: Registry, toy_plugins: Any) -> None:
    class Other(toy_plugins.Linear):  # type: ignore[misc]
        name = "other"

    plugin = toy_plugins.hooks([Other])
    plugin.whyrec_api = said
    plugin.whyrec_wishes = plugin.whyrec_recommenders  # a hook of that version, unknown to this one
    row = broken_by(toy_registry, plugin)
    assert (row.kind, row.name, row.stage, row.reason) == ("", "stranger", "api", reason)


def test_the_version_of_today_is_taken_said_or_not(toy_plugins: Any) -> None:
    for said in ({}, {"whyrec_api": API}):
        plugin = toy_plugins.hooks([toy_plugins.Linear])
        vars(plugin).update(said)
        registry = Registry()
        registry.add(plugin, name="toys")
        assert (registry.names("recommender"), registry.broken) == (("linear",), [])


def test_a_hook_that_nobody_asks(toy_registry: Registry) -> None:
    @hookimpl
    def whyrec_recomenders() -> Any:
        return []

    row = broken_by(toy_registry, SimpleNamespace(whyrec_recomenders=whyrec_recomenders))
    assert (row.stage, row.name) == ("hooks", "stranger")
    assert "unknown hook 'whyrec_recomenders'" in row.reason


def test_a_hook_with_arguments(toy_registry: Registry) -> None:
    @hookimpl
    def whyrec_recommenders(config: Any) -> Any:
        return []

    row = broken_by(toy_registry, SimpleNamespace(whyrec_recommenders=whyrec_recommenders))
    assert row.stage == "hooks"
    assert "PluginValidationError" in row.reason


class _Point:
    """An entry point as importlib.metadata gives it."""

    def __init__(self, name: str, distribution: str, found: Any) -> None:
        self.name, self.found = name, found
        self.dist = SimpleNamespace(name=distribution, version="0.1")

    def load(self) -> Any:
        if isinstance(self.found, BaseException):
            raise self.found
        return self.found


def test_one_that_raises_on_import_spoils_only_itself(monkeypatch: pytest.MonkeyPatch, toy_plugins: Any) -> None:
    points = [
        _Point("a", "angry", RuntimeError("not on this machine")),
        _Point("b", "quitter", SystemExit(3)),
        _Point("c", "lost", ModuleNotFoundError("No module named 'torchx'")),
        _Point("d", "toys", toy_plugins.hooks([toy_plugins.Linear])),
    ]
    monkeypatch.setattr(metadata, "entry_points", lambda group: points)
    registry = Registry.discover()
    assert registry.names("recommender") == ("linear",)
    assert [(b.distribution, b.stage, b.reason) for b in registry.broken] == [
        ("angry", "import", "RuntimeError: not on this machine"),
        ("lost", "import", "ModuleNotFoundError: No module named 'torchx'"),
        ("quitter", "import", "SystemExit: 3"),
    ]


def test_the_bundled_plugins_come_first(monkeypatch: pytest.MonkeyPatch, toy_plugins: Any) -> None:
    class Thief(toy_plugins.Linear):  # type: ignore[misc]
        """Wants the name of a bundled one."""

    points = [
        _Point("a", "aaa-first", toy_plugins.hooks([Thief])),
        _Point("bundled", "whyrec", toy_plugins.hooks([toy_plugins.Linear])),
    ]
    monkeypatch.setattr(metadata, "entry_points", lambda group: points)
    registry = Registry.discover()
    assert registry.find("recommender", "linear").cls is toy_plugins.Linear
    assert registry.broken[0].reason == "the name 'linear' is taken by whyrec 0.1; aaa-first 0.1 offers it again"


def test_an_unknown_name_lists_near_ones_and_what_failed(toy_registry: Registry, toy_plugins: Any) -> None:
    toy_registry.add(toy_plugins.hooks([3]), name="stranger", distribution="strangers", version="9")
    with pytest.raises(UnknownNameError) as caught:
        toy_registry.find("recommender", "liner")
    assert str(caught.value) == (
        "unknown recommender 'liner'\n"
        "  did you mean 'linear'?; failed to load: stranger (strangers: hooks return classes; got 3)"
    )


def test_the_registry_costs_no_heavy_import() -> None:
    assert "whyrec.registry" in sys.modules
    assert not hasattr(sys.modules["whyrec.registry"], "pl")
