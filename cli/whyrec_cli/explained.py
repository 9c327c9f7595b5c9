"""Explanations as tables: one for each item, one column for each explainer, each column adding up to the score.

What two players do only together, where an explainer tells it, follows in a table of its own.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from whyrec_cli.output import Page, Table

if TYPE_CHECKING:
    from whyrec import Explanation, Words

_RECORD = (
    "user_id", "item_id", "title", "recommender", "explainer", "players", "player_id", "player", "with_player_id",
    "with_player", "value", "std_error", "base_value", "score", "residual", "model_calls", "seconds",
)  # fmt: skip


def page(
    done: dict[str, list[Explanation]],
    notes: dict[str, str],
    *,
    history: str | None,
    top: int,
    model: str,
    words: Words,
) -> Page:
    """The page of ``whyrec explain``.

    Parameters
    ----------
    done : explainer → one explanation for each item, items in the same order
    notes : explainer → why it has no column
    history : a sentence about the user, if there is one to say
    words : of the reader's language; each table has a sentence below, by the first explainer
    """
    columns = list(done.values())
    tables = []
    for one in zip(*columns, strict=True):
        tables.append(_table(model, list(done), list(one), top, words))
        tables += [made for name, e in zip(done, one, strict=True) if (made := _together(name, e, top, words))]
    lines = [history] if history else []
    for name, explanations in done.items():
        lines.append(_effort(name, explanations, words))
        lines += [words("explain.note", name=name, title=e.title, note=e.note) for e in explanations if e.note]
        if any(e.pairs for e in explanations) and not any(_strongest(e) for e in explanations):
            lines.append(words("together.none", name=name))
    lines += notes.values()
    data = [
        {
            **e.to_dict(),
            "recommender": model,
            "explainer": name,
            "residual": e.residual,
            "text": words.sentence(e),
            **({} if e.pairs is None else {"interactions": _interactions(e)}),
        }
        for name, explanations in done.items()
        for e in explanations
    ]
    rows = [row for name, explanations in done.items() for e in explanations for row in _records(name, e, model)]
    return Page(tables, data=data, rows=Table(_RECORD, rows), notes=lines)


def _table(model: str, names: list[str], explanations: list[Explanation], top: int, words: Words) -> Table:
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
    names_of_rows = [words(f"base.{first.kind}"), *(labels[p] for p in strongest)]
    if hidden:
        names_of_rows.append(words("explain.else", n=len(hidden)))
        sums = [math.fsum(v.get(p, 0.0) for p in hidden) for v in values]
        numbers.append([_sized(e, x) for e, x in zip(explanations, sums, strict=True)])
    sizes = [abs(e.full_value) for e in explanations] + [abs(x) for row in numbers for x in row]
    digits = _digits([x for x in sizes if not math.isnan(x)])
    if any(abs(_sized(e, e.residual)) >= 0.5 * 10**-digits for e in explanations):
        names_of_rows.append(words("explain.left"))
        numbers.append([_sized(e, e.residual) for e in explanations])
    target = _target(first.target, words)
    names_of_rows.append(target)
    numbers.append([e.full_value for e in explanations])
    last = len(numbers) - 1
    cells = [[_number(x, digits, signed=r not in (0, last)) for x in row] for r, row in enumerate(numbers)]
    score, base = (_number(x, digits, signed=False) for x in (first.full_value, first.base_value))
    title = words(
        "explain.title" if first.ordinal else "explain.title_base",
        title=first.title, item=first.item_id, user=first.user_id, model=model, target=target, score=score, base=base,
    )  # fmt: skip
    return Table(
        (words(f"players.{first.kind}"), *names),
        [(label, *row) for label, row in zip(names_of_rows, cells, strict=True)],
        title=title,
        below=words.sentence(first),
    )


def _target(target: str, words: Words) -> str:
    """``margin@10`` and the like, in words."""
    kind, _, k = target.partition("@")
    return words(f"target.{kind}", k=k)


def _together(name: str, e: Explanation, top: int, words: Words) -> Table | None:
    """The pairs of players that do most together, strongest first; None where there are none."""
    pairs = _strongest(e)
    if not pairs:
        return None
    digits = _digits([abs(value) for _, _, value in pairs])
    rows = [(e.players[i], e.players[j], _number(value, digits, signed=True)) for i, j, value in pairs[:top]]
    counted = words("together.some" if len(pairs) > len(rows) else "together.all", n=len(rows), all=len(pairs))
    title = words("together.title", title=e.title, item=e.item_id, name=name, counted=counted)
    columns = (words(f"players.{e.kind}"), words("together.with"), words("together.value"))
    return Table(columns, rows, title=title, keep=2)


def _strongest(e: Explanation) -> list[tuple[int, int, float]]:
    """Pairs that interact at all, strongest first, ties in their order."""
    return sorted((pair for pair in e.pairs or () if abs(pair[2]) > 0), key=lambda pair: -abs(pair[2]))


def _interactions(e: Explanation) -> list[dict[str, Any]]:
    """Pairs by name, strongest first, for JSON."""
    return [
        {
            "player_id": e.player_ids[i],
            "player": e.players[i],
            "with_player_id": e.player_ids[j],
            "with_player": e.players[j],
            "value": value,
        }
        for i, j, value in sorted(e.pairs or (), key=lambda pair: -abs(pair[2]))
    ]


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


def _effort(name: str, explanations: list[Explanation], words: Words) -> str:
    """Items that share a game share its calls and seconds: they are said once."""
    shared = explanations[0].kind != "features"
    counted = explanations[:1] if shared else explanations
    calls, seconds = sum(e.model_calls for e in counted), sum(e.seconds for e in counted)
    key = "explain.effort_items" if len(explanations) > 1 else "explain.effort"
    return words(key, name=name, calls=calls, seconds=f"{seconds:.3f}", n=len(explanations))


def _records(name: str, e: Explanation, model: str) -> list[tuple[Any, ...]]:
    errors = [None] * len(e.values) if e.std_error is None else e.std_error.tolist()
    head = (e.user_id, e.item_id, e.title, model, name, e.kind)
    tail = (e.base_value, e.full_value, e.residual, e.model_calls, e.seconds)
    rows: list[tuple[Any, ...]] = [
        (*head, e.player_ids[i], e.players[i], "", "", float(e.values[i]), errors[i], *tail) for i in e.order().tolist()
    ]
    rows += [(*head, *pair.values(), None, *tail) for pair in _interactions(e)]
    return rows or [(*head, "", "", "", "", None, None, *tail)]
