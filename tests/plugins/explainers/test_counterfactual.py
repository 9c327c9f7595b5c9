"""Counterfactual: as small as exhaustive search finds it, no member to spare, and plain words where there is none."""

from itertools import combinations
from math import comb

import numpy as np
import pytest
from scipy.sparse import csr_array

from whyrec import Catalog, CleaningReport, Dataset, Histories, Index, evaluate_ranks, games_for
from whyrec_plugins.explainers.counterfactual import Counterfactual

DIRECTIONS = ["remove", "keep"]


def standing(game, sets, direction):
    """(m, K) ranks when the sets are removed, or kept alone."""
    return evaluate_ranks([game], [sets if direction == "keep" else ~sets])[0][1]


def smallest(game, k, top, direction):
    """Size of the smallest set by trying all, or None."""
    n = game.n_players
    for size in range(n + 1):
        sets = np.array([np.isin(np.arange(n), c) for c in combinations(range(n), size)]).reshape(-1, n)
        ranks = standing(game, sets, direction)[:, k]
        if ((ranks <= top) if direction == "keep" else (ranks > top)).any():
            return size
    return None


def members(explanation):
    return explanation.values > 0


def check(game, k, one, top, direction, *, exact=True):
    """The set works, no member can be spared, the size is the least, the note says so."""
    expected = smallest(game, k, top, direction)
    chosen = members(one)
    if expected is None:
        assert not chosen.any()
        assert one.note.startswith("no ")
        return
    sets = np.concatenate([chosen[None], chosen & ~np.eye(len(chosen), dtype=bool)[chosen]])
    ranks = standing(game, sets, direction)[:, k]
    works = ranks <= top if direction == "keep" else ranks > top
    assert works.tolist() == [True] + [False] * int(chosen.sum())
    if exact:
        assert chosen.sum() == expected
        assert "may do" not in one.note


@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize(("kind", "by"), [("history", None), ("interests", "genre")])
@pytest.mark.parametrize("name", ["Linear", "Pooled", "Split"])
def test_it_is_as_small_as_exhaustive_search_finds(toys, name, kind, by, direction):
    for seed in range(4):
        model = getattr(toys, name)().fit(toys.world(n_items=25, seed=seed), seed=seed)
        games = [g for g in toys.games(model, kind=kind, by=by) if g.n_players]
        found = iter(Counterfactual(k=4, direction=direction).explain(model, games))
        for game in games:
            for k in range(len(game.items)):
                check(game, k, next(found), 4, direction)


@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("name", ["Pooled", "Linear"])
def test_the_beam_leaves_nobody_who_can_be_spared(toys, name, direction):
    """Where the search is cut short (here by allowing nothing), sets are still minimal, and the note is careful."""
    model = getattr(toys, name)().fit(toys.world(n_items=25))
    games = [g for g in toys.games(model) if g.n_players]
    found = Counterfactual(k=4, direction=direction, exact_below=1, most=1).explain(model, games)
    at = iter(found)
    for game in games:
        for k in range(len(game.items)):
            one = next(at)
            if one.note.startswith("no "):
                continue
            check(game, k, one, 4, direction, exact=members(one).sum() <= 2)
    if direction == "remove":  # keeping takes one item or none here, and of those all were tried
        assert any("none of them can be spared, but fewer others may do" in e.note for e in found)


def test_features_of_the_item(toys):
    model = toys.ByFeatures().fit(toys.world(n_items=25))
    for game in toys.games(model, kind="features", users=[3, 5]):
        (one,) = Counterfactual(k=4).explain(model, [game])
        check(game, 0, one, 4, "remove")


def linear_world(toys, W, history):
    """One user with the given interests; scores are interests @ W."""
    n_items = W.shape[1]
    x = np.zeros((1, n_items))
    x[0, : len(history)] = history
    data = Dataset(
        "one",
        Index(("u",)),
        Catalog(Index(tuple(f"i{i}" for i in range(n_items)))),
        Histories.from_interest(csr_array(x)),
        CleaningReport(0, 0),
    )
    model = toys.Linear().fit(data)
    model.W, model.b = np.zeros((n_items, n_items)), np.zeros(n_items)
    model.W[: len(W)] = W
    return model, lambda item: games_for(model, data.histories, np.array([[item]]))


