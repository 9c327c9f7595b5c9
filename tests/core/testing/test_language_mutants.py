"""Each check of the languages' contract catches a language that breaks just that promise."""

import itertools
import re

import pytest

from whyrec import Language
from whyrec.testing import LanguageContract


def names(reasons, claims):
    return " + ".join(f"no {claims.by}" if r.unsorted else r.label for r in reasons)


class Good(Language):
    """Keeps every promise, in a language of signs."""

    name = "xx-Signs"
    summary = "signs"
    messages = {"players.history": "H", "explain.left": "<"}

    def __init__(self, *, size: int = 3) -> None:
        self.size = size

    def _sentence(self, title, claims):
        sign = {"set": "=", "unfound": "~"}.get(claims.form, "≥" if claims.form == "order" else ">")
        parts = [title, sign, "(kept)" * claims.kept, names(claims.for_it, claims) or ("()" if claims.empty else "–")]
        parts += [f"+ {claims.rest}"] if claims.rest else []
        parts += [f"{claims.percent} %"] if claims.percent is not None else []
        parts += [f"against {names(claims.against, claims)}"] if claims.against else []
        parts += [f"then {claims.instead}"] if claims.instead else []
        return " ".join(p for p in parts if p)


class OwnSettings(Good):
    """stores another number than it was given"""

    def __init__(self, *, size: int = 3) -> None:
        self.size = 2 * size


class Untagged(Good):
    """is named by a word"""

    name = "plain english"


class Twoline(Good):
    """says it on two lines"""

    def _sentence(self, title, claims):
        return super()._sentence(title, claims).replace(" against", "\nagainst")


class Itself(Good):
    """does not name the item where nothing speaks for it"""

    def _sentence(self, title, claims):
        return super()._sentence("it" if claims.form == "none" else title, claims)


class Half(Good):
    """has no sentence for a set that was not found"""

    def _sentence(self, title, claims):
        return "" if claims.form == "unfound" else super()._sentence(title, claims)


class Formatter(Good):
    """takes a title for a pattern"""

    def _sentence(self, title, claims):
        return super()._sentence(title.replace("{", "").replace("}", ""), claims)


class Kind(Good):
    """keeps silent about what spoke against it"""

    def _sentence(self, title, claims):
        return re.sub("against .*", "against something", super()._sentence(title, claims))


class Certain(Good):
    """does not say what comes instead"""

    def _sentence(self, title, claims):
        return re.sub("then .*", "then something", super()._sentence(title, claims))


class Talkative(Good):
    """makes up a player"""

    def _sentence(self, title, claims):
        return f"{super()._sentence(title, claims)} and ⟦z⟧"


class Precise(Good):
    """tells a share where values do not add up"""

    def _sentence(self, title, claims):
        return super()._sentence(title, claims) + " 90 %" * (claims.form == "order")


class Careless(Good):
    """says the same of what keeps it and of what takes it away"""

    def _sentence(self, title, claims):
        return super()._sentence(title, claims).replace("(kept) ", "")


class Believer(Good):
    """says of what speaks against it that it speaks for it"""

    def _sentence(self, title, claims):
        if claims.form == "none" and claims.against:
            return f"{title} > {names(claims.against, claims)} 100 %"
        return super()._sentence(title, claims)


class Misspelt(Good):
    """has a message with a misspelt key"""

    messages = {"players.histroy": "H"}


class Gap(Good):
    """has a message with a gap that nothing fills"""

    messages = {"explain.else": "{m} others"}


class Varied(Good):
    """says it otherwise each time"""

    count = itertools.count()

    def _sentence(self, title, claims):
        return super()._sentence(title, claims) + "!" * (next(self.count) % 7)


class Loud(Good):
    """prints what it says"""

    def _sentence(self, title, claims):
        print(title)
        return super()._sentence(title, claims)


MUTANTS = [
    ("settings", OwnSettings, "default size=3 is stored as 6"),
    ("tag", Untagged, "'plain english' is no tag of a language"),
    ("every_form", Half, "language 'xx-Signs' answered with ''; a sentence was expected"),
    ("every_form", Twoline, "history, against: .* is not one line"),
    ("every_form", Itself, "history, only against: the item's title is not in 'it > "),
    ("titles_as_they_are", Formatter, r"'\{title\} and \{0\}' does not stand in"),
    ("names_who_it_should", Kind, "history, against: ⟦d⟧ is not named in"),
    ("names_who_it_should", Certain, "history, without few, something instead: what comes instead is not named"),
    ("names_nobody_else", Talkative, r"history, one: \['⟦z⟧'\] should not be named"),
    ("numbers", Precise, r"history, one, in order only: \['90'\] in .* is neither a share nor a count"),
    ("forms_differ", Careless, "history, few kept: .* is said of set, 2 for it, kept, and of set, 2 for it$"),
    ("forms_differ", Believer, "one against: .* is said of none, 0 for it, 1 against it, and of shares, 1 for it$"),
    ("messages", Misspelt, r"messages that nobody asks for: \['players.histroy'\]"),
    ("messages", Gap, r"message 'explain.else' has gaps that nothing fills: \['m'\]"),
    ("same_again", Varied, "said first: .*; said again: "),
    ("process_untouched", Loud, r"text\(\) printed"),
]


def contract(plugin):
    return type("Kit", (LanguageContract,), {"plugin": plugin})()


def test_the_good_one_passes() -> None:
    assert {c.name: c.reason for c in contract(Good).run() if c.state != "ok"} == {}


@pytest.mark.parametrize(("check", "mutant", "reason"), MUTANTS, ids=lambda v: getattr(v, "__name__", None))
def test_the_mutant_is_caught(check, mutant, reason, caught) -> None:
    caught(contract(mutant), check, reason)


def test_a_language_without_messages_skips_that_check() -> None:
    class Silent(Good):
        messages = {}

    found = contract(Silent).run_one("test_messages")
    assert (found.state, found.reason) == ("skipped", "xx-Signs has no messages: English ones are shown")
