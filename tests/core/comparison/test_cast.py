"""The plugins of a comparison: where they come from, whether another process finds them, and which one failed."""

import pickle
from fractions import Fraction

import pytest

from whyrec import PluginError, Registry
from whyrec.comparison.blame import blame_of, reason_of
from whyrec.comparison.cast import Cast
from whyrec.comparison.run import compare
from whyrec.config.load import load_config

TEXT = '[data]\nuse = "{0}"\n[[recommender]]\nuse = "{1}"\n[[explainer]]\nuse = "{2}"\n[[metric]]\nuse = "{3}"\n'
TOYS = ("toy", "linear", "rough", "residual")
BUNDLED = ("storefront", "ease", "weights", "lxr11")


@pytest.fixture
def toys(toy_registry):
    return Cast.of(load_config(text=TEXT.format(*TOYS), registry=toy_registry), toy_registry)


def test_the_origin_of_a_plugin(toys) -> None:
    part = toys.part("explainer", "rough")
    assert (part.origin, part.is_stranger) == ("explainer 'rough' (toys 1.0)", True)
    assert [p.chosen.id for p in toys.of_kind("metric")] == ["residual"]


def test_classes_of_this_process_cannot_be_handed_over(toys) -> None:
    assert not toys.can_be_handed_over
    registry = Registry.discover()
    bundled = Cast.of(load_config(text=TEXT.format(*BUNDLED), registry=registry), registry)
    assert bundled.can_be_handed_over
    assert not bundled.part("recommender", "ease").is_stranger


def test_they_run_here_then_and_say_nothing_else(toy_registry) -> None:
    config = load_config(
        text=TEXT.format(*TOYS) + '[split]\nby = "none"\n[run]\nk = 2\nusers = 3\n', registry=toy_registry
    )
    here, there = (
        compare(config, toy_registry, isolation=i).to_dict()["cells"][0]["metrics"] for i in ("none", "process")
    )
    assert here == there


def test_handed_over_and_received(toy_registry, toys) -> None:
    received = Cast.received(toys.handed_over(), toy_registry)
    assert received.part("explainer", "rough").chosen.instance is None
    made = received.instance("explainer", "rough")
    assert made.share == 0.5
    assert received.instance("explainer", "rough") is not made  # nothing lasts from cell to cell
    assert toys.instance("explainer", "rough") is toys.instance("explainer", "rough")


def test_a_part_that_cannot_be_read_is_found_out_where_it_is_used(toys, toy_registry) -> None:
    parts = toys.handed_over()
    for part in parts:
        assert pickle.loads(part).chosen.instance is None
    empty = Cast.received(parts, Registry())
    with pytest.raises(Exception, match="unknown explainer 'rough'"):
        empty.instance("explainer", "rough")
    assert empty.classes([toys.part("explainer", "rough")]) == [object]


# -- blame --------------------------------------------------------------------------------------------


def raised(function):
    try:
        function()
    except Exception as error:  # noqa: BLE001  the one that is looked at
        return error
    raise AssertionError("nothing was raised")


def test_the_innermost_file_is_to_blame(toys, toy_plugins) -> None:
    recommender, explainer = toys.part("recommender", "linear"), toys.part("explainer", "rough")
    error = raised(lambda: toy_plugins.Linear()._score(None, None))  # in the file of both: who was at work?
    classes = [toy_plugins.Linear, toy_plugins.Rough]
    assert blame_of(error, [recommender, explainer], classes, explainer) is explainer
    assert blame_of(error, [recommender, explainer], classes, recommender) is recommender
    assert blame_of(error, [recommender, explainer], [toy_plugins.Linear, Fraction], explainer) is recommender
    assert blame_of(error, [recommender, explainer], [Fraction, object], explainer) is explainer


def test_a_broken_promise_names_its_plugin(toys, toy_plugins) -> None:
    parts = [toys.part("recommender", "linear"), toys.part("explainer", "rough")]
    error = raised(lambda: (_ for _ in ()).throw(PluginError("linear returned 3 scores that are not finite")))
    assert blame_of(error, parts, [toy_plugins.Linear, toy_plugins.Rough], parts[1]) is parts[0]


@pytest.mark.parametrize(
    ("error", "words"),
    [(ValueError("a\nb"), "ValueError: a"), (KeyError(), "KeyError"), (SystemExit(3), "SystemExit: 3")],
)
def test_a_reason_is_one_line(error, words) -> None:
    assert reason_of(error) == words
