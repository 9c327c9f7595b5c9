"""The conformance kit: a plugin's test file is five lines, see docs/reference/conformance.md."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from whyrec.testing.check import (
        Checked as Checked,
        Contract as Contract,
        Failed as Failed,
    )
    from whyrec.testing.dataset import DatasetContract as DatasetContract
    from whyrec.testing.embedding import EmbeddingContract as EmbeddingContract
    from whyrec.testing.explainer import ExplainerContract as ExplainerContract
    from whyrec.testing.kinds import contract_of as contract_of
    from whyrec.testing.language import LanguageContract as LanguageContract
    from whyrec.testing.metric import MetricContract as MetricContract
    from whyrec.testing.recommender import RecommenderContract as RecommenderContract

_HOME = {
    "Checked": "check",
    "Contract": "check",
    "Failed": "check",
    "DatasetContract": "dataset",
    "EmbeddingContract": "embedding",
    "ExplainerContract": "explainer",
    "contract_of": "kinds",
    "LanguageContract": "language",
    "MetricContract": "metric",
    "RecommenderContract": "recommender",
}
__all__ = [*_HOME]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'whyrec.testing' has no attribute {name!r}")
    return getattr(import_module(f"whyrec.testing.{_HOME[name]}"), name)
