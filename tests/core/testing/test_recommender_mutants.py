"""Each check of the recommenders' contract catches a recommender that breaks just that promise."""

import numpy as np
import pytest

from whyrec.capabilities import FirstLayer, Trained
from whyrec.testing import RecommenderContract
from whyrec.testing.models import Closed, Open
from whyrec.testing.world import NOBODY


class Good(Open):
    """Keeps every promise, with every capability."""

    name = "good"
    state = ("_F", "_A", "_a", "_c")

    def __init__(self, *, size: int = 3) -> None:
        self.size = size

    def scores_without_each(self, history, items):
        parts, base = self.history_contributions(history, items)
        return base + parts.sum(axis=0) - parts

    def training_curve(self):
        return {"loss": [0.5, 0.25]}


class OwnSettings(Good):
    """stores another number than it was given"""

    def __init__(self, *, size: int = 3) -> None:
        self.size = 2 * size


class NoSummary(Good):
    """has no summary"""

    summary = ""


class Boaster(Closed):
    """says that it can what it has no method for"""

    summary = "boasts"

    def can(self, capability):
        return capability is Trained or super().can(capability)


class OtherWeights(Good):
    """gives weights that are not those of its scores"""

    def history_weights(self, items):
        W, b = super().history_weights(items)
        return 1.01 * W, b


class NoBias(Good):
    """leaves the bias out of its split"""

    def history_contributions(self, histories, items):
        parts, base = super().history_contributions(histories, items)
        return parts, 0.0 * base


class Unmasked(Good):
    """has a short cut that ignores what is masked"""

    def masked_scorer(self, history, items, *, removal="drop"):
        score = super().masked_scorer(history, items, removal=removal)
        return lambda interest: score(np.broadcast_to(history.interest.data, interest.shape))


class WithEach(Good):
    """has a short cut that forgets the last item"""

    def scores_without_each(self, history, items):
        found = super().scores_without_each(history, items)
        found[-1] = self.score(history, items)
        return found


class NoFreePart(Good):
    """scores a known item by its features alone"""

    def _score(self, histories, items):
        wanted = np.arange(self.data.n_items) if items is None else items
        return super()._score(histories, items) + 0.1 * wanted


class SpreadFeatures(Good):
    """gives features that the item lacks a part of the score"""

    def feature_contributions(self, histories, items):
        parts, base = super().feature_contributions(histories, items)
        return np.repeat(parts.mean(axis=2, keepdims=True), parts.shape[2], axis=2), base


class Steep(Good):
    """gives gradients that are twice too steep"""

    def presence_gradients(self, history, presence, items):
        scores, gradients = super().presence_gradients(history, presence, items)
        return scores, 2.0 * gradients


class Started(Good):
    """presence 0 is not the empty history"""

    def presence_gradients(self, history, presence, items):
        scores, gradients = super().presence_gradients(history, presence, items)
        return scores + 0.2 * (1.0 - presence.mean(axis=1, keepdims=True)), gradients


class NoStart(Good):
    """leaves the biases of its first layer out"""

    def first_layer(self, histories, items):
        layer = super().first_layer(histories, items)
        return FirstLayer(layer.parts, 0.0 * layer.start, layer.rest)


class TwiceAttentive(Good):
    """pays more attention than it has"""

    def attention(self, history, items):
        return 2.0 * super().attention(history, items)


class Certain(Good):
    """gives a probability above 1"""

    def probability(self, scores):
        return 1.2 * super().probability(scores)


class Falling(Good):
    """gives a higher score a lower probability"""

    def probability(self, scores):
        return 1.0 - super().probability(scores)


class NoLoss(Good):
    """keeps a curve without a loss"""

    def training_curve(self):
        return {"accuracy": [0.5]}


class HalfShapley(Good):
    """knows half of its Shapley values"""

    def shapley_values(self, history, items):
        return 0.5 * super().shapley_values(history, items)


class Guesser(Good):
    """gives scores before it was fitted"""

    def score(self, histories, items=None):
        if self._fitted is None:
            return np.zeros((len(histories), histories.n_items))
        return super().score(histories, items)


class OwnOrder(Good):
    """gives columns in its own order"""

    def _score(self, histories, items):
        return super()._score(histories, None if items is None else np.sort(items))


class NoDislikes(Good):
    """takes the logarithm of a dislike"""

    def _score(self, histories, items):
        with np.errstate(invalid="ignore"):
            return super()._score(histories, items) + np.log1p(histories.interest.sum(axis=1))[:, None]


class ByRow(Good):
    """gives strangers scores by the row that they stand in"""

    def _score(self, histories, items):
        empty = np.diff(histories.indptr) == 0
        return super()._score(histories, items) + 0.1 * (empty * np.arange(len(histories)))[:, None]


class Centered(Good):
    """subtracts the mean of whoever stands in the batch"""

    def _score(self, histories, items):
        scores = super()._score(histories, items)
        return scores - scores.mean(axis=0) if len(scores) else scores


class Drifting(Good):
    """learns from being asked"""

    def _score(self, histories, items):
        self._c = self._c + 0.01
        return super()._score(histories, items)


