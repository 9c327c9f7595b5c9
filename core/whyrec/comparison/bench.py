"""Bench: where tasks are done, in this process or in a worker. A failure spoils only its own task."""

from __future__ import annotations

import traceback
from collections.abc import Callable

import numpy as np

from whyrec.comparison.blame import blame_of, reason_of
from whyrec.comparison.cast import Part
from whyrec.comparison.judge import Judge
from whyrec.comparison.models import Fit, Models, curve_of
from whyrec.comparison.scene import Scene
from whyrec.comparison.task import Outcome, Task
from whyrec.errors import PluginError
from whyrec.metric import Ranking
from whyrec.ranking import Recommendations
from whyrec.recommender import Progress
from whyrec.registry import Registry
from whyrec.store.kept import KeptTold

_TWICE = 2  # users who are scored twice, to see that a stranger's model answers alike


class Bench:
    """Does tasks, one after the other.

    Parameters
    ----------
    reader : explanations of the store, by key
    note : told who is at work, and at what, for when the process should not survive it
    """

    def __init__(
        self,
        scene: Scene,
        registry: Registry,
        reader: Callable[[str], KeptTold],
        *,
        progress: Progress | None = None,
        note: Callable[[Part, str], None] = lambda part, what: None,
    ) -> None:
        self._scene, self._reader, self._note = scene, reader, note
        self._models = Models(scene, registry, progress)

    def parts(self, task: Task) -> list[Part]:
        """The plugins that a task uses: the recommender, the explainer, the metrics."""
        cast = self._scene.cast
        found = [cast.part("recommender", task.recommender)]
        if task.explainer:
            found.append(cast.part("explainer", task.explainer))
        return found + [cast.part("metric", name) for name, _ in task.metrics]

    def run(self, task: Task) -> Outcome:
        """Do a task. Whatever a plugin raises becomes part of the outcome."""
        out = Outcome()
        parts = self.parts(task)
        at_work = [parts[0]]

        def turn(part: Part, what: str) -> None:
            at_work[0] = part
            self._note(part, what)

        try:
            if task.kind == "fit":
                self._fit(task, out, turn)
            else:
                judge = Judge(self._scene, lambda: self._get(task, turn, at_work[0]), self._reader, turn)
                (judge.cell if task.kind == "cell" else judge.beside)(task, out)
        except (Exception, SystemExit) as error:  # noqa: BLE001  a plugin's code: it may spoil only its own results
            cast = self._scene.cast
            fail(out, error, blame_of(error, parts, cast.classes(parts), at_work[0]))
        return out

    def held(self) -> object | None:
        """The model in hand."""
        return self._models.held

    def _get(self, task: Task, turn: Callable[[Part, str], None], back: Part) -> Fit:
        if (held := self._models.at_hand(task)) is not None:
            return held
        turn(self._scene.cast.part("recommender", task.recommender), "being loaded")
        fit = self._models.get(task)
        turn(back, "at work")
        return fit

    def _fit(self, task: Task, out: Outcome, turn: Callable[[Part, str], None]) -> None:
        part = self._scene.cast.part("recommender", task.recommender)
        turn(part, "fitting")
        fit = self._models.get(task, train=task.sha256 is None)
        out.fit_seconds, out.curve = fit.seconds, curve_of(fit.model)
        if fit.seconds is not None:
            out.sha256 = self._models.save(task, fit.model)
        if part.is_stranger:
            self._must_answer_alike(fit)
        self._rank(task, fit, out, turn)

    def _must_answer_alike(self, fit: Fit) -> None:
        histories = self._scene.split.train.histories.take(self._scene.users[:_TWICE])
        first, second = fit.model.score(histories).copy(), fit.model.score(histories)
        if not np.array_equal(first, second):
            raise PluginError(
                f"{fit.model.name} does not answer alike: the same histories got scores up to "
                f"{np.abs(first - second).max():.3g} apart the second time",
                hint="draw random numbers in _fit only, from the generator that is handed over",
            )

    def _rank(self, task: Task, fit: Fit, out: Outcome, turn: Callable[[Part, str], None]) -> None:
        """Judge recommendations by what was held out."""
        train, test = self._scene.split.train, self._scene.split.test
        rows = np.flatnonzero(np.diff(test.indptr) > 0).astype(np.int64)
        if not task.metrics or len(rows) == 0:
            return
        cast = self._scene.cast
        metrics = [(key, cast.instance("metric", name), cast.part("metric", name)) for name, key in task.metrics]
        top = fit.model.top(train.histories.take(rows), max(m.depth for _, m, _ in metrics))
        for key, metric, part in metrics:
            turn(part, "measuring")
            cut = Recommendations(top.items[:, : metric.depth], top.scores[:, : metric.depth])
            out.figures[key] = metric.measure(Ranking(train, cut, test[rows], rows))


def fail(out: Outcome, error: BaseException, part: Part) -> None:
    """Note in an outcome what was raised, and by whom."""
    out.state = "oom" if isinstance(error, MemoryError) else "failed"
    out.reason = reason_of(error)
    out.traceback = "".join(traceback.format_exception(error))
    out.blame = part.origin
