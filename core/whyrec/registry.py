"""Registry: the plugins that were found, by kind and name, and those that are broken, with the reason."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from importlib import metadata
from itertools import islice
from typing import TYPE_CHECKING, Any, cast

import pluggy

from whyrec import hookspecs
from whyrec.errors import PluginError, UnknownNameError, suggest
from whyrec.plugin import Plugin
from whyrec.settings import build, parameters

if TYPE_CHECKING:
    from whyrec.explainer import Explainer
    from whyrec.language import Language
    from whyrec.metric import Metric, RankingMetric
    from whyrec.recommender import Recommender
    from whyrec.source import DataSource

KINDS: Mapping[str, str] = {
    "recommender": "whyrec_recommenders",
    "explainer": "whyrec_explainers",
    "metric": "whyrec_metrics",
    "dataset": "whyrec_datasets",
    "embedding": "whyrec_embeddings",
    "language": "whyrec_languages",
}
_BUNDLED = "whyrec"
_MOST = 1000


@dataclass(frozen=True)
class Listed:
    """A plugin class that was found, and where it came from."""

    kind: str
    name: str
    cls: type[Plugin]
    distribution: str
    version: str


@dataclass(frozen=True)
class Broken:
    """What could not be used: where it came from, at which stage it failed, and why."""

    kind: str
    name: str
    distribution: str
    version: str
    stage: str
    reason: str


@dataclass
class Registry:
    """All plugins, by kind and name. Passed around, never global."""

    listed: dict[tuple[str, str], Listed] = field(default_factory=dict)
    broken: list[Broken] = field(default_factory=list)

    @classmethod
    def discover(cls) -> Registry:
        """Look through the entry points of group ``whyrec``. A broken plugin spoils only itself."""
        found = cls()
        points = [(p, _origin(p)) for p in metadata.entry_points(group=hookspecs.GROUP)]
        for point, (distribution, version) in sorted(points, key=lambda p: (p[1][0] != _BUNDLED, p[1][0], p[0].name)):
            try:
                plugin = point.load()
            except (Exception, SystemExit) as error:  # noqa: BLE001  anything may happen while a stranger's module loads
                found.broken.append(Broken("", point.name, distribution, version, "import", _reason(error)))
                continue
            found.add(plugin, name=point.name, distribution=distribution, version=version)
        return found

    def add(self, plugin: object, *, name: str, distribution: str = "", version: str = "") -> None:
        """Take in what a module (or object) with hooks offers; what fails becomes a row of ``broken``."""
        reason = _foreign(plugin)
        if reason is not None:
            self.broken.append(Broken("", name, distribution, version, "api", reason))
            return
        manager = pluggy.PluginManager(hookspecs.GROUP)
        manager.add_hookspecs(hookspecs)
        try:
            manager.register(plugin, name=name)
            manager.check_pending()
        except Exception as error:  # noqa: BLE001  pluggy looks at every attribute of a stranger's object
            self.broken.append(Broken("", name, distribution, version, "hooks", _reason(error)))
            return
        for kind, hook in KINDS.items():
            for implementation in getattr(manager.hook, hook).get_hookimpls():
                try:
                    offered = list(islice(implementation.function(), _MOST + 1))
                except (Exception, SystemExit) as error:  # noqa: BLE001  a stranger's hook
                    self.broken.append(Broken(kind, name, distribution, version, hook, _reason(error)))
                    continue
                if len(offered) > _MOST:
                    reason = f"it offers more than {_MOST} classes, perhaps without end"
                    self.broken.append(Broken(kind, name, distribution, version, hook, reason))
                    continue
                for cls in offered:
                    try:
                        self._list(kind, cls, name, distribution, version)
                    except Exception as error:  # noqa: BLE001  a stranger's class may answer oddly to any question
                        self.broken.append(Broken(kind, name, distribution, version, "class", _reason(error)))

    def _list(self, kind: str, cls: Any, point: str, distribution: str, version: str) -> None:
        label = str(getattr(cls, "name", None) or getattr(cls, "__name__", None) or point)
        reason = _unfit(kind, cls)
        twin = self.listed.get((kind, label))
        if reason is None and twin is not None:
            reason = (
                f"the name {label!r} is taken by {twin.distribution} {twin.version}; "
                f"{distribution} {version} offers it again"
            )
        if reason is not None:
            self.broken.append(Broken(kind, label, distribution, version, "class", reason))
            return
        self.listed[kind, label] = Listed(kind, label, cls, distribution, version)

    def names(self, kind: str) -> tuple[str, ...]:
        """The names of one kind, sorted."""
        return tuple(sorted(name for k, name in self.listed if k == kind))

    def find(self, kind: str, name: str) -> Listed:
        """Raises UnknownNameError with near names and whatever failed to load."""
        if (kind, name) in self.listed:
            return self.listed[kind, name]
        hint = suggest(name, self.names(kind), what=f"{kind}s")
        failed = [f"{b.name} ({b.distribution}: {b.reason})" for b in self.broken if b.kind in ("", kind)]
        if failed:
            hint += "; failed to load: " + "; ".join(failed)
        raise UnknownNameError(f"unknown {kind} {name!r}", hint=hint)

    def make(self, kind: str, name: str, **settings: Any) -> Any:
        """An instance with checked settings. Raises UnknownNameError, ConfigError."""
        return build(self.find(kind, name).cls, settings)

    def make_recommender(self, name: str, **settings: Any) -> Recommender:
        return cast("Recommender", self.make("recommender", name, **settings))

    def make_explainer(self, name: str, **settings: Any) -> Explainer:
        return cast("Explainer", self.make("explainer", name, **settings))

    def make_metric(self, name: str, **settings: Any) -> Metric | RankingMetric:
        return cast("Metric | RankingMetric", self.make("metric", name, **settings))

    def make_language(self, name: str, **settings: Any) -> Language:
        return cast("Language", self.make("language", name, **settings))

    def make_dataset(self, name: str, **settings: Any) -> DataSource:
        return cast("DataSource", self.make("dataset", name, **settings))


def _bases() -> dict[str, tuple[type, ...]]:
    from whyrec.embedding import TextEmbedding
    from whyrec.explainer import Explainer
    from whyrec.language import Language
    from whyrec.metric import Metric, RankingMetric
    from whyrec.recommender import Recommender
    from whyrec.source import DataSource

    return {
        "recommender": (Recommender,),
        "explainer": (Explainer,),
        "metric": (Metric, RankingMetric),
        "dataset": (DataSource,),
        "embedding": (TextEmbedding,),
        "language": (Language,),
    }


def _foreign(plugin: object) -> str | None:
    """Why a module's version of the plugin interface cannot be used here; None if it can."""
    try:
        wanted = getattr(plugin, "whyrec_api", 1)
    except Exception as error:  # noqa: BLE001  a stranger's object may answer oddly to any question
        return _reason(error)
    if isinstance(wanted, bool) or not isinstance(wanted, int):
        return f"whyrec_api is {wanted!r}; a whole number was expected"
    spoken = f"{hookspecs.OLDEST} to {hookspecs.API}" if hookspecs.OLDEST < hookspecs.API else f"{hookspecs.API}"
    head = f"it was written for version {wanted} of the plugin interface; this whyrec speaks {spoken}"
    if wanted > hookspecs.API:
        return f"{head}: upgrade whyrec"
    return f"{head}: upgrade the plugin" if wanted < hookspecs.OLDEST else None


