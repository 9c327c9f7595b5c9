"""The dense head of ``deep-embedding``, evaluated exactly: of one number it is a piecewise linear function."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from whyrec import FloatArray


@dataclass(frozen=True, eq=False)
class Head:
    """h(s) = Σ_k out_k · relu(slope_k s + shift_k) + bias, the logit of Dense(64, relu), Dense(1, sigmoid).

    Parameters
    ----------
    slope, shift, out : (units,) float64, the weights and biases of the hidden layer, the weights of the last
    bias : the bias of the last layer
    """

    slope: FloatArray
    shift: FloatArray
    out: FloatArray
    bias: float

    @cached_property
    def _pieces(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Where the line bends, ascending, and the slope and intercept of each of the pieces between."""
        bends = self.slope != 0
        slope, out = self.slope[bends], self.out[bends]
        at = -self.shift[bends] / slope
        order = np.argsort(at, kind="stable")
        # Far to the left the units with a falling line are on; passing its bend switches a unit on or off.
        flat = float((self.out * np.maximum(self.shift, 0.0))[~bends].sum()) + self.bias
        falling = np.minimum(slope, 0.0)
        slopes = np.cumsum(np.concatenate([[(out * falling).sum()], (out * np.abs(slope))[order]]))
        lifts = out * np.where(slope > 0, 1.0, -1.0) * self.shift[bends]
        left = (out * np.where(slope < 0, self.shift[bends], 0.0)).sum() + flat
        return at[order], slopes, np.cumsum(np.concatenate([[left], lifts[order]]))

    def __call__(self, s: FloatArray) -> FloatArray:
        """h of each number, any shape: one bisection a number, whatever the number of units."""
        at, slopes, intercepts = self._pieces
        piece = np.searchsorted(at, s)
        return slopes[piece] * s + intercepts[piece]

    def slope_at(self, s: FloatArray) -> FloatArray:
        """h′ of each number, any shape; at a bend that of the piece to the left."""
        at, slopes, _ = self._pieces
        found: FloatArray = slopes[np.searchsorted(at, s)]
        return found

    def mean_slope(self, start: FloatArray, end: FloatArray) -> FloatArray:
        """(h(end) − h(start)) / (end − start), of like shapes; where they meet, the slope there.

        Each unit gives its slope times the share of the way on which it is on, so nothing is divided that
        could cancel: the result is bounded by the steepest slope however close the two ends are.
        """
        total = np.zeros(np.broadcast_shapes(np.shape(start), np.shape(end)))
        for slope, shift, out in zip(self.slope, self.shift, self.out, strict=True):  # a few units, large arrays
            first, last = slope * start + shift, slope * end + shift
            way = np.abs(first) + np.abs(last)
            on = np.maximum(first, 0.0) + np.maximum(last, 0.0)
            crossing = np.divide(on, way, out=np.full_like(total, 0.5), where=way > 0)
            total += out * slope * crossing
        return total
