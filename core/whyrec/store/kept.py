"""Kept: what was computed. Models, explanations and figures, each under the hash of all that decides it."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from whyrec.store.database import Database
from whyrec.store.packing import Arrays, pack, squeeze, unpack, unsqueeze


@dataclass(frozen=True)
class KeptModel:
    """A fitted model: its folder (None if it cannot be saved) and the SHA-256 of what lies there."""

    folder: str | None
    sha256: str | None
    fit_seconds: float | None
    curve: dict[str, list[float]] | None


@dataclass(frozen=True)
class KeptTold:
    """Explanations of one cell: JSON and arrays, and the players they speak of. ``whole``: of all users."""

    whole: bool
    seconds: float
    model_calls: float
    meta: Mapping[str, Any]
    arrays: Arrays
    players: Mapping[str, Any] = field(default_factory=dict)


class Kept:
    """The tables of results."""

    def __init__(self, database: Database) -> None:
        self._db = database

    # -- models -----------------------------------------------------------------------------------------

    def put_model(self, key: str, model: KeptModel) -> None:
        curve = None if model.curve is None else json.dumps(model.curve)
        self._db.execute(
            "INSERT OR REPLACE INTO models(key, folder, sha256, fit_seconds, curve) VALUES (?, ?, ?, ?, ?)",
            [key, model.folder, model.sha256, model.fit_seconds, curve],
        )

    def model(self, key: str) -> KeptModel | None:
        for r in self._db.rows("SELECT * FROM models WHERE key = ?", [key]):
            curve = None if r["curve"] is None else json.loads(r["curve"])
            return KeptModel(r["folder"], r["sha256"], r["fit_seconds"], curve)
        return None

    # -- explanations -----------------------------------------------------------------------------------

    def has_players(self, key: str) -> bool:
        return bool(self._db.rows("SELECT 1 FROM players WHERE key = ?", [key]))

    def has_told(self, key: str) -> bool | None:
        """Whether the explanations of all users are there; None if there are none."""
        for r in self._db.rows("SELECT whole FROM explanations WHERE key = ?", [key]):
            return bool(r["whole"])
        return None

    def cost(self, key: str) -> tuple[float | None, float | None]:
        """Seconds and model calls of a cell's explanations."""
        for r in self._db.rows("SELECT seconds, model_calls FROM explanations WHERE key = ?", [key]):
            return r["seconds"], r["model_calls"]
        return None, None

    def put_told(self, key: str, players: str, told: KeptTold) -> None:
        """Explanations under their key; their players (if given) under another one, which other cells share."""
        if told.players:
            content = squeeze(told.players)
            self._db.execute(
                "INSERT OR REPLACE INTO players(key, crc, content) VALUES (?, ?, ?)",
                [players, zlib.crc32(content), content],
            )
        content = pack(told.meta, told.arrays)
        self._db.execute(
            "INSERT OR REPLACE INTO explanations(key, players, whole, seconds, model_calls, crc, content) "
            "VALUES (?, ?, ?, ?, ?, ?, ?)",
            [key, players, told.whole, told.seconds, told.model_calls, zlib.crc32(content), content],
        )

    def told(self, key: str, *, players: bool = True) -> KeptTold | None:
        """The explanations of a cell; without ``players`` these are left out. Raises StoreError if damaged."""
        for r in self._db.rows("SELECT * FROM explanations WHERE key = ?", [key]):
            meta, arrays = unpack(self._whole(r, "explanations"))
            known = {}
            if players:
                (row,) = self._db.rows("SELECT * FROM players WHERE key = ?", [r["players"]])
                known = unsqueeze(self._whole(row, "players"))
            return KeptTold(bool(r["whole"]), r["seconds"], r["model_calls"], meta, arrays, known)
        return None

    # -- figures ----------------------------------------------------------------------------------------

    def put_figures(self, subject: str, metric: str, columns: Arrays) -> None:
        """A metric's figures: name → one number a user."""
        content = pack({}, columns)
        self._db.execute(
            "INSERT OR REPLACE INTO figures(subject, metric, crc, content) VALUES (?, ?, ?, ?)",
            [subject, metric, zlib.crc32(content), content],
        )

    def has_figures(self, subject: str, metrics: Sequence[str]) -> set[str]:
        """Which of the metrics have figures."""
        found = self._db.rows(
            "SELECT metric FROM figures WHERE subject = ? AND metric IN (SELECT value FROM json_each(?))",
            [subject, json.dumps(list(metrics))],
        )
        return {r["metric"] for r in found}

    def figures(self, subject: str, metric: str) -> Arrays | None:
        for r in self._db.rows("SELECT * FROM figures WHERE subject = ? AND metric = ?", [subject, metric]):
            return unpack(self._whole(r, "figures"))[1]
        return None

    def forget(self, subjects: Sequence[str]) -> None:
        """Remove explanations and figures: what is computed afresh."""
        asked = json.dumps(list(subjects))
        with self._db.transaction():
            for table, column in (("explanations", "key"), ("figures", "subject"), ("models", "key")):
                self._db.execute(f"DELETE FROM {table} WHERE {column} IN (SELECT value FROM json_each(?))", [asked])

    def _whole(self, row: Any, what: str) -> bytes:
        content: bytes = row["content"]
        if zlib.crc32(content) != row["crc"]:
            raise self._db.damaged(f"is damaged: the {what} read are not those that were written")
        return content
