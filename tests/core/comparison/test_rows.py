"""Floor and ceiling: added where a config has none, and told which figures they stand for."""

from types import SimpleNamespace

import pytest

from whyrec import Registry
from whyrec.comparison.rows import aims_at, role_of, with_floor
from whyrec.config.load import load_config

HEAD = '[data]\nuse = "toy"\n[[recommender]]\nuse = "linear"\n'


@pytest.fixture
def registry(toy_plugins):
    class Random(toy_plugins.Rough):
        name = "random"

    made = Registry()
    made.add(
        toy_plugins.hooks(
            [toy_plugins.Linear],
            [toy_plugins.Exact, toy_plugins.Rough, Random],
            [toy_plugins.Residual],
            [toy_plugins.Toy],
        ),
        name="toys",
    )
    return made


def explainers(registry, text, metric='[[metric]]\nuse = "residual"\n'):
    config = with_floor(load_config(text=HEAD + text + metric, registry=registry), registry)
    return [(e.id, e.use, e.players, e.by, e.removal) for e in config.explainers]


def test_a_floor_for_every_way_of_asking(registry):
    found = explainers(
        registry,
        '[[explainer]]\nuse = "exact"\nplayers = ["history", "features"]\n'
        '[[explainer]]\nuse = "rough"\nplayers = ["history", "interests"]\nby = "genre"\n'
        '[[explainer]]\nuse = "rough"\nid = "shrunk"\nremoval = "shrink"\n',
    )
    assert found[3:] == [
        ("random", "random", ("history", "features"), None, "drop"),
        ("random-2", "random", ("history", "interests"), "genre", "drop"),
        ("random-3", "random", ("history",), None, "shrink"),
    ]


def test_a_floor_that_is_there_is_enough_or_is_asked_for_more(registry):
    text = '[[explainer]]\nuse = "exact"\n[[explainer]]\nuse = "random"\nid = "dice"\nplayers = ["history"]\n'
    assert [e[0] for e in explainers(registry, text)] == ["exact", "dice"]
    text = text.replace('use = "exact"', 'use = "exact"\nplayers = ["history", "features"]')
    assert explainers(registry, text)[1:] == [("dice", "random", ("history", "features"), None, "drop")]


def test_no_floor_where_nothing_is_judged_or_none_is_known(registry, toy_registry):
    assert explainers(registry, "") == []
    assert [e[0] for e in explainers(toy_registry, '[[explainer]]\nuse = "exact"\n')] == ["exact"]


def test_roles():
    assert [role_of(use) for use in ("random", "search", "weights")] == ["floor", "ceiling", "explainer"]


@pytest.mark.parametrize(
    ("steps", "metric", "k", "aimed", "missed"),
    [
        ("lxr11", "del", 10, ["lxr11.del"], ["lxr11.ins", "ke.del@1", "cf10.pos@3", "lxr11"]),
        ("lxr11", "pos", 10, ["lxr11.pos@10"], ["lxr11.pos@1", "lxr11.pos@100", "lxr11.neg@10"]),
        ("lxr11", "cdcg", 10, ["lxr11.ndcg"], ["ke.cdcg@1"]),
        ("ke", "ndcg", 10, ["ke.cdcg@1", "ke.cdcg@5"], ["ke.del@1", "lxr11.ndcg"]),
        ("ke", "pos", 3, ["ke.pos@3:1", "ke.pos@3:5"], ["ke.pos@10:3"]),
        ("cf10", "neg", 5, ["cf10.neg@5"], ["cf10.neg@3", "cf10.pn_s@5"]),
    ],
)
def test_what_a_ceiling_stands_for(steps, metric, k, aimed, missed):
    search = SimpleNamespace(steps=steps, metric=metric, k=k)
    assert all(aims_at(search, figure) for figure in aimed)
    assert not any(aims_at(search, figure) for figure in missed)


def test_an_explainer_without_aims_is_no_ceiling_of_anything():
    assert not aims_at(SimpleNamespace(), "lxr11.del")
