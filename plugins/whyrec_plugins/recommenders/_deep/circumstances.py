"""What is known of the events behind an interest besides the item: the behaviors, and how long ago."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array

from whyrec import CSR, Histories

AGES = (1.0, 7.0, 30.0, 90.0, 365.0)
"""Days at which a new age begins; the last age has no end."""
DAY = 86_400.0


def circumstances(histories: Histories, *, behaviors: bool, now: int | None) -> CSR:
    """(nnz, columns): of each entry of ``histories.interest`` the share of its events' weight by behavior and by age.

    Columns: the behaviors, if asked for, then six ages by the days from an event to ``now`` (unix seconds; None: no
    ages). A row sums to 1 for each of the two. It depends on no other entry: hiding an item moves nobody else's.
    """
    entry, nnz = histories.entry_of_event, histories.interest.nnz
    weights = np.abs(histories.weights)
    mass = np.bincount(entry, weights, minlength=nnz)[entry]
    count = np.bincount(entry, minlength=nnz)[entry]
    share = np.where(mass > 0, weights / np.where(mass > 0, mass, 1.0), 1.0 / count)
    columns, width = [], 0
    if behaviors:
        if histories.behaviors is not None:
            columns.append(histories.behaviors)
        width += len(histories.behavior_names)
    if now is not None:
        if histories.times is not None:
            ages = np.maximum(0.0, (now - histories.times) / DAY)
            columns.append(width + np.searchsorted(np.array(AGES), ages, side="right"))
        width += len(AGES) + 1
    each = (
        np.tile(share, len(columns)),
        (np.tile(entry, len(columns)), np.concatenate([[], *columns]).astype(np.int64)),
    )
    return csr_array(each, shape=(nnz, width))
