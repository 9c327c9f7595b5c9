"""lxr11: removing and inserting players in the order of an explanation, eleven steps (Barkan et al. 2024)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import numpy as np
from pydantic import Field

from whyrec import Evidence, FloatArray, Measure, Metric, evaluate, evaluate_ranks
from whyrec_plugins.metrics._path import BINS, Path, in_parts, judged_items, of_one_item, share_of_ties, ten_bins

SOURCE = "Barkan et al., A Counterfactual Framework for Learning and Evaluating Explanations (WWW 2024)"
Cutoffs = Annotated[tuple[Annotated[int, Field(ge=1)], ...], Field(min_length=1)]


class LXR11(Metric):
    """Fidelity of the order of an explanation of the top recommendation y.

    The n players, most supporting first, are cut into ten near-equal bins (the first ones larger by one), which
    gives eleven points 0 = c_0 < … < c_10 = n. At each point the first c_t players are removed (del, ndcg, pos),
    only they are kept (ins), or the last c_t are removed (neg); each figure is the mean over the points. Ranks are
    among the items outside the full history; ties by item index. What is asked of the model here is not counted as
    the explainer's calls.

    ``lxr11.del.curve@P`` and ``lxr11.ins.curve@P`` are the scores at the points themselves, with P percent of the bins
    gone (or kept): the curves of which the figures are the means.

    Undefined for all but the first recommendation, without players, and for features of an item where the model
    cannot score other features.

    Parameters
    ----------
    ks : the K of pos@K and neg@K
    """

    name = "lxr11"
    summary = "deletion and insertion in eleven steps, as in LXR"

    def __init__(self, *, ks: Cutoffs = (1, 5, 10, 20, 50, 100)) -> None:
        self.ks = ks

    def measures(self) -> tuple[Measure, ...]:
        cards = [
            Measure("lxr11.del", "lower", "mean_t f(x∖c_t)_y", "the score's", SOURCE),
            Measure("lxr11.ins", "higher", "mean_t f(x^c_t)_y", "the score's", SOURCE),
            Measure("lxr11.ndcg", "lower", "mean_t 1/log2(1 + rank_y(x∖c_t))", "0 … 1", SOURCE),
        ]
        for k in self.ks:
            cards.append(Measure(f"lxr11.pos@{k}", "lower", f"mean_t 1[rank_y(x∖c_t) ≤ {k}]", "0 … 1", SOURCE))
        for k in self.ks:
            formula = f"mean_t 1[rank_y(x∖last c_t) ≤ {k}]"
            cards.append(Measure(f"lxr11.neg@{k}", "higher", formula, "0 … 1", SOURCE))
        cards.append(Measure("lxr11.ties", None, "share of players whose value another one has too", "0 … 1"))
        for name, formula in (("del", "f(x∖c_t)_y"), ("ins", "f(x^c_t)_y")):
            cards += [
                Measure(f"lxr11.{name}.curve@{10 * t}", None, f"{formula}, t = {t}", "the score's", SOURCE)
                for t in range(BINS + 1)
            ]
        return tuple(cards)

    def _measure(self, evidence: Evidence) -> Mapping[str, FloatArray]:
        out = {card.name: np.full(len(evidence.explanations), np.nan) for card in self.measures()}
        for part in in_parts(judged_items(evidence, top=1)):
            games = [of_one_item(evidence.games[e], evidence.column[e]) for e in part]
            paths = [Path(told := evidence.explanations[e], ten_bins(len(told.values))) for e in part]
            judged = evaluate_ranks(games, [p.judged() for p in paths])
            kept = evaluate(games, [p.kept() for p in paths])
            for e, path, (scores, ranks), values in zip(part, paths, judged, kept, strict=True):
                without, last = path.without(ranks[:, 0]), path.last(ranks[:, 0])
                curves = {"del": path.without(scores[:, 0]), "ins": path.inserted(scores[:, 0], values[:, 0])}
                for name, curve in curves.items():
                    out[f"lxr11.{name}"][e] = curve.mean()
                    for t, value in enumerate(curve):
                        out[f"lxr11.{name}.curve@{10 * t}"][e] = value
                out["lxr11.ndcg"][e] = (1.0 / np.log2(1.0 + without)).mean()
                for k in self.ks:
                    out[f"lxr11.pos@{k}"][e] = (without <= k).mean()
                    out[f"lxr11.neg@{k}"][e] = (last <= k).mean()
                out["lxr11.ties"][e] = share_of_ties(evidence.explanations[e].values)
        return out