def test_a_known_answer(toys):
    """Items 0–2 are the history; item 3 leads item 4 by 5 + 1 − 2. Only without item 0 does it fall behind."""
    W = np.array([[0, 0, 0, 5.0, 0.0], [0, 0, 0, 1.0, 0.0], [0, 0, 0, 0.0, 2.0]])
    model, games = linear_world(toys, W, [1.0, 1.0, 1.0])
    (one,) = Counterfactual(k=1).explain(model, games(3))
    assert one.values.tolist() == [1.0, 0.0, 0.0]
    assert one.note == "removing this one takes it out of the top 1; no fewer do"
    (kept,) = Counterfactual(k=1, direction="keep").explain(model, games(3))
    assert kept.values.tolist() == [0.0, 0.0, 0.0]
    assert kept.note == "it stands in the top 1 with nothing at all"  # all scores 0: the tie goes to the lower index
    (last,) = Counterfactual(k=1, direction="keep").explain(model, games(4))
    assert last.values.tolist() == [0.0, 0.0, 1.0]
    assert last.note == "this one alone keeps it in the top 1; no fewer do"
    (out,) = Counterfactual(k=1).explain(model, games(4))
    assert out.note == "it does not stand in the top 1 to begin with"
    assert not out.values.any()


def test_members_stand_in_the_order_in_which_they_are_missed(toys):
    """Without items 0 and 1 it falls; it would recover to 3 with item 0 spared, to 2 with item 1."""
    W = np.array([[0, 0, 0, 3.0, 0.0], [0, 0, 0, 2.0, 0.0], [0, 0, 0, 0.0, 1.0]])
    model, games = linear_world(toys, W, [1.0, 1.0, 1.0])
    (one,) = Counterfactual(k=1).explain(model, games(3))
    assert one.values.tolist() == [1.0, 0.5, 0.0]
    assert one.note == "removing these 2 takes it out of the top 1; no fewer do"


def test_none_within_the_limit_is_said(toys):
    W = np.array([[0, 0, 0, 3.0, 0.0], [0, 0, 0, 2.0, 0.0], [0, 0, 0, 0.0, 1.0]])
    model, games = linear_world(toys, W, [1.0, 1.0, 1.0])
    (one,) = Counterfactual(k=1, limit=1).explain(model, games(3))
    assert not one.values.any()
    assert one.note == "no removal of at most 1 players takes it out of the top 1"


def test_no_small_set_that_keeps_it_is_said(toys):
    """Item 5 leads only by the sum of two: alone, item 0 favors item 3, item 1 favors item 4."""
    W = np.zeros((3, 6))
    W[0, 3:], W[1, 3:] = [3.0, 0.0, 2.0], [0.0, 3.0, 2.0]
    model, games = linear_world(toys, W, [1.0, 1.0, 1.0])
    (one,) = Counterfactual(k=1, limit=1, direction="keep").explain(model, games(5))
    assert one.note == "no set of at most 1 players alone keeps it in the top 1"
    (both,) = Counterfactual(k=1, direction="keep").explain(model, games(5))
    assert both.note == "these 2 alone keep it in the top 1; no fewer do"


@pytest.mark.parametrize(("direction", "words"), [("remove", "no removal"), ("keep", "no set")])
def test_a_search_that_was_cut_short_says_so(toys, direction, words):
    model = toys.Pooled().fit(toys.world(n_items=25))
    games = [g for g in toys.games(model) if g.n_players > 3]
    k = 8 if direction == "remove" else 1
    found = Counterfactual(k=k, limit=2, direction=direction, exact_below=1).explain(model, games)
    assert any(e.note.startswith(words) and e.note.endswith(", as far as was searched") for e in found)
    at_once = Counterfactual(k=k, limit=1, direction=direction, exact_below=1).explain(model, games)
    assert not any("searched" in e.note for e in at_once)  # of single players all were tried


