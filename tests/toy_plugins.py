"""Toy plugins for the registry, the config and the command line: every answer is known by hand."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from pydantic import Field
from scipy.sparse import csr_array

from whyrec import (
    Attribution,
    Catalog,
    CleaningReport,
    Dataset,
    DataSource,
    Evidence,
    Explainer,
    Features,
    Game,
    Histories,
    Index,
    LinearInHistory,
    Measure,
    Metric,
    Progress,
    Recommender,
    Registry,
    ScoresFeatures,
    hookimpl,
)
from whyrec_plugins.languages.chinese import Chinese
from whyrec_plugins.languages.english import English

TITLES = ("Tea", "Coffee", "Cup [red]x[/]", "=1+1", "学习手册")


class Toy(DataSource):
    """Four users and five items; the last user did nothing."""

    name = "toy"
    summary = "four users, five items"

    def __init__(
        self,
        *,
        path: Path | None = None,
        weights: dict[str, float] | None = None,
        half_life: Annotated[float, Field(gt=0, le=1e6)] | None = None,
        rejected: Path | None = None,
    ) -> None:
        self.path = path
        self.weights = weights
        self.half_life = half_life
        self.rejected = rejected

    def folder(self) -> Path | None:
        return self.path

    def _load(self, seed: int) -> Dataset:
        interest = csr_array(np.array([[1, 2, 0, 0, 0], [0, 1, 1, 0, 0], [3, 0, 0, 1, 0], [0, 0, 0, 0, 0]], np.float64))
        genres = Features(
            csr_array(np.array([[1, 0], [1, 0], [0, 1], [0, 1], [1, 1]], np.float64)),
            ("genre", "genre"),
            ("drink", "thing"),
            {"genre": "multi"},
        )
        return Dataset(
            "toy",
            Index(("anna", "ben", "clara", "dora"), "user"),
            Catalog(Index(("i1", "i2", "i3", "i4", "i5"), "item"), {"": TITLES}, genres),
            Histories.from_interest(interest),
            CleaningReport(8, 6, {"no user": 2}, {}, ("a warning",)),
            interest_by="genre",
        )


class Linear(Recommender):
    """score = scale · interest @ W, W the same in every run."""

    name = "linear"
    summary = "a fixed linear model"
    state = ("_W",)

    def __init__(
        self,
        *,
        scale: Annotated[float, Field(gt=0, le=1000)] = 1.0,
        size: Annotated[int, Field(ge=1, le=512)] = 8,
        mode: Literal["plain", "boosted"] = "plain",
        parts: list[dict[str, Any]] | None = None,
        flag: bool = False,
    ) -> None:
        self.scale = scale
        self.size = size
        self.mode = mode
        self.parts = parts
        self.flag = flag

    def _fit(self, data: Dataset, rng: np.random.Generator, progress: Progress) -> None:
        progress(0.5, "half")
        self._W = self.scale * np.array(
            [[0, 0, 0.5, 0.1, 0.2], [0, 0, 0.25, 0.3, 0.1], [1, 1, 0, 0, 0], [1, -1, 0, 0, 0.5], [0, 0, 0, 0, 0]]
        )

    def _score(self, histories: Histories, items: Any) -> Any:
        scores = histories.interest @ self._W
        return scores if items is None else scores[:, items]

    def history_weights(self, items: Any) -> Any:
        return self._W[:, items], np.zeros(len(items))


class Broke(Linear):
    """Fails while it is fitted."""

    name = "broke"
    summary = "raises in fit"

    def _fit(self, data: Dataset, rng: np.random.Generator, progress: Progress) -> None:
        raise RuntimeError("no luck today")


class Exact(Explainer):
    """Reads the weights of a linear model."""

    name = "exact"
    summary = "weights times interest"
    needs: ClassVar[Mapping[str, tuple[type, ...]]] = {"history": (LinearInHistory,), "features": (ScoresFeatures,)}
    exact = True

    def _explain(self, model: Any, games: Sequence[Game], rngs: Any) -> Sequence[Attribution]:
        out = []
        for game in games:
            W, b = model.history_weights(game.items)
            own = W[game.history.interest.indices] * game.history.interest.data[:, None]
            out.append(Attribution(own.T, b))
        return out


class Rough(Explainer):
    """Half of what each player does when it alone is taken away: does not add up, and says so."""

    name = "rough"
    summary = "leave one out, halved"
    additive = False
    needs: ClassVar[Mapping[str, tuple[type, ...]]] = {"history": (), "interests": ()}

    def __init__(self, *, share: float = 0.5) -> None:
        self.share = share

    def _explain(self, model: Any, games: Sequence[Game], rngs: Any) -> Sequence[Attribution]:
        out = []
        for game in games:
            without = game.values(~np.eye(game.n_players, dtype=bool)).reshape(game.n_players, len(game.items))
            out.append(Attribution(self.share * (game.full_value - without).T, game.base_value))
        return out


class Gap(Metric):
    name = "gap"
    summary = "completeness gap"
    packages = ("package_that_is_not_there",)

    def measures(self) -> tuple[Measure, ...]:
        return (Measure("gap", "lower", "|residual| / mass", "0…1"),)

    def _measure(self, evidence: Evidence) -> Mapping[str, Any]:
        return {"gap": np.array([e.gap for e in evidence.explanations])}


class Residual(Gap):
    name = "residual"
    summary = "what is left unexplained"
    packages = ()

    def measures(self) -> tuple[Measure, ...]:
        return tuple(Measure(f"left@{k}", "lower", "|residual|", "0…") for k in (5, 10))

    def _measure(self, evidence: Evidence) -> Mapping[str, Any]:
        left = np.array([abs(e.residual) for e in evidence.explanations])
        return {"left@5": left, "left@10": 2 * left}


def hooks(
    recommenders: Iterable[Any] = (),
    explainers: Iterable[Any] = (),
    metrics: Iterable[Any] = (),
    datasets: Any = (),
    languages: Any = (),
) -> SimpleNamespace:
    """An object with hooks, such as a plugin's module is."""

    @hookimpl
    def whyrec_recommenders() -> Any:
        return recommenders

    @hookimpl
    def whyrec_explainers() -> Any:
        return explainers

    @hookimpl
    def whyrec_metrics() -> Any:
        return metrics

    @hookimpl
    def whyrec_datasets() -> Any:
        return datasets

    @hookimpl
    def whyrec_languages() -> Any:
        return languages

    return SimpleNamespace(
        whyrec_recommenders=whyrec_recommenders,
        whyrec_explainers=whyrec_explainers,
        whyrec_metrics=whyrec_metrics,
        whyrec_datasets=whyrec_datasets,
        whyrec_languages=whyrec_languages,
    )


def toy_registry() -> Registry:
    """A registry that holds the toys."""
    registry = Registry()
    toys = hooks([Linear, Broke], [Exact, Rough], [Gap, Residual], [Toy], [English, Chinese])
    registry.add(toys, name="toys", distribution="toys", version="1.0")
    return registry
