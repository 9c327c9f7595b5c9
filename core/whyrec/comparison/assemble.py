"""Assembling: what the store holds of a comparison, as its result."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from whyrec.comparison.board import Board, Entry, Stage
from whyrec.comparison.interval import Bootstrap
from whyrec.comparison.paired import conclude, worth
from whyrec.comparison.plan import Cell, State
from whyrec.comparison.result import Fitted
from whyrec.comparison.rows import aims_at
from whyrec.comparison.scene import Scene
from whyrec.store.errors import StoreError
from whyrec.store.kept import Kept
from whyrec.store.packing import Arrays
from whyrec.store.work import Status

_STATES: dict[str, State] = {"done": "done", "failed": "failed", "timeout": "timeout", "oom": "oom"}
"""How work ends, as states of cells."""


class Assembly:
    """Fills in the rows of a result, model by model."""

    def __init__(
        self, scene: Scene, board: Board, kept: Kept, status: Mapping[str, Status], better: Mapping[str, str | None]
    ) -> None:
        self._scene, self._board, self._kept, self._status, self._better = scene, board, kept, status, better
        self._bootstrap = Bootstrap(scene.run.bootstrap, scene.run.seed)

    def fill(self, fitted: Fitted, stage: Stage) -> None:
        """One recommender and its cells."""
        self._fit(fitted, stage)
        for entry in stage.entries:
            if entry.cell.state == "planned":
                self._cell(entry, fitted)
        cells = [e.cell for e in stage.entries]
        conclude(cells, self._better, self._bootstrap, self._aims)
        for cell in cells:
            cell.columns.clear()

    def _fit(self, fitted: Fitted, stage: Stage) -> None:
        if stage.fit is None:
            missing = type(self._scene.cast.instance("recommender", stage.recommender)).missing()
            fitted.state, fitted.reason = "skipped", f"needs {', '.join(missing)}, not installed"
            return
        known = self._status[stage.fit.key]
        fitted.state, fitted.reason, fitted.traceback, fitted.blame = (
            known.state, known.reason, known.traceback, known.blame,
        )  # fmt: skip
        model = self._kept.model(stage.fit.model)
        if model is not None:
            fitted.fit_seconds, fitted.curve = model.fit_seconds, model.curve
        for _, key in stage.fit.metrics if known.state == "done" else ():
            for name, values in (self._kept.figures(stage.fit.model, key) or {}).items():
                fitted.metrics[name] = self._bootstrap.figure(values)

    def _cell(self, entry: Entry, fitted: Fitted) -> None:
        cell, task = entry.cell, entry.task
        if fitted.state != "done":
            cell.state, cell.reason = "failed", f"{cell.recommender} could not be fitted: {fitted.reason}"
            return
        known = self._status[task.key]
        if known.state == "done" and entry.shared is not None:
            known = self._status[entry.shared.key]
        cell.state = _STATES[known.state]
        cell.reason, cell.traceback, cell.blame = known.reason, known.traceback, known.blame
        if known.state == "done":
            cell.seconds, cell.model_calls = self._kept.cost(task.told)
            self._measure(entry)

    def _measure(self, entry: Entry) -> None:
        """Figures of a cell. A ceiling would make a poor show of any but its own: only they are kept."""
        cell = entry.cell
        aimed = self._scene.cast.part("explainer", cell.explainer).chosen.instance
        for metric, key in self._board.metrics_of(entry):
            found = self._kept.figures(entry.task.told, key)
            if found is None:
                raise StoreError(f"the figures of {metric.name} for {entry.task.text} are not in the store")
            for card in metric.cards():
                if cell.role == "ceiling" and not aims_at(aimed, card.name):
                    continue
                columns = _columns(found, (card.name,) if card.harmonic is None else card.harmonic)
                cell.columns[card.name] = columns
                cell.metrics[card.name] = self._bootstrap.figure(columns, worth(columns))

    @property
    def _aims(self) -> Callable[[Cell, str], bool]:
        return lambda c, figure: aims_at(self._scene.cast.part("explainer", c.explainer).chosen.instance, figure)


def _columns(found: Arrays, parts: tuple[str, ...]) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    columns: np.ndarray[tuple[int, int], np.dtype[np.float64]] = np.stack([found[p] for p in parts], axis=1)
    return columns
