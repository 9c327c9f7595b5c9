"""A Dataset: users' histories, the catalog, what cleaning did, and (for made worlds) the truth."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from whyrec.catalog import Catalog, Index
from whyrec.errors import DataError
from whyrec.histories import Histories
from whyrec.planted import PlantedFunction
from whyrec.types import CSR, FloatArray, IntArray

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True)
class CleaningReport:
    """What was read, kept, rejected (by reason) and left aside on purpose (by reason)."""

    read: int
    kept: int
    rejected: Mapping[str, int] = field(default_factory=dict)
    filtered: Mapping[str, int] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class PlantedTruth:
    """What a made world knows about its users, or about its scores.

    likes : (n_users, n_features) float64, how much each user really likes each feature of
    ``catalog.features``; 0 where the user does not care. None where nobody has likes.
    function : what the world really scores by; None if there is no such function.
    """

    likes: CSR | None = None
    function: PlantedFunction | None = None


@dataclass(frozen=True)
class Decay:
    """How weights fade: half after ``half_life_days``, ages counted from ``at`` (unix seconds)."""

    half_life_days: float
    at: float

    def left(self, times: IntArray) -> FloatArray:
        """(n_events,) 2^(−age / half-life): what is left of an event's weight at ``at``; 1 for one after it."""
        age: FloatArray = np.maximum(0.0, self.at - times) / 86_400.0
        left: FloatArray = np.exp2(-age / self.half_life_days)
        return left


@dataclass(frozen=True, eq=False)
class Dataset:
    """Everything a recommender may learn from.

    Row r of ``histories`` belongs to ``users[r]``. ``behaviors`` are the weights by behaviour name.
    ``interest_by`` is the default grouping of players ``interests``: a feature column, or
    ``"behavior"``. ``decay`` says by which decay the weights of the events were made; None: they do not fade.
    """

    name: str
    users: Index
    catalog: Catalog
    histories: Histories
    report: CleaningReport
    behaviors: Mapping[str, float] = field(default_factory=dict)
    interest_by: str | None = None
    truth: PlantedTruth | None = None
    decay: Decay | None = None

    def __post_init__(self) -> None:
        if len(self.users) != len(self.histories) or len(self.catalog) != self.histories.n_items:
            raise DataError("dataset: users, items and histories do not fit together")

    @property
    def n_users(self) -> int:
        return len(self.users)

    @property
    def n_items(self) -> int:
        return len(self.catalog)

    @cached_property
    def popularity(self) -> FloatArray:
        """(n_items,) each item's share of all (absolute) interest: what a mean item is made of."""
        interest = self.histories.interest
        mass = np.bincount(interest.indices, np.abs(interest.data), minlength=self.n_items).astype(np.float64)
        total = float(mass.sum())
        return mass / total if total > 0 else np.full(self.n_items, 1.0 / max(1, self.n_items))

    def with_histories(self, histories: Histories) -> Self:
        """The same world with other events: what a split makes."""
        return replace(self, histories=histories)

    def groupings(self) -> tuple[str, ...]:
        """What players ``interests`` can group by here."""
        columns = self.catalog.features.groupable if self.catalog.features is not None else ()
        return (*columns, *(("behavior",) if len(self.histories.behavior_names) > 1 else ()))

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 over ids, events, features and a planted function: equal data, equal fingerprint."""
        digest = hashlib.sha256()
        h, features = self.histories, self.catalog.features
        digest.update(repr((self.users.ids, self.catalog.items.ids, h.scale, h.behavior_names)).encode())
        arrays: list[Any] = [h.indptr, h.items, h.weights, h.behaviors, h.times]
        if features is not None:
            digest.update(repr((features.columns, features.values)).encode())
            m = features.matrix
            arrays += [np.asarray(m.indptr, np.int64), np.asarray(m.indices, np.int64), m.data]
        if self.truth is not None and self.truth.function is not None:
            function = self.truth.function
            digest.update(repr([(term.order, term.mean) for term in function.terms]).encode())
            arrays += [function.bias, *(part for term in function.terms for part in (term.carried, term.wanted))]
        for array in arrays:
            digest.update(b"-" if array is None else np.ascontiguousarray(array).tobytes())
        return digest.hexdigest()

    @classmethod
    def from_frame(cls, events: Any, items: Any = None, **settings: Any) -> Dataset:
        """A dataset from tables: see :func:`whyrec.data.build.from_frame` for the settings."""
        from whyrec.data.build import from_frame

        return from_frame(events, items, **settings)

    def encode(self, history: Any) -> Histories:
        """A history given from outside, as one row in this dataset's terms.

        ``history`` is a list of item ids, or a table with ``item_id`` and optionally ``weight``,
        ``timestamp`` and ``behavior``. Where no weight is given, it is that of the behaviour, else 1, faded by
        ``decay`` where there is a timestamp.
        Raises UnknownIdError for an item outside the catalog, DataError for an unknown behaviour.
        """
        from whyrec.data.frames import history_columns

        columns = history_columns(history)
        items = self.catalog.items.find_all(columns["item_id"])
        names = self.histories.behavior_names
        codes = None
        weights: FloatArray = np.ones(len(items))
        if names:
            given = columns.get("behavior") or [names[0]] * len(items)
            unknown = sorted(set(given) - set(names))
            if unknown:
                raise DataError(
                    f"unknown behavior {unknown[0]!r} in the given history", hint=f"known: {', '.join(names)}"
                )
            codes = np.array([names.index(b) for b in given], np.int64)
            if "behavior" in columns:
                weights = np.array([self.behaviors.get(b, 1.0) for b in given])
        if "weight" in columns:
            weights = np.asarray(columns["weight"], np.float64)
        times = None
        if self.histories.times is not None:
            latest = int(self.histories.times.max(initial=0))
            times = np.asarray(columns.get("timestamp", [latest] * len(items)), np.int64)
            if self.decay is not None and "timestamp" in columns and "weight" not in columns:
                weights = weights * self.decay.left(times)
        return Histories.from_events(
            np.zeros(len(items), np.int64),
            items,
            weights,
            n_rows=1,
            n_items=self.n_items,
            behaviors=codes,
            times=times,
            behavior_names=names,
            scale=self.histories.scale,
        )

    def events(self) -> pl.DataFrame:
        """The events as a table: ``user_id, item_id, weight, timestamp, behavior``."""
        from whyrec.data.frames import events_table

        return events_table(self)


@dataclass(frozen=True, eq=False)
class Split:
    """Training data, and for each user the items held out.

    test : (n_users, n_items) CSR of ones.
    """

    train: Dataset
    test: CSR
    how: str
