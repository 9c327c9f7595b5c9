"""Completed: values of a path integral, held against what the score really moved by."""

from __future__ import annotations

import numpy as np

from whyrec import CompletenessError, FloatArray, Game


def completed(name: str, game: Game, values: FloatArray, base: FloatArray, missed: FloatArray, tolerance: float,
              steps: int) -> tuple[FloatArray, FloatArray]:  # fmt: skip
    """Values (K, n) that sum to full − base, and what was missing before (K,), relative to |base| + |full| + Σ|values|.

    ``missed`` (K,) is what the integral found missing on its own path, equally relative. What is missing, no more
    than ``tolerance``, is spread over the values in proportion to their size.
    Raises CompletenessError above that, with what was reached.
    """
    full, size = game.full_value, np.abs(values).sum(axis=1)
    rest = full - base - values.sum(axis=1)
    mass = np.abs(base) + np.abs(full) + size
    gap = np.divide(np.abs(rest), mass, out=np.zeros_like(mass), where=mass > 0)
    worst = int(np.argmax(np.maximum(gap, missed)))
    who = f"user {game.user_id!r}, item {game.model.data.catalog.items[int(game.items[worst])]!r}"
    if missed[worst] > tolerance:
        raise CompletenessError(
            f"{name} on {game.model.name}: after {steps} steps the path for {who} still misses "
            f"{missed[worst]:.2g} of what moved; tolerance is {tolerance:g}",
            hint="raise most, or the tolerance",
        )
    if gap[worst] > tolerance:
        moved, found = full[worst] - base[worst], values[worst].sum()
        raise CompletenessError(
            f"{name} on {game.model.name}: the path for {who} moves the score by {found:.9g}, but it moved by "
            f"{moved:.9g}: {gap[worst]:.2g} of what moved is missing; tolerance is {tolerance:g}",
            hint="the model's gradients and its scores do not agree",
        )
    share = np.divide(np.abs(values), size[:, None], out=np.full_like(values, 1.0 / game.n_players),
                      where=size[:, None] > 0)  # fmt: skip
    return values + rest[:, None] * share, gap
