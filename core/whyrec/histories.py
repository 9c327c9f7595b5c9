"""Histories: what is known of each user, as events. A user is a history; models never see a user id."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal, Self

import numpy as np
from scipy.sparse import csr_array

from whyrec.errors import DataError
from whyrec.types import CSR, BoolArray, FloatArray, IntArray

Scale = Literal["none", "binary", "log", "saturate"]


def scaled(totals: FloatArray, scale: Scale) -> FloatArray:
    """Normalise summed event weights into degrees of interest, entry by entry.

    ``none`` keeps the sum, ``binary`` gives 1 wherever anything happened, ``log`` is log(1 + x) and
    ``saturate`` 1 − exp(−x), both odd in x so that a dislike stays negative. All four act on one entry alone,
    so hiding one item of a history never moves the interest in another, and all map 0 to 0.
    """
    if scale == "none":
        return totals
    if scale == "binary":
        return np.sign(totals)
    if scale == "log":
        return np.sign(totals) * np.log1p(np.abs(totals))
    if scale == "saturate":
        return -np.sign(totals) * np.expm1(-np.abs(totals))
    raise DataError(f"unknown interest scale {scale!r}", hint="known scales: none, binary, log, saturate")


@dataclass(frozen=True, eq=False)
class Histories:
    """Rows of events, in row order: row r owns events ``indptr[r]:indptr[r + 1]``.

    Parameters
    ----------
    indptr : (rows + 1,) int64
    items : (n_events,) int64, item index of each event
    weights : (n_events,) float64, behaviour weight × time decay
    n_items : size of the catalog
    behaviors : (n_events,) int64 codes into ``behavior_names``, or None
    times : (n_events,) int64 unix seconds, or None
    scale : how summed weights become a degree of interest, see :func:`scaled`
    """

    indptr: IntArray
    items: IntArray
    weights: FloatArray
    n_items: int
    behaviors: IntArray | None = None
    times: IntArray | None = None
    behavior_names: tuple[str, ...] = ()
    scale: Scale = "none"

    def __post_init__(self) -> None:
        n = len(self.items)
        aligned = [self.weights, *(a for a in (self.behaviors, self.times) if a is not None)]
        if any(len(a) != n for a in aligned) or self.indptr[0] != 0 or self.indptr[-1] != n:
            raise DataError("histories: indptr, items, weights, behaviors and times do not fit together")
        if n and (self.items.min() < 0 or self.items.max() >= self.n_items):
            raise DataError(f"histories: an item index lies outside 0…{self.n_items - 1}")

    # -- making ---------------------------------------------------------------------------------

    @classmethod
    def from_interest(cls, interest: CSR) -> Self:
        """One event per non-zero entry of a (rows, n_items) matrix, weight = the entry."""
        matrix = csr_array(interest, dtype=np.float64, copy=True)
        matrix.sum_duplicates()
        matrix.eliminate_zeros()
        return cls(
            indptr=matrix.indptr.astype(np.int64),
            items=matrix.indices.astype(np.int64),
            weights=matrix.data,
            n_items=int(matrix.shape[1]),
        )

    @classmethod
    def from_events(
        cls,
        rows: IntArray,
        items: IntArray,
        weights: FloatArray,
        *,
        n_rows: int,
        n_items: int,
        behaviors: IntArray | None = None,
        times: IntArray | None = None,
        behavior_names: tuple[str, ...] = (),
        scale: Scale = "none",
    ) -> Self:
        """Events in any order; within a row they are kept by time, then by item."""
        keys = (items, rows) if times is None else (items, times, rows)
        order = np.lexsort(keys)
        indptr = np.zeros(n_rows + 1, np.int64)
        np.cumsum(np.bincount(rows, minlength=n_rows), out=indptr[1:])
        return cls(
            indptr=indptr,
            items=np.asarray(items, np.int64)[order],
            weights=np.asarray(weights, np.float64)[order],
            n_items=n_items,
            behaviors=None if behaviors is None else np.asarray(behaviors, np.int64)[order],
            times=None if times is None else np.asarray(times, np.int64)[order],
            behavior_names=behavior_names,
            scale=scale,
        )

    # -- reading --------------------------------------------------------------------------------

    def __len__(self) -> int:
        return len(self.indptr) - 1

    @property
    def n_events(self) -> int:
        return len(self.items)

    @cached_property
    def rows(self) -> IntArray:
        """(n_events,) the row of each event."""
        return np.repeat(np.arange(len(self), dtype=np.int64), np.diff(self.indptr))

    @cached_property
    def _entries(self) -> tuple[IntArray, IntArray]:
        """The distinct (row, item) pairs, as sorted keys, and each event's position among them."""
        keys, entry = np.unique(self.rows * self.n_items + self.items, return_inverse=True)
        return keys, entry.astype(np.int64)

    @property
    def entry_of_event(self) -> IntArray:
        """(n_events,) for each event, its position in ``interest.data``."""
        return self._entries[1]

    @cached_property
    def interest(self) -> CSR:
        """(rows, n_items) CSR of degrees of interest: event weights summed per item, then scaled.

        Indices are sorted within a row; an entry stays even if its weights cancel to zero.
        """
        keys, entry = self._entries
        totals: FloatArray = np.bincount(entry, self.weights, minlength=len(keys)).astype(np.float64)
        data = scaled(totals, self.scale)
        indptr = np.searchsorted(keys, np.arange(len(self) + 1) * self.n_items)
        return csr_array((data, keys % self.n_items, indptr), shape=(len(self), self.n_items))

    # -- changing (always a new object) -----------------------------------------------------------

    def take(self, rows: IntArray) -> Self:
        """The given rows, in the given order, repeats allowed."""
        rows = np.asarray(rows, np.int64)
        lengths = np.diff(self.indptr)[rows]
        indptr = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        events = np.arange(indptr[-1]) - np.repeat(indptr[:-1] - self.indptr[rows], lengths)
        return self._select(events, indptr)

    def keep(self, mask: BoolArray) -> Self:
        """Only the events where ``mask`` (n_events,) is true; no row disappears."""
        counts = np.bincount(self.rows[mask], minlength=len(self))
        return self._select(np.flatnonzero(mask), np.concatenate([[0], np.cumsum(counts)]).astype(np.int64))

    def reweighted(self, weights: FloatArray) -> Self:
        """The same events with other weights (n_events,)."""
        return replace(self, weights=weights)

    def masked(self, keep: BoolArray) -> Self:
        """One row for each row of ``keep`` (m, n_events); only for a single history.

        This is the removal rule *drop*: an absent event is as if it had never been there.
        """
        if len(self) != 1:
            raise DataError(f"masked() hides parts of one history; this object holds {len(self)}")
        rows, events = np.nonzero(keep)
        indptr = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=len(keep)))]).astype(np.int64)
        return self._select(events, indptr)

    def masked_interest(self, keep: BoolArray) -> FloatArray:
        """(m, n_entries) the interest under each mask, dense over the single history's own entries.

        Columns follow ``interest.indices``. The same numbers as ``masked(keep).interest``.
        """
        if len(self) != 1:
            raise DataError(f"masked_interest() hides parts of one history; this object holds {len(self)}")
        keys, entry = self._entries
        order = np.argsort(entry, kind="stable")
        weighed = keep[:, order] * self.weights[order]
        if len(keys) < self.n_events:
            weighed = np.add.reduceat(weighed, np.searchsorted(entry[order], np.arange(len(keys))), axis=1)
        return scaled(weighed, self.scale)

    @classmethod
    def concat(cls, parts: list[Self]) -> Self:
        """All rows of all parts, one after the other; the parts share one catalog."""
        first = parts[0]
        offsets = np.cumsum([0] + [p.n_events for p in parts])
        indptr = np.concatenate([[0], *(p.indptr[1:] + o for p, o in zip(parts, offsets, strict=False))])
        return replace(
            first,
            indptr=indptr.astype(np.int64),
            items=np.concatenate([p.items for p in parts]),
            weights=np.concatenate([p.weights for p in parts]),
            behaviors=None
            if first.behaviors is None
            else np.concatenate([p.behaviors for p in parts if p.behaviors is not None]),
            times=None if first.times is None else np.concatenate([p.times for p in parts if p.times is not None]),
        )

    def _select(self, events: IntArray, indptr: IntArray) -> Self:
        return replace(
            self,
            indptr=indptr,
            items=self.items[events],
            weights=self.weights[events],
            behaviors=None if self.behaviors is None else self.behaviors[events],
            times=None if self.times is None else self.times[events],
        )
