"""Training steps of a network: tf.data in, many steps in one call of the graph."""

from __future__ import annotations

from typing import Any

import numpy as np

from whyrec_plugins.recommenders._deep.adam import Adam
from whyrec_plugins.recommenders._deep.network import Network
from whyrec_plugins.recommenders._keras import tensorflow

STEPS_PER_CALL = 256
"""Steps run inside one call of the graph: the same weights in less than half the time."""


class Trainer:
    """Adam on a network's objectives, compiled once.

    Parameters
    ----------
    learning_rate : Adam's, the same for all objectives
    """

    def __init__(self, network: Network, *, learning_rate: float) -> None:
        tf = tensorflow()
        parts = []
        for objective in network.objectives:
            variables = network.trainable if objective.variables is None else objective.variables
            parts.append((objective, Adam(variables, learning_rate)))
        self.figures = tuple(name for objective in network.objectives for name in objective.figures)
        n_figures = len(self.figures)

        @tf.function(jit_compile=network.jit, autograph=False)  # type: ignore[untyped-decorator]  # TensorFlow says no types
        def step(*batch: Any) -> Any:
            means = []
            for objective, adam in parts:
                with tf.GradientTape() as tape:
                    found = objective.loss(adam.steps, *batch)
                    loss = tf.reduce_mean(found[0])
                adam.apply(tape.gradient(loss, adam.variables, unconnected_gradients="zero"))
                means += [loss, *(tf.reduce_mean(figure) for figure in found[1:])]
            return tf.stack(means)

        @tf.function(reduce_retracing=True)  # type: ignore[untyped-decorator]  # TensorFlow says no types
        def run(batches: Any, steps: Any) -> Any:
            total = tf.zeros(n_figures)
            for _ in tf.range(steps):
                total += step(*next(batches))
            return total

        self._run = run

    def epoch(self, rows: tuple[Any, ...], batch_size: int) -> dict[str, float]:
        """One pass over training rows, in their order; the means of the figures over its steps.

        ``rows`` are arrays of one length. All batches have one shape: the rows are shared out evenly over the fewest
        batches of at most ``batch_size``, and the first few rows stand in for those that the last one lacks.
        """
        tf = tensorflow()
        batches = in_batches(rows, batch_size)
        steps = len(batches[0])
        source = iter(tf.data.Dataset.from_tensor_slices(batches).prefetch(tf.data.AUTOTUNE))
        total = np.zeros(len(self.figures))
        for start in range(0, steps, STEPS_PER_CALL):
            total += self._run(source, tf.constant(min(STEPS_PER_CALL, steps - start))).numpy()
        return dict(zip(self.figures, (total / steps).tolist(), strict=True))


def in_batches(rows: tuple[Any, ...], batch_size: int) -> tuple[Any, ...]:
    """Each array (n, …) as (batches, size, …), see :meth:`Trainer.epoch`."""
    n = len(rows[0])
    count = -(-n // batch_size)
    size = -(-n // count)
    chosen = np.arange(count * size) % n
    return tuple(np.asarray(array)[chosen].reshape(count, size, *np.shape(array)[1:]) for array in rows)
