"""Claims: what may be said in a sentence about an explanation. Languages put it into words, and add nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from whyrec.players import OTHER

if TYPE_CHECKING:
    from whyrec.explanation import Explanation

Form = Literal["shares", "order", "set", "unfound", "none"]

NAMED = 3
"""Players named for it, at the most."""
OF_A_SET = 5
"""Members of a set named, at the most."""
AGAINST = 2
"""Players named against it, at the most."""
MOSTLY = 0.5
"""From this share of what speaks for it, reasons are called the main ones."""
WORTH_SAYING = 0.1
"""What speaks against is said from this share of what speaks for it."""

ROUNDING = 1e-12
"""Of a value below this part of the score, nothing is said: that is rounding."""


@dataclass(frozen=True)
class Reason:
    """One player that a sentence names.

    Parameters
    ----------
    position : in the explanation's players
    label : what a person reads
    behavior : what the user did with it, by the data's own word, or None where that is not known
    unsorted : it stands for the items that have no value of what interests are grouped by; the label says nothing
    """

    position: int
    label: str
    behavior: str | None = None
    unsorted: bool = False


@dataclass(frozen=True)
class Claims:
    """What an explanation lets us say.

    Parameters
    ----------
    form : ``shares``: values add up, so shares may be told. ``order``: only who matters more. ``set``: without those
        named, and ``rest`` others, it would go (a counterfactual). ``unfound``: no such set is known. ``none``: nobody
        speaks for it
    kind, by : who the players are, and for interests what they are grouped by
    for_it : the strongest supporters, strongest first
    share : how much of all that speaks for it these make up, 0 … 1; only with ``shares``
    rest : further supporters, or members of the set, that are not named
    against : the strongest opponents, strongest first; only where they count
    empty : there are no players at all: the history is empty, or the item has no features
    instead : the title of the best item that would come into the list, where an explainer tells it
    kept : for ``set`` and ``unfound``: the set alone keeps it, rather than that it goes without the set
    """

    form: Form
    kind: str
    by: str | None = None
    for_it: tuple[Reason, ...] = ()
    share: float | None = None
    rest: int = 0
    against: tuple[Reason, ...] = ()
    empty: bool = False
    instead: str | None = None
    kept: bool = False

    @property
    def mostly(self) -> bool:
        """Whether those named make up most of what speaks for it."""
        return self.share is not None and self.share >= MOSTLY

    @property
    def percent(self) -> int | None:
        """The share in whole percent, never rounded up to 100 while something is left out."""
        if self.share is None:
            return None
        return min(round(100 * self.share), 99) if self.rest and self.share < 1 else round(100 * self.share)


def claims_of(explanation: Explanation) -> Claims:
    """What may be said of an explanation.

    Named are the fewest supporters that make up half of what speaks for it, at most three; and those against it whose
    values are at least a tenth of what speaks for it, at most two. Values that are not told to add up get no shares.
    """
    values = np.asarray(explanation.values, np.float64)
    kind, by, empty = explanation.kind, explanation.by, not len(values)
    order = np.argsort(-np.abs(values), kind="stable").tolist()
    least = 0.0 if explanation.chosen else ROUNDING * max(abs(explanation.full_value), abs(explanation.base_value))
    supporting = [p for p in order if values[p] > least]
    opposing = [p for p in order if values[p] < -least]
    if explanation.chosen is not None and not empty:
        return Claims(
            "set" if supporting else "unfound",
            kind,
            by,
            for_it=_reasons(explanation, supporting[:OF_A_SET]),
            rest=len(supporting[OF_A_SET:]),
            instead=explanation.instead,
            kept=explanation.chosen == "keep",
        )
    if not supporting:
        return Claims("none", kind, by, against=_reasons(explanation, opposing[:AGAINST]), empty=empty)
    if not explanation.additive:
        named = supporting[:NAMED]
        return Claims("order", kind, by, for_it=_reasons(explanation, named), rest=len(supporting) - len(named))
    sizes = values[supporting]
    total = float(sizes.sum())
    reached = np.cumsum(sizes) / total
    count = min(NAMED, int(np.searchsorted(reached, MOSTLY)) + 1, len(supporting))
    loud = [p for p in opposing if -values[p] >= WORTH_SAYING * total][:AGAINST]
    return Claims(
        "shares",
        kind,
        by,
        for_it=_reasons(explanation, supporting[:count]),
        share=float(reached[count - 1]),
        rest=len(supporting) - count,
        against=_reasons(explanation, loud),
    )


def _reasons(explanation: Explanation, positions: Sequence[int]) -> tuple[Reason, ...]:
    behaviors, grouped = explanation.behaviors, explanation.kind == "interests" and explanation.by != "behavior"
    return tuple(
        Reason(
            p,
            explanation.players[p],
            None if behaviors is None else behaviors[p],
            grouped and explanation.player_ids[p] == OTHER,
        )
        for p in positions
    )
