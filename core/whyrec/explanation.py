"""Explanation: who did what, for one user and one item. It adds up, and it serialises."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Any, Self

import numpy as np

from whyrec.errors import DataError
from whyrec.types import FloatArray

SCHEMA = "whyrec.explanation/1"


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

    def __post_init__(self) -> None:
        if not len(self.player_ids) == len(self.players) == len(self.values):
            raise DataError(f"explanation: {len(self.players)} players but {len(self.values)} values")

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
            if fields.get("pairs") is not None:
                fields["pairs"] = tuple((int(i), int(j), float(value)) for i, j, value in fields["pairs"])
            return cls(**fields)
        except (KeyError, TypeError, ValueError) as error:
            raise DataError(f"not an explanation: {error}") from None

    def _repr_html_(self) -> str:
        """A small table for notebooks, everything escaped."""
        rows = "".join(f"<tr><td>{escape(name)}</td><td>{value:+.4f}</td></tr>" for name, value in self.top(10))
        head = f"{escape(self.title)}: {self.full_value:.4f} = {self.base_value:.4f} + …"
        return f"<table><caption>{head}</caption>{rows}</table>"
