"""Judging: the explanations of each cell made and measured, then the cells of a model held against each other."""

from __future__ import annotations

import time
import traceback
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from whyrec.comparison.interval import Bootstrap, by_user
from whyrec.comparison.paired import conclude, worth
from whyrec.comparison.plan import Cell
from whyrec.comparison.rows import ORDERS, aims_at
from whyrec.config.model import ChosenExplainer, Config
from whyrec.dataset import Dataset, Split
from whyrec.explanation import Explanation
from whyrec.game import Game, games_for
from whyrec.metric import Evidence, Metric, RankingMetric
from whyrec.recommender import Recommender
from whyrec.types import FloatArray, IntArray

_AGAIN = {"repeats", "explainer"}
"""Needs of a metric for which explanations are made again: for a few users only."""

_KEPT = 1000  # users whose explanations are kept until the others of the same model are made


@dataclass(frozen=True)
class Scene:
    """What all cells share: the settings, the data, and who is explained."""

    config: Config
    split: Split
    users: IntArray
    metrics: tuple[Metric, ...]
    rankings: tuple[RankingMetric, ...]
    bootstrap: Bootstrap


def scene_of(config: Config, parts: Split) -> Scene:
    """Users are drawn by the seed among those with a history."""
    run = config.run
    known = np.flatnonzero(np.diff(parts.train.histories.indptr) > 0)
    rng = np.random.default_rng(run.seed)
    chosen = [m.instance for m in config.metrics]
    return Scene(
        config,
        parts,
        np.sort(rng.choice(known, min(run.users, len(known)), replace=False)).astype(np.int64),
        tuple(m for m in chosen if isinstance(m, Metric)),
        tuple(m for m in chosen if isinstance(m, RankingMetric)),
        Bootstrap(run.bootstrap, run.seed),
    )


@dataclass(frozen=True)
class _Told:
    """What an explainer said, kept until the other explainers of the model have spoken."""

    cell: Cell
    evidence: Evidence

    @property
    def group(self) -> tuple[object, ...]:
        """Cells of one group have the same users, items and players."""
        return self.cell.players, self.cell.by


