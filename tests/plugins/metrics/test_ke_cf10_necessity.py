"""ke, cf10 and necessity against slow references written from their definitions, and cases counted by hand."""

import numpy as np
import pytest

from whyrec import Game, history_players
from whyrec_plugins.explainers.random import Random
from whyrec_plugins.explainers.weights import Weights
from whyrec_plugins.metrics.cf10 import CF10
from whyrec_plugins.metrics.ke import KE
from whyrec_plugins.metrics.lxr11 import LXR11
from whyrec_plugins.metrics.necessity import Necessity

KINDS = [("history", None), ("interests", "genre"), ("interests", "behavior"), ("features", None)]


class Slow:
    """One history after the other, one item against all others."""

    def __init__(self, game, y):
        self.game, self.y, self.n = game, y, game.n_players
        self.seen = set(game.history.items.tolist())

    def scores(self, present):
        mask = np.zeros((1, self.n), bool)
        mask[0, list(present)] = True
        if self.game.players.kind == "features":
            scores = self.game.model.score(self.game.history)[0].copy()
            scores[self.y] = self.game.values(mask)[0, 0]
            return scores
        return self.game.model.score(self.game.masked(mask))[0]

    def ranking(self, present):
        scores = self.scores(present)
        return sorted((j for j in range(len(scores)) if j not in self.seen), key=lambda j: (-scores[j], j))

    def rank(self, present):
        return 1 + self.ranking(present).index(self.y)


def slow_ke(slow, order, lengths, rank):
    out, full = {}, slow.scores(order)[slow.y]
    for k in lengths:
        gone, kept = order[k:], order[:k]
        out[f"ke.pos@{rank}:{k}"] = slow.rank(gone) <= rank
        out[f"ke.cdcg@{k}"] = 1 / np.log2(1 + slow.rank(gone))
        out[f"ke.del@{k}"] = slow.scores(gone)[slow.y] / full if full > 0 else np.nan
        out[f"ke.ins@{k}"] = slow.scores(kept)[slow.y] / full if full > 0 else np.nan
    return out


