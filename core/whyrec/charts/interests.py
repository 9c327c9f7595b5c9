"""Pictures of a user's interests: over time, and before and after a change."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import numpy as np

from whyrec.charts.picture import PLAIN, SUPPORTS, Picture, altair, drawn, shortened
from whyrec.profiles import Profile


def over_time(profile: Profile, *, top: int = 6, y: str = "share of the reasons ({by})") -> Picture:
    """Each interest's share of what moved the recommendations, moment by moment; the strongest ``top``, one line each.

    Every line has a mark of its own, so that lines are told apart without colors.
    """
    alt = altair()
    strongest = [g for g in profile.order().tolist() if np.isfinite(profile.influence[:, g]).any()][:top]
    rows = [
        {
            "time": datetime.fromtimestamp(float(time), UTC).isoformat(),
            "interest": shortened(profile.interests[g]),
            "share": float(profile.influence[t, g]),
        }
        for g in strongest
        for t, time in enumerate(profile.times)
        if np.isfinite(profile.influence[t, g])
    ]
    names = [shortened(profile.interests[g]) for g in strongest]
    base = alt.Chart(alt.Data(values=rows)).encode(
        x=alt.X("time:T", title=None),
        y=alt.Y("share:Q", title=y.format(by=profile.by), axis=alt.Axis(format="%")),
    )
    # The order as a domain: with ``sort``, the legends of colors and shapes would not become one.
    color = alt.Color("interest:N", title=None, scale=alt.Scale(domain=names))
    shape = alt.Shape("interest:N", title=None, scale=alt.Scale(domain=names))
    lines = base.mark_line().encode(color=color)
    points = base.mark_point(filled=True, size=60, opacity=1).encode(color=color, shape=shape)
    chart = (lines + points).properties(width=460, height=260, title=f"{profile.user_id} · {profile.recommender}")
    return drawn(chart, f"Interests of {profile.user_id} over time: {', '.join(names)}")


def before_after(
    before: Mapping[str, float],
    after: Mapping[str, float],
    *,
    title: str = "",
    words: tuple[str, str] = ("before", "after"),
) -> Picture:
    """Shares of interests before and after a change, side by side, largest before first."""
    alt = altair()
    names = sorted({*before, *after}, key=lambda name: (-before.get(name, 0.0), -after.get(name, 0.0), name))
    rows: list[dict[str, Any]] = [
        {"interest": shortened(name), "when": when, "share": float(shares.get(name, 0.0))}
        for when, shares in zip(words, (before, after), strict=True)
        for name in names
    ]
    chart = (
        alt.Chart(alt.Data(values=rows))
        .mark_bar()
        .encode(
            y=alt.Y("interest:N", sort=[shortened(n) for n in names], title=None),
            yOffset=alt.YOffset("when:N", sort=list(words)),
            x=alt.X("share:Q", title=None, axis=alt.Axis(format="%")),
            color=alt.Color("when:N", sort=list(words), title=None, scale=alt.Scale(range=[PLAIN, SUPPORTS])),
        )
        .properties(width=420, height=alt.Step(14), title=title)
    )
    told = "; ".join(f"{n} {before.get(n, 0):.0%} → {after.get(n, 0):.0%}" for n in names)
    return drawn(chart, told or "no interests")
