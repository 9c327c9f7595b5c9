"""The contract of data sources: the same data each time, sound, and fit to be split."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from whyrec.data.splits import split
from whyrec.dataset import Dataset
from whyrec.source import DataSource
from whyrec.testing.check import Contract, need
from whyrec.testing.untouched import process_untouched


class DatasetContract(Contract):
    """What every data source must hold; a source that reads files gets their paths by ``settings``."""

    plugin: ClassVar[type[DataSource]]

    def load(self) -> Dataset:
        source: DataSource = self.make()
        return source.load(seed=3)

    @property
    def data(self) -> Dataset:
        return self.shared("data", self.load)

    def test_same_again(self) -> None:
        """Loaded twice, the data are equal, and so is the fingerprint."""
        again = self.load()
        need(again is not self.data, "load() hands out the same object twice: whoever changes it changes both")
        for what, one, other in (
            ("fingerprint", again.fingerprint, self.data.fingerprint),
            ("users", again.users.ids, self.data.users.ids),
            ("titles", dict(again.catalog.titles), dict(self.data.catalog.titles)),
            ("behaviors", dict(again.behaviors), dict(self.data.behaviors)),
            ("report", again.report, self.data.report),
        ):
            need(one == other, f"loaded a second time, its {what} differ")

    def test_sound(self) -> None:
        """There are users, items and events; ids are texts; weights, times and features are finite numbers."""
        data, histories = self.data, self.data.histories
        need(data.n_users > 0 and data.n_items > 0, f"{data.n_users} users and {data.n_items} items")
        need(histories.n_events > 0, "there are no events")
        for index in (data.users, data.catalog.items):
            odd = [i for i in index.ids if not isinstance(i, str) or not i]
            need(not odd, f"{index.what} ids are texts; {odd[:1]} is none")
        need(bool(np.isfinite(histories.weights).all()), "a weight is not finite")
        need(bool(np.any(histories.weights > 0)), "no event has a positive weight")
        if histories.times is not None:
            need(int(histories.times.min()) >= 0, f"a time is {int(histories.times.min())}: unix seconds are wanted")
        if histories.behaviors is not None:
            codes = int(histories.behaviors.min()), int(histories.behaviors.max())
            need(codes[0] >= 0 and codes[1] < len(histories.behavior_names), f"behavior codes go from {codes}")

    def test_order(self) -> None:
        """Within a history events stand in the order of time."""
        times, rows = self.data.histories.times, self.data.histories.rows
        if times is not None:
            back = (np.diff(times) < 0) & (np.diff(rows) == 0)
            need(not back.any(), f"user {self.data.users[int(rows[np.argmax(back)])]}: an event precedes an older one")

    def test_catalog(self) -> None:
        """Titles and features fit the items; interests can be grouped by what the data say."""
        catalog = self.data.catalog
        for language, titles in catalog.titles.items():
            need(len(titles) == len(catalog), f"{len(titles)} titles in language {language!r}, {len(catalog)} items")
        if catalog.features is not None:
            matrix, kinds = catalog.features.matrix, catalog.features.kinds
            need(matrix.shape[0] == len(catalog), f"features of {matrix.shape[0]} items, {len(catalog)} items")
            need(bool(np.isfinite(matrix.data).all()), "a feature is not finite")
            missing = sorted(set(catalog.features.columns) - set(kinds))
            need(not missing, f"feature columns without a kind: {missing}")
        by = self.data.interest_by
        need(by is None or by in self.data.groupings(), f"interest_by is {by!r}; known: {self.data.groupings()}")

    def test_report(self) -> None:
        """The report counts what was read: all that was not kept has a reason."""
        report = self.data.report
        left = sum(report.rejected.values()) + sum(report.filtered.values())
        need(report.kept >= 0 and min([0, *report.rejected.values(), *report.filtered.values()]) >= 0, f"{report}")
        need(report.read - report.kept <= left, f"read {report.read}, kept {report.kept}, but reasons for only {left}")

    def test_split(self) -> None:
        """A split holds out pairs that are then not learnt from, and loses nobody."""
        made = split(self.data, by="random", share=0.3, min_events=2, seed=1)
        train, test = made.train.histories.interest, made.test
        need(
            train.shape == test.shape == (self.data.n_users, self.data.n_items),
            f"train {train.shape}, test {test.shape}",
        )
        need(test.nnz > 0, "nobody has two items, so nothing can be held out")
        both = train.astype(bool).astype(np.float64).multiply(test)
        need(both.nnz == 0 or float(abs(both).sum()) == 0.0, "a held-out pair is still in training")

    def test_process_untouched(self) -> None:
        """No global random numbers, no cwd, no environment, no signals, no children, no print."""
        with process_untouched("load()"):
            self.load()
