"""Explanations of every form that a sentence can have, with names that no language has among its own words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from whyrec.explanation import Explanation
from whyrec.players import OTHER

TITLE, INSTEAD = "⟦title⟧", "⟦instead⟧"
BEHAVIORS = ("purchase", "addtocart", "like", "rating", "click", "wibble")
_LETTERS = "abcdefgh"
_VALUES = {
    "one": (2.0, 0.0, 0.0),
    "two": (2.0, 1.9, 0.0),
    "mostly": (5.0, 1.0, 1.0),
    "many": (1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0),
    "against": (4.0, 3.0, -1.0, -2.0),
    "nearly all": (1.0, 0.9, 0.85, 0.02),
    "only against": (-1.0, -2.0, 0.0),
    "one against": (-1.0, 0.0, 0.0),
    "nothing": (0.0, 0.0, 0.0),
    "nobody": (),
}
_SETS = {"few": (1.0, 0.5, 0.0), "large": (1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4), "none": (0.0, 0.0)}


def sayings() -> Iterator[tuple[str, Explanation]]:
    """What it is, in a few words, and the explanation."""
    for kind, by in (("history", None), ("interests", "genre"), ("interests", "behavior"), ("features", None)):
        what = kind if by is None else f"{kind} by {by}"
        for case, values in _VALUES.items():
            yield f"{what}, {case}", _made(kind, by, values)
            yield f"{what}, {case}, in order only", replace(_made(kind, by, values), additive=False, ordinal=True)
        for case, values in _SETS.items():
            made = replace(_made(kind, by, values), additive=False, ordinal=True, chosen="remove")
            yield f"{what}, without {case}", made
            yield f"{what}, {case} kept", replace(made, chosen="keep")
            if any(values):
                yield f"{what}, without {case}, something instead", replace(made, instead=INSTEAD)
    yield "items of no genre", replace(_made("interests", "genre", (2.0, 1.0)), player_ids=(OTHER, "b"))
    yield "no behaviors are known", replace(_made("history", None, _VALUES["two"]), behaviors=None)


def _made(kind: str, by: str | None, values: Sequence[float]) -> Explanation:
    n = len(values)
    names = _LETTERS[:n]
    return Explanation(
        user_id="somebody", item_id="something", title=TITLE, kind=kind, by=by,
        player_ids=tuple(names), players=tuple(f"⟦{name}⟧" for name in names), values=np.array(values),
        base_value=0.0, full_value=float(sum(values)), recommender="kit", explainer="kit", additive=True,
        behaviors=tuple(BEHAVIORS[p % len(BEHAVIORS)] for p in range(n)) if kind == "history" else None,
    )  # fmt: skip
