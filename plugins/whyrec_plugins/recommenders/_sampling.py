"""Training pairs: the positives of the histories, and negatives drawn for each of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from whyrec import CSR, FloatArray, IntArray


@dataclass(frozen=True, eq=False)
class Positives:
    """Pairs of a row and an item with interest above 0, rows ascending, items ascending within a row.

    Parameters
    ----------
    rows, items, interest : (n,) row, item and degree of interest of each pair
    entries : (n,) where it stands in the matrix's ``data``
    pool : (n_pool,) ascending, the items that negatives are drawn from; it holds all of ``items``
    """

    rows: IntArray
    items: IntArray
    interest: FloatArray
    entries: IntArray
    pool: IntArray

    @classmethod
    def of(cls, interest: CSR, *, met_only: bool = False) -> Positives:
        """From a (rows, n_items) matrix. Rows that like the whole pool teach nothing and are left out.

        ``met_only`` restricts the pool to items that some row has a positive interest in.
        """
        entries = np.flatnonzero(interest.data > 0)
        rows = np.repeat(np.arange(interest.shape[0]), np.diff(interest.indptr))[entries].astype(np.int64)
        items = interest.indices[entries].astype(np.int64)
        pool = np.unique(items) if met_only else np.arange(interest.shape[1], dtype=np.int64)
        teaches = np.bincount(rows, minlength=interest.shape[0])[rows] < len(pool)
        entries = entries[teaches]
        return cls(rows[teaches], items[teaches], interest.data[entries], entries, pool)

    def in_runs(self, length: int, rng: np.random.Generator) -> IntArray:
        """All pairs in random order, but in runs of up to ``length`` of one row: a batch then reads few rows."""
        order = rng.permutation(len(self))
        order = order[np.argsort(self.rows[order], kind="stable")]
        parts = np.array_split(order, range(length, len(order), length))
        return np.concatenate([parts[part] for part in rng.permutation(len(parts))])

    def __len__(self) -> int:
        return len(self.rows)

    @cached_property
    def _gaps(self) -> tuple[IntArray, IntArray]:
        """Each pair's row start, and a sorted key: its row, and how many not liked items of it stand before."""
        starts = np.searchsorted(self.rows, self.rows)
        gaps = np.searchsorted(self.pool, self.items) - (np.arange(len(self)) - starts)
        return starts, self.rows * (len(self.pool) + 1) + gaps

    def negatives(self, chosen: IntArray, n: int, rng: np.random.Generator) -> IntArray:
        """(len(chosen), n) items of the pool that the pairs' rows do not like: uniform, with repeats, never a miss.

        The r-th item that a row does not like is r plus the number of liked ones up to it, and that number is
        found by bisection: no draw is ever thrown away.
        """
        n_pool, (starts, keys) = len(self.pool), self._gaps
        rows, first = self.rows[chosen], starts[chosen]
        free = n_pool - (np.searchsorted(self.rows, rows, side="right") - first)
        drawn = rng.integers(0, free[:, None], size=(len(chosen), n))
        passed = np.searchsorted(keys, rows[:, None] * (n_pool + 1) + drawn, side="right") - first[:, None]
        return self.pool[drawn + passed]
