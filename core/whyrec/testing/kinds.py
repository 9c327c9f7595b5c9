"""Which contract a plugin is held to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from whyrec.registry import Listed
from whyrec.testing.check import Contract
from whyrec.testing.dataset import DatasetContract
from whyrec.testing.embedding import EmbeddingContract
from whyrec.testing.explainer import ExplainerContract
from whyrec.testing.language import LanguageContract
from whyrec.testing.metric import MetricContract
from whyrec.testing.recommender import RecommenderContract

CONTRACTS: Mapping[str, type[Contract]] = {
    "recommender": RecommenderContract,
    "explainer": ExplainerContract,
    "metric": MetricContract,
    "dataset": DatasetContract,
    "embedding": EmbeddingContract,
    "language": LanguageContract,
}


def contract_of(listed: Listed, settings: Mapping[str, Any] | None = None) -> Contract:
    """The contract of an installed plugin with the given settings."""
    made = type(
        f"Contract of {listed.name}", (CONTRACTS[listed.kind],), {"plugin": listed.cls, "settings": settings or {}}
    )
    contract: Contract = made()
    return contract