class OtherRanking(Good):
    """ranks by other numbers than it scores by"""

    def top(self, histories, k=10, *, filter_seen=True):
        found = super().top(histories, k, filter_seen=filter_seen)
        found.scores[:] += 1.0
        return found


class Unseeded(Good):
    """draws random numbers of its own"""

    def _fit(self, data, rng, progress):
        super()._fit(data, np.random.default_rng(), progress)


class Nostalgic(Good):
    """adds what it learns to what it learnt before"""

    def _fit(self, data, rng, progress):
        old = getattr(self, "_c", 0.0)
        super()._fit(data, rng, progress)
        self._c = self._c + old


class Cached(Good):
    """keeps what it derived from an earlier fit"""

    def history_weights(self, items):
        self._W = getattr(self, "_W", None) or {}
        key = items.tobytes()
        if key not in self._W:
            self._W[key] = super().history_weights(items)
        return self._W[key]


class Scribbler(Good):
    """normalizes the data in place"""

    def _fit(self, data, rng, progress):
        super()._fit(data, rng, progress)
        data.histories.weights[:] /= 2.0


class Seeder(Good):
    """seeds numpy's global random numbers"""

    def _fit(self, data, rng, progress):
        np.random.seed(0)
        super()._fit(data, rng, progress)


class Printer(Good):
    """prints its progress"""

    def _score(self, histories, items):
        print("scoring")
        return super()._score(histories, items)


class NeedsFeatures(Good):
    """fails without features, and does not say why"""

    def _fit(self, data, rng, progress):
        _ = data.catalog.features.matrix.shape
        super()._fit(data, rng, progress)


class Forgetful(Good):
    """keeps something that it learnt outside of its state"""

    state = ("_F", "_A", "_a")

    def _fit(self, data, rng, progress):
        self._kept = rng.normal()
        super()._fit(data, rng, progress)

    def _score(self, histories, items):
        return super()._score(histories, items) + getattr(self, "_kept", 0.0)

    @property
    def _c(self):
        return np.zeros(self.data.n_items)

    @_c.setter
    def _c(self, value):
        pass


MUTANTS = [
    ("settings", OwnSettings, "default size=3 is stored as 6"),
    ("settings", NoSummary, "has no summary"),
    ("capabilities_are_there", Boaster, r"can\(Trained\) is true, but its methods are not there"),
    ("linear_in_history", OtherWeights, r"interest @ W \+ b"),
    ("additive_in_history", NoBias, "the base, against the score of an empty history"),
    ("scores_masked", Unmasked, "masked scores: .* instead of"),
    ("scores_without_each", WithEach, "scores without each item: .* instead of"),
    ("scores_features", NoFreePart, "known items by features: .* instead of"),
    ("additive_in_features", SpreadFeatures, "a feature that the item lacks contributes"),
    ("differentiable", Steep, "of the steps move the score as the gradients say"),
    ("differentiable", Started, "presence 0, against an empty history"),
    ("linear_first_layer", NoStart, "what lies behind the sum"),
    ("attends_history", TwiceAttentive, "attention goes from .*, and sums to 2"),
    ("probabilistic", Certain, r"probabilities go from .* to 1\.\d"),
    ("probabilistic", Falling, "a higher score has a lower probability"),
    ("trained", NoLoss, r"the curve holds \['accuracy'\], and no loss"),
    ("known_shapley", HalfShapley, "the sum of the Shapley values"),
    ("unfitted_raises", Guesser, r"scores before fit\(\) were given"),
    ("shapes_and_finite", OwnOrder, r"score\(items=\[3, 0, 17\]\)"),
    ("any_history", NoDislikes, "a history of only dislikes: PluginError: .* not finite"),
    ("empty_history", ByRow, "empty histories of training and others"),
    ("rows_are_independent", Centered, "rows alone"),
    ("scoring_changes_nothing", Drifting, "the second time"),
    ("recommend_leaves_scores_alone", OtherRanking, "ranked by other numbers"),
    ("same_seed_same_scores", Unseeded, "the second fit"),
    ("refit_forgets", Nostalgic, "after a fit on other data"),
    ("refit_forgets", Cached, "after a fit on other data: LinearInHistory"),
    ("inputs_untouched", Scribbler, r"fit\(\) wrote into the Dataset"),
    ("process_untouched", Seeder, r"fit\(\) changed numpy's global random numbers"),
    ("process_untouched", Printer, r"score\(\) printed 'scoring\\n'"),
    ("no_features_no_times", NeedsFeatures, "AttributeError: 'NoneType' object has no attribute 'matrix'"),
    ("save_and_load", Forgetful, "the loaded model"),
]


def contract(plugin):
    return type("Kit", (RecommenderContract,), {"plugin": plugin})()


def test_the_good_one_passes() -> None:
    found = {c.name: c for c in contract(Good).run()}
    assert {n: c.reason for n, c in found.items() if c.state == "failed"} == {}
    assert {n for n, c in found.items() if c.state == "skipped"} == {"no features no times"}
    assert NOBODY == 0


@pytest.mark.parametrize(("check", "mutant", "reason"), MUTANTS, ids=lambda v: getattr(v, "__name__", None))
def test_the_mutant_is_caught(check, mutant, reason, caught) -> None:
    caught(contract(mutant), check, reason)