def slow_cf10(slow, values, order, ks, length, place):
    n = len(order)
    sizes = [n // 10 + (1 if b < n % 10 else 0) for b in range(10)]
    points = np.cumsum(sizes)
    named = [i for i in order[:length] if values[i] > 0]
    out = {"cf10.perturbed": len(named)}
    for k in ks:
        if place >= k:
            continue
        out[f"cf10.pos@{k}"] = np.mean([slow.rank(order[c:]) <= k for c in points])
        out[f"cf10.neg@{k}"] = np.mean([slow.rank(order[: n - c]) <= k for c in points])
        before = slow.ranking(order)[:k]
        after = slow.ranking([i for i in order if i not in named])[:k]
        new = [r for r, j in enumerate(after, 1) if j not in before]
        out[f"cf10.pn_s@{k}"] = slow.y not in after
        out[f"cf10.pn_s_list@{k}"] = len(new) / k
        out[f"cf10.pn_r@{k}"] = sum(1 / np.log2(1 + r) for r in new) / sum(1 / np.log2(1 + r) for r in range(1, k + 1))
    return out


def slow_necessity(slow, values, order, k, length):
    named = [i for i in order[:length] if values[i] > 0]
    return {
        f"pn@{k}": slow.rank([i for i in order if i not in named]) > k,
        f"ps@{k}": slow.rank(named) <= k,
    }


def cases(toys, kind, by):
    model = toys.ByFeatures().fit(toys.world(n_users=10, n_items=24))
    games = toys.games(model, kind=kind, by=by, k=3)
    told = Random().explain(model, games, seed=4)
    return model, games, told


@pytest.mark.parametrize(("kind", "by"), KINDS)
def test_equal_their_definitions(toys, evidence, kind, by):
    model, games, told = cases(toys, kind, by)
    shown = evidence(model, games, told)
    found = {
        **KE(lengths=(1, 3), ranks=(2,), top=2).measure(shown),
        **CF10(ks=(1, 2), length=2).measure(shown),
        **Necessity(k=2, length=2).measure(shown),
    }
    judged = 0
    for e, (explanation, place) in enumerate(zip(told, shown.place, strict=True)):
        expected = {}
        if place < 2 and len(explanation.values):
            slow = Slow(shown.games[e], int(shown.games[e].items[shown.column[e]]))
            order = sorted(range(slow.n), key=lambda i: (-explanation.values[i], i))
            expected |= slow_ke(slow, order, (1, 3), 2)
            expected |= slow_cf10(slow, explanation.values, order, (1, 2), 2, place)
            expected |= slow_necessity(slow, explanation.values, order, 2, 2)
            judged += 1
        for figure, values in found.items():
            assert values[e] == pytest.approx(float(expected.get(figure, np.nan)), nan_ok=True, rel=1e-9), (e, figure)
    assert judged >= 10


def by_hand(toys):
    """i0 and i1 carry i2 past i3 and i4: scores 6, 3, 2.5 with both; 1, 2, 2.5 without i0; 5, 1, 0 without i1."""
    model = toys.Linear().fit(toys.world(n_items=5, n_users=2))
    model.W = np.zeros((5, 5))
    model.W[0, 2:], model.W[1, 2:] = [5.0, 1.0, 0.0], [1.0, 2.0, 2.5]
    model.b = np.array([9.0, 9.0, 0.0, 0.0, 0.0])
    history = model.data.encode(["i0", "i1"])
    game = Game(model, history, np.array([2]), history_players(history, model.data.catalog))
    return model, game, Weights().explain(model, [game])


def test_ke_counted_by_hand(toys, evidence):
    model, game, told = by_hand(toys)
    found = KE(lengths=(1, 2), ranks=(1,)).measure(evidence(model, [game], told))
    assert found["ke.del@1"] == pytest.approx([1 / 6])
    assert found["ke.ins@1"] == pytest.approx([5 / 6])
    assert found["ke.del@2"] == pytest.approx([0.0])
    assert found["ke.ins@2"] == pytest.approx([1.0])
    assert found["ke.cdcg@1"] == pytest.approx([1 / np.log2(4)])
    assert found["ke.cdcg@2"] == pytest.approx([1.0])  # nothing is left; the tie is broken by index
    assert (found["ke.pos@1:1"], found["ke.pos@1:2"]) == (0.0, 1.0)


def test_cf10_counted_by_hand(toys, evidence):
    """Two players: the bins are 1, 1, 0, …: the first point removes one, the nine others both."""
    model, game, told = by_hand(toys)
    found = CF10(ks=(1, 2), length=1).measure(evidence(model, [game], told))
    assert found["cf10.pos@1"] == pytest.approx([0.9])
    assert found["cf10.neg@1"] == pytest.approx([1.0])
    assert found["cf10.perturbed"] == [1]
    assert found["cf10.pn_s@1"] == [1]
    assert found["cf10.pn_s_list@1"] == [1]
    # Without i0 the top 2 are i4 (new, rank 1) and i3 (not new: it was second)
    assert found["cf10.pn_s@2"] == [1]
    assert found["cf10.pn_s_list@2"] == [0.5]
    assert found["cf10.pn_r@2"] == pytest.approx([1 / (1 + 1 / np.log2(3))])


def test_necessity_counted_by_hand(toys, evidence):
    model, game, told = by_hand(toys)
    found = Necessity(k=1, length=1).measure(evidence(model, [game], told))
    assert found == {"pn@1": [1.0], "ps@1": [1.0]}
    (card,) = [m for m in Necessity(k=1).measures() if m.harmonic]
    assert (card.name, card.harmonic) == ("fns@1", ("pn@1", "ps@1"))


def test_shares_of_a_score_that_is_not_positive_are_undefined(toys, evidence):
    model, game, told = by_hand(toys)
    model.b = model.b - 10.0
    found = KE(lengths=(1,)).measure(evidence(model, [game], told))
    assert np.isnan(found["ke.del@1"]).all()
    assert np.isnan(found["ke.ins@1"]).all()
    assert found["ke.cdcg@1"] == pytest.approx([1 / np.log2(4)])


def test_scores_are_judged_whatever_is_explained(toys, evidence):
    """An explainer of a margin stands beside one of the score: both are judged on the score."""
    model, game, told = by_hand(toys)
    margin = Game(model, game.history, game.items, game.players, target="margin@1")
    for metric in (KE(lengths=(1,)), CF10(ks=(1,)), Necessity(k=1)):
        plain, other = (metric.measure(evidence(model, [g], told)) for g in (game, margin))
        for name, values in plain.items():
            np.testing.assert_array_equal(values, other[name])


@pytest.mark.parametrize("metric", [KE(), CF10(), Necessity()], ids=lambda m: m.name)
def test_judging_is_not_counted(toys, evidence, metric):
    model = toys.Pooled().fit(toys.world())
    games = toys.games(model)
    metric.measure(evidence(model, games, Random().explain(model, games)))
    assert {g.calls for g in games} == {0}


@pytest.mark.parametrize("removal", ["shrink", "fill"])
def test_another_removal_rule_is_judged_by_itself(toys, evidence, removal):
    """What is absent under the game's rule is absent in the judgment, too."""
    model, game, told = by_hand(toys)
    other = Game(model, game.history, game.items, game.players, removal=removal)
    found = KE(lengths=(1, 2)).measure(evidence(model, [other], told))
    without_first = other.values(np.array([[False, True]]))[0, 0]
    assert found["ke.del@1"] == pytest.approx([without_first / 6])
    for metric in (LXR11(), CF10(ks=(1,)), Necessity(k=1)):
        assert not np.isnan(next(iter(metric.measure(evidence(model, [other], told)).values()))).any()


def test_many_explanations_are_judged_in_parts(toys, evidence, monkeypatch):
    from whyrec_plugins.metrics import _path

    model, games, told = cases(toys, "history", None)
    shown = evidence(model, games, told)
    metrics = (KE(), CF10(), Necessity())
    whole = [m.measure(shown) for m in metrics]
    monkeypatch.setattr(_path, "_TOGETHER", 2)
    for metric, expected in zip(metrics, whole, strict=True):
        for name, values in metric.measure(shown).items():
            np.testing.assert_allclose(values, expected[name], rtol=1e-12)
