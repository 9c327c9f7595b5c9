"""en: explanations in English."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from whyrec import Claims, Language, Reason
from whyrec_plugins.languages._behaviors import Deed, by_deed, deed_of
from whyrec_plugins.languages._messages_en import MESSAGES

DID: dict[Deed, str] = {
    "bought": "you bought",
    "carted": "you put in your cart",
    "liked": "you liked",
    "rated": "you rated",
    "saw": "you looked at",
    "met": "your history has",
}


class English(Language):
    """Short sentences in the second person."""

    name = "en"
    summary = "English"
    messages: ClassVar[dict[str, str]] = MESSAGES

    def _sentence(self, title: str, claims: Claims) -> str:
        it = _quoted(title)
        if claims.form == "none":
            return _nobody(it, claims)
        if claims.form == "unfound":
            return f"No few reasons were found on which {it} hangs."
        if claims.form == "set":
            return _set(it, claims)
        if claims.form == "order":
            return f"{it} is recommended, and what matters most is {_named(claims, claims.for_it)}."
        share = f"{claims.percent} % of what speaks for it"
        told = f" (together {share})" if len(claims.for_it) > 1 else f" ({share})"
        if not claims.rest:
            head = f"{it} is recommended {_because(claims)}"
        elif claims.mostly:
            head = f"{it} is recommended mostly {_because(claims)}{told}"
        else:
            head = f"{it} is recommended for many reasons; the strongest are {_named(claims, claims.for_it)}{told}"
        against = f"; {_named(claims, claims.against)} spoke against it" if claims.against else ""
        return f"{head}{against}."


def _set(it: str, claims: Claims) -> str:
    names = _named(claims, claims.for_it)
    if claims.kept:
        return f"{_capital(names)} alone would be enough for {it} to be recommended."
    without = "that" if len(claims.for_it) == 1 else "all of that"
    other = f"{_quoted(claims.instead)} would come up instead" if claims.instead else "it would not be recommended"
    return f"{it} hangs on {names}: without {without}, {other}."


def _nobody(it: str, claims: Claims) -> str:
    if claims.empty and claims.kind != "features":
        return f"{it} is shown because nothing is known of you yet: most people begin with the same recommendations."
    if claims.against:
        return f"Nothing here speaks for {it}, and {_named(claims, claims.against)} spoke against it."
    return f"Nothing here speaks for {it}, and nothing against it."


def _because(claims: Claims) -> str:
    if claims.kind == "features":
        return f"for {_named(claims, claims.for_it)}"
    if claims.kind == "interests":
        return f"because of {_named(claims, claims.for_it)}"
    parts = [f"{DID[deed]} {_listed([_quoted(r.label) for r in group])}" for deed, group in by_deed(claims.for_it)]
    return f"because {', and '.join(parts)}"


def _named(claims: Claims, reasons: Sequence[Reason]) -> str:
    """The players by name, with what they are where the name alone does not tell."""
    if claims.kind == "interests" and claims.by == "behavior":
        return _listed([f"what {DID[deed_of(r.label)]} (“{r.label}”)" for r in reasons])
    if claims.kind == "interests":
        without = f"items without {claims.by or 'a group'}"
        return f"your interest in {_listed([without if r.unsorted else r.label for r in reasons])}"
    return _listed([_quoted(r.label) if claims.kind == "history" else r.label for r in reasons])


def _quoted(title: str) -> str:
    return f"“{title}”"


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]


def _listed(words: Sequence[str]) -> str:
    """a; a and b; a, b and c."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
