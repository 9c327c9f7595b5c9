"""Field: the scores of the whole catalog under coalitions, by matrix product on linear models."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, cast

import numpy as np
from scipy.sparse import csr_array

from whyrec import (
    BoolArray,
    FloatArray,
    Game,
    Histories,
    IntArray,
    LinearInHistory,
    ScoresMasked,
    ScoresWithoutEach,
    evaluate,
    evaluate_catalog,
    evaluate_ranks,
    ranks_of,
)

Scorer = Callable[[FloatArray], FloatArray]

_DOWNDATED = 24  # players present, of whom most may move, for whom a downdate is worth its factorization
_CELLS = 2_000_000  # scores held at once: 16 MB
_MOVES = 20_000_000  # entries of the coalitions that one step of a search asks of all games together: 20 MB


class Field:
    """Some games of one model, asked about all items at once.

    Linear models are asked once for each item of the history, alone, and once for nobody; every coalition then is a
    matrix product. Models with a short cut for masked histories use it. All others are asked as in
    ``evaluate_catalog``. What is asked is counted.

    Parameters
    ----------
    games : of one model; only one if it has a short cut, see :func:`alone`
    plain : ask by no short cut

    Attributes
    ----------
    unit : (n_entries, n_items) what one unit of each of the history's interests adds to every score, and
        ``bias`` (n_items,); None unless the model is linear. Only for a field of one game.
    kept : what those who ask have learned of the games, for the next one who asks; each under its own type
    """

    def __init__(self, games: Sequence[Game], *, plain: bool = False) -> None:
        self.games = games
        self.kept: dict[type, Any] = {}
        self.unit: FloatArray | None = None
        self.bias: FloatArray = np.zeros(0)
        self._scorer = None
        game = games[0]
        if alone(game) and not plain:
            if game.model.can(LinearInHistory):
                self.unit, self.bias = _unit_scores(game)
            else:
                self._scorer = game.scorer(np.arange(game.history.n_items))

    def scores(self, coalitions: Sequence[BoolArray]) -> Iterator[tuple[int, int, FloatArray]]:
        """Game g with ``coalitions[g]`` (m_g, n_g): yields g, the first row of a block, its scores (rows, n_items)."""
        unit = self.unit
        if unit is None and self._scorer is None:
            yield from evaluate_catalog(self.games, coalitions)
            return
        game, given = self.games[0], self.games[0].checked(coalitions[0])
        block = max(1, _CELLS // game.history.n_items)
        for start in range(0, len(given), block):
            begun = time.perf_counter()
            interests = game.interests(given[start : start + block])
            if unit is not None:
                found = interests @ unit + self.bias
            elif self._scorer is not None:
                found = self._scorer(interests)
                game.count(len(found), time.perf_counter() - begun)
            yield 0, start, found

    @property
    def shortcut(self) -> bool:
        """Whether the one game's model has a short cut for masked histories, other than being linear."""
        return self._scorer is not None

    def whole(self, coalitions: BoolArray) -> FloatArray:
        """(m, n_items) scores of a single game with a short cut; for a few coalitions."""
        return np.concatenate([scores for _, _, scores in self.scores([coalitions])])

    def own(self, coalitions: Sequence[BoolArray]) -> list[FloatArray]:
        """Scores (m_g, K_g) of each game's items, whatever its target; nothing else is scored."""
        plain = [
            game
            if game.target == "score"
            else Game(game.model, game.history, game.items, game.players, row=game.row, removal=game.removal)
            for game in self.games
        ]
        found = evaluate(plain, coalitions)
        for game, asked in zip(self.games, plain, strict=True):
            if asked is not game:
                game.count(asked.calls, asked.model_seconds)
        return found

    def some(self, coalitions: BoolArray, items: IntArray) -> FloatArray:
        """(m, K) scores of some items under coalitions of a single game with a short cut."""
        game, begun = self.games[0], time.perf_counter()
        interests = game.interests(game.checked(coalitions))
        there = np.flatnonzero((interests != 0).any(axis=0))
        if game.removal == "drop" and len(there) < interests.shape[1]:  # what is always absent need not be known of
            scores = self._reduced(there, items)(interests[:, there])
        else:
            scorer = game.scorer(items)
            if scorer is None:
                raise TypeError("only a field with a short cut scores some items")
            scores = scorer(interests)
        game.count(len(interests), time.perf_counter() - begun)
        return scores

    def moved(self, present: BoolArray, movers: IntArray, items: IntArray) -> FloatArray:
        """(len(movers), K) scores of some items once each of some players alone has changed sides.

        By the model's own short cut for histories without each item, where many are present.
        """
        game = self.games[0]
        plain = game.removal == "drop" and game.players.kind == "history" and game.model.can(ScoresWithoutEach)
        most = present.sum() >= _DOWNDATED and 2 * len(movers) >= present.sum()
        if plain and most and present[movers].all():
            begun = time.perf_counter()
            rows = np.cumsum(present)[movers] - 1
            without = cast(ScoresWithoutEach, game.model).scores_without_each(game.masked(present[None]), items)
            game.count(len(movers), time.perf_counter() - begun)
            found: FloatArray = np.asarray(without, np.float64)[rows]
            return found
        block = np.repeat(present[None], len(movers), axis=0)
        block[np.arange(len(movers)), movers] ^= True
        return self.some(block, items)

    def _reduced(self, there: IntArray, items: IntArray) -> Scorer:
        """The short cut for the history of some of the entries only."""
        game = self.games[0]
        interest = game.history.interest
        row = csr_array(
            (interest.data[there], interest.indices[there], [0, len(there)]), shape=(1, game.history.n_items)
        )
        return cast(ScoresMasked, game.model).masked_scorer(Histories.from_interest(row), items, removal="drop")

    def ranks(self, coalitions: Sequence[BoolArray]) -> list[tuple[FloatArray, IntArray]]:
        """Scores and ranks (m_g, K_g) of each game's items, as ``evaluate_ranks``."""
        shapes = [(len(c), len(g.items)) for g, c in zip(self.games, coalitions, strict=True)]
        out = [(np.empty(shape), np.empty(shape, np.int64)) for shape in shapes]
        for g, start, scores in self.scores(coalitions):
            rows = slice(start, start + len(scores))
            game = self.games[g]
            out[g][0][rows] = scores[:, game.items]
            out[g][1][rows] = ranks_of(scores, game.items, game.candidates)
        return out

    def asked_ranks(self, coalitions: Sequence[BoolArray]) -> list[tuple[FloatArray, IntArray]]:
        """The same, by the scores that rank in earnest, to their last digit."""
        if self.unit is not None and self.games[0].removal == "drop":
            return evaluate_ranks(self.games, coalitions, count=True)
        return self.ranks(coalitions)


