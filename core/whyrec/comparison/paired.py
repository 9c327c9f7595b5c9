"""Paired: differences between explainers on the same users, and fidelity between floor and ceiling."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from whyrec.comparison.interval import Bootstrap, Figure, Statistic, average, harmonic
from whyrec.comparison.plan import Cell, Difference
from whyrec.types import FloatArray

Aims = Callable[[Cell, str], bool]
"""Whether a ceiling is a search on a figure."""


def worth(columns: FloatArray) -> Statistic:
    """How a figure follows from the means of its columns (n_users, c)."""
    return average if columns.shape[1] == 1 else harmonic


def conclude(cells: Sequence[Cell], better: Mapping[str, str | None], bootstrap: Bootstrap, aims: Aims) -> None:
    """Hold the cells that stand side by side against each other: same model, players, grouping and removal rule.

    For every figure that has a good direction, each cell gets its difference to the best explainer and to the floor,
    and where a ceiling aims at the figure, (it − floor) / (ceiling − floor).
    """
    groups: dict[tuple[object, ...], list[Cell]] = {}
    for cell in cells:
        if cell.state == "done":
            groups.setdefault((cell.recommender, cell.players, cell.by, cell.removal), []).append(cell)
    for group in groups.values():
        for figure in dict.fromkeys(name for cell in group for name in cell.columns):
            if better.get(figure) is not None:
                _one_figure(
                    [c for c in group if figure in c.columns], figure, better[figure] == "higher", bootstrap, aims
                )


def _one_figure(cells: Sequence[Cell], figure: str, up: bool, bootstrap: Bootstrap, aims: Aims) -> None:
    def mean(cell: Cell) -> float:
        found = cell.metrics[figure].mean
        return -np.inf if found is None else found if up else -found

    rivals = [c for c in cells if c.role == "explainer" and c.metrics[figure].mean is not None]
    best = max(rivals, key=mean, default=None)
    floor = next((c for c in cells if c.role == "floor"), None)
    ceiling = next((c for c in cells if c.role == "ceiling" and aims(c, figure)), None)
    for cell in cells:
        for name, other in (("best", best), ("floor", floor)):
            if other is not None and other is not cell:
                found = difference(cell.columns[figure], other.columns[figure], bootstrap)
                if found.mean is not None:
                    cell.differences.setdefault(figure, {})[name] = Difference(other.explainer, found)
        if cell.role == "explainer" and floor is not None and ceiling is not None:
            own, low, high = (c.columns[figure] for c in (cell, floor, ceiling))
            ratio = normalized(own, low, high, bootstrap)
            if ratio is not None:
                cell.normalized[figure] = ratio


def difference(own: FloatArray, other: FloatArray, bootstrap: Bootstrap) -> Figure:
    """The figure of ``own`` less that of ``other`` (both (n_users, c)), over the users that both have."""
    c = own.shape[1]
    of = worth(own)
    return bootstrap.figure(np.concatenate([own, other], axis=1), lambda means: of(means[..., :c]) - of(means[..., c:]))


def normalized(own: FloatArray, floor: FloatArray, ceiling: FloatArray, bootstrap: Bootstrap) -> Figure | None:
    """(own − floor) / (ceiling − floor) over the users that all three have; None if the span may be 0.

    0 is a random order, 1 the search on this very figure: a greedy search may be surpassed.
    """
    c = own.shape[1]
    of = worth(own)
    columns = np.concatenate([own, floor, ceiling], axis=1)
    columns = columns[~np.isnan(columns).any(axis=1)]
    span = difference(columns[:, 2 * c :], columns[:, c : 2 * c], bootstrap)
    if span.low is None or span.high is None or span.low <= 0 <= span.high:
        return None
    return bootstrap.figure(
        columns,
        lambda m: (of(m[..., :c]) - of(m[..., c : 2 * c])) / (of(m[..., 2 * c :]) - of(m[..., c : 2 * c])),
    )
