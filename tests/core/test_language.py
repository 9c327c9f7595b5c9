"""Language and Words: what a plugin may answer, and what is shown where it lacks a message."""

import numpy as np
import pytest

from whyrec import Claims, Explanation, Language, PluginError, Registry, UnknownNameError, Words

TOLD = Explanation(
    user_id="u", item_id="i9", title="", kind="history", player_ids=("a",), players=("A",), values=np.array([1.0]),
    base_value=0.0, full_value=1.0, recommender="r", explainer="e", additive=True,
)  # fmt: skip


class Terse(Language):
    name = "xx"
    summary = "one word"
    messages = {"explain.left": "rest", "explain.else": "{wrong}"}

    def __init__(self, *, answer: str | None = None) -> None:
        self.answer = answer

    def _sentence(self, title: str, claims: Claims) -> str:
        return f"{title}!" if self.answer is None else self.answer


@pytest.fixture
def registry(toy_plugins):
    found = Registry.discover()
    found.add(toy_plugins.hooks(languages=[Terse]), name="terse")
    return found


def test_an_item_without_a_title_goes_by_its_id():
    assert Terse().text(TOLD) == "i9!"


@pytest.mark.parametrize("answer", ["", "  \n", 7])
def test_anything_but_a_sentence_is_refused(answer):
    with pytest.raises(PluginError, match=r"language 'xx' answered with .*; a sentence was expected"):
        Terse(answer=answer).text(TOLD)


def test_missing_messages_are_english(registry):
    words = Words.find(registry, "xx")
    assert words.tag == "xx"
    assert words("explain.left") == "rest"
    assert words("players.history") == "history"
    assert words("no such key") == "no such key"
    assert words.sentence(TOLD) == "i9!"


def test_a_message_that_cannot_be_filled_names_the_language(registry):
    with pytest.raises(PluginError, match=r"language 'xx': message 'explain.else' cannot be filled: '\{wrong\}'"):
        Words.find(registry, "xx")("explain.else", n=3)


def test_an_unknown_language_has_near_names(registry):
    with pytest.raises(UnknownNameError, match=r"unknown language 'zz'"):
        Words.find(registry, "zz")
    with pytest.raises(UnknownNameError, match="unknown language 'fr'"):
        TOLD.text("fr")
