"""Item features: columns of a table, embedded texts and vectors from files, weighed and fused into one matrix."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.sparse import csr_array, hstack

from whyrec.catalog import FeatureKind, Features, Index
from whyrec.data.blocks import Block, binned_block, dense_block, number_block, value_block
from whyrec.data.frames import require_columns
from whyrec.data.vectors import Vectors
from whyrec.embedding import EmbedSettings, TextEmbedding, embedding_of
from whyrec.errors import DataError, suggest

if TYPE_CHECKING:
    import polars as pl

PLACEHOLDERS = ("(no genres listed)",)


@dataclass(frozen=True, kw_only=True)
class FeatureColumns:
    """What becomes a feature of the items, which values are kept, and how much each column counts.

    Parameters
    ----------
    multi : columns with several values in one field, divided by ``separator``; 1 per value held
    category : columns with one value; 1 for it
    number : standardized to mean 0 and deviation 1 over the items; a missing number is 0
    bins : for some number columns instead so many values that a number is near to, see
        ``whyrec.data.blocks.binned_block``
    text : TF-IDF over words, see ``whyrec.data.text``
    dense : a name for the block → vectors by item id, or the file of them, see ``whyrec.Vectors``
    embed : text column → an embedding: its plugin's name, a table with ``use`` and its settings, or an instance
    min_df : a value is kept if at least so many items have it
    max_df : … and at most this share of the items
    max_features : … and it is among so many most frequent of its column (ties: by value)
    weights : factor by column, 1 where none is given
    placeholders : values that mean "nothing known"; they give no feature
    """

    multi: Sequence[str] = ()
    category: Sequence[str] = ()
    number: Sequence[str] = ()
    bins: Mapping[str, int] = field(default_factory=dict)
    text: Sequence[str] = ()
    dense: Mapping[str, Vectors | Path | str] = field(default_factory=dict)
    embed: EmbedSettings | Mapping[str, TextEmbedding] = field(default_factory=dict)
    separator: str = "|"
    min_df: int = 1
    max_df: float = 1.0
    max_features: int | None = None
    weights: Mapping[str, float] = field(default_factory=dict)
    placeholders: Sequence[str] = PLACEHOLDERS

    @property
    def kinds(self) -> dict[str, FeatureKind]:
        """Column → kind, in the order multi, category, number, text, dense, embed."""
        found: dict[str, FeatureKind] = {}
        for kind, columns in self._by_kind:
            for column in columns:
                if column in found:
                    raise DataError(
                        f"feature column {column!r} is named twice, as {found[column]} and {kind}",
                        hint="a column has one kind",
                    )
                found[column] = kind
        return found

    @property
    def of_table(self) -> tuple[str, ...]:
        """The columns that the items table must have."""
        return tuple(column for column in self.kinds if column not in self.dense)

    @property
    def _by_kind(self) -> tuple[tuple[FeatureKind, Sequence[str]], ...]:
        return (
            ("multi", self.multi),
            ("category", self.category),
            ("number", self.number),
            ("text", self.text),
            ("dense", tuple(self.dense)),
            ("dense", tuple(self.embed)),
        )


def build_features(
    items: pl.DataFrame, columns: FeatureColumns, ids: Sequence[str] = (), *, seed: int = 0
) -> tuple[Features | None, list[str]]:
    """The features of the items, one row of ``items`` each (None if nothing is named), and warnings.

    Parameters
    ----------
    items : (n_items,) a table with the named columns
    ids : (n_items,) the items' ids, by which vectors are found; needed for ``dense`` only
    seed : of embeddings that draw random numbers

    Raises
    ------
    DataError
        if a named column is missing, named twice, or weighed or binned without being such a column; for vectors
        that cannot be read, are not finite, or fit no item.
    """
    kinds = columns.kinds
    require_columns(items, columns.of_table, what="items table")
    _check_settings(columns, kinds)
    if not kinds:
        return None, []
    warnings: list[str] = []
    blocks: dict[str, Block] = {}
    for column, kind in kinds.items():
        if column in columns.dense:
            blocks[column], said = _brought(column, columns.dense[column], Index(tuple(ids), "item"))
            warnings += said
        elif column in columns.embed:
            blocks[column], said = _embedded(items[column], columns.embed[column], columns.placeholders, seed)
            warnings += said
        elif column in columns.bins:
            blocks[column] = binned_block(items[column], columns.bins[column])
        elif kind == "number":
            blocks[column] = number_block(items[column])
        else:
            blocks[column] = value_block(
                items[column],
                kind,
                separator=columns.separator,
                min_df=columns.min_df,
                max_df=columns.max_df,
                max_features=columns.max_features,
                placeholders=columns.placeholders,
            )
    weighed = [block.matrix * columns.weights.get(column, 1.0) for column, block in blocks.items()]
    matrix = csr_array(hstack(weighed, format="csr"), dtype=np.float64)
    names = tuple(column for column, block in blocks.items() for _ in block.values)
    values = tuple(value for block in blocks.values() for value in block.values)
    return Features(matrix=matrix, columns=names, values=values, kinds=kinds), warnings


def _check_settings(columns: FeatureColumns, kinds: Mapping[str, FeatureKind]) -> None:
    for column, weight in columns.weights.items():
        if not np.isfinite(weight):
            raise DataError(f"the weight of feature column {column!r} is {weight}", hint="weights are finite numbers")
        if column not in kinds:
            raise DataError(
                f"a weight is given for {column!r}, which is no feature column",
                hint=suggest(column, kinds, what="feature columns"),
            )
    for column, n in columns.bins.items():
        if column not in columns.number:
            raise DataError(
                f"bins are given for {column!r}, which is no number column",
                hint=suggest(column, columns.number, what="number columns"),
            )
        if n < 2:
            raise DataError(f"bins = {n} for {column!r}", hint="a number lies between at least 2 values")


def _brought(column: str, given: Vectors | Path | str, items: Index) -> tuple[Block, list[str]]:
    """The block of vectors that the user brings, and how many items lack one."""
    vectors = given if isinstance(given, Vectors) else Vectors.read(Path(given))
    found, known = vectors.of(items)
    said = []
    if lacking := int((~known).sum()):
        example = items[int(np.flatnonzero(~known)[0])]
        said = [f"items: {lacking} item(s) have no vector {column!r}, such as {example!r}: they count as average"]
    return dense_block(found, known), said


def _embedded(column: pl.Series, given: Any, placeholders: Sequence[str], seed: int) -> tuple[Block, list[str]]:
    """The block of an embedded text column; an item without text is 0."""
    import polars as pl

    texts = column.cast(pl.String).str.strip_chars()
    texts = texts.replace([*(value.strip() for value in placeholders), ""], None)
    known = texts.is_not_null().to_numpy()
    if not known.any():
        empty = Block(csr_array((len(texts), 0)), ())
        return empty, [f"items: no item has a text in {column.name!r}, so nothing is embedded"]
    vectors = embedding_of(given).embed(texts.drop_nulls().to_list(), seed=seed)
    return dense_block(vectors, known), []
