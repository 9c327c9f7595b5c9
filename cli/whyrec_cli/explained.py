"""Explanations as tables: one for each item, one column for each explainer, each column adding up to the score."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from whyrec_cli.output import Page, Table

if TYPE_CHECKING:
    from whyrec import Explanation

BASE = {"history": "(empty history)", "interests": "(empty history)", "features": "(no features)"}
_RECORD = (
    "user_id", "item_id", "title", "recommender", "explainer", "players", "player_id", "player", "value", "std_error",
    "base_value", "score", "residual", "model_calls", "seconds",
)  # fmt: skip


def page(
    done: dict[str, list[Explanation]], notes: dict[str, str], *, history: str | None, top: int, model: str
) -> Page:
    """The page of ``whyrec explain``.

    Parameters
    ----------
    done : explainer → one explanation for each item, items in the same order
    notes : explainer → why it has no column
    history : a sentence about the user, if there is one to say
    """
    columns = list(done.values())
    tables = [_table(model, list(done), list(one), top) for one in zip(*columns, strict=True)]
    lines = [history] if history else []
    for name, explanations in done.items():
        lines.append(f"{name}: {_effort(explanations)}")
        lines += [f"{name}: {e.title}: {e.note}" for e in explanations if e.note]
    lines += notes.values()
    data = [
        {**e.to_dict(), "recommender": model, "explainer": name, "residual": e.residual}
        for name, explanations in done.items()
        for e in explanations
    ]
    rows = [row for name, explanations in done.items() for e in explanations for row in _records(name, e, model)]
    return Page(tables, data=data, rows=Table(_RECORD, rows), notes=lines)


def _table(model: str, names: list[str], explanations: list[Explanation], top: int) -> Table:
    """One item: base, the players strongest for the first explainer, everything else, what is left over, score."""
    first = explanations[0]
    labels: dict[str, str] = {}
    values: list[dict[str, float]] = []
    for e in explanations:
        labels.update(zip(e.player_ids, e.players, strict=True))
        values.append(dict(zip(e.player_ids, e.values.tolist(), strict=True)))
    strongest = sorted(labels, key=lambda p: -abs(values[0].get(p, 0.0)))[:top]
    strongest.sort(key=lambda p: -values[0].get(p, 0.0))
    hidden = [p for p in labels if p not in set(strongest)]
    numbers: list[list[float]] = [[_sized(e, e.base_value) for e in explanations]]
    numbers += [[v.get(p, 0.0) for v in values] for p in strongest]
    names_of_rows = [BASE.get(first.kind, "(nobody)"), *(labels[p] for p in strongest)]
    if hidden:
        names_of_rows.append(f"everything else ({len(hidden)})")
        sums = [math.fsum(v.get(p, 0.0) for p in hidden) for v in values]
        numbers.append([_sized(e, x) for e, x in zip(explanations, sums, strict=True)])
    sizes = [abs(e.full_value) for e in explanations] + [abs(x) for row in numbers for x in row]
    digits = _digits([x for x in sizes if not math.isnan(x)])
    if any(abs(_sized(e, e.residual)) >= 0.5 * 10**-digits for e in explanations):
        names_of_rows.append("left unexplained")
        numbers.append([_sized(e, e.residual) for e in explanations])
    names_of_rows.append(first.target)
    numbers.append([e.full_value for e in explanations])
    last = len(numbers) - 1
    cells = [[_number(x, digits, signed=r not in (0, last)) for x in row] for r, row in enumerate(numbers)]
    score, base = (_number(x, digits, signed=False) for x in (first.full_value, first.base_value))
    title = f"{first.title} ({first.item_id}) for {first.user_id}, by {model}: {first.target} {score}"
    title += "" if first.ordinal else f", base {base}"
    return Table(
        (first.kind, *names), [(label, *row) for label, row in zip(names_of_rows, cells, strict=True)], title=title
    )


def _sized(explanation: Explanation, value: float) -> float:
    """A sum or a difference of values; none (NaN) where the values only tell an order."""
    return math.nan if explanation.ordinal else value


def _number(value: float, digits: int, *, signed: bool) -> str:
    """Fixed decimals; what rounds to zero has no sign."""
    if math.isnan(value):
        return ""
    if abs(value) < 0.5 * 10**-digits:
        return f"{0:.{digits}f}"
    return f"{value:+.{digits}f}" if signed else f"{value:.{digits}f}"


def _digits(sizes: list[float]) -> int:
    """Decimals that show four figures of the largest number, and never fewer than four of them."""
    largest = max(sizes, default=0.0)
    return 4 if largest <= 0 else min(12, max(4, 3 - math.floor(math.log10(largest))))


def _effort(explanations: list[Explanation]) -> str:
    """Items that share a game share its calls and seconds: they are said once."""
    shared = explanations[0].kind != "features"
    counted = explanations[:1] if shared else explanations
    calls, seconds = sum(e.model_calls for e in counted), sum(e.seconds for e in counted)
    items = f" for {len(explanations)} items" if len(explanations) > 1 else ""
    return f"{calls} model calls, {seconds:.3f} s{items}"


def _records(name: str, e: Explanation, model: str) -> list[tuple[Any, ...]]:
    errors = [None] * len(e.values) if e.std_error is None else e.std_error.tolist()
    head = (e.user_id, e.item_id, e.title, model, name, e.kind)
    tail = (e.base_value, e.full_value, e.residual, e.model_calls, e.seconds)
    return [
        (*head, e.player_ids[i], e.players[i], float(e.values[i]), errors[i], *tail) for i in e.order().tolist()
    ] or [(*head, "", "", None, None, *tail)]
