"""Explanation: who did what, for one user and one item. It adds up, and it serialises."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, Literal, Self

import numpy as np

from whyrec.errors import DataError, MissingPackageError
from whyrec.types import FloatArray

SCHEMA = "whyrec.explanation/1"

Chosen = Literal["remove", "keep"]


@dataclass(frozen=True, eq=False)
class Explanation:
    """One value for each player; additive explainers' values sum to ``full_value − base_value``.

    Parameters
    ----------
    values : (n_players,) float64, signed
    base_value : the score with nobody present
    full_value : the score with everybody present: the number that ranked the item
    kind : ``history``, ``interests`` or ``features``
    player_ids, players : (n_players,) external ids and what a person reads
    additive : values are promised to add up; ``ordinal``: they only tell an order
    std_error : (n_players,) or None where the values are exact or the explainer does not know
    model_calls : coalitions scored for the game that this explanation came from (shared by its items)
    seconds : the explainer's time for that game
    note : what the explainer has to say in words, such as that no counterfactual exists within its limit
    pairs : interactions of two players, as (player, player, value) by position; None if none were asked for
    by : for ``interests``, what they are grouped by
    behaviors : (n_players,) for ``history``, what the user did with each item, by the data's own word (of several the
        one that weighs most); None where the data tell none
    chosen : values above 0 choose a set of players: that whose removal takes the item out of the list (``remove``), or
        that which alone keeps it there (``keep``); None for all other explanations
    instead : the title of the best item that comes into the list once those players are gone, where the explainer
        tells it
    language : of the titles, as asked: ``""`` is the plain one
    """

    user_id: str
    item_id: str
    title: str
    kind: str
    player_ids: tuple[str, ...]
    players: tuple[str, ...]
    values: FloatArray
    base_value: float
    full_value: float
    recommender: str
    explainer: str
    additive: bool
    ordinal: bool = False
    target: str = "score"
    removal: str = "drop"
    std_error: FloatArray | None = None
    model_calls: int = 0
    seconds: float = 0.0
    seed: int = 0
    note: str | None = None
    pairs: tuple[tuple[int, int, float], ...] | None = None
    by: str | None = None
    behaviors: tuple[str, ...] | None = None
    chosen: Chosen | None = None
    instead: str | None = None
    language: str = ""

    def __post_init__(self) -> None:
        if not len(self.player_ids) == len(self.players) == len(self.values):
            raise DataError(f"explanation: {len(self.players)} players but {len(self.values)} values")

    @classmethod
    def of_game(cls, common: Mapping[str, Any], each: Sequence[Mapping[str, Any]]) -> list[Self]:
        """One explanation for each item of a game, all with the ``common`` fields; each field stands in one of the two.

        The same as calling the class for each, but several times faster: a frozen dataclass sets field by field, and
        explainers make tens of thousands of explanations a second. Raises DataError like the class.
        """
        out = []
        for own in each:
            one = cls.__new__(cls)
            one.__dict__.update(common)
            one.__dict__.update(own)
            out.append(one)
        if out:
            out[0].__post_init__()  # players are common, and values are rows of one array
        return out

    @property
    def residual(self) -> float:
        """What the values leave unexplained: full − base − Σ values."""
        return float(self.full_value - self.base_value - self.values.sum())

    @property
    def gap(self) -> float:
        """The completeness gap: |residual| relative to |base| + |full| + Σ|values|; 0 if nothing moved."""
        mass = abs(self.base_value) + abs(self.full_value) + float(np.abs(self.values).sum())
        return abs(self.residual) / mass if mass > 0 else 0.0

    def order(self) -> np.ndarray[Any, np.dtype[np.int64]]:
        """Players from the most supporting to the most opposing; ties by position."""
        return np.argsort(-self.values, kind="stable").astype(np.int64)

    def top(self, k: int = 5) -> list[tuple[str, float]]:
        """The k players that moved the score most, either way, as (label, value)."""
        order = np.argsort(-np.abs(self.values), kind="stable")[:k]
        return [(self.players[i], float(self.values[i])) for i in order]

    def text(self, language: str | None = None) -> str:
        """The explanation in one or two sentences, which say no more than the values do; see :class:`whyrec.Language`.

        Titles stand as they are here: ``model.explain(user, language="zh")`` gives them in Chinese, where the data have
        such. ``language`` is that one by default, else English.
        Raises UnknownNameError for a language that no plugin brings.
        """
        from whyrec.registry import Registry

        return Registry.discover().make_language(language or self.language or "en").text(self)

    def to_rows(self) -> list[dict[str, Any]]:
        """One row a player, most supporting first: a tidy table."""
        return [
            {
                "user_id": self.user_id,
                "item_id": self.item_id,
                "player_id": self.player_ids[i],
                "player": self.players[i],
                "value": float(self.values[i]),
            }
            for i in self.order()
        ]

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values; ``from_dict`` gives the same explanation back, digit for digit."""
        out: dict[str, Any] = {"schema": SCHEMA}
        for name in self.__dataclass_fields__:
            value = getattr(self, name)
            if isinstance(value, np.ndarray):
                value = [float(v) for v in value]
            elif isinstance(value, tuple):
                value = [list(v) if isinstance(v, tuple) else v for v in value]
            out[name] = value
        return out

    @classmethod
    def from_dict(cls, given: Mapping[str, Any]) -> Self:
        """Raises DataError for another schema or missing fields."""
        if given.get("schema") != SCHEMA:
            raise DataError(f"not an explanation: schema {given.get('schema')!r}", hint=f"expected {SCHEMA!r}")
        fields = {k: v for k, v in given.items() if k in cls.__dataclass_fields__}
        try:
            fields["values"] = np.array(fields["values"], np.float64)
            fields["players"], fields["player_ids"] = tuple(fields["players"]), tuple(fields["player_ids"])
            if fields.get("std_error") is not None:
                fields["std_error"] = np.array(fields["std_error"], np.float64)
            if fields.get("behaviors") is not None:
                fields["behaviors"] = tuple(fields["behaviors"])
            if fields.get("pairs") is not None:
                fields["pairs"] = tuple((int(i), int(j), float(value)) for i, j, value in fields["pairs"])
            return cls(**fields)
        except (KeyError, TypeError, ValueError) as error:
            raise DataError(f"not an explanation: {error}") from None

    def _repr_html_(self) -> str:
        """A static picture for notebooks; without the extra ``report`` a small table. Everything is escaped."""
        from whyrec.charts.reasons import waterfall

        try:
            return waterfall(self)._repr_html_()
        except MissingPackageError:
            pass
        rows = "".join(f"<tr><td>{escape(name)}</td><td>{value:+.4f}</td></tr>" for name, value in self.top(10))
        head = f"{escape(self.title)}: {self.full_value:.4f} = {self.base_value:.4f} + …"
        return f"<table><caption>{head}</caption>{rows}</table>"
