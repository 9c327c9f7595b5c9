"""Sentences say what the values say: 1,000 made and 1,000 real explanations in each language, read back."""

from dataclasses import replace

import numpy as np
import pytest

from whyrec import Explanation, Registry
from whyrec.players import OTHER

WORDS = ("purchase", "addtocart", "like", "rating", "click", "browse", "view", "x1", "feedback")
HOSTILE = (
    "A and B", "100 % of what speaks for it", "；则不支持这一推荐。", "《书》", "和", "{title}", "%s {0}", "<script>",
    "", "“x”", "you bought X", "；“", "Net, The (1995)",
    "\u202eabc", "=1+1", "a; b spoke against it.", OTHER, "⟧", "📚",
    "x" * 500,
)  # fmt: skip


def made(rng, labels=None):
    """An explanation of any kind and size, some values 0, some equal."""
    n = int(rng.choice([0, 1, 2, 3, 5, 12, 40]))
    kind = str(rng.choice(["history", "interests", "features"]))
    values = rng.normal(rng.choice([-1.0, 0.0, 1.0]), 1.0, n) * (rng.random(n) < rng.choice([0.2, 0.7, 1.0]))
    if rng.random() < 0.2:
        values = np.round(values)
    how = str(rng.choice(["shares", "order", "set", "ordinal"]))
    chosen = None
    if how == "set":
        chosen = str(rng.choice(["remove", "keep"]))
        members = int(rng.integers(0, n + 1))
        values = rng.permutation(np.append(1.0 - np.arange(members) / max(1, members), np.zeros(n - members)))
    by = str(rng.choice(["genre", "behavior"])) if kind == "interests" else None
    players = tuple(labels[j % len(labels)] for j in range(n)) if labels else tuple(f"Label {j}" for j in range(n))
    if by == "behavior":
        values, players = values[: len(WORDS)], WORDS[:n]
    behaviors = tuple(rng.choice(WORDS, len(values))) if kind == "history" and rng.random() < 0.7 else None
    return Explanation(
        user_id="u", item_id="i", title="Title", kind=kind, by=by,
        player_ids=tuple(f"p{j}" for j in range(len(values))), players=players, values=values,
        base_value=0.0, full_value=float(values.sum()), recommender="r", explainer="e",
        additive=how == "shares", ordinal=how in ("set", "ordinal"), behaviors=behaviors, chosen=chosen,
        instead="Other" if chosen == "remove" and rng.random() < 0.7 else None,
    )  # fmt: skip


def test_a_thousand_made_explanations(language, parsed):
    rng = np.random.default_rng(7)
    texts = [parsed.check(made(rng), language) for _ in range(1000)]
    assert len({parsed.TOKEN.sub("", t) for t in texts}) > 100  # they are not all of one form


@pytest.fixture(scope="module")
def real():
    """At least 1,000 explanations of several models, explainers and kinds of players."""
    registry = Registry.discover()
    data = registry.make_dataset("storefront", users=120, items=150).load(seed=7)
    ease, content = (registry.make_recommender(name).fit(data) for name in ("ease", "content"))
    asked = [
        (ease, {"explainer": "weights"}),
        (ease, {"explainer": "weights", "players": "interests"}),
        (ease, {"explainer": "weights", "players": "interests", "by": "style"}),
        (ease, {"explainer": "weights", "players": "interests", "by": "behavior"}),
        (ease, {"explainer": "leave-one-out"}),
        (ease, {"explainer": "counterfactual"}),
        (content, {"explainer": "weights", "players": "features"}),
        (content, {"explainer": "weights", "target": "margin@10"}),
    ]
    return [e for model, how in asked for user in data.users.ids[:25] for e in model.explain(user, k=5, **how)]


def test_a_thousand_real_explanations(language, parsed, real):
    assert len(real) >= 1000
    for explanation in real:
        parsed.check(explanation, language)


def test_hostile_labels_stand_as_they_are(language, parsed):
    """A label is shown, never read: the sentence about it is that about a harmless one, with it in its place."""
    rng = np.random.default_rng(8)
    for _ in range(1000):
        one = made(rng, labels=rng.permutation(HOSTILE).tolist())
        if one.by == "behavior":
            continue
        text = language.text(one)
        expected = parsed.check(one, language).replace(parsed.TITLE, one.title).replace(parsed.INSTEAD, "Other")
        for j in sorted(range(len(one.players)), reverse=True):
            expected = expected.replace(f"⟦{j}⟧", f"\0{j}\0")
        for j, label in enumerate(one.players):
            expected = expected.replace(f"\0{j}\0", label)
        assert text.replace("《《书》》", "《书》") == expected.replace("《《书》》", "《书》")


def test_titles_in_the_readers_language():
    data = Registry.discover().make_dataset("storefront", users=30, items=40).load(seed=7)
    model = Registry.discover().make_recommender("ease").fit(data)
    user = data.users.ids[3]
    plain, chinese = (model.explain(user, k=1, language=tag)[0] for tag in ("", "zh"))
    item = data.catalog.items.find(plain.item_id)
    assert plain.title == data.catalog.titles[""][item]
    assert chinese.title == data.catalog.titles["zh"][item]
    assert chinese.players == tuple(data.catalog.titles["zh"][data.catalog.items.find(i)] for i in chinese.player_ids)
    assert chinese.language == "zh"
    assert chinese.text().startswith(f"为您推荐《{chinese.title}》")  # its own language by default
    assert chinese.text("en").startswith(f"“{chinese.title}” is recommended")
    np.testing.assert_array_equal(plain.values, chinese.values)


def wrong_side(claims):
    return replace(claims, for_it=claims.for_it + claims.against, against=())


def wrong_share(claims):
    return claims if claims.share is None else replace(claims, share=min(1.0, claims.share + 0.02))


def left_out(claims):
    return claims if len(claims.for_it) < 2 else replace(claims, for_it=claims.for_it[1:])


def wrong_deed(claims):
    return replace(claims, for_it=tuple(replace(r, behavior="purchase") for r in claims.for_it))


def too_sure(claims):
    return claims if claims.share is None or claims.share >= 0.5 else replace(claims, share=0.5)


@pytest.mark.parametrize("mutant", [wrong_side, wrong_share, left_out, wrong_deed, too_sure])
def test_a_sentence_that_says_something_else_is_caught(language, parsed, mutant):
    class Wrong(type(language)):
        def _sentence(self, title, claims):
            return super()._sentence(title, mutant(claims))

    rng = np.random.default_rng(9)
    caught = 0
    for _ in range(300):
        try:
            parsed.check(made(rng), Wrong())
        except AssertionError:
            caught += 1
    assert caught > 2
