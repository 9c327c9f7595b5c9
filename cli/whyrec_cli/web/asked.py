"""What the API may be asked: one model for each endpoint. They validate, and the OpenAPI document is made of them."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

PlayersKind = Literal["history", "interests", "features"]
Id = Annotated[str, Field(max_length=1000)]
Name = Annotated[str, Field(min_length=1, max_length=200)]
Count = Annotated[int, Field(ge=1, le=100)]
Language = Annotated[str, Field(min_length=1, max_length=35, description="A tag, such as en or zh.")]
Text = Annotated[str, Field(max_length=200)]
Target = Annotated[str, Field(min_length=1, max_length=20, description="As `whyrec explain --target` takes it.")]


class Asked(BaseModel):
    """Base of all: no other keys, no conversions."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    lang: Language | None = None


class Query(Asked):
    """Base of what stands in an address: numbers are written as text there."""

    model_config = ConfigDict(extra="forbid", strict=False, frozen=True)


class Nothing(Query):
    """An address without a query of its own."""


class Found(Query):
    """A search: the first that contain a text, whatever its case."""

    q: Text = ""
    limit: Count = 20


class OfUser(Query):
    """What a user has said."""

    user: Id


class OfRun(Query):
    """A run of the store; the newest one by default."""

    run: Annotated[int, Field(ge=1, le=2**53)] | None = None


class Met(BaseModel):
    """One item of a made-up history."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    item: Id
    behavior: Name | None = None


class OfReader(Asked):
    """Somebody's list by a recommender: a user of the data, or a history that was made up. One of the two."""

    recommender: Name
    user: Id | None = None
    history: Annotated[list[Met], Field(max_length=500)] | None = None
    k: Count = 10
    by: Name | None = None

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if (self.user is None) == (self.history is None):
            raise ValueError("give either a user or a history")
        return self


class ForList(OfReader):
    """A history, a profile of interests and a list."""


class OfItem(OfReader):
    """One item for somebody, by one kind of players."""

    item: Id
    players: PlayersKind = "history"


class ForReasons(OfItem):
    """Why somebody gets an item, by several explainers."""

    explainers: Annotated[list[Name], Field(min_length=1, max_length=8)]
    target: Target = "score"


class Without(OfItem):
    """An item's place if some players were not there."""

    hidden: Annotated[list[Id], Field(max_length=500)]


class ToSay(Asked):
    """A piece of feedback."""

    user: Id
    about: Literal["item", "reason", "interest", "user"]
    answer: Name
    subject: Id = ""
    by: Name | None = None


class ToPreview(ToSay):
    """A piece of feedback, of which nothing is kept: what would it change?"""

    recommender: Name
    k: Count = 10


class ToUndo(Asked):
    """The number of a piece that shall be taken back."""

    id: Annotated[int, Field(ge=1, le=2**53)]
