"""Site: what a page is about, and what all its answers share."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from whyrec import Dataset, Explainer, Explanation, Registry, Words
from whyrec.comparison.rows import role_of
from whyrec.config.model import Config
from whyrec.errors import UnknownNameError, suggest
from whyrec_cli.explainers import USUAL, named_explainer, question
from whyrec_cli.web.line import holding
from whyrec_cli.web.models import Models, needs_to_be_alone
from whyrec_cli.web.recent import Recent
from whyrec_cli.web.shelf import Shelf

if TYPE_CHECKING:
    from whyrec import IntArray
    from whyrec_cli.web.reader import Ranked

RANKED_BYTES = 64 * 2**20
"""What kept rankings may take together."""
MOST_RANKED = 256
MOST_TOLD = 256
"""How many rankings and explanations are kept."""
MOST = 8
"""Explainers that a page offers without being told to."""


@dataclass(frozen=True)
class Voice:
    """An explainer of the page: its id, what it is asked in the config, and where it comes from."""

    id: str
    explainer: Explainer
    question: dict[str, Any]
    version: str
    alone: bool


@dataclass
class Site:
    """The data, the models, the explainers, the store, and what was answered lately."""

    config: Config
    data: Dataset
    registry: Registry
    models: Models
    voices: dict[str, Voice]
    words: dict[str, Words]
    language: str
    shelf: Shelf
    read_only: bool = False
    told: Recent[Explanation] = field(default_factory=lambda: Recent(MOST_TOLD))
    finders: Recent[Voice] = field(default_factory=lambda: Recent(100))
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @cached_property
    def ranked(self) -> Recent[Ranked]:
        """Rankings by recommender, reader and what stands of the reader's feedback."""
        each = 16 * max(1, self.data.n_items)
        return Recent(int(np.clip(RANKED_BYTES // each, 4, MOST_RANKED)))

    @cached_property
    def lengths(self) -> IntArray:
        """(n_users,) how many items each user met."""
        found: IntArray = np.diff(self.data.histories.interest.indptr).astype(np.int64)
        return found

    @cached_property
    def item_texts(self) -> tuple[str, ...]:
        """(n_items,) what a search for an item looks through: its id and its titles in all languages."""
        columns = [self.data.catalog.items.ids, *self.data.catalog.titles.values()]
        return tuple("\n".join(parts).casefold() for parts in zip(*columns, strict=True))

    @cached_property
    def user_texts(self) -> tuple[str, ...]:
        """(n_users,) ids, as a search compares them."""
        return tuple(user.casefold() for user in self.data.users.ids)

    def voice(self, name: str) -> Voice:
        """An explainer by its id. Raises UnknownNameError."""
        if name not in self.voices:
            raise UnknownNameError(f"unknown explainer {name!r}", hint=suggest(name, self.voices, what="explainers"))
        return self.voices[name]

    def say(self, lang: str) -> Words:
        """The words of a language. Raises UnknownNameError."""
        if lang not in self.words:
            raise UnknownNameError(f"unknown language {lang!r}", hint=suggest(lang, self.words, what="languages"))
        return self.words[lang]

    @contextlib.contextmanager
    def explaining(self, voice: Voice) -> Iterator[Explainer]:
        """An explainer; of those that rest on other packages one works at a time, since they share global state."""
        with holding(self._lock if voice.alone else None):
            yield voice.explainer


def voices_of(registry: Registry, config: Config, named: Sequence[str]) -> dict[str, Voice]:
    """The explainers named, else the config's own without floor and ceiling, else the usual ones.

    Raises UnknownNameError.
    """
    if named:
        found = {name: named_explainer(registry, config, name) for name in named}
    else:
        own = [one for one in config.explainers if role_of(one.use) == "explainer" and not one.instance.missing()]
        found = {one.id: (one.instance, question(one)) for one in own[:MOST]}
    if not found:
        known = [name for name in USUAL if name in registry.names("explainer")]
        made = {name: registry.make_explainer(name) for name in known or registry.names("explainer")[:MOST]}
        found = {name: (one, {}) for name, one in made.items() if not one.missing()}
    return {name: _voice(registry, name, *one) for name, one in found.items()}


def _voice(registry: Registry, name: str, explainer: Explainer, asked: dict[str, Any]) -> Voice:
    listed = registry.find("explainer", explainer.name)
    alone = needs_to_be_alone(explainer, listed.distribution)
    return Voice(name, explainer, asked, f"{listed.distribution} {listed.version}".strip(), alone)
