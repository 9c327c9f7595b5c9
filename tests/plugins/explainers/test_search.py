"""Search: the best of all orders where they can be counted out, and never worse than the greedy ones."""

import itertools

import numpy as np
import pytest

from whyrec import evaluate, evaluate_ranks
from whyrec_plugins.explainers._beam import Objective, best_orders
from whyrec_plugins.explainers._best_path import best_path
from whyrec_plugins.explainers._enumeration import every_coalition
from whyrec_plugins.explainers._field import Field
from whyrec_plugins.explainers.greedy_rank import GreedyRank
from whyrec_plugins.explainers.search import Search, step_weights
from whyrec_plugins.explainers.weights import Weights

METRICS = ["del", "ins", "ndcg", "cdcg", "pos", "neg"]


def ends(n, steps):
    """How many players are gone at each point, straight from the protocols."""
    if steps == "ke":
        return [min(t, n) for t in range(1, 6)]
    sizes = [len(part) for part in np.array_split(np.arange(n), 10)]
    return [0] * (steps == "lxr11") + np.cumsum(sizes).tolist()


def judge(game, metric, steps, cutoff):
    """A function from an order and an item's place to the metric, lower is better; all coalitions are asked once."""
    n = game.n_players
    every = every_coalition(n)
    place = {c.tobytes(): i for i, c in enumerate(every)}
    scores, ranks = evaluate([game], [every])[0], evaluate_ranks([game], [every])[0][1]
    inside = (ranks <= cutoff).astype(float)
    worth = {"del": scores, "ins": -scores, "pos": inside, "neg": -inside}.get(metric, 1 / np.log2(1 + ranks))

    def verdict(order, k):
        total = []
        for gone in ends(n, steps):
            kept = np.zeros(n, bool)
            kept[{"ins": order[:gone], "neg": order[: n - gone]}.get(metric, order[gone:])] = True
            total.append(worth[place[kept.tobytes()], k])
        return float(np.mean(total))

    return verdict


@pytest.mark.parametrize("steps", ["lxr11", "cf10", "ke"])
@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("name", ["Linear", "Pooled"])
def test_few_players_get_the_best_of_all_orders(toys, name, metric, steps):
    model = getattr(toys, name)().fit(toys.world(n_items=20))
    (game,) = toys.games(model, users=[3], k=2)
    assert game.n_players == 5
    verdict = judge(game, metric, steps, 2)
    for k, one in enumerate(Search(metric=metric, steps=steps, k=2).explain(model, [game])):
        every = [verdict(list(o), k) for o in itertools.permutations(range(5))]
        assert verdict(one.order().tolist(), k) == pytest.approx(min(every), abs=1e-12)
        assert len(set(np.round(every, 9))) > 1 or metric in ("pos", "neg")


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("name", ["Linear", "Pooled", "Split"])
def test_beams_are_no_worse_than_greedy_orders_and_near_the_best(toys, name, metric):
    model = getattr(toys, name)().fit(toys.world(n_items=40))
    games = toys.games(model, users=[5, 6, 7], k=2)
    verdicts = [judge(game, metric, "lxr11", 3) for game in games]
    loss = {}
    for label, explainer in {
        "beam": Search(metric=metric, k=3, exact_below=1, width=8),
        "best": Search(metric=metric, k=3),
        "greedy": GreedyRank(k=3, width=1),
        "usual": GreedyRank(),
    }.items():
        found = iter(explainer.explain(model, games))
        loss[label] = [verdict(next(found).order().tolist(), k) for verdict in verdicts for k in range(2)]
    assert (np.array(loss["best"]) <= np.array(loss["beam"]) + 1e-12).all()
    if metric not in ("ins", "neg"):
        assert (np.array(loss["beam"]) <= np.array(loss["greedy"]) + 1e-12).all()
        if metric != "del":
            assert (np.array(loss["beam"]) <= np.array(loss["usual"]) + 1e-12).all()
    assert (
        np.mean(loss["beam"]) <= np.mean(loss["best"]) + 0.1 * (np.mean(loss["greedy"]) - np.mean(loss["best"])) + 0.02
    )


