"""Rescale: how dense layers pass a change on, slope by slope, exactly and without anything that cancels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from whyrec import FloatArray, Histories, UnsupportedError

Activation = Literal["linear", "relu", "tanh", "sigmoid"]

_CELLS = 4_000_000  # numbers held at once: 32 MB


@dataclass(frozen=True, eq=False)
class Layer:
    """What comes in goes through ``activation``, then by kernel (d_in, d_out) and bias (d_out,).

    Raises UnsupportedError for an activation of which the mean slope is not known here.
    """

    activation: Activation
    kernel: FloatArray
    bias: FloatArray

    def __post_init__(self) -> None:
        if self.activation not in get_args(Activation):
            raise UnsupportedError(
                f"the mean slope of activation {self.activation!r} is not known",
                hint=f"known activations: {', '.join(get_args(Activation))}",
            )


@dataclass(frozen=True, eq=False)
class Rest:
    """What lies behind the first sum of a network: its activation and the layers after it, up to K scores.

    As a function it is ``FirstLayer.rest``: sums (m, d) to scores (m, K) and gradients (m, K, d).
    """

    layers: tuple[Layer, ...]

    def __call__(self, sums: FloatArray) -> tuple[FloatArray, FloatArray]:
        entered = self._entered(sums)
        return entered[-1], self._pulled([mean_slope(z, z, f.activation) for z, f in self._each(entered)])

    def scores(self, sums: FloatArray) -> FloatArray:
        """(m, K)"""
        return self._entered(sums)[-1]

    def multipliers(self, start: FloatArray, end: FloatArray) -> FloatArray:
        """(m, K, d) with multipliers · (end − start) = scores(end) − scores(start), for sums (m, d) each.

        Each activation passes on its mean slope between the two: the rescale rule of Shrikumar, Greenside and Kundaje,
        "Learning Important Features Through Propagating Activation Differences" (DeepLIFT), ICML 2017.
        Where the two are the same it is the gradient.
        """
        first, last = self._entered(start), self._entered(end)
        pairs = zip(self._each(first), self._each(last), strict=True)
        return self._pulled([mean_slope(a, b, layer.activation) for (a, layer), (b, _) in pairs])

    def split(self, histories: Histories, parts: FloatArray, start: FloatArray) -> tuple[FloatArray, FloatArray]:
        """``history_contributions``: parts (nnz, d) of the first sum, start (d,) → split (nnz, K), base (rows, K)."""
        interest = histories.interest
        rows = len(histories)
        row = np.repeat(np.arange(rows), np.diff(interest.indptr))
        split = np.empty((len(parts), len(self.layers[-1].bias)))
        block = max(1, _CELLS // max(1, max(parts.shape[1], *(len(f.bias) for f in self.layers)) * split.shape[1]))
        begin = 0
        while begin < rows:  # as many rows as fit, and their entries
            stop = max(
                begin + 1, int(np.searchsorted(interest.indptr, interest.indptr[begin] + block, side="right")) - 1
            )
            stop = min(stop, begin + block, rows)
            entries = slice(int(interest.indptr[begin]), int(interest.indptr[stop]))
            own, place = parts[entries], row[entries] - begin
            sums = np.zeros((stop - begin, parts.shape[1]))
            np.add.at(sums, place, own)
            slopes = self.multipliers(np.broadcast_to(start, sums.shape), start + sums)
            split[entries] = np.einsum("ekd,ed->ek", slopes[place], own)
            begin = stop
        return split, np.tile(self.scores(start[None]), (rows, 1))

    # -- inside -----------------------------------------------------------------------------------------

    def _entered(self, sums: FloatArray) -> list[FloatArray]:
        """What enters each layer, and the scores."""
        found = [np.asarray(sums, np.float64)]
        for layer in self.layers:
            found.append(_activated(found[-1], layer.activation) @ layer.kernel + layer.bias)
        return found

    def _each(self, entered: list[FloatArray]) -> list[tuple[FloatArray, Layer]]:
        return list(zip(entered[:-1], self.layers, strict=True))

    def _pulled(self, slopes: list[FloatArray]) -> FloatArray:
        """Backwards through the layers, one row for each score: (m, K, d)."""
        pulled: FloatArray = np.eye(len(self.layers[-1].bias))[None]
        for slope, layer in zip(reversed(slopes), reversed(self.layers), strict=True):
            pulled = (pulled @ layer.kernel.T) * slope[:, None, :]
        return pulled


def mean_slope(start: FloatArray, end: FloatArray, activation: Activation) -> FloatArray:
    """(f(end) − f(start)) / (end − start), element by element; where they meet, the slope there (½ at relu's bend)."""
    if activation == "relu":  # the share of the way on which it is on
        way = np.abs(start) + np.abs(end)
        on = np.maximum(start, 0.0) + np.maximum(end, 0.0)
        return np.asarray(np.divide(on, way, out=np.full_like(way, 0.5), where=way > 0))
    if activation == "tanh":  # tanh b − tanh a = tanh(b − a)(1 − tanh a tanh b)
        way = end - start
        steep = np.divide(np.tanh(way), way, out=np.ones_like(way), where=np.abs(way) > 0)
        return np.asarray(steep * (1.0 - np.tanh(start) * np.tanh(end)))
    if activation == "sigmoid":  # (1 + tanh(x / 2)) / 2
        return 0.25 * mean_slope(0.5 * start, 0.5 * end, "tanh")
    return np.ones_like(end)


def _activated(entered: FloatArray, activation: Activation) -> FloatArray:
    if activation == "relu":
        return np.maximum(entered, 0.0)
    if activation == "tanh":
        return np.tanh(entered)
    if activation == "sigmoid":
        return np.asarray(0.5 * (1.0 + np.tanh(0.5 * entered)))
    return entered
