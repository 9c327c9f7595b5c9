"""Attention: the model's own weights, unchanged, with the warning."""

import numpy as np
import pytest

from whyrec import UnsupportedError
from whyrec_plugins.explainers.attention import Attention


@pytest.fixture
def model(toys):
    class Attends(toys.Pooled):
        """Attention falls with the item's number, and with the target's."""

        name = "toy-attends"

        def attention(self, history, items):
            return np.outer(1.0 / (1 + history.interest.indices), 1.0 / (1 + items))

    return Attends().fit(toys.world())


def test_it_is_what_the_model_says_and_warns(toys, model):
    (game,) = toys.games(model, users=[5])
    told = Attention().explain(model, [game])
    for k, e in enumerate(told):
        np.testing.assert_allclose(e.values, 1 / (1 + game.history.interest.indices) / (1 + game.items[k]))
        assert "not what moved the score" in e.note
        assert not e.additive
        assert e.ordinal
        assert e.model_calls == 1
    assert "not what moved the score" in Attention.summary


@pytest.mark.parametrize("by", ["genre", "behavior"])
def test_interests_share_it_evenly(toys, model, by):
    (game,) = toys.games(model, kind="interests", by=by, users=[5], k=1)
    own, member = game.history.interest.indices, game.players.membership.toarray()
    expected = np.zeros(game.n_players)
    for event, item in enumerate(game.history.items):
        part = 1 / (1 + item) / (1 + game.items[0]) / (game.history.items == item).sum()
        expected += member[:, event] / member[:, event].sum() * part
    (told,) = Attention().explain(model, [game])
    np.testing.assert_allclose(told.values, expected)
    assert told.values.sum() == pytest.approx((1 / (1 + own)).sum() / (1 + game.items[0]))


def test_a_model_without_attention_is_refused(toys):
    model = toys.Linear().fit(toys.world())
    with pytest.raises(UnsupportedError, match="needs a model that is AttendsHistory; toy-linear is not"):
        Attention().explain(model, toys.games(model))