def alone(game: Game) -> bool:
    """Whether a game has a short cut of its own, so that nothing is gained by asking it together with others."""
    model = game.model
    return game.players.kind != "features" and (model.can(LinearInHistory) or model.can(ScoresMasked))


def fields(games: Sequence[Game]) -> Iterator[tuple[list[int], Field]]:
    """All games, in fields: positions, and the field that holds them in that order."""
    together: list[int] = []
    held = 0
    for g, game in enumerate(games):
        if alone(game):
            yield [g], Field([game])
            continue
        moves = len(game.items) * game.n_players**2
        if together and held + moves > _MOVES:
            yield together, Field([games[i] for i in together])
            together, held = [], 0
        together.append(g)
        held += moves
    if together:
        yield together, Field([games[g] for g in together])


def _unit_scores(game: Game) -> tuple[FloatArray, FloatArray]:
    """Scores of histories of one unit of one item each, less those of an empty history, under the removal rule."""
    begun = time.perf_counter()
    model, own = game.model, game.history.interest.indices
    n = len(own)
    rows = csr_array((np.ones(n), own, np.append(np.arange(n + 1), n)), shape=(n + 1, game.history.n_items))
    scores = model.score(Histories.from_interest(rows))
    unit, bias = scores[:-1] - scores[-1], scores[-1].copy()
    asked = n + 1
    if game.removal == "fill":
        mean = model.score(Histories.from_interest(csr_array(model.data.popularity[None, :])))[0] - bias
        unit, bias, asked = unit - mean, bias + game.history.interest.data.sum() * mean, asked + 1
    game.count(asked, time.perf_counter() - begun)
    return unit, bias