def _unfit(kind: str, cls: Any) -> str | None:
    """Why an offered object cannot be a plugin of a kind; None if it can."""
    bases = _bases()[kind]
    wanted = " or ".join(b.__name__ for b in bases)
    if not isinstance(cls, type):
        return f"hooks return classes; got {cls!r}"
    if not issubclass(cls, bases) or not issubclass(cls, Plugin):
        return f"{cls.__name__} is not a {wanted}"
    if not isinstance(getattr(cls, "name", None), str) or not cls.name:
        return f"{cls.__name__} has no name"
    if inspect.isabstract(cls):
        return f"{cls.__name__} does not write {', '.join(sorted(getattr(cls, '__abstractmethods__', ())))}"
    if kind == "explainer" and not isinstance(getattr(cls, "needs", None), Mapping):
        return f"{cls.__name__} has no needs: a mapping from kinds of players to capabilities"
    if not isinstance(cls.packages, tuple) or not all(isinstance(p, str) for p in cls.packages):
        return f"{cls.__name__}.packages is {cls.packages!r}; a tuple of names was expected"
    try:
        parameters(cls)
    except (PluginError, NameError, TypeError, ValueError) as error:
        return _reason(error)
    return None


def _origin(point: metadata.EntryPoint) -> tuple[str, str]:
    return (point.dist.name, point.dist.version) if point.dist else ("unknown", "")


def _reason(error: BaseException) -> str:
    text = str(error).strip().splitlines()
    return f"{type(error).__name__}: {text[0] if text else ''}".rstrip(": ")


def capabilities_of(cls: type[Plugin]) -> tuple[str, ...]:
    """The names of a recommender class's capabilities, or the players that an explainer explains."""
    from whyrec.capabilities import CAPABILITIES

    needs: Iterable[str] | None = getattr(cls, "needs", None)
    if isinstance(needs, Mapping):
        return tuple(needs)
    return tuple(c.__name__ for c in CAPABILITIES if _has(cls, c))


def _has(cls: type, capability: type) -> bool:
    wanted = [m for m in vars(capability) if not m.startswith("_") and callable(getattr(capability, m))]
    return all(callable(getattr(cls, m, None)) for m in wanted)
