"""The models of the implicit library as whyrec recommenders."""

from collections.abc import Iterable

from whyrec import Recommender, hookimpl


@hookimpl
def whyrec_recommenders() -> Iterable[type[Recommender]]:
    from whyrec_implicit.als import ImplicitALS
    from whyrec_implicit.bpr import ImplicitBPR
    from whyrec_implicit.item import ImplicitItem

    return (ImplicitALS, ImplicitBPR, ImplicitItem)
