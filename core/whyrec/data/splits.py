"""Splits: which (user, item) pairs are held out for testing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

import numpy as np
from pydantic import Field
from scipy.sparse import csr_array

from whyrec.data.columns import as_ids
from whyrec.data.order import codes_of
from whyrec.data.table import Table
from whyrec.dataset import Dataset, Split
from whyrec.errors import DataError, suggest
from whyrec.types import BoolArray, FloatArray, IntArray

SplitBy = Literal["random", "last", "time", "file", "none"]


def split(
    data: Dataset,
    *,
    by: SplitBy = "random",
    share: Annotated[float, Field(gt=0, lt=1)] = 0.2,
    n: Annotated[int, Field(ge=1)] = 1,
    at: float | datetime | date | None = None,
    quantile: Annotated[float, Field(gt=0, lt=1)] = 0.8,
    test: Any = None,
    user: str | None = None,
    item: str | None = None,
    where: Mapping[str, Sequence[str]] | None = None,
    min_events: Annotated[int, Field(ge=1)] | None = None,
    seed: Annotated[int, Field(ge=0)] = 0,
) -> Split:
    """Hold out (user, item) pairs: all events of a held-out pair leave training, and no user row disappears.

    Parameters
    ----------
    by : ``random``: of each user with at least ``min_events`` pairs (default 5) a random ``share``, rounded
        down but at least one pair. ``last``: of each user with at least ``min_events`` pairs (default
        n + 1) the ``n`` pairs whose latest event is latest (ties: the higher item index). ``time``:
        training ends at the moment ``at`` (unix seconds, or a date or datetime, UTC if it names no zone;
        default the ``quantile`` of all event times);
        pairs that began at or after it are the test, later events of older pairs are in neither.
        ``file``: the pairs in the table ``test``. ``none``: nothing.
    test : a path or frame with one pair a row
    user, item : its columns; default the first and the second
    where : column → allowed values, to use some of its rows
    seed : for ``random``

    Raises
    ------
    DataError
        for an unknown way to split, times that are needed but missing, a share or quantile outside 0…1, a
        test table of which more than half of the pairs name a user or item that the data do not hold.
    """
    if by == "random":
        held = _random(data, share, 5 if min_events is None else min_events, seed)
        how = f"random: {share:g} of each user's items, seed {seed}"
    elif by == "last":
        held = _last(data, n, n + 1 if min_events is None else min_events)
        how = f"last: {n} of each user's items"
    elif by == "time":
        return _time(data, at, quantile)
    elif by == "file":
        return _file(data, test, user, item, where or {})
    elif by == "none":
        held, how = np.zeros(data.histories.interest.nnz, np.bool_), "none"
    else:
        raise DataError(
            f"unknown split {by!r}", hint=suggest(str(by), get_args(SplitBy), what="splits"), code="WR-D026"
        )
    pairs = data.histories.interest
    rows = np.repeat(np.arange(data.n_users), np.diff(pairs.indptr))
    return _made(data, ~held[data.histories.entry_of_event], rows[held], pairs.indices[held], how)


def _made(data: Dataset, keep: BoolArray, rows: IntArray, items: IntArray, how: str) -> Split:
    """A Split from the events that stay and the pairs that are tested."""
    test = csr_array((np.ones(len(rows)), (rows, items)), shape=(data.n_users, data.n_items))
    test.sum_duplicates()
    test.data[:] = 1.0
    return Split(train=data.with_histories(data.histories.keep(keep)), test=test, how=how)


def _random(data: Dataset, share: float, min_events: int, seed: int) -> BoolArray:
    if not 0 < share < 1:
        raise DataError(f"share = {share}: the share held out lies between 0 and 1", code="WR-D026")
    pairs = data.histories.interest
    draws = np.random.default_rng(seed).random(pairs.nnz)
    sizes = np.diff(pairs.indptr)
    # The small addend keeps 0.2 × 15 from being rounded down to 2.
    wanted = np.maximum(1, np.floor(share * sizes + 1e-9)).astype(np.int64)
    return _first(pairs.indptr, draws, np.where(sizes >= min_events, np.minimum(wanted, sizes - 1), 0))


def _last(data: Dataset, n: int, min_events: int) -> BoolArray:
    if n < 1:
        raise DataError(f"n = {n}: at least one item is held out", code="WR-D026")
    pairs = data.histories.interest
    latest = np.full(pairs.nnz, np.iinfo(np.int64).min)
    np.maximum.at(latest, data.histories.entry_of_event, _times(data, "last"))
    sizes = np.diff(pairs.indptr)
    position = np.empty(pairs.nnz)
    position[np.lexsort((-np.arange(pairs.nnz), -latest))] = np.arange(pairs.nnz)
    return _first(pairs.indptr, position, np.where(sizes >= min_events, np.minimum(n, sizes), 0))


def _first(indptr: IntArray, keys: FloatArray, counts: IntArray) -> BoolArray:
    """Of each row's entries, mark the ``counts[row]`` with the smallest keys."""
    rows = np.repeat(np.arange(len(counts)), np.diff(indptr))
    order = np.lexsort((keys, rows))
    place = np.empty(len(keys), np.int64)
    place[order] = np.arange(len(keys))
    chosen: BoolArray = place - np.asarray(indptr)[:-1][rows] < counts[rows]
    return chosen


