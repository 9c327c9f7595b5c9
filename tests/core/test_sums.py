"""SumScorer: coalitions and their complements through sums, the same numbers as by altered histories."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from whyrec import (
    Catalog,
    CleaningReport,
    Dataset,
    Histories,
    Index,
    Recommender,
    SumScorer,
    evaluate,
    evaluate_odd,
    games_for,
)


class Mean(Recommender):
    """tanh of the mean effect of a history's items, less 3 for an empty history: no sum may come out nearly 0."""

    name = "mean"

    def _fit(self, data, rng, progress):
        self.effects = np.random.default_rng(4).normal(size=(data.n_items, data.n_items))

    def _finish(self, sums):
        length = sums[:, -1:]
        return np.where(length > 0, np.tanh(sums[:, :-1] / np.where(length > 0, length, 1.0)), -3.0)

    def _score(self, histories, items):
        effects = self.effects if items is None else self.effects[:, items]
        x = histories.interest
        return self._finish(np.column_stack([x @ effects, np.asarray(abs(x).sum(axis=1)).ravel()]))


class ThroughSums(Mean):
    name = "through-sums"
    asked = 0

    def masked_scorer(self, history, items, *, removal="drop"):
        own = history.interest
        dots = self.effects[own.indices][:, items]

        def altered(interest):
            self.asked += len(interest)
            return self._finish(np.column_stack([interest @ dots, np.abs(interest).sum(axis=1)]))

        return SumScorer(np.column_stack([own.data[:, None] * dots, np.abs(own.data)]), self._finish, altered)


def played(model, n=9, users=3, **asked):
    x = np.zeros((users, 20))
    x[:, :n] = np.random.default_rng(1).uniform(0.1, 3.0, (users, n))
    ids = Index(tuple(f"u{u}" for u in range(users))), Catalog(Index(tuple(f"i{i}" for i in range(20))))
    data = Dataset("toy", *ids, Histories.from_interest(csr_array(x)), CleaningReport(0, 0))
    model.fit(data)
    return games_for(model, data.histories, np.tile([17, 12, 19], (users, 1)), **asked)


COALITIONS = np.random.default_rng(0).random((700, 9)) < 0.5
COALITIONS[3], COALITIONS[640] = True, False


@pytest.mark.parametrize("target", ["score", "margin@2", "rank"])
def test_the_difference_to_the_complement_is_that_of_two_values(target):
    plain, short = played(Mean(), target=target), played(ThroughSums(), target=target)
    both = np.concatenate([COALITIONS, ~COALITIONS])
    values = evaluate(plain, [both] * 3)
    for a, b in zip([game.values(both) for game in short], values, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-10, atol=1e-12)
    expected = np.concatenate([(v[:700] - v[700:]) / 2 for v in values], axis=1)
    for games in (plain, short, [plain[0], short[1], plain[2]]):
        np.testing.assert_allclose(evaluate_odd(games, COALITIONS), expected, rtol=1e-10, atol=1e-12)
    for game, other in zip(short, plain, strict=True):
        np.testing.assert_allclose(game.base_value, other.base_value)


def test_every_coalition_is_counted_and_no_altered_history_is_asked():
    games = played(ThroughSums())
    evaluate_odd(games, COALITIONS)
    assert [g.calls for g in games] == [1400] * 3
    assert games[0].base_value.tolist() == [-3.0] * 3
    assert games[0].calls == 1401
    assert games[0].model.asked == 0


def test_a_quicker_way_to_the_sums_is_taken():
    games = played(ThroughSums())
    seen = []

    def sums(parts):
        seen.append(parts.shape)
        return COALITIONS @ parts

    found = evaluate_odd(games, COALITIONS, sums)
    assert seen == [(9, 12)]
    np.testing.assert_allclose(found, evaluate_odd(games, COALITIONS), rtol=1e-10, atol=1e-12)


def test_players_that_are_not_the_entries_use_altered_histories():
    model = ThroughSums()
    games = played(model)
    interests = np.array([[0.5] * 9, [0.0] * 9])
    np.testing.assert_allclose(games[0].sums(interests)[1], -3.0)
    assert model.asked == 2
