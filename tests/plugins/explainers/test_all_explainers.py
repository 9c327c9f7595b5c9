"""What holds for every bundled explainer."""

import re

import numpy as np
import pytest

from whyrec import UnsupportedError
from whyrec_plugins.explainers.lime_base import Lime
from whyrec_plugins.explainers.random import Random
from whyrec_plugins.explainers.shap_game import Shap
from whyrec_plugins.explainers.weights import Weights

EXPLAINERS = [
    Weights(),
    Lime(samples=60),
    Shap(exact_below=3, samples=40),
    Shap(method="permutation", exact_below=0),
    Random(),
]
KINDS = [
    ("history", None),
    ("interests", "genre"),
    ("interests", "brand"),
    ("interests", "behavior"),
    ("features", None),
]
MODELS = ["Linear", "Split", "Pooled", "ByFeatures"]


def told(explanations):
    return {(e.user_id, e.item_id): e.values.tobytes() for e in explanations}


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize(("kind", "by"), KINDS)
@pytest.mark.parametrize("explainer", EXPLAINERS, ids=repr)
def test_digits_depend_on_nothing_but_the_seed(toys, explainer, name, kind, by):
    model = getattr(toys, name)().fit(toys.world(scale="log"), seed=1)
    if reason := explainer.refuses(model, kind):
        with pytest.raises(UnsupportedError, match=re.escape(reason)):
            explainer.explain(model, toys.games(model, kind=kind, by=by))
        return
    everybody = explainer.explain(model, toys.games(model, kind=kind, by=by), seed=5)
    np.random.random()
    again = explainer.explain(model, toys.games(model, kind=kind, by=by), seed=5)
    assert told(again) == told(everybody)
    some = explainer.explain(model, toys.games(model, kind=kind, by=by, users=[6, 2]), seed=5)
    assert told(some).items() <= told(everybody).items()
    if explainer.additive:
        assert max(e.gap for e in everybody) < 1e-9


@pytest.mark.parametrize("explainer", EXPLAINERS[1:], ids=repr)
def test_another_seed_draws_anew(toys, explainer):
    model = toys.Pooled().fit(toys.world())
    games = toys.games(model, users=[7])
    found = [e.values.tobytes() for e in (*explainer.explain(model, games), *explainer.explain(model, games, seed=1))]
    assert found[: len(found) // 2] != found[len(found) // 2 :]


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("kind", ["history", "interests", "features"])
def test_what_fits_what(toys, name, kind):
    """Only what a model can answer is asked, so that a pair that does not fit is skipped, not failed."""
    model = getattr(toys, name)
    reads = {"Linear": {"history", "interests"}, "Split": {"history", "interests"}, "ByFeatures": {"features"}}
    asks = {"history", "interests"} | ({"features"} if name == "ByFeatures" else set())
    for explainer in EXPLAINERS:
        fitting = reads.get(name, set()) if explainer.name == "weights" else asks
        assert (explainer.refuses(model(), kind) is None) == (kind in fitting), explainer


@pytest.mark.parametrize("explainer", EXPLAINERS, ids=repr)
def test_the_first_item_is_explained_alike_beside_others(toys, explainer):
    """Coalitions are drawn for the game, not for the item: more items, the same values, up to rounding."""
    model = toys.Split().fit(toys.world())
    one = explainer.explain(model, toys.games(model, users=[5], k=1))
    five = explainer.explain(model, toys.games(model, users=[5], k=5))
    assert len(five) == 5
    np.testing.assert_allclose(five[0].values, one[0].values, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("explainer", EXPLAINERS, ids=repr)
def test_an_empty_history_has_an_explanation_without_players(toys, explainer):
    model = toys.Linear().fit(toys.world())
    found = explainer.explain(model, toys.games(model, users=[0, 3], k=2))
    assert [len(e.values) for e in found[:2]] == [0, 0]
    assert found[0].base_value == found[0].full_value
    assert len(found[2].values) > 0


@pytest.mark.parametrize("explainer", EXPLAINERS, ids=repr)
def test_numpys_global_generator_is_left_alone(toys, explainer):
    model = toys.Linear().fit(toys.world())
    np.random.seed(11)
    explainer.explain(model, toys.games(model, users=[5]))
    drawn = np.random.random(3)
    np.random.seed(11)
    np.testing.assert_array_equal(drawn, np.random.random(3))
