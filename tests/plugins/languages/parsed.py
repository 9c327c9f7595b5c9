"""Reading a sentence back: which players it names, for and against, with which share; by no code of the languages."""

import re
from dataclasses import replace

import numpy as np

TITLE, INSTEAD = "⟦T⟧", "⟦I⟧"
TOKEN = re.compile(r"⟦(\d+)⟧")

AGAINST = {
    "en": re.compile(r"(?:; |, and )(?P<who>(?:(?!; ).)*) spoke against it\.$"),
    "zh": re.compile(r"(?:；|，而)(?P<who>[^；]*?)(?:则不支持这一推荐|不支持它)。$"),
}
PERCENT = {"en": re.compile(r"(\d+) % of what speaks for it"), "zh": re.compile(r"占支持理由的 (\d+)%")}
MOSTLY = {"en": "recommended mostly", "zh": "主要是因为"}
TOGETHER = {"en": "(together ", "zh": "（合计"}
MORE = {"en": re.compile(r" and (\d+) more"), "zh": re.compile(r"等 (\d+) 项")}
MANY = {"en": "for many reasons", "zh": "理由多而分散"}
DEEDS = {
    "en": {
        "you bought": {"purchase"}, "you put in your cart": {"addtocart"}, "you liked": {"like"},
        "you rated": {"rating"}, "you looked at": {"click", "browse", "view"}, "your history has": {"x1", "feedback"},
    },
    "zh": {
        "您购买过": {"purchase"}, "您加购过": {"addtocart"}, "您喜欢": {"like"},
        "您评价过": {"rating"}, "您浏览过": {"click", "browse", "view"}, "您的记录中有": {"x1", "feedback"},
        "还加购过": {"addtocart"}, "还喜欢": {"like"}, "还评价过": {"rating"}, "还浏览过": {"click", "browse", "view"},
        "记录中还有": {"x1", "feedback"},
    },
}  # fmt: skip


def tokens(explanation):
    """The same explanation, its labels replaced by marks that cannot be mistaken."""
    if explanation.by == "behavior":
        players = explanation.players  # a behavior is told in words: its label decides them
    else:
        players = tuple(f"⟦{j}⟧" for j in range(len(explanation.players)))
    instead = None if explanation.instead is None else INSTEAD
    return replace(explanation, title=TITLE, players=players, instead=instead)


def positions(explanation, text):
    if explanation.by == "behavior":
        return [
            explanation.players.index(label)
            for label in re.findall(r"“([^”]*)”", text)
            if label not in (TITLE, INSTEAD)
        ]
    return [int(j) for j in TOKEN.findall(text)]


def check(explanation, language):
    """Everything that the sentence claims holds of the values."""
    values = np.asarray(explanation.values)
    text = language.text(tokens(explanation))
    assert text.count(TITLE) == 1, text
    against = AGAINST[language.name].search(text)
    head = text[: against.start()] if against else text
    for_it = positions(explanation, head)
    opposed = positions(explanation, against["who"]) if against else []
    assert all(0 <= j < len(values) for j in for_it + opposed), text
    assert len(set(for_it + opposed)) == len(for_it + opposed), text
    assert (values[for_it] > 0).all(), (text, values)
    assert (values[opposed] < 0).all(), (text, values)
    supporting = values[values > 0]
    share = values[for_it].sum() / supporting.sum() if len(supporting) else 0.0
    percent = PERCENT[language.name].search(text)
    if percent:
        assert explanation.additive
        rounded = int(percent[1])
        assert abs(rounded - 100 * share) <= 0.5 + 1e-9 or (rounded == 99 and share < 1), (text, share)
        assert (TOGETHER[language.name] in text) == (len(for_it) > 1), text
        assert (MOSTLY[language.name] in text) == (share >= 0.5), (text, share)
        assert (MANY[language.name] in text) == (share < 0.5), (text, share)
    elif for_it and explanation.additive:
        assert len(for_it) == len(supporting), text  # no share is told: all are named
    if for_it:  # nobody stronger is passed over
        left = np.delete(values, for_it)
        assert values[for_it].min() >= left[left > 0].max(initial=0.0), text
    if explanation.chosen is not None and len(values):
        more = MORE[language.name].search(text)
        count = 0 if more is None else int(more[1]) - (len(for_it) if language.name == "zh" else 0)
        assert len(for_it) + count == len(supporting), text
        assert len(for_it) == min(5, len(supporting)), text
        assert (INSTEAD in text) == (explanation.instead is not None and len(supporting) > 0)
    _check_deeds(explanation, head, DEEDS[language.name])
    return text


def _check_deeds(explanation, head, known):
    """What is said to have been done with an item is what the data say."""
    if explanation.kind != "history":
        return
    deeds = "|".join(map(re.escape, sorted(known, key=len, reverse=True)))
    said = None
    for part in re.finditer(rf"(?P<deed>{deeds})|⟦(?P<player>\d+)⟧", head):
        if part["deed"]:
            said = part["deed"]
        elif said is not None:
            behavior = None if explanation.behaviors is None else explanation.behaviors[int(part["player"])]
            assert behavior in known[said] or (behavior is None and "x1" in known[said]), (head, behavior)
