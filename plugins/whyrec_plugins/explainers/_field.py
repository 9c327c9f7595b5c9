"""Field: the scores of the whole catalog under coalitions, by matrix product on linear models."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

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
    evaluate_catalog,
    evaluate_ranks,
    ranks_of,
)

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
    """

    def __init__(self, games: Sequence[Game], *, plain: bool = False) -> None:
        self.games = games
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
