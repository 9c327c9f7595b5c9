"""Every bundled plugin keeps every promise of the conformance kit, and so do its other settings."""

from functools import cache

import pytest

from whyrec import Registry
from whyrec.settings import parameters
from whyrec.testing import contract_of
from whyrec.testing.kinds import CONTRACTS

REGISTRY = Registry.discover()

# Settings that lead through other code than the defaults.
OTHERS = {
    ("recommender", "popular"): [{"by": "interest"}],
    ("recommender", "content"): [{"similarity": "cosine"}, {"idf": False}],
    ("recommender", "item-knn"): [{"k": None, "shrinkage": 0.0}, {"k": 3}],
    ("recommender", "als"): [{"factors": 3, "iterations": 2}],
    ("recommender", "oracle"): [{"transparent": False}],
    ("recommender", "hybrid"): [
        {"method": "blend", "parts": [{"use": "ease"}, {"use": "content", "weight": 0.5}]},
        {"method": "blend", "parts": [{"use": "als"}, {"use": "popular"}]},
    ],
    ("recommender", "deep-embedding"): [{"tower": "id"}],
    ("embedding", "tfidf-svd"): [{"size": 4}, {"analyzer": "char", "size": 500}],
    ("explainer", "shap"): [{"method": "permutation", "exact_below": 0}],
    ("explainer", "shapley"): [{"exact_below": 2}],
}
SMALL = {("dataset", "storefront"): {"users": 60, "items": 60}}
# They read files; tests/plugins/datasets/test_contracts.py holds them to the contract.
ELSEWHERE = {("dataset", "events"), ("dataset", "movielens")}


def variants(listed):
    """The defaults and the others; training is kept short."""
    key = (listed.kind, listed.name)
    short = {"epochs": 2} if "epochs" in parameters(listed.cls) else {}
    return [{**short, **SMALL.get(key, {}), **other} for other in ({}, *OTHERS.get(key, ()))]


def cases():
    """Kind, name, which settings, and check of everything that this distribution offers."""
    for listed in REGISTRY.listed.values():
        if listed.distribution != "whyrec" or listed.kind not in CONTRACTS or (listed.kind, listed.name) in ELSEWHERE:
            continue
        slow = [pytest.mark.slow] if listed.cls.packages else []
        for number in range(len(variants(listed))):
            for check in CONTRACTS[listed.kind].checks():
                label = f"{listed.kind}-{listed.name}-{number}-{check.removeprefix('test_')}"
                yield pytest.param(listed.kind, listed.name, number, check, id=label, marks=slow)


@cache
def contract(kind, name, number):
    """One contract for all checks of a plugin, so that it is trained once."""
    listed = REGISTRY.find(kind, name)
    return contract_of(listed, variants(listed)[number])


def test_the_settings_named_here_are_those_of_plugins_that_there_are() -> None:
    assert {*OTHERS, *SMALL, *ELSEWHERE} <= set(REGISTRY.listed)


@pytest.mark.parametrize(("kind", "name", "number", "check"), list(cases()))
def test_it_keeps_its_promises(kind, name, number, check) -> None:
    if missing := REGISTRY.find(kind, name).cls.missing():
        pytest.skip(f"{', '.join(missing)} not installed")
    found = contract(kind, name, number).run_one(check)
    if found.state == "skipped":
        pytest.skip(found.reason)
    assert found.state == "ok", found.reason
