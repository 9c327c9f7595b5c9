"""Adam in one pass over each weight, by TensorFlow's own kernel; Keras's goes over the memory some ten times."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from whyrec_plugins.recommenders._keras import tensorflow

BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-7


class Adam:
    """Kingma and Ba, "Adam: A Method for Stochastic Optimization", ICLR 2015, with the constants of Keras.

    Every weight moves in every step, also a row of an embedding that the batch did not read.
    """

    def __init__(self, variables: Iterable[Any], learning_rate: float) -> None:
        tf = tensorflow()
        self.learning_rate = learning_rate
        self.variables = [v.value for v in variables]
        self.moments = [(tf.Variable(tf.zeros_like(v)), tf.Variable(tf.zeros_like(v))) for v in self.variables]
        self.steps = tf.Variable(0, dtype=tf.int64)

    def apply(self, gradients: list[Any]) -> None:
        """One step, in the graph; gradients of embeddings may be sparse."""
        tf = tensorflow()
        self.steps.assign_add(1)
        done = tf.cast(self.steps, tf.float32)
        powers = tf.pow(BETA1, done), tf.pow(BETA2, done)
        for variable, (m, v), gradient in zip(self.variables, self.moments, gradients, strict=True):
            tf.raw_ops.ResourceApplyAdam(
                var=variable.handle,
                m=m.handle,
                v=v.handle,
                beta1_power=powers[0],
                beta2_power=powers[1],
                lr=self.learning_rate,
                beta1=BETA1,
                beta2=BETA2,
                epsilon=EPSILON,
                grad=tf.convert_to_tensor(gradient),
            )
