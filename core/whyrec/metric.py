"""Metrics: what judges explanations, and what judges recommendations."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Literal, final

import numpy as np

from whyrec.dataset import Dataset
from whyrec.errors import PluginError
from whyrec.explainer import Explainer
from whyrec.explanation import Explanation
from whyrec.game import Game
from whyrec.plugin import Plugin
from whyrec.ranking import Recommendations
from whyrec.returned import at_most, numbers
from whyrec.types import CSR, FloatArray, IntArray

CURVE_POINT = re.compile(r"(.+)\.curve@(\d+)")
"""The name of a figure that is one point of a curve: tables leave it out, reports draw the curve."""
_MOST = 1000  # cards of one metric


@dataclass(frozen=True)
class Measure:
    """The card of one figure: what it is, which way is good, where it comes from.

    A figure named ``CURVE.curve@P`` is one point of a curve, P from 0 to 100: reports draw it.

    ``harmonic`` names two other figures of the metric: this one is the harmonic mean of *their means* over users. It
    is then not measured for each explanation; the comparison makes it.
    """

    name: str
    better: Literal["higher", "lower"] | None
    formula: str
    range: str
    source: str = ""
    harmonic: tuple[str, str] | None = None


@dataclass(frozen=True, eq=False)
class Evidence:
    """What a metric of explanations may look at.

    ``games[e]`` is the game of ``explanations[e]`` and ``column[e]`` the item's place in it: items stand in
    the order of recommendation, so column 0 is the best; a game's items stand together. The rest is there only if a
    metric has its name in ``needs``:

    - ``"repeats"``: ``repeats[r]`` are the same explanations under another seed, ``repeats[0]`` is ``explanations``
    - ``"others"``: ``others[id][e]`` are the values that another explainer gave the same players (n_players,); neither
      the floor nor a ceiling is among them
    - ``"explainer"``: the ``explainer`` that made the explanations, and its ``seed``, to explain something else

    Explanations are made again for a few users only, and kept for others to come for the first thousand: with these
    needs, fewer are judged.
    """

    data: Dataset
    games: Sequence[Game]
    column: Sequence[int]
    explanations: Sequence[Explanation]
    repeats: Sequence[Sequence[Explanation]] = ()
    place: Sequence[int] = ()  # the item's place in the user's recommendations, 0 = best
    others: Mapping[str, Sequence[FloatArray]] = field(default_factory=dict)
    explainer: Explainer | None = None
    seed: int = 0


class Metric(Plugin, ABC):
    """Judges explanations: one number for each, NaN where the figure is not defined."""

    needs: ClassVar[frozenset[str]] = frozenset()

    @abstractmethod
    def measures(self) -> tuple[Measure, ...]:
        """The figures that this metric gives, with their cards."""

    @abstractmethod
    def _measure(self, evidence: Evidence) -> Mapping[str, FloatArray]: ...

    @final
    def cards(self) -> tuple[Measure, ...]:
        """``measures``, checked. Raises PluginError for anything but cards, or more than 1,000 of them."""
        return _cards(self)

    @final
    def measure(self, evidence: Evidence) -> dict[str, FloatArray]:
        """Figure → (n_explanations,) float64. Raises PluginError for a wrong name or shape, or an infinite figure."""
        found = self._measure(evidence)
        return _checked(self, self.cards(), found, len(evidence.explanations))


@dataclass(frozen=True, eq=False)
class Ranking:
    """What a metric of recommendations may look at: ranked items (rows, k) against held-out ones.

    test : (rows, n_items) CSR of ones, same rows
    users : (rows,) whose rows of ``data.histories`` they are; None where that is not known
    """

    data: Dataset
    recommendations: Recommendations
    test: CSR
    users: IntArray | None = None
    cache: dict[str, FloatArray] = field(default_factory=dict)

    @property
    def hits(self) -> FloatArray:
        """(rows, k) 1 where a recommended item was held out."""
        if "hits" not in self.cache:
            items = self.recommendations.items
            rows = np.repeat(np.arange(len(items)), items.shape[1])
            found = np.asarray(self.test[rows, np.maximum(items, 0).ravel()]).reshape(items.shape)
            self.cache["hits"] = np.where(items >= 0, found, 0.0).astype(np.float64)
        return self.cache["hits"]

    @property
    def relevant(self) -> FloatArray:
        """(rows,) how many items were held out."""
        counts: FloatArray = np.diff(self.test.indptr).astype(np.float64)
        return counts


class RankingMetric(Plugin, ABC):
    """Judges recommendations: one number a user (NaN where undefined), or one for all."""

    depth: int = 10
    """How many items of each user's ranking are looked at."""

    @abstractmethod
    def measures(self) -> tuple[Measure, ...]: ...

    @abstractmethod
    def _measure(self, ranking: Ranking) -> Mapping[str, FloatArray]: ...

    @final
    def cards(self) -> tuple[Measure, ...]:
        """See :meth:`Metric.cards`."""
        return _cards(self)

    @final
    def measure(self, ranking: Ranking) -> dict[str, FloatArray]:
        """Figure → (rows,) or (1,) float64. Raises PluginError for a wrong name or shape."""
        return _checked(self, self.cards(), self._measure(ranking), len(ranking.recommendations.items))


def _cards(metric: Metric | RankingMetric) -> tuple[Measure, ...]:
    try:
        given = metric.measures()
    except Exception as error:  # a plugin's code may raise anything
        raise PluginError(f"{metric.name} has no cards: measures() raised {type(error).__name__}: {error}") from error
    found = at_most(_MOST, given, metric, "cards")
    for card in found:
        if not isinstance(card, Measure):
            raise PluginError(f"{metric.name} returned a {type(card).__name__}; a Measure was expected")
    return tuple(found)


def _checked(
    plugin: Metric | RankingMetric, cards: Sequence[Measure], found: Mapping[str, FloatArray], rows: int
) -> dict[str, FloatArray]:
    metric = plugin.name
    if not isinstance(found, Mapping):
        raise PluginError(f"{metric} returned a {type(found).__name__}; a table from figures to numbers was expected")
    names = {card.name for card in cards if card.harmonic is None}
    if set(found) != names:
        raise PluginError(f"metric {metric!r} gave {sorted(found)}; its cards say {sorted(names)}")
    out = {}
    for name, values in found.items():
        array = numbers(values, plugin, f"figures {name}")
        if array.shape not in {(rows,), (1,)}:
            raise PluginError(f"metric {metric!r}: {name} has shape {array.shape}; ({rows},) was expected")
        if np.isinf(array).any():
            raise PluginError(f"metric {metric!r}: {name} is infinite for {int(np.isinf(array).sum())} rows")
        out[name] = array
    return out
