"""Game: the one place where models are asked "what if this were not there"."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import cached_property

import numpy as np
from scipy.sparse import csr_array

from whyrec.capabilities import LinearInHistory, ScoresFeatures, ScoresMasked
from whyrec.errors import PluginError, UnsupportedError
from whyrec.histories import Histories
from whyrec.players import PlayerKind, Players, feature_players, history_players, interest_players
from whyrec.ranking import ranks_of
from whyrec.recommender import Recommender
from whyrec.types import BoolArray, FloatArray, IntArray

BLOCK = 1024  # coalitions scored at once: larger buffers leave the cache and are slower
_CELLS = 4_000_000  # numbers held at once while scoring the whole catalog: 32 MB, and as much again for ranks


class Game:
    """One user, up to K items, one kind of player: a function from coalitions to scores.

    Parameters
    ----------
    model : a fitted recommender
    history : one row
    items : (K,) explained together; one coalition is scored once for all of them
    players : who can be present or absent
    row : a number that identifies the user; it seeds the user's own random stream
    removal : what absent means. ``drop``: as if it had never been there.
    target : what is explained. ``score``: the number that ranks.

    Attributes
    ----------
    calls : coalitions scored so far
    model_seconds : time spent inside the model for them
    """

    def __init__(
        self,
        model: Recommender,
        history: Histories,
        items: IntArray,
        players: Players,
        *,
        user_id: str = "",
        row: int = 0,
        target: str = "score",
        removal: str = "drop",
    ) -> None:
        if target != "score":
            raise UnsupportedError(f"unknown target {target!r}", hint="known targets: score")
        if removal != "drop":
            raise UnsupportedError(f"unknown removal rule {removal!r}", hint="known removal rules: drop")
        self.model, self.history, self.items, self.players = model, history, np.asarray(items, np.int64), players
        self.user_id, self.row, self.target, self.removal = user_id, row, target, removal
        self.calls = 0
        self.model_seconds = 0.0

    @property
    def n_players(self) -> int:
        return len(self.players)

    @cached_property
    def full_value(self) -> FloatArray:
        """(K,) the scores that ranked the items: asked from the model plainly, by no short cut."""
        scores: FloatArray = self.model.score(self.history, self.items)[0]
        return scores

    @cached_property
    def base_value(self) -> FloatArray:
        """(K,) the scores with nobody present."""
        values: FloatArray = self.values(np.zeros((1, self.n_players), bool))[0]
        return values

    def values(self, coalitions: BoolArray) -> FloatArray:
        """(m, n_players) bool → (m, K) scores. Counted, bounded in memory; rows are independent."""
        return evaluate([self], [coalitions])[0]

    def ranks(self, coalitions: BoolArray) -> tuple[FloatArray, IntArray]:
        """(m, K) scores and ranks under each coalition: see :func:`evaluate_ranks`."""
        return evaluate_ranks([self], [coalitions])[0]

    @cached_property
    def linear(self) -> tuple[FloatArray, FloatArray] | None:
        """The weights of this history's own interests (n_entries, K), in their order, and the bias (K,).

        None if the model is not LinearInHistory, or if the players are not parts of the history.
        """
        if self.players.kind == "features" or not self.model.can(LinearInHistory):
            return None
        W, b = self.model.history_weights(self.items)  # type: ignore[attr-defined]
        return np.asarray(W, np.float64)[self.history.interest.indices], np.asarray(b, np.float64)

    # -- inside -------------------------------------------------------------------------------------

    def _checked(self, coalitions: BoolArray) -> BoolArray:
        coalitions = np.asarray(coalitions)
        if coalitions.ndim != 2 or coalitions.shape[1] != self.n_players or coalitions.dtype != np.bool_:
            raise PluginError(
                f"coalitions must be boolean (m, {self.n_players}); got {coalitions.dtype} {coalitions.shape}"
            )
        return coalitions

    @cached_property
    def _scorer(self) -> Callable[[FloatArray], FloatArray] | None:
        """From interests (m, n_entries) to scores (m, K), where the model has such a short cut."""
        if self.linear is not None:
            W, b = self.linear
            return lambda interest: interest @ W + b
        if self.players.kind == "features" or not self.model.can(ScoresMasked):
            return None
        scorer: Callable[[FloatArray], FloatArray] = self.model.masked_scorer(self.history, self.items)  # type: ignore[attr-defined]
        return scorer

    @property
    def stackable(self) -> bool:
        """Whether this game's masked histories can be scored in one call with other games'."""
        return self.players.kind != "features" and self._scorer is None

    def _block_values(self, coalitions: BoolArray) -> FloatArray:
        """Values of one block: by the model's short cut, by masked features, or by masked histories."""
        if self._scorer is not None:
            if self.players.kind == "history":  # players are the entries, in their order
                return self._scorer(coalitions * self.history.interest.data)
            return self._scorer(self.history.masked_interest(self.players.present(coalitions)))
        if self.players.kind == "features":
            return self._feature_values(coalitions)
        return self.model.score(self.masked(coalitions), self.items)

    def masked(self, coalitions: BoolArray) -> Histories:
        """The histories that coalitions leave: one row each."""
        return self.history.masked(self.players.present(coalitions))

    def _feature_values(self, coalitions: BoolArray) -> FloatArray:
        features = self.model.data.catalog.features
        if features is None or not self.model.can(ScoresFeatures):
            raise UnsupportedError(f"{self.model.name} does not score items by their features")
        own = features.matrix[self.items]  # one item: games over features have K = 1
        own.eliminate_zeros()
        place = np.searchsorted(self.players.parts, own.indices)
        kept = coalitions[:, place] * own.data
        indptr = np.arange(len(kept) + 1) * own.nnz
        masked = csr_array((kept.ravel(), np.tile(own.indices, len(kept)), indptr), shape=(len(kept), len(features)))
        items = np.repeat(self.items, len(coalitions))
        scores = self.model.score_features(self.history, masked, items)  # type: ignore[attr-defined]
        return np.asarray(scores, np.float64).T


