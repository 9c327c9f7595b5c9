"""The catalog: ids, titles and features of the items, and the ids of the users."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import numpy as np

from whyrec.errors import DataError, UnknownIdError, suggest
from whyrec.types import CSR, IntArray

FeatureKind = Literal["multi", "category", "number", "text", "dense"]


@dataclass(frozen=True, eq=False)
class Index:
    """External ids (strings) in a fixed order; the position of an id is its internal index."""

    ids: tuple[str, ...]
    what: str = "id"

    def __post_init__(self) -> None:
        if len(self.positions) != len(self.ids):
            seen: set[str] = set()
            twice = next(i for i in self.ids if i in seen or seen.add(i))  # type: ignore[func-returns-value]  # add gives None: the first that was there already
            raise DataError(f"{self.what} {twice!r} stands twice in the index")

    @cached_property
    def positions(self) -> Mapping[str, int]:
        return {name: i for i, name in enumerate(self.ids)}

    def __len__(self) -> int:
        return len(self.ids)

    def __iter__(self) -> Iterator[str]:
        return iter(self.ids)

    def __contains__(self, name: object) -> bool:
        return name in self.positions

    def __getitem__(self, position: int) -> str:
        return self.ids[position]

    def find(self, name: str) -> int:
        """The index of an id. Raises UnknownIdError with near ids."""
        try:
            return self.positions[name]
        except KeyError:
            raise UnknownIdError(
                f"unknown {self.what} {name!r}", hint=suggest(str(name), self.ids, what=f"{self.what}s")
            ) from None

    def find_all(self, names: Iterable[str]) -> IntArray:
        return np.array([self.find(name) for name in names], dtype=np.int64)


@dataclass(frozen=True, eq=False)
class Features:
    """Item features of several kinds, fused into one matrix.

    Parameters
    ----------
    matrix : (n_items, n_features) CSR float64
    columns : (n_features,) the column that each feature came from, such as ``genres``
    values : (n_features,) its value within the column, such as ``Comedy``; empty for a number or a vector's part
    kinds : column → kind
    """

    matrix: CSR
    columns: tuple[str, ...]
    values: tuple[str, ...]
    kinds: Mapping[str, FeatureKind]

    def __post_init__(self) -> None:
        if not self.matrix.shape[1] == len(self.columns) == len(self.values):
            raise DataError("features: the matrix, columns and values do not fit together")

    def __len__(self) -> int:
        return len(self.columns)

    @cached_property
    def blocks(self) -> IntArray:
        """(n_features,) the first feature of the block that each belongs to: what is one player of an explanation.

        A number, however it is represented, and a dense column are one block each; any other feature is its own.
        """
        head: dict[str, int] = {}
        return np.array(
            [
                head.setdefault(column, f) if self.kinds.get(column) in ("number", "dense") else f
                for f, column in enumerate(self.columns)
            ],
            dtype=np.int64,
        )

    def label(self, feature: int) -> str:
        """How a feature is shown: ``genres: Comedy``, ``price``."""
        value = self.values[feature]
        return f"{self.columns[feature]}: {value}" if value else self.columns[feature]

    def block_label(self, feature: int) -> str:
        """How a feature's block is shown: its column alone for a number or a dense block."""
        return self.columns[feature] if self.kinds.get(self.columns[feature]) == "number" else self.label(feature)

    def of_column(self, column: str) -> IntArray:
        """The indices of all features of one column."""
        return np.flatnonzero(np.array(self.columns, dtype=object) == column).astype(np.int64)

    @property
    def groupable(self) -> tuple[str, ...]:
        """The columns whose values can group a history into interests (multi-valued or categorical)."""
        return tuple(c for c, kind in self.kinds.items() if kind in ("multi", "category"))


@dataclass(frozen=True, eq=False)
class Catalog:
    """The items: ids, titles by language (``""`` is the plain one), features."""

    items: Index
    titles: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    features: Features | None = None

    def __len__(self) -> int:
        return len(self.items)

    def title(self, item: int, language: str = "") -> str:
        """An item's title in a language, else its plain title, else its id."""
        titles = self.titles.get(language) or self.titles.get("")
        return (titles[item] if titles else "") or self.items[item]
