"""The base of the deep recommenders, on a toy network: training, stopping, weights, scoring, gradients."""

import pickle

import numpy as np
import pytest
from scipy.sparse import csr_array

from whyrec import (
    Catalog,
    CleaningReport,
    Dataset,
    Histories,
    Index,
    NotFittedError,
    PluginError,
    Trained,
)
from whyrec_plugins.recommenders._deep import Deep, Inputs, Layers, Network, Objective
from whyrec_plugins.recommenders._deep.encoder import Encoder, slots_of
from whyrec_plugins.recommenders._deep.held_out import hold_out
from whyrec_plugins.recommenders._deep.training import in_batches
from whyrec_plugins.recommenders._keras import tensorflow

SLOTS = 6


class Toy(Deep):
    """u = tanh of the gated sum of item embeddings, less the target's own; softmax over all items."""

    name = "toy-deep"
    summary = "a toy"

    def __init__(
        self,
        *,
        epochs: int = 8,
        batch_size: int = 64,
        learning_rate: float = 0.02,
        validation: float = 0.3,
        patience: int = 0,
        jit: bool = False,
        dropout: float = 0.2,
    ):
        self.epochs, self.batch_size, self.learning_rate = epochs, batch_size, learning_rate
        self.validation, self.patience, self.jit, self.dropout = validation, patience, jit, dropout

    def _network(self, data, seed):
        tf, layers = tensorflow(), Layers(seed)
        table = layers.embedding("items", data.n_items + 1, 5)
        dense = layers.dense("mix", 5, 4, "tanh")
        drop = layers.dropout(self.dropout)
        out = layers.dense("out", 4, data.n_items)

        def encode(gates, items):
            return dense(tf.einsum("bs,bsd->bd", gates, table(items + 1)))

        def loss(step, gates, items, target):
            logits = out(drop(encode(gates, items), training=True))
            found = tf.nn.sparse_softmax_cross_entropy_with_logits(target, logits)
            right = tf.cast(tf.equal(tf.argmax(logits, 1), target), tf.float32)
            return found, right

        return Network((table, dense, out), (Objective(loss, ("loss", "accuracy")),), encode, self.jit)

    def _inputs(self, histories):
        items = np.full((len(histories), SLOTS), -1)
        gates = np.zeros((len(histories), SLOTS), np.float32)
        interest = histories.interest
        for row in range(len(histories)):
            own = interest.indices[interest.indptr[row] : interest.indptr[row + 1]][-SLOTS:]
            if len(own):
                items[row, -len(own) :] = own
                gates[row, -len(own) :] = 0.5
        return Inputs(gates, items)

    def _rows(self, histories, rng):
        order = rng.permutation(histories.n_events)
        given = self._inputs(histories.take(histories.rows[order]))
        target = histories.items[order]
        return np.where(given.items == target[:, None], 0, given.gates).astype(np.float32), given.items, target

    def _item_side(self):
        return self._weights["out/kernel"].T.astype(np.float64), self._weights["out/bias"].astype(np.float64)


def dataset(interest):
    rows, n = np.shape(interest)
    return Dataset(
        "toy",
        Index(tuple(f"u{u}" for u in range(rows))),
        Catalog(Index(tuple(f"i{j}" for j in range(n)))),
        Histories.from_interest(csr_array(interest)),
        CleaningReport(0, 0),
    )


def groups(seed=0):
    """Sixty users in three groups of their own six items; each met about four of them."""
    own = np.kron(np.eye(3), np.ones((20, 6)))
    return np.where(np.random.default_rng(seed).random(own.shape) < 0.7, own, 0.0)


@pytest.fixture(scope="module")
def fitted():
    return Toy().fit(dataset(groups()), seed=1)


# -- training -----------------------------------------------------------------------------------------------------


