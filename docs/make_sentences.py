"""Writes docs/reference/sentences.md, twenty sentences in each language: ``python docs/make_sentences.py``.

They are of the made storefront, so that anybody gets the same ones; each of another kind, so that a reader who grew up
with the language can judge all the forms.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from whyrec import Explanation, Registry

PAGE = Path(__file__).parent / "reference" / "sentences.md"
HEAD = """# Sentences, for review

Twenty explanations of the made storefront, each in every bundled language, written by `python docs/make_sentences.py`;
a test holds this page to it. If you grew up with one of these languages and would say it otherwise, tell us. What the
forms are, and when which is used: [the guide](../guide/sentences.md). The names of features and interests are the
data's own, which here has them in English only.
"""
MODELS: dict[str, dict[str, Any]] = {"ease": {}, "content": {}, "popular": {}}
ASKED: tuple[tuple[str, str, str, dict[str, Any], str], ...] = (
    ("ease", "u001", "weights", {}, "history"),
    ("ease", "u002", "weights", {}, "history"),
    ("ease", "u003", "weights", {}, "history"),
    ("ease", "u005", "shapley", {"target": "margin@10"}, "history, the margin to the tenth"),
    ("ease", "u001", "weights", {"players": "interests"}, "interests"),
    ("ease", "u004", "weights", {"players": "interests", "by": "style"}, "interests by style"),
    ("ease", "u006", "weights", {"players": "interests", "by": "behavior"}, "interests by behavior"),
    ("ease", "u009", "weights", {"players": "interests", "by": "brand"}, "interests by brand"),
    ("content", "u001", "weights", {"players": "features"}, "features of the item"),
    ("content", "u007", "weights", {"players": "features"}, "features of the item"),
    ("content", "u002", "weights", {"target": "margin@10"}, "history, the margin to the tenth"),
    ("content", "u008", "weights", {"players": "interests", "target": "margin@10"}, "interests, the margin"),
    ("content", "u003", "leave-one-out", {}, "no sum"),
    ("ease", "u005", "lime", {"players": "interests"}, "no sum"),
    ("ease", "u004", "counterfactual", {}, "a counterfactual"),
    ("content", "u011", "counterfactual", {}, "a counterfactual"),
    ("ease", "u002", "keep", {}, "what alone keeps it"),
    ("content", "u010", "narrow", {}, "a counterfactual that was not found"),
    ("popular", "u012", "weights", {}, "a model that looks at nobody"),
    ("popular", "", "weights", {"history": []}, "nobody is known"),
)


def explanations(language: str) -> Iterator[tuple[str, Explanation]]:
    """What was asked, in words, and the explanation with titles of that language."""
    registry = Registry.discover()
    data = registry.make_dataset("storefront", users=200, items=300).load(seed=7)
    models = {name: registry.make_recommender(name, **given).fit(data) for name, given in MODELS.items()}
    own = {
        "keep": registry.make_explainer("counterfactual", direction="keep"),
        "narrow": registry.make_explainer("counterfactual", limit=1),
    }
    for model, user, name, how, what in ASKED:
        explainer = own.get(name) or registry.make_explainer(name)
        (found,) = models[model].explain(user or None, k=1, explainer=explainer, language=language, **how)
        yield f"{model}, {explainer.name}: {what}", found


def page() -> str:
    """The whole page."""
    registry = Registry.discover()
    parts = [HEAD]
    for tag in registry.names("language"):
        language = registry.make_language(tag)
        parts += [f"## {language.summary} (`{tag}`)\n", "| # | of | sentence |", "| ---: | --- | --- |"]
        for number, (what, told) in enumerate(explanations(tag), start=1):
            parts.append(f"| {number} | {what} | {language.text(told).replace('|', chr(92) + '|')} |")
        parts.append("")
    return "\n".join(parts)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
