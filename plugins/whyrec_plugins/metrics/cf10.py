"""cf10: perturbing in ten steps, and what the explanation's own players change in the list (CFExpRec 2026)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated

import numpy as np
from pydantic import Field

from whyrec import BoolArray, Evidence, FloatArray, IntArray, Measure, Metric, evaluate_ranks, evaluate_tops
from whyrec_plugins.metrics._path import Path, in_parts, judged_items, of_one_item, supporters, ten_bins

SOURCE = "CFExpRec (SIGIR 2026)"
Cutoffs = Annotated[tuple[Annotated[int, Field(ge=1)], ...], Field(min_length=1)]


class CF10(Metric):
    """Fidelity of the explanations of each of the top K items y.

    ``pos`` and ``neg``: the n players, most supporting first, are cut into ten bins of which the first n mod 10 hold
    one more, which gives the points c_1 < … < c_10 = n; each figure is the mean over the ten. There is no step at 0,
    so that these are not the numbers of ``lxr11``. An explanation names a set E: its supporting players (value > 0),
    the first ``length`` of them. ``pn_s``: whether y leaves the top K without E; ``pn_s_list``: the share of the top K
    without E that is new; ``pn_r``: the same, weighed by rank. Candidates are the items outside the full history;
    ties by item index. What is asked of the model here is not counted as the explainer's calls.

    Parameters
    ----------
    ks : the K; an item is judged for those K that it is within
    length : the largest E
    """

    name = "cf10"
    summary = "perturbation in ten steps, and what changes in the list, as in CFExpRec"

    def __init__(self, *, ks: Cutoffs = (3, 5), length: Annotated[int, Field(ge=1)] = 5) -> None:
        self.ks = ks
        self.length = length

    def measures(self) -> tuple[Measure, ...]:
        cards = []
        for k in self.ks:
            top = f"top{k}(x∖E)"
            cards += [
                Measure(f"cf10.pos@{k}", "lower", f"mean_t 1[rank_y(x∖c_t) ≤ {k}]", "0 … 1", SOURCE),
                Measure(f"cf10.neg@{k}", "higher", f"mean_t 1[rank_y(x∖last c_t) ≤ {k}]", "0 … 1", SOURCE),
                Measure(f"cf10.pn_s@{k}", "higher", f"1[y ∉ {top}]", "0 or 1", SOURCE),
                Measure(f"cf10.pn_s_list@{k}", "higher", f"|new items in {top}| / {k}", "0 … 1", SOURCE),
                Measure(
                    f"cf10.pn_r@{k}",
                    "higher",
                    f"Σ_(new at rank r) 1/log2(1 + r) ÷ Σ_(r ≤ {k}) 1/log2(1 + r)",
                    "0 … 1",
                    SOURCE,
                ),
            ]
        cards.append(Measure("cf10.perturbed", "lower", "|E|", f"0 … {self.length}", SOURCE))
        return tuple(cards)

    def _measure(self, evidence: Evidence) -> Mapping[str, FloatArray]:
        out = {card.name: np.full(len(evidence.explanations), np.nan) for card in self.measures()}
        places = evidence.place or evidence.column
        deepest = max(self.ks)
        for part in in_parts(judged_items(evidence, deepest)):
            games = [of_one_item(evidence.games[e], evidence.column[e]) for e in part]
            paths = [Path(told := evidence.explanations[e], ten_bins(len(told.values))[1:]) for e in part]
            named = [supporters(evidence.explanations[e], self.length) for e in part]
            judged = evaluate_ranks(games, [p.judged() for p in paths])
            tops = evaluate_tops(games, [_with_and_without(chosen) for chosen in named], deepest)
            for e, path, (_, ranks), chosen, top in zip(part, paths, judged, named, tops, strict=True):
                without, last = path.without(ranks[:, 0]), path.last(ranks[:, 0])
                item = int(evidence.games[e].items[evidence.column[e]])
                out["cf10.perturbed"][e] = chosen.sum()
                for k in (k for k in self.ks if places[e] < k):
                    out[f"cf10.pos@{k}"][e] = (without <= k).mean()
                    out[f"cf10.neg@{k}"][e] = (last <= k).mean()
                    changed = _changed(item, top[0, :k], top[1, :k])
                    for name, value in zip(("pn_s", "pn_s_list", "pn_r"), changed, strict=True):
                        out[f"cf10.{name}@{k}"][e] = value
        return out


def _with_and_without(chosen: BoolArray) -> BoolArray:
    """(2, n): everybody, then everybody but the chosen."""
    return np.stack([np.ones_like(chosen), ~chosen])


def _changed(item: int, before: IntArray, after: IntArray) -> Sequence[float]:
    """PN-S of the item, PN-S of the list, PN-R, from (K,) lists padded with −1."""
    new = (after >= 0) & ~np.isin(after, before)
    gain = 1.0 / np.log2(2.0 + np.arange(len(after)))
    return float(item not in after), float(new.mean()), float(gain[new].sum() / gain.sum())
