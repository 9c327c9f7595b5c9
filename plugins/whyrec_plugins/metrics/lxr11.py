"""lxr11: removing and inserting players in the order of an explanation, eleven steps (Barkan et al. 2024)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, TypeVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from whyrec import (
    BoolArray,
    Evidence,
    Explanation,
    FloatArray,
    Game,
    IntArray,
    Measure,
    Metric,
    ScoresFeatures,
    evaluate,
    evaluate_ranks,
)

T = TypeVar("T", bound=np.generic)

BINS = 10
SOURCE = "Barkan et al., A Counterfactual Framework for Learning and Evaluating Explanations (WWW 2024)"
Cutoffs = Annotated[tuple[Annotated[int, Field(ge=1)], ...], Field(min_length=1)]


class LXR11(Metric):
    """Fidelity of the order of an explanation of the top recommendation y.

    The n players, most supporting first, are cut into ten near-equal bins (the first ones larger by one), which
    gives eleven points 0 = c_0 < … < c_10 = n. At each point the first c_t players are removed (del, ndcg, pos),
    only they are kept (ins), or the last c_t are removed (neg); each figure is the mean over the points. Ranks are
    among the items outside the full history; ties by item index. What is asked of the model here is not counted as
    the explainer's calls.

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
        return tuple(cards)

    def _measure(self, evidence: Evidence) -> Mapping[str, FloatArray]:
        out = {card.name: np.full(len(evidence.explanations), np.nan) for card in self.measures()}
        places = evidence.place or evidence.column
        chosen = [e for e, place in enumerate(places) if place == 0 and _judgeable(evidence.games[e])]
        games = [_of_one_item(evidence.games[e], evidence.column[e]) for e in chosen]
        paths = [_Path(evidence.explanations[e]) for e in chosen]
        judged = evaluate_ranks(games, [p.judged() for p in paths])
        kept = evaluate(games, [p.kept() for p in paths])
        for e, path, (scores, ranks), values in zip(chosen, paths, judged, kept, strict=True):
            without, last = path.without(ranks[:, 0]), path.last(ranks[:, 0])
            out["lxr11.del"][e] = path.without(scores[:, 0]).mean()
            out["lxr11.ins"][e] = path.inserted(scores[:, 0], values[:, 0]).mean()
            out["lxr11.ndcg"][e] = (1.0 / np.log2(1.0 + without)).mean()
            for k in self.ks:
                out[f"lxr11.pos@{k}"][e] = (without <= k).mean()
                out[f"lxr11.neg@{k}"][e] = (last <= k).mean()
            out["lxr11.ties"][e] = _ties(evidence.explanations[e].values)
        return out


class _Path:
    """The coalitions of one explanation. Steps that fall together (fewer players than bins) are scored once, and
    so are the two ends that all ways share: everybody and nobody."""

    def __init__(self, explanation: Explanation) -> None:
        n = len(explanation.values)
        self.place = np.empty(n, np.int64)
        self.place[explanation.order()] = np.arange(n)
        self.steps, self.at = np.unique(_points(n), return_inverse=True)

    def judged(self) -> BoolArray:
        """(2u − 2, n) for u steps: without the first, from none to all; then without the last, ends left out."""
        first = self.place >= self.steps[:, None]
        last = self.place < (len(self.place) - self.steps[1:-1, None])
        return np.concatenate([first, last])

    def kept(self) -> BoolArray:
        """(u − 2, n) only the first kept, ends left out."""
        return self.place < self.steps[1:-1, None]

    def without(self, judged: NDArray[T]) -> NDArray[T]:
        return judged[: len(self.steps)][self.at]

    def last(self, judged: NDArray[T]) -> NDArray[T]:
        u = len(self.steps)
        return np.concatenate([judged[:1], judged[u:], judged[u - 1 : u]])[self.at]

    def inserted(self, judged: FloatArray, kept: FloatArray) -> FloatArray:
        u = len(self.steps)
        return np.concatenate([judged[u - 1 : u], kept, judged[:1]])[self.at]


def _points(n: int) -> IntArray:
    """(11,) how many players are gone at each point: bins as numpy's ``array_split`` cuts them."""
    sizes = n // BINS + (np.arange(BINS) < n % BINS)
    return np.concatenate([[0], np.cumsum(sizes)])


def _judgeable(game: Game) -> bool:
    return game.n_players > 0 and (game.players.kind != "features" or game.model.can(ScoresFeatures))


def _of_one_item(game: Game, column: int) -> Game:
    """The same game about one item only, with counters of its own."""
    item = game.items[column : column + 1]
    return Game(
        game.model,
        game.history,
        item,
        game.players,
        user_id=game.user_id,
        row=game.row,
        target=game.target,
        removal=game.removal,
    )


def _ties(values: FloatArray) -> float:
    """The share of values that occur more than once."""
    _, counts = np.unique(values, return_counts=True)
    return float(counts[counts > 1].sum() / len(values))