class Judge:
    """The cells of one fitted model. A failure spoils only its own cell."""

    def __init__(self, model: Recommender, scene: Scene) -> None:
        self._model = model
        self._scene = scene
        self._cells: list[Cell] = []
        self._told: list[_Told] = []
        self._plain = [m for m in scene.metrics if not m.needs & {*_AGAIN, "others"}]
        self._again = [m for m in scene.metrics if m.needs & _AGAIN]
        self._shared = [m for m in scene.metrics if "others" in m.needs and not m.needs & _AGAIN]

    def run(self, cell: Cell) -> None:
        """Explain and measure."""
        try:
            self._run(cell)
            cell.state = "done"
        except Exception as error:  # noqa: BLE001  a plugin's code: it may spoil only its own results
            _fail(cell, error)

    def conclude(self, better: Mapping[str, str | None]) -> None:
        """Measure what needs all explainers, and hold the cells against each other."""
        for told in self._told:
            if told.cell.state == "done":
                try:
                    self._measure(told.cell, self._shared, [replace(told.evidence, others=self._others(told))])
                except Exception as error:  # noqa: BLE001  a plugin's code: it may spoil only its own results
                    _fail(told.cell, error)
        conclude(
            self._cells, better, self._scene.bootstrap, lambda c, figure: aims_at(self._chosen(c).instance, figure)
        )
        for cell in self._cells:
            cell.columns.clear()
        self._told.clear()

    # -- inside -----------------------------------------------------------------------------------------

    def _chosen(self, cell: Cell) -> ChosenExplainer:
        return next(e for e in self._scene.config.explainers if e.id == cell.explainer)

    def _run(self, cell: Cell) -> None:
        scene, run, chosen = self._scene, self._scene.config.run, self._chosen(cell)
        self._cells.append(cell)
        games = self._games(chosen, cell.players, scene.users)
        begun = time.perf_counter()
        explanations = chosen.instance.explain(self._model, games, seed=run.seed)
        cell.seconds = time.perf_counter() - begun
        cell.model_calls = float(np.mean([g.calls for g in games])) if games else 0.0
        evidence = _evidence(scene.split.train, games, explanations)
        self._measure(cell, self._plain, self._orders(cell, chosen, evidence, games))
        if cell.role == "ceiling":
            return
        if self._again:
            self._measure(cell, self._again, [self._once_more(cell, chosen)])
        if self._shared:
            self._told.append(_Told(cell, _first_users(evidence, _KEPT)))

    def _orders(
        self, cell: Cell, chosen: ChosenExplainer, evidence: Evidence, games: Sequence[Game]
    ) -> Iterable[Evidence]:
        """The evidence; for a floor, that of several random orders, one after the other."""
        yield evidence
        if cell.role == "floor" and self._plain:
            for r in range(1, ORDERS):
                told = chosen.instance.explain(self._model, games, seed=self._scene.config.run.seed + r)
                yield replace(evidence, explanations=told)

    def _games(self, asked: ChosenExplainer, kind: str, users: IntArray) -> list[Game]:
        train = self._scene.split.train
        histories = train.histories.take(users)
        items = self._model.top(histories, self._scene.config.run.k).items
        return games_for(
            self._model,
            histories,
            items[:, :1] if getattr(asked.instance, "steps", None) == "lxr11" else items,
            kind=kind,
            by=asked.by,
            users=[train.users[int(u)] for u in users],
            rows=users,
            target=asked.target,
            removal=asked.removal,
        )

    def _once_more(self, cell: Cell, chosen: ChosenExplainer) -> Evidence:
        """The explanations of a few users, also under other seeds, and the explainer to explain something else."""
        run = self._scene.config.run
        games = self._games(chosen, cell.players, self._scene.users[: run.repeat_users])
        seeds = range(run.repeats if any("repeats" in m.needs for m in self._again) else 1)
        runs = [chosen.instance.explain(self._model, games, seed=run.seed + r) for r in seeds]
        first = _evidence(self._scene.split.train, games, runs[0])
        return replace(first, repeats=runs, explainer=chosen.instance, seed=run.seed)

    def _others(self, told: _Told) -> dict[str, Sequence[FloatArray]]:
        """Explainer → its values for the same items and players; no floor, no ceiling."""
        return {
            other.cell.explainer: [e.values for e in other.evidence.explanations]
            for other in self._told
            if other is not told and other.cell.role == "explainer" and other.group == told.group
        }

    def _measure(self, cell: Cell, metrics: Sequence[Metric], every: Iterable[Evidence]) -> None:
        """Figures of a cell, each user's mean over all evidence: over several random orders, for the floor.

        A ceiling is fitted to its own figures, and would make a poor show of any other: only they are kept.
        """
        aimed = self._chosen(cell).instance
        cards = [c for m in metrics for c in m.measures() if cell.role != "ceiling" or aims_at(aimed, c.name)]
        names = {c.name for c in cards}
        asked = [m for m in metrics if names & {c.name for c in m.measures()}]
        found: dict[str, list[FloatArray]] = {}
        for evidence in every:
            users = np.array([g.row for g in evidence.games], np.int64)
            for metric in asked:
                for name, values in metric.measure(evidence).items():
                    found.setdefault(name, []).append(by_user(values, users, self._scene.users))
        for card in cards:
            parts = [card.name] if card.harmonic is None else card.harmonic
            columns = np.stack([np.mean(found[part], axis=0) for part in parts], axis=1)
            cell.columns[card.name] = columns
            cell.metrics[card.name] = self._scene.bootstrap.figure(columns, worth(columns))


def _first_users(evidence: Evidence, users: int) -> Evidence:
    """The evidence of the first users only: explanations that wait for other ones are held in memory."""
    rows = np.array([g.row for g in evidence.games], np.int64)
    known = np.unique(rows)[:users]
    if len(known) == 0:
        return evidence
    end = int(np.searchsorted(rows, known[-1], side="right"))
    return replace(
        evidence,
        games=evidence.games[:end],
        column=evidence.column[:end],
        explanations=evidence.explanations[:end],
        place=evidence.place[:end],
    )


def _evidence(data: Dataset, games: Sequence[Game], explanations: Sequence[Explanation]) -> Evidence:
    """Explanations stand game after game, item after item; a user's items stand in order of recommendation."""
    of = [g for g in games for _ in g.items]
    column = [k for g in games for k in range(len(g.items))]
    place: list[int] = []
    for game in of:
        place.append(place[-1] + 1 if place and of[len(place) - 1].row == game.row else 0)
    return Evidence(data, of, column, explanations, place=place)


def _fail(cell: Cell, error: Exception) -> None:
    cell.state, cell.reason, cell.traceback = "failed", reason_of(error), traceback.format_exc()


def reason_of(error: Exception) -> str:
    """Type and first line of the message."""
    return f"{type(error).__name__}: {error}".strip().splitlines()[0]
