"""Ids that look the same but are not: worth a warning, never merged."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

# Zero-width space, joiners, word joiner, byte order mark, soft hyphen, marks of direction.
_INVISIBLE = "[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]"


def lookalikes(ids: pl.Series) -> list[str]:
    """Warnings for ids that are equal after NFKC and without invisible characters; at most one a column."""
    import polars as pl

    distinct = pl.DataFrame({"id": ids.unique()})
    distinct = distinct.with_columns(plain=pl.col("id").str.normalize("NFKC").str.replace_all(_INVISIBLE, ""))
    changed = distinct.filter(pl.col("id") != pl.col("plain"))
    groups = (
        distinct.join(changed.select("plain").unique(), on="plain", how="semi")
        .group_by("plain")
        .agg(pl.col("id").sort())
        .filter(pl.col("id").list.len() > 1)
        .sort("plain")
    )
    if not len(groups):
        return []
    shown = " and ".join(ascii(name) for name in groups["id"][0][:2])
    return [f"{ids.name}: {len(groups)} group(s) of ids look alike but are kept apart, such as {shown}"]
