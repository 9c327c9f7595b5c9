"""Deep: what every deep recommender is. A model writes its network, its training rows and what its encoder reads."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from typing import Any, ClassVar, TypeVar, cast

import numpy as np

from whyrec import Dataset, FloatArray, Histories, IntArray, PluginError, Progress, Recommender
from whyrec_plugins.recommenders._deep.encoder import Encoder, slots_of
from whyrec_plugins.recommenders._deep.held_out import HeldOut, Hide, hold_out
from whyrec_plugins.recommenders._deep.inputs import Inputs
from whyrec_plugins.recommenders._deep.network import Network, Weights
from whyrec_plugins.recommenders._deep.training import Trainer
from whyrec_plugins.recommenders._keras import hushed

T = TypeVar("T")


class Deep(Recommender):
    """Trains a network on histories, keeps its weights as arrays, and scores by user vector · item vector + offset.

    A model writes ``_network`` and ``_rows``, and either ``_inputs`` and ``_item_side`` (then scores and gradients
    come from the network's encoder) or ``_score`` and ``presence_gradients`` (by arrays alone; see :class:`Stacked`).
    Its constructor has at least the five settings below.

    Training hides a part of some users' histories, see :func:`hold_out`, and keeps the weights of the epoch whose
    ranking of the hidden items had the best NDCG@10. With ``validation = 0`` nothing is hidden, and the last epoch's
    weights are kept.

    Nothing of TensorFlow is learned: ``_weights`` are arrays, and the network is made again when it is needed.
    """

    packages = ("tensorflow",)
    state: ClassVar[tuple[str, ...]] = ("_weights", "_curve")
    hide: ClassVar[Hide] = "random"
    """Which items of a judged history are hidden: ``last`` for models that read the order."""
    watched: ClassVar[str] = "val_ndcg"
    """The figure that chooses the epoch: ``val_ndcg`` (the highest) or ``val_loss`` (the lowest)."""

    epochs: int
    batch_size: int
    learning_rate: float
    validation: float  # share of the users whose histories are partly hidden
    patience: int  # epochs without a better one before training stops; 0: never stop early
    # Settings that a model need not have:
    keep_best: bool = True  # keep the best epoch's weights, or the last one's
    refit: bool = False  # train once more, on all there is, for as many epochs as were best

    _weights: Weights
    _curve: dict[str, list[float]]
    _training: Dataset | None = None
    _live: Network | None = None
    _derived: dict[str, Any] | None = None

    # -- what a model writes ----------------------------------------------------------------------------

    @abstractmethod
    def _network(self, data: Dataset, seed: int) -> Network:
        """The network, untrained. Its weights' shapes follow from the settings, the data's sizes and features.

        ``data.histories`` are what is trained on, less what is hidden; made again later, the network gets them whole.
        """

    @abstractmethod
    def _rows(self, histories: Histories, rng: np.random.Generator) -> tuple[Any, ...]:
        """The training rows of one epoch, shuffled: arrays of one length, cut into batches for the loss."""

    def _item_side(self) -> tuple[FloatArray, FloatArray]:
        """Item vectors (n_items, size) and offsets (n_items,), float64, from ``self._weights`` and ``self._known``."""
        raise NotImplementedError  # only models that score in their own way have none

    def _inputs(self, histories: Histories) -> Inputs:
        """What the encoder reads; the number of slots is the same for all histories."""
        raise NotImplementedError  # only models that score in their own way have none

    def _judged(self, scores: FloatArray, held: HeldOut, rng: np.random.Generator) -> dict[str, float]:
        """``val_…`` figures besides ``val_ndcg`` from the scores (n, n_items) of the judged histories."""
        return {"val_loss": held.surprise(scores)}

    # -- training ---------------------------------------------------------------------------------------

    @hushed()
    def _fit(self, data: Dataset, rng: np.random.Generator, progress: Progress) -> None:
        choosing, seeds, rows, again = rng.spawn(4)
        fitting, held = hold_out(data.histories, self.validation, choosing, hide=self.hide)
        seed, refit = int(seeds.integers(2**30)), self.refit and held is not None
        self._curve = {}
        try:
            best = self._train(
                data.with_histories(fitting), held, seed, rows, _part(progress, 0.0, 0.5 if refit else 1.0)
            )
            if refit:
                choosing_curve = self._curve
                self._train(data, None, seed, again, _part(progress, 0.5, 1.0), epochs=best)
                self._curve = choosing_curve
        finally:
            self._training, self._derived = None, None

    def _train(
        self,
        data: Dataset,
        held: HeldOut | None,
        seed: int,
        rng: np.random.Generator,
        progress: Progress,
        *,
        epochs: int | None = None,
    ) -> int:
        """Train a new network, keep the weights of its best epoch, and say which one that was."""
        self._training, self._curve = data, {}
        self._live = network = self._network(data, seed)
        trainer = Trainer(network, learning_rate=self.learning_rate)
        judging, epochs = int(rng.integers(2**62)), epochs or self.epochs
        self._adopt()
        kept, best, worth, done = self._weights, 0, -np.inf, 0
        while done < epochs and not (self.patience and done - best >= self.patience):
            batch = self._rows(data.histories, rng)
            if not len(batch[0]):
                break
            done += 1
            figures = trainer.epoch(batch, self.batch_size)
            self._adopt()
            if held is not None:
                scores = np.asarray(self._score(held.seen, None), np.float64)
                # Whatever is drawn for judging is drawn alike each time, so that epochs can be compared.
                figures |= self._judged(scores, held, np.random.default_rng(judging))
                figures["val_ndcg"] = held.ndcg(scores)
            self._note(figures, done, epochs, progress)
            if held is None or self._worth(figures) > worth:
                kept, best, worth = self._weights, done, self._worth(figures)
        if self.keep_best and best < done:
            network.load(kept)
            self._adopt()
        return best

    def _worth(self, figures: dict[str, float]) -> float:
        value = figures.get(self.watched, -np.inf)
        return value if self.watched == "val_ndcg" else -value

    def _adopt(self) -> None:
        """Take over the weights that the network has now."""
        if self._live is not None:
            self._weights, self._derived = self._live.weights(), None

    def _note(self, figures: dict[str, float], done: int, epochs: int, progress: Progress) -> None:
        for name, value in figures.items():
            self._curve.setdefault(name, []).append(float(value))
        judged = f", NDCG@10 {figures['val_ndcg']:.4f}" if "val_ndcg" in figures else ""
        progress(done / epochs, f"epoch {done}/{epochs}, loss {figures['loss']:.4f}{judged}")

    def training_curve(self) -> dict[str, list[float]]:
        """One number an epoch: ``loss`` and others of training, ``val_loss`` and ``val_ndcg`` of the hidden items."""
        _ = self.data  # raises NotFittedError
        return {name: list(values) for name, values in self._curve.items()}

    # -- scoring ----------------------------------------------------------------------------------------

    def _score(self, histories: Histories, items: IntArray | None) -> FloatArray:
        vectors, offsets = self._once("items", self._item_side)
        chosen = slice(None) if items is None else items
        users = self._encoder.vectors(self._inputs(histories))
        scores: FloatArray = users @ vectors[chosen].T + offsets[chosen]
        return scores

    def presence_gradients(
        self, history: Histories, presence: FloatArray, items: IntArray
    ) -> tuple[FloatArray, FloatArray]:
        """Scores (m, K) and gradients (m, K, n_entries), see ``Differentiable``: presence scales the gates."""
        _ = self.data
        presence = np.asarray(presence, np.float64)
        inputs, own = self._inputs(history), history.interest.indices
        place, there = slots_of(own, inputs.items[0])
        full = np.where(there, inputs.gates[0], 0.0)
        m, k = len(presence), len(items)
        gates = full * presence[:, place] if len(own) else np.zeros((m, len(place)))
        # One row for each pair of presence and item; an encoder is not asked to differentiate many outputs at once.
        tiled = Inputs(
            np.repeat(gates, k, axis=0).astype(np.float32),
            np.repeat(inputs.items, m * k, axis=0),
            tuple(np.repeat(array, m * k, axis=0) for array in inputs.context),
        )
        vectors, offsets = self._once("items", self._item_side)
        along = np.tile(vectors[items], (m, 1))
        users, pulled = self._encoder.gradients(tiled, along)
        scores = (users * along).sum(axis=1).reshape(m, k) + offsets[items]
        gradients = np.zeros((len(own), m * k))
        np.add.at(gradients, place[there], (pulled * full)[:, there].T)
        return scores, gradients.T.reshape(m, k, len(own))

    # -- inside -------------------------------------------------------------------------------------------

    @property
    def _known(self) -> Dataset:
        """The data that were fitted; during training, without what is hidden."""
        return self.data if self._training is None else self._training

    @property
    def _encoder(self) -> Encoder:
        """Kept while the network lives: its functions read the weights that the network has at the time."""
        if self._live is None:
            self._live, self._derived = self._network(self._known, 0), None
            self._live.load(self._weights)
        network = self._live
        if network.encode is None:
            raise PluginError(f"{self.name} has no encoder", hint="write _score and presence_gradients")
        found = self.__dict__.get("_compiled")
        if found is None or found[0] is not network:
            found = self.__dict__["_compiled"] = (network, Encoder(network.encode, network.attend))
        return cast("Encoder", found[1])

    def _once(self, name: str, make: Callable[[], T]) -> T:
        """What ``make`` gives for the weights at hand, made once."""
        if self._derived is None:
            self._derived = {}
        if name not in self._derived:
            self._derived[name] = make()
        return cast("T", self._derived[name])

    def __getstate__(self) -> dict[str, Any]:
        """Everything but what is made again: a model crosses to other processes as arrays."""
        gone = {"_live", "_derived", "_compiled", "_training"}
        return {name: value for name, value in self.__dict__.items() if name not in gone}


def _part(progress: Progress, start: float, end: float) -> Progress:
    """The progress of one part of the work."""
    return lambda share, text: progress(start + share * (end - start), text)
