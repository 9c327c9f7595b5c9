"""MovieLens and its kin: ratings, movies and tags in the ml-latest, ml-1m, ml-100k and MovieTweetings forms."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from whyrec import (
    DataError,
    DataFile,
    DataFolder,
    Dataset,
    DataSource,
    Dialect,
    EmbedSettings,
    Location,
    Scale,
    Table,
    read_table,
)

if TYPE_CHECKING:
    import polars as pl

# The 19 flags of u.item, in their order (u.genre of the data set).
_GENRES = (
    "unknown", "Action", "Adventure", "Animation", "Children's", "Comedy", "Crime", "Documentary", "Drama", "Fantasy",
    "Film-Noir", "Horror", "Musical", "Mystery", "Romance", "Sci-Fi", "Thriller", "War", "Western",
)  # fmt: skip
_COLONS = Dialect(delimiter="::", header=False)
_PLACEHOLDERS = ("(no genres listed)", "unknown")


class MovieLens(DataSource):
    """Ratings from ``min_rating`` up are positives of weight 1; genres, tags and the year are features.

    The form is told from the file names in ``path``, a folder or a zip, each file plain or gzipped:

    - ``ratings.csv``, ``movies.csv``, ``tags.csv``: ml-latest, ml-latest-small, ml-25m, ml-32m
    - ``ratings.dat``, ``movies.dat`` with ``::``: ml-1m and ml-10m, and MovieTweetings
    - ``u.data``, ``u.item``: ml-100k

    Users whose ratings all lie below ``min_rating`` stay, with an empty history. Text is UTF-8 where it
    can be and else latin-1, in which ml-1m and ml-100k were published.

    DataFile: Harper & Konstan 2015, The MovieLens Datasets: History and Context, ACM TiiS 5(4):19.

    Parameters
    ----------
    path : folder or zip
    min_rating : on the scale of the data, 0.5…5 for MovieLens, 0…10 for MovieTweetings
    tags : whether the tags that users gave become features (ml-latest only)
    min_df : a genre or tag needs so many movies
    max_df : … and at most this share of them
    bins : ``{ year = 8 }``: the year by its nearness to so many years, instead of one standardized number
    dense : name → file of vectors by movie id, as for ``events``: embeddings of posters, plots, trailers
    embed : ``{ title = "tfidf-svd" }``: a column → a text embedding, as for ``events``
    feature_weights : factor by column: genres, tags, year, and those of ``dense`` and ``embed``
    catalog : ``seen`` holds the movies with a positive rating, ``all`` every movie of the movies file
    half_life_days : decay by age, off by default
    """

    name: ClassVar[str] = "movielens"
    summary: ClassVar[str] = "MovieLens (ml-latest, ml-1m, ml-100k forms) and MovieTweetings ratings"

    def __init__(
        self,
        *,
        path: Path = Path("ml-latest-small"),
        min_rating: float = 4.0,
        tags: bool = False,
        min_df: Annotated[int, Field(ge=1)] = 1,
        max_df: Annotated[float, Field(gt=0, le=1)] = 1.0,
        bins: Mapping[str, Annotated[int, Field(ge=2, le=1000)]] = {},
        dense: Mapping[str, Path] = {},
        embed: EmbedSettings = {},  # noqa: B006  a Mapping, which nobody changes
        feature_weights: Mapping[str, float] = {},
        catalog: Literal["seen", "all"] = "seen",
        half_life_days: Annotated[float, Field(gt=0)] | None = None,
        scale: Scale = "none",
        max_rejected: Annotated[float, Field(ge=0, le=1)] = 0.05,
        rejected: Path | None = None,
    ) -> None:
        self.path = path
        self.min_rating = min_rating
        self.tags = tags
        self.min_df = min_df
        self.max_df = max_df
        self.bins = bins
        self.dense = dense
        self.embed = embed
        self.feature_weights = feature_weights
        self.catalog = catalog
        self.half_life_days = half_life_days
        self.scale = scale
        self.max_rejected = max_rejected
        self.rejected = rejected

    def folder(self) -> Path | None:
        return self.path if self.path.is_dir() else self.path.parent

    def _load(self, seed: int) -> Dataset:
        ratings, movies = self._tables(DataFolder(self.path))
        multi = [column for column in ("genres", "tags") if column in movies.frame.columns]
        return Dataset.from_frame(
            ratings,
            movies,
            name=self.path.resolve().name,
            rename={"user": "user_id", "movie": "item_id", "rating": "weight", "time": "timestamp"},
            min_weight=self.min_rating,
            binary=True,
            item_id="movie",
            multi=multi,
            number=["year"],
            bins=self.bins,
            dense=self.dense,
            embed=self.embed,
            feature_weights=self.feature_weights,
            min_df=self.min_df,
            max_df=self.max_df,
            placeholders=_PLACEHOLDERS,
            catalog=self.catalog,
            half_life_days=self.half_life_days,
            scale=self.scale,
            max_rejected=self.max_rejected,
            rejected=self.rejected,
            interest_by="genres",
            seed=seed,
        )

    def _tables(self, folder: DataFolder) -> tuple[Table, Table]:
        """Ratings (user, movie, rating, time) and movies (movie, title, genres, year, perhaps tags)."""
        if source := folder.find("ratings.csv"):
            ratings = _renamed(read_table(source), {"userId": "user", "movieId": "movie", "timestamp": "time"})
            movies = _renamed(read_table(_needed(folder, "movies.csv")), {"movieId": "movie"})
            movies.require("movie", "title", "genres")
            if self.tags:
                movies = _with_tags(movies, read_table(_needed(folder, "tags.csv")))
        elif source := folder.find("ratings.dat"):
            ratings = _dat(source, ["user", "movie", "rating", "time"])
            movies = _dat(_needed(folder, "movies.dat"), ["movie", "title", "genres"])
        elif source := folder.find("u.data"):
            tabs = Dialect(delimiter="\t", header=False, quoted=False)
            ratings = read_table(source, dialect=tabs, columns=["user", "movie", "rating", "time"])
            movies = _flags(_needed(folder, "u.item"))
        else:
            raise DataError(
                "no ratings here: ratings.csv, ratings.dat or u.data (also .gz)",
                where=Location(str(self.path)),
                hint=f"found: {', '.join(folder.names()[:10]) or 'nothing'}",
            )
        if self.tags and "tags" not in movies.frame.columns:
            raise DataError("tags = true, but this form has no tags", where=Location(str(self.path)))
        ratings.require("user", "movie", "rating", "time")
        return ratings, _with_year(movies)


def _needed(folder: DataFolder, name: str) -> DataFile:
    source = folder.find(name)
    if source is None:
        raise DataError(f"no {name} beside the ratings", where=Location(str(folder.path)), hint="it holds the titles")
    return source


def _renamed(table: Table, names: dict[str, str]) -> Table:
    table.require(*names)
    return table.with_frame(table.frame.rename(names))


def _text(source: DataFile, dialect: Dialect, columns: list[str]) -> Table:
    """UTF-8 if the bytes are, else latin-1, which takes any byte."""
    try:
        return read_table(source, dialect=dialect, columns=columns)
    except DataError as error:
        if "is not utf-8" not in error.message:
            raise
    return read_table(source, dialect=dialect.with_encoding("latin-1"), columns=columns)


def _dat(source: DataFile, columns: list[str]) -> Table:
    return _text(source, _COLONS, columns)


def _flags(source: DataFile) -> Table:
    """u.item: id|title|release|video release|url|19 flags."""
    import polars as pl

    columns = ["movie", "title", "release", "video", "url", *_GENRES]
    table = _text(source, Dialect(delimiter="|", header=False, quoted=False), columns)
    genres = pl.concat_str(
        [pl.when(pl.col(g) == "1").then(pl.lit(g)) for g in _GENRES], separator="|", ignore_nulls=True
    )
    return table.with_frame(table.frame.select("movie", "title", genres=genres))


def _with_year(movies: Table) -> Table:
    import polars as pl

    year = pl.col("title").str.extract(r"\((\d{4})[^()]*\)\s*$").alias("year")
    return movies.with_frame(movies.frame.with_columns(year))


def _with_tags(movies: Table, tags: Table) -> Table:
    import polars as pl

    tags.require("movieId", "tag")
    tag = pl.col("tag").str.to_lowercase().str.strip_chars().str.replace_all("|", "/", literal=True)
    joined: pl.DataFrame = (
        tags.frame.select(movie="movieId", tags=tag).unique().sort("movie", "tags").group_by("movie").agg("tags")
    )
    return movies.with_frame(movies.frame.join(joined, on="movie", how="left", maintain_order="left"))
