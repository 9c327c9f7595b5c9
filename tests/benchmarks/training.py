"""Training time of ``deep-embedding``: its trainer beside a plain Keras ``model.fit``.

Run: python tests/benchmarks/training.py --rounds 5 [--page docs/benchmarks.md]

1,000 users × 1,000 items, 100,000 labeled pairs from planted vectors, a fifth of them held out, 10 epochs, Embedding ×
Embedding → Dot → Dense(64, relu) → Dense(1, sigmoid), Adam. Each round trains, one after the other, with the same pairs
in the same order in every epoch:

- *model.fit*: the network as one writes it in Keras, one ``fit`` call on arrays, batches of 64
- *identical batches*: the network and loss of ``deep-embedding`` under its trainer, batches of 64
- *larger batches*: the same, batches of 512, the learning rate four times as high

All three start from the same weights. Times hold building, compiling and training; the ratio is taken within a round.
Validation accuracy is that of the best epoch; copying the weights for it is not timed for anybody. Below the table
stands how far the weights of the first two are apart after the first 20 steps. They cannot be equal: sums are taken in
another order, and where a gradient is next to nothing Adam makes a whole step of its rounding.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from page import markdown, put
from scipy.sparse import csr_array

from whyrec_plugins.recommenders._deep import Trainer
from whyrec_plugins.recommenders._deep_network import head_of, network
from whyrec_plugins.recommenders._keras import hushed, tensorflow

USERS, ITEMS, PAIRS, EPOCHS, SIZE = 1000, 1000, 100_000, 10, 64


@dataclass(frozen=True)
class World:
    """Pairs in training order; entry e of ``interest`` is the pair (user[e], item[e])."""

    interest: Any
    user: Any
    item: Any
    label: Any
    order: Any
    held: Any

    @classmethod
    def made(cls, seed: int) -> World:
        rng = np.random.default_rng(seed)
        chosen = np.sort(rng.choice(USERS * ITEMS, PAIRS, replace=False))
        user, item = chosen // ITEMS, chosen % ITEMS
        tastes, traits = rng.normal(size=(USERS, 4)), rng.normal(size=(ITEMS, 4))
        label = ((tastes[user] * traits[item]).sum(axis=1) + rng.normal(size=PAIRS) > 1).astype(np.float32)
        mixed = rng.permutation(PAIRS)
        order, held = mixed[: PAIRS * 4 // 5], mixed[PAIRS * 4 // 5 :]
        interest = csr_array((np.ones(PAIRS), (user, item)), shape=(USERS, ITEMS))
        return cls(interest, user, item, label, order, held)

    def first(self, pairs: int) -> World:
        """Trained on the first few pairs only."""
        return replace(self, order=self.order[:pairs])

    def accuracy(self, weights: dict[str, Any]) -> float:
        """On the held-out pairs."""
        u, i = weights["users/embeddings"][self.user[self.held]], weights["items/embeddings"][self.item[self.held]]
        logits = head_of(weights)((u * i).sum(axis=1).astype(np.float64))
        return float(((logits > 0) == (self.label[self.held] > 0.5)).mean())


@dataclass(frozen=True)
class Run:
    seconds: float
    accuracy: float
    weights: list[dict[str, Any]]


@hushed()
def plain(world: World, batch: int, rate: float, epochs: int = EPOCHS) -> Run:
    """As one writes it."""
    keras = tensorflow().keras
    begun = time.perf_counter()
    user, item = keras.Input((1,), dtype="int64"), keras.Input((1,), dtype="int64")
    users = keras.layers.Embedding(USERS, SIZE, name="users")
    items = keras.layers.Embedding(ITEMS, SIZE, name="items")
    hidden, out = keras.layers.Dense(64, "relu", name="hidden"), keras.layers.Dense(1, "sigmoid", name="out")
    flat = keras.layers.Flatten
    model = keras.Model([user, item], out(hidden(keras.layers.Dot(axes=1)([flat()(users(user)), flat()(items(item))]))))
    start = network("id", world.interest, SIZE, 1).weights()
    for layer in (users, items, hidden, out):
        layer.set_weights([start[w.path] for w in layer.weights])
    model.compile(optimizer=keras.optimizers.Adam(rate), loss="binary_crossentropy", metrics=["accuracy"])
    seen: list[dict[str, Any]] = []
    spent = 0.0

    def look(*_: Any) -> None:
        nonlocal spent
        since = time.perf_counter()
        seen.append({w.path: w.numpy() for w in model.weights})
        spent += time.perf_counter() - since

    order = world.order
    model.fit(
        [world.user[order][:, None], world.item[order][:, None]],
        world.label[order][:, None],
        batch_size=batch,
        epochs=epochs,
        shuffle=False,
        verbose=0,
        callbacks=[keras.callbacks.LambdaCallback(on_epoch_end=look)],
    )
    return Run(time.perf_counter() - begun - spent, max(world.accuracy(w) for w in seen), seen)


@hushed()
def ours(world: World, batch: int, rate: float, epochs: int = EPOCHS) -> Run:
    begun = time.perf_counter()
    made = network("id", world.interest, SIZE, 1)
    trainer = Trainer(made, learning_rate=rate)
    seen, spent = [], 0.0
    rows = (world.order, world.item[world.order][:, None], world.label[world.order][:, None])
    for _ in range(epochs):
        trainer.epoch(rows, batch)
        since = time.perf_counter()
        seen.append(made.weights())
        spent += time.perf_counter() - since
    return Run(time.perf_counter() - begun - spent, max(world.accuracy(w) for w in seen), seen)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--page", type=Path, help="a page whose block training is rewritten")
    asked = parser.parse_args()
    tensorflow()
    ways: dict[str, Callable[[World], Run]] = {
        "model.fit, batches of 64": lambda world: plain(world, 64, 0.001),
        "whyrec, identical batches": lambda world: ours(world, 64, 0.001),
        "whyrec, batches of 512": lambda world: ours(world, 512, 0.004),
    }
    rounds = []
    for number in range(asked.rounds):
        world = World.made(asked.seed + number)
        rounds.append({name: way(world) for name, way in ways.items()})
        print({name: round(run.seconds, 2) for name, run in rounds[-1].items()}, flush=True)
    first = next(iter(ways))
    cells = []
    for name in ways:
        seconds = [found[name].seconds for found in rounds]
        ratio = [found[first].seconds / found[name].seconds for found in rounds]
        accuracy = [found[name].accuracy for found in rounds]
        cells.append(
            (
                name,
                f"{statistics.median(seconds):.1f}",
                f"{statistics.median(ratio):.1f} ({min(ratio):.1f} … {max(ratio):.1f})",
                f"{statistics.mean(accuracy):.4f}",
                f"{min(a - b[first].accuracy for a, b in zip(accuracy, rounds, strict=True)):+.4f}",
            )
        )
    table = markdown(("", "seconds", "× model.fit", "validation accuracy", "least against model.fit"), cells)
    few = World.made(asked.seed).first(20 * 64)
    start = network("id", few.interest, SIZE, 1).weights()
    theirs, own = (way(few, 64, 0.001, 1).weights[0] for way in (plain, ours))
    apart = max(float(np.abs(theirs[path] - own[path]).mean()) for path in own)
    moved = min(float(np.abs(start[path] - own[path]).mean()) for path in ("users/embeddings", "items/embeddings"))
    note = f"After the first 20 steps weights are {apart:.1e} apart on average, having moved by {moved:.1e}."
    print(f"\n{table}\n\n{note}")
    if asked.page:
        put(asked.page, "training", [table, note], ("tensorflow", "keras"))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
