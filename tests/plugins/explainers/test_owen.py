"""Owen: held against its definition, all orders that keep interests together, also where interests overlap."""

from itertools import permutations, product

import numpy as np
import pytest
from scipy.sparse import csr_array

from whyrec import Game, Players, UnsupportedError, games_for, interest_players
from whyrec_plugins.datasets.planted import Planted
from whyrec_plugins.explainers._owen_values import enumerated
from whyrec_plugins.explainers._structure import Structure
from whyrec_plugins.explainers.owen import Owen
from whyrec_plugins.explainers.shapley import Shapley
from whyrec_plugins.recommenders.oracle import Oracle


def by_orders(game: Game, interests):
    """(K, n_interests, n_items) from the definition: who is last to let an event in gets what it adds."""
    history = game.history
    held = interests.membership.toarray() > 0.5
    entry = history.entry_of_event
    memberships = sorted({(int(i), int(entry[e])) for i, e in zip(*np.nonzero(held), strict=True)})
    known: dict[bytes, np.ndarray] = {}

    def worth(events):
        key = events.tobytes()
        if key not in known:
            known[key] = game.model.score(history.masked(events[None, :]), game.items)[0]
        return known[key]

    needs = [{(int(i), int(entry[e])) for i in np.flatnonzero(held[:, e])} for e in range(history.n_events)]
    unions = [[p for p in memberships if p[0] == i] for i in range(len(interests))]
    total = np.zeros((len(game.items), len(interests), history.interest.nnz))
    count = 0
    for outer in permutations(range(len(unions))):
        for inner in product(*(permutations(unions[i]) for i in outer)):
            present: set[tuple[int, int]] = set()
            before = worth(np.zeros(history.n_events, bool))
            for membership in (p for union in inner for p in union):
                present.add(membership)
                after = worth(np.array([need <= present for need in needs]))
                total[:, membership[0], membership[1]] += after - before
                before = after
            count += 1
    return total / count


def small(toys, name, by, *, n=4, scale="none"):
    """A user of at most n items, in the game of items and in that of interests."""
    data = toys.world(n_users=8, scale=scale)
    model = getattr(toys, name)().fit(data, seed=4)
    row = next(r for r in range(8) if 3 <= data.histories.take(np.array([r])).interest.nnz <= n)
    history, items = data.histories.take(np.array([row])), np.array([[3, 7]])
    made = {"rows": np.array([row])}
    (own,) = games_for(model, history, items, **made)
    (grouped,) = games_for(model, history, items, kind="interests", by=by, **made)
    return own, grouped


def values(explanations):
    return np.array([e.values for e in explanations])


@pytest.mark.parametrize(
    ("by", "scale"), [("genre", "none"), ("brand", "none"), ("behavior", "none"), ("behavior", "log")]
)
@pytest.mark.parametrize("name", ["Pooled", "Split", "Linear"])
def test_it_is_the_mean_over_all_orders_that_keep_interests_together(toys, name: str, by: str, scale: str) -> None:
    own, grouped = small(toys, name, by, n=3, scale=scale)
    truth = by_orders(own, grouped.players)
    explainer = Owen(grouping=by)
    np.testing.assert_allclose(values(explainer.explain(own.model, [own])), truth.sum(axis=1), atol=1e-10)
    np.testing.assert_allclose(values(explainer.explain(own.model, [grouped])), truth.sum(axis=2), atol=1e-10)


@pytest.mark.parametrize("by", ["genre", "brand", "behavior"])
@pytest.mark.parametrize("name", ["Pooled", "Split", "Linear"])
def test_an_interest_gets_its_shapley_value(toys, name: str, by: str) -> None:
    own, grouped = small(toys, name, by, n=6)
    found = values(Owen().explain(own.model, [grouped]))
    np.testing.assert_allclose(found, toys.shapley_of(grouped), atol=1e-10)


def test_it_differs_from_shapley_where_interests_interact(toys) -> None:
    own, _ = small(toys, "Pooled", "genre", n=5)
    owen, plain = (values(e.explain(own.model, [own])) for e in (Owen(grouping="genre"), Shapley()))
    assert np.abs(owen - plain).max() > 1e-3 * np.abs(plain).max()


def test_with_one_interest_or_one_item_each_it_is_shapley() -> None:
    """Unions of all, or of one each, put no order aside."""
    games = stage(users=6, shortest=6, longest=9)
    for game in games:
        n = game.n_players
        plain = values(Shapley().explain(game.model, [game]))
        for owner in (np.zeros(n, int), np.arange(n)):
            names = tuple(str(i) for i in np.unique(owner))
            members = csr_array((np.ones(n), (owner, np.arange(n))), shape=(len(names), n))
            interests = Players("interests", names, names, members, np.arange(len(names)), "made up")
            structure = Structure.of(game.history, interests)
            found = structure.per_entry(enumerated(structure, structure.game(game)), n)
            np.testing.assert_allclose(found.T, plain, atol=1e-9)


def stage(*, kind="history", by=None, seed=2, k=3, target="score", removal="drop", **settings):
    data = Planted(**{"users": 12, "order": 3, "shortest": 20, "longest": 60, "items": 200, **settings}).load(seed=seed)
    model = Oracle(transparent=False).fit(data)
    rows = np.arange(data.n_users)
    items = model.top(data.histories, k).items
    return games_for(model, data.histories, items, kind=kind, by=by, rows=rows, target=target, removal=removal)


