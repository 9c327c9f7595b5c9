"""Profiles: how a user's interests moved, as the history shows them and as the recommendations use them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.sparse import csr_array

from whyrec.errors import UnsupportedError
from whyrec.game import Game, games_for
from whyrec.histories import Histories
from whyrec.moments import Moment, as_of, moment
from whyrec.types import FloatArray, IntArray

if TYPE_CHECKING:
    import polars as pl

    from whyrec.dataset import Dataset
    from whyrec.explainer import Explainer
    from whyrec.explanation import Explanation
    from whyrec.recommender import Recommender
    from whyrec.registry import Registry

_USUAL = ("weights", "shapley", "shap")


@dataclass(frozen=True, eq=False)
class Profile:
    """A user's interests at several moments.

    Parameters
    ----------
    user_id, recommender, explainer, by : whose, by which model, explained how, grouped by what
    interests : (n_interests,) all that occur at any of the moments
    times : (n_times,) float64 unix seconds, ascending
    events : (n_times,) how many events were known
    history : (n_times, n_interests) float64, each interest's share of all degrees of interest. An item with several
        interests counts in equal parts. NaN where nothing was known
    influence : (n_times, n_interests) float64, each interest's share of Σ|φ| over the k best items of that moment
    values : (n_times, n_interests) float64, its mean φ over them, signed
    items : (n_times,) the ids of these items, best first
    """

    user_id: str
    recommender: str
    explainer: str
    by: str
    interests: tuple[str, ...]
    times: FloatArray
    events: IntArray
    history: FloatArray
    influence: FloatArray
    values: FloatArray
    items: tuple[tuple[str, ...], ...]

    def order(self) -> IntArray:
        """The interests by their mean influence, then by their share of the history, largest first; ties by name."""
        means = [np.nan_to_num(shares).mean(axis=0) for shares in (self.influence, self.history)]
        names = np.argsort(np.argsort(np.array(self.interests, dtype=object), kind="stable"), kind="stable")
        return np.lexsort((names, -means[1], -means[0])).astype(np.int64)

    def to_rows(self) -> list[dict[str, Any]]:
        """One row for each moment and interest: ``user_id, time, events, interest, history, influence, value``."""
        return [
            {
                "user_id": self.user_id,
                "time": float(self.times[t]),
                "events": int(self.events[t]),
                "interest": self.interests[g],
                "history": float(self.history[t, g]),
                "influence": float(self.influence[t, g]),
                "value": float(self.values[t, g]),
            }
            for t in range(len(self.times))
            for g in self.order().tolist()
        ]

    def to_frame(self) -> pl.DataFrame:
        """:meth:`to_rows` as a table."""
        import polars as pl

        return pl.DataFrame(self.to_rows())

    def to_dict(self) -> dict[str, Any]:
        """Everything, as JSON values (NaN included)."""
        return {
            "user_id": self.user_id,
            "recommender": self.recommender,
            "explainer": self.explainer,
            "by": self.by,
            "interests": list(self.interests),
            "moments": [
                {
                    "time": float(self.times[t]),
                    "events": int(self.events[t]),
                    "items": list(self.items[t]),
                    "history": self.history[t].tolist(),
                    "influence": self.influence[t].tolist(),
                    "values": self.values[t].tolist(),
                }
                for t in range(len(self.times))
            ],
        }


def profile(
    model: Recommender,
    user: str,
    *,
    by: str | None = None,
    at: Sequence[Moment] | None = None,
    periods: int = 6,
    k: int = 10,
    explainer: str | Explainer | None = None,
    seed: int = 0,
    registry: Registry | None = None,
) -> Profile:
    """How a user's interests moved, from any fitted recommender, by its explanations over players ``interests``.

    For each moment the history is taken as it was known then (see :func:`whyrec.as_of`), the model as it is now; its
    k best items for that history are explained.

    Parameters
    ----------
    by : what interests are grouped by: a feature column, or ``"behavior"``; default the data's own
    at : the moments; default ``periods`` of them, after equal numbers of the user's events
    explainer : a name that the registry knows, or an Explainer; default the first of ``weights``, ``shapley`` and
        ``shap`` that fits

    Raises
    ------
    UnknownIdError
        for a user whom the data do not hold.
    UnsupportedError
        for data without times, a user without events where ``at`` is not given, interests that cannot be grouped.
    """
    data = model.data
    row = data.users.find(user)
    whole = data.histories.take(np.array([row]))
    times = _moments(data, whole, user, at, periods)
    known = Histories.concat([as_of(data, whole, float(time)) for time in times])
    best = model.top(known, k).items
    games = games_for(
        model, known, best, kind="interests", by=by, users=[user] * len(times), rows=np.full(len(times), row)
    )
    chosen = _explainer(model, explainer, registry)
    told = chosen.explain(model, games, seed=seed)
    return _summed(data, games, times, told, user=user, model=model.name, explainer=chosen.name)


def _moments(data: Dataset, history: Histories, user: str, at: Sequence[Moment] | None, periods: int) -> FloatArray:
    if history.times is None:
        as_of(data, history, 0.0)  # says what is missing
    if at is not None and len(at):
        return np.unique([moment(one) for one in at])
    times = np.sort(np.asarray(history.times, np.float64))
    if not len(times):
        raise UnsupportedError(
            f"nothing is known of user {user!r}: no event is on record", hint="name the moments, or another user"
        )
    if periods < 1:
        raise UnsupportedError(f"periods = {periods}", hint="at least 1")
    return np.unique(times[np.ceil(len(times) * np.arange(1, periods + 1) / periods).astype(np.int64) - 1])


def _explainer(model: Recommender, given: str | Explainer | None, registry: Registry | None) -> Explainer:
    from whyrec.explainer import Explainer
    from whyrec.registry import Registry

    if isinstance(given, Explainer):
        return given
    found = registry or Registry.discover()
    if given is not None:
        return found.make_explainer(given)
    for name in (name for name in _USUAL if name in found.names("explainer")):
        explainer = found.make_explainer(name)
        if not explainer.missing() and explainer.refuses(model, "interests") is None:
            return explainer
    raise UnsupportedError(f"no usual explainer splits {model.name} over interests", hint="name one: explainer=…")


def _summed(
    data: Dataset,
    games: Sequence[Game],
    times: FloatArray,
    told: Sequence[Explanation],
    *,
    user: str,
    model: str,
    explainer: str,
) -> Profile:
    """Shares and means over each moment's items, all moments over the same interests."""
    names = tuple(dict.fromkeys(name for game in games for name in game.players.ids))
    place = {name: g for g, name in enumerate(names)}
    shape = (len(games), len(names))
    history, influence, values = np.full(shape, np.nan), np.full(shape, np.nan), np.full(shape, np.nan)
    first = 0
    for t, game in enumerate(games):
        own = [place[name] for name in game.players.ids]
        phi = np.array([e.values for e in told[first : first + len(game.items)]]).reshape(len(game.items), len(own))
        first += len(game.items)
        for table, part in ((history, interest_of(game)), (influence, np.abs(phi).sum(axis=0))):
            if part.sum() > 0:
                table[t] = 0.0
                table[t, own] = part / part.sum()
        if len(game.items):
            values[t] = 0.0
            values[t, own] = phi.mean(axis=0)
    return Profile(
        user_id=user,
        recommender=model,
        explainer=explainer,
        by=next((game.players.by for game in games if game.players.by), ""),
        interests=names,
        times=times,
        events=np.array([game.history.n_events for game in games], np.int64),
        history=history,
        influence=influence,
        values=values,
        items=tuple(tuple(data.catalog.items[int(i)] for i in game.items) for game in games),
    )


def interest_of(game: Game) -> FloatArray:
    """(n_players,) the degree of interest, without its sign, that falls to each player ``interests``.

    An item's interest is shared among its events by their weights, an event's part equally among its players.
    """
    history, membership = game.history, game.players.membership
    mass = np.abs(history.weights)
    entry = history.entry_of_event
    total = np.bincount(entry, mass, minlength=history.interest.nnz)[entry]
    part = np.divide(mass, total, out=np.zeros_like(mass), where=total > 0) * np.abs(history.interest.data)[entry]
    groups = np.maximum(np.asarray(membership.sum(axis=0)).ravel(), 1.0)
    return np.asarray(csr_array(membership) @ (part / groups), np.float64)
