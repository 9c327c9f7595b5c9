"""The best order of a few players, by dynamic programming over all coalitions."""

from __future__ import annotations

import numpy as np

from whyrec import FloatArray, IntArray


def best_path(loss: FloatArray, points: FloatArray, *, adding: bool) -> tuple[IntArray, float]:
    """The order in which to remove (or add) n players that makes Σ_t points[t]·loss(after t moves) least.

    loss : (2ⁿ,) of every coalition, as ``every_coalition`` lists them; points : (n + 1,)
    Returns the order (n,) and the sum. A path of coalitions visits one of each size, so that the best path on from a
    coalition does not depend on how it was reached (Bellman 1957). Ties by position.
    """
    n = len(points) - 1
    if adding:  # adding players to S is removing them from its complement
        loss = loss[::-1]
    masks = np.arange(1 << n)
    sizes = np.zeros(1 << n, np.int64)
    for player in range(n):
        sizes += (masks >> player) & 1
    cost = loss * points[n - sizes]
    onward = np.zeros(1 << n)
    step = np.zeros(1 << n, np.int64)
    bits = 1 << np.arange(n)
    for size in range(1, n + 1):
        layer = masks[sizes == size]
        left = layer[:, None] & ~bits
        value = np.where(layer[:, None] & bits, onward[left] + cost[left], np.inf)
        step[layer] = value.argmin(axis=1)
        onward[layer] = value.min(axis=1)
    order, at = [], (1 << n) - 1
    while at:
        order.append(int(step[at]))
        at &= ~(1 << order[-1])
    return np.array(order, np.int64), float(onward[-1] + cost[-1])
