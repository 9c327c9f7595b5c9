"""What each language makes of each form, word by word, and that both say all."""

import re
from dataclasses import replace

import numpy as np
import pytest

from whyrec import Explanation
from whyrec.players import OTHER
from whyrec_plugins.languages._behaviors import DEEDS, deed_of
from whyrec_plugins.languages.chinese import Chinese
from whyrec_plugins.languages.english import English

ONE = Explanation(
    user_id="u", item_id="i", title="T", kind="history", player_ids=("a", "b", "c"), players=("A", "B", "C"),
    values=np.array([3.0, 3.0, -1.0]), base_value=0.0, full_value=5.0, recommender="r", explainer="e", additive=True,
)  # fmt: skip
FEW = replace(ONE, values=np.array([1.0, 0.0, 0.0]), additive=False, ordinal=True, chosen="remove")
MANY = replace(
    ONE, player_ids=tuple("abcdefgh"), players=tuple("ABCDEFGH"), values=np.array([2.0, 2.0, 2.0, *[1.5] * 5])
)
NOBODY = replace(ONE, player_ids=(), players=(), values=np.zeros(0))


@pytest.mark.parametrize(
    ("told", "en", "zh"),
    [
        (ONE, "“T” is recommended mostly because your history has “A” (50 % of what speaks for it); "
         "“C” spoke against it.",
         "为您推荐《T》，主要是因为您的记录中有《A》（占支持理由的 50%）；《C》则不支持这一推荐。"),
        (replace(ONE, values=np.array([1.0, 3.0, 2.0]), behaviors=("click", "click", "purchase")),
         "“T” is recommended mostly because you looked at “B” (50 % of what speaks for it).",
         "为您推荐《T》，主要是因为您浏览过《B》（占支持理由的 50%）。"),
        (replace(ONE, values=np.array([2.0, 2.0, 1.0]), behaviors=("browse", "purchase", "click")),
         "“T” is recommended mostly because you bought “B”, and you looked at “A” "
         "(together 80 % of what speaks for it).",
         "为您推荐《T》，主要是因为您购买过《B》，还浏览过《A》（合计占支持理由的 80%）。"),
        (replace(ONE, values=np.array([1.0, 0.0, 0.0])), "“T” is recommended because your history has “A”.",
         "为您推荐《T》，是因为您的记录中有《A》。"),
        (MANY, "“T” is recommended for many reasons; the strongest are “A”, “B” and “C” "
         "(together 44 % of what speaks for it).",
         "推荐《T》的理由多而分散，其中最有力的是《A》、《B》和《C》（合计占支持理由的 44%）。"),
        (replace(ONE, kind="interests", by="genre", player_ids=("a", "b", OTHER), values=np.array([2.0, 0.0, 2.5])),
         "“T” is recommended mostly because of your interest in items without genre (56 % of what speaks for it).",
         "为您推荐《T》，主要是因为您对没有 genre 的商品感兴趣（占支持理由的 56%）。"),
        (replace(ONE, kind="interests", by="behavior", players=("purchase", "click", "x")),
         "“T” is recommended mostly because of what you bought (“purchase”) (50 % of what speaks for it); "
         "what your history has (“x”) spoke against it.",
         "为您推荐《T》，主要是因为您购买过的商品（“purchase”）（占支持理由的 50%）；"
         "您记录中的商品（“x”）则不支持这一推荐。"),
        (replace(ONE, kind="features", players=("genre: A", "genre: B", "price")),
         "“T” is recommended mostly for “genre: A” (50 % of what speaks for it); “price” spoke against it.",
         "为您推荐《T》，主要是因为它具有“genre: A”（占支持理由的 50%）；“price”则不支持这一推荐。"),
        (replace(ONE, additive=False), "“T” is recommended, and what matters most is “A” and “B”.",
         "为您推荐《T》，最重要的原因是《A》和《B》。"),
        (FEW, "Without “A”, “T” would not be recommended.",
         "如果没有《A》，就不会推荐《T》。"),
        (replace(FEW, values=np.array([1.0, 0.5, 0.0]), instead="Z"),
         "Without “A” and “B”, you would have been shown “Z” instead of “T”.",
         "如果没有《A》和《B》，向您推荐的就会是《Z》，而不是《T》。"),
        (replace(FEW, chosen="keep"), "“A” alone would be enough for “T” to be recommended.",
         "仅凭《A》，就足以推荐《T》。"),
        (replace(FEW, values=np.zeros(3)),
         "No small set of reasons was found without which “T” would not be recommended.",
         "没有找到这样的少数几个理由：缺了它们就不会推荐《T》。"),
        (replace(FEW, values=np.zeros(3), chosen="keep"),
         "No small set of reasons was found that alone would be enough for “T”.",
         "没有找到这样的少数几个理由：仅凭它们就足以推荐《T》。"),
        (replace(MANY, values=np.linspace(1, 0.3, 8), additive=False, ordinal=True, chosen="remove"),
         "Without “A”, “B”, “C”, “D”, “E” and 3 more, “T” would not be recommended.",
         "如果没有《A》、《B》、《C》、《D》、《E》等 8 项，就不会推荐《T》。"),
        (NOBODY, "“T” is shown because nothing is known of you yet: most people begin with the same recommendations.",
         "我们对您还一无所知，所以先为您展示《T》：多数人一开始看到的推荐都是一样的。"),
        (replace(NOBODY, kind="features"), "Nothing here speaks for “T”, and nothing against it.",
         "没有发现支持《T》的理由，也没有发现反对它的理由。"),
        (replace(ONE, values=-np.ones(3)), "Nothing here speaks for “T”, and “A” and “B” spoke against it.",
         "没有发现支持《T》的理由，而《A》和《B》不支持它。"),
    ],
)  # fmt: skip
def test_word_by_word(told, en, zh):
    assert told.text("en") == en
    assert told.text("zh") == zh


def test_every_message_stands_in_both_languages_with_the_same_gaps():
    assert set(English.messages) == set(Chinese.messages)
    for key, text in English.messages.items():
        gaps = [set(re.findall(r"\{(\w+)", t)) for t in (text, Chinese.messages[key])]
        assert gaps[0] == gaps[1], key
        assert text.strip(), key
        assert Chinese.messages[key] != text or not re.search("[a-z]{3}", text), f"{key} is not translated"


def test_a_word_means_one_deed_and_others_say_no_more_than_that_it_was_met():
    words = [word for known in DEEDS.values() for word in known]
    assert len(words) == len(set(words))
    assert (deed_of("Purchase "), deed_of("rating"), deed_of("wibble"), deed_of(None)) == (
        "bought",
        "rated",
        "met",
        "met",
    )
