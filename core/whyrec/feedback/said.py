"""Said: one piece of feedback, checked against the data that it speaks of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, Self, get_args

from whyrec.dataset import Dataset
from whyrec.errors import UnsupportedError, suggest

About = Literal["item", "reason", "interest", "user"]
ANSWERS: Mapping[About, tuple[str, ...]] = {
    "item": ("useful", "not-right", "less", "own"),
    "reason": ("not-why", "hide"),
    "interest": ("more", "less", "delete"),
    "user": ("off", "on"),
}
"""What can be said of what. Item: useful, not right, less of this, already own it. Reason, an item of the history: this
is not why I like it, hide; either way it no longer counts. Interest: more, less, delete the tag. User: switch
personalization off, and on again."""


@dataclass(frozen=True)
class Said:
    """One piece of feedback, by external ids.

    Parameters
    ----------
    user : who says it
    about : ``item``, ``reason`` (an item of the user's history), ``interest`` or ``user``
    answer : one of ``ANSWERS[about]``
    subject : the item's id, or the interest's value (``Comedy``); empty for ``user``
    by : for ``interest``, what it is a value of: a feature column, or ``behavior``
    """

    user: str
    about: About
    answer: str
    subject: str = ""
    by: str | None = None

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, given: Mapping[str, Any]) -> Self:
        return cls(**{name: given.get(name) for name in cls.__dataclass_fields__})  # type: ignore[arg-type]  # read back from what was checked when it was kept


def checked(said: Said, data: Dataset) -> Said:
    """The same, with ``by`` filled in, if the data know all that it names.

    Raises UnknownIdError for an unknown user or item, UnsupportedError for an answer that does not fit.
    """
    if said.about not in get_args(About):
        raise UnsupportedError(
            f"feedback about {said.about!r}", hint=suggest(said.about, ANSWERS, what="things that feedback is about")
        )
    if said.answer not in ANSWERS[said.about]:
        raise UnsupportedError(
            f"{said.answer!r} cannot be said of {'an' if said.about[0] == 'i' else 'a'} {said.about}",
            hint=suggest(said.answer, ANSWERS[said.about], what="answers"),
        )
    data.users.find(said.user)
    if said.about in ("item", "reason"):
        data.catalog.items.find(said.subject)
    if said.about != "interest":
        return said
    by = said.by or data.interest_by or next(iter(data.groupings()), None)
    if by is None or by not in data.groupings():
        raise UnsupportedError(f"interests cannot be grouped by {by!r}", hint=suggest(by or "", data.groupings()))
    known = values_of(data, by)
    if said.subject not in known:
        raise UnsupportedError(f"no item has {by} {said.subject!r}", hint=suggest(said.subject, known, what=by))
    return Said(said.user, "interest", said.answer, said.subject, by)


def values_of(data: Dataset, by: str) -> tuple[str, ...]:
    """All interests that a grouping knows."""
    if by == "behavior":
        return data.histories.behavior_names
    features = data.catalog.features
    return () if features is None else tuple(features.values[int(f)] for f in features.of_column(by))
