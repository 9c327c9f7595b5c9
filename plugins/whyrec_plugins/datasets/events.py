"""Events from a CSV, TSV or Parquet file, with an optional table of items."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from whyrec import Dataset, DataSource, Dialect, EmbedSettings, Scale, read_table


class Events(DataSource):
    """Whatever users did with items, one event a row; columns are named in the settings.

    An event's weight is behavior weight × value × 2^(−age / half-life); what a user's events with one item
    weigh in sum, scaled, is the degree of interest. Rows that cannot be used are counted by reason; more
    than ``max_rejected`` of them stop the run.

    Parameters
    ----------
    path : CSV, TSV or Parquet, also gzipped or alone in a zip
    user, item : columns of ids, which are text: ``0012`` stays ``0012``
    behavior, value, time : columns, or None if there is none; times are unix seconds (``time_unit``) or
        ISO 8601 text
    behaviors : weight by behavior; rows with others are rejected. Empty: all behaviors weigh 1
    min_value : rows with a smaller value are left aside on purpose, such as ratings below 4
    binary : every row that is left has value 1
    half_life_days : after so many days an event counts half; None: events do not age
    scale : none, binary, log or saturate, see ``whyrec.scaled``
    where : column → allowed values; only such rows are read
    delimiter : default a tab for .tsv, else a comma; ``::`` works too
    header : whether line 1 names the columns; if not, they are called ``1``, ``2``, …
    quoted : whether ``"`` encloses fields
    rejected : where to write the rejected rows, with line and reason
    items : a table of items, written like the events; ``item_id`` is its column of ids, ``title`` and
        ``title_<language>`` its titles
    catalog : ``seen`` holds the items with an event, ``all`` also those only in ``items``
    multi, category, number, text : columns of ``items`` that become features; several values in one field
        of a ``multi`` column are divided by ``separator``
    bins : number column → so many values that a number is near to, instead of one standardized feature
    dense : name → file of vectors by item id (``.npy`` or ``.safetensors``), such as embeddings of images
    embed : text column → a text embedding: its plugin's name, or a table with ``use`` and its settings
    min_df, max_df, max_features : a value becomes a feature if at least ``min_df`` items have it, at most
        the share ``max_df``, and it is among the ``max_features`` most frequent of its column
    feature_weights : factor by column
    interest_by : default grouping of interests: a feature column, or ``behavior``
    """

    name: ClassVar[str] = "events"
    summary: ClassVar[str] = "events from CSV, TSV or Parquet, with an optional items table"

    def __init__(
        self,
        *,
        path: Path = Path("events.csv"),
        user: str = "user_id",
        item: str = "item_id",
        behavior: str | None = None,
        value: str | None = None,
        time: str | None = None,
        time_unit: Literal["s", "ms"] = "s",
        behaviors: Mapping[str, float] = {},
        min_value: float | None = None,
        binary: bool = False,
        half_life_days: Annotated[float, Field(gt=0)] | None = None,
        scale: Scale = "log",
        where: Mapping[str, Sequence[str]] = {},
        delimiter: Annotated[str, Field(min_length=1)] | None = None,
        encoding: str = "utf-8",
        header: bool = True,
        quoted: bool = True,
        max_rejected: Annotated[float, Field(ge=0, le=1)] = 0.05,
        rejected: Path | None = None,
        items: Path | None = None,
        item_id: str = "item_id",
        title: str = "title",
        catalog: Literal["seen", "all"] = "seen",
        multi: Sequence[str] = (),
        category: Sequence[str] = (),
        number: Sequence[str] = (),
        bins: Mapping[str, Annotated[int, Field(ge=2, le=1000)]] = {},
        text: Sequence[str] = (),
        dense: Mapping[str, Path] = {},
        embed: EmbedSettings = {},  # noqa: B006  a Mapping, which nobody changes
        separator: Annotated[str, Field(min_length=1)] = "|",
        min_df: Annotated[int, Field(ge=1)] = 1,
        max_df: Annotated[float, Field(gt=0, le=1)] = 1.0,
        max_features: Annotated[int, Field(ge=1)] | None = None,
        feature_weights: Mapping[str, float] = {},
        placeholders: Sequence[str] = ("(no genres listed)",),
        interest_by: str | None = None,
    ) -> None:
        self.path = path
        self.user = user
        self.item = item
        self.behavior = behavior
        self.value = value
        self.time = time
        self.time_unit = time_unit
        self.behaviors = behaviors
        self.min_value = min_value
        self.binary = binary
        self.half_life_days = half_life_days
        self.scale = scale
        self.where = where
        self.delimiter = delimiter
        self.encoding = encoding
        self.header = header
        self.quoted = quoted
        self.max_rejected = max_rejected
        self.rejected = rejected
        self.items = items
        self.item_id = item_id
        self.title = title
        self.catalog = catalog
        self.multi = multi
        self.category = category
        self.number = number
        self.bins = bins
        self.text = text
        self.dense = dense
        self.embed = embed
        self.separator = separator
        self.min_df = min_df
        self.max_df = max_df
        self.max_features = max_features
        self.feature_weights = feature_weights
        self.placeholders = placeholders
        self.interest_by = interest_by

    def folder(self) -> Path | None:
        return self.path.parent

    def _load(self, seed: int) -> Dataset:
        dialect = Dialect(delimiter=self.delimiter, encoding=self.encoding, header=self.header, quoted=self.quoted)
        roles = {
            "user_id": self.user,
            "item_id": self.item,
            "weight": self.value,
            "timestamp": self.time,
            "behavior": self.behavior,
        }
        settings = {getattr(self, name): name for name in ("user", "item", "value", "time", "behavior")}
        settings.pop(None, None)
        return Dataset.from_frame(
            read_table(self.path, dialect=dialect, required=[*settings, *self.where], settings=settings),
            None
            if self.items is None
            else read_table(self.items, dialect=dialect, required=[self.item_id], settings={self.item_id: "item_id"}),
            name=self.path.name,
            columns=roles,
            behaviors=self.behaviors or None,
            half_life_days=self.half_life_days,
            scale=self.scale,
            min_weight=self.min_value,
            binary=self.binary,
            where=self.where,
            time_unit=self.time_unit,
            max_rejected=self.max_rejected,
            rejected=self.rejected,
            catalog=self.catalog,
            item_id=self.item_id,
            title=self.title,
            multi=self.multi,
            category=self.category,
            number=self.number,
            bins=self.bins,
            text=self.text,
            dense=self.dense,
            embed=self.embed,
            separator=self.separator,
            min_df=self.min_df,
            max_df=self.max_df,
            max_features=self.max_features,
            feature_weights=self.feature_weights,
            placeholders=self.placeholders,
            interest_by=self.interest_by,
            seed=seed,
        )
