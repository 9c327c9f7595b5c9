"""Language: a plugin that puts an explanation into words."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, final

from whyrec.errors import PluginError
from whyrec.plugin import Plugin

if TYPE_CHECKING:
    from whyrec.claims import Claims
    from whyrec.explanation import Explanation
    from whyrec.registry import Registry

DEFAULT = "en"


class Language(Plugin, ABC):
    """Plugins write ``_sentence``; callers use ``text``. ``name`` is the language's tag: ``en``, ``zh``.

    Parameters of the class
    -----------------------
    messages : words of the page, the report and ``explain``: key → text, with ``{name}`` for what is filled in. A key
        that is missing is shown in English.
    """

    messages: ClassVar[Mapping[str, str]] = {}

    @final
    def text(self, explanation: Explanation) -> str:
        """One or two sentences that say no more than the explanation does. Titles stand as the explanation has them.

        Raises PluginError if the plugin answers with anything but text.
        """
        from whyrec.claims import claims_of

        said = self._sentence(explanation.title or explanation.item_id, claims_of(explanation))
        if not isinstance(said, str) or not said.strip():
            raise PluginError(f"language {self.name!r} answered with {said!r}; a sentence was expected")
        return said

    @abstractmethod
    def _sentence(self, title: str, claims: Claims) -> str:
        """The claims in words: all that they name, and nothing else."""

    @final
    def message(self, key: str, **filled: object) -> str | None:
        """A message with its gaps filled, or None if the language lacks it.

        Raises PluginError for a text with gaps that nothing fills.
        """
        found = self.messages.get(key)
        try:
            return None if found is None else found.format(**filled)
        except (LookupError, ValueError) as error:
            raise PluginError(
                f"language {self.name!r}: message {key!r} cannot be filled: {found!r} ({error})"
            ) from None


class Words:
    """A language's sentences and messages; messages that it lacks in English, and else by their key."""

    def __init__(self, language: Language, english: Language | None = None) -> None:
        self.language = language
        self._asked = (language,) if english is None else (language, english)

    @classmethod
    def find(cls, registry: Registry, tag: str = DEFAULT) -> Words:
        """The words of a language. Raises UnknownNameError if no plugin brings it."""
        english = DEFAULT in registry.names("language")
        return cls(registry.make_language(tag), registry.make_language(DEFAULT) if english else None)

    @property
    def tag(self) -> str:
        return self.language.name

    def __call__(self, key: str, **filled: object) -> str:
        """A message with its gaps filled."""
        return next((text for one in self._asked if (text := one.message(key, **filled)) is not None), key)

    def sentence(self, explanation: Explanation) -> str:
        """See :meth:`Language.text`."""
        return self.language.text(explanation)
