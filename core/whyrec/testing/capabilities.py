"""The checks of capabilities: whatever a model says that it can, it does."""

from __future__ import annotations

from typing import ClassVar

from whyrec.capabilities import (
    CAPABILITIES,
    AdditiveInFeatures,
    AdditiveInHistory,
    AttendsHistory,
    Differentiable,
    KnownShapley,
    LinearFirstLayer,
    LinearInHistory,
    Probabilistic,
    ScoresFeatures,
    ScoresMasked,
    ScoresWithoutEach,
    Trained,
)
from whyrec.recommender import Recommender
from whyrec.testing.abilities import PROMISES
from whyrec.testing.check import Contract, need, skip


class CapabilityChecks(Contract):
    """One check for each capability; it is skipped where the model does not have it."""

    tolerance: ClassVar[float] = 1e-5

    @property
    def model(self) -> Recommender:
        raise NotImplementedError  # the contract that mixes this in has it

    def check_all(self, model: Recommender) -> None:
        """Every capability that a model has, in whatever world it was fitted."""
        for capability, promise in PROMISES.items():
            if model.can(capability):
                promise(model, self.tolerance)

    def _check(self, capability: type) -> None:
        if not self.model.can(capability):
            skip(f"{self.plugin.name} is not {capability.__name__}")
        PROMISES[capability](self.model, self.tolerance)

    def test_capabilities_are_there(self) -> None:
        """What ``can`` says is written: it adds no capability whose methods are missing."""
        for capability in CAPABILITIES:
            need(
                not self.model.can(capability) or isinstance(self.model, capability),
                f"can({capability.__name__}) is true, but its methods are not there",
            )

    def test_linear_in_history(self) -> None:
        """LinearInHistory: score == interest @ W + b."""
        self._check(LinearInHistory)

    def test_additive_in_history(self) -> None:
        """AdditiveInHistory: score == base + contributions, and the base is the score of an empty history."""
        self._check(AdditiveInHistory)

    def test_scores_masked(self) -> None:
        """ScoresMasked: the short cut gives the scores of the histories written down."""
        self._check(ScoresMasked)

    def test_scores_without_each(self) -> None:
        """ScoresWithoutEach: the short cut gives the scores of the histories written down."""
        self._check(ScoresWithoutEach)

    def test_scores_features(self) -> None:
        """ScoresFeatures: a known item, described by its features, has its score; an unknown one a finite one."""
        self._check(ScoresFeatures)

    def test_additive_in_features(self) -> None:
        """AdditiveInFeatures: score == base + contributions; a feature that the item lacks contributes nothing."""
        self._check(AdditiveInFeatures)

    def test_differentiable(self) -> None:
        """Differentiable: presence 1 is the history, 0 an empty one, and gradients match finite differences."""
        self._check(Differentiable)

    def test_linear_first_layer(self) -> None:
        """LinearFirstLayer: what lies behind the sum gives the score."""
        self._check(LinearFirstLayer)

    def test_attends_history(self) -> None:
        """AttendsHistory: attention is at least 0 and at most 1 in sum."""
        self._check(AttendsHistory)

    def test_probabilistic(self) -> None:
        """Probabilistic: probabilities lie in [0, 1] and never fall as the score rises."""
        self._check(Probabilistic)

    def test_trained(self) -> None:
        """Trained: curves of one length, finite, a loss among them."""
        self._check(Trained)

    def test_known_shapley(self) -> None:
        """KnownShapley: the values sum to what the score moved."""
        self._check(KnownShapley)
