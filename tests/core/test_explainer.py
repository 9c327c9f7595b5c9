"""Explainer: what the base class checks while a plugin works."""

import numpy as np
import pytest

from whyrec import (
    Attribution,
    CompletenessError,
    Explainer,
    LinearInHistory,
    MissingPackageError,
    PluginError,
    UnsupportedError,
)


class Given(Explainer):
    """Answers with whatever the test hands it."""

    name = "given"
    needs = {"history": (), "interests": (LinearInHistory,)}

    def __init__(self, answer):
        self.answer = answer

    def _explain(self, model, games, rngs):
        return [self.answer(g, r) for g, r in zip(games, rngs, strict=True)]


def right(game, rng):
    W, b = game.linear
    return Attribution((game.history.interest.data[:, None] * W).T, b)


@pytest.fixture
def model(toys):
    return toys.Linear().fit(toys.world())


def test_one_explanation_an_item_game_after_game(toys, model):
    games = toys.games(model, users=[3, 5], k=2)
    told = Given(right).explain(model, games, seed=9)
    assert [(e.user_id, e.item_id) for e in told] == [(g.user_id, f"i{i}") for g in games for i in g.items]
    first = told[0]
    assert first.full_value == pytest.approx(model.score(games[0].history)[0, games[0].items[0]], abs=1e-12)
    assert (first.recommender, first.explainer, first.seed) == ("toy-linear", "given", 9)
    assert (first.target, first.removal, first.kind) == ("score", "drop", "history")
    assert first.players == games[0].players.labels
    assert first.title == f"Title {games[0].items[0]}"


def test_the_explained_number_is_the_one_that_ranked(model):
    (told,) = model.explain("u3", k=1, explainer=Given(right))
    assert told.full_value == pytest.approx(model.recommend(["u3"], 1)["score"][0], rel=1e-12)
    assert told.item_id == model.recommend(["u3"], 1)["item_id"][0]


def test_values_that_do_not_add_up_are_refused_with_both_numbers(toys, model):
    def wrong(game, rng):
        good = right(game, rng)
        return Attribution(good.values * 1.001, good.base)

    (game,) = toys.games(model, users=[4], k=1)
    moved = game.full_value[0] - model.b[game.items[0]]
    with pytest.raises(CompletenessError, match="for user 'u4', item 'i") as error:
        Given(wrong).explain(model, [game])
    assert f"sum to {moved * 1.001:.9g}, but the score moved by {moved:.9g}" in str(error.value)


def test_who_does_not_claim_to_add_up_need_not(toys, model):
    class Loose(Given):
        additive = False

    (told,) = Loose(lambda g, r: Attribution(np.ones((1, g.n_players)), np.zeros(1))).explain(
        model, toys.games(model, users=[4], k=1)
    )
    assert told.gap > 0.01


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (
            lambda g, r: Attribution(np.zeros((2, g.n_players)), np.zeros(1)),
            r"returned values \(2, \d+\) and base \(1,\)",
        ),
        (lambda g, r: Attribution(np.zeros((1, g.n_players)), np.zeros(())), r"and base \(\); \(1, \d+\) was expected"),
        (lambda g, r: Attribution(np.full((1, g.n_players), np.nan), np.zeros(1)), "not finite for user 'u4'"),
        (lambda g, r: Attribution(right(g, r).values, right(g, r).base, np.zeros(3)), r"returned std_error \(3,\)"),
        (
            lambda g, r: Attribution(right(g, r).values, right(g, r).base, notes=["a", "b"]),
            "returned notes for 2 items; 1 were expected",
        ),
        (
            lambda g, r: Attribution(right(g, r).values, right(g, r).base, pairs=[]),
            "returned pairs for 0 items; 1 were expected",
        ),
    ],
)
def test_broken_promises_are_named(toys, model, answer, message):
    with pytest.raises(PluginError, match=message):
        Given(answer).explain(model, toys.games(model, users=[4], k=1))


def test_a_missing_answer_is_noticed(toys, model):
    class Short(Given):
        def _explain(self, model, games, rngs):
            return []

    with pytest.raises(PluginError, match="given returned 0 attributions for 2 games"):
        Short(right).explain(model, toys.games(model, users=[4, 5]))


def test_what_does_not_fit_is_refused_with_the_reason(toys, model):
    explainer = Given(right)
    assert explainer.refuses(model, "features") == "given explains players history, interests; not features"
    assert explainer.refuses(toys.Pooled(), "interests") == (
        "given over interests needs a model that is LinearInHistory; toy-pooled is not"
    )
    assert explainer.refuses(model, "interests") is None
    with pytest.raises(UnsupportedError, match="not features"):
        explainer.explain(model, toys.games(model, kind="features", users=[3]))


def test_a_missing_package_is_named(model):
    class Needy(Given):
        packages = ("no_such_package_anywhere",)

    with pytest.raises(MissingPackageError, match=r"needs the package 'no_such_package_anywhere'.*\n.*pip install"):
        Needy(right).explain(model, [])


def test_random_streams_belong_to_the_user_and_the_seed(toys, model):
    class Loose(Given):
        additive = False

    def draw(games, seed=0):
        explainer = Loose(lambda g, r: Attribution(r.random((len(g.items), g.n_players)), np.zeros(len(g.items))))
        return {e.user_id: e.values.tobytes() for e in explainer.explain(model, games, seed=seed)}

    everybody = draw(toys.games(model, k=1))
    assert draw(toys.games(model, users=[6, 2], k=1)).items() <= everybody.items()
    assert draw(toys.games(model, k=1), seed=1) != everybody


def test_calls_and_seconds_are_kept(toys, model):
    def asks(game, rng):
        game.values(np.ones((7, game.n_players), bool))
        return right(game, rng)

    told = Given(asks).explain(model, toys.games(model, users=[2, 5], k=2))
    assert [e.model_calls for e in told] == [7] * 4
    assert all(e.seconds > 0 for e in told)


def test_an_empty_history_is_explained_by_nobody(toys, model):
    told = Given(right).explain(model, toys.games(model, users=[0], k=2))
    assert [e.values.shape for e in told] == [(0,), (0,)]
    assert [e.base_value for e in told] == [e.full_value for e in told]
    assert {e.model_calls for e in told} == {0}
