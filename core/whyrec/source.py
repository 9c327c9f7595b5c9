"""DataSource: a plugin that loads or makes a Dataset."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path
from typing import final

from whyrec.dataset import Dataset
from whyrec.errors import PluginError
from whyrec.plugin import Plugin


class DataSource(Plugin, ABC):
    """Plugins write ``_load``; callers use ``load``."""

    @final
    def load(self, *, seed: int = 0) -> Dataset:
        """Load (or make, seeded) the data. Raises DataError for what cannot be read."""
        self.require()
        data = self._load(seed)
        if not isinstance(data, Dataset):
            raise PluginError(f"data source {self.name!r} returned {type(data).__name__}, not a Dataset")
        return data

    @abstractmethod
    def _load(self, seed: int) -> Dataset: ...

    def folder(self) -> Path | None:
        """Where files that belong to the data (a published split) are looked for; None if there is none."""
        return None
