"""Judging: the explanations of one cell made, and measured."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import overload

import numpy as np

from whyrec.comparison.cast import Part
from whyrec.comparison.interval import by_user
from whyrec.comparison.models import Fit
from whyrec.comparison.rows import ORDERS, role_of
from whyrec.comparison.scene import Scene, is_repeated
from whyrec.comparison.task import Outcome, Task
from whyrec.comparison.told import decode, encode, values_of
from whyrec.config.model import ChosenExplainer
from whyrec.dataset import Dataset
from whyrec.errors import PluginError
from whyrec.explanation import Explanation
from whyrec.game import Game, games_for
from whyrec.metric import Evidence, Metric
from whyrec.store.kept import KeptTold
from whyrec.types import FloatArray, IntArray

_KEPT = 1000  # users whose explanations are kept: for the other explainers of the model, and to be looked at
_SAME = 1e-6  # how far explanations at one seed may lie apart, relative to the largest value
_TWICE = 2  # users who are explained twice, to see that a stranger's explainer keeps to its seed


@dataclass(frozen=True)
class Judge:
    """Judges the cells of one fitted model.

    fit : gives the model, when it is first needed
    reader : explanations of the store, by key
    at_work : told which plugin is at work, and at what
    """

    scene: Scene
    fit: Callable[[], Fit]
    reader: Callable[[str], KeptTold]
    at_work: Callable[[Part, str], None]

    def cell(self, task: Task, out: Outcome) -> None:
        """Explain and measure; what was found stays in ``out`` even if something later fails."""
        part = self.scene.cast.part("explainer", task.explainer)
        chosen = self.scene.cast.explainer(task.explainer)
        metrics = self._metrics(task)
        plain = [m for m in metrics if not is_repeated(m[1])]
        again = [m for m in metrics if is_repeated(m[1])]
        evidence = self._kept(task, chosen) if task.has_told else self._told(task, part, chosen, out)
        floor = role_of(chosen.use) == "floor"
        self._measure(plain, self._orders(task, chosen, evidence, floor and plain), ORDERS if floor else 1, out)
        if again:
            self.at_work(part, "explaining again")
            self._measure(again, [self._once_more(task, chosen, [m for _, m, _ in again])], 1, out)

    def beside(self, task: Task, out: Outcome) -> None:
        """Measure what needs all explainers, from their explanations in the store."""
        chosen = self.scene.cast.explainer(task.explainer)
        evidence = self._kept(task, chosen)
        others = {name: values_of(self.reader(key)) for name, key in task.others}
        self._measure(self._metrics(task), [replace(evidence, others=others)], 1, out)

    # -- explaining -------------------------------------------------------------------------------------

    def _told(self, task: Task, part: Part, chosen: ChosenExplainer, out: Outcome) -> Evidence:
        run = self.scene.run
        games = self._games(chosen, task.players, self.scene.users)
        self.at_work(part, "explaining")
        begun = time.perf_counter()
        explanations = chosen.instance.explain(self.fit().model, games, seed=run.seed)
        seconds = time.perf_counter() - begun
        calls = float(np.mean([g.calls for g in games])) if games else 0.0
        evidence = _evidence(self.scene.split.train, games, explanations)
        if part.is_stranger:
            self._must_keep_to_its_seed(task, chosen, evidence)
        whole = len(self.scene.users) <= _KEPT
        last = self.scene.users[:_KEPT][-1] if len(self.scene.users) else -1
        first = evidence if whole else _until(evidence, int(last))
        out.told = encode(
            [g for g in games if g.row <= last], first.games, first.explanations, first.place,
            whole=whole, seconds=seconds, model_calls=calls, players=not task.has_known,
        )  # fmt: skip
        return evidence

    def _must_keep_to_its_seed(self, task: Task, chosen: ChosenExplainer, evidence: Evidence) -> None:
        games = self._games(chosen, task.players, self.scene.users[:_TWICE])
        told = chosen.instance.explain(self.fit().model, games, seed=self.scene.run.seed)
        for first, second in zip(evidence.explanations, told, strict=False):
            apart = np.abs(first.values - second.values).max(initial=0.0)
            if apart > _SAME * np.abs(first.values).max(initial=0.0):
                raise PluginError(
                    f"{chosen.use} does not keep to its seed: user {first.user_id!r}, item {first.item_id!r} got "
                    f"values {apart:.3g} apart the second time, with seed {self.scene.run.seed} both times",
                    hint="draw all random numbers from the generators that are handed over: rngs[g]",
                )

    def _games(self, asked: ChosenExplainer, kind: str, users: IntArray) -> list[Game]:
        train, fit = self.scene.split.train, self.fit()
        items = fit.items[np.searchsorted(self.scene.users, users)]
        return games_for(
            fit.model,
            train.histories.take(users),
            items[:, :1] if getattr(asked.instance, "steps", None) == "lxr11" else items,
            kind=kind,
            by=asked.by,
            users=[train.users[int(u)] for u in users],
            rows=users,
            target=asked.target,
            removal=asked.removal,
        )

    def _kept(self, task: Task, chosen: ChosenExplainer) -> Evidence:
        """The evidence that the store holds: of all users in a cell, of the first ones beside others."""
        told = self.reader(task.told)
        games = _KeptGames(lambda: self._games(chosen, task.players, self.scene.users[:_KEPT]), told.arrays["game"])
        places = told.arrays["place"].tolist()
        column = places if task.players != "features" else [0] * len(places)
        return Evidence(self.scene.split.train, games, column, decode(told), place=places)

    def _orders(self, task: Task, chosen: ChosenExplainer, evidence: Evidence, again: object) -> Iterable[Evidence]:
        """The evidence; for a floor, that of several random orders, one after the other."""
        yield evidence
        if again:
            games = self._games(chosen, task.players, self.scene.users)
            for r in range(1, ORDERS):
                told = chosen.instance.explain(self.fit().model, games, seed=self.scene.run.seed + r)
                yield replace(evidence, games=_evidence(evidence.data, games, told).games, explanations=told)

    def _once_more(self, task: Task, chosen: ChosenExplainer, metrics: Sequence[Metric]) -> Evidence:
        """The explanations of a few users, also under other seeds, and the explainer to explain something else."""
        run = self.scene.run
        games = self._games(chosen, task.players, self.scene.users[: run.repeat_users])
        seeds = range(run.repeats if any("repeats" in m.needs for m in metrics) else 1)
        runs = [chosen.instance.explain(self.fit().model, games, seed=run.seed + r) for r in seeds]
        first = _evidence(self.scene.split.train, games, runs[0])
        return replace(first, repeats=runs, explainer=chosen.instance, seed=run.seed)

    # -- measuring --------------------------------------------------------------------------------------

    def _metrics(self, task: Task) -> list[tuple[str, Metric, Part]]:
        cast = self.scene.cast
        return [(key, cast.instance("metric", name), cast.part("metric", name)) for name, key in task.metrics]

    def _measure(
        self, metrics: Sequence[tuple[str, Metric, Part]], every: Iterable[Evidence], times: int, out: Outcome
    ) -> None:
        """Figures, each user's mean over all evidence (of which there are ``times``): over several random orders, for
        the floor."""
        found: dict[str, dict[str, list[FloatArray]]] = {key: {} for key, _, _ in metrics}
        try:
            for evidence in every if metrics else ():
                users = np.array([g.row for g in evidence.games], np.int64)
                for key, metric, part in metrics:
                    self.at_work(part, "measuring")
                    for name, values in metric.measure(evidence).items():
                        found[key].setdefault(name, []).append(by_user(values, users, self.scene.users))
        finally:
            for key, own in found.items():
                if own and all(len(columns) == times for columns in own.values()):
                    out.figures[key] = {name: np.mean(columns, axis=0) for name, columns in own.items()}


class _KeptGames(Sequence[Game]):
    """The games of kept explanations, made when a metric looks at them."""

    def __init__(self, make: Callable[[], list[Game]], position: IntArray) -> None:
        self._make, self._position = make, position
        self._games: list[Game] | None = None

    def __len__(self) -> int:
        return len(self._position)

    @overload
    def __getitem__(self, at: int) -> Game: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Game]: ...
    def __getitem__(self, at: int | slice) -> Game | Sequence[Game]:
        if isinstance(at, slice):
            return [self[i] for i in range(len(self))[at]]
        if self._games is None:
            self._games = self._make()
        return self._games[int(self._position[at])]

    def __iter__(self) -> Iterator[Game]:
        return (self[i] for i in range(len(self)))


def _until(evidence: Evidence, last: int) -> Evidence:
    """The evidence of the users up to one: explanations that are kept take room."""
    rows = np.array([g.row for g in evidence.games], np.int64)
    end = int(np.searchsorted(rows, last, side="right"))
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
