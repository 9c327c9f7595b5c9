"""The contract of recommenders: any history has scores, and nothing but the history decides them."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from whyrec.dataset import Dataset
from whyrec.errors import NotFittedError, UnsupportedError
from whyrec.histories import Histories
from whyrec.recommender import Recommender
from whyrec.registry import Listed, Registry
from whyrec.saved import load_model
from whyrec.testing.abilities import answers
from whyrec.testing.capabilities import CapabilityChecks
from whyrec.testing.check import near, need, skip
from whyrec.testing.untouched import inputs_untouched, process_untouched
from whyrec.testing.world import NOBODY, odd_histories, world
from whyrec.types import FloatArray


class RecommenderContract(CapabilityChecks):
    """What every recommender must hold. Override :meth:`data` for a model that needs a world of its own.

    ``tolerance``: how far scores may move by rounding, relative to the largest one.
    """

    plugin: ClassVar[type[Recommender]]

    def data(self, seed: int = 0) -> Dataset:
        """The world to learn from; another one for another seed."""
        return world(seed)

    @property
    def model(self) -> Recommender:
        """A fitted model, for the checks that change nothing."""
        return self.shared("model", self.fresh)

    def fresh(self, *, data: int = 0, seed: int = 1) -> Recommender:
        model: Recommender = self.make()
        return model.fit(self.data(data), seed=seed)

    @property
    def histories(self) -> Histories:
        return self.model.data.histories

    # -- scores -------------------------------------------------------------------------------------------

    def test_unfitted_raises(self) -> None:
        """Before a fit there are no scores: NotFittedError."""
        ways: tuple[Callable[[Recommender], Any], ...] = (
            lambda model: model.score(self.data().histories),
            lambda model: model.top(self.data().histories),
        )
        for ask in ways:
            try:
                ask(self.make())
            except NotFittedError:
                continue
            need(False, "scores before fit() were given")

    def test_shapes_and_finite(self) -> None:
        """(rows, n_items), or a column for each item asked, in that order; every number is finite."""
        n = self.model.data.n_items
        whole = self.model.score(self.histories)
        need(whole.shape == (len(self.histories), n), f"score() is {whole.shape}")
        for items in (np.array([3, 0, n - 1]), np.array([2, 2]), np.arange(n)[::-1], np.zeros(0, np.int64)):
            found = self.model.score(self.histories, items)
            near(found, whole[:, items], f"score(items={items.tolist()})", relative=self.tolerance)
        nobody = self.histories.take(np.zeros(0, np.int64))
        need(self.model.score(nobody).shape == (0, n), "score() of no histories at all has another shape")

    def test_any_history(self) -> None:
        """Whatever a history holds, it has finite scores: nothing, one event, dislikes, huge weights, everything."""
        for what, history in odd_histories(self.model.data).items():
            try:
                self.model.score(history)
            except Exception as error:  # noqa: BLE001  to say which history it was
                need(False, f"a history of {what}: {type(error).__name__}: {error}")

    def test_empty_history(self) -> None:
        """Users of whom nothing is known get the same scores, in training and after."""
        nothing, nobody = odd_histories(self.model.data)["nothing"], self.histories.take(np.array([NOBODY]))
        found = self.model.score(Histories.concat([nobody, self.histories, nothing, nobody]))
        wanted = np.tile(self.model.score(nothing), (3, 1))
        near(found[[0, -2, -1]], wanted, "empty histories of training and others", relative=self.tolerance)

    def test_rows_are_independent(self) -> None:
        """A history scores the same alone, in a batch, in a reversed batch, and twice in one batch."""
        whole, n = self.model.score(self.histories), len(self.histories)
        alone = np.concatenate([self.model.score(self.histories.take(np.array([r]))) for r in range(n)])
        near(alone, whole, "rows alone", relative=self.tolerance)
        for what, order in (("reversed", np.arange(n)[::-1]), ("twice", np.repeat(np.arange(n), 2))):
            near(self.model.score(self.histories.take(order)), whole[order], f"rows {what}", relative=self.tolerance)

    def test_scoring_changes_nothing(self) -> None:
        """The same question gets the same answer, however often and whatever was asked between."""
        before = self.model.score(self.histories).copy()
        self.model.score(self.histories.take(np.arange(3)), np.array([1, 0]))
        for history in odd_histories(self.model.data).values():
            self.model.score(history)
        near(self.model.score(self.histories), before, "the second time", relative=self.tolerance)

    def test_recommend_leaves_scores_alone(self) -> None:
        """What is seen is left out of recommendations, not out of the model."""
        before = self.model.score(self.histories).copy()
        ranked = self.model.top(self.histories, 5)
        self.model.recommend(self.model.data.users.ids[:3], k=3)
        near(self.model.score(self.histories), before, "after recommend()", relative=self.tolerance)
        there = ranked.items >= 0
        rows = np.nonzero(there)[0]
        near(
            ranked.scores[there], before[rows, ranked.items[there]], "ranked by other numbers", relative=self.tolerance
        )

    # -- fitting ------------------------------------------------------------------------------------------

    def test_same_seed_same_scores(self) -> None:
        """Equal data, settings and seed give equal scores, whoever draws random numbers beside."""
        np.random.random(7)  # noqa: NPY002  somebody else
        near(self.fresh().score(self.histories), self._scores, "the second fit", relative=self.tolerance)

    def test_refit_forgets(self) -> None:
        """A fit on other data leaves nothing of the first one, nor of what was asked then."""
        model = self.fresh(data=5, seed=9)
        self.warm(model)
        model.fit(self.data(), seed=1)
        near(model.score(self.histories), self._scores, "after a fit on other data", relative=self.tolerance)
        self._same_answers(model, "after a fit on other data")

    def test_inputs_untouched(self) -> None:
        """Fitting, scoring and recommending write into nothing that they are given."""
        data, items = self.data(), np.array([2, 0, 1])
        model = self.make()
        with inputs_untouched("fit()", data):
            model.fit(data, seed=1)
        with inputs_untouched("score()", data, data.histories, items):
            model.score(data.histories)
            model.score(data.histories, items)
        with inputs_untouched("recommend()", data, data.histories):
            model.top(data.histories, 3)

    def test_process_untouched(self) -> None:
        """No global random numbers, no cwd, no environment, no signals, no children, no print."""
        data = self.data()
        with process_untouched("fit()"):
            model = self.make().fit(data, seed=1)
        with process_untouched("score()"):
            model.score(data.histories)

    def test_no_features_no_times(self) -> None:
        """Data without features, behaviors and times are learnt from, or refused with UnsupportedError."""
        data = world(3, plain=True)
        try:
            model = self.make().fit(data, seed=1)
        except UnsupportedError as error:
            skip(f"refuses data without features and times: {error.message}")
        model.score(data.histories)
        self.check_all(model)

    def test_save_and_load(self) -> None:
        """A loaded model scores as the saved one, digit for digit, and has what it learnt in ``state``."""
        if self.plugin.state is None:
            skip(f"{self.plugin.name} declares no state, so it cannot be saved")
        registry = Registry(
            {("recommender", self.plugin.name): Listed("recommender", self.plugin.name, self.plugin, "", "")}
        )
        with tempfile.TemporaryDirectory() as folder:
            self.model.save(Path(folder) / "model", registry=registry)
            loaded = load_model(Path(folder) / "model", self.model.data, registry=registry)
        near(loaded.score(self.histories), self._scores, "the loaded model", relative=1e-12)
        self._same_answers(loaded, "the loaded model")

    # -- inside -------------------------------------------------------------------------------------------

    @property
    def _scores(self) -> FloatArray:
        return self.shared("scores", lambda: self.model.score(self.histories).copy())

    def _same_answers(self, model: Recommender, what: str) -> None:
        found, wanted = answers(model), answers(self.model)
        need(set(found) == set(wanted), f"{what}: it can {sorted(found)}, and could {sorted(wanted)}")
        for name, value in wanted.items():
            near(found[name], value, f"{what}: {name}", relative=self.tolerance)

    def warm(self, model: Any) -> None:
        """Ask everything once, so that whatever is kept from then would show."""
        model.score(model.data.histories)
        answers(model)
