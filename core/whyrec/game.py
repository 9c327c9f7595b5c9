"""Game: the one place where models are asked "what if this were not there"."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Literal

import numpy as np
from scipy.sparse import csr_array

from whyrec.capabilities import LinearInHistory, Probabilistic, ScoresFeatures, ScoresMasked, ScoresWithoutEach
from whyrec.errors import PluginError, UnsupportedError
from whyrec.histories import Histories
from whyrec.players import Players, feature_players, history_players, interest_players
from whyrec.recommender import Recommender
from whyrec.sums import SumScorer
from whyrec.targets import Target
from whyrec.types import BoolArray, FloatArray, IntArray

BLOCK = 1024  # coalitions scored at once: larger buffers leave the cache and are slower
CELLS = 4_000_000  # numbers held at once while scoring the whole catalog: 32 MB, and as much again for ranks

Removal = Literal["drop", "shrink", "fill"]
REMOVALS: tuple[Removal, ...] = ("drop", "shrink", "fill")
Scorer = Callable[[FloatArray], FloatArray]


class Game:
    """One user, up to K items, one kind of player: a function from coalitions to values.

    Parameters
    ----------
    model : a fitted recommender
    history : one row
    items : (K,) explained together; one coalition is scored once for all of them and their rivals
    players : who can be present or absent
    row : a number that identifies the user; it seeds the user's own random stream
    target : what about an item is explained, see :class:`whyrec.targets.Target`
    removal : what absent means. ``drop``: as if it had never been there. ``shrink``: it still counts in the
        history's length, but adds nothing. ``fill``: a mean item, by popularity, stands in its place. The last two
        need a model that is LinearInHistory or ScoresMasked, and are not for players ``features``.
    language : of the titles that explanations show; ``""`` for the plain ones

    Attributes
    ----------
    calls : coalitions asked so far
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
        language: str = "",
    ) -> None:
        self._target = Target.parse(target)
        check_removal(removal)
        if target == "probability" and not model.can(Probabilistic):
            raise UnsupportedError(f"target 'probability' needs a model with probabilities; {model.name} has none")
        self.model, self.history, self.items, self.players = model, history, np.asarray(items, np.int64), players
        self.user_id, self.row, self.target, self.removal = user_id, row, target, removal
        self.language = language
        self.calls = 0
        self.model_seconds = 0.0

    @property
    def n_players(self) -> int:
        return len(self.players)

    @cached_property
    def full_value(self) -> FloatArray:
        """(K,) with everybody present; for ``score``, what ranked the items, asked by no short cut."""
        if self.target == "rank":
            values: FloatArray = self._ranked(np.ones((1, self.n_players), bool))[0]
        else:
            values = self.worth(self.model.score(self.history, self._asked))[0]
        return values

    @cached_property
    def base_value(self) -> FloatArray:
        """(K,) with nobody present."""
        if self.sums is not None:
            self.count(1, 0.0)
            nothing: FloatArray = self.worth(self.sums.finish(np.zeros((1, self.sums.parts.shape[1]))))[0]
            return nothing
        values: FloatArray = self.values(np.zeros((1, self.n_players), bool))[0]
        return values

    def values(self, coalitions: BoolArray) -> FloatArray:
        """(m, n_players) bool → (m, K). Counted, bounded in memory; rows are independent."""
        coalitions = self.checked(coalitions)
        out = np.empty((len(coalitions), len(self.items)))
        begun = time.perf_counter()
        for start in range(0, len(coalitions), BLOCK):
            block = coalitions[start : start + BLOCK]
            out[start : start + len(block)] = self._block(block)
        self.count(len(coalitions), time.perf_counter() - begun)
        return out

    def values_without_each(self) -> FloatArray:
        """(n_players, K) without each player in turn, by the model's short cut where it has one; counted one by one."""
        plain = self.players.kind == "history" and self.removal == "drop" and self.target != "rank"
        if not plain or not self.model.can(ScoresWithoutEach):
            return self.values(~np.eye(self.n_players, dtype=bool))
        begun = time.perf_counter()
        scores = self.model.scores_without_each(self.history, self._asked)  # type: ignore[attr-defined]  # it can: that was asked
        self.count(self.n_players, time.perf_counter() - begun)
        return self.worth(np.asarray(scores, np.float64))

    def ranks(self, coalitions: BoolArray) -> tuple[FloatArray, IntArray]:
        """(m, K) scores and ranks under each coalition: see :func:`whyrec.evaluate_ranks`."""
        from whyrec.evaluation import evaluate_ranks

        return evaluate_ranks([self], [coalitions])[0]

    @cached_property
    def linear(self) -> tuple[FloatArray, FloatArray] | None:
        """What one unit of this history's own interests adds to each value (n_entries, K), and the bias (K,).

        None if the value is not linear in the interests, or if the players are not parts of the history.
        """
        if not self._target.linear or (found := self._weights(self._asked)) is None:
            return None
        mix = self._mix
        return found[0] @ mix, found[1] @ mix

    # -- what evaluation needs --------------------------------------------------------------------------

    def checked(self, coalitions: BoolArray) -> BoolArray:
        """The coalitions, if they are boolean (m, n_players). Raises PluginError."""
        coalitions = np.asarray(coalitions)
        if coalitions.ndim != 2 or coalitions.shape[1] != self.n_players or coalitions.dtype != np.bool_:
            raise PluginError(
                f"coalitions must be boolean (m, {self.n_players}); got {coalitions.dtype} {coalitions.shape}"
            )
        return coalitions

    def count(self, coalitions: int, seconds: float) -> None:
        """Note what was asked."""
        self.calls += coalitions
        self.model_seconds += seconds

    @cached_property
    def sums(self) -> SumScorer | None:
        """The model's short cut through sums over the players, if it has one and a coalition's value needs no more."""
        if self.players.kind != "history" or self.target == "rank" or not isinstance(self._scorer, SumScorer):
            return None
        return self._scorer

    def worth(self, scores: FloatArray) -> FloatArray:
        """Values (m, K) from scores (m, asked): of the items, then of their rivals."""
        if self.target == "probability":
            return np.asarray(self.model.probability(scores), np.float64)  # type: ignore[attr-defined]  # it can: that was asked
        return scores if self.target == "score" else scores @ self._mix

    @property
    def stackable(self) -> bool:
        """Whether this game's masked histories can be scored in one call with other games'."""
        return self.players.kind != "features" and self.target == "score" and self._scorer is None

    def masked(self, coalitions: BoolArray) -> Histories:
        """The histories that coalitions leave: one row each. Raises UnsupportedError unless ``drop``."""
        if self.removal != "drop":
            raise UnsupportedError(f"removal {self.removal!r} leaves no history that could be written down")
        return self.history.masked(self.players.present(coalitions))

    def interests(self, coalitions: BoolArray) -> FloatArray:
        """(m, n_entries) the interests that coalitions leave in the history's own items."""
        if self.players.kind == "history":  # players are the entries, in their order
            kept: FloatArray = coalitions * self.history.interest.data
            return kept
        return self.history.masked_interest(self.players.present(coalitions))

    def scorer(self, items: IntArray) -> Scorer | None:
        """From interests (m, n_entries) to scores (m, len(items)), where the model has such a short cut."""
        if (found := self._weights(items)) is not None:
            W, b = found
            return lambda interest: interest @ W + b
        if self.players.kind == "features":
            return None
        if self.model.can(ScoresMasked):
            made: Scorer = self.model.masked_scorer(self.history, items, removal=self.removal)  # type: ignore[attr-defined]  # it can: that was asked
            return made
        if self.removal != "drop":
            raise UnsupportedError(
                f"removal {self.removal!r} needs a model that is LinearInHistory or ScoresMasked; "
                f"{self.model.name} is neither"
            )
        return None

    def feature_scores(self, coalitions: BoolArray) -> FloatArray:
        """(m, 1) scores of the game's one item, described by what remains of its features."""
        features = self.model.data.catalog.features
        if features is None or not self.model.can(ScoresFeatures):
            raise UnsupportedError(f"{self.model.name} does not score items by their features")
        own = features.matrix[self.items]  # one item: games over features have K = 1
        own.eliminate_zeros()
        place = self.players.membership[:, own.indices].tocsc().indices  # the one player of each feature
        kept = coalitions[:, place] * own.data
        indptr = np.arange(len(kept) + 1) * own.nnz
        masked = csr_array((kept.ravel(), np.tile(own.indices, len(kept)), indptr), shape=(len(kept), len(features)))
        items = np.repeat(self.items, len(coalitions))
        scores = self.model.score_features(self.history, masked, items)  # type: ignore[attr-defined]  # it can: that was asked
        return np.asarray(scores, np.float64).T

    @cached_property
    def candidates(self) -> BoolArray:
        """(n_items,) the items outside the full history: a hidden item never returns as a candidate."""
        found = np.ones(self.history.n_items, bool)
        found[self.history.items] = False
        return found

    # -- inside -----------------------------------------------------------------------------------------

    @cached_property
    def _rivals(self) -> tuple[IntArray, FloatArray]:
        if not self.target.startswith("margin"):
            return np.zeros(0, np.int64), np.zeros((0, len(self.items)))
        return self._target.rivals(self.model.score(self.history)[0], self.items, self.candidates)

    @property
    def _asked(self) -> IntArray:
        """The items, then their rivals."""
        return np.concatenate([self.items, self._rivals[0]])

    @property
    def _mix(self) -> FloatArray:
        """(asked, K) from scores to values."""
        return np.concatenate([np.eye(len(self.items)), self._rivals[1]])

    def _weights(self, items: IntArray) -> tuple[FloatArray, FloatArray] | None:
        """(n_entries, m) and (m,): a linear model's weights under the removal rule; None if it is not linear."""
        if self.players.kind == "features" or not self.model.can(LinearInHistory):
            return None
        W, b = self.model.history_weights(items)  # type: ignore[attr-defined]  # it can: that was asked
        W, b = np.asarray(W, np.float64), np.asarray(b, np.float64)
        own = W[self.history.interest.indices]
        if self.removal == "fill":
            mean = self.model.data.popularity @ W
            return own - mean, b + self.history.interest.data.sum() * mean
        return own, b

    @cached_property
    def _scorer(self) -> Scorer | None:
        return self.scorer(self._asked)

    def _block(self, coalitions: BoolArray) -> FloatArray:
        """Values of one block: by ranks, by masked features, by the model's short cut, or by masked histories."""
        if self.target == "rank":
            return self._ranked(coalitions)
        if self.players.kind == "features":
            own = self.feature_scores(coalitions)
            rivals = self.model.score(self.history, self._rivals[0])
            return self.worth(np.concatenate([own, np.repeat(rivals, len(own), axis=0)], axis=1))
        if self.sums is not None:
            return self.worth(self.sums.present(coalitions))
        if self._scorer is not None:
            return self.worth(self._scorer(self.interests(coalitions)))
        return self.worth(self.model.score(self.masked(coalitions), self._asked))

    def _ranked(self, coalitions: BoolArray) -> FloatArray:
        values: FloatArray = 1.0 / np.log2(1.0 + self.ranks(coalitions)[1])
        return values


