"""Randomization and input stability: what is explained again, of another model or another history."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.sparse import csr_array

from whyrec import Histories, LinearInHistory, ScoresMasked, UnsupportedError, games_for
from whyrec_plugins.explainers.random import Random
from whyrec_plugins.explainers.shapley import Shapley
from whyrec_plugins.explainers.weights import Weights
from whyrec_plugins.metrics._shuffled import Shuffled
from whyrec_plugins.metrics.input_stability import InputStability
from whyrec_plugins.metrics.randomization import Randomization
from whyrec_plugins.recommenders.als import ALS
from whyrec_plugins.recommenders.content import Content
from whyrec_plugins.recommenders.ease import EASE
from whyrec_plugins.recommenders.popular import Popular


def told_by(explainer, model, games, evidence, seed=0):
    told = explainer.explain(model, games, seed=seed)
    return replace(evidence(model, games, told), explainer=explainer, seed=seed)


MODELS = [EASE(), ALS(factors=4), Content()]


@pytest.fixture(scope="module", params=MODELS, ids=lambda m: m.name)
def shuffled(toys, request):
    model = request.param.fit(toys.world(n_users=20))
    order = np.random.default_rng(5).permutation(model.data.n_items)
    return Shuffled(model=model, order=order).fit(model.data)


# -- the shuffled model -------------------------------------------------------------------------------


def test_a_shuffled_model_scores_the_history_of_other_items(shuffled):
    data, order = shuffled.data, shuffled.order
    interest = data.histories.interest.toarray()
    other = np.zeros_like(interest)
    other[:, order] = interest
    expected = shuffled.model.score(Histories.from_interest(csr_array(other)))
    np.testing.assert_allclose(shuffled.score(data.histories), expected, rtol=1e-9, atol=1e-12)


def test_its_capabilities_agree_with_its_scores(shuffled):
    data, items = shuffled.data, np.array([1, 4, 7])
    scores = shuffled.score(data.histories, items)
    if shuffled.can(LinearInHistory):
        W, b = shuffled.history_weights(items)
        np.testing.assert_allclose(data.histories.interest @ W + b, scores, rtol=1e-9, atol=1e-12)
    if hasattr(shuffled.model, "history_contributions"):
        split, base = shuffled.history_contributions(data.histories, items)
        rows = np.repeat(np.arange(len(data.histories)), np.diff(data.histories.interest.indptr))
        sums = base + np.array([np.bincount(rows, s, minlength=len(base)) for s in split.T]).T
        np.testing.assert_allclose(sums, scores, rtol=1e-9, atol=1e-12)
    if shuffled.can(ScoresMasked):
        history = data.histories.take(np.array([6]))
        keep = np.random.default_rng(0).random((5, history.interest.nnz)) < 0.6
        scorer = shuffled.masked_scorer(history, items)
        game = games_for(shuffled, history, items[None, :])[0]
        np.testing.assert_allclose(
            scorer(keep * history.interest.data), shuffled.score(game.masked(keep), items), rtol=1e-8, atol=1e-12
        )


def test_it_can_what_its_model_can(shuffled):
    for capability in (LinearInHistory, ScoresMasked):
        assert shuffled.can(capability) == shuffled.model.can(capability)
    assert not shuffled.can(int)


def test_exact_explanations_of_it_add_up(toys, shuffled):
    told = Shapley().explain(shuffled, toys.games(shuffled, k=2))
    assert max(e.gap for e in told) < 1e-9


# -- randomization ------------------------------------------------------------------------------------


def test_random_does_not_look_at_the_model_and_weights_do(toys, evidence):
    model = toys.Linear().fit(toys.world(n_users=40, n_items=60))
    games = toys.games(model, k=3)
    found = {
        e.name: Randomization().measure(told_by(e, model, games, evidence))["randomization"]
        for e in (Weights(), Random())
    }
    defined = ~np.isnan(found["random"])
    assert defined.sum() == 39 * 3
    np.testing.assert_allclose(found["random"][defined], 1.0)
    assert abs(np.nanmean(found["weights"])) < 0.1


def test_a_model_without_a_history_is_undefined(toys, evidence):
    model = Popular().fit(toys.world())
    found = Randomization().measure(told_by(Weights(), model, toys.games(model), evidence))["randomization"]
    assert np.isnan(found).all()


def test_an_explainer_that_knows_its_model_from_inside_is_undefined(toys, evidence):
    class Inside(Random):
        def _explain(self, model, games, rngs):
            if not hasattr(model, "W"):
                raise UnsupportedError("only for that model")
            return super()._explain(model, games, rngs)

    class Naive(Random):
        def _explain(self, model, games, rngs):
            assert model.W is not None
            return super()._explain(model, games, rngs)

    model = toys.Linear().fit(toys.world())
    for explainer in (Inside(), Naive()):
        shown = told_by(explainer, model, toys.games(model), evidence)
        assert np.isnan(Randomization().measure(shown)["randomization"]).all()


def test_the_same_seed_gives_the_same_figures(toys, evidence):
    model = toys.Pooled().fit(toys.world())
    shown = told_by(Weights() if model.can(LinearInHistory) else Shapley(), model, toys.games(model), evidence)
    for metric in (Randomization(shuffles=2), InputStability()):
        first, second = (next(iter(metric.measure(shown).values())) for _ in range(2))
        np.testing.assert_array_equal(first, second)
        assert not np.isnan(first).all()


@pytest.mark.parametrize("metric", [Randomization(), InputStability()], ids=lambda m: m.name)
def test_undefined_without_an_explainer_to_ask(toys, evidence, metric):
    model = toys.Linear().fit(toys.world())
    games = toys.games(model)
    (found,) = metric.measure(evidence(model, games, Weights().explain(model, games))).values()
    assert np.isnan(found).all()


# -- input stability ----------------------------------------------------------------------------------


def test_the_change_of_a_linear_model_is_counted_by_hand(toys, evidence):
    """With binary interests, one event an item and equal contributions nothing else moves."""
    model = toys.Linear().fit(toys.world(n_users=2, n_items=6))
    history = Histories.from_events(np.zeros(3, int), np.arange(3), np.ones(3), n_rows=1, n_items=6)
    games = games_for(model, history, np.array([[4]]))
    found = InputStability().measure(told_by(Weights(), model, games, evidence))["input_stability"]
    assert found == pytest.approx([0.0], abs=1e-12)


def test_the_change_of_a_mean_is_counted_by_hand(toys, evidence):
    """Two items of effects 1 and 3: φ = (½·1 + ¼·(1 − 3)…). Without the one the other's value is its effect."""
    model = toys.Pooled().fit(toys.world(n_users=2, n_items=4))
    model.E = np.zeros((4, 4))
    model.E[0, 3], model.E[1, 3] = 1.0, 3.0
    history = Histories.from_events(np.zeros(2, int), np.arange(2), np.ones(2), n_rows=1, n_items=4)
    games = games_for(model, history, np.array([[3]]))
    phi = np.array([0.5 * (1 + (2 - 3)), 0.5 * (3 + (2 - 1))])  # (0, 2): alone, or joining the other
    np.testing.assert_allclose(Shapley().explain(model, games)[0].values, phi)
    # without item 0: |2 − 3| / 2; without item 1: φ₀ = 0, so that nothing can be said. The history loses 1 of √2.
    found = InputStability(neighbors=20).measure(told_by(Shapley(), model, games, evidence))["input_stability"]
    assert found == pytest.approx([0.5 * np.sqrt(2)])


def test_random_is_less_stable_than_weights(toys, evidence):
    model = toys.Linear().fit(toys.world(n_users=30, n_items=40))
    games = toys.games(model, k=2)
    means = [
        np.nanmean(InputStability().measure(told_by(e, model, games, evidence))["input_stability"])
        for e in (Weights(), Random())
    ]
    assert means[0] < 0.5 * means[1]


@pytest.mark.parametrize(("kind", "by"), [("interests", "genre"), ("interests", "behavior"), ("features", None)])
def test_other_players_are_matched_by_name(toys, evidence, kind, by):
    model = toys.ByFeatures().fit(toys.world(n_users=12))
    explainer = Weights() if kind == "features" else Shapley()
    games = toys.games(model, kind=kind, by=by, k=2)
    found = InputStability().measure(told_by(explainer, model, games, evidence))["input_stability"]
    assert (~np.isnan(found)).sum() >= 10
    assert (found[~np.isnan(found)] > 0).any()
