"""lxr11 against a slow reference written from its definition, and the orders that provably win and lose."""

from dataclasses import replace

import numpy as np
import pytest

from whyrec import Evidence, Game, history_players
from whyrec_plugins.explainers.lime_base import Lime
from whyrec_plugins.explainers.random import Random
from whyrec_plugins.explainers.shap_game import Shap
from whyrec_plugins.explainers.weights import Weights
from whyrec_plugins.metrics.lxr11 import LXR11

KS = (1, 2, 5)


def reference(game, explanation, ks):
    """One point after the other, one history after the other, straight from the definition."""
    n, y = game.n_players, int(game.items[0])
    order = sorted(range(n), key=lambda i: (-explanation.values[i], i))
    bins = np.array_split(np.arange(n), 10)
    points = [0]
    for b in bins:
        points.append(points[-1] + len(b))
    seen = set(game.history.items.tolist())

    def score_and_rank(present):
        mask = np.zeros((1, n), bool)
        mask[0, list(present)] = True
        if game.players.kind == "features":
            scores = game.model.score(game.history)[0].copy()
            scores[y] = game.values(mask)[0, 0]
        else:
            scores = game.model.score(game.masked(mask))[0]
        above = [
            j
            for j in range(len(scores))
            if j not in seen and (scores[j] > scores[y] or (scores[j] == scores[y] and j < y))
        ]
        return scores[y], 1 + len(above)

    without = [score_and_rank(order[c:]) for c in points]
    kept = [score_and_rank(order[:c]) for c in points]
    last = [score_and_rank(order[: n - c]) for c in points]
    out = {
        "lxr11.del": np.mean([s for s, _ in without]),
        "lxr11.ins": np.mean([s for s, _ in kept]),
        "lxr11.ndcg": np.mean([1 / np.log2(1 + r) for _, r in without]),
        "lxr11.ties": np.mean([np.sum(explanation.values == v) > 1 for v in explanation.values]),
    }
    for t in range(11):
        out[f"lxr11.del.curve@{10 * t}"] = without[t][0]
        out[f"lxr11.ins.curve@{10 * t}"] = kept[t][0]
    for k in ks:
        out[f"lxr11.pos@{k}"] = np.mean([r <= k for _, r in without])
        out[f"lxr11.neg@{k}"] = np.mean([r <= k for _, r in last])
    return out


