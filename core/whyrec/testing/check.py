"""What a contract is: checks as methods that pytest collects, that can also be run and listed without it."""

from __future__ import annotations

import functools
import unittest
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, NoReturn, TypeVar, cast

import numpy as np

from whyrec.plugin import Plugin
from whyrec.settings import build, parameters

T = TypeVar("T")


class Failed(AssertionError):  # noqa: N818  what a test does, not what went wrong in it
    """A plugin does not keep a promise; the text says which, with the numbers."""


@dataclass(frozen=True)
class Checked:
    """What became of one check. ``promise`` is what it checks, ``reason`` why it failed or does not apply."""

    name: str
    promise: str
    state: Literal["ok", "failed", "skipped"]
    reason: str = ""


class Contract:
    """Base of the contracts. A subclass named ``Test…`` that names the ``plugin`` is a whole test file::

        class TestMine(RecommenderContract):
            plugin = Mine
            settings = {"size": 4}

    Parameters
    ----------
    plugin : the class
    settings : what its constructor gets; small numbers make quick tests
    exempt : checks that do not apply, by name, each with the reason; the plugin's class may name some itself
    """

    plugin: ClassVar[type[Plugin]]
    settings: ClassVar[Mapping[str, Any]] = {}
    exempt: ClassVar[Mapping[str, str]] = {}
    _kept: ClassVar[dict[str, Any]] = {}

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls._kept = {}
        for name, method in list(vars(cls).items()):
            if name.startswith("test_"):
                setattr(cls, name, _unless_exempt(method, name.removeprefix("test_")))

    def shared(self, key: str, make: Callable[[], T]) -> T:
        """What is made once for all checks of a test class: pytest makes a new instance for each."""
        if key not in self._kept:
            self._kept[key] = make()
        found: T = self._kept[key]
        return found

    def make(self) -> Any:
        """A new instance, by checked settings, as a config makes it."""
        return build(self.plugin, self.settings)

    def test_settings(self) -> None:
        """The constructor is the schema of the settings and only stores them; there are a name and a summary."""
        need(isinstance(self.plugin.name, str) and bool(self.plugin.name), f"name is {self.plugin.name!r}")
        need(bool(self.plugin.summary), f"{self.plugin.name} has no summary: one line for `whyrec plugins`")
        made, known = self.make(), parameters(self.plugin)
        need(set(made.settings()) == set(known), f"settings() gives {sorted(made.settings())}; known: {sorted(known)}")
        for name, value in build(self.plugin, {}).settings().items():
            default = known[name].default
            need(
                value is default or (type(value) is type(default) and value == default),
                f"default {name}={default!r} is stored as {value!r}",
            )
        again = build(self.plugin, made.settings())
        need(again.settings() == made.settings(), f"{made!r} made again from its settings is {again!r}")

    # -- running without pytest ---------------------------------------------------------------------------

    @classmethod
    def checks(cls) -> dict[str, str]:
        """Name → promise of every check, in order."""
        found = {}
        for owner in reversed(cls.__mro__):
            for name, method in vars(owner).items():
                if name.startswith("test_"):
                    found[name] = " ".join((method.__doc__ or "").split())
        return found

    def run(self) -> Iterator[Checked]:
        """Run every check, whatever the others gave."""
        for name, promise in self.checks().items():
            yield self.run_one(name, promise)

    def run_one(self, name: str, promise: str = "") -> Checked:
        label = name.removeprefix("test_").replace("_", " ")
        try:
            getattr(self, name)()
        except unittest.SkipTest as skipped:
            return Checked(label, promise, "skipped", str(skipped))
        except Failed as failed:
            return Checked(label, promise, "failed", str(failed))
        except (Exception, SystemExit) as error:  # noqa: BLE001  a stranger's plugin may raise anything
            return Checked(label, promise, "failed", f"{type(error).__name__}: {error}")
        return Checked(label, promise, "ok")


def _unless_exempt(method: Callable[[Any], None], name: str) -> Callable[[Any], None]:
    @functools.wraps(method)
    def check(self: Contract) -> None:
        if why := {**self.plugin.exempt, **self.exempt}.get(name):
            skip(why)
        method(self)

    return check


def need(kept: bool, otherwise: str) -> None:
    """Raise Failed unless a promise is kept."""
    if not kept:
        raise Failed(otherwise)


def skip(why: str) -> NoReturn:
    """The check does not apply. pytest and unittest show the reason."""
    raise unittest.SkipTest(why)


def near(found: Any, wanted: Any, what: str, *, relative: float) -> None:
    """Raise Failed unless two arrays agree to ``relative`` of the largest number wanted (at least 1e-9)."""
    found, wanted = np.asarray(found, np.float64), np.asarray(wanted, np.float64)
    need(found.shape == wanted.shape, f"{what}: shape {found.shape}, not {wanted.shape}")
    if not found.size:
        return
    need(bool(np.isfinite(found).all()), f"{what}: a number is not finite")
    gap = np.abs(found - wanted)
    worst = cast("tuple[int, ...]", np.unravel_index(int(np.argmax(gap)), gap.shape))
    allowed = relative * max(float(np.abs(wanted).max()), 1e-9)
    place = ", ".join(map(str, worst))
    need(gap[worst] <= allowed, f"{what}: {found[worst]:.9g} instead of {wanted[worst]:.9g} at [{place}]")