def test_it_learns_and_keeps_its_curve(fitted):
    assert isinstance(fitted, Trained)
    curve = fitted.training_curve()
    assert set(curve) == {"loss", "accuracy", "val_loss", "val_ndcg"}
    assert all(len(values) == 8 for values in curve.values())
    assert curve["loss"][-1] < 2.1  # no better than ln 18 = 2.89 at first; ln 6 = 1.79 for who knows the group
    best = fitted.top(fitted.data.histories, 1).items[:, 0]
    assert (best[best >= 0] // 6 == (np.arange(60) // 20)[best >= 0]).mean() > 0.9  # by chance: one in three


@pytest.mark.parametrize("jit", [False, True])
def test_the_seed_decides_and_a_refit_forgets(jit):
    data = dataset(groups())
    model = Toy(epochs=2, jit=jit).fit(data, seed=5)
    first = model._weights
    model.fit(dataset(groups(3)[:, ::-1].copy()), seed=6)
    assert any(np.abs(first[path] - model._weights[path]).max() > 1e-4 for path in first)
    model.fit(data, seed=5)
    for path, array in first.items():
        np.testing.assert_array_equal(model._weights[path], array)
    assert model.training_curve() == Toy(epochs=2, jit=jit).fit(data, seed=5).training_curve()


def test_jit_changes_digits_only():
    settings = {"epochs": 1, "validation": 0.0, "dropout": 0.0}  # under XLA dropout would draw other numbers
    plain, compiled = (Toy(jit=jit, **settings).fit(dataset(groups()), seed=5) for jit in (False, True))
    for path, array in plain._weights.items():
        np.testing.assert_allclose(array, compiled._weights[path], rtol=1e-3, atol=1e-4)


def test_the_best_epoch_is_kept():
    data = dataset((np.random.default_rng(0).random((60, 18)) < 0.4).astype(float))  # nothing to learn but by heart
    model = Toy(epochs=12, learning_rate=0.1).fit(data)
    curve = model.training_curve()["val_ndcg"]
    best = int(np.argmax(curve)) + 1
    assert best < 12  # else this test shows nothing
    stopped = Toy(epochs=best, learning_rate=0.1).fit(data)
    np.testing.assert_array_equal(model.score(data.histories), stopped.score(data.histories))


def test_patience_ends_training_early():
    data = dataset((np.random.default_rng(0).random((60, 18)) < 0.4).astype(float))
    curve = Toy(epochs=40, learning_rate=0.1, patience=2).fit(data).training_curve()["val_ndcg"]
    assert len(curve) < 40
    assert int(np.argmax(curve)) == len(curve) - 3


def test_without_validation_the_last_epoch_counts():
    data = dataset(groups())
    model = Toy(epochs=3, validation=0.0).fit(data)
    assert set(model.training_curve()) == {"loss", "accuracy"}
    assert np.isfinite(model.score(data.histories)).all()


def test_progress_is_told():
    told = []
    model = Toy(epochs=2).fit(dataset(groups()), progress=lambda share, text: told.append((share, text)))
    curve = model.training_curve()
    assert told[0] == (0.5, f"epoch 1/2, loss {curve['loss'][0]:.4f}, NDCG@10 {curve['val_ndcg'][0]:.4f}")


@pytest.mark.parametrize("X", [np.zeros((2, 4)), np.ones((1, 1)), np.array([[1.0, 0.0, 0.0]])])
def test_data_that_teach_little_are_lived_with(X):
    model = Toy(epochs=1).fit(dataset(X))
    assert model.score(dataset(X).histories).shape == X.shape


def test_before_a_fit_it_refuses():
    with pytest.raises(NotFittedError, match="toy-deep was not fitted yet"):
        Toy().training_curve()


# -- what is held out ---------------------------------------------------------------------------------------------


def test_a_fifth_of_some_histories_is_hidden():
    interest = np.zeros((12, 20))
    interest[:10, :11] = 1.0  # ten users of eleven items
    interest[10, :2] = 1.0  # too short
    interest[11, :6] = [1, -1, -1, -1, 1, -1]  # two liked items are too few
    histories = Histories.from_interest(csr_array(interest))
    left, held = hold_out(histories, 0.5, np.random.default_rng(0))
    assert len(held.users) == 5
    assert held.users.max() < 10
    np.testing.assert_array_equal(held.hidden.sum(axis=1), 2)  # a fifth of eleven, rounded down
    together = left.interest.toarray()
    together[held.users] += held.hidden.toarray()
    np.testing.assert_array_equal(together, interest)
    np.testing.assert_array_equal(held.seen.interest.toarray(), left.interest.toarray()[held.users])
    assert hold_out(histories, 0.0, np.random.default_rng(0))[1] is None


def test_the_last_items_are_hidden_where_the_order_counts():
    times = np.array([50, 10, 40, 20, 30, 60])
    histories = Histories.from_events(
        np.zeros(6, np.int64), np.array([3, 1, 4, 2, 5, 1]), np.ones(6), n_rows=1, n_items=6, times=times
    )
    left, held = hold_out(histories, 1.0, np.random.default_rng(0), hide="last")
    assert held.hidden.indices.tolist() == [1]  # met first and last: the latest time counts
    assert left.items.tolist() == [2, 5, 4, 3]


def test_ndcg_and_surprise_of_what_is_hidden():
    histories = Histories.from_interest(csr_array(np.ones((1, 10)) * (np.arange(10) < 6)))
    _, held = hold_out(histories, 1.0, np.random.default_rng(0))
    hidden = int(held.hidden.indices[0])
    scores = np.where(np.arange(10) < 6, 5.0, 0.0)[None]  # what is seen stands high, and does not count
    scores[0, hidden] = 1.0
    assert held.ndcg(scores) == 1.0
    assert held.surprise(scores) == pytest.approx(np.log(np.e + 4) - 1)
    scores[0, [6, 7]] = 2.0
    assert held.ndcg(scores) == pytest.approx(0.5)  # third: 1 / log2(4)


def test_batches_have_one_shape():
    rows = (np.arange(10), np.arange(20).reshape(10, 2))
    first, second = in_batches(rows, 4)
    assert first.tolist() == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 0, 1]]
    assert second.shape == (3, 4, 2)
    assert in_batches(rows, 9)[0].shape == (2, 5)
    assert in_batches(rows, 100)[0].shape == (1, 10)


