"""The bundled explainers on the bundled recommenders, over the storefront with its planted interests."""

import numpy as np
import pytest

from whyrec import Evidence, LinearInHistory, games_for
from whyrec_plugins.datasets.storefront import Storefront
from whyrec_plugins.explainers.lime_base import Lime
from whyrec_plugins.explainers.random import Random
from whyrec_plugins.explainers.shap_game import Shap
from whyrec_plugins.explainers.weights import Weights
from whyrec_plugins.metrics.lxr11 import LXR11
from whyrec_plugins.metrics.planted import Planted
from whyrec_plugins.recommenders.als import ALS
from whyrec_plugins.recommenders.content import Content
from whyrec_plugins.recommenders.ease import EASE
from whyrec_plugins.recommenders.item_knn import ItemKNN

LINEAR = [Content, ItemKNN, EASE]
OTHERS = [Shap(samples=300), Shap(method="permutation"), Lime(samples=300), Random()]


@pytest.fixture(scope="module")
def data():
    return Storefront(users=300, items=400).load(seed=0)


@pytest.fixture(scope="module")
def games_of(data):
    users = np.arange(0, 300, 10)

    def make(model, kind="history", by=None):
        histories = data.histories.take(users)
        return games_for(model, histories, model.top(histories, 3).items, kind=kind, by=by, rows=users)

    return make


def measured(metric, model, games, explanations):
    of = [g for g in games for _ in g.items]
    column = [k for g in games for k in range(len(g.items))]
    return metric.measure(Evidence(model.data, of, column, explanations, place=column))


@pytest.mark.parametrize("cls", LINEAR)
@pytest.mark.parametrize(("kind", "by"), [("history", None), ("interests", "category"), ("interests", "behavior")])
def test_shap_agrees_with_weights_on_linear_models(data, games_of, cls, kind, by):
    model = cls().fit(data)
    assert model.can(LinearInHistory)
    games = games_of(model, kind, by)
    exact = np.concatenate([e.values for e in Weights().explain(model, games)])
    found = np.concatenate([e.values for e in Shap(samples=300).explain(model, games)])
    assert np.abs(found - exact).max() <= 1e-6 * np.abs(exact).max()


@pytest.mark.parametrize("cls", LINEAR)
def test_weights_are_never_beaten_and_random_is_worst(data, games_of, cls):
    model = cls().fit(data)
    games = games_of(model)
    best = measured(LXR11(), model, games, Weights().explain(model, games))
    judged = ~np.isnan(best["lxr11.del"])
    assert judged.sum() == len(games)
    means = {}
    for other in OTHERS:
        found = measured(LXR11(), model, games, other.explain(model, games))
        slack = 1e-9 * np.abs(best["lxr11.ins"][judged])
        assert (best["lxr11.del"][judged] <= found["lxr11.del"][judged] + slack).all(), other
        assert (best["lxr11.ins"][judged] >= found["lxr11.ins"][judged] - slack).all(), other
        means[repr(other)] = np.nanmean(found["lxr11.del"])
    assert max(means, key=means.get) == repr(Random())


@pytest.mark.parametrize("cls", [*LINEAR, ALS])
@pytest.mark.parametrize(("kind", "by"), [("history", None), ("interests", "style"), ("interests", "behavior")])
def test_additive_explainers_add_up(data, games_of, cls, kind, by):
    model = cls().fit(data)
    for explainer in (Weights(), Shap(samples=100), Shap(method="permutation", samples=1)):
        assert max(e.gap for e in explainer.explain(model, games_of(model, kind, by))) <= 1e-9


@pytest.mark.parametrize(("kind", "by"), [("history", None), ("interests", "category"), ("features", None)])
def test_content_finds_what_was_planted(data, games_of, kind, by):
    model = Content().fit(data)
    games = games_of(model, kind, by)
    recall = {
        e.name: np.nanmean(measured(Planted(), model, games, e.explain(model, games))["planted_recall@3"])
        for e in (Weights(), Random())
    }
    assert recall["weights"] >= 0.8
    assert recall["random"] < recall["weights"] - 0.2
