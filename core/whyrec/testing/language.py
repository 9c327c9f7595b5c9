"""The contract of languages: every form has its sentence, which says what the explanation says, and no more."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from string import Formatter
from typing import ClassVar

from whyrec.claims import Claims, claims_of
from whyrec.explanation import Explanation
from whyrec.language import DEFAULT, Language
from whyrec.registry import Registry
from whyrec.testing.check import Contract, need, skip
from whyrec.testing.sayings import INSTEAD, TITLE, sayings
from whyrec.testing.untouched import process_untouched

_TAG = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")
_MARKS = re.compile("⟦[^⟧]*⟧")
_TITLES = (
    "{title} and {0}", "100 % of it, %s", "<b>bold</b> & more", "“quoted”, 'so'", "a: b; c, d.", "红色的跑鞋",
    "حذاء أحمر", "[red]x[/]", "one | two", "x" * 500,
)  # fmt: skip


class LanguageContract(Contract):
    """What every language must hold, on explanations of every form, of every kind of players."""

    plugin: ClassVar[type[Language]]

    def said(self, explanation: Explanation) -> str:
        language: Language = self.make()
        return language.text(explanation)

    def test_tag(self) -> None:
        """Its name is the tag of a language, such as ``en`` or ``pt-BR``."""
        need(bool(_TAG.fullmatch(self.plugin.name)), f"{self.plugin.name!r} is no tag of a language, such as 'pt-BR'")

    def test_every_form(self) -> None:
        """Whatever an explanation says, there is a sentence for it, on one line, that names the item."""
        for what, _, _, text in self._all():
            need(text == text.strip() and "\n" not in text, f"{what}: {text!r} is not one line")
            need(TITLE in text, f"{what}: the item's title is not in {text!r}")

    def test_titles_as_they_are(self) -> None:
        """Titles stand as the explanation has them, whatever they hold."""
        example = next(e for what, e in sayings() if what == "history, two")
        for title in _TITLES:
            text = self.said(replace(example, title=title, players=(title[::-1], *example.players[1:])))
            for wanted in (title, title[::-1]):
                need(wanted in text, f"{wanted[:40]!r} does not stand in {text[:120]!r} as it is")

    def test_names_who_it_should(self) -> None:
        """All players that the claims name stand in the sentence, for and against, and what comes instead."""
        for what, explanation, claims, text in self._all():
            for reason in (*claims.for_it, *claims.against):
                wanted = explanation.players[reason.position]
                need(reason.unsorted or wanted in text, f"{what}: {wanted} is not named in {text!r}")
            need(claims.instead is None or INSTEAD in text, f"{what}: what comes instead is not named in {text!r}")

    def test_names_nobody_else(self) -> None:
        """No player is named that the claims do not name."""
        for what, _, claims, text in self._all():
            meant = {r.label for r in (*claims.for_it, *claims.against)} | {TITLE, INSTEAD}
            strange = [mark for mark in _MARKS.findall(text) if mark not in meant]
            need(not strange, f"{what}: {strange} should not be named in {text!r}")

    def test_numbers(self) -> None:
        """A number in a sentence is a share or a count of the claims: where values do not add up there is no share."""
        for what, _, claims, text in self._all():
            counts = {len(claims.for_it), claims.rest, len(claims.for_it) + claims.rest}
            known = counts | ({claims.percent} if claims.percent is not None else set())
            strange = [n for n in re.findall(r"\d+", _MARKS.sub("", text)) if int(n) not in known]
            need(not strange, f"{what}: {strange} in {text!r} is neither a share nor a count; known: {sorted(known)}")

    def test_forms_differ(self) -> None:
        """What means another thing is said otherwise: for and against, left out and kept, found and not found."""
        said: dict[str, str] = {}
        for what, explanation, claims, text in self._all():
            if explanation.kind == "history" and explanation.behaviors is not None:
                shape = _MARKS.sub("…", text)
                meaning = _meaning(claims)
                need(
                    said.setdefault(shape, meaning) == meaning,
                    f"{what}: {shape!r} is said of {meaning}, and of {said[shape]}",
                )

    def test_messages(self) -> None:
        """Messages are texts with keys that English has, and no gaps that the English ones have not."""
        messages = self.plugin.messages
        if not messages:
            skip(f"{self.plugin.name} has no messages: English ones are shown")
        odd = [key for key, text in messages.items() if not isinstance(text, str) or not text.strip()]
        need(not odd, f"messages {odd} are no texts")
        registry = Registry.discover()
        if DEFAULT not in registry.names("language"):
            skip("there is no English to compare with")
        english = registry.make_language(DEFAULT).messages
        strange = sorted(set(messages) - set(english))
        need(not strange, f"messages that nobody asks for: {strange[:5]}")
        for key, text in messages.items():
            more = _gaps(text) - _gaps(english[key])
            need(not more, f"message {key!r} has gaps that nothing fills: {sorted(more)}")

    def test_same_again(self) -> None:
        """The same explanation has the same sentence, whatever was said between."""
        first = [text for *_, text in self._all()]
        language: Language = self.make()
        every = [e for _, e in sayings()]
        again = [language.text(e) for e in reversed(every)][::-1]
        for one, other in zip(first, again, strict=True):
            need(one == other, f"said first: {one!r}; said again: {other!r}")

    def test_process_untouched(self) -> None:
        """No global random numbers, no cwd, no environment, no signals, no children, no print."""
        with process_untouched("text()"):
            for _, explanation in sayings():
                self.said(explanation)

    # -- inside -------------------------------------------------------------------------------------------

    def _all(self) -> Iterator[tuple[str, Explanation, Claims, str]]:
        for what, explanation in sayings():
            yield what, explanation, claims_of(explanation), self.said(explanation)


def _meaning(claims: Claims) -> str:
    """What a sentence without its names should still tell."""
    parts = [claims.form, f"{len(claims.for_it)} for it"]
    parts += [f"{len(claims.against)} against it"] if claims.against else []
    parts += ["kept"] if claims.kept else []
    parts += ["nobody there"] if claims.empty else []
    parts += ["something instead"] if claims.instead else []
    return ", ".join(parts)


def _gaps(text: str) -> set[str]:
    return {re.split(r"[.\[]", name)[0] for _, name, _, _ in Formatter().parse(text) if name is not None}