@pytest.mark.parametrize("aim", ["del", "ins", "ndcg", "pos", "neg"])
@pytest.mark.parametrize("name", ["Linear", "Pooled"])
def test_a_beam_that_holds_everything_finds_the_best_path(toys, name, aim):
    """With room for all coalitions of a size, carrying the best way to each is the dynamic program."""
    model = getattr(toys, name)().fit(toys.world(n_items=30))
    (game,) = toys.games(model, users=[5], k=2)
    n, objective = game.n_players, Objective(aim, 2)
    points = step_weights(n, "ke") + step_weights(n, "cf10")
    every = every_coalition(n)
    place = {c.tobytes(): i for i, c in enumerate(every)}
    scores, ranks = evaluate_ranks([game], [every])[0]
    for k, order in enumerate(best_orders(Field([game]), [(0, 0), (0, 1)], objective, [points] * 2, width=200)):
        loss = objective.loss(scores[:, k], ranks[:, k])
        present, total = np.full(n, not objective.adding), 0.0
        for t, player in enumerate(order[::-1] if objective.reversed else order, 1):
            present[player] = objective.adding
            total += points[t] * loss[place[present.tobytes()]]
        assert total == pytest.approx(best_path(loss, points, adding=objective.adding)[1])


def test_what_supports_least_goes_first_for_neg(toys):
    """All stay in a long list, so that only the margin tells moves apart."""
    model = toys.Linear().fit(toys.world(n_items=30))
    (game,) = toys.games(model, users=[6], k=1)
    n, candidates = game.n_players, game.candidates
    (order,) = best_orders(Field([game]), [(0, 0)], Objective("neg", 25), [np.zeros(n + 1)])
    full = np.where(candidates, model.score(game.history)[0], -np.inf)
    full[game.items[0]] = -np.inf
    rival = np.argsort(-full, kind="stable")[: int(candidates.sum()) - 1][-1]
    after = model.score(game.masked(~np.eye(n, dtype=bool)))
    assert candidates.sum() <= 25
    assert order[-1] == np.argmax(after[:, game.items[0]] - after[:, rival])


@pytest.mark.parametrize("metric", ["del", "ins"])
@pytest.mark.parametrize("exact_below", [1, 10])
def test_on_a_linear_model_the_score_is_searched_by_sorting(toys, metric, exact_below):
    model = toys.Linear().fit(toys.world())
    games = [g for g in toys.games(model) if g.n_players]
    found = Search(metric=metric, steps="lxr11", exact_below=exact_below).explain(model, games)
    for one, other in zip(found, Weights().explain(model, games), strict=True):
        assert one.order().tolist() == other.order().tolist()


@pytest.mark.parametrize("metric", ["pos", "neg", "ins"])
def test_company_changes_nothing(toys, metric):
    model = toys.Pooled().fit(toys.world(n_items=20))
    explainer = Search(metric=metric, k=2, exact_below=4)
    together = explainer.explain(model, toys.games(model))
    alone = [e for user in range(8) for e in explainer.explain(model, toys.games(model, users=[user]))]
    assert [e.values.tobytes() for e in together] == [e.values.tobytes() for e in alone]


@pytest.mark.parametrize("adding", [False, True])
def test_the_best_path_by_brute_force(adding):
    rng = np.random.default_rng(4)
    loss, points = rng.normal(size=64), rng.random(7)
    order, total = best_path(loss, points, adding=adding)
    place = {c.tobytes(): i for i, c in enumerate(every_coalition(6))}

    def cost(moves):
        present = np.full(6, not adding)
        out = points[0] * loss[place[present.tobytes()]]
        for t, player in enumerate(moves, 1):
            present[player] = adding
            out += points[t] * loss[place[present.tobytes()]]
        return out

    assert cost(order) == pytest.approx(total)
    assert total == pytest.approx(min(cost(o) for o in itertools.permutations(range(6))))


@pytest.mark.parametrize("steps", ["lxr11", "cf10", "ke"])
@pytest.mark.parametrize("n", [1, 3, 10, 17, 165])
def test_weights_of_the_steps(n, steps):
    expected = np.zeros(n + 1)
    for gone in ends(n, steps):
        expected[gone] += 1 / len(ends(n, steps))
    np.testing.assert_allclose(step_weights(n, steps), expected)
