"""The whole extension surface. A plugin is a module (or object) with any of these functions.

Point an entry point of the group ``whyrec`` at it, mark each function with ``@whyrec.hookimpl``, and
return classes, never instances, so that listing costs nothing::

    [project.entry-points.whyrec]
    my-plugin = "my_package.hooks"

``whyrec_api = 1`` beside the functions says which version of this surface the plugin was written for.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    from whyrec.embedding import TextEmbedding
    from whyrec.explainer import Explainer
    from whyrec.language import Language
    from whyrec.metric import Metric, RankingMetric
    from whyrec.recommender import Recommender
    from whyrec.source import DataSource

GROUP = "whyrec"
API = 1
"""The version of the plugin interface: it grows by one when plugins that were right before have to change."""
OLDEST = 1
"""The oldest version that still works. What says nothing of its version was written for the first."""
hookspec = pluggy.HookspecMarker(GROUP)
hookimpl = pluggy.HookimplMarker(GROUP)


@hookspec
def whyrec_recommenders() -> Iterable[type[Recommender]]:  # type: ignore[empty-body]  # a specification has none
    """Recommender classes: whatever scores items for a history."""


@hookspec
def whyrec_explainers() -> Iterable[type[Explainer]]:  # type: ignore[empty-body]  # a specification has none
    """Explainer classes: whatever gives each player of a game a value."""


@hookspec
def whyrec_metrics() -> Iterable[type[Metric] | type[RankingMetric]]:  # type: ignore[empty-body]  # a specification has none
    """Metric classes: what judges explanations (Metric) or recommendations (RankingMetric)."""


@hookspec
def whyrec_datasets() -> Iterable[type[DataSource]]:  # type: ignore[empty-body]  # a specification has none
    """DataSource classes: what loads or makes a Dataset."""


@hookspec
def whyrec_embeddings() -> Iterable[type[TextEmbedding]]:  # type: ignore[empty-body]  # a specification has none
    """TextEmbedding classes: what turns the texts of items into vectors, for features."""


@hookspec
def whyrec_languages() -> Iterable[type[Language]]:  # type: ignore[empty-body]  # a specification has none
    """Language classes: what puts explanations into words."""