def evaluate(games: Sequence[Game], coalitions: Sequence[BoolArray]) -> list[FloatArray]:
    """Values of many games' coalitions: game g with ``coalitions[g]`` (m_g, n_g) → (m_g, K_g).

    Games of one model that need whole masked histories share its calls; each coalition is counted on its own
    game. Up to rounding, the values do not depend on what else is evaluated beside them.
    """
    checked = [g._checked(c) for g, c in zip(games, coalitions, strict=True)]
    out: list[FloatArray] = [np.empty((len(c), len(g.items))) for g, c in zip(games, checked, strict=True)]
    pending: list[tuple[int, int, BoolArray]] = []
    for index, (game, given) in enumerate(zip(games, checked, strict=True)):
        for start in range(0, len(given), BLOCK):
            block = given[start : start + BLOCK]
            if game.stackable and len(games) > 1:
                if pending and (games[pending[0][0]].model is not game.model or _waiting(pending) + len(block) > BLOCK):
                    _flush(games, pending, out)
                pending.append((index, start, block))
                continue
            begun = time.perf_counter()
            out[index][start : start + len(block)] = game._block_values(block)
            game.model_seconds += time.perf_counter() - begun
            game.calls += len(block)
    _flush(games, pending, out)
    return out


def _waiting(pending: list[tuple[int, int, BoolArray]]) -> int:
    return sum(len(block) for _, _, block in pending)


def _flush(games: Sequence[Game], pending: list[tuple[int, int, BoolArray]], out: list[FloatArray]) -> None:
    """One model call for all waiting blocks, each row with its own game's items."""
    if not pending:
        return
    begun = time.perf_counter()
    stack = Histories.concat([games[g].masked(block) for g, _, block in pending])
    width = max(len(games[g].items) for g, _, _ in pending)
    rows = [np.resize(games[g].items, width) for g, _, _ in pending]
    items = np.repeat(np.array(rows), [len(block) for _, _, block in pending], axis=0)
    scores = games[pending[0][0]].model.score(stack, items)
    share = (time.perf_counter() - begun) / len(stack)
    at = 0
    for g, start, block in pending:
        out[g][start : start + len(block)] = scores[at : at + len(block), : len(games[g].items)]
        games[g].calls += len(block)
        games[g].model_seconds += share * len(block)
        at += len(block)
    pending.clear()


