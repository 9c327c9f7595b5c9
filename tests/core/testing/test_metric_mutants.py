"""Each check of the metrics' contract catches a metric that breaks just that promise."""

import os
import tempfile

import numpy as np
import pytest

from whyrec import Measure, Metric, RankingMetric
from whyrec.testing import MetricContract
from whyrec.testing.metric import bounds


class Good(Metric):
    """Keeps every promise: what the score loses without the player named first, and how many there are."""

    name = "good"
    summary = "loss without the top player"
    range = "the score's"
    better = "higher"
    nobody = np.nan

    def __init__(self, *, size: int = 3) -> None:
        self.size = size

    def measures(self):
        return (
            Measure("loss", self.better, "f(x) − f(x∖top)", self.range),
            Measure("players", None, "n", "0 …"),
        )

    def _measure(self, evidence):
        loss = [
            self.loss(g, k, e) for g, k, e in zip(evidence.games, evidence.column, evidence.explanations, strict=True)
        ]
        return {"loss": np.array(loss), "players": np.array([len(e.values) for e in evidence.explanations], float)}

    def loss(self, game, column, told):
        if not len(told.values):
            return self.nobody
        kept = np.ones((1, len(told.values)), bool)
        kept[0, told.order()[0]] = False
        return game.full_value[column] - game.values(kept)[0, column]


class GoodRanking(RankingMetric):
    """Keeps every promise: the share of the list that was held out."""

    name = "good-ranking"
    summary = "precision"
    nobody = np.nan

    def measures(self):
        return (Measure("precision", "higher", "hits / k", "0 … 1"),)

    def _measure(self, ranking):
        share = ranking.hits.mean(axis=1)
        return {"precision": np.where(ranking.relevant > 0, share, self.nobody)}


class OwnSettings(Good):
    """stores another number than it was given"""

    def __init__(self, *, size: int = 3) -> None:
        self.size = 2 * size


class Twice(Good):
    """has two cards of one name"""

    def measures(self):
        return super().measures()[:1] * 2


class Mean(Good):
    """gives one figure for all explanations"""

    def _measure(self, evidence):
        return {name: np.array([np.nanmean(v)]) for name, v in super()._measure(evidence).items()}


class Beyond(Good):
    """declares a range that its figures leave"""

    range = "0 … 1"


class Silent(Good):
    """is never defined"""

    def _measure(self, evidence):
        return {name: np.full(len(v), np.nan) for name, v in super()._measure(evidence).items()}


class Zero(Good):
    """gives 0 where there is nothing to judge"""

    nobody = 0.0


class ZeroRanking(GoodRanking):
    """gives 0 to users without held-out items"""

    nobody = 0.0


class Upside(Good):
    """has the wrong direction on its card"""

    better = "lower"


class UpsideRanking(GoodRanking):
    """has the wrong direction on its card, for rankings"""

    def measures(self):
        return (Measure("precision", "lower", "hits / k", "0 … 1"),)


class Noisy(Good):
    """draws random numbers of its own"""

    def loss(self, game, column, told):
        return super().loss(game, column, told) + 1e-3 * np.random.default_rng().normal()


class Graded(Good):
    """judges by who else is there"""

    def _measure(self, evidence):
        found = super()._measure(evidence)
        return {**found, "loss": found["loss"] - np.nanmean(found["loss"])}


class GradedRanking(GoodRanking):
    """judges rankings by who else is there"""

    def _measure(self, ranking):
        share = super()._measure(ranking)["precision"]
        return {"precision": np.clip(share / max(1e-9, np.nanmax(share, initial=0.0)), 0, 1)}


class Sorter(Good):
    """sorts the values in place"""

    def loss(self, game, column, told):
        told.values.sort()
        return super().loss(game, column, told)


class SorterRanking(GoodRanking):
    """changes the lists that it judges"""

    def _measure(self, ranking):
        ranking.recommendations.items.sort(axis=1)
        return super()._measure(ranking)


class Wanderer(Good):
    """changes the current folder"""

    def _measure(self, evidence):
        os.chdir(tempfile.gettempdir())
        return super()._measure(evidence)


MUTANTS = [
    ("settings", OwnSettings, "default size=3 is stored as 6"),
    ("cards", Twice, "a name stands twice"),
    ("one_value_each", Mean, "loss over history: 1 figures for 27"),
    ("range", Beyond, r"loss over history goes from .* its card says '0 … 1'"),
    ("defined", Silent, "every figure is undefined for everybody"),
    ("undefined_is_nan", Zero, r"loss over history is \[0\.\] for an explanation without players"),
    ("undefined_is_nan", ZeroRanking, "precision is 0 for a user without held-out items"),
    ("direction", Upside, "its card says that lower is better"),
    ("direction", UpsideRanking, "its card says that lower is better"),
    ("same_again", Noisy, "loss over history a second time"),
    ("chunks", Graded, "loss over history, user u7 alone"),
    ("chunks", GradedRanking, "precision, user by user"),
    ("inputs_untouched", Sorter, "the metric changed the explanation of u"),
    ("inputs_untouched", SorterRanking, "the metric wrote into the ranking"),
    ("process_untouched", Wanderer, r"measure\(\) changed the current folder"),
]


def contract(plugin):
    return type("Kit", (MetricContract,), {"plugin": plugin})()


@pytest.mark.parametrize("plugin", [Good, GoodRanking], ids=lambda v: v.__name__)
def test_the_good_one_passes(plugin) -> None:
    assert {c.name: c.reason for c in contract(plugin).run() if c.state != "ok"} == {}


@pytest.mark.parametrize(("check", "mutant", "reason"), MUTANTS, ids=lambda v: getattr(v, "__name__", None))
def test_the_mutant_is_caught(check, mutant, reason, caught) -> None:
    caught(contract(mutant), check, reason)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("0 … 1", (0, 1)),
        ("0…1", (0, 1)),
        ("−1 … 1", (-1, 1)),
        ("0 or 1", (0, 1)),
        ("0 …", (0, np.inf)),
        ("0 … 0.5", (0, 0.5)),
        ("the score's", (-np.inf, np.inf)),
        ("1: the full score", (-np.inf, np.inf)),
    ],
)
def test_ranges_are_read_off_the_cards(text, wanted) -> None:
    assert bounds(text) == wanted
