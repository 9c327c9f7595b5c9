"""Standing feedback in ``recommend`` and ``explain``: the options, and whose it is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from whyrec_cli.stored import NONE, existing, store_option

if TYPE_CHECKING:
    from whyrec import Dataset
    from whyrec.feedback.effect import Effect
    from whyrec.feedback.said import Said

F = TypeVar("F", bound=Callable[..., Any])


def feedback_option(function: F) -> F:
    """Gives a command the options --feedback/--no-feedback and --store."""
    function = store_option(function)
    return click.option(
        "--feedback/--no-feedback",
        "feedback",
        default=None,
        help="Whether what users said counts; by default it does if the store is there, and not with --at.",
    )(function)


def effects(
    data: Dataset, users: tuple[str, ...], stored: str, feedback: bool | None, at: object
) -> list[tuple[Effect, int]]:
    """For each user what stands of the feedback, and how many pieces that is. Raises StoreError."""
    from whyrec.feedback.effect import Effect

    if feedback is False or (feedback is None and (at or stored == NONE or not Path(stored).exists())):
        return [(Effect(), 0)] * len(users)
    said = _by_user(stored)
    return [(Effect.of(said.get(user, ()), data), len(said.get(user, ()))) for user in users]


def with_said(data: Dataset, stored: str) -> Dataset:
    """The data with what users said as events of behavior ``feedback``. Raises StoreError."""
    from whyrec.feedback.training import with_feedback

    return with_feedback(data, _by_user(stored))


def as_learnt(data: Dataset, folder: Path | None, stored: str) -> Dataset:
    """The data as the saved model knows them: with the events of feedback, if it learnt from such and they are here."""
    if folder is None or stored == NONE or not Path(stored).exists():
        return data
    from whyrec.saved import terms_of
    from whyrec.saved_manifest import read_manifest

    terms = read_manifest(folder).data.terms
    if terms == terms_of(data):
        return data
    learnt = with_said(data, stored)
    return learnt if terms == terms_of(learnt) else data


def _by_user(stored: str) -> dict[str, list[Said]]:
    if stored == NONE:
        raise click.UsageError("--feedback needs a store: leave --store none out")
    from whyrec.feedback.journal import Journal

    with existing(stored) as store:
        return Journal(store).by_user()
