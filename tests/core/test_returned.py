"""What plugins hand back is taken up to a limit: nothing without end is gone through, and a wrong type is named."""

import itertools
from importlib import metadata
from types import SimpleNamespace

import numpy as np
import pytest

from whyrec import Attribution, Evidence, Explainer, Measure, Metric, PluginError, Recommender, TextEmbedding
from whyrec.comparison.models import curve_of
from whyrec.returned import at_most, numbers, origin_of


class Endless(Explainer):
    """Counts how often it was asked."""

    name = "endless"
    needs = {"history": ()}
    additive = False

    def __init__(self):
        self.given = 0

    def _explain(self, model, games, rngs):
        while True:
            self.given += 1
            yield Attribution(np.zeros((len(games[0].items), games[0].n_players)), games[0].base_value)


class Scores(Recommender):
    name = "scores"

    def _fit(self, data, rng, progress):
        pass

    def _score(self, histories, items):
        return itertools.repeat(0.0)


class Cards(Metric):
    name = "cards"

    def __init__(self, cards, found=None):
        self.given, self.found = cards, found

    def measures(self):
        return self.given

    def _measure(self, evidence):
        return self.found


class Vectors(TextEmbedding):
    name = "vectors"

    def _embed(self, texts, rng):
        return itertools.repeat(0.0)


def test_an_endless_explainer_is_asked_once_more_than_there_are_games(toys) -> None:
    model, explainer = toys.Linear().fit(toys.world()), Endless()
    with pytest.raises(PluginError, match="endless returned more than 2 attributions, perhaps without end"):
        explainer.explain(model, toys.games(model, users=[4, 5]))
    assert explainer.given == 3


@pytest.mark.parametrize(
    ("answer", "words"), [(None, "a NoneType; attributions were expected"), (["why"], "a str; an")]
)
def test_an_explainer_that_returns_something_else(answer, words, toys, monkeypatch) -> None:
    monkeypatch.setattr(Endless, "_explain", lambda *given: answer)
    model = toys.Linear().fit(toys.world())
    with pytest.raises(PluginError, match=f"endless returned {words}"):
        Endless().explain(model, toys.games(model, users=[4]))


def test_scores_and_vectors_that_are_no_arrays(toys) -> None:
    data = toys.world()
    with pytest.raises(PluginError, match="scores returned scores that are no array of numbers: repeat, "):
        Scores().fit(data).score(data.histories)
    with pytest.raises(PluginError, match="vectors returned vectors that are no array of numbers: repeat, "):
        Vectors().embed(["a text"])


def test_cards_and_figures_without_end(toys) -> None:
    card = Measure("a", "higher", "", "")
    with pytest.raises(PluginError, match="cards returned more than 1000 cards, perhaps without end"):
        Cards(itertools.repeat(card)).cards()
    with pytest.raises(PluginError, match="cards returned a str; a Measure was expected"):
        Cards(["a"]).cards()
    evidence = Evidence(toys.world(), [None], [0], [None])
    with pytest.raises(PluginError, match="cards returned a repeat; a table from figures to numbers was expected"):
        Cards([card], itertools.repeat("a")).measure(evidence)
    with pytest.raises(PluginError, match="cards returned figures a that are no array of numbers: repeat, "):
        Cards([card], {"a": itertools.repeat(1.0)}).measure(evidence)


def test_cards_that_cannot_be_had(monkeypatch) -> None:
    def broken(self):
        raise KeyError("k")

    monkeypatch.setattr(Cards, "measures", broken)
    with pytest.raises(PluginError, match=r"cards has no cards: measures\(\) raised KeyError: 'k'"):
        Cards([]).cards()


def test_a_training_curve_without_end(monkeypatch) -> None:
    monkeypatch.setattr("whyrec.comparison.models._STEPS", 5)
    model = Scores()
    model.training_curve = lambda: {"loss": itertools.repeat(1.0)}
    with pytest.raises(PluginError, match="scores returned more than 5 steps, perhaps without end"):
        curve_of(model)
    model.training_curve = lambda: {"loss": [1, 2, 3, 4, 5]}
    assert curve_of(model) == {"loss": [1.0, 2.0, 3.0, 4.0, 5.0]}


def test_the_limit_itself_is_allowed() -> None:
    assert at_most(3, iter("abc"), Scores(), "letters") == ["a", "b", "c"]
    with pytest.raises(PluginError):
        at_most(2, iter("abc"), Scores(), "letters")
    with pytest.raises(PluginError, match="scores returned scores that are no array of numbers: list, "):
        numbers([[1.0], [1.0, 2.0]], Scores(), "scores")


def test_distribution_and_version_are_named_where_they_are_known(monkeypatch) -> None:
    assert origin_of(Scores) == ""
    point = SimpleNamespace(
        module=f"{Scores.__module__}.hooks", dist=SimpleNamespace(name="whyrec-mine", version="0.7")
    )
    monkeypatch.setattr(metadata, "entry_points", lambda group: [point])
    assert origin_of(Scores) == "whyrec-mine 0.7"
    with pytest.raises(PluginError, match=r"perhaps without end \(whyrec-mine 0\.7\)$"):
        at_most(2, itertools.count(), Scores(), "numbers")
