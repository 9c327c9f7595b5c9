"""What an encoder reads: slots that each hold an item behind a gate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from whyrec import IntArray


@dataclass(frozen=True, eq=False)
class Inputs:
    """The inputs of a batch of histories, in a shape that does not depend on the histories.

    Parameters
    ----------
    gates : (rows, slots) float32, how much of the slot's item there is: 0 acts as if the slot were empty, and the
        encoder is differentiable by it
    items : (rows, slots) int64, the item of each slot, −1 where it is empty (its gate is 0)
    context : further arrays with the same rows
    """

    gates: NDArray[np.float32]
    items: IntArray
    context: tuple[Any, ...] = ()

    def arrays(self) -> tuple[Any, ...]:
        """The arguments of ``encode``."""
        return (np.asarray(self.gates, np.float32), np.asarray(self.items, np.int64), *self.context)


def padded(array: Any, rows: int) -> Any:
    """The array with zeros behind, up to the given number of rows."""
    if len(array) == rows:
        return array
    out = np.zeros((rows, *array.shape[1:]), array.dtype)
    out[: len(array)] = array
    return out