# -- weights ------------------------------------------------------------------------------------------------------


def test_the_state_is_all_there_is(fitted):
    """Another object with the state and the data alone scores the same, and so does a pickled one."""
    histories = fitted.data.histories
    other = Toy(**fitted.settings())
    for name in Toy.state:
        setattr(other, name, getattr(fitted, name))
    other._fitted = fitted._fitted
    np.testing.assert_array_equal(other.score(histories), fitted.score(histories))
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(fitted)).score(histories), fitted.score(histories))
    assert all(isinstance(array, np.ndarray) for array in fitted._weights.values())


def test_weights_of_another_network_are_refused(fitted):
    network = fitted._network(fitted.data, 0)
    with pytest.raises(PluginError, match=r"weights do not fit the network: out/bias \(17,\) is only in one of them"):
        network.load({**fitted._weights, "out/bias": np.zeros(17)})


def test_layers_with_one_name_are_refused():
    layers = Layers(0)
    twice = Network((layers.dense("same", 2, 2), layers.dense("same", 2, 2)), ())
    with pytest.raises(PluginError, match="two weights of a network have one path"):
        twice.weights()


# -- scoring and gradients ----------------------------------------------------------------------------------------


def test_a_row_alone_scores_as_in_a_batch(fitted):
    many = fitted.data.histories.take(np.arange(1200) % 60)  # several large batches
    together = fitted.score(many)
    for row in (0, 700, 1199):
        alone = fitted.score(many.take(np.array([row])))[0]
        np.testing.assert_allclose(alone, together[row], rtol=1e-5, atol=1e-5 * np.abs(together).max())
    assert fitted.score(many.take(np.array([], np.int64))).shape == (0, 18)
    np.testing.assert_allclose(fitted.score(many, np.array([3, 3, 1])), together[:, [3, 3, 1]], rtol=1e-12)


def test_presence_gradients(fitted):
    histories = fitted.data.histories
    history = histories.take(np.array([int(np.argmax(np.diff(histories.interest.indptr)))]))
    n, items = history.interest.nnz, np.array([2, 11, 2])
    presence = np.vstack([np.ones(n), np.zeros(n), np.random.default_rng(0).random((3, n))])
    scores, gradients = fitted.presence_gradients(history, presence, items)
    assert scores.shape == (5, 3)
    assert gradients.shape == (5, 3, n)
    np.testing.assert_allclose(scores[:1], fitted.score(history, items), rtol=1e-5)
    empty = history.keep(np.zeros(history.n_events, bool))
    np.testing.assert_allclose(scores[1:2], fitted.score(empty, items), rtol=1e-5)
    step = 1e-2
    for j in range(n):
        up, down = presence[2:].copy(), presence[2:].copy()
        up[:, j] += step
        down[:, j] -= step
        slope = (
            fitted.presence_gradients(history, up, items)[0] - fitted.presence_gradients(history, down, items)[0]
        ) / (2 * step)
        np.testing.assert_allclose(gradients[2:, :, j], slope, rtol=1e-3, atol=1e-3 * np.abs(gradients).max())
    assert np.abs(gradients).max() > 1e-2


def test_an_empty_history_has_no_gradients(fitted):
    history = fitted.data.histories.take(np.array([0]))
    empty = history.keep(np.zeros(history.n_events, bool))
    scores, gradients = fitted.presence_gradients(empty, np.zeros((2, 0)), np.array([1, 2, 3]))
    assert gradients.shape == (2, 3, 0)
    np.testing.assert_allclose(scores[0], fitted.score(empty, np.array([1, 2, 3]))[0], rtol=1e-6)


def test_slots_find_their_entries():
    place, there = slots_of(np.array([2, 5, 9]), np.array([-1, 9, 2, 7]))
    assert there.tolist() == [False, True, True, False]
    assert place[1:3].tolist() == [2, 0]


def test_the_encoder_sees_weights_as_they_are():
    layers = Layers(0)
    dense = layers.dense("d", 2, 1)
    encoder = Encoder(lambda gates, items: dense(gates))
    inputs = Inputs(np.ones((1, 2), np.float32), np.zeros((1, 2), np.int64))
    before = encoder.vectors(inputs)
    dense.set_weights([w * 2 for w in dense.get_weights()])
    np.testing.assert_allclose(encoder.vectors(inputs), 2 * before, rtol=1e-6)
