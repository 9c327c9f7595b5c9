"""The option ``--plot``: the answer as a picture in a file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from whyrec import Explanation, Profile, Words
    from whyrec.charts.picture import Picture

F = TypeVar("F", bound=Callable[..., Any])
_OWN = ("base", "others", "left", "score", "value", "order", "for", "against", "total")


def plot_option(help: str) -> Callable[[F], F]:
    """The option --plot."""
    return click.option(
        "--plot", "plot", type=click.Path(path_type=Path), metavar="FILE", help=f"{help}: a .svg, .png or .json file."
    )


def check_plot(path: Path | None) -> None:
    """Before anything is trained: raises DataError for a suffix that is no picture, MissingPackageError."""
    if path is not None:
        from whyrec.charts.picture import check_target

        check_target(path)


def explained_picture(columns: Sequence[Sequence[Explanation]], top: int, words: Words) -> Picture:
    """All explanations: an item a row, its explainers side by side."""
    from whyrec.charts.reasons import together

    own = {key: words(f"chart.{key}") for key in _OWN if key != "others"}
    # Filled by the chart itself, which knows the number.
    own["others"] = words("chart.others", n="{n}")
    return together(list(zip(*columns, strict=True)), top=min(top, 12), words=own)


def profile_picture(found: Profile, words: Words) -> Picture:
    """A user's interests over time."""
    from whyrec.charts.interests import over_time

    return over_time(found, y=words("chart.over_time", by="{by}"))