@pytest.mark.parametrize("name", ["Linear", "Pooled", "Split"])
@pytest.mark.parametrize(("kind", "by"), [("history", None), ("interests", "genre"), ("interests", "behavior")])
def test_equals_the_definition(toys, evidence, name, kind, by):
    model = getattr(toys, name)().fit(toys.world(n_users=12, n_items=30))
    games = toys.games(model, kind=kind, by=by, k=2)
    told = Random().explain(model, games, seed=4)
    found = LXR11(ks=KS).measure(evidence(model, games, told))
    for e, explanation in enumerate(told):
        expected = reference(games[e // 2], explanation, KS) if e % 2 == 0 and games[e // 2].n_players else {}
        for figure, values in found.items():
            assert values[e] == pytest.approx(expected.get(figure, np.nan), nan_ok=True, rel=1e-9), figure


def test_equals_the_definition_for_features(toys, evidence):
    model = toys.ByFeatures().fit(toys.world(n_items=30))
    games = toys.games(model, kind="features", k=2)
    told = Weights().explain(model, games)
    found = LXR11(ks=KS).measure(evidence(model, games, told))
    for e, (game, explanation) in enumerate(zip(games, told, strict=True)):
        expected = reference(game, explanation, KS) if e % 2 == 0 and game.n_players else {}
        for figure, values in found.items():
            assert values[e] == pytest.approx(expected.get(figure, np.nan), nan_ok=True, rel=1e-9), figure


def test_counted_by_hand(toys, evidence):
    """One player a: every point but the first has nothing left; 1 and 10 of the 11 points."""
    model = toys.Linear().fit(toys.world(n_items=4, n_users=2))
    model.W = np.zeros((4, 4))
    model.W[0] = [0.0, 3.0, 1.0, 2.0]
    model.b = np.array([9.0, 0.0, 0.5, 0.25])
    history = model.data.encode(["i0"])
    (explanation,) = model.explain(None, "i1", history=["i0"], explainer=Weights())
    game = Game(model, history, np.array([1]), history_players(history, model.data.catalog))
    found = LXR11(ks=(1, 3)).measure(evidence(model, [game], [explanation]))
    assert found["lxr11.del"] == pytest.approx([3.0 / 11])
    assert found["lxr11.ins"] == pytest.approx([30.0 / 11])
    # with i0 the scores of i1, i2, i3 are 3, 1.5, 2.25; without 0, .5, .25: rank 1, then rank 3
    assert found["lxr11.ndcg"] == pytest.approx([(1 + 10 / 2) / 11])
    assert found["lxr11.pos@1"] == pytest.approx([1 / 11])
    assert found["lxr11.neg@1"] == pytest.approx([1 / 11])
    assert found["lxr11.pos@3"] == pytest.approx([1.0])


@pytest.mark.parametrize("scale", ["none", "log"])
def test_weights_are_never_beaten_on_a_linear_model_and_random_is_worst(toys, evidence, scale):
    """On a linear score, removing the largest contributions first minimizes the score at every step."""
    model = toys.Linear().fit(toys.world(n_users=60, n_items=40, scale=scale))
    games = toys.games(model, k=2)
    told = {
        type(e).__name__ + str(i): LXR11().measure(evidence(model, games, e.explain(model, games)))
        for i, e in enumerate(
            [Weights(), Shap(), Shap(method="permutation", samples=50), Lime(samples=40), Random(), Random()]
        )
    }
    best = told.pop("Weights0")
    judged = ~np.isnan(best["lxr11.del"])
    assert judged.sum() == 59
    for other in told.values():
        assert (best["lxr11.del"][judged] <= other["lxr11.del"][judged] + 1e-12).all()
        assert (best["lxr11.ins"][judged] >= other["lxr11.ins"][judged] - 1e-12).all()
    means = {name: np.nanmean(found["lxr11.del"]) for name, found in told.items()}
    assert max(means, key=means.get).startswith("Random")
    means = {name: np.nanmean(found["lxr11.ins"]) for name, found in told.items()}
    assert min(means, key=means.get).startswith("Random")


def test_the_reverse_order_is_worst(toys, evidence):
    model = toys.Linear().fit(toys.world(n_users=20, n_items=40))
    games = toys.games(model, k=1)
    told = Weights().explain(model, games)
    best = LXR11().measure(evidence(model, games, told))
    worst = LXR11().measure(evidence(model, games, [replace(e, values=-e.values) for e in told]))
    judged = ~np.isnan(best["lxr11.del"])
    assert (best["lxr11.del"][judged] < worst["lxr11.del"][judged]).all()
    assert np.nanmean(best["lxr11.neg@5"]) > np.nanmean(worst["lxr11.neg@5"])


def test_judging_is_not_counted(toys, evidence):
    model = toys.Pooled().fit(toys.world())
    games = toys.games(model)
    told = Random().explain(model, games)
    LXR11().measure(evidence(model, games, told))
    assert {g.calls for g in games} == {0}


def test_users_are_scored_together(toys, evidence, monkeypatch):
    model = toys.Pooled().fit(toys.world(n_users=30))
    games = toys.games(model)
    told = Random().explain(model, games)
    calls = []
    plain = model._score
    monkeypatch.setattr(model, "_score", lambda h, items: calls.append(len(h)) or plain(h, items))
    LXR11().measure(evidence(model, games, told))
    assert len(calls) == 2  # all ranks, all insertions


def test_only_the_first_recommendation_is_judged(toys, evidence):
    model = toys.ByFeatures().fit(toys.world())
    games = toys.games(model, kind="features", k=3)
    found = LXR11().measure(evidence(model, games, Weights().explain(model, games)))["lxr11.del"]
    assert np.isnan(found.reshape(-1, 3)[:, 1:]).all()
    assert not np.isnan(found.reshape(-1, 3)[:, 0]).all()


def test_without_places_the_column_is_the_place(toys):
    model = toys.Linear().fit(toys.world())
    games = toys.games(model, users=[4], k=2)
    told = Weights().explain(model, games)
    found = LXR11().measure(Evidence(model.data, games * 2, [0, 1], told))["lxr11.del"]
    assert np.isnan(found).tolist() == [False, True]


def test_features_of_a_model_that_cannot_score_others_are_undefined(toys, evidence):
    class Reads(toys.Linear):
        def feature_contributions(self, histories, items): ...

    model = Reads().fit(toys.world())
    games = toys.games(model, kind="features", users=[4], k=1)
    told = [replace(e, kind="features") for e in Random().explain(model, toys.games(model, users=[4], k=1))]
    assert np.isnan(LXR11().measure(evidence(model, games, told))["lxr11.del"]).all()
