"""Explainer: what every explainer plugin is. Plugins write ``_explain``; promises are checked as it runs."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, final, overload

import numpy as np

from whyrec.capabilities import LinearInHistory, Probabilistic, ScoresMasked
from whyrec.errors import CompletenessError, PluginError, UnsupportedError
from whyrec.explanation import Chosen, Explanation
from whyrec.game import Game
from whyrec.plugin import Plugin
from whyrec.recommender import Recommender
from whyrec.returned import at_most, numbers
from whyrec.types import FloatArray

COMPLETENESS = 1e-6
"""The largest gap allowed to an additive explanation, relative to |base| + |full| + Σ|values|."""


@dataclass(frozen=True, eq=False)
class Attribution:
    """What an explainer found for one game.

    values (K, n_players), base (K,), std_error (K, n_players) or None; for each item a note, interactions of two
    players as (player, player, value), and what would stand in its place; and for values that choose a set of players
    what that set does. See :class:`whyrec.Explanation`.
    """

    values: FloatArray
    base: FloatArray
    std_error: FloatArray | None = None
    notes: Sequence[str | None] | None = None
    pairs: Sequence[tuple[tuple[int, int, float], ...]] | None = None
    chosen: Chosen | None = None
    instead: Sequence[str | None] | None = None


class Streams(Sequence[np.random.Generator]):
    """Each game's own random stream, in order; and streams that all games share, so that work can be shared too."""

    def __init__(self, seed: int, games: Sequence[Game]) -> None:
        self.seed = seed
        self._games = games
        self._made: dict[int, np.random.Generator] = {}

    def __len__(self) -> int:
        return len(self._games)

    @overload
    def __getitem__(self, at: int) -> np.random.Generator: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[np.random.Generator]: ...
    def __getitem__(self, at: int | slice) -> np.random.Generator | Sequence[np.random.Generator]:
        """A game's stream, made when first asked for and the same one from then on."""
        if isinstance(at, slice):
            return [self[g] for g in range(len(self))[at]]
        place = range(len(self))[at]
        if place not in self._made:
            self._made[place] = _stream(self.seed, self._games[place])
        return self._made[place]

    def shared(self, *key: int) -> np.random.Generator:
        """A stream that depends on the seed and on ``key`` alone, whoever is explained."""
        return np.random.default_rng([self.seed, len(key), *key, 1])


