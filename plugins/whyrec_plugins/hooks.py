"""The bundled plugins, through the same door as anybody's: classes, imported only when asked for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from whyrec import hookimpl

if TYPE_CHECKING:
    from whyrec import DataSource, Explainer, Language, Metric, RankingMetric, Recommender, TextEmbedding


@hookimpl
def whyrec_recommenders() -> Iterable[type[Recommender]]:
    from whyrec_plugins.recommenders.als import ALS
    from whyrec_plugins.recommenders.caser import Caser
    from whyrec_plugins.recommenders.cfgan import CFGAN
    from whyrec_plugins.recommenders.content import Content
    from whyrec_plugins.recommenders.deep_embedding import DeepEmbedding
    from whyrec_plugins.recommenders.ease import EASE
    from whyrec_plugins.recommenders.edlae import EDLAE
    from whyrec_plugins.recommenders.gru import GRU4Rec
    from whyrec_plugins.recommenders.hybrid import Hybrid
    from whyrec_plugins.recommenders.interest import Interest
    from whyrec_plugins.recommenders.item_knn import ItemKNN
    from whyrec_plugins.recommenders.oracle import Oracle
    from whyrec_plugins.recommenders.popular import Popular
    from whyrec_plugins.recommenders.sasrec import SASRec
    from whyrec_plugins.recommenders.sparse_ease import SparseEASE
    from whyrec_plugins.recommenders.two_tower import TwoTower
    from whyrec_plugins.recommenders.vae import VAE

    return (
        Popular,
        Content,
        ItemKNN,
        EASE,
        EDLAE,
        SparseEASE,
        ALS,
        Hybrid,
        Interest,
        DeepEmbedding,
        TwoTower,
        VAE,
        SASRec,
        GRU4Rec,
        Caser,
        CFGAN,
        Oracle,
    )


@hookimpl
def whyrec_explainers() -> Iterable[type[Explainer]]:
    from whyrec_plugins.explainers.attention import Attention
    from whyrec_plugins.explainers.counterfactual import Counterfactual
    from whyrec_plugins.explainers.gradient_input import GradientInput
    from whyrec_plugins.explainers.greedy_rank import GreedyRank
    from whyrec_plugins.explainers.integrated_gradients import IntegratedGradients
    from whyrec_plugins.explainers.interactions import Interactions
    from whyrec_plugins.explainers.leave_one_out import LeaveOneOut
    from whyrec_plugins.explainers.lime_base import Lime
    from whyrec_plugins.explainers.owen import Owen
    from whyrec_plugins.explainers.random import Random
    from whyrec_plugins.explainers.search import Search
    from whyrec_plugins.explainers.shap_game import Shap
    from whyrec_plugins.explainers.shapiq_game import ShapIQ
    from whyrec_plugins.explainers.shapley import Shapley
    from whyrec_plugins.explainers.similarity import Cosine, Jaccard
    from whyrec_plugins.explainers.smooth_path import SmoothPath
    from whyrec_plugins.explainers.weights import Weights

    return (
        Weights,
        Shapley,
        Owen,
        Lime,
        Shap,
        ShapIQ,
        Random,
        LeaveOneOut,
        Counterfactual,
        GreedyRank,
        Search,
        Interactions,
        GradientInput,
        IntegratedGradients,
        SmoothPath,
        Attention,
        Cosine,
        Jaccard,
    )


@hookimpl
def whyrec_metrics() -> Iterable[type[Metric] | type[RankingMetric]]:
    from whyrec_plugins.metrics.adherence import Adherence
    from whyrec_plugins.metrics.agreement import Agreement
    from whyrec_plugins.metrics.cf10 import CF10
    from whyrec_plugins.metrics.completeness import Completeness
    from whyrec_plugins.metrics.explained import Explained
    from whyrec_plugins.metrics.gini import Gini
    from whyrec_plugins.metrics.input_stability import InputStability
    from whyrec_plugins.metrics.ke import KE
    from whyrec_plugins.metrics.lxr11 import LXR11
    from whyrec_plugins.metrics.necessity import Necessity
    from whyrec_plugins.metrics.planted import Planted
    from whyrec_plugins.metrics.randomization import Randomization
    from whyrec_plugins.metrics.ranking import NDCG, Coverage, HitRate, Recall
    from whyrec_plugins.metrics.shapley_error import ShapleyError
    from whyrec_plugins.metrics.stability import Stability
    from whyrec_plugins.metrics.support import Support

    return (
        NDCG, Recall, HitRate, Coverage, Support,
        Completeness, LXR11, KE, CF10, Necessity, ShapleyError, Stability, InputStability, Randomization, Agreement,
        Gini, Explained, Adherence, Planted,
    )  # fmt: skip


@hookimpl
def whyrec_datasets() -> Iterable[type[DataSource]]:
    from whyrec_plugins.datasets.events import Events
    from whyrec_plugins.datasets.movielens import MovieLens
    from whyrec_plugins.datasets.planted import Planted
    from whyrec_plugins.datasets.storefront import Storefront

    return (Events, MovieLens, Storefront, Planted)


@hookimpl
def whyrec_embeddings() -> Iterable[type[TextEmbedding]]:
    from whyrec_plugins.embeddings.minilm import MiniLM
    from whyrec_plugins.embeddings.tfidf_svd import TfidfSVD

    return (TfidfSVD, MiniLM)


@hookimpl
def whyrec_languages() -> Iterable[type[Language]]:
    from whyrec_plugins.languages.chinese import Chinese
    from whyrec_plugins.languages.english import English

    return (English, Chinese)
