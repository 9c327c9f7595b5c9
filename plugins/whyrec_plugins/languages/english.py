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
            what = (
                f"that alone would be enough for {it}"
                if claims.kept
                else f"without which {it} would not be recommended"
            )
            return f"No small set of reasons was found {what}."
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
    names = _named(claims, claims.for_it, claims.rest)
    if claims.kept:
        names = names[0].upper() + names[1:] if claims.kind == "interests" else names  # a label stays as it is
        return f"{names} alone would be enough for {it} to be recommended."
    if claims.instead:
        return f"Without {names}, you would have been shown {_quoted(claims.instead)} instead of {it}."
    return f"Without {names}, {it} would not be recommended."


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


def _named(claims: Claims, reasons: Sequence[Reason], more: int = 0) -> str:
    """The players by name, with what they are where the name alone does not tell, and how many ``more`` there are."""
    if claims.kind == "interests" and claims.by == "behavior":
        words = [f"what {DID[deed_of(r.label)]} (“{r.label}”)" for r in reasons]
    elif claims.kind == "interests":
        words = [f"items without {claims.by or 'a group'}" if r.unsorted else r.label for r in reasons]
    else:
        words = [_quoted(r.label) for r in reasons]
    named = _listed([*words, f"{more} more"] if more else words)
    return f"your interest in {named}" if claims.kind == "interests" and claims.by != "behavior" else named


def _quoted(title: str) -> str:
    return f"“{title}”"


def _listed(words: Sequence[str]) -> str:
    """a; a and b; a, b and c."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
