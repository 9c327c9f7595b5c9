"""The bundled plugins, through the same door as anybody's: classes, imported only when asked for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from whyrec import hookimpl

if TYPE_CHECKING:
    from whyrec import DataSource, Explainer, Metric, RankingMetric, Recommender


@hookimpl
def whyrec_recommenders() -> Iterable[type[Recommender]]:
    from whyrec_plugins.recommenders.als import ALS
    from whyrec_plugins.recommenders.content import Content
    from whyrec_plugins.recommenders.deep_embedding import DeepEmbedding
    from whyrec_plugins.recommenders.ease import EASE
    from whyrec_plugins.recommenders.hybrid import Hybrid
    from whyrec_plugins.recommenders.interest import Interest
    from whyrec_plugins.recommenders.item_knn import ItemKNN
    from whyrec_plugins.recommenders.popular import Popular

    return (Popular, Content, ItemKNN, EASE, ALS, Hybrid, Interest, DeepEmbedding)


@hookimpl
def whyrec_explainers() -> Iterable[type[Explainer]]:
    from whyrec_plugins.explainers.lime_base import Lime
    from whyrec_plugins.explainers.random import Random
    from whyrec_plugins.explainers.shap_game import Shap
    from whyrec_plugins.explainers.shapiq_game import ShapIQ
    from whyrec_plugins.explainers.shapley import Shapley
    from whyrec_plugins.explainers.weights import Weights

    return (Weights, Shapley, Lime, Shap, ShapIQ, Random)


@hookimpl
def whyrec_metrics() -> Iterable[type[Metric] | type[RankingMetric]]:
    from whyrec_plugins.metrics.completeness import Completeness
    from whyrec_plugins.metrics.gini import Gini
    from whyrec_plugins.metrics.lxr11 import LXR11
    from whyrec_plugins.metrics.planted import Planted
    from whyrec_plugins.metrics.ranking import NDCG, Coverage, HitRate, Recall
    from whyrec_plugins.metrics.stability import Stability

    return (NDCG, Recall, HitRate, Coverage, Completeness, LXR11, Stability, Gini, Planted)


@hookimpl
def whyrec_datasets() -> Iterable[type[DataSource]]:
    from whyrec_plugins.datasets.events import Events
    from whyrec_plugins.datasets.movielens import MovieLens
    from whyrec_plugins.datasets.storefront import Storefront

    return (Events, MovieLens, Storefront)