def check_removal(removal: str) -> None:
    """Raise UnsupportedError for an unknown removal rule."""
    if removal not in REMOVALS:
        raise UnsupportedError(f"unknown removal rule {removal!r}", hint=f"known removal rules: {', '.join(REMOVALS)}")


def games_for(
    model: Recommender,
    histories: Histories,
    items: IntArray,
    *,
    kind: str = "history",
    by: str | None = None,
    users: Sequence[str] | None = None,
    rows: IntArray | None = None,
    target: str = "score",
    removal: str = "drop",
    language: str = "",
) -> list[Game]:
    """The games of some users: one a user, or for players ``features`` one an item.

    Parameters
    ----------
    histories : (rows,)
    items : (rows, K) item indices, padded with −1
    rows : (rows,) what identifies each user for the random streams; default 0, 1, …
    language : of the titles, where the data have them in several
    """
    data = model.data
    games: list[Game] = []
    for r in range(len(histories)):
        history = histories.take(np.array([r]))
        own = items[r][items[r] >= 0]
        if kind == "history":
            played = [(own, history_players(history, data.catalog, language))]
        elif kind == "interests":
            played = [(own, interest_players(history, data, by))]
        elif kind == "features":
            played = [(own[k : k + 1], feature_players(data.catalog, int(item))) for k, item in enumerate(own)]
        else:
            raise UnsupportedError(f"unknown players {kind!r}", hint="known players: history, interests, features")
        who, number = (users[r] if users is not None else ""), (int(rows[r]) if rows is not None else r)
        for group, players in played:
            asked = {"target": target, "removal": removal, "language": language}
            games.append(Game(model, history, group, players, user_id=who, row=number, **asked))
    return games
