"""Time in ``whyrec explain``: histories as they were known at a time, and a user's interests over time as a table."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

import click

from whyrec_cli.output import Page, Table

if TYPE_CHECKING:
    from whyrec import Dataset, Histories, Profile, Words

F = TypeVar("F", bound=Callable[..., Any])
RECORD = ("user_id", "time", "events", "interest", "history", "influence", "value")


def times(function: F) -> F:
    """Gives ``explain`` the options --at, --profile and --periods."""
    function = click.option(
        "--periods",
        type=click.IntRange(1, 100),
        help="With --profile: at how many moments, evenly by events; default 6.",
    )(function)
    function = click.option(
        "--profile", "profiled", is_flag=True, help="Instead of items: the user's interests over time."
    )(function)
    return at(multiple=True)(function)


def at(*, multiple: bool) -> Callable[[F], F]:
    """The option --at."""
    more = " May be repeated with --profile." if multiple else ""
    return click.option(
        "--at",
        "at",
        metavar="TIME",
        multiple=multiple,
        help=f"The history as known at this time: unix seconds, or as in 2024-07-05 or 2024-07-05T12:30:00Z.{more}",
    )


def check_times(
    at: tuple[str, ...],
    profiled: bool,
    periods: int | None,
    items: tuple[str, ...],
    explainers: tuple[str, ...],
    target: str | None,
    removal: str | None,
) -> None:
    """Raises UsageError for options that do not go together, DataError for what is no time."""
    if not profiled and len(at) > 1:
        raise click.UsageError("--at was given twice: only --profile looks at several times")
    if not profiled and periods is not None:
        raise click.UsageError("--periods is for --profile")
    if profiled and items:
        raise click.UsageError("--profile is about the user's best items: leave --item out")
    if profiled and len(explainers) > 1:
        raise click.UsageError("--profile takes one explainer")
    if profiled and (target is not None or removal is not None):
        raise click.UsageError("--profile explains the score under removal 'drop': leave --target and --removal out")
    if profiled and at and periods is not None:
        raise click.UsageError("--at names the moments: leave --periods out")
    for one in at:
        check_moment(one)


def check_moment(at: str | None) -> None:
    """Raises DataError for what is no time, before anything is read or trained."""
    from whyrec import moment

    if at is not None:
        moment(at)


def known_at(data: Dataset, history: Histories, at: str | None, words: Words) -> tuple[Histories, str | None]:
    """The history as known at that time, and a sentence about it; as it is where no time is named."""
    if at is None:
        return history, None
    from whyrec import as_of, moment

    then = as_of(data, history, at)
    counts = {"time": shown_time(moment(at)), "then": then.n_events, "now": history.n_events}
    if data.decay is None:
        return then, words("explain.then", **counts)
    return then, words("explain.then_faded", **counts, days=f"{data.decay.half_life_days:g}")


def profile_page(
    found: Profile, names: tuple[str, str], *, k: int, top: int, faded: bool, words: Words, notes: list[str]
) -> Page:
    """The page of ``whyrec explain --profile``: what the history holds, what carries the best items, in per cent.

    ``names`` are those of the model and the explainer in the config; ``faded``: events lose weight with age.
    """
    (shown, told), user = names, found.user_id
    best = words("profile.best" if k == 1 else "profile.bests", k=k, user=user, model=shown, name=told)
    tables = [
        _table(found, found.history, words("profile.history", user=user), top, words),
        _table(found, found.influence, best, top, words),
    ]
    rows = [
        tuple(row[name] if name != "time" else exact_time(row["time"]) for name in RECORD) for row in found.to_rows()
    ]
    data = found.to_dict() | {"recommender": shown, "explainer": told}
    for one in data["moments"]:
        one["at"] = exact_time(one["time"])
    notes = notes if faded else [words("profile.no_decay"), *notes]
    return Page(tables, data=data, rows=Table(RECORD, rows), notes=notes)


def _table(found: Profile, shares: Any, title: str, top: int, words: Words) -> Table:
    """One row for each interest, the rest summed up, one column for each moment."""
    order = found.order()
    rows: list[tuple[Any, ...]] = [(words("profile.events"), *(str(n) for n in found.events.tolist()))]
    rows += [(found.interests[g], *(_percent(x) for x in shares[:, g])) for g in order[:top]]
    if len(order) > top:
        rest = shares[:, order[top:]].sum(axis=1)
        rows.append((words("explain.else", n=len(order) - top), *(_percent(x) for x in rest)))
    return Table((found.by, *(shown_time(t) for t in found.times)), rows, title=title)


def _percent(share: float) -> str:
    """``12.3``; nothing where nothing was known."""
    return "" if math.isnan(share) else f"{100 * share:.1f}"


def shown_time(seconds: float) -> str:
    """``2024-07-05 12:30``, in UTC."""
    return _written(seconds, "%Y-%m-%d %H:%M")


def exact_time(seconds: float) -> str:
    """``2024-07-05T12:30:07Z``, as --at takes it."""
    return _written(seconds, "%Y-%m-%dT%H:%M:%SZ")


def _written(seconds: float, form: str) -> str:
    try:
        return datetime.fromtimestamp(seconds, UTC).strftime(form)
    except (OverflowError, ValueError, OSError):
        return f"{seconds:.0f}"
