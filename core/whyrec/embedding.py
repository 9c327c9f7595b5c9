"""TextEmbedding: a plugin that turns texts into vectors, for features of items."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias, cast, final

import numpy as np

from whyrec.errors import PluginError
from whyrec.plugin import Plugin
from whyrec.returned import numbers
from whyrec.types import FloatArray

EmbedSettings: TypeAlias = Mapping[str, str | Mapping[str, Any]]
"""A setting of a dataset plugin: text column → an embedding's name, or a table with ``use`` and its settings."""


class TextEmbedding(Plugin, ABC):
    """Plugins write ``_embed``; callers use ``embed``. Nothing may be downloaded."""

    @final
    def embed(self, texts: Sequence[str], *, seed: int = 0) -> FloatArray:
        """(n, d) float64, one finite vector for each of n ≥ 1 texts. Equal texts, settings and seed: equal vectors.

        Raises PluginError if the plugin answers with another shape or with numbers that are not finite,
        MissingPackageError if a package that it needs is not installed.
        """
        self.require()
        found = numbers(self._embed(list(texts), np.random.default_rng(seed)), self, "vectors")
        if found.ndim != 2 or len(found) != len(texts) or not found.shape[1]:
            raise PluginError(
                f"embedding {self.name!r} returned an array of shape {found.shape} for {len(texts)} texts; "
                f"({len(texts)}, d) was expected"
            )
        if not np.isfinite(found).all():
            raise PluginError(f"embedding {self.name!r} returned numbers that are not finite")
        return found

    @abstractmethod
    def _embed(self, texts: list[str], rng: np.random.Generator) -> FloatArray:
        """(n, d) vectors of the texts, none of which is empty."""


def embedding_of(given: str | Mapping[str, Any] | TextEmbedding) -> TextEmbedding:
    """An embedding by its plugin's name, by a table with ``use`` and settings, or as it is.

    Raises UnknownNameError, ConfigError.
    """
    if isinstance(given, TextEmbedding):
        return given
    from whyrec.registry import Registry

    settings = {"use": given} if isinstance(given, str) else dict(given)
    name = settings.pop("use", None)
    if not isinstance(name, str):
        from whyrec.errors import ConfigError

        raise ConfigError(f"an embedding without a name: {settings}", hint='write { use = "tfidf-svd" }')
    return cast(TextEmbedding, Registry.discover().make("embedding", name, **settings))