def evaluate_ranks(games: Sequence[Game], coalitions: Sequence[BoolArray]) -> list[tuple[FloatArray, IntArray]]:
    """Scores and ranks of many games' items: game g with ``coalitions[g]`` (m_g, n_g) → two (m_g, K_g).

    Candidates are the items outside the game's full history; rank = 1 + the number of candidates above, ties by
    item index. Not counted: it judges, it does not explain. Users share model calls, bounded in memory. Hiding
    features of one item leaves all other items' scores as they are.
    """
    checked = [g._checked(c) for g, c in zip(games, coalitions, strict=True)]
    out = [
        (np.empty((len(c), len(g.items))), np.empty((len(c), len(g.items)), np.int64))
        for g, c in zip(games, checked, strict=True)
    ]
    pending: list[tuple[int, int, BoolArray]] = []
    for index, (game, given) in enumerate(zip(games, checked, strict=True)):
        block = max(1, _CELLS // max(1, game.history.n_items))
        for start in range(0, len(given), block):
            part = given[start : start + block]
            if pending and not _fits(games[pending[0][0]], game, _waiting(pending) + len(part), block):
                _rank(games, pending, out)
            pending.append((index, start, part))
    _rank(games, pending, out)
    return out


def _fits(first: Game, game: Game, rows: int, block: int) -> bool:
    alike = first.model is game.model and len(first.items) == len(game.items)
    return alike and rows <= block and "features" not in (first.players.kind, game.players.kind)


def _rank(
    games: Sequence[Game], pending: list[tuple[int, int, BoolArray]], out: list[tuple[FloatArray, IntArray]]
) -> None:
    """One model call for all waiting blocks, over the whole catalog; each row with its own items and candidates."""
    if not pending:
        return
    first = games[pending[0][0]]
    counts = [len(block) for _, _, block in pending]
    owner = np.repeat(np.arange(len(pending)), counts)
    items = np.array([games[g].items for g, _, _ in pending])[owner]
    if first.players.kind == "features":
        scores = np.repeat(first.model.score(first.history), len(owner), axis=0)
        scores[:, first.items] = first._block_values(pending[0][2])
    else:
        scores = first.model.score(Histories.concat([games[g].masked(block) for g, _, block in pending]))
    seen = Histories.concat([games[g].history for g, _, _ in pending])
    candidates = np.ones((len(pending), scores.shape[1]), bool)
    candidates[seen.rows, seen.items] = False
    ranks, own = ranks_of(scores, items, candidates[owner]), np.take_along_axis(scores, items, axis=1)
    at = np.cumsum([0, *counts])
    for (g, start, block), a in zip(pending, at[:-1], strict=True):
        rows = slice(start, start + len(block))
        out[g][0][rows], out[g][1][rows] = own[a : a + len(block)], ranks[a : a + len(block)]
    pending.clear()


def games_for(
    model: Recommender,
    histories: Histories,
    items: IntArray,
    *,
    kind: str = "history",
    by: str | None = None,
    users: Sequence[str] | None = None,
    rows: IntArray | None = None,
) -> list[Game]:
    """The games of some users: one a user, or for players ``features`` one an item.

    Parameters
    ----------
    histories : (rows,)
    items : (rows, K) item indices, padded with −1
    rows : (rows,) what identifies each user for the random streams; default 0, 1, …
    """
    data = model.data
    games: list[Game] = []
    for r in range(len(histories)):
        history = histories.take(np.array([r]))
        own = items[r][items[r] >= 0]
        who = users[r] if users is not None else ""
        number = int(rows[r]) if rows is not None else r
        if kind == "features":
            for item in own:
                played = feature_players(data.catalog, int(item))
                games.append(Game(model, history, np.array([item]), played, user_id=who, row=number))
            continue
        if kind == "history":
            players = history_players(history, data.catalog)
        elif kind == "interests":
            players = interest_players(history, data, by)
        else:
            raise UnsupportedError(f"unknown players {kind!r}", hint="known players: history, interests, features")
        games.append(Game(model, history, own, players, user_id=who, row=number))
    return games


__all__ = ["BLOCK", "Game", "PlayerKind", "evaluate", "evaluate_ranks", "games_for"]
