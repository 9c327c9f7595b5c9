"""A wrong explainer is caught: it falls significantly below the right one on each figure that claims to see it."""

from dataclasses import replace

import numpy as np
import pytest

from whyrec import Attribution
from whyrec.comparison.interval import Bootstrap, average, by_user, harmonic
from whyrec.comparison.paired import difference
from whyrec_plugins.explainers.weights import Weights
from whyrec_plugins.metrics.cf10 import CF10
from whyrec_plugins.metrics.completeness import Completeness
from whyrec_plugins.metrics.ke import KE
from whyrec_plugins.metrics.lxr11 import LXR11
from whyrec_plugins.metrics.necessity import Necessity
from whyrec_plugins.metrics.randomization import Randomization
from whyrec_plugins.metrics.shapley_error import ShapleyError


class Wrong(Weights):
    """The exact contributions, spoilt."""

    name = "wrong"
    additive = False

    def _explain(self, model, games, rngs):
        for found, game, rng in zip(super()._explain(model, games, rngs), games, rngs, strict=True):
            yield Attribution(np.array([self.spoil(v, game, rng) for v in found.values]), found.base)


class Reversed(Wrong):
    def spoil(self, values, game, rng):
        return -values


class Mixed(Wrong):
    def spoil(self, values, game, rng):
        return rng.permutation(values)


class Scaled(Wrong):
    def spoil(self, values, game, rng):
        return 1.5 * values


class Shifted(Wrong):
    """One off by index: each value stands at its neighbor."""

    def spoil(self, values, game, rng):
        return np.roll(values, 1)


class Blind(Wrong):
    """What the user did most, whatever the model thinks of it."""

    def spoil(self, values, game, rng):
        return game.history.interest.data


METRICS = (
    LXR11(ks=(3, 10)), KE(lengths=(1, 3), ranks=(3,)), CF10(ks=(3,), length=3), Necessity(k=3, length=3),
    Completeness(), ShapleyError(), Randomization(),
)  # fmt: skip
BETTER = {card.name: card.better for m in METRICS for card in m.measures()}
HARMONIC = {card.name: card.harmonic for m in METRICS for card in m.measures() if card.harmonic}

ORDER = (
    "lxr11.del", "lxr11.ins", "lxr11.ndcg", "lxr11.pos@3", "lxr11.pos@10", "lxr11.neg@3", "lxr11.neg@10",
    "ke.pos@3:1", "ke.pos@3:3", "ke.cdcg@1", "ke.cdcg@3", "ke.ins@1", "ke.ins@3", "ke.del@1", "ke.del@3",
    "cf10.pos@3", "cf10.neg@3", "cf10.pn_s@3", "cf10.pn_s_list@3", "cf10.pn_r@3", "pn@3", "ps@3", "fns@3",
)  # fmt: skip
"""What looks at the order of players alone."""

SEEN = {
    Reversed: {*ORDER, "completeness_gap", "shapley_error"},
    Mixed: {*ORDER, "shapley_error"},  # it adds up: completeness says nothing of truth
    Scaled: {"completeness_gap", "shapley_error"},  # its order is right
    Shifted: {*ORDER, "shapley_error"},
    # Without the strongest interests the list changes as much, though not at the item: the list's figures cannot tell.
    Blind: {*ORDER, "completeness_gap", "shapley_error", "randomization"} - {"cf10.pn_s_list@3", "cf10.pn_r@3"},
}


@pytest.fixture(scope="module")
def columns(toys, evidence):
    model = toys.Linear().fit(toys.world(n_users=150, n_items=60))
    games = toys.games(model, k=3)

    def of(explainer):
        shown = evidence(model, games, explainer.explain(model, games, seed=1))
        shown = replace(shown, explainer=explainer, seed=1)
        users = np.array([g.row for g in shown.games])
        found = {}
        for metric in METRICS:
            for name, values in metric.measure(shown).items():
                found[name] = by_user(values, users, np.arange(150))[:, None]
        return found | {name: np.hstack([found[n] for n in parts]) for name, parts in HARMONIC.items()}

    return of


@pytest.fixture(scope="module")
def right(columns):
    return columns(Weights())


@pytest.mark.parametrize("wrong", SEEN, ids=lambda w: w.__name__)
def test_a_wrong_explainer_is_caught(columns, right, wrong):
    bootstrap = Bootstrap(1000, 3)
    found = columns(wrong())
    missed, falsely = [], []
    for name, better in BETTER.items():
        if better is None:
            continue
        gap = difference(found[name], right[name], bootstrap)
        below = gap.high < 0 if better == "higher" else gap.low > 0
        if name in SEEN[wrong] and not below:
            missed.append((name, gap))
        above = gap.low > 1e-12 if better == "higher" else gap.high < -1e-12
        if above and name in ORDER:
            falsely.append((name, gap))
    assert missed == []
    assert falsely == []


def test_a_scaled_explainer_is_blameless_where_only_the_order_counts(columns, right):
    found = columns(Scaled())
    for name in ORDER:
        np.testing.assert_array_equal(found[name], right[name])


def test_the_harmonic_mean_is_of_the_means(right):
    pn, ps = right["fns@3"].T
    users = ~np.isnan(pn)
    expected = 2 * pn[users].mean() * ps[users].mean() / (pn[users].mean() + ps[users].mean())
    assert Bootstrap(0, 0).figure(right["fns@3"], harmonic).mean == pytest.approx(expected)
    assert Bootstrap(0, 0).figure(right["pn@3"], average).mean == pytest.approx(pn[users].mean())
