"""Again: the games of some users once more, for another model or another history."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from whyrec import (
    Explainer,
    Explanation,
    Game,
    Histories,
    Recommender,
    feature_players,
    history_players,
    interest_players,
)


def distinct(games: Sequence[Game]) -> tuple[list[Game], list[int]]:
    """Each game once, and the place of its first explanation: a game's items stand together."""
    firsts = [e for e, game in enumerate(games) if e == 0 or games[e - 1] is not game]
    return [games[e] for e in firsts], firsts


def retold(game: Game, model: Recommender, history: Histories) -> Game:
    """The same game about the same items, asked of another model or history. Raises UnsupportedError."""
    kind, data = game.players.kind, model.data
    if kind == "history":
        players = history_players(history, data.catalog)
    elif kind == "interests":
        players = interest_players(history, data, game.players.by)
    else:
        players = feature_players(data.catalog, int(game.items[0]))
    return Game(
        model, history, game.items, players,
        user_id=game.user_id, row=game.row, target=game.target, removal=game.removal,
    )  # fmt: skip


def explained_again(
    explainer: Explainer, model: Recommender, games: Sequence[Game], seed: int
) -> list[list[Explanation]] | None:
    """One list of explanations for each game; None if the explainer refuses this model."""
    asked = {(g.players.kind, g.target, g.removal) for g in games}
    if not games or any(explainer.refuses(model, k, target=t, removal=r) for k, t, r in asked):
        return None
    told = explainer.explain(model, games, seed=seed)
    ends = np.cumsum([len(g.items) for g in games])
    return [told[end - len(g.items) : end] for g, end in zip(games, ends, strict=True)]