def _times(data: Dataset, by: str) -> IntArray:
    if data.histories.times is None:
        raise DataError(
            f"a split by {by!r} needs the time of each event, and {data.name!r} has none",
            hint='name the time column, or split by "random"',
            code="WR-D026",
        )
    return data.histories.times


def _moment(at: float | date) -> float:
    """Unix seconds of a number, date or datetime."""
    if not isinstance(at, date):
        return float(at)
    moment = at if isinstance(at, datetime) else datetime(at.year, at.month, at.day)
    return (moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)).timestamp()


def _time(data: Dataset, at: float | date | None, quantile: float) -> Split:
    times = _times(data, "time")
    if at is not None:
        at = _moment(at)
    else:
        if not 0 < quantile < 1:
            raise DataError(
                f"quantile = {quantile}: the share of events to train on lies between 0 and 1", code="WR-D026"
            )
        at = float(np.quantile(times, quantile)) if len(times) else 0.0
    pairs = data.histories.interest
    began = np.full(pairs.nnz, np.iinfo(np.int64).max)
    np.minimum.at(began, data.histories.entry_of_event, times)
    new = began >= at
    rows = np.repeat(np.arange(data.n_users), np.diff(pairs.indptr))
    return _made(data, times < at, rows[new], pairs.indices[new], f"time: before {at:.0f}")


def _file(data: Dataset, test: Any, user: str | None, item: str | None, where: Mapping[str, Sequence[str]]) -> Split:
    if test is None:
        raise DataError("a split by 'file' needs a table of test pairs", hint='path = "test.csv"', code="WR-D026")
    if isinstance(test, str | Path):
        from whyrec.data.read import read_table

        table = read_table(Path(test))
    else:
        table = Table.of(test, what="test pairs")
    if len(table.frame.columns) < 2:
        raise DataError("a table of test pairs has two columns, user and item", where=table.at(1), code="WR-D026")
    user, item = user or table.frame.columns[0], item or table.frame.columns[1]
    table.require(user, item, *where)
    if table.ragged:
        first = table.ragged[0]
        raise DataError(
            f"test pairs: {first.reason}", where=table.at(first.line, 1), hint="every row is one pair", code="WR-D026"
        )
    frame = table.frame
    for column, allowed in where.items():
        frame = frame.filter(as_ids(frame[column]).is_in(list(allowed)))
    if not len(frame):
        wanted = "; ".join(f"{column} is {' or '.join(allowed)}" for column, allowed in where.items())
        raise DataError(
            f"test pairs: there are no rows{' where ' if wanted else ''}{wanted}", where=table.at(), code="WR-D026"
        )
    rows, columns = codes_of(as_ids(frame[user]), data.users), codes_of(as_ids(frame[item]), data.catalog.items)
    known = (rows >= 0) & (columns >= 0)
    if (~known).sum() * 2 > len(known):
        bad = int(np.argmin(known))
        raise DataError(
            f"test pairs: {int((~known).sum())} of {len(known)} name a user or item that {data.name!r} does not "
            f"hold, such as user {frame[user][bad]!r}, item {frame[item][bad]!r}",
            where=table.at(),
            hint=f"are {user!r} and {item!r} the right columns?",
            code="WR-D026",
        )
    rows, columns = rows[known], columns[known]
    held = np.unique(rows * data.n_items + columns)
    events = data.histories.rows * data.n_items + data.histories.items
    left_out = f", {int((~known).sum())} more name an unknown user or item" if not known.all() else ""
    how = f"file: {len(held)} pairs{left_out}"
    return _made(data, ~np.isin(events, held), held // data.n_items, held % data.n_items, how)
