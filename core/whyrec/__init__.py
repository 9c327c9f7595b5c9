"""whyrec: explain recommendations, and prove which explanations are true.

Names are imported when first used, so that ``import whyrec`` costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from whyrec.adapters import (
        FunctionRecommender as FunctionRecommender,
        wrap as wrap,
    )
    from whyrec.capabilities import (
        CAPABILITIES as CAPABILITIES,
        AdditiveInFeatures as AdditiveInFeatures,
        AdditiveInHistory as AdditiveInHistory,
        AttendsHistory as AttendsHistory,
        Differentiable as Differentiable,
        FirstLayer as FirstLayer,
        KnownShapley as KnownShapley,
        LinearFirstLayer as LinearFirstLayer,
        LinearInHistory as LinearInHistory,
        Probabilistic as Probabilistic,
        ScoresFeatures as ScoresFeatures,
        ScoresMasked as ScoresMasked,
        ScoresWithoutEach as ScoresWithoutEach,
        Trained as Trained,
    )
    from whyrec.catalog import (
        Catalog as Catalog,
        FeatureKind as FeatureKind,
        Features as Features,
        Index as Index,
    )
    from whyrec.claims import (
        Claims as Claims,
        Reason as Reason,
        claims_of as claims_of,
    )
    from whyrec.comparison.result import Comparison as Comparison
    from whyrec.comparison.run import compare as compare
    from whyrec.config.load import load_config as load_config
    from whyrec.data.files import (
        DataFile as DataFile,
        DataFolder as DataFolder,
    )
    from whyrec.data.read import (
        Dialect as Dialect,
        read_table as read_table,
    )
    from whyrec.data.selection import (
        informative as informative,
        mutual_information as mutual_information,
        select_features as select_features,
    )
    from whyrec.data.splits import (
        split as split,
    )
    from whyrec.data.table import (
        Table as Table,
    )
    from whyrec.data.vectors import (
        Vectors as Vectors,
    )
    from whyrec.dataset import (
        CleaningReport as CleaningReport,
        Dataset as Dataset,
        Decay as Decay,
        PlantedTruth as PlantedTruth,
        Split as Split,
    )
    from whyrec.embedding import (
        EmbedSettings as EmbedSettings,
        TextEmbedding as TextEmbedding,
    )
    from whyrec.errors import (
        CompletenessError as CompletenessError,
        ConfigError as ConfigError,
        DataError as DataError,
        InputError as InputError,
        Location as Location,
        MissingPackageError as MissingPackageError,
        NotFittedError as NotFittedError,
        PluginError as PluginError,
        UnknownIdError as UnknownIdError,
        UnknownNameError as UnknownNameError,
        UnsupportedError as UnsupportedError,
        WhyrecError as WhyrecError,
        near as near,
        suggest as suggest,
    )
    from whyrec.evaluation import (
        evaluate as evaluate,
        evaluate_catalog as evaluate_catalog,
        evaluate_odd as evaluate_odd,
        evaluate_ranks as evaluate_ranks,
        evaluate_tops as evaluate_tops,
    )
    from whyrec.explainer import (
        COMPLETENESS as COMPLETENESS,
        Attribution as Attribution,
        Explainer as Explainer,
        Streams as Streams,
    )
    from whyrec.explanation import (
        Explanation as Explanation,
    )
    from whyrec.game import (
        REMOVALS as REMOVALS,
        Game as Game,
        Removal as Removal,
        games_for as games_for,
    )
    from whyrec.histories import (
        Histories as Histories,
        Scale as Scale,
        scaled as scaled,
    )
    from whyrec.hookspecs import (
        hookimpl as hookimpl,
    )
    from whyrec.language import (
        Language as Language,
        Words as Words,
    )
    from whyrec.metric import (
        Evidence as Evidence,
        Measure as Measure,
        Metric as Metric,
        Ranking as Ranking,
        RankingMetric as RankingMetric,
    )
    from whyrec.moments import (
        as_of as as_of,
        moment as moment,
    )
    from whyrec.planted import (
        PlantedFunction as PlantedFunction,
        PlantedTerm as PlantedTerm,
        symmetric_polynomials as symmetric_polynomials,
    )
    from whyrec.players import (
        PLAYER_KINDS as PLAYER_KINDS,
        PlayerKind as PlayerKind,
        Players as Players,
        feature_players as feature_players,
        history_players as history_players,
        interest_players as interest_players,
    )
    from whyrec.plugin import (
        Plugin as Plugin,
    )
    from whyrec.profiles import (
        Profile as Profile,
        profile as profile,
    )
    from whyrec.ranking import (
        Recommendations as Recommendations,
        ranks_of as ranks_of,
        top_k as top_k,
    )
    from whyrec.recommender import (
        Progress as Progress,
        Recommender as Recommender,
    )
    from whyrec.registry import (
        Broken as Broken,
        Listed as Listed,
        Registry as Registry,
    )
    from whyrec.saved import (
        load_model as load_model,
        save_model as save_model,
    )
    from whyrec.saved_small import quantized as quantized
    from whyrec.source import (
        DataSource as DataSource,
    )
    from whyrec.store.errors import (
        DiskError as DiskError,
        StoreError as StoreError,
    )
    from whyrec.store.store import Store as Store
    from whyrec.sums import SumScorer as SumScorer
    from whyrec.targets import (
        Target as Target,
    )
    from whyrec.types import (
        CSR as CSR,
        BoolArray as BoolArray,
        FloatArray as FloatArray,
        IntArray as IntArray,
    )

_HOMES = {
    "adapters": "FunctionRecommender wrap",
    "capabilities": (
        "AdditiveInFeatures AdditiveInHistory AttendsHistory CAPABILITIES Differentiable FirstLayer KnownShapley "
        "LinearFirstLayer LinearInHistory Probabilistic ScoresFeatures ScoresMasked ScoresWithoutEach Trained"
    ),
    "catalog": "Catalog FeatureKind Features Index",
    "claims": "Claims Reason claims_of",
    "comparison.result": "Comparison",
    "comparison.run": "compare",
    "config.load": "load_config",
    "data.files": "DataFile DataFolder",
    "data.read": "Dialect read_table",
    "data.selection": "informative mutual_information select_features",
    "data.splits": "split",
    "data.table": "Table",
    "data.vectors": "Vectors",
    "dataset": "CleaningReport Dataset Decay PlantedTruth Split",
    "embedding": "EmbedSettings TextEmbedding",
    "errors": (
        "CompletenessError ConfigError DataError InputError Location MissingPackageError NotFittedError "
        "PluginError UnknownIdError UnknownNameError UnsupportedError WhyrecError near suggest"
    ),
    "explainer": "COMPLETENESS Attribution Explainer Streams",
    "explanation": "Explanation",
    "evaluation": "evaluate evaluate_catalog evaluate_odd evaluate_ranks evaluate_tops",
    "game": "REMOVALS Game Removal games_for",
    "histories": "Histories Scale scaled",
    "hookspecs": "hookimpl",
    "language": "Language Words",
    "metric": "Evidence Measure Metric Ranking RankingMetric",
    "moments": "as_of moment",
    "planted": "PlantedFunction PlantedTerm symmetric_polynomials",
    "players": "PLAYER_KINDS PlayerKind Players feature_players history_players interest_players",
    "plugin": "Plugin",
    "profiles": "Profile profile",
    "ranking": "Recommendations ranks_of top_k",
    "recommender": "Progress Recommender",
    "registry": "Broken Listed Registry",
    "saved": "load_model save_model",
    "saved_small": "quantized",
    "source": "DataSource",
    "sums": "SumScorer",
    "store.errors": "DiskError StoreError",
    "store.store": "Store",
    "targets": "Target",
    "types": "BoolArray CSR FloatArray IntArray",
}
_HOME = {name: home for home, names in _HOMES.items() for name in names.split()}

__version__ = "0.1.0"
__all__ = [*_HOME]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'whyrec' has no attribute {name!r}")
    value = getattr(import_module(f"whyrec.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME})
