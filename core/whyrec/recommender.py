"""Recommender: what every recommender plugin is. Plugins write ``_fit`` and ``_score``."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self, final

import numpy as np

from whyrec.dataset import Dataset
from whyrec.errors import NotFittedError, PluginError, UnsupportedError
from whyrec.histories import Histories
from whyrec.moments import Moment, as_of
from whyrec.plugin import Plugin
from whyrec.ranking import Recommendations, top_k
from whyrec.returned import numbers
from whyrec.types import FloatArray, IntArray

if TYPE_CHECKING:
    import polars as pl

    from whyrec.explainer import Explainer
    from whyrec.explanation import Explanation
    from whyrec.registry import Registry

Progress = Callable[[float, str], None]
"""Called with the share done (0…1) and a short text."""

_BLOCK = 8_000_000  # scores held at once while ranking: 64 MB


@dataclass(frozen=True)
class _Fitted:
    data: Dataset
    seed: int


class Recommender(Plugin, ABC):
    """Scores items for histories. Rows are independent: a history alone scores as in a batch.

    ``state`` names the attributes that ``_fit`` sets, all of them: numpy arrays, scipy csr_arrays, plain values, and
    tuples, lists, dicts and frozen dataclasses of such. Whatever else a model keeps is made anew from them when needed.
    With ``state`` declared, the model can be saved and loaded; None: it cannot.
    """

    state: ClassVar[tuple[str, ...] | None] = None
    _fitted: _Fitted | None = None

    # -- what a plugin writes ---------------------------------------------------------------------

    @abstractmethod
    def _fit(self, data: Dataset, rng: np.random.Generator, progress: Progress) -> None:
        """Learn from ``data``; a refit forgets everything before."""

    @abstractmethod
    def _score(self, histories: Histories, items: IntArray | None) -> FloatArray:
        """(rows, n_items), or (rows, len(items)) for the given items, float64, finite."""

    # -- training and scoring, in internal indices ---------------------------------------------------

    @final
    def fit(self, data: Dataset, *, seed: int = 0, progress: Progress | None = None) -> Self:
        """Learn from a dataset. Equal data, settings and seed give equal scores."""
        self.require()
        self._fit(data, np.random.default_rng(seed), progress or _silent)
        self._fitted = _Fitted(data, seed)
        return self

    @property
    def data(self) -> Dataset:
        """The dataset that the model was fitted on, or loaded with. Raises NotFittedError."""
        return self._when_fitted().data

    def _when_fitted(self) -> _Fitted:
        if self._fitted is None:
            raise NotFittedError(f"{self.name} was not fitted yet", hint="call model.fit(data) first")
        return self._fitted

    @final
    def save(
        self, folder: Path | str, *, registry: Registry | None = None, dtype: Literal["float16", "int8"] | None = None
    ) -> Path:
        """Keep the fitted model as data, see :func:`whyrec.save_model`; ``whyrec.load_model`` gives it back."""
        from whyrec.saved import save_model

        return save_model(self, folder, registry=registry, dtype=dtype)

    @final
    def fitted_with(self) -> tuple[Dataset, int]:
        """The dataset and the seed of the fit. Raises NotFittedError."""
        fitted = self._when_fitted()
        return fitted.data, fitted.seed

    @final
    def mark_fitted(self, data: Dataset, seed: int) -> None:
        """Note that the attributes of ``state`` are those of a fit on ``data``: for what loads models."""
        self._fitted = _Fitted(data, seed)

    @final
    def score(self, histories: Histories, items: IntArray | None = None) -> FloatArray:
        """The numbers that rank: (rows, n_items), or only the columns ``items``.

        ``items`` is (m,) for all rows, or (rows, m) for each row its own.
        Raises PluginError if the plugin answers with a wrong shape or with numbers that are not finite.
        """
        n_items = self.data.n_items
        if histories.n_items != n_items:
            raise PluginError(f"{self.name} was fitted on {n_items} items; the histories speak of {histories.n_items}")
        if items is not None and np.ndim(items) == 2:
            wanted, place = np.unique(items, return_inverse=True)
            return np.take_along_axis(self.score(histories, wanted), place.reshape(np.shape(items)), axis=1)
        scores = numbers(self._score(histories, items), self, "scores")
        expected = (len(histories), n_items if items is None else len(items))
        if scores.shape != expected:
            raise PluginError(f"{self.name} returned scores of shape {scores.shape}; {expected} was expected")
        if not np.isfinite(scores).all():
            bad = int(np.size(scores) - np.isfinite(scores).sum())
            raise PluginError(f"{self.name} returned {bad} scores that are not finite")
        return scores

    @final
    def top(self, histories: Histories, k: int = 10, *, filter_seen: bool = True) -> Recommendations:
        """The k best items of each row, best first; ties by item index; seen items left out."""
        block = max(1, _BLOCK // max(1, self.data.n_items))
        parts = []
        for start in range(0, len(histories), block):
            rows = histories.take(np.arange(start, min(start + block, len(histories))))
            scores = self.score(rows)
            if filter_seen:
                scores = scores.copy()  # a plugin may have handed out an array that it keeps
                scores[rows.rows, rows.items] = -np.inf
            parts.append(top_k(scores, k))
        return Recommendations.concat(parts, k)

    def can(self, capability: type) -> bool:
        """Whether the model has a capability. A model made of others may answer for its parts."""
        return _offers(type(self), capability)

    # -- the front door, in external ids and tables ---------------------------------------------------

    @final
    def recommend(
        self,
        users: Iterable[str] | None = None,
        k: int = 10,
        *,
        filter_seen: bool = True,
        history: Any = None,
        at: Moment | None = None,
    ) -> pl.DataFrame:
        """The k best items for users, as a table ``user_id, item_id, score, rank``.

        Parameters
        ----------
        users : user ids; None for all, or for the giver of ``history``
        history : a history given now instead of those learnt from: item ids, a table with ``item_id``
            and optionally ``weight``, ``timestamp``, ``behavior``, or Histories of one row; then at most one user is
            named.
        at : histories as they were known at that time, see :func:`whyrec.as_of`; the model stays as it is

        Raises
        ------
        UnknownIdError
            for a user or item that the data do not hold.
        """
        import polars as pl

        names, histories = self._histories(users, history, at)
        ranked = self.top(histories, k, filter_seen=filter_seen)
        rows, ranks = np.nonzero(ranked.items >= 0)
        ids = np.array(self.data.catalog.items.ids, dtype=object)
        return pl.DataFrame(
            {
                "user_id": [names[r] for r in rows],
                "item_id": ids[ranked.items[rows, ranks]].tolist(),
                "score": ranked.scores[rows, ranks],
                "rank": ranks + 1,
            },
            schema={"user_id": pl.String, "item_id": pl.String, "score": pl.Float64, "rank": pl.Int64},
        )

    @final
    def explain(
        self,
        user: str | None,
        item: str | Iterable[str] | None = None,
        *,
        explainer: str | Explainer = "weights",
        players: str = "history",
        by: str | None = None,
        target: str = "score",
        removal: str = "drop",
        k: int = 10,
        history: Any = None,
        at: Moment | None = None,
        seed: int = 0,
        language: str = "",
    ) -> list[Explanation]:
        """Why a user gets an item: one Explanation for each item, in the order given.

        Parameters
        ----------
        user : a user id; None with ``history``
        item : an item id, several, or None for the user's k best
        explainer : a name that the registry knows, or an Explainer
        players : ``history``, ``interests`` (grouped ``by`` a feature column or ``"behavior"``) or ``features``
        target, removal : what about the item is explained, and what absent means, see :class:`whyrec.Game`
        history, at : as in :meth:`recommend`
        language : of the titles, where the data have them in several
        """
        from whyrec.game import games_for
        from whyrec.registry import Registry

        names, histories = self._histories(None if user is None else [user], history, at)
        if len(histories) != 1:
            raise UnsupportedError("explain() explains one user at a time", hint="name a user, or give a history")
        if item is None:
            items = self.top(histories, k).items
            items = items[items >= 0][None, :]
        else:
            wanted = [item] if isinstance(item, str) else list(item)
            items = self.data.catalog.items.find_all(wanted)[None, :]
        rows = np.array([self.data.users.positions.get(names[0], 0)])
        games = games_for(
            self, histories, items,
            kind=players, by=by, users=names, rows=rows, target=target, removal=removal, language=language,
        )  # fmt: skip
        chosen = Registry.discover().make_explainer(explainer) if isinstance(explainer, str) else explainer
        return chosen.explain(self, games, seed=seed)

    def _histories(self, users: Iterable[str] | None, history: Any, at: Moment | None) -> tuple[list[str], Histories]:
        names, histories = self._histories_of(users, history)
        return names, histories if at is None else as_of(self.data, histories, at)

    def _histories_of(self, users: Iterable[str] | None, history: Any) -> tuple[list[str], Histories]:
        names = None if users is None else [users] if isinstance(users, str) else [str(u) for u in users]
        if history is not None:
            if names is not None and len(names) > 1:
                raise UnsupportedError(f"one history was given for {len(names)} users", hint="name at most one user")
            return names or [""], history if isinstance(history, Histories) else self.data.encode(history)
        if names is None:
            return list(self.data.users.ids), self.data.histories
        return names, self.data.histories.take(self.data.users.find_all(names))


@cache
def _offers(cls: type[Recommender], capability: type) -> bool:
    """Whether a class writes a capability's methods. Remembered: asking a protocol is slow, and games ask often."""
    return issubclass(cls, capability)


def _silent(share: float, text: str) -> None:
    """The progress of someone who does not look."""
