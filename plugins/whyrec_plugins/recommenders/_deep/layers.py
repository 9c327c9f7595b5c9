"""Keras layers with a seed and a name each: a fit then leaves no trace in the process's random numbers."""

from __future__ import annotations

from typing import Any

from whyrec_plugins.recommenders._keras import tensorflow


class Layers:
    """Makes layers; the n-th random thing made gets the n-th seed, so equal calls give equal layers."""

    def __init__(self, seed: int) -> None:
        self.keras = tensorflow().keras
        self._seed = seed

    def seed(self) -> int:
        """The next seed, for whatever is not made here."""
        self._seed += 1
        return self._seed

    def uniform(self, limit: float = 0.05) -> Any:
        return self.keras.initializers.RandomUniform(-limit, limit, seed=self.seed())

    def normal(self, deviation: float) -> Any:
        return self.keras.initializers.TruncatedNormal(0.0, deviation, seed=self.seed())

    def identity(self, scale: float = 1.0) -> Any:
        """Passes on what comes in, as far as there is room."""
        return self.keras.initializers.Identity(scale)

    def glorot(self) -> Any:
        return self.keras.initializers.GlorotUniform(seed=self.seed())

    def embedding(self, name: str, rows: int, size: int, initial: Any = None) -> Any:
        """A table (rows, size), built."""
        layer = self.keras.layers.Embedding(rows, size, embeddings_initializer=initial or self.uniform(), name=name)
        layer.build((None,))
        return layer

    def dense(self, name: str, inputs: int, units: int, activation: Any = None, **more: Any) -> Any:
        """A dense layer from ``inputs`` numbers, built."""
        more.setdefault("kernel_initializer", self.glorot())
        layer = self.keras.layers.Dense(units, activation, name=name, **more)
        layer.build((None, inputs))
        return layer

    def dropout(self, rate: float) -> Any:
        """Call it with ``training=True`` in a loss; otherwise it does nothing."""
        return self.keras.layers.Dropout(rate, seed=self.seed())

    def norm(self, name: str, size: int) -> Any:
        """Layer normalization of the last axis, built."""
        layer = self.keras.layers.LayerNormalization(epsilon=1e-6, name=name)
        layer.build((None, size))
        return layer
