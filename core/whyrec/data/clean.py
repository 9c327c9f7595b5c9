"""Cleaning events: rows that cannot be used are counted by reason, kept on request, and never guessed at."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from whyrec.data.columns import as_numbers, as_seconds
from whyrec.data.lookalike import lookalikes
from whyrec.data.table import Table, placed_ids, write_rejected
from whyrec.dataset import CleaningReport
from whyrec.errors import DataError, suggest

if TYPE_CHECKING:
    import polars as pl

DUPLICATE = "exact duplicate"
SUPERSEDED = "same user, item and time with another value (the last row is kept)"
# A count in these shows no fault of the file: they do not bring a run nearer to max_rejected.
HARMLESS = (DUPLICATE, SUPERSEDED)
# Clocks differ and time zones get lost: only what lies more than a day ahead is the future.
_SLACK_SECONDS = 86_400
# The year 5138 in seconds, March 1973 in milliseconds.
_MILLISECONDS_FROM = 100_000_000_000


@dataclass(frozen=True, eq=False)
class Cleaned:
    """Usable events, the distinct users of all readable rows (also of filtered ones), and the report.

    events : columns as in the given roles: ids and behavior text, weight Float64, timestamp Int64 unix
        seconds; rows in their order
    """

    events: pl.DataFrame
    users: pl.Series
    report: CleaningReport


def clean(
    table: Table,
    roles: Mapping[str, str],
    *,
    behaviors: Mapping[str, float] | None = None,
    where: Mapping[str, Sequence[str]] | None = None,
    min_weight: float | None = None,
    time_unit: str = "s",
    max_rejected: float = 0.05,
    rejected: Path | None = None,
    now: float | None = None,
) -> Cleaned:
    """The usable events of a table, and what became of the others.

    Parameters
    ----------
    roles : the table's column for ``user_id`` and ``item_id``, and if there are such for ``weight``,
        ``timestamp`` and ``behavior``
    behaviors : if given, only these behaviors are known
    where : column → allowed values; rows with others are *filtered* before anything in them is checked
    min_weight : rows with a smaller weight are *filtered* after all checks
    time_unit : ``s`` or ``ms``, for times that are numbers
    max_rejected : largest share of rows that may be rejected; duplicates do not count
    rejected : where to write the rejected rows, also if there are too many
    now : unix seconds, for "time in the future" (a day ahead is let pass); default the clock

    Raises
    ------
    DataError
        for a missing column, if more than ``max_rejected`` of the rows are rejected, and if none is left.

    Notes
    -----
    A row is rejected for the first of: too few or too many fields, empty user, empty item, weight that
    is no finite number, unknown behavior, time that is no number (nor ISO 8601 text), negative time,
    milliseconds mixed with seconds, time in the future. Of rows that agree in everything one is kept.
    Of rows that agree in user, item, time and behavior but not in weight the last one is kept.
    """
    table.require(*roles.values(), *(where or {}))
    if behaviors and "behavior" not in roles:
        raise DataError(
            f"behavior weights are given ({', '.join(behaviors)}) but no behavior column",
            where=table.at(),
            hint=f'name it: behavior = "…"; {suggest("behavior", table.frame.columns, what="columns")}',
            code="WR-D022",
        )
    if min_weight is not None and "weight" not in roles:
        raise DataError(
            f"a smallest value is given ({min_weight:g}) but no value column",
            where=table.at(),
            hint=f'name it: value = "…"; {suggest("value", table.frame.columns, what="columns")}',
            code="WR-D022",
        )
    read = len(table.frame) + len(table.ragged)
    table, filtered = _where(table, where or {})
    events = _parsed(table, roles, time_unit)
    reasons = events.select(_reason(events, behaviors, time.time() if now is None else now))["reason"]
    reasons = reasons.zip_with(reasons.is_not_null(), _repeats(events, reasons))
    counts = _counts(reasons, table)
    good = reasons.is_null()
    if rejected is not None:
        write_rejected(rejected, table, np.flatnonzero(~good.to_numpy()), reasons.drop_nulls().to_list())
    _limit(counts, table, reasons, max_rejected, rejected)
    events = events.filter(good)
    users = events["user_id"].unique()
    if min_weight is not None:
        enough = events["weight"] >= min_weight
        filtered[f"{roles['weight']} below {min_weight:g}"] = int((~enough).sum())
        events = events.filter(enough)
    if not len(events):
        raise DataError(
            f"none of {read} rows is left as an event", where=table.at(), hint=_left(counts, filtered), code="WR-D021"
        )
    warnings = [w for name in ("user_id", "item_id") for w in lookalikes(events[name])]
    report = CleaningReport(read=read, kept=len(events), rejected=counts, filtered=filtered, warnings=tuple(warnings))
    return Cleaned(events, users, report)


def _where(table: Table, where: Mapping[str, Sequence[str]]) -> tuple[Table, dict[str, int]]:
    filtered: dict[str, int] = {}
    for column, allowed in where.items():
        keep = placed_ids(table, table.frame[column]).is_in(list(allowed)).fill_null(False)
        if not keep.any():
            found = placed_ids(table, table.frame[column]).unique().drop_nulls().sort().to_list()
            raise DataError(
                f"no row has {column} = {' or '.join(map(repr, allowed))}",
                where=table.at(),
                hint=suggest(next(iter(allowed), ""), found, what=f"values of {column}"),
                code="WR-D021",
            )
        filtered[f"{column} is not {' or '.join(allowed)}"] = int((~keep).sum())
        table = table.filter(keep.to_numpy())
    return table, filtered


def _parsed(table: Table, roles: Mapping[str, str], time_unit: str) -> pl.DataFrame:
    import polars as pl

    def parsed(role: str, column: pl.Series) -> pl.Series:
        if role == "weight":
            return as_numbers(column)
        if role == "timestamp":
            return as_seconds(column, unit=time_unit)
        return placed_ids(table, column)

    return pl.DataFrame([parsed(role, table.frame[name]).alias(role) for role, name in roles.items()])


def _reason(events: pl.DataFrame, behaviors: Mapping[str, float] | None, now: float) -> pl.Expr:
    """The first reason why a row cannot be used, null if there is none."""
    import polars as pl

    def blank(name: str) -> pl.Expr:
        return pl.col(name).is_null() | (pl.col(name).str.strip_chars() == "")

    tests: list[tuple[str, pl.Expr]] = [("empty user", blank("user_id")), ("empty item", blank("item_id"))]
    if "weight" in events.columns:
        tests.append(("value is not a finite number", ~pl.col("weight").is_finite().fill_null(False)))
    if "behavior" in events.columns:
        unknown = ~pl.col("behavior").is_in(list(behaviors)) if behaviors else blank("behavior")
        tests.append(("unknown behavior", unknown.fill_null(True)))
    if "timestamp" in events.columns:
        moment = pl.col("timestamp")
        tests += [
            ("time is not a number", moment.is_null()),
            ("negative time", moment < 0),
            ("milliseconds among seconds", moment >= _MILLISECONDS_FROM),
            ("time in the future", moment > now + _SLACK_SECONDS),
        ]
    return pl.coalesce(*(pl.when(test).then(pl.lit(reason)) for reason, test in tests)).alias("reason")


def _repeats(events: pl.DataFrame, reasons: pl.Series) -> pl.Series:
    """For usable rows, whether a later one says the same or overrules it."""
    import polars as pl

    key = [name for name in events.columns if name != "weight"]
    found = pl.repeat(None, len(events), dtype=pl.String, eager=True)
    usable = events.with_row_index("row").filter(reasons.is_null())
    # Hashes are cheap to compare; only where two are equal is it worth comparing the rows themselves.
    if usable.select(key).hash_rows().n_unique() == len(usable):
        return found
    later = usable.select(
        "row",
        reason=pl.when(~pl.struct(*key, *(["weight"] if "weight" in events.columns else [])).is_last_distinct())
        .then(pl.lit(DUPLICATE))
        .when(~pl.struct(*key).is_last_distinct())
        .then(pl.lit(SUPERSEDED)),
    ).drop_nulls()
    return found.scatter(later["row"], later["reason"]) if len(later) else found


def _counts(reasons: pl.Series, table: Table) -> dict[str, int]:
    import polars as pl

    every = pl.concat([pl.Series([r.reason for r in table.ragged], dtype=pl.String), reasons.drop_nulls()])
    counted = every.alias("reason").value_counts().sort(["count", "reason"], descending=[True, False])
    return dict(counted.iter_rows())


def _limit(
    counts: Mapping[str, int], table: Table, reasons: pl.Series, max_rejected: float, rejected: Path | None
) -> None:
    """Raise DataError if too many rows are rejected."""
    total = len(table.frame) + len(table.ragged)
    faults = {reason: n for reason, n in counts.items() if reason not in HARMLESS}
    n = sum(faults.values())
    if n <= max_rejected * total:
        return
    first = np.flatnonzero((reasons.is_not_null() & ~reasons.is_in(list(HARMLESS))).fill_null(False).to_numpy())[:1]
    line = min([int(table.lines[row]) for row in first] + [r.line for r in table.ragged[:1]])
    hint = f"they are in {rejected}" if rejected is not None else 'rejected = "rejected.csv" keeps them for a look'
    if faults.get("milliseconds among seconds", 0) > 0.5 * total:
        hint = 'the times look like milliseconds: time_unit = "ms"'
    share = ", ".join(f"{reason}: {count}" for reason, count in faults.items())
    raise DataError(
        f"{n} of {total} rows rejected ({n / total:.1%}), more than max_rejected = {max_rejected:g}: {share}",
        where=table.at(line, 1 if table.file else None),
        hint=f"this is the first one; {hint}",
        code="WR-D020",
    )


def _left(counts: Mapping[str, int], filtered: Mapping[str, int]) -> str:
    every = {**counts, **filtered}
    return "; ".join(f"{reason}: {n}" for reason, n in every.items() if n) or "the table has no rows"