@pytest.mark.parametrize("by", ["group", "tag"])
def test_estimates_lie_around_the_exact_values_within_their_standard_errors(by: str) -> None:
    games = stage(users=10, shortest=6, longest=11)
    exact = Owen(grouping=by, exact_below=20).explain(games[0].model, games)
    away = []
    for seed in range(8):
        found = Owen(grouping=by, exact_below=1).explain(games[0].model, games, seed=seed)
        away += [
            np.abs(f.values - e.values)[f.std_error > 1e-9] / f.std_error[f.std_error > 1e-9]
            for f, e in zip(found, exact, strict=True)
        ]
        assert max(f.gap for f in found) < 1e-9
    every = np.concatenate(away)
    assert len(every) > 1000
    assert (every > 3).mean() < 0.03  # errors of 16 pairs of orders have a tail a little longer than a normal one's
    assert 0.5 < np.median(every) < 0.9


def test_an_order_and_its_reverse_find_products_of_two_exactly() -> None:
    games = stage(users=4, shortest=6, longest=10, order=2)
    exact = Owen(exact_below=20).explain(games[0].model, games)
    found = Owen(exact_below=1, budget=4).explain(games[0].model, games)
    np.testing.assert_allclose(np.concatenate(values_of(found, 1), axis=1), np.concatenate(values_of(exact, 1), axis=1))


@pytest.mark.parametrize("world", ["interactions", "pooled"])
@pytest.mark.parametrize("by", ["group", "tag"])
def test_the_levels_add_up_to_each_other(by: str, world: str) -> None:
    items, interests = (stage(kind=kind, by=by, world=world) for kind in ("history", "interests"))
    model = items[0].model
    found = values_of(Owen(grouping=by).explain(model, items, seed=3), 3)
    above = values_of(Owen().explain(model, interests, seed=3), 3)
    for game, own, inner, outer in zip(items, interests, found, above, strict=True):
        np.testing.assert_allclose(inner.sum(axis=1), outer.sum(axis=1), atol=1e-9)
        held = own.players.membership.toarray() > 0.5
        if by == "group":  # no overlap: the items of an interest sum to it
            np.testing.assert_allclose(inner @ held.T, outer, atol=1e-9)
        exact = Shapley().explain(model, [own])
        np.testing.assert_allclose(outer, values(exact), atol=1e-9)
        assert game.calls > 0


def values_of(explanations, k):
    return [values(explanations[g : g + k]) for g in range(0, len(explanations), k)]


@pytest.mark.parametrize(("target", "removal"), [("margin@5", "drop"), ("score", "fill"), ("rank", "drop")])
def test_target_and_removal_are_the_game_s(target: str, removal: str) -> None:
    """Products of two and linear mixes of scores: exact by pairs of orders. A rank is not, but adds up."""
    games = stage(users=4, shortest=6, longest=10, order=2, target=target, removal=removal)
    exact = Owen(exact_below=20).explain(games[0].model, games)
    found = Owen(exact_below=1).explain(games[0].model, games)
    same = [np.allclose(a.values, b.values, atol=1e-9) for a, b in zip(found, exact, strict=True)]
    assert all(same) == (target != "rank")
    assert {(e.target, e.removal) for e in found} == {(target, removal)}
    assert max(e.gap for e in (*found, *exact)) < 1e-9


def test_many_interests_are_estimated_too_and_still_add_up() -> None:
    items, interests = (stage(kind=kind, by="group", shortest=40) for kind in ("history", "interests"))
    model = items[0].model
    few = Owen(grouping="group", exact_below=3)
    inner, outer = values_of(few.explain(model, items), 3), values_of(few.explain(model, interests), 3)
    for own, a, b in zip(interests, inner, outer, strict=True):
        np.testing.assert_allclose(a @ (own.players.membership.toarray() > 0.5).T, b, atol=1e-9)
    errors = [e.std_error for e in few.explain(model, interests)]
    exact = [e.values for e in Shapley().explain(model, interests)]
    told = few.explain(model, interests)
    away = np.concatenate([np.abs(f.values - e) / s for f, e, s in zip(told, exact, errors, strict=True)])
    assert (away > 3).mean() < 0.05


def test_the_budget_buys_accuracy() -> None:
    games = stage(users=3, shortest=40)
    (model,) = {g.model for g in games}
    best, *bought = (values(Owen(budget=b).explain(model, games[:1], seed=b)) for b in (4000, 8, 200))
    few, many = (np.square(found - best).sum() for found in bought)
    assert 0 < many < 0.2 * few


def test_a_linear_model_is_asked_nothing(toys) -> None:
    own, grouped = small(toys, "Linear", "genre", n=9)
    Owen().explain(own.model, [own, grouped])
    assert own.calls == grouped.calls == 0


def test_who_else_is_explained_changes_nothing() -> None:
    games = stage(users=5, shortest=40)
    model = games[0].model
    together, alone = Owen().explain(model, games, seed=1), Owen().explain(model, games[3:4], seed=1)
    np.testing.assert_allclose(values(together[9:12]), values(alone), rtol=1e-9)
    assert np.abs(values(alone) - values(Owen().explain(model, games[3:4], seed=2))).max() > 0


def test_data_without_groupings_are_refused(toys) -> None:
    data = toys.world(features=False)
    model = toys.Pooled().fit(data)
    games = toys.games(model, users=[3])
    with pytest.raises(UnsupportedError, match="interests' cannot be grouped by 'genre'"):
        Owen(grouping="genre").explain(model, games)


def test_memberships_follow_genres_and_behaviors(toys) -> None:
    own, _ = small(toys, "Pooled", "genre", n=6)
    for by in ("genre", "behavior"):
        players = interest_players(own.history, own.model.data, by)
        structure = Structure.of(own.history, players)
        there = np.random.default_rng(0).random((40, len(players))) < 0.6
        events = structure.units(there[:, structure.union]).astype(float) @ structure.unit_events > 0.5
        np.testing.assert_array_equal(events, players.present(there))