def test_no_set_at_all_is_said(toys):
    W = np.array([[0, 0, 0, 3.0, 0.0], [0, 0, 0, 2.0, 0.0], [0, 0, 0, 1.0, 0.0]])
    model, games = linear_world(toys, W, [1.0, 1.0, 1.0])
    (one,) = Counterfactual(k=1).explain(model, games(3))  # with nothing left all tie, and the lower index stays first
    assert one.note == "no removal takes it out of the top 1"


def test_rounding_decides_no_tie(toys):
    """0.1 + 0.2 is not 0.3: with everything gone the item ties, and must not be taken for beaten."""
    W = np.array([[0, 0, 0, 0.1, 0.0], [0, 0, 0, 0.2, 0.0], [0, 0, 0, 0.3, 0.0]])
    for swapped in (W, W[::-1], W[[1, 2, 0]]):
        model, games = linear_world(toys, swapped, [1.0, 1.0, 1.0])
        (one,) = Counterfactual(k=1).explain(model, games(3))
        assert one.note == "no removal takes it out of the top 1"
        flipped = swapped[:, [0, 1, 2, 4, 3]]
        model, games = linear_world(toys, flipped, [1.0, 1.0, 1.0])
        (one,) = Counterfactual(k=1).explain(model, games(4))
        assert (members(one).sum(), one.note) == (3, "removing these 3 takes it out of the top 1; no fewer do")


@pytest.mark.parametrize("name", ["Linear", "Pooled"])
@pytest.mark.parametrize("exact_below", [1, 14])
def test_company_changes_nothing(toys, name, exact_below):
    model = getattr(toys, name)().fit(toys.world(n_items=25))
    explainer = Counterfactual(k=4, exact_below=exact_below)
    together = explainer.explain(model, toys.games(model))
    alone = [e for user in range(8) for e in explainer.explain(model, toys.games(model, users=[user]), seed=9)]
    assert [(e.values.tobytes(), e.note) for e in together] == [(e.values.tobytes(), e.note) for e in alone]


def test_long_histories_on_linear_models_are_still_exact(toys):
    """40 items with many rivals: no set that is smaller by one or more works, as long as all can be tried."""
    rng = np.random.default_rng(2)
    sizes = []
    for _ in range(6):
        W = np.hstack([np.zeros((40, 40)), rng.normal(size=(40, 60))])
        model, games = linear_world(toys, W, rng.random(40) + 0.1)
        (game,) = games(int(model.top(model.data.histories, 3).items[0, 2]))
        (one,) = Counterfactual(k=5).explain(model, [game])
        assert "no fewer do" in one.note
        assert standing(game, members(one)[None], "remove")[0, 0] > 5
        sizes.append(int(members(one).sum()))
        for fewer in range(1, min(sizes[-1], 4)):
            sets = np.zeros((comb(40, fewer), 40), bool)
            sets[np.arange(len(sets))[:, None], list(combinations(range(40), fewer))] = True
            assert (standing(game, sets, "remove") <= 5).all()
    assert max(sizes) > 1


def test_few_partial_sets_are_enough(toys):
    """The bounds cut nearly everything: there are 91,390 sets of four of 40 items."""
    rng = np.random.default_rng(5)
    sizes = []
    for _ in range(5):
        W = np.hstack([np.zeros((40, 40)), rng.normal(size=(40, 60))])
        model, games = linear_world(toys, W, rng.random(40) + 0.1)
        item = int(model.top(model.data.histories, 1).items[0, 0])
        for direction in DIRECTIONS:
            (one,) = Counterfactual(k=4, most=3000, direction=direction).explain(model, games(item))
            assert "may do" not in one.note
            sizes.append(int(members(one).sum()))
    assert max(sizes) >= 4


