"""The page's words: one table a language, the same keys in each; ``key.one`` is said where ``n`` is 1."""

from __future__ import annotations

from collections.abc import Mapping

from whyrec_cli.web.words_en import EN
from whyrec_cli.web.words_zh import ZH

WORDS: Mapping[str, Mapping[str, str]] = {"en": EN, "zh": ZH}
"""Language → key → words, with {names} that the page fills in."""
