"""Reading histories inside the graph: a training row then is a number, however long the history behind it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from whyrec import CSR
from whyrec_plugins.recommenders._keras import tensorflow


def dense_rows(interest: CSR) -> Callable[[Any], Any]:
    """From rows (b,) to their interests (b, n_items)."""
    tf, read, (_, items, degrees), n_items = tensorflow(), _entries_of(interest), _held(interest), interest.shape[1]

    def dense(rows: Any) -> Any:
        place, entry = read(rows)
        where = tf.stack([place, tf.gather(items, entry)], axis=1)
        return tf.scatter_nd(where, tf.gather(degrees, entry), tf.stack([tf.size(rows, tf.int64), n_items]))

    return dense


def mean_without(interest: CSR, vectors: Callable[[Any, Any], Any]) -> Callable[[Any], Any]:
    """From entries (b,) to the interest-weighted mean of their rows' vectors (b, size), each without itself.

    vectors : from entries (e,) of ``interest.data`` and their items (e,) to what is averaged (e, size)
    """
    tf, read, (rows, items, degrees) = tensorflow(), _entries_of(interest), _held(interest)

    def weighted(entry: Any) -> tuple[Any, Any]:
        weights = tf.gather(degrees, entry)
        return weights[:, None] * vectors(entry, tf.gather(items, entry)), tf.abs(weights)

    def mean(left_out: Any) -> Any:
        row, place = tf.unique(tf.gather(rows, left_out), out_idx=tf.int64)  # a history is read once a batch
        owner, entry = read(row)
        (every, sizes), (own, size) = weighted(entry), weighted(left_out)
        rest = tf.gather(tf.math.segment_sum(every, owner), place) - own
        return tf.math.divide_no_nan(rest, (tf.gather(tf.math.segment_sum(sizes, owner), place) - size)[:, None])

    return mean


def _held(interest: CSR) -> tuple[Any, Any, Any]:
    """Row, item and interest of each entry."""
    tf = tensorflow()
    rows = np.repeat(np.arange(interest.shape[0]), np.diff(interest.indptr))
    return (
        tf.constant(rows, tf.int64),
        tf.constant(interest.indices.astype(np.int64)),
        tf.constant(interest.data.astype(np.float32)),
    )


def _entries_of(interest: CSR) -> Callable[[Any], tuple[Any, Any]]:
    """From rows (b,) to their entries, one row after another: place in the batch (e,), entry (e,)."""
    tf = tensorflow()
    indptr = tf.constant(interest.indptr.astype(np.int64))

    def read(rows: Any) -> tuple[Any, Any]:
        entries = tf.ragged.range(tf.gather(indptr, rows), tf.gather(indptr, rows + 1))
        return entries.value_rowids(), entries.values

    return read