def test_the_model_has_the_last_word(toys):
    """Scores that tie when asked, though not by the matrix product: only a set that truly works is told."""

    class Coarse(toys.Linear):
        def _score(self, histories, items):
            scores = super()._score(histories, items)
            return np.where(np.diff(histories.interest.indptr)[:, None] > 1, np.round(scores), scores)

    W = np.zeros((4, 6))
    W[:, 4], W[:, 5] = [1.0, 1.0, 1.0, 0.0], [0.0, 0.6, 0.6, 1.1]
    model, games = linear_world(toys, W, [1.0] * 4)
    coarse = Coarse().fit(model.data)
    coarse.W, coarse.b = model.W, model.b
    (game,) = games_for(coarse, model.data.histories, np.array([[4]]))
    (plain,) = Counterfactual(k=1).explain(model, games(4))
    (one,) = Counterfactual(k=1).explain(coarse, [game])
    assert members(plain).tolist() != members(one).tolist()
    assert (standing(game, members(plain)[None], "remove") <= 1).all()
    check(game, 0, one, 1, "remove", exact=False)
    assert members(one).any()


@pytest.mark.data
@pytest.mark.slow
def test_real_histories_are_answered_as_by_exhaustive_search(data_dir):
    from whyrec_plugins.datasets.movielens import MovieLens
    from whyrec_plugins.recommenders.ease import EASE

    data = MovieLens(path=data_dir / "ml-latest-small", min_rating=4.0).load(seed=0)
    model = EASE().fit(data)
    lengths = np.diff(data.histories.indptr)
    users = np.flatnonzero((lengths > 0) & (lengths <= 11))[:25]
    histories = data.histories.take(users)
    games = games_for(model, histories, model.top(histories, 3).items, rows=users)
    found = iter(Counterfactual().explain(model, games))
    for game in games:
        for k in range(len(game.items)):
            check(game, k, next(found), 10, "remove")


@pytest.mark.parametrize(("kind", "by"), [("history", None), ("interests", "genre")])
@pytest.mark.parametrize("name", ["Linear", "Pooled"])
def test_what_would_stand_there_instead(toys, name, kind, by):
    """The best of those that the removal brings into the list; asked of the model, item by item."""
    model = getattr(toys, name)().fit(toys.world(n_items=25), seed=1)
    games = [g for g in toys.games(model, kind=kind, by=by) if g.n_players]
    found = iter(Counterfactual(k=4).explain(model, games))
    told = 0
    for game in games:
        before = top_of(model, game.history, game.candidates, 4)
        for _ in game.items:
            one = next(found)
            assert one.chosen == "remove"
            chosen = members(one)
            after = top_of(model, game.masked(~chosen[None]), game.candidates, 4)
            come = [i for i in after if i not in before]
            assert one.instead == (f"Title {come[0]}" if chosen.any() else None)
            told += one.instead is not None
    assert told > 5


def top_of(model, history, candidates, k):
    """The k best candidates by a plain sort."""
    scores = np.where(candidates, model.score(history)[0], -np.inf)
    return np.lexsort((np.arange(len(scores)), -scores))[:k].tolist()


def test_what_is_kept_has_no_instead(toys):
    model = toys.Linear().fit(toys.world(n_items=25), seed=1)
    games = [g for g in toys.games(model) if g.n_players]
    told = Counterfactual(k=4, direction="keep").explain(model, games)
    assert {e.chosen for e in told} == {"keep"}
    assert {e.instead for e in told} == {None}


@pytest.mark.data
@pytest.mark.slow
@pytest.mark.parametrize("name", ["ease", "als"])
def test_200_users_are_answered_as_by_exhaustive_search(data_dir, name):
    """Every one of 200 users with at most 14 items, drawn at random; ease by branch and bound, als by trying all."""
    from whyrec import Registry
    from whyrec_plugins.datasets.movielens import MovieLens

    data = MovieLens(path=data_dir / "movietweetings-100k").load(seed=0)
    model = Registry.discover().make_recommender(name).fit(data, seed=0)
    lengths = np.diff(data.histories.indptr)
    few = np.flatnonzero((lengths > 0) & (lengths <= 14))
    users = np.sort(np.random.default_rng(0).choice(few, 200, replace=False))
    histories = data.histories.take(users)
    games = games_for(model, histories, model.top(histories, 1).items, rows=users)
    sizes = []
    for game, one in zip(games, Counterfactual().explain(model, games), strict=True):
        check(game, 0, one, 10, "remove")
        sizes.append(int(members(one).sum()))
    assert len(sizes) == 200
    assert max(sizes) > 3
