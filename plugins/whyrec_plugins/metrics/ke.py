"""ke: explanations of fixed length (Baklanov et al. 2025)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import numpy as np
from pydantic import Field

from whyrec import Evidence, FloatArray, Measure, Metric, evaluate, evaluate_ranks
from whyrec_plugins.metrics._path import Path, in_parts, judged_items, of_one_item

SOURCE = "Baklanov et al., Refining Fidelity Metrics for Explainable Recommendations (SIGIR 2025)"
Numbers = Annotated[tuple[Annotated[int, Field(ge=1)], ...], Field(min_length=1)]


class KE(Metric):
    """Fidelity of the first Ke players of an explanation, for each length Ke; not a mean over a whole path.

    x∖Ke is the history without the Ke most supporting players, x^Ke that of them alone; where there are fewer
    players than Ke, all of them. ``del`` and ``ins`` are shares of the full score, and undefined where that is not
    above 0. Ranks are among the items outside the full history; ties by item index. What is asked of the model here
    is not counted as the explainer's calls.

    Parameters
    ----------
    lengths : the Ke
    ranks : the Kr of pos@Kr:Ke
    top : how many of each user's best items are judged
    """

    name = "ke"
    summary = "deletion and insertion of a fixed number of players"

    def __init__(
        self, *, lengths: Numbers = (1, 2, 3, 4, 5), ranks: Numbers = (10,), top: Annotated[int, Field(ge=1)] = 1
    ) -> None:
        self.lengths = lengths
        self.ranks = ranks
        self.top = top

    def measures(self) -> tuple[Measure, ...]:
        cards = [
            Measure(f"ke.pos@{r}:{k}", "lower", f"1[rank_y(x∖{k}) ≤ {r}]", "0 or 1", SOURCE)
            for r in self.ranks
            for k in self.lengths
        ]
        for name, better, formula, range_ in (
            ("cdcg", "lower", "1/log2(1 + rank_y(x∖{k}))", "0 … 1"),
            ("ins", "higher", "f(x^{k})_y / f(x)_y", "1: the full score"),
            ("del", "lower", "f(x∖{k})_y / f(x)_y", "1: the full score"),
        ):
            cards += [
                Measure(
                    f"ke.{name}@{k}", "higher" if better == "higher" else "lower", formula.format(k=k), range_, SOURCE
                )
                for k in self.lengths
            ]
        return tuple(cards)

    def _measure(self, evidence: Evidence) -> Mapping[str, FloatArray]:
        out = {card.name: np.full(len(evidence.explanations), np.nan) for card in self.measures()}
        for part in in_parts(judged_items(evidence, self.top)):
            games = [of_one_item(evidence.games[e], evidence.column[e]) for e in part]
            paths = [
                Path(told := evidence.explanations[e], np.minimum(self.lengths, len(told.values)), last=False)
                for e in part
            ]
            judged = evaluate_ranks(games, [p.judged() for p in paths])
            kept = evaluate(games, [p.kept() for p in paths])
            for e, path, (scores, ranks), alone in zip(part, paths, judged, kept, strict=True):
                full = path.full(scores[:, 0])
                self._note(out, e, "del", path.without(scores[:, 0]) / full if full > 0 else None)
                self._note(out, e, "ins", path.inserted(scores[:, 0], alone[:, 0]) / full if full > 0 else None)
                rank = path.without(ranks[:, 0])
                self._note(out, e, "cdcg", 1.0 / np.log2(1.0 + rank))
                for r in self.ranks:
                    for k, found in zip(self.lengths, rank, strict=True):
                        out[f"ke.pos@{r}:{k}"][e] = found <= r
        return out

    def _note(self, out: Mapping[str, FloatArray], e: int, name: str, found: FloatArray | None) -> None:
        if found is not None:
            for k, value in zip(self.lengths, found, strict=True):
                out[f"ke.{name}@{k}"][e] = value
