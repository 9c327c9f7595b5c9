"""Clean events and an items table become a Dataset: the one place where that happens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from whyrec.catalog import Catalog, Index
from whyrec.data.clean import clean
from whyrec.data.features import PLACEHOLDERS, FeatureColumns, build_features
from whyrec.data.interest import event_weights
from whyrec.data.items import aligned, clean_items, not_numbers, titles_of
from whyrec.data.order import codes_of, index_of
from whyrec.data.table import Table
from whyrec.data.vectors import Vectors
from whyrec.dataset import Dataset, Decay
from whyrec.embedding import EmbedSettings, TextEmbedding
from whyrec.errors import DataError, suggest
from whyrec.histories import Histories, Scale
from whyrec.types import FloatArray, IntArray

if TYPE_CHECKING:
    import polars as pl

_ROLES = ("user_id", "item_id", "weight", "timestamp", "behavior")


def from_frame(
    events: Any,
    items: Any = None,
    *,
    name: str = "frame",
    rename: Mapping[str, str] | None = None,
    columns: Mapping[str, str | None] | None = None,
    behaviors: Mapping[str, float] | None = None,
    half_life_days: float | None = None,
    at: float | None = None,
    scale: Scale = "none",
    min_weight: float | None = None,
    binary: bool = False,
    where: Mapping[str, Sequence[str]] | None = None,
    time_unit: Literal["s", "ms"] = "s",
    max_rejected: float = 0.05,
    rejected: Path | None = None,
    now: float | None = None,
    users: Sequence[str] = (),
    catalog: Literal["seen", "all"] = "seen",
    item_id: str = "item_id",
    title: str = "title",
    multi: Sequence[str] = (),
    category: Sequence[str] = (),
    number: Sequence[str] = (),
    bins: Mapping[str, int] | None = None,
    text: Sequence[str] = (),
    dense: Mapping[str, Vectors | Path | str] | None = None,
    embed: EmbedSettings | Mapping[str, TextEmbedding] | None = None,
    separator: str = "|",
    min_df: int = 1,
    max_df: float = 1.0,
    max_features: int | None = None,
    feature_weights: Mapping[str, float] | None = None,
    placeholders: Sequence[str] = PLACEHOLDERS,
    interest_by: str | None = None,
    seed: int = 0,
) -> Dataset:
    """A Dataset from a table of events and, if there is one, a table of items.

    Parameters
    ----------
    events : any frame (see ``whyrec.data.frames.to_frame``) or a ``Table`` that was read from a file, with
        columns ``user_id``, ``item_id`` and optionally ``weight`` (a value such as a rating),
        ``timestamp`` (unix seconds, datetimes or ISO 8601 text) and ``behavior``; others are ignored
    items : any frame with ``item_id``, and optionally ``title``, ``title_<language>`` and feature columns
    rename : events column → one of the names above, such as ``{"userId": "user_id"}``
    columns : the same the other way round; None for a name whose column is not to be read although it is
        there, such as ``{"weight": None}``
    behaviors : weight by behavior; rows with others are rejected. None: all behaviors weigh 1
    half_life_days, at : decay of event weights, see ``whyrec.data.interest.event_weights``
    scale : how an item's summed weights become the degree of interest, see ``whyrec.histories.scaled``
    min_weight : rows below are left aside on purpose (a threshold for positive ratings)
    binary : the value of every row that is left is 1
    where, time_unit, max_rejected, rejected, now : see ``whyrec.data.clean.clean``
    users : ids of users beyond those with events
    catalog : ``seen`` holds the items with an event, ``all`` also those only in the items table
    multi, category, number, bins, text, dense, embed, separator, min_df, max_df, max_features, placeholders :
        what becomes a feature of the items, see ``whyrec.data.features.FeatureColumns``; ``feature_weights`` are
        the factors by column
    interest_by : default grouping of interests; None takes the first multi or category column, else
        ``"behavior"`` if there is more than one behavior
    seed : of embeddings that draw random numbers

    Returns
    -------
    Dataset
        Users are those with a readable row, also if none of their rows passes ``min_weight``: their
        history is empty. Users and items are in numeric order if their ids are whole numbers, else in
        order of the text.

    Raises
    ------
    DataError
        for missing columns, too many rejected rows, no event left, feature columns that do not exist.
    """
    import polars as pl

    wanted = FeatureColumns(
        multi=multi,
        category=category,
        number=number,
        bins=bins or {},
        text=text,
        dense=dense or {},
        embed=embed or {},
        separator=separator,
        min_df=min_df,
        max_df=max_df,
        max_features=max_features,
        weights=feature_weights or {},
        placeholders=placeholders,
    )
    table = Table.of(events, what="events")
    cleaned = clean(
        table,
        _roles(table, rename or {}, columns or {}),
        behaviors=behaviors,
        where=where,
        time_unit=time_unit,
        max_rejected=max_rejected,
        rejected=rejected,
        now=now,
        min_weight=min_weight,
    )
    things, warnings = _catalog(
        cleaned.events["item_id"], items, wanted, item_id, title, every=catalog == "all", seed=seed
    )
    people = index_of(pl.concat([cleaned.users, pl.Series(users, dtype=pl.String)]), "user")
    histories, weights_by_name = _histories(
        cleaned.events, people, things, behaviors, half_life_days=half_life_days, at=at, scale=scale, binary=binary
    )
    return Dataset(
        name=name,
        users=people,
        catalog=things,
        histories=histories,
        report=replace(cleaned.report, warnings=(*cleaned.report.warnings, *warnings)),
        behaviors=weights_by_name,
        interest_by=_grouping(interest_by, things, histories),
        decay=_decay(histories, half_life_days, at),
    )


def _roles(table: Table, rename: Mapping[str, str], columns: Mapping[str, str | None]) -> dict[str, str]:
    """Our name → the table's column."""
    theirs: dict[str, str | None] = {**{ours: column for column, ours in rename.items()}, **columns}
    for ours in theirs:
        if ours not in _ROLES:
            raise DataError(
                f"{ours!r} is no column that whyrec reads", hint=suggest(ours, _ROLES, what="columns"), code="WR-D022"
            )
    there = [ours for ours in _ROLES if ours in _ROLES[:2] or ours in table.frame.columns]
    roles = {ours: theirs.get(ours, ours) for ours in _ROLES if ours in theirs or ours in there}
    return {ours: column for ours, column in roles.items() if column is not None}


