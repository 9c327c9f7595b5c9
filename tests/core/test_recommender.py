"""The front door: external ids in, tables out, and the number explained is the number ranked by."""

import numpy as np
import polars as pl
import pytest

import whyrec
from whyrec import (
    Dataset,
    LinearInHistory,
    NotFittedError,
    PluginError,
    Recommender,
    UnknownIdError,
    UnsupportedError,
)

EVENTS = {
    "user_id": ["ana", "ana", "ben", "ben", "ben", "cem"],
    "item_id": ["tea", "cup", "tea", "pot", "cup", "pot"],
    "behavior": ["buy", "view", "buy", "buy", "view", "view"],
    "timestamp": [10, 20, 30, 40, 50, 60],
}
W = np.array([[0.0, 2.0, 1.0, 0.5], [1.0, 0.0, 3.0, 0.25], [0.5, 1.0, 0.0, 0.125], [0.1, 0.2, 0.3, 0.0]])


class Fixed(Recommender):
    """score = interest @ W."""

    name = "fixed"

    def _fit(self, data, rng, progress):
        self.n = data.n_items

    def _score(self, histories, items):
        scores = histories.interest @ W[: self.n, : self.n]
        return scores if items is None else scores[:, items]

    def history_weights(self, items):
        return W[: self.n, : self.n][:, items], np.zeros(len(items))


@pytest.fixture
def model():
    data = Dataset.from_frame(pl.DataFrame(EVENTS), behaviors={"buy": 1.0, "view": 0.2}, users=["dan"])
    assert data.catalog.items.ids == ("cup", "pot", "tea")
    return Fixed().fit(data)


def test_recommend_gives_a_table_of_ids_scores_and_ranks(model):
    table = model.recommend(["ana", "cem"], k=2)
    assert table.schema == {"user_id": pl.String, "item_id": pl.String, "score": pl.Float64, "rank": pl.Int64}
    # ana: cup .2, tea 1; cem: pot .2. Columns cup, pot, tea.
    assert table.rows() == [
        ("ana", "pot", pytest.approx(0.2 * 2 + 1 * 1), 1),
        ("cem", "tea", pytest.approx(0.2 * 3), 1),
        ("cem", "cup", pytest.approx(0.2 * 1), 2),
    ]


def test_seen_items_come_back_when_asked(model):
    table = model.recommend("ana", k=3, filter_seen=False)
    assert sorted(table["item_id"].to_list()) == ["cup", "pot", "tea"]
    assert table["rank"].to_list() == [1, 2, 3]
    assert table["score"].is_sorted(descending=True)


def test_everybody_is_asked_by_default_and_ties_break_by_item(model):
    table = model.recommend(k=1)
    assert table["user_id"].to_list() == ["ana", "cem", "dan"]  # ben has seen all there is
    assert table.filter(user_id="dan").rows() == [("dan", "cup", 0.0, 1)]


@pytest.mark.parametrize(
    ("history", "score"),
    [
        (["tea"], 1.0),
        ({"item_id": ["tea"], "behavior": ["view"]}, 0.2),
        (pl.DataFrame({"item_id": ["tea"], "weight": [0.5]}), 0.5),
    ],
)
def test_a_history_given_now_counts_instead_of_the_learnt_one(model, history, score):
    table = model.recommend(history=history, k=1)
    assert table.rows() == [("", "pot", pytest.approx(score), 1)]
    assert model.recommend("ana", history=history, k=1)["user_id"].to_list() == ["ana"]


def test_pandas_histories_are_read_too(model):
    pandas = pytest.importorskip("pandas", reason="whyrec itself needs no pandas")
    assert model.recommend(history=pandas.DataFrame({"item_id": ["tea"]}), k=1)["item_id"].to_list() == ["pot"]


def test_explain_speaks_the_same_ids_and_explains_the_number_that_ranked(model):
    ranked = model.recommend("ana", k=1)
    (one,) = model.explain("ana", k=1)
    assert (one.user_id, one.item_id) == ("ana", ranked["item_id"][0])
    assert one.full_value == ranked["score"][0]
    assert dict(zip(one.player_ids, one.values, strict=True)) == pytest.approx({"cup": 0.4, "tea": 1.0})
    two = model.explain("ana", ["tea", "pot"])
    assert [e.item_id for e in two] == ["tea", "pot"]
    (given,) = model.explain(None, "pot", history=["cup"])
    assert given.full_value == pytest.approx(2.0)


def test_unknown_ids_are_named_with_near_ones(model):
    with pytest.raises(UnknownIdError, match="unknown user 'anna'") as caught:
        model.recommend(["anna"])
    assert "did you mean 'ana'?" in str(caught.value)
    with pytest.raises(UnknownIdError, match="unknown item 'teas'"):
        model.explain("ana", "teas")
    with pytest.raises(UnknownIdError, match="unknown item 'mug'"):
        model.recommend(history=["mug"])
    with pytest.raises(UnsupportedError, match="one history was given for 2 users"):
        model.recommend(["ana", "ben"], history=["tea"])
    with pytest.raises(UnsupportedError, match="one user at a time"):
        model.explain(None)


def test_an_unfitted_model_says_so():
    with pytest.raises(NotFittedError, match="fixed was not fitted yet"):
        Fixed().recommend()


def test_a_plugin_that_answers_wrongly_is_named(model):
    class Bad(Fixed):
        name = "bad"
        answer = np.zeros((1, 1))

        def _score(self, histories, items):
            return self.answer

    bad = Bad().fit(model.data)
    with pytest.raises(PluginError, match=r"bad returned scores of shape \(1, 1\); \(4, 3\) was expected"):
        bad.score(model.data.histories)
    bad.answer = np.full((4, 3), np.nan)
    with pytest.raises(PluginError, match="bad returned 12 scores that are not finite"):
        bad.score(model.data.histories)


def test_items_may_be_asked_for_each_row(model):
    whole = model.score(model.data.histories)
    items = np.array([[0, 2], [1, 1], [2, 0], [0, 1]])
    np.testing.assert_array_equal(model.score(model.data.histories, items), np.take_along_axis(whole, items, axis=1))


def test_a_model_of_ones_own_is_wrapped_by_its_function(model):
    mine = whyrec.wrap(lambda x: x @ W[:3, :3], model.data, name="mine")
    assert mine.recommend("ana", k=1).rows() == model.recommend("ana", k=1).rows()
    (one,) = mine.explain("ana", k=1, explainer="shapley")
    assert one.recommender == "mine"
    assert dict(zip(one.player_ids, one.values, strict=True)) == pytest.approx({"cup": 0.4, "tea": 1.0})
    assert not mine.can(LinearInHistory)
    assert model.can(LinearInHistory)
