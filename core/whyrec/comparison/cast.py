"""Cast: the plugins of a comparison, where they come from, and how another process makes them again."""

from __future__ import annotations

import pickle
import sys
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from whyrec.config.model import Chosen, ChosenExplainer, Config
from whyrec.registry import Registry

BUNDLED = "whyrec"
"""The distribution whose plugins are tested with every change; all others are strangers'."""


@dataclass(frozen=True)
class Part:
    """One plugin of a comparison, by the id of its rows."""

    kind: str
    chosen: Chosen
    distribution: str
    version: str

    @property
    def is_stranger(self) -> bool:
        return self.distribution != BUNDLED

    @property
    def origin(self) -> str:
        """``explainer 'rough' (toys 1.0)``"""
        where = f"{self.distribution} {self.version}".strip() or "this process"
        return f"{self.kind} {self.chosen.use!r} ({where})"


class Cast:
    """All parts, and an instance of each; a registry makes those that were handed over without."""

    def __init__(self, parts: Iterable[Part], registry: Registry | None = None) -> None:
        self._parts = {(p.kind, p.chosen.id): p for p in parts}
        self._registry = registry

    @classmethod
    def of(cls, config: Config, registry: Registry) -> Cast:
        """The plugins that a config picks, its data source apart."""
        parts = []
        for kind, group in (
            ("recommender", config.recommenders),
            ("explainer", config.explainers),
            ("metric", config.metrics),
        ):
            for chosen in group:
                listed = registry.find(kind, chosen.use)
                parts.append(Part(kind, chosen, listed.distribution, listed.version))
        return cls(parts)

    def part(self, kind: str, name: str) -> Part:
        return self._parts[kind, name]

    def of_kind(self, kind: str) -> list[Part]:
        return [p for p in self._parts.values() if p.kind == kind]

    def instance(self, kind: str, name: str) -> Any:
        """A plugin: the config's own, or here made anew each time, so that nothing lasts from cell to cell."""
        chosen = self._parts[kind, name].chosen
        if chosen.instance is not None or self._registry is None:
            return chosen.instance
        return self._registry.find(kind, chosen.use).cls(**chosen.settings)

    def classes(self, parts: Iterable[Part]) -> list[type]:
        """The class of each part; ``object`` for one that is not there."""
        if self._registry is None:
            return [type(p.chosen.instance) for p in parts]
        listed = [self._registry.listed.get((p.kind, p.chosen.use)) for p in parts]
        return [object if one is None else one.cls for one in listed]

    def explainer(self, name: str) -> ChosenExplainer:
        chosen = self._parts["explainer", name].chosen
        if not isinstance(chosen, ChosenExplainer):
            raise TypeError(f"{name} is no explainer")
        return replace(chosen, instance=self.instance("explainer", name))

    # -- to another process -----------------------------------------------------------------------------

    @property
    def can_be_handed_over(self) -> bool:
        """Whether another process finds all classes: those that were made inside of this one, it does not."""
        return all(_is_importable(type(p.chosen.instance)) for p in self._parts.values())

    def handed_over(self) -> list[bytes]:
        """Each part by itself, without its instance: one that cannot be read spoils no other."""
        return [pickle.dumps(replace(p, chosen=replace(p.chosen, instance=None))) for p in self._parts.values()]

    @classmethod
    def received(cls, parts: Iterable[bytes], registry: Registry) -> Cast:
        """From :meth:`handed_over` of our own parent process."""
        return cls((pickle.loads(part) for part in parts), registry)


def _is_importable(cls: type) -> bool:
    if "<locals>" in cls.__qualname__:
        return False
    top = cls.__module__.partition(".")[0]
    return any(finder.find_spec(top, None) for finder in sys.meta_path if hasattr(finder, "find_spec"))