class Explainer(Plugin, ABC):
    """Gives each player of a game a value for each of its items.

    ``needs`` names the kinds of players that it can explain, each with the capabilities of which the
    model must have one (none named: any model will do). ``additive``: values sum to full − base;
    ``exact``: they carry no sampling error; ``ordinal``: they only tell an order, and their size means nothing.
    """

    needs: ClassVar[Mapping[str, tuple[type, ...]]]
    additive: ClassVar[bool] = True
    exact: ClassVar[bool] = False
    ordinal: ClassVar[bool] = False

    @abstractmethod
    def _explain(self, model: Recommender, games: Sequence[Game], rngs: Streams) -> Iterable[Attribution]:
        """One Attribution for each game, in order. ``rngs[g]`` is game g's own random stream."""

    def refuses(self, model: Recommender, kind: str, *, target: str = "score", removal: str = "drop") -> str | None:
        """Why this explainer does not fit a model (fitted or not) and what is asked of it; None if it does."""
        if kind not in self.needs:
            return f"{self.name} explains players {', '.join(self.needs)}; not {kind}"
        wanted = self.needs[kind]
        if wanted and not any(model.can(c) for c in wanted):
            names = " or ".join(c.__name__ for c in wanted)
            return f"{self.name} over {kind} needs a model that is {names}; {model.name} is not"
        if target == "probability" and not model.can(Probabilistic):
            return f"target 'probability' needs a model with probabilities; {model.name} has none"
        if removal != "drop" and (kind == "features" or not (model.can(LinearInHistory) or model.can(ScoresMasked))):
            needed = "players of the history and a model that is LinearInHistory or ScoresMasked"
            return f"removal {removal!r} needs {needed}; not {kind} of {model.name}"
        return None

    @final
    def explain(self, model: Recommender, games: Sequence[Game], *, seed: int = 0) -> list[Explanation]:
        """One Explanation for each item of each game, game after game.

        The same seed gives the same values, whatever other games stand beside.

        Raises
        ------
        UnsupportedError
            if the model lacks what the explainer needs.
        CompletenessError
            if the explainer is additive and a gap exceeds ``COMPLETENESS``.
        PluginError
            for a wrong shape, values that are not finite, or more attributions than there are games.
        """
        self.require()
        if seed < 0:
            raise UnsupportedError(f"seed {seed} is negative", hint="seeds are whole numbers from 0")
        for kind, target, removal in {(g.players.kind, g.target, g.removal) for g in games}:
            if reason := self.refuses(model, kind, target=target, removal=removal):
                raise UnsupportedError(reason)
        played = [g for g in games if g.n_players and len(g.items)]
        before = [g.calls for g in played]
        begun = time.perf_counter()
        answers = self._explain(model, played, Streams(seed, played)) if played else ()
        found = at_most(len(played), answers, self, "attributions")
        seconds = (time.perf_counter() - begun) / max(1, len(played))
        if len(found) != len(played):
            raise PluginError(f"{self.name} returned {len(found)} attributions for {len(played)} games")
        by_game = {id(g): (a, g.calls - calls) for g, a, calls in zip(played, found, before, strict=True)}
        out: list[Explanation] = []
        for game in games:
            shape = (len(game.items), game.n_players)
            nobody = Attribution(np.zeros(shape), game.full_value) if id(game) not in by_game else None
            attribution, calls = (nobody, 0) if nobody is not None else by_game[id(game)]
            out += self._checked(game, attribution, calls, 0.0 if nobody is not None else seconds, seed)
        return out

    def _checked(
        self, game: Game, attribution: Attribution, calls: int, seconds: float, seed: int
    ) -> list[Explanation]:
        if not isinstance(attribution, Attribution):
            raise PluginError(f"{self.name} returned a {type(attribution).__name__}; an Attribution was expected")
        values, base = numbers(attribution.values, self, "values"), numbers(attribution.base, self, "a base")
        expected = (len(game.items), game.n_players)
        if values.shape != expected or base.shape != expected[:1]:
            raise PluginError(
                f"{self.name} returned values {values.shape} and base {base.shape}; {expected} was expected"
            )
        full, sums = game.full_value, values.sum(axis=1)
        if not np.isfinite(base + sums).all():  # a sum is finite only if all its parts are
            raise PluginError(f"{self.name} returned values that are not finite for user {game.user_id!r}")
        catalog = game.model.data.catalog
        error = attribution.std_error
        if error is not None and np.shape(error) != expected:
            raise PluginError(f"{self.name} returned std_error {np.shape(error)}; {expected} was expected")
        said = {"notes": attribution.notes, "pairs": attribution.pairs, "instead": attribution.instead}
        for what, told in said.items():
            if told is not None and len(told) != expected[0]:
                raise PluginError(f"{self.name} returned {what} for {len(told)} items; {expected[0]} were expected")
        mass = np.abs(base) + np.abs(full) + np.abs(values).sum(axis=1)
        broken = np.abs(full - base - sums) > COMPLETENESS * mass
        if self.additive and broken.any():
            k = int(np.argmax(broken))
            raise CompletenessError(
                f"{self.name} on {game.model.name}: the values for user {game.user_id!r}, item "
                f"{catalog.items[int(game.items[k])]!r} sum to {sums[k]:.9g}, but the score moved by "
                f"{full[k] - base[k]:.9g} (from {base[k]:.9g} to {full[k]:.9g})"
            )
        common = {
            "user_id": game.user_id,
            "kind": game.players.kind,
            "by": game.players.by,
            "behaviors": game.players.behaviors,
            "chosen": attribution.chosen,
            "player_ids": game.players.ids,
            "players": game.players.labels,
            "recommender": game.model.name,
            "explainer": self.name,
            "additive": self.additive,
            "ordinal": self.ordinal,
            "target": game.target,
            "removal": game.removal,
            "language": game.language,
            "model_calls": calls,
            "seconds": seconds,
            "seed": seed,
        }
        errors = [None] * len(game.items) if error is None else np.asarray(error, np.float64)
        notes = attribution.notes or [None] * len(game.items)
        pairs: Sequence[Any] = attribution.pairs or [None] * len(game.items)
        instead = attribution.instead or [None] * len(game.items)
        bases, fulls = base.tolist(), full.tolist()
        each = [
            {
                "item_id": catalog.items[item],
                "title": catalog.title(item, game.language),
                "values": values[k],
                "base_value": bases[k],
                "full_value": fulls[k],
                "std_error": errors[k],
                "note": notes[k],
                "pairs": pairs[k],
                "instead": instead[k],
            }
            for k, item in enumerate(game.items.tolist())
        ]
        return Explanation.of_game(common, each)


def _stream(seed: int, game: Game) -> np.random.Generator:
    """A game's own random numbers: they depend on the seed and the user (and the item, where it is the game)."""
    key = [seed, game.row, int(game.items[0])] if game.players.kind == "features" else [seed, game.row]
    return np.random.default_rng(key)
