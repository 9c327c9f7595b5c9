"""The conformance kit over the three models."""

from whyrec_implicit.als import ImplicitALS
from whyrec_implicit.bpr import ImplicitBPR
from whyrec_implicit.item import ImplicitItem

from whyrec.testing import RecommenderContract


class TestALS(RecommenderContract):
    plugin = ImplicitALS


class TestBPR(RecommenderContract):
    plugin = ImplicitBPR


class TestItem(RecommenderContract):
    plugin = ImplicitItem
