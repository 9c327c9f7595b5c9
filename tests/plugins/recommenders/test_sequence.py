"""Sequence models: how histories are cut, what the three learn of a known order, and what their gates mean."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from whyrec import (
    AttendsHistory,
    Catalog,
    CleaningReport,
    Dataset,
    Histories,
    Index,
    UnsupportedError,
    split,
)
from whyrec_plugins.datasets.movielens import MovieLens
from whyrec_plugins.recommenders._deep.neighbors import neighbors
from whyrec_plugins.recommenders._deep.order import in_order, last_items, moments, windows
from whyrec_plugins.recommenders.caser import Caser
from whyrec_plugins.recommenders.gru import GRU4Rec
from whyrec_plugins.recommenders.item_knn import ItemKNN
from whyrec_plugins.recommenders.popular import Popular
from whyrec_plugins.recommenders.sasrec import SASRec

N = 12
SETTINGS = {
    "size": 16,
    "length": 6,
    "ahead": 1,
    "dropout": 0.0,
    "learning_rate": 0.01,
    "validation": 0.0,
    "batch_size": 64,
}
MODELS = [SASRec, GRU4Rec, Caser]


def given(*rows, n_items=N):
    """Histories from (item, time, weight) triples."""
    flat = [(r, *event) for r, row in enumerate(rows) for event in row]
    r, items, times, weights = (np.array(column) for column in zip(*flat, strict=True))
    return Histories.from_events(r, items, weights.astype(float), n_rows=len(rows), n_items=n_items, times=times)


def circle(n_users=60, steps=7):
    """Everybody walks around a circle of N items from a random start: after i comes i + 1."""
    starts = np.random.default_rng(0).integers(0, N, n_users)
    rows = [[((start + s) % N, 100 * s, 1.0) for s in range(steps)] for start in starts]
    return Dataset(
        name="circle",
        users=Index(tuple(f"u{u}" for u in range(n_users)), "user"),
        catalog=Catalog(Index(tuple(f"i{j}" for j in range(N)), "item"), {}, None),
        histories=given(*rows),
        report=CleaningReport(n_users * steps, n_users * steps),
    )


@pytest.fixture(scope="module")
def walked():
    return {cls.name: cls(epochs=60, **SETTINGS).fit(circle(), seed=1) for cls in MODELS}


def test_items_stand_once_each_in_order_of_when_they_were_met_last():
    histories = given([(3, 10, 1), (5, 20, 1), (3, 30, 1), (7, 25, 1)], [(2, 5, 1)])
    indptr, items = in_order(histories)
    assert indptr.tolist() == [0, 3, 4]
    assert items.tolist() == [5, 7, 3, 2]


def test_disliked_items_are_passed_over():
    _, items = in_order(given([(3, 10, 1), (5, 20, -1), (4, 30, 1), (4, 31, -1)]))
    assert items.tolist() == [3]


def test_without_times_events_count_as_in_order():
    histories = Histories(np.array([0, 3]), np.array([9, 1, 4]), np.ones(3), N)
    assert in_order(histories)[1].tolist() == [9, 1, 4]


def test_the_last_items_stand_at_the_end():
    histories = given([(i, i, 1) for i in (1, 2, 3, 4)], [(5, 1, 1)])
    assert last_items(histories, 3).tolist() == [[2, 3, 4], [-1, -1, 5]]
    assert last_items(Histories(np.array([0, 0]), np.empty(0, int), np.empty(0), N), 2).tolist() == [[-1, -1]]


def test_windows_cut_a_row_from_its_end_and_lose_no_transition():
    inputs, target = windows(np.array([0, 6, 7]), np.array([10, 11, 12, 13, 14, 15, 99]), 3)
    assert inputs.tolist() == [[12, 13, 14], [-1, 10, 11]]
    assert target[:, :, 0].tolist() == [[13, 14, 15], [-1, 11, 12]]


@pytest.mark.parametrize("first", [1, 2, 3])
def test_wherever_windows_begin_every_item_is_read_once_and_asked_what_follows(first):
    indptr, items = np.array([0, 6, 6, 7, 15]), np.arange(15)
    inputs, target = windows(indptr, items, 3, ahead=2, first=np.full(4, first))
    assert sorted(inputs[inputs >= 0]) == [i for i in range(15) if i not in (5, 6, 14)]  # nothing follows these
    for slot, following in zip(inputs[inputs >= 0], target[inputs >= 0], strict=True):
        row_end = 6 if slot < 6 else 15
        assert following.tolist() == [slot + 1, slot + 2 if slot + 2 < row_end else -1]
    assert (target[inputs < 0] == -1).all()
    assert (inputs[0] >= 0).sum() == first  # the last window of the first row


def test_moments_are_all_items_but_the_first_with_what_came_before():
    inputs, target = moments(np.array([0, 3, 3, 5]), np.array([1, 2, 3, 8, 9]), 2, ahead=2)
    assert inputs.tolist() == [[-1, 1], [1, 2], [-1, 8]]
    assert target.tolist() == [[2, 3], [3, -1], [9, -1]]


def test_neighbors_factor_how_often_items_are_met_close_to_each_other():
    """0 and 1 are met next to each other three times, 2 and 3 once; 4 alone."""
    indptr, items = np.array([0, 2, 4, 6, 8, 9]), np.array([0, 1, 1, 0, 0, 1, 2, 3, 4])
    vectors = neighbors(indptr, items, 5, 4)
    products = vectors @ vectors.T
    assert vectors.shape == (5, 2)  # one direction for each pair
    expected = np.zeros((5, 5))  # half of it lies in the negative eigenvalues: a vector is near to itself too
    expected[:2, :2], expected[2:4, 2:4] = 3 / 13 / 2, 1 / 11 / 2
    scale = products[0, 1] / expected[0, 1]
    np.testing.assert_allclose(products, expected * scale, atol=1e-9)
    lengths = np.linalg.norm(vectors, axis=1)
    assert np.bincount(items) @ lengths == pytest.approx(len(items))
    assert neighbors(np.array([0, 1]), np.array([2]), 5, 4).shape == (5, 0)


def test_neighbors_are_the_same_however_they_are_factored():
    rng = np.random.default_rng(0)
    indptr, items = np.arange(0, 601, 20), rng.integers(0, 40, 600)
    few, all_of_them = neighbors(indptr, items, 40, 10), neighbors(indptr, items, 40, 39)[:, -10:]
    cosine = np.corrcoef((few @ few.T).ravel(), (all_of_them @ all_of_them.T).ravel())[0, 1]
    assert cosine > 1 - 1e-9


@pytest.mark.parametrize("cls", MODELS)
def test_an_untrained_model_recommends_what_lies_close_to_the_last_items(cls):
    model = cls(epochs=1, **{**SETTINGS, "learning_rate": 1e-9}).fit(circle(), seed=1)
    best = model.top(given([(3, 1, 1), (4, 2, 1)]), 4).items[0]
    assert set(best) <= {0, 1, 2, 5, 6, 7}


@pytest.mark.parametrize("cls", MODELS)
def test_the_next_item_of_a_circle_is_learnt(walked, cls):
    histories = given(*[[((start + s) % N, s, 1.0) for s in range(4)] for start in range(N)])
    best = walked[cls.name].top(histories, 1).items[:, 0]
    assert best.tolist() == [(start + 4) % N for start in range(N)]


@pytest.mark.parametrize("cls", MODELS)
def test_the_order_counts_and_a_hidden_item_leaves_the_sequence(walked, cls):
    model = walked[cls.name]
    there = given([(1, 1, 1), (2, 2, 1), (3, 3, 1)], [(1, 3, 1), (2, 2, 1), (3, 1, 1)])
    scores = model.score(there)
    assert abs(scores[0] - scores[1]).max() > 0.1
    whole = given([(1, 1, 1), (2, 2, 1), (3, 3, 1), (9, 4, 1)])
    back = model.score(whole.keep(np.array([True, True, True, False])))
    np.testing.assert_allclose(back[0], scores[0], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("cls", MODELS)
def test_a_row_alone_scores_as_in_a_batch(walked, cls):
    model = walked[cls.name]
    histories = circle().histories
    np.testing.assert_allclose(
        model.score(histories.take(np.array([7])))[0], model.score(histories)[7], rtol=1e-5, atol=1e-6
    )


@pytest.mark.parametrize("cls", MODELS)
def test_same_seed_same_weights_and_a_refit_forgets(cls, toys):
    data, settings = circle(20), {**SETTINGS, "dropout": 0.2, "epochs": 3}
    model = cls(**settings)
    first = model.fit(data, seed=4).score(data.histories)
    model.fit(toys.world(n_users=20), seed=9)
    again = model.fit(data, seed=4).score(data.histories)
    assert first.tobytes() == again.tobytes()
    assert abs(first - cls(**settings).fit(data, seed=5).score(data.histories)).max() > 1e-6


@pytest.mark.parametrize("cls", MODELS)
def test_gates_open_are_the_score_and_closed_that_of_an_empty_history(walked, cls):
    model, items = walked[cls.name], np.array([0, 5, 11])
    history = given([(1, 1, 1), (2, 2, 1), (3, 3, 1)])
    scores, gradients = model.presence_gradients(history, np.array([np.ones(3), np.zeros(3)]), items)
    assert gradients.shape == (2, 3, 3)
    empty = history.keep(np.zeros(3, bool))
    np.testing.assert_allclose(scores[0], model.score(history, items)[0], rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(scores[1], model.score(empty, items)[0], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("cls", MODELS)
def test_gradients_match_finite_differences(walked, cls):
    model, items, step = walked[cls.name], np.array([0, 5]), 2e-3
    history = given([(1, 1, 1), (2, 2, 1), (3, 3, 1)])
    presence = np.array([[0.3, 0.6, 0.8]])
    _, gradients = model.presence_gradients(history, presence, items)
    for j in range(3):
        moved = presence.repeat(2, axis=0)
        moved[:, j] += [step, -step]
        high, low = model.presence_gradients(history, moved, items)[0]
        np.testing.assert_allclose(gradients[0, :, j], (high - low) / (2 * step), rtol=0.02, atol=0.02)


def test_sampled_negatives_estimate_the_softmax_over_all():
    data = circle()
    whole = (
        SASRec(epochs=1, initial="random", **{**SETTINGS, "learning_rate": 1e-7})
        .fit(data, seed=1)
        .training_curve()["loss"][0]
    )
    drawn = SASRec(epochs=40, negatives=6, initial="random", **{**SETTINGS, "learning_rate": 1e-7}).fit(data, seed=1)
    assert whole == pytest.approx(np.log(N), rel=0.01)
    # The loss is concave in the estimated sum, so the estimate lies a little below.
    assert np.mean(drawn.training_curve()["loss"]) == pytest.approx(whole, rel=0.1)


def test_attention_speaks_of_the_items_read(walked):
    model = walked["sasrec"]
    assert model.can(AttendsHistory)
    history = given([(i, i, 1.0) for i in range(9)])
    shares = model.attention(history, np.array([1, 2]))
    assert shares.shape == (9, 2)
    assert shares[:3].max() <= 0.0  # only the last six are read
    np.testing.assert_allclose(shares.sum(axis=0), 1.0, rtol=1e-5)


def test_data_without_times_are_refused(toys):
    data = toys.world()
    bare = Histories.from_interest(csr_array(data.histories.interest))
    with pytest.raises(UnsupportedError, match="sasrec reads histories in order of time"):
        SASRec(epochs=1).fit(data.with_histories(bare), seed=1)


def test_heads_divide_the_size():
    with pytest.raises(UnsupportedError, match="5 heads do not divide size 16"):
        SASRec(heads=5, epochs=1, **SETTINGS).fit(circle(10), seed=1)


@pytest.mark.slow
@pytest.mark.data
def test_the_latest_movie_is_found_better_than_by_models_without_order(data_dir):
    parts = split(MovieLens(path=data_dir / "ml-latest-small").load(), by="last")
    users = np.flatnonzero(np.diff(parts.test.indptr))
    wanted = parts.test.indices  # one a user

    def ndcg(model):
        top = model.fit(parts.train, seed=1).top(parts.train.histories.take(users), 10).items
        return float(((top == wanted[:, None]) / np.log2(np.arange(2, 12))).sum() / len(users))

    plain = max(ndcg(ItemKNN(shrinkage=10.0)), ndcg(Popular()))
    for cls in (SASRec, GRU4Rec):
        assert ndcg(cls(epochs=12, validation=0.0)) > 1.2 * plain