def _catalog(
    seen: pl.Series, items: Any, columns: FeatureColumns, item_id: str, title: str, *, every: bool, seed: int
) -> tuple[Catalog, list[str]]:
    import polars as pl

    if items is None:
        if columns.of_table:
            raise DataError(
                f"feature columns are named ({', '.join(columns.of_table)}) but no items table is given", code="WR-D022"
            )
        index = index_of(seen, "item")
        features, warnings = build_features(pl.DataFrame({item_id: index.ids}), columns, index.ids, seed=seed)
        return Catalog(index, features=features), warnings
    frame, left_out = clean_items(Table.of(items, what="items"), item_id)
    index = index_of(pl.concat([seen.alias(item_id), frame[item_id]]) if every else seen, "item")
    frame, unknown = aligned(frame, item_id, index)
    features, lacking = build_features(frame, columns, index.ids, seed=seed)
    things = Catalog(index, titles=titles_of(frame, title), features=features)
    return things, [*left_out, *unknown, *not_numbers(frame, columns.number), *lacking]


def _histories(
    events: pl.DataFrame,
    people: Index,
    things: Catalog,
    behaviors: Mapping[str, float] | None,
    *,
    half_life_days: float | None,
    at: float | None,
    scale: Scale,
    binary: bool,
) -> tuple[Histories, dict[str, float]]:
    """The histories, and the weight of each behavior."""
    n = len(events)
    values: FloatArray = np.ones(n)
    if "weight" in events.columns and not binary:
        values = events["weight"].to_numpy().astype(np.float64)
    times = events["timestamp"].to_numpy().astype(np.int64) if "timestamp" in events.columns else None
    codes: IntArray | None = None
    weights: dict[str, float] = {}
    if "behavior" in events.columns:
        names = index_of(events["behavior"], "behavior").ids
        weights = dict(behaviors) if behaviors else dict.fromkeys(names, 1.0)
        codes = codes_of(events["behavior"], Index(tuple(weights), "behavior"))
    histories = Histories.from_events(
        codes_of(events["user_id"], people),
        codes_of(events["item_id"], things.items),
        event_weights(
            values,
            behaviors=codes,
            behavior_names=tuple(weights),
            behavior_weights=weights,
            times=times,
            half_life_days=half_life_days,
            at=at,
        ),
        n_rows=len(people),
        n_items=len(things),
        behaviors=codes,
        times=times,
        behavior_names=tuple(weights),
        scale=scale,
    )
    return histories, weights


def _decay(histories: Histories, half_life_days: float | None, at: float | None) -> Decay | None:
    """What :func:`event_weights` has done."""
    if half_life_days is None or histories.times is None:
        return None
    return Decay(half_life_days, float(histories.times.max(initial=0)) if at is None else float(at))


def _grouping(wanted: str | None, things: Catalog, histories: Histories) -> str | None:
    columns = things.features.groupable if things.features is not None else ()
    possible = [*columns, *(["behavior"] if len(histories.behavior_names) > 1 else [])]
    if wanted is None:
        return next(iter(possible), None)
    if wanted not in possible:
        raise DataError(
            f"interest_by = {wanted!r}: no such grouping",
            hint=suggest(wanted, possible, what="groupings"),
            code="WR-D022",
        )
    return wanted
