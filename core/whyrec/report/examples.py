"""Examples: twenty explanations, chosen by a rule that is told: the truest, the least true, the most disputed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from whyrec.explanation import Explanation
from whyrec.report.gathered import Gathered, Key
from whyrec.types import FloatArray

Why = Literal["best", "worst", "disputed"]
SHARES: dict[Why, int] = {"best": 7, "worst": 7, "disputed": 6}
TOP = 5


@dataclass(frozen=True)
class Example:
    """An explanation, and why it was chosen; ``value``: the figure of its user, or the agreement of two explainers."""

    why: Why
    told: Explanation
    key: Key
    value: float
    other: Explanation | None = None
    other_key: Key | None = None


def chosen(found: Gathered, shares: dict[Why, int] | None = None) -> list[Example]:
    """By the figure of the report: the users with the best and the worst, each with the first item, spread over pairs
    of recommender and explainer. Disputed: where two explainers of a recommender share fewest of their five strongest.
    """
    wanted = shares or SHARES
    real = {(c.recommender, c.explainer) for c in found.comparison.cells if c.role == "explainer"}
    lower = found.figure is not None and found.comparison.better.get(found.figure) == "lower"
    ranked = sorted(
        ((value, key, user) for key, own in found.by_user.items() if key in real for user, value in own.items()),
        key=lambda one: (one[0] if lower else -one[0], one[1], one[2]),
    )
    first = {(key, e.user_id): e for key, told in found.told.items() for e in reversed(told) if len(e.values)}
    known = [(v, key, first[key, user]) for v, key, user in ranked if (key, user) in first]
    best = _spread(known, wanted["best"])
    taken = {id(e) for _, _, e in best}
    worst = _spread([one for one in reversed(known) if id(one[2]) not in taken], wanted["worst"])
    out = [Example("best", e, key, v) for v, key, e in best] + [Example("worst", e, key, v) for v, key, e in worst]
    return out + _disputed(found, real, wanted["disputed"])


def agreement(found: Gathered, recommender: str) -> tuple[list[str], FloatArray]:
    """(n, n) mean share of the five strongest players that two explainers have in common; NaN without common items."""
    names = [explainer for model, explainer in found.told if model == recommender]
    table = np.full((len(names), len(names)), np.nan)
    strongest = [
        {(e.user_id, e.item_id): _strongest(e) for e in found.told[recommender, name] if len(e.values)}
        for name in names
    ]
    for a, one in enumerate(strongest):
        for b, two in enumerate(strongest):
            shared = [_overlap(one[k], two[k]) for k in one.keys() & two.keys()]
            if shared:
                table[a, b] = float(np.mean(shared))
    return names, table


def _spread(ranked: list[tuple[float, Key, Explanation]], count: int) -> list[tuple[float, Key, Explanation]]:
    """The first ``count``, of each pair no more than its part, and no user twice."""
    keys = list(dict.fromkeys(key for _, key, _ in ranked))
    each = -(-count // max(1, len(keys)))
    taken: dict[Key, int] = {}
    seen: set[str] = set()
    out: list[tuple[float, Key, Explanation]] = []
    for one in ranked:
        key, user = one[1], one[2].user_id
        if len(out) < count and taken.get(key, 0) < each and user not in seen:
            taken[key] = taken.get(key, 0) + 1
            seen.add(user)
            out.append(one)
    return out


def _disputed(found: Gathered, real: set[Key], count: int) -> list[Example]:
    pairs: list[tuple[float, Key, Key, Explanation, Explanation]] = []
    keys = [key for key in found.told if key in real]
    for i, a in enumerate(keys):
        for b in keys[i + 1 :]:
            if a[0] != b[0]:
                continue
            others = {(e.user_id, e.item_id): e for e in found.told[b]}
            for e in found.told[a]:
                other = others.get((e.user_id, e.item_id))
                if other is not None and len(e.values) > TOP:
                    pairs.append((_overlap(_strongest(e), _strongest(other)), a, b, e, other))
    pairs.sort(key=lambda one: (one[0], one[1], one[2], one[3].user_id, one[3].item_id))
    out: list[Example] = []
    seen: set[str] = set()
    for share, a, b, e, other in pairs:
        if len(out) < count and e.user_id not in seen:
            seen.add(e.user_id)
            out.append(Example("disputed", e, a, share, other, b))
    return out


def _strongest(explanation: Explanation) -> frozenset[str]:
    order = np.argsort(-explanation.values, kind="stable")[:TOP]
    return frozenset(explanation.player_ids[p] for p in order)


def _overlap(a: frozenset[str], b: frozenset[str]) -> float:
    return len(a & b) / max(1, min(len(a), len(b)))
